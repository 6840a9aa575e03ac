"""One kind of fact that events tell of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models


@dataclass(frozen=True)
class Fact:
    """A row that an event must tell of: who did it, in which article, and what the event's payload says of it."""

    model: type[models.Model]
    about: type[models.Model]
    key: str  # The column that holds the id of what the event is about.
    actor: str
    rows: Callable[[], Any]
    article: Callable[[Any], Any]
    payload: Callable[[Any], dict[str, Any]]
