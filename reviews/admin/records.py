"""The records as lists that are looked at, never edited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from reviews.admin.base import ReadOnlyAdmin
from reviews.models import (
    Assignment,
    Comment,
    Decision,
    Edition,
    Override,
    Reaffirmation,
    Recall,
    Resolution,
    ReviewRound,
)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["edition", "stage", "outcome", "reviewer", "signed_at"]
    list_filter = ["outcome", "stage"]
    list_select_related = ["edition", "reviewer"]


@admin.register(Recall)
class RecallAdmin(ReadOnlyAdmin):
    list_display = ["edition", "by", "reason", "at"]
    list_select_related = ["edition", "by"]


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ["edition", "stage", "round", "reviewer", "due_at", "assigned_by", "at"]
    list_filter = ["stage"]
    list_select_related = ["edition", "reviewer", "assigned_by"]


@admin.register(Override)
class OverrideAdmin(ReadOnlyAdmin):
    list_display = ["edition", "stage", "reviewer_name", "reason", "by", "signed_at"]
    list_select_related = ["edition", "by"]


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    list_display = ["text", "severity", "edition", "author_name", "at", "is_settled"]
    list_filter = ["severity"]
    list_select_related = ["edition", "resolution"]
    search_fields = ["text", "exact", "author_name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Comments on the editions that one may see."""
        return super().get_queryset(request).filter(edition__in=Edition.objects.visible_to(request.user))

    @admin.display(boolean=True, description="settled")
    def is_settled(self, comment: Comment) -> bool:
        return comment.is_resolved


@admin.register(Resolution)
class ResolutionAdmin(ReadOnlyAdmin):
    list_display = ["comment", "disposition", "answer", "by_name", "at"]
    list_filter = ["disposition"]
    list_select_related = ["comment"]


@admin.register(ReviewRound)
class ReviewRoundAdmin(ReadOnlyAdmin):
    list_display = ["edition", "number", "reason", "opened_by", "at"]
    list_select_related = ["edition", "opened_by"]


@admin.register(Reaffirmation)
class ReaffirmationAdmin(ReadOnlyAdmin):
    list_display = ["round", "by", "at"]
    list_select_related = ["round__edition", "by"]
