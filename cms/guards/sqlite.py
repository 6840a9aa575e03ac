"""The guards as SQLite triggers. `INSERT OR REPLACE` fires no delete trigger, so a row that exists is refused first."""

from cms.guards.rules import Refusal, insert_only, refusals

DIALECT = {
    "each_touched": "json_each(NEW.touched_by) AS t",
    "each_touched_e": "json_each(e.touched_by) AS t",
    "touched": "t.value",
    "each_stage": "json_each(e.policy, '$.stages') AS s",
    "stage_key": "json_extract(s.value, '$.key')",
    "stage_quorum": "COALESCE(json_extract(s.value, '$.quorum'), 999)",
    "stage_specialists": "COALESCE(json_extract(s.value, '$.specialists'), 999)",
    "separate_releaser": "COALESCE(json_extract(e.policy, '$.separate_releaser'), 1)",
    "document_digest": "json_extract(NEW.document, '$.edition.digest')",
}


def triggers() -> dict[str, tuple[str, str]]:
    """Return trigger name -> (table, the statement that creates it)."""
    found: dict[str, tuple[str, str]] = {}
    for row in insert_only():
        message = f"{row.table}: rows are never changed or removed"
        for verb in ("UPDATE", "DELETE"):
            found |= _trigger(f"guard_{row.table}_no_{verb.lower()}", row.table, f"BEFORE {verb}", "1", message)
        same = " OR ".join(
            "(" + " AND ".join(f"x.{column} = NEW.{column}" for column in key) + ")" for key in row.keys
        )
        exists = f"EXISTS (SELECT 1 FROM {row.table} x WHERE {same})"
        found |= _trigger(
            f"guard_{row.table}_no_replace", row.table, "BEFORE INSERT", exists, f"{row.table}: this row exists"
        )
    for refusal in refusals():
        found |= _of_refusal(refusal)
    return found


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
