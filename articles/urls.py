"""The editorial API of drafts, as a table."""

from django.urls import path

from articles.api import DraftDetail, DraftList

urlpatterns = [
    path("articles/", DraftList.as_view(), name="editorial-articles"),
    path("articles/<uuid:article_id>/", DraftDetail.as_view(), name="editorial-article"),
]
