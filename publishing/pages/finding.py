"""The search page. Its answers are private: what somebody looks for is nobody else's business."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from articles.vocabularies import ASPECTS, AUDIENCES, SPECIALTIES
from publishing import query, search
from publishing.pages.answers import page, public_page, require_language
from publishing.pages.cards import shown_card

PRIVATE = "private, max-age=0, must-revalidate"
LAST_PAGE = search.CANDIDATES // search.PAGE
FACETS: dict[str, tuple[str, dict[str, str]]] = {
    "specialty": ("Specialty", dict(SPECIALTIES)),
    "aspect": ("About", dict(ASPECTS)),
    "audience": ("Written for", dict(AUDIENCES)),
}


@public_page
def find(request: HttpRequest, language: str) -> HttpResponse:
    given = query.read_parameters(request, READERS)
    asked, chosen = given.get("q", ""), {name: given[name] for name in FACETS if name in given}
    found = search.search(
        asked, language=language, facets=chosen, page=given.get("page", 1), exactly="exactly" in given
    )
    if not found.total:
        require_language(language)
    base = {"q": asked} | chosen
    context = {
        "found": found,
        "has_words": bool(search.words(asked, language)),
        "chosen": chosen,
        "hits": [
            shown_card(json.loads(hit.card)) | {"excerpt": hit.excerpt, "has_mark": "<mark>" in hit.excerpt}
            for hit in found.hits
        ],
        "facets": _facets(found, base | _flag(given), chosen),
        "instead": _link({"q": asked, "exactly": "yes"} | chosen),
        "without_facets": _link({"q": asked}),
        "prev": _link(base | _flag(given) | {"page": str(found.page - 1)}) if found.page > 1 else "",
        "next": _link(base | _flag(given) | {"page": str(found.page + 1)}) if found.page < found.pages else "",
    }
    return page(request, "publishing/search.html", context, language=language, cache=PRIVATE)


def _facets(found: search.Found, base: dict[str, str], chosen: dict[str, str]) -> list[dict[str, Any]]:
    """Return each facet with the values that would narrow what was found, most frequent first."""
    facets = []
    for name, (label, names) in FACETS.items():
        counts = found.counts.get(name, {})
        without = {key: value for key, value in base.items() if key != name}
        values = [
            {"name": names.get(value, value), "count": count, "link": _link(without | {name: value})}
            for value, count in sorted(counts.items(), key=lambda row: (-row[1], row[0]))
        ]
        is_chosen = name in chosen
        if is_chosen or len(values) > 1:
            facets.append(
                {
                    "name": name,
                    "label": label,
                    "chosen": names[chosen[name]] if is_chosen else "",
                    "without": _link(without),
                    "values": [] if is_chosen else values,
                }
            )
    return facets


def _flag(given: dict[str, Any]) -> dict[str, str]:
    return {"exactly": "yes"} if "exactly" in given else {}


def _link(parameters: dict[str, str]) -> str:
    return f"?{urlencode(parameters)}"


def _read_query(value: str) -> str:
    if len(value) > search.MAX_CHARACTERS:
        raise ValueError(f"A search may have {search.MAX_CHARACTERS} characters at most.")
    return " ".join(value.split())


def _read_page(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:4]) <= LAST_PAGE and len(value) < 4):
        raise ValueError(f"Give a page from 1 to {LAST_PAGE}.")
    return int(value)


def _read_exactly(value: str) -> bool:
    if value != "yes":
        raise ValueError("Give yes, or leave it out.")
    return True


def _choice(name: str) -> Any:
    """Return what reads the value of a facet."""

    def read(value: str) -> str:
        if value not in FACETS[name][1]:
            raise ValueError(f"There is no such {name}.")
        return value

    return read


READERS = {"q": _read_query, "page": _read_page, "exactly": _read_exactly} | {name: _choice(name) for name in FACETS}
