"""What the editorial API takes for an article: every field named, unknown ones refused."""

from typing import Any

from rest_framework import serializers

from articles import vocabularies as lists
from articles.models import Article, Viewpoint


class StrictSerializer(serializers.Serializer):
    """Refuse keys that are not fields, at every level."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError(
                {name: ["There is no such field."] for name in sorted(map(str, unknown))}, code="unknown-field"
            )
        return super().to_internal_value(data)


class ContributionInput(StrictSerializer):
    contributor_id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=lists.ContributionRole.choices, default="author")


class ViewpointInput(StrictSerializer):
    id = serializers.UUIDField(required=False)
    heading = serializers.CharField(max_length=300, allow_blank=True, default="")
    perspective = serializers.ChoiceField(choices=lists.Perspective.choices, default="clinical")
    certainty = serializers.ChoiceField(choices=[("", ""), *lists.GradeCertainty.choices], default="")
    body = serializers.CharField(max_length=200_000)
    contributors = ContributionInput(many=True, default=list)
    citations = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=200)


class ArticleInput(StrictSerializer):
    """Any of these fields; what is not named stays as it is. `expected_version` is asked for when changing."""

    expected_version = serializers.IntegerField(min_value=1, required=False)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")
    topic_id = serializers.UUIDField(required=False)
    title = serializers.CharField(max_length=300, required=False)
    slug = serializers.SlugField(max_length=140, required=False)
    language = serializers.RegexField(r"\A[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z", required=False)
    translation_of_id = serializers.UUIDField(required=False, allow_null=True)
    translated_edition = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    aspect = serializers.ChoiceField(choices=lists.ASPECTS, required=False)
    audience = serializers.ListField(child=serializers.ChoiceField(choices=lists.AUDIENCES), required=False)
    risk_tier = serializers.ChoiceField(choices=lists.RiskTier.choices, required=False)
    summary = serializers.CharField(max_length=5_000, allow_blank=True, required=False)
    see_doctor = serializers.CharField(max_length=20_000, allow_blank=True, required=False)
    synthesis = serializers.CharField(max_length=50_000, allow_blank=True, required=False)
    disclaimers = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=50)
    viewpoints = ViewpointInput(many=True, required=False)

    def article_values(self) -> dict[str, Any]:
        """Return the values that `save_article` takes."""
        return {
            name: value for name, value in self.validated_data.items() if name not in ("expected_version", "reason")
        }


def article_output(article: Article) -> dict[str, Any]:
    """Return the draft as the editorial API shows it."""
    return {
        "id": str(article.pk),
        "version": article.version,
        "topic_id": str(article.topic_id),
        "title": article.title,
        "slug": article.slug,
        "language": article.language,
        "translation_of_id": str(article.translation_of_id or ""),
        "translated_edition": article.translated_edition,
        "aspect": article.aspect,
        "audience": article.audience,
        "risk_tier": article.risk_tier,
        "summary": article.summary,
        "see_doctor": article.see_doctor,
        "synthesis": article.synthesis,
        "disclaimers": [str(row.disclaimer_id) for row in article.article_disclaimers.all()],
        "viewpoints": [_viewpoint_output(row) for row in article.viewpoints.all()],
    }


def _viewpoint_output(viewpoint: Viewpoint) -> dict[str, Any]:
    return {
        "id": str(viewpoint.pk),
        "heading": viewpoint.heading,
        "perspective": viewpoint.perspective,
        "certainty": viewpoint.certainty,
        "body": viewpoint.body,
        "contributors": [
            {"contributor_id": str(row.contributor_id), "role": row.role}
            for row in viewpoint.viewpoint_contributors.all()
        ],
        "citations": [str(row.reference_id) for row in viewpoint.citations.all()],
    }
