"""The public pages, as a table."""

from django.urls import path

from publishing import (
    converters,  # noqa: F401  (registers what stands between < and > below)
    pages,
)

urlpatterns = [
    path("", pages.home, name="home"),
    path("<language:language>/topics/<slug:slug>/", pages.topic, name="topic"),
    path("<language:language>/articles/<slug:slug>/", pages.article, name="article"),
    path(
        "<language:language>/articles/<slug:slug>/editions/<edition:number>/certificate/",
        pages.certificate,
        name="certificate",
    ),
]
