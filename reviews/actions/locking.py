"""What every action on editions shares: the lock, and the words of a refusal."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q

from articles.actions import lock
from articles.models import Article
from articles.snapshot import digest_of
from reviews.models import Comment, Decision, Edition, Outcome
from reviews.policy import Blocker, Signature, full_review_of, is_fast_path


def lock_edition(edition: Edition) -> Edition:
    """Lock the article's row, then read the edition afresh."""
    lock(Article(pk=edition.article_id))
    held = Comment.objects.blocking().filter(
        edition__article=OuterRef("article"), edition__number__lte=OuterRef("number")
    )
    scheduled = Edition.objects.filter(pk=OuterRef("pk"), schedules__isnull=False, schedules__end__isnull=True)
    rows = (
        Edition.objects.with_address()
        .annotate(is_held_up=Exists(held), is_scheduled=Exists(scheduled))
        .select_related("article", "publication", "recall")
    )
    rows = rows.prefetch_related("decisions")
    return rows.get(pk=edition.pk)


def raise_blockers(blockers: list[Blocker]) -> None:
    """Raise one ValidationError holding every blocker with its code."""
    if blockers:
        raise ValidationError([ValidationError(row.message, code=row.code) for row in blockers])


def signatures(edition: Edition, *, round: int | None = None) -> list[Signature]:
    """Return the decisions of one round, by default the open one, as the plain values that a policy reads."""
    number = round or edition.open_round or 1
    return [
        Signature(row.reviewer_id, row.stage, row.outcome, row.is_specialist, row.reviewer_snapshot["name"], row.round)
        for row in edition.facts["decisions"]
        if row.round == number
    ]


def open_comments(edition: Edition) -> list[Blocker]:
    """Return a blocker for each blocking comment, on this edition or one before it, that was not resolved.

    No query where the edition was locked just now and nothing holds it up, or where its page has read them already.
    """
    if not getattr(edition, "is_held_up", True):
        return []
    held_by = getattr(edition, "held_by", None) or Comment.objects.blocking().up_to(edition)
    return [
        Blocker(
            "open_blocking_comment", f"{row.author_name}’s blocking comment is open: “{_short(row.text)}”", row.place
        )
        for row in held_by
    ]


def reviewed_in_full(edition: Edition) -> Edition:
    """Return the edition whose full review a public text rests on: itself, or the one that the fast path mended."""
    number = full_review_of(edition.policy, edition.number)
    return edition if number == edition.number else Edition.objects.get(article=edition.article_id, number=number)


def is_sound(edition: Edition) -> bool:
    """Whether an edition is the public text, and all its approvals stand, those of its full review too."""
    is_public = edition.is_published and not edition.publication.is_ended
    return is_public and not edition.is_closed and not reviewed_in_full(edition).is_closed


def lost_ground(edition: Edition) -> list[Blocker]:
    """Return a blocker where an edition took the fast path, and what it mends has lost its page or an approval since.

    One query, for such editions alone.
    """
    if not is_fast_path(edition.policy):
        return []
    full = full_review_of(edition.policy, edition.number)
    later = Edition.objects.filter(article=edition.article_id, publication__seq__gt=OuterRef("publication__seq"))
    ended = Decision.objects.filter(edition=OuterRef("pk")).exclude(outcome=Outcome.APPROVE)
    mended = Edition.objects.filter(Q(pk=edition.based_on_id) | Q(number=full), article=edition.article_id)
    rows = mended.annotate(is_ended=Exists(ended), is_followed=Exists(later)).values_list(
        "pk", "is_ended", "is_followed", "publication", "publication__withdrawal"
    )
    stands = any(
        pk == edition.based_on_id and publication and not withdrawal and not is_followed
        for pk, _, is_followed, publication, withdrawal in rows
    )
    if stands and not any(is_ended for _, is_ended, *_ in rows):
        return []
    message = (
        "The public text that this change mends was withdrawn, or an approval of it taken back. "
        "Recall this edition and submit it as substantive."
    )
    return [Blocker("no_fast_path", message)]


def stage_of(edition: Edition, key: str) -> dict[str, Any]:
    """Return the stage of the policy snapshot; raise ValidationError where there is none of that key."""
    stage = edition.stage(key)
    if stage is None:
        names = ", ".join(stage["key"] for stage in edition.policy["stages"])
        raise ValidationError(f"This edition has no stage “{key}”; it has {names}.", code="unknown_stage")
    return stage


def check_same_bytes(edition: Edition, expected_digest: str) -> None:
    if expected_digest != edition.digest:
        raise ValidationError(
            f"The page you signed on shows another text than edition {edition.number}. Open it again.",
            code="stale_page",
        )
    if digest_of(edition.content) != edition.digest:
        raise ValidationError("The stored edition does not match its digest.", code="digest_mismatch")


def check_open(edition: Edition) -> None:
    """Raise ValidationError unless a round of review is open: before publication, or re-opened after it."""
    if edition.open_round:
        return
    if edition.is_published:
        raise ValidationError(
            "This edition is public already. Open a new round to have it reviewed again.", code="already_published"
        )
    raise ValidationError("The review of this edition has ended: it was recalled or returned.", code="edition_closed")


def check_not_public(edition: Edition) -> None:
    """Raise ValidationError unless the edition is in review before publication."""
    if edition.is_published:
        raise ValidationError("This edition is public already.", code="already_published")
    check_open(edition)


def check_given(text: str, code: str, message: str) -> None:
    if not text.strip():
        raise ValidationError(message, code=code)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
