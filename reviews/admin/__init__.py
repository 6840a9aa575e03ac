"""The review desk in the admin."""

from reviews.admin import editions, policies, records
from reviews.admin.base import ReadOnlyAdmin, attempt

__all__ = ["ReadOnlyAdmin", "attempt", "editions", "policies", "records"]
