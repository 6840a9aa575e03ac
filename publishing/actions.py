"""Every change of what the public sees: publish, reaffirm and withdraw. Five beats: lock, check, write, record, notify.

Refusals: PermissionDenied (not you) or ValidationError with a stable code (not so). Nothing is written then.
"""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.actions import lock
from articles.models import Article
from articles.snapshot import digest_of
from publishing import store
from publishing.models import LiveArticle, Publication, Withdrawal, WithdrawalKind
from publishing.permissions import is_separate_releaser, may_publish, may_withdraw
from reviews.actions import lock_edition, lost_ground, open_comments, raise_blockers, signatures
from reviews.events import record
from reviews.models import Edition, Reaffirmation
from reviews.policy import Blocker, full_review_of, missing, missing_approvals


@transaction.atomic(durable=True)
def publish(edition: Edition, *, by: Any, expected_digest: str, note: str = "") -> Publication:
    """Make an approved edition public. Raises ValidationError listing every approval or content that is missing."""
    edition = lock_edition(edition)
    now = timezone.now()

    if not may_publish(by, edition):
        raise PermissionDenied("You may not publish. Ask somebody with the role Publisher.")
    if not is_separate_releaser(by, edition):
        raise PermissionDenied("You approved this edition; this policy asks that somebody else publishes it.")
    _check_publishable(edition, expected_digest)
    raise_blockers(publication_blockers(edition))

    earlier = store.earlier_publications(edition.article_id)
    publication = Publication(
        article=edition.article,
        seq=len(earlier) + 1,
        edition=edition,
        digest=edition.digest,
        change=edition.change_class,
        note=note or edition.note,
        published_by=by,
        published_at=now,
    )
    publication.clean_fields(exclude=["article", "edition", "published_by"])  # Read under the lock just now.
    publication.save(force_insert=True)
    store.show(publication, cause="republished" if earlier else "published", at=now, earlier=earlier)

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
    )
    return publication


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
    _check_same(edition, expected_digest)
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
def withdraw(
    publication: Publication,
    *,
    by: Any,
    reason: str,
    reader_message: str = "",
    kind: str = WithdrawalKind.WITHDRAWN,
    replacement: Article | None = None,
) -> Withdrawal:
    """Take a live article back from every door. The edition before it does not come back."""
    lock(publication.article)
    publication = Publication.objects.select_related("article", "edition", "withdrawal").get(pk=publication.pk)
    now = timezone.now()

    if not may_withdraw(by):
        raise PermissionDenied("You may not withdraw. Ask a publisher or a medical lead.")
    _check_withdrawable(publication, reason, replacement)

    withdrawal = Withdrawal(
        publication=publication,
        kind=kind,
        reason=reason,
        reader_message=reader_message,
        replacement=replacement,
        by=by,
        at=now,
    )
    withdrawal.clean_fields()
    withdrawal.save(force_insert=True)
    store.hide(publication, withdrawal, at=now)

    record(
        "publication.withdrawn",
        withdrawal,
        by=by,
        article_id=publication.article_id,
        seq=publication.seq,
        edition=publication.edition.number,
        digest=publication.digest,
        kind=kind,
        reason=withdrawal.reason,
        reader_message=withdrawal.reader_message,
        replacement=str(replacement.pk) if replacement else "",
    )
    return withdrawal


def publication_blockers(edition: Edition) -> list[Blocker]:
    """Return everything that keeps an edition from being published today."""
    lacking = missing(edition.policy, edition.content, signatures(edition), today=timezone.now().date())
    return lacking + open_comments(edition) + lost_ground(edition)


def reaffirmation_blockers(edition: Edition) -> list[Blocker]:
    """Return everything that keeps the open round of a public edition from being completed.

    The content is what it was when it was published, so the rules of content are not asked again.
    """
    return missing_approvals(edition.policy, edition.content, signatures(edition)) + open_comments(edition)


def show_revocation(edition: Edition, *, by: Any) -> None:
    """Show on the live page that an approval it rests on was taken back. Runs inside the action `revoke`."""
    publication = Publication.objects.standing().with_parts().filter(article=edition.article_id).first()
    if publication is None:
        return
    live = publication.edition
    if edition.number in (live.number, full_review_of(live.policy, live.number)):
        store.show(publication, cause="approval_revoked", at=timezone.now())


def _check_publishable(edition: Any, expected_digest: str) -> None:
    if edition.is_address_taken:
        raise ValidationError(
            f"“{edition.slug}” is, or was, the public address of another article. Submit this one with another.",
            code="address_taken",
        )
    _check_same(edition, expected_digest)
    if edition.is_published:
        raise ValidationError("This edition is public already, or was.", code="already_published")
    if edition.is_closed:
        raise ValidationError(
            "The review of this edition has ended: it was recalled or returned.", code="edition_closed"
        )


def _check_same(edition: Edition, expected_digest: str) -> None:
    if expected_digest != edition.digest:
        raise ValidationError(
            "The page you published from shows another text than this edition. Open it again.", code="stale_page"
        )
    if digest_of(edition.content) != edition.digest:
        raise ValidationError("The stored edition does not match its digest.", code="digest_mismatch")


def _check_withdrawable(publication: Publication, reason: str, replacement: Article | None) -> None:
    if publication.is_withdrawn:
        raise ValidationError("This article is withdrawn already.", code="already_withdrawn")
    if publication.is_superseded:
        raise ValidationError(
            "A newer edition took the place of this one. Withdraw the newest publication.", code="superseded"
        )
    if not reason.strip():
        raise ValidationError("Say why the article is withdrawn.", code="reason_missing")
    live = LiveArticle.objects.exclude(pk=publication.article_id)
    if replacement is not None and not live.filter(pk=replacement.pk).exists():
        raise ValidationError("The replacement must be another article that is public.", code="replacement_not_live")
