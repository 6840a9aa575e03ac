"""The plain text of an answer becomes HTML: paragraphs at blank lines, lists where bullets run. Imports nothing of ours."""

from __future__ import annotations

import re
from html import escape

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
#: A bullet that stands at the start of a line or with room beside it, and one that may be a dash in prose.
_WIDE_BULLET = re.compile(r"(?:(?:^|\n|[^\S\n]{2})[^\S\n]*[-•][^\S\n]+|(?<=\S)[^\S\n][-•][^\S\n]{2,})(?=\S)")
_BULLET = re.compile(r"(?:(?:^|\n)[^\S\n]*|[^\S\n]+)[-•][^\S\n]+(?=\S)")
_FEWEST_DASHES = 3  # that make a list when they have no room beside them; fewer are prose
_ITEM_END = re.compile(r"\n|[^\S\n]{4,}")
_SENTENCE_GAP = re.compile(r"(?<=[.:?!])[^\S\n]{3,}")


def to_html(answer: str) -> str:
    """Return `answer` as HTML; no word is lost or moved."""
    text = answer.replace("\r\n", "\n").replace("\r", "\n").strip()
    html = "".join(_block(block) for block in _BLANK_LINE.split(text))
    return html.replace("</ul><ul>", "")


def _block(block: str) -> str:
    bullet = _bullet_of(block)
    intro, *items = bullet.split(block) if bullet else [block]
    html = [_paragraphs(intro)]
    for item in items:
        head, _, rest = _split_once(_ITEM_END, item.strip())
        html += [f"<ul><li>{_line(head)}</li></ul>", _paragraphs(rest)]
    return "".join(html)


def _bullet_of(block: str) -> re.Pattern[str] | None:
    wide, all_of_them = len(_WIDE_BULLET.findall(block)), len(_BULLET.findall(block))
    if all_of_them - wide >= max(_FEWEST_DASHES, wide):
        return _BULLET
    return _WIDE_BULLET if wide else None


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_line(part)}</p>" for part in _SENTENCE_GAP.split(text) if part.strip())


def _line(text: str) -> str:
    return escape(" ".join(text.split()), quote=False)


def _split_once(pattern: re.Pattern[str], text: str) -> tuple[str, str, str]:
    found = pattern.search(text)
    return (text[: found.start()], found.group(), text[found.end() :]) if found else (text, "", "")
