"""Characters that went wrong on the way: replaced where they may not be stored, and always reported. Imports findings."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from articles.checks import Finding

from .document import BadFile

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: The replacement character, leftovers of Windows-1252, and UTF-8 that was read as Latin.
_BROKEN = re.compile(
    "[\ufffd\x80-\x9f]|Ã[\x80-\xbf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u2122]|Â[\xa0-\xbf]|â€|ï»¿|ï¿½"
)
_LOST_ACCENT = re.compile(r"(?<!\S)[^\W\d_]+\?[a-zà-ÿ]+(?![\w?/=&])")  # "Sj?gren"; not an address with a query


def decoded(raw: bytes, encoding: str = "utf-8-sig") -> str:
    """Return the text of a file; raise BadFile with the place of the first byte that is not in `encoding`."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        name = error.encoding.upper()
        raise BadFile(f"is not {name} text: byte {error.start + 1} cannot be read") from error
    except LookupError as error:
        raise BadFile(f"names an unknown encoding, “{encoding}”") from error


def tidied(text: str, place: str) -> tuple[str, list[Finding]]:
    """Return `text` as it can be stored, and what was replaced in it or looks broken."""
    findings = []
    for pattern, instead, message in (
        (_CONTROL, " ", "{n} control character(s) replaced by spaces, the first {code} after “{before}”."),
        (_BIDI, "", "{n} character(s) that reverse the reading direction removed, the first {code} after “{before}”."),
    ):
        if found := pattern.search(text):
            before = text[max(0, found.start() - 20) : found.start()].strip()
            n, code = len(pattern.findall(text)), f"U+{ord(found.group()):04X}"
            findings.append(Finding("control_character", place, message.format(n=n, code=code, before=before)))
            text = pattern.sub(instead, text)
    return text, [*findings, *_broken(text, place)]


def _broken(text: str, place: str) -> Iterator[Finding]:
    for pattern in (_BROKEN, _LOST_ACCENT):
        if found := pattern.search(text):
            around = " ".join(text[max(0, found.start() - 20) : found.end() + 20].split())
            yield Finding(
                "broken_character",
                place,
                f"“{around}” holds a character that looks broken ({len(pattern.findall(text))} in all)."
                " Kept as it is: compare it with the source.",
            )
