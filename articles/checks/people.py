"""Who speaks: names, credentials, disclosures, and how old these are. Imports the text of bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from articles.months import months_later

from .finding import Finding
from .text import Content, has_words, viewpoint_place

Contributor = Mapping[str, Any]

DECLARED = frozenset({"none_declared", "interests_declared"})


def unattributed_viewpoint(content: Content) -> list[Finding]:
    """Report viewpoints that name nobody."""
    return [
        Finding(
            "unattributed_viewpoint",
            viewpoint_place(viewpoint),
            "This viewpoint names nobody. Credit it.",
        )
        for viewpoint in content["viewpoints"]
        if not any(has_words(contributor["name"]) for contributor in viewpoint["contributors"])
    ]


def contributor_without_credentials(content: Content) -> list[Finding]:
    """Report people who are not lay contributors and show no credential."""
    return [
        Finding(
            "contributor_without_credentials",
            _place(contributor),
            f"{contributor['name']} has no credentials. Add one, or mark them as a lay contributor.",
        )
        for contributor in _contributors(content)
        if contributor["kind"] == "person" and not contributor["lay"] and not contributor["credentials"]
    ]


def disclosure_missing(content: Content) -> list[Finding]:
    """Report contributors who were never asked about interests, or would not say: a code each."""
    return [
        Finding(code, _place(contributor), f"{contributor['name']} {words}")
        for contributor in _contributors(content)
        for code, words in _UNDISCLOSED.get(contributor["disclosure"]["status"], ())
    ]


def credential_expired(content: Content, *, today: date) -> list[Finding]:
    """Report credentials whose last day has passed."""
    return [
        Finding(
            "credential_expired",
            _place(contributor),
            f"{_whose(contributor, credential)} expired on {credential['expires_on']}. Verify it again.",
        )
        for contributor, credential in _credentials(content)
        if (last_day := _date(credential["expires_on"])) is not None and last_day < today
    ]


def credential_stale(content: Content, *, today: date, max_age_months: int) -> list[Finding]:
    """Report credentials never verified, or verified too long ago; 0 months means no limit."""
    return [
        Finding(
            "credential_stale",
            _place(contributor),
            f"{_whose(contributor, credential)} was {_since('verified', credential['verified_on'])}. "
            f"It must be verified every {max_age_months} months.",
        )
        for contributor, credential in _credentials(content)
        if _is_stale(credential["verified_on"], today, max_age_months)
    ]


def disclosure_stale(content: Content, *, today: date, max_age_months: int) -> list[Finding]:
    """Report disclosures without a date or too old; 0 months means no limit."""
    return [
        Finding(
            "disclosure_stale",
            _place(contributor),
            f"{contributor['name']}'s disclosure was {_since('dated', contributor['disclosure']['as_of'])}. "
            f"Ask for a new one: it holds for {max_age_months} months.",
        )
        for contributor in _contributors(content)
        if contributor["disclosure"]["status"] in DECLARED
        and _is_stale(contributor["disclosure"]["as_of"], today, max_age_months)
    ]


def currency_findings(
    content: Content, *, today: date, credential_max_age_months: int, disclosure_max_age_months: int
) -> list[Finding]:
    """Report what has gone out of date about the contributors; a maximum age of 0 months means no limit."""
    return [
        *credential_expired(content, today=today),
        *credential_stale(content, today=today, max_age_months=credential_max_age_months),
        *disclosure_stale(content, today=today, max_age_months=disclosure_max_age_months),
    ]


_UNDISCLOSED = {
    "not_asked": [("disclosure_missing", "was not asked about interests. Ask, and record the answer.")],
    "refused": [("disclosure_refused", "refused to declare interests. Decide whether to keep them.")],
}


def _contributors(content: Content) -> Iterator[Contributor]:
    """Yield each contributor once, in order of appearance."""
    seen = set()
    for viewpoint in content["viewpoints"]:
        for contributor in viewpoint["contributors"]:
            if contributor["id"] not in seen:
                seen.add(contributor["id"])
                yield contributor


def _credentials(content: Content) -> Iterator[tuple[Contributor, Mapping[str, Any]]]:
    for contributor in _contributors(content):
        yield from ((contributor, credential) for credential in contributor["credentials"])


def _place(contributor: Contributor) -> str:
    return f"contributors/{contributor['id']}"


def _whose(contributor: Contributor, credential: Mapping[str, Any]) -> str:
    return f"{contributor['name']}'s credential “{credential['label']}”"


def _is_stale(day: str, today: date, max_age_months: int) -> bool:
    if max_age_months <= 0:
        return False
    when = _date(day)
    return when is None or months_later(when, max_age_months) < today


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _since(verb: str, day: str) -> str:
    return f"last {verb} on {day}" if _date(day) else f"never {verb}"
