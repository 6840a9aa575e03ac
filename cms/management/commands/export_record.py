"""`manage.py export_record`: everything that is on record about one article, as a zip that proves itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q, QuerySet
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from articles.models import Article
from cms import export
from cms.verify import one_moment

MOST_CHOICES = 20


class Command(BaseCommand):
    help = "Write the record of one article into a zip: editions, decisions, history, events, and a sum for each file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("article", metavar="ARTICLE", help="its id, its address, or language:address")
        parser.add_argument("--output", metavar="FILE.zip", type=Path, help="default: record-ID.zip, here")
        parser.add_argument("--force", action="store_true", help="replace the file if it is there")

    def handle(self, *args: Any, article: str, output: Path | None, force: bool, **options: Any) -> None:
        console = Console(file=options.get("stdout"), soft_wrap=True, highlight=False, markup=False, emoji=False)
        columns = (TextColumn("Writing the record"), BarColumn(), MofNCompleteColumn(), TextColumn("files"))
        with one_moment(), Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            found = find(article)
            path = _path(output, found, force=force)
            files = export.files_of(found)
            task = bar.add_task("", total=len(files))
            with _fresh(path) as target:
                export.write(found, files, target, on_file=lambda: bar.advance(task))
            counts = {table.name: export.facts_of(table, found.pk).count() for table in export.TABLES}
            rows = sum(export.history_of(model, found.pk).count() for model in export.HISTORIES)

        told = [f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items() if count]
        console.print(", ".join([*told, f"rows of history {rows:,}"]).capitalize())
        console.print(f"{path}: {len(files) + 1} files, {path.stat().st_size / 1024:,.0f} KiB")
        console.print(
            f"To check it, unpack it and run: sha256sum -c SHA256SUMS{' DIGESTS' if counts['editions'] else ''}"
        )


def find(name: str) -> Article:
    """Return the article of that id, or of an address that its draft or an edition has; else raise CommandError."""
    articles = _named(name)
    if len(articles) == 1:
        return articles[0]
    choices = "\n".join(f"  {row.pk}  {row.language}:{row.slug}  {row.title}" for row in articles)
    if articles:
        raise CommandError(f"“{name}” is the address of several articles. Give the id of one:\n{choices}")
    raise CommandError(f"There is no article “{name}”. Give its id, its address, or language:address.")


def _named(name: str) -> QuerySet[Article]:
    try:
        return Article.objects.filter(pk=UUID(name))
    except ValueError:
        language, _, slug = name.rpartition(":")
    draft, edition = {"slug": slug}, {"editions__slug": slug}
    if language:
        draft["language"] = edition["editions__language"] = language
    return Article.objects.filter(Q(**draft) | Q(**edition)).distinct().order_by("language", "pk")[:MOST_CHOICES]


def _path(output: Path | None, article: Article, *, force: bool) -> Path:
    path = output or Path()
    if path.is_dir():
        path = path / f"record-{article.pk}.zip"
    if path.exists() and not force:
        raise CommandError(f"{path} is there already. Name another file with --output, or add --force to replace it.")
    return path


@contextmanager
def _fresh(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that takes its name only when it is complete; until then, and after a failure, nothing is there."""
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as target:
            try:
                yield target
                target.flush()
                os.fsync(target.fileno())
                os.replace(target.name, path)
            except BaseException:
                Path(target.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
