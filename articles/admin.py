"""Writing in the admin: articles with their viewpoints, topics, contributors, sources, disclaimers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from articles.actions import _save_article, _save_disclaimer
from articles.forms import ArticleForm, DraftForm, ReasonedForm, TopicForm, ViewpointForm
from articles.history import remove, write
from articles.models import (
    Article,
    Contributor,
    Credential,
    Disclaimer,
    Disclosure,
    Interest,
    Reference,
    Topic,
    TopicCode,
    Viewpoint,
)
from articles.permissions import may_edit

admin.site.site_header = "Second Opinion"
admin.site.site_title = "Second Opinion"
admin.site.index_title = "Editorial desk"


class DraftAdmin(SimpleHistoryAdmin):
    """Every write names who writes; nothing is deleted that something else still uses."""

    form = ReasonedForm
    list_per_page = 50
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change or form.has_changed():
            self.write(request, obj, form.cleaned_data.get("reason", ""))

    def write(self, request: HttpRequest, obj: Any, reason: str) -> None:
        write(obj, by=request.user, reason=reason)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        reason = form.cleaned_data.get("reason", "")
        rows = formset.save(commit=False)
        for row in formset.deleted_objects:
            remove(row, by=request.user, reason=reason)
        for row in rows:
            write(row, by=request.user, reason=reason)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        remove(obj, by=request.user, reason="Deleted in the admin")

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            remove(row, by=request.user, reason="Deleted in the admin")


class PlainInline(admin.TabularInline):
    extra = 0
    form = DraftForm


class TopicCodeInline(PlainInline):
    model = TopicCode


@admin.register(Topic)
class TopicAdmin(DraftAdmin):
    form = TopicForm
    inlines = [TopicCodeInline]
    list_display = ["name", "kind", "specialty"]
    list_filter = ["kind", "specialty"]
    search_fields = ["name", "also_called"]
    prepopulated_fields = {"slug": ["name"]}


class CredentialInline(admin.StackedInline):
    model = Credential
    form = DraftForm
    extra = 0
    fields = [
        ("label", "profession", "specialty"),
        ("issuer", "number"),
        ("verified_on", "verified_by", "expires_on"),
    ]


class DisclosureInline(PlainInline):
    model = Disclosure
    show_change_link = True


@admin.register(Contributor)
class ContributorAdmin(DraftAdmin):
    inlines = [CredentialInline, DisclosureInline]
    list_display = ["name", "kind", "affiliation"]
    list_filter = ["kind"]
    search_fields = ["name", "affiliation"]
    autocomplete_fields = ["employer"]
    fieldsets = [
        (None, {"fields": ["kind", "name", "affiliation", "employer", "lay", "bio"]}),
        ("Identifiers and login", {"fields": ["orcid", "ror", "user"]}),
        ("Why", {"fields": ["reason"]}),
    ]


class InterestInline(PlainInline):
    model = Interest


@admin.register(Disclosure)
class DisclosureAdmin(DraftAdmin):
    inlines = [InterestInline]
    list_display = ["contributor", "status", "as_of"]
    list_filter = ["status"]
    search_fields = ["contributor__name"]
    autocomplete_fields = ["contributor"]


@admin.register(Reference)
class ReferenceAdmin(DraftAdmin):
    list_display = ["title", "type", "publisher", "year", "status"]
    list_filter = ["type", "status"]
    search_fields = ["title", "authors", "publisher", "doi", "pmid", "url"]


@admin.register(Disclaimer)
class DisclaimerAdmin(DraftAdmin):
    list_display = ["kind", "version", "placement", "text"]
    list_filter = ["kind", "placement"]
    search_fields = ["text", "kind"]
    readonly_fields = ["version"]

    def write(self, request: HttpRequest, obj: Any, reason: str) -> None:
        _save_disclaimer(obj, by=request.user, reason=reason)


class ViewpointInline(admin.StackedInline):
    model = Viewpoint
    form = ViewpointForm
    extra = 0
    fields = [("heading", "perspective", "certainty", "position"), "contributors", "body", "citations"]

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or may_edit(request.user, obj)

    has_add_permission = has_delete_permission = has_change_permission


@admin.register(Article)
class ArticleAdmin(DraftAdmin):
    """The form hands its values to `save_article`; the admin's own saving writes nothing."""

    form = ArticleForm
    inlines = [ViewpointInline]
    list_display = ["title", "topic", "risk_tier", "language", "viewpoint_count", "owner"]
    list_filter = ["risk_tier", "language", "aspect", ("topic__specialty", admin.AllValuesFieldListFilter)]
    list_select_related = ["topic", "owner"]
    search_fields = ["title", "topic__name", "summary"]
    autocomplete_fields = ["topic", "translation_of"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "topic",
                    "title",
                    "slug",
                    ("aspect", "risk_tier", "language"),
                    "audience",
                    ("translation_of", "translated_edition"),
                ]
            },
        ),
        ("What the page says before the viewpoints", {"fields": ["summary", "see_doctor"]}),
        ("Where the viewpoints agree and differ", {"fields": ["synthesis"]}),
        ("Disclaimers", {"fields": ["disclaimers"]}),
        ("Why this change", {"fields": ["reason", "expected_version"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return Article.objects.visible_to(request.user).prefetch_related("viewpoints")

    @admin.display(description="viewpoints")
    def viewpoint_count(self, article: Article) -> int:
        return len(article.viewpoints.all())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_edit(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write nothing yet: `save_related` has the whole aggregate."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        cleaned = form.cleaned_data
        form.instance = _save_article(
            form.instance,
            form.article_values() | {"viewpoints": _viewpoints(form.instance, formsets[0])},
            by=request.user,
            expected_version=cleaned.get("expected_version"),
            reason=cleaned.get("reason", ""),
        )

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return form.cleaned_data.get("reason") or ("Created" if add else "Changed")


def _viewpoints(article: Article, formset: Any) -> list[dict[str, Any]]:
    """Return the viewpoints as the form has them, in order; what somebody else added meanwhile stays, at the end."""
    kept = [form for form in formset.forms if form not in formset.deleted_forms and _is_filled(form)]
    parts = [form.viewpoint_values() for form in sorted(kept, key=lambda form: form.cleaned_data["position"] or 0)]
    shown = {str(form.instance.pk) for form in formset.forms}
    others = [] if article._state.adding else article.viewpoints.all()
    return parts + [{"id": str(row.pk)} for row in others if str(row.pk) not in shown]


def _is_filled(form: forms.ModelForm) -> bool:
    return not form.instance._state.adding or form.has_changed()
