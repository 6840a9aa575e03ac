"""What an edition still needs. Pure: plain values in, reasons out; the screen, the API and the error show the same list.

To ask for a second reviewer of medicines, change the stages of the policy (data, see `default_policies.py`);
to ask for something of a new kind, add a rule here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from articles import checks

#: The answers to a question of a checklist.
ANSWERS = {"yes": "Yes", "no": "No", "na": "Not applicable"}
#: What each row of answers holds, as text.
ANSWER_KEYS = ("question", "answer", "comment")
#: What a policy says of a review that is done: how long it is valid, and what happens then.
VALIDITY = ("validity_months", "warn_days", "grace_days", "on_expiry")
#: The one stage of the fast path, where the policy has no stage of editors to take it from.
FAST_PATH_STAGE: dict[str, Any] = {
    "key": "editorial",
    "label": "Editorial review",
    "group": "Editor",
    "holder": "anyone",
    "due_days": 3,
    "checklist": [],
}


#: The one stage of an emergency: whoever approves there may publish it too.
EMERGENCY_STAGE: dict[str, Any] = {
    "key": "emergency",
    "label": "Emergency review",
    "order": 1,
    "group": "Medical lead",
    "holder": "clinician",
    "quorum": 1,
    "specialists": 0,
    "due_days": 1,
    "checklist": ["Does the page do less harm with this change than without it?"],
}


@dataclass(frozen=True)
class Blocker:
    """One thing that is missing, with a stable code and words that a person can act on."""

    code: str
    message: str
    place: str = ""


@dataclass(frozen=True)
class Signature:
    """What a policy needs to know of one decision."""

    reviewer_id: int
    stage: str
    outcome: str
    is_specialist: bool
    name: str = ""
    round: int = 1


def missing(
    policy: dict[str, Any], content: dict[str, Any], decisions: Iterable[Signature], *, today: date
) -> list[Blocker]:
    """Return everything that keeps an edition of `content` from being published on `today`; empty when nothing does."""
    return [
        *missing_in_content(policy, content, today=today),
        *missing_approvals(policy, content, list(decisions)),
    ]


def missing_in_content(policy: dict[str, Any], content: dict[str, Any], *, today: date) -> list[Blocker]:
    """Return what keeps `content` from being submitted under `policy`."""
    blocking = {*policy["blocking_checks"], "disclaimer_missing"}
    findings = checks.check_facts(
        content,
        risk_tier=policy["risk_tier"],
        today=today,
        required_disclaimers=policy["required_disclaimers"],
        credential_max_age_months=policy["credential_max_age_months"],
        disclosure_max_age_months=policy["disclosure_max_age_months"],
    )
    names = _names_of_places(content)
    blockers = [
        Blocker(row.code, names.get(row.place, "") + row.message, row.place) for row in findings if row.code in blocking
    ]
    if not content["topic"]["specialty"] and any(stage["specialists"] for stage in policy["stages"]):
        blockers.append(
            Blocker(
                "topic_without_specialty",
                f"Set the specialty of the topic “{content['topic']['name']}”: "
                "this policy asks for reviewers of that specialty.",
                "topic",
            )
        )
    return list(dict.fromkeys(blockers))


def missing_approvals(policy: dict[str, Any], content: dict[str, Any], decisions: list[Signature]) -> list[Blocker]:
    """Return, stage by stage, the approvals that are not there yet; a single other outcome ends the edition."""
    ended = [row for row in decisions if row.outcome != "approve"]
    blockers = [
        Blocker("not_approved", f"{row.name or 'A reviewer'} answered “{row.outcome.replace('_', ' ')}”.")
        for row in ended
    ]
    if not policy["stages"]:
        blockers.append(Blocker("policy_without_stages", "This review policy has no stage: nobody could approve."))
    for stage in policy["stages"]:
        blockers += _missing_in_stage(stage, content, decisions)
    return blockers


def open_stages(policy: dict[str, Any], decisions: list[Signature]) -> list[dict[str, Any]]:
    """Return the stages whose turn it is: those of the lowest order that still lack an approval."""
    unfinished = [stage for stage in policy["stages"] if _lacking(stage, decisions) != (0, 0)]
    first = min((stage["order"] for stage in unfinished), default=None)
    return [stage for stage in unfinished if stage["order"] == first]


def stage_is_ready(policy: dict[str, Any], stage: dict[str, Any], decisions: list[Signature]) -> bool:
    """Return whether every stage of a lower order is complete."""
    earlier = [other for other in policy["stages"] if other["order"] < stage["order"]]
    return all(_lacking(other, decisions) == (0, 0) for other in earlier)


def fast_path_policy(policy: dict[str, Any], *, full_review: int, reviewed_under: dict[str, Any]) -> dict[str, Any]:
    """Return the policy of an editorial change: one editor who did not make it, nothing else.

    `full_review` is the number of the edition whose reviewers and review date the page goes on showing, and
    `reviewed_under` its policy, which goes on saying how long that review is valid.
    """
    editorial = [stage for stage in policy["stages"] if stage["group"] == FAST_PATH_STAGE["group"]]
    stage = {**FAST_PATH_STAGE, **(editorial[0] if editorial else {}), "order": 1, "quorum": 1, "specialists": 0}
    validity = {key: reviewed_under[key] for key in VALIDITY}
    return {**policy, **validity, "stages": [stage], "is_fast_path": True, "full_review": full_review}


def emergency_policy(policy: dict[str, Any], *, full_review: int, reviewed_under: dict[str, Any]) -> dict[str, Any]:
    """Return the policy of a safety change in an emergency: one medical lead who did not make it, and may publish it.

    As after the fast path, the page goes on showing the last full review, and its date.
    """
    validity = {key: reviewed_under[key] for key in VALIDITY}
    changes = {"separate_releaser": False, "stages": [EMERGENCY_STAGE], "full_review": full_review}
    return {**policy, **validity, **changes, "is_fast_path": True, "is_emergency": True}


def is_fast_path(policy: dict[str, Any]) -> bool:
    return bool(policy.get("is_fast_path"))


def is_emergency(policy: dict[str, Any]) -> bool:
    return bool(policy.get("is_emergency"))


def full_review_of(policy: dict[str, Any], number: int) -> int:
    """Return the number of the edition that was reviewed in full: edition `number` itself, or the one it mends."""
    return policy["full_review"] if is_fast_path(policy) else number


def check_answers(stage: dict[str, Any], answers: Any, *, approves: bool) -> list[Blocker]:
    """Return what is wrong with the answers to a stage's checklist.

    Every question has to be answered before approving, in the words in which it was asked; every “no” needs a comment.
    """
    if not _are_answers(answers):
        message = "Give each answer with its question, the answer and a comment, which may be empty."
        return [Blocker("malformed_answers", message, stage["key"])]
    questions = stage.get("checklist", [])
    given = {row["question"]: row for row in answers}
    blockers = [
        Blocker("unknown_question", f"The checklist of this stage has no question “{question}”.", stage["key"])
        for question in given
        if question not in questions
    ]
    if len(given) < len(answers):
        blockers.append(Blocker("answered_twice", "A question of the checklist was answered twice.", stage["key"]))
    for question in questions:
        blockers += _of_answer(stage, question, given.get(question), approves)
    return blockers


def _are_answers(answers: Any) -> bool:
    return isinstance(answers, list | tuple) and all(
        isinstance(row, dict) and all(isinstance(row.get(key), str) for key in ANSWER_KEYS) for row in answers
    )


def _of_answer(stage: dict[str, Any], question: str, row: Any, approves: bool) -> list[Blocker]:
    if row is None:
        message = f"Answer the checklist before you approve: “{question}”"
        return [Blocker("checklist_incomplete", message, stage["key"])] if approves else []
    if row["answer"] not in ANSWERS:
        return [Blocker("unknown_answer", f"Answer yes, no or not applicable: “{question}”", stage["key"])]
    if row["answer"] == "no" and not row["comment"].strip():
        return [Blocker("answer_without_comment", f"Say why you answered no: “{question}”", stage["key"])]
    return []


def _names_of_places(content: dict[str, Any]) -> dict[str, str]:
    """Return place -> its name with a colon, for messages that say “this viewpoint”."""
    viewpoints = {
        f"viewpoints/{row['id']}": f"“{row['heading']}”: " if row["heading"] else f"Viewpoint {n}: "
        for n, row in enumerate(content["viewpoints"], start=1)
    }
    return viewpoints | {f"references/{row['id']}": f"“{row['title']}”: " for row in content["references"]}


def _missing_in_stage(stage: dict[str, Any], content: dict[str, Any], decisions: list[Signature]) -> list[Blocker]:
    approvals, specialists = _lacking(stage, decisions)
    blockers = []
    if approvals:
        more = "1 more approval" if approvals == 1 else f"{approvals} more approvals"
        blockers.append(
            Blocker("approval_missing", f"{stage['label']}: {more} needed ({stage['group']}).", stage["key"])
        )
    if specialists:
        specialty = content["topic"]["specialty"] or "the topic's specialty"
        blockers.append(
            Blocker(
                "specialty_missing",
                f"{stage['label']}: {specialists} of the approvals must come from a specialist ({specialty}).",
                stage["key"],
            )
        )
    return blockers


def _lacking(stage: dict[str, Any], decisions: list[Signature]) -> tuple[int, int]:
    approved = [row for row in decisions if row.stage == stage["key"] and row.outcome == "approve"]
    people = {row.reviewer_id for row in approved}
    specialists = {row.reviewer_id for row in approved if row.is_specialist}
    return max(0, stage["quorum"] - len(people)), max(0, stage["specialists"] - len(specialists))
