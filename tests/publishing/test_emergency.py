"""An emergency: a medical lead who did not write it approves and publishes alone, and an approval is owed."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from publishing import actions, worker
from publishing.models import SentNotice, WorkerRun
from reviews import actions as reviews
from reviews.models import ReviewerSettings
from tests import cast
from tests.refusal import denied, refused


@pytest.fixture
def lead(people):
    return cast.make_lead("lia", by=people.ada)


@pytest.fixture
def live(line):
    return line.publish()


def shown(publication):
    return Client().get(f"/api/v1/articles/{publication.article_id}/").json()


def test_one_lead_approves_and_publishes_and_readers_are_told(line, live, lead):
    hasty = cast.in_an_emergency(line, live, lead)
    document = shown(hasty)
    assert document["review"]["state"] == "emergency"
    assert [row["kind"] for row in document["notices"]] == ["emergency"]
    assert document["review"]["last_reviewed"] == shown(live)["review"]["last_reviewed"]
    assert [row["name"] for row in document["review"]["reviewed_by"]][-1] == "Dr Lia"
    assert "independent review follows" in Client().get(f"/en/articles/{live.edition.slug}/").content.decode()


def test_only_a_safety_change_of_a_sound_public_text(people, line, live, lead):
    draft = line.draft()
    with refused("no_public_text"):
        line.submit(draft, change_class="safety", emergency=True)
    line.change(live.article)
    for kind in ("substantive", "editorial"):
        with refused("no_safety_change"):
            line.submit(live.article, change_class=kind, emergency=True)
    reviews.revoke(live.edition, by=people.ben, stage="medical", reason="I misread a number.")
    with refused("no_public_text"):
        line.submit(live.article, change_class="safety", emergency=True)


def test_nobody_but_a_lead_and_no_lead_who_wrote_it(people, line, live, lead):
    lead.groups.add(*people.ada.groups.all())
    line.change(live.article)
    edition = reviews.submit(live.article, by=lead, change_class="safety", emergency=True)
    for person in (lead, people.ben, people.pam, people.root):
        with denied():
            cast.decide(edition, by=person, stage="emergency")
    other = cast.make_lead("lou", by=people.ada)
    cast.decide(edition, by=other, stage="emergency")
    with denied("Ask a medical lead"):
        line.publish(edition)
    cast.publish(edition, by=other)


def test_somebody_independent_settles_the_debt(people, line, live, lead):
    hasty = cast.in_an_emergency(line, live, lead)
    digest = hasty.digest
    for person in (people.ada, lead, people.pam, people.dot):
        with denied():
            actions.endorse(hasty, by=person, expected_digest=digest)
    with refused("stale_page"):
        actions.endorse(hasty, by=people.ben, expected_digest="sha256:0")
    row = actions.endorse(hasty, by=people.ben, expected_digest=digest, comment="The right thing to do.")
    assert row.attestation == (
        f"I have reviewed edition 2 ({digest}), published in an emergency, and approve that it stays public."
    )
    assert shown(hasty)["notices"] == []
    assert shown(hasty)["review"]["state"] == "current"
    (review, _) = Client().get(f"/api/v1/articles/{hasty.article_id}/editions/2/certificate/").json()["reviews"]
    assert (review["kind"], review["endorsements"][0]["name"]) == ("emergency", "Dr Ben")
    page = Client().get(f"/en/articles/{live.edition.slug}/editions/2/certificate/").content.decode()
    assert "changed the wording only" not in page
    assert "Dr Ben gave it on" in page
    with refused("already_endorsed"):
        actions.endorse(hasty, by=people.bea, expected_digest=digest)


def test_who_is_shown_by_role_is_not_named_for_it(people, line, live, lead):
    ReviewerSettings.objects.create(user=people.ben, by_role_only=True)
    hasty = cast.in_an_emergency(line, live, lead)
    actions.endorse(hasty, by=people.ben, expected_digest=hasty.digest)
    (own, _) = Client().get(f"/api/v1/articles/{hasty.article_id}/editions/2/certificate/").json()["reviews"]
    assert own["endorsements"][0]["name"] == "A medical reviewer"


def test_what_is_no_emergency_owes_nothing(people, live):
    with refused("no_emergency"):
        actions.endorse(live, by=people.ben, expected_digest=live.digest)


def test_a_debt_of_three_days_is_told_once(people, line, live, lead):
    people.max.email = "max@example.org"
    people.max.save()
    hasty = cast.in_an_emergency(line, live, lead)
    mail.outbox.clear()
    for hours in (71, 73, 80):
        worker.run(now=hasty.published_at + timedelta(hours=hours))
    assert [row.to for row in mail.outbox if "not approved" in row.subject] == [["max@example.org"]]
    assert SentNotice.objects.get().kind == "unendorsed"


def test_a_suspension_that_nobody_ratifies_is_told_once(people, line, live):
    people.pam.email = "pam@example.org"
    people.pam.save()
    row = actions.withdraw(live, by=people.max, kind="suspended", reason="A wrong dose.")
    mail.outbox.clear()
    for hours in (71, 73, 80):
        worker.run(now=row.at + timedelta(hours=hours))
    assert [row.to for row in mail.outbox if "not ratified" in row.subject] == [["pam@example.org"]]
    assert WorkerRun.objects.get().at > timezone.now()


def test_the_full_review_of_the_same_text_follows_as_a_substantive_submission(line, live, lead):
    hasty = cast.in_an_emergency(line, live, lead)
    again = line.publish(line.approve(line.submit(hasty.article)))
    document = shown(again)
    assert document["review"]["state"] == "current"
    assert document["notices"] == []
