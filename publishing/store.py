"""Write the public store from facts. Called by actions inside their transaction, and by `rebuild_public_store`.

A write touches a bounded number of rows: the article, its topic, the articles that link to it, its translations.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, Subquery

from publishing import neighbours, rows
from publishing.circumstances import Line, around, source_of
from publishing.evidence import reviews_behind
from publishing.models import (
    Address,
    Change,
    FeedHead,
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
    UseKind,
    Withdrawal,
    WithdrawalKind,
)
from reviews.models import Edition

FIELDS = [field.name for field in LiveArticle._meta.fields if not field.primary_key]
EDITION_KEY = ["article_id", "number"]
EDITION_FIELDS = [field.name for field in LiveEdition._meta.fields if field.name not in ("id", *EDITION_KEY)]


def show(publication: Publication, *, cause: str, at: datetime, lines: list[Line] | None = None) -> LiveArticle:
    """Put a publication into the store in place of what the article showed before.

    A publication that was just made comes with the `lines` of its article, its own the last; without them, one that
    stands already is shown anew. Raises ValidationError `address_taken` where another live article has its address.
    """
    edition, pk = publication.edition, publication.article_id
    topic_id, language = UUID(edition.content["topic"]["id"]), edition.language
    head = _lock_feed()
    around_it = around([publication], {pk: lines} if lines else None)[publication.pk]
    address = (language, around_it.slug)
    near = neighbours.near(topic_id, language, pk, address=address, source=source_of(pk, edition.content))
    before = next((row for row in near if row.pk == pk), None)
    if any(row.pk != pk and (row.language, row.slug) == address for row in near):
        raise ValidationError(f"Another live article has the address “{around_it.slug}”.", code="address_taken")
    if before and (before.topic_id, before.language) != (topic_id, language):
        _leave(head, before.topic_id, before.language, pk, at)

    new = rows.address_row(publication, around_it)
    family = _family(near, new)
    ring = neighbours.ring(near, topic_id, language, pk)
    link = neighbours.link(pk, new.title, language, new.slug)
    links = neighbours.links_among({**{row.pk: neighbours.link_of(row) for row in ring}, pk: link})
    stale = _refreshed(ring, links, family, pk)
    seqs = _number(head, [("upsert", pk, cause)] + [("upsert", row.pk, "dependency") for row in stale], at)
    neighbours.stamp(stale, seqs[1:], at)

    reviews = reviews_behind([publication])[publication.pk]
    source = next((row for row in family if row.pk == neighbours.source_of(new)), None)
    row = rows.live_row(
        publication,
        links[pk],
        seqs[0],
        at,
        reviews=reviews,
        circumstances=around_it,
        translations=neighbours.translations_of(new, family),
        behind_since=neighbours.behind_since(new, source),
    )
    _write_live([row, *stale])
    _write_editions([rows.live_edition(publication, reviews, around_it.slug)])
    _write_parts(publication, before)
    if lines and publication.correction_kind:
        rows.correction_row(publication, around_it.slug).save(force_insert=True)
    return row


def certify_again(edition: Edition, *, by: Any) -> None:
    """Write the certificates anew that show the signatures of an edition, also where a newer one took its place.

    Runs inside the action `revoke`. Besides its own these are the certificates of the fast path after it.
    """
    of = Publication.objects.readable().with_parts().filter(article=edition.article_id)
    mine = of.filter(Q(edition=edition) | Q(edition__policy__full_review=edition.number))
    _write_editions(rows.live_editions(mine))


def hide(publication: Publication, withdrawal: Withdrawal, *, at: datetime) -> None:
    """Take an article out of every door and leave a tombstone."""
    edition, pk = publication.edition, publication.article_id
    topic_id = UUID(edition.content["topic"]["id"])
    head = _lock_feed()
    slug = current_slug(publication)
    for model in (LiveEdition, LiveUse):
        model._default_manager.filter(article_id=pk).delete()
    LiveCorrection.objects.filter(article_id=pk, key__startswith="p").delete()
    LiveArticle.objects.filter(pk=pk).delete()

    _number(head, [("tombstone", pk, withdrawal.kind)], at)
    _leave(head, topic_id, edition.language, pk, at, source=source_of(pk, edition.content))
    Tombstone.objects.bulk_create(
        [rows.tombstone(publication, withdrawal, slug)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["slug", "language", "kind", "editions", "withdrawn_at", "problem"],
    )
    if withdrawal.kind == WithdrawalKind.VANISHED:
        LiveCorrection.objects.filter(article_id=pk).delete()
    else:
        rows.withdrawal_row(publication, withdrawal, slug).save(force_insert=True)
    _retake_topic(topic_id)
    _retake_contributors({row.pk for row in rows.contributor_rows(edition.content)})


def readdress(publication: Publication, *, at: datetime) -> None:
    """Show an article at its newest address everywhere; the former ones lead there."""
    pk, slug = publication.article_id, current_slug(publication)
    write_redirects(pk)
    LiveCorrection.objects.filter(article_id=pk).update(slug=slug)
    show(publication, cause="moved", at=at)
    _write_editions(rows.live_editions(Publication.objects.readable().with_parts().filter(article=pk)))


def write_redirects(article_id: UUID) -> None:
    """Write where the former addresses of an article lead."""
    addresses = Address.objects.filter(article=article_id).order_by("pk").values_list("language", "slug")
    LiveRedirect.objects.filter(article_id=article_id).delete()
    LiveRedirect.objects.bulk_create(rows.redirect_rows(article_id, list(addresses)))


def write_policies() -> bool:
    """Write the page on how this site reviews; return whether it was another one."""
    row = rows.policies_row()
    if LivePage.objects.filter(key=row.key, document=row.document).exists():
        return False
    LivePage.objects.bulk_create([row], update_conflicts=True, unique_fields=["key"], update_fields=["document"])
    return True


def current_slug(publication: Publication) -> str:
    """Return the slug that the article of a publication has now."""
    newest = Address.objects.filter(article=publication.article_id).order_by("-pk").values_list("slug", flat=True)
    return newest.first() or publication.edition.slug


def _family(near: list[LiveArticle], new: LiveArticle) -> list[LiveArticle]:
    """Return the live rows of one article in its languages, the new row in place of the one before."""
    source = neighbours.source_of(new)
    others = [row for row in near if row.pk != new.pk and neighbours.source_of(row) == source]
    return [new, *others]


def _refreshed(
    ring: list[LiveArticle], links: dict[UUID, neighbours.Links], family: list[LiveArticle], pk: UUID
) -> list[LiveArticle]:
    """Return the rows of others whose documents change with this one, changed."""
    stale = neighbours.stale(ring, links, pk)
    changed = [row for row in stale if neighbours.refresh(row, links=links[row.pk])]
    for row in family:
        if row.pk != pk and neighbours.refresh(row, family=family) and row not in changed:
            changed.append(row)
    return changed


def _leave(
    head: FeedHead, topic_id: UUID, language: str, article_id: UUID, at: datetime, source: UUID | None = None
) -> None:
    near = neighbours.near(topic_id, language, article_id, source=source)
    ring = neighbours.ring(near, topic_id, language, article_id)
    links = neighbours.links_among({row.pk: neighbours.link_of(row) for row in ring})
    family = [row for row in near if row.pk != article_id and neighbours.source_of(row) == source]
    stale = _refreshed(ring, links, family, article_id)
    neighbours.stamp(stale, _number(head, [("upsert", row.pk, "dependency") for row in stale], at), at)
    _write_live(stale)


def _write_parts(publication: Publication, before: LiveArticle | None) -> None:
    """Write what a text is made of beside its words: its topic, its contributors, and what it uses."""
    if before and before.publication_id == publication.pk:
        return  # The same text as before, shown anew.
    pk, content = publication.article_id, publication.edition.content
    old = json.loads(before.document)["content"] if before else None
    uses, used = rows.uses_of(content), rows.uses_of(old) if old else set()
    if used - uses:
        gone = [Q(kind=kind, key=key) for kind, key in used - uses]
        LiveUse.objects.filter(_any(gone), article_id=pk).delete()
    if uses - used:
        LiveUse.objects.bulk_create(
            [row for row in rows.use_rows(pk, content) if (row.kind, row.key) not in used], ignore_conflicts=True
        )
    _write_topics([rows.topic_row(content["topic"])])
    if before and before.topic_id != UUID(content["topic"]["id"]):
        _retake_topic(before.topic_id)
    _write_contributors(rows.contributor_rows(content))
    people = {row.pk for row in rows.contributor_rows(content)}
    _retake_contributors({row.pk for row in rows.contributor_rows(old)} - people if old else set())


def _any(conditions: Iterable[Q]) -> Q:
    either = Q(pk__in=[])
    for condition in conditions:
        either |= condition
    return either


def _write_live(live: list[LiveArticle]) -> None:
    LiveArticle.objects.bulk_create(live, update_conflicts=True, unique_fields=["id"], update_fields=FIELDS)


def _write_editions(editions: list[LiveEdition]) -> None:
    LiveEdition.objects.bulk_create(
        editions, update_conflicts=True, unique_fields=EDITION_KEY, update_fields=EDITION_FIELDS
    )


def _write_topics(topics: list[LiveTopic]) -> None:
    LiveTopic.objects.bulk_create(
        topics,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["slug", "name", "letter", "specialty", "document"],
    )


def _write_contributors(people: list[LiveContributor]) -> None:
    LiveContributor.objects.bulk_create(
        people, update_conflicts=True, unique_fields=["id"], update_fields=["kind", "name", "document"]
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
    numbered = [
        Change(seq=first + n, op=op, type="article", key=str(pk), cause=cause, at=at)
        for n, (op, pk, cause) in enumerate(changes)
    ]
    Change.objects.bulk_create(numbered)
    return [row.seq for row in numbered]


def _retake_topic(topic_id: UUID) -> None:
    """Name a topic as the newest publication of its live articles does; drop it where none is left."""
    newest = LiveArticle.objects.filter(topic_id=topic_id).order_by("-publication_id").first()
    if newest is None:
        LiveTopic.objects.filter(pk=topic_id).delete()
    else:
        _write_topics([rows.topic_row(json.loads(newest.document)["content"]["topic"])])


def _retake_contributors(people: set[UUID]) -> None:
    """Name contributors as the newest publication in which each still speaks does; drop those who speak in none."""
    if not people:
        return
    speaks = LiveUse.objects.filter(kind=UseKind.CONTRIBUTOR, key=OuterRef(OuterRef("key"))).values("article_id")
    newest = LiveArticle.objects.filter(pk__in=speaks).order_by("-publication_id").values("pk")[:1]
    keys = {str(pk) for pk in people}
    left = LiveUse.objects.filter(kind=UseKind.CONTRIBUTOR, key__in=keys).values("key").distinct()
    named = dict(left.order_by("key").annotate(newest=Subquery(newest)).values_list("key", "newest"))
    texts = dict(LiveArticle.objects.filter(pk__in=set(named.values())).values_list("pk", "document")) if named else {}
    found = [
        row
        for key, pk in named.items()
        for row in rows.contributor_rows(json.loads(texts[pk])["content"])
        if str(row.pk) == key
    ]
    if found:
        _write_contributors(found)
    LiveContributor.objects.filter(pk__in=people - {row.pk for row in found}).delete()
