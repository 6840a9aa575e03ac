"""The guards as PostgreSQL triggers: one function and one trigger a table and purpose, enabled ALWAYS.

Functions run with a fixed search path, and lock the article's row first so that rival actions queue up.
"""

from itertools import groupby

from articles.models import Article
from cms.guards.rules import Refusal, insert_only, refusals

ARTICLE = Article._meta.db_table

# JSON of another type than expected gives no rows, or a value that refuses: never one that lets pass.
DIALECT = {
    "each_touched": "jsonb_array_elements(CASE jsonb_typeof(e.touched_by) WHEN 'array' THEN e.touched_by END)"
    " AS t(value)",
    "touched": "CASE jsonb_typeof(t.value) WHEN 'number' THEN (t.value #>> '{}')::numeric END",
    "each_stage": "jsonb_array_elements(CASE jsonb_typeof(e.policy -> 'stages') WHEN 'array'"
    " THEN e.policy -> 'stages' END) AS s(value)",
    "stage_key": "(s.value ->> 'key')",
    "stage_quorum": "CASE jsonb_typeof(s.value -> 'quorum') WHEN 'number'"
    " THEN (s.value ->> 'quorum')::numeric ELSE 0 END",
    "stage_specialists": "CASE jsonb_typeof(s.value -> 'specialists') WHEN 'number'"
    " THEN (s.value ->> 'specialists')::numeric ELSE -1 END",
    "separate_releaser": "(e.policy -> 'separate_releaser') IS DISTINCT FROM 'false'::jsonb",
    "document_digest": "(NEW.document::jsonb #>> '{edition,digest}')",
}


def triggers() -> dict[str, tuple[str, str, str]]:
    """Return trigger name -> (table, body of its function, the statement that creates it as PostgreSQL prints it)."""
    found: dict[str, tuple[str, str, str]] = {}
    for row in insert_only():
        refuse = _refuse(f"{row.table}: rows are never changed or removed")
        body = f"BEGIN {refuse} END"
        found |= _trigger(f"guard_{row.table}_no_change", row.table, body, "BEFORE DELETE OR UPDATE", "ROW")
        found |= _trigger(f"guard_{row.table}_no_truncate", row.table, body, "BEFORE TRUNCATE", "STATEMENT")
    for table, group in groupby(refusals(), key=lambda row: row.table):
        rows = list(group)
        when = "BEFORE INSERT OR UPDATE" if rows[0].on_update else "BEFORE INSERT"
        found |= _trigger(f"guard_{table}_check", table, _check(rows), when, "ROW")
    return found


def _trigger(name: str, table: str, body: str, when: str, each: str) -> dict[str, tuple[str, str, str]]:
    statement = f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()"
    return {name: (table, body, statement)}


def _check(rows: list[Refusal]) -> str:
    lines = []
    if rows[0].article:
        lines.append(f"PERFORM 1 FROM {ARTICLE} a WHERE a.id = {rows[0].article} FOR NO KEY UPDATE;")
        lines.append(f"IF NOT FOUND THEN {_refuse(f'{rows[0].table}: there is no such article')} END IF;")
    for row in rows:
        condition = row.condition.format(**DIALECT)
        lines.append(f"IF {condition} THEN {_refuse(f'{row.table}: {row.message}')} END IF;")
    return "BEGIN " + " ".join(lines) + " RETURN NEW; END"


def _refuse(message: str) -> str:
    text = message.replace("'", "''")
    return f"RAISE EXCEPTION '{text}' USING ERRCODE = '23514';"
