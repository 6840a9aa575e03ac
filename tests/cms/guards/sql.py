"""Raw statements against guarded tables, and the proof that one was refused and changed nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from cms.guards import install, rules
from tests import cast

UNCHANGED = "rows are never changed or removed"

#: Table -> model, history tables too.
MODELS = {model._meta.db_table: model for model in apps.get_models()}
INSERT_ONLY = [row.table for row in rules.insert_only()]


def execute(statement: str, values: Any = ()) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def rows(table: str) -> list[Any]:
    """Every row of a table, with SQLite's hidden rowid."""
    what = "rowid, *" if connection.vendor == "sqlite" else "*"
    pk = MODELS[table]._meta.pk.column
    return execute(f'SELECT {what} FROM "{table}" ORDER BY "{pk}"')


@contextmanager
def refused(model: Any, reason: str) -> Iterator[None]:
    """Expect the guard of a table to refuse what follows, in its own words, and the table to be as it was."""
    with refused_by_the_database(model, f"{model._meta.db_table}: {reason}", IntegrityError):
        yield


@contextmanager
def refused_by_the_database(model: Any, text: str = "", error: type[DatabaseError] = DatabaseError) -> Iterator[None]:
    """Expect a guard or a constraint to refuse what follows, and the table to be as it was."""
    before = rows(model._meta.db_table)
    with pytest.raises(error) as caught, transaction.atomic():
        yield
    assert text in str(caught.value)
    assert rows(model._meta.db_table) == before


def copy(row: models.Model, **changes: Any) -> Any:
    """Return an unsaved row like this one, without its number unless that is given."""
    fields = row._meta.concrete_fields
    values = {field.attname: getattr(row, field.attname) for field in fields if not _is_automatic(field)}
    return type(row)(**(values | changes))


def insert(row: models.Model, *, verb: str = "INSERT INTO", tail: str = "", **raw: Any) -> None:
    """Insert an unsaved row as one raw statement; `raw` sets columns past all that a field would do."""
    columns = {
        field.column: field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in row._meta.concrete_fields
        if getattr(row, field.attname) is not None
    } | raw
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join(["%s"] * len(columns))
    execute(f'{verb} "{row._meta.db_table}" ({names}) VALUES ({places}) {tail}', list(columns.values()))


@contextmanager
def guards_down() -> Iterator[None]:
    """Let the test forge rows that no guard would let in. The guards are up again after it."""
    settle()
    cast.take_guards_down()
    yield
    settle()
    install.install()


def settle() -> None:
    """Check the deferred foreign keys now: PostgreSQL alters no table that has some waiting."""
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute("SET CONSTRAINTS ALL DEFERRED")


def _is_automatic(field: Any) -> bool:
    return isinstance(field, models.AutoField | models.BigAutoField)
