"""The guards are put there after every migration, and whatever is missing or altered is noticed."""

from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.guards import install, postgresql, sqlite
from tests import cast
from tests.cms.guards.sql import INSERT_ONLY, execute

pytestmark = pytest.mark.django_db

CHECK = "guard_reviews_decision_check"


def every_guard() -> dict[str, Any]:
    return sqlite.triggers() if connection.vendor == "sqlite" else postgresql.triggers()


def drop(name: str) -> None:
    table = every_guard()[name][0]
    execute(f'DROP TRIGGER "{name}"' + ("" if connection.vendor == "sqlite" else f' ON "{table}"'))


def warnings() -> list[str]:
    return [message.id for message in run_checks(databases=["default"]) if message.id == "cms.W001"]


def test_a_new_database_holds_every_guard():
    assert install.missing() == []
    assert warnings() == []
    guarded = {guard[0] for guard in every_guard().values()}
    assert guarded == {*INSERT_ONLY, "publishing_livearticle", "publishing_liveedition"}


def test_every_dropped_guard_is_noticed_and_comes_back():
    dropped: list[str] = []
    for name in every_guard():
        drop(name)
        dropped.append(name)
        assert install.missing() == sorted(dropped)
    install.install()
    assert install.missing() == []


def test_the_system_check_warns_and_health_answers_503_until_the_guards_are_back(client: Client):
    assert client.get("/healthz").status_code == 200
    drop(CHECK)
    assert warnings() == ["cms.W001"]
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "guards-missing"})
    install.install()
    assert warnings() == []
    assert client.get("/healthz").status_code == 200


def test_every_guard_comes_back_when_all_are_gone():
    cast.take_guards_down()
    assert install.missing() == sorted(every_guard())
    install.install()
    assert install.missing() == []


def test_the_signal_after_a_migration_installs_them():
    drop(CHECK)
    post_migrate.send(
        apps.get_app_config("publishing"),
        app_config=apps.get_app_config("publishing"),
        verbosity=0,
        interactive=False,
        using="default",
        apps=apps,
        plan=[],
    )
    assert install.missing() == []


def test_installing_twice_changes_nothing():
    with CaptureQueriesContext(connection) as queries:
        install.install()
    verbs = {query["sql"].split()[0] for query in queries.captured_queries}
    assert verbs == {"SELECT"}


def test_a_guard_that_no_rule_knows_is_noticed_and_removed():
    table = "reviews_decision"
    if connection.vendor == "sqlite":
        execute(f'CREATE TRIGGER "guard_old" BEFORE INSERT ON "{table}" BEGIN SELECT 1; END')
    else:
        execute(f"CREATE TRIGGER guard_old BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {CHECK}()")
    assert install.missing() == ["guard_old"]
    install.install()
    assert install.missing() == []


@pytest.mark.sqlite
def test_an_altered_trigger_is_noticed_on_sqlite():
    table, sql = sqlite.triggers()[CHECK]
    drop(CHECK)
    execute(sql.replace("nobody approves their own work", "anybody"))
    assert install.missing() == [CHECK]
    drop(CHECK)
    execute(f'CREATE TRIGGER "{CHECK}" BEFORE INSERT ON "{table}" WHEN 0 BEGIN SELECT 1; END')
    assert install.missing() == [CHECK]
    install.install()
    assert install.missing() == []


@pytest.mark.postgres
@pytest.mark.parametrize(
    "alteration",
    [
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
        "ALTER FUNCTION {name}() RESET search_path",
        "ALTER FUNCTION {name}() SET search_path = pg_temp, public",
        "ALTER TABLE reviews_decision DISABLE TRIGGER {name}",
        "ALTER TABLE reviews_decision DISABLE TRIGGER ALL",
        "ALTER TABLE reviews_decision ENABLE TRIGGER {name}",
        "ALTER TABLE reviews_decision ENABLE REPLICA TRIGGER {name}",
        "CREATE OR REPLACE TRIGGER {name} BEFORE INSERT ON reviews_decision FOR EACH ROW WHEN (false)"
        " EXECUTE FUNCTION {name}()",
        "CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE ON reviews_decision FOR EACH ROW EXECUTE FUNCTION {name}()",
        "CREATE OR REPLACE TRIGGER {name} AFTER INSERT ON reviews_decision FOR EACH ROW EXECUTE FUNCTION {name}()",
        "ALTER TRIGGER {name} ON reviews_decision RENAME TO guard_elsewhere",
        "ALTER FUNCTION {name}() RENAME TO elsewhere",
    ],
)
def test_an_altered_trigger_is_noticed_on_postgresql(alteration: str):
    execute(alteration.format(name=CHECK))
    assert CHECK in install.missing()
    assert warnings() == ["cms.W001"]
    install.install()
    assert install.missing() == []


@pytest.mark.postgres
def test_a_temporary_table_of_the_same_name_is_noticed():
    execute("CREATE TEMPORARY TABLE reviews_decision (id int)")
    assert CHECK in install.missing()
