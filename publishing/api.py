"""The public API, version 1: GET and HEAD, the stored bytes of the public store. docs/api.md shows each address."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from publishing import query, reading
from publishing.document import certificate_url, etag_of
from publishing.http import (
    DOCUMENT_CACHE,
    LIST_CACHE,
    PublicView,
    answer,
    document_headers,
    not_modified,
)

LIST_PARAMETERS: dict[str, Callable[[str], Any]] = {
    "limit": query.limit,
    "cursor": query.cursor,
    "language": query.language,
    "topic": query.slug,
}


class ArticleList(PublicView):
    def get(self, request: Any) -> HttpResponse:
        asked = query.read_parameters(request, LIST_PARAMETERS)
        limit = asked.get("limit", 20)
        page = reading.newest(limit=limit, **_where(asked), **_place(asked))
        return _list_answer(request, page, asked, limit)


class ArticleDetail(PublicView):
    def get(self, request: Any, article_id: UUID) -> HttpResponse:
        query.read_parameters(request, {})
        return document_answer(request, pk=article_id)


class ArticleBySlug(PublicView):
    def get(self, request: Any, slug: str) -> HttpResponse:
        asked = query.read_parameters(request, {"language": query.language})
        language = asked.get("language", settings.LANGUAGE_CODE)
        return document_answer(request, slug=slug, language=language)


class EditionDetail(PublicView):
    def get(self, request: Any, article_id: UUID, number: int) -> HttpResponse:
        query.read_parameters(request, {})
        edition = reading.live_edition(article_id, number)
        headers = {"Cache-Control": DOCUMENT_CACHE, "Surrogate-Key": f"article-{article_id}"}
        unchanged = not_modified(request, edition.etag, edition.published_at, headers)
        return unchanged or answer(edition.document, edition.etag, edition.published_at, headers)


class EditionCertificate(PublicView):
    def get(self, request: Any, article_id: UUID, number: int) -> HttpResponse:
        query.read_parameters(request, {})
        certificate, etag, modified, current = reading.live_certificate(number, pk=article_id)
        newest = certificate_url(f"{settings.SITE_URL}/api/v1/articles/{article_id}/", current)
        headers = document_headers(f"article-{article_id}") | {"Link": f'<{newest}>; rel="latest-version"'}
        return not_modified(request, etag, modified, headers) or answer(certificate, etag, modified, headers)


def document_answer(request: HttpRequest, **where: Any) -> HttpResponse:
    """Answer the stored document of one live article: one query, one more where the client's copy is out of date."""
    conditional = "HTTP_IF_NONE_MATCH" in request.META or "HTTP_IF_MODIFIED_SINCE" in request.META
    row = reading.live_document(conditional, **where)
    if row and conditional:
        _, etag, modified, tags = row
        if unchanged := not_modified(request, etag, modified, document_headers(tags)):
            return unchanged
        row = reading.live_document(False, **where)
    if row is None:
        reading.refuse_missing(**where)
    document, etag, modified, tags = row
    return answer(document, etag, modified, document_headers(tags))


def _where(asked: dict[str, Any]) -> dict[str, Any]:
    columns = {"language": "language", "topic": "topic_slug"}
    return {column: asked[name] for name, column in columns.items() if name in asked}


def _place(asked: dict[str, Any]) -> dict[str, Any]:
    """Return where a cursor points; it must have been made for the same filters."""
    if "cursor" not in asked:
        return {"after": None, "before": None}
    try:
        side, published_at, pk, filters = asked["cursor"]
        moment = datetime.fromisoformat(published_at)
        key = [moment.astimezone(UTC), UUID(pk)]
        if moment.tzinfo is None or side not in ("after", "before") or filters != _where(asked):
            raise ValueError
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise query.BadParameter(
            "cursor-invalid", "cursor", "This cursor was not made here, or not for these parameters."
        ) from error
    return {"after": None, "before": None} | {side: key}


def _list_answer(request: Any, page: reading.Page, asked: dict[str, Any], limit: int) -> HttpResponse:
    next_cursor, prev_cursor = _cursor("after", page.next, asked), _cursor("before", page.prev, asked)
    numbers = f'"page":{{"limit":{limit},"next":"{next_cursor}","prev":"{prev_cursor}","count":-1}}'
    body = f'{{"items":[{",".join(page.cards)}],{numbers}}}'.encode()
    headers = {"Cache-Control": LIST_CACHE, "Surrogate-Key": "list-articles", "Cache-Tag": "list-articles"}
    links = [
        f'<{_page_url(asked, cursor, limit)}>; rel="{rel}"'
        for rel, cursor in (("next", next_cursor), ("prev", prev_cursor))
        if cursor
    ]
    if links:
        headers["Link"] = ", ".join(links)
    etag = etag_of(body)
    return not_modified(request, etag, None, headers) or answer(body, etag, None, headers)


def _cursor(side: str, key: list[Any] | None, asked: dict[str, Any]) -> str:
    return query.make_cursor([side, *key, _where(asked)]) if key else ""


def _page_url(asked: dict[str, Any], cursor: str, limit: int) -> str:
    filters = "".join(f"&{name}={asked[name]}" for name in ("language", "topic") if name in asked)
    return f"{settings.SITE_URL}/api/v1/articles/?limit={limit}{filters}&cursor={cursor}"
