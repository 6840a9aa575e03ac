"""Long lists, page by page: a place is the sort key and id of a row, so that no page is found by counting."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from articles.text import clean_text
from publishing import query


class Place(NamedTuple):
    """After or before the row with these two values."""

    side: str
    first: Any
    second: Any


@dataclass(frozen=True)
class Cut:
    """One page of a list, and the cursors of the pages after and before it; `""` where there is none."""

    rows: list[Any]
    next: str
    prev: str
    is_first: bool


def reader(read_first: Callable[[str], Any], read_second: Callable[[str], Any]) -> Callable[[str], Place]:
    """Return what reads a cursor whose two values are read so."""

    def read(value: str) -> Place:
        found = query.cursor(value)
        if len(found) != 3 or found[0] not in ("after", "before") or not all(isinstance(part, str) for part in found):
            raise ValueError("This cursor was not made here.")
        return Place(found[0], read_first(found[1]), read_second(found[2]))

    return read


def text(value: str) -> str:
    try:
        return clean_text(value)[:300]
    except Exception as error:
        raise ValueError("This cursor was not made here.") from error


def moment(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("This cursor was not made here.")
    return found


uuid = UUID


def cut(rows: Any, keys: tuple[str, str], place: Place | None, *, limit: int, newest_first: bool = False) -> Cut:
    """Return one page of a queryset by two of its fields, the second of which tells rows apart. One query."""
    backwards = place is not None and place.side == "before"
    sign = "-" if newest_first != backwards else ""
    if place is not None:
        side = "lt" if sign else "gt"
        first, second = keys
        rows = rows.filter(
            Q(**{f"{first}__{side}": place.first}) | Q(**{first: place.first, f"{second}__{side}": place.second})
        )
    found = list(rows.order_by(*(f"{sign}{key}" for key in keys))[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    has_next, has_prev = (bool(found), more) if backwards else (more, place is not None and bool(found))
    return Cut(
        found,
        _cursor("after", found[-1], keys) if has_next else "",
        _cursor("before", found[0], keys) if has_prev else "",
        place is None,
    )


def _cursor(side: str, row: Any, keys: tuple[str, str]) -> str:
    values = [row[key] if isinstance(row, dict) else getattr(row, key) for key in keys]
    return query.make_cursor(
        [side, *(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)]
    )
