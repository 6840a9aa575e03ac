"""Letters about editions, and how they are sent: one mail to each reader, text and HTML, with the one link to act on."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import make_msgid
from functools import cached_property
from smtplib import SMTPConnectError, SMTPServerDisconnected
from socket import gaierror
from textwrap import TextWrapper
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from reviews.models import Edition

#: Characters in a line of the text part, the quotation mark included.
WIDTH = 72
#: Characters of a title in a subject line.
LONGEST_TITLE = 80
#: What a mail server that is not there looks like. Whoever waits for the page waits as often as this is tried again.
NO_SERVER = (ConnectionError, TimeoutError, gaierror, SMTPConnectError, SMTPServerDisconnected)
TRIES = 2

#: The id of a user, and what is sent to them.
Mail = tuple[int, EmailMultiAlternatives]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """What happened, whose words are quoted, and what to do; `to` holds ids of users, `anchor` a place in the page."""

    edition: Edition
    heading: str
    says: tuple[str, ...]
    to: frozenset[int]
    quote: str = ""
    quoted: str = ""
    anchor: str = ""
    is_safety: bool = False

    @cached_property
    def title(self) -> str:
        return flat(self.edition.content["title"])

    @property
    def subject(self) -> str:
        """One line whatever the title holds: a line break in it would begin another header."""
        title = shortened(self.title, LONGEST_TITLE)
        return flat(f"[{settings.SITE_NAME}] {self.heading}: {title}, edition {self.edition.number}")

    @property
    def link(self) -> str:
        page = reverse("admin:reviews_edition_change", args=[self.edition.pk])
        return f"{settings.SITE_URL}{page}{f'#{self.anchor}' if self.anchor else ''}"

    @cached_property
    def text(self) -> str:
        return self._rendered("mail/letter.txt")

    @cached_property
    def html(self) -> str:
        return self._rendered("mail/letter.html")

    @property
    def quoted_lines(self) -> str:
        """The quotation as plain text, each line marked, long ones wrapped."""
        wrapper = TextWrapper(WIDTH - 2, break_long_words=False, break_on_hyphens=False)
        lines = [wrapped for line in self.quote.splitlines() for wrapped in wrapper.wrap(line) or [""]]
        return "\n".join(f"> {line}".rstrip() for line in lines)

    def _rendered(self, template: str) -> str:
        return render_to_string(template, {"letter": self, "site_name": flat(settings.SITE_NAME), "width": WIDTH})


@dataclass
class Delivery:
    """How many mails the server took and how many it did not; `unanswered` counts the last ones it was not there for."""

    sent: int = 0
    failed: int = 0
    unanswered: int = 0


def deliver(letters: Iterable[Letter]) -> Delivery:
    """Send letters about one event, nobody more than one."""
    return send(addressed(letters))


def addressed(letters: Iterable[Letter]) -> list[Mail]:
    """Return a mail for each reader: the first letter that this person is to get. All that needs the database."""
    mails: list[Mail] = []
    reached: set[int] = set()
    for letter in letters:
        readers = _readers(letter, without=reached)
        mails += [(user.pk, _mail(letter, user.email)) for user in readers]
        reached |= {user.pk for user in readers}
    return mails


def send(mails: Iterable[Mail]) -> Delivery:
    """Hand mails to the mail server. One that fails is logged, and the others go; after two that met no server none."""
    delivery = Delivery()
    for user_id, mail in mails:
        try:
            validate_email(mail.to[0])  # “a@b.org, c@d.org” would be two.
            mail.send()
        except Exception as error:
            logger.exception("A mail to user %s was not sent: “%s”", user_id, mail.subject)
            delivery.failed += 1
            delivery.unanswered = delivery.unanswered + 1 if isinstance(error, NO_SERVER) else 0
        else:
            delivery.sent += 1
            delivery.unanswered = 0
        if delivery.unanswered == TRIES:
            logger.error("No mail server answers. Not sent to the rest: “%s”", mail.subject)
            break
    return delivery


def flat(text: str) -> str:
    """Return the text in one line."""
    return " ".join(text.split())


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _readers(letter: Letter, *, without: set[int]) -> list[Any]:
    """Return who gets a letter: active, with an address, not switched off unless for safety, and may see its words.

    Nobody is at an address that ends in `.invalid` (RFC 6761): the demo's people have such.
    """
    people = get_user_model().objects.filter(pk__in=letter.to - without, is_active=True)
    people = people.exclude(Q(email="") | Q(email__iendswith=".invalid"))
    if not letter.is_safety:
        people = people.exclude(reviewer_settings__mail_off=True)
    edition = Edition.objects.filter(pk=letter.edition.pk)
    return [user for user in people.order_by("pk") if edition.visible_to(user).exists()]


def _mail(letter: Letter, address: str) -> EmailMultiAlternatives:
    """Return a letter as a mail to one person, who sees nobody else's address."""
    mail = EmailMultiAlternatives(letter.subject, letter.text, to=[address], headers=_headers())
    mail.attach_alternative(letter.html, "text/html")
    return mail


def _headers() -> dict[str, str]:
    """RFC 2919 names the list, RFC 3834 keeps vacation replies away."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return {
        "Message-ID": make_msgid(domain=host),
        "List-Id": f"<reviews.{host}>",
        "Auto-Submitted": "auto-generated",
    }
