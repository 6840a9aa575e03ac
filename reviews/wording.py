"""The wording of a part of the page as tokens, and where two differ. Imports rapidfuzz and the content checks."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html.parser import HTMLParser
from itertools import accumulate, pairwise
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

from articles.checks.characters import INVISIBLE
from articles.checks.text import BLOCKS
from reviews.alarms import Signals

#: What opens a line of its own, as it is shown in a difference.
LINE_MARKS = {"h3": "# ", "h4": "## ", "blockquote": "> "}
FORMATS = {"strong": ("**", "**"), "em": ("*", "*")}
SCRIPTS = {"sup": ("^(", ")"), "sub": ("_(", ")")}  # shown always: 10^(6) is not 106

BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ue000-\uf8ff]")
_ODD_SPACE = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile("|".join(found.pattern for found in (INVISIBLE, BIDIRECTIONAL, _CONTROL)))

_CELLS_AT_MOST = 200_000_000  # tokens x tokens of one comparison: 25 MB and 0.1 s
_RUN = 9  # tokens, about five words, that make a landmark in a very long text
_WINDOW = 2_000  # tokens between two landmarks, at least
_HTML_SPACE = re.compile(r"[ \t\r\n\f]+")
_SENTENCE_END = re.compile(r"[.!?]")
_TOKENS = re.compile(r"[^\W\d_][^\W_]*(?:['’][^\W_]+)*|[^\S\n]+|\n+|\d+(?:[.,]\d+)*|.", re.DOTALL)


class Token(NamedTuple):
    """`kind`: word, number, space, mark (punctuation), break (of lines), link (an address), format or script."""

    text: str
    kind: str


class Hunk(NamedTuple):
    """The tokens `start` to `end` of the earlier wording gave way to `new_start` to `new_end` of the later one."""

    start: int
    end: int
    new_start: int
    new_end: int


@dataclass(frozen=True)
class Wording:
    tokens: tuple[Token, ...]

    @classmethod
    def of_text(cls, text: str) -> Wording:
        return cls(tuple(_tokens(text)))

    @classmethod
    def of_html(cls, html: str) -> Wording:
        reader = _Reader()
        reader.feed(html)
        reader.close()
        return cls(tuple(reader.tokens))

    @cached_property
    def text(self) -> str:
        return "".join(token.text for token in self.tokens)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each token begins in `text`; one more entry for the end."""
        return tuple(accumulate((len(token.text) for token in self.tokens), initial=0))

    @cached_property
    def spoken(self) -> str:
        """`text` with addresses and emphasis blanked out, at the same length."""
        return "".join(
            " " * len(token.text) if token.kind in {"link", "format"} else token.text for token in self.tokens
        )

    @cached_property
    def signals(self) -> Signals:
        return Signals(self.spoken)

    def words(self, start: int, end: int) -> int:
        return sum(token.kind in {"word", "number"} for token in self.tokens[start:end])


def hunks(before: Wording, after: Wording) -> list[Hunk]:
    """Return the smallest changes, in order: lines are matched first, then sentences in them, then words."""
    return list(_refined(before.tokens, after.tokens, [_lines, _sentences]))


def readable(found: list[Hunk], before: Wording, after: Wording) -> list[Hunk]:
    """Join changes that only a few shared words keep apart, so that a rewritten sentence reads as one change."""
    joined: list[Hunk] = []
    for hunk in found:
        while joined and _is_chaff(joined[-1], hunk, before, after):
            last = joined.pop()
            hunk = Hunk(last.start, hunk.end, last.new_start, hunk.new_end)
        joined.append(hunk)
    return joined


def visible(text: str, *, spaces: bool = False) -> str:
    """Return a text with a readable mark for each character nobody sees, such as ⟨U+200B⟩; odd spaces on request."""
    marked = _UNSEEN.sub(_mark, text)
    return _ODD_SPACE.sub(_mark, marked) if spaces else marked


def unseen(text: str) -> str:
    """Return the characters of a text that nobody sees or that turn the reading direction, odd spaces left out."""
    return "".join(_UNSEEN.findall(text))


def foreign_characters(text: str) -> str:
    """Return the letters and digits that look like others and are not: Cyrillic, full-width, other scripts."""
    if text.isascii():
        return ""
    return "".join(char for char in text if not char.isascii() and _is_foreign(char))


def is_latin(text: str) -> bool:
    """Return whether a text is mostly written in plain Latin letters."""
    letters = [char for char in text if char.isalpha()]
    return sum(char.isascii() for char in letters) * 2 >= len(letters)


