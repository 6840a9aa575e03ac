"""`save_article` and its neighbours: one optimistic-locked entry that writes what changed and nothing else."""

import pytest
from django.core.exceptions import ValidationError

from articles import actions
from articles.actions import archive, merge_viewpoints, save_article, save_disclaimer
from articles.history import write
from articles.models import (
    DRAFT_MODELS,
    Article,
    Citation,
    Disclaimer,
    Viewpoint,
    ViewpointContributor,
)
from tests import cast
from tests.refusal import codes_of, denied, refused


@pytest.fixture
def article(line):
    return line.draft()


def save(article, values, by, version=None):
    return save_article(article, values, by=by, expected_version=version or article.version, reason="A reason")


def parts_of(article):
    """The viewpoints as a form sends them back: whole and unchanged."""
    return [actions._values_of(row) for row in Article.objects.get(pk=article.pk).viewpoints.all()]


def history_counts():
    return {model: model.history.count() for model in DRAFT_MODELS}


def written_since(before):
    return {model: count - before[model] for model, count in history_counts().items() if count != before[model]}


def test_a_stale_version_is_refused_and_names_who_saved_what(people, article):
    save_article(article, {"summary": "Mine."}, by=people.cyd, expected_version=1, reason="Plainer words")
    before = history_counts()
    with pytest.raises(ValidationError) as caught:
        save(article, {"title": "Late"}, people.ada, version=1)
    assert (caught.value.code, written_since(before)) == ("version_conflict", {})
    for words in ("Cyd saved version 2", "“Plainer words”", "summary"):
        assert words in caught.value.messages[0]
    assert caught.value.params.items() >= {"current_version": 2, "your_version": 1}.items()


@pytest.mark.parametrize("words", ["From 50 % to 5 %", "%s", "%(nothing)s", "100%"])
def test_a_conflict_is_told_whatever_the_reason_and_the_headings_say(people, article, words):
    parts = parts_of(article)
    parts[0]["heading"] = words
    save_article(article, {"viewpoints": parts}, by=people.cyd, expected_version=1, reason=words)
    with pytest.raises(ValidationError) as caught:
        save(article, {"title": "Late"}, people.ada, version=1)
    assert words in caught.value.messages[0]


def test_a_conflict_names_the_viewpoint_that_changed(people, article):
    parts = parts_of(article)
    parts[1]["body"] = "<p>Quite another opinion.</p>"
    save(article, {"viewpoints": parts}, people.cyd)
    with pytest.raises(ValidationError) as caught:
        save(article, {"title": "Late"}, people.ada, version=1)
    assert f"viewpoint “{parts[1]['heading']}”" in caught.value.messages[0]
    assert parts[0]["heading"] not in caught.value.messages[0]


def test_a_missing_version_is_refused(people, article):
    with refused("version_missing"):
        save_article(article, {"title": "New"}, by=people.ada)


def test_an_unknown_field_is_refused(people, article):
    for values in ({"owner_id": people.dot.pk}, {"version": 9}, {"status": "published"}, {"archived_at": None}):
        with refused("unknown_field"):
            save(article, values, people.ada)
    with refused("unknown_field"):
        save_article(None, {"owner": people.dot}, by=people.ada)


def test_saving_what_is_there_writes_no_history_row_and_keeps_the_version(people, article):
    article.refresh_from_db()
    values = {name: getattr(article, name) for name in actions.ARTICLE_FIELDS}
    values |= {
        "viewpoints": parts_of(article),
        "disclaimers": [row.disclaimer_id for row in article.article_disclaimers.all()],
    }
    values["summary"] = values["summary"].replace("\n", "\r\n")
    before = history_counts()
    assert save(article, values, people.ada).version == 1
    assert written_since(before) == {}


def test_one_changed_viewpoint_writes_one_row_of_itself_and_one_of_the_article(people, article):
    parts = parts_of(article)
    parts[1]["body"] = "<p>Quite another opinion.</p>"
    before = history_counts()
    assert save(article, {"viewpoints": parts}, people.cyd).version == 2
    assert written_since(before) == {Viewpoint: 1, Article: 1}
    row = Viewpoint.history.latest("history_id")
    assert (str(row.id), row.history_user, row.history_change_reason) == (parts[1]["id"], people.cyd, "A reason")


