"""The pages of an edition: submit, read, decide, recall, revoke, review again, restore. Each button is one action."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from articles.models import Article
from articles.permissions import may_edit
from reviews import actions
from reviews.admin import discussion, mine, reviewers
from reviews.admin.base import ReadOnlyAdmin, attempt
from reviews.admin.pages import acted, edition_page, routed, to_edition, visible_edition
from reviews.forms import DecideForm, ReasonForm, RestoreForm, RevokeForm, SubmitForm
from reviews.models import Decision, Edition, Outcome
from reviews.permissions import may_submit
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
        return [
            routed("mine/", mine.mine_view, "mine"),
            routed("submit/<uuid:article_id>/", submit_view, "submit"),
            routed("<int:edition_id>/decide/", decide_view, "decide"),
            routed("<int:edition_id>/recall/", recall_view, "recall"),
            routed("<int:edition_id>/revoke/", revoke_view, "revoke"),
            routed("<int:edition_id>/restore/", restore_view, "restore"),
            routed("<int:edition_id>/round/", open_round_view, "open_round"),
            routed("decisions/<int:decision_id>/answer/", answer_revocation_view, "answer_revocation"),
            *discussion.urls(),
            *reviewers.urls(),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return edition_page(request, visible_edition(request, object_id))


def submit_view(request: HttpRequest, article_id: UUID) -> HttpResponse:
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
        **admin.site.each_context(request),
        "title": f"Submit for review: {article.title}",
        "article": article,
        "form": form,
        "blockers": actions.submission_blockers(article),
        "open_edition": article.editions.open().first(),
        "opts": Article._meta,
    }
    return render(request, "admin/reviews/submit.html", context)


def decide_view(request: HttpRequest, edition_id: int) -> HttpResponse:
    edition = visible_edition(request, edition_id)
    if request.method != "POST":
        return to_edition(edition, "decide")
    key = request.POST.get("stage", "")
    stage = edition.stage(key) or {"key": key}
    form = DecideForm(request.POST, edition=edition, stage=stage)

    def act(values: dict[str, Any]) -> Decision:
        if values["outcome"] == Outcome.APPROVE:
            confirm_password(request, values["password"])
        return actions.decide(
            edition,
            values["outcome"],
            by=request.user,
            stage=values["stage"],
            expected_digest=values["digest"],
            comment=values["comment"],
            answers=form.answers(),
        )

    return acted(request, edition, form, act, "Signed. Thank you.", part="decide")


@require_POST
def recall_view(request: HttpRequest, edition_id: int) -> HttpResponse:
    edition, form = visible_edition(request, edition_id), ReasonForm(request.POST, name="recall")
    return acted(
        request,
        edition,
        form,
        lambda values: actions.recall(edition, by=request.user, **values),
        "The edition was recalled.",
        part="recall",
    )


@require_POST
def revoke_view(request: HttpRequest, edition_id: int) -> HttpResponse:
    edition = visible_edition(request, edition_id)
    form = RevokeForm(request.POST, name=f"revoke_{request.POST.get('stage', '')}")
    return acted(
        request,
        edition,
        form,
        lambda values: actions.revoke(edition, by=request.user, **values),
        "Your approval was taken back.",
        part="revoke",
    )


@require_POST
def open_round_view(request: HttpRequest, edition_id: int) -> HttpResponse:
    edition, form = visible_edition(request, edition_id), ReasonForm(request.POST, name="round")
    return acted(
        request,
        edition,
        form,
        lambda values: actions.open_round(edition, by=request.user, **values),
        "A new round of review is open.",
        part="round",
    )


@require_POST
def answer_revocation_view(request: HttpRequest, decision_id: int) -> HttpResponse:
    visible = Edition.objects.visible_to(request.user)
    rows = Decision.objects.select_related("edition__article").filter(edition__in=visible)
    decision = get_object_or_404(rows, pk=decision_id)
    form = ReasonForm(request.POST, name="question")
    return acted(
        request,
        decision.edition,
        form,
        lambda values: actions.answer_revocation(decision, by=request.user, **values),
        "Your answer was recorded. The page stays up.",
        part="question",
    )


def restore_view(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Show what the public text changed since this edition, and copy the edition into the draft as chosen."""
    edition = visible_edition(request, edition_id)
    if not may_edit(request.user, edition.article):
        raise PermissionDenied("You may not change this article.")
    changed = actions.public_changes(edition)
    form = RestoreForm(request.POST or None, changed=changed)
    if request.method == "POST" and form.is_valid():
        reason, from_live = form.cleaned_data["reason"], form.from_live()
        if attempt(
            request,
            form,
            lambda: actions.restore(edition, by=request.user, reason=reason, from_live=from_live),
        ):
            messages.success(request, "The edition was copied into the draft. Submit it when it is ready.")
            return redirect("admin:articles_article_change", edition.article_id)
    context = {
        **admin.site.each_context(request),
        "title": f"Copy edition {edition.number} into the draft",
        "subtitle": edition.content["title"],
        "edition": edition,
        "form": form,
        "live": actions.public_edition(edition.article) if changed else None,
        "opts": Edition._meta,
    }
    return render(request, "admin/reviews/restore.html", context)
