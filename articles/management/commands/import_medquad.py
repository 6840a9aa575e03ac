"""manage.py import_medquad PATH: question-and-answer files of MedQuAD become topics, articles and viewpoints."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from articles.importers import medquad
from articles.importers.archive import Files
from articles.importers.command import ImportCommand
from articles.importers.document import BadFile
from articles.importers.library import Library

REASON = "Imported from MedQuAD"
LINE_EVERY = 500  # files; how often a log without a terminal gets a line


class Command(ImportCommand):
    help = (
        "Import MedQuAD (a folder, a .tar.gz or one .xml): a topic for each Focus, an article for each kind of question, "
        "a viewpoint for each answer. Running it again creates nothing; a bad file is named and the run goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path)
        super().add_arguments(parser)

    def run(self, **options: Any) -> None:
        library = Library()
        with _files(options["path"]) as files, quick_commits(), _progress(self.console) as progress:
            work = progress.add_task("Importing", total=len(files))
            for place, raw in files:
                self._import(place, raw, library)
                progress.advance(work)
                self._log_line(len(files))

    def _import(self, place: str, raw: bytes | BadFile, library: Library) -> None:
        self.report.files += 1
        try:
            if isinstance(raw, BadFile):
                raise raw
            document = medquad.parse(raw, place)
        except BadFile as error:
            self.report.add_bad_file(place, f"It {error}.")
            return
        self.report.findings += document.findings
        self.take(document, library, reason=REASON)

    def _log_line(self, total: int) -> None:
        if not self.console.is_terminal and self.report.files % LINE_EVERY == 0:
            n = self.report.created["viewpoint"]
            self.console.print(f"{self.report.files} of {total} files, {n} viewpoints created")


def _files(path: Path) -> Files:
    if not path.exists():
        raise CommandError(f"There is no file or folder {path}.")
    try:
        files = Files(path)
    except BadFile as error:
        raise CommandError(f"{path} {error}.") from error
    if not len(files):
        raise CommandError(f"{path} holds no .xml file.")
    return files


@contextmanager
def quick_commits() -> Iterator[None]:
    """Let SQLite sync once in the end instead of at each of thousands of commits.

    A power cut can then lose the last documents, never tear one; the next run brings them again.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA wal_checkpoint")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
