"""Every change of a review. Five beats in each action: lock, check, write, record, notify.

Refusals: PermissionDenied (not you) or ValidationError with a stable code (not so). Nothing is written then.
"""

from reviews.actions.assignments import (
    accept,
    assign,
    cancel,
    claim,
    decline,
    override,
    override_sentence,
    reassign,
)
from reviews.actions.comments import answer, comment, resolve
from reviews.actions.decisions import after_revoke, answer_revocation, attestation, decide, revoke
from reviews.actions.editions import public_changes, public_edition, recall, restore, submission_blockers, submit
from reviews.actions.locking import lock_edition, lost_ground, open_comments, raise_blockers, signatures
from reviews.actions.rounds import open_round

__all__ = [
    "accept",
    "after_revoke",
    "answer",
    "answer_revocation",
    "assign",
    "attestation",
    "cancel",
    "claim",
    "comment",
    "decide",
    "decline",
    "lock_edition",
    "lost_ground",
    "open_comments",
    "open_round",
    "override",
    "override_sentence",
    "public_changes",
    "public_edition",
    "raise_blockers",
    "reassign",
    "recall",
    "resolve",
    "restore",
    "revoke",
    "signatures",
    "submission_blockers",
    "submit",
]
