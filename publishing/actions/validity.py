"""How long a review is valid: extend it once, and what the worker writes as its days come."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from articles.actions import lock
from articles.models import Article
from articles.months import months_later
from publishing import mail, store
from publishing.actions.gates import check_standing
from publishing.actions.withdrawals import take_back
from publishing.models import (
    Extension,
    LiveArticle,
    Milestone,
    MilestoneKind,
    Publication,
    WithdrawalKind,
)
from publishing.permissions import may_extend
from publishing.rows import milestones
from reviews.events import printed_name, record
from reviews.models.policy import OnExpiry
from reviews.system import system_user

MONTHS = 3
EXTENDING = "I extend the review of edition {number} ({digest}), due on {due_on}, to {until}."
EXPIRED = "The review of this page was not renewed in time. It comes back once it has been reviewed."


@transaction.atomic(durable=True)
def extend(publication: Publication, until: date, *, by: Any, reason: str, expected_digest: str) -> Extension:
    """Move the date when a review is due, once, by three months at most, signed. A re-review makes a new date."""
    lock(publication.article)
    publication = Publication.objects.with_parts().select_related("withdrawal").get(pk=publication.pk)
    live = LiveArticle.objects.filter(publication_id=publication.pk).only("next_review_due", "digest").first()

    if not may_extend(by):
        raise PermissionDenied("You may not extend a review. Ask a medical lead.")
    check_standing(publication)
    if live is None or expected_digest != live.digest:
        raise ValidationError("The public text is another one now. Open the page again.", code="stale_page")
    due_on: Any = live.next_review_due
    if Extension.objects.filter(publication=publication, until=due_on).exists():
        raise ValidationError(
            "This review was extended already. Have the page reviewed again.", code="already_extended"
        )
    if not due_on < until <= months_later(due_on, MONTHS):
        raise ValidationError(
            f"Choose a day after {due_on:%-d %B %Y} and not later than {months_later(due_on, MONTHS):%-d %B %Y}.",
            code="until_out_of_range",
        )
    if not reason.strip():
        raise ValidationError("Say why the review may wait.", code="reason_missing")

    fact = Extension(
        publication=publication,
        due_on=due_on,
        until=until,
        reason=reason,
        attestation=extending_sentence(publication, due_on, until),
        printed_name=printed_name(by),
        by=by,
        at=timezone.now(),
    )
    fact.clean_fields()
    fact.save(force_insert=True)
    store.show(publication, cause="review_extended", at=fact.at)

    record(
        "review.extended",
        fact,
        by=by,
        article_id=publication.article_id,
        edition=publication.edition.number,
        due_on=due_on.isoformat(),
        until=until.isoformat(),
        reason=fact.reason,
        attestation=fact.attestation,
    )
    return fact


def extending_sentence(publication: Publication, due_on: date, until: date) -> str:
    edition = publication.edition
    return EXTENDING.format(
        number=edition.number, digest=edition.digest, due_on=due_on.isoformat(), until=until.isoformat()
    )


#: The column of a live article that says since when each milestone has come.
DAYS = {
    MilestoneKind.WARNED: "warn_on__lte",
    MilestoneKind.OVERDUE: "next_review_due__lt",
    MilestoneKind.EXPIRED: "expires_on__lte",
}


def due_milestones(today: date) -> list[tuple[UUID, MilestoneKind]]:
    """Return what came by `today` and is not written yet, as (article, milestone), in their order; three queries."""
    found: list[tuple[UUID, MilestoneKind]] = []
    for kind, column in DAYS.items():
        mine = {"publication": OuterRef("publication_id"), "due_on": OuterRef("next_review_due")}
        written = Milestone.objects.filter(kind=kind, **mine)
        rows = LiveArticle.objects.filter(~Exists(written), **{column: today}).order_by("next_review_due", "pk")
        found += [(pk, kind) for pk in rows.values_list("pk", flat=True)]
    return found


@transaction.atomic(durable=True)
def reach(article_id: UUID, kind: MilestoneKind, *, now: datetime) -> Milestone | None:
    """Write a milestone of a live article's review and show it; None where it is no longer so.

    What the policy of the edition says on expiry happens here: a notice, or the page is taken off the site.
    """
    lock(Article(pk=article_id))
    live = LiveArticle.objects.filter(pk=article_id).only("publication_id", "next_review_due").first()
    if live is None or live.next_review_due is None:
        return None
    publication = Publication.objects.with_parts().get(pk=live.publication_id)
    due_on, policy, system = live.next_review_due, publication.edition.policy, system_user()
    known = Milestone.objects.filter(publication=publication, kind=kind, due_on=due_on)
    if milestones(policy, due_on)[kind] > now.date() or known.exists():
        return None

    fact = Milestone(publication=publication, kind=kind, due_on=due_on, by=system, at=now)
    fact.save(force_insert=True)
    record(
        "review.milestone",
        fact,
        by=system,
        article_id=article_id,
        kind=kind.value,
        edition=publication.edition.number,
        due_on=due_on.isoformat(),
    )
    if kind == MilestoneKind.EXPIRED and policy["on_expiry"] == OnExpiry.UNPUBLISH:
        take_back(publication, WithdrawalKind.EXPIRED, by=system, reason=EXPIRED, at=now)
    elif kind != MilestoneKind.WARNED:
        store.show(publication, cause=f"review_{kind.value}", at=now)
    mail.milestone_reached(fact)
    return fact
