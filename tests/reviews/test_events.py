"""The event log: one chain over everything that was done, each line readable alone."""

import hashlib

import pytest
import rfc8785

from reviews import actions
from reviews.events import hash_of, printed_name
from reviews.models import GENESIS_HASH, Event
from tests.refusal import refused


@pytest.fixture
def story(people, line):
    first = line.submit()
    actions.recall(first, by=people.ada, reason="Too early — mañana \U0001f600")
    publication = line.publish(line.approve(line.submit(first.article)))
    line.withdraw(publication)
    actions.restore(first, by=people.cyd, reason="Back")
    return list(Event.objects.order_by("seq"))


def test_every_action_leaves_one_event_in_order(story):
    assert [row.action for row in story] == [
        "edition.submitted",
        "edition.recalled",
        "edition.submitted",
        "edition.decided",
        "edition.decided",
        "edition.decided",
        "edition.published",
        "publication.withdrawn",
        "edition.restored",
    ]
    assert [row.seq for row in story] == list(range(1, 10))


def test_each_event_continues_the_hash_of_the_one_before(story):
    hashes = [GENESIS_HASH, *(row.hash for row in story)]
    assert [row.prev_hash for row in story] == hashes[:-1]


def test_the_hash_covers_every_column_as_it_is_stored(story):
    for row in Event.objects.all():
        assert row.hash == hash_of(row) == hashlib.sha256(rfc8785.dumps(row.hashed())).hexdigest()
    columns = {field.name for field in Event._meta.fields}
    assert set(story[0].hashed()) == columns - {"hash"}


def test_any_change_of_an_event_shows(story):
    changes = {"payload": {}, "at": story[0].at, "article_id": "0" * 8, "actor_id": 0, "seq": 99}
    for name in ("actor_name", "action", "object_id", "object_type", "prev_hash", *changes):
        event = Event.objects.get(seq=2)
        setattr(event, name, changes.get(name, f"{getattr(event, name)}x"))
        assert hash_of(event) != event.hash, name


def test_a_decision_can_be_read_from_its_event_alone(people, story):
    payload = next(row.payload for row in story if row.actor == people.ben)
    assert payload["reviewer"]["name"] == "Dr Ben"
    assert payload["outcome"] == "approve"
    assert payload["digest"] in payload["attestation"]


def test_a_refused_action_leaves_no_event(people, line):
    edition = line.submit()
    with refused("stage_not_ready"):
        line.decide(edition, people.ben, "medical")


def test_people_are_printed_by_their_contributor_name_else_their_own(people):
    assert [printed_name(user) for user in (people.ben, people.cyd)] == ["Dr Ben", "Cyd"]
    people.dot.first_name = ""
    assert printed_name(people.dot) == "dot"
