"""Template tag of the admin's front page: each person's own work first."""

from typing import Any

from django import template
from django.utils import timezone

from reviews.queues import submitted_by, waiting_for

register = template.Library()


@register.inclusion_tag("admin/reviews/_queues.html")
def my_queues(user: Any) -> dict[str, Any]:
    """Show what waits for this person's decision, and what they submitted."""
    is_reader = user.has_perm("reviews.view_edition")
    return {
        "is_reader": is_reader,
        "waiting": waiting_for(user, today=timezone.now().date()) if is_reader else [],
        "submitted": submitted_by(user) if is_reader else [],
    }
