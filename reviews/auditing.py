"""Events in words and as CSV that no spreadsheet takes for a formula. Pure: reads no table.

The CSV is RFC 4180 in UTF-8 with a byte order mark, every cell in quotes.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from articles.snapshot import canonical
from reviews.events import hash_of
from reviews.models import Event

#: The columns of the exported log. All but `hash` are what `hash` covers.
COLUMNS = (
    "seq",
    "at",
    "actor",
    "actor_name",
    "action",
    "object_type",
    "object_id",
    "article_id",
    "payload",
    "prev_hash",
    "hash",
)
#: Without it Excel takes UTF-8 for a Windows code page, and names with accents break.
BYTE_ORDER_MARK = "\ufeff"
ROWS_AT_ONCE = 500

#: What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), and its full-width and small twins.
FORMULA = "=+@＝＋－＠﹦﹢﹣﹫-"
#: Spaces and invisible characters that a spreadsheet may skip before it looks.
BLANK = r"(?:[^\S\r\n]|[\u200b-\u200f\u2060\ufeff])*"
#: Where a cell starts, or would start for a spreadsheet that splits at semicolons.
DANGER = rf"(?:^(?='*(?:{BLANK}[{FORMULA}]|[\t\r\n]))|(?<=[;\r\n])(?='*{BLANK}[{FORMULA}]))"
UNSAFE = re.compile(DANGER)
MADE_SAFE = re.compile(DANGER.replace("(?='*", "'(?='*"))
UNSAFE_IN_JSON = re.compile(rf"(?<=;)({BLANK})([{FORMULA}])")

OUTCOMES = {
    "approve": "Edition {edition} approved, stage {stage}",
    "request_changes": "Edition {edition} returned for changes, stage {stage}",
    "reject": "Edition {edition} rejected, stage {stage}",
    "revoke": "Approval of edition {edition} taken back, stage {stage}",
}
PHRASES = {
    "edition.submitted": "Edition {number} submitted for review",
    "edition.recalled": "Edition {number} taken out of review",
    "edition.restored": "Edition {number} copied back into the draft",
    "edition.published": "Edition {edition} published",
    "edition.reaffirmed": "Edition {edition} reaffirmed, round {round}",
    "publication.withdrawn": "Edition {edition} withdrawn",
    "review.assigned": "Review of edition {edition} asked for, stage {stage}",
    "review.answered": "Request to review edition {edition} answered: {kind}",
    "conflict.overridden": "Conflict of {reviewer_name} set aside for edition {edition}, stage {stage}",
    "comment.made": "Comment on edition {edition}",
    "comment.resolved": "Comment on edition {edition} resolved",
    "round.opened": "Review of edition {edition} opened again, round {round}",
    "revocation.answered": "Approval taken back from edition {edition}: answered",
    "edition.scheduled": "Edition {edition} scheduled",
    "schedule.ended": "Schedule of edition {edition}: {outcome}",
    "article.moved": "Moved to the address {slug}",
    "withdrawal.ratified": "Suspension of edition {edition} ratified",
    "part.withdrawn": "{name}: withdrawn as a {kind}",
    "alert.raised": "Alert about edition {edition}",
    "alert.resolved": "Alert about edition {edition} answered",
    "review.extended": "Review of edition {edition} extended to {until}",
    "review.milestone": "Review of edition {edition}, due on {due_on}: {kind}",
    "publication.endorsed": "Emergency edition {edition} approved by somebody independent",
}


def phrase(event: Event) -> str:
    """Return what happened, for a person to read: “Edition 3 approved, stage medical”."""
    payload = event.payload if isinstance(event.payload, dict) else {}
    if "stage" in payload:
        payload = payload | {"stage": str(payload["stage"]).replace("_", " ")}
    is_decision = event.action == "edition.decided"
    words = OUTCOMES.get(str(payload.get("outcome")), "") if is_decision else PHRASES.get(event.action, "")
    try:
        return words.format_map(payload) or _plain_phrase(event)
    except KeyError:
        return _plain_phrase(event)


def edition_number(event: Event) -> int | None:
    """Return the number of the edition that an event is about, from its payload, or None."""
    payload = event.payload if isinstance(event.payload, dict) else {}
    number = payload.get("edition", payload.get("number"))
    return number if type(number) is int else None


def is_hash_right(event: Event) -> bool:
    """Whether the columns of an event still give its hash."""
    try:
        return hash_of(event) == event.hash
    except ValueError:  # There is no canonical form: somebody changed it behind the guards.
        return False


def event_row(event: Event) -> dict[str, Any]:
    """Return the columns of an event in the order of the export, as they are hashed."""
    values = event.hashed() | {"hash": event.hash}
    return {name: values[name] for name in COLUMNS}


def csv_text(columns: Iterable[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield CSV in pieces of at most 500 rows."""
    columns = list(columns)
    yield BYTE_ORDER_MARK + _lines([columns])
    cells = ([cell(row[name]) for name in columns] for row in rows)
    while batch := list(islice(cells, ROWS_AT_ONCE)):
        yield _lines(batch)


def cell(value: Any) -> str:
    """Return a value as the text of a cell: times in ISO 8601, structures as JSON, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return UNSAFE_IN_JSON.sub(lambda found: f"{found[1]}\\u{ord(found[2]):04x}", json_text(value))
    return safe_text(str(plain(value)))


def plain(value: Any) -> Any:
    """Return a column's value as JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | dict | list | None) else str(value)


def safe_text(text: str) -> str:
    """Put an apostrophe before whatever a spreadsheet would take for a formula; `text_as_written` takes it off."""
    return UNSAFE.sub("'", text)


def text_as_written(text: str) -> str:
    """Return the text that `safe_text` was given."""
    return MADE_SAFE.sub("", text)


def json_text(value: Any) -> str:
    """Return the RFC 8785 canonical JSON; of what has none, which only tampering can leave, plain JSON."""
    try:
        return canonical(value).decode()
    except ValueError:
        return json.dumps(value, sort_keys=True)


def _lines(rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _plain_phrase(event: Event) -> str:
    words, number = event.action.replace(".", " ").replace("_", " ").capitalize(), edition_number(event)
    return f"{words}, edition {number}" if number else words
