"""The record of one article as a zip, for an auditor who has no access to the database: reads, never writes.

Nothing of the moment of the export goes in: while the records stay the same, so does every byte.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject

from articles.models import (
    Article,
    ArticleDisclaimer,
    Citation,
    Contributor,
    Credential,
    Disclaimer,
    Disclosure,
    Interest,
    Reference,
    Topic,
    TopicCode,
    Viewpoint,
    ViewpointContributor,
)
from publishing.models import (
    Address,
    Alert,
    AlertResolution,
    Endorsement,
    Extension,
    Milestone,
    Publication,
    Ratification,
    Schedule,
    ScheduleEnd,
    Withdrawal,
)
from reviews.auditing import COLUMNS, csv_text, event_row, json_text, plain
from reviews.events import printed_name
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


@dataclass(frozen=True)
class Table:
    """A kind of fact: what its files are called, its model, and the look-up from a row to the article."""

    name: str
    model: Any
    article: str


#: Every kind of fact that hangs on an article. A new one is one line here; a test finds those that are missing.
TABLES = (
    Table("editions", Edition, "article"),
    Table("assignments", Assignment, "edition__article"),
    Table("assignment_replies", AssignmentReply, "assignment__edition__article"),
    Table("reminders", SentReminder, "assignment__edition__article"),
    Table("overrides", Override, "edition__article"),
    Table("comments", Comment, "edition__article"),
    Table("resolutions", Resolution, "comment__edition__article"),
    Table("decisions", Decision, "edition__article"),
    Table("recalls", Recall, "edition__article"),
    Table("publications", Publication, "article"),
    Table("rounds", ReviewRound, "edition__article"),
    Table("reaffirmations", Reaffirmation, "round__edition__article"),
    Table("revocation_answers", RevocationAnswer, "decision__edition__article"),
    Table("withdrawals", Withdrawal, "publication__article"),
    Table("addresses", Address, "article"),
    Table("schedules", Schedule, "edition__article"),
    Table("schedule_ends", ScheduleEnd, "schedule__edition__article"),
    Table("ratifications", Ratification, "withdrawal__publication__article"),
    Table("alerts", Alert, "publication__article"),
    Table("alert_resolutions", AlertResolution, "alert__publication__article"),
    Table("extensions", Extension, "publication__article"),
    Table("milestones", Milestone, "publication__article"),
    Table("endorsements", Endorsement, "publication__article"),
    Table("events", Event, "article_id"),
)


@dataclass(frozen=True)
class Trail:
    """Which history rows belong to an article: those whose `column` is its id, or is in `source` of `of`'s rows."""

    column: str
    of: Any = None
    source: str = "id"


#: Every draft model. Rows that the article once showed count like those that it shows.
HISTORIES: dict[Any, Trail] = {
    Article: Trail("id"),
    ArticleDisclaimer: Trail("article_id"),
    Viewpoint: Trail("article_id"),
    ViewpointContributor: Trail("viewpoint_id", Viewpoint),
    Citation: Trail("viewpoint_id", Viewpoint),
    Topic: Trail("id", Article, "topic_id"),
    TopicCode: Trail("topic_id", Topic),
    Contributor: Trail("id", ViewpointContributor, "contributor_id"),
    Credential: Trail("contributor_id", Contributor),
    Disclosure: Trail("contributor_id", Contributor),
    Interest: Trail("disclosure_id", Disclosure),
    Reference: Trail("id", Citation, "reference_id"),
    Disclaimer: Trail("id", ArticleDisclaimer, "disclaimer_id"),
}
HISTORY_TYPES = {"+": "created", "~": "changed", "-": "deleted"}

BATCH = 200
#: A zip knows no time before this one.
OLDEST = (1980, 1, 1, 0, 0, 0)

Row = dict[str, Any]


@dataclass(frozen=True)
class File:
    """One file of the record: its name, which no stored text has a part in, and its text in pieces."""

    name: str
    text: Callable[[], Iterable[str]]


def facts_of(table: Table, article_id: UUID) -> Any:
    """Return the rows of one kind of fact, in the order in which they were written."""
    return table.model.objects.filter(**{table.article: article_id}).order_by("pk")


def history_of(model: Any, article_id: UUID) -> Any:
    """Return the history of one kind of draft row, as far as the article shows or ever showed it."""
    trail = HISTORIES[model]
    ids = history_of(trail.of, article_id).order_by().values(trail.source) if trail.of else [article_id]
    return model.history.filter(**{f"{trail.column}__in": ids}).order_by("history_id")


def files_of(article: Article) -> list[File]:
    """Return every file of the record but the sums, by name. What they hold is read when their text is asked for."""
    editions = list(article.editions.order_by("number").values_list("pk", "number", "digest"))
    people: Any = SimpleLazyObject(partial(_people, article.pk))
    files = [
        File("README.txt", partial(_readme, article, has_editions=bool(editions))),
        File("people.csv", lambda: csv_text(["id", "username", "name"], people.values())),
    ]
    if editions:
        files.append(
            File("DIGESTS", lambda: (f"{digest[7:]}  {_folder(n)}/content.json\n" for _, n, digest in editions))
        )
    for pk, number, _ in editions:
        files += [
            File(f"{_folder(number)}/content.json", partial(_content, pk)),
            File(f"{_folder(number)}/edition.json", partial(_edition, pk)),
            File(f"{_folder(number)}/page.html", partial(_page, pk, people)),
        ]
    for table in TABLES:
        files.append(File(f"{table.name}.json", partial(_fact_json, table, article.pk)))
        files.append(File(f"{table.name}.csv", partial(_fact_csv, table, article.pk)))
    for model in HISTORIES:
        files.append(File(f"history/{model._meta.model_name}.csv", partial(_history_csv, model, article.pk)))
    return sorted(files, key=lambda file: file.name)


