"""The editorial API of publication: make public, take back."""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response

from articles.api import EditorialView
from articles.models import Article
from articles.serializers import StrictSerializer
from publishing import actions
from publishing.models import CorrectionKind, Publication, WithdrawalKind
from reviews.api import checked, visible_edition


class PublicationInput(StrictSerializer):
    digest = serializers.CharField(max_length=71)
    note = serializers.CharField(max_length=2_000, allow_blank=True, default="")
    correction_kind = serializers.ChoiceField(choices=[("", ""), *CorrectionKind.choices], default="")
    correction_summary = serializers.CharField(max_length=2_000, allow_blank=True, default="")


class WithdrawalInput(StrictSerializer):
    kind = serializers.ChoiceField(choices=WithdrawalKind.choices, default=WithdrawalKind.WITHDRAWN)
    reason = serializers.CharField(max_length=5_000)
    reader_message = serializers.CharField(max_length=5_000, allow_blank=True, default="")
    replacement_id = serializers.UUIDField(required=False)


class Publications(EditorialView):
    def post(self, request: Any, edition_id: int) -> Response:
        edition = visible_edition(request, edition_id)
        given = checked(PublicationInput, request)
        digest = given.pop("digest")
        publication = actions.publish(edition, by=request.user, expected_digest=digest, **given)
        shown = {"id": publication.pk, "seq": publication.seq, "digest": publication.digest}
        return Response(shown | {"published_at": publication.published_at.isoformat()}, status=201)


class Withdrawals(EditorialView):
    def post(self, request: Any, publication_id: int) -> Response:
        articles = Article.objects.visible_to(request.user)
        publication = get_object_or_404(Publication.objects.filter(article__in=articles), pk=publication_id)
        given = checked(WithdrawalInput, request)
        replacement_id = given.pop("replacement_id", None)
        replacement = get_object_or_404(articles, pk=replacement_id) if replacement_id else None
        fact = actions.withdraw(publication, by=request.user, replacement=replacement, **given)
        return Response({"publication": publication.pk, "kind": fact.kind, "at": fact.at.isoformat()}, status=201)
