"""Who may review what. Pure: plain values in, every reason against out.

A role can be given, a credential renewed; nothing here lets anybody pass who touched the text.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from articles.months import months_later
from articles.vocabularies import CLINICAL_PROFESSIONS
from reviews.policy import Blocker, Signature

HOLDERS = {
    "clinician": CLINICAL_PROFESSIONS,
    "pharmacist_or_legal": frozenset({"pharmacist", "legal"}),
}
HOLDER_WORDS = {"clinician": "a licensed clinician", "pharmacist_or_legal": "a pharmacist or legal counsel"}


#: Reasons that a medical lead may set aside for somebody else, by signature and with a reason of their own.
OVERRIDABLE = frozenset({"organization_conflict", "disclosure_not_asked", "disclosure_stale"})

#: How reasons that speak to the reader begin when they speak of somebody else.
THIRD_PERSON = {
    "You wrote": "{name} wrote",
    "You speak in": "{name} speaks in",
    "You have decided": "{name} has decided",
    "You decided": "{name} decided",
    "Your employer": "The employer of {name}",
    "Your own interests are not declared yet. Declare them before you review.": (
        "The interests of {name} are not declared yet."
    ),
    "Your declaration of interests": "The declaration of interests of {name}",
}
#: Words that only the person themselves can act on.
ADVICE_TO_ONESELF = " Renew it."


@dataclass(frozen=True)
class Candidate:
    """What is known of a person who might review; credentials as `articles.snapshot.credential_content` gives them."""

    user_id: int
    name: str
    is_active: bool = True
    is_superuser: bool = False
    groups: frozenset[str] = frozenset()
    credentials: tuple[dict[str, str], ...] = ()
    disclosure_status: str = "not_asked"
    disclosure_as_of: str = ""
    contributor_id: str = ""
    employer_id: str = ""


@dataclass(frozen=True)
class Matter:
    """What is known of the edition that is to be reviewed."""

    policy: dict[str, Any]
    content: dict[str, Any]
    touched_by: frozenset[int]
    decisions: tuple[Signature, ...] = ()
    #: Ids of the organizations that speak in it or employ who does.
    organizations: frozenset[str] = frozenset()
    #: Conflicts that a medical lead set aside: (user id, stage, code).
    overrides: frozenset[tuple[int, str, str]] = frozenset()
    #: The round of review that is open: 1 before publication, later ones for the unchanged public text.
    round: int = 1


def reasons_against(who: Candidate, matter: Matter, stage: dict[str, Any], *, today: date) -> list[Blocker]:
    """Return every reason why this person may not decide in this stage today; empty when they may."""
    reasons = [
        *_account(who, stage),
        *_own_work(who, matter),
        *_credential(who, matter, stage, today),
        *_organization(who, matter),
        *_disclosure(who, matter, stage, today),
        *_already_decided(who, matter, stage),
    ]
    return [row for row in reasons if (who.user_id, stage["key"], row.code) not in matter.overrides]


def of_somebody_else(reasons: list[Blocker], name: str) -> list[Blocker]:
    """Return the reasons in words about the person named, for whoever wants to ask them to review."""
    return [replace(row, message=_in_third_person(row.message, name)) for row in reasons]


def is_specialist(who: Candidate, matter: Matter, today: date) -> bool:
    """Return whether the person holds a valid credential in the specialty of the edition's topic."""
    specialty = matter.content["topic"]["specialty"]
    return bool(specialty) and any(row["specialty"] == specialty for row in valid_credentials(who, matter, today))


def valid_credentials(who: Candidate, matter: Matter, today: date) -> list[dict[str, str]]:
    """Return the credentials that count on `today`: verified within the policy's months, and not expired."""
    oldest = months_later(today, -matter.policy["credential_max_age_months"]).isoformat()
    day = today.isoformat()
    return [
        row
        for row in who.credentials
        if row["verified_on"]
        and oldest <= row["verified_on"] <= day
        and (not row["expires_on"] or row["expires_on"] >= day)
    ]


def _in_third_person(message: str, name: str) -> str:
    for mine, theirs in THIRD_PERSON.items():
        if message.startswith(mine):
            return theirs.format(name=name) + message[len(mine) :].removesuffix(ADVICE_TO_ONESELF)
    return f"{name}: {message}"


def _account(who: Candidate, stage: dict[str, Any]) -> Iterable[Blocker]:
    if not who.is_active:
        yield Blocker("inactive", "This account is switched off.")
    if not who.is_superuser and stage["group"] not in who.groups:
        yield Blocker("not_in_stage_group", f"{stage['label']} is decided by people with the role {stage['group']}.")


def _own_work(who: Candidate, matter: Matter) -> Iterable[Blocker]:
    speakers = {row["id"] for viewpoint in matter.content["viewpoints"] for row in viewpoint["contributors"]}
    if who.user_id in matter.touched_by:
        yield Blocker("own_work", "You wrote, changed or submitted this text, and nobody approves their own work.")
    if who.contributor_id and who.contributor_id in speakers:
        yield Blocker("is_contributor", "You speak in a viewpoint of this edition.")


def _credential(who: Candidate, matter: Matter, stage: dict[str, Any], today: date) -> Iterable[Blocker]:
    wanted = HOLDERS.get(stage["holder"])
    if wanted is None:
        return
    if wanted & {row["profession"] for row in valid_credentials(who, matter, today)}:
        return
    months = matter.policy["credential_max_age_months"]
    words = HOLDER_WORDS[stage["holder"]]
    held = [row for row in who.credentials if row["profession"] in wanted]
    if not held:
        yield Blocker("credential_missing", f"{stage['label']} asks for {words}; no such credential is on record.")
    elif any(row["expires_on"] and row["expires_on"] < today.isoformat() for row in held):
        yield Blocker("credential_expired", f"{stage['label']} asks for {words}; the credential on record has expired.")
    else:
        yield Blocker(
            "credential_stale",
            f"{stage['label']} asks for {words}; the credential was not verified in the last {months} months.",
        )


def _organization(who: Candidate, matter: Matter) -> Iterable[Blocker]:
    if who.employer_id and who.employer_id in matter.organizations:
        yield Blocker(
            "organization_conflict",
            "Your employer speaks in this edition, or employs somebody who does.",
        )


def _disclosure(who: Candidate, matter: Matter, stage: dict[str, Any], today: date) -> Iterable[Blocker]:
    if stage["holder"] == "anyone":
        return
    months = matter.policy["disclosure_max_age_months"]
    if who.disclosure_status in ("not_asked", "refused"):
        yield Blocker(
            "disclosure_not_asked", "Your own interests are not declared yet. Declare them before you review."
        )
    elif who.disclosure_as_of < months_later(today, -months).isoformat():
        yield Blocker("disclosure_stale", f"Your declaration of interests is older than {months} months. Renew it.")


def _already_decided(who: Candidate, matter: Matter, stage: dict[str, Any]) -> Iterable[Blocker]:
    mine = [row for row in matter.decisions if row.reviewer_id == who.user_id and row.round == matter.round]
    if any(row.stage == stage["key"] and row.outcome != "revoke" for row in mine):
        yield Blocker("already_decided", "You have decided on this edition in this stage already.")
    elif mine and matter.policy["one_stage_each"]:
        yield Blocker("decided_elsewhere", "You decided on this edition in another stage; one person, one stage.")
