"""What happens to an article once it is public: notices, corrections, suspension, moves, translations."""

import json

import pytest
from django.test import Client

from articles.actions import withdraw_viewpoint
from articles.history import write
from articles.models import Article
from publishing import actions, rebuild, rows
from publishing.models import (
    LiveArticle,
    LiveContributor,
    LiveCorrection,
    LivePage,
    LiveRedirect,
    LiveUse,
    PartWithdrawal,
    Publication,
)
from reviews import actions as reviews
from reviews.models import ReviewPolicy
from tests import cast
from tests.invariants import store_rows
from tests.publishing.test_certificate import MENDED, MISSPELT
from tests.refusal import denied, refused


@pytest.fixture
def lead(people):
    return cast.make_user("lia", "Medical lead")


def shown(publication):
    """Return the document that readers get."""
    return Client().get(f"/api/v1/articles/{publication.article_id}/").json()


def page(publication, **headers):
    slug = LiveArticle.objects.filter(pk=publication.article_id).values_list("slug", flat=True).first()
    return Client().get(f"/en/articles/{slug or publication.edition.slug}/", **headers)


def assert_rebuilt():
    before = store_rows()
    rebuild.rebuild()
    assert store_rows() == before


# Corrections


def test_a_republication_says_what_changed(people, line):
    first = line.publish()
    edition = line.approve(line.submit(line.change(first.article)))
    with refused("correction_missing"):
        line.publish(edition, correction_kind="", correction_summary="")
    with refused("correction_incomplete"):
        line.publish(edition, correction_summary=" ")
    with refused("unknown_correction"):
        line.publish(edition, correction_kind="update")
    line.publish(edition, correction_kind="correction", correction_summary="The dose was wrong.")
    (notice,) = shown(first)["corrections"]
    assert (notice["type"], notice["summary"], notice["edition"]) == ("correction", "The dose was wrong.", 2)
    row = LiveCorrection.objects.get()
    assert (row.kind, row.summary, row.slug) == ("correction", "The dose was wrong.", first.edition.slug)
    assert_rebuilt()


def test_a_first_publication_corrects_nothing(line):
    edition = line.approve()
    with refused("correction_of_nothing"):
        line.publish(edition, correction_kind="erratum", correction_summary="Nothing.")


def test_a_viewpoint_taken_back_leaves_a_tombstone(people, line):
    first = line.publish()
    gone, stays = first.edition.content["viewpoints"]
    with refused("reason_missing"):
        withdraw_viewpoint(first.article.viewpoints.first(), by=people.ada, reason=" ")
    withdraw_viewpoint(first.article.viewpoints.get(pk=gone["id"]), by=people.ada, reason="Its author left.")
    edition = line.approve(line.submit(first.article))
    with refused("partial_retraction_missing"):
        line.publish(edition)
    line.publish(edition, correction_kind="partial_retraction", correction_summary="One viewpoint was taken back.")
    stone, other = shown(first)["content"]["viewpoints"]
    assert (stone["id"], stone["body_html"], stone["citations"]) == (gone["id"], "", [])
    assert (stone["withdrawn_reason"], bool(stone["withdrawn_on"])) == ("Its author left.", True)
    assert other["body_html"] == stays["body_html"]
    body = page(first).content.decode()
    assert "Its author left." in body
    assert gone["body_html"][3:30] not in body
    assert not LiveUse.objects.filter(kind="contributor", key=gone["contributors"][0]["id"]).exists()
    assert not LiveContributor.objects.filter(pk=gone["contributors"][0]["id"]).exists()
    assert_rebuilt()


# Withdrawals


def test_a_suspension_is_one_leads_at_once_and_another_ratifies_it(people, line, lead):
    live = line.publish()
    for person in (people.pam, people.cyd, people.dot):
        with denied():
            actions.withdraw(live, by=person, kind="suspended", reason="Dangerous dose.")
    row = actions.withdraw(live, by=people.max, kind="suspended", reason="Dangerous dose.")
    assert page(live).status_code == 410
    with denied("yourself"):
        actions.ratify(row, by=people.max, reason="I am sure.")
    with denied():
        actions.ratify(row, by=people.pam, reason="I am sure.")
    actions.ratify(row, by=lead, reason="The dose is wrong indeed.")
    with refused("already_ratified"):
        actions.ratify(row, by=lead, reason="Again.")