def code_points(chars: str) -> str:
    """Return characters by their numbers, each once."""
    return ", ".join(f"U+{ord(char):04X}" for char in dict.fromkeys(chars))


def skeleton(html: str) -> list[str]:
    """Return the tags of a body in order, with what is on them, without the text between."""
    reader = _TagReader()
    reader.feed(html)
    reader.close()
    return reader.tags


def _is_foreign(char: str) -> bool:
    if char.isdecimal():
        return True
    if not char.isalpha() or char in "µªº":
        return False
    name = unicodedata.name(char, "UNNAMED")
    return not (name.startswith("LATIN ") or char in "αβγδεζηθκλμπσςτφχψωΓΔΘΛΞΠΣΦΨΩ")


def _mark(found: re.Match[str]) -> str:
    return f"⟨U+{ord(found[0]):04X}⟩"


def _tokens(text: str) -> Iterator[Token]:
    return map(_token, _TOKENS.findall(text))


@lru_cache(maxsize=65536)
def _token(text: str) -> Token:
    first = text[0]
    if first.isalpha():
        return Token(text, "word")
    if first.isspace():
        return Token(text, "break" if first == "\n" else "space")
    return Token(text, "number" if first.isdecimal() else "mark")


Chunks = Sequence[tuple[Hashable, ...]]
Splitter = Callable[[Sequence[Token]], list[tuple[Token, ...]]]


def _refined(before: Sequence[Token], after: Sequence[Token], splitters: list[Splitter]) -> Iterator[Hunk]:
    if not splitters:
        yield from _unequal(before, after)
        return
    split, *finer = splitters
    old, new = split(before), split(after)
    at, new_at = _offsets(old), _offsets(new)
    for start, end, new_start, new_end in _unequal(old, new):
        outer = Hunk(at[start], at[end], new_at[new_start], new_at[new_end])
        if outer.start == outer.end or outer.new_start == outer.new_end:
            yield outer
        else:
            inner = _refined(before[outer.start : outer.end], after[outer.new_start : outer.new_end], finer)
            yield from _shifted(inner, outer.start, outer.new_start)


def _shifted(found: Iterable[Hunk], by: int, new_by: int) -> Iterator[Hunk]:
    for start, end, new_start, new_end in found:
        yield Hunk(start + by, end + by, new_start + new_by, new_end + new_by)


def _unequal(old: Chunks, new: Chunks) -> Iterator[Hunk]:
    """Yield where two sequences differ; very long ones are compared window by window."""
    if len(old) * len(new) <= _CELLS_AT_MOST:
        yield from unequal(old, new)
        return
    for start, end, new_start, new_end in _windows(old, new):
        window, new_window = old[start:end], new[new_start:new_end]
        if len(window) * len(new_window) > _CELLS_AT_MOST:
            yield Hunk(start, end, new_start, new_end)
        else:
            yield from _shifted(unequal(window, new_window), start, new_start)


