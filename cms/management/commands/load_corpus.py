"""`manage.py load_corpus FILE`: fill a database with a large live library. For tests alone."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from articles.importers.archive import Files
from articles.importers.document import BadFile
from articles.management.commands.import_medquad import quick_commits
from articles.models import Article
from cms.corpus import people
from cms.corpus.intake import take_in
from cms.corpus.line import Line, of_the_library
from cms.corpus.tally import Tally
from cms.corpus.workers import run
from publishing.models import LiveArticle

SWITCH = "ALLOW_TEST_LOAD"
LINE_EVERY = 500  # articles; how often a log without a terminal gets a line


class Command(BaseCommand):
    help = (
        "For tests only: import question-and-answer files (MedQuAD: a folder, a .tar.gz or one .xml), approve and publish "
        f"every article in the names of made-up people. Refuses unless {SWITCH}=1. Run again, it goes on where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="FILE", type=Path)
        parser.add_argument(
            "--workers", type=int, default=0, help="processes that publish (default: one a core; on SQLite one)"
        )
        parser.add_argument("--resume", action="store_true", help="go on though others wrote articles in this database")

    def handle(self, *args: Any, path: Path, workers: int, resume: bool, **options: Any) -> None:
        self.console = Console(file=options.get("stdout"), no_color=options.get("no_color") or None)
        check_allowed()
        foreign = Article.objects.exclude(owner__username__startswith=people.PREFIX).count()
        if foreign and not resume:
            raise CommandError(
                f"This database holds {foreign} article(s) that this command did not make, so nothing was loaded. "
                "Name an empty one in DATABASE_URL, or add --resume to load beside them."
            )
        tally = Tally()
        with _files(path) as files, quick_commits(), self._progress() as progress:
            users = people.accounts()
            self._take_in(files, users, tally, progress)
            self._publish(users, tally, progress, workers=workers or _one_a_core())
        self._show(tally)

    def _take_in(self, files: Files, users: dict[str, Any], tally: Tally, progress: Progress) -> None:
        task = progress.add_task("Importing files", total=len(files))
        with tally.timed("import"):
            take_in(files, by=users[people.WRITER], tally=tally, on_file=lambda: progress.advance(task))

    def _publish(self, users: dict[str, Any], tally: Tally, progress: Progress, *, workers: int) -> None:
        ids = list(of_the_library(users[people.WRITER]))
        task = progress.add_task("Publishing articles", total=len(ids))

        def advance(count: int = 1) -> None:
            before = int(progress.tasks[task].completed)
            progress.advance(task, count)
            done = before + count
            if not self.console.is_terminal and done // LINE_EVERY > before // LINE_EVERY:
                self.console.print(f"{done} of {len(ids)} articles")

        with tally.timed("attribute to publish, by the clock"):
            if workers > 1:
                run(ids, count=workers, tally=tally, on_articles=advance)
            else:
                Line(users, tally).run(iter(ids), on_article=advance)

    def _progress(self) -> Progress:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        return Progress(*columns, console=self.console, disable=not self.console.is_terminal)

    def _show(self, tally: Tally) -> None:
        table = Table("What", "How many", title="Test library")
        for name, count in sorted(tally.counts.items()):
            table.add_row(name, f"{count:,}")
        table.add_row("articles live in this database", f"{LiveArticle.objects.count():,}")
        self.console.print(table)
        table = Table("Step", "Seconds", title="Where the time went")
        for name, seconds in tally.seconds.items():
            table.add_row(name, f"{seconds:,.1f}")
        self.console.print(table)
        if tally.refused:
            table = Table("Refused", "How often", "The first of them", title="What the gates refused")
            for code, count in tally.refused.most_common():
                table.add_row(code, f"{count:,}", escape(tally.examples[code]))
            self.console.print(table)


def check_allowed() -> None:
    """Raise CommandError unless the environment says that this database may be filled with made-up approvals."""
    if os.environ.get(SWITCH) != "1":
        raise CommandError(
            "This writes approvals of people who do not exist, for tests. "
            f"Set {SWITCH}=1 if the database in DATABASE_URL is one that may be thrown away."
        )


def _one_a_core() -> int:
    return os.cpu_count() or 1 if connection.vendor == "postgresql" else 1


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
