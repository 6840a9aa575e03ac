"""Every change of what the public sees: publish and withdraw. Five beats: lock, check, write, record, notify.

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
from reviews.actions import lock_edition, raise_blockers, signatures
from reviews.events import record
from reviews.models import Edition
from reviews.policy import Blocker, missing


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
    publication.clean_fields()
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
    return missing(edition.policy, edition.content, signatures(edition), today=timezone.now().date())


def show_revocation(edition: Edition, *, by: Any) -> None:
    """Show on the live page that an approval of its edition was taken back. Runs inside the action `revoke`."""
    publication = Publication.objects.standing().filter(edition=edition).select_related("edition", "article").first()
    if publication is not None:
        store.show(publication, cause="approval_revoked", at=timezone.now())


def _check_publishable(edition: Any, expected_digest: str) -> None:
    if edition.is_address_taken:
        raise ValidationError(
            f"“{edition.slug}” is, or was, the public address of another article. Submit this one with another.",
            code="address_taken",
        )
    if expected_digest != edition.digest:
        raise ValidationError(
            "The page you published from shows another text than this edition. Open it again.", code="stale_page"
        )
    if digest_of(edition.content) != edition.digest:
        raise ValidationError("The stored edition does not match its digest.", code="digest_mismatch")
    if edition.is_published:
        raise ValidationError("This edition is public already, or was.", code="already_published")
    if edition.is_closed:
        raise ValidationError(
            "The review of this edition has ended: it was recalled or returned.", code="edition_closed"
        )


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
