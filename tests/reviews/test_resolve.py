"""Comments are answered in a thread and settled once, by who may; a blocking one not by those who wrote the text."""

import pytest
from django.contrib.auth.models import Group

from articles.models import Contributor
from cms.recorded import FACTS
from reviews import actions
from reviews.models import Comment, Disposition, Event, Resolution
from tests import cast
from tests.refusal import denied, refused

BLOCKING = ["blocking", "blocking_safety"]


@pytest.fixture
def edition(line):
    return line.submit()


def say(edition, by, severity="advisory", **changes):
    return actions.comment(edition, by=by, **({"text": "Is that so?", "severity": severity} | changes))


def settle(comment, by, **changes):
    values = {"disposition": "persuasive", "answer": "It says so now."} | changes
    return actions.resolve(comment, by=by, **values)


def lead(name="lea", *roles):
    return cast.make_user(name, "Medical lead", *roles)


def test_a_resolution_keeps_how_and_by_whom_and_is_an_event(people, edition):
    comment = say(edition, people.ben, "blocking")
    fact = settle(comment, people.ben, disposition="not-persuasive-with-modification", answer="Made clearer.")
    kept = Resolution.objects.get()
    assert (kept.comment, kept.by, kept.by_name, kept.answer) == (comment, people.ben, "Dr Ben", "Made clearer.")
    assert Comment.objects.get().is_resolved
    event = Event.objects.get(action="comment.resolved")
    assert (event.actor, event.object_id, event.article_id) == (people.ben, str(fact.pk), edition.article_id)
    assert event.payload == FACTS["comment.resolved"].payload(kept)
    assert event.payload["disposition"] == "not-persuasive-with-modification"


# Who settles what: ada wrote the text; ben, cyd and max touched nothing; the lead `mel` speaks in it.

MAY = {
    # (severity, raised by): who may settle it, of those below
    ("advisory", "ben"): "ada cyd ben bea max mel root",
    ("advisory", "ada"): "ada cyd ben bea max mel root",
    ("blocking", "ben"): "ben max root",
    ("blocking_safety", "ben"): "ben max root",
    ("blocking", "ada"): "ada max root",
    ("blocking_safety", "cyd"): "cyd max root",
    ("blocking", "max"): "max root",
    ("blocking_safety", "mel"): "mel max root",
}
EVERYBODY = "ada cyd ben bea max mel root pam ann dot".split()


@pytest.fixture
def cast_and_mel(people, line):
    """The cast, and a medical lead who speaks in the text, so that `touched_by` names them."""
    people.mel = lead("mel")
    article = line.draft()
    speaker = Contributor.objects.filter(viewpoint_contributors__viewpoint__article=article).first()
    Contributor.objects.filter(pk=speaker.pk).update(user=people.mel)
    people.edition = line.submit(article)
    assert people.edition.touched_by == sorted([people.ada.pk, people.mel.pk])
    return people


@pytest.mark.parametrize(("severity", "raiser"), MAY)
def test_who_may_settle_what(cast_and_mel, severity, raiser):
    people = cast_and_mel
    for who in EVERYBODY:
        comment = say(people.edition, getattr(people, raiser), severity)
        if who in MAY[severity, raiser].split():
            assert settle(comment, getattr(people, who)).by == getattr(people, who)
        else:
            with denied("settle" if severity == "advisory" else "settled by whoever raised it, or by a medical lead"):
                settle(comment, getattr(people, who))


def test_a_lead_who_touched_a_later_edition_no_longer_settles_what_blocks(people, line, edition):
    """Whoever changed the text to answer a comment is not the one to say that it is answered."""
    comment = say(edition, people.ben, "blocking")
    writes = lead("lea", "Editor")
    actions.recall(edition, by=people.ada, reason="A comment to answer.")
    line.people.ada, ada = writes, people.ada
    line.submit(line.change(edition.article))
    line.people.ada = ada
    with denied("did not touch the text"):
        settle(comment, writes)
    assert settle(comment, people.max).by == people.max


def test_a_lead_who_touched_only_an_earlier_edition_settles_what_blocks(people, line):
    """Touched is what changed since the public text; what was written before was approved by others."""
    writes = lead("lea", "Editor")
    first = line.draft()
    line.people.ada, ada = writes, people.ada
    line.change(first)
    line.people.ada = ada
    line.publish(line.approve(line.submit(first)))
    second = line.submit(line.change(first))
    assert writes.pk not in second.touched_by
    assert settle(say(second, people.ben, "blocking"), writes).by == writes


def test_who_raised_it_settles_it_even_after_changing_the_text(people, line, edition):
    comment = say(edition, people.cyd, "blocking")
    actions.recall(edition, by=people.ada, reason="A comment to answer.")
    line.people.ada, ada = people.cyd, people.ada
    line.submit(line.change(edition.article))
    line.people.ada = ada
    assert settle(comment, people.cyd).by == people.cyd


@pytest.mark.parametrize("severity", ["advisory", *BLOCKING])
def test_an_account_that_is_switched_off_settles_nothing(people, edition, severity):
    comment = say(edition, people.ben, severity)
    people.ben.is_active = False
    with denied("settle"):
        settle(comment, people.ben)


