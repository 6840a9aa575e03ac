"""The public API, as a table."""

from django.urls import path

from publishing import converters  # noqa: F401  (registers what stands between < and > below)
from publishing.api import ArticleBySlug, ArticleDetail, ArticleList, EditionCertificate, EditionDetail

urlpatterns = [
    path("articles/", ArticleList.as_view(), name="api-articles"),
    path("articles/<uuid:article_id>/", ArticleDetail.as_view(), name="api-article"),
    path("articles/by-slug/<slug:slug>/", ArticleBySlug.as_view(), name="api-article-by-slug"),
    path("articles/<uuid:article_id>/editions/<edition:number>/", EditionDetail.as_view(), name="api-edition"),
    path(
        "articles/<uuid:article_id>/editions/<edition:number>/certificate/",
        EditionCertificate.as_view(),
        name="api-certificate",
    ),
]
