"""What the worker does in one round. Each item is a transaction of its own: one that fails stops nothing."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from publishing import actions, mail, store
from publishing.models import (
    PartWithdrawal,
    Publication,
    ScheduleOutcome,
    SentNotice,
    Withdrawal,
    WithdrawalKind,
    WorkerRun,
)
from reviews import reminders
from reviews.models import ChangeClass

logger = logging.getLogger(__name__)

#: How long a second person has to stand behind a suspension or an emergency publication.
PATIENCE = timedelta(hours=72)


@dataclass
class Round:
    """What came of one round: how many of each, and what could not be done, in words."""

    done: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        if number:
            self.done[what] = self.done.get(what, 0) + number


def run(*, now: datetime | None = None, stopped: Callable[[], bool] = lambda: False) -> Round:
    """Do everything that is due at `now`, by default as it is; between two items ask whether to stop."""
    round = Round()
    for work in (_schedules, _milestones, _alerts, _debts, _reminders, _pages):
        for attempt in work(round, now):
            if stopped():
                return round
            _try(attempt, round)
    WorkerRun.objects.update_or_create(pk=1, defaults={"at": now or timezone.now()})
    return round


def _try(attempt: Callable[[], Any], round: Round) -> None:
    try:
        attempt()
    except Exception as error:
        logger.exception("The worker could not finish an item")
        round.failed.append(f"{type(error).__name__}: {error}")


def _schedules(round: Round, now: datetime | None) -> Iterator[Callable[[], Any]]:
    """Publish what is due, earliest first. One that breaks, rather than being refused, is tried again next round."""
    seen: set[int] = set()
    more = True

    def attempt() -> None:
        nonlocal more
        due = actions.next_due(now=now or timezone.now(), without=seen)
        if due is None:
            more = False
            return
        seen.add(due)
        end = actions.fire(due, now=now or timezone.now())
        if end is None:
            return  # Another worker was faster, or it was unscheduled meanwhile.
        round.count("published" if end.outcome == ScheduleOutcome.FIRED else "refused")
        if end.is_late:
            round.count("late")

    while more:
        yield attempt


def _milestones(round: Round, now: datetime | None) -> Iterator[Callable[[], Any]]:
    moment = now or timezone.now()
    for article_id, kind in actions.due_milestones(moment.date()):

        def attempt(article_id: Any = article_id, kind: Any = kind) -> None:
            if actions.reach(article_id, kind, now=now or timezone.now()):
                round.count(kind.value)

        yield attempt


def _alerts(round: Round, now: datetime | None) -> Iterator[Callable[[], Any]]:
    """Finish raising alerts about what was withdrawn."""
    for part in PartWithdrawal.objects.order_by("pk"):
        if actions.articles_to_alert(part):
            yield partial(_open_alerts, part, round)


def _open_alerts(part: PartWithdrawal, round: Round) -> None:
    round.count("alerts", len(actions.open_alerts(part)))


def _debts(round: Round, now: datetime | None) -> Iterator[Callable[[], Any]]:
    """Tell of suspensions that nobody ratified, and of emergency publications that nobody approved, once each."""
    limit = (now or timezone.now()) - PATIENCE
    for withdrawal in _told_once("unratified", unratified().filter(at__lte=limit)):
        yield partial(_tell, "unratified", withdrawal, mail.unratified, round, now)
    for publication in _told_once("unendorsed", unendorsed().filter(published_at__lte=limit)):
        yield partial(_tell, "unendorsed", publication, mail.unendorsed, round, now)


def unratified() -> Any:
    """The suspensions that still keep a page off the site and that no second lead stands behind."""
    later = Publication.objects.filter(article=OuterRef("publication__article"), seq__gt=OuterRef("publication__seq"))
    rows = Withdrawal.objects.filter(~Exists(later), kind=WithdrawalKind.SUSPENDED, ratification__isnull=True)
    return rows.select_related("publication__edition", "by").order_by("pk")


def unendorsed() -> Any:
    """The emergency publications that are public and that nobody independent has approved."""
    hasty = {"change": ChangeClass.SAFETY, "edition__policy__is_emergency": True}  # The first narrows the second.
    rows = Publication.objects.standing().filter(**hasty, endorsement__isnull=True)
    return rows.with_parts().select_related("published_by").order_by("pk")


def _told_once(kind: str, rows: Any) -> Any:
    told = set(SentNotice.objects.filter(kind=kind).values_list("key", flat=True))
    return [row for row in rows if str(row.pk) not in told]


def _tell(kind: str, row: Any, letter: Callable[[Any], Any], round: Round, now: datetime | None) -> None:
    """Write the ledger in a transaction of its own, then the mail: nobody hears of it twice."""
    try:
        with transaction.atomic(durable=True):
            SentNotice.objects.create(kind=kind, key=str(row.pk), at=now or timezone.now())
    except IntegrityError:
        return  # Another worker was faster.
    letter(row)
    round.count(kind)


def _reminders(round: Round, now: datetime | None) -> Iterator[Callable[[], Any]]:
    def attempt() -> None:
        sent = reminders.send_due(now=now or timezone.now())
        round.count("reminders", len([row for row in sent if not row.is_failed]))
        round.failed += [row.error for row in sent if row.error]

    yield attempt


def _pages(round: Round, now: datetime | None) -> Iterator[Callable[[], Any]]:
    yield lambda: round.count("pages", int(store.write_policies()))
