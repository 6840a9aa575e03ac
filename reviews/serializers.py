"""What the editorial API takes and shows of reviews."""

from typing import Any

from rest_framework import serializers

from articles.serializers import StrictSerializer
from reviews.models import ChangeClass, Decision, Edition, Outcome
from reviews.policy import ANSWERS

DECIDABLE = [choice for choice in Outcome.choices if choice[0] != Outcome.REVOKE]


class SubmissionInput(StrictSerializer):
    expected_version = serializers.IntegerField(min_value=1, required=False)
    change_class = serializers.ChoiceField(choices=ChangeClass.choices, default=ChangeClass.SUBSTANTIVE)
    note = serializers.CharField(max_length=2_000, allow_blank=True, default="")


class AnswerInput(StrictSerializer):
    """One answer to the checklist of a stage, with the question in the words in which it was asked."""

    question = serializers.CharField(max_length=500)
    answer = serializers.ChoiceField(choices=list(ANSWERS))
    comment = serializers.CharField(max_length=2_000, allow_blank=True, default="")


class DecisionInput(StrictSerializer):
    """`digest` is the one the reviewer was shown; `password` signs an approval."""

    outcome = serializers.ChoiceField(choices=DECIDABLE)
    stage = serializers.SlugField(max_length=40)
    digest = serializers.CharField(max_length=71)
    comment = serializers.CharField(max_length=10_000, allow_blank=True, default="")
    answers = AnswerInput(many=True, default=list)
    password = serializers.CharField(max_length=500, default="", trim_whitespace=False)


class ReasonInput(StrictSerializer):
    reason = serializers.CharField(max_length=5_000)


class RevocationInput(ReasonInput):
    stage = serializers.SlugField(max_length=40)


def edition_output(edition: Edition, *, whole: bool = False) -> dict[str, Any]:
    shown = {
        "id": edition.pk,
        "article_id": str(edition.article_id),
        "number": edition.number,
        "digest": edition.digest,
        "change_class": edition.change_class,
        "note": edition.note,
        "submitted_by": edition.submitted_by_id,
        "submitted_at": edition.submitted_at.isoformat(),
        "is_open": edition.is_open,
        "policy": edition.policy,
        "decisions": [decision_output(row) for row in edition.facts["decisions"]],
    }
    return shown | {"content": edition.content} if whole else shown


def decision_output(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.pk,
        "outcome": decision.outcome,
        "stage": decision.stage,
        "round": decision.round,
        "digest": decision.digest,
        "reviewer": decision.reviewer_snapshot["name"],
        "comment": decision.comment,
        "answers": decision.answers,
        "attestation": decision.attestation,
        "signed_at": decision.signed_at.isoformat(),
    }
