"""The workflow clicked through in the admin, as an editor, two reviewers and a publisher."""

import re

import pytest
from django.test import Client

from articles.models import Article, Viewpoint
from publishing.models import LiveArticle
from reviews.models import Decision, Edition
from tests import cast


@pytest.fixture
def desk(people):
    """Log in by name: desk("cyd") is cyd's browser."""

    def log_in(username):
        client = Client()
        client.force_login(getattr(people, username))
        return client

    return log_in


def article_form(people, **changes):
    values = cast.article_values(by=people.ada)
    first, second = values["viewpoints"]
    form = {
        "topic": values["topic_id"],
        "title": values["title"],
        "slug": "",
        "language": "en",
        "aspect": "OverviewHealthAspect",
        "audience": ["Patient"],
        "risk_tier": "2",
        "summary": values["summary"],
        "see_doctor": values["see_doctor"],
        "synthesis": values["synthesis"],
        "disclaimers": values["disclaimers"],
        "reason": "A first draft",
        "viewpoints-TOTAL_FORMS": "2",
        "viewpoints-INITIAL_FORMS": "0",
    }
    for n, viewpoint in enumerate((first, second)):
        form |= {
            f"viewpoints-{n}-heading": viewpoint["heading"],
            f"viewpoints-{n}-perspective": "clinical",
            f"viewpoints-{n}-position": str(n),
            f"viewpoints-{n}-body": f"Plain words of viewpoint {n}.\n\nA second paragraph of it.",
            f"viewpoints-{n}-contributors": [row["contributor_id"] for row in viewpoint["contributors"]],
            f"viewpoints-{n}-citations": viewpoint["citations"],
        }
    return form | changes


def change_form(client, article, **changes):
    """Post the change form of an article as the page shows it, with changes."""
    page = client.get(f"/admin/articles/article/{article.pk}/change/")
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    formset = page.context["inline_admin_formsets"][0].formset
    data |= {
        "viewpoints-TOTAL_FORMS": formset.total_form_count(),
        "viewpoints-INITIAL_FORMS": formset.initial_form_count(),
    }
    for n, row in enumerate(formset.forms):
        values = {name: row[name].value() for name in row.fields}
        data |= {f"viewpoints-{n}-{name}": value for name, value in values.items() if value is not None}
    return data | changes


def test_the_line_is_clicked_through(people, desk):
    ada, cyd, ben, bea, pam = (desk(name) for name in ("ada", "cyd", "ben", "bea", "pam"))

    added = ada.post("/admin/articles/article/add/", article_form(people))
    assert added.status_code == 302, added.context["errors"]
    article = Article.objects.get()
    assert [row.body for row in article.viewpoints.all()] == [
        f"<p>Plain words of viewpoint {n}.</p><p>A second paragraph of it.</p>" for n in (0, 1)
    ]

    page = ada.get(f"/admin/reviews/edition/submit/{article.pk}/")
    assert "Nothing is missing" in page.content.decode()
    sent = ada.post(
        f"/admin/reviews/edition/submit/{article.pk}/",
        {"change_class": "substantive", "note": "First edition", "expected_version": article.version},
    )
    edition = Edition.objects.get()
    assert sent["Location"] == f"/admin/reviews/edition/{edition.pk}/change/"

    def decide(client, stage, **changes):
        data = {
            "stage": stage,
            "outcome": "approve",
            "comment": "",
            "password": cast.PASSWORD,
            "digest": edition.digest,
        }
        data |= {f"answer_{n}": "yes" for n, _ in enumerate(cast.answers(edition, stage))}
        return client.post(f"/admin/reviews/edition/{edition.pk}/decide/", data | changes)

    assert "nobody approves their own work" in decide(ada, "editorial").content.decode()
    assert "comes later" in decide(ben, "medical").content.decode()
    assert decide(cyd, "editorial").status_code == 302
    assert "The password is not right" in decide(ben, "medical", password="wrong").content.decode()
    assert "shows another text" in decide(ben, "medical", digest="sha256:" + "0" * 64).content.decode()
    assert decide(ben, "medical").status_code == 302
    assert Decision.objects.count() == 2

    page = pam.get(f"/admin/reviews/edition/{edition.pk}/change/").content.decode()
    assert "Medical review: 1 more approval needed" in page
    assert decide(bea, "medical").status_code == 302
    page = pam.get(f"/admin/reviews/edition/{edition.pk}/change/").content.decode()
    assert "Everything is there" in page

    done = pam.post(f"/admin/publishing/publication/publish/{edition.pk}/", {"digest": edition.digest, "note": ""})
    assert done.status_code == 302
    live = LiveArticle.objects.get(pk=article.pk)
    assert live.digest == edition.digest
    reader = Client()
    assert "Plain words of viewpoint 1." in reader.get(f"/en/articles/{article.slug}/").content.decode()

    publication = edition.publication
    gone = pam.post(
        f"/admin/publishing/publication/{publication.pk}/withdraw/",
        {"kind": "withdrawn", "reason": "New evidence", "reader_message": "We took this page down."},
    )
    assert gone.status_code == 302
    page = reader.get(f"/en/articles/{article.slug}/")
    assert page.status_code == 410
    assert "We took this page down." in page.content.decode()


