"""Every change of a review. Five beats in each action: lock, check, write, record, notify.

Refusals: PermissionDenied (not you) or ValidationError with a stable code (not so). Nothing is written then.
"""

from reviews.actions.decisions import after_revoke, attestation, decide, revoke
from reviews.actions.editions import recall, restore, submission_blockers, submit
from reviews.actions.locking import lock_edition, raise_blockers, signatures

__all__ = [
    "after_revoke",
    "attestation",
    "decide",
    "lock_edition",
    "raise_blockers",
    "recall",
    "restore",
    "revoke",
    "signatures",
    "submission_blockers",
    "submit",
]
