"""The text rules hold at every door to the database, not at the form alone."""

import pytest
from django.core.exceptions import ValidationError

from articles.history import create_all, write
from articles.models import Article
from tests import cast

RAW = {
    "title": "Cafe\u0301?",
    "summary": "Line one\r\nline two",
    "see_doctor": "<p onclick=x>Now <script>x()</script></p>",
    "audience": ["Cafe\u0301"],
}
CLEAN = {
    "title": "Caf\u00e9?",
    "summary": "Line one\nline two",
    "see_doctor": "<p>Now </p>",
    "audience": ["Caf\u00e9"],
}


@pytest.fixture
def article(people):
    topic = cast.make_topic(by=people.ada)
    return Article(topic=topic, owner=people.ada, slug="one", title="One", summary="One")


def by_save(article, values, by):
    write(_with(article, values), by=by)


def by_update(article, values, by):
    write(article, by=by)
    Article.objects.filter(pk=article.pk).update(**values)


def by_bulk_create(article, values, by):
    Article.objects.bulk_create([_with(article, values)])


def by_bulk_update(article, values, by):
    write(article, by=by)
    Article.objects.bulk_update([_with(article, values)], list(values))


def by_bulk_create_with_history(article, values, by):
    create_all([_with(article, values)], by=by)


def by_update_or_create(article, values, by):
    write(article, by=by)
    Article.objects.update_or_create(pk=article.pk, defaults=values)


def by_create(article, values, by):
    Article.objects.create(**{"pk": article.pk, "topic": article.topic, "owner": by, "slug": "one"} | values)


DOORS = [
    by_save,
    by_update,
    by_bulk_create,
    by_bulk_update,
    by_bulk_create_with_history,
    by_update_or_create,
    by_create,
]


@pytest.mark.parametrize("door", DOORS)
def test_every_door_cleans(people, article, settings, door):
    settings.SIMPLE_HISTORY_ENABLED = door is by_bulk_create_with_history
    article._history_user = people.ada
    door(article, RAW, people.ada)
    assert Article.objects.filter(pk=article.pk).values(*RAW).get() == CLEAN


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", RAW)
def test_every_door_refuses_what_may_not_be_stored(people, article, settings, door, name):
    settings.SIMPLE_HISTORY_ENABLED = door is by_bulk_create_with_history
    bad = "<p>a\u202eb</p>"
    with pytest.raises(ValidationError) as caught:
        door(article, RAW | {name: [bad] if name == "audience" else bad}, people.ada)
    assert caught.value.code == "bidi_override"


def test_full_clean_cleans_and_names_the_field_it_refuses(article):
    _with(article, RAW | {"audience": ["Patient"]}).full_clean()
    assert {name: getattr(article, name) for name in ("title", "summary", "see_doctor")} == {
        name: CLEAN[name] for name in ("title", "summary", "see_doctor")
    }
    article.summary = "a\x00b"
    with pytest.raises(ValidationError) as caught:
        article.full_clean()
    assert [error.code for error in caught.value.error_dict["summary"]] == ["null_character"]


def test_the_history_row_holds_the_clean_text_too(people, article):
    write(_with(article, RAW), by=people.ada)
    assert article.history.values(*RAW).get() == CLEAN
    other = Article(topic=article.topic, owner=people.ada, slug="two")
    create_all([_with(other, RAW)], by=people.ada)
    assert other.history.values(*RAW).get() == CLEAN


def test_the_saved_instance_shows_what_was_stored(people, article):
    write(_with(article, RAW), by=people.ada)
    assert {name: getattr(article, name) for name in RAW} == CLEAN


def _with(article, values):
    for name, value in values.items():
        setattr(article, name, value)
    return article
