"""Who is asked to review, what they answered, and what a medical lead overrode. Insert-only rows."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from articles.fields import CleanTextField
from reviews.models.edition import Decision, Edition, Recall

USER = settings.AUTH_USER_MODEL


class ReplyKind(models.TextChoices):
    CLAIM = "claim", "Taken from the pool"
    ACCEPT = "accept", "Accepted"
    DECLINE = "decline", "Declined"
    CANCEL = "cancel", "Cancelled"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def with_state(self) -> Self:
        """Annotate `who` (assigned or claimed by), `is_over` (declined, cancelled, or the edition's review ended) and
        `is_done` (they decided)."""
        replies = AssignmentReply.objects.filter(assignment=OuterRef("pk"))
        mine = Decision.objects.filter(
            edition=OuterRef("edition"), stage=OuterRef("stage"), round=OuterRef("round"), reviewer=OuterRef("who")
        )
        ended = Decision.objects.filter(edition=OuterRef("edition")).exclude(outcome="approve")
        recalled = Recall.objects.filter(edition=OuterRef("edition"))
        claimed = replies.filter(kind=ReplyKind.CLAIM).values("by")[:1]
        return self.annotate(
            who=Coalesce("reviewer", Subquery(claimed)),
            is_over=Exists(replies.filter(kind__in=[ReplyKind.DECLINE, ReplyKind.CANCEL]))
            | Exists(ended)
            | Exists(recalled)
            | (Q(edition__publication__isnull=False) & Q(round=1)),
        ).annotate(is_done=Exists(mine), is_accepted=Exists(replies.filter(kind=ReplyKind.ACCEPT)))

    def waiting(self) -> Self:
        """Assignments somebody still has to act on."""
        return self.with_state().filter(is_over=False, is_done=False)

    def overdue(self, now: datetime) -> Self:
        return self.waiting().filter(due_at__lt=now)

    def soonest_first(self) -> Self:
        return self.order_by("due_at", "pk")


class Assignment(models.Model):
    """A stage of an edition is asked of a person, or of the stage's pool (no reviewer), by a day."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="assignments")
    round = models.PositiveIntegerField(default=1)
    stage = models.SlugField(max_length=40)
    reviewer = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments")
    due_at = models.DateTimeField()
    note = CleanTextField(blank=True)
    assigned_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        permissions = [("assign_review", "Can assign reviews")]

    def __str__(self) -> str:
        return f"{self.stage} of {self.edition}"


class AssignmentReply(models.Model):
    """One answer to an assignment; each kind at most once."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=10, choices=ReplyKind)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    reason = CleanTextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "assignment replies"
        constraints = [models.UniqueConstraint(fields=["assignment", "kind"], name="reply_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.assignment}"


class Override(models.Model):
    """A medical lead lets somebody review in spite of an organization or disclosure conflict: signed, with a reason."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="overrides")
    stage = models.SlugField(max_length=40)
    reviewer = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="overrides")
    codes = models.JSONField()
    reason = CleanTextField()
    attestation = CleanTextField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    signer_snapshot = models.JSONField()
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        permissions = [("override_conflict", "Can override a conflict of interest")]
        constraints = [
            models.UniqueConstraint(fields=["edition", "stage", "reviewer"], name="override_once"),
            models.CheckConstraint(condition=~Q(by=models.F("reviewer")), name="override_never_for_oneself"),
        ]

    def __str__(self) -> str:
        return f"Override for {self.reviewer} in {self.stage}"


class SentReminder(models.Model):
    """The ledger of reminders: each is sent once, however often the job runs."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="reminders")
    days = models.SmallIntegerField(help_text="Days from the due day; negative before it.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["assignment", "days"], name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.days:+d} days: {self.assignment}"


class ReviewerSettings(models.Model):
    """What a person chose: which mail they want, and whether the certificate prints their name or their role."""

    user = models.OneToOneField(USER, on_delete=models.CASCADE, related_name="reviewer_settings")
    mail_off = models.JSONField(default=list, blank=True)
    by_role_only = models.BooleanField("show me by role only in public certificates", default=False)

    class Meta:
        verbose_name_plural = "reviewer settings"

    def __str__(self) -> str:
        return f"Settings of {self.user}"

    def wants(self, kind: Any) -> bool:
        return kind not in self.mail_off
