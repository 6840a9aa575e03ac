"""The article: one question of a topic, in one language, and the viewpoints that answer it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles import vocabularies as lists
from articles.fields import CleanCharField, CleanHTMLField, CleanJSONField, CleanTextField
from articles.models.base import DraftRow
from articles.models.contributor import Contributor
from articles.models.source import Disclaimer, Reference
from articles.models.topic import Topic
from articles.validators import is_list_of_audiences


def patients() -> list[str]:
    return ["Patient"]


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, user: Any) -> Self:
        """All articles for who may see every one; for a contributor those they own or speak in; else none."""
        if not user.is_active:
            return self.none()
        if user.has_perm("articles.see_every_article"):
            return self
        if not user.has_perm("articles.view_article"):
            return self.none()
        spoken_in = ViewpointContributor.objects.filter(contributor__user=user).values("viewpoint__article")
        return self.filter(Q(owner=user) | Q(pk__in=spoken_in))

    def locked(self) -> Self:
        """Lock the rows for the transaction. Every action locks the article first, so that none can deadlock."""
        return self.select_for_update(no_key=True)


class Article(DraftRow):
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="articles")
    title = CleanCharField(max_length=300, help_text="The question it answers.")
    slug = models.SlugField(max_length=140, help_text="The last part of its public address.")
    language = models.CharField(max_length=12, default="en", help_text="BCP 47, for example en or es.")
    translation_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="translations"
    )
    translated_edition = models.PositiveIntegerField(
        "edition of the original", default=0, help_text="Of a translation: the number of the edition that it follows."
    )
    aspect = models.CharField(max_length=40, choices=lists.ASPECTS, default="OverviewHealthAspect")
    audience = CleanJSONField(default=patients, validators=[is_list_of_audiences])
    risk_tier = models.PositiveSmallIntegerField(choices=lists.RiskTier, default=lists.RiskTier.CONDITION)
    summary = CleanTextField(blank=True, help_text="Plain text, one to three sentences.")
    see_doctor = CleanHTMLField("when to see a doctor", blank=True)
    synthesis = CleanHTMLField(
        blank=True, help_text="In plain words: where the viewpoints agree and where they differ."
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_articles", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        permissions = [("see_every_article", "Can see every article")]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "slug"],
                name="article_slug_once",
                violation_error_message="Another article in this language has this address.",
            )
        ]

    def __str__(self) -> str:
        return self.title


class ArticleDisclaimer(DraftRow):
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="article_disclaimers")
    disclaimer = models.ForeignKey(Disclaimer, on_delete=models.PROTECT, related_name="article_disclaimers")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "disclaimer"],
                name="disclaimer_once_per_article",
                violation_error_message="This article carries this disclaimer already.",
            )
        ]

    def __str__(self) -> str:
        return str(self.disclaimer)


class Viewpoint(DraftRow):
    """One answer in an article. Its UUID never changes, whatever is edited, reordered or merged around it."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="viewpoints")
    position = models.PositiveIntegerField(default=0)
    heading = CleanCharField(max_length=300, blank=True)
    perspective = models.CharField(max_length=30, choices=lists.Perspective, default=lists.Perspective.CLINICAL)
    certainty = models.CharField(
        "certainty of the evidence (GRADE)", max_length=10, choices=lists.GradeCertainty, blank=True
    )
    body = CleanHTMLField()
    withdrawn_on = models.DateField(null=True, blank=True, editable=False)
    withdrawn_reason = CleanTextField(blank=True, editable=False)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.heading or f"Viewpoint {self.position + 1}"


class ViewpointContributor(DraftRow):
    viewpoint = models.ForeignKey(Viewpoint, on_delete=models.PROTECT, related_name="viewpoint_contributors")
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="viewpoint_contributors")
    role = models.CharField(max_length=20, choices=lists.ContributionRole, default=lists.ContributionRole.AUTHOR)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["viewpoint", "contributor"],
                name="contributor_once_per_viewpoint",
                violation_error_message="This contributor is named in this viewpoint already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contributor} ({self.get_role_display()})"


class Citation(DraftRow):
    viewpoint = models.ForeignKey(Viewpoint, on_delete=models.PROTECT, related_name="citations")
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="citations")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["viewpoint", "reference"],
                name="reference_once_per_viewpoint",
                violation_error_message="This viewpoint cites this source already.",
            )
        ]

    def __str__(self) -> str:
        return str(self.reference)
