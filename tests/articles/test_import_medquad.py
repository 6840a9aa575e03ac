"""manage.py import_medquad: topics met twice, bad files, second runs, rollbacks."""

import io
import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from articles.history import remove, write
from articles.importers import medquad
from articles.importers import write as writing
from articles.importers.command import actor
from articles.importers.library import Library
from articles.importers.write import import_document
from articles.models import DRAFT_MODELS, Article, Contributor, Reference, Topic, TopicCode, Viewpoint
from tests.articles.test_import_parsing import medquad_file, pair
from tests.cast import People

CORPUS = Path(__file__).resolve().parents[2].parent / "shared/corpus/medquad-dev.tar.gz"

pytestmark = pytest.mark.django_db

CDC = medquad_file(
    focus="MUSCLE  cramp",
    url="https://example.com/cramps",
    extra="<UMLS><CUI>C0026821</CUI></UMLS><Synonyms><Synonym>Charley horse</Synonym></Synonyms>",
    pairs=pair("symptoms", "What are the symptoms of MUSCLE cramp ?", "A hard knot in the calf."),
).replace(b"NINDS", b"CDC")


def run(path: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_medquad", str(path), stdout=out, **options)
    return out.getvalue()


def histories() -> list[int]:
    return [model.history.count() for model in DRAFT_MODELS]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "1.xml").write_bytes(medquad_file())
    (folder / "2.xml").write_bytes(CDC)
    return folder


def test_two_institutions_on_one_topic_are_two_viewpoints_of_one_article(folder: Path) -> None:
    run(folder)

    topic, article = Topic.objects.get(), Article.objects.get()
    assert (topic.name, topic.also_called) == ("Muscle cramp", ["Charley horse"])
    assert list(topic.codes.values_list("system", "code")) == [("umls", "C0026821")]
    assert (article.topic, article.aspect, article.slug) == (
        topic,
        "SymptomsHealthAspect",
        "what-are-the-symptoms-of-muscle-cramp",
    )
    first, second = article.viewpoints.all()
    assert (first.position, second.position) == (0, 1)
    assert second.heading == "Centers for Disease Control and Prevention"
    assert second.viewpoint_contributors.get().contributor.kind == "organization"
    assert second.citations.get().reference.url == "https://example.com/cramps"
    assert second.citations.get().reference.type == "patient_information"


def test_a_second_run_creates_nothing(folder: Path) -> None:
    run(folder)
    before = histories()

    assert "Created nothing" in run(folder)
    assert histories() == before


def test_a_second_run_costs_one_query_a_file(folder: Path, django_assert_num_queries: Any) -> None:
    run(folder)
    document, library, by = medquad.parse(CDC, "2.xml"), Library(), actor("")

    with django_assert_num_queries(3):  # a savepoint around the one that asks what is there
        import_document(document, library, by=by, reason="Again")


def test_what_editors_changed_since_stays_changed(folder: Path, people: People) -> None:
    run(folder)
    topic = Topic.objects.get()
    topic.name, topic.also_called = "Cramp", []
    write(topic, by=people.ada)
    kept, removed = Viewpoint.objects.order_by("position")
    kept.body = "<p>Edited.</p>"
    write(kept, by=people.ada)
    for row in (*removed.viewpoint_contributors.all(), *removed.citations.all(), removed):
        remove(row, by=people.ada)

    run(folder)

    assert list(Topic.objects.values_list("name", "also_called")) == [("Cramp", [])]
    assert list(Viewpoint.objects.values_list("body", flat=True)) == ["<p>Edited.</p>"]


def test_a_new_file_goes_to_the_topic_an_editor_renamed_and_changes_the_version(folder: Path, people: People) -> None:
    (folder / "2.xml").rename(folder / "2.later")
    run(folder)
    topic = Topic.objects.get()
    topic.name = "Cramp"
    write(topic, by=people.ada)
    (folder / "2.later").rename(folder / "2.xml")

    run(folder)

    assert Topic.objects.get().also_called == ["Charley horse"]
    assert Article.objects.get().version == 2
    assert Viewpoint.objects.count() == 2


def test_bad_files_are_named_and_the_run_goes_on(folder: Path, tmp_path: Path) -> None:
    (folder / "0-torn.xml").write_bytes(b"<Document")
    (folder / "3-long.xml").write_bytes(medquad_file(focus="x" * 301, url="https://example.org/3"))
    (folder / "4-ftp.xml").write_bytes(medquad_file(focus="Bruise", url="ftp://example.org/4"))

    with pytest.raises(CommandError, match="3 file"):
        run(folder, report=tmp_path / "report.json")

    report = json.loads((tmp_path / "report.json").read_text())
    assert [row["place"] for row in report["bad_files"]] == ["0-torn.xml", "3-long.xml", "4-ftp.xml"]
    assert [word in row["reason"] for word, row in zip(("XML", "300", "https"), report["bad_files"], strict=True)] == [
        True
    ] * 3
    assert Viewpoint.objects.count() == 2
    assert Topic.objects.count() == 1
    assert Reference.objects.count() == 2


