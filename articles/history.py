"""The field-level log of drafts. No draft row is written without a name.

May import nothing of ours.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords
from simple_history.utils import bulk_create_with_history


class History(HistoricalRecords):
    """History rows whose user is the explicit actor: never guessed from a request, never empty, never deleted."""

    def get_history_user(self, instance: models.Model) -> Any:
        """Return the actor set by `write`, `remove` or `create_all`; raise ValueError where there is none."""
        user = getattr(instance, "_history_user", None)
        if user is None:
            raise ValueError(f"{instance._meta.label} may only be written through an action that names who writes it.")
        return user

    def _get_history_user_fields(self) -> dict[str, Any]:
        return {"history_user": models.ForeignKey(settings.AUTH_USER_MODEL, related_name="+", on_delete=models.PROTECT)}


def write(row: Any, *, by: Any, reason: str = "") -> Any:
    """Save one draft row in the name of `by`."""
    row._history_user = by
    row._change_reason = reason[:500]
    row.save()
    return row


def remove(row: Any, *, by: Any, reason: str = "") -> None:
    """Delete one draft row in the name of `by`; its history stays."""
    row._history_user = by
    row._change_reason = reason[:500]
    row.delete()


def create_all(rows: Iterable[Any], *, by: Any, reason: str = "") -> None:
    """Insert many new draft rows, two statements for each run of one model; order them parents first."""
    for model, group in groupby(rows, key=type):
        bulk_create_with_history(
            list(group), model, batch_size=500, default_user=by, default_change_reason=reason[:500]
        )
