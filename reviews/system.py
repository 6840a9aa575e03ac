"""The named account behind what no person did: defaults, scheduled work, what comes with time."""

from typing import Any

from django.contrib.auth import get_user_model

SYSTEM_USERNAME = "system"


def system_user() -> Any:
    """Return the system account, made on first use; nobody can log in as it."""
    user, is_new = get_user_model().objects.get_or_create(
        username=SYSTEM_USERNAME, defaults={"first_name": "System", "is_active": False}
    )
    if is_new:
        user.set_unusable_password()
        user.save()
    return user
