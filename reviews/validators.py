"""Validators of review policies: only checks and disclaimers that exist can be asked for."""

from typing import Any

from django.core.exceptions import ValidationError

from articles.vocabularies import DisclaimerKind

#: The findings of `articles.checks` that a policy may make blocking.
BLOCKABLE_CHECKS = (
    "title_missing",
    "summary_missing",
    "no_viewpoints",
    "empty_viewpoint",
    "unattributed_viewpoint",
    "duplicate_viewpoint",
    "near_duplicate_viewpoint",
    "advertising_line",
    "see_doctor_missing",
    "claim_unreferenced",
    "reference_retracted",
    "contributor_without_credentials",
    "disclosure_missing",
    "disclosure_refused",
    "disclosure_stale",
    "credential_stale",
    "credential_expired",
    "mixed_scripts",
    "invisible_character",
    "odd_digits",
)


def is_list_of_checks(value: Any) -> None:
    """Raise ValidationError unless `value` is a list of names of content checks."""
    _is_list_from(value, set(BLOCKABLE_CHECKS), "check")


def is_list_of_disclaimer_kinds(value: Any) -> None:
    """Raise ValidationError unless `value` is a list of disclaimer kinds."""
    _is_list_from(value, set(DisclaimerKind.values), "disclaimer kind")


def is_list_of_questions(value: Any) -> None:
    """Raise ValidationError unless `value` is a list of different, not empty questions of at most 500 characters."""
    if not isinstance(value, list) or not all(isinstance(row, str) and 0 < len(row.strip()) <= 500 for row in value):
        raise ValidationError("Give a list of questions, one a line.", code="not_a_list")
    if len(set(value)) < len(value):
        raise ValidationError("A question stands twice in this list.", code="repeated")


def _is_list_from(value: Any, known: set[str], what: str) -> None:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValidationError(f"Give a list of {what}s.", code="not_a_list")
    if unknown := set(value) - known:
        raise ValidationError(f"Unknown {what}: {', '.join(sorted(unknown))}.", code="unknown_name")
