"""What the actions around a publication record, and how each event must agree with its row."""

from typing import Any

from cms.recorded_fact import Fact
from publishing.actions.alerts import NO_ARTICLE
from publishing.models import (
    Address,
    Alert,
    AlertResolution,
    Endorsement,
    Extension,
    Milestone,
    PartWithdrawal,
    Ratification,
    Schedule,
    ScheduleEnd,
)


def _told(model: Any, path: str, *names: str, **values: Any) -> Fact:
    """Return the fact of a model: `path` leads to the article's id, `names` stand in the payload as in the row."""
    related = path.split("__")[:-1]
    selected = ["__".join(related)] if related else []

    def article(row: Any) -> Any:
        for name in path.split("__"):
            row = getattr(row, name)
        return row

    def payload(row: Any) -> dict[str, Any]:
        return {name: getattr(row, name) for name in names} | {name: value(row) for name, value in values.items()}

    return Fact(model, model, "id", "by_id", lambda: model.objects.select_related(*selected), article, payload)


def _moment(name: str) -> Any:
    return lambda row: getattr(row, name).isoformat(timespec="microseconds")


def _day(name: str) -> Any:
    return lambda row: getattr(row, name).isoformat()


LIFECYCLE = {
    "edition.scheduled": _told(
        Schedule,
        "edition__article_id",
        *("digest", "zone", "note", "correction_kind", "correction_summary"),
        edition=lambda row: row.edition.number,
        due_at=_moment("due_at"),
    ),
    "schedule.ended": _told(
        ScheduleEnd,
        "schedule__edition__article_id",
        *("outcome", "reason", "is_late"),
        edition=lambda row: row.schedule.edition.number,
        scheduled_by=lambda row: row.schedule.by_id,
        due_at=lambda row: row.schedule.due_at.isoformat(timespec="microseconds"),
    ),
    "article.moved": _told(Address, "article_id", "language", "slug", "reason"),
    "withdrawal.ratified": _told(
        Ratification,
        "withdrawal__publication__article_id",
        "reason",
        edition=lambda row: row.withdrawal.publication.edition.number,
    ),
    "part.withdrawn": Fact(
        PartWithdrawal,
        PartWithdrawal,
        "id",
        "by_id",
        PartWithdrawal.objects.all,
        lambda row: NO_ARTICLE,
        lambda row: {
            "kind": row.kind,
            "part": str(row.part_id),
            "name": row.name,
            "reason": row.reason,
            "reader_message": row.reader_message,
        },
    ),
    "alert.raised": _told(
        Alert,
        "publication__article_id",
        *("kind", "reason", "reader_message", "is_shown"),
        edition=lambda row: row.publication.edition.number,
        part=lambda row: row.part_id or 0,
    ),
    "alert.resolved": _told(
        AlertResolution, "alert__publication__article_id", "reason", "attestation", alert=lambda row: row.alert_id
    ),
    "review.extended": _told(
        Extension,
        "publication__article_id",
        *("reason", "attestation"),
        edition=lambda row: row.publication.edition.number,
        due_on=_day("due_on"),
        until=_day("until"),
    ),
    "review.milestone": _told(
        Milestone,
        "publication__article_id",
        "kind",
        edition=lambda row: row.publication.edition.number,
        due_on=_day("due_on"),
    ),
    "publication.endorsed": _told(
        Endorsement,
        "publication__article_id",
        *("digest", "comment", "attestation", "by_role_only"),
        seq=lambda row: row.publication.seq,
        edition=lambda row: row.publication.edition.number,
    ),
}
