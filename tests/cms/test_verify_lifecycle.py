"""`manage.py verify` finds whatever was changed of the published life behind the guards, and names the row."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from cms.recorded_lifecycle import LIFECYCLE
from publishing.models import Address, Publication
from reviews.models import Event
from tests import cast
from tests.cms.guards.conftest import _lived_on
from tests.cms.test_verify import assert_named, run, tamper

FACTS = {fact.model: (action, fact) for action, fact in LIFECYCLE.items()}
#: Columns that no event tells: keys, what stands in another row, and the moment, which is that of the event.
UNTOLD = {"id", "at", "edition_id", "schedule_id", "withdrawal_id", "alert_id", "publication_id", "article_id"}
#: The printed name, which the event keeps as the name of its actor, and what the payload calls otherwise.
UNCOMPARED = {"printed_name"}
WORDS = {"part_id": "part"}
COLUMNS = [
    (model, field.attname)
    for model in FACTS
    for field in model._meta.concrete_fields
    if field.attname not in UNTOLD | UNCOMPARED
]


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[cast.Line]:
    atomic = transaction.atomic()
    atomic._from_testcase = True  # the actions, which are durable, may run in it
    with django_db_blocker.unblock(), atomic:
        line = cast.Line(cast.make_people())
        _lived_on(line.people, line)
        yield line
        transaction.set_rollback(True)


@pytest.fixture
def life(built: cast.Line, db: None) -> cast.Line:
    """A row of every kind that the published life writes. Built once; what a test does to it is undone after it."""
    return built


def row_of(model: Any) -> Any:
    rows = model.objects.order_by("pk")
    return rows.exclude(reason="").first() if model is Address else rows.first()


def another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime):
        return value + timedelta(days=1)
    if isinstance(value, date):
        return value - timedelta(days=1)
    return "altered"


def test_it_passes_as_it_was_written(life):
    code, said = run()
    assert code == 0, said


@pytest.mark.parametrize(("model", "column"), COLUMNS, ids=lambda value: getattr(value, "__name__", value))
def test_a_column_that_was_changed_is_found(life, model, column):
    row = row_of(model)
    if column == "by_id":
        value = life.people.dot.pk
    elif column == "part_id" and model.__name__ == "Alert":
        value = None
    elif column == "part_id":
        value = "00000000-0000-4000-8000-000000000000"
    else:
        value = another(getattr(row, column))
    tamper(lambda: model.objects.filter(pk=row.pk).update(**{column: value}))
    word = "actor" if column == "by_id" else WORDS.get(column, column)
    assert_named(f"publishing.{model.__name__} {row.pk}: {word} not as reviews.Event")


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)
def test_a_row_without_its_event_is_found(life, model):
    row, (action, _) = row_of(model), FACTS[model]
    event = Event.objects.get(action=action, object_id=str(row.pk))
    tamper(lambda: Event.objects.filter(pk=event.pk)._raw_delete("default"))
    assert_named(f"publishing.{model.__name__} {row.pk}: no event tells of it")


def test_an_address_that_came_from_nowhere_is_found(life):
    first = Address.objects.filter(reason="").first()
    tamper(lambda: Publication.objects.filter(article=first.article_id).update(published_by=life.people.dot))
    assert_named(f"publishing.Address {first.pk}: neither a first publication nor a move gave it")