def test_superseded_leads_to_what_took_its_place(people, line):
    old, new = line.publish(), line.publish()
    with refused("replacement_missing"):
        line.withdraw(old, kind="superseded")
    line.withdraw(old, kind="superseded", replacement=new.article)
    for address, target in (
        (f"/en/articles/{old.edition.slug}/", f"/en/articles/{new.edition.slug}/"),
        (f"/api/v1/articles/{old.article_id}/", f"/api/v1/articles/{new.article_id}/"),
        (f"/api/v1/articles/by-slug/{old.edition.slug}/", f"/api/v1/articles/{new.article_id}/"),
    ):
        response = Client().get(address)
        assert (response.status_code, response["Location"].endswith(target)) == (308, True), address
    line.withdraw(new)
    assert page(old).status_code == 410
    assert_rebuilt()


def test_nobody_chooses_expired_by_hand(people, line):
    live = line.publish()
    for kind in ("expired", "retracted", ""):
        with refused("unknown_kind"):
            actions.withdraw(live, by=people.max, kind=kind, reason="Old.")


def test_every_withdrawal_but_a_vanished_one_is_in_the_list_of_corrections(people, line):
    told = line.withdraw(line.publish())
    line.withdraw(line.publish(), kind="vanished")
    row = LiveCorrection.objects.get()
    assert (row.key, row.kind, row.title) == (f"w{told.pk}", "withdrawal", "")
    assert row.summary == "We removed this page."
    assert_rebuilt()


def test_a_withdrawn_article_may_come_back_as_a_new_edition(people, line):
    first = line.publish()
    line.withdraw(first)
    again = line.publish(line.approve(line.submit(line.change(first.article))))
    assert page(first).status_code == 200
    assert shown(again)["edition"]["previous_url"] == ""
    assert_rebuilt()


# Concerns and parts


def test_a_concern_stays_on_the_page_until_it_is_answered(people, line, lead):
    live = line.publish()
    with refused("reader_message_missing"):
        actions.raise_concern(live, by=people.max, reason="A letter came.", reader_message="")
    with denied():
        actions.raise_concern(live, by=people.ada, reason="A letter came.", reader_message="We check the dose.")
    alert = actions.raise_concern(live, by=people.max, reason="A letter came.", reader_message="We check the dose.")
    (notice,) = shown(live)["notices"]
    assert (notice["kind"], notice["text"]) == ("concern", "We check the dose.")
    assert "We check the dose." in page(live).content.decode()
    again = line.publish(line.approve(line.submit(line.change(live.article))))
    assert [row["kind"] for row in shown(live)["notices"]] == ["concern"]
    assert_rebuilt()
    digest = again.edition.digest
    with denied():
        actions.resolve_alert(alert, by=people.pam, reason="Checked.", expected_digest=digest)
    with refused("stale_page"):
        actions.resolve_alert(alert, by=lead, reason="Checked.", expected_digest=live.edition.digest)
    actions.resolve_alert(alert, by=lead, reason="The dose is right.", expected_digest=digest)
    assert shown(live)["notices"] == []
    with refused("already_answered"):
        actions.resolve_alert(alert, by=lead, reason="The dose is right.", expected_digest=digest)


