"""Which editions a reader of an edition may want to compare it with, and the comparison as the page shows it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from articles.checks import check
from reviews.difference import Difference, PartChange, difference
from reviews.folding import fold
from reviews.models import Edition

#: What an alarm is about, in the words of the page.
ALARM_WORDS = {
    "number": "Number",
    "unit": "Unit",
    "negation": "Negation",
    "modal": "May, must, should …",
    "link": "Link",
    "invisible": "Invisible character",
    "mixed_script": "Mixed alphabets",
}


@dataclass(frozen=True)
class Base:
    """An edition to compare with: `key` goes into the address, `words` on the page."""

    key: str
    words: str
    edition: Edition


def bases_of(edition: Edition, reader: Any) -> list[Base]:
    """Return the public edition before this one, and the last one that the reader decided on; at most two queries."""
    earlier = Edition.objects.filter(article=edition.article_id, number__lt=edition.number).order_by("-number")
    live = earlier.filter(publication__isnull=False, publication__withdrawal__isnull=True).first()
    mine = earlier.filter(decisions__reviewer=reader).first()
    found = []
    if live:
        found.append(Base("live", f"changes since public edition {live.number}", live))
    if mine:
        found.append(Base("mine", f"changes since edition {mine.number}, which you decided on", mine))
    return found


def comparison(before: Edition, after: Edition) -> dict[str, Any]:
    """Return what the page shows: alarms on top, then every part that changed, long unchanged runs folded."""
    found = difference(before.content, after.content)
    names = {f"viewpoints/{row['id']}": row["heading"] for row in after.content["viewpoints"]}
    return {
        "changed_words": found.changed_words,
        "alarms": [
            {"what": ALARM_WORDS.get(row.kind, row.kind), "where": names.get(row.place, row.place), "row": row}
            for row in found.alarms
        ],
        "parts": [_shown(part) for part in found.changed_parts],
        "unchanged": _unchanged(found),
    }


def findings_of(edition: Edition, *, today: date) -> list[dict[str, str]]:
    """Return what the content checks find in an edition, each with the name of its place, blocking ones first."""
    policy, content = edition.policy, edition.content
    found = check(
        content,
        risk_tier=policy["risk_tier"],
        today=today,
        vocabulary=frozenset(row["title"] for row in content["references"]),
        required_disclaimers=policy["required_disclaimers"],
        credential_max_age_months=policy["credential_max_age_months"],
        disclosure_max_age_months=policy["disclosure_max_age_months"],
    )
    blocking = set(policy["blocking_checks"])
    names = {f"viewpoints/{row['id']}": row["heading"] for row in content["viewpoints"]}
    names |= {f"references/{row['id']}": row["title"] for row in content["references"]}
    rows = [
        {
            "is_blocking": row.code in blocking,
            "place": names.get(row.place, row.place.replace("_html", "").replace("_", " ")),
            "message": row.message,
            "suggestion": row.suggestion,
        }
        for row in found
    ]
    return sorted(rows, key=lambda row: not row["is_blocking"])


def _shown(part: PartChange) -> dict[str, Any]:
    pieces = part.pieces if part.state in ("added", "removed") else fold(part.pieces)
    heading = part.heading if any(piece.kind != "same" for piece in part.heading) else []
    return {"part": part, "heading": heading, "pieces": [piece for piece in pieces if piece.text]}


def _unchanged(found: Difference) -> int:
    return sum(part.state == "unchanged" for part in found.parts)
