"""An approved edition is published at its time, by the worker, through every gate again; once, whoever runs."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from publishing import actions, worker
from publishing.actions.schedules import moment_of
from publishing.models import LiveArticle, Schedule, ScheduleEnd, WorkerRun
from reviews import actions as reviews
from tests import cast
from tests.refusal import denied, refused

BERLIN = "Europe/Berlin"


def tomorrow():
    return (timezone.now() + timedelta(days=1)).replace(microsecond=0)


def schedule(edition, by, at=None, zone="UTC", **changes):
    values = {"expected_digest": edition.digest} | cast.correction(edition) | changes
    return actions.schedule(edition, (at or tomorrow()).replace(tzinfo=None), zone, by=by, **values)


@pytest.fixture
def scheduled(people, line):
    return schedule(line.approve(), people.pam)


def after(row, **later):
    return row.due_at + timedelta(**(later or {"seconds": 1}))


def outcome(row):
    return ScheduleEnd.objects.get(schedule=row)


def test_it_is_published_when_its_time_has_come_and_not_before(scheduled):
    worker.run(now=scheduled.due_at - timedelta(seconds=1))
    assert not LiveArticle.objects.exists()
    assert worker.run(now=after(scheduled)).done == {"published": 1}
    end = outcome(scheduled)
    assert (end.outcome, end.is_late, end.by.username) == ("fired", False, "system")
    live = LiveArticle.objects.get()
    assert live.digest == scheduled.digest
    assert WorkerRun.objects.get().at == after(scheduled)


def test_it_fires_once_however_often_the_worker_runs(scheduled):
    for hours in range(3):
        worker.run(now=after(scheduled, hours=hours + 1))
    assert ScheduleEnd.objects.count() == 1


def test_after_three_hours_without_a_worker_it_fires_once_and_is_marked_late(scheduled):
    assert worker.run(now=after(scheduled, hours=3)).done == {"published": 1, "late": 1}
    assert outcome(scheduled).is_late


def test_every_gate_is_run_again_and_a_refusal_stops_nothing_else(people, line, django_capture_on_commit_callbacks):
    for person in (people.ada, people.pam):
        person.email = f"{person.username}@example.org"
        person.save()
    doomed, fine = schedule(line.approve(), people.pam), schedule(line.approve(), people.pam)
    reviews.revoke(doomed.edition, by=people.ben, stage="medical", reason="I misread a number.")
    with django_capture_on_commit_callbacks(execute=True):
        assert worker.run(now=max(after(doomed), after(fine))).done == {"refused": 1, "published": 1}
    assert (outcome(doomed).outcome, outcome(fine).outcome) == ("failed", "fired")
    assert "review of this edition has ended" in outcome(doomed).reason
    told = [row for row in mail.outbox if "Not published as scheduled" in row.subject]
    assert sorted(row.to[0] for row in told) == ["ada@example.org", "pam@example.org"]


@pytest.mark.parametrize("loss", ["switched_off", "role_lost"])
def test_who_scheduled_it_must_still_be_allowed_to_publish(people, scheduled, loss):
    if loss == "switched_off":
        people.pam.is_active = False
        people.pam.save()
    else:
        people.pam.groups.clear()
    worker.run(now=after(scheduled))
    assert outcome(scheduled).outcome == "failed"
    assert "may not publish" in outcome(scheduled).reason


def test_what_breaks_is_left_waiting_and_tried_again(scheduled, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("publishing.store.show", broken)
        round = worker.run(now=after(scheduled))
    assert round.failed == ["RuntimeError: the disk is full"]
    assert not ScheduleEnd.objects.exists()
    assert not LiveArticle.objects.exists()
    assert worker.run(now=after(scheduled)).done == {"published": 1}


def test_a_scheduled_edition_keeps_the_next_submission_and_a_publication_by_hand_out(people, line, scheduled):
    line.change(scheduled.edition.article)
    with refused("edition_open"):
        line.submit(scheduled.edition.article)
    with refused("scheduled"):
        line.publish(scheduled.edition)
    with refused("scheduled"):
        schedule(scheduled.edition, people.pam)


def test_it_can_be_taken_off_the_schedule_with_a_reason(people, line, scheduled):
    with refused("reason_missing"):
        actions.unschedule(scheduled, by=people.pam, reason=" ")
    with denied():
        actions.unschedule(scheduled, by=people.ada, reason="Too early.")
    actions.unschedule(scheduled, by=people.pam, reason="Too early.")
    with refused("schedule_ended"):
        actions.unschedule(scheduled, by=people.pam, reason="Too early.")
    worker.run(now=after(scheduled))
    assert not LiveArticle.objects.exists()
    line.publish(scheduled.edition)


def test_only_who_may_publish_schedules_and_never_who_approved(people, line):
    edition = line.approve()
    for person in (people.ada, people.max, people.dot):
        with denied():
            schedule(edition, person)
    people.cyd.groups.add(*people.pam.groups.all())
    with denied("approved"):
        schedule(edition, people.cyd)


def test_what_is_not_approved_yet_cannot_be_scheduled(people, line):
    fresh = line.submit()
    with refused("approval_missing", "approval_missing", "specialty_missing"):
        schedule(fresh, people.pam)
    edition = line.approve()
    with refused("stale_page"):
        schedule(edition, people.pam, expected_digest="sha256:0")


def test_the_time_lies_ahead_and_within_a_year(people, line):
    edition = line.approve()
    with refused("time_passed"):
        schedule(edition, people.pam, at=timezone.now() - timedelta(minutes=1))
    with refused("time_too_far"):
        schedule(edition, people.pam, at=timezone.now() + timedelta(days=400))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe/Berlin\x00", "x" * 300])
def test_an_unknown_zone_is_refused(people, line, zone):
    edition = line.approve()
    with refused("unknown_zone"):
        schedule(edition, people.pam, zone=zone)


def test_an_hour_that_clocks_skip_is_refused():
    with pytest.raises(ValidationError) as caught:
        moment_of(datetime(2027, 3, 28, 2, 30), BERLIN)
    assert caught.value.code == "time_skipped"
    assert moment_of(datetime(2027, 3, 28, 3, 0), BERLIN) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_an_hour_that_comes_twice_has_to_be_told_apart():
    at = datetime(2027, 10, 31, 2, 30)
    with pytest.raises(ValidationError) as caught:
        moment_of(at, BERLIN)
    assert caught.value.code == "time_twice"
    assert "CEST" in caught.value.message
    assert "CET" in caught.value.message
    assert [moment_of(at, BERLIN, fold=fold).hour for fold in (0, 1)] == [0, 1]


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
def test_every_other_hour_of_a_month_is_itself_again(zone, month):
    start = datetime(2027, month, 1)
    for hours in range(24 * 28):
        local = start + timedelta(hours=hours)
        try:
            moment = moment_of(local, zone)
        except ValidationError:
            continue
        assert moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local


def test_a_republication_brings_its_notice_along(people, line):
    first = line.publish()
    edition = line.approve(line.submit(line.change(first.article)))
    with refused("correction_missing"):
        schedule(edition, people.pam, correction_kind="", correction_summary="")
    row = schedule(edition, people.pam)
    worker.run(now=after(row))
    assert edition.article.publications.get(seq=2).correction_kind == "new_version"


def test_schedules_are_rows_that_nobody_changes(scheduled):
    with pytest.raises(DatabaseError), transaction.atomic():
        Schedule.objects.update(due_at=timezone.now())
