"""Build the rows of the public store, unsaved, from facts. What publishing writes and what a rebuild writes is this."""

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings

from articles.checks.text import plain_text
from articles.snapshot import canonical
from publishing import certificate as certificates
from publishing import document as documents
from publishing.circumstances import Circumstances, Values, around, parts_of
from publishing.evidence import reviews_behind
from publishing.models import (
    LiveArticle,
    LiveContributor,
    LiveCorrection,
    LiveEdition,
    LivePage,
    LiveRedirect,
    LiveTopic,
    LiveUse,
    MilestoneKind,
    Publication,
    Tombstone,
    UseKind,
    Withdrawal,
    WithdrawalKind,
)
from reviews.models import Edition, ReviewPolicy
from reviews.policy import full_review_of

POLICIES = "policies"


def live_row(
    publication: Publication,
    links: list[dict[str, str]],
    seq: int,
    at: datetime,
    *,
    reviews: list[Values],
    circumstances: Circumstances,
    translations: list[Values],
    behind_since: str,
) -> LiveArticle:
    """Return the store row of a publication."""
    edition = publication.edition
    document = documents.article_document(
        site_url=settings.SITE_URL,
        article_id=str(publication.article_id),
        slug=circumstances.slug,
        language=edition.language,
        publication=publication_values(publication),
        edition=edition_values(edition),
        decisions=[row for review in reviews for row in review["decisions"]],
        seq=seq,
        updated_at=at,
        continue_learning=links,
        circumstances=circumstances,
        translations=translations,
        behind_since=behind_since,
    )
    return _filled(address_row(publication, circumstances), document, publication, at)


def address_row(publication: Publication, circumstances: Circumstances) -> LiveArticle:
    """Return the part of a store row that the documents of other languages of the article speak of."""
    edition, meaning = publication.edition, circumstances.meaning
    original = edition.content.get("translation_of", {})
    return LiveArticle(
        pk=publication.article_id,
        slug=circumstances.slug,
        language=edition.language,
        title=edition.content["title"],
        translation_of=UUID(original["article"]) if original.get("article") else None,
        follows=original.get("edition", 0),
        meaning_edition=meaning.number,
        meaning_since=meaning.published_at,
    )


def live_editions(publications: Iterable[Publication]) -> list[LiveEdition]:
    """Return the store rows of public editions with their certificates; a constant number of queries."""
    rows = list(publications)
    reviews, circumstances = reviews_behind(rows), around(rows)
    return [live_edition(row, reviews[row.pk], circumstances[row.pk].slug) for row in rows]


def live_edition(publication: Publication, reviews: list[Values], slug: str) -> LiveEdition:
    edition = publication.edition
    place: Values = {"site_url": settings.SITE_URL, "article_id": str(publication.article_id)}
    facts: Values = {"publication": publication_values(publication), "edition": edition_values(edition)}
    document = documents.edition_document(**place, language=edition.language, **facts)
    certificate = certificates.certificate(**place, slug=slug, reviews=reviews, **facts)
    row = LiveEdition(
        article_id=publication.article_id,
        number=edition.number,
        digest=edition.digest,
        published_at=publication.published_at,
        certified_at=certificates.certified_at(reviews),
    )
    row.document, row.etag = documents.stored(document)
    row.certificate, row.certificate_etag = documents.stored(certificate)
    return row


def topic_row(topic: Values) -> LiveTopic:
    return LiveTopic(
        pk=UUID(topic["id"]),
        slug=topic["slug"],
        name=topic["name"],
        letter=letter_of(topic["name"]),
        specialty=topic["specialty"],
        document=canonical(topic).decode(),
    )


def contributor_rows(content: Values) -> list[LiveContributor]:
    """Return the store rows of everybody who speaks in a content; without the role, which is that of one viewpoint."""
    people = {
        row["id"]: {key: value for key, value in row.items() if key != "role"}
        for viewpoint in content["viewpoints"]
        if not viewpoint.get("withdrawn_on")
        for row in viewpoint["contributors"]
    }
    return [
        LiveContributor(pk=UUID(pk), kind=row["kind"], name=row["name"], document=canonical(row).decode())
        for pk, row in sorted(people.items())
    ]


def uses_of(content: Values) -> set[tuple[str, str]]:
    """Return what an article uses, each as (kind, key)."""
    spoken = [row for row in content["viewpoints"] if not row.get("withdrawn_on")]
    plain = {(UseKind.AUDIENCE.value, name) for name in content["audience"]}
    return parts_of(content) | plain | {(UseKind.PERSPECTIVE.value, row["perspective"]) for row in spoken}


def use_rows(article_id: UUID, content: Values) -> list[LiveUse]:
    return [LiveUse(article_id=article_id, kind=kind, key=key) for kind, key in sorted(uses_of(content))]


def correction_row(publication: Publication, slug: str) -> LiveCorrection:
    """Return the notice of a republication. Only where it has one."""
    return LiveCorrection(
        key=f"p{publication.pk}",
        article_id=publication.article_id,
        language=publication.edition.language,
        slug=slug,
        title=publication.edition.content["title"],
        kind=publication.correction_kind,
        summary=publication.correction_summary,
        edition_number=publication.edition.number,
        at=publication.published_at,
    )


