"""What every action of publication checks, and how a refusal is worded."""

from typing import Any

from django.core.exceptions import ValidationError

from articles.snapshot import digest_of
from publishing.circumstances import Line, parts_of
from publishing.models import CorrectionKind, PartWithdrawal, Publication, Schedule
from reviews.actions import lost_ground, open_comments, signatures
from reviews.models import ChangeClass, Edition
from reviews.policy import Blocker, missing, missing_approvals


def publication_blockers(edition: Edition, *, today: Any) -> list[Blocker]:
    """Return everything that keeps an edition from being published on `today`."""
    lacking = missing(edition.policy, edition.content, signatures(edition), today=today)
    return lacking + open_comments(edition) + lost_ground(edition) + withdrawn_parts(edition)


def reaffirmation_blockers(edition: Edition) -> list[Blocker]:
    """Return everything that keeps the open round of a public edition from being completed.

    The content is what it was when it was published, so the rules of content are not asked again.
    """
    lacking = missing_approvals(edition.policy, edition.content, signatures(edition))
    return lacking + open_comments(edition) + withdrawn_parts(edition)


def withdrawn_parts(edition: Edition) -> list[Blocker]:
    """Return the sources, disclaimers and contributors of a text that were withdrawn."""
    used = parts_of(edition.content)
    ids = {key for _, key in used}
    found = PartWithdrawal.objects.filter(part_id__in=ids).order_by("pk")
    return [
        Blocker(
            "part_withdrawn",
            f"{row.get_kind_display()} “{row.name}” was withdrawn: {row.reason} Take it out of the draft.",
            f"{row.kind}s/{row.part_id}",
        )
        for row in found
        if (row.kind, str(row.part_id)) in used
    ]


def check_publishable(edition: Any, expected_digest: str) -> None:
    if edition.is_address_taken:
        raise ValidationError(
            f"“{edition.slug}” is, or was, the public address of another article. Submit this one with another.",
            code="address_taken",
        )
    check_same(edition, expected_digest)
    if edition.is_published:
        raise ValidationError("This edition is public already, or was.", code="already_published")
    if edition.is_closed:
        raise ValidationError(
            "The review of this edition has ended: it was recalled or returned.", code="edition_closed"
        )


def check_same(edition: Edition, expected_digest: str) -> None:
    if expected_digest != edition.digest:
        raise ValidationError(
            "The page you published from shows another text than this edition. Open it again.", code="stale_page"
        )
    if digest_of(edition.content) != edition.digest:
        raise ValidationError("The stored edition does not match its digest.", code="digest_mismatch")


def check_not_scheduled(edition: Any) -> None:
    """Raise where a locked edition waits for its time."""
    if edition.is_scheduled:
        row: Any = Schedule.objects.waiting().filter(edition=edition).first()
        raise ValidationError(
            f"This edition is scheduled for {row.due_at:%-d %B %Y, %H:%M} UTC. Unschedule it first.", code="scheduled"
        )


def check_correction(edition: Edition, lines: list[Line], kind: str, summary: str) -> None:
    """Readers are told what changed: every republication that changed more than wording carries a typed notice."""
    if kind and kind not in CorrectionKind.values:
        raise ValidationError("Choose what kind of change this is from the list.", code="unknown_correction")
    if bool(kind) != bool(summary.strip()):
        raise ValidationError(
            "A notice for readers needs both its kind and a summary of what changed.", code="correction_incomplete"
        )
    if not lines:
        if kind:
            raise ValidationError("A first publication corrects nothing.", code="correction_of_nothing")
        return
    if edition.change_class != ChangeClass.EDITORIAL and not kind:
        raise ValidationError(
            "This article was public before: say what kind of change this is, and what changed, for readers.",
            code="correction_missing",
        )
    if kind != CorrectionKind.PARTIAL_RETRACTION and newly_withdrawn(edition):
        raise ValidationError(
            "A viewpoint was taken back in this edition: publish it as a partial retraction.",
            code="partial_retraction_missing",
        )


def newly_withdrawn(edition: Edition) -> list[str]:
    """Return the ids of the viewpoints that this edition takes back and its public predecessor did not."""
    gone = [row["id"] for row in edition.content["viewpoints"] if row.get("withdrawn_on")]
    if not gone or edition.based_on is None:
        return []
    stood = {row["id"] for row in edition.based_on.content["viewpoints"] if not row.get("withdrawn_on")}
    return [pk for pk in gone if pk in stood]


def check_standing(publication: Publication) -> None:
    if publication.is_withdrawn:
        raise ValidationError("This article is withdrawn already.", code="already_withdrawn")
    if publication.is_superseded:
        raise ValidationError(
            "A newer edition took the place of this one. Open the newest publication.", code="superseded"
        )
