"""The public pages: home, topic, article, certificate. Rendered from the public store, without sessions, cookies or scripts."""

import hashlib
import json
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.vocabularies import ASPECTS
from publishing import reading
from publishing.certificate import standing
from publishing.document import certificate_path, etag_of, page_path, topic_path
from publishing.http import DOCUMENT_CACHE, Gone, answer, document_headers, not_modified
from publishing.models import LiveArticle, LiveTopic

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "publishing"
#: Changes with the templates, so that a page's ETag does too.
#: Run on the JSON of an edition, it prints the digest of its content: RFC 8785, then SHA-256.
CHECK = (
    "import hashlib, json, sys, rfc8785; "
    'content = json.load(sys.stdin.buffer)["content"]; '
    'print("sha256:" + hashlib.sha256(rfc8785.dumps(content)).hexdigest())'
)
BUILD = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(TEMPLATES.glob("*.html")))).hexdigest()


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    live = LiveArticle.objects.order_by()
    counts = dict(live.values_list("topic_id").annotate(count=Count("pk")))
    topics = [
        {
            "name": topic["name"],
            "slug": topic["slug"],
            "url": topic_path(settings.LANGUAGE_CODE, topic["slug"]),
            "letter": _letter(topic["name"]),
            "also_called": json.loads(topic["document"])["also_called"],
            "article_count": counts[topic["id"]],
        }
        for topic in LiveTopic.objects.values("id", "name", "slug", "document")
    ]
    topics.sort(key=lambda topic: (topic["letter"], topic["name"].casefold()))
    recent = LiveArticle.objects.order_by("-published_at", "-id").values_list("card", flat=True)[:6]
    context = {"topics": topics, "recent": [_card(json.loads(card)) for card in recent]}
    return _page(request, "publishing/home.html", context)


@require_safe
def topic(request: HttpRequest, language: str, slug: str) -> HttpResponse:
    row = LiveTopic.objects.filter(slug=slug).order_by("id").first()
    if row is None:
        raise Http404
    live = LiveArticle.objects.filter(topic_id=row.pk, language=language).order_by("-published_at", "-id")
    cards = [json.loads(card) for card in live.values_list("card", flat=True)]
    if not cards:
        raise Http404
    context = {"topic": json.loads(row.document), "groups": _by_aspect(cards), "language": language}
    return _page(request, "publishing/topic.html", context)


@require_safe
def article(request: HttpRequest, language: str, slug: str) -> HttpResponse:
    row = reading.live_document(False, language=language, slug=slug)
    if row is None:
        return _missing_page(request, language, slug)
    document, document_etag, _, tags = row
    etag = etag_of(f"{document_etag}{BUILD}".encode())
    headers = document_headers(tags)
    if unchanged := not_modified(request, etag, None, headers):
        return unchanged
    context = article_context(json.loads(document))
    page = render(request, "publishing/article.html", context)
    return answer(page.content, etag, None, headers, content_type="text/html; charset=utf-8")


def article_context(doc: dict[str, Any]) -> dict[str, Any]:
    """Return what the article page shows, from the published document alone."""
    content = doc["content"]
    return {
        "doc": doc,
        "language": doc["language"],
        "topic_url": topic_path(doc["language"], content["topic"]["slug"]),
        "certificate_path": certificate_path(doc["language"], doc["slug"], doc["edition"]["number"]),
        "numbers": {row["id"]: n for n, row in enumerate(content["references"], start=1)},
        "disclaimers_top": [row for row in content["disclaimers"] if row["placement"] == "top"],
        "disclaimers_bottom": [row for row in content["disclaimers"] if row["placement"] == "bottom"],
        "site": {"name": settings.SITE_NAME},
    }


