"""What changed from one content to another, part by part, and what wants a second look. Pure: plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from reviews.alarms import Signals, around
from reviews.wording import (
    Hunk,
    Token,
    Wording,
    code_points,
    foreign_characters,
    hunks,
    is_latin,
    readable,
    unequal,
    unseen,
    visible,
)

Content = Mapping[str, Any]  # the signed content, "article/1"


METADATA = ("topic", "aspect", "audience", "language", "schema")  # in this order; any other key comes after
_SHOWN = frozenset("title summary see_doctor_html viewpoints synthesis_html disclaimers references".split())
_TEXTS_OF_VIEWPOINT = {"id", "heading", "body_html", "citations", "contributors"}


@dataclass(frozen=True)
class Piece:
    """A stretch of text. `kind`: same, inserted, deleted, or (after `fold`) skipped, with the number of its words."""

    kind: str
    text: str
    words: int = 0


@dataclass(frozen=True)
class FieldChange:
    """A value that is no running text: what it is called, what it was ("" for nothing) and what it is now."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Alarm:
    """`kind`: number, unit, negation, modal, link, invisible or mixed_script. `context` is the text around it."""

    kind: str
    place: str
    before: str
    after: str
    context: str = ""


@dataclass(frozen=True)
class PartChange:
    """One part of the page. `state`: added, removed, changed, moved or unchanged; a changed part may have moved too."""

    place: str
    label: str
    state: str
    pieces: list[Piece] = field(default_factory=list)
    heading: list[Piece] = field(default_factory=list)
    fields: list[FieldChange] = field(default_factory=list)
    is_moved: bool = False
    changed_words: int = 0


@dataclass(frozen=True)
class Difference:
    """`changed_words` counts a replaced word once."""

    parts: list[PartChange]
    alarms: list[Alarm]
    changed_words: int

    @property
    def changed_parts(self) -> list[PartChange]:
        return [part for part in self.parts if part.state != "unchanged"]


def difference(before: Content, after: Content) -> Difference:
    """Return every part of the page in reading order, each with what changed in it."""
    parts: list[PartChange] = []
    alarms: list[Alarm] = []
    for part, raised in _parts(before, after):
        parts.append(part)
        alarms += raised
    return Difference(parts, list(dict.fromkeys(alarms)), sum(part.changed_words for part in parts))


# Parts, in reading order

Part = tuple[PartChange, list[Alarm]]


def _parts(before: Content, after: Content) -> Iterator[Part]:
    yield from _text_part("title", "Title", before, after)
    yield from _text_part("summary", "Summary", before, after)
    yield from _text_part("see_doctor_html", "When to see a doctor", before, after)
    yield from _members(before, after, "viewpoints", "id", _viewpoint)
    yield from _text_part("synthesis_html", "Where they agree and differ", before, after)
    yield from _members(before, after, "disclaimers", "id", _disclaimer)
    yield from _members(before, after, "references", "source_id", _reference)
    for key in dict.fromkeys([*METADATA, *before, *after]):
        if key not in _SHOWN:
            yield _metadata(key, before.get(key, ""), after.get(key, ""))


def _text_part(key: str, label: str, before: Content, after: Content) -> Iterator[Part]:
    old, new = before.get(key, ""), after.get(key, "")
    if old or new:
        comparison = _Comparison(key, old, new, is_html=key.endswith("_html"))
        yield comparison.part(label, _state(bool(old), bool(new), old != new)), comparison.alarms


def _metadata(key: str, old: Any, new: Any) -> Part:
    changes = list(_leaf_changes(old, new, ""))
    return PartChange(key, _named(key).capitalize(), "changed" if changes else "unchanged", fields=changes), []


def _viewpoint(place: str, old: Content, new: Content, contents: tuple[Content, Content]) -> Part:
    heading = _Comparison(place, old.get("heading", ""), new.get("heading", ""), is_html=False)
    body = _Comparison(place, old.get("body_html", ""), new.get("body_html", ""), is_html=True)
    changes = [*_contributors(old, new), *_citations(old, new, contents), *body.markup]
    changes += _leaf_changes(_without(old, _TEXTS_OF_VIEWPOINT), _without(new, _TEXTS_OF_VIEWPOINT), "")
    part = PartChange(
        place,
        (new or old).get("heading", "") or "Viewpoint without a heading",
        _state(bool(old), bool(new), old != new),
        body.pieces,
        heading.pieces,
        changes,
        changed_words=heading.changed_words + body.changed_words,
    )
    return part, [*heading.alarms, *body.alarms]


def _disclaimer(place: str, old: Content, new: Content, contents: tuple[Content, Content]) -> Part:
    text = _Comparison(place, old.get("text", ""), new.get("text", ""), is_html=False)
    changes = list(_leaf_changes(_without(old, {"id", "text"}), _without(new, {"id", "text"}), ""))
    label = f"Disclaimer: {_named((new or old).get('kind', ''))}"
    return text.part(label, _state(bool(old), bool(new), old != new), changes), text.alarms


