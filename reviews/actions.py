"""Every change of a review: submit, recall, decide, revoke, restore. Five beats: lock, check, write, record, notify.

Refusals: PermissionDenied (not you) or ValidationError with a stable code (not so). Nothing is written then.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.actions import lock, replace_content
from articles.models import Article
from articles.permissions import may_edit
from articles.snapshot import SCHEMA, digest_of, snapshot
from reviews.events import printed_name, record
from reviews.models import ChangeClass, Decision, Edition, Outcome, Recall, ReviewPolicy
from reviews.permissions import (
    candidate,
    is_specialist,
    matter_of,
    may_recall,
    may_submit,
    reasons_against,
    reviewer_snapshot,
)
from reviews.policy import Blocker, Signature, missing_in_content, stage_is_ready
from reviews.touch import lock_shared_parts, touched_by

ATTESTATIONS = {
    Outcome.APPROVE: "I have reviewed edition {number} ({digest}) as {role} and approve it for publication.",
    Outcome.REQUEST_CHANGES: "I have reviewed edition {number} ({digest}) as {role} and ask for changes.",
    Outcome.REJECT: "I have reviewed edition {number} ({digest}) as {role} and reject it.",
    Outcome.REVOKE: "I take back my approval of edition {number} ({digest}), given as {role}.",
}

#: Called in the transaction with an edition whose approval was taken back; `publishing` shows it on the live page.
after_revoke: list[Callable[..., None]] = []


@transaction.atomic(durable=True)
def submit(
    article: Article,
    *,
    by: Any,
    expected_version: int | None = None,
    change_class: str = ChangeClass.SUBSTANTIVE,
    note: str = "",
) -> Edition:
    """Freeze the draft into the next edition and open its review; raise ValidationError listing what is missing."""
    article = lock(article)
    lock_shared_parts(article)

    if not may_submit(by, article):
        raise PermissionDenied("You may not submit this article for review.")
    content = snapshot(article)
    policy = _policy_for(article)
    base = _base_of(article)
    _check_submittable(article, content, policy, expected_version)

    edition = _frozen(article, content, policy, base, by=by)
    edition.change_class, edition.note = change_class, note
    edition.clean_fields(exclude=["based_on", "content", "touched_by", "policy"])
    edition.save(force_insert=True)

    record(
        "edition.submitted",
        edition,
        by=by,
        article_id=article.pk,
        number=edition.number,
        digest=edition.digest,
        change_class=change_class,
        note=edition.note,
        touched_by=edition.touched_by,
        slug=edition.slug,
        language=edition.language,
        based_on=base.number if base else 0,
        policy=f"{policy['name']}, version {policy['version']}",
        policy_digest=digest_of(policy),
    )
    return edition


@transaction.atomic(durable=True)
def recall(edition: Edition, *, by: Any, reason: str) -> Recall:
    """Take an open edition out of review; the draft goes on."""
    edition = lock_edition(edition)

    if not may_recall(by, edition):
        raise PermissionDenied("Only who submitted an edition, or an editor, may recall it.")
    _check_open(edition)
    _check_given(reason, "reason_missing", "Say why you recall this edition.")

    fact = Recall(edition=edition, by=by, reason=reason, at=timezone.now())
    fact.clean_fields()
    fact.save(force_insert=True)

    record("edition.recalled", edition, by=by, article_id=edition.article_id, number=edition.number, reason=fact.reason)
    return fact


@transaction.atomic(durable=True)
def decide(edition: Edition, outcome: str, *, by: Any, stage: str, expected_digest: str, comment: str = "") -> Decision:
    """Sign an outcome on the very bytes the reviewer saw. Any outcome but approve closes the edition."""
    edition = lock_edition(edition)
    today = timezone.now().date()

    if outcome not in (Outcome.APPROVE, Outcome.REQUEST_CHANGES, Outcome.REJECT):
        raise ValidationError("Choose approve, request changes or reject.", code="unknown_outcome")
    rules = _stage_of(edition, stage)
    _check_same_bytes(edition, expected_digest)
    _check_open(edition)
    if reasons := reasons_against(by, edition, rules, today=today):
        raise PermissionDenied(" ".join(reason.message for reason in reasons))
    if not stage_is_ready(edition.policy, rules, signatures(edition)):
        raise ValidationError(
            f"{rules['label']} comes later: the stage before it is not complete.", code="stage_not_ready"
        )
    if outcome != Outcome.APPROVE:
        _check_given(comment, "comment_missing", "Say what has to change, so that the authors can act on it.")

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
    _check_given(reason, "reason_missing", "Say why you take your approval back.")

    decision = _sign(edition, Outcome.REVOKE, by=by, stage=_stage_of(edition, stage), comment=reason)
    for show in after_revoke:
        show(edition, by=by)

    _record_decision(decision)
    return decision


@transaction.atomic(durable=True)
def restore(edition: Edition, *, by: Any, reason: str) -> Article:
    """Copy an edition back into the draft, which can then be changed and submitted as the next number."""
    article = lock(edition.article)

    if not may_edit(by, article):
        raise PermissionDenied("You may not change this article.")
    if digest_of(edition.content) != edition.digest:
        raise ValidationError("The stored edition does not match its digest.", code="digest_mismatch")
    _check_given(reason, "reason_missing", "Say why you restore this edition.")

    article = replace_content(article, edition.content, by=by, reason=reason)

    record(
        "edition.restored",
        edition,
        by=by,
        article_id=article.pk,
        number=edition.number,
        reason=reason,
        draft_version=article.version,
    )
    return article


def signatures(edition: Edition) -> list[Signature]:
    """Return the decisions of an edition as the plain values that a policy reads."""
    return [
        Signature(row.reviewer_id, row.stage, row.outcome, row.is_specialist, row.reviewer_snapshot["name"])
        for row in edition.facts["decisions"]
    ]


def attestation(edition: Edition, outcome: str, stage: dict[str, Any]) -> str:
    """Return the exact sentence that is signed (21 CFR 11.50: the meaning of the signature)."""
    role = stage["group"].lower()
    article = "an" if role[:1] in "aeiou" else "a"
    return ATTESTATIONS[Outcome(outcome)].format(number=edition.number, digest=edition.digest, role=f"{article} {role}")


def submission_blockers(article: Article) -> list[Blocker]:
    """Return what the draft lacks before it can be submitted, for the screen that shows it."""
    return missing_in_content(_policy_for(article), snapshot(article), today=timezone.now().date())


def raise_blockers(blockers: list[Blocker]) -> None:
    """Raise one ValidationError holding every blocker with its code."""
    if blockers:
        raise ValidationError([ValidationError(row.message, code=row.code) for row in blockers])


def lock_edition(edition: Edition) -> Edition:
    """Lock the article's row, then read the edition afresh."""
    lock(edition.article)
    rows = Edition.objects.with_address().select_related("article", "publication", "recall")
    rows = rows.prefetch_related("decisions")
    return rows.get(pk=edition.pk)


