"""Lines that came along from a web page: advertising and navigation. Imports the text of bodies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from .finding import Finding
from .text import Content, Passage, lines, passages
from .words import word_list

LONGEST_LINE = 120  # characters; a longer line is prose
LONGEST_TOPIC = 12  # words

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_FOLDS = re.compile(r"[\W_]+")
_CONTINUE_LEARNING = re.compile(r"^\W*continue learning about[\s:]+(?P<topic>\S.*)$", re.IGNORECASE)
_TRAILING_ARROWS = re.compile(r"[\s:…>»›→-]+$")


def is_advertising_line(line: str) -> bool:
    """Return whether a whole line is leftover advertising or navigation; a sentence never is."""
    if len(line) > LONGEST_LINE:
        return False
    return _folded(line) in _advertising_phrases() or bool(continue_learning_topic(line))


def continue_learning_topic(line: str) -> str:
    """Return the X of a line "Continue Learning about X", or ""."""
    found = _CONTINUE_LEARNING.match(unicodedata.normalize("NFKC", line).strip())
    if not found:
        return ""
    topic = " ".join(_TRAILING_ARROWS.sub("", found["topic"]).split())
    is_sentence = topic.endswith((".", "!", "?", ";")) or len(topic.split()) > LONGEST_TOPIC
    return "" if is_sentence else topic


def advertising_line(content: Content) -> list[Finding]:
    """Report every line of a text that is advertising or navigation."""
    return [
        Finding(
            "advertising_line",
            place,
            f"The line “{line}” looks like advertising or navigation from a web page. Remove it.",
        )
        for place, line in _content_lines(content)
        if is_advertising_line(line)
    ]


def _content_lines(content: Content) -> Iterator[tuple[str, str]]:
    for passage in passages(content):
        yield from ((passage.place, line) for line in _body_lines(passage))


def _body_lines(passage: Passage) -> list[str]:
    return [] if passage.place == "title" else lines(passage.text)


def _folded(line: str) -> str:
    folded = unicodedata.normalize("NFKC", line).casefold()
    return _FOLDS.sub(" ", _EDGES.sub("", folded))


@cache
def _advertising_phrases() -> frozenset[str]:
    return word_list("advertising")