#: How a withdrawal stands in the list of corrections, in Crossref's words where it has one.
WITHDRAWAL_NOTICES = {
    WithdrawalKind.WITHDRAWN: "withdrawal",
    WithdrawalKind.SUSPENDED: "expression_of_concern",
    WithdrawalKind.SUPERSEDED: "new_edition",
    WithdrawalKind.EXPIRED: "removal",
}


def withdrawal_row(publication: Publication, withdrawal: Withdrawal, slug: str) -> LiveCorrection:
    """Return the notice of a withdrawal: the address and what readers are told, nothing of the text."""
    return LiveCorrection(
        key=f"w{withdrawal.pk}",
        article_id=publication.article_id,
        language=publication.edition.language,
        slug=slug,
        title="",
        kind=WITHDRAWAL_NOTICES[WithdrawalKind(withdrawal.kind)],
        summary=withdrawal.reader_message or withdrawal.reason,
        edition_number=publication.edition.number,
        at=withdrawal.at,
    )


def redirect_rows(article_id: UUID, addresses: Iterable[tuple[str, str]]) -> list[LiveRedirect]:
    """Return the former addresses, from all of an article, oldest first."""
    newest_first = list(dict.fromkeys(reversed(list(addresses))))
    return [LiveRedirect(language=language, slug=slug, article_id=article_id) for language, slug in newest_first[1:]]


def tombstone(publication: Publication, withdrawal: Withdrawal, slug: str) -> Tombstone:
    """Return the tombstone; one that vanished keeps no word of what it was."""
    vanished = withdrawal.kind == WithdrawalKind.VANISHED
    earlier = Publication.objects.filter(article=publication.article_id, seq__lte=publication.seq)
    numbers = earlier.exclude(withdrawal__kind=WithdrawalKind.VANISHED)
    replacement = withdrawal.replacement_id
    return Tombstone(
        pk=publication.article_id,
        slug=slug,
        language=publication.edition.language,
        kind=withdrawal.kind,
        editions=[] if vanished else sorted(numbers.values_list("edition__number", flat=True)),
        withdrawn_at=withdrawal.at,
        problem={}
        if vanished
        else {
            "article": str(publication.article_id),
            "kind": withdrawal.kind,
            "last_edition": publication.edition.number,
            "withdrawn_at": documents.moment(withdrawal.at),
            "reason": withdrawal.reason,
            "reader_message": withdrawal.reader_message,
            "replacement_id": str(replacement) if replacement else "",
        },
    )


def policies_row() -> LivePage:
    """Return the page on how this site reviews: its policies as they stand."""
    rows = ReviewPolicy.objects.prefetch_related("stages").order_by("risk_tier")
    return LivePage(key=POLICIES, document=canonical({"policies": [row.snapshot() for row in rows]}).decode())


def milestones(policy: Values, due_on: date) -> dict[MilestoneKind, date]:
    """Return the day of each milestone of a review that is due on a day, in their order."""
    return {
        MilestoneKind.WARNED: due_on - timedelta(days=policy["warn_days"]),
        MilestoneKind.OVERDUE: due_on + timedelta(days=1),
        MilestoneKind.EXPIRED: due_on + timedelta(days=1 + policy["grace_days"]),
    }


def letter_of(name: str) -> str:
    """Return the first letter of a name as an index has it: A to Z without accents, else `#`."""
    first = unicodedata.normalize("NFD", name.strip())[:1].upper()
    return first if "A" <= first <= "Z" else "#"


def publication_values(publication: Publication) -> Values:
    return {
        "published_at": publication.published_at,
        "change": publication.change,
        "note": publication.note,
    }


def edition_values(edition: Edition) -> Values:
    return {
        "number": edition.number,
        "digest": edition.digest,
        "content": edition.content,
        "policy": edition.policy,
        "full_review": full_review_of(edition.policy, edition.number),
    }


def _filled(row: LiveArticle, document: Values, publication: Publication, at: datetime) -> LiveArticle:
    content = document["content"]
    row.topic_id, row.topic_slug = UUID(content["topic"]["id"]), content["topic"]["slug"]
    row.specialty, row.aspect, row.letter = content["topic"]["specialty"], content["aspect"], letter_of(row.title)
    row.publication_id = publication.pk
    row.edition_number, row.digest = document["edition"]["number"], document["edition"]["digest"]
    row.published_at, row.updated_at, row.seq = publication.published_at, at, document["seq"]
    row.last_reviewed = datetime.fromisoformat(document["review"]["last_reviewed"]).date()
    row.next_review_due = datetime.fromisoformat(document["review"]["next_review_due"]).date()
    days = milestones(publication.edition.policy, row.next_review_due)
    row.warn_on, row.expires_on = days[MilestoneKind.WARNED], days[MilestoneKind.EXPIRED]
    row.cache_tags = " ".join(document["cache_tags"])
    row.search_names, row.search_body = _search_texts(content)
    row.card = canonical(documents.card(document)).decode()
    row.document, row.etag = documents.stored(document)
    return row


def _search_texts(content: Values) -> tuple[str, str]:
    """Return what search looks in beside the title: names and headings, then the words of the page."""
    topic, spoken = content["topic"], [row for row in content["viewpoints"] if not row.get("withdrawn_on")]
    names = [topic["name"], *topic["also_called"], *(row["heading"] for row in spoken)]
    html = [content["see_doctor_html"], *(row["body_html"] for row in spoken), content["synthesis_html"]]
    body = [content["summary"], *(plain_text(text) for text in html)]
    return "\n".join(filter(None, names)), "\n".join(filter(None, body))
