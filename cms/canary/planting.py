"""Put a token in place of every secret. For databases that are thrown away: nothing of what it replaces comes back.

Facts are replaced too, so the guards go down while it works and up again after it.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from cms.canary import public
from cms.canary.fields import all_models, replaced, word_fields
from cms.guards import install

Shown = dict[public.Public, set[Any]]

#: A token is one word of small letters and digits, so that it survives slugs, URLs, escapes and folding.
MARK, LENGTH = "zqx", 12
ALPHABET = "bcdfghjkmnpqrstvwxyz23456789"
TOKEN = re.compile(rf"{MARK}[{ALPHABET}]{{{LENGTH - len(MARK)}}}")


@dataclass
class Tokens:
    """Which token stands where. `find` is the whole search: one pass over a text."""

    places: dict[str, str] = field(default_factory=dict)

    def new(self, place: str) -> str:
        """Return a fresh token that stands in `place` from now on."""
        token = MARK + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - len(MARK)))
        self.places[token] = place
        return token

    def find(self, text: str) -> set[str]:
        """Return the tokens in a text."""
        text = text.lower()
        return {token for token in TOKEN.findall(text) if token in self.places} if MARK in text else set()

    def place(self, token: str) -> str:
        return self.places[token]


class NoRoom(Exception):
    """A field that cannot hold a token, and of which nobody said why that does not matter."""


def plant(tokens: Tokens) -> int:
    """Replace every secret of the database by a token of its own; return how many values were replaced."""
    shown = {row: public.shown_pks(row, _model_of(row)) for row in public.TABLE}
    closed = [model for model in all_models() if model._meta.label not in public.OPEN_MODELS]
    with transaction.atomic():
        _take_guards_down()
        count = sum(_plant_model(model, tokens, shown) for model in closed)
        connection.check_constraints()
        install.install()
    return count


def _plant_model(model: Any, tokens: Tokens, shown: Shown) -> int:
    fields = [found for found in word_fields(model) if has_room(found)]
    rows = list(model._base_manager.order_by("pk").values_list("pk", *[found.attname for found in fields]))
    return sum(_plant_row(model, row[0], dict(zip(fields, row[1:], strict=True)), tokens, shown) for row in rows)


def _plant_row(model: Any, pk: Any, values: dict[Any, Any], tokens: Tokens, shown: Shown) -> int:
    planted = {found: _planted(found, value, pk, tokens, shown) for found, value in values.items()}
    changes = {found: value for found, value in planted.items() if value != values[found]}
    key = next((found for found in changes if found.primary_key), None)
    for found in sorted(changes, key=lambda found: found is key):  # The key last: the row is found by it.
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=pk).update(**{found.attname: changes[found]})
        except IntegrityError:
            if values[found]:
                raise
            # A constraint says that this stays empty in this row, so there is nothing secret here.
    return len(changes)


def _planted(found: Any, value: Any, pk: Any, tokens: Tokens, shown: Shown) -> Any:
    label = f"{found.model._meta.label}.{found.name}"
    allowed = tuple(path for row in public.rows_of(label) if pk in shown[row] for path in row.paths)

    def instead(path: str, text: str) -> str:
        return text if public.is_within(path, allowed) else tokens.new(f"{label}{path} of {pk}")

    if isinstance(found, models.JSONField):
        return replaced(value, instead)
    return value if value is None else instead("", value)


def has_room(found: Any) -> bool:
    """Return whether a token fits into a field; raise NoRoom where it does not and nobody said why that is right."""
    if found.max_length is None or found.max_length >= LENGTH or isinstance(found, models.JSONField):
        return True
    label = f"{found.model._meta.label}.{found.name}"
    if label in public.TOO_SHORT:
        return False
    raise NoRoom(
        f"{label} holds at most {found.max_length} characters, too few for a token: say in cms/canary/public.py "
        "(TOO_SHORT) why nothing is lost."
    )


def _take_guards_down() -> None:
    """Drop every guard. PostgreSQL alters no table while foreign keys wait to be checked, so they are first."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard!_%' ESCAPE '!'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
            return
        cursor.execute(
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgname LIKE 'guard!_%' ESCAPE '!' AND pg_table_is_visible(c.oid)"
        )
        for name, table in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}" ON "{table}"')


def _model_of(row: public.Public) -> type[models.Model]:
    app_label, model_name, _ = row.field.split(".")
    return apps.get_model(app_label, model_name)
