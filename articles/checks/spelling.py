"""Misspelt words, with a suggestion each; never a correction. Imports the lexicon and the text of bodies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from .characters import INVISIBLE
from .finding import Finding
from .lexicon import Lexicon
from .text import Content, passages

SHORTEST = 4  # letters; shorter words are left alone

_ADDRESS = re.compile(  # bounded, so that a long run without spaces costs no more than others
    r"(?:https?://|www\.)\S+|\S{1,64}@\S+"
    r"|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:com|org|net|gov|edu|int|info|uk)\b\S*"
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CONTRACTION = re.compile(r"(?:n['’]t|['’](?:re|ve|ll|d|m))$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?:^|[.!?:]['”’\")\]]*\s+|\n\s*)['“‘\"(\[•*–-]*\s*$")


@dataclass(frozen=True)
class Misspelling:
    """A word as written, the nearest known word in lower case (or ""), and how often it stands there."""

    word: str
    suggestion: str
    count: int


def misspellings(text: str, *, vocabulary: frozenset[str] = frozenset()) -> list[Misspelling]:
    """Return the unknown words of an English plain text, each spelling once, in order of appearance."""
    return _misspellings(text, Lexicon(vocabulary))


def misspelling(content: Content, *, vocabulary: frozenset[str] = frozenset()) -> list[Finding]:
    """Report the misspelt words of every English text; the article's own names and synonyms are known."""
    if not is_english(content):
        return []
    lexicon = Lexicon(vocabulary | _own_words(content))
    return [
        Finding("misspelling", passage.place, _message(found), found.suggestion)
        for passage in passages(content)
        for found in _misspellings(passage.text, lexicon)
    ]


def is_english(content: Content) -> bool:
    language: str = content["language"]
    return language.lower().split("-")[0] == "en"


def _misspellings(text: str, lexicon: Lexicon) -> list[Misspelling]:
    words = list(_candidates(_ADDRESS.sub(" ", INVISIBLE.sub("", text))))
    unknown = Counter(word for word, _ in words if not lexicon.knows(word))
    opening = {word for word, opens in words if opens} - {word for word, opens in words if not opens}
    found = []
    for word, count in unknown.items():
        if word.islower() or lexicon.is_near_term(word) or (word in opening and lexicon.suggest(word)):
            found.append(Misspelling(word, lexicon.suggest(word), count))
    return found


def _candidates(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each word that can be judged, and whether it opens a sentence."""
    for match in _WORD.finditer(text):
        word = _bare(match[0])
        if len(word) >= SHORTEST and word.isalpha() and word[1:].islower() and _is_latin(word):
            yield word, bool(_SENTENCE_END.search(text, max(0, match.start() - 12), match.start()))


def _bare(word: str) -> str:
    without = _CONTRACTION.sub("", word)
    if without != word:
        return ""  # "don't" and "they've" are spelt by rote; their stems are no words
    return re.sub(r"['’]s$", "", word)


def _is_latin(word: str) -> bool:
    return all(char < "\u0250" for char in word)


def _own_words(content: Content) -> frozenset[str]:
    topic = content["topic"]
    people = [contributor for viewpoint in content["viewpoints"] for contributor in viewpoint["contributors"]]
    names = [person[field] for person in people for field in ("name", "affiliation")]
    return frozenset([topic["name"], topic["specialty"], *topic["also_called"], *names])


def _message(found: Misspelling) -> str:
    times = "" if found.count == 1 else f", {found.count} times"
    asked = f" Did you mean “{found.suggestion}”?" if found.suggestion else " Check the spelling."
    return f"“{found.word}” is not in the word lists{times}.{asked}"
