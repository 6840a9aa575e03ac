"""How this site reviews, and what it corrected."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from publishing import query
from publishing.document import page_path
from publishing.models import LiveCorrection, LivePage
from publishing.pages import paging
from publishing.pages.answers import page, public_page, require_language

LISTED = 50
TIERS = {
    1: "Everyday health: lifestyle, anatomy and the like",
    2: "Symptoms and conditions: the usual case",
    3: "Treatments and medicines, pregnancy, children, crises",
}


@public_page
def how_we_review(request: HttpRequest, language: str) -> HttpResponse:
    query.read_parameters(request, {})
    require_language(language)
    stored = LivePage.objects.filter(key="policies").values_list("document", flat=True).first()
    policies = json.loads(stored)["policies"] if stored else []
    context = {
        "policies": [row | {"content": TIERS.get(row["risk_tier"], "")} for row in sorted(policies, key=_tier)],
        "page_url": f"{settings.SITE_URL}/{language}/how-we-review/",
    }
    return page(request, "publishing/how_we_review.html", context, language=language)


@public_page
def corrections(request: HttpRequest, language: str) -> HttpResponse:
    given = query.read_parameters(request, {"cursor": paging.reader(paging.moment, paging.text)})
    require_language(language)
    rows = LiveCorrection.objects.filter(language=language)
    cut = paging.cut(rows, ("at", "key"), given.get("cursor"), limit=LISTED, newest_first=True)
    context = {
        "corrections": [shown_correction(row) for row in cut.rows],
        "cut": cut,
        "page_url": f"{settings.SITE_URL}/{language}/corrections/",
    }
    return page(request, "publishing/corrections.html", context, language=language)


def shown_correction(row: LiveCorrection) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "title": row.title,
        "summary": row.summary,
        "at": row.at.isoformat(),
        "number": row.edition_number,
        "path": page_path(row.language, row.slug),
    }


def _tier(policy: dict[str, Any]) -> tuple[int, str]:
    return policy["risk_tier"], policy["name"]
