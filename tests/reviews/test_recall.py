"""An open edition can be taken out of review, by its submitter or an editor, with a reason."""

from reviews import actions
from reviews.models import Event, Recall
from tests.refusal import denied, refused


def test_submitter_or_editor_recalls_with_a_reason(people, line):
    for person in (people.ada, people.cyd, people.root):
        edition = line.submit()
        assert actions.recall(edition, by=person, reason="Too early").reason == "Too early"
        event = Event.objects.latest("seq")
        assert (event.action, event.actor, event.payload["reason"]) == ("edition.recalled", person, "Too early")
    assert Recall.objects.count() == 3


def test_others_may_not_recall(people, line):
    edition = line.submit()
    for person in (people.dot, people.ben, people.pam, people.max, people.ann):
        with denied("recall"):
            actions.recall(edition, by=person, reason="Bored")


def test_a_recall_needs_a_reason(people, line):
    edition = line.submit()
    for reason in ("", " \n"):
        with refused("reason_missing"):
            actions.recall(edition, by=people.ada, reason=reason)


def test_only_an_open_edition_is_recalled(people, line):
    edition = line.submit()
    actions.recall(edition, by=people.ada, reason="Too early")
    with refused("edition_closed"):
        actions.recall(edition, by=people.ada, reason="Again")
    returned = line.submit()
    line.decide(returned, people.cyd, "editorial", "reject", "No")
    with refused("edition_closed"):
        actions.recall(returned, by=people.ada, reason="Anyway")
    public = line.publish().edition
    with refused("already_published"):
        actions.recall(public, by=people.ada, reason="Anyway")


def test_a_recalled_edition_takes_no_decision_and_is_not_published(people, line):
    edition = line.approve()
    actions.recall(edition, by=people.ada, reason="Too early")
    with refused("edition_closed"):
        line.decide(edition, people.eve, "medical")
    with refused("edition_closed"):
        line.publish(edition)
