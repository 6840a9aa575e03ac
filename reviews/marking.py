"""Show in a text where its comments stand. Pure: HTML and places in, HTML out. Imports the standard library only.

Places count characters of `anchors.body_text`, which folds white space; marks are set by counting all other characters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from itertools import pairwise


@dataclass(frozen=True)
class Mark:
    """The words from `start` to `end` of a text, with the number of the thread that is about them."""

    start: int
    end: int
    number: int


def marked(html: str, text: str, marks: Sequence[Mark]) -> str:
    """Return sanitized `html`, whose words are `text`, with each mark around its words and a link to its thread."""
    if not marks:
        return html
    seen = _counted(text)
    writer = _Writer([(seen[mark.start], seen[mark.end], mark.number) for mark in marks])
    writer.feed(html)
    writer.close()
    return writer.html()


def _counted(text: str) -> list[int]:
    """Return, for every place in a text, how many characters other than white space stand before it."""
    counts = [0]
    for char in text:
        counts.append(counts[-1] + (not char.isspace()))
    return counts


def _marked(run: str) -> str:
    words = run.rstrip()
    return f'<mark class="desk-quote">{escape(words)}</mark>{run[len(words) :]}'


def _count(text: str) -> int:
    return sum(not char.isspace() for char in text)


class _Writer(HTMLParser):
    """Write a fragment again, with marks. A link to a thread never stands inside another link."""

    def __init__(self, marks: list[tuple[int, int, int]]) -> None:
        super().__init__(convert_charrefs=True)
        self._marks = sorted(marks)
        self._pieces: list[str] = []
        self._due: list[int] = []
        self._links = self._seen = 0

    def html(self) -> str:
        self._write_due()
        return "".join(self._pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._links += tag == "a"
        self._pieces.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._pieces.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self._links -= tag == "a"
        self._pieces.append(f"</{tag}>")
        self._write_due()

    def handle_data(self, data: str) -> None:
        for run, is_marked in self._runs(data):
            self._pieces.append(_marked(run) if is_marked else escape(run))
            before = self._seen
            self._seen += _count(run)
            self._due += [number for _, end, number in self._marks if before < end == self._seen]
            self._write_due()

    def _runs(self, text: str) -> list[tuple[str, bool]]:
        """Cut the text where a mark begins or ends; tell of each run whether it is marked."""
        edges = {edge for start, end, _ in self._marks for edge in (start, end)}
        cuts, seen = [0], self._seen
        for at, char in enumerate(text):
            if not char.isspace():
                if seen in edges and text[:at].strip():
                    cuts.append(at)
                seen += 1
        runs = [text[start:end] for start, end in pairwise([*cuts, len(text)])]
        seen, found = self._seen, []
        for run in runs:
            found.append((run, bool(run.strip()) and self._is_marked(seen)))
            seen += _count(run)
        return found

    def _is_marked(self, at: int) -> bool:
        return any(start <= at < end for start, end, _ in self._marks)

    def _write_due(self) -> None:
        if self._links:
            return
        for number in self._due:
            self._pieces.append(
                f'<a class="desk-note" href="#thread-{number}" id="quote-{number}"'
                f' aria-label="Comment {number}">{number}</a>'
            )
        self._due = []
