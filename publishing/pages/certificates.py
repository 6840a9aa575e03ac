"""The review certificate of an edition, for readers."""

import json
from collections import Counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from publishing import reading
from publishing.certificate import standing
from publishing.document import certificate_path
from publishing.http import document_headers
from publishing.pages.answers import public_page, stored_page

#: Run on the JSON of an edition, it prints the digest of its content: RFC 8785, then SHA-256.
CHECK = (
    "import hashlib, json, sys, rfc8785; "
    'content = json.load(sys.stdin.buffer)["content"]; '
    'print("sha256:" + hashlib.sha256(rfc8785.dumps(content)).hexdigest())'
)


@public_page
def certificate(request: HttpRequest, language: str, slug: str, number: int) -> HttpResponse:
    text, etag, _, current = reading.live_certificate(number, language=language, slug=slug)
    shown = json.loads(text)

    def context() -> tuple[str, dict[str, Any], str]:
        return "publishing/certificate.html", certificate_context(shown, slug, current), settings.LANGUAGE_CODE

    return stored_page(request, (etag, current), document_headers(f"article-{shown['article']}"), context)


def certificate_context(shown: dict[str, Any], slug: str, current: int) -> dict[str, Any]:
    """Return what the certificate's page shows. Its own words are English, whatever the article's language."""
    full, own = standing(shown["reviews"][-1]), standing(shown["reviews"][0])
    return {
        "certificate": shown,
        "full": shown["reviews"][-1],
        "full_path": certificate_path(shown["language"], slug, shown["reviews"][-1]["edition"]),
        "current": current,
        "current_path": certificate_path(shown["language"], slug, current),
        "checked_by": _names(full),
        "checked_at": max((row["signed_at"] for row in full), default=""),
        "mended_by": _names(own) if shown["is_fast_path"] else [],
        "mended_at": max((row["signed_at"] for row in own), default=""),
        "again": [row for review in shown["reviews"] for row in review["rounds"] if row["round"] > 1],
        "overrides": [row for review in shown["reviews"] for row in review["overrides"]],
        "command": f"curl -fsS '{shown['edition_url']}' | python3 -c '{CHECK}'",
    }


def _names(signatures: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return who signed, as a sentence lists them: those by name first, then those shown by role only."""
    named = dict.fromkeys(_with_credentials(row) for row in signatures if row["is_named"])
    roles = Counter(row["role"].lower() for row in signatures if not row["is_named"])
    return [{"name": name} for name in [*named, *(_by_role(role, count) for role, count in roles.items())]]


def _with_credentials(signature: dict[str, Any]) -> str:
    credentials = ", ".join(signature["credentials"])
    return f"{signature['name']} ({credentials})" if credentials else signature["name"]


def _by_role(role: str, count: int) -> str:
    article = "an" if role[:1] in "aeiou" else "a"
    return f"{article} {role}" if count == 1 else f"{count} people in the role of {role}"