def _policy_for(article: Article) -> dict[str, Any]:
    policy = ReviewPolicy.objects.prefetch_related("stages").filter(risk_tier=article.risk_tier).first()
    if policy is None:
        raise ValidationError(f"There is no review policy for risk tier {article.risk_tier}.", code="policy_missing")
    return policy.snapshot()


def _base_of(article: Article) -> Edition | None:
    """The newest edition that became public: what the next one is compared with and counted from."""
    return article.editions.filter(publication__isnull=False).order_by("-number").first()


def _frozen(
    article: Article, content: dict[str, Any], policy: dict[str, Any], base: Edition | None, *, by: Any
) -> Edition:
    """Return the unsaved next edition of an article."""
    last = article.editions.order_by("-number").first()
    return Edition(
        article=article,
        number=last.number + 1 if last else 1,
        content=content,
        digest=digest_of(content),
        schema=SCHEMA,
        slug=article.slug,
        language=article.language,
        based_on=base,
        touched_by=touched_by(article, base, submitter=by),
        policy=policy,
        submitted_by=by,
        submitted_at=timezone.now(),
    )


def _check_submittable(
    article: Article, content: dict[str, Any], policy: dict[str, Any], expected_version: int | None
) -> None:
    if article.archived_at:
        raise ValidationError("This article is archived and cannot be submitted.", code="archived")
    if expected_version is not None and expected_version != article.version:
        raise ValidationError(
            "The draft changed after this page was opened. Look at it again before you submit it.",
            code="version_conflict",
        )
    if current := article.editions.open().first():
        raise ValidationError(
            f"Edition {current.number} is still in review. Recall it before you submit the next.",
            code="edition_open",
        )
    _check_address(article)
    _check_changed(article, digest_of(content))
    raise_blockers(missing_in_content(policy, content, today=timezone.now().date()))


def _check_address(article: Article) -> None:
    """A public address stays with its article: it neither changes with a new edition nor goes to another article."""
    public = Edition.objects.filter(publication__isnull=False)
    mine = public.filter(article=article).order_by("-number").first()
    if mine and (mine.language, mine.slug) != (article.language, article.slug):
        raise ValidationError(
            f"This article is public as “{mine.slug}” ({mine.language}). Keep that address in the draft.",
            code="address_changed",
        )
    if public.filter(language=article.language, slug=article.slug).exclude(article=article).exists():
        raise ValidationError(
            f"“{article.slug}” is, or was, the public address of another article. Choose another.", code="address_taken"
        )


def _check_changed(article: Article, digest: str) -> None:
    for same in article.editions.filter(digest=digest).with_state():
        returned = same.decisions.filter(outcome__in=[Outcome.REQUEST_CHANGES, Outcome.REJECT]).exists()
        is_live = same.is_published and not same.publication.is_ended
        if returned or is_live:
            what = "is the public text" if is_live else "was returned by its reviewers"
            raise ValidationError(
                f"Nothing changed since edition {same.number}, which {what}. Change the draft first.",
                code="unchanged",
            )


def _stage_of(edition: Edition, key: str) -> dict[str, Any]:
    stage = edition.stage(key)
    if stage is None:
        names = ", ".join(stage["key"] for stage in edition.policy["stages"])
        raise ValidationError(f"This edition has no stage “{key}”; it has {names}.", code="unknown_stage")
    return stage


def _check_same_bytes(edition: Edition, expected_digest: str) -> None:
    if expected_digest != edition.digest:
        raise ValidationError(
            "The page you decided on shows another text than this edition. Open it again.", code="stale_page"
        )
    if digest_of(edition.content) != edition.digest:
        raise ValidationError("The stored edition does not match its digest.", code="digest_mismatch")


def _check_open(edition: Edition) -> None:
    if edition.is_published:
        raise ValidationError("This edition is public already.", code="already_published")
    if edition.is_closed:
        raise ValidationError(
            "The review of this edition has ended: it was recalled or returned.", code="edition_closed"
        )


def _check_given(text: str, code: str, message: str) -> None:
    if not text.strip():
        raise ValidationError(message, code=code)


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