@require_safe
def certificate(request: HttpRequest, language: str, slug: str, number: int) -> HttpResponse:
    try:
        text, text_etag, _, current = reading.live_certificate(number, language=language, slug=slug)
    except Gone as error:
        return _gone_page(request, language, error)
    shown = json.loads(text)
    etag = etag_of(f"{text_etag}{current}{BUILD}".encode())
    headers = document_headers(f"article-{shown['article']}")
    if unchanged := not_modified(request, etag, None, headers):
        return unchanged
    page = render(request, "publishing/certificate.html", certificate_context(shown, slug, current))
    return answer(page.content, etag, None, headers, content_type="text/html; charset=utf-8")


def certificate_context(shown: dict[str, Any], slug: str, current: int) -> dict[str, Any]:
    """Return what the certificate's page shows. Its own words are English, whatever the article's language."""
    full, own = standing(shown["reviews"][-1]), standing(shown["reviews"][0])
    return {
        "certificate": shown,
        "full": shown["reviews"][-1],
        "full_path": certificate_path(shown["language"], slug, shown["reviews"][-1]["edition"]),
        "current": current,
        "current_path": certificate_path(shown["language"], slug, current),
        "checked_by": _names(full),
        "checked_at": max((row["signed_at"] for row in full), default=""),
        "mended_by": _names(own) if shown["is_fast_path"] else [],
        "mended_at": max((row["signed_at"] for row in own), default=""),
        "again": [row for review in shown["reviews"] for row in review["rounds"] if row["round"] > 1],
        "overrides": [row for review in shown["reviews"] for row in review["overrides"]],
        "command": f"curl -fsS '{shown['edition_url']}' | python3 -c '{CHECK}'",
        "language": settings.LANGUAGE_CODE,
        "site": {"name": settings.SITE_NAME},
    }


def _names(signatures: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return who signed, as a sentence lists them: those by name first, then those shown by role only."""
    named = dict.fromkeys(_with_credentials(row) for row in signatures if row["is_named"])
    roles = Counter(row["role"].lower() for row in signatures if not row["is_named"])
    return [{"name": name} for name in [*named, *(_by_role(role, count) for role, count in roles.items())]]


def _with_credentials(signature: dict[str, Any]) -> str:
    credentials = ", ".join(signature["credentials"])
    return f"{signature['name']} ({credentials})" if credentials else signature["name"]


def _by_role(role: str, count: int) -> str:
    article = "an" if role[:1] in "aeiou" else "a"
    return f"{article} {role}" if count == 1 else f"{count} people in the role of {role}"


def _missing_page(request: HttpRequest, language: str, slug: str) -> HttpResponse:
    try:
        reading.refuse_missing(language=language, slug=slug)
    except Gone as error:
        return _gone_page(request, language, error)
    raise Http404


def _gone_page(request: HttpRequest, language: str, error: Gone) -> HttpResponse:
    problem = {"title": "", "detail": str(error.detail)} | error.members
    page = render(request, "publishing/gone.html", {"problem": problem, "language": language}, status=410)
    for name, value in error.headers.items():
        page[name] = value
    return page


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    page = render(request, template, context | {"site": {"name": settings.SITE_NAME}})
    etag = etag_of(page.content)
    headers = {"Cache-Control": DOCUMENT_CACHE}
    return not_modified(request, etag, None, headers) or answer(
        page.content, etag, None, headers, content_type="text/html; charset=utf-8"
    )


def _by_aspect(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    order = {aspect: (n, label) for n, (aspect, label) in enumerate(ASPECTS)}
    cards = sorted(cards, key=lambda card: order[card["aspect"]][0])
    return [
        {"label": order[aspect][1], "articles": [_card(card) for card in group]}
        for aspect, group in groupby(cards, key=lambda card: card["aspect"])
    ]


def _card(card: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": card["title"],
        "summary": card["summary"],
        "html_url": page_path(card["language"], card["slug"]),
        "topic_name": card["topic"]["name"],
        "last_reviewed": card["last_reviewed"],
        "viewpoint_count": card["viewpoint_count"],
    }


def _letter(name: str) -> str:
    first = name[:1].upper()
    return first if "A" <= first <= "Z" else "#"