def test_reordering_keeps_every_uuid_role_and_citation(people, article):
    parts = parts_of(article)
    parts[0]["contributors"][0]["role"] = "representative"
    save(article, {"viewpoints": parts}, people.ada)
    before = history_counts()
    save(article, {"viewpoints": parts[::-1]}, people.ada, version=2)
    assert parts_of(article) == parts[::-1]
    assert written_since(before) == {Viewpoint: 2, Article: 1}


def test_a_removed_viewpoint_keeps_its_history_with_the_name_of_who_removed_it(people, article):
    parts = parts_of(article)
    save(article, {"viewpoints": parts[:1]}, people.cyd)
    gone = Viewpoint.history.filter(id=parts[1]["id"]).order_by("history_id")
    assert list(gone.values_list("history_type", "history_user")) == [("+", people.ada.pk), ("-", people.cyd.pk)]
    assert gone.last().heading == parts[1]["heading"]
    for model in (ViewpointContributor, Citation):
        last = model.history.filter(viewpoint_id=parts[1]["id"]).latest("history_id")
        assert (last.history_type, last.history_user, last.history_change_reason) == ("-", people.cyd, "A reason")


def test_a_new_viewpoint_keeps_the_uuid_it_was_given(people, article):
    new = cast.viewpoint_values(id="6b1f0ed5-36b8-4dc1-9a43-7f1f6f3f6f00")
    save(article, {"viewpoints": [*parts_of(article), new]}, people.ada)
    assert parts_of(article)[2]["id"] == "6b1f0ed5-36b8-4dc1-9a43-7f1f6f3f6f00"


def test_a_viewpoint_of_another_article_is_refused(people, line, article):
    stranger = parts_of(line.draft())[0]
    with refused("foreign_viewpoint"):
        save(article, {"viewpoints": [stranger]}, people.ada)
    assert len(parts_of(article)) == 2


@pytest.mark.parametrize("name", ["viewpoint", "contributor", "citation", "disclaimer"])
def test_naming_a_part_twice_is_refused(people, article, name):
    parts = parts_of(article)
    disclaimers = [row.disclaimer_id for row in article.article_disclaimers.all()]
    values = {
        "viewpoint": {"viewpoints": [parts[0], parts[0]]},
        "contributor": {"viewpoints": [parts[0] | {"contributors": parts[0]["contributors"] * 2}]},
        "citation": {"viewpoints": [parts[0] | {"citations": parts[0]["citations"] * 2}]},
        "disclaimer": {"disclaimers": disclaimers[:1] * 2},
    }
    with pytest.raises(ValidationError):
        save(article, values[name], people.ada)


@pytest.mark.parametrize("values", [{"topic_id": "x"}, {"disclaimers": ["x"]}, {"viewpoints": [{"id": "x"}]}])
def test_what_is_not_an_id_is_refused(people, article, values):
    with pytest.raises(ValidationError) as caught:
        save(article, values, people.ada)
    assert set(codes_of(caught.value)) <= {"not_an_id", "invalid"}


def test_an_archived_article_takes_no_change(people, article):
    archived = archive(article, by=people.ada, reason="Merged into another")
    assert (archived.version, archived.history.first().history_change_reason) == (2, "Merged into another")
    with refused("archived"):
        save(archived, {"title": "New"}, people.ada)
    with refused("archived"):
        archive(archived, by=people.ada, reason="Again")
    kept, merged = archived.viewpoints.all()
    with refused("archived"):
        merge_viewpoints(kept, merged, by=people.ada, reason="Again")


def test_an_outsider_writes_nothing(people, article):
    kept, merged = article.viewpoints.all()
    for person in (people.dot, people.ben, people.pam, people.ann):
        with denied("change"):
            save(article, {"title": "New"}, person)
        with denied("Editor"):
            save_article(None, {"title": "New"}, by=person)
        with denied("archive"):
            archive(article, by=person, reason="Bored")
        with denied("change"):
            merge_viewpoints(kept, merged, by=person, reason="Bored")


