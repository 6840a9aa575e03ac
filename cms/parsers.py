"""A JSON parser that refuses what would hurt later: bad UTF-8, duplicate keys, deep nesting, NUL, lone surrogates."""

import json
import math
import re
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from articles.text import MAX_JSON_DEPTH, clean_json

STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
BRACKETS = re.compile(r"[\[\]{}]")


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body-too-large"
    default_detail = "The request body is too large."


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the parsed body; raise ParseError (400) with a code, or BodyTooLarge (413)."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        return parse_json(body)


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON text (RFC 8259, in the I-JSON profile of RFC 7493)."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 (byte {error.start + 1}).", code="invalid-utf-8") from error
    _check_depth(text)
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant, parse_float=_finite)
    except ParseError:
        raise
    except (ValueError, RecursionError) as error:
        raise ParseError(f"The body is not JSON: {error}", code="invalid-json") from error
    try:
        return clean_json(value)
    except ValidationError as error:
        code = (error.code or "invalid-text").replace("_", "-")
        raise ParseError(error.messages[0], code=code) from error


def _check_depth(text: str) -> None:
    depth = 0
    for found in BRACKETS.finditer(STRINGS.sub("", text)):
        depth += 1 if found.group() in "[{" else -1
        if depth > MAX_JSON_DEPTH:
            raise ParseError(f"The body is nested deeper than {MAX_JSON_DEPTH} levels.", code="nested-too-deeply")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ParseError(f"The key “{twice[:80]}” stands twice in one object.", code="duplicate-key")
    return found


def _finite(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise ParseError(f"{digits[:40]} is too large a number.", code="invalid-json")
    return value


def _no_constant(name: str) -> Any:
    raise ParseError(f"{name} is not a JSON number.", code="invalid-json")
