"""What the desk's pages share: finding an edition that one may see, and the page of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.safestring import mark_safe

from reviews import actions, eligibility
from reviews.admin.base import attempt
from reviews.anchors import texts_of
from reviews.comparing import bases_of, comparison, findings_of
from reviews.forms import AnswerForm, CommentForm, DecideForm, ReasonForm, ResolveForm
from reviews.marking import marked
from reviews.models import Assignment, Decision, Edition, Outcome
from reviews.permissions import (
    candidate,
    matter_of,
    may_answer_revocation,
    may_assign,
    may_block,
    may_open_round,
    may_recall,
    may_speak,
    names_of,
)
from reviews.policy import missing_approvals, stage_is_ready
from reviews.queues import minutes_to_read
from reviews.threads import Thread, marks_by_place, threads_of


def routed(route: str, view: Any, name: str) -> Any:
    """Return a page of the admin, open to staff alone."""
    return path(route, admin.site.admin_view(view), name=f"reviews_{name}")


def visible_edition(request: HttpRequest, edition_id: Any) -> Edition:
    rows = Edition.objects.visible_to(request.user)
    rows = rows.select_related("article", "submitted_by", "recall__by", "publication__withdrawal")
    edition: Edition = get_object_or_404(rows.prefetch_related("decisions"), pk=edition_id)
    if edition.is_published:
        prefetch_related_objects([edition], "rounds__reaffirmation")
    return edition


def to_edition(edition: Edition, anchor: str = "") -> HttpResponse:
    response = redirect("admin:reviews_edition_change", edition.pk)
    response["Location"] += f"#{anchor}" if anchor else ""
    return response


def acted(
    request: HttpRequest, edition: Edition, form: Any, act: Callable[[dict[str, Any]], Any], done: str, **context: Any
) -> HttpResponse:
    """Run one action with what the form holds; a refusal shows the page again with the form as it was filled in."""
    result = attempt(request, form, lambda: act(form.cleaned_data)) if form.is_valid() else None
    if result is not None:
        messages.success(request, done)
        return to_edition(edition, str(context.get("anchor", "")))
    return edition_page(request, visible_edition(request, edition.pk), refused=form, **context)


def edition_page(
    request: HttpRequest, edition: Edition, *, refused: Any = None, part: str = "", **context: Any
) -> HttpResponse:
    """Show an edition. `refused`: the form that an action refused, which stands in the `part` of the page."""
    user: Any = request.user
    waiting: Any = Assignment.objects.waiting().filter(edition=edition).select_related("assigned_by")
    bases = bases_of(edition, user)
    base = next((row for row in bases if row.key == request.GET.get("since")), None)
    threads = threads_of(edition, user)
    stages = _stages(edition, user)
    asked = list(waiting) if edition.open_round else []
    held_by = [row.comment for row in threads if row.is_open and row.comment.is_blocking]
    edition.held_by, edition.is_held_up = held_by, bool(held_by)  # type: ignore[attr-defined]
    fit = [row["stage"]["key"] for row in stages if not row["reasons"]]
    page = {
        **admin.site.each_context(request),
        "title": f"Edition {edition.number}",
        "subtitle": edition.content["title"],
        "opts": Edition._meta,
        "edition": edition,
        "content": edition.content,
        "text": None if base else marked_texts(edition, threads),
        "minutes": minutes_to_read(edition),
        "bases": bases,
        "base": base,
        "changes": comparison(base.edition, edition) if base else None,
        "findings": [] if base else findings_of(edition, today=timezone.now().date()),
        "touched": names_of(edition.touched_by),
        "blockers": missing_approvals(edition.policy, edition.content, actions.signatures(edition)),
        "stages": stages,
        "decide_forms": _decide_forms(edition, stages, refused if part == "decide" else None),
        "threads": [_with_forms(row, refused, part) for row in threads],
        "open_blocking": held_by,
        "comment_form": _comment_form(edition, user, refused if part == "comment" else None),
        "mine": next((row for row in asked if row.holder_id == user.pk), None),
        "pool": next((row for row in asked if row.holder_id is None and row.stage in fit), None),
        "my_approvals": standing_approvals(edition, user),
        "may_recall": edition.is_open and may_recall(user, edition),
        "may_assign": bool(edition.open_round) and may_assign(user, edition),
        "may_open_round": _is_reviewable(edition) and may_open_round(user, edition),
        "may_restore": user.has_perm("articles.change_article"),
        "questions": [row for row in _questions(edition) if may_answer_revocation(user, row)],
        "reason_form": ReasonForm(name="reason"),
        "newer": None if edition.is_open else _newer(edition),
        "refused": refused,
        "part": part,
    }
    return render(request, "admin/reviews/edition.html", page | context)


def marked_texts(edition: Edition, threads: list[Thread]) -> dict[str, Any]:
    """Return the texts of an edition as HTML by place, with a mark wherever a comment stands."""
    content, marks, texts = edition.content, marks_by_place(threads), texts_of(edition.content)
    html = {str(row["id"]): row["body_html"] for row in content["viewpoints"]}
    html |= {"see_doctor": content["see_doctor_html"], "synthesis": content["synthesis_html"]}
    # Every piece was sanitized when it was frozen; `marked` adds its own marks to it and escapes the words.
    return {place: mark_safe(marked(body, texts[place], marks.get(place, ()))) for place, body in html.items()}


def standing_approvals(edition: Edition, user: Any) -> list[Decision]:
    """Return the approvals that somebody gave and may still take back: the newest of each stage."""
    mine = [row for row in edition.facts["decisions"] if row.reviewer_id == user.pk]
    newest = {row.stage: row for row in mine if row.outcome == Outcome.APPROVE}
    revoked = {(row.stage, row.round) for row in mine if row.outcome == Outcome.REVOKE}
    return [row for row in newest.values() if (row.stage, row.round) not in revoked]


def _stages(edition: Edition, user: Any) -> list[dict[str, Any]]:
    today, signed = timezone.now().date(), actions.signatures(edition)
    who, matter = candidate(user), matter_of(edition)
    return [
        {
            "stage": stage,
            "is_ready": stage_is_ready(edition.policy, stage, signed),
            "reasons": eligibility.reasons_against(who, matter, stage, today=today),
            "sentence": actions.attestation(edition, Outcome.APPROVE, stage),
        }
        for stage in edition.policy["stages"]
    ]


def _decide_forms(edition: Edition, stages: list[dict[str, Any]], refused: Any) -> list[dict[str, Any]]:
    """Return the form of every stage that the reader may decide in now, with the sentence that it signs."""
    if not edition.open_round:
        return []
    rows = [row for row in stages if row["is_ready"] and not row["reasons"]]
    return [
        {
            "stage": row["stage"],
            "sentence": row["sentence"],
            "form": refused
            if refused is not None and refused.data.get("stage") == row["stage"]["key"]
            else DecideForm(edition=edition, stage=row["stage"]),
        }
        for row in rows
    ]


def _comment_form(edition: Edition, user: Any, refused: Any) -> Any:
    if not may_speak(user):
        return None
    return refused or CommentForm(edition=edition, may_block=may_block(user))


def _with_forms(thread: Thread, refused: Any, part: str) -> dict[str, Any]:
    key = str(thread.comment.pk)
    return {
        "thread": thread,
        "answer_form": refused if part == f"answer-{key}" else AnswerForm(name=f"answer_{key}"),
        "resolve_form": refused if part == f"resolve-{key}" else ResolveForm(name=f"resolve_{key}"),
    }


def _newer(edition: Edition) -> Edition | None:
    later = Edition.objects.filter(article=edition.article_id, number__gt=edition.number)
    return later.defer("content").order_by("-number").first()


def _is_reviewable(edition: Edition) -> bool:
    return (
        edition.is_published and not edition.is_closed and not edition.open_round and not edition.publication.is_ended
    )


def _questions(edition: Edition) -> list[Decision]:
    """Return the approvals taken back from a page that is public still, and that nobody answered."""
    if not edition.is_published or edition.publication.is_ended:
        return []
    rows = edition.decisions.filter(outcome=Outcome.REVOKE, revocation_answer__isnull=True)
    return list(rows)