def test_a_contributor_changes_only_articles_of_their_own(people, article):
    con = cast.make_user("con", "Contributor")
    with denied():
        save(article, {"title": "New"}, con)
    speaker = cast.make_contributor(by=people.ada, user=con)
    save(article, {"viewpoints": [*parts_of(article), cast.viewpoint_values(speaker)]}, people.ada)
    assert save(article, {"title": "New"}, con, version=2).version == 3


def test_an_address_is_made_free(people):
    values = {"topic_id": cast.make_topic(by=people.ada).pk, "title": "Why does it twitch?"}
    slugs = [save_article(None, values, by=people.ada).slug for _ in range(3)]
    assert slugs == ["why-does-it-twitch", "why-does-it-twitch-2", "why-does-it-twitch-3"]
    assert save_article(None, values | {"language": "de"}, by=people.ada).slug == "why-does-it-twitch"
    assert save_article(None, values | {"title": "なぜ？"}, by=people.ada).slug == "article"
    with pytest.raises(ValidationError, match="has this address"):
        save_article(None, values | {"slug": "why-does-it-twitch"}, by=people.ada)


def test_every_history_row_has_a_user(people, line, article):
    save(article, {"viewpoints": parts_of(article)[:1], "disclaimers": []}, people.cyd)
    for model in DRAFT_MODELS:
        assert not model.history.filter(history_user=None).exists()
        assert model.history.count() >= model.objects.count()


def test_without_an_actor_nothing_is_written(people, article):
    before = history_counts()
    with pytest.raises((ValueError, AttributeError)):
        save_article(article, {"title": "New"}, by=None, expected_version=1)
    assert written_since(before) == {}


def test_what_is_not_named_stays(people, article):
    before = parts_of(article)
    part = {"id": before[0]["id"], "heading": "New heading"}
    save(article, {"viewpoints": [part, {"id": before[1]["id"]}]}, people.ada)
    assert parts_of(article) == [before[0] | {"heading": "New heading"}, before[1]]


def test_merged_viewpoints_keep_every_person_source_and_the_first_uuid(people, line):
    shared = cast.make_contributor(by=people.ada)
    sources = [cast.make_reference(by=people.ada).pk for _ in range(3)]
    parts = [
        cast.viewpoint_values(shared, body="<p>One.</p>", citations=sources[:2]),
        cast.viewpoint_values(shared, cast.make_contributor(by=people.ada), body="<p>Two.</p>", citations=sources[1:]),
        cast.viewpoint_values(body="<p>Three.</p>"),
    ]
    article = line.draft(viewpoints=parts)
    kept, merged, _ = article.viewpoints.all()
    assert merge_viewpoints(kept, merged, by=people.cyd, reason="They agree").pk == kept.pk
    first, last = parts_of(article)
    assert (first["id"], first["body"]) == (str(kept.pk), "<p>One.</p><p>Two.</p>")
    assert len(first["contributors"]) == 2
    assert first["citations"] == [str(pk) for pk in sources]
    assert last["body"] == "<p>Three.</p>"
    assert Viewpoint.history.filter(id=merged.pk, history_type="-", history_user=people.cyd).exists()
    assert Article.objects.get(pk=article.pk).version == 2


def test_only_two_viewpoints_of_one_article_can_be_merged(people, line, article):
    kept = article.viewpoints.first()
    for other in (kept, line.draft().viewpoints.first()):
        with refused("not_mergeable"):
            merge_viewpoints(kept, other, by=people.ada, reason="A mistake")


@pytest.mark.parametrize(
    ("name", "value", "version"),
    [
        ("text", "Another text.", 2),
        ("placement", "top", 2),
        ("kind", "emergency", 2),
        ("text", "One line\nand cafe\u0301.", 1),
        ("text", "One line\r\nand caf\u00e9.", 1),
    ],
)
def test_the_version_of_a_disclaimer_counts_its_changes_alone(people, name, value, version):
    made = write(Disclaimer(kind="opinion", text="One line\nand café."), by=people.ada)
    disclaimer = Disclaimer.objects.get(pk=made.pk)
    setattr(disclaimer, name, value)
    disclaimer.version = 77
    assert save_disclaimer(disclaimer, by=people.ada, reason="Wording").version == version
    assert Disclaimer.objects.get(pk=made.pk).version == version
