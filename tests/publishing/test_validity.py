"""How long a review is valid: warned, overdue, expired, extended once; the worker writes each on its day."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from articles.months import months_later
from publishing import actions, rebuild, worker
from publishing.models import LiveArticle, Milestone, Withdrawal
from reviews import actions as reviews
from tests import cast
from tests.invariants import store_rows
from tests.refusal import denied, refused


def shown(publication):
    return Client().get(f"/api/v1/articles/{publication.article_id}/").json()


def due_on(publication):
    return LiveArticle.objects.get(pk=publication.article_id).next_review_due


def on(day):
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def milestones(publication):
    return list(Milestone.objects.filter(publication=publication).order_by("pk").values_list("kind", flat=True))


def state(publication):
    document = shown(publication)
    return document["review"]["state"], [row["kind"] for row in document["notices"]]


@pytest.fixture
def live(people, line):
    people.ada.email = "ada@example.org"
    people.ada.save()
    return line.publish()


def test_each_day_comes_once_and_the_page_says_so(live, django_capture_on_commit_callbacks):
    due = due_on(live)
    policy = live.edition.policy
    days = {
        due - timedelta(days=policy["warn_days"] + 1): ([], ("current", [])),
        due - timedelta(days=policy["warn_days"]): (["warned"], ("current", [])),
        due: (["warned"], ("current", [])),
        due + timedelta(days=1): (["warned", "overdue"], ("overdue", ["overdue"])),
        due + timedelta(days=policy["grace_days"]): (["warned", "overdue"], ("overdue", ["overdue"])),
        due + timedelta(days=policy["grace_days"] + 1): (["warned", "overdue", "expired"], ("expired", ["expired"])),
        due + timedelta(days=500): (["warned", "overdue", "expired"], ("expired", ["expired"])),
    }
    for day, (written, seen) in days.items():
        for _ in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                worker.run(now=on(day))
        assert (milestones(live), state(live)) == (written, seen), day
    told = [row.subject for row in mail.outbox if row.to == ["ada@example.org"]]
    assert len(told) == 3
    before = store_rows()
    rebuild.rebuild()
    assert store_rows() == before


def test_after_a_long_pause_all_of_it_comes_at_once(live):
    worker.run(now=on(due_on(live) + timedelta(days=300)))
    assert milestones(live) == ["warned", "overdue", "expired"]
    assert state(live) == ("expired", ["expired"])


def test_what_the_policy_takes_off_the_site_is_gone_and_may_come_back(people, line):
    values = {"risk_tier": 3, "viewpoints": [
        cast.viewpoint_values(cast.make_contributor(by=people.ada), citations=[cast.make_reference(by=people.ada).pk])
        for _ in range(2)
    ]}  # fmt: skip
    live = line.publish(line.approve(line.submit(line.draft(**values))))
    worker.run(now=on(due_on(live) + timedelta(days=1)))
    row = Withdrawal.objects.get()
    assert (row.kind, row.by.username, milestones(live)) == ("expired", "system", ["warned", "overdue", "expired"])
    response = Client().get(f"/en/articles/{live.edition.slug}/")
    assert response.status_code == 410
    again = line.publish(line.approve(line.submit(live.article)))
    assert again.seq == 2
    assert Client().get(f"/en/articles/{live.edition.slug}/").status_code == 200


def test_a_lead_extends_it_once_by_three_months_at_most_signed(people, line, live):
    due = due_on(live)
    worker.run(now=on(due + timedelta(days=1)))
    most = months_later(due, 3)
    values = {"reason": "The guideline is being rewritten.", "expected_digest": live.digest}
    for person in (people.pam, people.ada, people.ben):
        with denied():
            actions.extend(live, most, by=person, **values)
    for until in (due, due - timedelta(days=1), most + timedelta(days=1)):
        with refused("until_out_of_range"):
            actions.extend(live, until, by=people.max, **values)
    with refused("reason_missing"):
        actions.extend(live, most, by=people.max, **(values | {"reason": ""}))
    with refused("stale_page"):
        actions.extend(live, most, by=people.max, **(values | {"expected_digest": "sha256:0"}))
    row = actions.extend(live, most, by=people.max, **values)
    assert row.attestation == f"I extend the review of edition 1 ({live.digest}), due on {due}, to {most}."
    assert (due_on(live), state(live)) == (most, ("current", []))
    with refused("already_extended"):
        actions.extend(live, most + timedelta(days=9), by=people.max, **values)
    worker.run(now=on(most + timedelta(days=1)))
    assert state(live) == ("overdue", ["overdue"])
    before = store_rows()
    rebuild.rebuild()
    assert store_rows() == before


def test_a_reaffirmation_makes_a_new_date_that_can_be_extended_again(people, line, live, time_machine):
    first = due_on(live)
    values = {"reason": "A holiday.", "expected_digest": live.digest}
    actions.extend(live, first + timedelta(days=30), by=people.max, **values)
    reviews.open_round(live.edition, by=people.cyd, reason="It is due.")
    time_machine.move_to(datetime.now(UTC) + timedelta(days=20))
    line.approve(live.edition)
    actions.reaffirm(live.edition, by=people.pam, expected_digest=live.digest)
    second = due_on(live)
    assert second > first
    actions.extend(live, second + timedelta(days=30), by=people.max, **values)
    assert due_on(live) == second + timedelta(days=30)


def test_a_new_edition_is_reviewed_anew(line, live):
    worker.run(now=on(due_on(live) + timedelta(days=1)))
    assert state(live)[0] == "overdue"
    line.publish(line.approve(line.submit(line.change(live.article))))
    assert state(live) == ("current", [])
