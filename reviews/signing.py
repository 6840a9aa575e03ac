"""The second component of a signature: the password again, at the moment of signing (21 CFR 11.200)."""

from typing import Any

from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied


def confirm_password(request: Any, password: str) -> None:
    """Raise PermissionDenied unless `password` is the signer's own; wrong ones count towards the lock-out."""
    request = getattr(request, "_request", request)
    user = authenticate(request, username=request.user.get_username(), password=password)
    if user is None or user.pk != request.user.pk:
        raise PermissionDenied("The password is not right. An approval is signed with your own password.")
