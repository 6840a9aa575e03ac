"""manage.py load_corpus: a library of made-up approvals, for tests alone. The archive is made here, in words of our own."""

import tarfile
from io import BytesIO, StringIO
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.importers import medquad
from articles.models import Article, Topic
from cms.corpus import line as at_work
from cms.corpus import people as library
from cms.corpus import workers
from cms.corpus.intake import dressed
from cms.corpus.line import Line, of_the_library
from cms.corpus.tally import Tally
from publishing.models import LiveArticle, Publication
from reviews import actions as reviews
from reviews.models import Decision, Edition, Event
from tests import cast

TWITCH = "A muscle may twitch after hard work. It mostly stops by itself."
REST = "Rest the muscle and drink enough. Ask a doctor if it gets weaker."


def a_file(number: int, focus: str, source: str = "NINDS", **answers: str) -> bytes:
    """Return a file of one topic; `answers`: kind of question -> answer, twice where it ends in an underscore."""
    pairs = "".join(
        f'<QAPair pid="{n}"><Question qid="{number}-{n}" qtype="{kind.rstrip("_")}">What of {focus}?</Question>'
        f"<Answer>{escape(text)}</Answer></QAPair>"
        for n, (kind, text) in enumerate(answers.items(), start=1)
    )
    head = f'<Document id="{number}" source="{source}" url="https://example.org/{number}"><Focus>{focus}</Focus>'
    return f"{head}<QAPairs>{pairs}</QAPairs></Document>".encode()


FILES = [
    a_file(1, "Calf twitch", information=TWITCH, treatment=REST),
    a_file(2, "Calf twitch", source="NIDDK", information="Small twitches of the calf are common in runners."),
    a_file(
        3,
        "Sore thumb",
        information="A thumb may be sore after typing.",
        information_="A thumb may be sore after typing.",
    ),
    a_file(4, "Cold toes", symptoms="Toes may be cold in winter.\n\nAdvertisement\n\nWear socks."),
]


@pytest.fixture
def allowed(monkeypatch):
    monkeypatch.setenv("ALLOW_TEST_LOAD", "1")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return made(tmp_path / "library.tar.gz", FILES)


