"""What an edition still needs. Pure: plain values in, reasons out; the screen, the API and the error show the same list.

To ask for a second reviewer of medicines, change the stages of the policy (data, see `default_policies.py`);
to ask for something of a new kind, add a rule here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from articles import checks


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
