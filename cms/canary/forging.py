"""Cursors that were not made here: places in lists that nobody was led to, with filters that nobody offers."""

import base64
import json
from collections.abc import Iterator
from typing import Any

_FIRST, _LAST = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
_PLACES: tuple[Any, ...] = (
    ["after", "2999-01-01T00:00:00+00:00", _LAST, {}],
    ["before", "1970-01-01T00:00:00+00:00", _FIRST, {}],
    ["after", "2999-01-01T00:00:00+00:00", _LAST, {"status": "draft"}],
    ["after", "2999-01-01T00:00:00+00:00", _LAST, {"language__startswith": "e"}],
    ["after", 0, {}],
    ["after", "", "", {"owner__email__contains": "@"}],
    [],
    {"after": 0},
    0,
    None,
    [[[[[]]]]],
)


def cursors() -> Iterator[str]:
    """Yield forged cursors, and strings that are none."""
    for place in _PLACES:
        yield base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    yield from ("0", "-1", "99999999999", "null", "%00", "....", "A" * 2000)
