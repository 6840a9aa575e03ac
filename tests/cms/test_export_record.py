"""`manage.py export_record`: the whole record of one article, which `sha256sum` can check without us."""

import csv
import hashlib
import io
import json
import re
import stat
import subprocess
import zipfile
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
import rfc8785
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection

from articles.history import write
from articles.models import DRAFT_MODELS, Article, Contributor, Credential
from cms import export
from cms.export import TABLES
from cms.management.commands import export_record
from reviews import actions
from reviews.models import Decision, Edition, Event
from tests import cast
from tests.cms.test_verify import tamper


@pytest.fixture
def story(people, line):
    """An article with three editions: recalled, published and withdrawn, commented on. Another one beside it."""
    line.publish()
    first = line.submit(line.draft(title="Why do muscles twitch?"))
    actions.recall(first, by=people.ada, reason="=cmd|' /C calc'!A0")
    line.withdraw(line.publish(line.approve(line.submit(first.article))))
    third = line.submit(line.change(first.article))
    comment = actions.comment(third, by=people.ben, text="Since when? – mañana", severity="blocking")
    actions.resolve(comment, by=people.ben, disposition="persuasive", answer="It says so now.")
    line.decide(third, people.cyd, "editorial", "request_changes", "Say when\nto see a doctor.")
    return first.article


