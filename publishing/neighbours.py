"""What the stored documents of a topic, and of the languages of one article, say of each other.

"Continue learning" is a ring: each article links to the next ones of its topic, in the order of their ids.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from publishing import document as documents
from publishing.models import LiveArticle

#: How many articles "Continue learning" names.
LINKS = 5

Links = list[dict[str, str]]


def near(
    topic_id: UUID,
    language: str,
    article_id: UUID,
    *,
    address: tuple[str, str] | None = None,
    source: UUID | None = None,
) -> list[LiveArticle]:
    """Return the live rows that a change of an article may concern, in one query: its neighbours in the ring of its
    topic, itself, who has its address, and the languages of `source`.
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
    if source:
        wanted |= Q(pk=source) | Q(translation_of=source)
    for part in parts:
        wanted |= Q(pk__in=part.values("pk")[:LINKS])
    return list(LiveArticle.objects.filter(wanted))


def ring(rows: list[LiveArticle], topic_id: UUID, language: str, article_id: UUID) -> list[LiveArticle]:
    """Return the neighbours of an article among `rows`, in the order of the ring."""
    mine = [row for row in rows if (row.topic_id, row.language) == (topic_id, language) and row.pk != article_id]
    return sorted(mine, key=lambda row: row.pk.hex)


def links_among(link_of: dict[UUID, dict[str, str]]) -> dict[UUID, Links]:
    """Return what each article of one topic and language links to."""
    order = sorted(link_of, key=lambda pk: pk.hex)
    count = min(LINKS, len(order) - 1)
    return {
        pk: [link_of[order[(place + step) % len(order)]] for step in range(1, count + 1)]
        for place, pk in enumerate(order)
    }


def stale(rows: list[LiveArticle], links: dict[UUID, Links], article_id: UUID) -> list[LiveArticle]:
    """Return the neighbours that link, or linked, to the article and whose stored links are no longer right."""
    order = sorted({*(row.pk for row in rows), article_id}, key=lambda pk: pk.hex)
    place = order.index(article_id)
    before = {order[(place - step) % len(order)] for step in range(1, LINKS + 1)}
    mine = [row for row in rows if row.pk in before]
    return [row for row in mine if json.loads(row.document)["continue_learning"] != links[row.pk]]


def link(pk: UUID, title: str, language: str, slug: str) -> dict[str, str]:
    return {
        "id": str(pk),
        "title": title,
        "html_url": f"{settings.SITE_URL}{documents.page_path(language, slug)}",
    }


def link_of(row: LiveArticle) -> dict[str, str]:
    return link(row.pk, row.title, row.language, row.slug)


# The languages of one article


def source_of(row: Any) -> UUID:
    """Return the article whose translations a live row is among: itself, where it is the original."""
    return row.translation_of or row.pk


def is_behind(row: Any, source: Any | None) -> bool:
    """Whether a translation follows an older edition of its original than the newest that changed the meaning."""
    return source is not None and row.translation_of == source.pk and row.follows < source.meaning_edition


def behind_since(row: Any, source: Any | None) -> str:
    if source is None or not is_behind(row, source):
        return ""
    return source.meaning_since.date().isoformat() if source.meaning_since else ""


def translations_of(row: Any, family: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the links from one live row to the others in its family, in the order of their languages."""
    members = list(family)
    source = next((other for other in members if other.pk == source_of(row)), None)
    others = sorted(
        (other for other in members if other.pk != row.pk), key=lambda other: (other.language, other.pk.hex)
    )
    return [
        documents.translation(other, site_url=settings.SITE_URL, is_behind=is_behind(other, source)) for other in others
    ]


# Writing what changed


def refresh(row: LiveArticle, *, links: Links | None = None, family: list[Any] | None = None) -> bool:
    """Set what a stored document says of its neighbours; return whether that changed anything."""
    document = json.loads(row.document)
    new = dict(document)
    if links is not None:
        new["continue_learning"] = links
    if family is not None:
        source = next((other for other in family if other.pk == source_of(row)), None)
        new["translations"] = translations_of(row, family)
        new["notices"] = documents.with_behind(document["notices"], behind_since(row, source))
    if new == document:
        return False
    row.document, row.etag = documents.stored(new)
    return True


def stamp(rows: list[LiveArticle], seqs: list[int], at: datetime) -> None:
    """Give rows whose document changed their place in the feed."""
    for row, seq in zip(rows, seqs, strict=True):
        document = json.loads(row.document) | {"seq": seq, "updated_at": documents.moment(at)}
        row.document, row.etag = documents.stored(document)
        row.seq, row.updated_at = seq, at
