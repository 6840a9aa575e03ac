"""The public pages: finished HTML from the store, for everybody, without cookies or scripts."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from publishing.models import LiveArticle
from reviews import actions
from tests import cast

HOSTILE = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>&amp;{{ 7 }}"


@pytest.fixture
def article(line):
    return line.publish().article


def pages(article):
    return ["/", f"/en/topics/{article.topic.slug}/", f"/en/articles/{article.slug}/"]


def test_each_page_answers_with_six_queries_at_most(line, api, article):
    for _ in range(3):
        line.publish(line.approve(line.submit(line.draft(topic_id=article.topic_id))))
    for page in pages(article):
        with CaptureQueriesContext(connection) as queries:
            response = api.get(page)
        assert response.status_code == 200, page
        assert response["Content-Type"] == "text/html; charset=utf-8"
        assert article.title in response.content.decode()
        assert len(queries) <= 6, page


def test_a_known_etag_is_answered_304_without_a_body(api, article):
    for page in pages(article):
        etag = api.get(page)["ETag"]
        response = api.get(page, headers={"if-none-match": etag})
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
        assert "public" in response["Cache-Control"]
        assert api.get(page, headers={"if-none-match": '"old"'}).status_code == 200


def test_every_page_moves_its_etag_when_its_article_moves(line, api, article):
    before = [api.get(page)["ETag"] for page in pages(article)]
    line.publish(line.approve(line.submit(line.change(article, title="Quite another question?"))))
    after = [api.get(page)["ETag"] for page in pages(article)]
    assert not set(before) & set(after)


def test_head_equals_get_without_the_body(api, article):
    for page in pages(article):
        get, head = api.get(page), api.head(page)
        assert head.content == b""
        assert {**head.headers} == {**get.headers}


def test_other_methods_are_refused(api, article):
    for page in pages(article):
        assert api.post(page).status_code == 405


UNKNOWN = [
    "/en/articles/nothing/", "/en/topics/nothing/", "/xx/articles/{slug}/", "/de/articles/{slug}/", "/EN/articles/{slug}/",
    "/de/topics/{topic}/", "/en/articles/{slug}/more/", "/en/", "/en/articles/%F0%9F%98%80/", "/e%00n/articles/{slug}/",
    "/e%00n/topics/{topic}/", "/en/articles/{slug}%00/", "/en/articles/" + "x" * 3000 + "/",
]  # fmt: skip


def test_an_unknown_address_or_language_is_a_404_page(api, article):
    for path in UNKNOWN:
        response = api.get(path.format(slug=article.slug, topic=article.topic.slug))
        assert response.status_code == 404, path
        assert "We could not find this page" in response.content.decode()
        assert article.title not in response.content.decode()


def test_a_draft_or_an_open_edition_is_on_no_page(line, api, article):
    draft = line.draft(topic_id=article.topic_id, title="A secret draft?")
    line.submit(line.change(article, title="A secret edition?"))
    for page in pages(article):
        assert "secret" not in api.get(page).content.decode()
    assert api.get(f"/en/articles/{draft.slug}/").status_code == 404


def test_a_missing_slash_is_308(api, article):
    response = api.get(f"/en/articles/{article.slug}?x=1")
    assert (response.status_code, response["Location"]) == (308, f"/en/articles/{article.slug}/?x=1")


def test_no_page_sets_a_cookie_or_runs_a_script(line, api, article):
    gone = line.publish()
    line.withdraw(gone)
    for page in (*pages(article), f"/en/articles/{gone.article.slug}/", "/nothing/"):
        response = api.get(page)
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        html = response.content.decode()
        assert not re.search(r"<script(?! type=\"application/ld\+json\")| on\w+=| style=|javascript:", html)


def test_hostile_words_are_escaped_everywhere(people, line, api):
    person = cast.make_contributor(by=people.ada, name=HOSTILE[:200], affiliation=HOSTILE, credential=None)
    cast.make_credential(person, by=people.ada, label=HOSTILE, issuer=HOSTILE)
    topic = cast.make_topic(by=people.ada, name=HOSTILE, also_called=[HOSTILE])
    source = cast.make_reference(by=people.ada, title=HOSTILE, authors=HOSTILE, publisher=HOSTILE)
    notes = [
        cast.make_disclaimer(by=people.ada, text=HOSTILE, placement=place) for place in ("top", "bottom", "viewpoint")
    ]
    parts = [cast.viewpoint_values(person, heading=HOSTILE, citations=[source.pk])]
    values = {"title": HOSTILE, "summary": HOSTILE, "topic_id": topic.pk, "viewpoints": parts, "slug": "hostile"}
    publication = line.publish(
        line.approve(line.submit(line.draft(disclaimers=[n.pk for n in notes], **values))), note=HOSTILE
    )
    actions.revoke(publication.edition, by=people.ben, stage="medical", reason=HOSTILE)
    shown = [api.get(page).content.decode() for page in pages(publication.article)]
    line.withdraw(publication, reason=HOSTILE, reader_message=HOSTILE)
    shown.append(api.get("/en/articles/hostile/").content.decode())
    for html in shown:
        assert "&lt;script&gt;alert(" in html
        assert not re.search(r"<script(?! type=.application/ld\+json.>{)", html)
        assert html.count("</script") == html.count("<script")
        assert "<img" not in html
        assert "{{ 7 }}" in html
        assert "&amp;amp;" in html


def test_links_on_the_pages_lead_somewhere(line, api, article):
    line.publish(line.approve(line.submit(line.draft(topic_id=article.topic_id))))
    for page in pages(article):
        for address in set(re.findall(r'href="(/[^"]*|http://testserver[^"]*)"', api.get(page).content.decode())):
            path = address.removeprefix("http://testserver")
            if not path.startswith("/static/"):
                assert api.get(path).status_code == 200, address


def test_the_article_page_shows_what_the_document_says(api, article):
    html = api.get(f"/en/articles/{article.slug}/").content.decode()
    document = api.get(f"/api/v1/articles/{article.pk}/").json()
    assert document["edition"]["digest"] in html
    for viewpoint in document["content"]["viewpoints"]:
        assert f'id="viewpoint-{viewpoint["id"]}"' in html
        assert viewpoint["body_html"] in html
    for row in document["review"]["reviewed_by"]:
        assert row["name"] in html
    assert LiveArticle.objects.get().etag != api.get(f"/en/articles/{article.slug}/")["ETag"]
