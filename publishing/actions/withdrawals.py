"""Take back what is public: withdraw, suspend and ratify, expire. Nothing ever brings the edition before back."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.actions import lock
from articles.models import Article
from publishing import mail, store
from publishing.actions.gates import check_standing
from publishing.models import LiveArticle, Publication, Ratification, Withdrawal, WithdrawalKind
from publishing.permissions import may_suspend, may_withdraw
from reviews.events import record
from reviews.models import ChangeClass, Edition
from reviews.system import system_user

BEHIND = "The original of this translation was changed for safety. The translation follows once it says the same."


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
    """Take a live article back from every door. The edition before it does not come back.

    `suspended` is for a medical lead, at once and alone; another one ratifies it within 72 hours.
    """
    lock(publication.article)
    publication = _read(publication)

    _check_allowed(by, kind)
    check_standing(publication)
    _check_told(publication, kind, reason, replacement)

    return take_back(
        publication,
        kind,
        by=by,
        reason=reason,
        reader_message=reader_message,
        replacement=replacement,
        at=timezone.now(),
    )


@transaction.atomic(durable=True)
def ratify(withdrawal: Withdrawal, *, by: Any, reason: str) -> Ratification:
    """Stand behind a suspension as a second medical lead."""
    lock(withdrawal.publication.article)
    withdrawal = Withdrawal.objects.select_related("publication__edition").get(pk=withdrawal.pk)

    if not may_suspend(by):
        raise PermissionDenied("Only a medical lead ratifies a suspension.")
    if withdrawal.by_id == by.pk:
        raise PermissionDenied("You suspended this article yourself: another medical lead ratifies it.")
    if withdrawal.kind != WithdrawalKind.SUSPENDED:
        raise ValidationError("Only a suspension is ratified.", code="not_suspended")
    if hasattr(withdrawal, "ratification"):
        raise ValidationError("This suspension is ratified already.", code="already_ratified")
    if not reason.strip():
        raise ValidationError("Say why the suspension is right.", code="reason_missing")

    fact = Ratification(withdrawal=withdrawal, by=by, reason=reason, at=timezone.now())
    fact.clean_fields()
    fact.save(force_insert=True)

    record(
        "withdrawal.ratified",
        fact,
        by=by,
        article_id=withdrawal.publication.article_id,
        edition=withdrawal.publication.edition.number,
        reason=fact.reason,
    )
    return fact


def take_back(
    publication: Publication,
    kind: str,
    *,
    by: Any,
    reason: str,
    at: datetime,
    reader_message: str = "",
    replacement: Article | None = None,
) -> Withdrawal:
    """Write a withdrawal that was allowed. The article is locked."""
    withdrawal = Withdrawal(
        publication=publication,
        kind=kind,
        reason=reason,
        reader_message=reader_message,
        replacement=replacement,
        by=by,
        at=at,
    )
    withdrawal.clean_fields()
    withdrawal.save(force_insert=True)
    store.hide(publication, withdrawal, at=at)

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
    mail.withdrawn(withdrawal)
    return withdrawal


def lock_translations(edition: Edition) -> list[Article]:
    """Lock the live translations that a safety change takes off the site, where the policy says so.

    Before anything is written: whoever publishes one of them holds its row and waits for the feed.
    """
    if edition.change_class != ChangeClass.SAFETY or not edition.policy.get("suspend_translations"):
        return []
    behind = LiveArticle.objects.filter(translation_of=edition.article_id, follows__lt=edition.number)
    ids = list(behind.values_list("pk", flat=True))
    return list(Article.objects.locked().filter(pk__in=ids).order_by("pk"))


def suspend_translations(publication: Publication, articles: list[Article], *, at: datetime) -> list[Withdrawal]:
    """Take locked translations off the site that do not follow a safety change yet."""
    number = publication.edition.number
    suspended = []
    for article in articles:
        standing = Publication.objects.standing().with_parts().filter(article=article).first()
        if standing:
            reason = f"Edition {number} of the original is a safety change."
            suspended.append(
                take_back(
                    standing,
                    WithdrawalKind.SUSPENDED,
                    by=system_user(),
                    reason=reason,
                    reader_message=BEHIND,
                    replacement=publication.article,
                    at=at,
                )
            )
    return suspended


def _read(publication: Publication) -> Publication:
    return Publication.objects.select_related("article", "edition", "withdrawal").get(pk=publication.pk)


def _check_allowed(by: Any, kind: str) -> None:
    if kind == WithdrawalKind.SUSPENDED:
        if not may_suspend(by):
            raise PermissionDenied("Only a medical lead may suspend an article.")
    elif not may_withdraw(by):
        raise PermissionDenied("You may not withdraw. Ask a publisher or a medical lead.")
    if kind not in WithdrawalKind.values or kind == WithdrawalKind.EXPIRED:
        raise ValidationError("Choose how the article is withdrawn from the list.", code="unknown_kind")


def _check_told(publication: Publication, kind: str, reason: str, replacement: Article | None) -> None:
    if not reason.strip():
        raise ValidationError("Say why the article is withdrawn.", code="reason_missing")
    if kind == WithdrawalKind.SUPERSEDED and replacement is None:
        raise ValidationError("Choose the article that takes its place.", code="replacement_missing")
    live = LiveArticle.objects.exclude(pk=publication.article_id)
    if replacement is not None and not live.filter(pk=replacement.pk).exists():
        raise ValidationError("The replacement must be another article that is public.", code="replacement_not_live")
