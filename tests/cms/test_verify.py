"""`manage.py verify` finds whatever was changed behind the guards, and names the row."""

import re
from collections.abc import Callable
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from cms import verify
from cms.guards import install
from publishing.models import LiveArticle, LiveEdition, LiveTopic, Publication, Tombstone, Withdrawal
from reviews import actions as reviews
from reviews.models import Decision, Edition, Event
from tests import cast


@pytest.fixture
def live(line: cast.Line) -> Publication:
    return line.publish()


def run() -> tuple[int, str]:
    """Run the command; return its exit code and what it said."""
    out = StringIO()
    try:
        call_command("verify", stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def tamper(change: Callable[[], Any]) -> None:
    """Change rows as the owner of the database could: with the guards taken down, and put up again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cast.take_guards_down()
        change()
        install.install()


def publish_in_another_thread(line: cast.Line) -> None:
    def publish() -> None:
        line.publish()
        connection.close()

    thread = Thread(target=publish)
    thread.start()
    thread.join()


def assert_named(*names: str) -> None:
    code, said = run()
    assert code == 1, said
    lines = said.splitlines()
    for name in names:
        assert any(name in line for line in lines), said
    assert re.fullmatch(r"\d+ problems? in \d+ rows\.", lines[-1])


def test_untouched_database_passes(line):
    """Live, live again, withdrawn, live after that, recalled, returned, and with an approval taken back."""
    revised = line.publish().article
    line.publish(line.approve(line.submit(line.change(revised))))
    line.publish(line.approve(line.submit(line.change(line.withdraw().publication.article))))
    reviews.recall(line.submit(), by=line.people.ada, reason="Sent too early.")
    line.decide(line.submit(), line.people.cyd, "editorial", "request_changes", "Say when to see a doctor.")
    reviews.revoke(line.publish().edition, by=line.people.ben, stage="medical", reason="I read it again.")

    code, said = run()

    assert code == 0, said
    assert re.fullmatch(r"Everything agrees: \d+ rows verified\.\n", said)


def test_empty_database_passes(db):
    assert run()[0] == 0


@pytest.mark.postgres  # SQLite's test database lives in memory, where a reader does block writers.
@pytest.mark.django_db(transaction=True)
def test_it_reads_one_moment_while_others_write():
    line = cast.Line(cast.make_people())
    line.publish()

    with verify.one_moment():
        before = Publication.objects.count()
        publish_in_another_thread(line)
        found = [problem for check in verify.checks() for problems in check.problems() for problem in problems]
        assert Publication.objects.count() == before

    assert found == []
    assert Publication.objects.count() == before + 1


@pytest.mark.django_db(transaction=True)
def test_it_leaves_no_transaction_open():
    assert run()[0] == 0
    cast.Line(cast.make_people()).publish()
    assert run()[0] == 0


def test_one_byte_in_an_edition_is_found(live):
    edition = Edition.objects.first()
    content = edition.content | {"title": edition.content["title"].replace("twitch", "twitcH")}

    tamper(lambda: Edition.objects.filter(pk=edition.pk).update(content=content))

    assert_named(f"reviews.Edition {edition.pk}: content does not match its digest")


def test_content_with_its_digest_rewritten_is_found(live):
    publication = live
    content = publication.edition.content | {"summary": "Nothing to see here."}
    digest = verify.digest_of(content)

    tamper(lambda: Edition.objects.filter(pk=publication.edition_id).update(content=content, digest=digest))

    decision = publication.edition.decisions.first()
    assert_named(
        f"reviews.Edition {publication.edition_id}: digest not as reviews.Event",
        f"reviews.Decision {decision.pk}: digest is not that of reviews.Edition {publication.edition_id}",
        f"publishing.Publication {publication.pk}: digest or article is not that of",
        f"publishing.LiveArticle {publication.article_id}: ",
    )


def test_content_without_a_canonical_form_is_found(live):
    edition = Edition.objects.first()

    tamper(lambda: Edition.objects.filter(pk=edition.pk).update(content=edition.content | {"number": 2**60}))

    assert_named(f"reviews.Edition {edition.pk}: content does not match its digest")


def test_content_of_another_shape_does_not_stop_the_other_checks(live):
    publication = live
    decision = Decision.objects.last()

    def change() -> None:
        Edition.objects.filter(pk=publication.edition_id).update(content=["no", "object"])
        Decision.objects.filter(pk=decision.pk).update(comment="Never said.")

    tamper(change)

    assert_named(
        f"reviews.Edition {publication.edition_id}: content does not match its digest",
        f"reviews.Decision {decision.pk}: comment not as reviews.Event",
        "publishing.LiveArticle: cannot be read any further",
    )


def test_digest_of_a_decision_is_found(live):
    decision = Decision.objects.first()

    tamper(lambda: Decision.objects.filter(pk=decision.pk).update(digest="sha256:" + "0" * 64))

    assert_named(f"reviews.Decision {decision.pk}: digest is not that of reviews.Edition {decision.edition_id}")


def test_outcome_of_a_decision_is_found(line):
    decision = line.decide(line.submit(), line.people.cyd, "editorial", "request_changes", "Say when.")

    tamper(lambda: Decision.objects.filter(pk=decision.pk).update(outcome="approve"))

    assert_named(f"reviews.Decision {decision.pk}: outcome not as reviews.Event")


def test_approval_of_ones_own_work_is_found(live, people):
    decision = Decision.objects.filter(outcome="approve").first()
    author = people.ada.pk

    tamper(lambda: Decision.objects.filter(pk=decision.pk).update(reviewer_id=author))

    assert_named(f"reviews.Decision {decision.pk}: the reviewer approved their own work")


def test_publication_whose_approval_was_deleted_is_found(live):
    publication = live
    decision = publication.edition.decisions.filter(stage="medical").first()
    event = Event.objects.get(action="edition.decided", object_id=decision.pk)

    tamper(lambda: Decision.objects.filter(pk=decision.pk)._raw_delete("default"))

    assert_named(
        f"publishing.Publication {publication.pk}: Medical review: 1 more approval needed",
        f"reviews.Event {event.pk}: there is no reviews.Decision with id {decision.pk}, of which it tells",
    )


def test_publisher_who_had_approved_is_found(live, people):
    tamper(lambda: Publication.objects.filter(pk=live.pk).update(published_by=people.ben))

    assert_named(f"publishing.Publication {live.pk}: who published it had approved it")


def test_payload_of_an_event_is_found(line):
    recall = reviews.recall(line.submit(), by=line.people.ada, reason="Sent too early.")
    event = Event.objects.get(action="edition.recalled")

    tamper(lambda: Event.objects.filter(pk=event.pk).update(payload=event.payload | {"reason": "Another one."}))

    assert_named(
        f"reviews.Event {event.pk}: its columns do not match its hash",
        f"reviews.Recall {recall.pk}: reason not as reviews.Event {event.pk} recorded it",
    )


def test_event_deleted_from_the_middle_is_found(live):
    event = Event.objects.filter(action="edition.decided").first()

    tamper(lambda: Event.objects.filter(pk=event.pk)._raw_delete("default"))

    assert_named(
        f"reviews.Event {event.pk + 1}: the event before it ({event.pk}) is missing",
        f"reviews.Decision {event.object_id}: no event tells of it",
    )


def test_last_event_deleted_is_found(live):
    tamper(lambda: Event.objects.filter(pk=Event.objects.last().pk)._raw_delete("default"))

    assert_named(f"publishing.Publication {live.pk}: no event tells of it")


def test_swapped_hashes_are_found(live):
    first, second = Event.objects.order_by("seq")[:2]

    def swap() -> None:
        Event.objects.filter(pk=first.pk).update(hash="in between")
        Event.objects.filter(pk=second.pk).update(hash=first.hash)
        Event.objects.filter(pk=first.pk).update(hash=second.hash)

    tamper(swap)

    assert_named(
        f"reviews.Event {first.pk}: its columns do not match its hash",
        f"reviews.Event {second.pk}: prev_hash is not the hash of the event before it",
    )


def test_rewritten_withdrawal_is_found(line):
    withdrawal = line.withdraw()

    tamper(lambda: Withdrawal.objects.filter(pk=withdrawal.pk).update(reason="It was wonderful."))

    assert_named(
        f"publishing.Withdrawal {withdrawal.pk}: reason not as reviews.Event",
        f"publishing.Tombstone {withdrawal.publication.article_id}: problem not as published",
    )


def test_changed_live_document_is_found(live):
    row = LiveArticle.objects.first()

    tamper(lambda: LiveArticle.objects.filter(pk=row.pk).update(document=row.document.replace("harmless", "deadly")))

    assert_named(f"publishing.LiveArticle {row.pk}: document not as published")


def test_extra_live_row_is_found(live, line):
    withdrawn = line.withdraw().publication
    row = LiveArticle.objects.first()
    row.pk, row.slug, row.publication_id = withdrawn.article_id, "smuggled-in", withdrawn.pk

    tamper(lambda: LiveArticle.objects.bulk_create([row]))

    assert_named(f"publishing.LiveArticle {row.pk}: no publication or withdrawal stands behind this row")


@pytest.mark.parametrize("model", [LiveArticle, LiveTopic, Tombstone])
def test_missing_row_of_the_store_is_found(live, line, model):
    line.withdraw()
    row = model.objects.first()

    tamper(lambda: model.objects.filter(pk=row.pk).delete())

    assert_named(f"publishing.{model.__name__} {row.pk}: missing in the public store")


def test_missing_live_edition_is_found(live):
    row = LiveEdition.objects.first()

    tamper(lambda: LiveEdition.objects.filter(pk=row.pk).delete())

    assert_named(f"publishing.LiveEdition {row.article_id} edition {row.number}: missing in the public store")


def test_removed_guard_is_found(live):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("DROP TRIGGER guard_reviews_decision_check ON reviews_decision")
        else:
            cursor.execute("DROP TRIGGER guard_reviews_decision_check")

    assert_named("guard_reviews_decision_check: this guard is missing, altered or not ours")


def test_changed_address_is_explained(live, settings):
    settings.SITE_URL = "https://example.org"

    assert_named("SITE_URL is not what it was at publication: run `manage.py rebuild_public_store`.")
