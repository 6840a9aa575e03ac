"""The comments of an edition as its page shows them: where they stand now, what was answered, who may settle them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from reviews.anchors import ORPHANED, Anchor, carry, texts_of
from reviews.marking import Mark
from reviews.models import Comment, Edition
from reviews.permissions import may_settle, touched_since

PLACES = {"": "The whole page", "summary": "Summary", "see_doctor": "When to see a doctor", "synthesis": "Synthesis"}
STATES = {
    "anchored": "",
    "moved": "The words changed or moved since this was said.",
    "orphaned": "The words are gone from this edition.",
}


@dataclass(frozen=True)
class Thread:
    """One comment with its answers. `state` is anchored, moved or orphaned in the edition that is shown."""

    number: int
    comment: Comment
    state: str
    place: str
    place_name: str
    words: str
    start: int
    end: int
    may_resolve: bool

    @property
    def is_open(self) -> bool:
        return not self.comment.is_resolved

    @property
    def said_of_state(self) -> str:
        return STATES[self.state]


def threads_of(edition: Edition, reader: Any) -> list[Thread]:
    """Return the comments on an edition, and those on editions before it that are still open; a few queries."""
    rows = Comment.objects.threads().up_to(edition).select_related("edition", "resolution", "author")
    answers = Prefetch("answers", Comment.objects.order_by("pk"))
    found = [
        row
        for row in rows.defer("edition__content").prefetch_related(answers)
        if row.edition_id == edition.pk or not row.is_resolved
    ]
    touched = touched_since(edition.article_id) if any(row.is_blocking for row in found) else {}
    names = names_of_places(edition.content)
    return [
        Thread(
            number=number,
            comment=row,
            state=anchor.state,
            place=anchor.viewpoint,
            place_name=names.get(anchor.viewpoint) or names.get(row.place, "A viewpoint that is gone"),
            words=row.exact,
            start=anchor.start,
            end=anchor.end,
            may_resolve=not row.is_resolved and may_settle(reader, row, touched),
        )
        for number, (row, anchor) in enumerate(zip(found, _anchors(found, edition), strict=True), start=1)
    ]


def marks_by_place(threads: Sequence[Thread]) -> dict[str, list[Mark]]:
    """Return where to mark the text, place by place."""
    marks: dict[str, list[Mark]] = {}
    for row in threads:
        if row.end > row.start:
            marks.setdefault(row.place, []).append(Mark(row.start, row.end, row.number))
    return marks


def names_of_places(content: dict[str, Any]) -> dict[str, str]:
    """Return every place that a comment can be about, with its name, in reading order."""
    viewpoints = {
        str(row["id"]): row["heading"] or f"Viewpoint {n}" for n, row in enumerate(content["viewpoints"], start=1)
    }
    around = {place: name for place, name in PLACES.items() if place != "synthesis"}
    return around | viewpoints | {"synthesis": PLACES["synthesis"]}


def _anchors(comments: list[Comment], edition: Edition) -> list[Anchor]:
    """Return where each comment stands; one about a whole place stands as long as the place is there."""
    quoted = [row for row in comments if row.exact]
    anchors = carry([row.selector for row in quoted], edition.content)
    carried = {row: _checked(row, anchor) for row, anchor in zip(quoted, anchors, strict=True)}
    places = names_of_places(edition.content)
    return [
        carried.get(row) or (Anchor("anchored", row.place) if row.place in places else ORPHANED) for row in comments
    ]


def _checked(comment: Comment, anchor: Anchor) -> Anchor:
    """Return the anchor, unless it took the comment to words elsewhere that stood there before: those are others."""
    if anchor.state != "moved" or anchor.viewpoint == comment.place:
        return anchor
    there = texts_of(comment.edition.content).get(anchor.viewpoint, "")
    return ORPHANED if anchor.text in there else anchor
