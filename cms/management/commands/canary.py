"""`manage.py canary`: ask every public address in many ways, and look for anything that is not public."""

import time
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cms.canary.asking import InProcess, OverHttp
from cms.canary.crawl import Crawl, Leak, quiet
from cms.canary.fields import UnknownField
from cms.canary.picking import pick
from cms.canary.planting import NoRoom, Tokens, plant
from cms.canary.pool import fill
from cms.canary.routes import UnknownPart, addresses_of
from cms.management.commands.load_corpus import check_allowed
from publishing.rebuild import rebuild

MOST_SHOWN = 50


class Command(BaseCommand):
    help = (
        "Look for drafts, comments, names, addresses and everything else that is not public in what the public site and "
        "API answer. Exit 1 names each leak."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--requests", type=int, default=5000, metavar="N", help="how many to send (default: 5000)")
        parser.add_argument("--site", metavar="URL", default="", help="ask this running site instead of this process")
        parser.add_argument("--seed", type=int, default=0, help="another number asks other questions")
        parser.add_argument(
            "--plant",
            action="store_true",
            help="replace every secret by a token first: destroys the database, so it asks for ALLOW_TEST_LOAD=1",
        )

    def handle(self, *args: Any, site: str, plant: bool, **options: Any) -> None:
        self.console = Console(file=options.get("stdout"), no_color=options.get("no_color") or None)
        address = urlsplit(site or settings.SITE_URL)
        try:
            ask = OverHttp(site) if site else InProcess(address.netloc, secure=address.scheme == "https")
            secrets = self._planted() if plant else pick()
            crawl = Crawl(ask, secrets, address.netloc)
            self._crawl(crawl, requests=options["requests"], seed=options["seed"])
        except (UnknownField, UnknownPart, NoRoom, ValueError, OSError) as error:
            raise CommandError(f"The canary stopped: {error}") from error
        self._show(crawl, len(secrets.places))
        if crawl.leaks:
            raise CommandError(f"{len(crawl.leaks)} answer(s) told what is not public, or failed.")

    def _planted(self) -> Tokens:
        check_allowed()
        tokens = Tokens()
        plant(tokens)
        rebuild()
        return tokens

    def _crawl(self, crawl: Crawl, *, requests: int, seed: int) -> None:
        self.began = time.perf_counter()
        addresses = addresses_of(fill())
        with quiet(), self._progress() as progress:
            task = progress.add_task("Asking", total=requests)
            crawl.on_answer = lambda: progress.advance(task)
            answers = crawl.walk(addresses, most=requests // 2)
            crawl.probe(crawl.plan(answers), budget=requests - crawl.asked, seed=seed)

    def _progress(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        return Progress(*columns, console=self.console, disable=not self.console.is_terminal)

    def _show(self, crawl: Crawl, secrets: int) -> None:
        took = time.perf_counter() - self.began
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(crawl.statuses.items()))
        self.console.print(
            f"{crawl.asked} requests in {took:.0f} s, looking for {secrets} secrets. Answers: {statuses}."
        )
        if crawl.leaks:
            self.console.print(_table(crawl.leaks))


def _table(leaks: list[Leak]) -> Table:
    table = Table("Asked", "What came back", title=f"Leaks: {len(leaks)}")
    for leak in leaks[:MOST_SHOWN]:
        table.add_row(escape(str(leak.question)), escape(leak.what))
    return table
