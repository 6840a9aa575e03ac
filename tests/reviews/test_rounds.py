"""A public text is reviewed again, its bytes unchanged, in numbered rounds; an approval taken back gets an answer."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from cms.recorded import FACTS
from publishing import actions as publishing
from reviews import actions
from reviews.models import Edition, Event, ReviewRound, RevocationAnswer
from reviews.permissions import reasons_against
from tests import cast
from tests.refusal import denied, refused


@pytest.fixture
def public(line):
    """The standing public edition."""
    return line.publish().edition


def begin(edition, by, reason="Two years are over."):
    return actions.open_round(edition, by=by, reason=reason)


def fresh(edition):
    return Edition.objects.get(pk=edition.pk)


def reaffirm(line, edition):
    return publishing.reaffirm(line.approve(edition), by=line.people.pam, expected_digest=edition.digest)


def test_the_first_round_that_is_opened_is_the_second(people, public):
    fact = begin(public, people.cyd)
    kept = ReviewRound.objects.get()
    assert (kept.edition, kept.number, kept.reason, kept.opened_by) == (public, 2, "Two years are over.", people.cyd)
    event = Event.objects.get(action="round.opened")
    assert (event.actor, event.object_id, event.article_id) == (people.cyd, str(fact.pk), public.article_id)
    assert event.payload == FACTS["round.opened"].payload(kept)
    assert event.payload["digest"] == public.digest
    assert fresh(public).open_round == 2


def test_one_round_is_open_at_a_time_and_each_has_the_next_number(people, line, public):
    begin(public, people.cyd)
    with refused("round_open"):
        begin(public, people.cyd)
    reaffirm(line, public)
    assert fresh(public).open_round == 0
    assert begin(public, people.cyd).number == 3


@pytest.mark.parametrize("who", ["ada", "cyd", "max", "root"])
def test_editors_and_medical_leads_open_rounds(people, public, who):
    assert begin(public, getattr(people, who)).opened_by == getattr(people, who)


@pytest.mark.parametrize("who", ["ben", "pam", "ann", "dot", "switched off"])
def test_nobody_else_opens_rounds(people, public, who):
    person = getattr(people, who, None) or people.cyd
    person.is_active = who != "switched off"
    with denied("Ask an editor or a medical lead"):
        begin(public, person)


def test_a_round_needs_a_reason_that_keeps_the_rules_of_text(people, public):
    for reason, code in (("", "reason_missing"), (" \n", "reason_missing"), ("a\x00", "null_character")):
        with refused(code):
            begin(public, people.cyd, reason=reason)


def in_review(line):
    return line.submit(), "not_public"


def approved(line):
    return line.approve(), "not_public"


def recalled(line):
    edition = line.submit()
    actions.recall(edition, by=line.people.ada, reason="Wait.")
    return edition, "not_public"


def withdrawn(line):
    return line.withdraw().publication.edition, "not_public"


def superseded(line):
    edition = line.publish().edition
    line.publish(line.approve(line.submit(line.change(edition.article))))
    return edition, "not_public"


def doubted(line):
    edition = line.publish().edition
    actions.revoke(edition, by=line.people.ben, stage="medical", reason="A number.")
    return edition, "edition_closed"


def sent_back(line):
    edition = line.publish().edition
    begin(edition, line.people.cyd)
    line.decide(edition, line.people.cyd, "editorial", "request_changes", "A number is old.")
    return edition, "edition_closed"


def mended(line):
    article = line.draft(summary="A signficant change.")
    line.publish(line.approve(line.submit(article)))
    line.change(article, summary="A significant change.")
    edition = line.submit(article, change_class="editorial")
    line.decide(edition, line.people.cyd, "editorial")
    return line.publish(edition).edition, "fast_path_edition"


@pytest.mark.parametrize("make", [in_review, approved, recalled, withdrawn, superseded, doubted, sent_back, mended])
def test_only_the_standing_public_text_is_reviewed_again(people, line, make):
    edition, code = make(line)
    with refused(code):
        begin(edition, people.cyd)


# What a round asks


def test_a_round_asks_for_the_same_stages_in_the_same_order(people, line, public):
    with refused("already_published"):
        line.decide(public, people.cyd, "editorial")
    begin(public, people.cyd)
    with refused("stage_not_ready"):
        line.decide(public, people.ben, "medical")
    line.decide(public, people.cyd, "editorial")
    decision = line.decide(public, people.ben, "medical")
    assert (decision.round, decision.digest) == (2, public.digest)
    assert decision.attestation == (
        f"I have reviewed edition 1 ({public.digest}) again as a medical reviewer and approve that it stays public."
    )


def test_who_approved_in_the_first_round_may_approve_in_the_second_and_once(people, line, public):
    begin(public, people.cyd)
    assert line.decide(public, people.cyd, "editorial").round == 2
    with denied("You have decided on this edition in this stage already."):
        line.decide(public, people.cyd, "editorial")
    assert public.decisions.filter(reviewer=people.cyd, stage="editorial").count() == 2


def test_one_person_one_stage_counts_within_a_round(people, line, public):
    """cyd approved for the editors in round 1, and may be a medical reviewer in round 2; but not both in it."""
    people.cyd.groups.add(Group.objects.get(name="Medical reviewer"))
    cast.make_contributor(by=people.ada, user=people.cyd)
    begin(public, people.max)
    today = timezone.now().date()
    assert reasons_against(people.cyd, fresh(public), public.stage("medical"), today=today) == []
    line.decide(public, people.cyd, "editorial")
    with denied("one person, one stage"):
        line.decide(public, people.cyd, "medical")


def test_nobody_approves_their_own_work_in_any_round(people, line, public):
    begin(public, people.cyd)
    with denied("nobody approves their own work"):
        line.decide(public, people.ada, "editorial")


def test_a_round_asks_the_checklist_again(people, public):
    begin(public, people.max)
    with refused("checklist_incomplete", "checklist_incomplete"):
        cast.decide(public, by=people.cyd, stage="editorial", answers=[])


def test_an_open_blocking_comment_holds_a_round_up(people, line, public):
    begin(public, people.cyd)
    comment = actions.comment(public, by=people.ben, text="Out of date.", severity="blocking")
    with refused("open_blocking_comment"):
        line.decide(public, people.cyd, "editorial")
    actions.resolve(comment, by=people.ben, disposition="not-persuasive", answer="It is not.")
    assert line.decide(public, people.cyd, "editorial").round == 2


def test_the_approval_that_was_missing_is_news_and_one_more_is_not(people, line, public, monkeypatch):
    told = []
    monkeypatch.setattr("reviews.mail.approved", told.append)
    begin(public, people.max)
    for person, stage in ((people.cyd, "editorial"), (people.ben, "medical")):
        line.decide(public, person, stage)
    assert told == []
    line.decide(public, people.bea, "medical")
    assert told == [public]
    line.decide(public, cast.make_reviewer("uri", by=people.ada), "medical")
    assert told == [public]


@pytest.mark.parametrize("outcome", ["request_changes", "reject"])
def test_another_outcome_closes_the_round_and_the_page_stays_up(people, line, public, api, outcome):
    address = f"/api/v1/articles/{public.article_id}/"
    before = api.get(address)
    begin(public, people.max)
    line.decide(public, people.cyd, "editorial")
    line.decide(public, people.ben, "medical", outcome, "The dose is out of date.")
    with refused("already_published"):
        line.decide(public, people.bea, "medical")
    after = api.get(address)
    assert (after.status_code, after["ETag"]) == (200, before["ETag"])
    following = line.submit(line.change(public.article))
    assert (following.number, following.based_on) == (2, public)


def test_the_draft_may_be_submitted_and_published_while_a_round_is_open(people, line, public):
    """The new text takes the place of the old one, and with it of the round."""
    begin(public, people.cyd)
    line.publish(line.approve(line.submit(line.change(public.article))))
    assert fresh(public).open_round == 0
    with refused("already_published"):
        line.decide(public, people.cyd, "editorial")


# Answers to approvals taken back


def doubt(edition, by, stage="medical"):
    return actions.revoke(edition, by=by, stage=stage, reason="I misread a number.")


def let_stand(decision, by, reason="The number is right."):
    return actions.answer_revocation(decision, by=by, reason=reason)


def test_an_answer_says_why_the_page_stays_up(people, public):
    decision = doubt(public, people.ben)
    fact = let_stand(decision, people.max)
    kept = RevocationAnswer.objects.get()
    assert (kept.decision, kept.reason, kept.by) == (decision, "The number is right.", people.max)
    event = Event.objects.get(action="revocation.answered")
    assert (event.actor, event.object_id, event.article_id) == (people.max, str(fact.pk), public.article_id)
    assert event.payload == FACTS["revocation.answered"].payload(kept)


def test_the_page_goes_on_saying_that_an_approval_was_taken_back(people, public, api):
    decision = doubt(public, people.ben)
    before = api.get(f"/api/v1/articles/{public.article_id}/").json()
    let_stand(decision, people.max)
    after = api.get(f"/api/v1/articles/{public.article_id}/").json()
    assert after == before
    assert after["review"]["state"] == "approval_revoked"


def test_each_approval_taken_back_is_answered_once(people, public):
    first, second = doubt(public, people.ben), doubt(public, people.bea)
    let_stand(first, people.max)
    for person in (people.max, people.root):
        with refused("already_answered"):
            let_stand(first, person)
    assert let_stand(second, people.max).decision == second


@pytest.mark.parametrize("who", ["ada", "cyd", "ben", "bea", "pam", "ann", "dot", "switched off"])
def test_only_a_medical_lead_answers(people, public, who):
    decision = doubt(public, people.ben)
    person = getattr(people, who, None) or people.max
    person.is_active = who != "switched off"
    with denied("A medical lead who did not give the approval answers this."):
        let_stand(decision, person)


def test_nobody_answers_themselves(people, public):
    people.ben.groups.add(Group.objects.get(name="Medical lead"))
    decision = doubt(public, people.ben)
    with denied("A medical lead who did not give the approval"):
        let_stand(decision, type(people.ben).objects.get(pk=people.ben.pk))


def test_an_answer_needs_a_reason_that_keeps_the_rules_of_text(people, public):
    decision = doubt(public, people.ben)
    for reason, code in (("", "reason_missing"), ("\t", "reason_missing"), ("a\u202e", "bidi_override")):
        with refused(code):
            let_stand(decision, people.max, reason=reason)


def approval(line):
    return line.publish().edition.decisions.get(reviewer=line.people.ben)


def taken_back_before_publication(line):
    return doubt(line.approve(), line.people.ben)


def of_a_page_that_was_withdrawn(line):
    publication = line.publish()
    decision = doubt(publication.edition, line.people.ben)
    line.withdraw(publication)
    return decision


def of_a_text_that_was_replaced(line):
    edition = line.publish().edition
    decision = doubt(edition, line.people.ben)
    line.publish(line.approve(line.submit(line.change(edition.article))))
    return decision


@pytest.mark.parametrize(
    "make",
    [approval, taken_back_before_publication, of_a_page_that_was_withdrawn, of_a_text_that_was_replaced],
)
def test_there_is_nothing_to_answer_where_no_page_rests_on_it(people, line, make):
    decision = make(line)
    with refused("no_question"):
        let_stand(decision, people.max)


def test_an_approval_behind_a_mended_page_is_answered(people, line):
    edition, _ = mended(line)
    first = edition.article.editions.get(number=1)
    assert let_stand(doubt(first, people.ben), people.max).by == people.max
