"""Several processes at the line at once, for PostgreSQL: most of the time goes into Python, one core for each process.

Imported by processes in which Django is not set up yet, so this module imports nothing of ours at its top.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from cms.corpus.tally import Tally

PART = 25  # articles that a process takes at a time


def run(article_ids: Sequence[UUID], *, count: int, tally: "Tally", on_articles: Callable[[int], None]) -> None:
    """Take the articles along the line in `count` processes; the first fault of a process is raised here."""
    from django.db import connection

    parts = [article_ids[start : start + PART] for start in range(0, len(article_ids), PART)]
    name = str(connection.settings_dict["NAME"])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, initializer=_set_up, initargs=(name,)) as pool:
        work = {pool.submit(_take, part): len(part) for part in parts}
        try:
            for done in as_completed(work):
                tally.add(done.result())
                on_articles(work[done])
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _set_up(database: str) -> None:
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = database


def _take(article_ids: Sequence[UUID]) -> "Tally":
    from cms.corpus import people
    from cms.corpus.line import Line
    from cms.corpus.tally import Tally

    tally = Tally()
    Line(people.accounts(), tally).run(iter(article_ids), on_article=lambda: None)
    return tally
