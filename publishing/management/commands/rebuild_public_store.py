"""`manage.py rebuild_public_store`: write the public store again from the facts, in one transaction."""

from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from publishing.rebuild import expected_rows, rebuild


class Command(BaseCommand):
    help = "Write the public store again from editions, publications and withdrawals. Readers notice nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=options.get("stdout"))
        columns = (TextColumn("Rebuilding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            total = sum(expected.count() for expected in expected_rows().values())
            task = progress.add_task("", total=total)
            written = rebuild(on_row=partial(progress.advance, task))
        words = {
            "LiveArticle": "articles",
            "LiveEdition": "editions",
            "LiveTopic": "topics",
            "Tombstone": "tombstones",
        }
        counts = ", ".join(f"{written[model]:,} {word}" for model, word in words.items())
        self.stdout.write(f"The public store was rebuilt: {counts}.")
