"""The review certificate of a public edition: who signed which bytes, as what, and how to check it. Pure.

Each signature shows the printed name, the time and the meaning (21 CFR 11.50). Reviewers who asked for it are shown by
role only; the signed record keeps their name.
"""

from typing import Any

from publishing.document import moment

HOW_TO_CHECK = [
    "Fetch the edition's JSON and take the value of “content”.",
    "Write it in the canonical form of RFC 8785 (JSON Canonicalization Scheme), as UTF-8.",
    "The SHA-256 of those bytes, in hex after “sha256:”, is the digest that every signature names.",
]


def certificate(
    *,
    site_url: str,
    article_id: str,
    language: str,
    slug: str,
    publication: dict[str, Any],
    edition: dict[str, Any],
    decisions: list[dict[str, Any]],
    overrides: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return the certificate as plain values; every key is always there."""
    number = edition["number"]
    labels = {stage["key"]: stage["label"] for stage in edition["policy"]["stages"]}
    return {
        "type": "certificate",
        "article": article_id,
        "edition": number,
        "title": edition["content"]["title"],
        "language": language,
        "digest": edition["digest"],
        "canonicalization": "rfc8785",
        "edition_url": f"{site_url}/api/v1/articles/{article_id}/editions/{number}/",
        "html_url": f"{site_url}/{language}/articles/{slug}/editions/{number}/certificate/",
        "published_at": moment(publication["published_at"]),
        "policy": policy(edition["policy"]),
        "signatures": [_signature(row, labels) for row in decisions],
        "overrides": [_override(row, labels) for row in overrides],
        "how_to_check": HOW_TO_CHECK,
    }


def policy(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Return the policy as it stood when the edition was submitted, in the words of the certificate."""
    return {
        "name": snapshot["name"],
        "version": snapshot["version"],
        "risk_tier": snapshot["risk_tier"],
        "validity_months": snapshot["validity_months"],
        "stages": [
            {
                "key": stage["key"],
                "label": stage["label"],
                "role": stage["group"],
                "approvals": stage["quorum"],
                "specialists": stage["specialists"],
            }
            for stage in snapshot["stages"]
        ],
    }


def public_name(reviewer: dict[str, Any], role: str) -> str:
    """Return the printed name, or the role where the reviewer asked to be shown by role only."""
    return role if reviewer.get("by_role_only") else reviewer["name"]


def public_credentials(reviewer: dict[str, Any]) -> list[str]:
    """Return the credentials as printed when the signature was given."""
    return [credential["label"] for credential in reviewer["credentials"]]


def _signature(row: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    return {
        "name": public_name(row["reviewer"], row["role"]),
        "role": row["role"],
        "credentials": public_credentials(row["reviewer"]),
        "is_specialist": row["is_specialist"],
        "stage": row["stage"],
        "stage_label": labels.get(row["stage"], row["stage"]),
        "round": row["round"],
        "meaning": row["outcome"],
        "sentence": row["attestation"],
        "signed_at": moment(row["signed_at"]),
        "digest": row["digest"],
        "answers": [{"question": answer["question"], "answer": answer["answer"]} for answer in row["answers"]],
    }


def _override(row: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    return {
        "stage": row["stage"],
        "stage_label": labels.get(row["stage"], row["stage"]),
        "reviewer": row["reviewer_name"],
        "conflicts": row["codes"],
        "reason": row["reason"],
        "signed_by": row["signer"]["name"],
        "sentence": row["attestation"],
        "signed_at": moment(row["signed_at"]),
    }
