"""What an edition still needs: a table of contents and signatures against the policies of a new installation."""

import copy
from datetime import date
from pathlib import Path

import pytest

from articles import checks
from articles.history import write
from publishing.actions import publication_blockers
from reviews import actions
from reviews.default_policies import DEFAULTS
from reviews.models import Edition, ReviewPolicy, Stage
from reviews.policy import Signature, missing, missing_in_content, open_stages, stage_is_ready
from reviews.validators import BLOCKABLE_CHECKS
from tests import cast
from tests.refusal import refused

TODAY = date(2026, 6, 1)


@pytest.fixture
def policies(db):
    """The default policies as an edition keeps them, by tier."""
    return {row.risk_tier: row.snapshot() for row in ReviewPolicy.objects.all()}


def signed(stage, person, outcome="approve", specialist=False):
    return Signature(person, stage, outcome, specialist, name=f"Person {person}")


EDITOR = signed("editorial", 1)
MEDIC, OTHER_MEDIC = signed("medical", 2), signed("medical", 3)
SPECIALIST, OTHER_SPECIALIST = signed("medical", 4, specialist=True), signed("medical", 5, specialist=True)
PHARMACIST = signed("pharmacy_legal", 6)
APPROVAL, SPECIALTY = "approval_missing", "specialty_missing"
NONE_YET = {
    1: [(APPROVAL, "editorial"), (APPROVAL, "medical")],
    2: [(APPROVAL, "editorial"), (APPROVAL, "medical"), (SPECIALTY, "medical")],
    3: [(APPROVAL, "editorial"), (APPROVAL, "medical"), (SPECIALTY, "medical"), (APPROVAL, "pharmacy_legal")],
}

TABLE = [
    *((tier, [], lacking) for tier, lacking in NONE_YET.items()),
    (1, [EDITOR], [(APPROVAL, "medical")]),
    (1, [MEDIC], [(APPROVAL, "editorial")]),
    (1, [EDITOR, MEDIC], []),
    (2, [EDITOR, MEDIC], [(APPROVAL, "medical"), (SPECIALTY, "medical")]),
    (2, [EDITOR, SPECIALIST], [(APPROVAL, "medical")]),
    (2, [EDITOR, MEDIC, OTHER_MEDIC], [(SPECIALTY, "medical")]),
    (2, [MEDIC, SPECIALIST], [(APPROVAL, "editorial")]),
    (2, [EDITOR, MEDIC, SPECIALIST], []),
    (3, [EDITOR, MEDIC, SPECIALIST, PHARMACIST], [(SPECIALTY, "medical")]),
    (3, [EDITOR, SPECIALIST, OTHER_SPECIALIST], [(APPROVAL, "pharmacy_legal")]),
    (3, [EDITOR, SPECIALIST, OTHER_SPECIALIST, PHARMACIST], []),
    # The same person twice is one person.
    (2, [EDITOR, SPECIALIST, SPECIALIST], [(APPROVAL, "medical")]),
    # Work in another stage counts for that stage alone.
    (2, [signed("editorial", 4), SPECIALIST], [(APPROVAL, "medical")]),
    (1, [EDITOR, signed("nursing", 2)], [(APPROVAL, "medical")]),
    (1, [EDITOR, EDITOR], [(APPROVAL, "medical")]),
]


@pytest.mark.parametrize(("tier", "signatures", "lacking"), TABLE)
def test_every_approval_that_is_missing_is_named_with_its_stage(policies, tier, signatures, lacking):
    blockers = missing(policies[tier], content(), signatures, today=TODAY)
    assert [(row.code, row.place) for row in blockers] == lacking
    assert all(row.message.endswith((".", ").")) for row in blockers)


@pytest.mark.parametrize("outcome", ["request_changes", "reject", "revoke"])
def test_any_other_outcome_blocks_whatever_else_is_there(policies, outcome):
    enough = [EDITOR, MEDIC, SPECIALIST, OTHER_SPECIALIST, PHARMACIST]
    for policy in policies.values():
        blockers = missing(policy, content(), [*enough, signed("medical", 9, outcome)], today=TODAY)
        assert [row.code for row in blockers] == ["not_approved"]
        assert "Person 9" in blockers[0].message


def test_a_policy_without_stages_never_passes(policies):
    for policy in policies.values():
        blockers = missing(policy | {"stages": []}, content(), [EDITOR, MEDIC, SPECIALIST], today=TODAY)
        assert [row.code for row in blockers] == ["policy_without_stages"]


def test_stages_open_in_their_order(policies):
    policy = policies[3]
    editorial, medical, pharmacy = policy["stages"]
    assert [stage["key"] for stage in open_stages(policy, [])] == ["editorial"]
    assert [stage["key"] for stage in open_stages(policy, [EDITOR])] == ["medical", "pharmacy_legal"]
    assert [stage["key"] for stage in open_stages(policy, [EDITOR, PHARMACIST])] == ["medical"]
    assert stage_is_ready(policy, editorial, [])
    assert not stage_is_ready(policy, medical, [])
    assert stage_is_ready(policy, pharmacy, [EDITOR])


CONTENTS = [
    ({"title": " "}, "title_missing"),
    ({"summary": ""}, "summary_missing"),
    ({"viewpoints": []}, "no_viewpoints"),
    ({"disclaimers": []}, "disclaimer_missing"),
]


