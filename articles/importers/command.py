"""What both import commands share: the name they write in, the report, the console."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from rich.console import Console

from .document import Document
from .library import Library
from .report import Report
from .write import Written, import_document

#: The named account behind an import that nobody put a name to. Nobody can log in as it.
IMPORTER = "importer"


class ImportCommand(BaseCommand):
    """A command that writes documents in somebody's name, goes on after a bad file and exits 1 in the end."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--by",
            metavar="USERNAME",
            default="",
            help=f"who imports, for the history (default: the account “{IMPORTER}”)",
        )
        parser.add_argument("--report", metavar="FILE", type=Path, help="write the findings to FILE as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.report, self.console = Report(), _console(options)
        self.by = actor(options["by"])
        self._save_report(options["report"])  # at once, so that a wrong name is known before the work

        self.run(**options)

        self.report.show(self.console)
        self._save_report(options["report"])
        if self.report.bad_files:
            raise CommandError(f"{len(self.report.bad_files)} file(s) were not imported; they are named above.")

    def run(self, **options: Any) -> None:
        raise NotImplementedError

    def take(self, document: Document, library: Library, *, reason: str) -> Written | None:
        """Write one document and note what came of it; a refusal is noted and returns None."""
        try:
            written = import_document(document, library, by=self.by, reason=reason)
        except ValidationError as error:
            self.report.add_bad_file(document.place, " ".join(error.messages))
        except DatabaseError as error:
            self.report.add_bad_file(document.place, f"the database refused it: {error}")
        else:
            self.report.created += written.counts()
            self.report.findings += written.findings
            return written
        return None

    def _save_report(self, path: Path | None) -> None:
        try:
            if path:
                self.report.save(path)
        except OSError as error:
            raise CommandError(f"The report cannot be written to {path}: {error.strerror}.") from error


def actor(username: str) -> Any:
    """Return the account to write in the name of. It needs no permission: the command line is trusted."""
    users = get_user_model().objects
    if username:
        try:
            return users.get_by_natural_key(username)
        except users.model.DoesNotExist as error:
            raise CommandError(f"There is no account “{username}”.") from error
    with transaction.atomic():
        user, is_new = users.get_or_create(username=IMPORTER, defaults={"first_name": "Importer", "is_active": False})
        if is_new:
            user.set_unusable_password()
            user.save()
    return user


def _console(options: dict[str, Any]) -> Console:
    stream = options.get("stdout") or sys.stdout
    is_terminal = getattr(stream, "isatty", lambda: False)()
    return Console(file=stream, width=None if is_terminal else 160, no_color=options.get("no_color") or None)
