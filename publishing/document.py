"""Build the public document (docs/model.md, "The published document"). Pure: plain values in, plain values out.

Nothing here reads the clock or a draft: the same facts always give the same bytes.
"""

import hashlib
from datetime import date, datetime
from typing import Any

from articles.months import months_later
from articles.snapshot import canonical
from publishing.circumstances import Circumstances
from publishing.models import MilestoneKind

#: What readers are told, by the kind of notice. Of an alert, where nobody wrote something better.
NOTICES = {
    "approval_revoked": "One of the reviewers of this page has taken an approval back. It is being looked at again.",
    "emergency": "This page was changed at once, for safety, with the approval of one medical lead. "
    "An independent review follows.",
    "overdue": "The review of this page is overdue. What it says may have been overtaken.",
    "expired": "The review of this page has expired. Do not rely on it without asking a professional.",
    "concern": "A concern was raised about this page. It is being looked into.",
    "part": "Something that this page rests on was withdrawn. The page is being looked at again.",
    "translation_behind": "The original of this translation has changed since. This page does not say so yet.",
}


def article_document(
    *,
    site_url: str,
    article_id: str,
    slug: str,
    language: str,
    publication: dict[str, Any],
    edition: dict[str, Any],
    decisions: list[dict[str, Any]],
    seq: int,
    updated_at: datetime,
    continue_learning: list[dict[str, str]],
    circumstances: Circumstances,
    translations: list[dict[str, Any]],
    behind_since: str,
) -> dict[str, Any]:
    """Return the document of a live article. Every key is always there; absence is `[]` or `""`.

    `behind_since`: of a translation, when its original moved on from the edition that it follows; else `""`.
    """
    content = edition["content"]
    reviewed = review(edition, decisions, circumstances)
    api = f"{site_url}/api/v1/articles/{article_id}/"
    return {
        "type": "article",
        "id": article_id,
        "slug": slug,
        "language": language,
        "url": api,
        "html_url": f"{site_url}{page_path(language, slug)}",
        "seq": seq,
        "first_published_at": moment(circumstances.lines[0].published_at),
        "published_at": moment(publication["published_at"]),
        "updated_at": moment(updated_at),
        "edition": {
            "number": edition["number"],
            "digest": edition["digest"],
            "canonicalization": "rfc8785",
            "change": publication["change"],
            "note": publication["note"],
            "url": f"{api}editions/{edition['number']}/",
            "previous_url": (
                f"{api}editions/{circumstances.previous_number}/" if circumstances.previous_number else ""
            ),
        },
        "review": reviewed | {"certificate_url": certificate_url(api, edition["number"])},
        "content": content,
        "corrections": corrections(circumstances),
        "notices": with_behind(notices(decisions, circumstances, reviewed), behind_since),
        "continue_learning": continue_learning,
        "translations": translations,
        "cache_tags": cache_tags(article_id, content),
    }


def edition_document(
    *,
    site_url: str,
    article_id: str,
    language: str,
    publication: dict[str, Any],
    edition: dict[str, Any],
) -> dict[str, Any]:
    """Return the document of one public edition; it never changes."""
    article_url = f"{site_url}/api/v1/articles/{article_id}/"
    return {
        "type": "edition",
        "article": article_id,
        "article_url": article_url,
        "url": f"{article_url}editions/{edition['number']}/",
        "certificate_url": certificate_url(article_url, edition["number"]),
        "language": language,
        "published_at": moment(publication["published_at"]),
        "edition": {
            "number": edition["number"],
            "digest": edition["digest"],
            "canonicalization": "rfc8785",
            "change": publication["change"],
            "note": publication["note"],
        },
        "content": edition["content"],
    }


def notices(
    decisions: list[dict[str, Any]], circumstances: Circumstances, reviewed: dict[str, Any]
) -> list[dict[str, str]]:
    """Return what readers are told on top of the page: the gravest first, each with the day since when it is so."""
    revoked = [row["signed_at"] for row in decisions if row["outcome"] == "revoke"]
    told = [_notice("approval_revoked", min(revoked))] if revoked else []
    told += [_notice(row["kind"], row["at"], row["message"]) for row in circumstances.alerts]
    if circumstances.owes_endorsement:
        told.append(_notice("emergency", circumstances.lines[-1].published_at))
    late = next((kind for kind in reversed(LATE) if circumstances.has_come(kind, reviewed["next_review_due"])), None)
    if late:
        told.append({"kind": late.value, "text": NOTICES[late.value], "since": reviewed["next_review_due"]})
    return told


#: What becomes of a review in time, the worse the later.
LATE = (MilestoneKind.OVERDUE, MilestoneKind.EXPIRED)


def _notice(kind: str, since: datetime, text: str = "") -> dict[str, str]:
    return {"kind": kind, "text": text or NOTICES[kind], "since": since.date().isoformat()}


def with_behind(told: list[dict[str, str]], since: str) -> list[dict[str, str]]:
    """Return the notices with, or without, the one that says that the original moved on."""
    others = [row for row in told if row["kind"] != "translation_behind"]
    behind = {"kind": "translation_behind", "text": NOTICES["translation_behind"], "since": since}
    return [*others, behind] if since else others


def corrections(circumstances: Circumstances) -> list[dict[str, Any]]:
    return [
        {
            "type": line.correction_kind,
            "summary": line.correction_summary,
            "at": moment(line.published_at),
            "edition": line.number,
        }
        for line in circumstances.corrections
    ]


