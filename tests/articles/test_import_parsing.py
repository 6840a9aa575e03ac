"""Files become documents: pure, no database."""

import io
import tarfile
import textwrap
from pathlib import Path

import pytest

from articles.checks import plain_text
from articles.importers import medquad, page
from articles.importers.answers import to_html
from articles.importers.archive import Files
from articles.importers.characters import tidied
from articles.importers.document import BadFile, Document, fold
from articles.importers.repeats import sift

ONE = "A small flicker under the skin of the calf is common after a long run and fades with rest and water."
TWO = "Eyelids that jump are mostly tired eyelids; sleep more and drink less coffee for a week before you worry."


def parse_page(*lines: str, **wishes: object) -> Document:
    return page.parse("\n".join(lines).encode(), "page.txt", page.Wishes(**{"topic": "Twitching", **wishes}))


def bodies(document: Document) -> list[str]:
    return [plain_text(viewpoint.body) for viewpoint in document.articles[0].viewpoints]


def codes(document: Document) -> list[str]:
    return [finding.code for finding in document.findings]


def medquad_file(
    *,
    root: str = "Document",
    focus: str = "Muscle cramp",
    extra: str = "",
    url: str = "https://example.org/cramp",
    pairs: str = "",
) -> bytes:
    pairs = pairs or pair("symptoms", "What are the symptoms of Muscle cramp ?", "A sudden tight muscle.")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} id="1" source="NINDS" url="{url}"><Focus>{focus}</Focus>'
        f"{extra}<QAPairs>{pairs}</QAPairs></{root}>"
    ).encode()


def pair(qtype: str, question: str, answer: str, qid: str = "1-1") -> str:
    return f'<QAPair><Question qid="{qid}" qtype="{qtype}">{question}</Question><Answer>{answer}</Answer></QAPair>'


def test_each_line_of_a_page_is_a_viewpoint_and_the_topic_line_names_the_topic() -> None:
    document = parse_page(ONE, TWO, "Continue Learning about Muscle twitching", topic="")

    assert document.topic.name == "Muscle twitching"
    assert bodies(document) == [ONE, TWO]
    assert "topic_line" in codes(document)


def test_the_topic_that_was_asked_for_wins_and_the_other_is_reported() -> None:
    document = parse_page(ONE, "Continue Learning about Cramps", topic="Muscle twitching")

    assert document.topic.name == "Muscle twitching"
    assert "other_topic_line" in codes(document)


def test_a_page_that_names_no_topic_is_refused() -> None:
    with pytest.raises(BadFile, match="--topic"):
        parse_page(ONE, topic="")


def test_advertising_lines_are_dropped_and_reported() -> None:
    document = parse_page("Advertisement", ONE, "ADVERTISEMENT", TWO)

    assert bodies(document) == [ONE, TWO]
    assert codes(document).count("advertising_line") == 2


def test_an_important_paragraph_becomes_a_disclaimer_without_its_label() -> None:
    document = parse_page(ONE, "Important: Several people wrote this page.")

    [disclaimer] = document.articles[0].disclaimers
    assert (disclaimer.kind, disclaimer.text) == ("mixed_authorship", "Several people wrote this page.")
    assert bodies(document) == [ONE]


def test_a_paragraph_that_says_important_in_its_middle_stays_a_viewpoint() -> None:
    said = "It is important: drink water after you run, and rest for a day when a muscle goes on jumping."
    assert bodies(parse_page(said)) == [said]


def test_an_exact_repeat_is_left_out_and_says_what_it_repeats() -> None:
    document = parse_page(ONE, TWO, ONE.upper())

    assert bodies(document) == [ONE, TWO]
    [repeat] = [finding for finding in document.findings if finding.code == "duplicate_viewpoint"]
    assert (repeat.place, repeat.repeats) == ("line 3", "line 1")


def test_a_near_repeat_is_left_out_and_its_whole_text_is_reported() -> None:
    near = ONE.replace("fades", "passes")
    document = parse_page(ONE, near)

    assert bodies(document) == [ONE]
    [repeat] = [finding for finding in document.findings if finding.code == "near_duplicate_viewpoint"]
    assert near in repeat.message
    assert repeat.repeats == "line 1"


@pytest.mark.parametrize(
    ("before", "after"), [("is common", "is not common"), ("a week", "2 weeks"), ("fades", "may fade")]
)
def test_a_near_repeat_that_differs_in_a_weighty_word_is_kept_and_reported(before: str, after: str) -> None:
    text = f"{ONE} Give it a week."
    document = parse_page(text, text.replace(before, after))

    assert len(bodies(document)) == 2
    assert "differing_viewpoint" in codes(document)


def test_what_resembles_a_paragraph_that_was_left_out_is_kept() -> None:
    a = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
    near = [*a[:-1], "sixteenth"]
    far = ["First", "secondly", *near[2:]]
    left_out, findings = sift([(str(n), " ".join(words)) for n, words in enumerate((a, near, far))])

    assert left_out == {"1"}
    assert "left out" in findings[-1].message


