"""Make public, and keep public: publish, publish in an emergency, endorse, reaffirm."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.actions import lock
from publishing import mail, store
from publishing.actions.gates import (
    check_correction,
    check_not_scheduled,
    check_publishable,
    check_same,
    check_standing,
    publication_blockers,
    reaffirmation_blockers,
)
from publishing.actions.withdrawals import lock_translations, suspend_translations
from publishing.circumstances import line_of, lines_of
from publishing.models import Address, Endorsement, Publication
from publishing.permissions import is_separate_releaser, may_endorse, may_publish
from reviews.actions import lock_edition, raise_blockers
from reviews.events import printed_name, record
from reviews.models import ChangeClass, Edition, Reaffirmation, ReviewerSettings
from reviews.policy import full_review_of, is_emergency

ENDORSING = "I have reviewed edition {number} ({digest}), published in an emergency, and approve that it stays public."


@transaction.atomic(durable=True)
def publish(
    edition: Edition,
    *,
    by: Any,
    expected_digest: str,
    note: str = "",
    correction_kind: str = "",
    correction_summary: str = "",
) -> Publication:
    """Make an approved edition public. Raises ValidationError listing every approval or content that is missing.

    An article that was public before needs a typed notice for readers, unless only its wording changed.
    """
    edition = lock_edition(edition)

    check_may_release(by, edition)
    check_not_scheduled(edition)
    correction = {"correction_kind": correction_kind, "correction_summary": correction_summary}
    return make_public(edition, by=by, expected_digest=expected_digest, note=note, **correction)


@transaction.atomic(durable=True)
def reaffirm(edition: Edition, *, by: Any, expected_digest: str) -> Reaffirmation:
    """Complete a re-review: the same edition stays, and its review date moves. Same quorum as before publication."""
    edition = lock_edition(edition)
    now = timezone.now()

    if not may_publish(by, edition):
        raise PermissionDenied("You may not reaffirm. Ask somebody with the role Publisher.")
    if not edition.is_published or not edition.open_round:
        raise ValidationError("No new round of review is open for this edition.", code="no_round")
    if not is_separate_releaser(by, edition):
        raise PermissionDenied("You approved this edition again; this policy asks that somebody else reaffirms it.")
    check_same(edition, expected_digest)
    raise_blockers(reaffirmation_blockers(edition))

    fact = Reaffirmation(round=edition.last_round, digest=edition.digest, by=by, at=now)
    fact.clean_fields()
    fact.save(force_insert=True)
    standing = Publication.objects.standing().with_parts().get(edition=edition)
    store.show(standing, cause="reaffirmed", at=now)

    record(
        "edition.reaffirmed",
        fact,
        by=by,
        article_id=edition.article_id,
        edition=edition.number,
        digest=fact.digest,
        round=edition.last_round.number,
    )
    return fact


@transaction.atomic(durable=True)
def endorse(publication: Publication, *, by: Any, expected_digest: str, comment: str = "") -> Endorsement:
    """Give an emergency publication the independent approval that it owes; the notice for readers goes away."""
    lock(publication.article)
    publication = Publication.objects.with_parts().select_related("withdrawal").get(pk=publication.pk)
    edition, now = publication.edition, timezone.now()

    if not may_endorse(by):
        raise PermissionDenied("You may not approve this. Ask a medical reviewer or a medical lead.")
    if not is_emergency(edition.policy):
        raise ValidationError("This edition was not published in an emergency.", code="no_emergency")
    if by.pk in {*edition.touched_by, publication.published_by_id, *approvers(edition)}:
        raise PermissionDenied("You wrote, approved or published this edition. Somebody independent has to approve it.")
    check_standing(publication)
    check_same(edition, expected_digest)
    if hasattr(publication, "endorsement"):
        raise ValidationError("Somebody independent has approved this already.", code="already_endorsed")

    fact = Endorsement(
        publication=publication,
        digest=edition.digest,
        comment=comment,
        attestation=endorsing_sentence(edition),
        printed_name=printed_name(by),
        by_role_only=ReviewerSettings.objects.filter(user=by, by_role_only=True).exists(),
        by=by,
        at=now,
    )
    fact.clean_fields()
    fact.save(force_insert=True)
    store.show(publication, cause="endorsed", at=now)

    record(
        "publication.endorsed",
        fact,
        by=by,
        article_id=publication.article_id,
        seq=publication.seq,
        edition=edition.number,
        digest=fact.digest,
        comment=fact.comment,
        attestation=fact.attestation,
        by_role_only=fact.by_role_only,
    )
    return fact


def endorsing_sentence(edition: Edition) -> str:
    return ENDORSING.format(number=edition.number, digest=edition.digest)


def approvers(edition: Edition) -> set[int]:
    return {row.reviewer_id for row in edition.facts["decisions"]}


def check_may_release(by: Any, edition: Edition) -> None:
    """Raise PermissionDenied unless this person may publish this edition."""
    if not may_publish(by, edition):
        who = "a medical lead" if is_emergency(edition.policy) else "somebody with the role Publisher"
        raise PermissionDenied(f"You may not publish this. Ask {who}.")
    if not is_separate_releaser(by, edition):
        raise PermissionDenied("You approved this edition; this policy asks that somebody else publishes it.")


def make_public(
    edition: Edition,
    *,
    by: Any,
    expected_digest: str,
    note: str,
    correction_kind: str,
    correction_summary: str,
) -> Publication:
    """Run every gate on a locked edition and make it public: what `publish` and a schedule that fires share."""
    now = timezone.now()

    check_publishable(edition, expected_digest)
    raise_blockers(publication_blockers(edition, today=now.date()))
    lines = lines_of([edition.article_id])[edition.article_id]
    translations = lock_translations(edition)
    check_correction(edition, lines, correction_kind, correction_summary)

    publication = Publication(
        article=edition.article,
        seq=len(lines) + 1,
        edition=edition,
        digest=edition.digest,
        change=edition.change_class,
        note=note or edition.note,
        correction_kind=correction_kind,
        correction_summary=correction_summary,
        published_by=by,
        published_at=now,
    )
    publication.clean_fields(exclude=["article", "edition", "published_by"])  # Read under the lock just now.
    publication.save(force_insert=True)
    if not lines:  # Later ones stay where the article is: only `move` takes another address.
        row = Address(article=edition.article, language=edition.language, slug=edition.slug, by=by, at=now)
        row.save(force_insert=True)
    cause = "republished" if lines else "published"
    store.show(publication, cause=cause, at=now, lines=[*lines, line_of(publication)])

    record(
        "edition.published",
        publication,
        by=by,
        article_id=edition.article_id,
        seq=publication.seq,
        edition=edition.number,
        digest=publication.digest,
        change=publication.change,
        note=publication.note,
        correction_kind=publication.correction_kind,
        correction_summary=publication.correction_summary,
    )
    if publication.change == ChangeClass.SAFETY:
        suspend_translations(publication, translations, at=now)
        mail.published_for_safety(publication)
    return publication


def show_revocation(edition: Edition, *, by: Any) -> None:
    """Show on the live page that an approval it rests on was taken back. Runs inside the action `revoke`."""
    publication = Publication.objects.standing().with_parts().filter(article=edition.article_id).first()
    if publication is None:
        return
    live = publication.edition
    if edition.number in (live.number, full_review_of(live.policy, live.number)):
        store.show(publication, cause="approval_revoked", at=timezone.now())
