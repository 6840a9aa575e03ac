"""Review a public edition again, its text unchanged: open_round. `publishing.actions.reaffirm` completes it."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from reviews.actions.locking import check_given, lock_edition
from reviews.events import record
from reviews.models import Edition, ReviewRound
from reviews.permissions import may_open_round
from reviews.policy import is_fast_path


@transaction.atomic(durable=True)
def open_round(edition: Edition, *, by: Any, reason: str) -> ReviewRound:
    """Open the next round of review of the very same bytes. Under the policy of the edition: same stages and quorum."""
    edition = lock_edition(edition)

    if not may_open_round(by, edition):
        raise PermissionDenied("You may not open a new round of review. Ask an editor or a medical lead.")
    _check_reviewable(edition)
    check_given(reason, "reason_missing", "Say why this page is reviewed again.")

    last = edition.last_round
    fact = ReviewRound(
        edition=edition,
        number=last.number + 1 if last else 2,
        reason=reason,
        opened_by=by,
        at=timezone.now(),
    )
    fact.clean_fields()
    fact.save(force_insert=True)

    record(
        "round.opened",
        fact,
        by=by,
        article_id=edition.article_id,
        edition=edition.number,
        digest=edition.digest,
        round=fact.number,
        reason=fact.reason,
    )
    return fact


def _check_reviewable(edition: Edition) -> None:
    if not edition.is_published or edition.publication.is_ended:
        raise ValidationError("Only the text that is public now can be reviewed again.", code="not_public")
    if edition.is_closed:
        raise ValidationError(
            "A reviewer asked for changes, or took an approval back. Change the draft and submit it.",
            code="edition_closed",
        )
    if is_fast_path(edition.policy):
        raise ValidationError(
            "The last change took the fast path, whose policy asks for an editor only. Submit the draft as "
            "substantive, unchanged if need be, so that it is reviewed in full.",
            code="fast_path_edition",
        )
    if edition.open_round:
        raise ValidationError(f"Round {edition.open_round} is open already.", code="round_open")
