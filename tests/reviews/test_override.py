"""A medical lead sets one conflict of one reviewer aside, by signature, for one edition and stage."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone

from articles.models import Contributor, Credential, Disclosure
from reviews import actions
from reviews.eligibility import OVERRIDABLE
from reviews.models import Edition, Event, Override, ReviewPolicy
from reviews.permissions import reasons_against
from tests import cast
from tests.refusal import denied, refused
from tests.reviews.test_assign import employ

TODAY = timezone.now().date


@pytest.fixture
def edition(line):
    """In review, its editorial stage complete: the medical one is open."""
    edition = line.submit()
    line.decide(edition, line.people.cyd, "editorial")
    return edition


def set_aside(edition, by, reviewer, **changes):
    values = {"stage": "medical", "reason": "No other neurologist reads Danish.", "expected_digest": edition.digest}
    return actions.override(edition, by=by, reviewer=reviewer, **(values | changes))


def codes(person, edition, stage="medical"):
    person, edition = get_user_model().objects.get(pk=person.pk), Edition.objects.get(pk=edition.pk)
    return [row.code for row in reasons_against(person, edition, edition.stage(stage), today=TODAY())]


def declare(person, status="none_declared", days=-1):
    as_of = TODAY() + timedelta(days=days)
    Disclosure.objects.filter(contributor__user=person).update(status=status, as_of=as_of)


def works_there(people, edition):
    employ(edition, people.ben)


def never_asked(people, edition):
    declare(people.ben, "not_asked")


def out_of_date(people, edition):
    declare(people.ben, days=-400)


CONFLICTS = {
    "organization_conflict": (works_there, "works for an organization that speaks in it or employs one of its contr"),
    "disclosure_not_asked": (never_asked, "has not declared their interests"),
    "disclosure_stale": (out_of_date, "has not renewed their declaration of interests"),
}


def test_the_three_conflicts_that_can_be_set_aside_are_these():
    assert set(CONFLICTS) == OVERRIDABLE


@pytest.mark.parametrize("code", CONFLICTS)
def test_the_reviewer_may_decide_then_and_could_not_before(people, line, edition, code):
    make, words = CONFLICTS[code]
    make(people, edition)
    assert codes(people.ben, edition) == [code]
    with denied():
        line.decide(edition, people.ben, "medical")

    fact = set_aside(edition, people.max, people.ben)

    assert (fact.codes, fact.reviewer, fact.by, fact.digest) == ([code], people.ben, people.max, edition.digest)
    assert fact.attestation.startswith(
        f"I set aside, for medical review of edition 1 ({edition.digest}), that Dr Ben {words}"
    )
    assert fact.attestation.endswith(", and answer for it as a medical lead.")
    assert codes(people.ben, edition) == []
    assert line.decide(edition, people.ben, "medical").reviewer_snapshot["name"] == "Dr Ben"


def test_the_signature_keeps_who_signed_and_the_event_tells_all_of_it(people, line, edition):
    works_there(people, edition)
    declare(people.ben, days=-400)
    fact = set_aside(edition, people.max, people.ben)
    assert (
        "that Dr Ben works for an organization that speaks in it or employs one of its contributors "
        "and has not renewed their declaration of interests, and answer for it"
    ) in fact.attestation
    assert (fact.signer_snapshot["name"], fact.signer_snapshot["role"]) == ("Max", "Medical lead")
    event = Event.objects.get(action="conflict.overridden")
    assert (event.actor, event.object_id, event.article_id) == (people.max, str(fact.pk), edition.article_id)
    assert event.payload == {
        "edition": 1,
        "digest": edition.digest,
        "stage": "medical",
        "reviewer": people.ben.pk,
        "reviewer_name": "Dr Ben",
        "codes": ["organization_conflict", "disclosure_stale"],
        "reason": "No other neurologist reads Danish.",
        "attestation": fact.attestation,
        "signer": fact.signer_snapshot,
    }


def test_nobody_sets_a_conflict_of_their_own_aside(people, line, edition):
    people.ben.groups.add(Group.objects.get(name="Medical lead"))
    declare(people.ben, "not_asked")
    ben = get_user_model().objects.get(pk=people.ben.pk)
    assert ben.has_perm("reviews.override_conflict")
    with denied("conflict of their own"):
        set_aside(edition, ben, ben)
    cast.make_contributor(by=people.ada, user=people.root)
    declare(people.root, "not_asked")
    with denied("conflict of their own"):
        set_aside(edition, people.root, people.root)


@pytest.mark.parametrize("who", ["ada", "cyd", "ben", "bea", "pam", "ann", "dot"])
def test_no_other_role_sets_anything_aside(people, edition, who):
    declare(people.eve, "not_asked")
    with denied("Only a medical lead who did not touch the text"):
        set_aside(edition, getattr(people, who), people.eve)


@pytest.mark.parametrize("how", ["wrote", "speaks", "switched off"])
def test_a_medical_lead_who_touched_the_text_sets_nothing_aside(people, line, how):
    article = line.draft()
    if how == "wrote":
        people.max.groups.add(Group.objects.get(name="Editor"))
        line.people.ada, author = people.max, people.ada
        line.change(article)
        line.people.ada = author
    elif how == "speaks":
        speakers = Contributor.objects.filter(viewpoint_contributors__viewpoint__article=article)
        Contributor.objects.filter(pk=speakers.first().pk).update(user=people.max)
    else:
        people.max.is_active = False
    edition = line.submit(article)
    declare(people.ben, "not_asked")
    with denied("Only a medical lead who did not touch the text"):
        set_aside(edition, people.max, people.ben)
    assert set_aside(edition, cast.make_user("lea", "Medical lead"), people.ben).codes == ["disclosure_not_asked"]


def test_a_superuser_who_touched_nothing_passes_the_role(people, edition):
    declare(people.ben, "not_asked")
    assert set_aside(edition, people.root, people.ben).by == people.root


def of_another_role(people, edition):
    people.ben.groups.clear()


def expired(people, edition):
    Credential.objects.filter(contributor__user=people.ben).update(expires_on=TODAY() - timedelta(days=1))


def speaks(people, edition):
    spoken = edition.content["viewpoints"][0]["contributors"][0]["id"]
    Contributor.objects.filter(user=people.ben).update(user=None)
    Contributor.objects.filter(pk=spoken).update(user=people.ben)


@pytest.mark.parametrize(
    ("make", "code"),
    [(of_another_role, "not_in_stage_group"), (expired, "credential_expired"), (speaks, "is_contributor")],
)
def test_other_reasons_against_the_same_person_still_stand(people, line, edition, make, code):
    make(people, edition)
    declare(people.ben, "not_asked")
    assert set_aside(edition, people.max, people.ben).codes == ["disclosure_not_asked"]
    assert codes(people.ben, edition) == [code]
    with denied():
        line.decide(edition, people.ben, "medical")


@pytest.mark.parametrize("make", [of_another_role, expired, speaks])
def test_no_other_reason_can_be_set_aside(people, edition, make):
    make(people, edition)
    with refused("nothing_to_override"):
        set_aside(edition, people.max, people.ben)


@pytest.mark.parametrize("is_superuser", [False, True])
def test_own_work_can_never_be_set_aside(people, line, edition, is_superuser):
    people.ada.is_superuser = is_superuser
    people.ada.save()
    people.ada.groups.add(Group.objects.get(name="Medical reviewer"))
    cast.make_contributor(by=people.cyd, user=people.ada)
    assert codes(people.ada, edition) == ["own_work"]
    for signer in (people.max, people.root):
        with refused("nothing_to_override"):
            set_aside(edition, signer, people.ada)
    declare(people.ada, "not_asked")
    assert set_aside(edition, people.max, people.ada).codes == ["disclosure_not_asked"]
    assert codes(people.ada, edition) == ["own_work"]
    with denied("nobody approves their own work"):
        line.decide(edition, people.ada, "medical")


def test_without_a_conflict_there_is_nothing_to_set_aside(people, edition):
    with refused("nothing_to_override"):
        set_aside(edition, people.max, people.bea)


def test_a_reason_is_needed_and_keeps_the_rules_of_text(people, edition):
    declare(people.ben, "not_asked")
    for reason in ("", " \n"):
        with refused("reason_missing"):
            set_aside(edition, people.max, people.ben, reason=reason)
    with refused("null_character"):
        set_aside(edition, people.max, people.ben, reason="a\x00b")


def test_the_page_that_was_signed_on_must_show_these_bytes(people, edition):
    declare(people.ben, "not_asked")
    for digest in ("", "sha256:" + "0" * 64):
        with refused("stale_page"):
            set_aside(edition, people.max, people.ben, expected_digest=digest)


def test_an_unknown_stage_or_a_review_that_has_ended_is_refused(people, line, edition):
    declare(people.eve, "not_asked")
    with refused("unknown_stage"):
        set_aside(edition, people.max, people.eve, stage="nursing")
    actions.recall(edition, by=people.ada, reason="Wait.")
    with refused("edition_closed"):
        set_aside(edition, people.max, people.eve)
    public = line.publish().edition
    with refused("already_published"):
        set_aside(public, people.max, people.eve)


def test_it_is_done_once_for_a_reviewer_in_a_stage(people, edition):
    declare(people.ben, "not_asked")
    set_aside(edition, people.max, people.ben)
    with refused("nothing_to_override"):
        set_aside(edition, people.max, people.ben)
    works_there(people, edition)
    with refused("already_overridden"):
        set_aside(edition, people.max, people.ben)
    assert codes(people.ben, edition) == ["organization_conflict"]


def test_it_counts_for_that_stage_only(people, line):
    edition = line.submit(line.draft(risk_tier=3))
    line.decide(edition, people.cyd, "editorial")
    cast.make_credential(people.ben.contributor, by=people.ada, profession="pharmacist")
    declare(people.ben, "not_asked")
    set_aside(edition, people.max, people.ben, stage="pharmacy_legal")
    assert codes(people.ben, edition, "pharmacy_legal") == []
    assert codes(people.ben, edition, "medical") == ["disclosure_not_asked"]


def test_it_counts_for_that_reviewer_and_edition_only(people, line, edition):
    for person in (people.ben, people.bea):
        declare(person, "not_asked")
    set_aside(edition, people.max, people.ben)
    assert codes(people.bea, edition) == ["disclosure_not_asked"]
    actions.recall(edition, by=people.ada, reason="Wait.")
    again, other = line.submit(line.change(edition.article)), line.submit()
    assert codes(people.ben, again) == codes(people.ben, other) == ["disclosure_not_asked"]


def test_who_may_decide_then_may_be_asked_then(people, edition):
    declare(people.ben, "not_asked")
    with denied("The interests of Dr Ben are not declared yet."):
        actions.assign(edition, by=people.ada, stage="medical", reviewer=people.ben)
    set_aside(edition, people.max, people.ben)
    assert actions.assign(edition, by=people.ada, stage="medical", reviewer=people.ben)


def test_an_edition_reviewed_with_a_conflict_set_aside_is_published(people, line, edition):
    assert ReviewPolicy.objects.get(risk_tier=2).separate_releaser
    declare(people.ben, "not_asked")
    set_aside(edition, people.max, people.ben)
    for person in (people.ben, people.bea):
        line.decide(edition, person, "medical")
    assert line.publish(edition).seq == 1
    assert Override.objects.get().edition == edition
