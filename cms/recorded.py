"""What each action records, and how its event must agree with the row: `manage.py verify` holds them together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from publishing.models import Publication, Withdrawal
from reviews.models import (
    Assignment,
    AssignmentReply,
    Comment,
    Decision,
    Edition,
    Override,
    Reaffirmation,
    Recall,
    Resolution,
    ReviewRound,
    RevocationAnswer,
)


@dataclass(frozen=True)
class Fact:
    """A row that an event must tell of: who did it, in which article, and what the event's payload says of it."""

    model: type[models.Model]
    about: type[models.Model]
    key: str  # The column that holds the id of what the event is about.
    actor: str
    rows: Callable[[], Any]
    article: Callable[[Any], Any]
    payload: Callable[[Any], dict[str, Any]]


#: What each action records, and how its event must agree with the row.
FACTS = {
    "edition.submitted": Fact(
        Edition,
        Edition,
        "id",
        "submitted_by_id",
        lambda: Edition.objects.defer("content"),
        lambda row: row.article_id,
        lambda row: {
            "number": row.number,
            "digest": row.digest,
            "change_class": row.change_class,
            "note": row.note,
            "touched_by": row.touched_by,
            "policy": f"{row.policy['name']}, version {row.policy['version']}",
        },
    ),
    "edition.decided": Fact(
        Decision,
        Decision,
        "id",
        "reviewer_id",
        lambda: Decision.objects.select_related("edition").defer("edition__content"),
        lambda row: row.edition.article_id,
        lambda row: {
            "edition": row.edition.number,
            "digest": row.digest,
            "stage": row.stage,
            "round": row.round,
            "outcome": row.outcome,
            "comment": row.comment,
            "attestation": row.attestation,
            "answers": row.answers,
            "reviewer": row.reviewer_snapshot,
            "is_specialist": row.is_specialist,
            "signed_at": row.signed_at.isoformat(timespec="microseconds"),
        },
    ),
    "edition.recalled": Fact(
        Recall,
        Edition,
        "edition_id",
        "by_id",
        lambda: Recall.objects.select_related("edition").defer("edition__content"),
        lambda row: row.edition.article_id,
        lambda row: {"number": row.edition.number, "reason": row.reason},
    ),
    "edition.published": Fact(
        Publication,
        Publication,
        "id",
        "published_by_id",
        lambda: Publication.objects.select_related("edition").defer("edition__content"),
        lambda row: row.article_id,
        lambda row: {
            "seq": row.seq,
            "edition": row.edition.number,
            "digest": row.digest,
            "change": row.change,
            "note": row.note,
        },
    ),
    "publication.withdrawn": Fact(
        Withdrawal,
        Withdrawal,
        "id",
        "by_id",
        lambda: Withdrawal.objects.select_related("publication__edition").defer("publication__edition__content"),
        lambda row: row.publication.article_id,
        lambda row: {
            "seq": row.publication.seq,
            "edition": row.publication.edition.number,
            "digest": row.publication.digest,
            "kind": row.kind,
            "reason": row.reason,
            "reader_message": row.reader_message,
            "replacement": str(row.replacement_id or ""),
        },
    ),
    "review.assigned": Fact(
        Assignment,
        Assignment,
        "id",
        "assigned_by_id",
        lambda: Assignment.objects.select_related("edition").defer("edition__content"),
        lambda row: row.edition.article_id,
        lambda row: {
            "edition": row.edition.number,
            "round": row.round,
            "stage": row.stage,
            "reviewer": row.reviewer_id or 0,
            "due_at": row.due_at.isoformat(timespec="microseconds"),
            "note": row.note,
        },
    ),
    "review.answered": Fact(
        AssignmentReply,
        AssignmentReply,
        "id",
        "by_id",
        lambda: AssignmentReply.objects.select_related("assignment__edition").defer("assignment__edition__content"),
        lambda row: row.assignment.edition.article_id,
        lambda row: {
            "edition": row.assignment.edition.number,
            "assignment": row.assignment_id,
            "kind": row.kind,
            "reason": row.reason,
        },
    ),
    "conflict.overridden": Fact(
        Override,
        Override,
        "id",
        "by_id",
        lambda: Override.objects.select_related("edition").defer("edition__content"),
        lambda row: row.edition.article_id,
        lambda row: {
            "edition": row.edition.number,
            "digest": row.digest,
            "stage": row.stage,
            "reviewer": row.reviewer_id,
            "reviewer_name": row.reviewer_name,
            "codes": row.codes,
            "reason": row.reason,
            "attestation": row.attestation,
            "signer": row.signer_snapshot,
        },
    ),
    "comment.made": Fact(
        Comment,
        Comment,
        "id",
        "author_id",
        lambda: Comment.objects.select_related("edition").defer("edition__content"),
        lambda row: row.edition.article_id,
        lambda row: {
            "edition": row.edition.number,
            "parent": row.parent_id or 0,
            "place": row.place,
            "exact": row.exact,
            "prefix": row.prefix,
            "suffix": row.suffix,
            "severity": row.severity,
            "text": row.text,
        },
    ),
    "comment.resolved": Fact(
        Resolution,
        Resolution,
        "id",
        "by_id",
        lambda: Resolution.objects.select_related("comment__edition").defer("comment__edition__content"),
        lambda row: row.comment.edition.article_id,
        lambda row: {
            "edition": row.comment.edition.number,
            "comment": row.comment_id,
            "disposition": row.disposition,
            "answer": row.answer,
        },
    ),
    "round.opened": Fact(
        ReviewRound,
        ReviewRound,
        "id",
        "opened_by_id",
        lambda: ReviewRound.objects.select_related("edition").defer("edition__content"),
        lambda row: row.edition.article_id,
        lambda row: {
            "edition": row.edition.number,
            "digest": row.edition.digest,
            "round": row.number,
            "reason": row.reason,
        },
    ),
    "edition.reaffirmed": Fact(
        Reaffirmation,
        Reaffirmation,
        "id",
        "by_id",
        lambda: Reaffirmation.objects.select_related("round__edition").defer("round__edition__content"),
        lambda row: row.round.edition.article_id,
        lambda row: {"edition": row.round.edition.number, "digest": row.digest, "round": row.round.number},
    ),
    "revocation.answered": Fact(
        RevocationAnswer,
        RevocationAnswer,
        "id",
        "by_id",
        lambda: RevocationAnswer.objects.select_related("decision__edition").defer("decision__edition__content"),
        lambda row: row.decision.edition.article_id,
        lambda row: {
            "edition": row.decision.edition.number,
            "digest": row.decision.edition.digest,
            "decision": row.decision_id,
            "reason": row.reason,
        },
    ),
}
