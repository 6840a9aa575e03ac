"""My settings: what each person chose for themselves about mail and the name that is shown. Nobody sees another's."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from reviews.models import ReviewerSettings


class ReviewerSettingsForm(forms.ModelForm):
    class Meta:
        model = ReviewerSettings
        fields = ["mail_off", "by_role_only"]


@admin.register(ReviewerSettings)
class ReviewerSettingsAdmin(admin.ModelAdmin):
    """One page, about whoever is logged in: there is no list, and no address that names somebody else's row."""

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.my_settings_view)
        # The front page of the admin finds its link by the name of the list.
        return [path("", page, name=f"reviews_{name}") for name in ("my_settings", "reviewersettings_changelist")]

    def my_settings_view(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        mine = ReviewerSettings.objects.filter(user=user).first()
        form = ReviewerSettingsForm(request.POST if request.method == "POST" else None, instance=mine)
        if form.is_valid():
            ReviewerSettings.objects.update_or_create(user=user, defaults=form.cleaned_data)
            messages.success(request, "Your settings are saved.")
            return redirect("admin:reviews_my_settings")
        context = {**self.admin_site.each_context(request), "title": "My settings", "form": form}
        return render(request, "admin/reviews/my_settings.html", context)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