def test_a_file_that_failed_leaves_nothing_behind_for_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_all, calls = writing.create_all, []

    def fail_once(rows: Any, **changes: Any) -> None:
        create_all(rows, **changes)
        calls.append(1)
        if len(calls) == 1:
            raise writing.ValidationError("The disk is full.")

    monkeypatch.setattr(writing, "create_all", fail_once)

    with pytest.raises(CommandError, match="1 file"):
        run(folder)

    assert Topic.objects.get().name == "MUSCLE cramp"
    assert Article.objects.get().slug == "what-are-the-symptoms-of-muscle-cramp"
    assert Contributor.objects.get().name == "Centers for Disease Control and Prevention"


def test_a_rival_who_wrote_the_same_topic_first_is_noticed(people: People) -> None:
    library = Library()
    rival = write(Topic(name="Muscle Cramp", slug="muscle-cramp"), by=people.ada)

    import_document(medquad.parse(medquad_file(), "1.xml"), library, by=people.ada, reason="Import")

    assert Article.objects.get().topic == rival


def test_a_conflict_that_stays_is_not_tried_forever(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError("no")

    monkeypatch.setattr(writing, "create_all", refuse)
    with pytest.raises(IntegrityError):
        import_document(medquad.parse(medquad_file(), "1.xml"), Library(), by=people.ada, reason="Import")


def test_accents_in_other_cases_are_one_topic(tmp_path: Path) -> None:
    for name, focus in (("1.xml", "Ménière"), ("2.xml", "MÉNIÈRE"), ("3.xml", "Me\u0301nie\u0300re")):
        pairs = pair("causes", "What causes it ?", f"Answer {name}")
        (tmp_path / name).write_bytes(medquad_file(focus=focus, pairs=pairs))

    run(tmp_path)

    assert Topic.objects.get().name == "Ménière"
    assert Viewpoint.objects.count() == 3


def test_an_answer_given_twice_is_created_and_reported(tmp_path: Path) -> None:
    pairs = pair("causes", "What causes it ?", "Heat.", "1") + pair("causes", "What causes it ?", "heat", "2")
    path = tmp_path / "1.xml"
    path.write_bytes(medquad_file(pairs=pairs))

    run(path, report=tmp_path / "report.json")

    assert Viewpoint.objects.count() == 2
    [finding] = json.loads((tmp_path / "report.json").read_text())["findings"]
    assert (finding["code"], finding["place"], finding["repeats"]) == ("duplicate_viewpoint", "1.xml#2", "1.xml#1")


def test_two_topics_with_one_address_get_two(tmp_path: Path) -> None:
    for name, focus in (("1.xml", "Muscle-cramp"), ("2.xml", "Muscle cramp")):
        (tmp_path / name).write_bytes(medquad_file(focus=focus))
    run(tmp_path)
    assert sorted(Topic.objects.values_list("slug", flat=True)) == ["muscle-cramp", "muscle-cramp-2"]


def test_codes_are_kept_once(folder: Path) -> None:
    (folder / "3.xml").write_bytes(CDC.replace(b"hard knot", b"hard lump"))
    run(folder)
    assert TopicCode.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "match"), [("none", "no file or folder"), ("empty", "no .xml"), ("a.tar.gz", "cannot be read")]
)
def test_a_path_without_files_is_refused(tmp_path: Path, name: str, match: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.tar.gz").write_bytes(b"nothing")
    with pytest.raises(CommandError, match=match):
        run(tmp_path / name)


@pytest.mark.slow
@pytest.mark.skipif(
    not CORPUS.exists() or not os.environ.get("RUN_CORPUS"),
    reason="takes minutes: set RUN_CORPUS=1, with ../shared/corpus in place",
)
def test_the_whole_corpus_is_imported_once_in_time_and_memory() -> None:
    began = time.monotonic()
    run(CORPUS)
    seconds = time.monotonic() - began

    assert Viewpoint.objects.count() == 10_844
    assert seconds < 120 or connection.vendor != "sqlite"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 500 * 1024
    before = histories()
    assert "Created nothing" in run(CORPUS)
    assert histories() == before