def run(*arguments):
    out = StringIO()
    call_command("export_record", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def unpacked(story, tmp_path):
    return unpack(story, tmp_path)


def unpack(article, tmp_path, name="record"):
    path = tmp_path / f"{name}.zip"
    run(article.pk, "--output", path)
    folder = tmp_path / name
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


def sha256sum(folder, *arguments):
    return subprocess.run(["sha256sum", "-c", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def lines(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True))


def names(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_sha256sum_accepts_the_whole_record_and_the_digests(unpacked):
    checked = sha256sum(unpacked, "--strict", "SHA256SUMS", "DIGESTS")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    listed = [line.split("  ", 1)[1] for line in (unpacked / "SHA256SUMS").read_text().splitlines()]
    assert listed == sorted(listed)
    assert set(listed) == names(unpacked) - {"SHA256SUMS"}


def test_one_flipped_bit_in_any_file_is_found(unpacked):
    for name in names(unpacked) - {"SHA256SUMS"}:
        path = unpacked / name
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        checked = sha256sum(unpacked, "SHA256SUMS")
        assert checked.returncode == 1, name
        assert f"{name}: FAILED" in checked.stdout
        path.write_bytes(before)
    assert sha256sum(unpacked, "SHA256SUMS").returncode == 0


def test_the_sum_of_content_json_is_the_digest_that_was_signed(story, unpacked):
    for edition in story.editions.all():
        folder = unpacked / f"editions/{edition.number:04d}"
        content = (folder / "content.json").read_bytes()
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == edition.digest
        assert json.loads(content) == edition.content
        columns = json.loads((folder / "edition.json").read_text())
        assert (columns["digest"], columns["policy"], columns["touched_by"]) == (
            edition.digest,
            edition.policy,
            edition.touched_by,
        )


def test_a_text_that_was_changed_behind_the_guards_is_exported_and_found(story, tmp_path):
    edition = story.editions.get(number=2)
    tamper(lambda: Edition.objects.filter(pk=edition.pk).update(content=edition.content | {"summary": 2**60}))
    folder = unpack(story, tmp_path)
    assert sha256sum(folder, "SHA256SUMS").returncode == 0
    checked = sha256sum(folder, "DIGESTS")
    assert checked.returncode == 1
    assert "editions/0002/content.json: FAILED" in checked.stdout


def test_every_fact_of_the_article_is_there_once_and_none_of_another(story, unpacked):
    for table in TABLES:
        expected = [
            str(pk) for pk in table.model.objects.filter(**{table.article: story.pk}).values_list("pk", flat=True)
        ]
        key = table.model._meta.pk.attname
        assert sorted(row[key] for row in lines(unpacked / f"{table.name}.csv")) == sorted(expected), table.name
        exact = json.loads((unpacked / f"{table.name}.json").read_text())
        assert sorted(str(row[key]) for row in exact) == sorted(expected), table.name
    for name, model in (("editions", Edition), ("events", Event), ("decisions", Decision)):
        assert 0 < len(lines(unpacked / f"{name}.csv")) < model.objects.count()


def test_the_json_of_a_fact_has_every_column_exactly(story, unpacked):
    rows = {row["id"]: row for row in json.loads((unpacked / "decisions.json").read_text())}
    for decision in Decision.objects.filter(edition__article=story):
        row = rows[decision.pk]
        assert set(row) == {field.attname for field in Decision._meta.concrete_fields}
        assert row["comment"] == decision.comment
        assert row["reviewer_snapshot"] == decision.reviewer_snapshot
        assert row["signed_at"] == decision.signed_at.isoformat(timespec="microseconds")


def test_every_event_can_be_hashed_again_from_the_json_and_matched_by_prev_hash(story, unpacked):
    rows = json.loads((unpacked / "events.json").read_text())
    assert len(rows) == Event.objects.filter(article_id=story.pk).count()
    for row in rows:
        values = {name: value for name, value in row.items() if name != "hash"}
        assert hashlib.sha256(rfc8785.dumps(values)).hexdigest() == row["hash"]
        before = Event.objects.filter(seq=row["seq"] - 1).first()
        assert row["prev_hash"] == before.hash


def test_no_cell_of_any_csv_starts_a_formula(unpacked):
    hostile = [row["reason"] for row in lines(unpacked / "recalls.csv")]
    assert hostile == ["'=cmd|' /C calc'!A0"]
    for path in unpacked.rglob("*.csv"):
        for row in lines(path):
            assert not [cell for cell in row.values() if re.match(r"\s*[=+\-@\t\r]", cell)], path


def test_the_history_holds_every_change_of_the_article_and_of_what_it_showed(people, line, tmp_path):
    article = line.draft()
    former = article.viewpoints.last().viewpoint_contributors.get().contributor
    kept = article.viewpoints.first()
    line.change(article, viewpoints=[{"id": str(kept.pk)}])
    credential = former.credentials.get()
    credential.number = "GMC 7654321"
    write(credential, by=people.max, reason="Looked up")
    line.draft()

    folder = unpack(article, tmp_path)

    for model in DRAFT_MODELS:
        rows = lines(folder / f"history/{model._meta.model_name}.csv")
        assert len(rows) == export.history_of(model, article.pk).count(), model
    people_shown = {row["id"] for row in lines(folder / "history/contributor.csv")}
    assert people_shown == {str(former.pk), str(kept.viewpoint_contributors.get().contributor_id)}
    assert Contributor.objects.count() > 2
    changed = [row for row in lines(folder / "history/credential.csv") if row["number"]]
    assert [(row["history_type"], row["history_user_id"], row["history_change_reason"]) for row in changed] == [
        ("changed", str(people.max.pk), "Looked up")
    ]
    types = [row["history_type"] for row in lines(folder / "history/viewpoint.csv")]
    assert sorted(types) == ["created", "created", "deleted"]
    assert Credential.history.count() > len(lines(folder / "history/credential.csv"))


def test_it_names_everybody_in_it_and_holds_no_password_and_no_address_of_an_account(story, unpacked, people):
    get_user_model().objects.update(email="somebody@example.org")
    folder = unpack(story, unpacked.parent, "again")
    shown = {row["username"]: row for row in lines(folder / "people.csv")}
    assert set(shown) >= {"ada", "cyd", "ben", "bea", "pam", "max"}
    assert set(shown["ben"]) == {"id", "username", "name"}
    assert "dot" not in shown
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for user in get_user_model().objects.all():
        assert user.password.encode() not in everything
    assert b"somebody@example.org" not in everything


def test_the_readable_copy_shows_the_text_and_every_signature_with_name_time_and_meaning(story, unpacked):
    edition = story.editions.get(number=2)
    page = (unpacked / "editions/0002/page.html").read_text()
    content = edition.content
    for text in (content["title"], content["summary"], edition.digest, content["references"][0]["title"]):
        assert text in page
    for viewpoint in content["viewpoints"]:
        assert viewpoint["body_html"] in page
        for person in viewpoint["contributors"]:
            assert person["name"] in page
            assert person["credentials"][0]["label"] in page
    assert "Disclosure: None declared" in page
    for decision in edition.decisions.all():
        assert decision.reviewer_snapshot["name"] in page
        assert f"{decision.signed_at:%Y-%m-%d %H:%M:%S} UTC" in page
        assert decision.attestation in page
    assert "The advice has changed." in page
    assert "Taken out of review by Ada" in (unpacked / "editions/0001/page.html").read_text()
    third = (unpacked / "editions/0003/page.html").read_text()
    assert "Since when? – mañana" in third
    assert "It says so now." in third
    assert "Say when<br>to see a doctor." in third
    assert "It was returned, and not published." in third


def test_the_readable_copy_loads_nothing_and_runs_nothing(people, line, tmp_path):
    article = line.draft(title='<script>alert("x")</script>', summary="<img src=x onerror=alert(1)>")
    line.submit(article)
    page = (unpack(article, tmp_path) / "editions/0001/page.html").read_text()
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in page
    assert not re.search(r"<(script|img|link|iframe|object)\b", page)
    assert "default-src 'none'" in page
    assert not re.search(r"(src|url)\s*[=(]\s*[\"']?https?:", page)


def test_the_readme_says_what_is_here_how_to_check_it_and_what_to_keep_safe(unpacked, story):
    text = (unpacked / "README.txt").read_text()
    assert str(story.pk) in text
    for words in ("sha256sum -c SHA256SUMS", "sha256sum -c DIGESTS", "RFC 8785", "licence numbers", "prev_hash"):
        assert words in text
    for table in TABLES:
        assert f"\n  {table.name}\n" in text
    assert max(map(len, text.splitlines())) <= 120


def test_the_same_facts_give_the_same_bytes_and_the_time_of_the_newest_event(story, tmp_path):
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    run(story.pk, "--output", first)
    run(story.pk, "--output", second)
    assert first.read_bytes() == second.read_bytes()
    newest = Event.objects.filter(article_id=story.pk).latest("seq").at
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time[:5] for entry in archive.infolist()} == {newest.timetuple()[:5]}
        assert archive.namelist() == [*sorted(archive.namelist()[:-1]), "SHA256SUMS"]
        assert archive.testzip() is None


def test_what_happens_to_other_articles_changes_no_byte(story, line, tmp_path):
    run(story.pk, "--output", tmp_path / "before.zip")
    line.publish()
    run(story.pk, "--output", tmp_path / "after.zip")
    assert (tmp_path / "before.zip").read_bytes() == (tmp_path / "after.zip").read_bytes()


@pytest.mark.postgres  # SQLite's test database lives in memory, where a reader does block writers.
@pytest.mark.django_db(transaction=True)
def test_it_reads_one_moment_while_others_write(tmp_path, monkeypatch):
    line = cast.Line(cast.make_people())
    edition = line.submit()
    rows = export._fact_rows

    def decide():
        line.decide(edition, line.people.cyd, "editorial", "request_changes", "Not yet.")
        connection.close()

    def fact_rows(table, article_id):
        if table.model is Decision and Decision.objects.using("default").count() == 0 and not started:
            thread = Thread(target=decide)
            started.append(thread)
            thread.start()
            thread.join()
        return rows(table, article_id)

    started = []
    monkeypatch.setattr(export, "_fact_rows", fact_rows)
    folder = unpack(edition.article, tmp_path)
    assert started
    assert Decision.objects.count() == 1
    assert lines(folder / "decisions.csv") == []
    assert len(lines(folder / "events.csv")) == 1


def test_a_draft_that_was_never_submitted_has_a_record_too(line, tmp_path):
    folder = unpack(line.draft(), tmp_path)
    assert sha256sum(folder, "--strict", "SHA256SUMS").returncode == 0
    assert "DIGESTS" not in names(folder)
    assert json.loads((folder / "events.json").read_text()) == []
    assert lines(folder / "history/article.csv")


@pytest.mark.parametrize("slug", ["../../evil", "/etc/passwd", "..\\..\\evil", "a\nb", "-rf", "C:evil", "."])
def test_no_stored_text_has_a_part_in_the_name_of_a_file(story, tmp_path, monkeypatch, slug):
    monkeypatch.chdir(tmp_path)
    Article.objects.filter(pk=story.pk).update(slug=slug, language="../en", title=f"{slug}/{slug}")
    run(story.pk)
    assert [path.name for path in tmp_path.iterdir()] == [f"record-{story.pk}.zip"]
    with zipfile.ZipFile(tmp_path / f"record-{story.pk}.zip") as archive:
        for name in archive.namelist():
            assert re.fullmatch(r"(editions/\d{4}/|history/)?[A-Za-z0-9_]+(\.(json|csv|html|txt))?", name), name


def test_an_article_is_found_by_id_address_and_language(story, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (str(story.pk), story.pk.hex, story.slug, f"en:{story.slug}"):
        assert export_record.find(name) == story
    Article.objects.filter(pk=story.pk).update(slug="renamed-since")
    assert export_record.find(story.editions.last().slug) == story
    assert export_record.find("en:renamed-since") == story


def test_an_address_of_several_articles_lists_them(line):
    english = line.draft(slug="headache")
    spanish = line.draft(slug="headache", language="es", title="¿Por qué duele la cabeza?")
    with pytest.raises(CommandError) as refused:
        run("headache")
    for words in (str(english.pk), str(spanish.pk), "en:headache", "es:headache", "¿Por qué duele la cabeza?"):
        assert words in str(refused.value)
    assert export_record.find("es:headache") == spanish


@pytest.mark.parametrize("name", ["nothing-here", "en:nothing", "00000000-0000-4000-8000-000000000000", "", ":", "%"])
def test_an_unknown_article_is_refused_in_words(db, tmp_path, name):
    with pytest.raises(CommandError, match=r"There is no article .*Give its id, its address, or language:address"):
        run(name, "--output", tmp_path / "x.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_replaced_only_by_force(story, tmp_path):
    path = tmp_path / "mine.zip"
    path.write_text("precious")
    with pytest.raises(CommandError, match="is there already"):
        run(story.pk, "--output", path)
    assert path.read_text() == "precious"
    run(story.pk, "--output", path, "--force")
    assert zipfile.is_zipfile(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failure_half_way_leaves_no_file_and_the_old_one_as_it_was(story, tmp_path, monkeypatch):
    path = tmp_path / "mine.zip"
    path.write_text("precious")

    def fail(*arguments):
        raise RuntimeError("half-way")

    monkeypatch.setattr(export, "_history_csv", fail)
    with pytest.raises(RuntimeError):
        run(story.pk, "--output", path, "--force")
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.zip"]
    assert path.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_refused_in_words(story, tmp_path):
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        run(story.pk, "--output", tmp_path / "no" / "such" / "folder.zip")


def test_it_says_what_it_wrote_and_how_to_check_it(story, tmp_path):
    said = run(story.pk, "--output", tmp_path)
    path = Path(tmp_path / f"record-{story.pk}.zip")
    assert path.exists()
    assert "Editions 3, " in said
    assert "rows of history" in said
    assert f"{path}: " in said
    assert "sha256sum -c SHA256SUMS DIGESTS" in said


def test_reading_leaves_no_trace(story, tmp_path):
    before = Event.objects.count(), Article.history.count()
    run(story.pk, "--output", tmp_path)
    assert (Event.objects.count(), Article.history.count()) == before
