"""Roles that were there before the review desk get its permissions once; an administrator's own changes stay."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from cms.setup import ROLES, install_defaults

NAME = "0003_roles_of_the_review_desk"
migration = import_module(f"reviews.migrations.{NAME}")
#: The models that the review desk brought.
NEW = "assignment assignmentreply override comment resolution reviewround reaffirmation revocationanswer".split()
NEW += ["sentreminder", "reviewersettings"]


def migrate() -> None:
    """Run the migration as `manage.py migrate` does: with the models of its time, before permissions are made."""
    apps = MigrationLoader(connection).project_state(("reviews", NAME)).apps
    migration.extend_roles(apps, SimpleNamespace(connection=connection))


def finish() -> None:
    """What Django and we do after every migration."""
    create_permissions(installed.get_app_config("reviews"), verbosity=0)
    install_defaults()


def permissions() -> dict[str, list[str]]:
    return {group.name: sorted(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()}


WANTED = {role: sorted(set(names)) for role, names in ROLES.items()}


@pytest.fixture
def before(db):
    """An installation as it was: nothing of the desk's models, and so of their permissions, is there."""
    Permission.objects.filter(content_type__app_label="reviews", content_type__model__in=NEW).delete()
    ContentType.objects.filter(app_label="reviews", model__in=NEW).delete()
    ContentType.objects.clear_cache()
    yield permissions()
    ContentType.objects.clear_cache()


def test_an_older_installation_ends_with_what_a_new_one_has(before):
    assert before != WANTED
    migrate()
    assert permissions() == WANTED
    finish()
    assert permissions() == WANTED


def test_a_new_installation_has_no_role_to_extend_yet(before):
    Group.objects.all().delete()
    migrate()
    assert not Group.objects.exists()
    assert not Permission.objects.filter(content_type__model__in=NEW).exists()
    finish()
    assert permissions() == WANTED


def test_each_permission_is_made_once(before):
    count = Permission.objects.count()
    migrate()
    made = Permission.objects.count()
    finish()
    assert Permission.objects.count() == made > count
    names = Permission.objects.filter(content_type__app_label="reviews").values_list("content_type__model", "codename")
    assert len(set(names)) == len(names)


def test_what_an_administrator_took_away_stays_away(before):
    editors, auditors = Group.objects.get(name="Editor"), Group.objects.get(name="Auditor")
    editors.permissions.remove(*Permission.objects.filter(codename__in=["delete_article", "submit_edition"]))
    auditors.permissions.clear()
    migrate()
    finish()
    after = permissions()
    assert set(WANTED["Editor"]) - set(after["Editor"]) == {"delete_article", "submit_edition"}
    assert after["Auditor"] == sorted(migration.ADDED["Auditor"])
    assert {role: after[role] for role in WANTED if role not in ("Editor", "Auditor")} == {
        role: names for role, names in WANTED.items() if role not in ("Editor", "Auditor")
    }


def test_what_an_administrator_takes_away_later_is_not_given_again(before):
    migrate()
    finish()
    editors = Group.objects.get(name="Editor")
    editors.permissions.remove(*Permission.objects.filter(codename__in=["assign_reviewer", "block_edition"]))
    finish()
    assert set(WANTED["Editor"]) - set(permissions()["Editor"]) == {"assign_reviewer", "block_edition"}


def test_groups_of_ones_own_get_nothing(before):
    own = Group.objects.create(name="Interns")
    own.permissions.add(Permission.objects.get(codename="view_article"))
    Group.objects.filter(name="Publisher").update(name="Press")
    press = before["Publisher"]
    migrate()
    assert permissions()["Interns"] == ["view_article"]
    assert permissions()["Press"] == press


@pytest.mark.parametrize("role", ROLES)
def test_the_migration_gives_what_the_setup_names_of_the_desk(db, role):
    of_the_desk = Permission.objects.filter(content_type__app_label="reviews", content_type__model__in=NEW)
    names = set(of_the_desk.values_list("codename", flat=True))
    assert sorted(migration.ADDED[role]) == sorted(names & set(ROLES[role]))
