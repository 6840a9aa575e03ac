"""Who may review an edition, who was asked, and the conflicts that a medical lead sets aside."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from reviews import actions
from reviews.admin.base import attempt
from reviews.admin.pages import routed, to_edition, visible_edition
from reviews.eligibility import OVERRIDABLE, of_somebody_else
from reviews.events import printed_name
from reviews.forms import POOL, AssignForm, OverrideForm, ReasonForm
from reviews.models import Assignment, Edition
from reviews.permissions import eligible, may_assign, may_override, reasons_against
from reviews.signing import confirm_password


def urls() -> list[Any]:
    return [
        routed("<int:edition_id>/reviewers/", reviewers_view, "reviewers"),
        routed("<int:edition_id>/override/<slug:stage>/<int:user_id>/", override_view, "override"),
        routed("assignments/<int:assignment_id>/<slug:verb>/", assignment_view, "assignment"),
    ]


def reviewers_view(request: HttpRequest, edition_id: int) -> HttpResponse:
    """List who may decide in each stage and what speaks against the others; ask one of them, or the pool."""
    edition = visible_edition(request, edition_id)
    refused = None
    if request.method == "POST":
        form = _assign_form(edition, request.POST.get("stage", ""), request.POST)
        if form.is_valid() and attempt(request, form, lambda: _assign(request, edition, form)):
            messages.success(request, "Asked.")
            return redirect("admin:reviews_reviewers", edition.pk)
        refused = form
    today = timezone.now().date()
    rows = Assignment.objects.with_state().filter(edition=edition).select_related("reviewer", "assigned_by")
    asked = list(rows.prefetch_related("replies__by"))
    context = {
        **admin.site.each_context(request),
        "title": "Reviewers",
        "subtitle": edition.content["title"],
        "opts": Edition._meta,
        "edition": edition,
        "stages": [_stage(request, edition, stage, asked, refused, today) for stage in edition.policy["stages"]],
        "may_assign": bool(edition.open_round) and may_assign(request.user, edition),
        "reason_form": ReasonForm(name="reason"),
        "now": timezone.now(),
    }
    return render(request, "admin/reviews/reviewers.html", context)


def override_view(request: HttpRequest, edition_id: int, stage: str, user_id: int) -> HttpResponse:
    """Show the sentence with which a conflict is set aside, and sign it with the password."""
    edition = visible_edition(request, edition_id)
    reviewer = get_object_or_404(get_user_model(), pk=user_id)
    rules = edition.stage(stage)
    if rules is None:
        raise Http404
    if not may_override(request.user, edition) or reviewer.pk == request.user.pk:
        raise PermissionDenied("Only a medical lead who did not touch the text may set somebody else’s conflict aside.")
    reasons = reasons_against(reviewer, edition, rules, today=timezone.now().date())
    codes = [row.code for row in reasons if row.code in OVERRIDABLE]
    form = OverrideForm(request.POST or None, initial={"digest": edition.digest})

    def act() -> Any:
        values = form.cleaned_data
        confirm_password(request, values["password"])
        said = {"reason": values["reason"], "expected_digest": values["digest"]}
        return actions.override(edition, by=request.user, stage=stage, reviewer=reviewer, **said)

    if request.method == "POST" and form.is_valid() and attempt(request, form, act):
        messages.success(request, f"Set aside. {printed_name(reviewer)} may review this edition now.")
        return redirect("admin:reviews_reviewers", edition.pk)
    name = printed_name(reviewer)
    context = {
        **admin.site.each_context(request),
        "title": f"Set a conflict of {name} aside",
        "subtitle": edition.content["title"],
        "opts": Edition._meta,
        "edition": edition,
        "reasons": of_somebody_else(reasons, name),
        "sentence": actions.override_sentence(edition, rules, codes, name) if codes else "",
        "form": form,
    }
    return render(request, "admin/reviews/override.html", context)


@require_POST
def assignment_view(request: HttpRequest, assignment_id: int, verb: str) -> HttpResponse:
    """Claim, accept, decline, cancel or give to somebody else; then back to where the button stood."""
    rows = Assignment.objects.select_related("edition__article")
    visible = Edition.objects.visible_to(request.user)
    assignment = get_object_or_404(rows.filter(edition__in=visible), pk=assignment_id)
    form: Any = ReasonForm(request.POST, name="reason")
    verbs: dict[str, Any] = {
        "claim": lambda: actions.claim(assignment, by=request.user),
        "accept": lambda: actions.accept(assignment, by=request.user),
        "decline": lambda: actions.decline(assignment, by=request.user, reason=form.cleaned_data["reason"]),
        "cancel": lambda: actions.cancel(assignment, by=request.user, reason=form.cleaned_data["reason"]),
        "reassign": lambda: _reassign(request, assignment, form),
    }
    if verb not in verbs:
        raise Http404
    form.fields["reason"].required = verb in ("decline", "cancel", "reassign")
    if form.is_valid() and attempt(request, form, verbs[verb]):
        messages.success(request, DONE[verb])
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
    if verb in ("cancel", "reassign"):
        return redirect("admin:reviews_reviewers", assignment.edition_id)
    return to_edition(assignment.edition)


DONE = {
    "claim": "It is yours now.",
    "accept": "Accepted. Thank you.",
    "decline": "Declined. Whoever asked you is told.",
    "cancel": "The request was taken back.",
    "reassign": "Somebody else was asked.",
}


def _assign(request: HttpRequest, edition: Edition, form: AssignForm) -> Assignment:
    values = form.cleaned_data
    return actions.assign(
        edition,
        by=request.user,
        stage=values["stage"],
        reviewer=_reviewer(values["reviewer"]),
        due_at=form.due_at(),
        note=values["note"],
    )


def _reassign(request: HttpRequest, assignment: Assignment, form: ReasonForm) -> Assignment:
    reviewer = _reviewer(request.POST.get("reviewer", POOL))
    return actions.reassign(assignment, by=request.user, reason=form.cleaned_data["reason"], reviewer=reviewer)


def _reviewer(choice: str) -> Any:
    if choice == POOL or not choice.isdecimal():
        return None
    return get_object_or_404(get_user_model(), pk=int(choice))


def _assign_form(edition: Edition, key: str, posted: Any = None) -> AssignForm:
    stage = edition.stage(key)
    if stage is None:
        raise Http404
    people = get_user_model().objects.filter(groups__name=stage["group"], is_active=True)
    return AssignForm(posted, stage=stage, reviewers=list(people.order_by("first_name", "last_name", "pk")))


def _stage(
    request: HttpRequest, edition: Edition, stage: dict[str, Any], asked: list[Any], refused: Any, today: Any
) -> dict[str, Any]:
    people = eligible(edition, stage, today=today)
    lead = may_override(request.user, edition) and bool(edition.open_round)
    form = refused if refused is not None and refused.data.get("stage") == stage["key"] else None
    fit = [user for user, reasons in people if not reasons]
    return {
        "stage": stage,
        "people": [_candidate(request, user, reasons, lead) for user, reasons in people],
        "asked": [_asked(row, people) for row in asked if row.stage == stage["key"]],
        "fit": fit,
        "form": form or AssignForm(stage=stage, reviewers=fit),
    }


def _candidate(request: HttpRequest, user: Any, reasons: list[Any], lead: bool) -> dict[str, Any]:
    codes = {row.code for row in reasons}
    return {
        "user": user,
        "name": printed_name(user),
        "credentials": [row.label for row in user.contributor.credentials.all()]
        if hasattr(user, "contributor")
        else [],
        "reasons": of_somebody_else(reasons, printed_name(user)),
        "may_override": lead and bool(codes) and codes <= OVERRIDABLE and user.pk != request.user.pk,
    }


def _asked(row: Any, people: list[Any]) -> dict[str, Any]:
    names = {user.pk: printed_name(user) for user, _ in people}
    replies = list(row.replies.all())
    held = next((reply.by for reply in replies if reply.kind == "claim"), None) or row.reviewer
    return {
        "row": row,
        "name": names.get(held.pk, printed_name(held)) if held else "Everybody with this role",
        "state": _state(row),
        "is_waiting": not row.is_complete and not row.is_ended,
        "reply": next((reply for reply in reversed(replies) if reply.reason), None),
    }


def _state(row: Any) -> str:
    if row.is_complete:
        return "Complete"
    if row.is_ended:
        return "Ended"
    if row.due_at < timezone.now():
        return "Overdue"
    return "Accepted" if row.is_accepted else "Waiting for an answer"
