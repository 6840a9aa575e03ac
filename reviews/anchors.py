"""Where a comment stands in a text, and where it stands in the next one. Pure: plain values only. Imports rapidfuzz.

A comment is held by a W3C TextQuoteSelector: the exact words, and some of the text before and after them. The text
of a viewpoint is `body_text`: its words without tags, every run of white space, line breaks too, as one space.
A quote that stands in its viewpoint more than once carries the whole viewpoint as its context, so that `find` knows
of the others and can tell them apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from articles.checks import plain_text
from articles.checks.characters import INVISIBLE

Content = Mapping[str, Any]  # the signed content, "article/1"

CONTEXT = 32  # characters of context on each side by which places are compared
ALIKE = 80.0  # rapidfuzz ratio, 0 to 100, from which a wording is a rewording
BETWEEN = 60.0  # the same, for what stands between the unchanged words before and after
HOLDS = 0.75  # likeness of one side's context, 0 to 1, from which a quote stands where it stood
SUPPORTS = 0.7  # the same, from which a reworded quote may be believed
CHANCE = 0.65  # likeness that two stretches of English may have by chance; it counts for nothing
ORDER = 0.1  # what it counts that a copy has a place at all, so that without other signs all keep their order
MARGIN = 0.25  # by how much the best match of the places must beat the second best
SHORTEST = 8  # characters of a quote that may be recognised reworded

#: Places outside the viewpoints, and their keys in the content.
AROUND = {"summary": "summary", "see_doctor": "see_doctor_html", "synthesis": "synthesis_html"}

_EDGE = "\x02" * CONTEXT  # stands for the beginning and the end of a text
_SAME = str.maketrans("‘’‚‛“”„‟«»`´‐‑‒–—−", "''''\"\"\"\"\"\"''------")
_QUOTED = re.compile(r"^\s*[\"'“”‘’«»„](.+)[\"'“”‘’«»]\s*$", re.DOTALL)


@dataclass(frozen=True)
class Selector:
    """A TextQuoteSelector in one viewpoint."""

    viewpoint: str
    exact: str
    prefix: str
    suffix: str


@dataclass(frozen=True)
class Anchor:
    """`state`: anchored, moved or orphaned; `start` and `end` count characters in `body_text` of the viewpoint."""

    state: str
    viewpoint: str = ""
    start: int = 0
    end: int = 0
    text: str = ""


@dataclass(frozen=True)
class Located:
    """A pasted quote found in a text; or `problem`: empty, not_found or ambiguous, with words for the form."""

    start: int = 0
    end: int = 0
    problem: str = ""
    message: str = ""


class Span(NamedTuple):
    start: int
    end: int


ORPHANED = Anchor("orphaned")


def body_text(viewpoint: Mapping[str, Any]) -> str:
    """Return the text of a viewpoint's body that selectors and anchors count in."""
    return fold_space(plain_text(viewpoint["body_html"]))


def texts_of(content: Content) -> dict[str, str]:
    """Return every text that a comment can be about, by place: the viewpoints by id, then the texts around them."""
    texts = {str(viewpoint["id"]): body_text(viewpoint) for viewpoint in content["viewpoints"]}
    return texts | {place: fold_space(plain_text(content.get(key, ""))) for place, key in AROUND.items()}


def fold_space(text: str) -> str:
    return " ".join(text.split())


def make_selector(viewpoint_id: str, text: str, start: int, end: int, context: int = CONTEXT) -> Selector:
    """Return the selector of `text[start:end]`; `text` is the `body_text` of the viewpoint."""
    exact = text[start:end]
    if not exact.strip() or start < 0:
        raise ValueError("A selector needs words.")
    context = max(context, CONTEXT) if len(_places(exact, text)) == 1 else len(text)
    return Selector(viewpoint_id, exact, text[max(0, start - context) : start], text[end : end + context])


def find(selector: Selector, content: Content) -> Anchor:
    """Return where the quote of a selector stands in a content; orphaned when that would be a guess."""
    return _find(selector, texts_of(content))


def carry(selectors: Sequence[Selector], content: Content) -> list[Anchor]:
    """Return the anchor of each selector, in order; copies of the same words never get one place."""
    texts = texts_of(content)
    found = {selector: _find(selector, texts) for selector in dict.fromkeys(selectors)}
    claims: dict[tuple[str, int, int], list[Selector]] = {}
    for selector, anchor in found.items():
        claims.setdefault((anchor.viewpoint, anchor.start, anchor.end), []).append(selector)
    losers = {loser for claimants in claims.values() for loser in _losers(claimants, found)}
    return [ORPHANED if selector in losers else found[selector] for selector in selectors]


