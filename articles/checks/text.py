"""The words of a content: HTML to plain text, passage by passage. Imports the standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

Content = Mapping[str, Any]  # the signed content, "article/1"

BLOCKS = re.compile(
    "address|article|aside|blockquote|br|caption|d[dlt]|div|fig(?:caption|ure)|footer|form|h[1-6]|header|hr|li|main|nav"
    "|ol|p|pre|section|t(?:able|body|foot|head|r)|ul"
)
CELLS = frozenset({"td", "th"})
UNSEEN = frozenset({"script", "style", "template"})

_SPACE = re.compile(r"[^\S\n]+")


@dataclass(frozen=True)
class Passage:
    """One stretch of plain text, and where in the content it stands."""

    place: str
    text: str


def plain_text(html: str) -> str:
    """Return the text of an HTML fragment: block tags become line breaks, entities are decoded."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return "\n".join(_squeezed("".join(reader.pieces)))


def lines(text: str) -> list[str]:
    """Return the lines of a plain text that hold something, spaces squeezed."""
    return list(_squeezed(text))


def has_words(text: str) -> bool:
    """Return whether a plain text says anything at all: one letter or digit will do."""
    return any(char.isalnum() for char in text)


def viewpoint_place(viewpoint: Mapping[str, Any]) -> str:
    return f"viewpoints/{viewpoint['id']}"


def standing_viewpoints(content: Content) -> list[Any]:
    """Return the viewpoints that were not taken back; a tombstone says nothing that could be checked."""
    return [viewpoint for viewpoint in content["viewpoints"] if not viewpoint.get("withdrawn_on")]


def passages(content: Content) -> Iterator[Passage]:
    """Yield every text a reader sees, in reading order; references are left out, they quote other people."""
    yield Passage("title", content["title"])
    yield Passage("summary", content["summary"])
    yield Passage("see_doctor_html", plain_text(content["see_doctor_html"]))
    for viewpoint in content["viewpoints"]:
        text = f"{viewpoint['heading']}\n{plain_text(viewpoint['body_html'])}"
        yield Passage(viewpoint_place(viewpoint), text.strip())
    yield Passage("synthesis_html", plain_text(content["synthesis_html"]))
    for disclaimer in content["disclaimers"]:
        yield Passage(f"disclaimers/{disclaimer['id']}", disclaimer["text"])


def _squeezed(text: str) -> Iterator[str]:
    for line in text.splitlines():
        squeezed = _SPACE.sub(" ", line).strip()
        if squeezed:
            yield squeezed


class _TextReader(HTMLParser):
    """Collect the text of a fragment in `pieces`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in UNSEEN))
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(" ".join(re.split(r"[ \t\r\n\f]+", data)))

    def _separate(self, tag: str) -> None:
        if BLOCKS.fullmatch(tag):
            self.pieces.append("\n")
        elif tag in CELLS:
            self.pieces.append(" ")
