"""What waits for a person: editions to decide on, what they submitted and what it still lacks, what came back."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max, OuterRef, Subquery

from articles.checks import plain_text
from reviews import eligibility
from reviews.actions import public_edition, signatures
from reviews.models import Assignment, Comment, Decision, Edition, Outcome
from reviews.permissions import candidate, matters_of
from reviews.policy import Blocker, full_review_of, missing_approvals, open_stages

#: How many editions a queue looks at, the longest waiting first.
LONGEST = 100
#: Words a minute of careful reading.
PACE = 150


@dataclass(frozen=True)
class Waiting:
    """An edition that a person may decide on now, and why it is theirs. `changed` counts words since they last saw it."""

    edition: Edition
    stages: list[str]
    minutes: int
    why: str = ""
    due_at: datetime | None = None
    is_overdue: bool = False
    is_mine: bool = False
    assignment: Assignment | None = None
    is_claimable: bool = False
    seen: int = 0
    changed: int = 0


@dataclass(frozen=True)
class Submitted:
    """An edition that a person submitted, with what it still lacks and who was asked."""

    edition: Edition
    lacks: list[Blocker]
    asked: list[Assignment] = field(default_factory=list)


def waiting_for(user: Any, *, now: datetime) -> list[Waiting]:
    """Return the editions whose turn it is in a stage that this person may decide: their own first, then by due date."""
    who = candidate(user)
    editions = _reviewed_now()
    asked = _asked(editions)
    found = []
    for edition, matter in zip(editions, matters_of(editions), strict=True):
        stages = [
            stage
            for stage in open_stages(edition.policy, signatures(edition))
            if not eligibility.reasons_against(who, matter, stage, today=now.date())
        ]
        if stages:
            found.append(_waiting(edition, stages, asked.get(edition.pk, []), user, now))
    found.sort(key=lambda row: (not row.is_mine, row.due_at is None, row.due_at or row.edition.submitted_at))
    return _with_changes(found, user)


def submitted_by(user: Any) -> list[Submitted]:
    """Return the open editions that this person submitted, each with the approvals it lacks."""
    editions = list(_open().filter(submitted_by=user)[:LONGEST])
    asked = _asked(editions)
    return [Submitted(row, _lacking(row), asked.get(row.pk, [])) for row in editions]


def came_back_to(user: Any) -> list[Decision]:
    """Return the decisions that sent an edition of this person back, where no later edition was submitted yet."""
    newest = Edition.objects.filter(article=OuterRef("edition__article")).order_by("-number").values("pk")[:1]
    returned = Decision.objects.exclude(outcome=Outcome.APPROVE).filter(edition__submitted_by=user, edition=newest)
    rows = returned.filter(edition__publication__isnull=True, edition__recall__isnull=True)
    return list(rows.select_related("edition__article").defer("edition__content").order_by("-pk")[:LONGEST])


def held_up_by(user: Any) -> list[Comment]:
    """Return the blocking comments of a person that nobody has settled, each with `newest`, the edition to read now."""
    newest = Edition.objects.filter(article=OuterRef("edition__article")).order_by("-number").values("pk")[:1]
    rows = Comment.objects.blocking().filter(author=user).annotate(newest=Subquery(newest))
    return list(rows.select_related("edition__article").defer("edition__content").order_by("pk")[:LONGEST])


def ready_to_publish() -> list[Edition]:
    """Return the open editions that have every approval; the longest waiting first."""
    return [edition for edition in _open()[:LONGEST] if not _lacking(edition)]


def unanswered_revocations() -> list[Decision]:
    """Return the approvals that were taken back from pages that are public still, and that nobody answered.

    After a fast path a page rests on the approvals of the edition that was reviewed in full as well.
    """
    rows = Decision.objects.filter(
        outcome=Outcome.REVOKE, revocation_answer__isnull=True, edition__publication__isnull=False
    )
    rows = rows.select_related("edition__article").defer("edition__content").order_by("pk")[:LONGEST]
    return [row for row in rows if _rests_on(public_edition(row.edition.article), row.edition)]


def _rests_on(live: Edition | None, edition: Edition) -> bool:
    return live is not None and edition.number in (live.number, full_review_of(live.policy, live.number))


def decided_by(user: Any, *, at_most: int = 10) -> list[Decision]:
    """Return the newest decisions of a person."""
    rows = Decision.objects.filter(reviewer=user).select_related("edition__article", "edition__publication")
    return list(rows.defer("edition__content").order_by("-pk")[:at_most])


def minutes_to_read(edition: Edition) -> int:
    """Return how long a careful reader needs, at least a minute."""
    return max(1, round(len(_words(edition.content)) / PACE))


def words_changed(before: dict[str, Any], after: dict[str, Any]) -> int:
    """Return about how many words differ: those of the one text that the other has not. Cheap, made for lists."""
    old, new = Counter(_words(before)), Counter(_words(after))
    return max((new - old).total(), (old - new).total())


def _waiting(
    edition: Edition, stages: list[dict[str, Any]], asked: list[Assignment], user: Any, now: datetime
) -> Waiting:
    keys = {stage["key"] for stage in stages}
    here: list[Any] = [row for row in asked if row.stage in keys and row.round == edition.open_round]
    mine = [row for row in here if row.holder_id == user.pk]
    pool = [row for row in here if row.holder_id is None]
    chosen = min(mine or pool, key=lambda row: row.due_at, default=None)
    labels = [stage["label"] for stage in stages]
    return Waiting(
        edition=edition,
        stages=labels,
        minutes=minutes_to_read(edition),
        why=_why(chosen, bool(mine), stages, edition),
        due_at=chosen.due_at if chosen else None,
        is_overdue=bool(chosen and chosen.due_at < now),
        is_mine=bool(mine),
        assignment=chosen,
        is_claimable=bool(pool) and not mine,
    )


def _why(chosen: Any, is_mine: bool, stages: list[dict[str, Any]], edition: Edition) -> str:
    again = f" Round {edition.open_round}: the public text, reviewed again." if edition.open_round > 1 else ""
    if chosen is None:
        roles = sorted({stage["group"] for stage in stages})
        return f"Open to everybody with the role {' or '.join(roles)}.{again}"
    asker = chosen.assigned_by.get_full_name() or chosen.assigned_by.get_username()
    whom = "you" if is_mine else "everybody of your role"
    return f"{asker} asked {whom}.{again}"


def _with_changes(rows: list[Waiting], user: Any) -> list[Waiting]:
    """Add how much changed since the reader last decided on the article; two queries for all."""
    articles = [row.edition.article_id for row in rows]
    decided = Decision.objects.filter(reviewer=user, edition__article__in=articles).order_by()
    last = dict(
        decided.values("edition__article").annotate(last=Max("edition__number")).values_list("edition__article", "last")
    )
    earlier = Edition.objects.filter(article__in=last, number__in=set(last.values()))
    texts = {(row.article_id, row.number): row.content for row in earlier if last[row.article_id] == row.number}
    found = []
    for row in rows:
        seen = last.get(row.edition.article_id, 0)
        if 0 < seen < row.edition.number:
            changed = words_changed(texts[row.edition.article_id, seen], row.edition.content)
            row = Waiting(**{**vars(row), "seen": seen, "changed": changed})
        found.append(row)
    return found


def _asked(editions: list[Edition]) -> dict[int, list[Any]]:
    """Return the requests that wait, by edition; one query."""
    found: dict[int, list[Any]] = {}
    rows = Assignment.objects.waiting().filter(edition__in=[row.pk for row in editions])
    for row in rows.select_related("assigned_by", "reviewer"):
        found.setdefault(row.edition_id, []).append(row)
    return found


def _lacking(edition: Edition) -> list[Blocker]:
    return missing_approvals(edition.policy, edition.content, signatures(edition))


def _words(content: dict[str, Any]) -> list[str]:
    texts = [content["summary"], content["see_doctor_html"], content["synthesis_html"]]
    texts += [viewpoint["body_html"] for viewpoint in content["viewpoints"]]
    return [word for text in texts for word in plain_text(text).split()]


def _reviewed_now() -> list[Edition]:
    """Return the editions under review, before publication and in later rounds; the longest waiting first."""
    again = Edition.objects.filter(
        rounds__isnull=False, rounds__reaffirmation__isnull=True, publication__withdrawal__isnull=True
    )
    rounds = [row for row in _with_parts(again.distinct())[:LONGEST] if row.open_round > 1]
    return [*_open()[:LONGEST], *rounds]


def _open() -> Any:
    return _with_parts(Edition.objects.open())


def _with_parts(editions: Any) -> Any:
    rows = editions.select_related("recall", "publication__withdrawal")
    return rows.prefetch_related("decisions", "rounds__reaffirmation").order_by("submitted_at", "pk")
