"""Editions and what was decided on them. Insert-only rows: the database refuses to change or delete any."""

from functools import cached_property
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from articles.fields import CleanTextField
from articles.models import Article


class Outcome(models.TextChoices):
    APPROVE = "approve", "Approve"
    REQUEST_CHANGES = "request_changes", "Request changes"
    REJECT = "reject", "Reject"
    REVOKE = "revoke", "Revoke an approval"


class ChangeClass(models.TextChoices):
    EDITORIAL = "editorial", "Editorial: wording only, no change of meaning"
    SUBSTANTIVE = "substantive", "Substantive"
    SAFETY = "safety", "Safety: readers must know at once"


class EditionQuerySet(models.QuerySet["Edition"]):
    def with_state(self) -> Self:
        """Annotate `has_recall`, `has_return` and `has_publication`, the facts that end a review."""
        ended = Decision.objects.filter(edition=OuterRef("pk")).exclude(outcome=Outcome.APPROVE)
        return self.annotate(
            has_recall=Exists(Recall.objects.filter(edition=OuterRef("pk"))),
            has_return=Exists(ended),
            has_publication=Q(publication__isnull=False),
        )

    def with_address(self) -> Self:
        """Annotate `is_address_taken`: another article is, or was, public at this address."""
        taken = Article.objects.filter(addresses__language=OuterRef("language"), addresses__slug=OuterRef("slug"))
        return self.annotate(is_address_taken=Exists(taken.exclude(pk=OuterRef("article"))))

    def open(self) -> Self:
        """Editions still in review or approved and waiting: not recalled, returned or published."""
        return self.with_state().filter(has_recall=False, has_return=False, has_publication=False)

    def visible_to(self, user: Any) -> Self:
        """Every edition for who reviews, edits, publishes or audits; else those of the articles one may see."""
        if user.is_active and user.has_perm("reviews.see_every_edition"):
            return self
        return self.filter(article__in=Article.objects.visible_to(user))

    def newest_first(self) -> Self:
        return self.order_by("-submitted_at", "-pk")


class Edition(models.Model):
    """An article frozen at submission. `digest` is `sha256:` + hex over the RFC 8785 form of `content`."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=71)
    schema = models.CharField(max_length=20)
    slug = models.SlugField(max_length=140)
    language = models.CharField(max_length=12)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    touched_by = models.JSONField()
    policy = models.JSONField()
    change_class = models.CharField(max_length=20, choices=ChangeClass, default=ChangeClass.SUBSTANTIVE)
    note = CleanTextField(blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submitted_editions"
    )
    submitted_at = models.DateTimeField()

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at"]
        permissions = [
            ("submit_edition", "Can submit an article for review"),
            ("see_every_edition", "Can see every edition"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="edition_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="edition_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"Edition {self.number} of {self.content['title']}"

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The decisions and the recall of this edition, read once."""
        return {
            "decisions": sorted(self.decisions.all(), key=lambda row: row.pk),
            "recall": getattr(self, "recall", None),
        }

    @cached_property
    def last_round(self) -> Any:
        """The newest re-review of this edition, or None; read once."""
        return max(self.rounds.all(), key=lambda row: row.number, default=None) if self.is_published else None

    @property
    def open_round(self) -> int:
        """The number of the round under review: 1 before publication, a later one after it; 0 when none is open."""
        if self.is_closed:
            return 0
        if not self.is_published:
            return 1
        last, publication = self.last_round, self.publication
        return last.number if last and not last.is_reaffirmed and not publication.is_ended else 0

    @property
    def is_closed(self) -> bool:
        """Whether a recall or an outcome other than approve ended the review of this edition."""
        return bool(self.facts["recall"]) or any(row.outcome != Outcome.APPROVE for row in self.facts["decisions"])

    @property
    def is_published(self) -> bool:
        return hasattr(self, "publication")

    @property
    def is_open(self) -> bool:
        return not self.is_closed and not self.is_published

    def stage(self, key: str) -> dict[str, Any] | None:
        """Return the stage of that key in the policy snapshot, or None."""
        return next((stage for stage in self.policy["stages"] if stage["key"] == key), None)


class Decision(models.Model):
    """One reviewer's signed outcome on one edition, stage and round (21 CFR 11.50: name, time and meaning)."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="decisions")
    round = models.PositiveIntegerField(default=1)
    digest = models.CharField(max_length=71)
    stage = models.SlugField(max_length=40)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=20, choices=Outcome)
    comment = CleanTextField(blank=True)
    attestation = CleanTextField()
    answers = models.JSONField(default=list, blank=True)
    reviewer_snapshot = models.JSONField()
    is_specialist = models.BooleanField()
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="decision_outcome_known"),
            models.UniqueConstraint(
                fields=["edition", "reviewer", "stage", "round"],
                condition=~Q(outcome="revoke"),
                name="decision_once",
                violation_error_message="You have decided on this edition in this stage already.",
            ),
            models.UniqueConstraint(
                fields=["edition", "reviewer", "stage", "round"],
                condition=Q(outcome="revoke"),
                name="revocation_once",
                violation_error_message="You have taken this approval back already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} by {self.reviewer_snapshot['name']}"


class Recall(models.Model):
    """The submitter, or an editor, took an edition out of review."""

    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, related_name="recall")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = CleanTextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Recall of {self.edition}"
