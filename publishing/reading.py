"""What the public reads: the public store alone. No draft, edition or decision is looked at here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery
from django.http import Http404

from publishing.document import page_path
from publishing.http import Gone, Moved
from publishing.models import LiveArticle, LiveEdition, LiveRedirect, Tombstone, WithdrawalKind


@dataclass(frozen=True)
class Page:
    """One page of a list: the stored cards, and the place before and after them."""

    cards: list[str]
    next: list[Any] | None
    prev: list[Any] | None


def live_document(etag_first: bool, **where: Any) -> tuple[str, str, datetime, str] | None:
    """Return (document, etag, updated_at, cache_tags) of a live article, or None.

    With `etag_first` the document is left out (`""`): a client that may have it already is asked first.
    """
    rows = LiveArticle.objects.filter(**where)
    if etag_first:
        row = rows.values_list("etag", "updated_at", "cache_tags").first()
        return None if row is None else ("", *row)
    return rows.values_list("document", "etag", "updated_at", "cache_tags").first()


def live_edition(article_id: UUID, number: int) -> LiveEdition:
    """Return a public edition; raise Gone where it was withdrawn, Http404 where it was never public."""
    row = LiveEdition.objects.filter(article_id=article_id, number=number).first()
    if row is None:
        _refuse_missing_edition(number, pk=article_id)
    return row


def live_certificate(number: int, **where: Any) -> tuple[str, str, datetime, int]:
    """Return (certificate, etag, certified_at, number of the current edition) of a public edition of a live article.

    One query. Raises Gone where the edition was withdrawn, Http404 where it was never public.
    """
    live = LiveArticle.objects.filter(**where)
    current = live.filter(pk=OuterRef("article_id")).values("edition_number")
    rows = LiveEdition.objects.filter(number=number, article_id__in=live.values("pk")).annotate(
        current=Subquery(current)
    )
    row = rows.exclude(certificate="").values_list("certificate", "certificate_etag", "certified_at", "current").first()
    if row is None:
        _refuse_missing_edition(number, **where)
    return row


def refuse_missing(**where: Any) -> NoReturn:
    """Raise Moved where the article is elsewhere, Gone where a tombstone says so, else Http404."""
    if "slug" in where:
        _refuse_former_address(**where)
    stone = Tombstone.objects.filter(**where).exclude(kind=WithdrawalKind.VANISHED).first()
    if stone is None:
        raise Http404
    raise _ended(stone)


def _refuse_missing_edition(number: int, **where: Any) -> NoReturn:
    if "slug" in where:
        _refuse_former_address(**where)
    stone = Tombstone.objects.filter(**where).first()
    if stone and number in stone.editions:
        raise gone(stone)
    raise Http404


def _refuse_former_address(*, language: str, slug: str) -> None:
    """Raise for an address that an article had before; return where it is none."""
    row = LiveRedirect.objects.filter(language=language, slug=slug).first()
    if row is None:
        return
    if live := LiveArticle.objects.filter(pk=row.article_id).only("slug", "language").first():
        raise moved_to(live)
    refuse_missing(pk=row.article_id)


def _ended(stone: Tombstone) -> Gone | Moved:
    """Return the 308 to what took the place of an article, where that is public; else the 410."""
    replacement = stone.problem.get("replacement_id")
    if stone.kind == WithdrawalKind.SUPERSEDED and replacement:
        live = LiveArticle.objects.filter(pk=replacement).only("slug", "language").first()
        if live:
            return moved_to(live)
    return gone(stone)


def moved_to(live: LiveArticle) -> Moved:
    return Moved(
        f"{settings.SITE_URL}{page_path(live.language, live.slug)}", f"{settings.SITE_URL}/api/v1/articles/{live.pk}/"
    )


def gone(stone: Tombstone) -> Gone:
    """Return the 410 of a tombstone, with its replacement where that is public now."""
    members = dict(stone.problem)
    replacement_id = members.pop("replacement_id", "")
    members["replacement"] = _replacement(replacement_id) if replacement_id else {}
    return Gone(members["reason"], title="This article was withdrawn", **members)


def newest(*, limit: int, after: list[Any] | None, before: list[Any] | None, **where: Any) -> Page:
    """Return one page of live articles, newest publication first; keyset over (published_at, id), one query."""
    rows = LiveArticle.objects.filter(**where)
    if after:
        rows = rows.filter(_beyond(after, "lt")).order_by("-published_at", "-id")
    elif before:
        rows = rows.filter(_beyond(before, "gt")).order_by("published_at", "id")
    else:
        rows = rows.order_by("-published_at", "-id")
    found = list(rows.values_list("card", "published_at", "id")[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if before:
        found.reverse()
    keys = [[published_at.isoformat(), str(pk)] for _, published_at, pk in found]
    has_next, has_prev = (bool(found), more) if before else (more, bool(after))
    return Page(
        [card for card, _, _ in found],
        keys[-1] if keys and has_next else None,
        keys[0] if keys and has_prev else None,
    )


def _beyond(key: list[Any], side: str) -> Q:
    published_at, pk = key
    return Q(**{f"published_at__{side}": published_at}) | Q(published_at=published_at, **{f"id__{side}": pk})


def _replacement(article_id: str) -> dict[str, str]:
    row = LiveArticle.objects.filter(pk=article_id).only("title", "slug", "language").first()
    if row is None:
        return {}
    return {
        "id": article_id,
        "title": row.title,
        "html_url": f"{settings.SITE_URL}{page_path(row.language, row.slug)}",
    }
