"""Every error of the API as an RFC 9457 problem with a stable `code`; every error of the site as a page."""

import json
import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework import exceptions
from rest_framework.response import Response

from publishing.http import Moved

logger = logging.getLogger(__name__)

TITLES = {
    400: "The request is not right",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not take that method",
    406: "No such format",
    409: "Not so, as things stand",
    410: "Withdrawn",
    413: "Too large",
    415: "This address takes JSON only",
    429: "Too many requests",
    500: "Something went wrong on our side",
}
CODES = {
    400: "bad-request",
    401: "not-authenticated",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    415: "unsupported-media-type",
    429: "rate-limited",
    500: "server-error",
}
#: Refusals that say "not as things stand": the same request could be right at another moment.
CONFLICTS = frozenset(
    "version_conflict stale_page edition_open edition_closed already_published already_withdrawn already_revoked "
    "superseded unchanged stage_not_ready archived digest_mismatch approval_missing specialty_missing not_approved "
    "open_blocking_comment already_overridden already_assigned assignment_complete assignment_ended already_claimed already_accepted "
    "already_resolved already_answered round_open no_round newer_edition no_fast_path".split()
)


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def problem(status: int, code: str, detail: str, request: HttpRequest | None, **members: Any) -> dict[str, Any]:
    """Return the members of an RFC 9457 problem; `members` are extensions."""
    return {
        "type": f"{settings.SITE_URL}/api/v1/problems/{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": request.path if request else "",
        "code": code,
        **members,
    }


def problem_response(status: int, code: str, detail: str, request: HttpRequest | None, **members: Any) -> HttpResponse:
    body = json.dumps(problem(status, code, detail, request, **members), ensure_ascii=True)
    response = HttpResponse(body, status=status, content_type="application/problem+json")
    response["Cache-Control"] = "no-store"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | Response | None:
    """DRF's exception handler: map every refusal to a problem; let true faults go on to the 500 handler."""
    request = context["request"]
    _undo_open_transaction()
    if isinstance(error, Moved):
        return moved(error.api_url)
    if isinstance(error, Http404):
        return problem_response(404, "not-found", "There is nothing public at this address.", request)
    if isinstance(error, PermissionDenied):
        return problem_response(403, "not-allowed", str(error) or "You may not do this.", request)
    if isinstance(error, RequestDataTooBig):
        return problem_response(413, "body-too-large", "The request body is too large.", request)
    if isinstance(error, DjangoValidationError):
        return _refusal(error, request)
    if isinstance(error, exceptions.APIException):
        return _api_exception(error, request)
    return None


def moved(address: str) -> HttpResponse:
    """Return a 308 (RFC 9110, 15.4.9)."""
    response = HttpResponse(status=308)
    response["Location"] = address
    response["Cache-Control"] = "public, max-age=60, s-maxage=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _api_exception(error: exceptions.APIException, request: HttpRequest) -> HttpResponse:
    status = error.status_code
    codes = error.get_codes()
    code = codes if isinstance(codes, str) and "-" in codes else CODES.get(status, "error")
    members = dict(getattr(error, "members", {}))
    detail = str(error.detail) if isinstance(error.detail, str) else "Some of what was sent is not right."
    if isinstance(error, exceptions.ValidationError):
        code, members["errors"] = "invalid-body", _flatten(error.get_full_details())
        detail = " ".join(row["detail"] for row in members["errors"])[:1000]
    response = problem_response(status, code, detail, request, **members)
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    for name, value in getattr(error, "headers", {}).items():
        response[name] = value
    return response


def _refusal(error: DjangoValidationError, request: HttpRequest) -> HttpResponse:
    rows = []
    if hasattr(error, "error_dict"):
        for field, errors in error.error_dict.items():
            place = "" if field == NON_FIELD_ERRORS else f"/{field}"
            rows += [_row(one, place) for one in errors]
    else:
        rows = [_row(one, "") for one in error.error_list]
    conflict = any(row["code"].replace("-", "_") in CONFLICTS for row in rows)
    status = 409 if conflict else 400
    detail = " ".join(row["detail"] for row in rows)
    code = rows[0]["code"] if len(rows) == 1 else "not-ready" if conflict else "invalid-body"
    return problem_response(status, code, detail, request, errors=rows)


def _row(error: DjangoValidationError, pointer: str) -> dict[str, str]:
    message = error.message % error.params if error.params else error.message
    return {"pointer": pointer, "code": (error.code or "invalid").replace("_", "-"), "detail": str(message)}


def _flatten(details: Any, pointer: str = "") -> list[dict[str, str]]:
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        code = str(details["code"]).replace("_", "-")
        return [{"pointer": pointer, "code": code, "detail": str(details["message"])}]
    if isinstance(details, dict):
        return [
            row
            for key, value in details.items()
            for row in _flatten(value, pointer if key == "non_field_errors" else f"{pointer}/{key}")
        ]
    several = isinstance(details, list) and len(details) > 1 and not _is_leaf(details[0])
    return [row for n, value in enumerate(details) for row in _flatten(value, f"{pointer}/{n}" if several else pointer)]


def _is_leaf(details: Any) -> bool:
    return isinstance(details, dict) and set(details) == {"message", "code"}


def _undo_open_transaction() -> None:
    connection = transaction.get_connection()
    if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
        transaction.set_rollback(True)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        if is_api(request):
            return problem_response(413, "body-too-large", "The request body is too large.", request)
        return render(request, "publishing/error.html", status=413)
    if is_api(request):
        return problem_response(400, "bad-request", "The request could not be understood.", request)
    return render(request, "publishing/error.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problem_response(403, "not-allowed", "You may not do this.", request)
    return render(request, "publishing/error.html", {"message": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problem_response(404, "not-found", "There is nothing public at this address.", request)
    return render(request, "publishing/not_found.html", {"site": {"name": settings.SITE_NAME}}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return problem_response(500, "server-error", "Something went wrong on our side.", request)
    return render(request, "publishing/error.html", status=500)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer somebody who gave too many wrong passwords; `AXES_COOLOFF_TIME` is in hours."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    detail = f"Too many wrong passwords. Wait {minutes} minutes, then try again."
    if is_api(request):
        response = problem_response(429, "locked-out", detail, request)
    else:
        response = render(request, "publishing/error.html", {"message": detail}, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return problem_response(403, "csrf-failed", "The CSRF token is missing or wrong.", request)
    return render(
        request, "publishing/error.html", {"message": "Your session has ended. Go back and try again."}, status=403
    )
