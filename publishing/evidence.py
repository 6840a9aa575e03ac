"""What stands behind a publication: who signed what, read from the facts for any number of publications at once.

The public store is written when an edition is published, reaffirmed, or loses an approval. So what may happen at any
other time, an override or a comment, counts as it stood when the edition was published or last reaffirmed.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery

from publishing.models import Endorsement, Publication
from reviews.models import Comment, Decision, Edition, Override, Reaffirmation
from reviews.models.comment import BLOCKING
from reviews.policy import full_review_of, is_emergency

Values = dict[str, Any]
#: An article's id and the number of one of its editions.
Place = tuple[UUID, int]


def reviews_behind(publications: Iterable[Publication]) -> dict[int, list[Values]]:
    """Return, by publication id, the review of its edition and, where that took the fast path, the full one before it.

    One query, and one each for overrides and blocking comments where there are any.
    """
    places = {row.pk: _places(row.article_id, row.edition) for row in publications}
    reviews = _reviews({place for each in places.values() for place in each})
    return {pk: [reviews[place] for place in each] for pk, each in places.items()}


def _places(article_id: UUID, edition: Edition) -> list[Place]:
    numbers = dict.fromkeys([edition.number, full_review_of(edition.policy, edition.number)])
    return [(article_id, number) for number in numbers]


def _reviews(places: set[Place]) -> dict[Place, Values]:
    signed: dict[Place, list[Any]] = defaultdict(list)
    for row in _decisions(places):
        signed[row.edition.article_id, row.edition.number].append(row)
    rows = [row for place in places for row in signed[place]]
    endorsed = _endorsements({row.edition_id for row in rows if is_emergency(row.edition.policy)})
    overrides = _overrides({row.edition_id for row in rows if row.has_override})
    comments = _comments({row.edition.article_id for row in rows if row.has_comment})
    return {place: _review(signed[place], overrides, comments, endorsed) for place in places}


def _decisions(places: set[Place]) -> Any:
    """Return the decisions on these editions, and perhaps on others of the same articles, in the order of signing."""
    reaffirmed = Reaffirmation.objects.filter(round__edition=OuterRef("edition"), round__number=OuterRef("round"))
    comments = _raised().filter(
        edition__article=OuterRef("edition__article"), edition__number__lte=OuterRef("edition__number")
    )
    rows = Decision.objects.filter(
        edition__article__in={article_id for article_id, _ in places},
        edition__number__in={number for _, number in places},
        edition__publication__isnull=False,
    )
    rows = rows.select_related("edition__publication").defer("comment", "edition__content", "edition__touched_by")
    return rows.order_by("pk").annotate(
        reaffirmed_at=Subquery(reaffirmed.values("at")),
        has_override=Exists(Override.objects.filter(edition=OuterRef("edition"))),
        has_comment=Exists(comments),
    )


def _raised() -> Any:
    return Comment.objects.threads().filter(severity__in=BLOCKING).order_by("pk")


def _endorsements(editions: set[int]) -> dict[int, Values]:
    """Return, by edition, the independent approval of what was published in an emergency."""
    if not editions:
        return {}
    rows = Endorsement.objects.filter(publication__edition__in=editions).select_related("publication")
    return {row.publication.edition_id: _endorsement(row) for row in rows}


def _endorsement(row: Endorsement) -> Values:
    name = "A medical reviewer" if row.by_role_only else row.printed_name
    return {"name": name, "attestation": row.attestation, "signed_at": row.at}


def _overrides(editions: set[int]) -> dict[int, list[Override]]:
    found: dict[int, list[Override]] = defaultdict(list)
    rows = Override.objects.filter(edition__in=editions).order_by("pk") if editions else []
    for row in rows:
        found[row.edition_id].append(row)
    return found


def _comments(articles: set[UUID]) -> dict[UUID, list[Values]]:
    """Return, by article, when each blocking comment was raised, on which edition, and how and when it was settled."""
    found: dict[UUID, list[Values]] = defaultdict(list)
    names = ("edition__article", "edition__number", "at", "resolution__disposition", "resolution__at")
    rows = _raised().filter(edition__article__in=articles).values_list(*names) if articles else []
    for article_id, number, raised_at, disposition, settled_at in rows:
        found[article_id].append(
            {"number": number, "raised_at": raised_at, "disposition": disposition or "", "settled_at": settled_at}
        )
    return found


def _review(
    decisions: list[Any],
    overrides: dict[int, list[Override]],
    comments: dict[UUID, list[Values]],
    endorsed: dict[int, Values],
) -> Values:
    edition = decisions[0].edition
    reaffirmed = {row.round: row.reaffirmed_at for row in decisions if row.reaffirmed_at}
    published_at: datetime = edition.publication.published_at
    completed_at = max([published_at, *reaffirmed.values()])
    return {
        "number": edition.number,
        "digest": edition.digest,
        "policy": edition.policy,
        "submitted_at": edition.submitted_at,
        "completed_at": completed_at,
        "rounds": {1: published_at} | reaffirmed,
        "decisions": [_decision(row, edition.number) for row in decisions],
        "overrides": [_override(row) for row in overrides.get(edition.pk, []) if row.signed_at <= completed_at],
        "endorsements": [endorsed[edition.pk]] if edition.pk in endorsed else [],
        "comments": [
            row | {"is_settled": bool(row["settled_at"]) and row["settled_at"] <= completed_at}
            for row in comments.get(edition.article_id, [])
            if row["number"] <= edition.number and row["raised_at"] <= completed_at
        ],
    }


def _decision(row: Any, number: int) -> Values:
    stage = row.edition.stage(row.stage) or {"group": ""}
    return {
        "edition": number,
        "round": row.round,
        "is_counted": row.round == 1 or bool(row.reaffirmed_at),
        "reviewer_id": row.reviewer_id,
        "reviewer": {"role": stage["group"]} | row.reviewer_snapshot,  # The first snapshots named no role.
        "stage": row.stage,
        "outcome": row.outcome,
        "signed_at": row.signed_at,
        "digest": row.digest,
        "is_specialist": row.is_specialist,
        "attestation": row.attestation,
        "answers": row.answers,
    }


def _override(row: Override) -> Values:
    return {
        "reviewer_id": row.reviewer_id,
        "reviewer_name": row.reviewer_name,
        "stage": row.stage,
        "codes": row.codes,
        "reason": row.reason,
        "attestation": row.attestation,
        "signer": row.signer_snapshot,
        "signed_at": row.signed_at,
    }
