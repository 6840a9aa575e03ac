"""Waiting work and a public text that moved on meanwhile. Pure: three contents in, plain values out.

An edition was written on the public text `base`; since then `live` became public. Part by part, who changed what?
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]  # the signed content, "article/1"

#: The parts of a page that are no viewpoints, with their names.
PARTS = {
    "title": "Title",
    "summary": "Summary",
    "see_doctor_html": "When to see a doctor",
    "synthesis_html": "Synthesis",
    "disclaimers": "Disclaimers",
}


@dataclass(frozen=True)
class Moved:
    """A part that the public text changed. `state`: only_live (the waiting work left it alone) or both (a conflict)."""

    place: str
    label: str
    state: str
    before: Any
    live: Any
    mine: Any


def moved(base: Content, live: Content, mine: Content) -> list[Moved]:
    """Return the parts that the public text changed since `base` and that `mine` has otherwise, in reading order."""
    found = []
    for place, label in _places(base, live, mine).items():
        before, public, waiting = (_part(content, place) for content in (base, live, mine))
        if public in (before, waiting):
            continue
        state = "only_live" if waiting == before else "both"
        found.append(Moved(place, label, state, before, public, waiting))
    return found


def merged(mine: Content, live: Content, places: Iterable[str]) -> dict[str, Any]:
    """Return `mine` with the public words in `places`; viewpoints stay in the order of `mine`, new ones come last."""
    wanted = set(places)
    content = dict(mine) | {place: live[place] for place in wanted if place in PARTS}
    public = {str(row["id"]): _renumbered(row) for row in live["viewpoints"]}
    kept = [public.get(str(row["id"])) if str(row["id"]) in wanted else row for row in mine["viewpoints"]]
    there = {str(row["id"]) for row in mine["viewpoints"]}
    added = [row for pk, row in public.items() if pk in wanted and pk not in there]
    content["viewpoints"] = [row for row in [*kept, *added] if row is not None]
    content["references"] = [*mine["references"], *(row | {"id": f"live-{row['id']}"} for row in live["references"])]
    return content


def _renumbered(viewpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Return a public viewpoint whose citations cannot be mistaken for those of the waiting work."""
    return {**viewpoint, "citations": [f"live-{key}" for key in viewpoint["citations"]]}


def _places(*contents: Content) -> dict[str, str]:
    """Return every part of any of the texts, with its name."""
    places = dict(PARTS)
    for content in contents:
        for n, row in enumerate(content["viewpoints"], start=1):
            places.setdefault(str(row["id"]), row["heading"] or f"Viewpoint {n}")
    return places


def _part(content: Content, place: str) -> Any:
    """Return one part as it can be compared; None for a viewpoint that is not there."""
    if place in PARTS:
        return content[place]
    row = next((row for row in content["viewpoints"] if str(row["id"]) == place), None)
    if row is None:
        return None
    sources = {source["id"]: source["source_id"] for source in content["references"]}
    return {**row, "citations": [sources.get(key, key) for key in row["citations"]]}
