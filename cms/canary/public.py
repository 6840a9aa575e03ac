"""What readers may see, and why. Whatever is not in this table is secret: a field added later is so by default."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from publishing.models import (
    STORE_MODELS,
    Address,
    Alert,
    Endorsement,
    PartWithdrawal,
    Publication,
    Withdrawal,
    WithdrawalKind,
)
from reviews.models import Decision, Edition, Outcome, Override, Reaffirmation

#: Whole models that readers may see or that hold no words of anybody, with the reason.
OPEN_MODELS: dict[str, str] = {
    **{model._meta.label: "the public store: what readers are served, written from facts" for model in STORE_MODELS},
    "publishing.Change": "the feed of public changes",
    "publishing.FeedHead": "the number that the feed is at",
    "contenttypes.ContentType": "names of models, from the code",
    "auth.Permission": "names of permissions, from the code",
    "auth.Group": "names of roles, which the page on how we review prints",
}

Rows = Callable[[], QuerySet[Any]]


@dataclass(frozen=True)
class Public:
    """One field that readers may see, in the rows of `where` (all of them unless said).

    `paths`: the parts of a JSON value that they may see, as `fields.leaves` names them with whatever is inside; all of
    it unless said.
    """

    field: str
    why: str
    where: Rows | None = None
    paths: tuple[str, ...] = ("",)


def readable_editions() -> QuerySet[Edition]:
    """Editions whose text anybody can read: published, and not withdrawn since."""
    return Edition.objects.filter(publication__in=Publication.objects.readable())


def told_withdrawals() -> QuerySet[Withdrawal]:
    return Withdrawal.objects.exclude(kind=WithdrawalKind.VANISHED)


def addressed_editions() -> QuerySet[Edition]:
    """Editions whose address is, or was, public and is not to be forgotten."""
    vanished = Withdrawal.objects.filter(kind=WithdrawalKind.VANISHED, publication__article=OuterRef("article"))
    return Edition.objects.filter(~Exists(vanished), publication__isnull=False)


def public_addresses() -> QuerySet[Address]:
    """Addresses of articles that are, or were, public and are not to be forgotten."""
    return Address.objects.filter(article__in=addressed_editions().values("article"))


def shown_alerts() -> QuerySet[Alert]:
    return Alert.objects.filter(is_shown=True, resolution__isnull=True, publication__withdrawal__isnull=True)


def told_parts() -> QuerySet[PartWithdrawal]:
    return PartWithdrawal.objects.filter(alerts__in=shown_alerts())


def shown_endorsements() -> QuerySet[Endorsement]:
    return Endorsement.objects.filter(publication__edition__in=readable_editions())


def named_endorsements() -> QuerySet[Endorsement]:
    return shown_endorsements().filter(by_role_only=False)


def shown_decisions() -> QuerySet[Decision]:
    """Signatures of a completed round of a readable edition, and approvals taken back with what took them back."""
    reaffirmed = Reaffirmation.objects.filter(round__edition=OuterRef("edition"), round__number=OuterRef("round"))
    revoked = Decision.objects.filter(
        outcome=Outcome.REVOKE,
        edition=OuterRef("edition"),
        stage=OuterRef("stage"),
        reviewer=OuterRef("reviewer"),
        round=OuterRef("round"),
    )
    rows = Decision.objects.filter(edition__in=readable_editions(), outcome__in=[Outcome.APPROVE, Outcome.REVOKE])
    return rows.filter(Q(round=1) | Exists(reaffirmed) | Exists(revoked))


def named_decisions() -> QuerySet[Decision]:
    return shown_decisions().exclude(reviewer_snapshot__by_role_only=True)


def shown_overrides() -> QuerySet[Override]:
    """Overrides of a readable edition that were there when it was published or last reaffirmed."""
    later = Reaffirmation.objects.filter(round__edition=OuterRef("edition"), at__gte=OuterRef("signed_at"))
    in_time = Q(signed_at__lte=F("edition__publication__published_at")) | Exists(later)
    return Override.objects.filter(in_time, edition__in=readable_editions())


def named_overrides() -> QuerySet[Override]:
    """Those for somebody who then signed by name."""
    return shown_overrides().filter(
        Exists(named_decisions().filter(edition=OuterRef("edition"), reviewer=OuterRef("reviewer")))
    )


_CERTIFIED = "printed on the certificate of a readable edition"
_POLICY = "printed on the page on how we review"
_TOLD = "told to readers where the page was, unless it vanished"

TABLE: tuple[Public, ...] = (
    Public("reviews.Edition.content", "the text of a readable edition", readable_editions),
    Public("reviews.Edition.digest", "names the text of a readable edition", readable_editions),
    Public("reviews.Edition.schema", "names the form of a readable edition", readable_editions),
    Public("reviews.Edition.slug", "the address of a page that is or was public", addressed_editions),
    Public("reviews.Edition.language", "the address of a page that is or was public", addressed_editions),
    Public("reviews.Edition.policy", _CERTIFIED, readable_editions),
    Public("reviews.Decision.digest", _CERTIFIED, shown_decisions),
    Public("reviews.Decision.stage", _CERTIFIED, shown_decisions),
    Public("reviews.Decision.attestation", "the sentence signed; it names the role, not the person", shown_decisions),
    Public("reviews.Decision.answers", _CERTIFIED, shown_decisions, ("/question", "/answer")),
    Public(
        "reviews.Decision.reviewer_snapshot",
        "the role and the credentials of who signed, also where the name is not shown, and how long they count",
        shown_decisions,
        ("/role", "/credentials/label", "/credentials/verified_on", "/credentials/expires_on"),
    ),
    Public(
        "reviews.Decision.reviewer_snapshot",
        "the printed name of who signed, unless they chose to be shown by role only",
        named_decisions,
        ("/name",),
    ),
    Public("reviews.Override.digest", _CERTIFIED, shown_overrides),
    Public("reviews.Override.stage", _CERTIFIED, shown_overrides),
    Public("reviews.Override.codes", _CERTIFIED, shown_overrides),
    Public("reviews.Override.reason", "why a conflict was set aside", named_overrides),
    Public("reviews.Override.attestation", "the sentence signed", shown_overrides),
    Public("reviews.Override.reviewer_name", "who signed by name on the same certificate", named_overrides),
    Public("reviews.Override.signer_snapshot", "who answers for the override", shown_overrides, ("/name", "/role")),
    Public("reviews.Reaffirmation.digest", "names the text of a readable edition"),
    Public("reviews.ReviewPolicy.name", _POLICY),
    Public("reviews.ReviewPolicy.required_disclaimers", _POLICY),
    Public("reviews.ReviewPolicy.blocking_checks", _POLICY),
    Public("reviews.Stage.key", _POLICY),
    Public("reviews.Stage.label", _POLICY),
    Public("reviews.Stage.group", _POLICY),
    Public("reviews.Stage.checklist", _POLICY),
    Public("publishing.Publication.digest", "names the text of a readable edition", Publication.objects.readable),
    Public("publishing.Publication.note", "what readers are told is new", Publication.objects.readable),
    Public("publishing.Publication.correction_summary", "the dated notice", Publication.objects.readable),
    Public("publishing.Endorsement.digest", _CERTIFIED, shown_endorsements),
    Public("publishing.Endorsement.attestation", "the sentence signed; it names nobody", shown_endorsements),
    Public(
        "publishing.Endorsement.printed_name",
        "the printed name of who signed, unless they chose to be shown by role only",
        named_endorsements,
    ),
    Public("publishing.Address.slug", "the address of a page that is or was public", public_addresses),
    Public("publishing.Address.language", "the address of a page that is or was public", public_addresses),
    Public("publishing.Alert.reader_message", "the notice on a page that is doubted", shown_alerts),
    Public("publishing.PartWithdrawal.name", "a notice names the source or the person", told_parts),
    Public("publishing.Withdrawal.reason", _TOLD, told_withdrawals),
    Public("publishing.Withdrawal.reader_message", _TOLD, told_withdrawals),
)

#: Fields too short for a token, with the reason why nothing is lost: what they hold tells nothing by itself.
TOO_SHORT: dict[str, str] = {
    "articles.Reference.year": "a year",
    "articles.HistoricalReference.year": "a year",
}


def rows_of(label: str) -> list[Public]:
    """Return the lines of the table about one field, `app.Model.field`."""
    return [row for row in TABLE if row.field == label]


def shown_pks(row: Public, model: type[models.Model]) -> set[Any]:
    """Return the primary keys of the rows in which readers may see the field."""
    rows = row.where() if row.where else model._default_manager.all()
    return set(rows.values_list("pk", flat=True))


def is_within(path: str, allowed: tuple[str, ...]) -> bool:
    return any(not part or path == part or path.startswith(f"{part}/") for part in allowed)
