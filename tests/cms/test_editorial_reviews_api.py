"""The editorial API of reviews and publication over HTTP: one session, one action, one answer."""

import pytest
from axes.models import AccessAttempt
from django.test import Client

from articles.models import Article
from publishing.models import LiveArticle, Publication
from reviews.models import Decision, Edition, Event
from tests import cast

BASE = "/api/v1/editorial"


@pytest.fixture
def desk(people):
    """Log in by name: desk("cyd") is cyd's client."""

    def log_in(username):
        client = Client(raise_request_exception=False)
        client.force_login(getattr(people, username))
        return client

    return log_in


def post(client, path, **body):
    return client.post(f"{BASE}{path}", body, content_type="application/json")


def answers(edition, stage):
    asked = [row["checklist"] for row in edition["policy"]["stages"] if row["key"] == stage]
    return [{"question": question, "answer": "yes"} for questions in asked for question in questions]


def decide(client, edition, stage, outcome="approve", **changes):
    body = {"outcome": outcome, "stage": stage, "digest": edition["digest"], "password": cast.PASSWORD}
    body |= {"answers": answers(edition, stage)} | changes
    given = {name: value for name, value in body.items() if value is not None}
    return post(client, f"/editions/{edition['id']}/decisions/", **given)


@pytest.fixture
def edition(line, desk):
    article = line.draft()
    return post(desk("ada"), f"/articles/{article.pk}/editions/", expected_version=1).json()


def test_the_whole_line_over_http(people, line, desk, api):
    article = line.draft()
    submitted = post(desk("ada"), f"/articles/{article.pk}/editions/", expected_version=1, note="First")
    assert submitted.status_code == 201, submitted.content
    edition = submitted.json()
    assert (edition["number"], edition["note"], edition["is_open"]) == (1, "First", True)
    shown = desk("ben").get(f"{BASE}/editions/{edition['id']}/").json()
    assert shown["content"]["title"] == article.title
    for name, stage in (("cyd", "editorial"), ("ben", "medical"), ("bea", "medical")):
        answer = decide(desk(name), edition, stage)
        assert answer.status_code == 201, answer.content
        assert edition["digest"] in answer.json()["attestation"]
    published = post(desk("pam"), f"/editions/{edition['id']}/publications/", digest=edition["digest"])
    assert published.status_code == 201, published.content
    assert api.get(f"/api/v1/articles/{article.pk}/").json()["edition"]["digest"] == edition["digest"]
    listed = desk("ada").get(f"{BASE}/articles/{article.pk}/editions/").json()["items"]
    assert [(row["number"], row["is_open"], len(row["decisions"])) for row in listed] == [(1, False, 3)]
    assert (
        post(desk("ben"), f"/editions/{edition['id']}/revocations/", stage="medical", reason="A number").status_code
        == 201
    )
    path = f"/publications/{published.json()['id']}/withdrawals/"
    assert post(desk("pam"), path, reason="Out of date").status_code == 201
    assert post(desk("pam"), path, reason="Again").json()["code"] == "already-withdrawn"
    assert post(desk("ada"), f"/editions/{edition['id']}/restorations/", reason="Back").json()["version"] == 1
    assert api.get(f"/api/v1/articles/{article.pk}/").status_code == 410


def test_a_return_needs_no_password_but_a_comment(desk, edition):
    assert decide(desk("cyd"), edition, "editorial", "reject", password=None).json()["code"] == "comment-missing"
    assert decide(desk("cyd"), edition, "editorial", "reject", password=None, comment="No").status_code == 201


def test_a_recall_closes_the_edition(desk, edition):
    path = f"/editions/{edition['id']}/recalls/"
    assert post(desk("ada"), path, reason="Too early").status_code == 201
    late = post(desk("ada"), path, reason="Again")
    assert (late.status_code, late.json()["code"]) == (409, "edition-closed")


def test_an_approval_with_a_wrong_password_is_403_and_counted(people, desk, edition):
    client = desk("cyd")
    for password in (None, "wrong", cast.PASSWORD + " ", cast.PASSWORD.upper()):
        answer = decide(client, edition, "editorial", password=password)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
        assert "password" in answer.json()["detail"]
    assert not Decision.objects.exists()
    attempt = AccessAttempt.objects.get()
    assert (attempt.username, attempt.failures_since_start) == ("cyd", 4)


def test_too_many_wrong_passwords_lock_the_signer_out(people, desk, edition, settings):
    settings.AXES_FAILURE_LIMIT = 3
    client = desk("cyd")
    statuses = [decide(client, edition, "editorial", password="wrong").status_code for _ in range(3)]
    assert statuses[:2] == [403, 403]
    locked = decide(client, edition, "editorial")
    assert locked.status_code in (403, 429)
    assert locked["Content-Type"] == "application/problem+json"
    assert not Decision.objects.exists()


