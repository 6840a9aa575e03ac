"""Comments on the words of an edition, and how each was disposed of. Insert-only rows.

A comment is anchored by the id of its viewpoint and a W3C TextQuoteSelector; later editions look its place up again.
"""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.fields import CleanTextField
from reviews.anchors import Selector
from reviews.models.edition import Edition


class Severity(models.TextChoices):
    ADVISORY = "advisory", "Advisory: a suggestion"
    BLOCKING = "blocking", "Blocking: must be settled before anybody approves"
    BLOCKING_SAFETY = "blocking_safety", "Blocking, safety: readers could be harmed"


#: Severities that keep an edition, and those after it, from approval until the comment is resolved.
BLOCKING = (Severity.BLOCKING, Severity.BLOCKING_SAFETY)


class Disposition(models.TextChoices):
    """How a comment was settled: the codes of FHIR R5 ArtifactAssessment.disposition, without `unresolved`."""

    PERSUASIVE = "persuasive", "Persuasive: the text was changed as asked"
    PERSUASIVE_WITH_MODIFICATION = "persuasive-with-modification", "Persuasive with modification: changed otherwise"
    NOT_PERSUASIVE = "not-persuasive", "Not persuasive: the text stays"
    NOT_PERSUASIVE_WITH_MODIFICATION = (
        "not-persuasive-with-modification",
        "Not persuasive with modification: the text stays, but was made clearer",
    )


class CommentQuerySet(models.QuerySet["Comment"]):
    def threads(self) -> Self:
        """Comments that are no answer to another."""
        return self.filter(parent__isnull=True)

    def open(self) -> Self:
        return self.threads().filter(resolution__isnull=True)

    def up_to(self, edition: Edition) -> Self:
        """Those on an edition and on the editions of its article before it."""
        return self.filter(edition__article=edition.article_id, edition__number__lte=edition.number)

    def blocking(self) -> Self:
        return self.open().filter(severity__in=BLOCKING)


class Comment(models.Model):
    """One remark. `place` is a viewpoint's id, or `summary`, `see_doctor` or `synthesis`; "" is the whole page."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="comments")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="answers")
    place = models.CharField(max_length=40, blank=True)
    exact = models.TextField(blank=True)
    prefix = models.TextField(blank=True)
    suffix = models.TextField(blank=True)
    severity = models.CharField(max_length=20, choices=Severity, default=Severity.ADVISORY)
    text = CleanTextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="comments")
    author_name = models.CharField(max_length=300)
    at = models.DateTimeField()

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [("block_edition", "Can raise a blocking comment")]
        constraints = [
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="comment_severity_known"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | Q(severity=Severity.ADVISORY, exact=""),
                name="comment_answer_is_plain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_severity_display()}: {self.text[:60]}"

    @property
    def selector(self) -> Selector:
        return Selector(self.place, self.exact, self.prefix, self.suffix)

    @property
    def is_blocking(self) -> bool:
        return self.severity in BLOCKING

    @property
    def is_resolved(self) -> bool:
        return hasattr(self, "resolution")

    def is_by(self, user: Any) -> bool:
        return self.author_id == user.pk


class Resolution(models.Model):
    """How a comment was disposed of, with the answer that was given."""

    comment = models.OneToOneField(Comment, on_delete=models.PROTECT, related_name="resolution")
    disposition = models.CharField(max_length=40, choices=Disposition)
    answer = CleanTextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(disposition__in=Disposition.values), name="resolution_disposition_known")
        ]

    def __str__(self) -> str:
        return f"{self.disposition}: {self.comment}"
