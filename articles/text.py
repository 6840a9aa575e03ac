"""The text rules that hold at every door: what is stored is NFC with LF line ends, and HTML is the small subset.

May import nothing of ours.
"""

import re
import unicodedata
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from django.core.exceptions import ValidationError

#: The HTML subset of bodies. No attribute is kept but `href`.
TAGS = frozenset("p h3 h4 ul ol li strong em a sub sup blockquote table thead tbody tr th td br".split())
MARKUP = re.compile(r"<[a-zA-Z/!?]")
BLOCKS = re.compile(r"<(?:p|h3|h4|ul|ol|blockquote|table)>")
LINK = re.compile(r"(?:https://|mailto:|/(?!/)|#)", re.IGNORECASE)
#: Explicit bidirectional embeddings, overrides and isolates (Unicode TR 36, "Trojan Source").
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
SURROGATE = re.compile("[\ud800-\udfff]")
#: Nesting that no real document has, and that would cost the reader's parser dearly.
MAX_JSON_DEPTH = 64


def clean_text(value: str) -> str:
    """Return `value` in NFC with LF line ends; raise ValidationError for characters that may not be stored."""
    if "\x00" in value:
        raise _refused("null_character", "a NUL character (U+0000)", value.index("\x00"))
    for code, name, pattern in (
        ("lone_surrogate", "half of a character (a lone surrogate)", SURROGATE),
        ("bidi_override", "an invisible character that reverses the reading direction", BIDI),
        ("control_character", "a control character", CONTROL),
    ):
        if found := pattern.search(value):
            raise _refused(code, f"{name} (U+{ord(found.group()):04X})", found.start())
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))


@lru_cache(maxsize=256)
def clean_html(value: str) -> str:
    """Return `value` as the allowed HTML subset; text without paragraphs gets them at blank lines.

    Idempotent: cleaning twice gives the same bytes.
    """
    text = clean_text(value).strip()
    if not MARKUP.search(text):
        text = _paragraphs(escape(text, quote=False), line_break="<br>")
    # What is taken away can leave text that parses differently; a few passes reach the fixed point.
    for _ in range(5):
        cleaned = clean_text(_sanitize(text)).strip()
        if not BLOCKS.search(cleaned):
            cleaned = _paragraphs(cleaned, line_break="\n")
        if cleaned == text:
            break
        text = cleaned
    return cleaned


def clean_json(value: Any, depth: int = 0) -> Any:
    """Return `value` with the text rules applied to every string and key in it."""
    if depth > MAX_JSON_DEPTH:
        raise ValidationError("This is nested too deeply.", code="too_deep")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_json(item, depth + 1) for item in value]
    if isinstance(value, dict):
        cleaned = {clean_text(key): clean_json(item, depth + 1) for key, item in value.items()}
        if len(cleaned) < len(value):
            raise ValidationError("Two keys of one object are the same text.", code="duplicate_key")
        return cleaned
    return value


def _paragraphs(text: str, *, line_break: str) -> str:
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return "".join(f"<p>{part}</p>".replace("\n", line_break) for part in parts)


def _sanitize(text: str) -> str:
    return nh3.clean(
        text,
        tags=set(TAGS),
        clean_content_tags={"script", "style"},
        attributes={"a": {"href"}},
        attribute_filter=_keep_safe_link,
        url_schemes={"https", "mailto"},
        link_rel=None,
        strip_comments=True,
    )


def _keep_safe_link(tag: str, attribute: str, value: str) -> str | None:
    # As browsers read it: tabs and line breaks vanish, a backslash is a slash (WHATWG URL, 4.4).
    seen = re.sub(r"[\t\n\r]", "", value.strip()).replace("\\", "/")
    return value if LINK.match(seen) else None


def _refused(code: str, what: str, place: int) -> ValidationError:
    return ValidationError(
        "This text holds %(what)s at position %(place)s. Please remove it and save again.",
        code=code,
        params={"what": what, "place": place + 1},
    )
