"""Mail about what is public: who hears of what. Written and sent after the commit of what it tells."""

from collections.abc import Iterable, Iterator
from typing import Any

from publishing.models import Alert, Milestone, MilestoneKind, Publication, ScheduleEnd, Withdrawal, WithdrawalKind
from reviews.letters import Delivery, Letter, deliver
from reviews.mail import after_commit, day, edition_of, holders, name_of, sentences
from reviews.models.policy import OnExpiry

#: Who decides what becomes of a public page.
LEADS = "publishing.suspend_publication"
PUBLISHERS = "publishing.publish_edition"


def published_for_safety(publication: Publication) -> None:
    """Tell the medical leads that a safety change is public; in an emergency, that an approval is owed."""
    after_commit(_on_safety, publication.pk)


def withdrawn(withdrawal: Withdrawal) -> None:
    """Tell the authors that their page is gone, and of a suspension every medical lead."""
    after_commit(_on_withdrawn, withdrawal.pk)


def schedule_failed(end: ScheduleEnd) -> None:
    """Tell who scheduled an edition, and who can publish, that it did not become public, and why."""
    after_commit(_on_schedule_failed, end.pk)


def alert_raised(alert: Alert) -> None:
    """Tell the medical leads and the authors that something was raised about a public page."""
    after_commit(_on_alert, alert.pk)


def milestone_reached(milestone: Milestone) -> None:
    """Tell the owner of an article that its review falls due, is overdue, or has expired."""
    after_commit(_on_milestone, milestone.pk)


def unratified(withdrawal: Withdrawal) -> Delivery:
    """Tell every lead and publisher that nobody has ratified a suspension in time."""
    edition = edition_of(withdrawal.publication.edition_id)
    said = (
        f"{name_of(withdrawal.by)} suspended this page on {day(withdrawal.at)}, and nobody has ratified it since.",
        "A second medical lead ratifies the suspension, or the page is put right and published again.",
    )
    return deliver([_letter(edition, "Safety: suspension not ratified", said, _holders(LEADS) | _holders(PUBLISHERS))])


def unendorsed(publication: Publication) -> Delivery:
    """Tell every lead and publisher that nobody independent has approved an emergency publication in time."""
    edition = edition_of(publication.edition_id)
    said = (
        f"This edition was published in an emergency on {day(publication.published_at)}.",
        "Nobody independent has approved it since. Approve it, or withdraw it.",
    )
    to = _holders("publishing.endorse_publication") | _holders(PUBLISHERS)
    return deliver([_letter(edition, "Safety: emergency publication not approved", said, to)])


def _letter(edition: Any, heading: str, says: tuple[str, ...], to: Iterable[int], **more: Any) -> Letter:
    return Letter(edition, heading, says, frozenset(to), is_safety=True, **more)


def _on_safety(pk: int) -> Iterator[Letter]:
    publication = Publication.objects.select_related("published_by").get(pk=pk)
    edition, who = edition_of(publication.edition_id), name_of(publication.published_by)
    owes = edition.policy.get("is_emergency")
    yield _letter(
        edition,
        "Safety: changed in an emergency" if owes else "Safety: public page changed",
        sentences(
            f"{who} published a safety change of this page.",
            "Somebody independent, who neither wrote, approved nor published it, approves it within 72 hours."
            if owes
            else "",
        ),
        _holders("publishing.endorse_publication" if owes else LEADS) - {publication.published_by_id},
    )


def _on_withdrawn(pk: int) -> Iterator[Letter]:
    row = Withdrawal.objects.select_related("publication__article", "by").get(pk=pk)
    edition, who = edition_of(row.publication.edition_id), name_of(row.by)
    if row.kind == WithdrawalKind.SUSPENDED:
        said = (
            f"{who} suspended this page: no reader sees it any more.",
            "A second medical lead ratifies the suspension within 72 hours.",
        )
        yield _letter(
            edition, "Safety: page suspended", said, _holders(LEADS) - {row.by_id}, quote=row.reason, quoted=who
        )
    said = (
        f"{who} took this page off the site.",
        "The draft goes on: change it and submit it again, if it is to return.",
    )
    yield Letter(edition, "Page withdrawn", said, _authors(edition) - {row.by_id}, quote=row.reason, quoted=who)


def _on_schedule_failed(pk: int) -> Iterator[Letter]:
    end = ScheduleEnd.objects.select_related("schedule__by").get(pk=pk)
    edition, schedule = edition_of(end.schedule.edition_id), end.schedule
    said = (
        f"This edition was to become public on {day(schedule.due_at)} and did not: a gate refused it.",
        "Put right what is missing and schedule it again, or publish it by hand.",
    )
    to = _holders(PUBLISHERS) | {schedule.by_id, edition.submitted_by_id}
    yield Letter(edition, "Not published as scheduled", said, frozenset(to), quote=end.reason, quoted="The gate")


def _on_alert(pk: int) -> Iterator[Letter]:
    alert = Alert.objects.select_related("publication", "by").get(pk=pk)
    edition, who = edition_of(alert.publication.edition_id), name_of(alert.by)
    said = sentences(
        f"{who} raised this about a public page.",
        "Readers see a notice until it is answered." if alert.is_shown else "",
        "A medical lead who did not touch the text answers it, signed.",
    )
    to = _holders("publishing.resolve_alert") | _authors(edition)
    yield _letter(
        edition, "Safety: alert about a public page", said, to - {alert.by_id}, quote=alert.reason, quoted=who
    )


def _on_milestone(pk: int) -> Iterator[Letter]:
    row = Milestone.objects.select_related("publication").get(pk=pk)
    edition, date = edition_of(row.publication.edition_id), day_of(row.due_on)
    unpublished = edition.policy["on_expiry"] == OnExpiry.UNPUBLISH
    heading, said = {
        MilestoneKind.WARNED: (f"Review due on {date}", f"The review of this page is valid until {date}."),
        MilestoneKind.OVERDUE: ("Review overdue", f"The review of this page was due on {date}. Readers are told so."),
        MilestoneKind.EXPIRED: (
            "Review expired",
            f"The review of this page was due on {date}. "
            + ("It was taken off the site." if unpublished else "Readers are told not to rely on it."),
        ),
    }[MilestoneKind(row.kind)]
    advice = "Open a new round of review of the same text, or change the draft and submit it."
    yield Letter(edition, heading, (said, advice), _authors(edition))


def day_of(date: Any) -> str:
    return f"{date.day} {date:%B %Y}"


def _authors(edition: Any) -> frozenset[int]:
    return frozenset({edition.submitted_by_id, edition.article.owner_id})


def _holders(permission: str) -> frozenset[int]:
    """Return the ids of those whose work it is: a superuser passes every role and has none."""
    return holders(permission, include_superusers=False)
