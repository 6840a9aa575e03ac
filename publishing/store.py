"""Write the public store from facts. Called by actions inside their transaction, and by `rebuild_public_store`.

A write touches a bounded number of rows: the article, its topic, and the articles that link to it.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q

from articles.snapshot import canonical
from publishing import certificate as certificates
from publishing import document as documents
from publishing.evidence import Values, reviews_behind
from publishing.models import (
    Change,
    FeedHead,
    LiveArticle,
    LiveEdition,
    LiveTopic,
    Publication,
    Tombstone,
    Withdrawal,
    WithdrawalKind,
)
from reviews.models import Edition
from reviews.policy import full_review_of

#: How many articles "Continue learning" names: the next ones of the topic, in the order of their ids, as a ring.
LINKS = 5


class Earlier(NamedTuple):
    """A publication of the same article that came before."""

    published_at: datetime
    number: int
    is_withdrawn: bool


FIELDS = [field.name for field in LiveArticle._meta.fields if not field.primary_key]
EDITION_KEY = ["article_id", "number"]
EDITION_FIELDS = [field.name for field in LiveEdition._meta.fields if field.name not in ("id", *EDITION_KEY)]


def earlier_publications(article_id: UUID, *, before_seq: int | None = None) -> list[Earlier]:
    """Return the publications of an article, oldest first; one query."""
    rows = Publication.objects.filter(article=article_id)
    if before_seq is not None:
        rows = rows.filter(seq__lt=before_seq)
    values = rows.order_by("seq").values_list("published_at", "edition__number", "withdrawal__pk")
    return [Earlier(published_at, number, withdrawn is not None) for published_at, number, withdrawn in values]


def show(publication: Publication, *, cause: str, at: datetime, earlier: list[Earlier] | None = None) -> LiveArticle:
    """Put a publication into the store in place of what the article showed before.

    A publication that was just made comes with those `earlier` of its article; without them, one that stands already
    is shown anew. Raises ValidationError `address_taken` where another live article has its address.
    """
    edition, pk = publication.edition, publication.article_id
    topic_id, language = UUID(edition.content["topic"]["id"]), edition.language
    head = _lock_feed()
    near = _near(topic_id, language, pk, address=(language, edition.slug))
    before = next((row for row in near if row.pk == pk), None)
    if any(row.pk != pk and (row.language, row.slug) == (language, edition.slug) for row in near):
        raise ValidationError(f"Another live article has the address “{edition.slug}”.", code="address_taken")
    if before and (before.topic_id, before.language) != (topic_id, language):
        _leave(head, before.topic_id, before.language, pk, at)

    ring = _ring(near, topic_id, language, pk)
    link = _link(pk, edition.content["title"], language, edition.slug)
    links = _links({**{row.pk: _link_of(row) for row in ring}, pk: link})
    stale = _stale(ring, links, pk)
    seqs = _number(head, [("upsert", pk, cause)] + [("upsert", row.pk, "dependency") for row in stale], at)

    reviews = reviews_behind([publication])[publication.pk]
    row = live_row(publication, links[pk], seqs[0], at, reviews=reviews, earlier=earlier)
    _relink(stale, links, seqs[1:], at)
    _write_live([row, *stale])
    _write_editions([_live_edition(publication, reviews)])
    if earlier is None:
        _retake_topic(topic_id)
    else:
        _write_topic(edition.content["topic"])  # This publication is the newest there is.
    if before and before.topic_id != topic_id:
        _retake_topic(before.topic_id)
    return row


def certify_again(edition: Edition, *, by: Any) -> None:
    """Write the certificates anew that show the signatures of an edition, also where a newer one took its place.

    Runs inside the action `revoke`. Besides its own these are the certificates of the fast path after it.
    """
    of = Publication.objects.readable().with_parts().filter(article=edition.article_id)
    mine = of.filter(Q(edition=edition) | Q(edition__policy__full_review=edition.number))
    _write_editions(live_editions(mine))


def hide(publication: Publication, withdrawal: Withdrawal, *, at: datetime) -> None:
    """Take an article out of every door and leave a tombstone."""
    edition, pk = publication.edition, publication.article_id
    topic_id = UUID(edition.content["topic"]["id"])
    head = _lock_feed()
    LiveArticle.objects.filter(pk=pk).delete()
    LiveEdition.objects.filter(article_id=pk).delete()

    _number(head, [("tombstone", pk, withdrawal.kind)], at)
    _leave(head, topic_id, edition.language, pk, at)
    Tombstone.objects.bulk_create(
        [tombstone(publication, withdrawal)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["slug", "language", "kind", "editions", "withdrawn_at", "problem"],
    )
    _retake_topic(topic_id)


def live_row(
    publication: Publication,
    links: list[dict[str, str]],
    seq: int,
    at: datetime,
    *,
    reviews: list[Values],
    earlier: list[Earlier] | None = None,
) -> LiveArticle:
    """Return the unsaved store row of a publication."""
    edition = publication.edition
    document = documents.article_document(
        site_url=settings.SITE_URL,
        article_id=str(publication.article_id),
        slug=edition.slug,
        language=edition.language,
        publication=_publication_values(publication) | _earlier_values(publication, earlier),
        edition=_edition_values(edition),
        decisions=[row for review in reviews for row in review["decisions"]],
        seq=seq,
        updated_at=at,
        continue_learning=links,
    )
    return _filled(LiveArticle(pk=publication.article_id), document, publication, at)


def live_editions(publications: Iterable[Publication]) -> list[LiveEdition]:
    """Return the unsaved store rows of public editions with their certificates; a constant number of queries."""
    rows = list(publications)
    reviews = reviews_behind(rows)
    return [_live_edition(row, reviews[row.pk]) for row in rows]


def tombstone(publication: Publication, withdrawal: Withdrawal) -> Tombstone:
    """Return the unsaved tombstone; one that vanished keeps no word of what it was."""
    vanished = withdrawal.kind == WithdrawalKind.VANISHED
    earlier = Publication.objects.filter(article=publication.article_id, seq__lte=publication.seq)
    numbers = earlier.exclude(withdrawal__kind=WithdrawalKind.VANISHED)
    replacement = withdrawal.replacement_id
    return Tombstone(
        pk=publication.article_id,
        slug=publication.edition.slug,
        language=publication.edition.language,
        kind=withdrawal.kind,
        editions=[] if vanished else sorted(numbers.values_list("edition__number", flat=True)),
        withdrawn_at=withdrawal.at,
        problem={}
        if vanished
        else {
            "article": str(publication.article_id),
            "last_edition": publication.edition.number,
            "withdrawn_at": documents.moment(withdrawal.at),
            "reason": withdrawal.reason,
            "reader_message": withdrawal.reader_message,
            "replacement_id": str(replacement) if replacement else "",
        },
    )


def links_by_topic(rows: Iterable[tuple[UUID, str, str, str]]) -> dict[UUID, list[dict[str, str]]]:
    """Return the links of every article of one topic and language, from (id, title, language, slug)."""
    return _links({pk: _link(pk, title, language, slug) for pk, title, language, slug in rows})


def topic_row(topic: dict[str, Any]) -> LiveTopic:
    """Return the unsaved store row of a topic."""
    return LiveTopic(
        pk=UUID(topic["id"]),
        slug=topic["slug"],
        name=topic["name"],
        document=canonical(topic).decode(),
    )


def _live_edition(publication: Publication, reviews: list[Values]) -> LiveEdition:
    edition = publication.edition
    place: Values = {"site_url": settings.SITE_URL, "article_id": str(publication.article_id)}
    facts: Values = {"publication": _publication_values(publication), "edition": _edition_values(edition)}
    document = documents.edition_document(**place, language=edition.language, **facts)
    certificate = certificates.certificate(**place, slug=edition.slug, reviews=reviews, **facts)
    row = LiveEdition(
        article_id=publication.article_id,
        number=edition.number,
        digest=edition.digest,
        published_at=publication.published_at,
        certified_at=certificates.certified_at(reviews),
    )
    row.document, row.etag = documents.stored(document)
    row.certificate, row.certificate_etag = documents.stored(certificate)
    return row


def _filled(row: LiveArticle, document: dict[str, Any], publication: Publication, at: datetime) -> LiveArticle:
    content = document["content"]
    row.slug, row.language, row.title = document["slug"], document["language"], content["title"]
    row.topic_id, row.topic_slug = UUID(content["topic"]["id"]), content["topic"]["slug"]
    row.aspect = content["aspect"]
    row.publication_id = publication.pk
    row.edition_number, row.digest = document["edition"]["number"], document["edition"]["digest"]
    row.published_at, row.updated_at, row.seq = publication.published_at, at, document["seq"]
    row.last_reviewed = datetime.fromisoformat(document["review"]["last_reviewed"]).date()
    row.cache_tags = " ".join(document["cache_tags"])
    row.card = canonical(documents.card(document)).decode()
    row.document, row.etag = documents.stored(document)
    return row


def _publication_values(publication: Publication) -> dict[str, Any]:
    return {
        "published_at": publication.published_at,
        "change": publication.change,
        "note": publication.note,
    }


def _earlier_values(publication: Publication, earlier: list[Earlier] | None) -> dict[str, Any]:
    if earlier is None:
        earlier = earlier_publications(publication.article_id, before_seq=publication.seq)
    previous = earlier[-1] if earlier else None
    return {
        "first_published_at": earlier[0].published_at if earlier else publication.published_at,
        "previous_number": previous.number if previous and not previous.is_withdrawn else 0,
    }


def _edition_values(edition: Edition) -> dict[str, Any]:
    return {
        "number": edition.number,
        "digest": edition.digest,
        "content": edition.content,
        "policy": edition.policy,
        "full_review": full_review_of(edition.policy, edition.number),
    }


def _near(
    topic_id: UUID, language: str, article_id: UUID, *, address: tuple[str, str] | None = None
) -> list[LiveArticle]:
    """Return the live rows that a change of an article may concern, in one query: its neighbours in the ring of its
    topic, itself, and who has its address.
    """
    others = LiveArticle.objects.filter(topic_id=topic_id, language=language).exclude(pk=article_id)
    parts = [
        others.filter(pk__gt=article_id).order_by("pk"),
        others.filter(pk__lt=article_id).order_by("-pk"),
        others.order_by("pk"),
        others.order_by("-pk"),
    ]
    wanted = Q(pk=article_id)
    if address:
        wanted |= Q(language=address[0], slug=address[1])
    for part in parts:
        wanted |= Q(pk__in=part.values("pk")[:LINKS])
    return list(LiveArticle.objects.filter(wanted))


def _ring(near: list[LiveArticle], topic_id: UUID, language: str, article_id: UUID) -> list[LiveArticle]:
    """Return the neighbours of an article among `near`, in the order of the ring."""
    ring = [row for row in near if (row.topic_id, row.language) == (topic_id, language) and row.pk != article_id]
    return sorted(ring, key=lambda row: row.pk.hex)


def _links(link_of: dict[UUID, dict[str, str]]) -> dict[UUID, list[dict[str, str]]]:
    order = sorted(link_of, key=lambda pk: pk.hex)
    count = min(LINKS, len(order) - 1)
    return {
        pk: [link_of[order[(place + step) % len(order)]] for step in range(1, count + 1)]
        for place, pk in enumerate(order)
    }


def _stale(ring: list[LiveArticle], links: dict[UUID, list[dict[str, str]]], article_id: UUID) -> list[LiveArticle]:
    """Return the neighbours that link, or linked, to the article and whose stored links are no longer right."""
    order = sorted({*(row.pk for row in ring), article_id}, key=lambda pk: pk.hex)
    place = order.index(article_id)
    before = {order[(place - step) % len(order)] for step in range(1, LINKS + 1)}
    near = [row for row in ring if row.pk in before]
    return [row for row in near if json.loads(row.document)["continue_learning"] != links[row.pk]]


def _leave(head: FeedHead, topic_id: UUID, language: str, article_id: UUID, at: datetime) -> None:
    ring = _ring(_near(topic_id, language, article_id), topic_id, language, article_id)
    links = _links({row.pk: _link_of(row) for row in ring})
    stale = _stale(ring, links, article_id)
    seqs = _number(head, [("upsert", row.pk, "dependency") for row in stale], at)
    _relink(stale, links, seqs, at)
    _write_live(stale)


def _link(pk: UUID, title: str, language: str, slug: str) -> dict[str, str]:
    return {
        "id": str(pk),
        "title": title,
        "html_url": f"{settings.SITE_URL}{documents.page_path(language, slug)}",
    }


def _link_of(row: LiveArticle) -> dict[str, str]:
    return _link(row.pk, row.title, row.language, row.slug)


def _relink(rows: list[LiveArticle], links: dict[UUID, list[dict[str, str]]], seqs: list[int], at: datetime) -> None:
    for row, seq in zip(rows, seqs, strict=True):
        document = json.loads(row.document)
        document |= {"continue_learning": links[row.pk], "seq": seq, "updated_at": documents.moment(at)}
        row.document, row.etag = documents.stored(document)
        row.seq, row.updated_at = seq, at


def _write_live(rows: list[LiveArticle]) -> None:
    LiveArticle.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=FIELDS)


def _write_editions(rows: list[LiveEdition]) -> None:
    LiveEdition.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=EDITION_KEY, update_fields=EDITION_FIELDS
    )


def _lock_feed() -> FeedHead:
    """Lock the head of the feed before reading neighbours: rival publications in one topic then see each other."""
    locked = FeedHead.objects.select_for_update().filter(pk=1)
    head = locked.first()
    if head is None:
        FeedHead.objects.bulk_create([FeedHead(pk=1)], ignore_conflicts=True)
        head = locked.get()
    return head


def _number(head: FeedHead, changes: list[tuple[str, UUID, str]], at: datetime) -> list[int]:
    """Append lines to the feed under the lock of its head; return their numbers."""
    if not changes:
        return []
    first = head.seq + 1
    head.seq += len(changes)
    head.save(update_fields=["seq"])
    rows = [
        Change(seq=first + n, op=op, type="article", key=str(pk), cause=cause, at=at)
        for n, (op, pk, cause) in enumerate(changes)
    ]
    Change.objects.bulk_create(rows)
    return [row.seq for row in rows]


def _write_topic(topic: dict[str, Any]) -> None:
    LiveTopic.objects.bulk_create(
        [topic_row(topic)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["slug", "name", "document"],
    )


def _retake_topic(topic_id: UUID) -> None:
    """Name a topic as the newest publication of its live articles does; drop it where none is left."""
    newest = LiveArticle.objects.filter(topic_id=topic_id).order_by("-publication_id").first()
    if newest is None:
        LiveTopic.objects.filter(pk=topic_id).delete()
    else:
        _write_topic(json.loads(newest.document)["content"]["topic"])
