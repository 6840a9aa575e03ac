"""Expect an action to refuse, by the stable code of the refusal, and to write no fact and no history."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from articles.models import Article, Disclaimer, Viewpoint
from publishing.models import Change, Publication, Withdrawal
from reviews.models import (
    Assignment,
    AssignmentReply,
    Comment,
    Decision,
    Edition,
    Event,
    Override,
    Reaffirmation,
    Recall,
    Resolution,
    ReviewRound,
    RevocationAnswer,
)

FACTS = (Edition, Decision, Recall, Event, Publication, Withdrawal, Change, Assignment, AssignmentReply, Override)
FACTS += (Comment, Resolution, ReviewRound, Reaffirmation, RevocationAnswer)
HISTORIES = (Article.history.model, Viewpoint.history.model, Disclaimer.history.model)


@contextmanager
def refused(*codes: str) -> Iterator[None]:
    """Expect a ValidationError with exactly these codes."""
    with _nothing_written(), pytest.raises(ValidationError) as caught:
        yield
    assert sorted(codes_of(caught.value)) == sorted(codes), caught.value


@contextmanager
def denied(words: str = "") -> Iterator[None]:
    """Expect a PermissionDenied whose message holds these words."""
    with _nothing_written(), pytest.raises(PermissionDenied) as caught:
        yield
    assert words in str(caught.value)


def codes_of(error: ValidationError) -> list[str]:
    lists = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
    return [row.code for rows in lists for row in rows]


@contextmanager
def _nothing_written() -> Iterator[None]:
    before = _counts()
    yield
    assert _counts() == before


def _counts() -> list[int]:
    return [model._default_manager.count() for model in (*FACTS, *HISTORIES)]
