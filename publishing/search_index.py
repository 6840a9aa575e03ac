"""The index that `search.py` asks, kept by the database itself whatever writes a live article.

PostgreSQL: one weighted tsvector column with one GIN index. SQLite: an FTS5 table over the columns of the live articles.
`install` puts it there after every migration: SQLite drops the triggers when Django rebuilds their table.
"""

# ruff: noqa: S608 (what is put into the SQL are constants of this module)

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from publishing.models import LiveArticle

TABLE = LiveArticle._meta.db_table
#: Characters of a text that PostgreSQL indexes: it refuses a vector of more than a megabyte.
INDEXED_CHARACTERS = 200_000
#: Marks of vowels and accents; `search.folded` takes the same ones off a query.
MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670"
#: PostgreSQL reads words around these as addresses, numbers with a sign and so on, instead of as words.
JOINERS = "-/._@:~+"
#: Before a word of a title or name, when it stands in the vector a second time: the index alone then tells where it is.
NAMED = "="
#: PostgreSQL's word forms, by the first part of a language tag. Others are searched letter by letter.
CONFIGURATIONS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}


def configuration(language: str) -> str:
    """Return the name of the word forms for a language."""
    return CONFIGURATIONS.get(language.split("-")[0].lower(), "simple")


def after_migrate(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    install(connections[using])


def install(connection: Any) -> None:
    """Install what is missing or altered, and fill it. Idempotent; does nothing before the first migration."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        there = {column.name for column in _columns(connection, cursor)}
        if not {"search_names", "search_body"} <= there:
            return
        if connection.vendor == "postgresql":
            _install_on_postgresql(cursor, has_column="search_vector" in there)
        else:
            _install_on_sqlite(cursor)


def _columns(connection: Any, cursor: Any) -> list[Any]:
    if TABLE not in connection.introspection.table_names(cursor):
        return []
    return connection.introspection.get_table_description(cursor, TABLE)


# SQLite

COLUMNS = ("title", "search_names", "search_body")
FTS = (
    f"CREATE VIRTUAL TABLE search_index USING fts5({', '.join(COLUMNS)}, content='{TABLE}',"
    " content_rowid='publication_id', tokenize='porter unicode61 remove_diacritics 2')"
)


def _sqlite_triggers() -> dict[str, str]:
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in ("publication_id", *COLUMNS))
    return {
        "search_index_insert": f"AFTER INSERT ON {TABLE} BEGIN {_add()} END",
        "search_index_delete": f"AFTER DELETE ON {TABLE} BEGIN {_remove()} END",
        "search_index_update": f"AFTER UPDATE ON {TABLE} WHEN {changed} BEGIN {_remove()} {_add()} END",
    }


def _add() -> str:
    values = ", ".join(f"NEW.{name}" for name in ("publication_id", *COLUMNS))
    return f"INSERT INTO search_index(rowid, {', '.join(COLUMNS)}) VALUES ({values});"


def _remove() -> str:
    values = ", ".join(f"OLD.{name}" for name in ("publication_id", *COLUMNS))
    columns = ", ".join(COLUMNS)
    return f"INSERT INTO search_index(search_index, rowid, {columns}) VALUES ('delete', {values});"


def _install_on_sqlite(cursor: Any) -> None:
    wanted = {name: f"CREATE TRIGGER {name} {rest}" for name, rest in _sqlite_triggers().items()}
    cursor.execute(
        "SELECT name, sql FROM sqlite_master WHERE name = 'search_index'"
        " OR (type = 'trigger' AND name LIKE 'search!_%' ESCAPE '!')"
    )
    there = dict(cursor.fetchall())
    if there == wanted | {"search_index": FTS}:
        return
    for name in set(there) - {"search_index"}:
        cursor.execute(f'DROP TRIGGER "{name}"')
    cursor.execute("DROP TABLE IF EXISTS search_index")
    cursor.execute(FTS)
    for sql in wanted.values():
        cursor.execute(sql)
    cursor.execute("INSERT INTO search_index(search_index) VALUES ('rebuild')")


# PostgreSQL


def _plain(column: str) -> str:
    """Return SQL for the words of a column without accents, in NFC."""
    text = f"translate(left(NEW.{column}, {INDEXED_CHARACTERS}), '{JOINERS}', '{' ' * len(JOINERS)}')"
    return f"normalize(regexp_replace(normalize({text}, NFKD), '[{MARKS}]', '', 'g'), NFC)"


def _body() -> str:
    cases = " ".join(f"WHEN '{tag}' THEN '{name}'" for tag, name in CONFIGURATIONS.items())
    return f"""
DECLARE
    config regconfig := CASE lower(split_part(NEW.language, '-', 1)) {cases} ELSE 'simple' END;
    title tsvector;
    names tsvector;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.search_vector IS NOT NULL AND (NEW.language, NEW.title, NEW.search_names,
        NEW.search_body) = (OLD.language, OLD.title, OLD.search_names, OLD.search_body) THEN
        NEW.search_vector := OLD.search_vector;
        RETURN NEW;
    END IF;
    title := to_tsvector(config, {_plain("title")});
    names := to_tsvector(config, {_plain("search_names")});
    NEW.search_vector := setweight(title, 'A') || setweight(names, 'B')
        || setweight(to_tsvector(config, {_plain("search_body")}), 'C')
        || array_to_tsvector(ARRAY(SELECT '{NAMED}' || word FROM unnest(tsvector_to_array(title || names)) AS word));
    RETURN NEW;
END
"""


TRIGGER = (
    f"CREATE TRIGGER search_livearticle BEFORE INSERT OR UPDATE ON {TABLE}"
    " FOR EACH ROW EXECUTE FUNCTION search_livearticle()"
)


def _install_on_postgresql(cursor: Any, *, has_column: bool) -> None:
    cursor.execute(
        "SELECT p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgname = 'search_livearticle'"
        f" AND t.tgrelid = '{TABLE}'::regclass"
    )
    if has_column and cursor.fetchall() == [(_body(),)]:
        return
    cursor.execute("SELECT quote_ident(current_schema())")
    (schema,) = cursor.fetchone()
    cursor.execute(f"ALTER TABLE {TABLE} DROP COLUMN IF EXISTS search_vector")
    cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN search_vector tsvector")
    cursor.execute(
        f"CREATE OR REPLACE FUNCTION search_livearticle() RETURNS trigger LANGUAGE plpgsql"
        f" SET search_path = pg_catalog, {schema}, pg_temp AS $search${_body()}$search$"
    )
    cursor.execute(f"DROP TRIGGER IF EXISTS search_livearticle ON {TABLE}")
    cursor.execute(TRIGGER)
    # Without the list of pending words, which every search would read through.
    cursor.execute(f"CREATE INDEX search_livearticle ON {TABLE} USING gin (search_vector) WITH (fastupdate = off)")
    cursor.execute(f"UPDATE {TABLE} SET title = title")
