"""An article, and what changed from one public edition to the next."""

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from publishing import reading
from publishing.document import certificate_path, page_path, topic_path
from publishing.http import document_headers
from publishing.jsonld import jsonld
from publishing.models import LiveArticle, LiveEdition
from publishing.pages.answers import public_page, stored_page
from reviews.difference import PartChange, difference
from reviews.folding import fold

#: Words shown on either side of a change; longer stretches that stayed are folded away.
CONTEXT_WORDS = 25


@public_page
def article(request: HttpRequest, language: str, slug: str) -> HttpResponse:
    row = reading.live_document(False, language=language, slug=slug)
    if row is None:
        reading.refuse_missing(language=language, slug=slug)
        raise Http404
    document, etag, _, tags = row

    def context() -> tuple[str, dict[str, Any], str]:
        doc = json.loads(document)
        return "publishing/article.html", article_context(doc, _history(doc)), language

    return stored_page(request, (etag,), document_headers(tags), context)


@public_page
def changes(request: HttpRequest, language: str, slug: str, number: int) -> HttpResponse:
    """Compare a public edition with the public edition before it; of the first one there is nothing to compare."""
    after, before, current = _two_editions(language, slug, number)

    def context() -> tuple[str, dict[str, Any], str]:
        return "publishing/changes.html", changes_context(after, before, current, slug), language

    headers = document_headers(f"article-{after.article_id}")
    return stored_page(request, (after.etag, before.etag if before else "", current, slug), headers, context)


def article_context(doc: dict[str, Any], history: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return what the article page shows: the published document, and the public editions with their dates."""
    content = doc["content"]
    translated = content.get("translation_of") or {}
    original = next((row for row in doc["translations"] if row["id"] == translated.get("article")), None)
    return {
        "doc": doc,
        "topic_url": topic_path(doc["language"], content["topic"]["slug"]),
        "certificate_path": certificate_path(doc["language"], doc["slug"], doc["edition"]["number"]),
        "numbers": {row["id"]: n for n, row in enumerate(content["references"], start=1)},
        "disclaimers_top": [row for row in content["disclaimers"] if row["placement"] == "top"],
        "disclaimers_bottom": [row for row in content["disclaimers"] if row["placement"] == "bottom"],
        "history": history or [],
        "original": original,
        "original_edition": translated.get("edition", ""),
        "json_ld": jsonld(doc, publisher=settings.SITE_NAME),
    }


def changes_context(after: LiveEdition, before: LiveEdition | None, current: int, slug: str) -> dict[str, Any]:
    """Return what the page of changes shows."""
    new = json.loads(after.document)
    language = new["language"]
    old = json.loads(before.document) if before else None
    compared = difference(old["content"], new["content"]) if old else None
    return {
        "edition": new,
        "before": old,
        "current": current,
        "parts": [_part(row) for row in compared.changed_parts] if compared else [],
        "changed_words": compared.changed_words if compared else 0,
        "article_path": page_path(language, slug),
        "certificate_path": certificate_path(language, slug, after.number),
        "page_url": f"{settings.SITE_URL}{changes_path(language, slug, after.number)}",
    }


def changes_path(language: str, slug: str, number: int) -> str:
    return f"{page_path(language, slug)}editions/{number}/changes/"


def _history(doc: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the editions of an article that can be read, newest first, with what was corrected in each."""
    rows = LiveEdition.objects.filter(article_id=doc["id"]).order_by("-number").values("number", "published_at")
    language, slug = doc["language"], doc["slug"]
    editions = list(rows)
    return [
        {
            "number": row["number"],
            "published_at": row["published_at"].isoformat(),
            "certificate_path": certificate_path(language, slug, row["number"]),
            "changes_path": "" if row is editions[-1] else changes_path(language, slug, row["number"]),
            "corrections": [one for one in doc["corrections"] if one["edition"] == row["number"]],
        }
        for row in editions
    ]


def _two_editions(language: str, slug: str, number: int) -> tuple[LiveEdition, LiveEdition | None, int]:
    live = LiveArticle.objects.filter(language=language, slug=slug).values_list("pk", "edition_number").first()
    if live is None:
        reading.refuse_missing(language=language, slug=slug)
        raise Http404
    pk, current = live
    rows = list(
        LiveEdition.objects.filter(article_id=pk, number__lte=number)
        .only("article_id", "number", "etag", "document")
        .order_by("-number")[:2]
    )
    if not rows or rows[0].number != number:
        # Raises: it was withdrawn, or never public.
        rows = [reading.live_edition(pk, number)]
    return rows[0], rows[1] if len(rows) > 1 else None, current


def _part(part: PartChange) -> dict[str, Any]:
    return {
        "label": part.label,
        "state": part.state,
        "is_moved": part.is_moved,
        "heading": part.heading if any(piece.kind != "same" for piece in part.heading) else [],
        "pieces": fold(part.pieces, CONTEXT_WORDS),
        "fields": part.fields,
    }
