"""What the database refuses of the review desk: blocking comments, rounds, reaffirmations and conflicts set aside."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from reviews.models import Comment, Decision, Disposition, Edition, Override, Reaffirmation, Resolution, ReviewRound
from tests.cms.guards.conftest import World
from tests.cms.guards.sql import copy, guards_down, insert, refused, refused_by_the_database, settle
from tests.cms.guards.test_decisions_are_guarded import NO_EDITION, OTHER_DIGEST, approval, approval_of
from tests.cms.guards.test_publications_are_guarded import publication, withdrawal

HELD_UP = "a blocking comment is open"
ENDED = "the review of this edition has ended"
NOT_REAFFIRMED = "a round that ended, or is held up by a comment, reaffirms nothing"
NOT_ENOUGH = "an approval that the policy asks for is missing"
NOT_STANDING = "only the standing text is reviewed again"
NOT_NEXT = "a round begins when the one before it is complete"
NOT_OPEN = "an edition is reviewed in round 1, and once it is public in a round that is open"
NOT_YOURS = "a conflict is set aside by somebody else, who did not touch the text"

Row = Callable[[World], Any]


def put(row: Any) -> Any:
    """Insert a row as one raw statement and read it back."""
    insert(row)
    return type(row).objects.order_by("pk").last()


def comment(target: Edition, world: World, **changes: Any) -> Comment:
    values = {"edition": target, "severity": "blocking", "text": "Which muscle?", "author": world.people.ben}
    return Comment(**(values | {"author_name": "Dr Ben", "at": timezone.now()} | changes))


def resolution(target: Comment, world: World) -> Resolution:
    values = {"disposition": Disposition.PERSUASIVE, "answer": "Any.", "by": world.people.ben, "by_name": "Dr Ben"}
    return Resolution(comment=target, at=timezone.now(), **values)


def a_round(target: Edition, world: World, **changes: Any) -> ReviewRound:
    """The next round of the live edition is 2: valid as it stands."""
    values = {"edition": target, "number": 2, "reason": "Two years.", "opened_by": world.people.cyd}
    return ReviewRound(**(values | {"at": timezone.now()} | changes))


def again(target: Edition, number: int = 2, *, but: tuple[Any, ...] = ()) -> list[Decision]:
    """The approvals of the first round, given once more; without those of some people."""
    first = Decision.objects.filter(edition=target, outcome="approve", round=1).exclude(reviewer__in=but)
    return [copy(row, round=number) for row in first]


def reaffirmation(of: ReviewRound, world: World, **changes: Any) -> Reaffirmation:
    values = {"round": of, "digest": of.edition.digest, "by": world.people.pam, "at": timezone.now()}
    return Reaffirmation(**(values | changes))


def override(world: World, **changes: Any) -> Override:
    """max sets bea's conflict aside: valid for `partial` as it stands."""
    return copy(Override.objects.get(), **({"reviewer_id": world.people.bea.pk} | changes))


def reviewed_again(world: World, *, but: tuple[Any, ...] = ()) -> ReviewRound:
    """Open round 2 of the live edition, approved by all, or by all but some."""
    opened = put(a_round(world.live.edition, world))
    for row in again(world.live.edition, but=but):
        insert(row)
    return opened


def test_the_rows_that_these_tests_bend_are_accepted_as_they_stand(world: World):
    insert(reaffirmation(reviewed_again(world), world))
    insert(a_round(world.live.edition, world, number=3))
    for row in again(world.live.edition, 3):
        insert(row)
    insert(override(world))
    settle()


# Blocking comments


def hold(target: Edition, world: World, severity: str) -> Comment:
    return put(comment(target, world, severity=severity))


@pytest.mark.parametrize("severity", ["blocking", "blocking_safety"])
def test_nothing_is_approved_published_or_reaffirmed_while_a_blocking_comment_is_open(world: World, severity: str):
    opened = reviewed_again(world)
    on = [hold(edition, world, severity) for edition in (world.partial, world.approved, world.live.edition)]
    rows = [
        (approval(world), HELD_UP),
        (publication(world.approved, world), HELD_UP),
        (reaffirmation(opened, world), NOT_REAFFIRMED),
    ]
    for row, reason in rows:
        with refused(type(row), reason):
            insert(row)
    for row in on:
        insert(resolution(row, world))
    for row, _ in rows:
        insert(row)


