"""The public pages, as a table."""

from django.urls import path

from publishing import (
    converters,  # noqa: F401  (registers what stands between < and > below)
    feeds,
)
from publishing.pages import about, articles, certificates, contributors, finding, topics

urlpatterns = [
    path("", topics.home, name="home"),
    path("<language:language>/topics/", topics.topics, name="topics"),
    path("<language:language>/topics/<slug:slug>/", topics.topic, name="topic"),
    path("<language:language>/contributors/<uuid:contributor_id>/", contributors.contributor, name="contributor"),
    path("<language:language>/search/", finding.find, name="search"),
    path("<language:language>/how-we-review/", about.how_we_review, name="how-we-review"),
    path("<language:language>/corrections/", about.corrections, name="corrections"),
    path("<language:language>/articles/<slug:slug>/", articles.article, name="article"),
    path(
        "<language:language>/articles/<slug:slug>/editions/<edition:number>/certificate/",
        certificates.certificate,
        name="certificate",
    ),
    path(
        "<language:language>/articles/<slug:slug>/editions/<edition:number>/changes/",
        articles.changes,
        name="changes",
    ),
    path("feeds/articles.atom", feeds.articles_feed, name="articles-feed"),
    path("feeds/corrections.atom", feeds.corrections_feed, name="corrections-feed"),
    path("sitemap.xml", feeds.sitemap_index, name="sitemap-index"),
    path("sitemaps/<slug:section>-<edition:number>.xml", feeds.sitemap, name="sitemap"),
    path("robots.txt", feeds.robots, name="robots"),
]
