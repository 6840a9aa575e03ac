"""`manage.py load_demo`: fill an empty database with the demo library, and say how to log in."""

from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from cms import demo_library, demo_logins
from cms.demo_library import Library
from publishing.rebuild import address_changed, rebuild


class Command(BaseCommand):
    help = "Load the demo library. Run again it completes what is missing and changes nothing that is there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="load it beside articles of your own")

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        console = Console(file=options.get("stdout"))
        library = demo_library.read()
        if library.shares_the_database and not library.is_begun and not force:
            raise CommandError(
                "This database holds articles that are not the demo's, so nothing was loaded. "
                "Name an empty one in DATABASE_URL, or add --force to load the demo beside them."
            )
        try:
            self._load(library, console)
        except (ValidationError, PermissionDenied) as refusal:
            raise CommandError(" ".join(getattr(refusal, "messages", [str(refusal)]))) from refusal
        if address_changed():
            rebuild()

        roles = {login["username"]: login["roles"] for login in library.logins}
        logins = demo_logins.ensure(settings.VAR_DIR / "demo-logins.json", library.users, roles)
        console.print(_addresses())
        console.print(_one_login_per_role(logins))
        console.print("Every login is in var/demo-logins.json.")

    def _load(self, library: Library, console: Console) -> None:
        columns = (TextColumn("Loading the demo library"), BarColumn(), MofNCompleteColumn(), TextColumn("articles"))
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=len(library.article_ids))
            library.load(on_article=partial(progress.advance, task))


def _addresses() -> Table:
    table = Table.grid(padding=(0, 2))
    for name, path in (("Site", "/"), ("API", "/api/v1/articles/"), ("Admin", "/admin/")):
        table.add_row(name, f"{settings.SITE_URL}{path}")
    return table


def _one_login_per_role(logins: list[demo_logins.Login]) -> Table:
    table = Table("Role", "Username", "Password")
    first: dict[str, demo_logins.Login] = {}
    for login in logins:
        first.setdefault(", ".join(login["roles"]), login)
    for role, login in first.items():
        table.add_row(role, login["username"], login["password"])
    return table