def test_the_password_of_another_does_not_sign(people, desk, edition):
    people.cyd.set_password("another good password")
    people.cyd.save()
    assert decide(desk("cyd"), edition, "editorial").status_code == 403


def test_an_outsider_sees_nothing(line, desk):
    publication = line.publish()
    article, edition, client = publication.article, publication.edition, desk("dot")
    assert client.get(f"{BASE}/editions/{edition.pk}/").status_code == 404
    assert client.get(f"{BASE}/articles/{article.pk}/editions/").json() == {"items": []}
    for path in ("decisions", "revocations", "recalls", "restorations", "publications"):
        assert post(client, f"/editions/{edition.pk}/{path}/", reason="x").status_code == 404
    assert post(client, f"/articles/{article.pk}/editions/").status_code == 404
    assert post(client, f"/publications/{publication.pk}/withdrawals/", reason="x").status_code == 404


def test_a_contributor_sees_editions_of_their_own_articles_alone(people, line, desk):
    people.con = cast.make_user("con", "Contributor")
    speaker = cast.make_contributor(by=people.ada, user=people.con)
    own, other = line.submit(line.draft(viewpoints=[cast.viewpoint_values(speaker)])), line.submit()
    client = desk("con")
    assert client.get(f"{BASE}/editions/{own.pk}/").status_code == 200
    assert client.get(f"{BASE}/editions/{other.pk}/").status_code == 404
    assert client.get(f"{BASE}/articles/{other.article_id}/editions/").json() == {"items": []}


def test_a_wrong_digest_is_409(line, desk, edition):
    answer = decide(desk("cyd"), edition, "editorial", digest="sha256:" + "0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale-page")
    line.approve(Edition.objects.get(pk=edition["id"]))
    answer = post(desk("pam"), f"/editions/{edition['id']}/publications/", digest="sha256:" + "0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale-page")
    assert not LiveArticle.objects.exists()


def test_own_work_is_403_over_http_too(desk, edition):
    answer = decide(desk("ada"), edition, "editorial")
    assert answer.status_code == 403
    assert "nobody approves their own work" in answer.json()["detail"]


def test_what_is_missing_is_listed_in_the_problem(desk, edition):
    answer = post(desk("pam"), f"/editions/{edition['id']}/publications/", digest=edition["digest"])
    assert (answer.status_code, answer.json()["code"]) == (409, "not-ready")
    assert [row["code"] for row in answer.json()["errors"]] == [
        "approval-missing",
        "approval-missing",
        "specialty-missing",
    ]


def test_a_stale_version_is_409(line, desk):
    article = line.draft()
    line.change(article)
    answer = post(desk("ada"), f"/articles/{article.pk}/editions/", expected_version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "version-conflict")


def test_unknown_fields_and_outcomes_are_400(desk, edition):
    client, events = desk("cyd"), Event.objects.count()
    assert decide(client, edition, "editorial", by=1).status_code == 400
    assert decide(client, edition, "editorial", "revoke").status_code == 400
    assert decide(client, edition, "nursing").json()["code"] == "unknown-stage"
    assert decide(client, edition, ["editorial"]).status_code == 400
    assert decide(client, edition, "editorial", comment="a\u202eb").status_code == 400
    assert Event.objects.count() == events


def test_a_bad_withdrawal_is_400(line, desk):
    publication, client = line.publish(), desk("pam")
    for words in ({"reason": "x", "kind": "hidden"}, {"reason": ""}, {}, {"reason": "x", "replacement_id": "x"}):
        assert post(client, f"/publications/{publication.pk}/withdrawals/", **words).status_code == 400
    assert not Publication.objects.get().is_withdrawn


def test_naming_a_contributor_twice_is_400(people, line, desk):
    article = line.draft()
    pk = str(article.viewpoints.first().viewpoint_contributors.get().contributor_id)
    body = {"viewpoints": [{"body": "<p>x</p>", "contributors": [{"contributor_id": pk}] * 2}], "expected_version": 1}
    answer = desk("ada").patch(f"{BASE}/articles/{article.pk}/", body, content_type="application/json")
    assert answer.status_code == 400
    assert Article.objects.get(pk=article.pk).version == 1


def test_nothing_of_the_editorial_api_may_be_cached(desk, edition):
    assert desk("ben").get(f"{BASE}/editions/{edition['id']}/")["Cache-Control"] == "no-store, private"
