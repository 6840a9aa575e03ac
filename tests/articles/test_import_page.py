"""manage.py import_page: what is written, in whose name, and what a second run leaves alone."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from articles import actions
from articles.history import remove, write
from articles.models import Article, ArticleDisclaimer, Contributor, Disclaimer, Topic, Viewpoint
from tests.cast import People, make_contributor, make_topic

CORPUS = Path(__file__).resolve().parents[2].parent / "shared/corpus/fasciculation.txt"
PAGE = """Advertisement
A small flicker under the skin of the calf is common after a long run and fades with rest and water.
Eyelids that jump are mostly tired eyelids; sleep more and drink less coffee before you begin to wory.
A small flicker under the skin of the calf is common after a long run and fades with rest and water.
Continue Learning about Jumping Muscles
Important: Several people wrote this page, and they may not agree.
"""

pytestmark = pytest.mark.django_db


def run(path: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_page", str(path), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_a_page_becomes_a_draft_article_under_its_topic(page: Path) -> None:
    out = run(page)

    article = Article.objects.get()
    assert (article.title, article.topic.name, article.slug) == (
        "Jumping Muscles",
        "Jumping Muscles",
        "jumping-muscles",
    )
    assert (article.topic.kind, article.risk_tier, article.language) == ("condition", 2, "en")
    assert [viewpoint.position for viewpoint in article.viewpoints.all()] == [0, 1]
    assert not any("Advertisement" in viewpoint.body for viewpoint in article.viewpoints.all())
    assert article.article_disclaimers.get().disclaimer.kind == "mixed_authorship"
    assert "wory" in out
    assert str(article.pk) in out


def test_everything_is_written_in_the_name_of_the_importer_who_cannot_log_in(page: Path) -> None:
    run(page)

    importer = get_user_model().objects.get(username="importer")
    assert not importer.is_active
    assert not importer.has_usable_password()
    for model in (Topic, Article, Viewpoint, Disclaimer, ArticleDisclaimer):
        rows = model.history.all()
        assert {row.history_user_id for row in rows} == {importer.pk}
        assert {row.history_change_reason for row in rows} == {"Imported from page.txt"}


def test_the_name_that_was_given_is_the_name_in_the_history(page: Path, people: People) -> None:
    run(page, by="ada")
    assert Article.objects.get().owner == people.ada


def test_an_unknown_name_is_refused_before_anything_is_written(page: Path) -> None:
    with pytest.raises(CommandError, match="no account"):
        run(page, by="nobody")
    assert not Article.objects.exists()


def test_a_second_run_creates_nothing(page: Path) -> None:
    run(page)
    before = [model.history.count() for model in (Topic, Article, Viewpoint, Disclaimer, ArticleDisclaimer)]

    assert "Created nothing" in run(page)
    assert [model.history.count() for model in (Topic, Article, Viewpoint, Disclaimer, ArticleDisclaimer)] == before


def test_what_an_editor_removed_or_renamed_is_not_made_again(page: Path, people: People) -> None:
    run(page)
    article = Article.objects.get()
    article.topic.name = "Twitching"
    write(article.topic, by=people.ada)
    remove(article.viewpoints.first(), by=people.ada)
    remove(article.article_disclaimers.get(), by=people.ada)

    run(page)

    assert Topic.objects.count() == 1
    assert Viewpoint.objects.count() == 1
    assert not ArticleDisclaimer.objects.exists()


def test_a_page_that_grew_adds_to_its_article_and_an_editor_at_work_is_warned(page: Path, people: People) -> None:
    run(page)
    article = Article.objects.get()
    page.write_text(PAGE + "Potassium from a banana does not stop a muscle that jumps, whatever the neighbours say.\n")

    assert "1 new viewpoint(s)" in run(page)

    assert [viewpoint.position for viewpoint in article.viewpoints.all()] == [0, 1, 2]
    with pytest.raises(Exception, match="changed while you were writing"):
        actions.save_article(article, {"title": "Mine"}, by=people.ada, expected_version=article.version)


def test_a_paragraph_that_nearly_repeats_a_stored_one_is_not_created(page: Path) -> None:
    run(page)
    page.write_text(PAGE.replace("fades with rest", "passes with rest").replace("mostly tired", "never tired"))

    out = run(page)

    assert Viewpoint.objects.count() == 3
    assert "near_duplicate_viewpoint" in out
    assert "differing_viewpoint" in out


def test_an_archived_article_is_left_alone(page: Path, people: People) -> None:
    run(page)
    actions.archive(Article.objects.get(), by=people.ada, reason="Old")
    page.write_text(PAGE + "Potassium from a banana does not stop a muscle that jumps, whatever the neighbours say.\n")

    assert "archived_article" in run(page)
    assert Viewpoint.objects.count() == 2


def test_topics_contributors_and_disclaimers_that_exist_are_used(page: Path, people: People) -> None:
    topic = make_topic(by=people.ada, name="jumping  MUSCLES", slug="jumping-muscles")
    person = make_contributor(by=people.ada, name="Ann Ray")
    text = "Several people wrote this page, and they may not agree."
    disclaimer = write(Disclaimer(kind="mixed_authorship", text=text), by=people.ada)

    run(page, contributor=["ann ray"])

    article = Article.objects.get()
    assert article.topic == topic
    assert article.article_disclaimers.get().disclaimer == disclaimer
    assert {
        row.contributor for viewpoint in article.viewpoints.all() for row in viewpoint.viewpoint_contributors.all()
    } == {person}


def test_without_a_contributor_viewpoints_stay_unattributed(page: Path) -> None:
    run(page)
    assert not Contributor.objects.exists()


def test_a_name_that_two_contributors_have_is_refused_and_nothing_is_written(page: Path, people: People) -> None:
    make_contributor(by=people.ada, name="Ann Ray")
    make_contributor(by=people.ada, name="Ann Ray")

    with pytest.raises(CommandError, match="not imported"):
        run(page, contributor=["Ann Ray"])
    assert not Article.objects.exists()


def test_a_second_article_of_the_same_name_gets_an_address_of_its_own(page: Path) -> None:
    run(page, topic="Calves", title="Jumping muscles")
    run(page, topic="Eyelids", title="Jumping muscles")
    assert sorted(Article.objects.values_list("slug", flat=True)) == ["jumping-muscles", "jumping-muscles-2"]


def test_the_report_holds_every_finding_as_json(page: Path, tmp_path: Path) -> None:
    run(page, report=tmp_path / "report.json")

    report = json.loads((tmp_path / "report.json").read_text())
    assert report["created"]["viewpoint"] == 2
    assert {row["code"] for row in report["findings"]} >= {"advertising_line", "topic_line", "duplicate_viewpoint"}
    [misspelling] = [row for row in report["findings"] if row["code"] == "misspelling"]
    assert misspelling["place"] == "line 3"


def test_a_report_that_cannot_be_written_is_refused_before_the_work(page: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        run(page, report=tmp_path / "nowhere" / "report.json")
    assert not Article.objects.exists()


@pytest.mark.parametrize("raw", [b"caf\xe9\n", b"No topic is named here.\n", b""])
def test_a_bad_page_is_named_and_nothing_is_written(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(raw)
    with pytest.raises(CommandError, match="not imported"):
        run(path)
    assert not Topic.objects.exists()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "none.txt")


@pytest.mark.skipif(not CORPUS.exists(), reason="../shared/corpus is absent")
def test_the_real_page_becomes_three_viewpoints_and_one_disclaimer(tmp_path: Path) -> None:
    run(CORPUS, report=tmp_path / "report.json")
    run(CORPUS)

    article = Article.objects.get()
    assert article.topic.name == "Fasciculation (Muscle Twitch)"
    assert article.viewpoints.count() == 3
    assert article.article_disclaimers.get().disclaimer.kind == "mixed_authorship"
    assert not any("advertisement" in viewpoint.body.lower() for viewpoint in article.viewpoints.all())
    findings = json.loads((tmp_path / "report.json").read_text())["findings"]
    misspelt = " ".join(row["message"] for row in findings if row["code"] == "misspelling")
    assert all(word in misspelt for word in ("Fasiculations", "fasciulations", "signficant"))
    assert [row["repeats"] for row in findings if row["code"] == "duplicate_viewpoint"] == ["line 4"]
