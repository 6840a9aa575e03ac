"""Build the review certificate of an edition (docs/certificate.md). Pure: plain values in, plain values out.

A name is printed only where its bearer signed here under it. Never: licence numbers, comments, who published.
"""

import re
from collections import Counter
from datetime import datetime
from typing import Any

from publishing import document as documents
from publishing.document import moment, printed_credentials, printed_signer
from reviews.eligibility import HOLDER_WORDS
from reviews.policy import is_emergency, is_fast_path

Values = dict[str, Any]

SCHEMA = "certificate/1"
#: How a blocking comment can be settled: the codes of FHIR R5 ArtifactAssessment.disposition, without `unresolved`.
DISPOSITIONS = ("persuasive", "persuasive-with-modification", "not-persuasive", "not-persuasive-with-modification")
#: What readers are told of a conflict that was set aside, by the codes of `reviews.eligibility.OVERRIDABLE`.
CONFLICTS = {
    "organization_conflict": "Works for an organization that speaks in the text, or that employs one of its contributors",
    "disclosure_not_asked": "Had not declared their interests",
    "disclosure_stale": "Had not renewed their declaration of interests",
}
#: Words of a printed name that do not tell who somebody is.
TITLES = frozenset({"dr", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "sir", "dame", "the"})


def certificate(
    *,
    site_url: str,
    article_id: str,
    slug: str,
    publication: Values,
    edition: Values,
    reviews: list[Values],
) -> Values:
    """Return the certificate of an edition: its own review, then the full one where it took the fast path.

    Every key is always there; absence is `[]` or `""`.
    """
    content, number = edition["content"], edition["number"]
    api = f"{site_url}/api/v1/articles/{article_id}/"
    shown = documents.review(edition, [row for review in reviews for row in review["decisions"]])
    return {
        "type": "certificate",
        "schema": SCHEMA,
        "url": documents.certificate_url(api, number),
        "html_url": f"{site_url}{documents.certificate_path(content['language'], slug, number)}",
        "article": article_id,
        "article_url": api,
        "article_html_url": f"{site_url}{documents.page_path(content['language'], slug)}",
        "edition_url": f"{api}editions/{number}/",
        "title": content["title"],
        "language": content["language"],
        "published_at": moment(publication["published_at"]),
        "certified_at": moment(certified_at(reviews)),
        "edition": {
            "number": number,
            "digest": edition["digest"],
            "canonicalization": "rfc8785",
            "schema": content["schema"],
            "change": publication["change"],
            "note": publication["note"],
        },
        "review": {key: shown[key] for key in ("state", "last_reviewed", "next_review_due")},
        "is_fast_path": is_fast_path(edition["policy"]),
        "is_emergency": is_emergency(edition["policy"]),
        "reviews": [_review(review, api) for review in reviews],
        "blocking_comments": _comments(reviews[0]["comments"]),
    }


def standing(review: Values) -> list[Values]:
    """Return the signatures of a certificate's review that count: of its last completed round, not taken back.

    Those of stages that ask for a credential come first.
    """
    number = max(row["round"] for row in review["rounds"] if row["completed_at"])
    stages = sorted(review["stages"], key=lambda stage: stage["holder"] == "anyone")
    signed = [row for stage in stages for row in stage["signatures"]]
    return [row for row in signed if row["round"] == number and not row["taken_back"]]


def certified_at(reviews: list[Values]) -> datetime:
    """Return when the newest thing happened that a certificate of these reviews tells of."""
    revoked = [row["signed_at"] for review in reviews for row in review["decisions"] if row["outcome"] == "revoke"]
    endorsed = [row["signed_at"] for review in reviews for row in review["endorsements"]]
    return max([review["completed_at"] for review in reviews] + revoked + endorsed)


def _review(review: Values, api: str) -> Values:
    signed = _shown(review["decisions"])
    taken_back = documents.revocations(review["decisions"])
    rounds = {row["round"]: None for row in signed} | review["rounds"]
    policy = review["policy"]
    return {
        "kind": "emergency" if is_emergency(policy) else "fast_path" if is_fast_path(policy) else "full",
        "edition": review["number"],
        "digest": review["digest"],
        "certificate_url": documents.certificate_url(api, review["number"]),
        "policy": {
            **{key: policy[key] for key in ("name", "version", "risk_tier", "validity_months")},
            "frozen_at": moment(review["submitted_at"]),
        },
        "stages": [_stage(stage, signed, taken_back) for stage in policy["stages"]],
        "rounds": [
            {"round": number, "completed_at": moment(rounds[number]) if rounds[number] else ""}
            for number in sorted(rounds)
        ],
        "overrides": [_override(row, signed, policy["stages"]) for row in review["overrides"]],
        "endorsements": [
            {"name": row["name"], "meaning": row["attestation"], "signed_at": moment(row["signed_at"])}
            for row in review["endorsements"]
        ],
    }


