"""`manage.py send_reminders`: mail about reviews that are due or overdue. For a timer: run it as often as you like."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from reviews.reminders import send_due


class Command(BaseCommand):
    help = "Remind of reviews that are due, once at each distance of REMINDER_DAYS. Exits 1 if any mail was not sent."

    def handle(self, *args: Any, **options: Any) -> None:
        reminders = send_due(now=timezone.now())

        failed = [row for row in reminders if row.is_failed]
        for row in failed:
            reason = row.error or f"{row.delivery.failed} of its mails not sent"
            self.stderr.write(f"Assignment {row.assignment_id}, {row.days:+d} days: {reason}.")
        sent = sum(row.delivery.sent for row in reminders)
        self.stdout.write(f"Assignments to remind of: {len(reminders)}. Mails sent: {sent}. Failures: {len(failed)}.")
        if failed:
            sys.exit(1)
