"""Ask somebody to review, answer, and set a conflict aside: assign, claim, accept, decline, cancel, override."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from reviews import mail
from reviews.actions.locking import check_given, check_open, check_same_bytes, lock_edition, stage_of
from reviews.eligibility import OVERRIDABLE, of_somebody_else
from reviews.events import printed_name, record
from reviews.models import Assignment, AssignmentReply, Edition, Override, ReplyKind
from reviews.permissions import (
    eligible,
    may_assign,
    may_override,
    reasons_against,
    reviewer_snapshot,
)

OVERRIDE_SENTENCE = (
    "I set aside, for {stage} of edition {number} ({digest}), that {name} {conflicts}, and answer for it as {role}."
)
CONFLICT_WORDS = {
    "organization_conflict": "works for an organization that speaks in it or employs one of its contributors",
    "disclosure_not_asked": "has not declared their interests",
    "disclosure_stale": "has not renewed their declaration of interests",
}


@transaction.atomic(durable=True)
def assign(
    edition: Edition,
    *,
    by: Any,
    stage: str,
    reviewer: Any | None = None,
    due_at: datetime | None = None,
    note: str = "",
) -> Assignment:
    """Ask a person to review, or everybody of the stage's role where `reviewer` is None; due as the policy says."""
    edition = lock_edition(edition)

    if not may_assign(by, edition):
        raise PermissionDenied("You may not ask for reviews. Ask an editor or a medical lead.")
    assignment = _assigned(edition, by=by, stage=stage, reviewer=reviewer, due_at=due_at, note=note)

    mail.assigned(assignment)
    return assignment


@transaction.atomic(durable=True)
def reassign(assignment: Assignment, *, by: Any, reason: str, reviewer: Any | None = None) -> Assignment:
    """Cancel a request and make the same one to somebody else, with a new due date."""
    edition = lock_edition(assignment.edition)
    assignment = _waiting(assignment)

    if not may_assign(by, edition):
        raise PermissionDenied("You may not ask for reviews. Ask an editor or a medical lead.")
    check_given(reason, "reason_missing", "Say why somebody else is asked.")
    _reply(assignment, ReplyKind.CANCEL, by=by, reason=reason)
    fresh = _assigned(edition, by=by, stage=assignment.stage, reviewer=reviewer, note=assignment.note)

    mail.assigned(fresh)
    return fresh


@transaction.atomic(durable=True)
def claim(assignment: Assignment, *, by: Any) -> AssignmentReply:
    """Take a request to the pool upon oneself."""
    edition = lock_edition(assignment.edition)
    assignment = _waiting(assignment)

    if assignment.reviewer_id is not None:
        raise ValidationError("This was asked of somebody by name.", code="not_in_pool")
    if assignment.holder_id is not None:  # type: ignore[attr-defined]
        raise ValidationError("Somebody has claimed this already.", code="already_claimed")
    _check_eligible(edition, assignment.stage, by, by)
    _check_not_asked(edition, assignment.stage, by)

    return _reply(assignment, ReplyKind.CLAIM, by=by)


@transaction.atomic(durable=True)
def accept(assignment: Assignment, *, by: Any) -> AssignmentReply:
    """Say that one will review."""
    lock_edition(assignment.edition)
    assignment = _waiting(assignment)

    _check_holder(assignment, by)
    if assignment.is_accepted:  # type: ignore[attr-defined]
        raise ValidationError("You have accepted this already.", code="already_accepted")

    return _reply(assignment, ReplyKind.ACCEPT, by=by)


@transaction.atomic(durable=True)
def decline(assignment: Assignment, *, by: Any, reason: str) -> AssignmentReply:
    """Say that one will not review, and why."""
    lock_edition(assignment.edition)
    assignment = _waiting(assignment)

    _check_holder(assignment, by)
    check_given(reason, "reason_missing", "Say why you decline, so that somebody else can be found.")

    reply = _reply(assignment, ReplyKind.DECLINE, by=by, reason=reason)
    mail.declined(reply)
    return reply


@transaction.atomic(durable=True)
def cancel(assignment: Assignment, *, by: Any, reason: str) -> AssignmentReply:
    """Take a request back."""
    edition = lock_edition(assignment.edition)
    assignment = _waiting(assignment)

    if not may_assign(by, edition):
        raise PermissionDenied("You may not take requests for reviews back.")
    check_given(reason, "reason_missing", "Say why the request is taken back.")

    return _reply(assignment, ReplyKind.CANCEL, by=by, reason=reason)


@transaction.atomic(durable=True)
def override(edition: Edition, *, by: Any, stage: str, reviewer: Any, reason: str, expected_digest: str) -> Override:
    """Set the organization or disclosure conflict of one reviewer aside, in one's own name; never for oneself."""
    edition = lock_edition(edition)
    today = timezone.now().date()

    if reviewer.pk == by.pk:
        raise PermissionDenied("Nobody sets a conflict of their own aside.")
    if not may_override(by, edition):
        raise PermissionDenied("Only a medical lead who did not touch the text may set a conflict aside.")
    rules = stage_of(edition, stage)
    check_same_bytes(edition, expected_digest)
    check_open(edition)
    reasons = reasons_against(reviewer, edition, rules, today=today)
    codes = [row.code for row in reasons if row.code in OVERRIDABLE]
    if not codes:
        raise ValidationError(
            "There is no conflict here that can be set aside: only that of an organization, or of a disclosure.",
            code="nothing_to_override",
        )
    if edition.overrides.filter(stage=stage, reviewer=reviewer).exists():
        raise ValidationError(
            "A conflict of this reviewer was set aside for this stage already. Ask somebody else to review.",
            code="already_overridden",
        )
    check_given(reason, "reason_missing", "Say why this conflict may be set aside.")

    fact = _signed_override(edition, rules, codes, by=by, reviewer=reviewer, reason=reason)

    record(
        "conflict.overridden",
        fact,
        by=by,
        article_id=edition.article_id,
        edition=edition.number,
        digest=fact.digest,
        stage=fact.stage,
        reviewer=fact.reviewer_id,
        reviewer_name=fact.reviewer_name,
        codes=fact.codes,
        reason=fact.reason,
        attestation=fact.attestation,
        signer=fact.signer_snapshot,
    )
    return fact


