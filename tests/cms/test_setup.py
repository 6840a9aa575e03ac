"""What every installation has: roles, the system account and three policies; what exists is never overwritten."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from articles.history import write
from cms.setup import ROLES, install_defaults, system_user
from reviews.models import ReviewPolicy, Stage
from reviews.validators import is_list_of_checks, is_list_of_disclaimer_kinds


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_the_permissions_it_names(db, role):
    names = Group.objects.get(name=role).permissions.values_list("codename", flat=True)
    assert sorted(names) == sorted(set(ROLES[role]))


def test_no_role_changes_records(db):
    records = "edition decision recall event publication withdrawal change livearticle liveedition livetopic tombstone"
    forbidden = [f"{verb}_{name}" for verb in ("add", "change", "delete") for name in records.split()]
    assert not Permission.objects.filter(group__isnull=False, codename__in=forbidden).exists()


def test_who_writes_does_not_publish_and_who_reviews_does_not_write():
    assert not {"publish_edition", "withdraw_publication"} & {*ROLES["Contributor"], *ROLES["Editor"]}
    for role in ("Medical reviewer", "Publisher", "Auditor"):
        assert not {"add_article", "change_article", "submit_edition"} & {*ROLES[role]}
    assert all(name.startswith(("view_", "see_")) for name in ROLES["Auditor"])


def test_the_system_account_cannot_log_in(db):
    user = system_user()
    assert (user.username, user.is_active, user.is_staff, user.has_usable_password()) == ("system", False, False, False)
    assert not user.check_password("")
    assert system_user().pk == user.pk


def test_the_three_policies_are_valid_and_made_by_the_system_account(db):
    assert list(ReviewPolicy.objects.values_list("risk_tier", "validity_months", "on_expiry")) == [
        (1, 36, "notice"),
        (2, 24, "notice"),
        (3, 12, "unpublish"),
    ]
    for policy in ReviewPolicy.objects.all():
        policy.full_clean()
        is_list_of_checks(policy.blocking_checks)
        is_list_of_disclaimer_kinds(policy.required_disclaimers)
        assert policy.history.get().history_user == system_user()
    assert not Stage.objects.exclude(group__in=ROLES).exists()
    assert not Stage.objects.filter(quorum__lt=1).exists()


def test_what_exists_is_never_overwritten(db, people):
    editors = Group.objects.get(name="Editor")
    editors.permissions.clear()
    Group.objects.get(name="Auditor").delete()
    policy = ReviewPolicy.objects.get(risk_tier=2)
    policy.name, policy.separate_releaser = "Ours", False
    write(policy, by=people.root)
    before = (ReviewPolicy.objects.count(), Stage.objects.count(), get_user_model().objects.count())

    install_defaults()

    assert not editors.permissions.exists()
    assert Group.objects.get(name="Auditor").permissions.exists()
    kept = ReviewPolicy.objects.get(risk_tier=2)
    assert (kept.name, kept.separate_releaser) == ("Ours", False)
    assert (ReviewPolicy.objects.count(), Stage.objects.count(), get_user_model().objects.count()) == before
