"""Who was asked to review what, what they answered, and which conflicts a medical lead set aside. Insert-only rows.

Awaiting, overdue and complete are read from dates and decisions; nothing writes them.
"""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from articles.fields import CleanTextField
from reviews.models.edition import Decision, Edition, Outcome, Recall
from reviews.models.round import Reaffirmation


class ReplyKind(models.TextChoices):
    CLAIM = "claim", "Claimed"
    ACCEPT = "accept", "Accepted"
    DECLINE = "decline", "Declined"
    CANCEL = "cancel", "Cancelled"


#: What ends an assignment without a decision.
ENDING = (ReplyKind.DECLINE, ReplyKind.CANCEL)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def with_state(self) -> Self:
        """Annotate `holder_id` (who was asked, or claimed it; None for an unclaimed one of the pool), `is_accepted`,
        `is_ended` (declined, cancelled, or the review ended without it) and `is_complete` (the holder decided).
        """
        replies = AssignmentReply.objects.filter(assignment=OuterRef("pk"))
        claimed = replies.filter(kind=ReplyKind.CLAIM).values("by")[:1]
        here = {"edition": OuterRef("edition"), "stage": OuterRef("stage"), "round": OuterRef("round")}
        ended = Decision.objects.filter(edition=OuterRef("edition")).exclude(outcome=Outcome.APPROVE)
        recalled = Recall.objects.filter(edition=OuterRef("edition"))
        rows = self.annotate(
            holder_id=Coalesce(F("reviewer_id"), Subquery(claimed), output_field=models.BigIntegerField())
        )
        rows = rows.annotate(
            is_accepted=Exists(replies.filter(kind__in=[ReplyKind.ACCEPT, ReplyKind.CLAIM])),
            is_complete=Exists(Decision.objects.filter(**here, reviewer=OuterRef("holder_id"))),
            is_refused=Exists(replies.filter(kind__in=ENDING)),
        )
        reaffirmed = Reaffirmation.objects.filter(round__edition=OuterRef("edition"), round__number=OuterRef("round"))
        newer = Edition.objects.filter(
            article=OuterRef("edition__article"), number__gt=OuterRef("edition__number"), publication__isnull=False
        )
        review_over = (
            Q(round=1, edition__publication__isnull=False)
            | Q(edition__publication__withdrawal__isnull=False)
            | Exists(ended)
            | Exists(recalled)
            | Exists(reaffirmed)
            | Exists(newer)
        )
        return rows.annotate(
            is_ended=models.Case(
                models.When(Q(is_complete=False) & (Q(is_refused=True) | review_over), then=True),
                default=False,
                output_field=models.BooleanField(),
            )
        )

    def waiting(self) -> Self:
        """Assignments that still wait for a decision."""
        return self.with_state().filter(is_complete=False, is_ended=False)

    def held_by(self, user: Any) -> Self:
        """Those that somebody was given or has claimed; call after `with_state` or `waiting`."""
        return self.filter(holder_id=user.pk)

    def overdue(self, now: datetime) -> Self:
        return self.waiting().filter(due_at__lt=now)


class Assignment(models.Model):
    """One request to review an edition in a stage: to a person, or to the pool of the stage (`reviewer` is None)."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="assignments")
    round = models.PositiveIntegerField(default=1)
    stage = models.SlugField(max_length=40)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    due_at = models.DateTimeField()
    note = CleanTextField(blank=True)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        permissions = [("assign_reviewer", "Can ask somebody to review")]

    def __str__(self) -> str:
        return f"{self.edition}, {self.stage}: {self.reviewer or 'pool'}"


class AssignmentReply(models.Model):
    """Claimed, accepted, declined with a reason, or cancelled with a reason."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=10, choices=ReplyKind)
    reason = CleanTextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "assignment replies"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReplyKind.values), name="assignment_reply_kind_known"),
            models.UniqueConstraint(
                fields=["assignment", "kind"],
                name="assignment_reply_once",
                violation_error_message="This was answered already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.assignment}"


class SentReminder(models.Model):
    """The ledger of reminders: at most one for each assignment and distance from its due date, in days."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="reminders")
    days = models.SmallIntegerField(help_text="Days after the due date; negative before it.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assignment", "days"], name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.days:+d} days: {self.assignment}"


class Override(models.Model):
    """A medical lead sets an organization or disclosure conflict of one reviewer aside, by signature and with a reason.

    It holds for one edition and stage; `codes` are those of `reviews.eligibility.OVERRIDABLE`.
    """

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="overrides")
    digest = models.CharField(max_length=71)
    stage = models.SlugField(max_length=40)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="overrides")
    codes = models.JSONField()
    reviewer_name = models.CharField(max_length=300)
    reason = CleanTextField()
    attestation = CleanTextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signer_snapshot = models.JSONField()
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        permissions = [("override_conflict", "Can set a reviewer's conflict of interest aside")]
        constraints = [
            models.CheckConstraint(condition=~Q(by=F("reviewer")), name="override_never_for_oneself"),
            models.UniqueConstraint(
                fields=["edition", "stage", "reviewer"],
                name="override_once",
                violation_error_message="A conflict of this reviewer was set aside for this stage already.",
            ),
        ]

    def __str__(self) -> str:
        return f"Override for {self.reviewer_name}: {self.edition}"


class ReviewerSettings(models.Model):
    """What a person chose for themselves: no mail but safety mail, and their role instead of their name in public."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviewer_settings")
    mail_off = models.BooleanField("no mail", default=False, help_text="Mail about safety is sent all the same.")
    by_role_only = models.BooleanField(
        "show my role instead of my name in public",
        default=False,
        help_text="Counts for what you sign from now on. The records keep your name.",
    )

    class Meta:
        verbose_name_plural = "my settings"

    def __str__(self) -> str:
        return str(self.user)
