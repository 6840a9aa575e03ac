"""The buttons of the discussion: comment, answer, settle. Each is one action."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from reviews import actions
from reviews.admin.pages import acted, routed, visible_edition
from reviews.forms import AnswerForm, CommentForm, ResolveForm
from reviews.models import Comment, Edition
from reviews.permissions import may_block


def urls() -> list[Any]:
    return [
        routed("<int:edition_id>/comment/", comment_view, "comment"),
        routed("<int:edition_id>/comments/<int:comment_id>/answer/", answer_view, "answer_comment"),
        routed("<int:edition_id>/comments/<int:comment_id>/resolve/", resolve_view, "resolve_comment"),
    ]


@require_POST
def comment_view(request: HttpRequest, edition_id: int) -> HttpResponse:
    edition = visible_edition(request, edition_id)
    form = CommentForm(request.POST, edition=edition, may_block=may_block(request.user))
    return acted(
        request,
        edition,
        form,
        lambda values: actions.comment(edition, by=request.user, **values),
        "Your comment was added.",
        part="comment",
        anchor="comments",
    )


@require_POST
def answer_view(request: HttpRequest, edition_id: int, comment_id: int) -> HttpResponse:
    edition, comment = _thread(request, edition_id, comment_id)
    form = AnswerForm(request.POST, name=f"answer_{comment.pk}")
    return acted(
        request,
        edition,
        form,
        lambda values: actions.answer(comment, by=request.user, **values),
        "Your answer was added.",
        part=f"answer-{comment.pk}",
        anchor=f"comment-{comment.pk}",
    )


@require_POST
def resolve_view(request: HttpRequest, edition_id: int, comment_id: int) -> HttpResponse:
    edition, comment = _thread(request, edition_id, comment_id)
    form = ResolveForm(request.POST, name=f"resolve_{comment.pk}")
    return acted(
        request,
        edition,
        form,
        lambda values: actions.resolve(comment, by=request.user, **values),
        "The comment is settled.",
        part=f"resolve-{comment.pk}",
        anchor="comments",
    )


def _thread(request: HttpRequest, edition_id: int, comment_id: int) -> tuple[Edition, Comment]:
    """Return the edition on whose page the button stood, and a comment on it or on one before it."""
    edition = visible_edition(request, edition_id)
    rows = Comment.objects.up_to(edition).select_related("edition__article")
    return edition, get_object_or_404(rows, pk=comment_id)
