"""A reviewer answers the checklist of their stage before approving, in the words in which it was asked then."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from articles.history import write
from reviews import actions
from reviews.models import Decision, Edition, Event, Stage
from reviews.policy import check_answers
from tests import cast
from tests.refusal import codes_of, refused

FIRST, SECOND = "Is every dose right?", "Is every link alive?"
STAGE = {"key": "medical", "label": "Medical review", "checklist": [FIRST, SECOND]}
YES = {"question": FIRST, "answer": "yes", "comment": ""}
ALSO = {"question": SECOND, "answer": "yes", "comment": ""}


@pytest.fixture
def edition(line):
    return line.submit()


def decide(edition, people, answers, outcome="approve"):
    comment = "" if outcome == "approve" else "Say more."
    return cast.decide(edition, outcome, by=people.cyd, stage="editorial", answers=answers, comment=comment)


def given(edition, stage="editorial", **changes):
    return cast.answers(edition, stage, **changes)


def ask(questions, tier=2, stage="editorial"):
    """Let a stage ask these questions from now on."""
    row = Stage.objects.get(policy__risk_tier=tier, key=stage)
    row.checklist = questions
    return write(row, by=row.policy.history.first().history_user)


# The rules, over plain values

ANSWERS = [
    ([YES, ALSO], []),
    ([ALSO, YES], []),
    ([YES | {"answer": "na"}, ALSO], []),
    ([YES | {"answer": "na", "comment": "No dose here."}, ALSO], []),
    ([YES | {"answer": "no", "comment": "Table 2."}, ALSO], []),
    ([YES | {"answer": "no"}, ALSO], ["answer_without_comment"]),
    ([YES | {"answer": "no", "comment": " \n"}, ALSO], ["answer_without_comment"]),
    ([], ["checklist_incomplete"] * 2),
    ([YES], ["checklist_incomplete"]),
    ([YES | {"question": FIRST.upper()}, ALSO], ["unknown_question", "checklist_incomplete"]),
    ([YES | {"question": FIRST + " "}, ALSO], ["unknown_question", "checklist_incomplete"]),
    ([YES, ALSO, YES | {"question": "Is it short?"}], ["unknown_question"]),
    ([YES, ALSO, YES], ["answered_twice"]),
    ([YES, ALSO, YES | {"answer": "no", "comment": "Table 2."}], ["answered_twice"]),
    ([YES | {"answer": "maybe"}, ALSO], ["unknown_answer"]),
    ([YES | {"answer": "Yes"}, ALSO], ["unknown_answer"]),
    ([YES | {"answer": ""}, ALSO], ["unknown_answer"]),
]


@pytest.mark.parametrize(("answers", "codes"), ANSWERS)
def test_to_approve_every_question_is_answered_once_as_it_was_asked(answers, codes):
    assert [row.code for row in check_answers(STAGE, answers, approves=True)] == codes


@pytest.mark.parametrize(("answers", "codes"), ANSWERS)
def test_to_send_back_questions_may_stay_open(answers, codes):
    codes = [code for code in codes if code != "checklist_incomplete"]
    assert [row.code for row in check_answers(STAGE, answers, approves=False)] == codes


MALFORMED = [
    None,
    "yes",
    7,
    {},
    YES,
    {FIRST: "yes", SECOND: "yes"},
    [None],
    ["yes"],
    [[]],
    [[FIRST, "yes", ""]],
    [YES, None],
    [{}],
    [{"question": FIRST}],
    [{"question": FIRST, "answer": "yes"}],
    [{"answer": "yes", "comment": ""}],
    [YES | {"question": None}],
    [YES | {"question": [FIRST]}],
    [YES | {"answer": None}],
    [YES | {"answer": True}],
    [YES | {"answer": ["yes"]}],
    [YES | {"answer": {"yes": 1}}],
    [YES | {"answer": "no", "comment": None}],
    [YES | {"comment": 7}],
]


@pytest.mark.parametrize("answers", MALFORMED)
@pytest.mark.parametrize("approves", [True, False])
def test_whatever_a_door_hands_in_is_refused_in_words(answers, approves):
    blockers = check_answers(STAGE, answers, approves=approves)
    assert [row.code for row in blockers] == ["malformed_answers"]
    assert check_answers({"key": "old"}, answers, approves=approves) == [
        type(blockers[0])("malformed_answers", blockers[0].message, "old")
    ]


# The same through the action


def test_a_malformed_answer_is_a_refusal_not_an_error(people, edition):
    for answers in MALFORMED:
        for outcome in ("approve", "request_changes"):
            with refused("malformed_answers"):
                decide(edition, people, answers, outcome)


def test_an_approval_lacks_each_question_by_its_own_words(people, edition):
    questions = edition.stage("editorial")["checklist"]
    assert len(questions) == 2
    with refused(*["checklist_incomplete"] * 2):
        decide(edition, people, [])
    with pytest.raises(ValidationError) as caught:
        decide(edition, people, given(edition)[:1])
    assert caught.value.messages == [f"Answer the checklist before you approve: “{questions[1]}”"]


@pytest.mark.parametrize("outcome", ["request_changes", "reject"])
def test_who_sends_an_edition_back_answers_what_they_like(people, line, outcome):
    assert decide(line.submit(), people, [], outcome).answers == []
    edition = line.submit()
    answers = given(edition, answer="no", comment="The third sentence.")[:1]
    assert decide(edition, people, answers, outcome).answers == answers
    edition = line.submit()
    with refused("answer_without_comment", "answer_without_comment"):
        decide(edition, people, given(edition, answer="no"), outcome)


def test_one_no_with_a_reason_keeps_nobody_from_approving(people, edition):
    answers = given(edition, answer="no", comment="The word “fasciculation” stays; it is explained.")
    assert decide(edition, people, answers).outcome == "approve"


def test_the_answers_are_kept_with_the_signature_and_told_by_the_event(people, line, edition):
    line.decide(edition, people.cyd, "editorial")
    questions = edition.stage("medical")["checklist"]
    answers = [
        {"question": questions[0], "answer": "yes", "comment": "Read twice."},
        {"question": questions[1], "answer": "na", "comment": ""},
        {"question": questions[2], "answer": "no", "comment": "It says so further down."},
    ]
    decision = cast.decide(edition, by=people.ben, stage="medical", answers=answers)
    assert Decision.objects.get(pk=decision.pk).answers == answers
    assert Event.objects.get(object_id=str(decision.pk), action="edition.decided").payload["answers"] == answers


def test_what_is_not_an_answer_is_not_kept(people, edition):
    answers = [row | {"score": 10, "html": "<b>"} for row in given(edition)]
    assert decide(edition, people, answers).answers == given(edition)


@pytest.mark.parametrize(
    ("said", "code"), [("a\x00b", "null_character"), ("a\u202eb", "bidi_override"), ("\ud800", "lone_surrogate")]
)
def test_a_comment_on_an_answer_keeps_the_rules_of_text(people, edition, said, code):
    for outcome in ("approve", "reject"):
        with refused(code):
            decide(edition, people, given(edition, comment=said), outcome)


def test_a_comment_on_an_answer_is_kept_in_the_normal_form(people, edition):
    decision = decide(edition, people, given(edition, comment="Zo\u0308e\r\nasked " + "x" * 10_000))
    assert {row["comment"] for row in Decision.objects.get(pk=decision.pk).answers} == {"Zöe\nasked " + "x" * 10_000}


# Frozen with the edition


def test_the_questions_are_those_of_the_day_of_submission(people, edition):
    before = edition.stage("editorial")["checklist"]
    ask(["A new question?"])
    fresh = Edition.objects.get(pk=edition.pk)
    assert fresh.stage("editorial")["checklist"] == before
    with refused("unknown_question", "checklist_incomplete", "checklist_incomplete"):
        decide(fresh, people, [{"question": "A new question?", "answer": "yes", "comment": ""}])
    assert decide(fresh, people, given(fresh)).answers == given(edition)


def test_the_next_edition_asks_the_new_questions(people, line, edition):
    ask(["A new question?"])
    actions.recall(edition, by=people.ada, reason="Wait.")
    following = line.submit(edition.article)
    with refused("unknown_question", "unknown_question", "checklist_incomplete"):
        decide(following, people, given(edition))
    assert [row["question"] for row in decide(following, people, given(following)).answers] == ["A new question?"]


def test_a_stage_without_questions_asks_none(people, line):
    ask([])
    edition = line.submit()
    assert decide(edition, people, []).answers == []


def test_an_edition_from_before_there_were_checklists_asks_none(people, line, edition):
    _forget_checklists(edition)
    old = Edition.objects.get(pk=edition.pk)
    assert all("checklist" not in stage for stage in old.policy["stages"])
    with refused("unknown_question", "unknown_question"):
        decide(old, people, given(edition))
    assert decide(old, people, []).answers == []
    assert actions.decide(old, "approve", by=people.ben, stage="medical", expected_digest=old.digest).answers == []
    assert line.decide(old, people.bea, "medical").outcome == "approve"
    assert line.publish(Edition.objects.get(pk=edition.pk)).seq == 1


def _forget_checklists(edition):
    """Leave the policy snapshot as it was taken before stages had a checklist; as the owner of the database could."""
    stages = [{key: stage[key] for key in stage if key != "checklist"} for stage in edition.policy["stages"]]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cast.take_guards_down()
    Edition.objects.filter(pk=edition.pk).update(policy=edition.policy | {"stages": stages})


@pytest.mark.parametrize(
    "questions",
    ["Is it right?", [""], [" "], ["a", "a"], ["x" * 501], [7], [None], {"a": "b"}],
)
def test_a_policy_asks_different_questions_that_say_something(db, questions):
    stage = Stage.objects.get(policy__risk_tier=2, key="medical")
    stage.checklist = questions
    with pytest.raises(ValidationError) as caught:
        stage.full_clean()
    assert set(codes_of(caught.value)) <= {"not_a_list", "repeated"}
