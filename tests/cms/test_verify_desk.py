"""`manage.py verify` finds whatever was changed of the review desk behind the guards, and names the row."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from cms.recorded import FACTS
from publishing import actions as publishing
from publishing.models import Publication, Withdrawal
from reviews import actions as reviews
from reviews.models import (
    Assignment,
    AssignmentReply,
    Comment,
    Decision,
    Edition,
    Event,
    Override,
    Reaffirmation,
    Recall,
    Resolution,
    ReviewRound,
    RevocationAnswer,
)
from tests import cast
from tests.cms.guards.conftest import _questioned, _reviewed_again
from tests.cms.test_verify import assert_named, run, tamper

OLD = {Edition, Decision, Recall, Publication, Withdrawal}
DESK = [fact.model for fact in FACTS.values() if fact.model not in OLD and fact.model._meta.app_label == "reviews"]


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[cast.Line]:
    atomic = transaction.atomic()
    atomic._from_testcase = True  # the actions, which are durable, may run in it
    with django_db_blocker.unblock(), atomic:
        line = cast.Line(cast.make_people())
        edition = line.submit()
        line.decide(edition, line.people.cyd, "editorial")
        _questioned(line.people, line, edition)
        _reviewed_again(line.people, line)
        yield line
        transaction.set_rollback(True)


@pytest.fixture
def desk(built: cast.Line, db: None) -> cast.Line:
    """One article in review and two that are public, with a row of every kind that the review desk writes.

    Built once; what a test does to it is undone after it.
    """
    return built


def name(row: Any) -> str:
    return f"reviews.{type(row).__name__} {row.pk}"


def forge(row: Any, **values: Any) -> None:
    tamper(lambda: type(row).objects.filter(pk=row.pk).update(**values))


def test_the_desk_as_it_was_written_passes(desk):
    for model in DESK:
        assert model.objects.exists(), model
    code, said = run()
    assert code == 0, said


#: What to write over each column, and the word by which the problem is named.
COLUMNS: list[tuple[Any, str, Any]] = [
    (Assignment, "stage", "editorial"),
    (Assignment, "round", 2),
    (Assignment, "reviewer_id", "max"),
    (Assignment, "due_at", F("due_at") + timedelta(days=1)),
    (Assignment, "note", "Whatever you like."),
    (Assignment, "assigned_by_id", "max"),
    (AssignmentReply, "kind", "accept"),
    (AssignmentReply, "reason", "Never."),
    (AssignmentReply, "by_id", "max"),
    (Override, "digest", "sha256:" + "0" * 64),
    (Override, "stage", "editorial"),
    (Override, "reviewer_id", "bea"),
    (Override, "reviewer_name", "Dr Bea"),
    (Override, "codes", ["organization_conflict"]),
    (Override, "reason", "Because."),
    (Override, "attestation", "I set nothing aside."),
    (Override, "by_id", "root"),
    (Override, "signer_snapshot", {"name": "Root"}),
    (Comment, "place", "summary"),
    (Comment, "exact", "muscle"),
    (Comment, "prefix", "a"),
    (Comment, "suffix", "b"),
    (Comment, "severity", "advisory"),
    (Comment, "text", "Well done."),
    (Comment, "author_id", "max"),
    (Resolution, "disposition", "not-persuasive"),
    (Resolution, "answer", "No."),
    (Resolution, "by_id", "max"),
    (ReviewRound, "number", 3),
    (ReviewRound, "reason", "No reason."),
    (ReviewRound, "opened_by_id", "max"),
    (Reaffirmation, "digest", "sha256:" + "0" * 64),
    (Reaffirmation, "by_id", "max"),
    (RevocationAnswer, "reason", "It is fine."),
    (RevocationAnswer, "by_id", "root"),
]
#: The word for the actor, and for what the payload calls otherwise.
WORDS = {"reviewer_id": "reviewer", "signer_snapshot": "signer", "number": "round"}
ACTORS = {"assigned_by_id", "by_id", "author_id", "opened_by_id"}
#: Columns that no event tells: keys, and the moment, which is that of the event within the second.
UNTOLD = {"id", "at", "signed_at", "edition_id", "assignment_id", "parent_id", "comment_id", "round_id", "decision_id"}
#: The printed name, which the event keeps as the name of its actor: `verify` does not compare the two.
UNCOMPARED = {(Comment, "author_name"), (Resolution, "by_name")}


def test_the_table_has_every_column_that_an_event_tells():
    columns = {(model, field.attname) for model in DESK for field in model._meta.concrete_fields}
    told = {(model, column) for model, column in columns if column not in UNTOLD}
    assert told == {(model, column) for model, column, _ in COLUMNS} | UNCOMPARED


@pytest.mark.parametrize(("model", "column", "value"), COLUMNS, ids=lambda value: getattr(value, "__name__", None))
def test_a_column_that_was_changed_is_found(desk, model, column, value):
    row = model.objects.first()
    is_person = column in ACTORS | {"reviewer_id"}
    forge(row, **{column: getattr(desk.people, value).pk if is_person else value})
    word = "actor" if column in ACTORS else WORDS.get(column, column)
    assert_named(f"{name(row)}: {word} not as reviews.Event")


@pytest.mark.parametrize("model", DESK)
def test_a_row_without_its_event_is_found(desk, model):
    row = model.objects.first()
    action = next(action for action, fact in FACTS.items() if fact.model is model)
    event = Event.objects.get(action=action, object_id=str(row.pk))
    tamper(lambda: Event.objects.filter(pk=event.pk)._raw_delete("default"))
    assert_named(f"{name(row)}: no event tells of it")


LEAVES = [AssignmentReply, Override, Resolution, Reaffirmation, RevocationAnswer]


@pytest.mark.parametrize("model", LEAVES)
def test_a_row_that_was_deleted_is_found(desk, model):
    row = model.objects.first()
    tamper(lambda: model.objects.filter(pk=row.pk)._raw_delete("default"))
    assert_named(f"there is no reviews.{model.__name__} with id {row.pk}, of which it tells")


def test_a_row_that_was_slipped_in_is_found(desk):
    people, comment = desk.people, Comment.objects.first()
    copies = [Assignment.objects.first(), comment, Override.objects.first()]
    for row in copies:
        row.pk = None
    copies[2].reviewer = people.bea
    tamper(lambda: [type(row).objects.bulk_create([row]) for row in copies])
    assert_named(*(f"{name(row)}: no event tells of it" for row in copies))


@pytest.mark.parametrize(
    ("model", "column", "word"),
    [
        (AssignmentReply, "assignment_id", "assignment"),
        (Resolution, "comment_id", "comment"),
        (RevocationAnswer, "decision_id", "decision"),
    ],
)
def test_a_row_that_was_moved_to_another_is_found(desk, model, column, word):
    people, row = desk.people, model.objects.first()
    edition = Assignment.objects.get().edition
    other = {
        "assignment_id": lambda: reviews.assign(edition, by=people.ada, stage="medical"),
        "comment_id": lambda: reviews.comment(edition, by=people.bea, text="And this?"),
        "decision_id": lambda: Decision.objects.filter(edition=row.decision.edition, outcome="approve").first(),
    }[column]()
    forge(row, **{column: other.pk})
    assert_named(f"{name(row)}: {word} not as reviews.Event")


def test_an_answer_to_the_checklist_that_was_changed_is_found(desk):
    decision = Decision.objects.exclude(answers=[]).first()
    changed = [row | {"answer": "na"} for row in decision.answers]
    forge(decision, answers=changed)
    assert_named(f"{name(decision)}: answers not as reviews.Event")


def test_the_round_of_a_decision_that_was_changed_is_found(desk):
    decision = Decision.objects.filter(round=2).first()
    forge(decision, round=3)
    assert_named(f"{name(decision)}: round not as reviews.Event")


def test_a_review_date_that_was_moved_is_found(desk):
    """Without its reaffirmation the certificate of the edition says more than the facts give."""
    row = Reaffirmation.objects.get()
    publication = row.round.edition.publication
    tamper(lambda: Reaffirmation.objects.filter(pk=row.pk)._raw_delete("default"))
    assert_named(f"publishing.LiveEdition {publication.article_id} edition 1: ")


def test_a_reaffirmation_whose_approval_was_deleted_is_found(desk):
    decision = Decision.objects.filter(round=2, stage="medical").first()
    tamper(lambda: Decision.objects.filter(pk=decision.pk)._raw_delete("default"))
    assert_named(f"there is no reviews.Decision with id {decision.pk}, of which it tells")


def test_the_public_page_of_a_reaffirmed_text_is_held_against_the_facts(desk):
    edition = desk.publish().edition
    reviews.open_round(edition, by=desk.people.cyd, reason="A year.")
    desk.approve(edition)
    publishing.reaffirm(edition, by=desk.people.pam, expected_digest=edition.digest)
    assert run()[0] == 0
