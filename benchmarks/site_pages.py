"""How long the public pages take with a large library: python -m benchmarks.site_pages

Asks the database in DATABASE_URL, which `manage.py load_corpus` has filled (docs/testing.md); one process, in memory, no
network. Prints, for each kind of page, the median and the 95th percentile of its requests in milliseconds, and the most
queries that one of them made.
"""

import argparse
import itertools
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import django

WARM_UP = 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--requests", type=int, default=100, help="of each kind (default: 100)")
    count = arguments.parse_args().requests

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.db import connection

    from publishing.models import LiveArticle

    live = LiveArticle.objects.count()
    if not live:
        sys.exit("The database in DATABASE_URL holds no live article. Fill it with manage.py load_corpus.")
    print(f"{live:,} live articles, {connection.vendor}, {count} requests of each kind")
    print(f"{'page':28} {'median':>8} {'p95':>8} {'queries':>8}")
    for name, addresses in kinds(count).items():
        took, queries = measure(list(addresses))
        centiles = statistics.quantiles(took, n=20)
        print(f"{name:28} {statistics.median(took):8.1f} {centiles[-1]:8.1f} {queries:8}")


def kinds(count: int) -> dict[str, Iterator[str]]:
    """Return `count` addresses of each kind, drawn from what is live."""
    from publishing.models import LiveArticle

    rows = list(LiveArticle.objects.order_by("pk").values_list("pk", "slug", "topic_slug", "language", "title"))
    drawn = random.Random(0).choices(rows, k=count)
    # The longest word of a title names its subject: few articles have it, and most of those in their titles.
    subjects = [max(title.rstrip("?").split(), key=len) for *_, title in drawn]
    common = ("disease", "treatment", "symptoms", "what causes pain", "blood", "children", "is there a test")
    return {
        "home": itertools.repeat("/", count),
        "topics of a letter": (f"/en/topics/?letter={letter}" for letter in itertools.islice(letters(), count)),
        "topic": (f"/{language}/topics/{slug}/" for _, _, slug, language, _ in drawn),
        "search, rare word": (f"/en/search/?q={quote(word)}" for word in subjects),
        "search, common words": (
            f"/en/search/?q={quote(words)}" for words in itertools.islice(itertools.cycle(common), count)
        ),
        "search, misspelt": (f"/en/search/?q={quote(misspelt(word))}" for word in subjects),
        "article page": (f"/{language}/articles/{slug}/" for _, slug, _, language, _ in drawn),
        "API, one article": (f"/api/v1/articles/{pk}/" for pk, *_ in drawn),
        "API, list of 20": itertools.repeat("/api/v1/articles/", count),
        "API, list of a topic": (f"/api/v1/articles/?topic={slug}" for _, _, slug, _, _ in drawn),
    }


def letters() -> Iterator[str]:
    return itertools.cycle("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def misspelt(word: str) -> str:
    """Leave out a letter in the middle."""
    place = len(word) // 2
    return word[:place] + word[place + 1 :]


def measure(addresses: list[str]) -> tuple[list[float], int]:
    """Return the milliseconds of each request, and the most queries of one; a page that is not there stops it."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client: Any = Client()
    took, queries = [], 0
    for address in [*addresses[:WARM_UP], *addresses]:
        began = time.perf_counter()
        response = client.get(address)
        took.append((time.perf_counter() - began) * 1000)
        if response.status_code != 200:
            sys.exit(f"{address} answered {response.status_code}.")
    for address in addresses[:20]:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        queries = max(queries, len(captured))
    return took[WARM_UP:], queries


if __name__ == "__main__":
    main()
