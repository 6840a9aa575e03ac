"""Who may make public and take back. Predicates, one condition a line."""

from typing import Any

from reviews.models import Edition, Outcome
from reviews.policy import is_emergency


def may_publish(user: Any, edition: Edition) -> bool:
    """Whether somebody may make this edition public: in an emergency a medical lead, who may be the one who approved."""
    role = "publish_emergency" if is_emergency(edition.policy) else "publish_edition"
    return bool(user.is_active and user.has_perm(f"publishing.{role}"))


def is_separate_releaser(user: Any, edition: Edition) -> bool:
    """Whether the policy's rule "who publishes may not have approved" holds; no role passes it."""
    if not edition.policy["separate_releaser"]:
        return True
    number = edition.open_round or 1
    signed = [row for row in edition.facts["decisions"] if row.round == number]
    approvers = {row.reviewer_id for row in signed if row.outcome == Outcome.APPROVE}
    return user.pk not in approvers


def may_withdraw(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("publishing.withdraw_publication"))


def may_suspend(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("publishing.suspend_publication"))


def may_raise_concern(user: Any) -> bool:
    return may_withdraw(user)


def may_resolve_alert(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("publishing.resolve_alert"))


def may_withdraw_part(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("publishing.withdraw_part"))


def may_extend(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("publishing.extend_review"))


def may_endorse(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("publishing.endorse_publication"))


def may_move(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("publishing.move_article"))
