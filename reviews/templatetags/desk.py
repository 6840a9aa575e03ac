"""Template filters of the review desk."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def at(texts: dict[str, Any], place: Any) -> Any:
    """Return what stands at a place; "" where nothing does."""
    return texts.get(str(place), "") if texts else ""