def write(article: Article, files: list[File], to: IO[bytes], *, on_file: Callable[[], None] = lambda: None) -> None:
    """Write the zip, with a last file that holds the SHA-256 of every other, as `sha256sum -c` reads it."""
    newest = Event.objects.filter(article_id=article.pk).order_by("-seq").values_list("at", flat=True).first()
    moment = max(OLDEST, newest.timetuple()[:6]) if newest else OLDEST
    with ZipFile(to, "w") as archive:
        sums = []
        for file in files:
            sums.append(f"{_add(archive, file, moment)}  {file.name}\n")
            on_file()
        _add(archive, File("SHA256SUMS", lambda: sums), moment)


def _add(archive: ZipFile, file: File, moment: tuple[int, ...]) -> str:
    """Write one file into the zip and return the hex SHA-256 of its bytes."""
    entry = ZipInfo(file.name, moment)  # type: ignore[arg-type]
    entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o100644 << 16
    digest = hashlib.sha256()
    with archive.open(entry, "w") as target:
        for text in file.text():
            piece = text.encode("utf-8", "backslashreplace")
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest()


def _folder(number: int) -> str:
    return f"editions/{number:04d}"


def _readme(article: Article, *, has_editions: bool) -> Iterator[str]:
    context = {"article": article, "tables": TABLES, "has_editions": has_editions}
    yield render_to_string("admin/reviews/record.txt", context)


def _content(edition_id: int) -> Iterator[str]:
    yield json_text(Edition.objects.values_list("content", flat=True).get(pk=edition_id))


def _edition(edition_id: int) -> Iterator[str]:
    yield _indented(_row(Edition.objects.defer("content").get(pk=edition_id)))


def _page(edition_id: int, people: dict[int, Row]) -> Iterator[str]:
    edition = Edition.objects.select_related("recall", "publication__withdrawal").get(pk=edition_id)
    context = {
        "edition": edition,
        "content": edition.content,
        "names": {number: row["name"] for number, row in people.items()},
        "comments": edition.comments.select_related("resolution").order_by("pk"),
        "decisions": edition.decisions.select_related("revocation_answer").order_by("pk"),
        "overrides": edition.overrides.order_by("pk"),
        "rounds": edition.rounds.select_related("reaffirmation").order_by("number"),
    }
    yield render_to_string("admin/reviews/record.html", context)


def _fact_json(table: Table, article_id: UUID) -> Iterator[str]:
    before = "["
    for row in _fact_rows(table, article_id):
        yield f"{before}\n{_indented(row).rstrip()}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _fact_csv(table: Table, article_id: UUID) -> Iterator[str]:
    columns = COLUMNS if table.model is Event else _columns(table.model)
    return csv_text(columns, _fact_rows(table, article_id))


def _fact_rows(table: Table, article_id: UUID) -> Iterator[Row]:
    rows = facts_of(table, article_id)
    rows = rows.defer("content") if table.model is Edition else rows
    return map(event_row if table.model is Event else _row, rows.iterator(BATCH))


def _history_csv(model: Any, article_id: UUID) -> Iterator[str]:
    rows = history_of(model, article_id)
    return csv_text(_columns(rows.model), map(_history_row, rows.iterator(BATCH)))


def _history_row(row: Any) -> Row:
    return _row(row) | {"history_type": HISTORY_TYPES.get(row.history_type, row.history_type)}


def _people(article_id: UUID) -> dict[int, Row]:
    """Name everybody whose number stands anywhere in the record. Nothing else of their accounts is written."""
    users = get_user_model().objects.filter(pk__in=_numbers_of_people(article_id)).select_related("contributor")
    return {
        user.pk: {"id": user.pk, "username": user.get_username(), "name": printed_name(user)}
        for user in users.order_by("pk")
    }


def _numbers_of_people(article_id: UUID) -> set[int]:
    rows = [facts_of(table, article_id) for table in TABLES] + [history_of(model, article_id) for model in HISTORIES]
    numbers: set[Any] = set()
    for each in rows:
        for field in each.model._meta.concrete_fields:
            if field.related_model is get_user_model():
                numbers |= set(each.order_by().values_list(field.attname, flat=True).distinct())
    for touched in Edition.objects.filter(article=article_id).values_list("touched_by", flat=True):
        numbers |= set(touched)
    return numbers - {None}


def _row(row: Any) -> Row:
    return {name: getattr(row, name) for name in _columns(type(row))}


def _columns(model: Any) -> list[str]:
    """Every column of a table; the content of an edition is a file of its own."""
    names = [field.attname for field in model._meta.concrete_fields]
    return [name for name in names if (model, name) != (Edition, "content")]


def _indented(row: Row) -> str:
    return json.dumps(row, indent=2, ensure_ascii=False, default=plain) + "\n"
