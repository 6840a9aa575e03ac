"""How stored bytes are answered: strong ETag, 304 without the body, cache headers, CORS. RFC 9110, RFC 9111."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

DOCUMENT_CACHE = "public, max-age=60, s-maxage=300, stale-while-revalidate=30, stale-if-error=3600"
LIST_CACHE = "public, max-age=30, s-maxage=300, stale-while-revalidate=30, stale-if-error=3600"
GONE_CACHE = "public, max-age=60, s-maxage=300"


class Gone(APIException):
    """410 with what readers are told."""

    status_code = 410
    default_code = "content-withdrawn"
    headers = {"Cache-Control": GONE_CACHE, "X-Robots-Tag": "noindex"}

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail, self.default_code)
        self.members = members


class Moved(Exception):
    """308 to where an article is now: it has another address, or another article took its place."""

    def __init__(self, page_url: str, api_url: str) -> None:
        super().__init__(page_url)
        self.page_url = page_url
        self.api_url = api_url


class NoTokens(BaseAuthentication):
    """The public API takes no key; one that is sent all the same is refused, never taken for anonymous."""

    def authenticate(self, request: Any) -> None:
        if request.META.get("HTTP_AUTHORIZATION"):
            raise AuthenticationFailed("This token is not known. Public addresses need none.", code="bad-token")

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


class PublicView(APIView):
    """GET and HEAD for everyone: no sessions, no cookies, answers that any frontend may read."""

    authentication_classes = [NoTokens]
    permission_classes = [AllowAny]
    http_method_names = ["get", "head", "options"]

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = HttpResponse(status=204)
        response["Allow"] = "GET, HEAD, OPTIONS"
        response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response["Access-Control-Allow-Headers"] = "If-None-Match, If-Modified-Since"
        response["Access-Control-Max-Age"] = "86400"
        return response

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Link, Last-Modified, Retry-After"
        if "Vary" in response:
            del response["Vary"]
        return response


def not_modified(
    request: HttpRequest, etag: str, modified: datetime | None, headers: dict[str, str]
) -> HttpResponse | None:
    """Return the 304 (or 412) that the request's conditions ask for, else None."""
    seconds = int(modified.timestamp()) if modified else None
    response = get_conditional_response(request, etag=etag, last_modified=seconds)
    return None if response is None else _with_headers(response, etag, modified, headers)


def answer(
    body: str | bytes,
    etag: str,
    modified: datetime | None,
    headers: dict[str, str],
    content_type: str = "application/json",
) -> HttpResponse:
    """Return the stored bytes with their validators."""
    return _with_headers(HttpResponse(body, content_type=content_type), etag, modified, headers)


def document_headers(cache_tags: str) -> dict[str, str]:
    return {
        "Cache-Control": DOCUMENT_CACHE,
        "Surrogate-Key": cache_tags,
        "Cache-Tag": cache_tags.replace(" ", ","),
    }


def _with_headers(
    response: HttpResponse, etag: str, modified: datetime | None, headers: dict[str, str]
) -> HttpResponse:
    response["ETag"] = etag
    if modified:
        response["Last-Modified"] = http_date(modified.timestamp())
    for name, value in headers.items():
        response[name] = value
    return response
