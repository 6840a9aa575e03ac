"""Write the public store from facts. Called by actions inside their transaction, and by `rebuild_public_store`.

A write touches a bounded number of rows: the article, its topic, and the articles that link to it.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from articles.snapshot import canonical
from publishing import document as documents
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

#: How many articles "Continue learning" names: the next ones of the topic, in the order of their ids, as a ring.
LINKS = 5

FIELDS = [field.name for field in LiveArticle._meta.fields if not field.primary_key]


def show(publication: Publication, *, cause: str, at: datetime) -> LiveArticle:
    """Put a publication into the store in place of what the article showed before."""
    edition, pk = publication.edition, publication.article_id
    topic = edition.content["topic"]
    head = _lock_feed()
    before = LiveArticle.objects.filter(pk=pk).only("topic_id", "language").first()
    if before and (str(before.topic_id), before.language) != (topic["id"], edition.language):
        _leave(head, before.topic_id, before.language, pk, at)

    ring = _ring(UUID(topic["id"]), edition.language, pk)
    link = _link(pk, edition.content["title"], edition.language, edition.slug)
    links = _links({**{row.pk: _link_of(row) for row in ring}, pk: link})
    stale = _stale(ring, links, pk)
    seqs = _number(head, [("upsert", pk, cause)] + [("upsert", row.pk, "dependency") for row in stale], at)

    row = live_row(publication, links[pk], seqs[0], at)
    LiveArticle.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=FIELDS)
    _relink(stale, links, seqs[1:], at)
    LiveEdition.objects.bulk_create(
        [live_edition(publication)],
        update_conflicts=True,
        unique_fields=["article_id", "number"],
        update_fields=["digest", "published_at", "etag", "document"],
    )
    _retake_topic(UUID(topic["id"]))
    if before and str(before.topic_id) != topic["id"]:
        _retake_topic(before.topic_id)
    return row


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


def live_row(publication: Publication, links: list[dict[str, str]], seq: int, at: datetime) -> LiveArticle:
    """Return the unsaved store row of a publication."""
    edition = publication.edition
    document = documents.article_document(
        site_url=settings.SITE_URL,
        article_id=str(publication.article_id),
        slug=edition.slug,
        language=edition.language,
        publication=_publication_values(publication) | _earlier_values(publication),
        edition=_edition_values(edition),
        decisions=_decision_values(edition),
        seq=seq,
        updated_at=at,
        continue_learning=links,
    )
    return _filled(LiveArticle(pk=publication.article_id), document, publication, at)


def live_edition(publication: Publication) -> LiveEdition:
    """Return the unsaved store row of a public edition."""
    edition = publication.edition
    text, etag = documents.stored(
        documents.edition_document(
            site_url=settings.SITE_URL,
            article_id=str(publication.article_id),
            language=edition.language,
            publication=_publication_values(publication),
            edition=_edition_values(edition),
        )
    )
    return LiveEdition(
        article_id=publication.article_id,
        number=edition.number,
        digest=edition.digest,
        published_at=publication.published_at,
        etag=etag,
        document=text,
    )


def tombstone(publication: Publication, withdrawal: Withdrawal) -> Tombstone:
    """Return the unsaved tombstone; one that vanished keeps no word of what it was."""
    vanished = withdrawal.kind == WithdrawalKind.VANISHED
    numbers = Publication.objects.filter(article=publication.article_id, seq__lte=publication.seq)
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


def topic_row(topic: dict[str, Any], article_count: int) -> LiveTopic:
    """Return the unsaved store row of a topic."""
    return LiveTopic(
        pk=UUID(topic["id"]),
        slug=topic["slug"],
        name=topic["name"],
        article_count=article_count,
        document=canonical(topic).decode(),
    )


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


def _earlier_values(publication: Publication) -> dict[str, Any]:
    earlier = list(
        Publication.objects.filter(article=publication.article_id, seq__lt=publication.seq)
        .order_by("seq")
        .values_list("published_at", "edition__number", "withdrawal__pk")
    )
    first = earlier[0][0] if earlier else publication.published_at
    _, previous_number, previous_withdrawn = earlier[-1] if earlier else (None, 0, None)
    return {
        "first_published_at": first,
        "previous_number": 0 if previous_withdrawn else previous_number,
    }


def _edition_values(edition: Edition) -> dict[str, Any]:
    return {
        "number": edition.number,
        "digest": edition.digest,
        "content": edition.content,
        "policy": edition.policy,
    }


def _decision_values(edition: Edition) -> list[dict[str, Any]]:
    return [
        {
            "reviewer_id": row.reviewer_id,
            "reviewer": row.reviewer_snapshot,
            "stage": row.stage,
            "outcome": row.outcome,
            "signed_at": row.signed_at,
            "digest": row.digest,
        }
        for row in sorted(edition.decisions.all(), key=lambda row: row.pk)
    ]


def _ring(topic_id: UUID, language: str, article_id: UUID) -> list[LiveArticle]:
    """Return the live neighbours of an article in the ring of its topic: enough to know who links to whom."""
    topic = LiveArticle.objects.filter(topic_id=topic_id, language=language)
    others = topic.exclude(pk=article_id)
    parts = [
        others.filter(pk__gt=article_id).order_by("pk"),
        others.filter(pk__lt=article_id).order_by("-pk"),
        others.order_by("pk"),
        others.order_by("-pk"),
    ]
    near = Q()
    for part in parts:
        near |= Q(pk__in=part.values("pk")[:LINKS])
    return sorted(others.filter(near), key=lambda row: row.pk.hex)


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
    ring = _ring(topic_id, language, article_id)
    links = _links({row.pk: _link_of(row) for row in ring})
    stale = _stale(ring, links, article_id)
    seqs = _number(head, [("upsert", row.pk, "dependency") for row in stale], at)
    _relink(stale, links, seqs, at)


def _link(pk: UUID, title: str, language: str, slug: str) -> dict[str, str]:
    return {
        "id": str(pk),
        "title": title,
        "html_url": f"{settings.SITE_URL}{documents.page_path(language, slug)}",
    }


def _link_of(row: LiveArticle) -> dict[str, str]:
    return _link(row.pk, row.title, row.language, row.slug)


def _relink(rows: list[LiveArticle], links: dict[UUID, list[dict[str, str]]], seqs: list[int], at: datetime) -> None:
    if not rows:
        return
    for row, seq in zip(rows, seqs, strict=True):
        document = json.loads(row.document)
        document |= {"continue_learning": links[row.pk], "seq": seq, "updated_at": documents.moment(at)}
        row.document, row.etag = documents.stored(document)
        row.seq, row.updated_at = seq, at
    LiveArticle.objects.bulk_update(rows, ["document", "etag", "seq", "updated_at"])


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
    count = LiveArticle.objects.filter(topic_id=topic["id"]).count()
    LiveTopic.objects.bulk_create(
        [topic_row(topic, count)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["slug", "name", "article_count", "document"],
    )


def _retake_topic(topic_id: UUID) -> None:
    newest = LiveArticle.objects.filter(topic_id=topic_id).order_by("-publication_id").first()
    if newest is None:
        LiveTopic.objects.filter(pk=topic_id).delete()
    else:
        _write_topic(json.loads(newest.document)["content"]["topic"])
