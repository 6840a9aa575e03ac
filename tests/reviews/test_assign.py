"""Somebody is asked to review, by name or as the pool of a stage; dates and decisions alone say how that stands."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone

from articles.history import write
from articles.models import Contributor, Credential, Disclosure
from publishing import actions as publishing
from reviews import actions, eligibility
from reviews.events import printed_name
from reviews.models import Assignment, Edition, Event, ReviewPolicy, Stage
from reviews.permissions import reasons_against
from tests import cast
from tests.refusal import denied, refused

PUBLIC, CLOSED = "already_published", "edition_closed"


@pytest.fixture
def edition(line):
    return line.submit()


def ask(edition, by, **changes):
    return actions.assign(edition, by=by, **({"stage": "medical"} | changes))


def states(assignment, now=None):
    """The words that hold of an assignment: waiting, overdue, complete, ended."""
    row = Assignment.objects.with_state().get(pk=assignment.pk)
    rows = {"waiting": Assignment.objects.waiting(), "overdue": Assignment.objects.overdue(now or timezone.now())}
    held = {name for name, found in rows.items() if found.filter(pk=assignment.pk).exists()}
    return held | {name for name in ("complete", "ended") if getattr(row, f"is_{name}")}


def holder(assignment):
    return Assignment.objects.with_state().get(pk=assignment.pk).holder_id


def days(number):
    return timezone.now().date() + timedelta(days=number)


def test_a_person_is_asked_until_the_day_that_the_policy_gives(people, edition):
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False):
        assignment = ask(edition, people.ada, reviewer=people.ben, note="The doses above all.")
    assert edition.stage("medical")["due_days"] == 14
    assert assignment.due_at.isoformat() == "2026-12-06T10:00:00+00:00"
    assert (assignment.round, assignment.note, assignment.assigned_by) == (1, "The doses above all.", people.ada)
    assert holder(assignment) == people.ben.pk
    assert states(assignment) >= {"waiting"}


@pytest.mark.parametrize(("stage", "tier", "wanted"), [("editorial", 1, 7), ("medical", 3, 14), ("medical", 2, 3)])
def test_each_stage_has_the_days_of_its_policy(people, line, stage, tier, wanted):
    if wanted == 3:
        row = Stage.objects.get(policy__risk_tier=tier, key=stage)
        row.due_days = 3
        write(row, by=people.root)
    edition = line.submit(line.draft(risk_tier=tier))
    assignment = ask(edition, people.cyd, stage=stage)
    assert assignment.due_at - assignment.at == timedelta(days=wanted)


def test_the_pool_of_a_stage_is_asked(people, edition):
    assignment = ask(edition, people.ada)
    assert assignment.reviewer is None
    assert holder(assignment) is None
    assert states(assignment) == {"waiting"}


def test_the_event_says_who_was_asked_for_what(people, edition):
    by_name = ask(edition, people.max, reviewer=people.ben, note="Doses.")
    pool = ask(edition, people.max)
    told = Event.objects.filter(action="review.assigned").order_by("seq")
    about = [(row.object_id, row.payload["reviewer"]) for row in told]
    assert about == [(str(by_name.pk), people.ben.pk), (str(pool.pk), 0)]
    assert told[0].payload == {
        "edition": 1,
        "round": 1,
        "stage": "medical",
        "reviewer": people.ben.pk,
        "due_at": by_name.due_at.isoformat(timespec="microseconds"),
        "note": "Doses.",
    }
    assert {row.actor for row in told} == {people.max}


def test_a_due_date_of_ones_own_must_be_to_come(people, edition):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        for due_at in (now, now - timedelta(seconds=1), now - timedelta(days=400)):
            with refused("due_in_the_past"):
                ask(edition, people.ada, reviewer=people.ben, due_at=due_at)
        due_at = now + timedelta(seconds=1)
        assert ask(edition, people.ada, reviewer=people.ben, due_at=due_at).due_at == due_at


def test_a_note_keeps_the_rules_of_text(people, edition):
    with refused("null_character"):
        ask(edition, people.ada, note="a\x00b")
    assert ask(edition, people.ada, note="Zo\u0308e\r\nasked").note == "Zöe\nasked"


# Who may be asked


def switched_off(people, line):
    people.ben.is_active = False
    people.ben.save()
    return people.ben


def of_another_role(people, line):
    people.ben.groups.set([Group.objects.get(name="Publisher")])
    return people.ben


def author(people, line):
    people.ada.groups.add(Group.objects.get(name="Medical reviewer"))
    cast.make_contributor(by=people.cyd, name="Dr Ada", user=people.ada)
    return people.ada


def speaker(people, line):
    """Linked to a contributor of the text after it was submitted, so `touched_by` does not know them."""
    spoken = line.edition.content["viewpoints"][0]["contributors"][0]["id"]
    Contributor.objects.filter(user=people.ben).update(user=None)
    Contributor.objects.filter(pk=spoken).update(user=people.ben, name="Dr Ben")
    return people.ben


def credential(**changes):
    def change(people, line):
        dates = {name: days(value) if isinstance(value, int) else value for name, value in changes.items()}
        Credential.objects.filter(contributor__user=people.ben).update(**dates)
        return people.ben

    return change


def declaration(status, as_of):
    def change(people, line):
        Disclosure.objects.filter(contributor__user=people.ben).update(status=status, as_of=days(as_of))
        return people.ben

    return change


def colleague(people, line):
    return employ(line.edition, people.ben)


def employ(edition, person):
    """Let somebody work where a contributor of the edition does."""
    spoken = Contributor.objects.get(pk=edition.content["viewpoints"][0]["contributors"][0]["id"])
    clinic = cast.make_contributor(by=edition.submitted_by, name="Harbour Clinic", kind="organization", credential=None)
    Contributor.objects.filter(pk__in=[spoken.pk, person.contributor.pk]).update(employer=clinic)
    return person


def who_decided(people, line):
    line.decide(line.edition, people.cyd, "editorial")
    line.decide(line.edition, people.ben, "medical")
    return people.ben


def who_decided_elsewhere(people, line):
    people.ben.groups.add(Group.objects.get(name="Editor"))
    line.decide(line.edition, people.ben, "editorial")
    return people.ben


AGAINST = [
    ("inactive", switched_off, "Dr Ben: This account is switched off."),
    ("not_in_stage_group", of_another_role, "Dr Ben: Medical review is decided by people with the role Medical rev"),
    ("own_work", author, "Dr Ada wrote, changed or submitted this text, and nobody approves their own work."),
    ("is_contributor", speaker, "Dr Ben speaks in a viewpoint of this edition."),
    ("credential_missing", credential(profession="editor"), "Dr Ben: Medical review asks for a licensed clinician; no"),
    ("credential_expired", credential(expires_on=-1), "clinician; the credential on record has expired."),
    ("credential_stale", credential(verified_on=None), "credential was not verified in the last 24 months."),
    ("organization_conflict", colleague, "The employer of Dr Ben speaks in this edition, or employs somebody who"),
    ("disclosure_not_asked", declaration("not_asked", -1), "The interests of Dr Ben are not declared yet."),
    ("disclosure_not_asked", declaration("refused", -1), "The interests of Dr Ben are not declared yet."),
    ("disclosure_stale", declaration("none_declared", -400), "The declaration of interests of Dr Ben is older than 12"),
    ("already_decided", who_decided, "Dr Ben has decided on this edition in this stage already."),
    ("decided_elsewhere", who_decided_elsewhere, "Dr Ben decided on this edition in another stage; one person,"),
]


def test_the_table_of_reasons_is_complete():
    source = Path(eligibility.__file__).read_text()
    codes = set(re.findall(r'Blocker\(\s*"(\w+)"', source))
    assert codes == {code for code, _, _ in AGAINST}


@pytest.mark.parametrize(("code", "make", "words"), AGAINST)
def test_nobody_is_asked_who_could_not_decide(people, line, edition, code, make, words):
    line.edition = edition
    person = get_user_model().objects.get(pk=make(people, line).pk)
    edition = Edition.objects.get(pk=edition.pk)
    reasons = reasons_against(person, edition, edition.stage("medical"), today=days(0))
    said = " ".join(row.message for row in eligibility.of_somebody_else(reasons, printed_name(person)))
    assert [row.code for row in reasons] == [code]
    assert words in said
    assert not re.search(r"\b(you|your|renew|declare)\b", said, re.IGNORECASE)
    with denied(said):
        ask(edition, people.cyd, reviewer=person)


def test_who_asks_themselves_is_spoken_to(people, edition):
    with denied("You wrote, changed or submitted this text"):
        ask(edition, people.ada, stage="editorial", reviewer=people.ada)


def test_every_reason_is_named_at_once(people, line, edition):
    person = declaration("not_asked", -1)(people, line)
    credential(expires_on=-1)(people, line)
    with denied("has expired. The interests of Dr Ben are not declared yet."):
        ask(edition, people.ada, reviewer=person)


def test_a_pool_that_nobody_can_leave_is_not_asked(people, line, edition):
    Disclosure.objects.update(status="not_asked")
    with refused("nobody_eligible"):
        ask(edition, people.ada)
    Group.objects.get(name="Medical reviewer").user_set.clear()
    with refused("nobody_eligible"):
        ask(edition, people.ada)


def test_who_was_asked_already_is_not_asked_twice(people, edition):
    ask(edition, people.ada, reviewer=people.ben)
    with refused("already_assigned"):
        ask(edition, people.cyd, reviewer=people.ben)
    assert ask(edition, people.ada, reviewer=people.bea)


def test_the_pool_is_asked_once_at_a_time(people, edition):
    first = ask(edition, people.ada)
    with refused("already_assigned"):
        ask(edition, people.ada)
    assert ask(edition, people.ada, reviewer=people.ben)
    actions.claim(first, by=people.bea)
    with refused("already_assigned"):
        ask(edition, people.ada, reviewer=people.bea)
    assert ask(edition, people.ada).reviewer is None


def test_who_declined_may_be_asked_again(people, edition):
    actions.decline(ask(edition, people.ada, reviewer=people.ben), by=people.ben, reason="On leave until Monday.")
    assert holder(ask(edition, people.ada, reviewer=people.ben)) == people.ben.pk


def test_an_unknown_stage_is_refused(people, edition):
    for stage in ("", "nursing", "Medical"):
        with refused("unknown_stage"):
            ask(edition, people.ada, stage=stage)


def recalled(line, edition):
    actions.recall(edition, by=line.people.ada, reason="Wait.")


def returned(line, edition):
    line.decide(edition, line.people.cyd, "editorial", "request_changes", "Say more.")


def published(line, edition):
    line.publish(line.approve(edition))


def superseded(line, edition):
    published(line, edition)
    line.publish(line.approve(line.submit(line.change(edition.article))))


def withdrawn(line, edition):
    line.withdraw(line.publish(line.approve(edition)))


def revoked(line, edition):
    line.approve(edition)
    actions.revoke(edition, by=line.people.ben, stage="medical", reason="A number.")


ENDS = [(end, CLOSED) for end in (recalled, returned, revoked)]
ENDS += [(end, PUBLIC) for end in (published, superseded, withdrawn)]


@pytest.mark.parametrize(("end", "code"), ENDS)
def test_nobody_is_asked_once_the_review_has_ended(people, line, edition, end, code):
    end(line, edition)
    with refused(code):
        ask(edition, people.ada, reviewer=cast.make_reviewer("uri", by=people.cyd))
    with refused(code):
        ask(edition, people.ada)


@pytest.mark.parametrize("who", ["ada", "cyd", "max", "root"])
def test_editors_and_medical_leads_ask(people, edition, who):
    assert ask(edition, getattr(people, who), reviewer=people.ben).assigned_by == getattr(people, who)


@pytest.mark.parametrize("who", ["ben", "pam", "ann", "dot", "switched off", "contributor"])
def test_nobody_else_asks(people, edition, who):
    person = getattr(people, who, None) or people.cyd
    if who == "switched off":
        person.is_active = False
    if who == "contributor":
        person = cast.make_user("con", "Contributor")
    with denied("Ask an editor or a medical lead"):
        ask(edition, person, reviewer=people.bea)


# How it stands


def test_it_is_overdue_from_the_first_moment_after_its_date(people, edition, django_assert_num_queries):
    assignment = ask(edition, people.ada, reviewer=people.ben)
    with time_machine.travel(assignment.due_at, tick=False):
        assert states(assignment) == {"waiting"}
    with time_machine.travel(assignment.due_at + timedelta(seconds=1), tick=False):
        assert states(assignment) == {"waiting", "overdue"}
        with django_assert_num_queries(1) as asked:
            assert list(Assignment.objects.overdue(timezone.now())) == [assignment]
    assert asked.captured_queries[0]["sql"].startswith("SELECT")


@pytest.mark.parametrize("accepts", [True, False])
@pytest.mark.parametrize("outcome", ["approve", "request_changes"])
def test_it_is_complete_once_its_holder_has_decided(people, line, edition, accepts, outcome):
    line.decide(edition, people.cyd, "editorial")
    assignment, other = (ask(edition, people.ada, reviewer=person) for person in (people.ben, people.bea))
    if accepts:
        actions.accept(assignment, by=people.ben)
    line.decide(edition, people.ben, "medical", outcome, "Seen.")
    assert states(assignment, assignment.due_at + timedelta(days=1)) == {"complete"}
    assert states(other) == ({"waiting"} if outcome == "approve" else {"ended"})


def test_a_request_to_the_pool_is_complete_once_who_claimed_it_has_decided(people, line, edition):
    line.decide(edition, people.cyd, "editorial")
    assignment = ask(edition, people.ada)
    line.decide(edition, people.bea, "medical")
    assert states(assignment) == {"waiting"}
    actions.claim(assignment, by=people.ben)
    assert states(assignment) == {"waiting"}
    line.decide(edition, people.ben, "medical")
    assert states(assignment) == {"complete"}


def test_a_decision_in_another_stage_completes_nothing(people, line):
    policy = ReviewPolicy.objects.get(risk_tier=2)
    policy.one_stage_each = False
    write(policy, by=people.root)
    people.ben.groups.add(Group.objects.get(name="Editor"))
    edition = line.submit()
    assignment = ask(edition, people.ada, reviewer=people.ben)
    line.decide(edition, people.ben, "editorial")
    assert states(assignment) == {"waiting"}


@pytest.mark.parametrize("end", [end for end, _ in ENDS])
def test_it_ends_with_the_review(people, line, edition, end):
    uri = cast.make_reviewer("uri", by=people.ada)
    late, pool = ask(edition, people.ada, reviewer=uri), ask(edition, people.ada)
    end(line, edition)
    assert states(late, late.due_at + timedelta(days=1)) == states(pool) == {"ended"}


@pytest.mark.parametrize("end", ["reaffirmed", "superseded", "withdrawn", "returned"])
def test_one_of_a_later_round_ends_with_that_round(people, line, end):
    edition, uri = line.publish().edition, cast.make_reviewer("uri", by=people.ada)
    actions.open_round(edition, by=people.cyd, reason="Two years are over.")
    assignment, mine = (ask(edition, people.ada, reviewer=person) for person in (uri, people.ben))
    assert assignment.round == 2
    assert states(assignment) == states(mine) == {"waiting"}
    if end == "reaffirmed":
        publishing.reaffirm(line.approve(edition), by=people.pam, expected_digest=edition.digest)
    elif end == "superseded":
        line.publish(line.approve(line.submit(line.change(edition.article))))
    elif end == "withdrawn":
        line.withdraw(edition.publication)
    else:
        line.decide(edition, people.cyd, "editorial", "request_changes", "A number is old.")
    assert states(assignment) == {"ended"}
    assert states(mine) == ({"complete"} if end == "reaffirmed" else {"ended"})
