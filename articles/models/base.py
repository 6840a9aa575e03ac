"""What every draft row has: a UUID that never changes, and a history."""

import uuid

from django.db import models

from articles.history import History


class DraftRow(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    history = History(inherit=True)

    class Meta:
        abstract = True