def test_misspellings_are_reported_and_never_changed() -> None:
    said = "The doctor found no signficant weakness in the muscle, and the twitching stopped by itself."
    document = parse_page(said)

    assert bodies(document) == [said]
    [finding] = [finding for finding in document.findings if finding.code == "misspelling"]
    assert finding.suggestion == "significant"


def test_a_page_in_another_language_is_not_spelt_in_english() -> None:
    document = parse_page("El musculo tiembla despues de correr durante mucho tiempo sin descanso.", language="es")
    assert "misspelling" not in codes(document)


def test_as_many_names_as_viewpoints_take_one_each_and_other_counts_all() -> None:
    each = parse_page(ONE, TWO, contributors=("Ann Ray", "Bo Lind")).articles[0].viewpoints
    every = parse_page(ONE, TWO, contributors=("Ann Ray", "Bo Lind", "Cy Moe", "ann  ray")).articles[0].viewpoints

    assert [[person.name for person in viewpoint.contributors] for viewpoint in each] == [["Ann Ray"], ["Bo Lind"]]
    assert [len(viewpoint.contributors) for viewpoint in every] == [3, 3]


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    raw = b"\xef\xbb\xbf" + f"Advertisement\r\n{ONE}\r\n".encode()
    document = page.parse(raw, "page.txt", page.Wishes(topic="Twitching"))

    assert bodies(document) == [ONE]


def test_hard_wrapped_paragraphs_are_joined() -> None:
    wrapped = "\n\n".join(textwrap.fill(text, 72) for text in (ONE, TWO))
    assert bodies(parse_page(*wrapped.split("\n"))) == [ONE, TWO]


@pytest.mark.parametrize(
    ("raw", "reason"), [(b"caf\xe9", "byte 4"), (b"", "no paragraph"), (b"Advertisement", "no para")]
)
def test_a_page_that_cannot_be_read_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        page.parse(raw, "page.txt", page.Wishes(topic="Twitching"))


def test_markup_in_a_page_is_text() -> None:
    [viewpoint] = parse_page("Doses <5 mg & less are <b>rare</b>.").articles[0].viewpoints
    assert viewpoint.body == "<p>Doses &lt;5 mg &amp; less are &lt;b&gt;rare&lt;/b&gt;.</p>"


def test_control_characters_are_replaced_and_broken_ones_kept_and_both_reported() -> None:
    text, findings = tidied("a\x07b Gu\ufffdrin Sj?gren cafÃ©", "here")

    assert text == "a b Gu\ufffdrin Sj?gren cafÃ©"
    assert [finding.code for finding in findings] == ["control_character", "broken_character", "broken_character"]


def test_a_question_mark_in_an_address_or_sentence_is_not_broken() -> None:
    assert tidied("See https://example.org/a?b=c, or br.fcgi?book=gene. Why? Because.", "here")[1] == []


@pytest.mark.parametrize(
    ("answer", "html"),
    [
        ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"),
        (
            "Look for\n  - pain  - heat\n\nThen rest.",
            "<p>Look for</p><ul><li>pain</li><li>heat</li></ul><p>Then rest.</p>",
        ),
        ("Signs: - pain - heat - swelling", "<p>Signs:</p><ul><li>pain</li><li>heat</li><li>swelling</li></ul>"),
        ("- pain\n\n- heat", "<ul><li>pain</li><li>heat</li></ul>"),
        ("- pain       Then rest.", "<ul><li>pain</li></ul><p>Then rest.</p>"),
        ("A cramp - sudden and short - passes.", "<p>A cramp - sudden and short - passes.</p>"),
        ("From 5-10 mg, <i>say</i>", "<p>From 5-10 mg, &lt;i&gt;say&lt;/i&gt;</p>"),
    ],
)
def test_answers_become_paragraphs_and_lists(answer: str, html: str) -> None:
    assert to_html(answer) == html


def test_a_file_becomes_a_topic_an_article_for_each_kind_of_question_and_a_viewpoint_for_each_answer() -> None:
    extra = (
        "<FocusAnnotations><UMLS><CUIs><CUI>C0037763</CUI></CUIs></UMLS>"
        "<Synonyms><Synonym>Charley horse</Synonym><Synonym>muscle CRAMP</Synonym></Synonyms></FocusAnnotations>"
    )
    pairs = pair("treatment", "What are the treatments for Muscle cramp ?", "Stretch.") + pair(
        "information", "What is (are) Muscle cramp ?", "A tight muscle."
    )
    document = medquad.parse(medquad_file(extra=extra, pairs=pairs), "a.xml")

    treatment, overview = document.articles
    assert (treatment.title, treatment.aspect, treatment.risk_tier) == (
        "What are the treatments for Muscle cramp?",
        "TreatmentsHealthAspect",
        3,
    )
    assert (overview.title, overview.aspect, overview.risk_tier) == ("What is Muscle cramp?", "OverviewHealthAspect", 2)
    assert document.topic.also_called == ("Charley horse",)
    assert document.topic.codes == (("umls", "C0037763"),)
    [viewpoint] = overview.viewpoints
    assert viewpoint.contributors[0].name == "National Institute of Neurological Disorders and Stroke"
    assert viewpoint.sources[0].url == "https://example.org/cramp"


