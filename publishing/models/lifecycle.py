"""What happens to an article around its publication. Insert-only rows: the database refuses to change or delete any."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from articles.fields import CleanCharField, CleanTextField
from articles.models import Article
from publishing.models.facts import Publication, Withdrawal
from publishing.models.store import UseKind
from reviews.models import Edition


class Fact(models.Model):
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True


class Address(Fact):
    """That an article has this public address from now on; its newest row counts. Never handed to another article."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="addresses")
    language = models.CharField(max_length=12)
    slug = models.SlugField(max_length=140)
    reason = CleanTextField(blank=True)

    class Meta:
        verbose_name_plural = "addresses"
        ordering = ["pk"]
        permissions = [("move_article", "Can move a public article to another address")]
        indexes = [models.Index(fields=["language", "slug"], name="address_by_slug")]

    def __str__(self) -> str:
        return f"{self.language}/{self.slug}"


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def waiting(self) -> Self:
        return self.filter(end__isnull=True)


class Schedule(Fact):
    """An approved edition is to be published at `due_at` (UTC); `zone` is the IANA name it was asked for in."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="schedules")
    digest = models.CharField(max_length=71)
    due_at = models.DateTimeField()
    zone = models.CharField(max_length=60)
    note = CleanTextField(blank=True)
    correction_kind = models.CharField(max_length=40, blank=True)
    correction_summary = CleanTextField(blank=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["due_at"], name="schedule_by_time")]

    def __str__(self) -> str:
        return f"{self.edition} at {self.due_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_waiting(self) -> bool:
        return not hasattr(self, "end")


class ScheduleOutcome(models.TextChoices):
    FIRED = "fired", "Published"
    FAILED = "failed", "Not published: a gate refused it"
    CANCELLED = "cancelled", "Unscheduled"


class ScheduleEnd(Fact):
    """How a schedule ended. `is_late`: fired more than five minutes after its time, since no worker ran."""

    schedule = models.OneToOneField(Schedule, on_delete=models.PROTECT, related_name="end")
    outcome = models.CharField(max_length=20, choices=ScheduleOutcome)
    reason = CleanTextField(blank=True)
    is_late = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.schedule}: {self.get_outcome_display()}"


class Ratification(Fact):
    """A second medical lead stands behind a suspension."""

    withdrawal = models.OneToOneField(Withdrawal, on_delete=models.PROTECT, related_name="ratification")
    reason = CleanTextField()

    def __str__(self) -> str:
        return f"Ratification of {self.withdrawal}"


class PartKind(models.TextChoices):
    REFERENCE = UseKind.REFERENCE.value, "Reference"
    DISCLAIMER = UseKind.DISCLAIMER.value, "Disclaimer"
    CONTRIBUTOR = UseKind.CONTRIBUTOR.value, "Contributor"


class PartWithdrawal(Fact):
    """A shared part was withdrawn: a reference retracted, a disclaimer or a contributor taken back."""

    kind = models.CharField(max_length=20, choices=PartKind)
    part_id = models.UUIDField()
    name = CleanCharField(max_length=500)
    reason = CleanTextField()
    reader_message = CleanTextField(blank=True)

    class Meta:
        ordering = ["-at"]
        permissions = [("withdraw_part", "Can mark a source, disclaimer or contributor as withdrawn")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "part_id"],
                name="part_withdrawn_once",
                violation_error_message="This is marked as withdrawn already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} “{self.name}” was withdrawn"


class AlertKind(models.TextChoices):
    CONCERN = "concern", "Concern about the text"
    PART = "part", "A source, disclaimer or contributor was withdrawn"


class Alert(Fact):
    """A question about a live article that a person has to answer; with `is_shown`, readers see `reader_message`."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=20, choices=AlertKind)
    part = models.ForeignKey(PartWithdrawal, on_delete=models.PROTECT, null=True, blank=True, related_name="alerts")
    reason = CleanTextField()
    reader_message = CleanTextField(blank=True)
    is_shown = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        permissions = [("resolve_alert", "Can answer an alert about a live article")]
        constraints = [
            models.UniqueConstraint(fields=["publication", "part"], name="alert_once_per_part"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.publication}"

    @property
    def is_open(self) -> bool:
        return not hasattr(self, "resolution")


class AlertResolution(Fact):
    """The signed answer to an alert: the sentence signed, and why."""

    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="resolution")
    reason = CleanTextField()
    attestation = CleanTextField()
    printed_name = CleanCharField(max_length=200)

    def __str__(self) -> str:
        return f"Resolution of {self.alert}"


class Extension(Fact):
    """A review's due date was moved from `due_on` to `until`, once, by at most three months, signed."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="extensions")
    due_on = models.DateField()
    until = models.DateField()
    reason = CleanTextField()
    attestation = CleanTextField()
    printed_name = CleanCharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        permissions = [("extend_review", "Can extend the validity of a review once")]
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "due_on"],
                name="extension_once",
                violation_error_message="This review was extended already.",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("due_on")), name="extension_is_later"),
        ]

    def __str__(self) -> str:
        return f"{self.publication}: extended to {self.until}"


class MilestoneKind(models.TextChoices):
    WARNED = "warned", "The owner was warned"
    OVERDUE = "overdue", "The review is overdue"
    EXPIRED = "expired", "The review has expired"


class Milestone(Fact):
    """A day in the life of a review that came: the worker wrote it, so that nothing public is told by the clock."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="milestones")
    kind = models.CharField(max_length=20, choices=MilestoneKind)
    due_on = models.DateField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["publication", "kind", "due_on"], name="milestone_once")]

    def __str__(self) -> str:
        return f"{self.publication}: {self.get_kind_display()}"


class Endorsement(Fact):
    """The independent approval that an emergency publication owes: by somebody else, who did not touch the text."""

    publication = models.OneToOneField(Publication, on_delete=models.PROTECT, related_name="endorsement")
    digest = models.CharField(max_length=71)
    comment = CleanTextField(blank=True)
    attestation = CleanTextField()
    printed_name = CleanCharField(max_length=200)
    by_role_only = models.BooleanField(default=False)

    class Meta:
        permissions = [("endorse_publication", "Can approve an emergency publication afterwards")]

    def __str__(self) -> str:
        return f"Endorsement of {self.publication}"


class SentNotice(models.Model):
    """Ledger of what the worker told people once: `kind` and the `key` of what it was about."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="notice_sent_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class WorkerRun(models.Model):
    """When the worker last finished a round; the one row that tells editors whether anything will fire."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"worker at {self.at:%Y-%m-%d %H:%M} UTC"
