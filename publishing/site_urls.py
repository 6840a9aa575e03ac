"""The public pages, as a table."""

from django.urls import path

from publishing import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("<str:language>/topics/<slug:slug>/", pages.topic, name="topic"),
    path("<str:language>/articles/<slug:slug>/", pages.article, name="article"),
]