def test_a_role_that_was_taken_away_settles_nothing_any_more(people, edition):
    comment = say(edition, people.ben, "blocking")
    people.ben.groups.set([Group.objects.get(name="Auditor")])
    with denied("settled by whoever raised it"):
        settle(comment, type(people.ben).objects.get(pk=people.ben.pk))


@pytest.mark.parametrize("severity", ["advisory", *BLOCKING])
def test_a_comment_is_settled_once(people, edition, severity):
    comment = say(edition, people.ben, severity)
    settle(comment, people.ben)
    for person in (people.ben, people.max):
        with refused("already_resolved"):
            settle(comment, person)


@pytest.mark.parametrize("disposition", ["", "unresolved", "Persuasive", "persuasive ", "done", None])
def test_only_the_dispositions_of_fhir_settle_a_comment(people, edition, disposition):
    comment = say(edition, people.ben)
    with refused("unknown_disposition"):
        settle(comment, people.ben, disposition=disposition)


@pytest.mark.parametrize("disposition", Disposition.values)
def test_any_disposition_lets_the_review_go_on(people, line, edition, disposition):
    comment = say(edition, people.ben, "blocking")
    settle(comment, people.ben, disposition=disposition)
    assert line.decide(edition, people.cyd, "editorial").outcome == "approve"


@pytest.mark.parametrize(
    ("answer", "code"),
    [("", "answer_missing"), (" \n", "answer_missing"), ("a\x00", "null_character"), ("\u202e", "bidi_override")],
)
def test_settling_needs_an_answer_that_keeps_the_rules_of_text(people, edition, answer, code):
    comment = say(edition, people.ben)
    with refused(code):
        settle(comment, people.ben, answer=answer)


def test_a_long_answer_is_kept(people, edition):
    answer = "Because <b>so</b>. " * 2_000
    assert settle(say(edition, people.ben), people.ben, answer=answer).answer == answer
    assert Resolution.objects.get().answer == answer


# Threads


def test_an_answer_stands_in_the_thread_of_its_comment(people, edition):
    comment = say(edition, people.ben, "blocking", place="summary", quote="common")
    reply = actions.answer(comment, by=people.ada, text="In most people.")
    assert (reply.parent, reply.place, reply.exact, reply.author_name) == (comment, "summary", "", "Ada")
    assert list(Comment.objects.threads()) == [comment]
    assert list(comment.answers.all()) == [reply]
    event = Event.objects.filter(action="comment.made").last()
    assert event.payload == FACTS["comment.made"].payload(reply)
    assert event.payload["parent"] == comment.pk


@pytest.mark.parametrize("severity", BLOCKING)
def test_an_answer_holds_nothing_up_whatever_it_answers(people, line, edition, severity):
    comment = say(edition, people.ben, severity)
    reply = actions.answer(comment, by=people.ben, text="And another thing.")
    assert (reply.severity, reply.is_blocking) == ("advisory", False)
    settle(comment, people.ben)
    assert line.decide(edition, people.cyd, "editorial").outcome == "approve"


@pytest.mark.parametrize("severity", BLOCKING)
def test_no_severity_can_be_smuggled_into_an_answer(people, edition, severity):
    """A contributor, who may not hold an edition up, has one door: an answer. It takes no severity."""
    comment = say(edition, people.ben)
    comment.severity = severity
    assert actions.answer(comment, by=people.ada, text="So it blocks?").severity == "advisory"
    with pytest.raises(TypeError):
        actions.answer(comment, by=people.ada, text="So it blocks?", severity=severity)


def test_an_answer_is_neither_answered_nor_settled(people, edition):
    reply = actions.answer(say(edition, people.ben), by=people.ada, text="Yes.")
    with refused("not_a_thread"):
        actions.answer(reply, by=people.ben, text="Really?")
    with refused("not_a_thread"):
        settle(reply, people.ben)


@pytest.mark.parametrize(("text", "code"), [("", "text_missing"), ("\n ", "text_missing"), ("\x00", "null_character")])
def test_an_answer_needs_text_that_keeps_the_rules(people, edition, text, code):
    comment = say(edition, people.ben)
    with refused(code):
        actions.answer(comment, by=people.ada, text=text)


@pytest.mark.parametrize("who", ["pam", "ann", "dot"])
def test_only_who_may_comment_answers(people, edition, who):
    comment = say(edition, people.ben)
    with denied("may not comment"):
        actions.answer(comment, by=getattr(people, who), text="Me too.")


def test_an_old_thread_is_answered_and_settled_while_a_newer_edition_is_in_review(people, line, edition):
    """That is where the authors say what they did about it."""
    comment = say(edition, people.ben, "blocking")
    line.decide(edition, people.cyd, "editorial", "request_changes", "See the comment.")
    following = line.submit(line.change(edition.article))
    assert actions.answer(comment, by=people.ada, text="Changed in edition 2.").edition == edition
    settle(comment, people.ben)
    assert actions.answer(comment, by=people.ada, text="Thank you.").parent == comment
    assert line.approve(following).number == 2
