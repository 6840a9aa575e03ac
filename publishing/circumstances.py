"""What is true around a publication and stands in no edition: its address, notices, dates. Read for many at once.

Nothing here reads the clock: what comes with time becomes true by a fact that the worker wrote.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery

from articles.models import Article
from publishing.models import (
    Address,
    Alert,
    AlertKind,
    Endorsement,
    Extension,
    Milestone,
    MilestoneKind,
    Publication,
)
from reviews.models import ChangeClass
from reviews.policy import is_emergency

Values = dict[str, Any]


class Line(NamedTuple):
    """One publication in the life of an article."""

    pk: int
    seq: int
    published_at: datetime
    number: int
    change: str
    correction_kind: str
    correction_summary: str
    is_withdrawn: bool


@dataclass(frozen=True)
class Circumstances:
    """`lines`: the publications of the article up to this one, oldest first. `extensions`: due date -> later date.
    `milestones`: (kind, due date), dates in ISO form. `alerts`: what readers are told, oldest first.
    """

    slug: str
    lines: list[Line]
    alerts: list[Values] = field(default_factory=list)
    extensions: dict[str, str] = field(default_factory=dict)
    milestones: frozenset[tuple[str, str]] = frozenset()
    owes_endorsement: bool = False

    @property
    def readable(self) -> list[Line]:
        """The publications whose text can be read: those since the last withdrawal."""
        ends = [n for n, line in enumerate(self.lines, start=1) if line.is_withdrawn]
        return self.lines[ends[-1] :] if ends else self.lines

    @property
    def previous_number(self) -> int:
        """The number of the edition that was public before this one and can be read; 0 for none."""
        readable = self.readable
        return readable[-2].number if len(readable) > 1 else 0

    @property
    def meaning(self) -> Line:
        """The newest publication that changed more than wording."""
        readable = self.readable
        changed = [line for line in readable if line.change != ChangeClass.EDITORIAL]
        return (changed or readable)[-1]

    @property
    def corrections(self) -> list[Line]:
        """The publications that carry a notice for readers, newest first."""
        return [line for line in reversed(self.readable) if line.correction_kind]

    def due_on(self, due_on: str) -> str:
        """Return when the review is due, its one extension included."""
        return self.extensions.get(due_on, due_on)

    def has_come(self, kind: MilestoneKind, due_on: str) -> bool:
        return (kind.value, due_on) in self.milestones


LINE = (
    *("article_id", "pk", "seq", "published_at", "edition__number"),
    *("change", "correction_kind", "correction_summary", "withdrawal__pk"),
)


def lines_of(articles: Iterable[UUID]) -> dict[UUID, list[Line]]:
    """Return the publications of each article, oldest first; one query."""
    found: dict[UUID, list[Line]] = defaultdict(list)
    rows = Publication.objects.filter(article__in=list(articles)).order_by("article", "seq").values_list(*LINE)
    for article_id, *values, withdrawn in rows:
        found[article_id].append(Line._make([*values, withdrawn is not None]))
    return found


def line_of(publication: Publication) -> Line:
    """Return the line of a publication that was made just now."""
    return Line(
        publication.pk,
        publication.seq,
        publication.published_at,
        publication.edition.number,
        publication.change,
        publication.correction_kind,
        publication.correction_summary,
        False,
    )


def around(
    publications: Iterable[Publication], lines: dict[UUID, list[Line]] | None = None
) -> dict[int, Circumstances]:
    """Return the circumstances of each publication, by its id; a bounded number of queries, however many there are.

    Two for a publication that nothing happened to yet; with `lines` that are known already, one.
    """
    rows = list(publications)
    articles = [row.article_id for row in rows]
    lines = lines_of(articles) if lines is None else lines
    known = {row["pk"]: row for row in _flags(articles)}
    flagged = {name: any(row[name] for row in known.values()) for name in FLAGS}
    alerts = _alerts(articles) if flagged["has_alert"] else {}
    extensions = _by_publication(Extension, rows, "due_on", "until") if flagged["has_extension"] else {}
    milestones = _by_publication(Milestone, rows, "kind", "due_on") if flagged["has_milestone"] else {}
    emergencies = [row.pk for row in rows if is_emergency(row.edition.policy)]
    endorsed = _endorsed(emergencies) if emergencies else set()
    return {
        row.pk: Circumstances(
            slug=known[row.article_id]["slug"] or row.edition.slug,
            lines=[line for line in lines[row.article_id] if line.seq <= row.seq],
            alerts=_told(alerts.get(row.article_id, []), row.edition.content),
            extensions={due.isoformat(): until.isoformat() for due, until in extensions.get(row.pk, [])},
            milestones=frozenset((kind, due.isoformat()) for kind, due in milestones.get(row.pk, [])),
            owes_endorsement=row.pk in emergencies and row.pk not in endorsed,
        )
        for row in rows
    }


FLAGS = ("has_alert", "has_extension", "has_milestone")


def _flags(articles: list[UUID]) -> Any:
    newest = Address.objects.filter(article=OuterRef("pk")).order_by("-pk")
    mine = {"publication__article": OuterRef("pk")}
    return (
        Article.objects.filter(pk__in=articles)
        .order_by()
        .values("pk")
        .annotate(
            slug=Subquery(newest.values("slug")[:1]),
            has_alert=Exists(_shown_alerts().filter(**mine)),
            has_extension=Exists(Extension.objects.filter(**mine)),
            has_milestone=Exists(Milestone.objects.filter(**mine)),
        )
    )


def _shown_alerts() -> Any:
    return Alert.objects.filter(is_shown=True, resolution__isnull=True)


def _alerts(articles: list[UUID]) -> dict[UUID, list[Values]]:
    found: dict[UUID, list[Values]] = defaultdict(list)
    names = ("publication__article", "kind", "reader_message", "at", "part__kind", "part__part_id", "part__name")
    for article_id, kind, message, at, part_kind, part_id, part_name in (
        _shown_alerts().filter(publication__article__in=articles).order_by("pk").values_list(*names)
    ):
        part = (part_kind, str(part_id)) if part_id else None
        found[article_id].append({"kind": kind, "message": message, "at": at, "part": part, "part_name": part_name})
    return found


def _told(alerts: list[Values], content: Values) -> list[Values]:
    """Leave out what is about a part that this text no longer uses."""
    used = parts_of(content)
    return [row for row in alerts if row["kind"] == AlertKind.CONCERN or row["part"] in used]


def parts_of(content: Values) -> set[tuple[str, str]]:
    """Return the shared parts that a content uses, each as (kind, id)."""
    people = {
        ("contributor", row["id"])
        for viewpoint in content["viewpoints"]
        if not viewpoint.get("withdrawn_on")
        for row in viewpoint["contributors"]
    }
    sources = {("reference", row["source_id"]) for row in content["references"]}
    return people | sources | {("disclaimer", row["id"]) for row in content["disclaimers"]}


def _by_publication(model: Any, rows: list[Publication], *names: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    values = model.objects.filter(publication__in=[row.pk for row in rows]).order_by("pk")
    for pk, *row in values.values_list("publication_id", *names):
        found[pk].append(row)
    return found


def _endorsed(emergencies: list[int]) -> set[int]:
    return set(Endorsement.objects.filter(publication__in=emergencies).values_list("publication_id", flat=True))


def source_of(article_id: UUID, content: Values) -> UUID:
    """Return the article that this one translates; itself, where it is the original."""
    return UUID(content.get("translation_of", {}).get("article") or str(article_id))
