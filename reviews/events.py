"""Write the event chain. The fourth beat of every action."""

import hashlib
from typing import Any

from django.db import connection
from django.utils import timezone

from articles.snapshot import canonical
from reviews.models import GENESIS_HASH, Event

#: PostgreSQL advisory lock that serialises writers of the chain, taken after the article row.
CHAIN_LOCK = 0x5EC0_0D01


def record(action: str, about: Any, *, by: Any, article_id: Any, **payload: Any) -> Event:
    """Append one event about a row; `payload` is what an auditor needs to read it alone. Same transaction."""
    _lock_chain()
    last = Event.objects.order_by("-seq").only("seq", "hash").first()
    event = Event(
        seq=last.seq + 1 if last else 1,
        prev_hash=last.hash if last else GENESIS_HASH,
        actor=by,
        actor_name=printed_name(by),
        action=action,
        object_type=about._meta.model_name,
        object_id=str(about.pk),
        article_id=article_id,
        payload=payload,
        at=timezone.now(),
    )
    event.hash = hash_of(event)
    event.save(force_insert=True)
    return event


def hash_of(event: Event) -> str:
    """Return the hex SHA-256 over the canonical form of the event's columns."""
    return hashlib.sha256(canonical(event.hashed())).hexdigest()


def printed_name(user: Any) -> str:
    """The name that is printed for a person: of their contributor record, else of their account."""
    contributor = getattr(user, "contributor", None)
    return contributor.name if contributor else user.get_full_name() or user.get_username()


def _lock_chain() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
