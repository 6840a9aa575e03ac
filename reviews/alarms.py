"""What must not slip through: numbers, units, negations and modal verbs. Imports the standard library only."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_ONES = "one two three four five six seven eight nine ten"
_TEENS = "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion zero nil dozen"
_PARTS = (
    "half halves third thirds quarter quarters fifth tenth once twice thrice single double triple threefold twofold"
)
_ORDINALS = "first second fourth sixth seventh eighth ninth"
NUMBER_WORDS = frozenset(" ".join((_ONES, _TEENS, _TENS, _PARTS, _ORDINALS)).split())

NEGATIONS = frozenset(
    "no not never without cannot neither nor none nobody nothing nowhere unless except hardly barely non".split()
)
CONTEXT = 40  # characters shown on each side of an alarm

MODALS = frozenset("may might can could must will would shall should need needs ought".split())


def _either(words: frozenset[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_DIGIT = "[\\d²³¹¼-¾⁰⁴-⁹₀-₉⅐-↉①-⒛]"
_SPELT = rf"\b(?:{_either(NUMBER_WORDS)})(?:[-\s](?:{_either(NUMBER_WORDS)}))*\b"
_ATOM = rf"(?:[.,·]?{_DIGIT}+(?:[.,'’/⁄:^·]+{_DIGIT}+)*(?:\^\([-−+]?{_DIGIT}+\))?|{_SPELT})"
_RANGE = r"\s?(?:[-‐-―−/:×*±+]|\b(?:to|or|and|by|x)\b)\s?"
_NUMBER = re.compile(rf"(?:[<>≤≥≈~±+−=‐-―-]+\s?)?{_ATOM}(?:{_RANGE}{_ATOM})*")

_NUMBER_BEFORE = re.compile(rf"(?:{_ATOM})\s?$")

_UNIT = (
    "mg|mcg|[µμu]g|ng|pg|kg|grams?|grammes?|milligram(?:me)?s?|microgram(?:me)?s?|nanogram(?:me)?s?|kilogram(?:me)?s?"
    "|[md]l|[µμ]l|cc|lit(?:er|re)s?|millilit(?:er|re)s?|i\\.?u\\.?|[µμmnp]?mol|m?eq|m?osm|mmhg|kpa"
    "|[ck]m|mm|nm|[cmk]?(?:illi|enti|ilo)?met(?:er|re)s?|inch(?:es)?|lbs?|ounces?|oz"
    "|t(?:ea|able)spoon(?:ful)?s?|tsp|tbsp"
    "|k?cal|kilo(?:calorie|joule)s?|calories?|joules?|kj|degrees?|celsius|fahrenheit|percent(?:age)?|per cent"
    "|bpm|msv|gy"
    "|seconds|secs?|min(?:ute)?s?|hours?|hrs?|days?|weeks?|wks?|months?|years?|yrs?|nights?|fortnights?"
    "|hourly|daily|nightly|weekly|fortnightly|monthly|yearly|annually"
    "|times?(?= (?:an?|per|each|every)\\b)"
)
_UNIT_AFTER_NUMBER = "[%‰°]\\s?[cf]?|[gmlhsducfk]|units?|feet|foot|ft|stones?|pounds?|cups?|drops?|puffs?|times"
_UNITS = re.compile(
    rf"(?:(?<![^\W\d_])(?:{_UNIT})(?:/(?:{_UNIT}|{_UNIT_AFTER_NUMBER}))*(?![^\W\d_])"
    rf"|(?<={_DIGIT})\s?(?:{_UNIT_AFTER_NUMBER})(?:/(?:{_UNIT}|[gmlhd]))*(?![^\W\d_])|[%‰°])"
)
_NEGATION = re.compile(
    rf"\b(?:{_either(NEGATIONS)})\b|\b[^\W\d_]+n['’]t\b"
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|ca|wo|would|could|should|might|must|need)nt\b"
)
_MODAL = re.compile(rf"\b({_either(MODALS)})(?:n['’]t|not)?\b|\b(wo|ca|sha)n['’]t\b")
_WON_T = {"wo": "will", "ca": "can", "sha": "shall"}


@dataclass(frozen=True)
class Signal:
    """`text` as it stands, `sense` to compare it by."""

    kind: str
    start: int
    end: int
    text: str
    sense: str


class Signals:
    """The numbers, units, negations and modal verbs of a text, and which of them a stretch of it touches."""

    KINDS = ("number", "unit", "negation", "modal")

    def __init__(self, text: str) -> None:
        self._text = text

    def touching(self, kind: str, start: int, end: int) -> list[Signal]:
        """Return the signals of a kind that overlap `start` to `end` or lie against it."""
        found, starts, ends = self._found[kind]
        return found[bisect_left(ends, start) : bisect_right(starts, end)]

    @cached_property
    def _found(self) -> dict[str, tuple[list[Signal], list[int], list[int]]]:
        return {kind: self._indexed(kind) for kind in self.KINDS}

    def _indexed(self, kind: str) -> tuple[list[Signal], list[int], list[int]]:
        found = list(_READERS[kind](self._text))
        return found, [signal.start for signal in found], [signal.end for signal in found]


def _numbers(text: str) -> Iterator[Signal]:
    low = _lower(text)
    for found in _NUMBER.finditer(low):
        start, end = found.span()
        unit = _UNITS.match(low, end) or _UNITS.match(low, end + text[end : end + 1].isspace())
        shown = text[start : unit.end() if unit else end]
        yield Signal("number", start, end, shown.strip(), _closed(found[0]))


def _units(text: str) -> Iterator[Signal]:
    low = _lower(text)
    for found in _UNITS.finditer(low):
        start, end = found.span()
        number = _NUMBER_BEFORE.search(low, max(0, start - 24), start)
        sense = _closed(text[start:end])
        sense = sense.casefold() if len(sense) > 4 and sense.isalpha() else sense  # mg is not Mg
        yield Signal("unit", start, end, text[number.start() if number else start : end].strip(), sense)


def _negations(text: str) -> Iterator[Signal]:
    for found in _NEGATION.finditer(_lower(text)):
        start, end = found.span()
        yield Signal("negation", start, end, text[start:end], found[0].replace("’", "'"))


def _modals(text: str) -> Iterator[Signal]:
    for found in _MODAL.finditer(_lower(text)):
        start, end = found.span()
        stem = found[1] or found[2]
        yield Signal("modal", start, end, text[start:end], _WON_T.get(stem, stem))


def _lower(text: str) -> str:
    low = text.lower()
    return low if len(low) == len(text) else text


def _closed(text: str) -> str:
    return "".join(text.split())


_READERS = {"number": _numbers, "unit": _units, "negation": _negations, "modal": _modals}


def around(text: str, left: int, right: int) -> str:
    """Return what stands around a place, in whole words, an ellipsis where the text goes on."""
    begin, end = max(0, left - CONTEXT), min(len(text), right + CONTEXT)
    before, after = text[begin:left], text[right:end]
    if begin and not text[begin - 1].isspace():
        before = before.partition(" ")[2]
    if end < len(text) and not text[end].isspace():
        after = after.rpartition(" ")[0]
    said = " ".join(f"{before}{text[left:right]}{after}".split())
    return f"{'… ' if begin else ''}{said}{' …' if end < len(text) else ''}"
