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
    """Return the names of guards that are not there, or not as they should be. One query."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            installed = _installed_on_postgresql(cursor)
            wanted = {name: body for name, (_, body, _) in postgresql.triggers().items()}
            return sorted(name for name, body in wanted.items() if installed.get(name) != (body, "A"))
        there = _installed_on_sqlite(cursor)
        return sorted(name for name, (_, sql) in sqlite.triggers().items() if there.get(name) != sql)


def _installed_on_sqlite(cursor: Any) -> dict[str, str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard!_%' ESCAPE '!'")
    return dict(cursor.fetchall())


def _installed_on_postgresql(cursor: Any) -> dict[str, tuple[str, str]]:
    cursor.execute(
        "SELECT t.tgname, p.prosrc, t.tgenabled FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND t.tgname LIKE 'guard!_%' ESCAPE '!'"
        " AND pg_table_is_visible(c.oid)"
    )
    return {name: (source, enabled) for name, source, enabled in cursor.fetchall()}


def _install_on_sqlite(cursor: Any) -> None:
    for name in _installed_on_sqlite(cursor):
        cursor.execute(f'DROP TRIGGER "{name}"')
    for _, sql in sqlite.triggers().values():
        cursor.execute(sql)


def _install_on_postgresql(cursor: Any) -> None:
    cursor.execute("SELECT current_schema()")
    (schema,) = cursor.fetchone()
    for name, (table, body, when) in postgresql.triggers().items():
        cursor.execute(
            f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql'
            f' SET search_path = pg_catalog, "{schema}" AS $guard${body}$guard$'
        )
        cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
        quoted = f'"{table}"'
        cursor.execute(f'CREATE TRIGGER "{name}" {when.format(quoted)} EXECUTE FUNCTION "{name}"()')
        cursor.execute(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"')
