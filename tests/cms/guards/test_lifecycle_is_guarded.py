"""What happens around a publication: the database itself refuses what the actions refuse."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from publishing.models import (
    Address,
    Alert,
    Endorsement,
    Extension,
    LiveArticle,
    Publication,
    Ratification,
    Schedule,
    ScheduleEnd,
    Withdrawal,
)
from tests.cms.guards.conftest import World
from tests.cms.guards.sql import copy, insert, refused
from tests.cms.guards.test_publications_are_guarded import OTHER_DIGEST, address, publication


def fact(model: Any, world: World, by: Any = None, **values: Any) -> Any:
    return model(**({"by": by or world.people.pam, "at": timezone.now()} | values))


def schedule(edition: Any, world: World, **changes: Any) -> Schedule:
    values = {"edition_id": edition.pk, "digest": edition.digest, "due_at": timezone.now(), "zone": "UTC"}
    return fact(Schedule, world, **(values | changes))


def test_what_an_approved_edition_asks_for_is_accepted(world: World):
    insert(schedule(world.approved, world))


def test_an_edition_is_scheduled_once_while_it_waits(world: World):
    waiting = Schedule.objects.get(end__isnull=True)
    with refused(Schedule, "this edition is scheduled already"):
        insert(schedule(waiting.edition, world))
    ended = Schedule.objects.get(end__outcome="cancelled")
    insert(schedule(ended.edition, world))


@pytest.mark.parametrize("name", ["returned", "recalled", "revoked"])
def test_an_edition_whose_review_has_ended_is_not_scheduled(world: World, name: str):
    with refused(Schedule, "the review of this edition has ended"):
        insert(schedule(getattr(world, name), world))


def test_a_public_edition_is_not_scheduled(world: World):
    with refused(Schedule, "the review of this edition has ended, or it is public"):
        insert(schedule(world.live.edition, world))


def test_a_schedule_cites_the_digest(world: World):
    with refused(Schedule, "a schedule cites the digest of its edition"):
        insert(schedule(world.approved, world, digest=OTHER_DIGEST))


def test_who_approved_does_not_schedule(world: World):
    for person in (world.people.ben, world.people.cyd):
        with refused(Schedule, "who schedules a publication may not have approved"):
            insert(schedule(world.approved, world, by=person))


def test_a_schedule_fires_by_publishing_alone(world: World):
    waiting = Schedule.objects.get(end__isnull=True)
    with refused(ScheduleEnd, "a schedule fires by publishing"):
        insert(fact(ScheduleEnd, world, schedule_id=waiting.pk, outcome="fired", is_late=False))
    insert(fact(ScheduleEnd, world, schedule_id=waiting.pk, outcome="failed", is_late=False))


def test_a_suspension_is_ratified_by_somebody_else_and_nothing_else_is(world: World):
    suspended = Withdrawal.objects.exclude(pk=world.withdrawal.pk).get(kind="suspended")
    fresh = copy(suspended, publication_id=world.live.pk)
    insert(fresh)
    mine = Withdrawal.objects.get(publication=world.live)
    with refused(Ratification, "a suspension is ratified by somebody else"):
        insert(fact(Ratification, world, by=mine.by, withdrawal_id=mine.pk, reason="Mine."))
    with refused(Ratification, "a suspension is ratified by somebody else"):
        insert(fact(Ratification, world, withdrawal_id=world.withdrawal.pk, reason="Not suspended."))
    insert(fact(Ratification, world, withdrawal_id=mine.pk, reason="Right."))


@pytest.mark.parametrize("name", ["older", "withdrawn"])
def test_what_readers_do_not_see_is_neither_questioned_nor_extended(world: World, name: str):
    target, today = getattr(world, name), timezone.now().date()
    with refused(Alert, "an alert is about what readers see"):
        insert(fact(Alert, world, publication_id=target.pk, kind="concern", reason="A letter.", is_shown=True))
    dates = {"due_on": today, "until": today + timedelta(days=9)}
    with refused(Extension, "what readers see is extended"):
        insert(fact(Extension, world, publication_id=target.pk, reason="Later.", attestation="I do.", **dates))


def test_a_review_is_extended_once(world: World):
    row = Extension.objects.get()
    with refused(Extension, "a review is extended once"):
        insert(copy(row, due_on=row.until, until=row.until + timedelta(days=30)))


def test_an_address_is_never_handed_to_another_article(world: World):
    for slug in (world.live.edition.slug, world.withdrawn.edition.slug, "somewhere-else"):
        with refused(Address, "an address is never handed to another article"):
            insert(address(world.approved, world, slug=slug))


def test_the_store_shows_an_article_at_its_own_address(world: World):
    row = LiveArticle.objects.get(pk=world.live.article_id)
    row.slug = "elsewhere"
    with refused(LiveArticle, "the public store shows an article at its own address"):
        row.save()


def test_a_republication_tells_readers_what_changed(world: World):
    values: dict[str, Any] = {"correction_kind": "", "correction_summary": ""}
    with refused(Publication, "readers are told what changed since the publication before"):
        insert(publication(world.approved, world, seq=2, **values))
    with refused(Publication, "publications of an article are numbered one after the other"):
        insert(publication(world.approved, world, seq=2))
    insert(publication(world.approved, world, **values))


def test_an_emergency_publication_is_endorsed_by_somebody_independent(world: World):
    row = Endorsement.objects.get()
    edition = row.publication.edition
    approver = edition.decisions.get().reviewer
    target = copy(row, publication_id=world.live.pk, digest=world.live.digest)
    for person in (world.people.ada, world.people.ben, world.people.pam):
        with refused(Endorsement, "an emergency publication is approved by somebody independent"):
            insert(copy(target, by_id=person.pk))
    with refused(Endorsement, "an emergency publication is approved by somebody independent"):
        insert(copy(target, by_id=world.people.max.pk, digest=OTHER_DIGEST))
    assert approver.pk != row.by_id
