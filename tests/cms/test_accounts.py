"""Accounts are switched off, never deleted or renamed."""

import pytest
from django.contrib.auth import get_user_model
from django.db.models import ProtectedError
from django.test import Client


@pytest.fixture
def root(people):
    client = Client()
    client.force_login(people.root)
    return client


def test_the_desk_deletes_no_account(people, root):
    assert root.post(f"/admin/auth/user/{people.dot.pk}/delete/", {"post": "yes"}).status_code == 403
    assert get_user_model().objects.filter(pk=people.dot.pk).exists()


def test_a_username_is_shown_but_not_changed(people, root):
    page = root.get(f"/admin/auth/user/{people.dot.pk}/change/").content.decode()
    assert 'name="username"' not in page
    assert "dot" in page


def test_who_signed_cannot_be_deleted_at_all(people, line):
    line.publish()
    with pytest.raises(ProtectedError):
        people.ben.delete()