def _reference(place: str, old: Content, new: Content, contents: tuple[Content, Content]) -> Part:
    changes = list(_leaf_changes(_without(old, {"source_id"}), _without(new, {"source_id"}), ""))
    label = f"Reference: {(new or old).get('title', '')}"
    links = [change for change in changes if change.label in {"url", "doi", "pmid"} and old and new]
    alarms = [Alarm("link", place, change.before, change.after, label) for change in links]
    return PartChange(place, label, _state(bool(old), bool(new), old != new), fields=changes), alarms


def _members(before: Content, after: Content, name: str, key: str, compare: Any) -> Iterator[Part]:
    """Yield the parts of a list, members matched by key; one that is gone stands where it stood."""
    old, new = _keyed(before.get(name, []), key), _keyed(after.get(name, []), key)
    moved = _moved(list(old), list(new))
    for member in _merged(list(old), list(new)):
        was, now = old.get(member, {}), new.get(member, {})
        place = f"{name}/{(now or was).get('id', member)}"
        part, alarms = compare(place, was, now, (before, after))
        if member in moved:
            state = "moved" if part.state == "unchanged" else part.state
            part = PartChange(**{**vars(part), "state": state, "is_moved": True})
        yield part, alarms


def _keyed(members: Iterable[Content], key: str) -> dict[str, Content]:
    keyed: dict[str, Content] = {}
    for member in members:
        name = str(member.get(key) or member.get("id", ""))
        while name in keyed:
            name += "+"
        keyed[name] = member
    return keyed


def _moved(old: list[str], new: list[str]) -> set[str]:
    """Return the members of both lists that stand in another order, as few as explain it."""
    common, now = [name for name in old if name in set(new)], [name for name in new if name in set(old)]
    return {name for hunk in unequal(common, now) for name in common[hunk.start : hunk.end]}


def _merged(old: list[str], new: list[str]) -> list[str]:
    merged = list(new)
    for at, name in enumerate(old):
        if name not in merged:
            merged.insert(merged.index(old[at - 1]) + 1 if at else 0, name)
    return merged


def _state(was_there: bool, is_there: bool, is_different: bool) -> str:
    if was_there and is_there:
        return "changed" if is_different else "unchanged"
    return "added" if is_there else "removed"


# Values that are no running text


def _contributors(old: Content, new: Content) -> Iterator[FieldChange]:
    was, now = _keyed(old.get("contributors", []), "id"), _keyed(new.get("contributors", []), "id")
    for key in _merged(list(was), list(now)):
        if key in was and key in now:
            yield from _leaf_changes(was[key], now[key], now[key].get("name", ""))
        else:
            yield FieldChange("contributor", _person(was.get(key, {})), _person(now.get(key, {})))
    if _moved(list(was), list(now)):
        orders = [", ".join(person.get("name", "") for person in people.values()) for people in (was, now)]
        yield FieldChange("order of contributors", orders[0], orders[1])


def _person(person: Content) -> str:
    """Return a contributor in a line: name, role, credentials, affiliation, disclosure."""
    if not person:
        return ""
    credentials = [credential.get("label", "") for credential in person.get("credentials", [])]
    interests = person.get("disclosure", {}).get("status", "")
    words = [person.get("name", ""), person.get("role", ""), *credentials, person.get("affiliation", ""), interests]
    return visible(", ".join(_named(word) for word in words if word))


def _citations(old: Content, new: Content, contents: tuple[Content, Content]) -> Iterator[FieldChange]:
    """Yield the change of what a viewpoint cites, by source: a reference that got another number is the same source."""
    was, now = _sources(old, contents[0]), _sources(new, contents[1])
    if list(was) != list(now):
        yield FieldChange("citations", "; ".join(was.values()), "; ".join(now.values()))


def _sources(viewpoint: Content, content: Content) -> dict[str, str]:
    references = {reference["id"]: reference for reference in content.get("references", [])}
    cited = [references.get(key, {"id": key}) for key in viewpoint.get("citations", [])]
    return {
        reference.get("source_id") or reference["id"]: reference.get("title") or reference["id"] for reference in cited
    }


def _leaf_changes(old: Any, new: Any, path: str) -> Iterator[FieldChange]:
    """Yield each value inside two nested values that differs, under the names of the keys that lead to it."""
    if isinstance(old or {}, Mapping) and isinstance(new or {}, Mapping):
        old, new = old or {}, new or {}
        for key in dict.fromkeys([*old, *new]):
            yield from _leaf_changes(old.get(key, ""), new.get(key, ""), _below(path, _named(key)))
    elif _is_list_of_records(old) or _is_list_of_records(new):
        for number, (was, now) in enumerate(zip_longest(old or [], new or [], fillvalue=""), start=1):
            yield from _leaf_changes(was, now, f"{path} {number}")
    elif old != new:
        yield FieldChange(path or "value", _printed(old), _printed(new))


def _is_list_of_records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(member, Mapping | list) for member in value)


