"""manage.py import_page FILE: one saved web page, as plain text, becomes a draft article."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.urls import NoReverseMatch, reverse
from rich.progress import Progress

from articles.importers import page
from articles.importers.command import ImportCommand
from articles.importers.document import BadFile, Document
from articles.importers.library import Library
from articles.importers.write import Written
from articles.models import Article, Viewpoint
from articles.vocabularies import RiskTier, TopicKind


class Command(ImportCommand):
    help = (
        "Import a saved web page (plain text, UTF-8) as a draft article: every paragraph becomes a viewpoint. "
        "Running it again on the same page creates nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--topic", default="", help="the topic (default: from “Continue Learning about …”)")
        parser.add_argument("--title", default="", help="the title of the article (default: the topic's name)")
        parser.add_argument("--kind", default="condition", choices=TopicKind.values, help="of a new topic")
        parser.add_argument("--language", default="en", help="BCP 47 (default: en)")
        parser.add_argument("--risk-tier", type=int, default=2, choices=RiskTier.values)
        parser.add_argument(
            "--contributor",
            metavar="NAME",
            action="append",
            default=[],
            help="who speaks; repeat it for several. As many names as viewpoints: one each, in order. Otherwise every "
            "viewpoint names all of them. Without it viewpoints stay unattributed and cannot be submitted",
        )
        super().add_arguments(parser)

    def run(self, **options: Any) -> None:
        path = options["file"]
        with Progress(console=self.console) as progress:
            work = progress.add_task(f"Importing {path.name}", total=2)
            self.report.files = 1
            document = self._parsed(path, options)
            progress.advance(work)
            written = self.take(document, Library(), reason=f"Imported from {path.name}") if document else None
            progress.advance(work)
        if document and written:
            self._tell(document, written)

    def _parsed(self, path: Path, options: dict[str, Any]) -> Document | None:
        wishes = page.Wishes(
            topic=options["topic"],
            title=options["title"],
            kind=options["kind"],
            language=options["language"],
            risk_tier=options["risk_tier"],
            contributors=tuple(name for name in options["contributor"] if name.strip()),
        )
        try:
            document = page.parse(_read(path), path.name, wishes)
        except BadFile as error:
            self.report.add_bad_file(path.name, f"It {error}.")
            return None
        self.report.findings += document.findings
        return document

    def _tell(self, document: Document, written: Written) -> None:
        article_id = document.article_id(document.articles[0])
        article = Article.objects.filter(pk=article_id).first()
        if article is None:
            return
        n = len(written.created(Viewpoint))
        where = f"“{article}”, topic “{article.topic}”: {_address(article)}"
        self.console.print(f"{n} new viewpoint(s) in {where}", markup=False)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(page.LARGEST + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _address(article: Article) -> str:
    try:
        return reverse("admin:articles_article_change", args=[article.pk])
    except NoReverseMatch:  # the admin is not served by this installation
        return str(article.pk)
