"""The editorial API takes clean JSON from who is logged in, and writes nothing otherwise."""

import json

import pytest
from django.test import Client

from articles.models import Article, Viewpoint
from tests import cast

URL = "/api/v1/editorial/articles/"


@pytest.fixture
def ada(people):
    client = Client(raise_request_exception=False)
    client.force_login(people.ada)
    return client


def body(people, **changes):
    values = cast.article_values(by=people.ada)
    values["viewpoints"] = [{**row, "body": row["body"]} for row in values["viewpoints"]]
    return json.loads(json.dumps(values | changes, default=str))


def post(client, data, **extra):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post(URL, data=raw, content_type="application/json", **extra)


def test_an_article_is_created_and_changed_with_its_version(people, ada):
    created = post(ada, body(people))
    assert created.status_code == 201, created.content
    url = f"{URL}{created.json()['id']}/"
    changed = ada.patch(url, {"expected_version": 1, "title": "A new title"}, content_type="application/json")
    assert (changed.status_code, changed.json()["version"], changed.json()["title"]) == (200, 2, "A new title")
    late = ada.patch(url, {"expected_version": 1, "title": "Too late"}, content_type="application/json")
    assert (late.status_code, late.json()["code"]) == (409, "version-conflict")
    assert "Ada saved version 2" in late.json()["detail"]
    assert Article.objects.get().title == "A new title"


def test_nobody_writes_without_a_session(people):
    assert post(Client(raise_request_exception=False), body(people)).status_code == 401


def test_a_session_without_the_csrf_token_is_refused(people):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(people.ada)
    assert post(client, body(people)).status_code == 403
    assert not Article.objects.exists()


def test_an_outsider_may_not_write_nor_see(people, line, ada):
    article = line.draft()
    client = Client(raise_request_exception=False)
    client.force_login(people.dot)
    assert post(client, body(people)).status_code == 403
    assert client.get(f"{URL}{article.pk}/").status_code == 404


HOSTILE = {
    "nul": b'{"title": "a\\u0000b"}',
    "raw nul": b'{"title": "a\x00b"}',
    "lone surrogate": b'{"title": "\\ud800"}',
    "low surrogate": b'{"viewpoints": [{"body": "x\\udc00"}]}',
    "surrogate in a key": b'{"\\ud800": 1}',
    "bidi override": '{"title": "a\u202eb"}'.encode(),
    "invalid utf-8": b'{"title": "\xff\xfe"}',
    "utf-16": '{"title": "x"}'.encode("utf-16"),
    "deep array": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and unclosed": b"[" * 100_000,
    "duplicate key": b'{"title": "a", "title": "b"}',
    "duplicate key below": b'{"viewpoints": [{"body": "a", "body": "b"}]}',
    "NaN": b'{"risk_tier": NaN}',
    "Infinity": b'{"risk_tier": -Infinity}',
    "huge number": b'{"risk_tier": 1e999}',
    "long number": b'{"expected_version": ' + b"9" * 5000 + b"}",
    "not an object": b"[1, 2]",
    "a string": b'"x"',
    "null": b"null",
    "empty": b"",
    "half": b'{"title": ',
    "unknown field": b'{"owner": 1}',
    "status": b'{"status": "published"}',
    "unknown field below": b'{"viewpoints": [{"body": "x", "article_id": "y"}]}',
    "not an id": b'{"topic_id": "1; drop table"}',
    "no such topic": b'{"title": "x", "topic_id": "00000000-0000-4000-8000-000000000000"}',
    "no topic": b'{"title": "x"}',
    "choice": b'{"aspect": "Nonsense"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bad_bodies_are_400_problems_and_nothing_is_written(people, ada, name):
    response = post(ada, HOSTILE[name])
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"]
    assert not Article.objects.exists()
    assert not Article.history.exists()


@pytest.mark.parametrize("field", ["title", "summary", "see_doctor", "synthesis"])
@pytest.mark.parametrize("bad", ["\x00", "\ud800", "\u202e", "\x07"])
def test_no_text_field_takes_a_bad_character(people, ada, field, bad):
    response = post(ada, body(people, **{field: f"text {bad} text"}))
    assert response.status_code == 400
    assert not Article.objects.exists()


def test_a_viewpoint_that_fails_takes_the_whole_article_with_it(people, ada):
    values = body(people)
    values["viewpoints"][1]["contributors"] = [{"contributor_id": "00000000-0000-4000-8000-000000000000"}]
    assert post(ada, values).status_code == 400
    assert not Article.objects.exists()
    assert not Viewpoint.objects.exists()


def test_ten_megabytes_are_413(people, ada):
    response = post(ada, b'{"title": "' + b"x" * 10_000_000 + b'"}')
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


def test_other_media_types_are_415(people, ada):
    response = ada.post(URL, data="title=x", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, response["Content-Type"]) == (415, "application/problem+json")


def test_html_is_sanitized_on_the_way_in(people, ada):
    values = body(people)
    values["viewpoints"][0]["body"] = (
        '<p onclick="x()">Hello <script>alert(1)</script><a href="javascript:alert(1)">x</a>'
        '<a href="https://example.org">y</a><img src=x><style>p{}</style></p>'
    )
    created = post(ada, values).json()
    assert created["viewpoints"][0]["body"] == '<p>Hello <a>x</a><a href="https://example.org">y</a></p>'
