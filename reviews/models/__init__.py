"""Facts about editions: what was submitted, who was asked, what they said and signed, and the chain of events."""

from reviews.models.assignment import (
    Assignment,
    AssignmentReply,
    Override,
    ReplyKind,
    ReviewerSettings,
    SentReminder,
)
from reviews.models.comment import Comment, Disposition, Resolution, Severity
from reviews.models.edition import ChangeClass, Decision, Edition, Outcome, Recall
from reviews.models.event import GENESIS_HASH, Event
from reviews.models.policy import ReviewPolicy, Stage
from reviews.models.round import Reaffirmation, ReviewRound, RevocationAnswer

__all__ = [
    "GENESIS_HASH",
    "Assignment",
    "AssignmentReply",
    "ChangeClass",
    "Comment",
    "Decision",
    "Disposition",
    "Edition",
    "Event",
    "Outcome",
    "Override",
    "Reaffirmation",
    "Recall",
    "ReplyKind",
    "Resolution",
    "ReviewPolicy",
    "ReviewRound",
    "ReviewerSettings",
    "RevocationAnswer",
    "SentReminder",
    "Severity",
    "Stage",
]
