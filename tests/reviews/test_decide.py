"""One reviewer signs one outcome on the very bytes they saw; nobody on their own work."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from articles.history import write
from articles.models import Contributor, Credential
from reviews import actions
from reviews.models import Decision, Edition, Event, ReviewPolicy
from reviews.permissions import may_decide, reasons_against
from tests import cast
from tests.refusal import denied, refused


@pytest.fixture
def edition(line):
    return line.submit()


def reasons(person, edition, stage):
    today = timezone.now().date()
    return [row.code for row in reasons_against(person, edition, edition.stage(stage), today=today)]


def test_an_approval_keeps_digest_sentence_name_and_credentials(people, line, edition):
    line.decide(edition, people.cyd, "editorial")
    line.decide(edition, people.ben, "medical")
    decision = Decision.objects.get(reviewer=people.ben)
    assert (decision.digest, decision.stage, decision.round, decision.is_specialist) == (
        edition.digest,
        "medical",
        1,
        True,
    )
    assert decision.attestation == (
        f"I have reviewed edition 1 ({edition.digest}) as a medical reviewer and approve it for publication."
    )
    assert decision.reviewer_snapshot["name"] == "Dr Ben"
    assert [row["label"] for row in decision.reviewer_snapshot["credentials"]] == ["Consultant neurologist"]
    assert Event.objects.filter(action="edition.decided").count() == 2


def test_a_decision_keeps_the_name_and_credentials_as_they_stood(people, line, edition):
    line.approve(edition)
    contributor = Contributor.objects.get(user=people.ben)
    contributor.name = "Dr Benjamin Married"
    write(contributor, by=people.ada)
    credential = contributor.credentials.get()
    credential.label = "Retired"
    write(credential, by=people.ada)
    kept = Decision.objects.get(reviewer=people.ben).reviewer_snapshot
    assert (kept["name"], kept["credentials"][0]["label"]) == ("Dr Ben", "Consultant neurologist")
    shown = line.publish(Edition.objects.get(pk=edition.pk))
    assert shown.edition.decisions.get(reviewer=people.ben).reviewer_snapshot == kept


def test_author_may_not_decide_on_own_edition(people, line, edition):
    for outcome in ("approve", "request_changes", "reject"):
        with denied("nobody approves their own work"):
            line.decide(edition, people.ada, "editorial", outcome, "Mine")


def test_a_superuser_passes_roles_but_never_own_work(people, line, edition):
    assert reasons(people.root, edition, "editorial") == []
    line.decide(edition, people.root, "editorial")
    own = actions.submit(line.draft(), by=people.root)
    with denied("own work"):
        line.decide(own, people.root, "editorial")
    assert "credential_missing" in reasons(people.root, own, "medical")


def test_everybody_who_touched_it_is_refused(people, line):
    """A contributor's login, the owner, a helping editor and the submitter, each with every role and credential."""
    speaker = cast.make_reviewer("sol", by=people.cyd)
    article = line.draft(viewpoints=[cast.viewpoint_values(speaker.contributor)])
    line.change(article)
    sub = cast.make_user("sub", "Editor")
    edition = actions.submit(article, by=sub)
    assert edition.touched_by == sorted([people.ada.pk, speaker.pk, sub.pk])
    for person in (people.ada, speaker, sub):
        person.is_superuser = True
        for stage in ("editorial", "medical"):
            assert "own_work" in reasons(person, edition, stage)
            with denied("own work"):
                line.decide(edition, person, stage)


def test_people_outside_the_role_of_the_stage_are_refused(people, line, edition):
    for person in (people.dot, people.ben, people.pam, people.max, people.ann):
        with denied("Editor"):
            line.decide(edition, person, "editorial")
    line.decide(edition, people.cyd, "editorial")
    for person in (people.dot, people.cyd, people.pam, people.max):
        with denied("Medical reviewer"):
            line.decide(edition, person, "medical")


def test_an_account_that_is_switched_off_decides_nothing(people, edition):
    people.cyd.is_active = False
    assert reasons(people.cyd, edition, "editorial") == ["inactive"]
    assert not may_decide(people.cyd, edition, edition.stage("editorial"), today=timezone.now().date())


COUNTS = [
    ({}, True),
    ({"verified_on": 0}, True),
    ({"verified_on": None}, False),
    ({"verified_on": 1}, False),
    ({"verified_on": -24 * 31 - 10}, False),
    ({"expires_on": 0}, True),
    ({"expires_on": -1}, False),
    ({"profession": "nurse"}, True),
    ({"profession": "editor"}, False),
    ({"profession": "other"}, False),
]