def override_sentence(edition: Edition, stage: dict[str, Any], codes: list[str], name: str) -> str:
    """Return the exact sentence with which a conflict is set aside."""
    conflicts = " and ".join(CONFLICT_WORDS[code] for code in codes)
    return OVERRIDE_SENTENCE.format(
        stage=stage["label"].lower(),
        number=edition.number,
        digest=edition.digest,
        name=name,
        conflicts=conflicts,
        role="a medical lead",
    )


def _assigned(
    edition: Edition,
    *,
    by: Any,
    stage: str,
    reviewer: Any | None,
    due_at: datetime | None = None,
    note: str = "",
) -> Assignment:
    now = timezone.now()
    rules = stage_of(edition, stage)
    check_open(edition)
    if due_at is not None and due_at <= now:
        raise ValidationError("The due date has passed already.", code="due_in_the_past")
    _check_eligible(edition, stage, reviewer, by)
    _check_not_asked(edition, stage, reviewer)

    assignment = Assignment(
        edition=edition,
        round=edition.open_round,
        stage=stage,
        reviewer=reviewer,
        due_at=due_at or now + timedelta(days=rules["due_days"]),
        note=note,
        assigned_by=by,
        at=now,
    )
    assignment.clean_fields()
    assignment.save(force_insert=True)
    record(
        "review.assigned",
        assignment,
        by=by,
        article_id=edition.article_id,
        edition=edition.number,
        round=assignment.round,
        stage=stage,
        reviewer=assignment.reviewer_id or 0,
        due_at=assignment.due_at.isoformat(timespec="microseconds"),
        note=assignment.note,
    )
    return assignment


def _check_eligible(edition: Edition, stage: str, reviewer: Any | None, by: Any) -> None:
    rules, today = stage_of(edition, stage), timezone.now().date()
    if reviewer is None:
        if all(reasons for _, reasons in eligible(edition, rules, today=today)):
            raise ValidationError(
                f"Nobody with the role {rules['group']} may decide on this edition. "
                "The list of reviewers says what speaks against each of them.",
                code="nobody_eligible",
            )
        return
    reasons = reasons_against(reviewer, edition, rules, today=today)
    if reasons and reviewer.pk != by.pk:
        reasons = of_somebody_else(reasons, printed_name(reviewer))
    if reasons:
        raise PermissionDenied(" ".join(row.message for row in reasons))


def _check_not_asked(edition: Edition, stage: str, reviewer: Any | None) -> None:
    waiting: Any = Assignment.objects.waiting().filter(edition=edition, stage=stage, round=edition.open_round)
    same = waiting.filter(holder_id=reviewer.pk if reviewer else None)
    if reviewer is None:
        same = waiting.filter(holder_id__isnull=True)
    if same.exists():
        who = printed_name(reviewer) if reviewer else "The pool of this stage"
        raise ValidationError(f"{who} was asked already.", code="already_assigned")


def _waiting(assignment: Assignment) -> Assignment:
    """Return the assignment afresh, with its state; raise ValidationError where it waits for nothing any more."""
    fresh = Assignment.objects.with_state().select_related("edition__article").get(pk=assignment.pk)
    if fresh.is_complete:  # type: ignore[attr-defined]
        raise ValidationError("This review is complete already.", code="assignment_complete")
    if fresh.is_ended:  # type: ignore[attr-defined]
        raise ValidationError(
            "This request was declined or cancelled, or the review has ended.", code="assignment_ended"
        )
    return fresh


def _check_holder(assignment: Assignment, by: Any) -> None:
    if not by.is_active or assignment.holder_id != by.pk:  # type: ignore[attr-defined]
        raise PermissionDenied("This was not asked of you.")


def _reply(assignment: Assignment, kind: str, *, by: Any, reason: str = "") -> AssignmentReply:
    reply = AssignmentReply(assignment=assignment, kind=kind, reason=reason, by=by, at=timezone.now())
    reply.clean_fields()
    reply.save(force_insert=True)
    record(
        "review.answered",
        reply,
        by=by,
        article_id=assignment.edition.article_id,
        edition=assignment.edition.number,
        assignment=assignment.pk,
        kind=reply.kind,
        reason=reply.reason,
    )
    return reply


def _signed_override(
    edition: Edition, stage: dict[str, Any], codes: list[str], *, by: Any, reviewer: Any, reason: str
) -> Override:
    name = printed_name(reviewer)
    fact = Override(
        edition=edition,
        digest=edition.digest,
        stage=stage["key"],
        reviewer=reviewer,
        reviewer_name=name,
        codes=codes,
        reason=reason,
        attestation=override_sentence(edition, stage, codes, name),
        by=by,
        signer_snapshot=reviewer_snapshot(by, printed_name(by), "Medical lead"),
        signed_at=timezone.now(),
    )
    fact.clean_fields(exclude=["signer_snapshot"])
    fact.save(force_insert=True)
    return fact
