"""Every error of the API is a problem (RFC 9457), every error of the site a page, and none shows internals."""

import json
import logging

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.test import Client, RequestFactory

from cms import errors
from publishing import query, reading
from publishing.pages import topics

MEMBERS = {"type", "title", "status", "detail", "instance", "code"}
SECRET = "secret-table-name"


def assert_problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) >= MEMBERS
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"].endswith(f"/problems/{code}")
    assert all(isinstance(problem[name], str) and problem[name] for name in MEMBERS - {"status"})
    return problem


PROBLEMS = [
    ("get", "/api/v1/articles/?q=1", 400, "unknown-parameter"),
    ("get", "/api/", 404, "not-found"),
    ("get", "/api/v1/nothing/", 404, "not-found"),
    ("get", "/api/v1/articles/00000000-0000-4000-8000-000000000000/", 404, "not-found"),
    ("get", "/api/v1/editorial/nothing/", 404, "not-found"),
    ("post", "/api/v1/articles/", 405, "method-not-allowed"),
    ("get", "/api/v1/editorial/articles/", 401, "not-authenticated"),
    ("post", "/api/v1/editorial/editions/1/decisions/", 401, "not-authenticated"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), PROBLEMS)
def test_every_problem_has_all_its_members(db, api, method, path, status, code):
    problem = assert_problem(getattr(api, method)(path), status, code)
    assert problem["instance"] == path.partition("?")[0]


def test_a_withdrawn_article_is_a_problem_with_all_its_members(line, api):
    article = line.withdraw().publication.article
    problem = assert_problem(api.get(f"/api/v1/articles/{article.pk}/"), 410, "content-withdrawn")
    assert problem["title"] == "This article was withdrawn"
    assert set(problem) - MEMBERS == {
        "article",
        "kind",
        "last_edition",
        "withdrawn_at",
        "reason",
        "reader_message",
        "replacement",
    }


def crash(*args, **kwargs):
    raise RuntimeError(f"no such column: {SECRET}")


@pytest.fixture
def quiet(caplog):
    caplog.set_level(logging.CRITICAL, "django.request")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/articles/",
        "/api/v1/articles/00000000-0000-4000-8000-000000000000/",
        "/api/v1/articles/by-slug/x/",
        "/api/v1/articles/00000000-0000-4000-8000-000000000000/editions/1/",
    ],
)
def test_a_crash_in_the_api_is_a_500_problem_that_shows_nothing(db, api, monkeypatch, quiet, path):
    for name in ("newest", "live_document", "live_edition"):
        monkeypatch.setattr(reading, name, crash)
    response = api.get(path)
    assert_problem(response, 500, "server-error")
    for word in (SECRET, "RuntimeError", "Traceback", ".py"):
        assert word not in response.content.decode()
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/en/topics/x/", "/en/articles/x/"])
def test_a_crash_on_the_site_is_a_page_that_shows_nothing(db, api, monkeypatch, quiet, path):
    monkeypatch.setattr(reading, "live_document", crash)
    for name in ("LiveTopic", "LiveArticle"):
        monkeypatch.delattr(topics, name)
    response = api.get(path)
    assert response.status_code == 500
    assert response["Content-Type"].startswith("text/html")
    html = response.content.decode()
    assert "This did not work" in html
    for word in (SECRET, "NameError", "Traceback", ".py"):
        assert word not in html
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_crash_page_needs_no_database(api):
    response = errors.server_error(RequestFactory().get("/"))
    assert response.status_code == 500


@pytest.mark.parametrize(
    ("handler", "error", "status"),
    [
        (errors.bad_request, SuspiciousOperation(SECRET), 400),
        (errors.not_found, Exception(SECRET), 404),
    ],
)
def test_plain_errors_have_two_faces_and_tell_nothing(handler, error, status):
    for path, kind in (("/api/x", "application/problem+json"), ("/x", "text/html")):
        response = handler(RequestFactory().get(path), error)
        assert response.status_code == status
        assert response["Content-Type"].startswith(kind)
        assert SECRET not in response.content.decode()


def test_an_unknown_host_is_a_400(db, api):
    for path in ("/", "/api/v1/articles/"):
        assert api.get(path, headers={"host": "evil.example"}).status_code == 400


def handled(error):
    return errors.exception_handler(error, {"request": RequestFactory().get("/api/x")})


def test_a_refusal_lists_every_reason_with_its_code(db):
    several = ValidationError([ValidationError("One.", code="approval_missing"), ValidationError("Two.", code="odd")])
    response = handled(several)
    assert response.status_code == 409
    problem = json.loads(response.content)
    assert [(row["code"], row["detail"]) for row in problem["errors"]] == [
        ("approval-missing", "One."),
        ("odd", "Two."),
    ]
    assert problem["code"] == "not-ready"


@pytest.mark.parametrize("code", sorted(errors.CONFLICTS))
def test_what_could_be_right_at_another_moment_is_409(db, code):
    assert handled(ValidationError("Not so.", code=code)).status_code == 409


def test_other_refusals_are_400_with_a_pointer(db):
    response = handled(
        ValidationError({"title": ValidationError("%(n)s too long.", code="max_length", params={"n": 5})})
    )
    problem = json.loads(response.content)
    assert (response.status_code, problem["code"]) == (400, "max-length")
    assert problem["errors"] == [{"pointer": "/title", "code": "max-length", "detail": "5 too long."}]


def test_a_denial_says_why(db):
    problem = json.loads(handled(PermissionDenied("Ask somebody with the role Publisher.")).content)
    assert (problem["status"], problem["detail"]) == (403, "Ask somebody with the role Publisher.")


def test_a_fault_is_not_dressed_up_as_a_refusal(db):
    assert handled(RuntimeError(SECRET)) is None


def test_hostile_words_in_a_query_come_back_as_json_alone(db, api):
    response = api.get("/api/v1/articles/?<script>alert(1)</script>=1")
    assert_problem(response, 400, "unknown-parameter")
    assert query.BadParameter("x", "\u202e", "y").members["errors"][0]["parameter"] == "\\u202e"


def test_a_missing_csrf_token_is_a_problem_or_a_page(people):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(people.ada)
    assert client.post("/api/v1/editorial/articles/", "{}", content_type="application/json").json()["status"] == 403
    response = client.post("/admin/articles/topic/add/", {})
    assert (response.status_code, "This did not work" in response.content.decode()) == (403, True)
