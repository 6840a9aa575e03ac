"""May a change take the fast path? Pure: two contents in, the reasons against out; none means it is editorial.

The fast path is for spelling, punctuation and the like. Whatever is not plainly harmless is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA

from articles.checks.lexicon import Lexicon, fold
from reviews.harmless import DOSE_WORDS, LIGHT_MARKS, MARKS, OPPOSITES, is_harmless, is_term, swaps_affix
from reviews.wording import Hunk, Token, Wording, foreign_characters, hunks, skeleton, unseen, visible

Content = Mapping[str, Any]  # the signed content, "article/1"

LONGEST = 20  # changed characters of one edit
MOST = 100  # edits of one change
NEARBY = 3  # words on each side of a mark, which must not be numbers, doses or negations

_TEXTS = {"title": False, "summary": False, "see_doctor_html": True, "synthesis_html": True}  # is it HTML?
_OF_VIEWPOINT = {"heading": False, "body_html": True}
_PARTS = {
    "disclaimers": ("disclaimers_changed", "The disclaimers changed."),
    "references": ("references_changed", "The references changed."),
}
_PARTS_OF_VIEWPOINT = {
    "contributors": ("contributors_changed", "The contributors of “{heading}”, or what stands about them, changed."),
    "citations": ("citations_changed", "The citations of “{heading}” changed."),
}
_SIGNALS = {"number": "A number", "unit": "A unit", "negation": "A negation", "modal": "“May”, “must” or the like"}
_ADDRESS = re.compile(r"://|\bwww\.|\S@\S|\w\.(?:com|org|net|gov|edu|int|info|uk|eu|io)\b", re.IGNORECASE)
_ADVICE = "Submit this as a substantive change, so that it is reviewed in full."


@dataclass(frozen=True)
class Reason:
    """Why a change is not editorial, in words an editor can act on."""

    code: str
    message: str
    place: str
    before: str = ""
    after: str = ""


def reasons_against_fast_path(before: Content, after: Content, *, terms: frozenset[str] = frozenset()) -> list[Reason]:
    """Return why the change is more than editorial, in reading order; `terms` are names that must not change."""
    if before == after:
        return []
    reasons = [*_against_parts(before, after), *_against_viewpoints(before, after)]
    texts = [text for text in _texts(before, after) if text.before != text.after]
    if texts and not _is_english(after):
        reasons.append(Reason("not_english", f"The fast path can judge English only. {_ADVICE}", texts[0].place))
    else:
        names = {after["topic"]["name"], *after["topic"]["also_called"], *terms}
        reasons += _against_texts(texts, _Guard(frozenset(names)))
    return list(dict.fromkeys(reasons))


def _against_texts(texts: Sequence[_Text], guard: _Guard) -> Iterator[Reason]:
    edits = []
    for text in texts:
        if text.before.strip() and text.after.strip():
            yield from _against_markup(text)
            edits += _edits(text)
        else:
            message = f"A whole text was added or removed. {_ADVICE}"
            yield Reason("sentence_changed", message, text.place, text.before, text.after)
    if len(edits) > MOST:
        yield Reason("too_many_edits", f"More than {MOST} places changed. {_ADVICE}", edits[0].place)
        return
    for edit in edits:
        yield from guard.against(edit)


def _is_english(content: Content) -> bool:
    return str(content["language"]).lower().split("-")[0] == "en"


def _against_parts(before: Content, after: Content) -> Iterator[Reason]:
    for key in dict.fromkeys([*before, *after]):
        if key in _TEXTS or key == "viewpoints" or before.get(key) == after.get(key):
            continue
        code, message = _PARTS.get(key, ("metadata_changed", f"The {key} of the article changed."))
        yield Reason(code, f"{message} {_ADVICE}", key)


def _against_viewpoints(before: Content, after: Content) -> Iterator[Reason]:
    old = {viewpoint["id"]: viewpoint for viewpoint in before["viewpoints"]}
    new = {viewpoint["id"]: viewpoint for viewpoint in after["viewpoints"]}
    for key in old.keys() - new.keys():
        yield _viewpoint_reason("viewpoint_removed", "was removed", old[key])
    for key, viewpoint in new.items():
        if key not in old:
            yield _viewpoint_reason("viewpoint_added", "was added", viewpoint)
        else:
            yield from _against_viewpoint(old[key], viewpoint)
    if [key for key in old if key in new] != [key for key in new if key in old] or len(new) < len(after["viewpoints"]):
        yield Reason("viewpoint_moved", f"The viewpoints stand in another order. {_ADVICE}", "viewpoints")


def _viewpoint_reason(code: str, what: str, viewpoint: Content) -> Reason:
    return Reason(code, f"The viewpoint “{viewpoint['heading']}” {what}. {_ADVICE}", f"viewpoints/{viewpoint['id']}")


def _against_viewpoint(old: Content, new: Content) -> Iterator[Reason]:
    for key in dict.fromkeys([*old, *new]):
        if key in _OF_VIEWPOINT or old.get(key) == new.get(key):
            continue
        other = ("viewpoint_changed", f"The {key} of “{{heading}}” changed.")
        code, message = _PARTS_OF_VIEWPOINT.get(key, other)
        yield Reason(code, f"{message.format(heading=new['heading'])} {_ADVICE}", f"viewpoints/{new['id']}")


@dataclass(frozen=True)
class _Text:
    """A text that both contents have."""

    place: str
    is_html: bool
    before: str
    after: str


def _texts(before: Content, after: Content) -> Iterator[_Text]:
    for key, is_html in _TEXTS.items():
        yield _Text(key, is_html, before.get(key, ""), after.get(key, ""))
    old = {viewpoint["id"]: viewpoint for viewpoint in before["viewpoints"]}
    for viewpoint in after["viewpoints"]:
        was = old.get(viewpoint["id"], viewpoint)
        for key, is_html in _OF_VIEWPOINT.items():
            yield _Text(f"viewpoints/{viewpoint['id']}", is_html, was[key], viewpoint[key])


@dataclass(frozen=True)
class _Edit:
    """One change, widened to the spaces around it: `old` and `new` are its tokens, `hunks` what changed of them."""

    place: str
    before: Wording
    after: Wording
    span: Hunk
    hunks: tuple[Hunk, ...]

    @property
    def old(self) -> Sequence[Token]:
        return self.before.tokens[self.span.start : self.span.end]

    @property
    def new(self) -> Sequence[Token]:
        return self.after.tokens[self.span.new_start : self.span.new_end]

    @property
    def changed(self) -> list[Token]:
        found: list[Token] = []
        for hunk in self.hunks:
            found += self.before.tokens[hunk.start : hunk.end]
            found += self.after.tokens[hunk.new_start : hunk.new_end]
        return found

    def reason(self, code: str, what: str) -> Reason:
        old, new = (visible(_joined(tokens), spaces=True).strip() for tokens in (self.old, self.new))
        if old and new:
            happened = f"“{old}” became “{new}”"
        else:
            happened = f"“{new}” was added" if new else f"“{old}” was removed"
        return Reason(code, f"{what}: {happened}. {_ADVICE}", self.place, old, new)


class _Guard:
    """Judges edits, one by one; the first rule that finds something to say is the answer."""

    def __init__(self, terms: frozenset[str]) -> None:
        self._lexicon = Lexicon(terms)
        self._terms = frozenset(fold(word) for term in terms for word in term.split())

    def against(self, edit: _Edit) -> list[Reason]:
        if _is_space_for_space(edit):
            return []
        for rule in (_against_kinds, _against_characters, _against_signals, _against_doses, _against_length):
            reasons = list(rule(edit))
            if reasons:
                return reasons
        if not is_harmless(edit.old, edit.new, self._lexicon):
            return [self._substantive(edit)]
        return self._against_punctuation(edit)

    def _substantive(self, edit: _Edit) -> Reason:
        old, new = _changed_words(edit)
        ends = any(token.text in {".", "!", "?"} for token in edit.changed)
        if abs(len(old) - len(new)) > (1 if ends else 3):
            return edit.reason("sentence_changed", "A sentence was added or removed")
        if any({a, b} in OPPOSITES or swaps_affix(a, b) for a in old for b in new):
            return edit.reason("opposite", "A word turned towards its opposite")
        if any(is_term(word, self._terms) for word in (*old, *new)):
            return edit.reason("term_changed", "A medical word or a name changed")
        return edit.reason("substantive_change", "The wording changed, and it is not a known misspelling mended")

    def _against_punctuation(self, edit: _Edit) -> list[Reason]:
        changed = _changed_marks(edit)
        if not changed <= MARKS:
            return [edit.reason("substantive_change", "A sign changed that is more than punctuation")]
        if not changed <= LIGHT_MARKS and (_is_near_weight(edit) or self._is_between_terms(edit)):
            return [
                edit.reason(
                    "punctuation_changed", "Punctuation changed next to a number, dose, negation or medical word"
                )
            ]
        return []

    def _is_between_terms(self, edit: _Edit) -> bool:
        """Return whether there is a medical word on both sides: a comma there may part or join two medicines."""
        neighbours = [
            [token.text for token in edit.before.tokens[start:end] if token.kind == "word"]
            for start, end in (
                (max(0, edit.span.start - 6), edit.hunks[0].start),
                (edit.hunks[-1].end, edit.span.end + 6),
            )
        ]
        left, right = neighbours
        return bool(left and right) and is_term(left[-1], self._terms) and is_term(right[0], self._terms)


def _edits(text: _Text) -> list[_Edit]:
    read = Wording.of_html if text.is_html else Wording.of_text
    before, after = read(text.before), read(text.after)
    groups: list[list[Hunk]] = []
    for found in hunks(before, after):
        hunk = _slid(found, before, groups[-1][-1].end if groups else 0)
        if groups and not _has_gap(before.tokens[groups[-1][-1].end : hunk.start]):
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    return [_Edit(text.place, before, after, _widened(group, before), tuple(group)) for group in groups]


def _slid(hunk: Hunk, before: Wording, first: int) -> Hunk:
    """Return the same deletion as far left as it can stand, so that of two equal words the second one goes."""
    by = 0
    while hunk.new_start == hunk.new_end and hunk.start - by > first:
        if before.tokens[hunk.start - by - 1] != before.tokens[hunk.end - by - 1]:
            break
        by += 1
    return Hunk(hunk.start - by, hunk.end - by, hunk.new_start - by, hunk.new_end - by)


def _has_gap(tokens: Sequence[Token]) -> bool:
    return any(token.kind in {"space", "break", "link"} for token in tokens)


def _widened(group: list[Hunk], before: Wording) -> Hunk:
    first, last = group[0], group[-1]
    left = right = 0
    while first.start - left > 0 and not _has_gap(before.tokens[first.start - left - 1 : first.start - left]):
        left += 1
    while last.end + right < len(before.tokens) and not _has_gap(
        before.tokens[last.end + right : last.end + right + 1]
    ):
        right += 1
    return Hunk(first.start - left, last.end + right, first.new_start - left, last.new_end + right)


# Rules on one edit


def _against_markup(text: _Text) -> Iterator[Reason]:
    tags, new_tags = skeleton(text.before), skeleton(text.after)
    links, new_links = ([tag for tag in found if "href=" in tag] for found in (tags, new_tags))
    if links != new_links:
        gone, come = (_addresses(Counter(a) - Counter(b)) for a, b in ((links, new_links), (new_links, links)))
        yield Reason(
            "link_changed",
            f"A link changed: {gone or '(none)'} became {come or '(none)'}. {_ADVICE}",
            text.place,
            gone,
            come,
        )
    elif tags != new_tags:
        yield Reason(
            "structure_changed", f"Paragraphs, lists, headings, tables or emphasis changed. {_ADVICE}", text.place
        )


def _addresses(tags: Counter[str]) -> str:
    return visible(", ".join(tag.removeprefix("a href=") for tag in tags), spaces=True)


def _is_space_for_space(edit: _Edit) -> bool:
    return all(
        start < end
        and new_start < new_end
        and _is_blank(edit.before, start, end)
        and _is_blank(edit.after, new_start, new_end)
        for start, end, new_start, new_end in edit.hunks
    )


def _is_blank(wording: Wording, start: int, end: int) -> bool:
    return all(token.kind == "space" for token in wording.tokens[start:end])


def _against_kinds(edit: _Edit) -> Iterator[Reason]:
    kinds = {token.kind for token in edit.changed}
    if "link" in kinds or any(_ADDRESS.search(_joined(tokens)) for tokens in (edit.old, edit.new)):
        yield edit.reason("link_changed", "A link or an address changed")
    elif kinds & {"break", "format", "script"}:
        yield edit.reason("structure_changed", "Lines, emphasis, or raised and lowered characters changed")


def _against_characters(edit: _Edit) -> Iterator[Reason]:
    text = _joined(edit.changed)
    if foreign_characters(text) or unseen(text) or any(char.isnumeric() and not char.isascii() for char in text):
        yield edit.reason("odd_character", "A character nobody sees, or of another alphabet, came or went")


def _against_signals(edit: _Edit) -> Iterator[Reason]:
    spans = (
        _characters(edit.before, edit.span.start, edit.span.end),
        _characters(edit.after, edit.span.new_start, edit.span.new_end),
    )
    has_digits = any(char.isnumeric() for char in _joined((*edit.old, *edit.new)))
    for kind, name in _SIGNALS.items():
        was, now = (
            [signal.sense for signal in signals.touching(kind, *span)]
            for signals, span in zip((edit.before.signals, edit.after.signals), spans, strict=True)
        )
        if was != now or (kind == "number" and has_digits):
            yield edit.reason(f"{kind}_changed", f"{name} changed, or what belongs to it")


def _characters(wording: Wording, start: int, end: int) -> tuple[int, int]:
    return wording.starts[start], wording.starts[end]


def _against_doses(edit: _Edit) -> Iterator[Reason]:
    was, now = ([token.text.casefold() for token in tokens if _is_dose(token)] for tokens in (edit.old, edit.new))
    if was != now:
        yield edit.reason("dose_changed", "A word about a dose, its form, way or time changed")


def _is_dose(token: Token) -> bool:
    return token.text.casefold() in DOSE_WORDS


def _against_length(edit: _Edit) -> Iterator[Reason]:
    if OSA.distance(_joined(edit.old), _joined(edit.new)) > LONGEST:
        yield edit.reason("too_long", f"More than {LONGEST} characters changed in one place")


def _is_near_weight(edit: _Edit) -> bool:
    return _has_weight(edit.before, edit.span.start, edit.span.end) or _has_weight(
        edit.after, edit.span.new_start, edit.span.new_end
    )


def _has_weight(wording: Wording, start: int, end: int) -> bool:
    reach = 2 * NEARBY + 1
    first, last = max(0, start - reach), min(len(wording.tokens), end + reach)
    span = _characters(wording, first, last)
    has_signal = any(wording.signals.touching(kind, *span) for kind in ("number", "unit", "negation"))
    return has_signal or any(_is_dose(token) for token in wording.tokens[first:last])


def _changed_marks(edit: _Edit) -> set[str]:
    """Return the marks that came, went or changed places, apostrophes inside words left out."""
    old, new = ([token.text for token in tokens if token.kind != "space"] for tokens in (edit.old, edit.new))
    marks = {token.text for token in edit.changed if token.kind == "mark"}
    return marks if old != new else set()


def _changed_words(edit: _Edit) -> tuple[list[str], list[str]]:
    old, new = ([fold(token.text) for token in tokens if token.kind == "word"] for tokens in (edit.old, edit.new))
    return list((Counter(old) - Counter(new)).elements()), list((Counter(new) - Counter(old)).elements())


def _joined(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens)
