"""Sign an outcome, and take an approval back: decide, revoke."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from reviews.actions.locking import check_given, check_open, check_same_bytes, lock_edition, signatures
from reviews.events import printed_name, record
from reviews.models import Decision, Edition, Outcome
from reviews.permissions import candidate, is_specialist, matter_of, reasons_against, reviewer_snapshot
from reviews.policy import stage_is_ready

ATTESTATIONS = {
    Outcome.APPROVE: "I have reviewed edition {number} ({digest}) as {role} and approve it for publication.",
    Outcome.REQUEST_CHANGES: "I have reviewed edition {number} ({digest}) as {role} and ask for changes.",
    Outcome.REJECT: "I have reviewed edition {number} ({digest}) as {role} and reject it.",
    Outcome.REVOKE: "I take back my approval of edition {number} ({digest}), given as {role}.",
}

#: Called in the transaction with an edition whose approval was taken back; `publishing` shows it on the live page.
after_revoke: list[Callable[..., None]] = []


@transaction.atomic(durable=True)
def decide(edition: Edition, outcome: str, *, by: Any, stage: str, expected_digest: str, comment: str = "") -> Decision:
    """Sign an outcome on the very bytes the reviewer saw. Any outcome but approve closes the edition."""
    edition = lock_edition(edition)
    today = timezone.now().date()

    if outcome not in (Outcome.APPROVE, Outcome.REQUEST_CHANGES, Outcome.REJECT):
        raise ValidationError("Choose approve, request changes or reject.", code="unknown_outcome")
    rules = _stage_of(edition, stage)
    check_same_bytes(edition, expected_digest)
    check_open(edition)
    if reasons := reasons_against(by, edition, rules, today=today):
        raise PermissionDenied(" ".join(reason.message for reason in reasons))
    if not stage_is_ready(edition.policy, rules, signatures(edition)):
        raise ValidationError(
            f"{rules['label']} comes later: the stage before it is not complete.", code="stage_not_ready"
        )
    if outcome != Outcome.APPROVE:
        check_given(comment, "comment_missing", "Say what has to change, so that the authors can act on it.")

    decision = _sign(edition, outcome, by=by, stage=rules, comment=comment)

    _record_decision(decision)
    return decision


@transaction.atomic(durable=True)
def revoke(edition: Edition, *, by: Any, stage: str, reason: str) -> Decision:
    """Take back one's own approval, before or after publication. Before: the edition closes."""
    edition = lock_edition(edition)

    mine = [row for row in edition.facts["decisions"] if row.reviewer_id == by.pk and row.stage == stage]
    outcomes = {row.outcome for row in mine}
    if not by.is_active or Outcome.APPROVE not in outcomes:
        raise PermissionDenied("You can only take back an approval that you gave.")
    if Outcome.REVOKE in outcomes:
        raise ValidationError("You have taken this approval back already.", code="already_revoked")
    check_given(reason, "reason_missing", "Say why you take your approval back.")

    decision = _sign(edition, Outcome.REVOKE, by=by, stage=_stage_of(edition, stage), comment=reason)
    for show in after_revoke:
        show(edition, by=by)

    _record_decision(decision)
    return decision


def attestation(edition: Edition, outcome: str, stage: dict[str, Any]) -> str:
    """Return the exact sentence that is signed (21 CFR 11.50: the meaning of the signature)."""
    role = stage["group"].lower()
    article = "an" if role[:1] in "aeiou" else "a"
    return ATTESTATIONS[Outcome(outcome)].format(number=edition.number, digest=edition.digest, role=f"{article} {role}")


def _stage_of(edition: Edition, key: str) -> dict[str, Any]:
    stage = edition.stage(key)
    if stage is None:
        names = ", ".join(stage["key"] for stage in edition.policy["stages"])
        raise ValidationError(f"This edition has no stage “{key}”; it has {names}.", code="unknown_stage")
    return stage


def _sign(edition: Edition, outcome: str, *, by: Any, stage: dict[str, Any], comment: str) -> Decision:
    now = timezone.now()
    decision = Decision(
        edition=edition,
        digest=edition.digest,
        stage=stage["key"],
        reviewer=by,
        outcome=outcome,
        comment=comment,
        attestation=attestation(edition, outcome, stage),
        reviewer_snapshot=reviewer_snapshot(by, printed_name(by)),
        is_specialist=is_specialist(candidate(by), matter_of(edition), now.date()),
        signed_at=now,
    )
    decision.clean_fields(exclude=["answers", "reviewer_snapshot"])
    decision.save(force_insert=True)
    edition.__dict__.pop("facts", None)
    return decision


def _record_decision(decision: Decision) -> None:
    record(
        "edition.decided",
        decision,
        by=decision.reviewer,
        article_id=decision.edition.article_id,
        edition=decision.edition.number,
        digest=decision.digest,
        stage=decision.stage,
        round=decision.round,
        outcome=decision.outcome,
        comment=decision.comment,
        attestation=decision.attestation,
        reviewer=decision.reviewer_snapshot,
        is_specialist=decision.is_specialist,
        signed_at=decision.signed_at.isoformat(timespec="microseconds"),
    )