def _printed(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_printed(member) for member in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return visible(str(value), spaces=True)


def _below(path: str, name: str) -> str:
    return f"{path}: {name}" if path else name


def _named(key: str) -> str:
    return str(key).replace("_", " ")


def _without(value: Content, keys: set[str]) -> dict[str, Any]:
    return {key: member for key, member in value.items() if key not in keys}


# Running text


class _Comparison:
    """Two wordings of one text: the pieces, the alarms and the number of changed words."""

    def __init__(self, place: str, old: str, new: str, *, is_html: bool) -> None:
        read = Wording.of_html if is_html else Wording.of_text
        self._place, self._raw = place, (old, new)
        self._before = read(old)
        self._after = read(new) if new != old else self._before
        found = hunks(self._before, self._after) if new != old else []
        self._hunks = readable(found, self._before, self._after)
        self.changed_words = sum(self._changed(hunk) for hunk in found)
        self.pieces = list(self._pieces())
        self.alarms = list(self._alarms())

    def part(self, label: str, state: str, fields: Sequence[FieldChange] = ()) -> PartChange:
        changes = [*fields, *self.markup]
        return PartChange(self._place, label, state, self.pieces, fields=changes, changed_words=self.changed_words)

    @property
    def markup(self) -> list[FieldChange]:
        """The two sources, when they differ in nothing that a reader sees."""
        old, new = self._raw
        if old == new or self._hunks:
            return []
        return [FieldChange("markup", visible(old, spaces=True), visible(new, spaces=True))]

    def _changed(self, hunk: Hunk) -> int:
        old = self._before.words(hunk.start, hunk.end)
        return max(old, self._after.words(hunk.new_start, hunk.new_end))

    def _pieces(self) -> Iterator[Piece]:
        at = 0
        for hunk in self._hunks:
            yield from self._same(at, hunk.start)
            yield from _changed_piece("deleted", self._before, hunk.start, hunk.end)
            yield from _changed_piece("inserted", self._after, hunk.new_start, hunk.new_end)
            at = hunk.end
        yield from self._same(at, len(self._before.tokens))

    def _same(self, start: int, end: int) -> Iterator[Piece]:
        shown = (token.text for token in self._before.tokens[start:end] if token.kind != "format")
        text = visible("".join(shown))
        if text:
            yield Piece("same", text)

    def _alarms(self) -> Iterator[Alarm]:
        is_in_both = all(text.strip() for text in self._raw)
        for hunk in self._hunks:
            if is_in_both:
                yield from self._signals(hunk)
                yield from self._links(hunk)
            yield from self._characters(hunk)

    def _signals(self, hunk: Hunk) -> Iterator[Alarm]:
        start, end, new_start, new_end = self._span(hunk)
        for kind in Signals.KINDS:
            old = self._before.signals.touching(kind, start, end)
            new = self._after.signals.touching(kind, new_start, new_end)
            yield from (
                self._alarm(
                    kind,
                    hunk,
                    ", ".join(signal.text for signal in old[change.start : change.end]),
                    ", ".join(signal.text for signal in new[change.new_start : change.new_end]),
                )
                for change in unequal([signal.sense for signal in old], [signal.sense for signal in new])
            )

    def _links(self, hunk: Hunk) -> Iterator[Alarm]:
        old = _addresses(self._before.tokens[hunk.start : hunk.end])
        new = _addresses(self._after.tokens[hunk.new_start : hunk.new_end])
        for was, now in zip_longest(old, new, fillvalue=""):
            if was != now:
                yield self._alarm("link", hunk, was, now)

    def _characters(self, hunk: Hunk) -> Iterator[Alarm]:
        start, end, new_start, new_end = self._span(hunk)
        old, new = self._before.text[start:end], self._after.text[new_start:new_end]
        if unseen(old) != unseen(new):
            yield self._alarm("invisible", hunk, old, new)
        strange = foreign_characters(new)
        if strange and strange != foreign_characters(old) and is_latin(self._after.text):
            yield self._alarm("mixed_script", hunk, old, f"{new} ({code_points(strange)})")

    def _alarm(self, kind: str, hunk: Hunk, old: str, new: str) -> Alarm:
        start, end, new_start, new_end = self._span(hunk)
        text = self._after.text if new else self._before.text
        left, right = (new_start, new_end) if new else (start, end)
        context = around(text, left, right)
        return Alarm(kind, self._place, visible(old, spaces=True), visible(new, spaces=True), visible(context))

    def _span(self, hunk: Hunk) -> tuple[int, int, int, int]:
        old, new = self._before.starts, self._after.starts
        return old[hunk.start], old[hunk.end], new[hunk.new_start], new[hunk.new_end]


def _changed_piece(kind: str, wording: Wording, start: int, end: int) -> Iterator[Piece]:
    text = wording.text[wording.starts[start] : wording.starts[end]]
    if text:
        yield Piece(kind, visible(text, spaces=True), wording.words(start, end))


def _addresses(tokens: Iterable[Token]) -> list[str]:
    return [token.text[2:-1] for token in tokens if token.kind == "link" and token.text != "["]
