"""The published document: every key always there, never null, and nothing from the clock."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.months import months_later
from articles.snapshot import canonical
from publishing.document import etag_of, moment, review
from reviews import actions

#: Section by section, the keys of docs/model.md, "The published document".
TOP = {
    "type", "id", "slug", "language", "url", "html_url", "seq", "first_published_at", "published_at", "updated_at",
    "edition", "review", "content", "corrections", "notices", "continue_learning", "translations", "cache_tags",
}  # fmt: skip
EDITION = {"number", "digest", "canonicalization", "change", "note", "url", "previous_url"}
REVIEW = {"state", "last_reviewed", "next_review_due", "policy", "reviewed_by", "certificate_url"}
REVIEWER = {"name", "credentials", "stage", "signed_at", "digest"}
CONTENT = {
    "schema", "language", "title", "summary", "translation_of", "topic", "aspect", "audience", "see_doctor_html", "viewpoints",
    "synthesis_html", "disclaimers", "references",
}  # fmt: skip
TOPIC = {"id", "name", "slug", "kind", "specialty", "also_called", "codes"}
VIEWPOINT = {"id", "heading", "perspective", "certainty", "contributors", "body_html", "citations"}
VIEWPOINT |= {"withdrawn_on", "withdrawn_reason"}
CONTRIBUTOR = {"id", "name", "kind", "role", "lay", "credentials", "affiliation", "orcid", "ror", "disclosure"}
CREDENTIAL = {"label", "profession", "specialty", "issuer", "verified_on", "verified_by", "expires_on"}
DISCLOSURE = {"status", "as_of", "interests"}
DISCLAIMER = {"id", "kind", "version", "placement", "text"}
REFERENCE = {
    "id", "source_id", "type", "title", "authors", "publisher", "year", "url", "doi", "pmid", "accessed_on", "status",
    "evidence_level",
}  # fmt: skip
LINK = {"id", "title", "html_url"}


def assert_complete(document):
    assert set(document) == TOP
    assert set(document["edition"]) == EDITION
    assert set(document["review"]) == REVIEW
    content = document["content"]
    assert set(content) == CONTENT
    assert set(content["topic"]) == TOPIC
    people = [row for viewpoint in content["viewpoints"] for row in viewpoint["contributors"]]
    for rows, keys in (
        (document["review"]["reviewed_by"], REVIEWER),
        (document["continue_learning"], LINK),
        (content["viewpoints"], VIEWPOINT),
        (people, CONTRIBUTOR),
        ([person["disclosure"] for person in people], DISCLOSURE),
        ([row for person in people for row in person["credentials"]], CREDENTIAL),
        (content["disclaimers"], DISCLAIMER),
        (content["references"], REFERENCE),
    ):
        assert all(set(row) == keys for row in rows)
    assert_no_null(document)


def assert_no_null(value, path="$"):
    assert value is not None, path
    if isinstance(value, dict):
        for key, item in value.items():
            assert_no_null(item, f"{path}.{key}")
    if isinstance(value, list):
        for n, item in enumerate(value):
            assert_no_null(item, f"{path}[{n}]")


def test_every_key_is_there_and_none_is_null_from_first_publication_to_revocation(people, line, api):
    first = line.publish()
    address = f"/api/v1/articles/{first.article_id}/"
    bare = api.get(address).json()
    assert_complete(bare)
    assert (bare["edition"]["previous_url"], bare["continue_learning"], bare["notices"]) == ("", [], [])
    line.publish(line.approve(line.submit(line.draft(topic_id=first.article.topic_id))))
    second = line.publish(line.approve(line.submit(line.change(first.article))), note="Plainer words")
    actions.revoke(second.edition, by=people.ben, stage="medical", reason="A number")
    full = api.get(address).json()
    assert_complete(full)
    assert len(full["continue_learning"]) == len(full["notices"]) == 1
    assert full["edition"]["previous_url"].endswith("/editions/1/")
    assert full["edition"]["note"] == "Plainer words"
    assert full["first_published_at"] == bare["first_published_at"]
    edition = api.get(full["edition"]["url"]).json()
    assert_no_null(edition)
    assert edition["content"] == full["content"]


def test_cards_and_lists_hold_no_null(line, api):
    line.publish()
    listed = api.get("/api/v1/articles/").json()
    assert_no_null(listed)
    assert listed["items"][0]["viewpoint_count"] == 2


def test_the_stored_text_is_canonical_and_the_etag_its_hash(line, api):
    response = api.get(f"/api/v1/articles/{line.publish().article_id}/")
    assert canonical(response.json()) == response.content
    assert response["ETag"] == etag_of(response.content)


def signed(person, outcome, day, stage="medical"):
    return {
        "edition": 1,
        "round": 1,
        "is_counted": True,
        "reviewer_id": person,
        "reviewer": {
            "name": f"Person {person}",
            "credentials": [{"label": "Nurse", "verified_on": "2026-01-11", "expires_on": ""}],
        },
        "stage": stage,
        "outcome": outcome,
        "signed_at": datetime(2026, 1, day, 23, 59, 59, 999999, tzinfo=UTC),
        "digest": "sha256:x",
    }


def test_last_reviewed_is_the_day_of_the_newest_approval_and_due_counts_from_it():
    policy = {"name": "P", "version": 3, "validity_months": 13}
    shown = review({"policy": policy, "full_review": 1}, [signed(1, "approve", 31), signed(2, "approve", 5)])
    assert (shown["last_reviewed"], shown["next_review_due"]) == ("2026-01-31", "2027-02-28")
    assert (shown["policy"], shown["state"]) == ("P, version 3", "current")
    assert [row["signed_at"] for row in shown["reviewed_by"]] == ["2026-01-31T23:59:59Z", "2026-01-05T23:59:59Z"]


def test_a_revoked_approval_is_dropped_in_its_stage_alone():
    policy = {"name": "P", "version": 1, "validity_months": 12}
    rows = [
        signed(1, "approve", 1, "editorial"),
        signed(1, "approve", 2),
        signed(2, "approve", 3),
        signed(1, "revoke", 9),
    ]
    shown = review({"policy": policy, "full_review": 1}, rows)
    assert [(row["name"], row["stage"]) for row in shown["reviewed_by"]] == [
        ("Person 1", "editorial"),
        ("Person 2", "medical"),
    ]
    assert (shown["state"], shown["last_reviewed"]) == ("approval_revoked", "2026-01-03")


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 12, 15), 24, date(2028, 12, 15)),
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
    ],
)
def test_months_are_added_to_the_same_day_or_the_last(day, months, due):
    assert months_later(day, months) == due


@given(st.dates(max_value=date(2900, 1, 1)), st.integers(0, 1200))
def test_added_months_never_pass_into_the_next(day, months):
    due = months_later(day, months)
    assert (due.year * 12 + due.month) - (day.year * 12 + day.month) == months
    assert due.day == day.day or (due.day < day.day and due.day >= 28)


def test_moments_are_whole_seconds_in_utc():
    assert moment(datetime(2026, 11, 22, 10, 0, 0, 999, tzinfo=UTC)) == "2026-11-22T10:00:00Z"
