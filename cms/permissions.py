"""The default of every API view: no. Views opt out by name, and a test lists them."""

from typing import Any

from rest_framework.permissions import BasePermission


class DenyAll(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False
