"""Mail about reviews: plain text and HTML, sent after commit, each with the one link to act.

People switch kinds off for themselves, except what concerns safety. A mail that cannot be sent is logged; the row it
speaks of is what counts.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

logger = logging.getLogger(__name__)

#: What people can switch off, with the words of the settings page.
KINDS = {
    "assigned": "A review was assigned to me",
    "due_soon": "A review of mine is due soon",
    "overdue": "A review of mine is overdue",
    "returned": "An edition I submitted was returned",
    "approved": "An edition I submitted has every approval",
    "commented": "Somebody commented on an edition of mine or answered me",
}
#: Always sent.
SAFETY = "safety"


@dataclass(frozen=True)
class Letter:
    kind: str
    subject: str
    lines: tuple[str, ...]
    path: str
    link_words: str


def edition_path(edition: Any) -> str:
    return reverse("admin:reviews_edition_change", args=[edition.pk])


def send_on_commit(letter: Letter, to: Iterable[Any]) -> None:
    """Send after the transaction commits, to each active person with an address who has not switched this kind off."""
    people = [user for user in to if user.is_active and user.email and _wants(user, letter.kind)]
    if people:
        transaction.on_commit(partial(send, letter, [user.email for user in people]), robust=True)


def send(letter: Letter, addresses: list[str]) -> None:
    """Send one mail to each address, so that nobody sees the others."""
    context = {"letter": letter, "url": f"{settings.SITE_URL}{letter.path}", "site_name": settings.SITE_NAME}
    text, html = (render_to_string(f"admin/reviews/mail.{kind}", context) for kind in ("txt", "html"))
    for address in addresses:
        mail = EmailMultiAlternatives(letter.subject, text, to=[address])
        mail.attach_alternative(html, "text/html")
        try:
            mail.send()
        except OSError:
            logger.exception("mail “%s” could not be sent", letter.kind)


def _wants(user: Any, kind: str) -> bool:
    chosen = getattr(user, "reviewer_settings", None)
    return kind == SAFETY or chosen is None or chosen.wants(kind)
