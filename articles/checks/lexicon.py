"""Which words are known, and the nearest known one. Imports rapidfuzz, pyspellchecker and the word lists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA
from spellchecker import SpellChecker

from .words import word_list

FREQUENT = 500  # occurrences in the general list from which a word is common enough to be suggested
NEAR = 85.0  # rapidfuzz ratio from which a capitalised word is taken for a misspelt term, not a name
FARTHEST = 0.34  # edits per letter past which a suggestion would be a guess

_PREFIXES = re.compile(
    "anti|bio|cardio|hyper|hypo|immuno|inter|intra|micro|mid|mini|multi|neuro|non|over|post|pre|psycho|radio"
    "|semi|sub|super|ultra|under"
)
_BRITISH = (
    (re.compile(r"(?<=[a-z]{2}i)s(?=(?:e|ed|er|ers|es|ing|ation|ations|ational|able)$)"), "z"),  # randomise
    (re.compile(r"(?<=ly)s(?=(?:e|ed|er|ers|es|ing)$)"), "z"),  # paralyse
    (re.compile(r"(?<=[bcdgilmnpv]o)u(?=r)"), ""),  # tumour
    (re.compile(r"(?<=[a-z])ae|^ae"), "e"),  # anaemia
    (re.compile(r"oe"), "e"),  # oedema
    (re.compile(r"(?<=[bt])re(?=s?$)"), "er"),  # centre
    (re.compile(r"(?<=[a-z]{2})ll(?=(?:ed|ing|er|ers|or|ors|ation)$)"), "l"),  # counselling
)
_PLURALS = (("ies", "y"), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("hes", "h"), ("ses", "sis"), ("s", ""))
_INFLECTIONS = (("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", ""), ("ally", ""), ("ic", "ia"))


class Lexicon:
    """The general, medical and British word lists, and a vocabulary of one's own (words or phrases)."""

    def __init__(self, vocabulary: Iterable[str] = ()) -> None:
        self._own = frozenset(word for phrase in vocabulary for word in _words_of(phrase))
        self._terms = sorted(self._own | _medical())
        self._suggestions: dict[str, str] = {}

    def knows(self, word: str) -> bool:
        """Return whether a word, in any case, is spelt as one of the lists has it, or inflected from it."""
        return any(
            any(self._has(form) for form in _stems(spelling, _PLURALS))
            or any(self._has_term(form) for form in _stems(spelling, _INFLECTIONS))
            for spelling in _american(fold(word))
        )

    def is_near_term(self, word: str) -> bool:
        """Return whether a word is close to a medical word or one of the vocabulary, so hardly a name."""
        return any(
            process.extractOne(form, self._terms, scorer=fuzz.ratio, score_cutoff=NEAR)
            for form in _stems(fold(word), _PLURALS)
        )

    def suggest(self, word: str) -> str:
        """Return the nearest known word in lower case, terms before common words, or "" if none is near."""
        folded = fold(word)
        if folded not in self._suggestions:
            self._suggestions[folded] = self._suggestion(folded)
        return self._suggestions[folded]

    def _suggestion(self, folded: str) -> str:
        found = [self._nearest(folded, "")]
        if len(folded) > 4 and folded.endswith("s") and not folded.endswith(("ss", "us", "is")):
            found.append(self._nearest(folded[:-1], "s"))
        rank, suggestion = min(found)
        return suggestion if rank[0] <= max(1, FARTHEST * len(folded)) else ""

    def _has(self, word: str) -> bool:
        if word in self._own or word in _listed() or word in _general():
            return True
        prefix = _PREFIXES.match(word)
        rest = word[prefix.end() :] if prefix else ""
        return len(rest) > 4 and (self._has_term(rest) or _general().get(rest, 0) >= FREQUENT)

    def _has_term(self, word: str) -> bool:
        return word in self._own or word in _medical()

    def _nearest(self, word: str, ending: str) -> tuple[tuple[int, bool, bool, int], str]:
        candidates = [
            (self._rank(word, candidate, distance), candidate + ending)
            for words in (self._terms, _frequent())
            for candidate, distance in _nearby(word, words)
            if not _is_opposite(word, candidate)
        ]
        return min(candidates, default=((99, True, True, 0), ""))

    def _rank(self, word: str, candidate: str, distance: int) -> tuple[int, bool, bool, int]:
        return (
            distance + (word[0] != candidate[0]),
            set(word) != set(candidate),
            not self._has_term(candidate),
            -_general().get(candidate, 0),
        )


def fold(word: str) -> str:
    """Return a word in lower case, without accents and possessive."""
    decomposed = unicodedata.normalize("NFKD", word.replace("’", "'")).casefold()
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return plain.removesuffix("'s").removesuffix("'")


def _words_of(phrase: str) -> Iterator[str]:
    yield from re.findall(r"[^\W\d_]{2,}", fold(phrase))


def _nearby(word: str, words: Sequence[str]) -> list[tuple[str, int]]:
    found = process.extract(word, words, scorer=OSA.distance, limit=20, score_cutoff=4)
    return [(candidate, int(distance)) for candidate, distance, _ in found]


def _is_opposite(word: str, other: str) -> bool:
    """Return whether a suggestion would turn hypo- into hyper- or back."""
    return {word[:4], other[:4]} == {"hypo", "hype"}


def _stems(word: str, endings: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield word
    for ending, replacement in endings:
        if word.endswith(ending) and len(word) > len(ending) + 3:
            yield word[: -len(ending)] + replacement


def _american(word: str) -> Iterator[str]:
    yield word
    american = word
    for pattern, replacement in _BRITISH if len(word) > 4 else ():
        changed = pattern.sub(replacement, american)
        if changed != american:
            yield pattern.sub(replacement, word)
            yield changed
        american = changed


@cache
def _general() -> dict[str, int]:
    return dict(SpellChecker(language="en").word_frequency.dictionary)


@cache
def _medical() -> frozenset[str]:
    return word_list("medical")


@cache
def _listed() -> frozenset[str]:
    return _medical() | word_list("british") | word_list("general")


@cache
def _frequent() -> tuple[str, ...]:
    return tuple(word for word, count in _general().items() if count >= FREQUENT and len(word) > 3)
