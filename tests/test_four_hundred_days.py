"""Four hundred days with the worker once a day over many articles: everything comes once, and on its day."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine

from articles.history import write
from articles.models import Credential, Disclosure
from articles.months import months_later
from publishing import actions, worker
from publishing.models import LiveArticle, Milestone, Publication, ScheduleEnd, Withdrawal
from publishing.rebuild import rebuild
from reviews import actions as reviews
from reviews.models import SentReminder
from tests import cast
from tests.invariants import store_rows
from tests.publishing.test_store import stand

#: Over 29 February 2028 and both changes of the clocks.
START, DAYS = datetime(2027, 9, 1, 0, 30, tzinfo=UTC), 400
ARTICLES = 300
#: Hours from the first round of a day, half past midnight UTC, to the second.
NOON = 11.5
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.mark.slow
@pytest.mark.sqlite  # The calendar is Python's on both; tests/test_worker_races.py is for PostgreSQL.
@pytest.mark.django_db
def test_everything_comes_once_and_on_its_day(clock):
    people = cast.make_people()
    line = cast.Line(people)
    originals = {tier: line.publish(line.approve(line.submit(_draft(line, people, tier)))) for tier in (1, 2, 3)}
    published = _spread(clock, originals)
    clock.move_to(START)
    schedules = _schedules(people, line)
    assigned = _assignments(people, line)

    for day in range(DAYS):
        clock.move_to(START + timedelta(days=day))
        if day and day % 150 == 0:
            _renew(people)
        worker.run()
        clock.move_to(START + timedelta(days=day, hours=NOON))
        worker.run()

    end = (START + timedelta(days=DAYS - 1)).date()
    _check_milestones(published, end)
    _check_schedules(schedules)
    assert Counter(SentReminder.objects.values_list("assignment", flat=True)) == {row.pk: 3 for row in assigned}
    before = store_rows()
    rebuild()
    assert store_rows() == before


def _draft(line, people, tier):
    cited = [cast.make_reference(by=people.ada).pk]
    views = [cast.viewpoint_values(cast.make_contributor(by=people.ada), citations=cited) for _ in range(2)]
    return line.draft(risk_tier=tier, viewpoints=views)


def _spread(clock, originals):
    """Publish the others on the days of the two years before; their signatures are of these days."""
    published = []
    for n in range(ARTICLES - len(originals)):
        tier = 1 + n % 3
        validity = originals[tier].edition.policy["validity_months"]
        # Due dates from 100 days before the start to 500 after it, and on 29 February.
        due = START.date() + timedelta(days=-100 + n * 2)
        clock.move_to(datetime.combine(months_later(due, -validity), START.timetz()))
        published.append(stand(originals[tier], uuid4(), f"Twitching {n}?", signed_at=datetime.now(UTC)))
    return published


def _renew(people):
    """Credentials and disclosures are renewed now and then, as in life."""
    today = datetime.now(UTC).date()
    for row in Credential.objects.all():
        row.verified_on = today
        write(row, by=people.ada)
    for row in Disclosure.objects.order_by().values_list("contributor", flat=True).distinct():
        write(Disclosure(contributor_id=row, status="none_declared", as_of=today), by=people.ada)


def _schedules(people, line):
    """Schedule for local half past ten, on days around both changes of the clocks and on 29 February."""
    days = [date(2027, 10, 30), date(2027, 10, 31), date(2027, 11, 1), date(2028, 2, 29), date(2028, 3, 26)]
    rows = []
    for day in days:
        edition = line.approve(line.submit(line.draft(risk_tier=1)))
        local = datetime(day.year, day.month, day.day, 10, 30)
        rows.append(actions.schedule(edition, local, "Europe/Berlin", by=people.pam, expected_digest=edition.digest))
    return rows


def _assignments(people, line):
    editions = [line.submit(line.draft(risk_tier=1)) for _ in range(5)]
    asked = {"by": people.ada, "stage": "editorial", "reviewer": people.cyd}
    return [reviews.assign(row, **asked, due_at=START + timedelta(days=30 + n)) for n, row in enumerate(editions)]


def _check_milestones(published, end):
    """Each milestone was written once, on the first round of its day; what expired was dealt with as its policy says."""
    written = {}
    for row in Milestone.objects.select_related("publication__edition"):
        key = (row.publication_id, row.kind)
        assert key not in written, row
        written[key] = row
    first = START.date()
    for publication in published:
        policy = publication.edition.policy
        signed = publication.published_at.date()
        due = months_later(signed, policy["validity_months"])
        days = {
            "warned": due - timedelta(days=policy["warn_days"]),
            "overdue": due + timedelta(days=1),
            "expired": due + timedelta(days=1 + policy["grace_days"]),
        }
        for kind, day in days.items():
            row = written.pop((publication.pk, kind), None)
            if day > end:
                assert row is None, (publication, kind, day)
            else:
                assert row is not None, (publication, kind, day)
                assert row.at.date() == max(day, first), (publication, kind, day)
        taken = Withdrawal.objects.filter(publication=publication, kind="expired").exists()
        assert taken == (policy["on_expiry"] == "unpublish" and days["expired"] <= end)
        live = LiveArticle.objects.filter(publication_id=publication.pk).first()
        assert (live is None) == taken
        if live:
            come = [kind for kind in ("expired", "overdue") if days[kind] <= end]
            assert f'"state":"{[*come, "current"][0]}"' in live.document


def _check_schedules(schedules):
    for row in schedules:
        end = ScheduleEnd.objects.get(schedule=row)
        due = row.due_at
        assert due.astimezone(BERLIN).strftime("%H:%M") == "10:30"
        assert end.outcome == "fired", end.reason
        assert end.at == START.replace(year=due.year, month=due.month, day=due.day) + timedelta(hours=NOON)
        assert Publication.objects.filter(edition=row.edition).count() == 1
