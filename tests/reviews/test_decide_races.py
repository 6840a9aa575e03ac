"""Many hands on one edition at the same moment, on PostgreSQL: one effect each, and nothing else but refusals."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client

from publishing import actions as publishing
from publishing.permissions import is_separate_releaser
from reviews import actions
from reviews.models import Assignment, AssignmentReply, Decision, Edition, Resolution, ReviewRound
from tests import cast
from tests.publishing.test_reaffirm import all_agrees
from tests.test_races import DONE, REFUSED, all_holds, at_once, outcomes

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = 25
SIGNED, SHOWN_AGAIN = 302, {200, 400, 403, 409}


@pytest.fixture
def line(transactional_db: None) -> cast.Line:
    return cast.Line(cast.make_people())


@pytest.fixture
def tabs(line: cast.Line) -> list[tuple[Any, str]]:
    """Two tabs each: two people in the medical stage and one in the other that runs beside it."""
    people = line.people
    return [(people.ben, "medical"), (people.bea, "medical"), (people.eve, "pharmacy_legal")] * 2


def ready(line: cast.Line) -> Edition:
    """An edition of which two stages are open at once."""
    edition = line.submit(line.draft(risk_tier=3))
    line.decide(edition, line.people.cyd, "editorial")
    return edition


def check_approved(edition: Edition, line: cast.Line) -> None:
    """Each signed once, the quorum is there, and the event log tells of each."""
    edition = Edition.objects.get(pk=edition.pk)
    people = line.people
    signed = sorted(edition.decisions.values_list("reviewer_id", "stage", "outcome"))
    assert signed == sorted(
        (person.pk, stage, "approve")
        for person, stage in [
            (people.cyd, "editorial"),
            (people.ben, "medical"),
            (people.bea, "medical"),
            (people.eve, "pharmacy_legal"),
        ]
    )
    assert publishing.publication_blockers(edition) == []
    assert not is_separate_releaser(people.ben, edition)


def test_two_tabs_two_people_and_two_stages_sign_once_each(line, tabs):
    for _ in range(ROUNDS):
        edition = ready(line)
        came_to = at_once(*[partial(cast.decide, edition, by=by, stage=stage) for by, stage in tabs])
        assert outcomes(came_to) == {DONE: 3, REFUSED: 3}, came_to
        check_approved(edition, line)
    all_holds()


def test_the_same_through_the_review_desk(line, tabs):
    clients = [logged_in(by) for by, _ in tabs]
    for _ in range(ROUNDS):
        edition = ready(line)
        posts = [posting(client, edition, stage) for client, (_, stage) in zip(clients, tabs, strict=True)]
        came_to = at_once(*posts)
        assert came_to.count(SIGNED) == 3, came_to
        assert set(came_to) <= {SIGNED} | SHOWN_AGAIN, came_to
        check_approved(edition, line)
    all_holds()


def logged_in(person: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def posting(client: Client, edition: Edition, stage: str) -> Callable[[], int]:
    """Return a call that signs an approval in the form of the review desk and returns the status."""
    answers = cast.answers(edition, stage)
    form = {f"answer_{n}": row["answer"] for n, row in enumerate(answers)} | {
        f"why_{n}": "" for n in range(len(answers))
    }
    form |= {"stage": stage, "digest": edition.digest, "outcome": "approve", "password": cast.PASSWORD, "comment": ""}
    return lambda: client.post(f"/admin/reviews/edition/{edition.pk}/decide/", form).status_code


def test_an_approval_and_a_blocking_comment_never_cross(line):
    """Whichever comes first: who approves after the comment is refused."""
    people, order = line.people, Counter()
    for n in range(12):
        edition = line.submit()
        approve = partial(cast.decide, edition, by=people.cyd, stage="editorial")
        block = partial(actions.comment, edition, by=people.ben, text="Wrong.", severity="blocking_safety")

        came_to = at_once(approve, block) if n % 2 else at_once(block, approve)[::-1]

        assert set(outcomes(came_to)) <= {DONE, REFUSED}, came_to
        comment = edition.comments.get()
        decision = Decision.objects.filter(edition=edition).first()
        assert (came_to[0] == REFUSED) == (decision is None)
        order["approved first" if decision else "blocked first"] += 1
        assert came_to[1] == comment
        settle = partial(actions.resolve, comment, disposition="not-persuasive", answer="It is right.")
        settled = at_once(partial(settle, by=people.ben), partial(settle, by=people.max))
        assert outcomes(settled) == {DONE: 1, REFUSED: 1}, settled
        assert Resolution.objects.filter(comment=comment).count() == 1
    assert sum(order.values()) == 12
    all_agrees()


def test_one_of_those_who_claim_at_once_gets_the_request(line):
    people = line.people
    for _ in range(4):
        edition = line.submit()
        pool = actions.assign(edition, by=people.ada, stage="medical")
        claim = partial(actions.claim, pool)
        came_to = at_once(*[partial(claim, by=by) for by in (people.ben, people.bea) for _ in range(3)])
        assert outcomes(came_to) == {DONE: 1, REFUSED: 5}, came_to
        assert AssignmentReply.objects.filter(assignment=pool).count() == 1
    all_agrees()


def test_who_is_asked_by_many_at_once_is_asked_once(line):
    people = line.people
    for _ in range(4):
        edition = line.submit()
        ask = partial(actions.assign, edition, stage="medical", reviewer=people.ben)
        came_to = at_once(*[partial(ask, by=by) for by in (people.ada, people.cyd, people.max) for _ in range(2)])
        assert outcomes(came_to) == {DONE: 1, REFUSED: 5}, came_to
        assert Assignment.objects.filter(edition=edition).count() == 1
    all_agrees()


def test_one_round_is_opened_and_reaffirmed_whoever_tries(line):
    people = line.people
    edition = line.publish(line.approve(line.submit(line.draft(risk_tier=1)))).edition
    for number in (2, 3, 4):
        start = partial(actions.open_round, edition, reason="Time to look again.")
        came_to = at_once(*[partial(start, by=by) for by in (people.ada, people.cyd, people.max) for _ in range(2)])
        assert outcomes(came_to) == {DONE: 1, REFUSED: 5}, came_to
        line.approve(edition)
        finish = partial(publishing.reaffirm, edition, expected_digest=edition.digest)
        came_to = at_once(*[partial(finish, by=by) for by in (people.pam, people.root) for _ in range(3)])
        assert outcomes(came_to) == {DONE: 1, REFUSED: 5}, came_to
        assert list(ReviewRound.objects.values_list("number", flat=True)) == list(range(2, number + 1))
    all_agrees()
