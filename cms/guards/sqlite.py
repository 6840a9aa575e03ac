"""The guards as SQLite triggers. `INSERT OR REPLACE` fires no delete trigger, so a row that exists is refused first."""

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
    for table, article in {row.table: row.article for row in refusals() if row.article}.items():
        missing = f"NOT EXISTS (SELECT 1 FROM {ARTICLE} a WHERE a.id = {article})"
        message = f"{table}: there is no such article"
        found |= _trigger(f"guard_{table}_article", table, "BEFORE INSERT", missing, message)
    for refusal in refusals():
        found |= _of_refusal(refusal)
    return found


def _of_insert_only(row: InsertOnly) -> dict[str, tuple[str, str]]:
    message = f"{row.table}: rows are never changed or removed"
    found: dict[str, tuple[str, str]] = {}
    for verb in ("UPDATE", "DELETE"):
        found |= _trigger(f"guard_{row.table}_no_{verb.lower()}", row.table, f"BEFORE {verb}", "1", message)
    # The rowid is the id where that is an integer, and a key of its own where it is not.
    same = " OR ".join(f"({condition})" for condition in ("x.rowid = NEW.rowid", *row.same))
    exists = f"EXISTS (SELECT 1 FROM {row.table} x WHERE {same})"
    return found | _trigger(
        f"guard_{row.table}_no_replace", row.table, "BEFORE INSERT", exists, f"{row.table}: this row exists"
    )


def _of_refusal(refusal: Refusal) -> dict[str, tuple[str, str]]:
    name, message = f"guard_{refusal.table}_{refusal.name}", f"{refusal.table}: {refusal.message}"
    condition = refusal.condition.format(**DIALECT)
    found = _trigger(name, refusal.table, "BEFORE INSERT", condition, message)
    if refusal.on_update:
        found |= _trigger(f"{name}_update", refusal.table, "BEFORE UPDATE", condition, message)
    return found


def _trigger(name: str, table: str, when: str, condition: str, message: str) -> dict[str, tuple[str, str]]:
    text = message.replace("'", "''")
    body = f"SELECT RAISE(ABORT, '{text}')"
    return {name: (table, f'CREATE TRIGGER "{name}" {when} ON "{table}" WHEN {condition} BEGIN {body}; END')}
