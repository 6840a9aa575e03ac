"""What machines read beside the API: Atom feeds (RFC 4287), sitemaps (sitemaps.org 0.9) and robots.txt (RFC 9309)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import Max, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed

from publishing import query
from publishing.document import etag_of, page_path, topic_path
from publishing.http import LIST_CACHE, answer, not_modified
from publishing.models import LiveArticle, LiveCorrection, LiveUse, UseKind
from publishing.pages.answers import public_page
from publishing.pages.contributors import contributor_path
from publishing.templatetags.published import label

ENTRIES = 50
#: Addresses in one sitemap. The standard allows 50,000.
URLS = 10_000
SITEMAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

Url = tuple[str, datetime | None]


@public_page
def articles_feed(request: HttpRequest) -> HttpResponse:
    """The articles that were published last."""
    query.read_parameters(request, {})
    feed = _feed("articles", "New articles and editions", "/")
    for card, updated in _newest().values_list("card", "updated_at")[:ENTRIES]:
        shown = json.loads(card)
        feed.add_item(
            title=shown["title"],
            link=shown["html_url"],
            description=shown["summary"],
            unique_id=f"urn:uuid:{shown['id']}",
            pubdate=datetime.fromisoformat(shown["published_at"]),
            updateddate=updated,
            categories=[shown["topic"]["name"]],
        )
    return _xml(request, feed.writeString("utf-8"), "application/atom+xml; charset=utf-8")


@public_page
def corrections_feed(request: HttpRequest) -> HttpResponse:
    """The corrections and withdrawals that readers were told of last."""
    query.read_parameters(request, {})
    feed = _feed("corrections", "Corrections and withdrawals", f"/{settings.LANGUAGE_CODE}/corrections/")
    for row in LiveCorrection.objects.order_by("-at", "-key")[:ENTRIES]:
        feed.add_item(
            title=f"{label(row.kind)}: {row.title or 'an article that was withdrawn'}",
            link=f"{settings.SITE_URL}{page_path(row.language, row.slug)}",
            description=row.summary,
            unique_id=f"urn:uuid:{row.article_id}:{row.key}",
            pubdate=row.at,
            updateddate=row.at,
            categories=[row.kind],
        )
    return _xml(request, feed.writeString("utf-8"), "application/atom+xml; charset=utf-8")


@public_page
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Every sitemap, with the newest date in it."""
    query.read_parameters(request, {})
    rows = []
    for section in SECTIONS:
        moments = [at for _, at in SECTIONS[section]()]
        for number, start in enumerate(range(0, len(moments), URLS), start=1):
            newest = max((at for at in moments[start : start + URLS] if at), default=None)
            rows.append((f"{settings.SITE_URL}/sitemaps/{section}-{number}.xml", newest))
    body = "".join(f"<sitemap>{_located(*row)}</sitemap>\n" for row in rows)
    return _xml(request, f"<sitemapindex {SITEMAPS}>\n{body}</sitemapindex>\n", "application/xml; charset=utf-8")


@public_page
def sitemap(request: HttpRequest, section: str, number: int) -> HttpResponse:
    """At most 10,000 addresses, each with when it last changed."""
    query.read_parameters(request, {})
    urls = SECTIONS[section]() if section in SECTIONS else []
    rows = urls[(number - 1) * URLS : number * URLS]
    if not rows:
        raise Http404
    body = "".join(f"<url>{_located(f'{settings.SITE_URL}{path}', at)}</url>\n" for path, at in rows)
    return _xml(request, f"<urlset {SITEMAPS}>\n{body}</urlset>\n", "application/xml; charset=utf-8")


@public_page
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /*/search/", "", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return _finished(request, "\n".join(lines).encode(), "text/plain; charset=utf-8")


# Sitemaps


def _articles() -> list[Url]:
    rows = LiveArticle.objects.order_by("id").values_list("language", "slug", "updated_at")
    return [(page_path(language, slug), at) for language, slug, at in rows.iterator(2000)]


def _topics() -> list[Url]:
    rows = LiveArticle.objects.order_by().values_list("language", "topic_slug").annotate(at=Max("updated_at"))
    return sorted((topic_path(language, slug), at) for language, slug, at in rows)


def _contributors() -> list[Url]:
    """Return every contributor in each language that they speak in."""
    live = LiveArticle.objects.order_by().filter(pk=OuterRef("article_id"))
    uses = LiveUse.objects.order_by().filter(kind=UseKind.CONTRIBUTOR)
    rows = uses.annotate(language=Subquery(live.values("language")), at=Subquery(live.values("updated_at")))
    newest = rows.values_list("language", "key").annotate(newest=Max("at"))
    return sorted((contributor_path(language, key), at) for language, key, at in newest if at)


def _pages() -> list[Url]:
    newest = LiveArticle.objects.order_by().values_list("language").annotate(at=Max("updated_at"))
    by_language: dict[str, datetime | None] = {settings.LANGUAGE_CODE: None}
    by_language.update(newest)
    home: list[Url] = [("/", by_language[settings.LANGUAGE_CODE])]
    names = ("topics", "how-we-review", "corrections")
    return home + [(f"/{language}/{name}/", at) for language, at in sorted(by_language.items()) for name in names]


SECTIONS: dict[str, Callable[[], list[Url]]] = {
    "pages": _pages,
    "articles": _articles,
    "topics": _topics,
    "contributors": _contributors,
}


def _located(address: str, at: datetime | None) -> str:
    changed = f"<lastmod>{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if at else ""
    return f"<loc>{escape(address)}</loc>{changed}"


# Feeds


class _Feed(Atom1Feed):
    """Django's Atom feed, but one without entries is as old as can be, instead of as of now."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else datetime(1970, 1, 1, tzinfo=UTC)


def _feed(name: str, title: str, path: str) -> Atom1Feed:
    address = f"{settings.SITE_URL}/feeds/{name}.atom"
    return _Feed(
        title=f"{settings.SITE_NAME}: {title}",
        link=f"{settings.SITE_URL}{path}",
        description="",
        feed_url=address,
        feed_guid=address,
        author_name=settings.SITE_NAME,
    )


def _newest() -> Any:
    return LiveArticle.objects.order_by("-published_at", "-id")


def _xml(request: HttpRequest, body: str, content_type: str) -> HttpResponse:
    head = "" if body.startswith("<?xml") else '<?xml version="1.0" encoding="utf-8"?>\n'
    return _finished(request, f"{head}{body}".encode(), content_type)


def _finished(request: HttpRequest, body: bytes, content_type: str) -> HttpResponse:
    etag, headers = etag_of(body), {"Cache-Control": LIST_CACHE}
    return not_modified(request, etag, None, headers) or answer(body, etag, None, headers, content_type=content_type)
