"""Publications and withdrawals. Insert-only rows: the database refuses to change or delete any."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from articles.fields import CleanTextField
from articles.models import Article
from reviews.models import ChangeClass, Edition


class WithdrawalKind(models.TextChoices):
    """How an article is taken back. `expired` is the worker's alone, where the policy says so."""

    WITHDRAWN = "withdrawn", "Withdrawn: readers are told why"
    SUSPENDED = "suspended", "Suspended: off the site at once, until it is looked into"
    SUPERSEDED = "superseded", "Superseded: readers are sent to the article that takes its place"
    VANISHED = "vanished", "Vanished: it should never have existed"
    EXPIRED = "expired", "Expired: its review was not renewed in time"


class CorrectionKind(models.TextChoices):
    """What a republication is, in the words of Crossref's update types."""

    ADDENDUM = "addendum", "Addendum: something was added"
    CLARIFICATION = "clarification", "Clarification: the same, said more clearly"
    CORRECTION = "correction", "Correction: something was wrong"
    CORRIGENDUM = "corrigendum", "Corrigendum: the contributors' own mistake"
    ERRATUM = "erratum", "Erratum: the publisher's mistake"
    CONCERN = "expression_of_concern", "Expression of concern"
    NEW_EDITION = "new_edition", "New edition: rewritten"
    NEW_VERSION = "new_version", "New version: brought up to date"
    PARTIAL_RETRACTION = "partial_retraction", "Partial retraction: a viewpoint was taken back"
    REMOVAL = "removal", "Removal"
    RETRACTION = "retraction", "Retraction"
    WITHDRAWAL = "withdrawal", "Withdrawal"


class PublicationQuerySet(models.QuerySet["Publication"]):
    def standing(self) -> Self:
        """The newest publication of each article, where it was not withdrawn."""
        later = Publication.objects.filter(article=OuterRef("article"), seq__gt=OuterRef("seq"))
        return self.filter(~Exists(later), withdrawal__isnull=True)

    def readable(self) -> Self:
        """Those whose text can be read: of an article that was not withdrawn since."""
        since = Withdrawal.objects.filter(
            publication__article=OuterRef("article"), publication__seq__gte=OuterRef("seq")
        )
        return self.filter(~Exists(since))

    def with_parts(self) -> Self:
        return self.select_related("edition", "article")


class Publication(models.Model):
    """The fact that an edition was made public. `seq` counts the publications of one article."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="publications")
    seq = models.PositiveIntegerField()
    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, related_name="publication")
    digest = models.CharField(max_length=71)
    change = models.CharField(max_length=20, choices=ChangeClass)
    note = CleanTextField(blank=True)
    correction_kind = models.CharField(max_length=40, choices=CorrectionKind, blank=True)
    correction_summary = CleanTextField(blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at"]
        permissions = [
            ("publish_edition", "Can publish an approved edition"),
            ("withdraw_publication", "Can withdraw a published article"),
            ("publish_emergency", "Can publish a safety change in an emergency"),
            ("suspend_publication", "Can suspend a published article at once, and ratify it"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["article", "seq"], name="publication_seq_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="publication_seq_from_one"),
        ]

    def __str__(self) -> str:
        return f"Publication {self.seq} of {self.edition.content['title']}"

    @property
    def is_withdrawn(self) -> bool:
        return hasattr(self, "withdrawal")

    @property
    def is_superseded(self) -> bool:
        return Publication.objects.filter(article=self.article_id, seq__gt=self.seq).exists()

    @property
    def is_ended(self) -> bool:
        return self.is_withdrawn or self.is_superseded


class Withdrawal(models.Model):
    """The fact that a publication was taken back, with what readers are told."""

    publication = models.OneToOneField(Publication, on_delete=models.PROTECT, related_name="withdrawal")
    kind = models.CharField(max_length=20, choices=WithdrawalKind, default=WithdrawalKind.WITHDRAWN)
    reason = CleanTextField()
    reader_message = CleanTextField(blank=True)
    replacement = models.ForeignKey(Article, on_delete=models.PROTECT, null=True, blank=True, related_name="replaces")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"Withdrawal of {self.publication}"
