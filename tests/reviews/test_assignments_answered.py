"""A request to review is claimed, accepted, declined, taken back, or made to somebody else; each answer is an event."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from cms.recorded import FACTS
from reviews import actions
from reviews.models import Assignment, AssignmentReply, Event
from tests import cast
from tests.refusal import denied, refused
from tests.reviews.test_assign import ENDS, ask, declaration, holder, states

ENDING = [end for end, _ in ENDS]


@pytest.fixture
def edition(line):
    return line.submit()


@pytest.fixture
def pool(people, edition):
    return ask(edition, people.ada, note="The doses above all.")


@pytest.fixture
def mine(people, edition):
    """What ben was asked by name."""
    return ask(edition, people.ada, reviewer=people.ben, note="The doses above all.")


@pytest.fixture
def late(people, line, edition):
    """A request to somebody who never answered, for the review to end without."""
    return ask(edition, people.ada, reviewer=cast.make_reviewer("uri", by=people.ada))


def replies(assignment):
    return list(assignment.replies.values_list("kind", "reason", "by__username"))


def test_each_answer_is_a_row_and_an_event_that_agrees_with_it(people, edition, pool, mine):
    given = [
        actions.claim(pool, by=people.bea),
        actions.accept(mine, by=people.ben),
        actions.decline(mine, by=people.ben, reason="On leave."),
        actions.cancel(pool, by=people.max, reason="Asked by mistake."),
    ]
    told = Event.objects.filter(action="review.answered").order_by("seq")
    assert [(row.kind, row.reason, row.by) for row in given] == [
        ("claim", "", people.bea),
        ("accept", "", people.ben),
        ("decline", "On leave.", people.ben),
        ("cancel", "Asked by mistake.", people.max),
    ]
    assert [(row.object_id, row.actor, row.article_id) for row in told] == [
        (str(row.pk), row.by, edition.article_id) for row in given
    ]
    assert [row.payload for row in told] == [FACTS["review.answered"].payload(row) for row in given]


def test_who_claims_a_request_to_the_pool_holds_it(people, pool):
    actions.claim(pool, by=people.bea)
    assert holder(pool) == people.bea.pk
    assert states(pool) == {"waiting"}
    assert Assignment.objects.get(pk=pool.pk).reviewer is None


def test_only_who_could_decide_claims(people, line, pool):
    for person, words in (
        (people.ada, "nobody approves their own work"),
        (people.dot, "people with the role Medical reviewer"),
        (people.pam, "people with the role Medical reviewer"),
        (people.root, "no such credential is on record"),
        (declaration("refused", -1)(people, line), "Your own interests are not declared yet."),
    ):
        with denied(words):
            actions.claim(pool, by=person)
    assert holder(pool) is None


def test_one_of_two_who_claim_wins(people, pool):
    actions.claim(pool, by=people.bea)
    for person in (people.ben, people.bea):
        with refused("already_claimed"):
            actions.claim(pool, by=person)
    assert holder(pool) == people.bea.pk


def test_what_was_asked_by_name_is_not_claimed(people, mine):
    for person in (people.ben, people.bea):
        with refused("not_in_pool"):
            actions.claim(mine, by=person)


def test_who_was_asked_by_name_leaves_the_pool_to_others(people, mine, pool):
    """One person decides once: two requests in one pair of hands would get one answer."""
    with refused("already_assigned"):
        actions.claim(pool, by=people.ben)
    actions.decline(mine, by=people.ben, reason="Not by that date.")
    assert actions.claim(pool, by=people.ben).kind == "claim"


def test_only_who_was_asked_accepts(people, mine, pool):
    for assignment in (mine, pool):
        for person in (people.bea, people.ada, people.max, people.root):
            with denied("not asked of you"):
                actions.accept(assignment, by=person)
    actions.accept(mine, by=people.ben)
    assert replies(mine) == [("accept", "", "ben")]
    assert states(mine) == {"waiting"}


def test_one_accepts_once(people, mine, pool):
    actions.accept(mine, by=people.ben)
    with refused("already_accepted"):
        actions.accept(mine, by=people.ben)
    actions.claim(pool, by=people.bea)
    with refused("already_accepted"):
        actions.accept(pool, by=people.bea)


def test_an_account_that_is_switched_off_answers_nothing(people, mine, pool):
    people.ben.is_active = False
    with denied("not asked of you"):
        actions.accept(mine, by=people.ben)
    with denied("not asked of you"):
        actions.decline(mine, by=people.ben, reason="On leave.")
    with denied("switched off"):
        actions.claim(pool, by=people.ben)


def test_declining_needs_a_reason(people, mine):
    for reason in ("", " \n\t"):
        with refused("reason_missing"):
            actions.decline(mine, by=people.ben, reason=reason)
    with refused("bidi_override"):
        actions.decline(mine, by=people.ben, reason="on\u202eleave")


def test_only_who_was_asked_declines(people, mine):
    for person in (people.bea, people.ada, people.max, people.root):
        with denied("not asked of you"):
            actions.decline(mine, by=person, reason="On leave.")


@pytest.mark.parametrize("accepts", [True, False])
def test_declining_ends_it_even_after_it_was_accepted(people, mine, accepts):
    if accepts:
        actions.accept(mine, by=people.ben)
    actions.decline(mine, by=people.ben, reason="I know the author.")
    assert states(mine, mine.due_at + timedelta(days=1)) == {"ended"}
    assert replies(mine)[-1] == ("decline", "I know the author.", "ben")


def test_who_declined_may_decide_all_the_same(people, line, edition, mine):
    actions.decline(mine, by=people.ben, reason="Not by that date.")
    line.decide(edition, people.cyd, "editorial")
    assert line.decide(edition, people.ben, "medical").outcome == "approve"
    assert states(mine) == {"complete"}


@pytest.mark.parametrize("who", ["ada", "cyd", "max", "root"])
def test_editors_and_medical_leads_take_a_request_back(people, mine, who):
    actions.cancel(mine, by=getattr(people, who), reason="Asked by mistake.")
    assert states(mine) == {"ended"}


@pytest.mark.parametrize("who", ["ben", "bea", "pam", "ann", "dot"])
def test_nobody_else_takes_a_request_back_or_passes_it_on(people, mine, who):
    with denied("may not take requests for reviews back"):
        actions.cancel(mine, by=getattr(people, who), reason="Asked by mistake.")
    with denied("Ask an editor or a medical lead"):
        actions.reassign(mine, by=getattr(people, who), reason="On leave.", reviewer=people.bea)


def test_taking_back_and_passing_on_need_a_reason(people, mine):
    for reason in ("", "  \n"):
        with refused("reason_missing"):
            actions.cancel(mine, by=people.ada, reason=reason)
        with refused("reason_missing"):
            actions.reassign(mine, by=people.ada, reason=reason, reviewer=people.bea)


ANSWERS = {
    "accept": lambda people, row: actions.accept(row, by=people.ben),
    "decline": lambda people, row: actions.decline(row, by=people.ben, reason="On leave."),
    "cancel": lambda people, row: actions.cancel(row, by=people.ada, reason="By mistake."),
    "reassign": lambda people, row: actions.reassign(row, by=people.ada, reason="On leave.", reviewer=people.bea),
    "claim": lambda people, row: actions.claim(row, by=people.ben),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_was_declined_or_taken_back_gets_no_other_answer(people, edition, mine, answer):
    actions.decline(mine, by=people.ben, reason="On leave.")
    with refused("assignment_ended"):
        ANSWERS[answer](people, mine)
    again = ask(edition, people.ada, reviewer=people.ben)
    actions.cancel(again, by=people.ada, reason="By mistake.")
    with refused("assignment_ended"):
        ANSWERS[answer](people, again)


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_complete_gets_no_other_answer(people, line, edition, mine, answer):
    line.decide(edition, people.cyd, "editorial")
    line.decide(edition, people.ben, "medical")
    with refused("assignment_complete"):
        ANSWERS[answer](people, mine)


@pytest.mark.parametrize("end", ENDING)
def test_what_the_review_ended_without_gets_no_answer(people, line, edition, late, pool, end):
    end(line, edition)
    for answer in (
        lambda: actions.accept(late, by=late.reviewer),
        lambda: actions.decline(late, by=late.reviewer, reason="On leave."),
        lambda: actions.cancel(late, by=people.ada, reason="By mistake."),
        lambda: actions.claim(pool, by=late.reviewer),
    ):
        with refused("assignment_ended"):
            answer()


def test_what_is_late_can_still_be_answered(people, mine):
    with time_machine.travel(mine.due_at + timedelta(days=3)):
        actions.accept(mine, by=people.ben)
        assert states(mine) == {"waiting", "overdue"}


def test_passing_on_keeps_the_note_and_counts_the_days_anew(people, edition, mine):
    with time_machine.travel(timezone.now() + timedelta(days=10), tick=False):
        fresh = actions.reassign(mine, by=people.max, reason="On leave.", reviewer=people.bea)
        assert fresh.due_at == timezone.now() + timedelta(days=14)
    assert (fresh.reviewer, fresh.note, fresh.stage) == (people.bea, "The doses above all.", "medical")
    assert (fresh.assigned_by, fresh.edition_id) == (people.max, edition.pk)
    assert replies(mine) == [("cancel", "On leave.", "max")]
    assert (states(mine), states(fresh)) == ({"ended"}, {"waiting"})
    told = Event.objects.order_by("-seq").values_list("action", "object_id")[:2]
    assert list(told) == [("review.assigned", str(fresh.pk)), ("review.answered", str(mine.replies.get().pk))]


def test_a_request_passes_from_a_person_to_the_pool_and_back(people, mine):
    pool = actions.reassign(mine, by=people.ada, reason="Whoever is first.")
    assert pool.reviewer is None
    actions.claim(pool, by=people.bea)
    assert actions.reassign(pool, by=people.ada, reason="On leave.", reviewer=people.ben).reviewer == people.ben
    assert Assignment.objects.waiting().count() == 1


def test_nothing_is_taken_back_where_nobody_else_can_be_asked(people, line, edition, mine):
    """Cancelling and asking anew are one transaction."""
    other = ask(edition, people.ada, reviewer=people.bea)
    with refused("already_assigned"):
        actions.reassign(mine, by=people.ada, reason="On leave.", reviewer=people.bea)
    with denied("Medical reviewer"):
        actions.reassign(mine, by=people.ada, reason="On leave.", reviewer=people.dot)
    assert states(mine) == states(other) == {"waiting"}
    assert not AssignmentReply.objects.exists()
