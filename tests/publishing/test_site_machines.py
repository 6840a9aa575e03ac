"""Feeds, sitemaps and robots.txt."""

import xml.etree.ElementTree as xml
from datetime import UTC, datetime

import pytest

from publishing import feeds
from publishing.models import LiveArticle, LiveCorrection

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture
def article(line):
    return line.publish().article


def parsed(api, path):
    response = api.get(path)
    assert response.status_code == 200, path
    return xml.fromstring(response.content)  # noqa: S314 (our own)


def test_the_feed_of_articles_lists_the_newest(line, api, article):
    newer = line.publish().article
    feed = parsed(api, "/feeds/articles.atom")
    titles = [entry.find("a:title", ATOM).text for entry in feed.findall("a:entry", ATOM)]
    assert titles == [newer.title, article.title]
    entry = feed.find("a:entry", ATOM)
    assert entry.find("a:id", ATOM).text == f"urn:uuid:{newer.pk}"
    assert entry.find("a:link", ATOM).get("href") == f"http://testserver/en/articles/{newer.slug}/"
    assert feed.find("a:updated", ATOM).text == entry.find("a:updated", ATOM).text
    assert api.get("/feeds/articles.atom")["Content-Type"] == "application/atom+xml; charset=utf-8"


def test_the_feed_of_corrections_tells_of_withdrawals_without_their_titles(line, api, article):
    gone = line.publish()
    line.withdraw(gone)
    feed = parsed(api, "/feeds/corrections.atom")
    (entry,) = feed.findall("a:entry", ATOM)
    assert entry.find("a:title", ATOM).text == "Withdrawal: an article that was withdrawn"
    assert entry.find("a:summary", ATOM).text == "We removed this page."


def test_an_empty_feed_reads_no_clock(api, db):
    assert parsed(api, "/feeds/articles.atom").find("a:updated", ATOM).text == "1970-01-01T00:00:00+00:00"


def test_hostile_words_leave_the_xml_sound(api, db):
    at = datetime(2026, 11, 20, tzinfo=UTC)
    values = {"article_id": "0" * 32, "language": "en", "slug": "x", "kind": "<b>", "edition_number": 1, "at": at}
    LiveCorrection.objects.create(key="p1", title="</title>&<x>", summary="]]>&amp;", **values)
    entry = parsed(api, "/feeds/corrections.atom").find("a:entry", ATOM)
    assert entry.find("a:title", ATOM).text == "<b>: </title>&<x>"


def test_every_public_address_is_in_a_sitemap_with_its_date(line, api, article, monkeypatch):
    line.publish()
    monkeypatch.setattr(feeds, "URLS", 1)
    index = parsed(api, "/sitemap.xml")
    pages = [place.text.removeprefix("http://testserver") for place in index.findall(".//s:loc", SITEMAP)]
    assert "/sitemaps/articles-2.xml" in pages
    found = {}
    for page in pages:
        urls = parsed(api, page).findall("s:url", SITEMAP)
        assert len(urls) == 1
        found |= {url.find("s:loc", SITEMAP).text: url.find("s:lastmod", SITEMAP).text for url in urls}
    updated = LiveArticle.objects.get(pk=article.pk).updated_at
    assert found[f"http://testserver/en/articles/{article.slug}/"] == f"{updated:%Y-%m-%dT%H:%M:%SZ}"
    assert f"http://testserver/en/topics/{article.topic.slug}/" in found
    assert len([address for address in found if "/contributors/" in address]) == 4
    for address in found:
        assert api.get(address.removeprefix("http://testserver")).status_code == 200


def test_a_sitemap_that_is_not_there_is_a_404(api, article):
    for path in ("articles-2", "articles-0", "drafts-1", "articles-1x"):
        assert api.get(f"/sitemaps/{path}.xml").status_code == 404


def test_robots_may_read_all_but_searches(api, db):
    text = api.get("/robots.txt").content.decode()
    assert "Disallow: /*/search/" in text
    assert "Sitemap: http://testserver/sitemap.xml" in text


@pytest.mark.parametrize("path", ["/feeds/articles.atom", "/feeds/corrections.atom", "/sitemap.xml", "/robots.txt"])
def test_machines_are_answered_304_too(api, article, path):
    etag = api.get(path)["ETag"]
    assert api.get(path, headers={"if-none-match": etag}).status_code == 304
    assert api.post(path).status_code == 405
