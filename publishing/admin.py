"""The buttons that make public and take back, each one action, and the read-only lists of what was."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from articles.models import Article
from publishing import actions
from publishing.models import LiveArticle, Publication, Withdrawal, WithdrawalKind
from reviews.admin import ReadOnlyAdmin, attempt
from reviews.models import Edition


class DigestForm(forms.Form):
    """`digest` is the one of the text on the page: another one is refused."""

    digest = forms.CharField(widget=forms.HiddenInput)


class PublishForm(DigestForm):
    note = forms.CharField(
        label="Note for readers",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 80}),
        help_text="What changed, in a sentence. Left empty, the note of the submission is shown.",
    )


class WithdrawForm(forms.Form):
    kind = forms.ChoiceField(choices=WithdrawalKind.choices)
    reason = forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 3, "cols": 80}))
    reader_message = forms.CharField(
        label="What readers are told",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
    )
    replacement = forms.ModelChoiceField(
        Article.objects.none(),
        required=False,
        help_text="A live article on the same topic that readers are sent to instead.",
    )

    def __init__(self, *args: Any, publication: Publication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topic_id = publication.edition.content["topic"]["id"]
        live = LiveArticle.objects.filter(topic_id=topic_id).exclude(pk=publication.article_id).values("pk")
        self.fields["replacement"].queryset = Article.objects.filter(pk__in=live)  # type: ignore[attr-defined]


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    list_display = ["edition", "seq", "change", "published_by", "published_at", "is_withdrawn"]
    list_select_related = ["edition", "published_by", "withdrawal"]
    list_filter = ["change"]

    def get_urls(self) -> list[Any]:
        def page(route: str, view: Any, name: str) -> Any:
            return path(route, self.admin_site.admin_view(view), name=f"publishing_{name}")

        return [
            page("publish/<int:edition_id>/", self.publish_view, "publish"),
            page("reaffirm/<int:edition_id>/", self.reaffirm_view, "reaffirm"),
            page("<int:publication_id>/withdraw/", self.withdraw_view, "withdraw"),
            *super().get_urls(),
        ]

    @admin.display(boolean=True, description="withdrawn")
    def is_withdrawn(self, publication: Publication) -> bool:
        return publication.is_withdrawn

    def publish_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        editions = Edition.objects.visible_to(request.user).select_related("article", "publication")
        edition = get_object_or_404(editions, pk=edition_id)
        form = PublishForm(request.POST or None, initial={"digest": edition.digest, "note": edition.note})
        if request.method == "POST" and form.is_valid():
            digest, note = form.cleaned_data["digest"], form.cleaned_data["note"]
            done = attempt(
                request, form, lambda: actions.publish(edition, by=request.user, expected_digest=digest, note=note)
            )
            if done:
                messages.success(request, f"Edition {edition.number} is public.")
                return redirect("admin:reviews_edition_change", edition.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Publish edition {edition.number}: {edition.content['title']}",
            "edition": edition,
            "form": form,
            "blockers": actions.publication_blockers(edition),
            "opts": Edition._meta,
        }
        return render(request, "admin/publishing/publish.html", context)

    def reaffirm_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        edition = get_object_or_404(Edition.objects.visible_to(request.user).select_related("article"), pk=edition_id)
        form = DigestForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            digest = form.cleaned_data["digest"]
            if attempt(request, form, lambda: actions.reaffirm(edition, by=request.user, expected_digest=digest)):
                messages.success(request, f"Edition {edition.number} was reaffirmed: its review date moved.")
        for error in (error for errors in form.errors.values() for error in errors):
            messages.error(request, str(error))
        return redirect("admin:reviews_edition_change", edition.pk)

    def withdraw_view(self, request: HttpRequest, publication_id: int) -> HttpResponse:
        rows = Publication.objects.select_related("article", "edition").filter(
            edition__in=Edition.objects.visible_to(request.user)
        )
        publication = get_object_or_404(rows, pk=publication_id)
        form = WithdrawForm(request.POST or None, publication=publication)
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            if attempt(request, form, lambda: actions.withdraw(publication, by=request.user, **values)):
                messages.success(request, "The article is withdrawn. No public address shows it any more.")
                return redirect("admin:reviews_edition_change", publication.edition_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Withdraw: {publication.edition.content['title']}",
            "publication": publication,
            "form": form,
            "opts": Edition._meta,
        }
        return render(request, "admin/publishing/withdraw.html", context)


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin):
    list_display = ["publication", "kind", "reason", "by", "at"]
    list_select_related = ["publication__edition", "by"]