def test_only_a_verified_credential_that_has_not_expired_counts(people, edition):
    today = timezone.now().date()
    mine = Credential.objects.filter(contributor__user=people.ben)
    before = mine.values("verified_on", "expires_on", "profession").get()
    for changes, counts in COUNTS:
        days = {name: today + timedelta(days=value) for name, value in changes.items() if isinstance(value, int)}
        mine.update(**(before | changes | days))
        found = reasons(people.ben, edition, "medical")
        assert len(found) == (0 if counts else 1), changes
        assert set(found) <= {"credential_missing", "credential_stale", "credential_expired"}


def test_a_credential_in_another_specialty_approves_but_is_no_specialist(people, line, edition):
    Credential.objects.filter(contributor__user=people.ben).update(specialty="Cardiovascular")
    line.decide(edition, people.cyd, "editorial")
    assert line.decide(edition, people.ben, "medical").is_specialist is False
    assert line.decide(edition, people.bea, "medical").is_specialist is True


def test_the_pharmacy_stage_asks_for_a_pharmacist_or_legal_counsel(people, line):
    edition = line.submit(line.draft(risk_tier=3))
    line.decide(edition, people.cyd, "editorial")
    with denied("pharmacist or legal counsel"):
        line.decide(edition, people.ben, "pharmacy_legal")
    assert line.decide(edition, people.eve, "pharmacy_legal").outcome == "approve"


def test_an_unknown_outcome_is_refused(people, line, edition):
    for outcome in ("revoke", "", "publish", "APPROVE"):
        with refused("unknown_outcome"):
            line.decide(edition, people.cyd, "editorial", outcome, "Why")


def test_an_unknown_stage_is_refused(people, line, edition):
    with refused("unknown_stage"):
        line.decide(edition, people.cyd, "nursing")


def test_another_digest_than_the_one_shown_is_refused(people, line, edition):
    for digest in ("", "sha256:" + "0" * 64, edition.digest.upper()):
        with refused("stale_page"):
            actions.decide(edition, "approve", by=people.cyd, stage="editorial", expected_digest=digest)


def test_an_edition_that_was_tampered_with_is_refused(people, line, edition):
    tamper(edition)
    with refused("digest_mismatch"):
        line.decide(edition, people.cyd, "editorial")


def test_a_return_needs_a_comment(people, line, edition):
    for outcome in ("request_changes", "reject"):
        for comment in ("", " \n\t"):
            with refused("comment_missing"):
                line.decide(edition, people.cyd, "editorial", outcome, comment)


def test_a_comment_with_a_refused_character_is_refused(people, line, edition):
    with refused("bidi_override"):
        line.decide(edition, people.cyd, "editorial", "reject", "a\u202eb")


def test_a_later_stage_waits_for_the_earlier_one(people, line, edition):
    with refused("stage_not_ready"):
        line.decide(edition, people.ben, "medical")
    line.decide(edition, people.cyd, "editorial")
    line.decide(edition, people.ben, "medical")


def test_a_return_closes_the_edition(people, line, edition):
    line.decide(edition, people.cyd, "editorial", "request_changes", "Say more")
    with refused("edition_closed"):
        line.decide(edition, cast.make_user("edd", "Editor"), "editorial")


def test_a_public_edition_takes_no_more_decisions(people, line):
    edition = line.publish().edition
    with refused("already_published"):
        line.decide(edition, cast.make_user("edd", "Editor"), "editorial")


def test_one_person_decides_once(people, line, edition):
    line.decide(edition, people.cyd, "editorial")
    with denied("already"):
        line.decide(edition, people.cyd, "editorial")


def test_one_person_one_stage(people, line, edition):
    people.cyd.groups.add(*people.ben.groups.all())
    contributor = cast.make_contributor(by=people.ada, user=people.cyd)
    assert contributor.user == people.cyd
    line.decide(edition, people.cyd, "editorial")
    with denied("one person, one stage"):
        line.decide(edition, people.cyd, "medical")


def test_a_policy_may_let_one_person_decide_in_two_stages(people, line):
    policy = ReviewPolicy.objects.get(risk_tier=2)
    policy.one_stage_each = False
    write(policy, by=people.root)
    people.cyd.groups.add(*people.ben.groups.all())
    cast.make_contributor(by=people.ada, user=people.cyd)
    edition = line.submit()
    line.decide(edition, people.cyd, "editorial")
    assert line.decide(edition, people.cyd, "medical").stage == "medical"


def tamper(edition):
    """Change the stored content as the owner of the database could."""
    cast.take_guards_down()
    title = "Twitches are harmless, take 50 mg"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            change = "json_set(content, '$.title', %s)"
        else:
            change = "jsonb_set(content, '{title}', to_jsonb(%s::text))"
        cursor.execute(f"UPDATE {Edition._meta.db_table} SET content = {change} WHERE id = %s", [title, edition.pk])
    assert Edition.objects.get(pk=edition.pk).content["title"] == title
