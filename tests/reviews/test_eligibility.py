"""Every reason against a reviewer is named, and none but the true ones."""

from datetime import date

import pytest

from articles.months import months_later
from reviews.eligibility import Candidate, Matter, is_specialist, reasons_against

TODAY = date(2026, 11, 22)
POLICY = {"credential_max_age_months": 24, "disclosure_max_age_months": 12, "one_stage_each": True}
CREDENTIAL = {"profession": "physician", "specialty": "Neurologic", "verified_on": "2026-01-11", "expires_on": ""}
EDITORIAL = {"key": "editorial", "label": "Editorial review", "group": "Editor", "holder": "anyone"}
MEDICAL = {"key": "medical", "label": "Medical review", "group": "Medical reviewer", "holder": "clinician"}
PHARMACY = MEDICAL | {"key": "pharmacy_legal", "holder": "pharmacist_or_legal"}
CONTENT = {"topic": {"specialty": "Neurologic"}, "viewpoints": [{"contributors": [{"id": "speaker"}]}]}


def person(**changes):
    values = {
        "user_id": 7,
        "name": "Dr Ben",
        "groups": frozenset({"Medical reviewer"}),
        "credentials": (CREDENTIAL,),
        "disclosure_status": "none_declared",
        "disclosure_as_of": "2026-05-01",
        "contributor_id": "ben",
    }
    return Candidate(**(values | changes))


def matter(**changes):
    values = {"policy": POLICY, "content": CONTENT, "touched_by": frozenset({1})}
    return Matter(**(values | changes))


def codes(who, stage=MEDICAL, **changes):
    return [row.code for row in reasons_against(who, matter(**changes), stage, today=TODAY)]


def test_who_has_everything_passes():
    assert codes(person()) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"is_active": False}, "inactive"),
        ({"groups": frozenset()}, "not_in_stage_group"),
        ({"user_id": 1}, "own_work"),
        ({"user_id": 1, "is_superuser": True}, "own_work"),
        ({"contributor_id": "speaker"}, "is_contributor"),
        ({"credentials": ()}, "credential_missing"),
        ({"credentials": (CREDENTIAL | {"profession": "legal"},)}, "credential_missing"),
        ({"credentials": (CREDENTIAL | {"verified_on": "2024-11-21"},)}, "credential_stale"),
        ({"credentials": (CREDENTIAL | {"verified_on": ""},)}, "credential_stale"),
        ({"credentials": (CREDENTIAL | {"expires_on": "2026-11-21"},)}, "credential_expired"),
        ({"employer_id": "clinic"}, "organization_conflict"),
        ({"disclosure_status": "not_asked"}, "disclosure_not_asked"),
        ({"disclosure_status": "refused"}, "disclosure_not_asked"),
        ({"disclosure_as_of": "2025-11-21"}, "disclosure_stale"),
    ],
)
def test_each_lack_is_its_own_reason(changes, code):
    assert codes(person(**changes), organizations=frozenset({"clinic"})) == [code]


def test_the_last_day_still_counts():
    who = person(credentials=(CREDENTIAL | {"verified_on": "2024-11-22", "expires_on": "2026-11-22"},))
    assert codes(who) == []
    assert codes(person(disclosure_as_of="2025-11-22")) == []


def test_a_stage_without_credentials_asks_for_no_declaration():
    who = person(groups=frozenset({"Editor"}), credentials=(), disclosure_status="not_asked")
    assert codes(who, EDITORIAL) == []


def test_a_superuser_passes_roles_but_needs_the_credential():
    assert codes(person(groups=frozenset(), is_superuser=True)) == []
    assert codes(person(groups=frozenset(), is_superuser=True, credentials=())) == ["credential_missing"]


def test_a_physician_is_no_pharmacist():
    assert codes(person(), PHARMACY) == ["credential_missing"]
    assert codes(person(credentials=(CREDENTIAL | {"profession": "pharmacist"},)), PHARMACY) == []


def test_a_specialist_has_a_valid_credential_in_the_specialty_of_the_topic():
    assert is_specialist(person(), matter(), TODAY)
    assert not is_specialist(person(credentials=(CREDENTIAL | {"specialty": "Dermatology"},)), matter(), TODAY)
    assert not is_specialist(person(credentials=(CREDENTIAL | {"expires_on": "2026-01-01"},)), matter(), TODAY)
    nowhere = CONTENT | {"topic": {"specialty": ""}}
    assert not is_specialist(person(credentials=(CREDENTIAL | {"specialty": ""},)), matter(content=nowhere), TODAY)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), 12, date(2025, 1, 15)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
    ],
)
def test_months_before_a_day(day, months, expected):
    assert months_later(day, -months) == expected
