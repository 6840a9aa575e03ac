"""Read-only lists of what was published and taken back; they carry the addresses of the buttons and the desk."""

from typing import Any

from django.contrib import admin

from publishing.admin import buttons, desk
from publishing.models import (
    Address,
    Alert,
    Endorsement,
    Extension,
    PartWithdrawal,
    Publication,
    Schedule,
    Withdrawal,
)
from reviews.admin import ReadOnlyAdmin


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    list_display = ["edition", "seq", "change", "correction_kind", "published_by", "published_at", "is_withdrawn"]
    list_select_related = ["edition", "published_by", "withdrawal"]
    list_filter = ["change", "correction_kind"]

    def get_urls(self) -> list[Any]:
        return [*buttons.urls(), *desk.urls(), *super().get_urls()]

    @admin.display(boolean=True, description="withdrawn")
    def is_withdrawn(self, publication: Publication) -> bool:
        return publication.is_withdrawn


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin):
    list_display = ["publication", "kind", "reason", "by", "at"]
    list_select_related = ["publication__edition", "by"]
    list_filter = ["kind"]


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ["edition", "due_at", "zone", "by", "how_it_ended"]
    list_select_related = ["edition", "by", "end"]

    @admin.display(description="how it ended")
    def how_it_ended(self, schedule: Schedule) -> str:
        return "waiting" if schedule.is_waiting else f"{schedule.end.get_outcome_display()} {schedule.end.reason}"


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["publication", "kind", "reason", "by", "at", "is_answered"]
    list_select_related = ["publication__edition", "by", "resolution"]
    list_filter = ["kind"]

    @admin.display(boolean=True, description="answered")
    def is_answered(self, alert: Alert) -> bool:
        return not alert.is_open


@admin.register(PartWithdrawal)
class PartWithdrawalAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "reason", "by", "at"]
    list_filter = ["kind"]


@admin.register(Extension)
class ExtensionAdmin(ReadOnlyAdmin):
    list_display = ["publication", "due_on", "until", "reason", "by", "at"]
    list_select_related = ["publication__edition", "by"]


@admin.register(Endorsement)
class EndorsementAdmin(ReadOnlyAdmin):
    list_display = ["publication", "printed_name", "comment", "at"]
    list_select_related = ["publication__edition"]


@admin.register(Address)
class AddressAdmin(ReadOnlyAdmin):
    list_display = ["article", "language", "slug", "reason", "by", "at"]
    list_select_related = ["article", "by"]