def made(path: Path, files: list[bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for number, content in enumerate(files):
            member = tarfile.TarInfo(f"{number}.xml")
            member.size = len(content)
            tar.addfile(member, BytesIO(content))
    return path


def load(path: Path, **options) -> str:
    out = StringIO()
    call_command("load_corpus", str(path), stdout=out, **{"workers": 1} | options)
    return " ".join(out.getvalue().split())


def test_refuses_without_the_switch(db, archive, monkeypatch):
    monkeypatch.delenv("ALLOW_TEST_LOAD", raising=False)
    with pytest.raises(CommandError, match="ALLOW_TEST_LOAD=1"):
        load(archive)
    assert not Article.objects.exists()


def test_refuses_a_database_that_holds_articles_of_others(line, archive, allowed):
    line.draft()
    with pytest.raises(CommandError, match=r"1 article\(s\) that this command did not make"):
        load(archive)
    assert Article.objects.count() == 1
    load(archive, resume=True)
    assert LiveArticle.objects.count() == 3


def test_every_article_is_live_but_what_a_gate_refuses(db, archive, allowed):
    said = load(archive)
    titles = sorted(LiveArticle.objects.values_list("title", flat=True))
    assert titles == ["What of Calf twitch?", "What of Calf twitch?", "What of Sore thumb?"]
    assert "advertising_line │ 1" in said
    assert "articles live in this database │ 3" in said
    assert "articles refused │ 1" in said


def test_every_viewpoint_is_attributed(db, archive, allowed):
    load(archive)
    for edition in Edition.objects.all():
        content = edition.content
        assert content["summary"] and content["see_doctor_html"] and content["topic"]["specialty"]
        assert {row["kind"] for row in content["disclaimers"]} == {"not_medical_advice", "mixed_authorship"}
        for viewpoint in content["viewpoints"]:
            kinds = {row["kind"]: row for row in viewpoint["contributors"]}
            assert set(kinds) == {"organization", "person"}
            assert kinds["person"]["credentials"]
            assert {row["disclosure"]["status"] for row in kinds.values()} == {"none_declared"}
            assert viewpoint["citations"]
    two = Edition.objects.get(article__topic__name="Calf twitch", article__aspect="OverviewHealthAspect")
    assert len(two.content["viewpoints"]) == 2
    assert two.content["synthesis_html"]


def test_nobody_of_the_library_approves_their_own_work_or_can_log_in(db, archive, allowed):
    load(archive)
    for decision in Decision.objects.select_related("edition", "reviewer"):
        assert decision.reviewer_id not in decision.edition.touched_by
    assert all(not user.has_usable_password() and not user.email for user in library.accounts().values())
    treatment = Publication.objects.get(edition__article__aspect="TreatmentsHealthAspect")
    stages = sorted(treatment.edition.decisions.values_list("stage", flat=True))
    assert stages == ["editorial", "medical", "medical", "pharmacy_legal"]


def test_the_facts_stand_as_anybody_elses_do(db, archive, allowed):
    load(archive)
    call_command("verify", stdout=StringIO())
    assert set(Event.objects.values_list("action", flat=True)) >= {
        "edition.submitted",
        "edition.decided",
        "edition.published",
    }


def test_a_second_run_changes_nothing(db, archive, allowed):
    load(archive)
    before = (Event.objects.count(), Article.history.count(), Topic.history.count())
    said = load(archive)
    assert "live before │ 3" in said
    assert (Event.objects.count(), Article.history.count(), Topic.history.count()) == before


@pytest.mark.parametrize("step", ["submit", "decide", "publish"])
def test_a_load_that_was_cut_short_goes_on(db, archive, allowed, monkeypatch, step):
    honest, calls = getattr(at_work, step), []

    def dies_at_the_third(*args, **kwargs):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return honest(*args, **kwargs)

    monkeypatch.setattr(at_work, step, dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        load(archive)
    monkeypatch.setattr(at_work, step, honest)
    load(archive)
    assert LiveArticle.objects.count() == 3
    assert Edition.objects.count() == 3


def test_what_a_person_ended_stays_ended(people, archive, allowed):
    load(made(archive.parent / "one.tar.gz", FILES[3:]))  # Its one article is refused, so it can be tried again.
    article = Article.objects.get()
    users = library.accounts()
    cast.write(article, by=users[library.WRITER])
    viewpoint = article.viewpoints.get()
    viewpoint.body = "<p>Toes may be cold in winter.</p>"
    cast.write(viewpoint, by=users[library.WRITER])
    edition = reviews.submit(article, by=users[library.WRITER])
    reviews.recall(edition, by=users[library.WRITER], reason="Not now.")
    assert "left_alone" in load(archive, resume=True)
    assert not Publication.objects.filter(article=article).exists()


def test_a_bad_file_is_counted_and_the_others_go_on(db, tmp_path, allowed):
    said = load(made(tmp_path / "bad.tar.gz", [b"<Document", *FILES[:1]]))
    assert "bad_file" in said
    assert LiveArticle.objects.count() == 2


def test_no_file_is_a_refusal(db, tmp_path, allowed):
    with pytest.raises(CommandError, match="no file or folder"):
        load(tmp_path / "nothing")
    with pytest.raises(CommandError, match=r"holds no \.xml file"):
        load(tmp_path)


def test_an_answer_twice_in_a_file_is_taken_once():
    [article] = dressed(medquad.parse(FILES[2], "3.xml")).articles
    assert len(article.viewpoints) == 1


def test_an_article_costs_the_same_in_a_large_library(db, tmp_path, allowed):
    load(made(tmp_path / "a.tar.gz", FILES))
    few = made(
        tmp_path / "b.tar.gz", [a_file(10 + n, f"Topic {n}", information=f"Answer number {n}.") for n in range(3)]
    )
    many = made(
        tmp_path / "c.tar.gz", [a_file(20 + n, f"More {n}", information=f"Other answer {n}.") for n in range(9)]
    )
    counts = []
    for path in (few, many):
        with CaptureQueriesContext(connection) as queries:
            load(path)
        counts.append(len(queries))
    assert counts[1] < 3.2 * counts[0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_several_processes_publish_each_article_once(archive, allowed):
    said = load(archive, workers=2)
    assert "articles live in this database │ 3" in said
    assert Publication.objects.count() == 3


def test_parts_are_shared_out_whole(db, archive, allowed):
    load(archive)
    users = library.accounts()
    ids = list(of_the_library(users[library.WRITER]))
    assert ids == sorted(ids, key=lambda pk: pk.hex) and len(ids) == 4
    tally = Tally()
    Line(users, tally).run(iter(ids), on_article=lambda: None)
    other = Tally()
    other.add(tally)
    other.add(tally)
    assert other.counts["live before"] == 6
    assert workers.PART > 1
