"""What viewpoints cite, and whether it still stands. Imports the text of bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .finding import Finding
from .text import Content, standing_viewpoints, viewpoint_place

REFERENCES_FROM_TIER = 2
TAKEN_BACK = frozenset({"retracted", "withdrawn"})


def claim_unreferenced(content: Content, *, risk_tier: int) -> list[Finding]:
    """Report viewpoints that cite no source of the list, where the risk tier wants references."""
    if risk_tier < REFERENCES_FROM_TIER:
        return []
    known = {reference["id"] for reference in content["references"]}
    return [
        Finding("claim_unreferenced", viewpoint_place(viewpoint), "This viewpoint cites no source. Add one.")
        for viewpoint in standing_viewpoints(content)
        if known.isdisjoint(viewpoint["citations"])
    ]


def reference_retracted(content: Content) -> list[Finding]:
    """Report cited sources that were retracted or withdrawn."""
    return [
        Finding(
            "reference_retracted",
            f"references/{reference['id']}",
            f"“{reference['title']}” was {reference['status']}. Remove it, and check what rests on it.",
        )
        for reference in _cited(content)
        if reference["status"] in TAKEN_BACK
    ]


def reference_of_concern(content: Content) -> list[Finding]:
    """Report cited sources whose publisher has expressed concern."""
    return [
        Finding(
            "reference_of_concern",
            f"references/{reference['id']}",
            f"The publisher of “{reference['title']}” has expressed concern about it. Look for another.",
        )
        for reference in _cited(content)
        if reference["status"] == "expression_of_concern"
    ]


def _cited(content: Content) -> Iterator[Mapping[str, Any]]:
    cited = {citation for viewpoint in content["viewpoints"] for citation in viewpoint["citations"]}
    return (reference for reference in content["references"] if reference["id"] in cited)
