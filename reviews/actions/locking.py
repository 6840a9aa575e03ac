"""What every action on editions shares: the lock, and the words of a refusal."""

from django.core.exceptions import ValidationError

from articles.actions import lock
from articles.snapshot import digest_of
from reviews.models import Edition
from reviews.policy import Blocker, Signature


def lock_edition(edition: Edition) -> Edition:
    """Lock the article's row, then read the edition afresh."""
    lock(edition.article)
    rows = Edition.objects.with_address().select_related("article", "publication", "recall")
    rows = rows.prefetch_related("decisions")
    return rows.get(pk=edition.pk)


def raise_blockers(blockers: list[Blocker]) -> None:
    """Raise one ValidationError holding every blocker with its code."""
    if blockers:
        raise ValidationError([ValidationError(row.message, code=row.code) for row in blockers])


def signatures(edition: Edition) -> list[Signature]:
    """Return the decisions of an edition as the plain values that a policy reads."""
    return [
        Signature(row.reviewer_id, row.stage, row.outcome, row.is_specialist, row.reviewer_snapshot["name"])
        for row in edition.facts["decisions"]
    ]


def check_same_bytes(edition: Edition, expected_digest: str) -> None:
    if expected_digest != edition.digest:
        raise ValidationError(
            "The page you decided on shows another text than this edition. Open it again.", code="stale_page"
        )
    if digest_of(edition.content) != edition.digest:
        raise ValidationError("The stored edition does not match its digest.", code="digest_mismatch")


def check_open(edition: Edition) -> None:
    if edition.is_published:
        raise ValidationError("This edition is public already.", code="already_published")
    if edition.is_closed:
        raise ValidationError(
            "The review of this edition has ended: it was recalled or returned.", code="edition_closed"
        )


def check_given(text: str, code: str, message: str) -> None:
    if not text.strip():
        raise ValidationError(message, code=code)
