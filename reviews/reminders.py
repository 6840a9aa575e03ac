"""Reminders of reviews that are due, once for each assignment and distance from its due date (REMINDER_DAYS)."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef

from reviews.letters import Delivery, Letter, addressed, send
from reviews.mail import asked, day, edition_of, name_of, sentences, stage_of, turn
from reviews.models import Assignment, SentReminder

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reminder:
    """What came of one assignment: `error` says why nothing was done, and it is tried again in the next run."""

    assignment_id: int
    days: int
    delivery: Delivery = field(default_factory=Delivery)
    error: str = ""

    @property
    def is_failed(self) -> bool:
        return bool(self.error or self.delivery.failed)


def send_due(*, now: datetime) -> list[Reminder]:
    """Send what is due at `now` and return what came of each assignment. However often it runs, nothing goes out twice.

    After a pause only the newest distance that has passed is mailed; older ones are entered in the ledger without mail.
    A distance that had passed when the assignment was made counts for nothing: it was just asked for. The ledger is
    written first: a mail that is refused then is reported, and the next distance comes. Where no mail server answers
    the rest is left for the next run.
    """
    distances = sorted(set(settings.REMINDER_DAYS))
    reminders: list[Reminder] = []
    for pk, days in due(distances, now=now):
        reminders.append(_attempt(pk, days, distances, now=now))
        if reminders[-1].delivery.unanswered:
            break
    return reminders


def due(distances: Sequence[int], *, now: datetime) -> list[tuple[int, int]]:
    """Return (assignment id, distance) of what waits and was not reminded at the newest distance that has passed.

    As many queries as there are distances, however many assignments there are.
    """
    found: list[tuple[int, int]] = []
    for days, later in zip(distances, [*distances[1:], None], strict=False):
        rows: Any = Assignment.objects.waiting().filter(
            ~Exists(SentReminder.objects.filter(assignment=OuterRef("pk"), days=days)),
            due_at__lte=now - timedelta(days=days),
            at__lt=F("due_at") + timedelta(days=days),
        )
        if later is not None:
            rows = rows.filter(due_at__gt=now - timedelta(days=later))
        found += [(pk, days) for pk in rows.order_by("due_at", "pk").values_list("pk", flat=True)]
    return found


def _attempt(pk: int, days: int, distances: Sequence[int], *, now: datetime) -> Reminder:
    try:
        return Reminder(pk, days, _remind(pk, days, distances, now=now))
    except Exception as error:
        logger.exception("The reminder of assignment %s at %+d days failed", pk, days)
        return Reminder(pk, days, error=repr(error))


def _remind(pk: int, days: int, distances: Sequence[int], *, now: datetime) -> Delivery:
    """Write the letters, enter them in the ledger, send them. Nothing where it was decided, or entered, meanwhile."""
    assignment = Assignment.objects.waiting().select_related("assigned_by").filter(pk=pk).first()
    if assignment is None:
        return Delivery()
    mails = addressed(_letters(assignment, now=now))
    since = assignment.at - assignment.due_at
    passed = [step for step in distances if step <= days and timedelta(days=step) > since]
    return send(mails) if _enter(assignment, passed, now=now) else Delivery()


def _enter(assignment: Assignment, passed: list[int], *, now: datetime) -> bool:
    """Write the ledger in a transaction of its own; return False where another run was faster."""
    entered = set(SentReminder.objects.filter(assignment=assignment).values_list("days", flat=True))
    if passed[-1] in entered:
        return False
    rows = [SentReminder(assignment=assignment, days=days, at=now) for days in passed if days not in entered]
    try:
        with transaction.atomic(durable=True):
            SentReminder.objects.bulk_create(rows)
    except IntegrityError:
        return False
    return True


def _letters(assignment: Any, *, now: datetime) -> Iterator[Letter]:
    """Remind the holder, or the pool; once it is overdue tell who asked, and at once where nobody can answer."""
    edition = edition_of(assignment.edition_id)
    stage, date = stage_of(edition, assignment.stage), day(assignment.due_at)
    asker = frozenset({assignment.assigned_by_id})
    holder = get_user_model().objects.filter(pk=assignment.holder_id).first()
    to = asked(assignment, assignment.holder_id, edition)
    is_overdue = assignment.due_at < now
    was_due = f"{'It was' if is_overdue else 'It is'} due on {date}."
    heading = "Review overdue" if is_overdue else f"Review due on {date}"

    if (holder and not holder.is_active) or not to:
        reason = f"the account of {name_of(holder)} is switched off" if holder else "nobody may claim it now"
        what = f"You asked for {stage['label']} of this edition, and {reason}."
        yield Letter(edition, "Nobody to review", (what, was_due, "Ask somebody else."), asker)
        return

    yours = "You were asked to review this edition" if holder else "A review of this edition waits to be claimed"
    yield Letter(edition, heading, sentences(f"{yours}: {stage['label']}.", was_due, turn(assignment, edition)), to)
    if is_overdue:
        whose = f"{name_of(holder)} has not decided on this edition" if holder else "Nobody has claimed this review"
        what = f"{whose} yet: {stage['label']}."
        yield Letter(edition, heading, (what, was_due, "Ask again, or ask somebody else."), asker)
