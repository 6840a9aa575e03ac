"""I3 to I5: what the database refuses of publications, withdrawals, events and the public store."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from publishing.models import Address, LiveArticle, LiveEdition, Publication, Withdrawal
from reviews.models import GENESIS_HASH, Decision, Edition, Event
from tests.cms.guards.conftest import World
from tests.cms.guards.sql import copy, execute, guards_down, insert, refused, refused_by_the_database, settle

OTHER_DIGEST = "sha256:" + "0" * 64
NOWHERE = 987_654_321
NOT_PUBLISHED = "the public store shows only editions that were published and not withdrawn"
NOT_STANDING = "the public store shows only the standing publication of an article"
OTHER_DOCUMENT = "the stored document names the digest that was published"

Row = Callable[[World], Any]


def publication(edition: Edition, world: World, **changes: Any) -> Publication:
    """A publication of the edition by pam: valid for `approved` as it stands."""
    values = {
        "article_id": edition.article_id,
        "seq": 1,
        "edition_id": edition.pk,
        "digest": edition.digest,
        "change": "substantive",
        "correction_kind": "new_version",
        "correction_summary": "Brought up to date.",
        "published_by_id": world.people.pam.pk,
        "published_at": timezone.now(),
    }
    return Publication(**(values | changes))


def address(edition: Edition, world: World, **changes: Any) -> Address:
    values = {
        "article_id": edition.article_id,
        "language": edition.language,
        "slug": edition.slug,
        "by": world.people.pam,
        "at": timezone.now(),
    }
    return Address(**(values | changes))


def withdrawal(target: Publication, world: World, **changes: Any) -> Withdrawal:
    return Withdrawal(
        **(
            {"publication_id": target.pk, "reason": "Wrong dose.", "by": world.people.max, "at": timezone.now()}
            | changes
        )
    )


def event(**changes: Any) -> Event:
    """The next event of the chain: valid as it stands."""
    last = Event.objects.order_by("seq").last()
    return copy(last, **({"seq": last.seq + 1, "prev_hash": last.hash, "hash": "f" * 64} | changes))


def live(world: World, publication: Publication, **changes: Any) -> LiveArticle:
    """A store row made of the live one, for another publication."""
    row = LiveArticle.objects.get(pk=world.live.article_id)
    edition = publication.edition
    values = {
        "id": publication.article_id,
        "publication_id": publication.pk,
        "digest": publication.digest,
        "edition_number": edition.number,
        "slug": edition.slug,
        "document": naming(row.document, publication.digest),
    }
    return copy(row, **(values | changes))


def live_edition(edition: Edition, **changes: Any) -> LiveEdition:
    row = LiveEdition.objects.first()
    values = {
        "article_id": edition.article_id,
        "number": edition.number,
        "digest": edition.digest,
        "document": naming(row.document, edition.digest),
    }
    return copy(row, **(values | changes))


def naming(document: str, digest: Any) -> str:
    return json.dumps(json.loads(document) | {"edition": {"digest": digest}})


def unpublished(world: World) -> Publication:
    return publication(world.approved, world, id=NOWHERE)


PUBLICATIONS: dict[str, tuple[Row, str]] = {
    "no approval": (lambda w: publication(w.touched, w), "nobody approved this edition"),
    "too few approvals": (lambda w: publication(w.partial, w), "an approval that the policy asks for is missing"),
    "a returned edition": (
        lambda w: publication(w.returned, w),
        "nobody approved this edition",
    ),
    "a recalled edition": (lambda w: publication(w.recalled, w), "the review of this edition has ended"),
    "a revoked edition": (lambda w: publication(w.revoked, w), "the review of this edition has ended"),
    "another digest": (
        lambda w: publication(w.approved, w, digest=OTHER_DIGEST),
        "a publication cites the digest of an edition of its article",
    ),
    "the digest of another edition": (
        lambda w: publication(w.approved, w, digest=w.live.digest),
        "a publication cites the digest of an edition of its article",
    ),
    "another article": (
        lambda w: publication(w.approved, w, article_id=w.draft.pk),
        "a publication cites the digest of an edition of its article",
    ),
    "a number skipped": (
        lambda w: publication(w.approved, w, seq=2),
        "publications of an article are numbered one after the other",
    ),
    "number zero": (
        lambda w: publication(w.approved, w, seq=0),
        "publications of an article are numbered one after the other",
    ),
    "a publisher who approved": (
        lambda w: publication(w.approved, w, published_by_id=w.people.ben.pk),
        "who publishes may not have approved",
    ),
    "an edition that does not exist": (
        lambda w: publication(w.approved, w, edition_id=NOWHERE),
        "a publication cites the digest of an edition of its article",
    ),
    "an article that does not exist": (
        lambda w: publication(w.approved, w, article_id=UUID(int=1)),
        "there is no such article",
    ),
}

WITHDRAWALS: dict[str, tuple[Row, str]] = {
    "an older publication": (
        lambda w: withdrawal(w.older, w),
        "only the newest publication of an article can be withdrawn",
    ),
    "a publication that does not exist": (
        lambda w: withdrawal(w.live, w, publication_id=NOWHERE),
        "there is no such article",
    ),
}

EVENTS: dict[str, tuple[Row, str]] = {
    "a wrong prev_hash": (lambda w: event(prev_hash="e" * 64), "an event continues the chain"),
    "the beginning once more": (lambda w: event(prev_hash=GENESIS_HASH), "an event continues the chain"),
    "a number skipped": (
        lambda w: event(seq=Event.objects.count() + 2),
        "events are numbered one after the other",
    ),
    "a number below the first": (lambda w: event(seq=0), "events are numbered one after the other"),
}

STORE: dict[str, tuple[Row, str]] = {
    "an article never published": (lambda w: live(w, unpublished(w)), NOT_STANDING),
    "an article with the publication of another": (
        lambda w: live(w, unpublished(w), publication_id=w.withdrawn.pk),
        NOT_STANDING,
    ),
    "a withdrawn publication": (lambda w: live(w, w.withdrawn), NOT_STANDING),
}

STORED_EDITIONS: dict[str, tuple[Row, str]] = {
    "an edition in review": (lambda w: live_edition(w.partial), NOT_PUBLISHED),
    "an approved edition": (lambda w: live_edition(w.approved), NOT_PUBLISHED),
    "a recalled edition": (lambda w: live_edition(w.recalled), NOT_PUBLISHED),
    "a withdrawn edition": (lambda w: live_edition(w.withdrawn.edition), NOT_PUBLISHED),
    "a number of its own": (lambda w: live_edition(w.live.edition, number=9), NOT_PUBLISHED),
}

#: Each way in which the JSON of a policy can be broken so that a naive rule asks for nothing.
POLICIES: dict[str, Any] = (
    {
        "empty": {},
        "null": None,
        "a list": [],
        "no stages": {"stages": []},
        "null for stages": {"stages": None},
        "an object for stages": {"stages": {"medical": {"key": "medical", "quorum": 1, "specialists": 0}}},
        "a text for stages": {"stages": "medical"},
        "texts for stages": {"stages": ["medical"]},
        "numbers for stages": {"stages": [1]},
        "a null stage": {"stages": [None]},
        "an empty stage": {"stages": [{}]},
        "a list for a stage": {"stages": [["medical"]]},
    }
    | {
        f"quorum {quorum!r}": {"stages": [{"key": "medical", "quorum": quorum, "specialists": 0}]}
        for quorum in (0, -1, 0.5, "many", "1", "", None, True, [1], {"n": 1}, 10**30)
    }
    | {
        f"specialists {count!r}": {"stages": [{"key": "medical", "quorum": 1, "specialists": count}]}
        for count in (-1, "none", None, False, [], 10**30)
    }
    | {
        "no key": {"stages": [{"quorum": 1, "specialists": 0}]},
        "no quorum": {"stages": [{"key": "medical", "specialists": 0}]},
        "no specialists": {"stages": [{"key": "medical", "quorum": 1}]},
        "a second stage without quorum": {
            "stages": [{"key": "medical", "quorum": 1, "specialists": 0}, {"key": "editorial", "specialists": 0}]
        },
    }
)


@pytest.mark.parametrize("case", PUBLICATIONS)
def test_no_publication_with(world: World, case: str):
    make, reason = PUBLICATIONS[case]
    with refused(Publication, reason):
        insert(make(world))


@pytest.mark.parametrize("case", WITHDRAWALS)
def test_no_withdrawal_of(world: World, case: str):
    make, reason = WITHDRAWALS[case]
    with refused(Withdrawal, reason):
        insert(make(world))


@pytest.mark.parametrize("case", EVENTS)
def test_no_event_with(world: World, case: str):
    make, reason = EVENTS[case]
    with refused(Event, reason):
        insert(make(world))


@pytest.mark.parametrize("case", STORE)
def test_the_store_does_not_show(world: World, case: str):
    make, reason = STORE[case]
    with refused(LiveArticle, reason):
        insert(make(world))


@pytest.mark.parametrize("case", STORED_EDITIONS)
def test_the_store_does_not_keep(world: World, case: str):
    make, reason = STORED_EDITIONS[case]
    with refused(LiveEdition, reason):
        insert(make(world))


def test_the_rows_that_these_tests_bend_are_accepted_as_they_stand(world: World):
    insert(publication(world.approved, world))
    insert(withdrawal(world.live, world))
    insert(event())
    published = Publication.objects.get(edition=world.approved)
    insert(address(world.approved, world))
    insert(live(world, published))
    insert(live_edition(world.approved))
    settle()


def test_the_database_asks_for_specialists(world: World):
    for row in Decision.objects.filter(edition=world.partial, outcome="approve", stage="medical"):
        assert row.is_specialist
    with guards_down():
        execute("UPDATE reviews_decision SET is_specialist = %s WHERE edition_id = %s", [False, world.approved.pk])
    with refused(Publication, "an approval that the policy asks for is missing"):
        insert(publication(world.approved, world))


@pytest.mark.parametrize("outcome", ["reject", "request_changes"])
def test_one_other_outcome_outweighs_every_approval(world: World, outcome: str):
    approval = Decision.objects.filter(edition=world.approved, stage="medical").first()
    insert(copy(approval, reviewer_id=world.people.eve.pk, outcome=outcome))
    with refused(Publication, "the review of this edition has ended"):
        insert(publication(world.approved, world))


def test_approvals_of_another_digest_do_not_count(world: World):
    with guards_down():
        execute("UPDATE reviews_decision SET digest = %s WHERE edition_id = %s", [OTHER_DIGEST, world.approved.pk])
    with refused(Publication, "nobody approved this edition"):
        insert(publication(world.approved, world))


def test_one_approval_of_another_digest_does_not_count(world: World):
    one = Decision.objects.filter(edition=world.approved, stage="editorial").get()
    with guards_down():
        execute("UPDATE reviews_decision SET digest = %s WHERE id = %s", [OTHER_DIGEST, one.pk])
    with refused(Publication, "an approval that the policy asks for is missing"):
        insert(publication(world.approved, world))


def test_a_reviewer_counts_once_in_a_stage(world: World):
    twice = Decision.objects.get(edition=world.partial, reviewer=world.people.ben)
    with guards_down():
        insert(copy(twice, round=2))
    with refused(Publication, "an approval that the policy asks for is missing"):
        insert(publication(world.partial, world))


def test_an_edition_is_published_once(world: World):
    for changes in ({"seq": 1}, {"seq": 2}, {"seq": 3}):
        with refused_by_the_database(Publication):
            insert(publication(world.live.edition, world, **changes))


def test_a_withdrawn_edition_is_not_published_again(world: World):
    with refused_by_the_database(Publication):
        insert(publication(world.withdrawn.edition, world, seq=2))


def test_an_approval_by_who_touched_it_does_not_count(world: World):
    with guards_down():
        touched = json.dumps([*world.approved.touched_by, world.people.ben.pk])
        execute("UPDATE reviews_edition SET touched_by = %s WHERE id = %s", [touched, world.approved.pk])
    with refused(Publication, "nobody approves their own work"):
        insert(publication(world.approved, world))


@pytest.mark.parametrize("case", POLICIES)
def test_a_broken_policy_lets_nothing_pass(world: World, case: str):
    with guards_down():
        policy = json.dumps(POLICIES[case])
        execute("UPDATE reviews_edition SET policy = %s WHERE id = %s", [policy, world.approved.pk])
    with refused(Publication, ""):
        insert(publication(world.approved, world))


@pytest.mark.parametrize("word", ["true", "null", '"no"', "0", "[]", "{}", '""'])
def test_only_a_plain_false_lets_an_approver_publish(world: World, word: str):
    def set_to(value: str) -> None:
        policy = json.dumps(world.approved.policy | {"separate_releaser": "?"}).replace('"?"', value)
        execute("UPDATE reviews_edition SET policy = %s WHERE id = %s", [policy, world.approved.pk])

    with guards_down():
        set_to(word)
    with refused(Publication, "who publishes may not have approved"):
        insert(publication(world.approved, world, published_by_id=world.people.ben.pk))
    with guards_down():
        set_to("false")
    insert(publication(world.approved, world, published_by_id=world.people.ben.pk))


def test_an_article_is_withdrawn_once(world: World):
    with refused_by_the_database(Withdrawal):
        insert(withdrawal(world.withdrawn, world))


def test_the_chain_cannot_fork(world: World):
    last = Event.objects.order_by("seq").last()
    insert(event())
    for seq in (last.seq + 1, last.seq + 2):
        with refused_by_the_database(Event):
            insert(event(seq=seq, prev_hash=last.hash, hash="d" * 64))


def test_the_chain_begins_with_the_genesis_hash(world: World):
    with guards_down():
        first = Event.objects.order_by("seq").first()
        execute("DELETE FROM reviews_event")
    with refused(Event, "an event continues the chain"):
        insert(copy(first, prev_hash="e" * 64))
    with refused(Event, "events are numbered one after the other"):
        insert(copy(first, seq=2))
    insert(copy(first))


STORE_COLUMNS: dict[str, tuple[Callable[[World], Any], str]] = {
    "digest": (lambda w: w.older.digest, NOT_STANDING),
    "publication_id": (lambda w: w.older.pk, NOT_STANDING),
    "id": (lambda w: w.draft.pk.hex, NOT_STANDING),
    "document": (
        lambda w: naming(LiveArticle.objects.get(pk=w.live.article_id).document, OTHER_DIGEST),
        OTHER_DOCUMENT,
    ),
}


@pytest.mark.parametrize("column", STORE_COLUMNS)
def test_a_live_row_cannot_be_turned_into_another(world: World, column: str):
    make, reason = STORE_COLUMNS[column]
    with refused(LiveArticle, reason):
        execute(f"UPDATE publishing_livearticle SET {column} = %s WHERE digest = %s", [make(world), world.live.digest])


def test_a_live_row_cannot_fall_back_to_the_older_publication(world: World):
    older, newer = live(world, world.older), live(world, world.live)
    LiveArticle.objects.all().delete()
    with refused(LiveArticle, NOT_STANDING):
        insert(older)
    insert(newer)


@pytest.mark.parametrize("digest", [OTHER_DIGEST, "", None, 0, ["sha256"]], ids=str)
def test_a_stored_document_names_the_digest_that_was_published(world: World, digest: Any):
    for row in LiveArticle.objects.all():
        with refused(LiveArticle, OTHER_DOCUMENT):
            LiveArticle.objects.filter(pk=row.pk).update(document=naming(row.document, digest))
    for row in LiveEdition.objects.all():
        with refused(LiveEdition, OTHER_DOCUMENT):
            LiveEdition.objects.filter(pk=row.pk).update(document=naming(row.document, digest))


@pytest.mark.parametrize("document", ["", "{}", "[]", "null", '"x"', '{"edition": null}', "not json"])
def test_a_stored_document_is_one(world: World, document: str):
    with refused_by_the_database(LiveArticle):
        execute("UPDATE publishing_livearticle SET document = %s", [document])
    with refused_by_the_database(LiveEdition):
        execute("UPDATE publishing_liveedition SET document = %s", [document])


def test_a_stored_edition_cannot_be_turned_into_another(world: World):
    for column, value in {"digest": OTHER_DIGEST, "number": 7, "article_id": world.draft.pk.hex}.items():
        with refused(LiveEdition, NOT_PUBLISHED):
            execute(f"UPDATE publishing_liveedition SET {column} = %s WHERE number = 1", [value])


def test_an_upsert_of_the_store_is_checked_too(world: World):
    row = live(world, world.live)
    row.document = naming(row.document, OTHER_DIGEST)
    with refused(LiveArticle, OTHER_DOCUMENT):
        LiveArticle.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["document"])
