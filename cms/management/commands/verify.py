"""`manage.py verify`: recompute every digest and hash, and compare the public store with the facts."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cms.verify import checks, one_moment
from publishing.rebuild import address_changed


class Command(BaseCommand):
    help = "Prove the records against each other. Names each row that is wrong, and exits 1 if there is any."

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=options.get("stdout"))
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with one_moment(), Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            rows, problems = self._run(console, bar)
            address = address_changed()

        if address:
            self.stdout.write("SITE_URL is not what it was at publication: run `manage.py rebuild_public_store`.")
        if problems:
            self.stdout.write(f"{problems:,} problem{'s'[: problems > 1]} in {rows:,} rows.")
            sys.exit(1)
        self.stdout.write(f"Everything agrees: {rows:,} rows verified.")

    def _run(self, console: Console, bar: Progress) -> tuple[int, int]:
        rows = problems = 0
        for check in checks():
            task = bar.add_task(check.label, total=check.count())
            for found in check.problems():
                for line in found:
                    console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)
                rows, problems = rows + 1, problems + len(found)
                bar.advance(task)
        return rows, problems
