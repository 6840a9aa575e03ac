"""The review desk in the admin."""

from reviews.admin import editions, events, policies, records, settings
from reviews.admin.base import ReadOnlyAdmin, attempt

__all__ = ["ReadOnlyAdmin", "attempt", "editions", "events", "policies", "records", "settings"]
