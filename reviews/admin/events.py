"""The event log in the admin: filtered by plain form fields, paged by number, downloaded as CSV."""

import json
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone

from articles.models import Article
from reviews.admin.base import ReadOnlyAdmin
from reviews.auditing import COLUMNS, csv_text, edition_number, event_row, is_hash_right, phrase
from reviews.models import GENESIS_HASH, Edition, Event

PAGE = 50
#: Counting stops here: a larger number would cost time and tell nobody more.
MOST_COUNTED = 10_000
#: How each field of the filter but the search asks the database.
LOOKUPS = {"article_id": "article_id", "action": "action", "actor": "actor", "since": "at__gte", "until": "at__lte"}
NO_DAY = "Write the day as year-month-day, for example 2026-11-22."


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], required=False, error_messages={"invalid": NO_DAY}, **kwargs)


class ActorField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        name = obj.get_full_name()
        return f"{name} ({obj.get_username()})" if name else obj.get_username()


class EventFilter(forms.Form):
    """What an auditor may ask of the log. Unknown values are refused, never ignored."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
        help_text="A person's name, words of a title, the id of an article or of an object.",
    )
    article_id = forms.UUIDField(
        label="Article id", required=False, error_messages={"invalid": "This is not the id of an article."}
    )
    action = forms.ChoiceField(required=False)
    actor = ActorField(get_user_model().objects.none(), label="Who", required=False, empty_label="Anybody")
    since = DayField(label="From (UTC)")
    until = DayField(label="To (UTC)", help_text="This day included.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        actions = Event.objects.order_by("action").values_list("action", flat=True).distinct()
        acted = Exists(Event.objects.filter(actor=OuterRef("pk")))
        people = get_user_model().objects.filter(acted).order_by("first_name", "last_name", "username")
        self.fields["action"].choices = [("", "Any"), *((name, name) for name in actions)]  # type: ignore[attr-defined]
        self.fields["actor"].queryset = people  # type: ignore[attr-defined]

    def clean_since(self) -> datetime | None:
        day = self.cleaned_data["since"]
        return day and datetime.combine(day, time.min, UTC)

    def clean_until(self) -> datetime | None:
        day = self.cleaned_data["until"]
        return day and datetime.combine(day, time.max, UTC)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", "This day is before the first one.")
        return values

    def events(self) -> QuerySet[Event]:
        """Return what was asked for; nothing while anything in the form is wrong."""
        if not self.is_valid():
            return Event.objects.none()
        asked = {LOOKUPS[name]: value for name, value in self.cleaned_data.items() if value and name in LOOKUPS}
        return Event.objects.filter(_about(self.cleaned_data["q"]), **asked)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.csv_view)
        return [path("csv/", view, name="reviews_event_csv"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self._check_allowed(request)
        return self._list_page(request, EventFilter(_asked(request)))

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the filtered log, oldest first, while it is read; a wrong filter gives the page that says so."""
        self._check_allowed(request)
        form = EventFilter(_asked(request))
        if not form.is_valid():
            return self._list_page(request, form, status=400)
        rows = map(event_row, form.events().order_by("seq").iterator())
        response = StreamingHttpResponse(csv_text(COLUMNS, rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="events-{timezone.now():%Y-%m-%d}.csv"'
        response["Cache-Control"] = "no-store, private"
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        self._check_allowed(request)
        event = get_object_or_404(Event, pk=_number(object_id))
        before = Event.objects.filter(seq__lt=event.seq).order_by("-seq").first()
        context = {
            **self.admin_site.each_context(request),
            "title": f"Event {event.seq}",
            "subtitle": phrase(event),
            "opts": Event._meta,
            "event": event,
            "line": _lines([event], request.user)[0],
            "payload": _readable(event.payload),
            "is_right": is_hash_right(event),
            "is_linked": event.prev_hash == (before.hash if before else GENESIS_HASH),
            "before": before,
            "after": Event.objects.filter(seq__gt=event.seq).order_by("seq").first(),
        }
        return render(request, "admin/reviews/event/detail.html", context)

    def _check_allowed(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied("You may not see the event log. Ask for the role Auditor.")

    def _list_page(self, request: HttpRequest, form: EventFilter, status: int = 200) -> HttpResponse:
        events = form.events()
        rows, has_newer, has_older = _page_of(events, request)
        count = events.order_by()[: MOST_COUNTED + 1].count()
        context = {
            **self.admin_site.each_context(request),
            "title": "Event log",
            "opts": Event._meta,
            "form": form,
            "query": _asked(request).urlencode(),
            "lines": _lines(rows, request.user),
            "count": min(count, MOST_COUNTED),
            "is_more": count > MOST_COUNTED,
            "newer": rows[0].seq if rows and has_newer else None,
            "older": rows[-1].seq if rows and has_older else None,
        }
        return render(request, "admin/reviews/event/list.html", context, status=status)


def _asked(request: HttpRequest) -> Any:
    """Return the query without the place in the list and without empty fields."""
    asked = request.GET.copy()
    for name in [name for name, value in asked.items() if name in ("before", "after") or not value]:
        del asked[name]
    return asked


def _about(words: str) -> Q:
    """Match a name, a title that an article ever had, or an id."""
    if not words:
        return Q()
    titled = Article.history.filter(title__icontains=words).values("id")
    condition = Q(actor_name__icontains=words) | Q(object_id=words) | Q(article_id__in=titled)
    try:
        return condition | Q(article_id=UUID(words))
    except ValueError:
        return condition


def _page_of(events: QuerySet[Event], request: HttpRequest) -> tuple[list[Event], bool, bool]:
    """Return one page, newest first, and whether there is a newer and an older one. Places stay as the log grows."""
    before, after = (_number(request.GET.get(name, "")) for name in ("before", "after"))
    if after is not None:
        rows = list(events.filter(seq__gt=after).order_by("seq")[: PAGE + 1])
        return rows[:PAGE][::-1], len(rows) > PAGE, True
    if before is not None:
        events = events.filter(seq__lt=before)
    rows = list(events.order_by("-seq")[: PAGE + 1])
    return rows[:PAGE], before is not None, len(rows) > PAGE


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _lines(events: list[Event], user: Any) -> list[dict[str, Any]]:
    """Return each event with its phrase, its edition and the title of its article; two queries for all of them."""
    editions = Edition.objects.visible_to(user).filter(article_id__in={event.article_id for event in events})
    numbered: dict[tuple[UUID, int | None], int] = {
        (article_id, number): pk
        for article_id, number, pk in editions.order_by("number").values_list("article_id", "number", "pk")
    }
    newest = {article_id: pk for (article_id, _), pk in numbered.items()}
    titles = Edition.objects.filter(pk__in=newest.values()).annotate(title=KeyTextTransform("title", "content"))
    named = {row["article_id"]: row for row in titles.order_by().values("article_id", "title", "language")}
    return [
        {
            "event": event,
            "phrase": phrase(event),
            "edition_id": numbered.get((event.article_id, edition_number(event))),
            "article": named.get(event.article_id),
        }
        for event in events
    ]


def _readable(payload: Any) -> list[dict[str, Any]]:
    """Return the payload as names with their values: structures as indented JSON, the rest as it is."""
    pairs = payload.items() if isinstance(payload, dict) else [("payload", payload)]
    return [
        {
            "name": name.replace("_", " "),
            "is_structure": isinstance(value, dict | list) and bool(value),
            "value": json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict | list) else value,
        }
        for name, value in pairs
    ]
