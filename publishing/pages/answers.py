"""How a page is answered: rendered, with validators, or the page that says why there is none."""

import hashlib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from publishing.document import etag_of
from publishing.http import GONE_CACHE, LIST_CACHE, Gone, Moved, answer, not_modified
from publishing.models import LiveArticle
from publishing.query import BadParameter

ROOT = Path(settings.BASE_DIR)
HTML = "text/html; charset=utf-8"
#: What a page is made with besides its data. Its hash changes with any of it, so that the ETag of a page does too.
SOURCES = (
    "templates/publishing/*.html",
    "static/publishing/*",
    "publishing/pages/*.py",
    "publishing/templatetags/published.py",
    "publishing/jsonld.py",
)
BUILD = hashlib.sha256(
    b"".join(path.read_bytes() for pattern in SOURCES for path in sorted(ROOT.glob(pattern)))
    + f"{settings.SITE_NAME} {settings.SITE_URL}".encode()
).hexdigest()

View = Callable[..., HttpResponse]


class MovedPermanently(HttpResponsePermanentRedirect):
    """308: the method stays as it is (RFC 9110, 15.4.9)."""

    status_code = 308


def public_page(view: View) -> View:
    """Let a view answer GET and HEAD, and turn what it may raise into the page that says so."""

    @require_safe
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = kwargs.get("language", settings.LANGUAGE_CODE)
        try:
            return view(request, *args, **kwargs)
        except BadParameter as error:
            return _refused(request, language, error)
        except Gone as error:
            return _gone(request, language, error)
        except Moved as error:
            return MovedPermanently(error.page_url, headers={"Cache-Control": GONE_CACHE})

    return answered


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, language: str, cache: str = LIST_CACHE
) -> HttpResponse:
    """Render a page and answer it with its ETag, or 304 where the reader has these very bytes."""
    finished = rendered(request, template, context, language=language)
    etag = etag_of(finished)
    headers = {"Cache-Control": cache}
    return not_modified(request, etag, None, headers) or answer(finished, etag, None, headers, content_type=HTML)


def stored_page(
    request: HttpRequest,
    etag_parts: tuple[Any, ...],
    headers: dict[str, str],
    context: Callable[[], tuple[str, dict[str, Any], str]],
) -> HttpResponse:
    """Answer a page whose data has an ETag of its own: nothing is rendered for who has it already."""
    etag = etag_of("".join(map(str, (*etag_parts, BUILD))).encode())
    if unchanged := not_modified(request, etag, None, headers):
        return unchanged
    template, values, language = context()
    return answer(rendered(request, template, values, language=language), etag, None, headers, content_type=HTML)


def rendered(request: HttpRequest, template: str, context: dict[str, Any], *, language: str) -> bytes:
    return render(request, template, frame(language) | context).content


def frame(language: str) -> dict[str, Any]:
    """Return what the frame around every page shows."""
    return {"language": language, "site": {"name": settings.SITE_NAME, "url": settings.SITE_URL}}


def require_language(language: str) -> None:
    """Raise Http404 for a language that no live article is in; the site's own is always there."""
    if language != settings.LANGUAGE_CODE and not LiveArticle.objects.filter(language=language).exists():
        raise Http404


def _refused(request: HttpRequest, language: str, error: BadParameter) -> HttpResponse:
    context = frame(language) | {"detail": str(error.detail), "parameter": error.members["errors"][0]["parameter"]}
    answered = render(request, "publishing/refused.html", context, status=400)
    answered["Cache-Control"] = "no-store"
    return answered


def _gone(request: HttpRequest, language: str, error: Gone) -> HttpResponse:
    problem = {"title": "", "kind": "withdrawn", "detail": str(error.detail)} | error.members
    answered = render(request, "publishing/gone.html", frame(language) | {"problem": problem}, status=410)
    for name, value in error.headers.items():
        answered[name] = value
    return answered