def test_a_comment_on_an_earlier_edition_blocks_the_later_ones(world: World):
    opened = reviewed_again(world)
    held = hold(world.older.edition, world, "blocking")
    assert world.older.edition.number < world.live.edition.number
    with refused(Reaffirmation, NOT_REAFFIRMED):
        insert(reaffirmation(opened, world))
    insert(resolution(held, world))
    insert(reaffirmation(opened, world))


def test_other_outcomes_go_through_while_a_blocking_comment_is_open(world: World):
    hold(world.partial, world, "blocking_safety")
    insert(approval(world, outcome="request_changes", comment="See the comment."))


@pytest.mark.parametrize("case", ["advice", "on another article", "an answer to a settled one"])
def test_what_does_not_block_lets_pass(world: World, case: str):
    if case == "advice":
        hold(world.partial, world, "advisory")
    elif case == "on another article":
        hold(world.approved, world, "blocking")
    else:
        settled = Comment.objects.get(edition=world.partial)
        assert settled.is_resolved
        insert(comment(world.partial, world, severity="advisory", parent=settled))
    insert(approval(world))


@pytest.mark.parametrize("changes", [{"severity": "blocking"}, {"severity": "advisory", "exact": "muscle"}])
def test_an_answer_neither_blocks_nor_quotes(world: World, changes: dict[str, str]):
    parent = Comment.objects.get(edition=world.partial)
    with refused_by_the_database(Comment):
        insert(comment(world.partial, world, parent=parent, **changes))


def test_a_severity_that_is_not_known_is_refused(world: World):
    for severity in ("", "none", "BLOCKING"):
        with refused_by_the_database(Comment):
            insert(comment(world.partial, world, severity=severity))


def test_a_comment_is_settled_once(world: World):
    with refused_by_the_database(Resolution):
        insert(resolution(Comment.objects.get(edition=world.partial), world))


@pytest.mark.sqlite
def test_a_blocking_comment_cannot_be_replaced_by_advice(world: World):
    held = hold(world.partial, world, "blocking")
    with refused(Comment, "this row exists"):
        insert(copy(held, id=held.pk, severity="advisory"), verb="INSERT OR REPLACE INTO")
    with refused(Decision, HELD_UP):
        insert(approval(world), verb="INSERT OR REPLACE INTO")


# Rounds


def doubted() -> Edition:
    """The public edition whose approval was taken back."""
    return Edition.objects.get(publication__isnull=False, decisions__outcome="revoke")


def reaffirmed() -> Edition:
    return Reaffirmation.objects.get().round.edition


ROUNDS: dict[str, tuple[Row, str]] = {
    "number 1": (lambda w: a_round(w.live.edition, w, number=1), NOT_NEXT),
    "number 0": (lambda w: a_round(w.live.edition, w, number=0), NOT_NEXT),
    "a number skipped": (lambda w: a_round(w.live.edition, w, number=3), NOT_NEXT),
    "the number of a complete round": (lambda w: a_round(reaffirmed(), w, number=2), NOT_NEXT),
    "an edition in review": (lambda w: a_round(w.partial, w), NOT_STANDING),
    "an approved edition": (lambda w: a_round(w.approved, w), NOT_STANDING),
    "a returned edition": (lambda w: a_round(w.returned, w), NOT_STANDING),
    "a superseded edition": (lambda w: a_round(w.older.edition, w), NOT_STANDING),
    "a withdrawn edition": (lambda w: a_round(w.withdrawn.edition, w), NOT_STANDING),
    "an edition whose approval was taken back": (lambda w: a_round(doubted(), w), NOT_STANDING),
    "an edition that does not exist": (lambda w: a_round(w.live.edition, w, edition_id=NO_EDITION), "no such article"),
}


@pytest.mark.parametrize("case", ROUNDS)
def test_no_round_of(world: World, case: str):
    make, reason = ROUNDS[case]
    with refused_by_the_database(ReviewRound, reason):
        insert(make(world))


def test_one_round_is_open_at_a_time(world: World):
    insert(a_round(world.live.edition, world))
    for number in (2, 3):
        with refused(ReviewRound, NOT_NEXT):
            insert(a_round(world.live.edition, world, number=number))


