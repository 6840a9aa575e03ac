"""I1: a row of a fact, the feed or a history is never changed or removed, whatever the statement."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, models
from django.db.models import F, Value

from cms.guards import install, sqlite
from publishing.models import (
    Address,
    Alert,
    AlertResolution,
    Change,
    Endorsement,
    Extension,
    Milestone,
    PartWithdrawal,
    Publication,
    Ratification,
    Schedule,
    ScheduleEnd,
    SentNotice,
    Withdrawal,
)
from reviews.models import (
    Assignment,
    AssignmentReply,
    Comment,
    Decision,
    Edition,
    Event,
    Override,
    Reaffirmation,
    Recall,
    Resolution,
    ReviewRound,
    RevocationAnswer,
    SentReminder,
)
from tests.cms.guards.conftest import World
from tests.cms.guards.sql import (
    INSERT_ONLY,
    MODELS,
    UNCHANGED,
    copy,
    execute,
    insert,
    refused,
    refused_by_the_database,
    settle,
)

each_table = pytest.mark.parametrize("table", INSERT_ONLY)
LEAVES = [Recall, Event, Change, AssignmentReply, SentReminder, Resolution, Override, Reaffirmation]
LEAVES += [RevocationAnswer, Address, ScheduleEnd, Ratification, AlertResolution, Extension, Milestone, Endorsement]
LEAVES += [SentNotice]
FACTS = [
    Edition,
    Decision,
    Publication,
    Withdrawal,
    Assignment,
    Comment,
    ReviewRound,
    Schedule,
    PartWithdrawal,
    Alert,
    *LEAVES,
]


def names(table: str) -> tuple[Any, str, Any]:
    """The model, the column of its key, and the key of one row that is really there."""
    model = MODELS[table]
    key = model._default_manager.values_list("pk", flat=True).first()
    assert key is not None, f"the world has no row of {table}"
    return model, model._meta.pk.column, key


def test_facts_feed_and_histories_are_insert_only():
    histories = {table for table in MODELS if MODELS[table].__name__.startswith("Historical")}
    assert set(INSERT_ONLY) == histories | {model._meta.db_table for model in FACTS}


@each_table
def test_no_column_can_be_updated(world: World, table: str):
    model, pk, key = names(table)
    for field in model._meta.concrete_fields:
        for value in (f'"{field.column}"', "0" if field.primary_key else "NULL"):
            with refused(model, UNCHANGED):
                execute(f'UPDATE "{table}" SET "{field.column}" = {value} WHERE "{pk}" = %s', [key])
    with refused(model, UNCHANGED):
        execute(f'UPDATE "{table}" SET "{pk}" = "{pk}"')


@each_table
def test_no_row_can_be_deleted(world: World, table: str):
    model, pk, key = names(table)
    with refused(model, UNCHANGED):
        execute(f'DELETE FROM "{table}" WHERE "{pk}" = %s', [key])
    with refused(model, UNCHANGED):
        execute(f'DELETE FROM "{table}"')


@each_table
def test_no_row_can_be_changed_by_an_upsert(world: World, table: str):
    model, pk, key = names(table)
    row = model._default_manager.get(pk=key)
    reason = "" if connection.vendor == "sqlite" else UNCHANGED
    if connection.vendor == "postgresql":
        leave_only(table, "no_change")  # or the checks of an insert refuse first
    for field in model._meta.concrete_fields:
        with refused(model, reason):
            tail = f'ON CONFLICT ("{pk}") DO UPDATE SET "{field.column}" = EXCLUDED."{field.column}"'
            insert(copy(row, pk=key), tail=tail)


@each_table
def test_a_superuser_with_the_orm_changes_nothing(world: World, table: str):
    model, pk, key = names(table)
    one = model._default_manager.filter(pk=key)
    row = one.get()
    column = next(field for field in model._meta.concrete_fields if not field.primary_key)
    value = getattr(row, column.attname)

    with refused(model, UNCHANGED):
        one.update(**{column.attname: F(column.attname)})
    with refused(model, UNCHANGED):
        model._default_manager.bulk_update([row], [column.name])
    with refused(model, UNCHANGED):
        row.save_base(raw=True, force_update=True)
    with refused(model, UNCHANGED):
        one._raw_delete(one.db)
    with refused(model, UNCHANGED):
        list(model._default_manager.raw(f'UPDATE "{table}" SET "{pk}" = "{pk}" RETURNING *'))
    with refused(model, UNCHANGED):
        list(model._default_manager.raw(f'DELETE FROM "{table}" RETURNING *'))
    with refused(model, UNCHANGED):
        one.update(**{column.attname: Value(value, output_field=column)})


@pytest.mark.parametrize("model", LEAVES)
def test_the_delete_of_a_row_or_a_query_is_refused(world: World, model: Any):
    with refused(model, UNCHANGED):
        model.objects.order_by("pk").first().delete()
    with refused(model, UNCHANGED):
        model.objects.all().delete()


@pytest.mark.parametrize("model", FACTS)
def test_bulk_create_cannot_overwrite_a_fact(world: World, model: Any):
    row = model.objects.first()
    fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    if connection.vendor == "postgresql":
        leave_only(model._meta.db_table, "no_change")
    with refused(model, "" if connection.vendor == "sqlite" else UNCHANGED):
        model.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=[model._meta.pk.name], update_fields=fields
        )


# SQLite: REPLACE deletes rows without firing a delete trigger.


@pytest.mark.sqlite
@each_table
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE INTO", "REPLACE INTO"])
def test_replace_cannot_take_a_row_by_its_key(world: World, table: str, verb: str):
    model, _, key = names(table)
    row = model._default_manager.get(pk=key)
    with refused(model, ""):
        insert(copy(row, pk=key), verb=verb)
    leave_only(table, "no_replace")
    with refused(model, "this row exists"):
        insert(copy(row, pk=key), verb=verb)


@pytest.mark.sqlite
@each_table
def test_replace_cannot_take_a_row_by_its_rowid(world: World, table: str):
    model, _, key = names(table)
    row = model._default_manager.get(pk=key)
    ((rowid,),) = execute(f'SELECT rowid FROM "{table}" WHERE "{model._meta.pk.column}" = %s', [key])
    leave_only(table, "no_replace")
    with refused(model, "this row exists"):
        insert(other(row, keep=()), verb="INSERT OR REPLACE INTO", rowid=rowid)


@pytest.mark.sqlite
@each_table
def test_replace_cannot_take_a_row_by_any_unique_index(world: World, table: str):
    model, _, _ = names(table)
    indexes = unique_indexes(table)
    leave_only(table, "no_replace")
    for columns in indexes:
        row = model._default_manager.first()
        with refused(model, "this row exists"):
            insert(other(row, keep=columns), verb="INSERT OR REPLACE INTO")


@pytest.mark.sqlite
@pytest.mark.parametrize("outcome", ["reject", "request_changes", "approve"])
def test_an_approval_cannot_be_replaced_by_another_outcome(world: World, outcome: str):
    approval = Decision.objects.filter(edition=world.partial).first()
    with refused(Decision, "this row exists"):
        insert(copy(approval, outcome=outcome), verb="INSERT OR REPLACE INTO")


@pytest.mark.sqlite
def test_a_revocation_cannot_be_replaced(world: World):
    revocation = Decision.objects.get(edition=world.revoked, outcome="revoke")
    with refused(Decision, "this row exists"):
        insert(copy(revocation, comment="I take nothing back."), verb="INSERT OR REPLACE INTO")


@pytest.mark.sqlite
@pytest.mark.parametrize("model", [Event, Change])
def test_a_valid_new_row_cannot_take_the_place_of_an_old_one(world: World, model: Any):
    last = model.objects.order_by("seq").last()
    changes = {"seq": last.seq + 1} | ({"prev_hash": last.hash, "hash": "f" * 64} if model is Event else {})
    with refused(model, "this row exists"):
        insert(copy(last, **changes), verb="INSERT OR REPLACE INTO", rowid=1)
    insert(copy(last, **changes), verb="INSERT OR REPLACE INTO")


@pytest.mark.sqlite
@each_table
def test_update_or_replace_and_update_or_ignore_are_refused(world: World, table: str):
    model, pk, key = names(table)
    for verb in ("UPDATE OR REPLACE", "UPDATE OR IGNORE", "UPDATE OR FAIL"):
        with refused(model, UNCHANGED):
            execute(f'{verb} "{table}" SET "{pk}" = "{pk}" WHERE "{pk}" = %s', [key])


# PostgreSQL: TRUNCATE, replication and MERGE have ways of their own.


@pytest.mark.postgres
@each_table
def test_truncate_is_refused(world: World, table: str):
    settle()
    parents = [Edition, Publication, Decision, Assignment, Comment, ReviewRound]
    parents += [Withdrawal, Schedule, PartWithdrawal, Alert]
    is_referenced = table in {model._meta.db_table for model in parents}
    with refused_by_the_database(MODELS[table], "foreign key" if is_referenced else UNCHANGED):
        execute(f'TRUNCATE "{table}"')
    with refused_by_the_database(MODELS[table], UNCHANGED):
        execute(f'TRUNCATE "{table}" RESTART IDENTITY CASCADE')


@pytest.mark.postgres
@pytest.mark.parametrize("parent", ["articles_article", "auth_user", "reviews_edition"])
def test_truncate_of_a_parent_does_not_reach_the_facts(world: World, parent: str):
    settle()
    with refused_by_the_database(Decision, UNCHANGED):
        execute(f"TRUNCATE {parent} CASCADE")


@pytest.mark.postgres
@each_table
def test_a_session_that_plays_replica_is_refused_too(world: World, table: str):
    model, pk, _ = names(table)
    execute("SET LOCAL session_replication_role = replica")
    with refused(model, UNCHANGED):
        execute(f'UPDATE "{table}" SET "{pk}" = "{pk}"')
    with refused(model, UNCHANGED):
        execute(f'DELETE FROM "{table}"')


@pytest.mark.postgres
@each_table
def test_merge_is_refused(world: World, table: str):
    model, pk, key = names(table)
    for action in (f'UPDATE SET "{pk}" = s.k', "DELETE"):
        with refused(model, UNCHANGED):
            execute(
                f'MERGE INTO "{table}" t USING (SELECT %s AS k) s ON t."{pk}" = s.k WHEN MATCHED THEN {action}', [key]
            )


def leave_only(table: str, guard: str) -> None:
    """Take every guard of the table down but one, so that it is this one that refuses. Undone with the test."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name, (owner, _) in sqlite.triggers().items():
                if owner == table and not name.endswith(guard):
                    cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            settle()
            for name in install._installed_on_postgresql(cursor):
                if name.startswith(f"guard_{table}_") and not name.endswith(guard):
                    cursor.execute(f'DROP TRIGGER "{name}" ON "{table}"')


def unique_indexes(table: str) -> list[tuple[str, ...]]:
    """Return the columns of each unique index of a table, as the database knows them."""
    found = []
    for _, name, is_unique, *_ in execute(f'PRAGMA index_list("{table}")'):
        if is_unique:
            found.append(tuple(column for _, _, column in execute(f'PRAGMA index_info("{name}")')))
    return found


def other(row: models.Model, *, keep: tuple[str, ...]) -> Any:
    """Return an unsaved row that agrees with this one in the columns of `keep` and in no other unique column."""
    unique = {column for columns in unique_indexes(row._meta.db_table) for column in columns}
    changes = {
        field.attname: _another(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.column in unique and field.column not in keep
    }
    return copy(row, **changes)


def _another(value: Any) -> Any:
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, date):
        return value + timedelta(days=100)
    return value + 100_000 if isinstance(value, int) else "f" * len(value)
