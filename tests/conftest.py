"""The cast and the stage. Makers live in tests/cast.py."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck, settings

from tests import cast

settings.register_profile("default", deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile(
    "heavy", deadline=None, suppress_health_check=list(HealthCheck), max_examples=2000, stateful_step_count=100
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)  # Else one worker is left with them alone.
    for item in items:
        if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))
        if item.get_closest_marker("sqlite") and connection.vendor != "sqlite":
            item.add_marker(pytest.mark.skip(reason="needs SQLite"))


@pytest.fixture(autouse=True, scope="session")
def flush_past_the_guards() -> Iterator[None]:
    """Let TransactionTestCase empty its database: the guards go down for the flush, and come up again after it."""
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def _fixture_teardown(self: Any) -> None:
        cast.take_guards_down()
        flush(self)  # ends with post_migrate, which installs guards, roles and policies again

    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[attr-defined]
    yield
    TransactionTestCase._fixture_teardown = flush  # type: ignore[attr-defined]


@pytest.fixture
def people(db: None) -> cast.People:
    """ada writes, cyd edits, ben and bea review, pam publishes, max leads, ann audits, dot is an outsider, root is root."""
    return cast.make_people()


@pytest.fixture
def line(people: cast.People) -> cast.Line:
    """The whole line in the hands of the right people: draft, submitted, approved, published, withdrawn."""
    return cast.Line(people)


@pytest.fixture
def api() -> Client:
    """A reader's client: anonymous, and it raises nothing."""
    return Client(raise_request_exception=False)