def test_the_second_of_two_editors_is_refused_and_keeps_the_text(people, line, desk):
    article = line.draft()
    ada, cyd = desk("ada"), desk("cyd")
    mine, theirs = change_form(ada, article), change_form(cyd, article)
    saved = cyd.post(
        f"/admin/articles/article/{article.pk}/change/", theirs | {"summary": "Cyd's words.", "reason": "Shorter"}
    )
    assert saved.status_code == 302

    refused = ada.post(f"/admin/articles/article/{article.pk}/change/", mine | {"summary": "Ada's words."})
    text = refused.content.decode()
    assert refused.status_code == 200
    assert "Cyd saved version 2" in text
    assert "Shorter" in text
    assert "Ada&#x27;s words." in text
    article.refresh_from_db()
    assert article.summary == "Cyd's words."

    version = re.search(r'name="expected_version" value="(\d+)"', text)
    again = ada.post(
        f"/admin/articles/article/{article.pk}/change/",
        mine | {"summary": "Ada's words.", "expected_version": version.group(1)},
    )
    assert again.status_code == 302
    article.refresh_from_db()
    assert article.summary == "Ada's words."


def test_a_viewpoint_added_meanwhile_is_not_lost(people, line, desk):
    article = line.draft()
    ada = desk("ada")
    mine = change_form(ada, article)
    others = [{"id": str(row.pk)} for row in article.viewpoints.all()]
    line.change(article, viewpoints=[*others, cast.viewpoint_values(heading="Added by somebody else")])
    refused = ada.post(f"/admin/articles/article/{article.pk}/change/", mine)
    version = re.search(r'name="expected_version" value="(\d+)"', refused.content.decode()).group(1)
    saved = ada.post(f"/admin/articles/article/{article.pk}/change/", mine | {"expected_version": version})
    assert saved.status_code == 302
    assert Viewpoint.objects.filter(article=article, heading="Added by somebody else").exists()


def test_saving_one_changed_viewpoint_writes_one_history_row_for_it_and_none_for_the_others(people, line, desk):
    article = line.draft()
    ada = desk("ada")
    before = Viewpoint.history.count()
    form = change_form(ada, article, **{"viewpoints-1-heading": "Another heading"})
    assert ada.post(f"/admin/articles/article/{article.pk}/change/", form).status_code == 302
    assert Viewpoint.history.count() == before + 1
    assert Viewpoint.history.first().history_user == people.ada


def test_bad_characters_are_refused_in_the_form_and_the_text_is_kept(people, desk):
    ada = desk("ada")
    response = ada.post("/admin/articles/article/add/", article_form(people, summary="left\u202eright"))
    assert response.status_code == 200
    assert "reverses the reading direction" in response.content.decode()
    assert not Article.objects.exists()


def test_who_may_not_act_is_refused_at_the_door(people, line, desk):
    article = line.draft()
    edition = line.submit(article)
    for name in ("dot", "ben", "ann"):
        assert desk(name).get(f"/admin/reviews/edition/submit/{article.pk}/").status_code in (403, 404), name
    assert desk("dot").get(f"/admin/reviews/edition/{edition.pk}/change/").status_code == 404
    refused = desk("ann").post(f"/admin/publishing/publication/publish/{edition.pk}/", {"digest": edition.digest})
    assert "You may not publish" in refused.content.decode()
    assert not LiveArticle.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "", "articles/article/", "articles/article/add/", "articles/topic/", "articles/topic/add/", "articles/contributor/",
        "articles/contributor/add/", "articles/reference/add/", "articles/disclaimer/add/", "articles/disclosure/add/",
        "reviews/edition/", "reviews/event/", "reviews/decision/", "reviews/recall/", "reviews/assignment/", "reviews/override/", "reviews/comment/", "reviews/resolution/", "reviews/reviewround/", "reviews/reaffirmation/", "reviews/edition/mine/", "reviews/reviewpolicy/",
        "publishing/publication/", "publishing/withdrawal/", "auth/user/",
    ],
)  # fmt: skip
def test_every_admin_page_opens_and_is_never_cached(people, line, desk, path):
    line.withdraw()
    response = desk("root").get(f"/admin/{path}")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store, private"
    assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_every_part_has_a_history_page_and_a_change_page(people, line, desk):
    publication = line.publish()
    root = desk("root")
    article = publication.article
    contributor = article.viewpoints.first().viewpoint_contributors.first().contributor
    for row in (article, article.topic, contributor):
        base = f"/admin/articles/{row._meta.model_name}/{row.pk}"
        assert root.get(f"{base}/change/").status_code == 200
        assert root.get(f"{base}/history/").status_code == 200


def test_a_reviewer_sees_what_changed_since_the_public_edition_and_since_their_own_decision(people, line, desk):
    article = line.publish(line.approve(line.submit(line.draft(summary="Take 5 mg once, it may help.")))).article
    line.change(article, summary="Take 50 mg once, it will help.")
    edition = line.submit(article)
    page = desk("ben").get(f"/admin/reviews/edition/{edition.pk}/change/").content.decode()
    assert "Changes since public edition 1" in page
    assert "Changes since edition 1, which you decided on" in page
    for since in ("live", "mine"):
        page = desk("ben").get(f"/admin/reviews/edition/{edition.pk}/change/?since={since}").content.decode()
        assert "Look at these first" in page
        for alarm in ("5 mg", "50 mg", "may", "will"):
            assert f">{alarm}</" in page
    assert (
        "Look at these first"
        not in desk("pam").get(f"/admin/reviews/edition/{edition.pk}/change/?since=mine").content.decode()
    )
