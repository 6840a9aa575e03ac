"""Every change of what the public sees. Five beats in each action: lock, check, write, record, notify.

Refusals: PermissionDenied (not you) or ValidationError with a stable code (not so). Nothing is written then.
"""

from typing import Any

from django.utils import timezone

from publishing.actions import gates
from publishing.actions.addresses import move
from publishing.actions.alerts import (
    articles_to_alert,
    open_alerts,
    raise_concern,
    resolve_alert,
    resolving_sentence,
    withdraw_part,
)
from publishing.actions.gates import reaffirmation_blockers
from publishing.actions.publication import endorse, endorsing_sentence, publish, reaffirm, show_revocation
from publishing.actions.schedules import fire, next_due, schedule, unschedule
from publishing.actions.validity import due_milestones, extend, extending_sentence, reach
from publishing.actions.withdrawals import ratify, withdraw
from reviews.models import Edition
from reviews.policy import Blocker

__all__ = [
    "articles_to_alert",
    "due_milestones",
    "endorse",
    "endorsing_sentence",
    "extend",
    "extending_sentence",
    "fire",
    "move",
    "next_due",
    "open_alerts",
    "publication_blockers",
    "publish",
    "raise_concern",
    "ratify",
    "reach",
    "reaffirm",
    "reaffirmation_blockers",
    "resolve_alert",
    "resolving_sentence",
    "schedule",
    "show_revocation",
    "unschedule",
    "withdraw",
    "withdraw_part",
]


def publication_blockers(edition: Edition) -> list[Blocker]:
    """Return everything that keeps an edition from being published today, for the screen that shows it."""
    today: Any = timezone.now().date()
    return gates.publication_blockers(edition, today=today)
