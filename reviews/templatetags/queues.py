"""Template tag of the admin's front page: each person's own work first."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils import timezone

from reviews.queues import (
    came_back_to,
    held_up_by,
    ready_to_publish,
    submitted_by,
    unanswered_revocations,
    waiting_for,
)

register = template.Library()


@dataclass(frozen=True)
class Number:
    """One of a person's own numbers: how many of what, and where on their page the list is."""

    count: int
    words: str
    anchor: str
    is_urgent: bool = False


@register.inclusion_tag("admin/reviews/_front.html")
def my_desk(user: Any) -> dict[str, Any]:
    """Show a person's own numbers, and what waits for their decision."""
    return desk_of(user)


def desk_of(user: Any) -> dict[str, Any]:
    """Return everything that is a person's own in reviews: lists, and their numbers."""
    is_reader = user.has_perm("reviews.view_edition")
    if not is_reader:
        return {"is_reader": False}
    desk: dict[str, Any] = {
        "is_reader": True,
        "waiting": waiting_for(user, now=timezone.now()),
        "submitted": submitted_by(user),
        "returned": came_back_to(user),
        "held_up": held_up_by(user),
        "ready": ready_to_publish() if user.has_perm("publishing.publish_edition") else None,
        "revoked": unanswered_revocations() if user.has_perm("reviews.answer_revocation") else None,
    }
    return desk | {"numbers": _numbers(desk)}


def _numbers(desk: dict[str, Any]) -> list[Number]:
    overdue = sum(row.is_overdue for row in desk["waiting"])
    numbers = [
        Number(len(desk["waiting"]), "to decide on", "waiting"),
        Number(overdue, "overdue", "waiting", bool(overdue)),
        Number(len(desk["returned"]), "came back to you", "returned", bool(desk["returned"])),
        Number(len(desk["held_up"]), "blocking comments to settle", "held-up", bool(desk["held_up"])),
        Number(len(desk["submitted"]), "submitted by you, in review", "submitted"),
    ]
    if desk["ready"] is not None:
        numbers.append(Number(len(desk["ready"]), "ready to publish", "ready"))
    if desk["revoked"] is not None:
        numbers.append(Number(len(desk["revoked"]), "approvals taken back from public pages", "revoked", True))
    return [row for row in numbers if row.count or row.words == "to decide on"]
