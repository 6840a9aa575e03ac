"""The checks of texts: duplicates, advertising, plain text, odd characters, reading grades."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from articles.checks import (
    check,
    continue_learning_topic,
    duplicate_viewpoint,
    find_duplicates,
    fingerprint,
    invisible_character,
    is_advertising_line,
    mixed_scripts,
    near_duplicate_viewpoint,
    odd_digits,
    plain_text,
    reading_grade,
    reading_grades,
)
from articles.checks.reading import coleman_liau, flesch_kincaid, smog, syllables
from tests.articles.test_checks import TODAY, make_content, make_viewpoint

PAGE = Path(__file__).parents[3] / "shared" / "corpus" / "fasciculation.txt"

ADVICE = "Drink enough water, sleep well, and see a doctor if a muscle gets weak or thin over several weeks."


# Plain text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<ul><li>One</li><li>Two <em>three</em></li></ul>", "One\nTwo three"),
        ("One<br>Two", "One\nTwo"),
        ("a &lt; b &amp; c&nbsp;d &#233;", "a < b & c d é"),
        ("<p>H<sub>2</sub>O</p>", "H2O"),
        ("<table><tr><th>Dose</th><td>5 mg</td></tr></table>", "Dose 5 mg"),
        ("<p>One\n   line</p>", "One line"),
        ("<script>alert(1)</script>Text", "Text"),
        ("", ""),
    ],
)
def test_plain_text_breaks_at_blocks_and_decodes_entities(html: str, text: str) -> None:
    assert plain_text(html) == text


# Duplicates


@pytest.mark.parametrize(
    "variant",
    [
        "<p>Rest, sleep, and WAIT.</p>",
        "Rest sleep and wait",
        "<p>Rest,</p>\n<ul><li>sleep</li></ul> and\u00a0wait!",
        "Rest – sleep – and ｗａｉｔ",
        "Rest, sl\u200beep, and wait.",
    ],
)
def test_case_tags_width_punctuation_and_space_do_not_make_a_text_new(variant: str) -> None:
    assert fingerprint(variant) == "rest sleep and wait"


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.5 mg", "15 mg"), ("5-10 mg", "510 mg"), ("< 5", "> 5"), ("5 %", "5"), ("may help", "may not help")],
)
def test_numbers_comparisons_and_negations_make_a_text_new(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_the_first_of_equal_texts_wins_and_later_ones_name_it() -> None:
    texts = [("a", ADVICE), ("b", "Something else."), ("c", ADVICE.upper()), ("d", f"<p>{ADVICE}</p>")]

    found = [(duplicate.key, duplicate.repeats, duplicate.is_exact) for duplicate in find_duplicates(texts)]

    assert found == [("c", "a", True), ("d", "a", True)]


def test_near_texts_are_told_from_equal_ones() -> None:
    [found] = find_duplicates([("a", ADVICE), ("b", ADVICE.replace("enough", "more"))])

    assert (found.key, found.repeats, found.is_exact) == ("b", "a", False)
    assert 90 <= found.similarity < 100


def test_empty_texts_are_no_duplicates() -> None:
    assert find_duplicates([("a", ""), ("b", "<p></p>"), ("c", "…")]) == []


def test_a_repeated_viewpoint_names_what_it_repeats() -> None:
    body = f"<p>{ADVICE}</p>"
    content = make_content(
        viewpoints=[make_viewpoint(id="v-1", body_html=body), make_viewpoint(id="v-2", body_html=body)]
    )

    [finding] = duplicate_viewpoint(content)

    assert (finding.place, finding.repeats) == ("viewpoints/v-2", "viewpoints/v-1")
    assert near_duplicate_viewpoint(content) == []


def test_near_viewpoints_that_disagree_say_in_which_word() -> None:
    bodies = [f"<p>{ADVICE}</p>", f"<p>{ADVICE.replace('see', 'do not see')}</p>"]
    viewpoints = [make_viewpoint(id=f"v-{i}", body_html=body) for i, body in enumerate(bodies)]

    [finding] = near_duplicate_viewpoint(make_content(viewpoints=viewpoints))

    assert "“not”" in finding.message
    assert duplicate_viewpoint(make_content(viewpoints=viewpoints)) == []


def test_sixty_long_viewpoints_are_compared_well_under_a_second() -> None:
    dice = random.Random(7)
    words = ADVICE.split() * 30
    texts = [(str(i), " ".join(dice.sample(words, len(words)))[:2500]) for i in range(60)]

    start = time.perf_counter()
    find_duplicates(texts)

    assert time.perf_counter() - start < 1.5  # seconds; 0.3 on an idle machine


# Advertising


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "ADVERTISEMENT:",
        "[Ad]",
        "Sponsored",
        "— Sponsored content —",
        "Advertisement - Continue Reading Below",
        "Continue Learning about Fasciculation (Muscle Twitch)",
        "Share this",
        "Read more…",
        "Read more »",
        "Skip to main content",
    ],
)
def test_a_whole_line_of_advertising_or_navigation_is_found(line: str) -> None:
    assert is_advertising_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "An advertisement for a medicine must list its risks.",
        "The trial was sponsored by its maker.",
        "Ad libitum",
        "Read more about this in the leaflet of your medicine.",
        "Share this with your doctor.",
        "You can continue learning about your illness from your nurse.",
        "Continue learning about your illness; your nurse can help you with that.",
    ],
)
def test_a_sentence_with_such_words_is_not_advertising(line: str) -> None:
    assert not is_advertising_line(line)


@pytest.mark.parametrize(
    ("line", "topic"),
    [
        ("Continue Learning about Fasciculation (Muscle Twitch)", "Fasciculation (Muscle Twitch)"),
        ("  continue learning about:  Gout »", "Gout"),
        ("Continue Learning about", ""),
        ("We continue learning about gout", ""),
        ("Advertisement", ""),
    ],
)
def test_the_topic_of_a_continue_learning_line_is_read(line: str, topic: str) -> None:
    assert continue_learning_topic(line) == topic


# Characters


@pytest.mark.parametrize(
    ("word", "name", "suggestion"),
    [
        ("fаsciculation", "CYRILLIC SMALL LETTER A", "fasciculation"),
        ("dοctor", "GREEK SMALL LETTER OMICRON", "doctor"),
        ("Αspirin", "GREEK CAPITAL LETTER ALPHA", "Aspirin"),
        ("hαrmless", "GREEK SMALL LETTER ALPHA", "hαrmless"),
    ],
)
def test_two_alphabets_in_a_word_are_reported_and_the_letter_named(word: str, name: str, suggestion: str) -> None:
    [finding] = mixed_scripts(make_content(summary=f"The {word} is here."))

    assert name in finding.message
    assert finding.suggestion == suggestion


@pytest.mark.parametrize(
    "text", ["5 µg", "5 μg", "β-blocker", "α", "TNFα", "NFκB", "kΩ", "naïve Sjögren", "Москва", "ΔT"]
)
def test_greek_signs_and_words_of_one_alphabet_are_fine(text: str) -> None:
    assert mixed_scripts(make_content(summary=text)) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mus\u00adcle", "SOFT HYPHEN"),
        ("mus\u200bcle", "ZERO WIDTH SPACE"),
        ("mus\u200dcle", "ZERO WIDTH JOINER"),
        ("1\u20600 mg", "WORD JOINER"),
        ("\ufeffmuscle", "ZERO WIDTH NO-BREAK SPACE"),
        ("5\ufe0f mg", "VARIATION SELECTOR-16"),
    ],
)
def test_a_character_nobody_sees_is_named(text: str, name: str) -> None:
    [finding] = invisible_character(make_content(summary=text))

    assert name in finding.message
    assert finding.suggestion.isascii()


@pytest.mark.parametrize("text", ["❤\ufe0f", "👩\u200d⚕\ufe0f", "1\ufe0f\u20e3", "می\u200cخواهم"])
def test_joiners_that_belong_to_a_sign_or_a_script_are_fine(text: str) -> None:
    assert invisible_character(make_content(summary=text)) == []


@pytest.mark.parametrize(("text", "suggestion"), [("１０", "10"), ("٥mg", "5mg"), ("𝟓", "5")])
def test_digits_other_than_0_to_9_are_reported(text: str, suggestion: str) -> None:
    [finding] = odd_digits(make_content(summary=f"Take {text} daily"))

    assert finding.suggestion == suggestion


def test_superscripts_and_fractions_are_fine() -> None:
    assert odd_digits(make_content(summary="10² and ½")) == []


# Reading grades

SYLLABLES = {
    1: "the twitch caused breathe vein heart care help mild",
    2: "doctor muscle disease symptom treated relaxed people little being science breathing headaches table "
    "patient social special benign vaccine needed careful spasm",
    3: "sclerosis lateral medicine area idea exercise diseases serious nausea hospital different",
    4: "magnesium diarrhea anemia spontaneous usually",
    5: "fasciculation amyotrophic involuntary antibiotic",
    6: "physiotherapist",
}


@pytest.mark.parametrize(("count", "words"), SYLLABLES.items())
def test_syllables_are_counted_right_for_common_and_medical_words(count: int, words: str) -> None:
    assert {word: syllables(word) for word in words.split()} == dict.fromkeys(words.split(), count)


def test_the_formulas_are_the_published_ones() -> None:
    assert flesch_kincaid(10, 150, 225) == pytest.approx(7.96)
    assert smog(30, 36) == pytest.approx(9.3871)
    assert coleman_liau(5, 119, 639) == pytest.approx(14.53, abs=0.02)


def test_headings_list_items_and_decimals_do_not_confuse_sentences() -> None:
    grades = reading_grades("Doses\nTake 1.5 mg, e.g. at night. Dr. Ada agrees.\nOne\nTwo")

    assert grades.sentences == 5


def test_a_text_without_words_has_no_grade() -> None:
    assert reading_grades(" 12. ").grade == 0


def test_plain_words_pass_and_a_thick_text_is_reported() -> None:
    plain = "<p>" + "Rest your leg. Drink some water. Call us if it gets weak. " * 4 + "</p>"
    thick = "<p>" + "Electromyographic examination occasionally demonstrates spontaneous fasciculation potentials " * 4

    assert reading_grade(make_content(viewpoints=[make_viewpoint(body_html=plain)])) == []
    [finding] = reading_grade(make_content(viewpoints=[make_viewpoint(body_html=thick)]))
    assert (finding.code, finding.place) == ("reading_grade_high", "viewpoints/v-1")


# A real page


@pytest.mark.skipif(not PAGE.exists(), reason="the corpus is not here")
def test_a_saved_page_shows_its_advertising_its_repetition_and_its_misspellings() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    viewpoints = [make_viewpoint(id=str(i), body_html=f"<p>{line}</p>") for i, line in enumerate(lines)]

    findings = check(make_content(viewpoints=viewpoints), risk_tier=2, today=TODAY)
    found = {finding.code for finding in findings}

    assert {"advertising_line", "duplicate_viewpoint", "misspelling"} <= found
    assert [finding.place for finding in findings if finding.code == "advertising_line"] == [
        "viewpoints/0",
        "viewpoints/5",
    ]
