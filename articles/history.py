"""The field-level log of drafts. No draft row is written without a name.

May import nothing of ours.
"""

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

BATCH = 500


class History(HistoricalRecords):
    """History rows whose user is the explicit actor: never guessed from a request, never empty, never deleted."""

    def get_history_user(self, instance: models.Model) -> Any:
        """Return the actor set by `write`, `remove` or `create_all`; raise ValueError where there is none."""
        return _named(instance, getattr(instance, "_history_user", None))

    def _get_history_user_fields(self) -> dict[str, Any]:
        return {"history_user": models.ForeignKey(settings.AUTH_USER_MODEL, related_name="+", on_delete=models.PROTECT)}


def write(row: Any, *, by: Any, reason: str = "") -> Any:
    """Save one draft row in the name of `by`; raise ValueError, with nothing written, where there is nobody."""
    row._history_user = _named(row, by)
    row._change_reason = reason[:500]
    row.save()
    return row


def remove(row: Any, *, by: Any, reason: str = "") -> None:
    """Delete one draft row in the name of `by`; its history stays."""
    row._history_user = _named(row, by)
    row._change_reason = reason[:500]
    row.delete()


def create_all(rows: Iterable[Any], *, by: Any, reason: str = "") -> None:
    """Insert many new draft rows in the name of `by`: two statements for each run of up to 500 rows of one model.

    Order the rows parents first.
    """
    model: Any
    for model, group in groupby(rows, key=type):
        created = model._default_manager.bulk_create(list(group), batch_size=BATCH)
        _history_of(model).bulk_history_create(
            created, batch_size=BATCH, default_user=by, default_change_reason=reason[:500]
        )


def _named(row: models.Model, user: Any) -> Any:
    if user is None:
        raise ValueError(f"{row._meta.label} may only be written through an action that names who writes it.")
    return user


@cache
def _history_of(model: Any) -> Any:
    """The history manager of a model: the library builds a class anew at every access."""
    return model.history
