"""Sign an outcome, take an approval back, answer one that was taken back: decide, revoke, answer_revocation."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.text import clean_text
from reviews import mail
from reviews.actions.editions import public_edition
from reviews.actions.locking import (
    check_given,
    check_open,
    check_same_bytes,
    lock_edition,
    lost_ground,
    open_comments,
    raise_blockers,
    signatures,
    stage_of,
)
from reviews.events import printed_name, record
from reviews.models import Decision, Edition, Outcome, RevocationAnswer
from reviews.permissions import (
    candidate,
    is_specialist,
    matter_of,
    may_answer_revocation,
    reasons_against,
    reviewer_snapshot,
)
from reviews.policy import ANSWER_KEYS, check_answers, full_review_of, missing_approvals, stage_is_ready

ATTESTATIONS = {
    Outcome.APPROVE: "I have reviewed edition {number} ({digest}) as {role} and approve it for publication.",
    Outcome.REQUEST_CHANGES: "I have reviewed edition {number} ({digest}) as {role} and ask for changes.",
    Outcome.REJECT: "I have reviewed edition {number} ({digest}) as {role} and reject it.",
    Outcome.REVOKE: "I take back my approval of edition {number} ({digest}), given as {role}.",
}
#: What is signed in a later round, when the text is public already.
REAFFIRMING = "I have reviewed edition {number} ({digest}) again as {role} and approve that it stays public."

#: Called in the transaction with an edition whose approval was taken back; `publishing` shows it on the live page.
after_revoke: list[Callable[..., None]] = []


@transaction.atomic(durable=True)
def decide(
    edition: Edition,
    outcome: str,
    *,
    by: Any,
    stage: str,
    expected_digest: str,
    comment: str = "",
    answers: Sequence[dict[str, str]] = (),
) -> Decision:
    """Sign an outcome on the very bytes the reviewer saw. Any outcome but approve closes the edition.

    `answers`: rows of `question`, `answer` (yes, no, na) and `comment` for the checklist of the stage.
    """
    edition = lock_edition(edition)
    today = timezone.now().date()

    if outcome not in (Outcome.APPROVE, Outcome.REQUEST_CHANGES, Outcome.REJECT):
        raise ValidationError("Choose approve, request changes or reject.", code="unknown_outcome")
    rules = stage_of(edition, stage)
    check_same_bytes(edition, expected_digest)
    check_open(edition)
    if reasons := reasons_against(by, edition, rules, today=today):
        raise PermissionDenied(" ".join(reason.message for reason in reasons))
    if not stage_is_ready(edition.policy, rules, signatures(edition)):
        raise ValidationError(
            f"{rules['label']} comes later: the stage before it is not complete.", code="stage_not_ready"
        )
    _check_signable(edition, rules, outcome, comment, answers)

    decision = _sign(edition, outcome, by=by, stage=rules, comment=comment, answers=answers)

    _record_decision(decision)
    _notify_of(decision)
    return decision


@transaction.atomic(durable=True)
def revoke(edition: Edition, *, by: Any, stage: str, reason: str) -> Decision:
    """Take back one's own approval, before or after publication. Before: the edition closes."""
    edition = lock_edition(edition)

    mine = [row for row in edition.facts["decisions"] if row.reviewer_id == by.pk and row.stage == stage]
    approved = [row.round for row in mine if row.outcome == Outcome.APPROVE]
    revoked = [row.round for row in mine if row.outcome == Outcome.REVOKE]
    if not by.is_active or not approved:
        raise PermissionDenied("You can only take back an approval that you gave.")
    if max(approved) in revoked:
        raise ValidationError("You have taken this approval back already.", code="already_revoked")
    check_given(reason, "reason_missing", "Say why you take your approval back.")

    rules = stage_of(edition, stage)
    decision = _sign(edition, Outcome.REVOKE, by=by, stage=rules, comment=reason, round=max(approved))
    for show in after_revoke:
        show(edition, by=by)

    _record_decision(decision)
    _notify_of(decision)
    return decision


