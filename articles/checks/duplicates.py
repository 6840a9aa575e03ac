"""Texts that say the same thing twice, word for word or nearly. Imports rapidfuzz and the text of bodies."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from .finding import Finding
from .text import Content, plain_text, standing_viewpoints, viewpoint_place

NEAR = 90.0  # rapidfuzz ratio, 0 to 100, from which two texts count as nearly the same

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_PUNCTUATION = re.compile(r"(?<!\d)[^\w\s%<>=±+≤≥]+|[^\w\s%<>=±+≤≥]+(?!\d)|_+")  # 1.5 and 5-10 stay whole
_WEIGHTY = re.compile(
    r"\b(?:no|not|never|without|none|cannot|may|might|can|could|will|must|should|\w+n t)\b|\d[\d.,/:-]*\s?\w*"
)


@dataclass(frozen=True)
class Duplicate:
    """The text under `key` repeats the earlier one under `repeats`; `similarity` is 0 to 100."""

    key: str
    repeats: str
    is_exact: bool
    similarity: float


def fingerprint(text: str) -> str:
    """Fold tags, case, width, punctuation and whitespace away: equal fingerprints, equal words."""
    folded = unicodedata.normalize("NFKC", plain_text(text)).casefold()
    visible = "".join(char for char in folded if unicodedata.category(char) != "Cf")
    return " ".join(_PUNCTUATION.sub(" ", _DASHES.sub("-", visible)).split())


def find_duplicates(texts: Sequence[tuple[str, str]], *, near: float = NEAR) -> list[Duplicate]:
    """Return which (key, text) pairs repeat an earlier one, in the given order; the first is kept.

    A near duplicate is a question, not an answer: two opinions may differ in a single "not".
    """
    kept: dict[str, str] = {}  # fingerprint: key
    duplicates = []
    for key, text in texts:
        mark = fingerprint(text)
        if not mark:
            continue
        duplicate = _repetition(key, mark, kept, near)
        if duplicate is None or not duplicate.is_exact:
            kept[mark] = key
        if duplicate is not None:
            duplicates.append(duplicate)
    return duplicates


def duplicate_viewpoint(content: Content) -> list[Finding]:
    """Report viewpoints that repeat an earlier one word for word."""
    return [
        Finding(
            "duplicate_viewpoint",
            duplicate.key,
            "This viewpoint repeats an earlier one word for word. Remove one, or credit both people on one.",
            repeats=duplicate.repeats,
        )
        for duplicate in find_duplicates(_bodies(content), near=101)
    ]


def near_duplicate_viewpoint(content: Content) -> list[Finding]:
    """Report viewpoints that differ only a little from an earlier one, and in which weighty words they do."""
    bodies = _bodies(content)
    texts = dict(bodies)
    return [
        Finding(
            "near_duplicate_viewpoint",
            duplicate.key,
            f"This viewpoint is {duplicate.similarity:.0f} % the same as an earlier one. "
            + _advice(texts[duplicate.key], texts[duplicate.repeats]),
            repeats=duplicate.repeats,
        )
        for duplicate in find_duplicates(bodies)
        if not duplicate.is_exact
    ]


def weighty_differences(one: str, other: str) -> list[str]:
    """Return the numbers, negations and modal verbs that only one of two texts has, sorted."""
    counts = [Counter(_WEIGHTY.findall(fingerprint(text))) for text in (one, other)]
    return sorted(((counts[0] - counts[1]) + (counts[1] - counts[0])).keys())


def _repetition(key: str, mark: str, kept: dict[str, str], near: float) -> Duplicate | None:
    if mark in kept:
        return Duplicate(key, kept[mark], True, 100.0)
    if near > 100:
        return None
    best = process.extractOne(mark, list(kept), scorer=fuzz.ratio, processor=None, score_cutoff=near)
    return Duplicate(key, kept[best[0]], False, best[1]) if best else None


def _bodies(content: Content) -> list[tuple[str, str]]:
    return [(viewpoint_place(viewpoint), viewpoint["body_html"]) for viewpoint in standing_viewpoints(content)]


def _advice(one: str, other: str) -> str:
    differences = weighty_differences(one, other)
    if not differences:
        return "Compare the two, and merge them if they say the same."
    words = "”, “".join(differences[:6])
    return f"They may still disagree: only one of them has “{words}”. Compare before merging."