@pytest.mark.parametrize(("changes", "code"), CONTENTS)
@pytest.mark.parametrize("tier", [1, 2, 3])
def test_content_that_a_policy_forbids_blocks(policies, tier, changes, code):
    assert code in [row.code for row in missing_in_content(policies[tier], content() | changes, today=TODAY)]


def test_good_content_has_no_blockers(policies):
    for policy in policies.values():
        assert missing_in_content(policy, content(), today=TODAY) == []


@pytest.mark.parametrize(
    ("status", "as_of"),
    [
        ("not_asked", ""),
        ("refused", "2026-05-01"),
        ("none_declared", "2020-01-01"),
        ("interests_declared", ""),
    ],
)
def test_a_contributor_who_did_not_disclose_blocks(policies, status, as_of):
    shown = content()
    shown["viewpoints"][0]["contributors"][0]["disclosure"] = {"status": status, "as_of": as_of, "interests": []}
    for policy in policies.values():
        blockers = missing_in_content(policy, shown, today=TODAY)
        assert [row.place for row in blockers] == ["contributors/person-0"]


def test_every_check_that_a_policy_can_ask_for_exists():
    """A blocking code that no check gives would block nothing, silently."""
    source = "".join(path.read_text() for path in Path(checks.__file__).parent.glob("*.py"))
    assert [code for code in BLOCKABLE_CHECKS if f'"{code}"' not in source] == []
    assert {code for policy in DEFAULTS for code in policy["blocking_checks"]} <= set(BLOCKABLE_CHECKS)


def test_required_disclaimers_are_asked_for_by_name(policies):
    one_voice = content(viewpoints=1)
    one_voice["disclaimers"] = []
    blockers = missing_in_content(policies[2], one_voice, today=TODAY)
    assert [row.message for row in blockers] == ["The disclaimer “not medical advice” is required. Add it."]
    policy = policies[2] | {"required_disclaimers": ["emergency"]}
    blockers = missing_in_content(policy, content(), today=TODAY)
    assert ["emergency" in row.message for row in blockers] == [True]


def test_specialists_of_a_topic_without_specialty_cannot_be_found(policies):
    shown = content()
    shown["topic"]["specialty"] = ""
    codes = {tier: [row.code for row in missing_in_content(policies[tier], shown, today=TODAY)] for tier in policies}
    assert codes == {1: [], 2: ["topic_without_specialty"], 3: ["topic_without_specialty"]}


def test_the_same_facts_give_the_same_reasons_and_stay_as_they_were(policies):
    shown, before = content(), copy.deepcopy(content())
    first = missing(policies[3], shown, [EDITOR], today=TODAY)
    assert missing(policies[3], shown, iter([EDITOR]), today=TODAY) == first
    assert shown == before


def test_a_later_edit_of_the_policy_does_not_change_a_submitted_edition(people, line):
    edition = line.submit()
    policy = ReviewPolicy.objects.get(risk_tier=2)
    for stage in policy.stages.all():
        stage._history_user = people.root
        stage.delete()
    write(Stage(policy=policy, key="any", label="Anybody", group="Editor"), by=people.root)
    policy.separate_releaser, policy.blocking_checks = False, []
    write(policy, by=people.root)
    kept = Edition.objects.get(pk=edition.pk)
    assert kept.policy == edition.policy
    lacking = [(row.code, row.place) for row in publication_blockers(kept)]
    assert lacking == NONE_YET[2]
    actions.recall(kept, by=people.ada, reason="The policy is new")
    assert [stage["key"] for stage in line.submit(kept.article).policy["stages"]] == ["any"]


def test_a_tier_without_a_policy_takes_no_submission(people, line, monkeypatch):
    article = line.draft()
    monkeypatch.setattr(ReviewPolicy.objects, "prefetch_related", lambda *names: ReviewPolicy.objects.none())
    with refused("policy_missing"):
        actions.submit(article, by=people.ada)


def test_topic_without_specialty_is_refused_at_submission(people, line):
    article = line.draft(topic_id=cast.make_topic(by=people.ada, specialty="").pk)
    with refused("topic_without_specialty"):
        line.submit(article)


def content(viewpoints=2):
    """Valid content of an article on a condition, by two people who cite a source."""
    return {
        "title": "Why does a muscle twitch?",
        "summary": "Small twitches are common and mostly harmless.",
        "topic": {"also_called": [], "name": "Muscle twitching", "kind": "condition", "specialty": "Neurologic"},
        "see_doctor_html": "<p>See a doctor when the muscle gets weaker.</p>",
        "synthesis_html": "",
        "viewpoints": [_viewpoint(n) for n in range(viewpoints)],
        "disclaimers": [
            {"id": "note-1", "kind": "mixed_authorship", "text": "Several people speak."},
            {"id": "note-2", "kind": "not_medical_advice", "text": "Not advice."},
        ],
        "references": [{"id": "ref-1", "title": "Leaflet", "status": "ok"}],
    }


def _viewpoint(n):
    credential = {"label": "Neurologist", "profession": "physician", "verified_on": "2026-05-01", "expires_on": ""}
    person = {
        "id": f"person-{n}",
        "name": f"Rowan {n}",
        "kind": "person",
        "lay": False,
        "credentials": [credential],
        "disclosure": {"status": "none_declared", "as_of": "2026-05-01", "interests": []},
    }
    words = ("Most twitches pass without any treatment.", "Rest, water and less coffee help many people.")[n]
    return {
        "id": f"view-{n}",
        "heading": f"View {n}",
        "contributors": [person],
        "body_html": f"<p>{words}</p>",
        "citations": ["ref-1"],
    }
