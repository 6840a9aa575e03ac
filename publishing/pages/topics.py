"""Home, the list of topics, and a topic."""

import json
import re
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse

from articles.vocabularies import ASPECTS, SPECIALTIES
from publishing import query
from publishing.document import topic_path
from publishing.models import LiveArticle, LiveTopic
from publishing.pages import paging
from publishing.pages.answers import page, public_page, require_language
from publishing.pages.cards import shown_card

RECENT = 6
#: Topics on one page of the list, and of the same specialty at the foot of a topic.
LISTED, NEIGHBOURS = 100, 8
SPECIALTY_NAMES = dict(SPECIALTIES)
ASPECT_ORDER = [aspect for aspect, _ in ASPECTS]


@public_page
def home(request: HttpRequest) -> HttpResponse:
    language = settings.LANGUAGE_CODE
    query.read_parameters(request, {})
    rows = _in_language(language)
    recent = LiveArticle.objects.filter(language=language).order_by("-last_reviewed", "-id")
    context = {
        "letters": _letters(rows),
        "specialties": _specialties(rows),
        "recent": [shown_card(json.loads(card)) for card in recent.values_list("card", flat=True)[:RECENT]],
    }
    return page(request, "publishing/home.html", context, language=language)


@public_page
def topics(request: HttpRequest, language: str) -> HttpResponse:
    readers = {"letter": _read_letter, "specialty": _read_specialty, "cursor": paging.reader(paging.text, paging.uuid)}
    given = query.read_parameters(request, readers)
    require_language(language)
    chosen = {name: given[name] for name in ("letter", "specialty") if name in given}
    rows = _in_language(language)
    cut = paging.cut(rows.filter(**chosen), ("name", "id"), given.get("cursor"), limit=LISTED)
    context = {
        "letters": _letters(rows),
        "specialties": _specialties(rows),
        "chosen": chosen,
        "specialty_name": SPECIALTY_NAMES.get(chosen.get("specialty", ""), ""),
        "topics": _shown_topics(cut.rows, language),
        "cut": cut,
    }
    return page(request, "publishing/topics.html", context, language=language)


@public_page
def topic(request: HttpRequest, language: str, slug: str) -> HttpResponse:
    query.read_parameters(request, {})
    row = LiveTopic.objects.filter(slug=slug).order_by("id").first()
    if row is None:
        raise Http404
    live = LiveArticle.objects.filter(topic_id=row.pk, language=language).order_by("-published_at", "-id")
    cards = [json.loads(card) for card in live.values_list("card", flat=True)]
    if not cards:
        raise Http404
    shown = json.loads(row.document)
    context = {
        "topic": shown,
        "groups": _by_aspect(cards),
        "article_count": len(cards),
        "specialty_name": SPECIALTY_NAMES.get(shown["specialty"], ""),
        "neighbours": _neighbours(row, language),
        "page_url": f"{settings.SITE_URL}{topic_path(language, slug)}",
    }
    return page(request, "publishing/topic.html", context, language=language)


def _in_language(language: str) -> Any:
    """Return the topics with articles in a language, in no order. Where there is no other, these are all topics."""
    rows = LiveTopic.objects.order_by()
    if not LiveArticle.objects.order_by().filter(Q(language__lt=language) | Q(language__gt=language)).exists():
        return rows
    return rows.filter(Exists(LiveArticle.objects.filter(topic_id=OuterRef("pk"), language=language)))


def _letters(rows: Any) -> list[dict[str, Any]]:
    """Return the first letters of topics with how many there are, `#` last."""
    counts = rows.values_list("letter").annotate(count=Count("pk"))
    return [
        {"letter": letter, "count": count} for letter, count in sorted(counts, key=lambda row: (row[0] == "#", row))
    ]


def _specialties(rows: Any) -> list[dict[str, Any]]:
    counts = dict(rows.exclude(specialty="").values_list("specialty").annotate(count=Count("pk")))
    return [{"code": code, "name": name, "count": counts[code]} for code, name in SPECIALTIES if code in counts]


def _shown_topics(rows: list[LiveTopic], language: str) -> list[dict[str, Any]]:
    live = LiveArticle.objects.order_by().filter(topic_id__in=[row.pk for row in rows], language=language)
    counts = dict(live.values_list("topic_id").annotate(count=Count("pk")))
    return [
        {
            "name": row.name,
            "url": topic_path(language, row.slug),
            "also_called": json.loads(row.document)["also_called"],
            "article_count": counts.get(row.pk, 0),
        }
        for row in rows
    ]


def _neighbours(row: LiveTopic, language: str) -> list[dict[str, str]]:
    """Return the next topics of the same specialty by name, going on from the first ones after the last."""
    if not row.specialty:
        return []
    others = _in_language(language).filter(specialty=row.specialty).exclude(pk=row.pk).order_by("name", "id")
    found = list(others.filter(name__gte=row.name).values_list("name", "slug")[:NEIGHBOURS])
    if len(found) < NEIGHBOURS:
        found += others.filter(name__lt=row.name).values_list("name", "slug")[: NEIGHBOURS - len(found)]
    return [{"name": name, "url": topic_path(language, slug)} for name, slug in found]


def _by_aspect(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the articles in the order of schema.org's list of aspects."""
    cards = sorted(cards, key=lambda card: ASPECT_ORDER.index(card["aspect"]))
    return [
        {"aspect": aspect, "articles": [shown_card(card) for card in group]}
        for aspect, group in groupby(cards, key=lambda card: card["aspect"])
    ]


def _read_letter(value: str) -> str:
    if not re.fullmatch("[A-Z#]", value):
        raise ValueError("Give one letter from A to Z, or #.")
    return value


def _read_specialty(value: str) -> str:
    if value not in SPECIALTY_NAMES:
        raise ValueError("Give a specialty by its name on schema.org, for example Neurologic.")
    return value
