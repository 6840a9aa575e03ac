"""What waits for a person: editions to decide on, and what they submitted and what it still lacks."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from articles.checks import plain_text
from reviews import eligibility
from reviews.actions import signatures
from reviews.models import Edition
from reviews.permissions import candidate, matters_of
from reviews.policy import Blocker, missing_approvals, open_stages

#: How many editions a queue looks at, the longest waiting first.
LONGEST = 100
#: Words a minute of careful reading.
PACE = 150


@dataclass(frozen=True)
class Waiting:
    """An edition that a person may decide on now."""

    edition: Edition
    stages: list[str]
    minutes: int


@dataclass(frozen=True)
class Submitted:
    """An edition that a person submitted, with what it still lacks."""

    edition: Edition
    lacks: list[Blocker]


def waiting_for(user: Any, *, today: date) -> list[Waiting]:
    """Return the open editions whose turn it is in a stage that this person may decide; the longest waiting first."""
    who = candidate(user)
    editions = list(_open()[:LONGEST])
    found = []
    for edition, matter in zip(editions, matters_of(editions), strict=True):
        stages = [
            stage["label"]
            for stage in open_stages(edition.policy, signatures(edition))
            if not eligibility.reasons_against(who, matter, stage, today=today)
        ]
        if stages:
            found.append(Waiting(edition, stages, minutes_to_read(edition)))
    return found


def submitted_by(user: Any) -> list[Submitted]:
    """Return the open editions that this person submitted, each with the approvals it lacks."""
    return [
        Submitted(edition, missing_approvals(edition.policy, edition.content, signatures(edition)))
        for edition in _open().filter(submitted_by=user)[:LONGEST]
    ]


def minutes_to_read(edition: Edition) -> int:
    """Return how long a careful reader needs, at least a minute."""
    content = edition.content
    texts = [content["summary"], content["see_doctor_html"], content["synthesis_html"]]
    texts += [viewpoint["body_html"] for viewpoint in content["viewpoints"]]
    return max(1, round(sum(len(plain_text(text).split()) for text in texts) / PACE))


def _open() -> Any:
    editions = Edition.objects.open().select_related("recall", "publication").prefetch_related("decisions")
    return editions.order_by("submitted_at", "pk")
