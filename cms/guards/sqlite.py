"""The guards as SQLite triggers. `INSERT OR REPLACE` fires no delete trigger, so a row that exists is refused first."""

from itertools import groupby

from articles.models import Article
from cms.guards.rules import InsertOnly, Refusal, insert_only, refusals

ARTICLE = Article._meta.db_table

# JSON of another type than expected gives no rows, or a value that refuses: never one that lets pass.
DIALECT = {
    "each_touched": "json_each(CASE json_type(e.touched_by) WHEN 'array' THEN e.touched_by END) AS t",
    "touched": "CASE t.type WHEN 'integer' THEN t.value END",
    "each_stage": "json_each(CASE json_type(e.policy, '$.stages') WHEN 'array' THEN e.policy END, '$.stages') AS s",
    "stage_key": "json_extract(e.policy, s.fullkey || '.key')",
    "stage_quorum": "CASE json_type(e.policy, s.fullkey || '.quorum') WHEN 'integer'"
    " THEN json_extract(e.policy, s.fullkey || '.quorum') ELSE 0 END",
    "stage_specialists": "CASE json_type(e.policy, s.fullkey || '.specialists') WHEN 'integer'"
    " THEN json_extract(e.policy, s.fullkey || '.specialists') ELSE -1 END",
    "separate_releaser": "json_type(e.policy, '$.separate_releaser') IS NOT 'false'",
    "document_digest": "json_extract(NEW.document, '$.edition.digest')",
}


def triggers() -> dict[str, tuple[str, str]]:
    """Return trigger name -> (table, the statement that creates it)."""
    found: dict[str, tuple[str, str]] = {}
    for row in insert_only():
        found |= _of_insert_only(row)
    for table, group in groupby(refusals(), key=lambda row: row.table):
        rows = list(group)
        found |= _trigger(f"guard_{table}_check", table, "BEFORE INSERT", _check(rows))
        if rows[0].on_update:
            found |= _trigger(f"guard_{table}_check_update", table, "BEFORE UPDATE", _check(rows))
    return found


def _of_insert_only(row: InsertOnly) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for verb in ("UPDATE", "DELETE"):
        refuse = _refuse(f"{row.table}: rows are never changed or removed")
        found |= _trigger(f"guard_{row.table}_no_{verb.lower()}", row.table, f"BEFORE {verb}", refuse)
    # The rowid is the id where that is an integer, and a key of its own where it is not.
    same = " OR ".join(f"({condition})" for condition in ("x.rowid = NEW.rowid", *row.same))
    refuse = _refuse(f"{row.table}: this row exists", f"EXISTS (SELECT 1 FROM {row.table} x WHERE {same})")
    return found | _trigger(f"guard_{row.table}_no_replace", row.table, "BEFORE INSERT", refuse)


def _check(rows: list[Refusal]) -> str:
    """Return the statements of one trigger, which run in this order: two triggers of a table would run in any."""
    statements = []
    if rows[0].article:
        missing = f"NOT EXISTS (SELECT 1 FROM {ARTICLE} a WHERE a.id = {rows[0].article})"
        statements.append(_refuse(f"{rows[0].table}: there is no such article", missing))
    for row in rows:
        statements.append(_refuse(f"{row.table}: {row.message}", row.condition.format(**DIALECT)))
    return " ".join(statements)


def _refuse(message: str, condition: str = "1") -> str:
    text = message.replace("'", "''")
    return f"SELECT RAISE(ABORT, '{text}') WHERE {condition};"


def _trigger(name: str, table: str, when: str, body: str) -> dict[str, tuple[str, str]]:
    return {name: (table, f'CREATE TRIGGER "{name}" {when} ON "{table}" BEGIN {body} END')}
