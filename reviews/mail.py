"""Mail about reviews: who hears of what, in which words. Written and sent after the commit of what it tells.

Actions call the functions without underscore in their last beat; these look nothing up and cannot fail an action.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from reviews.events import printed_name
from reviews.letters import Letter, deliver, flat, shortened
from reviews.models import (
    Assignment,
    AssignmentReply,
    Comment,
    Decision,
    Edition,
    Outcome,
    Resolution,
    Severity,
)
from reviews.permissions import eligible, matter_of
from reviews.policy import full_review_of, stage_is_ready

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
HEADINGS = {
    Severity.ADVISORY: "Comment",
    Severity.BLOCKING: "Blocking comment",
    Severity.BLOCKING_SAFETY: "Safety: blocking comment",
}
BLOCKS = "Nobody can approve or publish this edition until the comment is settled."
#: Characters of the page's words that a comment is about.
LONGEST_QUOTE = 200


def assigned(assignment: Assignment) -> None:
    """Tell whoever was asked to review; for a request to the pool everybody who may take it."""
    after_commit(_on_assigned, assignment.pk)


def declined(reply: AssignmentReply) -> None:
    """Tell whoever asked that the request was declined."""
    after_commit(_on_declined, reply.pk)


def returned(decision: Decision) -> None:
    """Tell the authors that an edition came back."""
    after_commit(_on_returned, decision.pk)


def approved(edition: Edition) -> None:
    """Tell the submitter, and who can publish, that every approval is there."""
    after_commit(_on_approved, edition.pk)


def revoked(decision: Decision) -> None:
    """Tell the authors that an approval was taken back; of a public page the medical leads too, whatever they chose."""
    after_commit(_on_revoked, decision.pk)


def commented(comment: Comment) -> None:
    """Tell whoever wrote the text, or takes part in the thread; about safety the medical leads too."""
    after_commit(_on_commented, comment.pk)


def resolved(resolution: Resolution) -> None:
    """Tell whoever raised a comment how it was settled."""
    after_commit(_on_resolved, resolution.pk)


def edition_of(pk: int) -> Edition:
    """Return an edition with all that its letters ask of it."""
    rows = Edition.objects.select_related("article", "publication", "recall").prefetch_related("decisions")
    return rows.get(pk=pk)


def asked(assignment: Assignment, holder_id: int | None, edition: Edition) -> frozenset[int]:
    """Return the ids of those a request is to: its holder, or everybody who may decide in the stage today."""
    if holder_id:
        return frozenset({holder_id})
    today = timezone.now().date()
    people = eligible(edition, stage_of(edition, assignment.stage), today=today)
    return frozenset(user.pk for user, reasons in people if not reasons)


def turn(assignment: Assignment, edition: Edition) -> str:
    """Return a sentence where the stage has to wait for an earlier one, else nothing."""
    signed = [row for row in matter_of(edition).decisions if row.round == assignment.round]
    if stage_is_ready(edition.policy, stage_of(edition, assignment.stage), signed):
        return ""
    return "An earlier stage is not complete yet. You can read the edition now, and sign once it is your turn."


def stage_of(edition: Edition, key: str) -> dict[str, Any]:
    return next(stage for stage in edition.policy["stages"] if stage["key"] == key)


def name_of(user: Any) -> str:
    return flat(printed_name(user))


def day(moment: datetime) -> str:
    return date_format(moment, "j F Y")


def sentences(*said: str) -> tuple[str, ...]:
    """Return those that say something."""
    return tuple(row for row in said if row)


def after_commit(write: Callable[[int], Iterable[Letter]], pk: int) -> None:
    """Write and deliver once the action holds. What goes wrong then is logged, and changes nothing for the action."""

    # No partial: a robust hook that fails is logged by its __qualname__, and a partial has none (Django 5.2).
    def tell() -> None:
        deliver(write(pk))

    transaction.on_commit(tell, robust=True)


def _on_assigned(pk: int) -> Iterator[Letter]:
    assignment = Assignment.objects.select_related("assigned_by").get(pk=pk)
    edition, who = edition_of(assignment.edition_id), name_of(assignment.assigned_by)
    stage, is_pool = stage_of(edition, assignment.stage), assignment.reviewer_id is None
    yield Letter(
        edition,
        "Review to claim" if is_pool else "Review asked for",
        sentences(
            f"{who} asks for a review of this edition: {stage['label']}."
            if is_pool
            else f"{who} asks you to review this edition: {stage['label']}.",
            "Everybody who may do it got this mail. Whoever claims it first has it." if is_pool else "",
            f"It is due on {day(assignment.due_at)}.",
            turn(assignment, edition),
        ),
        asked(assignment, assignment.reviewer_id, edition) - {assignment.assigned_by_id},
        quote=assignment.note,
        quoted=who,
    )


def _on_declined(pk: int) -> Iterator[Letter]:
    reply = AssignmentReply.objects.select_related("assignment", "by").get(pk=pk)
    edition, who = edition_of(reply.assignment.edition_id), name_of(reply.by)
    stage = stage_of(edition, reply.assignment.stage)
    yield Letter(
        edition,
        "Review declined",
        (f"{who} declined to review this edition: {stage['label']}.", "Ask somebody else."),
        frozenset({reply.assignment.assigned_by_id}) - {reply.by_id},
        quote=reply.reason,
        quoted=who,
    )


def _on_returned(pk: int) -> Iterator[Letter]:
    decision = Decision.objects.get(pk=pk)
    edition, who = edition_of(decision.edition_id), flat(decision.reviewer_snapshot["name"])
    stage, is_rejected = stage_of(edition, decision.stage), decision.outcome == Outcome.REJECT
    yield Letter(
        edition,
        "Rejected" if is_rejected else "Changes asked for",
        sentences(
            f"{who} {'rejected this edition' if is_rejected else 'asks for changes to this edition'}:"
            f" {stage['label']}. Its review has ended.",
            "The page stays public as it is until it is withdrawn or a newer edition takes its place."
            if _is_relied_on(edition)
            else "",
            "Change the draft and submit it again.",
        ),
        _authors(edition) - {decision.reviewer_id},
        quote=decision.comment,
        quoted=who,
    )


def _on_approved(pk: int) -> Iterator[Letter]:
    edition = edition_of(pk)
    is_again = edition.open_round > 1
    publishers = holders("publishing.publish_edition", include_superusers=False)
    if edition.policy["separate_releaser"]:
        publishers -= {row.reviewer_id for row in edition.facts["decisions"] if row.round == (edition.open_round or 1)}
    yield Letter(
        edition,
        "Approved again" if is_again else "Approved",
        (
            "Every approval that the review policy asks for is there.",
            "It can be reaffirmed: the public page stays as it is, and the date of its last review moves."
            if is_again
            else "It can be published.",
        ),
        publishers | {edition.submitted_by_id},
    )


def _on_revoked(pk: int) -> Iterator[Letter]:
    decision = Decision.objects.get(pk=pk)
    edition, who = edition_of(decision.edition_id), flat(decision.reviewer_snapshot["name"])
    said: dict[str, Any] = {"quote": decision.comment, "quoted": who}
    took_back = f"{who} took back their approval: {stage_of(edition, decision.stage)['label']}."
    what_now = "Its review has ended. Change the draft and submit it again."
    if _is_relied_on(edition):
        yield Letter(
            edition,
            "Safety: approval of a public page taken back",
            (took_back, "An approval of a public page was taken back: withdraw it, or say why it stays up."),
            holders("reviews.answer_revocation") - {decision.reviewer_id},
            is_safety=True,
            **said,
        )
        what_now = "The page is public. A medical lead is asked to withdraw it, or to say why it stays up."
    elif edition.is_published:
        what_now = "This edition is no longer public."
    yield Letter(
        edition, "Approval taken back", (took_back, what_now), _authors(edition) - {decision.reviewer_id}, **said
    )


def _on_commented(pk: int) -> Iterator[Letter]:
    comment = Comment.objects.select_related("parent").get(pk=pk)
    edition, who = edition_of(comment.edition_id), flat(comment.author_name)
    is_safety, to = comment.severity == Severity.BLOCKING_SAFETY, _authors(edition)
    heading, what = HEADINGS[Severity(comment.severity)], f"{who} commented on this edition."
    if is_safety:
        to |= holders("reviews.answer_revocation")
        what = f"{who} raised a comment about safety."
    elif comment.parent:
        thread = Comment.objects.filter(parent=comment.parent).order_by()
        to = frozenset(thread.values_list("author_id", flat=True)) | {comment.parent.author_id}
        heading, what = "Answer to a comment", f"{who} answered in a thread that you take part in."
    yield Letter(
        edition,
        heading,
        sentences(
            what,
            BLOCKS if comment.is_blocking else "",
            "The page is public: decide whether it has to be withdrawn meanwhile."
            if is_safety and _is_relied_on(edition)
            else "",
            f"It is about the words “{shortened(flat(comment.exact), LONGEST_QUOTE)}”." if comment.exact else "",
        ),
        to - {comment.author_id},
        quote=comment.text,
        quoted=who,
        anchor=f"comment-{comment.parent_id or comment.pk}",
        is_safety=is_safety,
    )


def _on_resolved(pk: int) -> Iterator[Letter]:
    resolution = Resolution.objects.select_related("comment").get(pk=pk)
    comment, who = resolution.comment, flat(resolution.by_name)
    yield Letter(
        edition_of(comment.edition_id),
        "Comment settled",
        (f"{who} settled your comment. {resolution.get_disposition_display()}.",),
        frozenset({comment.author_id}) - {resolution.by_id},
        quote=resolution.answer,
        quoted=who,
        anchor=f"comment-{comment.pk}",
    )


def _authors(edition: Edition) -> frozenset[int]:
    return frozenset({edition.submitted_by_id, edition.article.owner_id})


def holders(permission: str, *, include_superusers: bool = True) -> frozenset[int]:
    """Return the ids of the active people who hold a permission, through a role or their own account."""
    people = get_user_model().objects.with_perm(
        permission, include_superusers=include_superusers, backend=MODEL_BACKEND
    )
    return frozenset(people.values_list("pk", flat=True))


def _is_relied_on(edition: Edition) -> bool:
    """Whether the page that is public now is this edition, or mends it by the fast path and shows its reviewers."""
    public = Edition.objects.filter(article=edition.article_id, publication__isnull=False)
    newest = public.select_related("publication__withdrawal").order_by("-publication__seq").first()
    if newest is None or newest.publication.is_withdrawn:
        return False
    return edition.number in (newest.number, full_review_of(newest.policy, newest.number))
