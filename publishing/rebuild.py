"""What the public store must hold, computed from facts alone; `rebuild` writes it, `manage.py verify` compares it.

Everything streams: memory holds one batch, and the links of one topic. The rows differ from those that `publish`
wrote only where SITE_URL changed since.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, Max, OuterRef
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from publishing import store
from publishing.evidence import reviews_behind
from publishing.models import (
    STORE_MODELS,
    Change,
    LiveArticle,
    LiveEdition,
    LiveTopic,
    Publication,
    Tombstone,
    Withdrawal,
)

BATCH = 200

Links = list[dict[str, str]]


@transaction.atomic(durable=True)
def rebuild(*, on_row: Callable[[], None] = lambda: None) -> dict[str, int]:
    """Empty the public store and fill it again; return how many rows each model has. Readers see it old or new."""
    _lock_store()
    for model in STORE_MODELS:
        model.objects.all().delete()
    return {model.__name__: _fill(model, on_row) for model in STORE_MODELS}


def address_changed() -> bool:
    """Return whether the stored documents were written under another SITE_URL."""
    row = LiveArticle.objects.only("document").first()
    return row is not None and f'"url":"{settings.SITE_URL}/api/v1/articles/{row.pk}/"' not in row.document


def live_articles() -> Iterator[LiveArticle]:
    """Yield the row of every live article, topic by topic."""
    for batch in batches(_links_of_all()):
        links = dict(batch)
        publications = Publication.objects.standing().with_parts().filter(article__in=links)
        rows = {publication.article_id: publication for publication in publications}
        newest, reviews = _newest_changes(rows), reviews_behind(rows.values())
        for pk in links:
            seq, at = newest.get(pk, (0, rows[pk].published_at))
            yield store.live_row(rows[pk], links[pk], seq, at, reviews=reviews[rows[pk].pk])


def live_editions() -> Iterator[LiveEdition]:
    """Yield the row of every edition that can be read: of a live article, since its last withdrawal."""
    rows = Publication.objects.readable().with_parts().order_by("article_id", "seq")
    for batch in batches(rows.iterator(BATCH)):
        yield from store.live_editions(batch)


def live_topics() -> Iterator[LiveTopic]:
    """Yield the row of every topic with live articles, as the newest publication names it."""
    rows = _standing_by_topic().order_by("topic", "-pk").values_list("topic", "pk")
    newest = (next(group)[1] for _, group in groupby(rows.iterator(BATCH), key=itemgetter(0)))
    for batch in batches(newest):
        topics = Publication.objects.filter(pk__in=batch).values_list("edition__content__topic", flat=True)
        yield from map(store.topic_row, topics)


def tombstones() -> Iterator[Tombstone]:
    """Yield the tombstone of every article that was ever withdrawn, live again or not: that of the last time."""
    rows = _last_withdrawals().select_related("publication__edition").defer("publication__edition__content")
    for withdrawal in rows.order_by("publication__article_id").iterator(BATCH):
        yield store.tombstone(withdrawal.publication, withdrawal)


@dataclass(frozen=True)
class Expected:
    """The rows one model of the store must have: what tells two apart, how many, and each of them, unsaved."""

    key: tuple[str, ...]
    count: Callable[[], int]
    rows: Callable[[], Iterator[Any]]


def expected_rows() -> dict[type[models.Model], Expected]:
    """Return, for each model of the store, the rows that the facts give. Reads nothing of the store itself."""
    return {
        LiveArticle: Expected(("id",), Publication.objects.standing().count, live_articles),
        LiveEdition: Expected(("article_id", "number"), Publication.objects.readable().count, live_editions),
        LiveTopic: Expected(("id",), _standing_by_topic().values("topic").distinct().count, live_topics),
        Tombstone: Expected(("id",), _last_withdrawals().count, tombstones),
    }


def batches(rows: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    """Cut a stream into lists of at most `size`."""
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


def _lock_store() -> None:
    """Let no publish or withdraw write in between: both write live articles before any other table of the store."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{LiveArticle._meta.db_table}" IN EXCLUSIVE MODE')


def _fill(model: Any, on_row: Callable[[], None]) -> int:
    count = 0
    for batch in batches(expected_rows()[model].rows()):
        model.objects.bulk_create(batch)
        count += len(batch)
        for _ in batch:
            on_row()
    return count


def _links_of_all() -> Iterator[tuple[UUID, Links]]:
    """Yield every live article with what it links to: its neighbours in the ring of its topic and language."""
    names = ("topic", "edition__language", "article_id", "title", "edition__slug")
    rows = _standing_by_topic().annotate(title=KeyTextTransform("title", "edition__content"))
    rows = rows.order_by("topic", "edition__language", "article_id").values_list(*names)
    for _, group in groupby(rows.iterator(BATCH), key=itemgetter(0, 1)):
        ring = ((pk, title, language, slug) for _, language, pk, title, slug in group)
        yield from store.links_by_topic(ring).items()


def _newest_changes(pks: Iterable[UUID]) -> dict[UUID, tuple[int, datetime]]:
    lines = Change.objects.filter(type="article", key__in=[str(pk) for pk in pks])
    newest = lines.order_by().values("key").annotate(newest=Max("seq")).values_list("newest", flat=True)
    rows = Change.objects.filter(seq__in=list(newest)).values_list("key", "seq", "at")
    return {UUID(key): (seq, at) for key, seq, at in rows}


def _standing_by_topic() -> Any:
    topic = KeyTransform("topic", "edition__content")
    return Publication.objects.standing().annotate(topic=KeyTextTransform("id", topic))


def _last_withdrawals() -> Any:
    later = Withdrawal.objects.filter(
        publication__article=OuterRef("publication__article"),
        publication__seq__gt=OuterRef("publication__seq"),
    )
    return Withdrawal.objects.filter(~Exists(later))
