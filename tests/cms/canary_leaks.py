"""Ways to leak on purpose: a canary that never sings proves nothing."""

import base64
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

Leak = Callable[[HttpRequest, Any], Any]

#: What the middleware does to an answer, and with which secret.
leak: Leak | None = None
secret = ""


class Leaky:
    """The project's middleware, with a hole in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        response = self.get_response(request)
        return leak(request, response) if leak else response


def in_a_page(request: HttpRequest, response: Any) -> Any:
    if "preview" in request.GET and response.status_code == 200:
        response.content += f"<p>{secret}</p>".encode()
    return response


def in_an_api_answer(request: HttpRequest, response: Any) -> Any:
    if request.path.startswith("/api/") and response.status_code == 200:
        response.content = response.content.replace(b"{", f'{{"comment":"{secret}",'.encode(), 1)
    return response


def in_a_header(request: HttpRequest, response: Any) -> Any:
    if response.status_code == 304:
        response["X-Reviewer"] = f"{secret}@example.org"
    return response


def in_a_cursor(request: HttpRequest, response: Any) -> Any:
    if request.path.endswith("/articles/"):
        response["Link"] = f"</?cursor={base64.urlsafe_b64encode(f'[0,{secret}]'.encode()).decode()}>"
    return response


def in_capitals_of_an_error(request: HttpRequest, response: Any) -> Any:
    if response.status_code == 405:
        response.content = secret.upper().encode()
    return response


def in_escapes(request: HttpRequest, response: Any) -> Any:
    if request.method == "GET" and response.status_code == 404:
        response.content = "".join(f"&#{ord(letter)};" for letter in secret).encode()
    return response


def as_a_better_spelling(request: HttpRequest, response: Any) -> Any:
    if request.GET.get("q", "")[:5] == secret[:5]:
        response.content = f"Did you mean {secret}?".encode()
    return response


def as_a_fault(request: HttpRequest, response: Any) -> Any:
    if "cursor" in request.GET:
        response.status_code = 500
    return response


LEAKS: tuple[Leak, ...] = (
    in_a_page,
    in_an_api_answer,
    in_a_header,
    in_a_cursor,
    in_capitals_of_an_error,
    in_escapes,
    as_a_better_spelling,
    as_a_fault,
)
