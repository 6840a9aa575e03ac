"""Addresses for the cast, and the mailbox as names."""

from django.contrib.auth import get_user_model
from django.db.models import F, Value
from django.db.models.functions import Concat


def reachable():
    """Give everybody an address."""
    get_user_model().objects.update(email=Concat(F("username"), Value("@example.org")))


def names(mailoutbox):
    """Return who got the mails, each for one person alone."""
    assert all(len(row.recipients()) == 1 for row in mailoutbox)
    return sorted(row.to[0].removesuffix("@example.org") for row in mailoutbox)


def telling(capture_on_commit, mailoutbox):
    """Return a function that calls an action, lets it commit, and returns who got a mail."""

    def call(act):
        mailoutbox.clear()
        with capture_on_commit(execute=True):
            act()
        return names(mailoutbox)

    return call
