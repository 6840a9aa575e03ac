"""A contributor: who they are, who checked that, what they declare, and what they say on this site."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from publishing import query
from publishing.models import LiveArticle, LiveContributor, LiveUse, UseKind
from publishing.pages import paging
from publishing.pages.answers import page, public_page
from publishing.pages.cards import shown_card

LISTED = 25
#: Articles are counted up to here; past it the page says "more than".
COUNTED = 1000


@public_page
def contributor(request: HttpRequest, language: str, contributor_id: UUID) -> HttpResponse:
    given = query.read_parameters(request, {"cursor": paging.reader(paging.moment, paging.uuid)})
    row = LiveContributor.objects.filter(pk=contributor_id).first()
    if row is None:
        raise Http404
    uses = LiveUse.objects.filter(kind=UseKind.CONTRIBUTOR, key=str(contributor_id))
    live = LiveArticle.objects.filter(pk__in=uses.values("article_id"), language=language).order_by()
    # The places first, then what stands there: sorting rows must not carry whole documents about.
    cut = paging.cut(
        live.values("id", "published_at"), ("published_at", "id"), given.get("cursor"), limit=LISTED, newest_first=True
    )
    if not cut.rows:
        raise Http404
    context = {
        "contributor": json.loads(row.document),
        "articles": _articles([place["id"] for place in cut.rows], str(contributor_id)),
        "cut": cut,
        "count": live.values("pk")[: COUNTED + 1].count(),
        "counted": COUNTED,
        "page_url": f"{settings.SITE_URL}{contributor_path(language, str(contributor_id))}",
    }
    return page(request, "publishing/contributor.html", context, language=language)


def contributor_path(language: str, contributor_id: str) -> str:
    return f"/{language}/contributors/{contributor_id}/"


def _articles(ids: list[UUID], contributor_id: str) -> list[dict[str, Any]]:
    """Return articles, in the order of their ids, with the viewpoints that are the contributor's."""
    rows = LiveArticle.objects.order_by().filter(pk__in=ids).values_list("pk", "card", "document")
    by_id = {pk: (json.loads(card), json.loads(document)) for pk, card, document in rows}
    return [
        shown_card(card) | {"viewpoints": _viewpoints(document["content"]["viewpoints"], contributor_id)}
        for card, document in (by_id[pk] for pk in ids if pk in by_id)
    ]


def _viewpoints(viewpoints: list[dict[str, Any]], contributor_id: str) -> list[dict[str, Any]]:
    return [
        {
            "id": row["id"],
            "heading": row["heading"],
            "perspective": row["perspective"],
            "is_withdrawn": bool(row.get("withdrawn_on")),
            "role": person["role"],
            "others": [other["name"] for other in row["contributors"] if other["id"] != contributor_id],
        }
        for row in viewpoints
        for person in row["contributors"]
        if person["id"] == contributor_id
    ]
