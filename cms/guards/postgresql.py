"""The guards as PostgreSQL triggers: one function and one trigger a table and purpose, enabled ALWAYS.

Functions run with a fixed search path, and lock the article's row first so that rival actions queue up.
"""

from itertools import groupby

from articles.models import Article
from cms.guards.rules import Refusal, insert_only, refusals

ARTICLE = Article._meta.db_table

DIALECT = {
    "each_touched": "jsonb_array_elements_text(NEW.touched_by) AS t(value)",
    "each_touched_e": "jsonb_array_elements_text(e.touched_by) AS t(value)",
    "touched": "t.value::bigint",
    "each_stage": "jsonb_array_elements(e.policy -> 'stages') AS s(value)",
    "stage_key": "(s.value ->> 'key')",
    "stage_quorum": "COALESCE((s.value ->> 'quorum')::int, 999)",
    "stage_specialists": "COALESCE((s.value ->> 'specialists')::int, 999)",
    "separate_releaser": "COALESCE((e.policy ->> 'separate_releaser')::boolean, true)",
    "document_digest": "(NEW.document::jsonb #>> '{edition,digest}')",
}


def triggers() -> dict[str, tuple[str, str, str]]:
    """Return trigger name -> (table, body of its function, `BEFORE … FOR EACH …`)."""
    found: dict[str, tuple[str, str, str]] = {}
    for row in insert_only():
        refuse = _refuse(f"{row.table}: rows are never changed or removed")
        body = f"BEGIN {refuse} END"
        found[f"guard_{row.table}_no_change"] = (row.table, body, "BEFORE UPDATE OR DELETE ON {} FOR EACH ROW")
        found[f"guard_{row.table}_no_truncate"] = (row.table, body, "BEFORE TRUNCATE ON {} FOR EACH STATEMENT")
    for table, group in groupby(refusals(), key=lambda row: row.table):
        rows = list(group)
        when = "BEFORE INSERT OR UPDATE ON {} FOR EACH ROW" if rows[0].on_update else "BEFORE INSERT ON {} FOR EACH ROW"
        found[f"guard_{table}_check"] = (table, _check(rows), when)
    return found


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
