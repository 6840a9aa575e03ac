"""Reminders: once at each distance from the due date, however often and however parallel the job runs."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from time_machine import travel

from reviews import actions, reminders
from reviews.letters import Letter
from reviews.models import Assignment, Edition, ReviewerSettings, SentReminder
from reviews.reminders import send_due
from tests import cast

User = get_user_model()


@pytest.fixture(autouse=True)
def addresses(people):
    User.objects.update(email=Concat(F("username"), Value("@example.org")))


@pytest.fixture
def request_to_ben(people, line):
    """Cyd asks ben; it is due in ten days."""
    return ask(people.ben, line.submit(), by=people.cyd)


@pytest.fixture
def run(mailoutbox, capsys):
    """Run the command some days from the due date of an assignment; return who got which mail, as `name: heading`."""

    def call(assignment, days):
        mailoutbox.clear()
        with travel(assignment.due_at + timedelta(days=days), tick=False):
            call_command("send_reminders")
        return [f"{row.to[0].split('@')[0]}: {heading_of(row)}" for row in mailoutbox]

    return call


def heading_of(message):
    return message.subject.split("] ", 1)[1].split(":")[0]


def ask(reviewer, edition, *, by, stage="medical", days=10):
    due_at = timezone.now() + timedelta(days=days)
    return actions.assign(edition, by=by, stage=stage, reviewer=reviewer, due_at=due_at)


def soon(assignment):
    day = f"{assignment.due_at:%d %B %Y}".lstrip("0")
    return f"Review due on {day}"


def ledger(assignment):
    return sorted(assignment.reminders.values_list("days", flat=True))


# When


def test_a_reminder_says_what_is_due_and_who_is_late(people, line, run, request_to_ben, mailoutbox):
    date = soon(request_to_ben).removeprefix("Review due on ")
    run(request_to_ben, -3)
    assert f"asked to review this edition: Medical review.\nIt is due on {date}." in mailoutbox[0].body
    run(request_to_ben, 1)
    assert f"Dr Ben has not decided on this edition yet: Medical review.\nIt was due on {date}." in mailoutbox[1].body
    pool = ask(None, request_to_ben.edition, by=people.max)
    run(pool, -3)
    assert "A review of this edition waits to be claimed: Medical review." in mailoutbox[0].body
    run(pool, 1)
    assert "Nobody has claimed this review yet: Medical review." in mailoutbox[-1].body


def test_each_distance_is_mailed_once_however_often_it_runs(run, request_to_ben):
    overdue = ["ben: Review overdue", "cyd: Review overdue"]
    came = [(days, run(request_to_ben, days)) for days in (-9, -4, -3, -3, -1, 0, 0.9, 1, 1, 2, 6.9, 7, 7, 8, 300)]
    assert [(days, mails) for days, mails in came if mails] == [
        (-3, [f"ben: {soon(request_to_ben)}"]),
        (1, overdue),
        (7, overdue),
    ]
    assert ledger(request_to_ben) == [-3, 1, 7]


def test_after_a_pause_only_the_newest_distance_is_mailed(run, request_to_ben):
    assert run(request_to_ben, 30) == ["ben: Review overdue", "cyd: Review overdue"]
    assert ledger(request_to_ben) == [-3, 1, 7]
    assert run(request_to_ben, 31) == []


def test_a_late_first_reminder_says_that_it_was_due(run, request_to_ben, mailoutbox):
    assert run(request_to_ben, 0.5) == ["ben: Review overdue", "cyd: Review overdue"]
    assert f"It was due on {soon(request_to_ben).removeprefix('Review due on ')}." in mailoutbox[0].body
    assert ledger(request_to_ben) == [-3]


@pytest.mark.parametrize("days", [1, 3])
def test_a_distance_that_had_passed_when_it_was_asked_for_counts_for_nothing(people, line, run, days):
    with travel(timezone.now(), tick=False):
        request = ask(people.ben, line.submit(), by=people.cyd, days=days)
    assert run(request, -days) == run(request, -0.1) == []
    assert run(request, 1) == ["ben: Review overdue", "cyd: Review overdue"]
    assert ledger(request) == [1]


def test_the_distances_are_a_setting(run, request_to_ben, settings):
    settings.REMINDER_DAYS = [2, -5, 2]
    assert [days for days in (-5, -3, 1, 2, 7) if run(request_to_ben, days)] == [-5, 2]
    settings.REMINDER_DAYS = []
    assert run(request_to_ben, 20) == []


def test_another_request_has_distances_of_its_own(people, run, request_to_ben):
    run(request_to_ben, 1)
    other = actions.reassign(request_to_ben, by=people.cyd, reason="Ben is away.", reviewer=people.bea)
    assert run(other, -3) == [f"bea: {soon(other)}"]


# To whom


def test_the_pool_is_reminded_until_somebody_claims_it(people, line, run):
    request = ask(None, line.submit(), by=people.max)
    assert run(request, -3) == [f"{name}: {soon(request)}" for name in ("ben", "bea", "eve")]
    actions.claim(request, by=people.bea)
    assert run(request, 1) == ["bea: Review overdue", "max: Review overdue"]


def test_who_asked_oneself_is_reminded_once(people, line, run):
    request = ask(people.cyd, line.submit(), by=people.cyd, stage="editorial")
    assert run(request, 1) == ["cyd: Review overdue"]


def test_who_switched_mail_off_is_not_reminded_and_it_counts_as_sent(people, run, request_to_ben):
    ReviewerSettings.objects.create(user=people.ben, mail_off=True)
    assert run(request_to_ben, -3) == []
    assert ledger(request_to_ben) == [-3]
    assert run(request_to_ben, 1) == ["cyd: Review overdue"]


def test_who_asked_is_told_that_an_account_was_switched_off(people, run, request_to_ben, mailoutbox):
    User.objects.filter(pk=people.ben.pk).update(is_active=False)
    assert run(request_to_ben, -3) == ["cyd: Nobody to review"]
    assert "the account of Dr Ben is switched off" in " ".join(mailoutbox[0].body.split())
    assert run(request_to_ben, -2) == []


def test_who_asked_is_told_that_nobody_can_claim_it_any_more(people, line, run, mailoutbox):
    request = ask(None, line.submit(), by=people.max)
    User.groups.through.objects.filter(group__name="Medical reviewer").delete()
    assert run(request, -3) == ["max: Nobody to review"]
    assert "nobody may claim it now" in " ".join(mailoutbox[0].body.split())


def decide(people, line, request):
    line.decide(request.edition, people.cyd, "editorial")
    line.decide(request.edition, people.ben, "medical")


def publish(people, line, request):
    """Bea and another approved; nobody needs ben any more."""
    other = cast.make_reviewer("bob", by=people.ada)
    line.decide(request.edition, people.cyd, "editorial")
    for reviewer in (people.bea, other):
        line.decide(request.edition, reviewer, "medical")
    edition = Edition.objects.get(pk=request.edition_id)
    cast.publish(edition, by=people.pam)


ENDS = {
    "declined": lambda people, line, request: actions.decline(request, by=people.ben, reason="On leave."),
    "cancelled": lambda people, line, request: actions.cancel(request, by=people.cyd, reason="Not needed."),
    "complete": decide,
    "recalled": lambda people, line, request: actions.recall(request.edition, by=people.ada, reason="A mistake."),
    "returned by another": lambda people, line, request: line.decide(
        request.edition, people.cyd, "editorial", "reject", "Unclear."
    ),
    "published": publish,
}


@pytest.mark.parametrize("end", ENDS)
def test_what_ended_is_not_reminded_of(people, line, run, request_to_ben, end):
    ENDS[end](people, line, request_to_ben)
    assert [run(request_to_ben, days) for days in (-3, 1, 7)] == [[], [], []]
    assert ledger(request_to_ben) == []


def test_what_ended_while_the_job_ran_is_not_reminded_of(people, run, request_to_ben, monkeypatch):
    found = reminders.due

    def due(*args, **kwargs):
        rows = found(*args, **kwargs)
        actions.decline(request_to_ben, by=people.ben, reason="On leave.")
        return rows

    monkeypatch.setattr(reminders, "due", due)
    assert run(request_to_ben, -3) == []
    assert ledger(request_to_ben) == []


def test_accepting_does_not_end_it(people, run, request_to_ben):
    actions.accept(request_to_ben, by=people.ben)
    assert run(request_to_ben, -3) == [f"ben: {soon(request_to_ben)}"]


# What goes wrong


def test_the_command_says_what_it_did(run, request_to_ben, capsys):
    run(request_to_ben, -4)
    run(request_to_ben, 1)
    assert capsys.readouterr().out.splitlines() == [
        "Assignments to remind of: 0. Mails sent: 0. Failures: 0.",
        "Assignments to remind of: 1. Mails sent: 2. Failures: 0.",
    ]


def failing(run, request):
    with pytest.raises(SystemExit) as ended:
        run(request, -3)
    assert ended.value.code == 1


def test_one_that_fails_does_not_stop_the_rest_and_is_tried_again(
    people, line, run, request_to_ben, mailoutbox, monkeypatch, capsys
):
    due_at = request_to_ben.due_at
    other = actions.assign(line.submit(), by=people.cyd, stage="medical", reviewer=people.bea, due_at=due_at)
    edition_of = reminders.edition_of
    monkeypatch.setattr(
        reminders, "edition_of", lambda pk: 1 / 0 if pk == request_to_ben.edition_id else edition_of(pk)
    )
    failing(run, request_to_ben)
    assert [row.to for row in mailoutbox] == [["bea@example.org"]]
    assert (ledger(request_to_ben), ledger(other)) == ([], [-3])
    told = capsys.readouterr()
    assert f"Assignment {request_to_ben.pk}, -3 days: ZeroDivisionError" in told.err
    assert "Assignments to remind of: 2. Mails sent: 1. Failures: 1." in told.out

    monkeypatch.setattr(reminders, "edition_of", edition_of)
    assert run(request_to_ben, -3) == [f"ben: {soon(request_to_ben)}"]


def test_what_cannot_be_written_is_not_entered_as_sent(run, request_to_ben, monkeypatch):
    """As where the job runs without the review desk, which the link leads to."""
    with monkeypatch.context() as patch:
        patch.setattr(Letter, "link", property(lambda letter: 1 / 0))
        failing(run, request_to_ben)
    assert ledger(request_to_ben) == []
    assert run(request_to_ben, -3) == [f"ben: {soon(request_to_ben)}"]


def test_a_mail_that_is_refused_is_reported_and_not_sent_again(run, request_to_ben, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", lambda self, messages: 1 / 0)
        failing(run, request_to_ben)
    assert f"Assignment {request_to_ben.pk}, -3 days: 1 of its mails not sent." in capsys.readouterr().err
    assert run(request_to_ben, -3) == []
    assert len(run(request_to_ben, 1)) == 2


def test_where_no_mail_server_answers_the_rest_waits_for_the_next_run(people, line, run, request_to_ben, monkeypatch):
    due_at = request_to_ben.due_at
    other = actions.assign(line.submit(), by=people.cyd, stage="medical", reviewer=people.bea, due_at=due_at)

    def send_messages(self, messages):
        raise ConnectionRefusedError("Connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", send_messages)
        failing(run, request_to_ben)
    assert (ledger(request_to_ben), ledger(other)) == ([-3], [])
    assert run(request_to_ben, -3) == [f"bea: {soon(other)}"]


# At once, and how much it costs


def test_another_run_that_was_faster_wins(people, run, request_to_ben, mailoutbox, monkeypatch):
    """Both runs found the same reminder; the other entered it before this one looked, or after."""
    for days, when in ((-3, "edition_of"), (1, "_enter")):
        slow = getattr(reminders, when)

        def faster(*args, slow=slow, days=days, **kwargs):
            SentReminder.objects.create(assignment=request_to_ben, days=days, at=timezone.now())
            return slow(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(reminders, when, faster)
            assert run(request_to_ben, days) == []
        assert run(request_to_ben, days) == []


def test_the_ledger_refuses_a_second_entry_and_the_run_goes_on(people, run, request_to_ben, monkeypatch):
    def faster(rows):
        SentReminder.objects.create(assignment=request_to_ben, days=-3, at=timezone.now())
        return bulk_create(rows)

    bulk_create = SentReminder.objects.bulk_create
    monkeypatch.setattr(SentReminder.objects, "bulk_create", faster)
    assert run(request_to_ben, -3) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_runs_at_once_send_each_reminder_once(people, line, mailoutbox):
    requests = [ask(people.ben, line.submit(), by=people.cyd) for _ in range(5)]
    mailoutbox.clear()
    barrier, failures = threading.Barrier(20), []
    now = max(row.due_at for row in requests) + timedelta(days=8)

    def run():
        try:
            barrier.wait(timeout=60)
            failures.extend(row for row in send_due(now=now) if row.is_failed)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(row.to[0] for row in mailoutbox) == ["ben@example.org"] * 5 + ["cyd@example.org"] * 5
    assert all(ledger(row) == [-3, 1, 7] for row in requests)


def queries_of(now):
    with CaptureQueriesContext(connection) as queries:
        assert send_due(now=now) == []
    return len(queries)


def test_what_needs_nothing_costs_no_query(people, line):
    """Not due yet, reminded already, complete: one query for each distance, whatever there is."""
    first = ask(people.ben, line.submit(), by=people.cyd)
    now = first.due_at + timedelta(days=2)
    assert len(send_due(now=now)) == 1
    few = queries_of(now)
    for days in (40, 40, 10, 10, 10):
        ask(people.ben, line.submit(), by=people.cyd, days=days)
    decide(people, line, ask(people.ben, line.submit(), by=people.cyd))
    assert len(send_due(now=now)) == 3
    assert Assignment.objects.waiting().count() == 6
    assert queries_of(now) == few == 3