def locate_quote(text: str, pasted: str, before: str = "") -> Located:
    """Return where a pasted quote stands in a text, whatever its white space, quotation marks, dashes and case.

    `before` is the text before the quote: of several places, it says which one is meant.
    """
    if not _comparable(pasted)[0]:
        return Located(problem="empty", message="Paste the words that your comment is about.")
    inner = _QUOTED.match(pasted)
    found = _located(text, pasted) or (_located(text, inner[1]) if inner else [])
    if not found:
        message = "These words do not stand here. Copy them from the text, without leaving any out."
        return Located(problem="not_found", message=message)
    if len(found) > 1 and _comparable(before)[0]:
        found = _preceded(found, text, before)
    if len(found) != 1:
        message = f"These words stand here {len(found)} times. Paste more of the words around the ones you mean."
        return Located(problem="ambiguous", message=message)
    return Located(*found[0])


# Finding one quote


def _find(selector: Selector, texts: Mapping[str, str]) -> Anchor:
    own = texts.get(selector.viewpoint)
    if own is not None:
        anchor = _find_exact(selector, own) or _find_reworded(selector, selector.viewpoint, own)
        if anchor:
            return anchor
    elsewhere = [
        anchor
        for key, text in texts.items()
        if key != selector.viewpoint and (anchor := _find_carried(selector, key, text))
    ]
    return elsewhere[0] if len(elsewhere) == 1 else ORPHANED


def _find_exact(selector: Selector, text: str) -> Anchor | None:
    """Return the place of the exact words in their own viewpoint; None when they are gone or cannot be told apart."""
    places = _places(selector.exact, text)
    former = selector.prefix + selector.exact + selector.suffix
    copies = _places(selector.exact, former)
    mine = next(i for i, copy in enumerate(copies) if copy.start == len(selector.prefix))
    sides = [[_likeness(copy, former, place, text) for place in places] for copy in copies]
    chosen = _match(sides, mine)
    if chosen is None or _is_elsewhere(sides[mine], chosen):
        return None
    holds = max(sides[mine][chosen]) >= HOLDS
    if not holds and len(copies) != len(places):
        return None
    return _anchor("anchored" if holds else "moved", selector.viewpoint, text, places[chosen])


def _find_reworded(selector: Selector, key: str, text: str) -> Anchor | None:
    """Return the place of a rewording: between the old neighbours, or near enough to the words with one neighbour."""
    between = _between(selector, text)
    if between is None:
        return _find_alike(selector, key, text)
    words = text[between.start : between.end]
    if selector.exact in words:  # one of several copies, which could not be told apart
        return None
    return _anchor("moved", key, text, between) if fuzz.ratio(selector.exact, words) >= BETWEEN else None


def _find_carried(selector: Selector, key: str, text: str) -> Anchor | None:
    """Return the place of the words in another viewpoint, when a neighbour came along; None when it is a guess."""
    places = [place for place in _places(selector.exact, text) if _came_along(selector, place, text)]
    if places:
        return _anchor("moved", key, text, places[0]) if len(places) == 1 else None
    alike = _find_alike(selector, key, text)
    return alike if alike and _came_along(selector, Span(alike.start, alike.end), text) else None


def _find_alike(selector: Selector, key: str, text: str) -> Anchor | None:
    if len(selector.exact) < SHORTEST:
        return None
    hidden = text
    for place in _places(selector.exact, text):  # those belong to somebody else
        hidden = hidden[: place.start] + "\x03" * (place.end - place.start) + hidden[place.end :]
    alike = fuzz.partial_ratio_alignment(selector.exact, hidden, score_cutoff=ALIKE)
    if alike is None or len(hidden) < len(selector.exact) // 2:
        return None
    place = _whole_words(Span(alike.dest_start, alike.dest_end), hidden)
    is_alike = fuzz.ratio(selector.exact, hidden[place.start : place.end]) >= ALIKE
    return _anchor("moved", key, text, place) if is_alike and _support(selector, place, text) >= SUPPORTS else None


def _between(selector: Selector, text: str) -> Span | None:
    """Return what stands between the old neighbours, if each is there once and in this order."""
    before, after = selector.prefix[-CONTEXT:], selector.suffix[:CONTEXT]
    if len(before.strip()) < SHORTEST or len(after.strip()) < SHORTEST:
        return None
    if text.count(before) != 1 or text.count(after) != 1:
        return None
    place = Span(text.index(before) + len(before), text.index(after))
    return place if 0 <= place.end - place.start <= 2 * len(selector.exact) + CONTEXT else None


def _anchor(state: str, key: str, text: str, place: Span) -> Anchor:
    return Anchor(state, key, place.start, place.end, text[place.start : place.end])


# Telling places apart

Sides = tuple[float, float]  # likeness of what stands before and after, each 0 to 1


def _match(sides: Sequence[Sequence[Sides]], mine: int) -> int | None:
    """Return which new place one of the old copies got, all copies matched in order; None when it is not certain."""
    scores = [[sum(max(0.0, side - CHANCE) for side in pair) / (1 - CHANCE) + ORDER for pair in row] for row in sides]
    best, chosen = _best(scores, mine)
    if chosen is None:
        return None
    is_one_to_one = all(len(row) == len(scores) for row in scores)
    scores[mine][chosen] = -1.0
    second, _ = _best(scores, mine)
    return chosen if is_one_to_one or best - second >= MARGIN else None


