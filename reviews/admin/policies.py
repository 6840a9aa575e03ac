"""The review policies: data that a medical lead edits; saving makes the next version."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from articles.admin import DraftAdmin
from articles.forms import DraftForm, LinesField, ReasonedForm
from articles.history import write
from reviews.models import ReviewPolicy, Stage


class PolicyForm(ReasonedForm):
    required_disclaimers = LinesField(required=False, help_text="Kinds of disclaimers, one a line.")
    blocking_checks = LinesField(required=False, help_text="Names of content checks, one a line.")

    class Meta:
        model = ReviewPolicy
        exclude: list[str] = []


class StageForm(DraftForm):
    checklist = LinesField(
        required=False, help_text="Questions that are answered before signing, one a line. Old editions keep theirs."
    )

    class Meta:
        model = Stage
        exclude: list[str] = []


class StageInline(admin.StackedInline):
    model = Stage
    form = StageForm
    fields = [("label", "key", "order"), ("group", "holder"), ("quorum", "specialists", "due_days"), "checklist"]
    extra = 0


@admin.register(ReviewPolicy)
class ReviewPolicyAdmin(DraftAdmin):
    """Saving makes the next version; editions already submitted keep the policy they were submitted under."""

    form = PolicyForm
    inlines = [StageInline]
    list_display = ["name", "risk_tier", "version", "validity_months", "on_expiry"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.version += 1
        write(obj, by=request.user, reason=form.cleaned_data.get("reason", ""))
