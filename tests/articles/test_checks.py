"""The checks as one: what a sound article passes, what each rule finds, and in which order."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from articles.checks import (
    Finding,
    check,
    currency_findings,
    missing_disclaimers,
)

TODAY = date(2026, 11, 22)


def make_contributor(**changes: Any) -> dict[str, Any]:
    credential = {
        "label": "Consultant neurologist",
        "profession": "physician",
        "specialty": "Neurologic",
        "issuer": "College",
        "verified_on": "2026-01-11",
        "verified_by": "Cyd",
        "expires_on": "",
    }
    contributor = {
        "id": "c-ada",
        "name": "Ada Lind",
        "kind": "person",
        "role": "author",
        "lay": False,
        "credentials": [credential],
        "affiliation": "",
        "orcid": "",
        "ror": "",
        "disclosure": {"status": "none_declared", "as_of": "2026-05-01", "interests": []},
    }
    return contributor | changes


def make_viewpoint(**changes: Any) -> dict[str, Any]:
    viewpoint = {
        "id": "v-1",
        "heading": "A neurologist's view",
        "perspective": "clinical",
        "certainty": "",
        "contributors": [make_contributor()],
        "body_html": "<p>Most muscle twitches are harmless. Rest and sleep often help.</p>",
        "citations": ["ref-1"],
    }
    return viewpoint | changes


def make_reference(**changes: Any) -> dict[str, Any]:
    reference = {"id": "ref-1", "source_id": "s-1", "type": "guideline", "title": "On twitches", "status": "ok"}
    return reference | changes


def make_content(**changes: Any) -> dict[str, Any]:
    topic = {
        "id": "t-1",
        "name": "Fasciculation",
        "slug": "fasciculation",
        "kind": "symptom",
        "specialty": "Neurologic",
        "also_called": ["muscle twitch"],
        "codes": [],
    }
    content = {
        "schema": "article/1",
        "language": "en",
        "title": "How are fasciculations treated?",
        "summary": "Rest helps most people.",
        "topic": topic,
        "aspect": "TreatmentsHealthAspect",
        "audience": ["Patient"],
        "see_doctor_html": "<p>See a doctor if a muscle gets weak.</p>",
        "viewpoints": [make_viewpoint()],
        "synthesis_html": "",
        "disclaimers": [],
        "references": [make_reference()],
    }
    return content | changes


def codes_and_places(content: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    findings = check(content, risk_tier=2, today=TODAY, **options)
    return [(finding.code, finding.place) for finding in findings]


def with_viewpoint(**changes: Any) -> dict[str, Any]:
    return make_content(viewpoints=[make_viewpoint(**changes)])


def with_contributor(**changes: Any) -> dict[str, Any]:
    return with_viewpoint(contributors=[make_contributor(**changes)])


def with_topic_kind(kind: str, **changes: Any) -> dict[str, Any]:
    content = make_content(**changes)
    return content | {"topic": content["topic"] | {"kind": kind}}


def disclosure(status: str, as_of: str = "") -> dict[str, Any]:
    return {"status": status, "as_of": as_of, "interests": []}


def test_a_sound_article_has_no_findings() -> None:
    assert check(make_content(), risk_tier=2, today=TODAY) == []


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (make_content(title=" "), ("title_missing", "title")),
        (make_content(summary=""), ("summary_missing", "summary")),
        (make_content(viewpoints=[]), ("no_viewpoints", "viewpoints")),
        (with_viewpoint(body_html="<p>&nbsp;<br></p>"), ("empty_viewpoint", "viewpoints/v-1")),
        (make_content(see_doctor_html="<p></p>"), ("see_doctor_missing", "see_doctor_html")),
        (with_viewpoint(contributors=[]), ("unattributed_viewpoint", "viewpoints/v-1")),
        (with_contributor(credentials=[]), ("contributor_without_credentials", "contributors/c-ada")),
        (with_contributor(disclosure=disclosure("not_asked")), ("disclosure_missing", "contributors/c-ada")),
        (with_contributor(disclosure=disclosure("refused")), ("disclosure_refused", "contributors/c-ada")),
        (with_viewpoint(citations=[]), ("claim_unreferenced", "viewpoints/v-1")),
        (with_viewpoint(citations=["ref-9"]), ("claim_unreferenced", "viewpoints/v-1")),
        (make_content(references=[make_reference(status="retracted")]), ("reference_retracted", "references/ref-1")),
        (make_content(references=[make_reference(status="withdrawn")]), ("reference_retracted", "references/ref-1")),
        (
            make_content(references=[make_reference(status="expression_of_concern")]),
            ("reference_of_concern", "references/ref-1"),
        ),
        (with_viewpoint(body_html="<p>Advertisement</p><p>Rest.</p>"), ("advertising_line", "viewpoints/v-1")),
        (make_content(summary="A signficant help."), ("misspelling", "summary")),
        (make_content(summary="Rest hеlps."), ("mixed_scripts", "summary")),
        (make_content(summary="Rest he\u200blps."), ("invisible_character", "summary")),
        (make_content(summary="Take ５ mg."), ("odd_digits", "summary")),
    ],
)
def test_each_fault_is_found_once_at_its_place(content: dict[str, Any], finding: tuple[str, str]) -> None:
    assert codes_and_places(content) == [finding]


@pytest.mark.parametrize(
    "content",
    [
        with_topic_kind("condition", see_doctor_html=""),
        with_contributor(credentials=[], lay=True),
        with_contributor(credentials=[], kind="organization"),
        with_contributor(disclosure=disclosure("interests_declared", "2026-05-01")),
        make_content(references=[make_reference(), make_reference(id="ref-2", status="retracted")]),
        make_content(references=[make_reference(status="unchecked")]),
    ],
)
def test_what_is_allowed_is_not_reported(content: dict[str, Any]) -> None:
    assert codes_and_places(content) == []


def test_a_wellness_article_may_do_without_references() -> None:
    assert check(with_viewpoint(citations=[]), risk_tier=1, today=TODAY) == []


def test_a_contributor_of_two_viewpoints_is_reported_once() -> None:
    nobody = [make_contributor(credentials=[])]
    other = make_viewpoint(id="v-2", body_html="<p>Caffeine makes twitches worse.</p>", contributors=nobody)
    content = make_content(viewpoints=[make_viewpoint(contributors=nobody), other])

    assert codes_and_places(content) == [("contributor_without_credentials", "contributors/c-ada")]


def test_every_message_is_a_sentence_or_more() -> None:
    faulty = make_content(title="", summary="signficant", viewpoints=[make_viewpoint(contributors=[], citations=[])])

    for finding in check(faulty, risk_tier=3, today=TODAY, required_disclaimers=["emergency"]):
        assert finding.message.endswith((".", "?"))


def test_checking_changes_nothing_and_gives_the_same_answer_twice() -> None:
    content = make_content(title="", summary="A signficant ad.", viewpoints=[make_viewpoint(citations=[])])
    before = copy.deepcopy(content)

    assert check(content, risk_tier=3, today=TODAY) == check(content, risk_tier=3, today=TODAY)
    assert content == before


def test_words_of_the_vocabulary_and_of_the_topic_are_known() -> None:
    content = make_content(summary="A zorblatin helps in quuxemia.")
    content["topic"] = content["topic"] | {"also_called": ["Quuxemia"]}

    assert codes_and_places(content) == [("misspelling", "summary")]
    assert codes_and_places(content, vocabulary=frozenset({"Zorblatin"})) == []


def test_spelling_and_reading_grade_are_for_english_only() -> None:
    assert codes_and_places(make_content(language="de", summary="Ruhe hilft fast immer gegen Zuckungen.")) == []


# Disclaimers


def disclaimer(kind: str, text: str = "Not advice.") -> dict[str, Any]:
    return {"id": f"d-{kind}", "kind": kind, "version": 1, "placement": "bottom", "text": text}


def test_a_required_disclaimer_that_is_absent_or_empty_is_missing() -> None:
    content = make_content(disclaimers=[disclaimer("emergency", text=" ")])

    found = missing_disclaimers(content, ["not_medical_advice", "emergency", "emergency"])

    assert [(finding.code, finding.place) for finding in found] == [("disclaimer_missing", "disclaimers")] * 2
    assert "“not medical advice”" in found[0].message


def test_a_disclaimer_that_is_there_is_not_missing() -> None:
    assert missing_disclaimers(make_content(disclaimers=[disclaimer("opinion")]), ["opinion"]) == []


def test_mixed_authorship_is_required_of_several_contributors_only() -> None:
    twice = make_content(viewpoints=[make_viewpoint(), make_viewpoint(id="v-2")])
    two = make_content(viewpoints=[make_viewpoint(contributors=[make_contributor(), make_contributor(id="c-ben")])])

    assert missing_disclaimers(make_content(), ["mixed_authorship"]) == []
    assert missing_disclaimers(twice, ["mixed_authorship"]) == []
    assert len(missing_disclaimers(two, ["mixed_authorship"])) == 1


# Currency


def currency(contributor: dict[str, Any], *, credential: int = 12, disclosed: int = 12) -> list[str]:
    content = with_viewpoint(contributors=[contributor])
    found = currency_findings(
        content, today=TODAY, credential_max_age_months=credential, disclosure_max_age_months=disclosed
    )
    return [finding.code for finding in found]


def credentialed(**changes: str) -> dict[str, Any]:
    contributor = make_contributor()
    return contributor | {"credentials": [contributor["credentials"][0] | changes]}


@pytest.mark.parametrize(
    ("verified_on", "codes"),
    [
        ("2025-11-22", []),  # the last day on which it holds
        ("2025-11-21", ["credential_stale"]),
        ("", ["credential_stale"]),
        ("soon", ["credential_stale"]),
    ],
)
def test_a_credential_is_stale_after_its_maximum_age(verified_on: str, codes: list[str]) -> None:
    assert currency(credentialed(verified_on=verified_on)) == codes


@pytest.mark.parametrize(
    ("expires_on", "codes"), [("", []), ("2026-11-22", []), ("2026-11-21", ["credential_expired"])]
)
def test_a_credential_has_expired_the_day_after_its_last(expires_on: str, codes: list[str]) -> None:
    assert currency(credentialed(expires_on=expires_on)) == codes


@pytest.mark.parametrize(
    ("status", "as_of", "codes"),
    [
        ("none_declared", "2025-11-22", []),
        ("none_declared", "2025-11-21", ["disclosure_stale"]),
        ("interests_declared", "", ["disclosure_stale"]),
        ("not_asked", "", []),  # missing, not stale
    ],
)
def test_a_disclosure_is_stale_after_its_maximum_age(status: str, as_of: str, codes: list[str]) -> None:
    assert currency(make_contributor(disclosure=disclosure(status, as_of))) == codes


def test_no_maximum_age_means_nothing_grows_stale() -> None:
    old = credentialed(verified_on="") | {"disclosure": disclosure("none_declared", "1999-01-01")}

    assert currency(old, credential=0, disclosed=0) == []


def test_a_month_that_is_too_short_ends_on_its_last_day() -> None:
    content = with_viewpoint(contributors=[credentialed(verified_on="2026-01-31")])

    def found(today: date) -> list[Finding]:
        return currency_findings(content, today=today, credential_max_age_months=1, disclosure_max_age_months=0)

    assert found(date(2026, 2, 28)) == []
    assert [finding.code for finding in found(date(2026, 3, 1))] == ["credential_stale"]
