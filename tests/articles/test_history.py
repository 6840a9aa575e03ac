"""No draft row is written without a name, and no history row is ever lost."""

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from articles.history import create_all, remove, write
from articles.models import DRAFT_MODELS, Article, Disclaimer, Topic
from tests import cast


def test_writing_without_an_actor_raises(people):
    topic = cast.make_topic(by=people.ada)
    topic = Topic.objects.get(pk=topic.pk)
    for attempt in (
        lambda: Topic.objects.create(name="Nobody's", slug="nobodys"),
        lambda: write(Topic(name="None's", slug="nones"), by=None),
        lambda: topic.save(),
        lambda: topic.delete(),
        lambda: create_all([Topic(name="Many", slug="many")], by=None),
    ):
        with pytest.raises(ValueError), transaction.atomic():
            attempt()
    assert list(Topic.objects.values_list("pk", flat=True)) == [topic.pk]
    assert topic.history.count() == 1


@pytest.mark.parametrize("model", DRAFT_MODELS)
def test_every_draft_model_has_a_history_whose_user_cannot_be_empty(model):
    user = model.history.model._meta.get_field("history_user")
    assert not user.null


def test_each_write_is_one_row_with_name_and_reason(people):
    disclaimer = write(Disclaimer(kind="emergency", text="Call."), by=people.ada, reason="New")
    disclaimer.text = "Call now."
    write(disclaimer, by=people.cyd, reason="x" * 600)
    pk = disclaimer.pk
    remove(disclaimer, by=people.max, reason="Unused")
    rows = Disclaimer.history.filter(id=pk).order_by("history_id")
    assert list(rows.values_list("history_type", "history_user", "text", "history_change_reason")) == [
        ("+", people.ada.pk, "Call.", "New"),
        ("~", people.cyd.pk, "Call now.", "x" * 500),
        ("-", people.max.pk, "Call now.", "Unused"),
    ]


def test_many_new_rows_take_two_statements_for_each_run_of_one_model(people, django_assert_num_queries):
    topics = [Topic(name=f"Topic {n}", slug=f"topic-{n}") for n in range(50)]
    with django_assert_num_queries(2):
        create_all(topics, by=people.ada, reason="Import")
    rows = Topic.history.filter(id__in=[topic.pk for topic in topics])
    assert set(rows.values_list("history_user", "history_change_reason")) == {(people.ada.pk, "Import")}
    assert rows.count() == 50


def test_a_name_that_wrote_cannot_be_deleted(people, line):
    line.draft()
    with pytest.raises(ProtectedError):
        people.ada.delete()
    assert Article.history.first().history_user == people.ada
