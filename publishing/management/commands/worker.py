"""`manage.py worker`: one process that does what is due: schedules, review dates, alerts, reminders."""

import logging
import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from publishing.worker import Round, run

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Do what is due, again and again, until SIGTERM or Ctrl-C. Several may run: each item is done once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="One round, then exit; 1 if anything failed.")
        parser.add_argument("--interval", type=float, default=10, help="Seconds between two rounds.")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        if options["once"]:
            self._tell(round := run())
            raise SystemExit(1 if round.failed else 0)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        while not stop.is_set():
            self._round(stop)
            stop.wait(options["interval"])

    def _round(self, stop: Event) -> None:
        """Do one round; where the database is away, say so and try again."""
        close_old_connections()
        try:
            self._tell(run(stopped=stop.is_set))
        except Exception:
            logger.exception("This round of the worker failed; it is tried again")

    def _tell(self, round: Round) -> None:
        if round.done or round.failed:
            done = ", ".join(f"{what}: {number}" for what, number in round.done.items()) or "nothing done"
            self.stdout.write(f"{timezone.now():%Y-%m-%d %H:%M:%S} UTC. {done}")
        for words in round.failed:
            self.stderr.write(words)
