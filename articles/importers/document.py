"""What one file brings, as plain values: a topic, its articles, and who says what in them. Imports the shape of findings.

Ids are computed from the file alone, so that the same file finds what it made, whatever was renamed or edited since.
"""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass

from articles.checks import Finding

NAMESPACE = uuid.UUID("6f2c1f0e-6a0b-5c58-9f53-0d6a3a2f6f11")


class BadFile(Exception):
    """A file that cannot be imported; the message is the reason, in words that follow the file's name."""


@dataclass(frozen=True)
class ContributorPart:
    """A person or an organization by name; an empty kind takes whoever is known by that name."""

    name: str
    kind: str = ""


@dataclass(frozen=True)
class SourcePart:
    title: str
    publisher: str
    url: str


@dataclass(frozen=True)
class DisclaimerPart:
    kind: str
    text: str


@dataclass(frozen=True)
class ViewpointPart:
    """One answer; `key` is what makes it this answer, `place` is where it stands in the file."""

    key: str
    place: str
    body: str
    heading: str = ""
    perspective: str = "clinical"
    contributors: tuple[ContributorPart, ...] = ()
    sources: tuple[SourcePart, ...] = ()


@dataclass(frozen=True)
class ArticlePart:
    key: str
    title: str
    viewpoints: tuple[ViewpointPart, ...]
    aspect: str = "OverviewHealthAspect"
    risk_tier: int = 2
    language: str = "en"
    disclaimers: tuple[DisclaimerPart, ...] = ()


@dataclass(frozen=True)
class TopicPart:
    name: str
    kind: str = "condition"
    also_called: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Document:
    """One file. Where `skips_repeats`, a viewpoint that repeats a stored one is reported and not written."""

    place: str
    topic: TopicPart
    articles: tuple[ArticlePart, ...]
    findings: tuple[Finding, ...] = ()
    skips_repeats: bool = False

    @property
    def topic_id(self) -> uuid.UUID:
        return stable_id("topic", fold(self.topic.name))

    def article_id(self, article: ArticlePart) -> uuid.UUID:
        return stable_id("article", fold(self.topic.name), article.key, article.language)

    def viewpoint_id(self, article: ArticlePart, viewpoint: ViewpointPart) -> uuid.UUID:
        return stable_id("viewpoint", str(self.article_id(article)), viewpoint.key)

    def link_id(self, article: ArticlePart, disclaimer: DisclaimerPart) -> uuid.UUID:
        return stable_id("link", str(self.article_id(article)), disclaimer.kind, disclaimer.text)


def squeeze(text: str) -> str:
    """Return `text` in NFC on one line, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(name: str) -> str:
    """Return what two spellings of one name have in common, on every database alike: case and spaces do not count."""
    return unicodedata.normalize("NFC", squeeze(name).casefold())


def stable_id(*parts: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, "\x1f".join(parts))


def clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
