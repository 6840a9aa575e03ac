"""The editorial API of reviews. State changes are resources; every one is one action."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.response import Response

from articles.api import EditorialView
from articles.models import Article
from reviews import actions
from reviews.models import Edition, Outcome
from reviews.serializers import (
    DecisionInput,
    ReasonInput,
    RevocationInput,
    SubmissionInput,
    decision_output,
    edition_output,
)
from reviews.signing import confirm_password


class Editions(EditorialView):
    def get(self, request: Any, article_id: UUID) -> Response:
        rows = Edition.objects.visible_to(request.user).filter(article=article_id).newest_first()
        return Response({"items": [edition_output(row) for row in rows]})

    def post(self, request: Any, article_id: UUID) -> Response:
        article = get_object_or_404(Article.objects.visible_to(request.user), pk=article_id)
        edition = actions.submit(article, by=request.user, **checked(SubmissionInput, request))
        return Response(edition_output(edition), status=201)


class EditionDetail(EditorialView):
    def get(self, request: Any, edition_id: int) -> Response:
        return Response(edition_output(visible_edition(request, edition_id), whole=True))


class Decisions(EditorialView):
    def post(self, request: Any, edition_id: int) -> Response:
        edition = visible_edition(request, edition_id)
        given = checked(DecisionInput, request)
        password, digest = given.pop("password"), given.pop("digest")
        if given["outcome"] == Outcome.APPROVE:
            confirm_password(request, password)
        decision = actions.decide(edition, by=request.user, expected_digest=digest, **given)
        return Response(decision_output(decision), status=201)


class Revocations(EditorialView):
    def post(self, request: Any, edition_id: int) -> Response:
        edition = visible_edition(request, edition_id)
        decision = actions.revoke(edition, by=request.user, **checked(RevocationInput, request))
        return Response(decision_output(decision), status=201)


class Recalls(EditorialView):
    def post(self, request: Any, edition_id: int) -> Response:
        edition = visible_edition(request, edition_id)
        fact = actions.recall(edition, by=request.user, **checked(ReasonInput, request))
        return Response({"edition": edition.pk, "reason": fact.reason, "at": fact.at.isoformat()}, status=201)


class Restorations(EditorialView):
    def post(self, request: Any, edition_id: int) -> Response:
        edition = visible_edition(request, edition_id)
        article = actions.restore(edition, by=request.user, **checked(ReasonInput, request))
        return Response({"article_id": str(article.pk), "version": article.version}, status=201)


def visible_edition(request: Any, edition_id: int) -> Edition:
    return get_object_or_404(Edition.objects.visible_to(request.user).select_related("article"), pk=edition_id)


def checked(serializer: Any, request: Any) -> dict[str, Any]:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