def _shown(decisions: list[Values]) -> list[Values]:
    """Return the approvals in completed rounds, and any other that was taken back: readers were told of that."""
    taken_back = documents.revocations(decisions)
    approved = [row for row in decisions if row["outcome"] == "approve"]
    return [row for row in approved if row["is_counted"] or documents.signature(row) in taken_back]


def _stage(stage: Values, signed: list[Values], taken_back: dict[tuple[Any, ...], Values]) -> Values:
    return {
        "key": stage["key"],
        "label": stage["label"],
        "group": stage["group"],
        "quorum": stage["quorum"],
        "specialists": stage["specialists"],
        "holder": stage["holder"],
        "asks": _asks(stage),
        "signatures": [
            _signed(row, taken_back.get(documents.signature(row))) for row in signed if row["stage"] == stage["key"]
        ],
    }


def _asks(stage: Values) -> str:
    """Return in words what a stage asks for."""
    quorum, holder, specialists = stage["quorum"], stage["holder"], stage["specialists"]
    words = [f"{quorum} approval{'' if quorum == 1 else 's'} in the role {stage['group']}"]
    if holder in HOLDER_WORDS:
        words.append(f"{'' if quorum == 1 else 'each '}by {HOLDER_WORDS[holder]}")
    if specialists:
        words.append(f"{specialists} of them by {'a specialist' if specialists == 1 else 'specialists'} in the field")
    return ", ".join(words)


def _signed(decision: Values, revocation: Values | None) -> Values:
    """Return one signature with all that 21 CFR 11.50(a) asks for: printed name, date and time, meaning."""
    reviewer = decision["reviewer"]
    return {
        "name": printed_signer(reviewer),
        "is_named": _is_named(decision),
        "role": reviewer["role"],
        "credentials": printed_credentials(reviewer, decision["signed_at"].date()),
        "is_specialist": decision["is_specialist"],
        "outcome": decision["outcome"],
        "meaning": decision["attestation"],
        "signed_at": moment(decision["signed_at"]),
        "digest": decision["digest"],
        "round": decision["round"],
        "answers": [{key: row[key] for key in ("question", "answer")} for row in decision["answers"]],
        "taken_back": [] if revocation is None else [_taken_back(decision, revocation)],
    }


def _taken_back(decision: Values, revocation: Values) -> Values:
    """Return who took an approval back, by name only if both signatures are: one would tell the other's name."""
    is_named = _is_named(decision) and _is_named(revocation)
    reviewer = revocation["reviewer"]
    return {
        "name": reviewer["name"] if is_named else reviewer["role"],
        "is_named": is_named,
        "role": reviewer["role"],
        "meaning": revocation["attestation"],
        "signed_at": moment(revocation["signed_at"]),
    }


def _is_named(decision: Values) -> bool:
    return not decision["reviewer"].get("by_role_only")


def _override(row: Values, signed: list[Values], stages: list[Values]) -> Values:
    """Return a conflict that was set aside; of who did not sign here by name, only the role."""
    mine = [other for other in signed if other["reviewer_id"] == row["reviewer_id"]]
    is_named = bool(mine) and all(_is_named(other) for other in mine)
    stage = next(stage for stage in stages if stage["key"] == row["stage"])
    name, role, signer = row["reviewer_name"], stage["group"], row["signer"]
    withheld = not is_named and _names(row["reason"], name)
    return {
        "name": name if is_named else role,
        "is_named": is_named,
        "has_signed": bool(mine),
        "role": role,
        "stage": row["stage"],
        "stage_label": stage["label"],
        "codes": row["codes"],
        "conflicts": [CONFLICTS.get(code, code) for code in row["codes"]],
        "reason": "" if withheld else row["reason"],
        "is_reason_withheld": withheld,
        "signed_by": {"name": printed_signer(signer), "role": signer["role"]},
        "meaning": row["attestation"] if is_named else row["attestation"].replace(name, f"[{role}]"),
        "signed_at": moment(row["signed_at"]),
    }


def _names(text: str, name: str) -> bool:
    """Return whether a text holds any part of a name; to withhold too much is better than too little."""
    return name.casefold() in text.casefold() or bool((_words(name) - TITLES) & _words(text))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _comments(comments: list[Values]) -> Values:
    settled = Counter(row["disposition"] for row in comments if row["is_settled"])
    return {
        "raised": len(comments),
        "settled": settled.total(),
        "dispositions": {code: settled[code] for code in DISPOSITIONS},
    }
