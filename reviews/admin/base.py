"""What the admin pages of facts share: nothing is edited there, and every button is one action."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):
    """Facts are looked at, never edited: their rows come from actions."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def attempt(request: HttpRequest, form: Any, act: Callable[[], Any]) -> Any:
    """Run an action; a refusal becomes errors of the form, in the words of the refusal, and returns None."""
    try:
        return act()
    except ValidationError as error:
        for message in error.messages:
            form.add_error(None, message)
    except PermissionDenied as error:
        form.add_error(None, str(error) or "You may not do this.")
    return None
