"""The editorial API of drafts: a session, its CSRF token, and the one action `save_article`."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from articles.actions import save_article
from articles.models import Article
from articles.serializers import ArticleInput, article_output

PARTS = ("article_disclaimers", "viewpoints__viewpoint_contributors", "viewpoints__citations")


class EditorialView(APIView):
    """Whoever is logged in may ask; the actions decide what they may do."""

    permission_classes = [IsAuthenticated]


class DraftList(EditorialView):
    def post(self, request: Any) -> Response:
        given = ArticleInput(data=request.data)
        given.is_valid(raise_exception=True)
        article = save_article(None, given.article_values(), by=request.user, reason=given.validated_data["reason"])
        return Response(article_output(article), status=201)


class DraftDetail(EditorialView):
    def get(self, request: Any, article_id: UUID) -> Response:
        return Response(article_output(_draft(request, article_id)))

    def patch(self, request: Any, article_id: UUID) -> Response:
        given = ArticleInput(data=request.data)
        given.is_valid(raise_exception=True)
        save_article(
            _draft(request, article_id),
            given.article_values(),
            by=request.user,
            expected_version=given.validated_data.get("expected_version"),
            reason=given.validated_data["reason"],
        )
        return Response(article_output(_draft(request, article_id)))


def _draft(request: Any, article_id: UUID) -> Article:
    return get_object_or_404(Article.objects.visible_to(request.user).prefetch_related(*PARTS), pk=article_id)