def _is_elsewhere(sides: Sequence[Sides], chosen: int) -> bool:
    """Return whether an old neighbour stands by another place, and not by the one that the order of the copies gives."""
    return any(
        there >= HOLDS and there - here >= MARGIN
        for n, pair in enumerate(sides)
        if n != chosen
        for there, here in zip(pair, sides[chosen], strict=True)
    )


def _best(scores: Sequence[Sequence[float]], mine: int) -> tuple[float, int | None]:
    """Return the highest total of an in-order matching of rows to columns, and the column that row `mine` got."""
    columns = len(scores[0])
    totals = [[0.0] * (columns + 1) for _ in range(len(scores) + 1)]
    for i, row in enumerate(scores):
        for j, score in enumerate(row):
            totals[i + 1][j + 1] = max(totals[i][j + 1], totals[i + 1][j], totals[i][j] + score)
    j = columns
    for i in range(len(scores), mine, -1):
        while j and totals[i][j] == totals[i][j - 1]:
            j -= 1
        is_matched = j > 0 and totals[i][j] != totals[i - 1][j]
        if i - 1 == mine:
            return totals[-1][-1], j - 1 if is_matched else None
        j -= is_matched
    return totals[-1][-1], None


def _support(selector: Selector, place: Span, text: str) -> float:
    """Return how like the old neighbour the better of the two new ones is; the edge of the text counts as one."""
    former = selector.prefix + selector.exact + selector.suffix
    own = Span(len(selector.prefix), len(selector.prefix) + len(selector.exact))
    return max(_likeness(own, former, place, text))


def _came_along(selector: Selector, place: Span, text: str) -> bool:
    """Return whether an old neighbour, and not just the edge of a text, stands by a place in another viewpoint."""
    before, after = selector.prefix[-CONTEXT:], selector.suffix[:CONTEXT]
    sides = (
        (before, text[max(0, place.start - len(before)) : place.start]),
        (after, text[place.end : place.end + len(after)]),
    )
    return any(len(old.strip()) >= SHORTEST and _alike(old, new) >= HOLDS for old, new in sides)


def _likeness(copy: Span, former: str, place: Span, text: str) -> Sides:
    before = _alike(_before(former, copy.start), _before(text, place.start))
    after = _alike(_after(former, copy.end), _after(text, place.end))
    return before, after


def _alike(one: str, other: str) -> float:
    return fuzz.ratio(one, other) / 100


def _before(text: str, at: int) -> str:
    return (_EDGE + text[:at])[-CONTEXT:]


def _after(text: str, at: int) -> str:
    return (text[at : at + CONTEXT] + _EDGE)[:CONTEXT]


def _places(exact: str, text: str) -> list[Span]:
    """Return every place of some words in a text; they may overlap."""
    places = []
    at = text.find(exact)
    while at >= 0:
        places.append(Span(at, at + len(exact)))
        at = text.find(exact, at + 1)
    return places


def _whole_words(place: Span, text: str) -> Span:
    start, end = place
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _losers(claimants: Sequence[Selector], found: Mapping[Selector, Anchor]) -> list[Selector]:
    """Return who must let go of a place that several were found at: the unsure, and copies none of which is sure."""
    if len(claimants) < 2 or found[claimants[0]].state == "orphaned":
        return []
    unsure = [selector for selector in claimants if found[selector].state != "anchored"]
    return unsure if len(unsure) < len(claimants) else [selector for selector in unsure if _has_copies(selector)]


def _has_copies(selector: Selector) -> bool:
    return len(_places(selector.exact, selector.prefix + selector.exact + selector.suffix)) > 1


# Pasted quotes


def _located(text: str, pasted: str) -> list[Span]:
    wanted, _ = _comparable(pasted)
    letters, places = _comparable(text)
    for fold_case in (False, True):
        found = list(_occurrences(wanted, letters, fold_case))
        spans = [Span(places[at], places[at + len(wanted) - 1] + 1) for at in found]
        whole = [span for span in spans if _whole_words(span, text) == span]
        if spans:
            return whole or spans
    return []


def _preceded(found: list[Span], text: str, before: str) -> list[Span]:
    """Return the places before which a text ends as `before` does; all of them where none does."""
    wanted, _ = _comparable(before)
    close = [span for span in found if _comparable(text[: span.start])[0].endswith(wanted)]
    return close or found


def _occurrences(wanted: str, letters: str, fold_case: bool) -> Iterator[int]:
    flags = re.IGNORECASE if fold_case else 0
    return (found.start() for found in re.finditer(f"(?={re.escape(wanted)})", letters, flags))


def _comparable(text: str) -> tuple[str, list[int]]:
    """Return a text without white space and invisible characters, marks made alike, and where each character stood."""
    letters: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        if char.isspace() or INVISIBLE.match(char):
            continue
        for letter in unicodedata.normalize("NFC", char).translate(_SAME):
            letters.append(letter)
            places.append(at)
    return "".join(letters), places