def test_the_round_that_was_sent_back_is_the_last(world: World):
    insert(a_round(world.live.edition, world))
    first = again(world.live.edition)[0]
    insert(copy(first, outcome="request_changes", comment="A number is old."))
    with refused(ReviewRound, NOT_STANDING):
        insert(a_round(world.live.edition, world, number=3))
    with refused(Decision, ENDED):
        insert(again(world.live.edition)[1])


@pytest.mark.parametrize("outcome", ["approve", "reject", "request_changes"])
def test_nothing_is_decided_in_a_round_that_is_not_open(world: World, outcome: str):
    live, done = world.live.edition, reaffirmed()
    eve = world.people.eve
    for target, number in ((live, 2), (live, 1), (live, 0), (done, 1), (done, 2), (done, 3), (world.partial, 2)):
        with refused(Decision, NOT_OPEN):
            insert(approval_of(target, eve, round=number, outcome=outcome))
    insert(a_round(live, world))
    with refused(Decision, NOT_OPEN):
        insert(approval_of(live, eve, round=3, outcome=outcome))
    insert(approval_of(live, eve, round=2, outcome=outcome))


def test_nobody_decides_twice_in_a_round(world: World):
    reviewed_again(world)
    with refused_by_the_database(Decision):
        insert(again(world.live.edition)[0])


def test_nobody_approves_their_own_work_in_a_later_round(world: World):
    insert(a_round(world.live.edition, world))
    with refused(Decision, "nobody approves their own work"):
        insert(approval_of(world.live.edition, world.people.ada, round=2))


def test_an_approval_is_taken_back_in_the_round_in_which_it_was_given(world: World):
    reviewed_again(world, but=(world.people.bea,))
    ben, bea = world.people.ben, world.people.bea
    values = {"stage": "medical", "outcome": "revoke"}
    with refused(Decision, "only an approval of one's own can be revoked"):
        insert(approval_of(world.live.edition, bea, round=2, **values))
    insert(approval_of(world.live.edition, ben, round=2, **values))


# Reaffirmations


@pytest.mark.parametrize("missing", [("cyd",), ("ben",), ("bea",), ("cyd", "ben", "bea")])
def test_nothing_is_reaffirmed_without_the_quorum_of_its_own_round(world: World, missing: tuple[str, ...]):
    opened = reviewed_again(world, but=tuple(getattr(world.people, name) for name in missing))
    assert Decision.objects.filter(edition=opened.edition, round=1, outcome="approve").count() == 3
    with refused(Reaffirmation, NOT_ENOUGH):
        insert(reaffirmation(opened, world))


def test_nothing_is_reaffirmed_without_a_specialist(world: World):
    opened = put(a_round(world.live.edition, world))
    for row in again(world.live.edition):
        insert(copy(row, is_specialist=False))
    with refused(Reaffirmation, NOT_ENOUGH):
        insert(reaffirmation(opened, world))


@pytest.mark.parametrize("who", ["cyd", "ben", "bea"])
def test_who_approved_in_the_round_does_not_reaffirm(world: World, who: str):
    assert world.live.edition.policy["separate_releaser"] is True
    opened = reviewed_again(world)
    with refused(Reaffirmation, "who reaffirms may not have approved"):
        insert(reaffirmation(opened, world, by=getattr(world.people, who)))


def test_who_approved_in_an_earlier_round_reaffirms(world: World):
    uri = Override.objects.get().reviewer
    opened = reviewed_again(world, but=(world.people.ben,))
    insert(approval_of(world.live.edition, uri, round=2, stage="medical", is_specialist=True))
    insert(reaffirmation(opened, world, by=world.people.ben))


def test_another_digest_is_not_reaffirmed(world: World):
    opened = reviewed_again(world)
    for digest in (OTHER_DIGEST, "", world.older.digest):
        with refused(Reaffirmation, NOT_REAFFIRMED):
            insert(reaffirmation(opened, world, digest=digest))


def test_a_round_that_does_not_exist_reaffirms_nothing(world: World):
    opened = reviewed_again(world)
    with refused(Reaffirmation, "there is no such article"):
        insert(reaffirmation(opened, world, round_id=NO_EDITION))


def test_a_round_is_reaffirmed_once(world: World):
    opened = reviewed_again(world)
    insert(reaffirmation(opened, world))
    with refused_by_the_database(Reaffirmation):
        insert(reaffirmation(opened, world))


