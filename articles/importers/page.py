"""A saved web page as plain text becomes a document. Imports the content checks, no ORM."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import escape
from itertools import pairwise

from articles.checks import Finding, continue_learning_topic, is_advertising_line, misspellings

from .characters import decoded, tidied
from .document import (
    ArticlePart,
    BadFile,
    ContributorPart,
    DisclaimerPart,
    Document,
    TopicPart,
    ViewpointPart,
    fold,
    squeeze,
)
from .repeats import sift

LARGEST = 4 * 1024 * 1024  # bytes
_IMPORTANT = re.compile(r"^important\s*[:：]\s*(?=\S)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?:;…][\"”’')\]]*$")
_WRAPPED_AT = range(50, 101)  # characters; how long the lines of hard-wrapped text are


@dataclass(frozen=True)
class Wishes:
    """What the person who imports says about a page; empty means: take it from the page."""

    topic: str = ""
    title: str = ""
    kind: str = "condition"
    language: str = "en"
    risk_tier: int = 2
    contributors: tuple[str, ...] = ()


@dataclass
class _Sorted:
    """The paragraphs of a page by what they are, each with its place."""

    topics: list[tuple[str, str]] = field(default_factory=list)
    disclaimers: list[str] = field(default_factory=list)
    opinions: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def parse(raw: bytes, place: str, wishes: Wishes) -> Document:
    """Return the document that a page holds; raise BadFile where there is no text or no topic."""
    if len(raw) > LARGEST:
        raise BadFile(f"is larger than {LARGEST // 1024 // 1024} MB")
    text, findings = tidied(decoded(raw), place)
    found = _sort(text)
    topic = _topic(found, wishes)
    if not found.opinions:
        raise BadFile("holds no paragraph that could be a viewpoint")

    bodies = [(where, f"<p>{escape(said, quote=False)}</p>") for where, said in found.opinions]
    left_out, repeated = sift(bodies)
    viewpoints = tuple(
        ViewpointPart(key=said, place=where, body=body)
        for (where, said), (_, body) in zip(found.opinions, bodies, strict=True)
        if where not in left_out
    )
    title = squeeze(wishes.title) or topic
    article = ArticlePart(
        key=f"page {fold(title)}",
        title=title,
        viewpoints=_attributed(viewpoints, wishes.contributors),
        risk_tier=wishes.risk_tier,
        language=wishes.language,
        disclaimers=tuple(DisclaimerPart("mixed_authorship", text) for text in dict.fromkeys(found.disclaimers)),
    )
    return Document(
        place=place,
        topic=TopicPart(topic, wishes.kind),
        articles=(article,),
        findings=(*findings, *found.findings, *repeated, *_misspelt(found, topic, wishes.language)),
        skips_repeats=True,
    )


def _sort(text: str) -> _Sorted:
    found = _Sorted()
    for where, paragraph in _paragraphs(text):
        if topic := continue_learning_topic(paragraph):
            found.topics.append((where, topic))
        elif is_advertising_line(paragraph):
            message = f"The line “{paragraph}” is advertising or navigation. Dropped."
            found.findings.append(Finding("advertising_line", where, message))
        elif label := _IMPORTANT.match(paragraph):
            found.disclaimers.append(paragraph[label.end() :])
        else:
            found.opinions.append((where, paragraph))
    return found


def _paragraphs(text: str) -> list[tuple[str, str]]:
    """Return (place, paragraph) pairs: every line is one, unless the page is hard-wrapped."""
    lines = [squeeze(line) for line in text.splitlines()]
    joins = _is_wrapped(lines)
    paragraphs: list[tuple[str, str]] = []
    for number, line in enumerate(lines):
        goes_on = joins and number > 0 and _goes_on(lines[number - 1], line)
        if goes_on:
            paragraphs[-1] = (paragraphs[-1][0], f"{paragraphs[-1][1]} {line}")
        elif line:
            paragraphs.append((f"line {number + 1}", line))
    return paragraphs


def _is_wrapped(lines: list[str]) -> bool:
    """Return whether lines break where the paper ended: none is long, and one breaks off in mid-sentence."""
    if any(len(line) > _WRAPPED_AT[-1] for line in lines):
        return False
    return any(
        len(line) in _WRAPPED_AT and not _SENTENCE_END.search(line) and _goes_on(line, following)
        for line, following in pairwise(lines)
    )


def _goes_on(line: str, following: str) -> bool:
    return bool(
        line
        and following
        and not is_advertising_line(line)
        and not is_advertising_line(following)
        and not _IMPORTANT.match(following)
    )


def _topic(found: _Sorted, wishes: Wishes) -> str:
    """Return the name of the topic, and report every line that named one."""
    chosen = squeeze(wishes.topic) or (found.topics[0][1] if found.topics else "")
    if not chosen:
        raise BadFile("names no topic (no line “Continue Learning about …”): say it with --topic")
    for where, name in found.topics:
        if fold(name) == fold(chosen):
            message = f"The line “Continue Learning about {name}” names the topic. Dropped from the text."
            found.findings.append(Finding("topic_line", where, message))
        else:
            message = f"This line names another topic, “{name}”; the article goes under “{chosen}”. Dropped."
            found.findings.append(Finding("other_topic_line", where, message))
    return chosen


def _attributed(viewpoints: tuple[ViewpointPart, ...], names: tuple[str, ...]) -> tuple[ViewpointPart, ...]:
    """Return the viewpoints with one name each, in order, where counts are equal; else with all names on each."""
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(fold(name), squeeze(name))
    people = tuple(ContributorPart(name) for name in spelled.values())
    if len(people) == len(viewpoints):
        pairs = zip(viewpoints, people, strict=True)
        return tuple(replace(viewpoint, contributors=(person,)) for viewpoint, person in pairs)
    return tuple(replace(viewpoint, contributors=people) for viewpoint in viewpoints)


def _misspelt(found: _Sorted, topic: str, language: str) -> list[Finding]:
    """Report each misspelling once, where it stands first, over the whole page: repeated paragraphs included."""
    if language.lower().split("-")[0] != "en":
        return []
    seen: dict[str, Finding] = {}
    paragraphs = [*found.opinions, *(("disclaimer", text) for text in found.disclaimers)]
    for where, text in paragraphs:
        for word in misspellings(text, vocabulary=frozenset([topic])):
            asked = f" Did you mean “{word.suggestion}”?" if word.suggestion else ""
            message = f"“{word.word}” is not in the word lists.{asked} Kept as it is."
            seen.setdefault(word.word, Finding("misspelling", where, message, word.suggestion))
    return list(seen.values())
