"""Comments on the text, anchored by viewpoint and quote (W3C TextQuoteSelector), and how each was disposed of."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from articles.fields import CleanCharField, CleanTextField
from reviews.models.edition import Edition

USER = settings.AUTH_USER_MODEL


class Severity(models.TextChoices):
    ADVISORY = "advisory", "Advisory"
    BLOCKING = "blocking", "Blocking: must be settled before approval"
    BLOCKING_SAFETY = "blocking_safety", "Blocking, a safety matter"


class Disposition(models.TextChoices):
    """HL7 FHIR R5 ArtifactAssessment dispositions."""

    PERSUASIVE = "persuasive", "Persuasive: changed as asked"
    PERSUASIVE_MODIFIED = "persuasive-with-modification", "Persuasive with modification"
    NOT_PERSUASIVE = "not-persuasive", "Not persuasive: kept, because …"
    NOT_PERSUASIVE_MODIFIED = "not-persuasive-with-modification", "Not persuasive, but something was changed"


class CommentQuerySet(models.QuerySet["Comment"]):
    def threads(self) -> Self:
        return self.filter(parent__isnull=True)

    def unsettled(self) -> Self:
        """Threads that nobody has disposed of."""
        return self.threads().filter(~Exists(Resolution.objects.filter(comment=OuterRef("pk"))))

    def blocking(self) -> Self:
        return self.exclude(severity=Severity.ADVISORY)


class Comment(models.Model):
    """A remark on words of a viewpoint, or on the whole edition (no viewpoint); a reply has a parent."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="comments")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replies")
    viewpoint = models.UUIDField(null=True, blank=True)
    exact = CleanTextField(blank=True)
    prefix = CleanCharField(max_length=200, blank=True)
    suffix = CleanCharField(max_length=200, blank=True)
    severity = models.CharField(max_length=20, choices=Severity, default=Severity.ADVISORY)
    text = CleanTextField()
    author = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="comments")
    at = models.DateTimeField()

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(severity__in=Severity.values), name="comment_severity_known")
        ]

    def __str__(self) -> str:
        return f"{self.get_severity_display()}: {self.text[:60]}"


class Resolution(models.Model):
    comment = models.OneToOneField(Comment, on_delete=models.PROTECT, related_name="resolution")
    disposition = models.CharField(max_length=40, choices=Disposition)
    answer = CleanTextField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_disposition_display()}: {self.comment}"
