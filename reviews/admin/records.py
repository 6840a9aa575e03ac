"""The records as lists that are looked at, never edited."""

from django.contrib import admin

from reviews.admin.base import ReadOnlyAdmin
from reviews.models import Decision, Event, Recall


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["edition", "stage", "outcome", "reviewer", "signed_at"]
    list_filter = ["outcome", "stage"]
    list_select_related = ["edition", "reviewer"]


@admin.register(Recall)
class RecallAdmin(ReadOnlyAdmin):
    list_display = ["edition", "by", "reason", "at"]
    list_select_related = ["edition", "by"]


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["seq", "at", "actor_name", "action", "object_type", "object_id"]
    list_filter = ["action"]
    search_fields = ["actor_name", "article_id"]
