"""A later migration may rebuild a guarded table: SQLite loses its triggers then, and they are all there again after."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models.signals import post_migrate, pre_migrate

from cms.guards import install
from reviews.models import Decision
from tests import cast
from tests.cms.guards.rebuild_migrations import newest
from tests.cms.guards.sql import UNCHANGED, execute, refused, rows

pytestmark = pytest.mark.django_db(transaction=True)

APPS = ["articles", "reviews", "publishing"]
DECISION = Decision._meta.db_table
OWN = {"guard_reviews_decision_no_update", "guard_reviews_decision_no_delete"}


@pytest.fixture
def later(settings: Any, transactional_db: None) -> Iterator[None]:
    """A later release, whose migrations rebuild guarded tables of every app."""
    settings.MIGRATION_MODULES = {app: f"tests.cms.guards.rebuild_migrations.{app}" for app in APPS}
    yield
    for app in reversed(APPS):
        call_command("migrate", app, newest(app), verbosity=0)
    install.install()


@pytest.fixture
def hooks_off(transactional_db: None) -> Iterator[None]:
    """Migrate as if nobody had thought of the guards."""
    last = apps.get_app_config("publishing")
    pre_migrate.disconnect(sender=last, dispatch_uid="guards.before_migrate")
    post_migrate.disconnect(sender=last, dispatch_uid="guards.after_migrate")
    yield
    pre_migrate.connect(install.before_migrate, sender=last, dispatch_uid="guards.before_migrate")
    post_migrate.connect(install.after_migrate, sender=last, dispatch_uid="guards.after_migrate")


def width(table: str, column: str) -> str:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return str(next(row.display_size for row in described if row.name == column))


def test_the_guards_are_all_there_again_after_a_migration_rebuilds_their_tables(line: cast.Line, later: None):
    line.withdraw()
    line.publish()
    before = len(rows(DECISION))

    call_command("migrate", verbosity=0)

    assert width(DECISION, "digest") == "99"
    assert width("articles_article", "language") == "99"
    assert len(rows(DECISION)) == before > 0
    assert install.missing() == []
    with refused(Decision, UNCHANGED):
        execute(f"UPDATE {DECISION} SET outcome = 'reject'")
    with refused(Decision, UNCHANGED):
        execute(f"DELETE FROM {DECISION}")
    own = line.submit()
    with pytest.raises(IntegrityError, match="nobody approves their own work"), transaction.atomic():
        Decision.objects.create(**_approval(own, own.submitted_by))
    line.publish(line.approve(own))


def test_a_migration_back_keeps_the_guards_too(line: cast.Line, later: None):
    line.publish()
    call_command("migrate", verbosity=0)
    call_command("migrate", "reviews", newest("reviews"), verbosity=0)
    assert width(DECISION, "digest") == "71"
    assert install.missing() == []
    with refused(Decision, UNCHANGED):
        execute(f"DELETE FROM {DECISION}")


def test_a_plan_that_is_only_looked_at_leaves_the_guards_up(line: cast.Line, later: None):
    call_command("migrate", plan=True, verbosity=0)
    assert install.missing() == []


@pytest.mark.sqlite
def test_sqlite_itself_loses_the_guards_of_a_table_that_is_rebuilt(line: cast.Line, later: None, hooks_off: None):
    line.publish()
    for name in set(install.missing()) | set(_installed()) - OWN:
        execute(f'DROP TRIGGER "{name}"')  # those that name another table would not even let it be rebuilt

    call_command("migrate", "reviews", verbosity=0)

    assert _installed() == []
    assert execute(f"UPDATE {DECISION} SET outcome = 'reject'") > 0
    cast.take_guards_down()
    install.install()
    with refused(Decision, UNCHANGED):
        execute(f"UPDATE {DECISION} SET outcome = 'approve'")


@pytest.mark.sqlite
def test_sqlite_cannot_rebuild_a_table_that_a_guard_names(line: cast.Line, later: None, hooks_off: None):
    with pytest.raises(OperationalError, match="error in trigger guard_"):
        call_command("migrate", verbosity=0)


def _installed() -> list[str]:
    with connection.cursor() as cursor:
        return sorted(install._installed_on_sqlite(cursor))


def _approval(edition: Any, by: Any) -> dict[str, Any]:
    return {
        "edition": edition,
        "digest": edition.digest,
        "stage": "editorial",
        "reviewer": by,
        "outcome": "approve",
        "attestation": "I approve.",
        "reviewer_snapshot": {"name": str(by)},
        "is_specialist": False,
        "signed_at": edition.submitted_at,
    }