def test_a_retracted_reference_puts_a_notice_on_every_page_that_cites_it(people, line):
    source = cast.make_reference(by=people.ada)
    citing = [line.publish(line.approve(line.submit(line.draft(viewpoints=[
        cast.viewpoint_values(cast.make_contributor(by=people.ada), citations=[source.pk]),
        cast.viewpoint_values(cast.make_contributor(by=people.ada)),
    ])))) for _ in range(2)]  # fmt: skip
    other = line.publish()
    with denied():
        actions.withdraw_part("reference", source.pk, by=people.ada, reason="Retracted by the journal.")
    part = actions.withdraw_part("reference", source.pk, by=people.max, reason="Retracted by the journal.")
    assert actions.articles_to_alert(part) == sorted(row.article_id for row in citing)
    assert len(actions.open_alerts(part)) == 2
    assert actions.open_alerts(part) == []
    assert [[row["kind"] for row in shown(row)["notices"]] for row in (*citing, other)] == [["part"], ["part"], []]
    source.refresh_from_db()
    assert source.status == "retracted"
    with refused("already_withdrawn"):
        actions.withdraw_part("reference", source.pk, by=people.max, reason="Again.")
    assert_rebuilt()


@pytest.mark.parametrize("kind", ["disclaimer", "contributor"])
def test_what_uses_a_withdrawn_part_is_not_published(people, line, kind):
    edition = line.approve()
    content = edition.content
    part = content["disclaimers"][0] if kind == "disclaimer" else content["viewpoints"][0]["contributors"][0]
    actions.withdraw_part(kind, part["id"], by=people.max, reason="It was wrong.")
    with refused("part_withdrawn"):
        line.publish(edition)
    assert PartWithdrawal.objects.get().name in actions.publication_blockers(edition)[0].message


def test_a_notice_about_a_part_goes_with_the_part(people, line):
    live = line.publish()
    part_id = live.edition.content["references"][0]["source_id"]
    part = actions.withdraw_part("reference", part_id, by=people.max, reason="Retracted.")
    actions.open_alerts(part)
    assert [row["kind"] for row in shown(live)["notices"]] == ["part"]
    viewpoints = [
        {"id": str(row.pk), "citations": []} for row in Article.objects.get(pk=live.article_id).viewpoints.all()
    ]
    line.publish(line.approve(line.submit(line.change(live.article, viewpoints=viewpoints))))
    assert shown(live)["notices"] == []
    assert_rebuilt()


# Moves


def test_a_move_leaves_a_redirect_for_ever(people, line):
    live = line.publish()
    old = live.edition.slug
    with denied():
        actions.move(live.article, "new-name", by=people.cyd, reason="Clearer.")
    actions.move(live.article, "new-name", by=people.pam, reason="Clearer.")
    actions.move(live.article, "newer-name", by=people.pam, reason="Clearer still.")
    for slug in (old, "new-name"):
        response = Client().get(f"/en/articles/{slug}/")
        assert (response.status_code, response["Location"].endswith("/en/articles/newer-name/")) == (308, True)
        assert Client().get(f"/api/v1/articles/by-slug/{slug}/").status_code == 308
    assert Client().get("/en/articles/newer-name/").status_code == 200
    assert shown(live)["slug"] == "newer-name"
    assert Client().get("/en/articles/newer-name/editions/1/certificate/").status_code == 200
    assert_rebuilt()
    line.publish(line.approve(line.submit(line.change(live.article))))
    assert shown(live)["slug"] == "newer-name"
    line.withdraw(Publication.objects.get(seq=2))
    assert [Client().get(f"/en/articles/{slug}/").status_code for slug in (old, "new-name", "newer-name")] == [410] * 3
    assert_rebuilt()


def test_an_edition_submitted_before_the_move_is_published_where_the_article_is(people, line):
    live = line.publish()
    edition = line.approve(line.submit(line.change(live.article)))
    actions.move(live.article, "new-name", by=people.pam, reason="Clearer.")
    line.publish(edition)
    assert shown(live)["slug"] == "new-name"
    assert LiveRedirect.objects.get().slug == live.edition.slug


def test_an_address_is_never_handed_to_another_article(people, line):
    live, gone = line.publish(), line.publish()
    old = live.edition.slug
    actions.move(live.article, "new-name", by=people.pam, reason="Clearer.")
    line.withdraw(gone)
    third = line.publish()
    for slug in (old, "new-name", gone.edition.slug):
        with refused("address_taken"):
            actions.move(third.article, slug, by=people.pam, reason="Shorter.")
    actions.move(live.article, old, by=people.pam, reason="Back again.")
    assert Client().get("/en/articles/new-name/").status_code == 308
    draft = line.draft(slug="new-name")
    with refused("address_taken"):
        line.submit(draft)


