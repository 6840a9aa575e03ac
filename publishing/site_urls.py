"""The public pages, as a table."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from publishing import pages


class Language(StringConverter):
    """A BCP 47 language tag in its plain form."""

    regex = "[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}"


register_converter(Language, "language")

urlpatterns = [
    path("", pages.home, name="home"),
    path("<language:language>/topics/<slug:slug>/", pages.topic, name="topic"),
    path("<language:language>/articles/<slug:slug>/", pages.article, name="article"),
]
