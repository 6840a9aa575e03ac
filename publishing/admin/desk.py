"""The publication desk: what falls due by month, what is scheduled, and what somebody still owes."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from articles.months import months_later
from publishing.admin.pages import routed
from publishing.models import Alert, LiveArticle, Publication, Schedule, ScheduleEnd, ScheduleOutcome, WorkerRun
from publishing.worker import unendorsed, unratified
from reviews.models import Edition

MONTHS = 18
#: After this the page says that no worker runs.
SILENCE = timedelta(minutes=5)


def urls() -> list[Any]:
    return [routed("desk/", desk, "desk"), routed("desk/<int:year>-<int:month>/", month, "due_in_month")]


def desk(request: HttpRequest) -> HttpResponse:
    _check_allowed(request)
    now, last_run = timezone.now(), WorkerRun.objects.first()
    failed = ScheduleEnd.objects.filter(outcome=ScheduleOutcome.FAILED, at__gte=now - timedelta(days=30))
    context = {
        **admin.site.each_context(request),
        "title": "Publication desk",
        "opts": Edition._meta,
        "months": _months(now.date()),
        "overdue": _overdue(now.date()),
        "schedules": Schedule.objects.waiting().select_related("edition", "by").order_by("due_at", "pk"),
        "failed": failed.select_related("schedule__edition").order_by("-at"),
        "suspensions": unratified(),
        "debts": unendorsed(),
        "alerts": Alert.objects.filter(resolution__isnull=True).select_related("publication__edition", "by"),
        "last_run": last_run,
        "is_silent": last_run is None or now - last_run.at > SILENCE,
    }
    return render(request, "admin/publishing/desk.html", context)


def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """List the live articles whose review falls due in one month."""
    _check_allowed(request)
    try:
        first = date(year, month, 1)
    except ValueError:
        first = timezone.now().date().replace(day=1)
    rows = LiveArticle.objects.filter(next_review_due__gte=first, next_review_due__lt=months_later(first, 1))
    return _listed(request, f"Reviews due in {first:%B %Y}", rows)


def _listed(request: HttpRequest, title: str, live: Any) -> HttpResponse:
    shown = list(live.order_by("next_review_due", "title").only("title", "next_review_due", "publication_id")[:500])
    editions = dict(
        Publication.objects.filter(pk__in=[row.publication_id for row in shown]).values_list("pk", "edition_id")
    )
    context = {
        **admin.site.each_context(request),
        "title": title,
        "opts": Edition._meta,
        "rows": [(row, editions.get(row.publication_id)) for row in shown],
        "count": live.count(),
    }
    return render(request, "admin/publishing/due.html", context)


def _check_allowed(request: HttpRequest) -> None:
    if not request.user.has_perm("publishing.view_publication"):
        raise PermissionDenied


def _months(today: date) -> list[dict[str, Any]]:
    """Return the next months with how many reviews fall due in each; one query."""
    first = today.replace(day=1)
    end = months_later(first, MONTHS)
    due = LiveArticle.objects.filter(next_review_due__gte=today, next_review_due__lt=end)
    counts = Counter((day.year, day.month) for day in due.values_list("next_review_due", flat=True) if day)
    starts = [months_later(first, n) for n in range(MONTHS)]
    most = max(counts.values(), default=1)
    return [
        {
            "first": start,
            "count": counts[start.year, start.month],
            "share": round(100 * counts[start.year, start.month] / most),
        }
        for start in starts
    ]


def _overdue(today: date) -> Any:
    return LiveArticle.objects.filter(next_review_due__lt=today).order_by("next_review_due")[:100]
