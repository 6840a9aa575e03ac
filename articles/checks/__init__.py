"""Content checks: pure functions on the signed content that return findings. Imports no framework."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .advertising import advertising_line, continue_learning_topic, is_advertising_line
from .characters import invisible_character, mixed_scripts, odd_digits
from .duplicates import (
    Duplicate,
    duplicate_viewpoint,
    find_duplicates,
    fingerprint,
    near_duplicate_viewpoint,
)
from .finding import Finding
from .people import (
    contributor_without_credentials,
    credential_expired,
    credential_stale,
    currency_findings,
    disclosure_missing,
    disclosure_stale,
    unattributed_viewpoint,
)
from .reading import ReadingGrades, reading_grade, reading_grades
from .sources import claim_unreferenced, reference_of_concern, reference_retracted
from .spelling import Misspelling, misspelling, misspellings
from .structure import (
    empty_viewpoint,
    missing_disclaimers,
    no_viewpoints,
    see_doctor_missing,
    summary_missing,
    title_missing,
)
from .text import Content, plain_text

__all__ = [
    "Content",
    "Duplicate",
    "Finding",
    "Misspelling",
    "ReadingGrades",
    "advertising_line",
    "check",
    "check_facts",
    "claim_unreferenced",
    "continue_learning_topic",
    "contributor_without_credentials",
    "credential_expired",
    "credential_stale",
    "currency_findings",
    "disclosure_missing",
    "disclosure_stale",
    "duplicate_viewpoint",
    "empty_viewpoint",
    "find_duplicates",
    "fingerprint",
    "invisible_character",
    "is_advertising_line",
    "missing_disclaimers",
    "misspelling",
    "misspellings",
    "mixed_scripts",
    "near_duplicate_viewpoint",
    "no_viewpoints",
    "odd_digits",
    "plain_text",
    "reading_grade",
    "reading_grades",
    "reference_of_concern",
    "reference_retracted",
    "see_doctor_missing",
    "summary_missing",
    "title_missing",
    "unattributed_viewpoint",
]


def check(
    content: Content,
    *,
    risk_tier: int,
    today: date,
    vocabulary: frozenset[str] = frozenset(),
    required_disclaimers: Sequence[str] = (),
    credential_max_age_months: int = 0,
    disclosure_max_age_months: int = 0,
) -> list[Finding]:
    """Run every check, always in this order; a maximum age of 0 months means no limit."""
    return [
        *check_facts(
            content,
            risk_tier=risk_tier,
            today=today,
            required_disclaimers=required_disclaimers,
            credential_max_age_months=credential_max_age_months,
            disclosure_max_age_months=disclosure_max_age_months,
        ),
        *misspelling(content, vocabulary=vocabulary),
        *reading_grade(content),
    ]


def check_facts(
    content: Content,
    *,
    risk_tier: int,
    today: date,
    required_disclaimers: Sequence[str] = (),
    credential_max_age_months: int = 0,
    disclosure_max_age_months: int = 0,
) -> list[Finding]:
    """Run the checks that a review policy may make blocking: all but spelling and reading grade, which only advise."""
    return [
        *title_missing(content),
        *summary_missing(content),
        *no_viewpoints(content),
        *empty_viewpoint(content),
        *see_doctor_missing(content),
        *missing_disclaimers(content, required_disclaimers),
        *unattributed_viewpoint(content),
        *contributor_without_credentials(content),
        *disclosure_missing(content),
        *currency_findings(
            content,
            today=today,
            credential_max_age_months=credential_max_age_months,
            disclosure_max_age_months=disclosure_max_age_months,
        ),
        *claim_unreferenced(content, risk_tier=risk_tier),
        *reference_retracted(content),
        *reference_of_concern(content),
        *duplicate_viewpoint(content),
        *near_duplicate_viewpoint(content),
        *advertising_line(content),
        *mixed_scripts(content),
        *invisible_character(content),
        *odd_digits(content),
    ]
