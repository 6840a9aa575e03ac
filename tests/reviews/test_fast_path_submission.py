"""An editorial change of a public text goes with one editor who did not make it, and moves no review date."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from articles.actions import save_article
from articles.history import write
from publishing.models import Publication
from reviews import actions
from reviews.models import Edition, ReviewPolicy
from tests import cast
from tests.publishing.test_store import assert_as_rebuilt
from tests.refusal import codes_of, denied, refused

BODY = (
    "<p>A signficant change may help. Do not take more than 5 mg, as "
    '<a href="https://example.org/leaflet">the leaflet</a> says. The symtoms fade.</p>'
)
MENDED = BODY.replace("signficant", "significant")


class Page:
    """A public article of one viewpoint, whose body is mended."""

    def __init__(self, line, body=BODY):
        self.line, self.people = line, line.people
        self.values = cast.viewpoint_values(cast.make_contributor(by=line.people.ada), body=body)
        self.article = line.draft(viewpoints=[self.values])
        self.values["id"] = str(self.article.viewpoints.get().pk)
        self.publication = line.publish(line.approve(line.submit(self.article)))

    def write(self, body, by=None):
        self.article.refresh_from_db()
        values = {"viewpoints": [self.values | {"body": body}]}
        return save_article(
            self.article, values, by=by or self.people.ada, expected_version=self.article.version, reason="A slip"
        )

    def submit(self, body=None, by=None, change_class="editorial"):
        if body:
            self.write(body, by=by)
        return actions.submit(self.article, by=by or self.people.ada, change_class=change_class)

    def mend(self, body=MENDED, by=None, editor=None):
        """Publish another body by the fast path."""
        edition = self.submit(body, by=by)
        self.line.decide(edition, editor or self.people.cyd, "editorial")
        self.publication = self.line.publish(edition)
        return edition


@pytest.fixture
def page(line):
    return Page(line)


def shown(api, page):
    return api.get(f"/api/v1/articles/{page.article.pk}/").json()


def later(days):
    return time_machine.travel(timezone.now() + timedelta(days=days))


def test_a_misspelling_goes_with_one_editor_who_did_not_make_it(people, line, page):
    edition = page.submit(MENDED)
    (stage,) = edition.policy["stages"]
    assert (stage["key"], stage["group"], stage["quorum"], stage["specialists"]) == ("editorial", "Editor", 1, 0)
    assert (edition.change_class, edition.based_on) == ("editorial", page.publication.edition)
    with denied("people with the role Editor"):
        line.decide(edition, people.ben, "editorial")
    with refused("unknown_stage"):
        line.decide(edition, people.ben, "medical")
    with refused("approval_missing"):
        line.publish(edition)
    line.decide(edition, people.cyd, "editorial")
    assert line.publish(edition).change == "editorial"


def test_who_made_the_change_does_not_approve_it(people, line, page):
    uma = cast.make_user("uma", "Editor")
    edition = page.submit(MENDED, by=uma)
    for person in (uma, people.ada):
        with denied("nobody approves their own work"):
            line.decide(edition, person, "editorial")
    assert line.decide(edition, people.cyd, "editorial").outcome == "approve"


def test_readers_see_the_review_as_it_was_and_the_change_as_it_is(people, page, api):
    before = shown(api, page)
    with later(days=30):
        page.mend()
        after = shown(api, page)
    assert "significant" in after["content"]["viewpoints"][0]["body_html"]
    for name in ("state", "last_reviewed", "next_review_due", "policy"):
        assert after["review"][name] == before["review"][name]
    signed = [(row["name"], row["stage"], row["digest"]) for row in after["review"]["reviewed_by"]]
    assert signed == [
        *((row["name"], row["stage"], before["edition"]["digest"]) for row in before["review"]["reviewed_by"]),
        ("Cyd", "editorial", after["edition"]["digest"]),
    ]
    assert {"Dr Ben", "Dr Bea"} < {name for name, _, _ in signed}
    assert after["published_at"] > before["published_at"]
    assert after["first_published_at"] == before["first_published_at"]
    assert (after["edition"]["number"], after["edition"]["change"], after["notices"]) == (2, "editorial", [])
    assert_as_rebuilt()


def test_a_second_mend_still_shows_the_last_full_review(page, api):
    before = shown(api, page)
    with later(days=30):
        page.mend()
    with later(days=60):
        edition = page.mend(MENDED.replace("symtoms", "symptoms"))
        after = shown(api, page)
    assert (edition.number, edition.policy["full_review"]) == (3, 1)
    assert after["review"]["last_reviewed"] == before["review"]["last_reviewed"]
    assert [row["name"] for row in after["review"]["reviewed_by"]] == ["Cyd", "Dr Ben", "Dr Bea", "Cyd"]
    assert_as_rebuilt()


@pytest.mark.parametrize("setting", [{"validity_months": 48}, {"validity_months": 3}, {"name": "Ours"}])
def test_a_policy_that_changed_since_lengthens_no_review(line, page, api, setting):
    before = shown(api, page)["review"]
    policy = ReviewPolicy.objects.get(risk_tier=2)
    for name, value in setting.items():
        setattr(policy, name, value)
    write(policy, by=line.people.root)
    page.mend()
    assert shown(api, page)["review"]["next_review_due"] == before["next_review_due"]
    assert_as_rebuilt()


REFUSED = {
    "may becomes will": (("may", "will"), "modal_changed"),
    "5 mg becomes 50 mg": (("5 mg", "50 mg"), "number_changed"),
    "not is gone": (("not ", ""), "negation_changed"),
    "another link": (("example.org/leaflet", "example.org/other"), "link_changed"),
    "no link": (('<a href="https://example.org/leaflet">the leaflet</a>', "the leaflet"), "link_changed"),
    "a sentence more": (("symtoms fade.", "symptoms fade. Rest helps."), "sentence_changed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_whatever_may_change_the_meaning_is_refused_with_the_reason(page, case):
    (old, new), code = REFUSED[case]
    page.write(MENDED.replace(old, new))
    with pytest.raises(ValidationError) as caught:
        page.submit()
    assert code in codes_of(caught.value)
    assert all(message.endswith("reviewed in full.") for message in caught.value.messages)
    assert Edition.objects.count() == 1
    assert page.submit(change_class="substantive").policy["stages"][1]["key"] == "medical"


def test_a_change_beside_the_running_text_is_refused(line, page):
    line.change(page.article, audience=["Clinician"])
    with refused("metadata_changed"):
        page.submit()


def never_public(page):
    page.article = page.line.draft()


def in_first_review_again(page):
    page.article = page.line.draft()
    page.line.decide(page.line.submit(page.article), page.people.cyd, "editorial", "request_changes", "More.")
    page.line.change(page.article)


def withdrawn(page):
    page.line.withdraw(page.publication)
    page.write(MENDED)


def doubted(page):
    actions.revoke(page.publication.edition, by=page.people.ben, stage="medical", reason="I misread a number.")
    page.write(MENDED)


def doubted_and_answered(page):
    edition = page.publication.edition
    fact = actions.revoke(edition, by=page.people.ben, stage="medical", reason="I misread a number.")
    actions.answer_revocation(fact, by=page.people.max, reason="The number is right.")
    page.write(MENDED)


def doubted_after_a_mend(page):
    full = page.publication.edition
    page.mend()
    actions.revoke(full, by=page.people.ben, stage="medical", reason="I misread a number.")
    page.write(MENDED.replace("symtoms", "symptoms"))


def mend_doubted(page):
    edition = page.mend()
    actions.revoke(edition, by=page.people.cyd, stage="editorial", reason="It was right before.")
    page.write(MENDED.replace("symtoms", "symptoms"))


def returned_in_a_later_round(page):
    edition = page.publication.edition
    actions.open_round(edition, by=page.people.cyd, reason="Two years are over.")
    page.line.decide(edition, page.people.cyd, "editorial", "request_changes", "A number is old.")
    page.write(MENDED)


def without_fast_path(page):
    policy = ReviewPolicy.objects.get(risk_tier=2)
    policy.fast_path = False
    write(policy, by=page.people.root)
    page.write(MENDED)


def in_another_tier(page):
    """Reviewed as a symptom, mended as wellness: its review would be valid for longer, or was never enough."""
    page.write(MENDED)
    page.line.change(page.article, risk_tier=1)


@pytest.mark.parametrize(
    "become",
    [
        never_public,
        in_first_review_again,
        withdrawn,
        doubted,
        doubted_and_answered,
        doubted_after_a_mend,
        mend_doubted,
        returned_in_a_later_round,
        without_fast_path,
        in_another_tier,
    ],
)
def test_the_fast_path_mends_nothing_but_a_public_text_whose_approvals_stand(page, become):
    become(page)
    with refused("no_fast_path"):
        page.submit()


@pytest.mark.parametrize("risk_tier", [1, 3])
def test_the_fast_path_is_one_editor_in_every_tier(people, line, risk_tier):
    values = cast.viewpoint_values(
        cast.make_contributor(by=people.ada), citations=[cast.make_reference(by=people.ada).pk]
    )
    article = line.draft(risk_tier=risk_tier, viewpoints=[values], summary="A signficant change.")
    line.publish(line.approve(line.submit(article)))
    line.change(article, summary="A significant change.")
    edition = line.submit(article, change_class="editorial")
    line.decide(edition, people.cyd, "editorial")
    assert line.publish(edition).seq == 2


def test_many_small_steps_may_not_add_up(line):
    """Each of two changes mends sixty words, which is a slip; together they rewrite a page that nobody reviewed."""
    body = "<p>{}</p><p>{}</p>"
    wrong, right = (" ".join([f"a {word} word"] * 60) for word in ("signficant", "significant"))
    page = Page(line, body.format(wrong, wrong))
    page.mend(body.format(right, wrong))
    page.write(body.format(right, right))
    with refused("too_many_edits"):
        page.submit()


def test_a_step_back_and_forth_is_held_against_the_public_text_too(page):
    """Back to what was reviewed in full is still a change of what readers see."""
    page.mend()
    page.write(BODY)
    with refused("substantive_change"):
        page.submit()


def test_a_small_step_after_a_small_step_may_be_approved_by_who_made_the_first(people, line, page):
    uma = cast.make_user("uma", "Editor")
    page.mend(by=uma)
    edition = page.submit(MENDED.replace("symtoms", "symptoms"), by=people.cyd)
    assert line.decide(edition, uma, "editorial").outcome == "approve"


# The full review that it did not get


def test_the_same_text_may_be_submitted_for_a_full_review(line, page, api):
    mended = page.mend()
    with refused("unchanged"):
        page.submit()
    with later(days=30):
        edition = page.submit(change_class="substantive")
        assert edition.digest == mended.digest
        assert [stage["key"] for stage in edition.policy["stages"]] == ["editorial", "medical"]
        before = shown(api, page)["review"]["last_reviewed"]
        line.publish(line.approve(edition))
        after = shown(api, page)
    assert after["review"]["last_reviewed"] > before
    assert after["edition"]["number"] == 3
    assert {row["digest"] for row in after["review"]["reviewed_by"]} == {mended.digest}
    with refused("unchanged"):
        page.submit(change_class="substantive")
    assert_as_rebuilt()


@pytest.mark.parametrize("change_class", ["substantive", "safety"])
def test_who_made_the_small_steps_does_not_approve_them_in_the_full_review(people, line, page, change_class):
    """One editor had looked at them; the full review is the first look that counts."""
    uma = cast.make_user("uma", "Editor")
    page.mend(by=uma)
    page.mend(MENDED.replace("symtoms", "symptoms"), by=people.cyd, editor=uma)
    edition = page.submit(by=people.ada, change_class=change_class)
    assert edition.touched_by == sorted([people.ada.pk, people.cyd.pk, uma.pk])
    for person in (uma, people.cyd):
        with denied("nobody approves their own work"):
            line.decide(edition, person, "editorial")


def test_the_full_review_asked_for_is_not_asked_for_again_once_it_sent_the_text_back(people, line, page):
    page.mend()
    edition = page.submit(change_class="substantive")
    line.decide(edition, people.cyd, "editorial", "request_changes", "Say more.")
    with refused("unchanged"):
        page.submit(change_class="substantive")


# What happens to the page meanwhile


def test_an_approval_of_the_full_review_taken_back_shows_on_the_mended_page(people, page, api):
    full = page.publication.edition
    page.mend()
    actions.revoke(full, by=people.ben, stage="medical", reason="I misread a number.")
    after = shown(api, page)
    assert (after["edition"]["number"], after["review"]["state"]) == (2, "approval_revoked")
    assert [row["kind"] for row in after["notices"]] == ["approval_revoked"]
    assert [row["name"] for row in after["review"]["reviewed_by"]] == ["Cyd", "Dr Bea", "Cyd"]
    assert_as_rebuilt()


def lose_the_page(page):
    page.line.withdraw(page.publication)


def lose_an_approval(page):
    actions.revoke(page.publication.edition, by=page.people.ben, stage="medical", reason="A number.")


@pytest.mark.parametrize("lose", [lose_the_page, lose_an_approval])
def test_a_change_with_nothing_left_to_mend_is_not_approved(people, line, page, lose):
    """Or one editor could bring a page back that a medical lead took down."""
    edition = page.submit(MENDED)
    lose(page)
    with refused("no_fast_path"):
        line.decide(edition, people.cyd, "editorial")
    assert line.decide(edition, people.cyd, "editorial", "request_changes", "Submit it in full.")


@pytest.mark.parametrize("lose", [lose_the_page, lose_an_approval])
def test_a_change_with_nothing_left_to_mend_is_not_published(people, line, page, lose):
    edition = page.submit(MENDED)
    line.decide(edition, people.cyd, "editorial")
    lose(page)
    with refused("no_fast_path"):
        line.publish(edition)
    assert Publication.objects.count() == 1


def test_a_blocking_comment_holds_a_small_step_up_as_any_other(people, line, page):
    actions.comment(page.publication.edition, by=people.ben, text="5 mg is too much.", severity="blocking_safety")
    edition = page.submit(MENDED)
    with refused("open_blocking_comment"):
        line.decide(edition, people.cyd, "editorial")