@pytest.mark.sqlite
def test_a_reaffirmation_cannot_be_replaced(world: World):
    row = Reaffirmation.objects.get()
    with refused(Reaffirmation, "this row exists"):
        insert(copy(row, by_id=world.people.root.pk), verb="INSERT OR REPLACE INTO")


def send_back(world: World) -> None:
    insert(approval_of(world.live.edition, world.people.eve, round=2, stage="medical", outcome="reject"))


def take_back(world: World) -> None:
    values = {"stage": "medical", "outcome": "revoke"}
    insert(approval_of(world.live.edition, world.people.ben, round=2, **values))


@pytest.mark.parametrize("end", [send_back, take_back])
def test_an_ended_edition_is_not_reaffirmed(world: World, end: Callable[[World], None]):
    opened = reviewed_again(world)
    end(world)
    with refused(Reaffirmation, NOT_REAFFIRMED):
        insert(reaffirmation(opened, world))


def withdraw(world: World) -> None:
    insert(withdrawal(world.live, world))


def supersede(world: World) -> None:
    """Publish the next edition of the same article over it."""
    live = world.live.edition
    following = put(copy(live, number=live.number + 1))
    for row in Decision.objects.filter(edition=live, round=1):
        insert(copy(row, edition_id=following.pk))
    insert(publication(following, world, seq=world.live.seq + 1))


@pytest.mark.parametrize("end", [withdraw, supersede])
def test_a_text_that_is_public_no_more_is_neither_reviewed_again_nor_reaffirmed(
    world: World, end: Callable[[World], None]
):
    opened = reviewed_again(world)
    end(world)
    with refused_by_the_database(Reaffirmation):
        insert(reaffirmation(opened, world))
    with refused_by_the_database(Decision):
        insert(approval_of(world.live.edition, world.people.eve, round=2, stage="medical"))


@pytest.mark.parametrize("stages", [[], None, {}, [{"key": "medical", "quorum": 0, "specialists": 0}]])
def test_a_policy_that_asks_for_nothing_reaffirms_nothing(world: World, stages: Any):
    opened = reviewed_again(world)
    broken = world.live.edition.policy | {"stages": stages}
    with guards_down():
        Edition.objects.filter(pk=world.live.edition_id).update(policy=broken)
    with refused_by_the_database(Reaffirmation):
        insert(reaffirmation(opened, world))


# Conflicts set aside

OVERRIDES: dict[str, Row] = {
    "for oneself": lambda w: override(w, reviewer_id=w.people.max.pk),
    "by the author": lambda w: override(w, by_id=w.people.ada.pk),
    "by who changed the text": lambda w: override(w, **of_touched(w), by_id=w.people.cyd.pk),
    "by a superuser who changed the text": lambda w: override(w, **of_touched(w), by_id=w.people.root.pk),
    "by a lead who speaks in it": lambda w: override(w, **of_touched(w), by_id=w.people.max.pk),
    "by the submitter": lambda w: override(w, **of_touched(w), by_id=w.touched.submitted_by_id),
    "another digest": lambda w: override(w, digest=OTHER_DIGEST),
    "the digest of another edition": lambda w: override(w, digest=w.approved.digest),
    "no digest": lambda w: override(w, digest=""),
}


def of_touched(world: World) -> dict[str, Any]:
    return {"edition_id": world.touched.pk, "digest": world.touched.digest}


@pytest.mark.parametrize("case", OVERRIDES)
def test_no_conflict_is_set_aside(world: World, case: str):
    with refused(Override, NOT_YOURS):
        insert(OVERRIDES[case](world))


def test_no_conflict_is_set_aside_on_an_edition_that_does_not_exist(world: World):
    with refused(Override, "there is no such article"):
        insert(override(world, edition_id=NO_EDITION))


def test_a_conflict_of_a_reviewer_is_set_aside_once_for_a_stage(world: World):
    with refused_by_the_database(Override):
        insert(copy(Override.objects.get()))
    insert(override(world, reviewer_id=Override.objects.get().reviewer_id, stage="editorial"))


@pytest.mark.sqlite
def test_a_conflict_set_aside_cannot_be_replaced(world: World):
    with refused(Override, "this row exists"):
        insert(copy(Override.objects.get(), codes=["own_work"]), verb="INSERT OR REPLACE INTO")
