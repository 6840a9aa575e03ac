"""The closed grammar of the public API: a fixed list of parameters, each at most once; anything else is 400."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.exceptions import APIException

from articles.text import clean_text

MAX_LIMIT = 100


class BadParameter(APIException):
    """400 with the parameter's name in `errors`."""

    status_code = 400

    def __init__(self, code: str, parameter: str, detail: str) -> None:
        super().__init__(detail, code)
        name = parameter.encode("ascii", "backslashreplace").decode()[:80]
        self.members = {"errors": [{"parameter": name, "code": code, "detail": detail}]}


def read_parameters(request: HttpRequest, allowed: dict[str, Callable[[str], Any]]) -> dict[str, Any]:
    """Return the given parameters, each through its reader in `allowed`; raise BadParameter for any other thing."""
    found: dict[str, Any] = {}
    for name, value in _pairs(request):
        if name not in allowed:
            known = ", ".join(sorted(allowed)) or "none"
            raise BadParameter("unknown-parameter", name, f"This address takes these parameters: {known}.")
        if name in found:
            raise BadParameter("repeated-parameter", name, "Give each parameter once.")
        try:
            found[name] = allowed[name](value)
        except (ValueError, TypeError) as error:
            raise BadParameter("invalid-parameter", name, str(error)) from error
    return found


def limit(value: str) -> int:
    """Read a page size from 1 to 100, in ASCII digits."""
    if not re.fullmatch(r"[1-9][0-9]{0,2}", value, re.ASCII) or int(value) > MAX_LIMIT:
        raise ValueError(f"Give a whole number from 1 to {MAX_LIMIT}.")
    return int(value)


def language(value: str) -> str:
    """Read a BCP 47 language tag in its plain form."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", value, re.ASCII):
        raise ValueError("Give a language tag such as en or pt-BR.")
    return value


def slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", value, re.ASCII) or len(value) > 140:
        raise ValueError("Give a slug: small letters, digits and hyphens.")
    return value


def cursor(value: str) -> list[Any]:
    """Read an opaque cursor made by `make_cursor`."""
    try:
        found = json.loads(base64.urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise ValueError("This cursor was not made here.") from error
    if not isinstance(found, list):
        raise ValueError("This cursor was not made here.")
    return found


def make_cursor(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def _pairs(request: HttpRequest) -> list[tuple[str, str]]:
    raw = request.META.get("QUERY_STRING", "")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=50)
        return [(clean_text(name), clean_text(value)) for name, value in pairs]
    except UnicodeDecodeError as error:
        raise BadParameter("invalid-utf-8", "", "The query is not UTF-8.") from error
    except (ValueError, ValidationError) as error:
        raise BadParameter("invalid-parameter", "", "The query holds characters that may not stand there.") from error
