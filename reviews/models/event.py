"""The event log: one hash chain over everything that was done, written in the same transaction as what it records."""

from typing import Any

from django.conf import settings
from django.db import models

#: What the first event has for `prev_hash`.
GENESIS_HASH = "0" * 64


class Event(models.Model):
    """`hash` is the hex SHA-256 of the RFC 8785 form of every other column (reviews/events.py)."""

    seq = models.BigIntegerField(primary_key=True)
    prev_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=300)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    article_id = models.UUIDField(db_index=True)
    payload = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.seq}: {self.action}"

    def hashed(self) -> dict[str, Any]:
        """The columns that the hash covers, as plain values."""
        return {
            "seq": self.seq,
            "prev_hash": self.prev_hash,
            "actor": self.actor_id,
            "actor_name": self.actor_name,
            "action": self.action,
            "object_type": self.object_type,
            "object_id": self.object_id,
            "article_id": str(self.article_id),
            "payload": self.payload,
            "at": self.at.isoformat(timespec="microseconds"),
        }
