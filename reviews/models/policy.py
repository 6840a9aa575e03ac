"""Review policies: what an edition needs, by risk tier. An edition keeps a copy, so later edits approve nothing."""

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models

from articles.fields import CleanCharField, CleanJSONField
from articles.history import History
from articles.vocabularies import RiskTier
from reviews.validators import is_list_of_checks, is_list_of_disclaimer_kinds, is_list_of_questions


class Holder(models.TextChoices):
    """Which credential a stage asks of its reviewers."""

    ANYONE = "anyone", "Nobody in particular"
    CLINICIAN = "clinician", "A licensed clinician"
    PHARMACIST_OR_LEGAL = "pharmacist_or_legal", "A pharmacist or legal counsel"


class OnExpiry(models.TextChoices):
    NOTICE = "notice", "Show a notice"
    UNPUBLISH = "unpublish", "Take it off the site"


class ReviewPolicy(models.Model):
    risk_tier = models.PositiveSmallIntegerField(choices=RiskTier, unique=True)
    name = CleanCharField(max_length=120)
    version = models.PositiveIntegerField(default=1, editable=False)
    validity_months = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    warn_days = models.PositiveSmallIntegerField(default=180)
    grace_days = models.PositiveSmallIntegerField(default=30)
    on_expiry = models.CharField(max_length=20, choices=OnExpiry, default=OnExpiry.NOTICE)
    separate_releaser = models.BooleanField("who publishes may not have approved", default=True)
    one_stage_each = models.BooleanField("a reviewer decides in one stage only", default=True)
    fast_path = models.BooleanField("editorial changes may take the fast path", default=True)
    alert_readers = models.BooleanField(
        "readers are told at once when a source, disclaimer or contributor is withdrawn", default=True
    )
    suspend_translations = models.BooleanField(
        "a safety change suspends translations until they follow it", default=True
    )
    credential_max_age_months = models.PositiveSmallIntegerField(default=24)
    disclosure_max_age_months = models.PositiveSmallIntegerField(default=12)
    required_disclaimers = CleanJSONField(default=list, blank=True, validators=[is_list_of_disclaimer_kinds])
    blocking_checks = CleanJSONField(default=list, blank=True, validators=[is_list_of_checks])
    history = History()

    class Meta:
        verbose_name_plural = "review policies"
        ordering = ["risk_tier"]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    def snapshot(self) -> dict[str, Any]:
        """Return the policy as plain values, to be copied into an edition."""
        return {
            "name": self.name,
            "version": self.version,
            "risk_tier": self.risk_tier,
            "validity_months": self.validity_months,
            "warn_days": self.warn_days,
            "grace_days": self.grace_days,
            "on_expiry": self.on_expiry,
            "separate_releaser": self.separate_releaser,
            "one_stage_each": self.one_stage_each,
            "fast_path": self.fast_path,
            "alert_readers": self.alert_readers,
            "suspend_translations": self.suspend_translations,
            "credential_max_age_months": self.credential_max_age_months,
            "disclosure_max_age_months": self.disclosure_max_age_months,
            "required_disclaimers": list(self.required_disclaimers),
            "blocking_checks": list(self.blocking_checks),
            "stages": [
                {
                    "key": stage.key,
                    "label": stage.label,
                    "order": stage.order,
                    "group": stage.group,
                    "holder": stage.holder,
                    "quorum": stage.quorum,
                    "specialists": stage.specialists,
                    "due_days": stage.due_days,
                    "checklist": list(stage.checklist),
                }
                for stage in sorted(self.stages.all(), key=lambda stage: (stage.order, stage.key))
            ],
        }


class Stage(models.Model):
    """One step of a policy: `quorum` approvals by members of `group`, `specialists` of them in the topic's specialty."""

    policy = models.ForeignKey(ReviewPolicy, on_delete=models.PROTECT, related_name="stages")
    key = models.SlugField(max_length=40)
    label = CleanCharField(max_length=80)
    order = models.PositiveSmallIntegerField(default=1, help_text="Stages of the same order run in parallel.")
    group = CleanCharField(max_length=150, help_text="The role that decides here, for example Medical reviewer.")
    holder = models.CharField(max_length=30, choices=Holder, default=Holder.ANYONE)
    quorum = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    specialists = models.PositiveSmallIntegerField(default=0)
    due_days = models.PositiveSmallIntegerField(default=14)
    checklist = CleanJSONField(
        default=list, blank=True, validators=[is_list_of_questions], help_text="Questions to answer before signing."
    )
    history = History()

    class Meta:
        ordering = ["order", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "key"],
                name="stage_once_per_policy",
                violation_error_message="This policy has a stage of this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.label
