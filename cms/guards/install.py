"""Put the guards there after every migration, and tell which are missing or altered."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from cms.guards import postgresql, rules, sqlite


def before_migrate(using: str = DEFAULT_DB_ALIAS, plan: Any = (), **kwargs: Any) -> None:
    """Take SQLite's guards down while tables are rebuilt: its triggers name tables that are away for a moment."""
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in _installed_on_sqlite(cursor):
                cursor.execute(f'DROP TRIGGER "{name}"')


def after_migrate(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Install every guard whose tables exist."""
    install(using)


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Install what is missing or altered. Idempotent; does nothing before the first migration."""
    connection = connections[using]
    if not set(rules.tables()) <= set(connection.introspection.table_names()):
        return
    if not missing(using):
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        _install_on_postgresql(cursor) if connection.vendor == "postgresql" else _install_on_sqlite(cursor)


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the names of guards that are not there, not as they should be, or not known. One query."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            wanted: dict[str, Any] = {name: (sql, body, True) for name, (_, body, sql) in postgresql.triggers().items()}
            there: dict[str, Any] = _installed_on_postgresql(cursor)
        else:
            wanted = {name: sql for name, (_, sql) in sqlite.triggers().items()}
            there = _installed_on_sqlite(cursor)
    return sorted(name for name in wanted | there if wanted.get(name) != there.get(name))


def _installed_on_sqlite(cursor: Any) -> dict[str, str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard!_%' ESCAPE '!'")
    return dict(cursor.fetchall())


def _installed_on_postgresql(cursor: Any) -> dict[str, tuple[str, str, bool]]:
    """Return trigger name -> (its statement, the body of its function, whether it always fires in the right schema)."""
    cursor.execute(
        "SELECT t.tgname, pg_get_triggerdef(t.oid, true), p.prosrc, t.tgenabled = 'A' AND COALESCE(p.proconfig ="
        " ARRAY['search_path=pg_catalog, ' || quote_ident(current_schema()) || ', pg_temp'], false)"
        " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal AND t.tgname LIKE 'guard!_%' ESCAPE '!' AND pg_table_is_visible(c.oid)"
    )
    return {name: (sql, body, is_right) for name, sql, body, is_right in cursor.fetchall()}


def _install_on_sqlite(cursor: Any) -> None:
    for name in _installed_on_sqlite(cursor):
        cursor.execute(f'DROP TRIGGER "{name}"')
    for _, sql in sqlite.triggers().values():
        cursor.execute(sql)


def _install_on_postgresql(cursor: Any) -> None:
    for name, (sql, _, _) in _installed_on_postgresql(cursor).items():
        cursor.execute(f"DROP TRIGGER {name} ON {sql.partition(' ON ')[2].partition(' ')[0]}")
    cursor.execute("SELECT quote_ident(current_schema())")
    (schema,) = cursor.fetchone()
    for name, (table, body, sql) in postgresql.triggers().items():
        # pg_temp is named last: left out it is searched first, and a temporary table could stand in for a real one.
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
            f" SET search_path = pg_catalog, {schema}, pg_temp AS $guard${body}$guard$"
        )
        cursor.execute(sql)
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
