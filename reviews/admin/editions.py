"""The pages of an edition: submit, read, decide, recall, revoke, restore. Each button is one action."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone

from articles.models import Article
from reviews import actions
from reviews.admin.base import ReadOnlyAdmin, attempt
from reviews.comparing import bases_of, comparison
from reviews.forms import DecideForm, ReasonForm, RevokeForm, SubmitForm
from reviews.models import Decision, Edition, Outcome
from reviews.permissions import may_recall, may_submit, reasons_against
from reviews.policy import missing_approvals, stage_is_ready
from reviews.signing import confirm_password


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "In review"), ("returned", "Returned"), ("recalled", "Recalled"), ("published", "Published")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        states = {
            "open": {"has_recall": False, "has_return": False, "has_publication": False},
            "returned": {"has_return": True},
            "recalled": {"has_recall": True},
            "published": {"has_publication": True},
        }
        return queryset.filter(**states[self.value()]) if self.value() in states else queryset  # type: ignore[index]


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ["title", "number", "state", "tier", "submitted_by", "submitted_at"]
    list_filter = [StateFilter, "change_class", "language"]
    list_select_related = ["submitted_by"]
    search_fields = ["article__title", "article__topic__name"]
    ordering = ["-submitted_at"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return Edition.objects.visible_to(request.user).with_state()

    @admin.display(description="article", ordering="article__title")
    def title(self, edition: Edition) -> str:
        return edition.content["title"]

    @admin.display(description="state")
    def state(self, edition: Any) -> str:
        if edition.has_recall:
            return "Recalled"
        if edition.has_publication:
            return "Published"
        return "Returned" if edition.has_return else "In review"

    @admin.display(description="tier")
    def tier(self, edition: Edition) -> str:
        return str(edition.policy["risk_tier"])

    def get_urls(self) -> list[Any]:
        def page(route: str, view: Any, name: str) -> Any:
            return path(route, self.admin_site.admin_view(view), name=f"reviews_{name}")

        return [
            page("submit/<uuid:article_id>/", self.submit_view, "submit"),
            page("<int:edition_id>/decide/", self.decide_view, "decide"),
            page("<int:edition_id>/recall/", self.recall_view, "recall"),
            page("<int:edition_id>/revoke/", self.revoke_view, "revoke"),
            page("<int:edition_id>/restore/", self.restore_view, "restore"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        edition = self._edition(request, object_id)
        return self._edition_page(request, edition)

    def submit_view(self, request: HttpRequest, article_id: UUID) -> HttpResponse:
        article = get_object_or_404(Article.objects.visible_to(request.user), pk=article_id)
        if not may_submit(request.user, article):
            raise PermissionDenied("You may not submit this article for review.")
        form = SubmitForm(request.POST or None, initial={"expected_version": article.version})
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            edition = attempt(request, form, lambda: actions.submit(article, by=request.user, **values))
            if edition:
                messages.success(request, f"Edition {edition.number} is in review.")
                return redirect("admin:reviews_edition_change", edition.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Submit for review: {article.title}",
            "article": article,
            "form": form,
            "blockers": actions.submission_blockers(article),
            "open_edition": article.editions.open().first(),
            "opts": Article._meta,
        }
        return render(request, "admin/reviews/submit.html", context)

    def decide_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        edition = self._edition(request, edition_id)
        form = DecideForm(request.POST or None, edition=edition, stages=edition.policy["stages"])
        if request.method == "POST" and form.is_valid():
            decision = attempt(request, form, lambda: _decide(request, edition, form.cleaned_data))
            if decision:
                messages.success(request, f"Signed: {decision.attestation}")
                return redirect("admin:reviews_edition_change", edition.pk)
        return self._edition_page(request, self._edition(request, edition_id), decide_form=form)

    def recall_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        def act(edition: Edition, values: dict[str, Any]) -> Any:
            return actions.recall(edition, by=request.user, **values)

        return self._reason_view(request, edition_id, ReasonForm, act, "The edition was recalled.")

    def revoke_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        def act(edition: Edition, values: dict[str, Any]) -> Any:
            return actions.revoke(edition, by=request.user, **values)

        return self._reason_view(request, edition_id, RevokeForm, act, "Your approval was taken back.")

    def restore_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        def act(edition: Edition, values: dict[str, Any]) -> Any:
            return actions.restore(edition, by=request.user, **values)

        return self._reason_view(
            request, edition_id, ReasonForm, act, "The edition was copied into the draft. Submit it when it is ready."
        )

    def _reason_view(
        self,
        request: HttpRequest,
        edition_id: int,
        form_class: Any,
        act: Callable[[Edition, dict[str, Any]], Any],
        done: str,
    ) -> HttpResponse:
        edition = self._edition(request, edition_id)
        form = form_class(request.POST or None)
        posted = request.method == "POST" and form.is_valid()
        if posted and attempt(request, form, lambda: act(edition, form.cleaned_data)):
            messages.success(request, done)
            return redirect("admin:reviews_edition_change", edition.pk)
        for error in (error for errors in form.errors.values() for error in errors):
            messages.error(request, error)
        return self._edition_page(request, self._edition(request, edition_id))

    def _edition(self, request: HttpRequest, edition_id: Any) -> Edition:
        rows = Edition.objects.visible_to(request.user).select_related("article", "submitted_by", "publication")
        return get_object_or_404(rows, pk=edition_id)

    def _edition_page(self, request: HttpRequest, edition: Edition, **context: Any) -> HttpResponse:
        user, today = request.user, timezone.now().date()
        ready = [
            stage
            for stage in edition.policy["stages"]
            if stage_is_ready(edition.policy, stage, actions.signatures(edition))
        ]
        stages = [
            {
                "stage": stage,
                "is_ready": stage in ready,
                "reasons": reasons_against(user, edition, stage, today=today),
                "sentence": actions.attestation(edition, Outcome.APPROVE, stage),
            }
            for stage in edition.policy["stages"]
        ]
        mine = [row["stage"] for row in stages if row["is_ready"] and not row["reasons"]] if edition.is_open else []
        form = context.pop("decide_form", None) or DecideForm(edition=edition, stages=mine)
        bases = bases_of(edition, user)
        base = next((row for row in bases if row.key == request.GET.get("since")), None)
        page = {
            **self.admin_site.each_context(request),
            "title": f"Edition {edition.number}",
            "subtitle": edition.content["title"],
            "opts": Edition._meta,
            "edition": edition,
            "content": edition.content,
            "bases": bases,
            "base": base,
            "changes": comparison(base.edition, edition) if base else None,
            "blockers": missing_approvals(edition.policy, edition.content, actions.signatures(edition)),
            "stages": stages,
            "my_stages": [row for row in stages if row["stage"] in mine],
            "decide_form": form,
            "decide_url": reverse("admin:reviews_decide", args=[edition.pk]),
            "may_recall": edition.is_open and may_recall(user, edition),
            "my_approvals": _standing_approvals(edition, user),
            "reason_form": ReasonForm(),
            "may_restore": user.has_perm("articles.change_article"),
        }
        return render(request, "admin/reviews/edition.html", page | context)


def _decide(request: HttpRequest, edition: Edition, values: dict[str, Any]) -> Decision:
    if values["outcome"] == Outcome.APPROVE:
        confirm_password(request, values["password"])
    return actions.decide(
        edition,
        values["outcome"],
        by=request.user,
        stage=values["stage"],
        expected_digest=values["digest"],
        comment=values["comment"],
    )


def _standing_approvals(edition: Edition, user: Any) -> list[Decision]:
    mine = [row for row in edition.facts["decisions"] if row.reviewer_id == user.pk]
    revoked = {row.stage for row in mine if row.outcome == Outcome.REVOKE}
    return [row for row in mine if row.outcome == Outcome.APPROVE and row.stage not in revoked]
