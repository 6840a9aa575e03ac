"""Questions about live articles that somebody has to answer: concerns, and parts that were withdrawn."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.actions import lock
from articles.history import write
from articles.models import Article, Contributor, Disclaimer, Reference
from articles.vocabularies import ReferenceStatus
from publishing import mail, store
from publishing.actions.gates import check_standing
from publishing.models import Alert, AlertKind, AlertResolution, LiveUse, PartKind, PartWithdrawal, Publication
from publishing.permissions import may_raise_concern, may_resolve_alert, may_withdraw_part
from reviews.events import printed_name, record

RESOLVING = "I have looked into what was raised about edition {number} ({digest}), and answer it as written here."
#: What an event names as its article where it is about none.
NO_ARTICLE = UUID(int=0)
PARTS: dict[str, Any] = {
    PartKind.REFERENCE: Reference,
    PartKind.DISCLAIMER: Disclaimer,
    PartKind.CONTRIBUTOR: Contributor,
}


@transaction.atomic(durable=True)
def raise_concern(publication: Publication, *, by: Any, reason: str, reader_message: str) -> Alert:
    """Leave an article up with a notice for readers, until somebody has looked into the concern."""
    lock(publication.article)
    publication = Publication.objects.with_parts().select_related("withdrawal").get(pk=publication.pk)

    if not may_raise_concern(by):
        raise PermissionDenied("You may not put a notice on a public page. Ask a publisher or a medical lead.")
    check_standing(publication)
    if not reason.strip():
        raise ValidationError("Say what the concern is.", code="reason_missing")
    if not reader_message.strip():
        raise ValidationError("Say what readers are told meanwhile.", code="reader_message_missing")

    return _alert(publication, AlertKind.CONCERN, by=by, reason=reason, reader_message=reader_message)


@transaction.atomic(durable=True)
def withdraw_part(kind: str, part_id: UUID, *, by: Any, reason: str, reader_message: str = "") -> PartWithdrawal:
    """Mark a reference as retracted, or a disclaimer or contributor as withdrawn: no edition with it is published.

    `open_alerts` then raises an alert on each live article that uses it; the worker finishes what is not done at once.
    """
    model = PARTS.get(kind)
    if model is None:
        raise ValidationError("Choose a reference, a disclaimer or a contributor.", code="unknown_kind")
    part = model.objects.select_for_update(no_key=True).filter(pk=part_id).first()

    if not may_withdraw_part(by):
        raise PermissionDenied("You may not withdraw sources, disclaimers or contributors. Ask a medical lead.")
    if part is None:
        raise ValidationError("There is no such source, disclaimer or contributor.", code="no_part")
    if not reason.strip():
        raise ValidationError("Say why it is withdrawn.", code="reason_missing")
    if PartWithdrawal.objects.filter(kind=kind, part_id=part_id).exists():
        raise ValidationError("It is marked as withdrawn already.", code="already_withdrawn")

    fact = PartWithdrawal(
        kind=kind,
        part_id=part_id,
        name=str(part)[:500],
        reason=reason,
        reader_message=reader_message,
        by=by,
        at=timezone.now(),
    )
    fact.clean_fields()
    fact.save(force_insert=True)
    if kind == PartKind.REFERENCE and part.status != ReferenceStatus.RETRACTED:
        part.status = ReferenceStatus.RETRACTED
        write(part, by=by, reason=f"Retracted: {reason}")

    record(
        "part.withdrawn",
        fact,
        by=by,
        article_id=NO_ARTICLE,
        kind=kind,
        part=str(part_id),
        name=fact.name,
        reason=fact.reason,
        reader_message=fact.reader_message,
    )
    return fact


def open_alerts(part: PartWithdrawal, *, at_most: int | None = None) -> list[Alert]:
    """Raise an alert on each live article that uses a withdrawn part and has none; each in its own transaction."""
    alerts = [open_alert(part, pk, by=part.by) for pk in articles_to_alert(part)[:at_most]]
    return [row for row in alerts if row is not None]


def articles_to_alert(part: PartWithdrawal) -> list[UUID]:
    """Return the live articles that use a withdrawn part and have no alert about it."""
    uses = LiveUse.objects.filter(kind=part.kind, key=str(part.part_id)).values_list("article_id", flat=True)
    told = Alert.objects.filter(part=part, publication__in=Publication.objects.standing())
    return sorted(set(uses) - set(told.values_list("publication__article", flat=True)))


@transaction.atomic(durable=True)
def open_alert(part: PartWithdrawal, article_id: UUID, *, by: Any) -> Alert | None:
    """Raise an alert on one live article; None where it is gone, or has one, meanwhile."""
    lock(Article(pk=article_id))
    publication = Publication.objects.standing().with_parts().filter(article=article_id).first()
    if publication is None or Alert.objects.filter(publication=publication, part=part).exists():
        return None
    shown = bool(publication.edition.policy.get("alert_readers", True))
    return _alert(
        publication,
        AlertKind.PART,
        by=by,
        reason=f"{part}: {part.reason}",
        reader_message=part.reader_message,
        part=part,
        is_shown=shown,
    )


@transaction.atomic(durable=True)
def resolve_alert(alert: Alert, *, by: Any, reason: str, expected_digest: str) -> AlertResolution:
    """Answer an alert, signed, as somebody who did not touch the text; its notice goes away."""
    lock(alert.publication.article)
    alert = Alert.objects.select_related("publication__edition", "publication__article", "resolution").get(pk=alert.pk)
    standing = Publication.objects.standing().with_parts().filter(article=alert.publication.article_id).first()

    if not may_resolve_alert(by):
        raise PermissionDenied("You may not answer this. Ask a medical lead.")
    if not alert.is_open:
        raise ValidationError("This was answered already.", code="already_answered")
    edition = (standing or alert.publication).edition
    if expected_digest != edition.digest:
        raise ValidationError("The public text is another one now. Open the page again.", code="stale_page")
    if by.pk in edition.touched_by:
        raise PermissionDenied("You touched this text: somebody else answers what was raised about it.")
    if not reason.strip():
        raise ValidationError("Say what was found, and what follows from it.", code="reason_missing")

    fact = AlertResolution(
        alert=alert,
        reason=reason,
        attestation=resolving_sentence(edition),
        printed_name=printed_name(by),
        by=by,
        at=timezone.now(),
    )
    fact.clean_fields()
    fact.save(force_insert=True)
    if standing and alert.is_shown:
        store.show(standing, cause="alert_resolved", at=fact.at)

    record(
        "alert.resolved",
        fact,
        by=by,
        article_id=alert.publication.article_id,
        alert=alert.pk,
        edition=edition.number,
        reason=fact.reason,
        attestation=fact.attestation,
    )
    return fact


def resolving_sentence(edition: Any) -> str:
    return RESOLVING.format(number=edition.number, digest=edition.digest)


def _alert(
    publication: Publication,
    kind: str,
    *,
    by: Any,
    reason: str,
    reader_message: str,
    part: PartWithdrawal | None = None,
    is_shown: bool = True,
) -> Alert:
    alert = Alert(
        publication=publication,
        kind=kind,
        part=part,
        reason=reason,
        reader_message=reader_message,
        is_shown=is_shown,
        by=by,
        at=timezone.now(),
    )
    alert.clean_fields(exclude=["publication", "part"])
    alert.save(force_insert=True)
    if is_shown:
        store.show(publication, cause="alert", at=alert.at)

    record(
        "alert.raised",
        alert,
        by=by,
        article_id=publication.article_id,
        kind=kind,
        edition=publication.edition.number,
        part=part.pk if part else 0,
        reason=alert.reason,
        reader_message=alert.reader_message,
        is_shown=is_shown,
    )
    mail.alert_raised(alert)
    return alert
