"""What an import tells the person who ran it: what was made, what to look at, which files are bad."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from articles.checks import Finding

from .document import clipped

MOST_ROWS = 60  # on screen; the file holds all of them
LONGEST_MESSAGE = 400  # characters on screen; the file holds the whole


@dataclass(frozen=True)
class BadFileRow:
    place: str
    reason: str


@dataclass
class Report:
    files: int = 0
    created: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    bad_files: list[BadFileRow] = field(default_factory=list)

    def add_bad_file(self, place: str, reason: str) -> None:
        self.bad_files.append(BadFileRow(place, reason))

    def as_dict(self) -> dict[str, Any]:
        return {
            "files": self.files,
            "created": dict(sorted(self.created.items())),
            "findings": [asdict(finding) for finding in self.findings],
            "bad_files": [asdict(row) for row in self.bad_files],
        }

    def save(self, path: Path) -> None:
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=2)
        path.write_text(text + "\n", encoding="utf-8")

    def show(self, console: Console) -> None:
        """Print findings, bad files and what was created; long lists by their first rows and a count of each code."""
        if self.findings:
            console.print(self._findings_table())
            if len(self.findings) > MOST_ROWS:
                counts = Counter(finding.code for finding in self.findings).most_common()
                every = ", ".join(f"{code} {n}" for code, n in counts)
                console.print(f"{len(self.findings)} findings in all: {every}. --report FILE keeps every one.")
        if self.bad_files:
            console.print(self._bad_files_table())
        console.print(self._created_line())

    def _findings_table(self) -> Table:
        table = Table(title="Findings")
        for heading in ("Finding", "Place", "What", "Suggestion", "Repeats"):
            table.add_column(heading, overflow="fold")
        for row in self.findings[:MOST_ROWS]:
            message = clipped(row.message, LONGEST_MESSAGE)
            cells = (row.code, row.place, message, row.suggestion, row.repeats)
            table.add_row(*(escape(cell) for cell in cells))
        return table

    def _bad_files_table(self) -> Table:
        table = Table(title="Bad files")
        for heading in ("File", "Why it was not imported"):
            table.add_column(heading, overflow="fold")
        for row in self.bad_files:
            table.add_row(escape(row.place), escape(row.reason))
        return table

    def _created_line(self) -> str:
        if not self.created:
            return "Created nothing: 0 viewpoints."
        return "Created: " + ", ".join(f"{name} {n}" for name, n in sorted(self.created.items())) + "."
