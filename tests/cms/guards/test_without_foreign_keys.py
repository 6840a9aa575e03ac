"""SQLite checks foreign keys only where a connection asks for it. The guards refuse a missing row without that."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from publishing.models import Publication, Withdrawal
from reviews.models import Decision, Edition, Recall
from tests import cast
from tests.cms.guards.sql import copy, execute, insert, refused

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

NOWHERE = 987_654_321


@pytest.fixture
def edition(line: cast.Line) -> Iterator[Edition]:
    edition = line.approve()
    connection.disable_constraint_checking()
    assert execute("PRAGMA foreign_keys") == [(0,)]
    yield edition
    connection.enable_constraint_checking()


def test_facts_about_nothing_are_refused(edition: Edition, people: cast.People):
    now = timezone.now()
    publication: dict[str, Any] = {
        "article_id": edition.article_id,
        "seq": 1,
        "edition_id": edition.pk,
        "digest": edition.digest,
        "change": "substantive",
        "published_by": people.pam,
        "published_at": now,
    }
    missing = "there is no such article"
    decision = Decision.objects.filter(edition=edition).first()
    for row, reason in [
        (copy(edition, article_id=UUID(int=1), number=1), missing),
        (copy(decision, edition_id=NOWHERE), missing),
        (copy(decision, edition_id=NOWHERE, outcome="revoke"), missing),
        (Recall(edition_id=NOWHERE, by=people.ada, reason="Too early.", at=now), missing),
        (Publication(**publication | {"article_id": UUID(int=1)}), missing),
        (Publication(**publication | {"edition_id": NOWHERE}), "a publication cites the digest of an edition"),
        (Withdrawal(publication_id=NOWHERE, by=people.max, reason="Wrong.", at=now), missing),
    ]:
        with refused(type(row), reason):
            insert(row)
    insert(Publication(**publication))


def test_an_edition_whose_article_is_gone_gathers_no_facts(edition: Edition, people: cast.People):
    execute("DELETE FROM articles_article WHERE id = %s", [edition.article_id.hex])
    decision = Decision.objects.filter(edition=edition).first()
    with refused(Decision, "there is no such article"):
        insert(copy(decision, reviewer_id=people.eve.pk))


def test_the_checks_of_columns_may_be_off_too(edition: Edition, line: cast.Line):
    execute("PRAGMA ignore_check_constraints = ON")
    try:
        draft = line.draft()
        with refused(Edition, "who submits an edition has touched it"):
            insert(copy(edition, article_id=draft.pk, number=1), touched_by="[]")
        with refused(Edition, "editions are numbered one after the other"):
            insert(copy(edition, article_id=draft.pk, number=-1))
    finally:
        execute("PRAGMA ignore_check_constraints = OFF")
