"""Who calls the editorial API: a logged-in session with its CSRF token. Anything that looks like a token is refused."""

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed


class SessionOnly(SessionAuthentication):
    def authenticate(self, request: Any) -> Any:
        if request.META.get("HTTP_AUTHORIZATION"):
            raise AuthenticationFailed("This token is not known.", code="bad-token")
        return super().authenticate(request)

    def authenticate_header(self, request: Any) -> str:
        return "Session"
