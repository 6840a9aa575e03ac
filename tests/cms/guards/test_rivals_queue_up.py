"""Two connections that write facts of one article, and no row of the same table, wait for each other in the database."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from publishing.models import Publication, Withdrawal
from reviews.models import Decision, Edition, Recall
from tests import cast
from tests.cms.guards.sql import copy, execute, insert

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

Write = Callable[[], None]


@pytest.fixture
def approved(line: cast.Line) -> Edition:
    return line.approve()


@pytest.fixture
def publish(approved: Edition, people: cast.People) -> Write:
    row = Publication(
        article_id=approved.article_id,
        seq=1,
        edition_id=approved.pk,
        digest=approved.digest,
        change="substantive",
        published_by_id=people.pam.pk,
        published_at=timezone.now(),
    )
    return lambda: insert(row)


@pytest.fixture
def revoke(approved: Edition, people: cast.People) -> Write:
    row = copy(Decision.objects.get(edition=approved, reviewer=people.ben), outcome="revoke")
    return lambda: insert(row)


@pytest.fixture
def reject(approved: Edition, people: cast.People) -> Write:
    row = copy(Decision.objects.get(edition=approved, reviewer=people.ben), outcome="reject", reviewer_id=people.eve.pk)
    return lambda: insert(row)


@pytest.fixture
def recall(approved: Edition, people: cast.People) -> Write:
    row = Recall(edition_id=approved.pk, by_id=people.ada.pk, reason="Too early.", at=timezone.now())
    return lambda: insert(row)


@pytest.mark.parametrize("first", ["revoke", "reject", "recall"])
def test_publishing_waits_for_what_ends_the_review_and_is_then_refused(
    request: pytest.FixtureRequest, publish: Write, first: str
):
    refusal = in_turn(request.getfixturevalue(first), publish)
    assert "publishing_publication: the review of this edition has ended" in str(refusal)
    assert not Publication.objects.exists()


def test_a_revocation_waits_for_the_publication_and_is_then_written(publish: Write, revoke: Write):
    assert in_turn(publish, revoke) is None
    assert Publication.objects.count() == 1
    assert Decision.objects.filter(outcome="revoke").count() == 1


def test_a_recall_waits_for_the_publication_and_is_then_refused(publish: Write, recall: Write):
    refusal = in_turn(publish, recall)
    assert "a public edition is withdrawn, not recalled" in str(refusal)
    assert not Recall.objects.exists()


def test_a_rejection_waits_for_the_publication_and_is_then_refused(publish: Write, reject: Write):
    refusal = in_turn(publish, reject)
    assert "an edition is reviewed in round 1" in str(refusal)
    assert not Decision.objects.filter(outcome="reject").exists()


def test_what_waited_goes_on_when_the_first_gives_up(publish: Write, revoke: Write):
    assert in_turn(revoke, publish, give_up=True) is None
    assert Publication.objects.count() == 1
    assert not Decision.objects.filter(outcome="revoke").exists()


def test_two_second_editions_do_not_both_open(line: cast.Line, people: cast.People):
    edition = line.publish().edition
    row = copy(edition, number=2)
    refusal = in_turn(lambda: insert(row), lambda: insert(copy(row, number=2)))
    assert "reviews_edition: " in str(refusal)
    assert Edition.objects.filter(article=edition.article_id).count() == 2


def test_an_older_publication_is_not_withdrawn_while_a_newer_is_written(line: cast.Line, people: cast.People):
    older = line.publish()
    newer = line.approve(line.submit(line.change(older.article)))
    row = copy(older, seq=2, edition_id=newer.pk, digest=newer.digest, **cast.correction(newer))
    late = Withdrawal(publication_id=older.pk, reason="Wrong.", by_id=people.max.pk, at=timezone.now())
    refusal = in_turn(lambda: insert(row), lambda: insert(late))
    assert "only the newest publication of an article can be withdrawn" in str(refusal)


def test_articles_do_not_wait_for_each_other(line: cast.Line, publish: Write, people: cast.People):
    other = line.approve()
    elsewhere = copy(Decision.objects.get(edition=other, reviewer=people.ben), outcome="revoke")
    with transaction.atomic():
        publish()
        rival = Rival(lambda: insert(elsewhere))
        rival.start()
        rival.finish()
    assert rival.error is None


def in_turn(first: Write, second: Write, *, give_up: bool = False) -> DatabaseError | None:
    """Write `first` and leave it open, write `second` elsewhere, see it wait, end the first; return the refusal."""
    rival = Rival(second)
    with transaction.atomic():
        first()
        rival.start()
        rival.wait_until_it_waits()
        transaction.set_rollback(give_up)
    rival.finish()
    return rival.error


class Rival(threading.Thread):
    """A statement on a connection of its own."""

    def __init__(self, write: Write) -> None:
        super().__init__(daemon=True)
        self.write = write
        self.error: DatabaseError | None = None
        self.pid: int | None = None

    def run(self) -> None:
        try:
            ((self.pid,),) = execute("SELECT pg_backend_pid()")
            with transaction.atomic():
                self.write()
        except DatabaseError as error:
            self.error = error
        finally:
            connection.close()

    def wait_until_it_waits(self) -> None:
        """Return when PostgreSQL says that this connection waits for a lock of another."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if self.pid and execute("SELECT cardinality(pg_blocking_pids(%s))", [self.pid]) == [(1,)]:
                return
            assert self.is_alive(), f"it did not wait: {self.error}"
            time.sleep(0.01)
        raise AssertionError("it never waited")

    def finish(self) -> None:
        self.join(20)
        assert not self.is_alive()