def test_several_questions_of_one_kind_are_told_apart_by_their_headings() -> None:
    pairs = pair("causes", "What causes Muscle cramp ?", "Heat.", "1") + pair(
        "causes", "does sport cause it?", "Yes.", "2"
    )
    [article] = medquad.parse(medquad_file(pairs=pairs), "a.xml").articles

    assert [viewpoint.heading.partition(": ")[2] for viewpoint in article.viewpoints] == [
        "What causes Muscle cramp?",
        "Does sport cause it?",
    ]


@pytest.mark.parametrize(
    "annotations",
    ["<UMLS><CUI>C0037763</CUI></UMLS>", "<FocusAnnotations><UMLS><CUI>C0037763</CUI></UMLS></FocusAnnotations>"],
)
def test_other_roots_and_places_of_codes_are_understood(annotations: str) -> None:
    document = medquad.parse(medquad_file(root="DiseaseFile", extra=annotations), "a.xml")
    assert document.topic.codes == (("umls", "C0037763"),)


def test_a_file_without_focus_is_named_after_its_address_and_reported() -> None:
    raw = medquad_file(
        focus="",
        url="http://example.org/organisms/visa_vrsa/index.html",
        pairs=pair("information", "What is (are)  ?", "A germ."),
    )
    document = medquad.parse(raw, "a.xml")

    assert document.topic.name == "VISA VRSA"
    assert document.articles[0].title == "What is VISA VRSA?"
    assert codes(document) == ["empty_focus"]


def test_a_missing_answer_an_odd_code_and_an_unknown_question_are_findings() -> None:
    pairs = pair("symptoms", "Signs ?", " ", "1") + pair("folklore", "What did people say ?", "Much.", "2")
    document = medquad.parse(medquad_file(extra="<UMLS><CUI>12</CUI></UMLS>", pairs=pairs), "a.xml")

    assert set(codes(document)) == {"no_answer", "odd_code", "unknown_question_type"}
    assert document.articles[0].aspect == "OverviewHealthAspect"


@pytest.mark.parametrize("control", ["\x0b", "&#11;", "&#xB;", "\x7f", "\u202e"])
def test_a_control_character_does_not_cost_the_file(control: str) -> None:
    document = medquad.parse(medquad_file(pairs=pair("symptoms", "Signs ?", f"Pain{control} and heat.")), "a.xml")

    assert codes(document) == ["control_character"]
    assert " ".join(plain_text(document.articles[0].viewpoints[0].body).split()) == "Pain and heat."


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"not xml at all", "not XML"),
        (b"", "not XML"),
        (b"<html/>", "starts with <html>"),
        (b'<Document source="CDC"><Focus>X</Focus></Document>', "no answers"),
        (b"<Document><Focus>X</Focus></Document>", "no source"),
        (b'<!DOCTYPE d [<!ENTITY a "aaaa">]><Document source="CDC">&a;</Document>', "document type"),
        (b'<Document source="CDC">\xff</Document>', "byte 24"),
        (b"<Document>" + b" " * medquad.LARGEST, "larger than 4 MB"),
        (b'<?xml version="1.0" encoding="klingon"?><Document/>', "unknown encoding"),
    ],
)
def test_a_bad_file_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        medquad.parse(raw, "a.xml")


def test_a_declared_encoding_is_honoured() -> None:
    raw = medquad_file(focus="Guérin").decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert medquad.parse(raw, "a.xml").topic.name == "Guérin"


def test_ids_come_from_the_file_alone() -> None:
    one, other = (medquad.parse(medquad_file(focus=focus), "a.xml") for focus in ("Muscle cramp", "MUSCLE  Cramp"))
    [a], [b] = one.articles, other.articles

    assert one.topic_id == other.topic_id
    assert one.viewpoint_id(a, a.viewpoints[0]) == other.viewpoint_id(b, b.viewpoints[0])


def test_names_fold_alike_on_every_database() -> None:
    assert fold(" Me\u0301nie\u0300re  Disease") == fold("MÉNIÈRE disease")


def test_files_of_a_folder_and_of_an_archive_are_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    for name in ("b.xml", "sub/a.xml", "readme.txt"):
        (folder / name).write_bytes(medquad_file())
    with tarfile.open(tmp_path / "files.tar.gz", "w:gz") as archive:
        archive.add(folder, arcname=".")
        too_big = tarfile.TarInfo("z.xml")
        too_big.size = medquad.LARGEST + 1
        archive.addfile(too_big, io.BytesIO(b" " * too_big.size))

    with Files(folder) as files:
        assert [place for place, _ in files] == ["b.xml", "sub/a.xml"]
    with Files(tmp_path / "files.tar.gz") as files:
        contents = dict(files)
    assert contents["./b.xml"] == medquad_file()
    assert isinstance(contents["z.xml"], BadFile)


def test_a_torn_archive_is_refused_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "files.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("a.xml")
        entry.size = 40_000
        archive.addfile(entry, io.BytesIO(bytes(n * 7919 % 251 for n in range(40_000))))
    path.write_bytes(path.read_bytes()[:200])

    with pytest.raises(BadFile, match="cannot be read"):
        Files(path)
