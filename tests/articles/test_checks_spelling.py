"""The spelling check: what is reported, with which suggestion, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from articles.checks import Misspelling, misspelling, misspellings
from articles.checks.words import word_list
from tests.articles.test_checks import make_content

PAGE = Path(__file__).parents[3] / "shared" / "corpus" / "fasciculation.txt"
VOCABULARY = frozenset({"fasciculation", "muscle", "twitch"})


def test_each_spelling_is_reported_once_as_written_and_counted() -> None:
    text = "Fasiculations pass. Most fasiculations, and fasciulations, have no signficant cause. A fasiculation, a fasiculation."

    assert misspellings(text, vocabulary=VOCABULARY) == [
        Misspelling("Fasiculations", "fasciculations", 1),
        Misspelling("fasiculations", "fasciculations", 1),
        Misspelling("fasciulations", "fasciculations", 1),
        Misspelling("signficant", "significant", 1),
        Misspelling("fasiculation", "fasciculation", 2),
    ]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("recieve", "receive"),
        ("seperate", "separate"),
        ("occured", "occurred"),
        ("begining", "beginning"),
        ("tounge", "tongue"),
        ("diarhea", "diarrhea"),
        ("pnuemonia", "pneumonia"),
        ("symtoms", "symptoms"),
        ("inflamation", "inflammation"),
        ("perscription", "prescription"),
        ("metfromin", "metformin"),
        ("opthalmologist", "ophthalmologist"),
        ("deficency", "deficiency"),
        ("hypertention", "hypertension"),
    ],
)
def test_the_suggestion_is_the_word_that_was_meant(wrong: str, right: str) -> None:
    assert misspellings(f"It is {wrong} here.") == [Misspelling(wrong, right, 1)]


@pytest.mark.parametrize(
    "words",
    [
        "amyotrophic magnesium sclerosis acetaminophen paracetamol electromyography",
        "fasciculations neuropathies diagnoses biopsies physician's patients' abscesses",
        "colour tumour anaemia leukaemia haemorrhage oesophagus oestrogen diarrhoea paediatric gynaecology foetus",
        "randomised organisation paralysed centre litres counselling labelled oedema anaesthetist programme",
        "randomized organization paralyzed center liters counseling labeled edema anesthetist program",
        "over-stimulate well-being noninvasive overstimulated smartphone website",
        "naïve café Sjögren Ménière",
        "don't doesn't they've shouldn’t",
    ],
)
def test_right_words_are_left_alone(words: str) -> None:
    assert misspellings(f"It is {words} here.") == []


@pytest.mark.parametrize(
    "text",
    [
        "The XQZTV and the NSAIDs and the mRNAz.",
        "Take qwx 5mgq or B12x.",
        "See https://exampel.org/fasiculation or www.exmple.com or mail adn@exmaple.org.",
        "We asked Zbigniew Wrzeszczak of Trzebinia.",
        "Говорят по-русски.",
    ],
)
def test_acronyms_numbers_addresses_names_and_other_alphabets_are_left_alone(text: str) -> None:
    assert misspellings(text) == []


def test_a_capitalised_word_in_mid_sentence_is_judged_if_it_is_near_a_term() -> None:
    assert misspellings("About Fasiculations And Wrzeszczak") == [Misspelling("Fasiculations", "fasciculations", 1)]


def test_a_name_at_the_start_of_a_sentence_is_left_alone() -> None:
    assert misspellings("Wrzeszczak agrees. Zbigniew does not.") == []


def test_a_word_that_opens_a_sentence_is_judged() -> None:
    assert [found.suggestion for found in misspellings("It ended. Signficant pain is rare.")] == ["significant"]


def test_no_suggestion_turns_low_into_high() -> None:
    assert not any(found.suggestion.startswith("hyper") for found in misspellings("a hypotensoin or hypoglosia"))


def test_an_unknown_word_far_from_all_others_gets_no_suggestion() -> None:
    assert misspellings("the zzxqjkvw thing") == [Misspelling("zzxqjkvw", "", 1)]


def test_vocabulary_may_hold_phrases_in_any_case() -> None:
    assert misspellings("a blorfian quandrel", vocabulary=frozenset({"Blorfian Quandrel (rare)"})) == []


def test_invisible_characters_do_not_hide_or_make_misspellings() -> None:
    assert misspellings("sig\u00adnificant") == []
    assert [found.word for found in misspellings("sign\u200bficant")] == ["signficant"]


def test_names_of_contributors_are_known() -> None:
    content = make_content(summary="as lind says")

    assert misspelling(content) == []


@pytest.mark.parametrize("name", ["medical", "british", "general"])
def test_word_lists_are_lower_case_words(name: str) -> None:
    assert all(word.isalpha() and word.islower() and word.isascii() for word in word_list(name))


def test_the_medical_list_is_of_some_size() -> None:
    assert len(word_list("medical")) > 1500


@pytest.mark.skipif(not PAGE.exists(), reason="the corpus is not here")
def test_a_saved_page_has_these_misspellings_and_no_others() -> None:
    found = misspellings(PAGE.read_text(encoding="utf-8"), vocabulary=VOCABULARY)

    assert {item.word: item.suggestion for item in found} == {
        "Fasiculations": "fasciculations",
        "fasiculations": "fasciculations",
        "fasciulations": "fasciculations",
        "signficant": "significant",
        "fasiculation": "fasciculation",
    }
