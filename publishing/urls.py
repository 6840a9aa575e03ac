"""The public API, as a table."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from publishing.api import ArticleBySlug, ArticleDetail, ArticleList, EditionDetail


class EditionNumber(IntConverter):
    """A number from 1 to 999999 in ASCII digits without leading zeros."""

    regex = "[1-9][0-9]{0,5}"


register_converter(EditionNumber, "edition")

urlpatterns = [
    path("articles/", ArticleList.as_view(), name="api-articles"),
    path("articles/<uuid:article_id>/", ArticleDetail.as_view(), name="api-article"),
    path("articles/by-slug/<slug:slug>/", ArticleBySlug.as_view(), name="api-article-by-slug"),
    path("articles/<uuid:article_id>/editions/<edition:number>/", EditionDetail.as_view(), name="api-edition"),
]