def unequal(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[Hunk]:
    """Yield where two sequences differ, by their longest common subsequence; neighbours are one hunk."""
    numbers: dict[Hashable, int] = {}
    keys = [[numbers.setdefault(item, len(numbers)) for item in items] for items in (old, new)]
    at = new_at = 0
    for block in LCSseq.opcodes(*keys).as_matching_blocks():
        if block.a > at or block.b > new_at:
            yield Hunk(at, block.a, new_at, block.b)
        at, new_at = block.a + block.size, block.b + block.size


def _windows(old: Chunks, new: Chunks) -> Iterator[Hunk]:
    """Yield stretches that begin alike, cut at runs that stand once in each sequence and in the same order."""
    places, new_places = _runs(old), _runs(new)
    at = new_at = 0
    for place, new_place in _rising([(i, new_places[run]) for run, i in places.items() if run in new_places]):
        if place - at >= _WINDOW:
            yield Hunk(at, place, new_at, new_place)
            at, new_at = place, new_place
    yield Hunk(at, len(old), new_at, len(new))


def _runs(items: Chunks) -> dict[tuple[Hashable, ...], int]:
    runs = [tuple(items[i : i + _RUN]) for i in range(len(items) - _RUN + 1)]
    once = Counter(runs)
    return {run: i for i, run in enumerate(runs) if once[run] == 1}


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of the pairs, which rise in the first, that rises in the second too."""
    tails: list[int] = []  # the smallest end of a rising part of each length, and which pair that is
    at: list[int] = []
    previous: list[int] = []
    for i, (_, value) in enumerate(pairs):
        length = bisect_left(tails, value)
        previous.append(at[length - 1] if length else -1)
        tails[length : length + 1], at[length : length + 1] = [value], [i]
    chain = []
    i = at[-1] if at else -1
    while i >= 0:
        chain.append(pairs[i])
        i = previous[i]
    return chain[::-1]


def _offsets(chunks: Sequence[tuple[Token, ...]]) -> list[int]:
    return list(accumulate((len(chunk) for chunk in chunks), initial=0))


def _lines(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    return _cut(tokens, [i for i, token in enumerate(tokens) if token.kind == "break"])


def _sentences(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    ends = (
        i + 1
        for i, token in enumerate(tokens[:-1])
        if token.kind == "mark" and _SENTENCE_END.match(token.text) and tokens[i + 1].kind == "space"
    )
    return _cut(tokens, list(ends))


def _cut(tokens: Sequence[Token], places: list[int]) -> list[tuple[Token, ...]]:
    edges = [0, *places, len(tokens)]
    return [tuple(tokens[start:end]) for start, end in pairwise(edges) if end > start]


def _is_chaff(first: Hunk, second: Hunk, before: Wording, after: Wording) -> bool:
    gap = before.tokens[first.end : second.start]
    if any(token.kind in {"break", "link"} for token in gap):
        return False
    if before.words(first.end, second.start) == 0:
        return True
    length = sum(len(token.text) for token in gap)
    return length <= min(_size(first, before, after), _size(second, before, after))


def _size(hunk: Hunk, before: Wording, after: Wording) -> int:
    old = before.starts[hunk.end] - before.starts[hunk.start]
    return max(old, after.starts[hunk.new_end] - after.starts[hunk.new_start])


class _Reader(HTMLParser):
    """Collect the tokens of a body: lines with their marks, links with their address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tokens: list[Token] = []
        self._line: str | None = ""  # the mark of a line that is to begin with the next text
        self._lists: list[str] = []
        self._addresses: list[str] = []
        self._row_is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"td", "th"}:
            self._begin_cell()
        elif BLOCKS.fullmatch(tag):
            self._begin_line(tag)
        elif tag == "a":
            self._open_line()
            self._addresses.append(dict(attrs).get("href") or "")
            self.tokens.append(Token("[", "link"))
        elif tag in FORMATS or tag in SCRIPTS:
            self._add_mark(tag, 0)

    def handle_endtag(self, tag: str) -> None:
        if BLOCKS.fullmatch(tag):
            self._line = ""
            if tag in {"ul", "ol"} and self._lists:
                self._lists.pop()
        elif tag == "a" and self._addresses:
            self.tokens.append(Token(f"]({self._addresses.pop()})", "link"))
        elif tag in FORMATS or tag in SCRIPTS:
            self._add_mark(tag, 1)

    def handle_data(self, data: str) -> None:
        text = _HTML_SPACE.sub(" ", data)
        if self._line is not None or (self.tokens and self.tokens[-1].kind in {"space", "break"}):
            text = text.removeprefix(" ")
        if text:
            self._open_line()
            self.tokens.extend(_tokens(text))

    def close(self) -> None:
        super().close()
        self._drop_space()

    def _begin_line(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._lists.append("• " if tag == "ul" else "‣ ")
        self._row_is_open = False
        mark = LINE_MARKS.get(tag, "")
        if tag == "li" and self._lists:
            mark = "  " * (len(self._lists) - 1) + self._lists[-1]
        self._line = mark or self._line or ""

    def _begin_cell(self) -> None:
        self._drop_space()
        self.tokens.append(Token(" | " if self._row_is_open else "\n| ", "break"))
        self._row_is_open = True
        self._line = None

    def _open_line(self) -> None:
        if self._line is None:
            return
        self._drop_space()
        mark = f"\n{self._line}" if self.tokens else self._line
        if mark:
            self.tokens.append(Token(mark, "break"))
        self._line = None

    def _drop_space(self) -> None:
        if self.tokens and self.tokens[-1].kind == "space":
            self.tokens.pop()

    def _add_mark(self, tag: str, side: int) -> None:
        if side == 0:
            self._open_line()
        kind = "format" if tag in FORMATS else "script"
        self.tokens.append(Token((FORMATS | SCRIPTS)[tag][side], kind))


class _TagReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(" ".join([tag, *(f"{name}={value or ''}" for name, value in attrs)]))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")
