"""What the public store must hold, computed from facts alone; `rebuild` writes it, `manage.py verify` compares it.

Everything streams: memory holds one batch, and the links of one topic. The rows differ from those that `publish`
wrote only where SITE_URL changed since.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, Max, OuterRef, Q, Subquery, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce

from publishing import neighbours, rows, store
from publishing.circumstances import around
from publishing.evidence import reviews_behind
from publishing.models import (
    STORE_MODELS,
    Address,
    Change,
    LiveArticle,
    LiveContributor,
    LiveCorrection,
    LiveEdition,
    LivePage,
    LiveRedirect,
    LiveTopic,
    LiveUse,
    Publication,
    Tombstone,
    Withdrawal,
    WithdrawalKind,
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
    families = _families()
    for batch in batches(_links_of_all()):
        links = dict(batch)
        publications = {
            row.article_id: row for row in Publication.objects.standing().with_parts().filter(article__in=links)
        }
        newest, reviews = _newest_changes(publications), reviews_behind(publications.values())
        around_them = around(publications.values())
        for pk in links:
            publication = publications[pk]
            seq, at = newest.get(pk, (0, publication.published_at))
            new = rows.address_row(publication, around_them[publication.pk])
            family = families.get(neighbours.source_of(new), [new])
            source = next((row for row in family if row.pk == neighbours.source_of(new)), None)
            yield rows.live_row(
                publication,
                links[pk],
                seq,
                at,
                reviews=reviews[publication.pk],
                circumstances=around_them[publication.pk],
                translations=neighbours.translations_of(new, family),
                behind_since=neighbours.behind_since(new, source),
            )


def live_editions() -> Iterator[LiveEdition]:
    """Yield the row of every edition that can be read: of a live article, since its last withdrawal."""
    readable = Publication.objects.readable().with_parts().order_by("article_id", "seq")
    for batch in batches(readable.iterator(BATCH)):
        yield from rows.live_editions(batch)


def live_topics() -> Iterator[LiveTopic]:
    """Yield the row of every topic with live articles, as the newest publication names it."""
    standing = _standing_by_topic().order_by("topic", "-pk").values_list("topic", "pk")
    newest = (next(group)[1] for _, group in groupby(standing.iterator(BATCH), key=itemgetter(0)))
    for batch in batches(newest):
        topics = Publication.objects.filter(pk__in=batch).values_list("edition__content__topic", flat=True)
        yield from map(rows.topic_row, topics)


def live_contributors() -> Iterator[LiveContributor]:
    """Yield the row of everybody who speaks in a live article, as the newest publication names them."""
    found: dict[UUID, LiveContributor] = {}
    for content in _standing_contents("pk"):
        found |= {row.pk: row for row in rows.contributor_rows(content)}
    yield from (found[pk] for pk in sorted(found))


def live_uses() -> Iterator[LiveUse]:
    """Yield what each live article uses."""
    standing = Publication.objects.standing().order_by("article_id").values_list("article_id", "edition__content")
    for article_id, content in standing.iterator(BATCH):
        yield from rows.use_rows(article_id, content)


def live_corrections() -> Iterator[LiveCorrection]:
    """Yield the notice of every correction that can be read, and of every withdrawal but of what vanished."""
    corrected = Publication.objects.readable().with_parts().exclude(correction_kind="").order_by("article_id", "seq")
    for batch in batches(corrected.iterator(BATCH)):
        slugs = around(batch)
        yield from (rows.correction_row(row, slugs[row.pk].slug) for row in batch)
    for withdrawal in _told_withdrawals().select_related("publication__edition").iterator(BATCH):
        yield rows.withdrawal_row(withdrawal.publication, withdrawal, store.current_slug(withdrawal.publication))


def live_redirects() -> Iterator[LiveRedirect]:
    """Yield every address that an article had before the one it has."""
    addresses = Address.objects.order_by("article_id", "pk").values_list("article_id", "language", "slug")
    for article_id, group in groupby(addresses.iterator(BATCH), key=itemgetter(0)):
        yield from rows.redirect_rows(article_id, [(language, slug) for _, language, slug in group])


def live_pages() -> Iterator[LivePage]:
    yield rows.policies_row()


def tombstones() -> Iterator[Tombstone]:
    """Yield the tombstone of every article that was ever withdrawn, live again or not: that of the last time."""
    last = _last_withdrawals().select_related("publication__edition").defer("publication__edition__content")
    for withdrawal in last.order_by("publication__article_id").iterator(BATCH):
        slug = store.current_slug(withdrawal.publication)
        yield rows.tombstone(withdrawal.publication, withdrawal, slug)


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
        LiveContributor: Expected(("id",), lambda: sum(1 for _ in live_contributors()), live_contributors),
        LiveUse: Expected(("article_id", "kind", "key"), lambda: sum(1 for _ in live_uses()), live_uses),
        LiveCorrection: Expected(("key",), lambda: sum(1 for _ in live_corrections()), live_corrections),
        LiveRedirect: Expected(("language", "slug"), lambda: sum(1 for _ in live_redirects()), live_redirects),
        LivePage: Expected(("key",), lambda: 1, live_pages),
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
    names = ("topic", "edition__language", "article_id", "title", "address")
    newest = Address.objects.filter(article=OuterRef("article")).order_by("-pk").values("slug")[:1]
    standing = _standing_by_topic().annotate(
        title=KeyTextTransform("title", "edition__content"), address=Coalesce(Subquery(newest), "edition__slug")
    )
    standing = standing.order_by("topic", "edition__language", "article_id").values_list(*names)
    for _, group in groupby(standing.iterator(BATCH), key=itemgetter(0, 1)):
        ring = {pk: neighbours.link(pk, title, language, slug) for _, language, pk, title, slug in group}
        yield from neighbours.links_among(ring).items()


def _families() -> dict[UUID, list[LiveArticle]]:
    """Return, by original, the live languages of each article that has more than one, as rows of addresses."""
    original = KeyTextTransform("article", KeyTransform("translation_of", "edition__content"))
    standing = Publication.objects.standing().annotate(original=Cast(original, TextField()))
    named = standing.order_by().values_list("original", flat=True).distinct()
    sources = {UUID(pk) for pk in named if pk}
    found: dict[UUID, list[LiveArticle]] = defaultdict(list)
    for batch in batches(sorted(sources)):
        names = [str(pk) for pk in batch]
        members = list(standing.with_parts().filter(Q(article__in=batch) | Q(original__in=names)))
        around_them = around(members)
        for row in (rows.address_row(member, around_them[member.pk]) for member in members):
            found[neighbours.source_of(row)].append(row)
    return found


def _standing_contents(order: str) -> Iterator[Any]:
    yield from Publication.objects.standing().order_by(order).values_list("edition__content", flat=True).iterator(BATCH)


def _told_withdrawals() -> Any:
    """Return the withdrawals that readers are told of: none up to the last time that the article vanished."""
    vanished = Withdrawal.objects.filter(
        publication__article=OuterRef("publication__article"),
        publication__seq__gte=OuterRef("publication__seq"),
        kind=WithdrawalKind.VANISHED,
    )
    return Withdrawal.objects.filter(~Exists(vanished)).order_by("pk")


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
