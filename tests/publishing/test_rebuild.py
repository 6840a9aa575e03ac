"""`manage.py rebuild_public_store` writes, from facts alone, the very bytes that publishing wrote."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import BigAutoField

from articles.models import Article
from publishing import actions as publishing
from publishing import rebuild
from publishing.models import STORE_MODELS, Change, LiveArticle, LiveEdition, Tombstone
from reviews import actions as reviews
from tests import cast


@pytest.fixture
def store(line: cast.Line, monkeypatch: pytest.MonkeyPatch) -> cast.Line:
    """A store with all there can be: rings of a topic, successors, a revocation, withdrawn and live again, vanished."""
    monkeypatch.setattr("publishing.neighbours.LINKS", 2)
    topic = cast.make_topic(by=line.people.ada)
    for _ in range(5):
        publish(line, line.draft(topic_id=topic.pk))
    publish(line, line.draft(topic_id=topic.pk, language="de"))
    revise(line, Article.objects.filter(topic=topic).first())
    revoked = line.publish().edition
    reviews.revoke(revoked, by=line.people.bea, stage="medical", reason="I read it again.")
    line.withdraw(publish(line, line.draft(topic_id=topic.pk)))
    line.withdraw(kind="vanished")
    back = line.publish()
    line.withdraw(revise(line, back.article))
    revise(line, back.article)
    moved = publish(line, line.draft(topic_id=topic.pk))
    revise(line, moved.article, topic_id=cast.make_topic(by=line.people.ada).pk)
    publishing.move(moved.article, "another-address", by=line.people.pam, reason="Clearer.")
    return line


def publish(line: cast.Line, article: Article) -> Any:
    return line.publish(line.approve(line.submit(article)))


def revise(line: cast.Line, article: Article, **values: Any) -> Any:
    return publish(line, line.change(article, **values))


def contents() -> dict[str, list[dict[str, Any]]]:
    """Every row of the store as plain values, without the numbers that the database gives."""
    rows = {}
    for model in STORE_MODELS:
        names = [field.attname for field in model._meta.concrete_fields]
        if isinstance(model._meta.pk, BigAutoField):
            names.remove("id")
        rows[model.__name__] = sorted(model.objects.values(*names), key=repr)
    return rows


def test_rebuilt_store_is_identical_to_the_byte_and_the_feed_untouched(store):
    before, feed = contents(), list(Change.objects.values())
    assert all(before.values())

    call_command("rebuild_public_store", stdout=StringIO())

    assert contents() == before
    assert list(Change.objects.values()) == feed


def test_rebuild_takes_out_what_is_wrong_and_puts_back_what_is_missing_in_batches_of_any_size(store, monkeypatch):
    before = contents()
    LiveEdition.objects.all().delete()
    Tombstone.objects.first().delete()
    LiveArticle.objects.filter(pk=LiveArticle.objects.first().pk).update(title="Not this")
    monkeypatch.setattr(rebuild, "BATCH", 2)
    monkeypatch.setattr(rebuild.batches, "__defaults__", (2,))

    written = rebuild.rebuild()

    assert contents() == before
    assert written == {name: len(rows) for name, rows in before.items()}


def test_counts_are_those_of_the_rows(store):
    for model, expected in rebuild.expected_rows().items():
        assert expected.count() == len(list(expected.rows())) == model.objects.count()


def test_changed_address_is_written_into_every_document(line, settings):
    line.publish()
    assert not rebuild.address_changed()
    settings.SITE_URL = "https://example.org"
    assert rebuild.address_changed()

    rebuild.rebuild()

    assert not rebuild.address_changed()
    assert all("http://testserver/" not in row.document for row in LiveArticle.objects.all())


def test_command_says_what_it_wrote(line):
    line.publish()
    out = StringIO()

    call_command("rebuild_public_store", stdout=out)

    assert out.getvalue() == "The public store was rebuilt: 1 articles, 1 editions, 1 topics, 0 tombstones.\n"