# Translations


@pytest.fixture
def original(line):
    return line.publish(line.approve(line.submit(line.draft(summary=MISSPELT))))


def translate(line, original, edition=1):
    article = line.draft(
        topic_id=original.article.topic_id,
        language="es",
        translation_of_id=original.article_id,
        translated_edition=edition,
    )
    return line.publish(line.approve(line.submit(article)))


def test_a_translation_names_the_edition_that_it_follows_and_both_link_to_each_other(line, original):
    spanish = translate(line, original)
    assert shown(spanish)["content"]["translation_of"] == {"article": str(original.article_id), "edition": 1}
    for one, other in ((original, spanish), (spanish, original)):
        (link,) = shown(one)["translations"]
        assert (link["id"], link["is_behind"]) == (str(other.article_id), False)
    assert_rebuilt()


def test_a_translation_names_a_public_edition_of_an_original_in_another_language(line, original):
    for edition in (0, 2):
        draft = line.draft(language="es", translation_of_id=original.article_id, translated_edition=edition)
        with refused("translated_edition_missing"):
            line.submit(draft)
    same = line.draft(translation_of_id=original.article_id, translated_edition=1)
    with refused("no_original"):
        line.submit(same)
    spanish = translate(line, original)
    second = line.draft(language="fr", translation_of_id=spanish.article_id, translated_edition=1)
    with refused("no_original"):
        line.submit(second)


def test_a_translation_is_behind_once_the_original_changes_its_meaning(people, line, original):
    spanish = translate(line, original)
    mended = reviews.submit(line.change(original.article, summary=MENDED), by=people.ada, change_class="editorial")
    line.decide(mended, people.cyd, "editorial")
    line.publish(mended)
    assert shown(spanish)["notices"] == []
    line.publish(line.approve(line.submit(line.change(original.article))))
    assert [row["kind"] for row in shown(spanish)["notices"]] == ["translation_behind"]
    assert shown(original)["translations"][0]["is_behind"]
    assert_rebuilt()
    line.change(spanish.article, translated_edition=3)
    line.publish(line.approve(line.submit(spanish.article)))
    assert shown(spanish)["notices"] == []
    assert not shown(original)["translations"][0]["is_behind"]
    assert_rebuilt()


def test_a_safety_change_suspends_the_translations_that_do_not_follow_it(people, line, original):
    spanish = translate(line, original)
    line.publish(line.approve(line.submit(line.change(original.article), change_class="safety")))
    response = Client().get(f"/es/articles/{spanish.edition.slug}/")
    assert response.status_code == 410
    assert shown(original)["translations"] == []
    problem = Client().get(f"/api/v1/articles/{spanish.article_id}/").json()
    assert (problem["kind"], problem["replacement"]["id"]) == ("suspended", str(original.article_id))
    assert_rebuilt()


def test_a_title_that_changes_changes_in_the_links_of_the_other_languages(line, original):
    spanish = translate(line, original)
    line.publish(line.approve(line.submit(line.change(original.article, title="Why do muscles flutter?"))))
    assert json.loads(json.dumps(shown(spanish)["translations"]))[0]["title"] == "Why do muscles flutter?"
    line.withdraw(Publication.objects.get(article=original.article, seq=2))
    assert shown(spanish)["translations"] == []
    assert_rebuilt()


# How we review


def test_the_page_on_how_we_review_follows_the_policies(people):
    policy = ReviewPolicy.objects.get(risk_tier=2)
    policy.validity_months = 17
    write(policy, by=people.max, reason="Shorter.")
    assert "17 months" in Client().get("/en/how-we-review/").content.decode()
    stage = policy.stages.get(key="medical")
    stage.quorum = 4
    write(stage, by=people.max, reason="More eyes.")
    assert LivePage.objects.get().document == rows.policies_row().document
