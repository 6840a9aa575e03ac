"""A public text was reviewed again and stands: its bytes stay, its review date moves, and the feed says so once."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.utils import timezone

from articles.months import months_later
from cms import verify
from cms.recorded import FACTS
from publishing import actions as publishing
from publishing.models import Change, LiveArticle
from reviews import actions as reviews
from reviews.models import Edition, Event, Reaffirmation
from tests import cast
from tests.publishing.test_store import assert_as_rebuilt
from tests.refusal import denied, refused

MONTHS = timedelta(days=300)  # Credentials and declarations of the cast are valid for longer.


@pytest.fixture
def public(line):
    """The standing public edition; it was published months ago."""
    edition = line.publish().edition
    with time_machine.travel(timezone.now() + MONTHS):
        yield edition


@pytest.fixture
def again(people, public):
    """The same, with a second round open."""
    reviews.open_round(public, by=people.max, reason="A year is over.")
    return public


def reaffirm(edition, by, **changes):
    return publishing.reaffirm(edition, by=by, **({"expected_digest": edition.digest} | changes))


def shown(api, edition):
    return api.get(f"/api/v1/articles/{edition.article_id}/").json()


def state_of(edition):
    return list(Change.objects.values_list("seq", "cause")), LiveArticle.objects.get(pk=edition.article_id).etag


def all_agrees():
    """The store is what a rebuild gives, and `verify` finds nothing."""
    assert_as_rebuilt()
    found = [problem for check in verify.checks() for problems in check.problems() for problem in problems]
    assert found == []


def test_the_bytes_stay_and_the_review_dates_move(people, line, again, api):
    before = shown(api, again)
    line.approve(again)
    fact = reaffirm(again, people.pam)
    after = shown(api, again)
    assert (fact.digest, fact.by, fact.round.number) == (again.digest, people.pam, 2)
    for name in ("content", "edition", "published_at", "first_published_at", "url", "notices"):
        assert after[name] == before[name]
    today = timezone.now().date()
    assert before["review"]["last_reviewed"] == (today - MONTHS).isoformat()
    assert after["review"]["last_reviewed"] == today.isoformat()
    assert after["review"]["next_review_due"] == months_later(today, 24).isoformat()
    assert after["updated_at"] > before["updated_at"]
    assert {row["signed_at"][:10] for row in after["review"]["reviewed_by"]} == {today.isoformat()}
    assert {row["digest"] for row in after["review"]["reviewed_by"]} == {again.digest}
    assert Edition.objects.count() == 1
    all_agrees()


def test_no_date_moves_before_the_round_is_complete(people, line, again):
    before = state_of(again)
    line.approve(again)
    assert state_of(again) == before
    all_agrees()
    reaffirm(again, people.pam)
    assert state_of(again)[1] != before[1]


def test_the_feed_says_so_once(people, line, again):
    """And no neighbour moves: their links stay."""
    other = line.publish(line.approve(line.submit(line.draft(topic_id=again.article.topic_id)))).edition
    line.approve(again)
    seq, etag = Change.objects.count(), state_of(other)[1]
    reaffirm(again, people.pam)
    lines = Change.objects.filter(seq__gt=seq).values_list("seq", "op", "key", "cause")
    assert list(lines) == [(seq + 1, "upsert", str(again.article_id), "reaffirmed")]
    assert state_of(other)[1] == etag
    all_agrees()


def test_the_event_says_what_was_reaffirmed(people, line, again):
    line.approve(again)
    fact = reaffirm(again, people.pam)
    event = Event.objects.get(action="edition.reaffirmed")
    assert (event.actor, event.object_id, event.article_id) == (people.pam, str(fact.pk), again.article_id)
    assert event.payload == FACTS["edition.reaffirmed"].payload(fact)
    assert event.payload == {"edition": 1, "digest": again.digest, "round": 2}


def test_rounds_follow_each_other_and_the_last_counts(people, line, again, api):
    line.approve(again)
    reaffirm(again, people.pam)
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        reviews.open_round(again, by=people.cyd, reason="Another year.")
        line.approve(again)
        assert reaffirm(again, people.pam).round.number == 3
        assert shown(api, again)["review"]["last_reviewed"] == timezone.now().date().isoformat()
    all_agrees()


# What it asks


def test_it_asks_for_the_quorum_and_the_specialists_of_this_round(people, line, again):
    lacking = ["approval_missing", "approval_missing", "specialty_missing"]
    with refused(*lacking):
        reaffirm(again, people.pam)
    line.decide(again, people.cyd, "editorial")
    with refused(*lacking[1:]):
        reaffirm(again, people.pam)
    people.ben.contributor.credentials.update(specialty="Cardiovascular")
    people.bea.contributor.credentials.update(specialty="Cardiovascular")
    line.decide(again, people.ben, "medical")
    line.decide(again, people.bea, "medical")
    with refused("specialty_missing"):
        reaffirm(again, people.pam)
    line.decide(again, cast.make_reviewer("uri", by=people.ada), "medical")
    assert reaffirm(again, people.pam).round.number == 2


@pytest.mark.parametrize("who", ["ada", "cyd", "ben", "max", "ann", "dot", "switched off"])
def test_only_a_publisher_reaffirms(people, line, again, who):
    line.approve(again)
    person = getattr(people, who, None) or people.pam
    person.is_active = who != "switched off"
    with denied("You may not reaffirm"):
        reaffirm(again, person)


def make_publisher(person):
    person.groups.add(Group.objects.get(name="Publisher"))
    return type(person).objects.get(pk=person.pk)


def test_who_approved_in_this_round_does_not_reaffirm(people, line, again):
    ben, uri = make_publisher(people.ben), cast.make_reviewer("uri", by=people.ada)
    line.decide(again, people.cyd, "editorial")
    for person in (people.bea, uri):
        line.decide(again, person, "medical")
    for person in map(make_publisher, (people.cyd, people.bea, uri)):
        with denied("You approved this edition again"):
            reaffirm(again, person)
    assert reaffirm(again, ben).by == ben, "approving in an earlier round is no bar"


def test_a_policy_may_let_who_approved_reaffirm(people, line):
    edition = line.publish(line.approve(line.submit(line.draft(risk_tier=1)))).edition
    reviews.open_round(edition, by=people.max, reason="Three years are over.")
    line.approve(edition)
    assert reaffirm(edition, make_publisher(people.cyd)).digest == edition.digest


def test_another_digest_than_the_one_shown_is_refused(people, line, again):
    line.approve(again)
    for digest in ("", "sha256:" + "0" * 64, again.digest.upper()):
        with refused("stale_page"):
            reaffirm(again, people.pam, expected_digest=digest)


def test_an_open_blocking_comment_holds_it_up(people, line, again):
    line.approve(again)
    comment = reviews.comment(again, by=people.ben, text="Out of date.", severity="blocking")
    with refused("open_blocking_comment"):
        reaffirm(again, people.pam)
    reviews.resolve(comment, by=people.ben, disposition="not-persuasive", answer="It is not.")
    assert reaffirm(again, people.pam)


def no_round(line, edition):
    return edition


def complete(line, edition):
    reviews.open_round(edition, by=line.people.max, reason="A year.")
    reaffirm(line.approve(edition), line.people.pam)
    return edition


def unpublished(line, edition):
    return line.approve()


def sent_back(line, edition):
    reviews.open_round(edition, by=line.people.max, reason="A year.")
    line.decide(edition, line.people.cyd, "editorial", "request_changes", "A number is old.")
    return edition


def withdrawn(line, edition):
    reviews.open_round(edition, by=line.people.max, reason="A year.")
    line.approve(edition)
    line.withdraw(edition.publication)
    return edition


def superseded(line, edition):
    reviews.open_round(edition, by=line.people.max, reason="A year.")
    line.approve(edition)
    line.publish(line.approve(line.submit(line.change(edition.article))))
    return edition


def taken_back(line, edition):
    reviews.open_round(edition, by=line.people.max, reason="A year.")
    line.approve(edition)
    reviews.revoke(edition, by=line.people.ben, stage="medical", reason="I misread a number.")
    return edition


@pytest.mark.parametrize("make", [no_round, complete, unpublished, sent_back, withdrawn, superseded, taken_back])
def test_only_an_open_round_of_the_standing_text_is_completed(people, line, public, make):
    edition = make(line, public)
    with refused("no_round"):
        reaffirm(edition, people.pam)
    all_agrees()


# Approvals taken back


def names(document):
    return [row["name"] for row in document["review"]["reviewed_by"]]


def test_an_approval_of_the_round_taken_back_shows_on_the_page(people, line, again, api):
    line.approve(again)
    reaffirm(again, people.pam)
    reviews.revoke(again, by=people.ben, stage="medical", reason="I misread a number.")
    after = shown(api, again)
    assert after["review"]["state"] == "approval_revoked"
    assert names(after) == ["Cyd", "Dr Bea"]
    with refused("edition_closed"):
        reviews.open_round(again, by=people.max, reason="Look again.")
    all_agrees()


def test_who_takes_an_approval_back_in_an_open_round_is_named_no_more(people, line, again, api):
    """What is signed then is: I take back my approval of this edition. It names no round, so all are meant."""
    line.approve(again)
    decision = reviews.revoke(again, by=people.ben, stage="medical", reason="I misread a number.")
    assert (decision.round, decision.attestation) == (
        2,
        f"I take back my approval of edition 1 ({again.digest}), given as a medical reviewer.",
    )
    assert shown(api, again)["review"]["state"] == "approval_revoked"
    assert names(shown(api, again)) == ["Cyd", "Dr Bea"]


def test_an_approval_of_an_earlier_round_can_be_taken_back_after_the_next(people, line, again, api):
    """uri stood in for ben in round 2; ben's doubt counts all the same, and uri stays named."""
    line.decide(again, people.cyd, "editorial")
    for person in (people.bea, cast.make_reviewer("uri", by=people.ada)):
        line.decide(again, person, "medical")
    reaffirm(again, people.pam)
    assert reviews.revoke(again, by=people.ben, stage="medical", reason="A number.").round == 1
    after = shown(api, again)
    assert after["review"]["state"] == "approval_revoked"
    assert names(after) == ["Cyd", "Dr Bea", "Dr Uri"]
    all_agrees()


def test_a_mend_by_the_fast_path_shows_the_round_that_was_completed(people, line, api):
    article = line.draft(summary="A signficant change.")
    edition = line.publish(line.approve(line.submit(article))).edition
    with time_machine.travel(timezone.now() + MONTHS):
        reviews.open_round(edition, by=people.max, reason="A year is over.")
        reaffirm(line.approve(edition), people.pam)
        before, today = shown(api, edition), timezone.now().date().isoformat()
    with time_machine.travel(timezone.now() + MONTHS + timedelta(days=20)):
        line.change(article, summary="A significant change.")
        mended = line.submit(article, change_class="editorial")
        line.decide(mended, people.cyd, "editorial")
        line.publish(mended)
    after = shown(api, edition)
    assert after["review"]["last_reviewed"] == before["review"]["last_reviewed"] == today
    assert names(after) == [*names(before), "Cyd"]
    all_agrees()


def test_it_is_done_once(people, line, again):
    line.approve(again)
    reaffirm(again, people.pam)
    with refused("no_round"):
        reaffirm(again, people.pam)
    assert Reaffirmation.objects.count() == 1
