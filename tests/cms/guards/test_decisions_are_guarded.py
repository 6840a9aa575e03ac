"""I2: what the database refuses of editions, decisions and recalls, whoever writes the SQL."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from publishing.models import Publication
from reviews.models import Decision, Edition, Recall
from tests.cms.guards.conftest import World
from tests.cms.guards.sql import copy, execute, guards_down, insert, refused, refused_by_the_database, settle

OTHER_DIGEST = "sha256:" + "0" * 64
NO_EDITION = 987_654_321


def edition(world: World, **changes: Any) -> Edition:
    """The first edition of a draft: valid as it stands."""
    return copy(world.approved, **({"article_id": world.draft.pk, "number": 1} | changes))


def approval(world: World, **changes: Any) -> Decision:
    """The second medical approval of `partial`, by bea: valid as it stands."""
    first = Decision.objects.get(edition=world.partial, reviewer=world.people.ben, outcome="approve")
    return copy(first, **({"reviewer_id": world.people.bea.pk} | changes))


def approval_of(target: Edition, by: Any, **changes: Any) -> Decision:
    """An editorial approval: valid for who did not touch the edition."""
    some = Decision.objects.filter(stage="editorial").first()
    values = {"edition_id": target.pk, "digest": target.digest, "reviewer_id": by.pk, "outcome": "approve"}
    return copy(some, **(values | changes))


def recall(target: Edition, world: World) -> Recall:
    return Recall(edition=target, by=world.people.ada, reason="Too early.", at=timezone.now())


Row = Callable[[World], Any]

EDITIONS: dict[str, tuple[Row, str]] = {
    "an article that does not exist": (lambda w: edition(w, article_id=UUID(int=1)), "there is no such article"),
    "number skipped": (lambda w: edition(w, number=2), "editions are numbered one after the other"),
    "number zero": (lambda w: edition(w, number=0), "editions are numbered one after the other"),
    "number repeated": (
        lambda w: edition(w, article_id=w.returned.article_id, number=1),
        "editions are numbered one after the other",
    ),
    "second open edition, while the first is in review": (
        lambda w: edition(w, article_id=w.partial.article_id, number=2),
        "this article has an open edition",
    ),
    "second open edition, while the first is approved": (
        lambda w: edition(w, article_id=w.approved.article_id, number=2),
        "this article has an open edition",
    ),
    "touched_by without the submitter": (
        lambda w: edition(w, touched_by=[w.people.cyd.pk]),
        "who submits an edition has touched it",
    ),
}

DECISIONS: dict[str, tuple[Row, str]] = {
    "a wrong digest": (lambda w: approval(w, digest=OTHER_DIGEST), "a decision cites the digest of its edition"),
    "the digest of another edition": (
        lambda w: approval(w, digest=w.approved.digest),
        "a decision cites the digest of its edition",
    ),
    "no digest": (lambda w: approval(w, digest=""), "a decision cites the digest of its edition"),
    "an unknown stage": (lambda w: approval(w, stage="marketing"), "the policy of this edition has no such stage"),
    "no stage": (lambda w: approval(w, stage=""), "the policy of this edition has no such stage"),
    "round 0": (lambda w: approval(w, round=0), "an edition is reviewed in round 1"),
    "a second round before publication": (
        lambda w: approval(w, reviewer_id=w.people.ben.pk, round=2),
        "an edition is reviewed in round 1",
    ),
    "a first round after publication": (
        lambda w: approval_of(w.live.edition, w.people.eve),
        "an edition is reviewed in round 1",
    ),
    "a recalled edition": (lambda w: approval_of(w.recalled, w.people.eve), "the review of this edition has ended"),
    "a returned edition": (lambda w: approval_of(w.returned, w.people.eve), "the review of this edition has ended"),
    "a revoked edition": (lambda w: approval_of(w.revoked, w.people.eve), "the review of this edition has ended"),
    "a returned edition, rejecting it": (
        lambda w: approval_of(w.returned, w.people.eve, outcome="reject"),
        "the review of this edition has ended",
    ),
    "a revocation without an approval": (
        lambda w: approval(w, outcome="revoke"),
        "only an approval of one's own can be revoked",
    ),
    "a revocation of somebody else's approval": (
        lambda w: approval_of(w.partial, w.people.eve, stage="medical", outcome="revoke"),
        "only an approval of one's own can be revoked",
    ),
    "a revocation in another stage": (
        lambda w: approval_of(w.partial, w.people.ben, outcome="revoke"),
        "only an approval of one's own can be revoked",
    ),
    "a revocation in another round": (
        lambda w: approval(w, reviewer_id=w.people.ben.pk, round=2, outcome="revoke"),
        "only an approval of one's own can be revoked",
    ),
    "an edition that does not exist": (lambda w: approval(w, edition_id=NO_EDITION), "there is no such article"),
}

TOUCHED_BY: dict[str, Callable[[int], Any]] = {
    "empty": lambda who: [],
    "null": lambda who: None,
    "an object": lambda who: {"id": who},
    "a number": lambda who: who,
    "a text": lambda who: str(who),
    "texts": lambda who: [str(who)],
    "a nested list": lambda who: [[who]],
    "ids and a text": lambda who: [who, "ada"],
    "ids and a null": lambda who: [who, None],
    "true": lambda who: [True],
}


@pytest.mark.parametrize("case", EDITIONS)
def test_no_edition_with(world: World, case: str):
    make, reason = EDITIONS[case]
    with refused(Edition, reason):
        insert(make(world))


@pytest.mark.parametrize("case", DECISIONS)
def test_no_decision_with(world: World, case: str):
    make, reason = DECISIONS[case]
    with refused(Decision, reason):
        insert(make(world))


def test_the_rows_that_these_tests_bend_are_accepted_as_they_stand(world: World):
    insert(edition(world))
    insert(approval(world))
    insert(approval_of(world.touched, world.people.ben))
    insert(approval(world, reviewer_id=world.people.ben.pk, outcome="revoke"))
    insert(recall(world.approved, world))
    settle()


@pytest.mark.parametrize("who", ["author", "editor", "superuser", "contributor", "submitter"])
@pytest.mark.parametrize("stage", ["editorial", "medical"])
def test_nobody_who_touched_an_edition_approves_it(world: World, who: str, stage: str):
    people, target = world.people, world.touched
    person = {
        "author": people.ada,
        "editor": people.cyd,
        "superuser": people.root,
        "contributor": people.max,
        "submitter": target.submitted_by,
    }[who]
    assert person.pk in target.touched_by
    with refused(Decision, "nobody approves their own work"):
        insert(approval_of(target, person, stage=stage))


@pytest.mark.parametrize("who", ["author", "superuser", "contributor"])
def test_the_orm_lets_nobody_approve_what_they_touched(world: World, who: str):
    person = {"author": world.people.ada, "superuser": world.people.root, "contributor": world.people.max}[who]
    with refused(Decision, "nobody approves their own work"):
        approval_of(world.touched, person).save(force_insert=True)
    with refused(Decision, "nobody approves their own work"):
        Decision.objects.bulk_create([approval_of(world.touched, person)])


@pytest.mark.sqlite
@pytest.mark.parametrize("way", ["IGNORE", "REPLACE", "FAIL", "ROLLBACK"])
def test_no_conflict_clause_gets_past_the_guards(world: World, way: str):
    with refused(Decision, "nobody approves their own work"):
        insert(approval_of(world.touched, world.people.root), verb=f"INSERT OR {way} INTO")


@pytest.mark.parametrize("outcome", ["approve", "reject", "request_changes"])
def test_nobody_decides_twice(world: World, outcome: str):
    with refused_by_the_database(Decision):
        insert(approval(world, reviewer_id=world.people.ben.pk, outcome=outcome))


def test_nobody_revokes_twice(world: World):
    revocation = Decision.objects.get(edition=world.revoked, outcome="revoke")
    with refused_by_the_database(Decision):
        insert(copy(revocation))


def test_an_outcome_that_is_not_known_is_refused(world: World):
    with refused_by_the_database(Decision):
        insert(approval(world, outcome="maybe"))


@pytest.mark.parametrize("case", TOUCHED_BY)
def test_an_edition_whose_touched_by_is_broken_passes_nowhere(world: World, case: str):
    broken = json.dumps(TOUCHED_BY[case](world.approved.submitted_by_id))
    with refused(Edition, "who submits an edition has touched it"):
        insert(edition(world), touched_by=broken)

    with guards_down():
        insert(edition(world), touched_by=broken)
        forged = Edition.objects.defer("touched_by").get(article=world.draft)
        for row in Decision.objects.filter(edition=world.approved):
            insert(copy(row, edition_id=forged.pk))
    with refused(Decision, "nobody approves their own work"):
        insert(approval_of(forged, world.people.eve))
    with refused(Publication, "nobody approves their own work"):
        insert(
            Publication(
                article=world.draft,
                seq=1,
                edition=forged,
                digest=forged.digest,
                change="substantive",
                published_by=world.people.pam,
                published_at=timezone.now(),
            )
        )


@pytest.mark.parametrize("column", ["touched_by", "policy", "content"])
@pytest.mark.parametrize("garbage", ["", "[", "not json", None])
def test_an_edition_is_made_of_json(world: World, column: str, garbage: str | None):
    with refused_by_the_database(Edition):
        insert(edition(world), **{column: garbage})


@pytest.mark.parametrize("state", ["older", "live", "withdrawn"])
def test_a_public_edition_is_not_recalled(world: World, state: str):
    with refused(Recall, "a public edition is withdrawn, not recalled"):
        insert(recall(getattr(world, state).edition, world))


def test_an_edition_is_recalled_once(world: World):
    with refused_by_the_database(Recall):
        insert(recall(world.recalled, world))


def test_a_temporary_table_cannot_stand_in_for_a_real_one(world: World):
    table, target = Edition._meta.db_table, world.touched
    execute(f"CREATE TEMPORARY TABLE {table} AS SELECT * FROM {table}")
    execute(f"UPDATE {table} SET touched_by = %s", [json.dumps([target.submitted_by_id])])
    with refused(Decision, "nobody approves their own work"):
        insert(approval_of(target, world.people.ada))
