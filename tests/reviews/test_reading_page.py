"""The reading page of an edition: the text as readers will see it, what changed, what was said, who may do what."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews import actions
from reviews.models import Comment, Decision
from tests import cast
from tests.long_edition import make_long_edition


@pytest.fixture
def desk(people):
    def log_in(username):
        client = Client()
        client.force_login(getattr(people, username))
        return client

    return log_in


def page_of(client, edition, **query):
    return client.get(f"/admin/reviews/edition/{edition.pk}/change/", query)


@pytest.mark.slow
def test_a_long_edition_with_comments_opens_in_twenty_queries(people, line, desk):
    """Sixty viewpoints, 150,000 characters, ten comments; speed is measured in benchmarks/reading_page.py."""
    edition = make_long_edition(line)
    client = desk("ben")
    for query in ({}, {"since": "live"}, {"since": "mine"}):
        with CaptureQueriesContext(connection) as queries:
            response = page_of(client, edition, **query)
        assert response.status_code == 200
        assert len(queries) <= 20, query
    page = page_of(client, edition).content.decode()
    assert page.count('class="desk-note"') == 10
    assert "1 blocking comment open" in page
    changes = page_of(client, edition, since="live").content.decode()
    assert "hours" in changes
    assert "Look at these first" in changes


def test_selected_words_become_a_comment_and_are_marked_in_the_text(people, line, desk):
    edition = line.submit()
    viewpoint = edition.content["viewpoints"][0]
    posted = {
        "place": viewpoint["id"],
        "quote": "small  twitches\nof a muscle",
        "text": "Which?",
        "severity": "blocking",
    }
    answer = desk("ben").post(f"/admin/reviews/edition/{edition.pk}/comment/", posted)
    assert answer.status_code == 302
    comment = Comment.objects.get()
    assert (comment.exact, comment.severity, comment.author) == ("small twitches of a muscle", "blocking", people.ben)
    page = page_of(desk("cyd"), edition).content.decode()
    assert '<mark class="desk-quote">small twitches of a muscle</mark>' in page
    assert "1 blocking comment open: nobody can approve until it is settled" in page


def test_a_quote_that_is_not_there_keeps_what_was_typed(people, line, desk):
    edition = line.submit()
    posted = {"place": "summary", "quote": "words that nobody wrote", "text": "A long remark.", "severity": "advisory"}
    page = desk("ben").post(f"/admin/reviews/edition/{edition.pk}/comment/", posted).content.decode()
    assert "These words do not stand here" in page
    assert "A long remark." in page
    assert "words that nobody wrote" in page
    assert not Comment.objects.exists()


def test_a_thread_is_answered_and_settled_on_the_page(people, line, desk):
    edition = line.submit()
    comment = actions.comment(edition, by=people.ben, text="Which muscle?", severity="blocking")
    base = f"/admin/reviews/edition/{edition.pk}/comments/{comment.pk}"
    assert desk("ada").post(f"{base}/answer/", {"text": "The calf."}).status_code == 302
    said = {"disposition": "persuasive", "answer": "Good."}
    refused = desk("ada").post(f"{base}/resolve/", said).content.decode()
    assert "settled by whoever raised it" in refused
    assert desk("ben").post(f"{base}/resolve/", said).status_code == 302
    page = page_of(desk("ada"), edition).content.decode()
    assert "The calf." in page
    assert "Settled" in page
    assert "blocking comment open" not in page


def test_a_comment_of_another_article_cannot_be_answered_here(people, line, desk):
    comment, other = actions.comment(line.submit(), by=people.ben, text="Here."), line.submit()
    posted = desk("ada").post(f"/admin/reviews/edition/{other.pk}/comments/{comment.pk}/answer/", {"text": "No."})
    assert posted.status_code == 404


def test_the_next_edition_shows_open_comments_and_where_they_stand_now(people, line, desk):
    article = line.draft()
    edition = line.submit(article)
    one, two = edition.content["viewpoints"]
    words = "most small twitches of a muscle pass"
    actions.comment(edition, by=people.ben, place=one["id"], quote=words, text="All of them?", severity="blocking")
    line.decide(edition, people.cyd, "editorial", "request_changes", "See Ben.")
    line.change(article, viewpoints=[{"id": one["id"], "body": "<p>Nearly all are harmless.</p>"}, {"id": two["id"]}])
    page = page_of(desk("ben"), line.submit(article)).content.decode()
    assert "said of edition 1" in page
    assert "The words are gone from this edition" in page
    assert "1 blocking comment open" in page


def test_a_checklist_left_open_is_named_and_nothing_typed_is_lost(people, line, desk):
    edition = line.submit()
    posted = {
        "stage": "editorial",
        "digest": edition.digest,
        "outcome": "approve",
        "comment": "Reads well.",
        "answer_0": "no",
        "password": cast.PASSWORD,
    }
    page = desk("cyd").post(f"/admin/reviews/edition/{edition.pk}/decide/", posted).content.decode()
    assert "Say why you answered no" in page
    assert "Answer the checklist before you approve" in page
    assert "Reads well." in page
    assert not Decision.objects.exists()


def test_who_was_asked_accepts_claims_or_declines_from_the_page(people, line, desk):
    edition = line.submit()
    line.decide(edition, people.cyd, "editorial")
    address = f"/admin/reviews/edition/{edition.pk}/reviewers/"
    asked = desk("ada").post(address, {"stage": "medical", "reviewer": people.ben.pk, "note": "Please."})
    assert asked.status_code == 302
    assert desk("ada").post(address, {"stage": "medical", "reviewer": "pool"}).status_code == 302
    assert "asked you" in page_of(desk("ben"), edition).content.decode()
    mine, pool = edition.assignments.get(reviewer=people.ben), edition.assignments.get(reviewer=None)
    verbs = "/admin/reviews/edition/assignments"
    assert desk("ben").post(f"{verbs}/{mine.pk}/accept/").status_code == 302
    assert desk("bea").post(f"{verbs}/{pool.pk}/claim/").status_code == 302
    desk("ben").post(f"{verbs}/{mine.pk}/decline/", {"reason": ""})
    desk("ben").post(f"{verbs}/{mine.pk}/decline/", {"reason": "I am away."})
    kinds = [row.kind for row in mine.replies.all()] + [row.kind for row in pool.replies.all()]
    assert kinds == ["accept", "decline", "claim"]
    page = desk("ada").get(address).content.decode()
    assert "I am away." in page
    assert "Dr Bea" in page


def test_every_candidate_is_listed_with_what_speaks_against_them(people, line, desk):
    edition = line.submit()
    page = desk("ada").get(f"/admin/reviews/edition/{edition.pk}/reviewers/").content.decode()
    assert "Ada wrote, changed or submitted this text" in page
    assert "Dr Ben" in page


def test_a_lead_sets_a_conflict_aside_with_their_password_and_the_reviewer_may_decide(people, line, desk):
    edition = line.submit()
    line.decide(edition, people.cyd, "editorial")
    disclosure = people.ben.contributor.disclosures.get()
    disclosure.status = "not_asked"
    cast.write(disclosure, by=people.ada)
    address = f"/admin/reviews/edition/{edition.pk}/override/medical/{people.ben.pk}/"
    page = desk("max").get(address).content.decode()
    assert "has not declared their interests" in page
    signed = {"reason": "First review.", "digest": edition.digest, "password": "wrong"}
    assert "The password is not right" in desk("max").post(address, signed).content.decode()
    assert desk("max").post(address, signed | {"password": cast.PASSWORD}).status_code == 302
    assert line.decide(edition, people.ben, "medical")
    assert desk("cyd").get(address).status_code == 403


def test_a_public_page_is_reviewed_again_and_reaffirmed_from_its_page(people, line, desk):
    edition = line.publish().edition
    base = f"/admin/reviews/edition/{edition.pk}"
    assert desk("max").post(f"{base}/round/", {"reason": "Two years are over."}).status_code == 302
    line.approve(edition)
    assert "Reaffirm" in page_of(desk("pam"), edition).content.decode()
    desk("pam").post(f"/admin/publishing/publication/reaffirm/{edition.pk}/", {"digest": edition.digest})
    assert edition.rounds.get().is_reaffirmed


def test_an_approval_taken_back_from_a_public_page_asks_the_medical_lead(people, line, desk):
    edition = line.publish().edition
    actions.revoke(edition, by=people.ben, stage="medical", reason="A number is wrong.")
    assert "approvals taken back from public pages" in desk("max").get("/admin/").content.decode()
    page = page_of(desk("max"), edition).content.decode()
    assert "Withdraw the page, or say why it stays up" in page
    question = edition.decisions.get(outcome="revoke")
    posted = desk("max").post(f"/admin/reviews/edition/decisions/{question.pk}/answer/", {"reason": "It is right."})
    assert posted.status_code == 302
    assert "approvals taken back" not in desk("max").get("/admin/").content.decode()


def test_my_reviews_holds_every_list(people, line, desk):
    line.decide(line.submit(), people.cyd, "editorial", "request_changes", "Say more.")
    line.submit()
    line.approve()
    mine = {name: desk(name).get("/admin/reviews/edition/mine/").content.decode() for name in ("ada", "cyd", "pam")}
    assert "Came back to you" in mine["ada"]
    assert "Submitted by you, in review" in mine["ada"]
    assert "What you decided" in mine["cyd"]
    assert "Ready to publish" in mine["pam"]
    assert desk("dot").get("/admin/reviews/edition/mine/").status_code == 403