@transaction.atomic(durable=True)
def answer_revocation(decision: Decision, *, by: Any, reason: str) -> RevocationAnswer:
    """Let a page stay up though an approval of it was taken back, and say why; to take it down, withdraw it."""
    edition = lock_edition(decision.edition)
    decision = Decision.objects.select_related("revocation_answer").get(pk=decision.pk)

    if not may_answer_revocation(by, decision):
        raise PermissionDenied("A medical lead who did not give the approval answers this.")
    if decision.outcome != Outcome.REVOKE or not _is_shown(edition):
        raise ValidationError("No approval of a page that is public was taken back here.", code="no_question")
    if hasattr(decision, "revocation_answer"):
        raise ValidationError("This was answered already.", code="already_answered")
    check_given(reason, "reason_missing", "Say why the page stays up.")

    answer = RevocationAnswer(decision=decision, reason=reason, by=by, at=timezone.now())
    answer.clean_fields()
    answer.save(force_insert=True)

    record(
        "revocation.answered",
        answer,
        by=by,
        article_id=edition.article_id,
        edition=edition.number,
        digest=edition.digest,
        decision=decision.pk,
        reason=answer.reason,
    )
    return answer


def attestation(edition: Edition, outcome: str, stage: dict[str, Any]) -> str:
    """Return the exact sentence that is signed (21 CFR 11.50: the meaning of the signature)."""
    role = stage["group"].lower()
    article = "an" if role[:1] in "aeiou" else "a"
    again = outcome == Outcome.APPROVE and edition.is_published
    sentence = REAFFIRMING if again else ATTESTATIONS[Outcome(outcome)]
    return sentence.format(number=edition.number, digest=edition.digest, role=f"{article} {role}")


def _is_shown(edition: Edition) -> bool:
    """Whether the public text is this edition, or rests on its full review."""
    live = public_edition(edition.article)
    return live is not None and edition.number in (live.number, full_review_of(live.policy, live.number))


def _check_signable(
    edition: Edition, stage: dict[str, Any], outcome: str, comment: str, answers: Sequence[dict[str, str]]
) -> None:
    approves = outcome == Outcome.APPROVE
    if not approves:
        check_given(comment, "comment_missing", "Say what has to change, so that the authors can act on it.")
    against = [*open_comments(edition), *lost_ground(edition)] if approves else []
    raise_blockers([*check_answers(stage, answers, approves=approves), *against])


def _sign(
    edition: Edition,
    outcome: str,
    *,
    by: Any,
    stage: dict[str, Any],
    comment: str,
    answers: Sequence[dict[str, str]] = (),
    round: int | None = None,
) -> Decision:
    now = timezone.now()
    decision = Decision(
        edition=edition,
        round=round or edition.open_round,
        digest=edition.digest,
        stage=stage["key"],
        reviewer=by,
        outcome=outcome,
        comment=comment,
        attestation=attestation(edition, outcome, stage),
        answers=_frozen(answers),
        reviewer_snapshot=reviewer_snapshot(by, printed_name(by), stage["group"]),
        is_specialist=is_specialist(candidate(by), matter_of(edition), now.date()),
        signed_at=now,
    )
    decision.clean_fields(exclude=["reviewer_snapshot"])
    decision.save(force_insert=True)
    edition.facts["decisions"].append(decision)
    edition.facts.pop("matter", None)
    return decision


def _frozen(answers: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    return [{key: clean_text(row[key]) for key in ANSWER_KEYS} for row in answers]


def _notify_of(decision: Decision) -> None:
    edition = decision.edition
    if decision.outcome == Outcome.REVOKE:
        mail.revoked(decision)
    elif decision.outcome != Outcome.APPROVE:
        mail.returned(decision)
    elif _completes(edition):
        mail.approved(edition)


def _completes(edition: Edition) -> bool:
    """Whether the last approval is the one that was missing; more than the policy asks for are no news."""
    signed = signatures(edition)
    lacking = [missing_approvals(edition.policy, edition.content, rows) for rows in (signed[:-1], signed)]
    return bool(lacking[0]) and not lacking[1]


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
        answers=decision.answers,
        reviewer=decision.reviewer_snapshot,
        is_specialist=decision.is_specialist,
        signed_at=decision.signed_at.isoformat(timespec="microseconds"),
    )
