"""Who may make public and take back. Predicates, one condition a line."""

from typing import Any

from reviews.models import Edition, Outcome


def may_publish(user: Any, edition: Edition) -> bool:
    return bool(user.is_active and user.has_perm("publishing.publish_edition"))


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
