"""Small middleware: 308 for a missing slash, a cap on bodies, problems for the API, privacy headers."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.shortcuts import render

from cms.errors import is_api, problem_response

GetResponse = Callable[[HttpRequest], HttpResponse]


class PermanentRedirect(HttpResponsePermanentRedirect):
    """308: the method and the query stay as they are (RFC 9110, 15.4.9)."""

    status_code = 308


class Common(CommonMiddleware):
    """Django's own, with 308 where a path lacks its slash."""

    response_redirect_class = PermanentRedirect

    def get_full_path_with_slash(self, request: HttpRequest) -> str:
        return request.get_full_path(force_append_slash=True)


class ApiErrors:
    """Refuse bodies that are too large before reading them, and answer the API's bare errors as problems."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._too_large(request):
            return self._refuse(request)
        return self.get_response(request)

    def _too_large(self, request: HttpRequest) -> bool:
        length = request.META.get("CONTENT_LENGTH") or "0"
        multipart = request.META.get("CONTENT_TYPE", "").startswith("multipart/") and not is_api(request)
        return length.isdigit() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and not multipart

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        mib = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
        if is_api(request):
            return problem_response(413, "body-too-large", f"A request body may hold at most {mib} MiB.", request)
        return render(request, "publishing/error.html", status=413)


class Privacy:
    """No answer of the desk rests in any cache; no public page tells other sites what its reader was reading."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: Any = self.get_response(request)
        if request.path.startswith(("/admin/", "/api/v1/editorial/")):
            response["Cache-Control"] = "no-store, private"
        else:
            response["Referrer-Policy"] = "no-referrer"
        return response
