"""Publish at a set time: schedule, unschedule, and what the worker does when the time has come."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, InternalError, transaction
from django.utils import timezone

from articles.actions import lock
from publishing import mail
from publishing.actions.gates import (
    check_correction,
    check_not_scheduled,
    check_publishable,
    publication_blockers,
)
from publishing.actions.publication import check_may_release, make_public
from publishing.circumstances import lines_of
from publishing.models import Schedule, ScheduleEnd, ScheduleOutcome
from reviews.actions import lock_edition, raise_blockers
from reviews.events import record
from reviews.models import Edition
from reviews.system import system_user

#: A schedule that fires later than this after its time is marked as late.
LATE = timedelta(minutes=5)
LONGEST = timedelta(days=366)


@transaction.atomic(durable=True)
def schedule(
    edition: Edition,
    at: datetime,
    zone: str,
    *,
    by: Any,
    expected_digest: str,
    fold: int | None = None,
    note: str = "",
    correction_kind: str = "",
    correction_summary: str = "",
) -> Schedule:
    """Have an approved edition published at a local time (`at`, without zone) of an IANA time zone.

    Where clocks go back the hour comes twice: `fold` 0 is the first, 1 the second. Every gate is run now, and again
    when the time has come.
    """
    edition = lock_edition(edition)
    now = timezone.now()

    check_may_release(by, edition)
    due_at = moment_of(at, zone, fold=fold)
    _check_time(due_at, now)
    check_not_scheduled(edition)
    check_publishable(edition, expected_digest)
    raise_blockers(publication_blockers(edition, today=now.date()))
    lines = lines_of([edition.article_id])[edition.article_id]
    check_correction(edition, lines, correction_kind, correction_summary)

    fact = Schedule(
        edition=edition,
        digest=edition.digest,
        due_at=due_at,
        zone=zone,
        note=note,
        correction_kind=correction_kind,
        correction_summary=correction_summary,
        by=by,
        at=now,
    )
    fact.clean_fields(exclude=["edition"])
    fact.save(force_insert=True)

    record(
        "edition.scheduled",
        fact,
        by=by,
        article_id=edition.article_id,
        edition=edition.number,
        digest=fact.digest,
        due_at=fact.due_at.isoformat(timespec="microseconds"),
        zone=fact.zone,
        note=fact.note,
        correction_kind=fact.correction_kind,
        correction_summary=fact.correction_summary,
    )
    return fact


@transaction.atomic(durable=True)
def unschedule(schedule: Schedule, *, by: Any, reason: str) -> ScheduleEnd:
    """Take a schedule back before it fires."""
    lock(schedule.edition.article)
    schedule = Schedule.objects.select_related("edition__article", "end").get(pk=schedule.pk)

    check_may_release(by, schedule.edition)
    if not schedule.is_waiting:
        raise ValidationError("This schedule has ended already.", code="schedule_ended")
    if not reason.strip():
        raise ValidationError("Say why it is taken off the schedule.", code="reason_missing")

    return _end(schedule, ScheduleOutcome.CANCELLED, by=by, reason=reason)


def next_due(*, now: datetime, without: set[int]) -> int | None:
    """Return the id of the earliest schedule whose time has come and that is not in `without`."""
    due = Schedule.objects.waiting().filter(due_at__lte=now).exclude(pk__in=without).order_by("due_at", "pk")
    return due.values_list("pk", flat=True).first()


@transaction.atomic(durable=True)
def fire(schedule_id: int, *, now: datetime) -> ScheduleEnd | None:
    """Publish what was scheduled and return how that ended; None where another worker holds it, or it has ended.

    One transaction: all of it or nothing. A refusal ends the schedule; whatever else goes wrong leaves it waiting.
    """
    due = Schedule.objects.filter(pk=schedule_id, due_at__lte=now).select_for_update(skip_locked=True, of=("self",))
    row = due.select_related("edition__article", "by").first()
    if row is None or not row.is_waiting:
        return None
    edition = lock_edition(row.edition)
    system = system_user()
    is_late = now - row.due_at > LATE

    try:
        with transaction.atomic():
            _release(row, edition, system)
    except (ValidationError, PermissionDenied) as error:
        return _end(row, ScheduleOutcome.FAILED, by=system, reason=_words(error), is_late=is_late)
    except (IntegrityError, InternalError) as error:  # A guard of the database refused it.
        return _end(row, ScheduleOutcome.FAILED, by=system, reason=f"The database refused: {error}", is_late=is_late)
    return _end(row, ScheduleOutcome.FIRED, by=system, is_late=is_late)


def moment_of(at: datetime, zone: str, *, fold: int | None = None) -> datetime:
    """Return a local time as UTC. Raises ValidationError where it does not exist, or comes twice and `fold` is None."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ModuleNotFoundError, ValueError, OSError) as error:
        raise ValidationError(f"There is no time zone “{zone}”.", code="unknown_zone") from error
    local = at.replace(tzinfo=None)
    first, second = (local.replace(tzinfo=place, fold=which) for which in (0, 1))
    if first.astimezone(UTC).astimezone(place).replace(tzinfo=None) != local:
        raise ValidationError(
            f"{local:%H:%M on %-d %B %Y} does not exist in {zone}: clocks are put forward then. Choose another time.",
            code="time_skipped",
        )
    if first.utcoffset() != second.utcoffset() and fold is None:
        raise ValidationError(
            f"{local:%H:%M on %-d %B %Y} comes twice in {zone}, as clocks are put back: choose the first "
            f"({first:%Z}, UTC{first:%z}) or the second ({second:%Z}, UTC{second:%z}).",
            code="time_twice",
        )
    return (second if fold else first).astimezone(UTC)


def _release(row: Schedule, edition: Edition, system: Any) -> None:
    """Every gate again, as things stand now; also whoever scheduled it must still be allowed to publish it."""
    check_may_release(row.by, edition)
    make_public(
        edition,
        by=system,
        expected_digest=row.digest,
        note=row.note,
        correction_kind=row.correction_kind,
        correction_summary=row.correction_summary,
    )


def _end(schedule: Schedule, outcome: str, *, by: Any, reason: str = "", is_late: bool = False) -> ScheduleEnd:
    fact = ScheduleEnd(schedule=schedule, outcome=outcome, reason=reason, is_late=is_late, by=by, at=timezone.now())
    fact.clean_fields()
    fact.save(force_insert=True)

    edition = schedule.edition
    record(
        "schedule.ended",
        fact,
        by=by,
        article_id=edition.article_id,
        edition=edition.number,
        outcome=outcome,
        reason=fact.reason,
        is_late=is_late,
        scheduled_by=schedule.by_id,
        due_at=schedule.due_at.isoformat(timespec="microseconds"),
    )
    if outcome == ScheduleOutcome.FAILED:
        mail.schedule_failed(fact)
    return fact


def _check_time(due_at: datetime, now: datetime) -> None:
    if due_at <= now:
        raise ValidationError("This time has passed. Choose a later one, or publish now.", code="time_passed")
    if due_at > now + LONGEST:
        raise ValidationError("Choose a time within a year: approvals do not keep for ever.", code="time_too_far")


def _words(error: ValidationError | PermissionDenied) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