def translation(row: Any, *, site_url: str, is_behind: bool) -> dict[str, Any]:
    """Return the link to a live article in another language, from its row in the public store."""
    return {
        "language": row.language,
        "id": str(row.pk),
        "title": row.title,
        "html_url": f"{site_url}{page_path(row.language, row.slug)}",
        "is_behind": is_behind,
    }


def review(
    edition: dict[str, Any], decisions: list[dict[str, Any]], circumstances: Circumstances | None = None
) -> dict[str, Any]:
    """Return the review block: who signed, when the text was last reviewed in full and when it is due again.

    `edition["full_review"]` is the number of the edition that was reviewed in full: another one than this where an
    editorial change took the fast path, which moves no review date. The last completed round of that edition counts.
    """
    policy = edition["policy"]
    taken_back = revocations(decisions)
    full = [row for row in decisions if row["outcome"] == "approve" and row["edition"] == edition["full_review"]]
    number = max(row["round"] for row in full if row["is_counted"])
    reviewed = [row for row in full if row["round"] == number]
    mended = [row for row in decisions if row["outcome"] == "approve" and row["edition"] != edition["full_review"]]
    last = max(row["signed_at"] for row in reviewed).date()
    due_on = months_later(last, policy["validity_months"]).isoformat()
    if circumstances:
        due_on = circumstances.due_on(due_on)
    return {
        "state": "approval_revoked" if taken_back else _state(circumstances, due_on),
        "last_reviewed": last.isoformat(),
        "next_review_due": due_on,
        "policy": f"{policy['name']}, version {policy['version']}",
        "reviewed_by": [_signer(row) for row in reviewed + mended if signature(row) not in taken_back],
    }


def _state(circumstances: Circumstances | None, due_on: str) -> str:
    if circumstances is None:
        return "current"
    if circumstances.owes_endorsement:
        return "emergency"
    late = [kind for kind in LATE if circumstances.has_come(kind, due_on)]
    return late[-1].value if late else "current"


def revocations(decisions: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return each approval that was taken back, by its `signature`, with the decision that did it.

    Who takes an approval back in a later round takes back those of the rounds before it as well.
    """
    return {
        signature(row): revocation
        for revocation in decisions
        for row in decisions
        if revocation["outcome"] == "revoke"
        and row["outcome"] == "approve"
        and signature(row)[:3] == signature(revocation)[:3]
        and row["round"] <= revocation["round"]
    }


def signature(decision: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(decision[key] for key in ("edition", "reviewer_id", "stage", "round"))


def _signer(decision: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": printed_signer(decision["reviewer"]),
        "credentials": printed_credentials(decision["reviewer"], decision["signed_at"].date()),
        "stage": decision["stage"],
        "signed_at": moment(decision["signed_at"]),
        "digest": decision["digest"],
    }


def printed_signer(reviewer: dict[str, Any]) -> str:
    """Return the name that the public reads: that of the role, for who asked for it when they signed."""
    return reviewer["role"] if reviewer.get("by_role_only") else reviewer["name"]


def printed_credentials(reviewer: dict[str, Any], day: date) -> list[str]:
    """Return the credentials that were verified and had not expired when the reviewer signed."""
    return [
        row["label"]
        for row in reviewer["credentials"]
        if row["verified_on"] and (not row["expires_on"] or row["expires_on"] >= day.isoformat())
    ]


def card(document: dict[str, Any]) -> dict[str, Any]:
    """Return the short form of a document that lists show."""
    content = document["content"]
    return {
        "type": "article",
        "id": document["id"],
        "slug": document["slug"],
        "language": document["language"],
        "title": content["title"],
        "summary": content["summary"],
        "topic": {key: content["topic"][key] for key in ("id", "name", "slug")},
        "aspect": content["aspect"],
        "audience": content["audience"],
        "viewpoint_count": len(content["viewpoints"]),
        "perspectives": sorted({viewpoint["perspective"] for viewpoint in content["viewpoints"]}),
        "published_at": document["published_at"],
        "last_reviewed": document["review"]["last_reviewed"],
        "digest": document["edition"]["digest"],
        "url": document["url"],
        "html_url": document["html_url"],
    }


def cache_tags(article_id: str, content: dict[str, Any]) -> list[str]:
    """Return the names of everything this document shows, for caches that purge by tag."""
    people = {row["id"] for viewpoint in content["viewpoints"] for row in viewpoint["contributors"]}
    notes = {row["id"] for row in content["disclaimers"]}
    return [
        f"article-{article_id}",
        f"topic-{content['topic']['id']}",
        *sorted(f"contributor-{pk}" for pk in people),
        *sorted(f"disclaimer-{pk}" for pk in notes),
    ]


def stored(document: dict[str, Any]) -> tuple[str, str]:
    """Return the finished bytes (as text) and their strong ETag (RFC 9110, 8.8.3)."""
    finished = canonical(document)
    return finished.decode(), etag_of(finished)


def etag_of(finished: bytes) -> str:
    return f'"{hashlib.sha256(finished).hexdigest()[:32]}"'


def page_path(language: str, slug: str) -> str:
    return f"/{language}/articles/{slug}/"


def certificate_path(language: str, slug: str, number: int) -> str:
    return f"{page_path(language, slug)}editions/{number}/certificate/"


def certificate_url(article_url: str, number: int) -> str:
    return f"{article_url}editions/{number}/certificate/"


def topic_path(language: str, slug: str) -> str:
    return f"/{language}/topics/{slug}/"


def moment(value: datetime) -> str:
    """Return an RFC 3339 time in UTC, whole seconds, `Z`."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
