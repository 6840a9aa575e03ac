"""The public API answers the stored bytes, and refuses everything else as a problem."""

import hashlib
import json

import pytest
import rfc8785
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import DRAFT_MODELS
from publishing.models import LiveArticle


def get_article(api, article, **headers):
    return api.get(f"/api/v1/articles/{article.pk}/", headers=headers)


def test_detail_answers_the_stored_bytes_with_one_query_and_no_draft_table(line, api):
    article = line.publish().article
    stored = LiveArticle.objects.get(pk=article.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = get_article(api, article)
    assert response.status_code == 200
    assert response.content == stored.document.encode()
    assert len(queries) == 1
    drafts = [model._meta.db_table for model in DRAFT_MODELS]
    assert not [name for name in drafts if f'"{name}"' in queries[0]["sql"]]


def test_digest_is_the_sha_256_of_the_canonical_content(line, api):
    document = get_article(api, line.publish().article).json()
    digest = hashlib.sha256(rfc8785.dumps(document["content"])).hexdigest()
    assert document["edition"]["digest"] == f"sha256:{digest}"


def test_draft_changes_do_not_show(line, api):
    publication = line.publish()
    before = get_article(api, publication.article).content
    line.change(publication.article)
    line.submit(publication.article)
    assert get_article(api, publication.article).content == before


def test_known_etag_is_answered_304_without_a_body_with_one_query(line, api):
    article = line.publish().article
    etag = get_article(api, article)["ETag"]
    assert not etag.startswith("W/")
    with CaptureQueriesContext(connection) as queries:
        response = get_article(api, article, if_none_match=etag)
    assert (response.status_code, response.content, len(queries)) == (304, b"", 1)
    assert response["ETag"] == etag
    assert "stale-while-revalidate" in response["Cache-Control"]


def test_old_etag_is_answered_with_the_new_document(line, api):
    article = line.publish().article
    old = get_article(api, article)["ETag"]
    line.change(article)
    line.publish(line.approve(line.submit(article)))
    response = get_article(api, article, if_none_match=old)
    assert response.status_code == 200
    assert response.json()["edition"]["number"] == 2


def test_head_equals_get(line, api):
    article = line.publish().article
    get, head = get_article(api, article), api.head(f"/api/v1/articles/{article.pk}/")
    assert head.content == b""
    assert {**head.headers} == {**get.headers}


def test_slug_and_edition_addresses_answer(line, api):
    publication = line.publish()
    article = publication.article
    assert api.get(f"/api/v1/articles/by-slug/{article.slug}/").content == get_article(api, article).content
    edition = api.get(f"/api/v1/articles/{article.pk}/editions/1/").json()
    assert edition["edition"]["digest"] == publication.digest
    assert edition["content"] == publication.edition.content


def test_withdrawn_is_410_at_every_address_and_names_the_reason(line, api):
    publication = line.publish()
    article = publication.article
    etag = get_article(api, article)["ETag"]
    line.withdraw(publication)
    for path in (
        f"/api/v1/articles/{article.pk}/",
        f"/api/v1/articles/by-slug/{article.slug}/",
        f"/api/v1/articles/{article.pk}/editions/1/",
    ):
        response = api.get(path, headers={"if-none-match": etag})
        assert response.status_code == 410, path
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["code"] == "content-withdrawn"
        assert problem["reason"] == "The advice has changed."
        assert problem["reader_message"] == "We removed this page."
    assert str(article.pk) not in api.get("/api/v1/articles/").content.decode()
    assert api.get(f"/en/articles/{article.slug}/").status_code == 410


def test_vanished_is_404_like_nonsense(line, api):
    publication = line.publish()
    line.withdraw(publication, kind="vanished")
    nonsense = api.get("/api/v1/articles/by-slug/nonsense/")
    vanished = api.get(f"/api/v1/articles/by-slug/{publication.article.slug}/")
    assert vanished.status_code == nonsense.status_code == 404
    assert vanished.json() | {"instance": ""} == nonsense.json() | {"instance": ""}


def test_a_draft_is_404_like_nonsense(line, api):
    article = line.submit().article
    draft = get_article(api, article)
    nonsense = api.get("/api/v1/articles/00000000-0000-4000-8000-000000000000/")
    assert draft.status_code == nonsense.status_code == 404
    assert draft.json() | {"instance": ""} == nonsense.json() | {"instance": ""}


def test_never_the_edition_before_after_a_withdrawal(line, api):
    article = line.publish().article
    line.change(article)
    second = line.publish(line.approve(line.submit(article)))
    assert api.get(f"/api/v1/articles/{article.pk}/editions/1/").status_code == 200
    line.withdraw(second)
    assert get_article(api, article).status_code == 410
    assert api.get(f"/api/v1/articles/{article.pk}/editions/1/").status_code == 410
    line.change(article)
    third = line.publish(line.approve(line.submit(article)))
    assert get_article(api, article).json()["edition"]["number"] == third.edition.number
    assert api.get(f"/api/v1/articles/{article.pk}/editions/2/").status_code == 410
    assert api.get(f"/api/v1/articles/{article.pk}/editions/3/").status_code == 200


def test_list_walks_every_live_article_once_in_both_directions(line, api):
    topic = line.publish().edition.content["topic"]
    for _ in range(6):
        line.publish(line.approve(line.submit(line.draft(topic_id=topic["id"]))))
    line.draft()
    seen, url = [], "/api/v1/articles/?limit=3"
    pages = []
    while url:
        page = api.get(url).json()
        pages.append(page)
        seen += [item["id"] for item in page["items"]]
        url = page["page"]["next"] and f"/api/v1/articles/?limit=3&cursor={page['page']['next']}"
    assert len(seen) == len(set(seen)) == 7
    back = api.get(f"/api/v1/articles/?limit=3&cursor={pages[2]['page']['prev']}").json()
    assert back["items"] == pages[1]["items"]


def test_list_takes_two_queries_at_most(line, api, django_assert_max_num_queries):
    line.publish()
    with django_assert_max_num_queries(2):
        assert len(api.get("/api/v1/articles/").json()["items"]) == 1


def test_list_filters_by_topic_and_language(line, api):
    publication = line.publish()
    line.publish()
    slug = publication.edition.content["topic"]["slug"]
    assert [row["id"] for row in api.get(f"/api/v1/articles/?topic={slug}").json()["items"]] == [
        str(publication.article_id)
    ]
    assert api.get("/api/v1/articles/?language=es").json()["items"] == []


def test_cursor_of_other_parameters_is_refused(line, api):
    for _ in range(2):
        line.publish()
    cursor = api.get("/api/v1/articles/?limit=1").json()["page"]["next"]
    response = api.get(f"/api/v1/articles/?limit=1&language=en&cursor={cursor}")
    assert (response.status_code, response.json()["code"]) == (400, "cursor-invalid")


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1", "limit=1000000000", "limit=0", "limit=101", "limit=", "limit=٣", "limit=1e2", "limit=+5", "limit=1.0",
        "limit=5&limit=5", "status=draft", "preview=1", "fields=title", "expand=all", "depth=3", "topic__name=x",
        "ordering=title", "q=x", "topic=a__b%00", "topic=%FF", "topic=%ED%A0%80", "language=english!", "cursor=x",
        "cursor=W10", "cursor=bnVsbA", "cursor=eyJhIjoxfQ", "cursor=%00", "edition__decision__reviewer__password=x",
        "a=1&b=2", "limit=5;limit=6", "cursor=" + "W" * 4000,
    ],
)  # fmt: skip
def test_bad_parameters_are_400_problems(db, api, query):
    response = api.get(f"/api/v1/articles/?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == 400
    assert problem["detail"]
    assert problem["errors"][0]["code"] == problem["code"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/nothing/", 404),
        ("get", "/api/v1/articles/by-slug/%F0%9F%98%80/", 404),
        ("get", "/api/v1/articles/by-slug/a%00b/", 404),
        ("get", "/api/v1/articles/123abc/", 404),
        ("get", "/api/v1/articles/00000000-0000-4000-8000-000000000000/editions/0/", 404),
        ("get", "/api/v1/articles/00000000-0000-4000-8000-000000000000/editions/99999999999999999999/", 404),
        ("get", "/api/v1/articles/00000000-0000-4000-8000-000000000000/editions/1/", 404),
        ("post", "/api/v1/articles/", 405),
        ("delete", "/api/v1/articles/", 405),
        ("put", "/api/v1/articles/00000000-0000-4000-8000-000000000000/", 405),
        ("patch", "/api/v1/articles/by-slug/x/", 405),
    ],
)
def test_every_error_is_a_problem(db, api, method, path, status):
    response = getattr(api, method)(path)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"]


def test_missing_slash_is_308_and_keeps_the_query(db, api):
    response = api.get("/api/v1/articles?limit=5")
    assert (response.status_code, response["Location"]) == (308, "/api/v1/articles/?limit=5")


def test_a_token_is_refused_never_anonymous(line, api):
    article = line.publish().article
    response = get_article(api, article, authorization="Bearer nonsense")
    assert response.status_code == 401
    assert response.json()["code"] == "bad-token"
    assert response["WWW-Authenticate"] == "Bearer"


def test_public_answers_set_no_cookie_and_allow_every_origin(line, api):
    article = line.publish().article
    for path in (f"/api/v1/articles/{article.pk}/", "/api/v1/articles/", "/", f"/en/articles/{article.slug}/"):
        response = api.get(path)
        assert response.status_code == 200
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        if path.startswith("/api/"):
            assert response["Access-Control-Allow-Origin"] == "*"


def test_a_body_of_ten_megabytes_is_413(db, api):
    response = api.post("/api/v1/articles/", data=b"x" * 10_000_000, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")
