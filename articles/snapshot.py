"""Freeze a working draft into the signed `content` of an edition (docs/model.md, "article/1").

The same draft gives the same bytes on every database: all ordering happens here, by values the application gave.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

import rfc8785
from django.db.models import Prefetch, prefetch_related_objects

from articles.models import (
    Article,
    ArticleDisclaimer,
    Citation,
    Contributor,
    Credential,
    Disclosure,
    Reference,
    Topic,
    Viewpoint,
    ViewpointContributor,
)
from articles.text import clean_html, clean_json

SCHEMA = "article/1"


def snapshot(article: Article) -> dict[str, Any]:
    """Return the whole aggregate as plain values; a constant number of queries, whatever its size."""
    viewpoints = _by_position(_loaded(article).viewpoints.all())
    sources = _cited_in_order(viewpoints)
    numbers = {source.pk: f"ref-{n}" for n, source in enumerate(sources, start=1)}
    disclaimers = [row.disclaimer for row in _by_position(article.article_disclaimers.all())]
    return clean_json(
        {
            "schema": SCHEMA,
            "language": article.language,
            "title": article.title,
            "summary": article.summary,
            "translation_of": {
                "article": str(article.translation_of_id or ""),
                "edition": article.translated_edition if article.translation_of_id else 0,
            },
            "topic": topic_content(article.topic),
            "aspect": article.aspect,
            "audience": list(article.audience),
            "see_doctor_html": clean_html(article.see_doctor),
            "viewpoints": [_viewpoint(viewpoint, numbers) for viewpoint in viewpoints],
            "synthesis_html": clean_html(article.synthesis),
            "disclaimers": [
                {
                    "id": str(row.pk),
                    "kind": row.kind,
                    "version": row.version,
                    "placement": row.placement,
                    "text": row.text,
                }
                for row in disclaimers
            ],
            "references": [_reference(source, numbers[source.pk]) for source in sources],
        }
    )


def canonical(content: Any) -> bytes:
    """Return the RFC 8785 canonical JSON of `content`, UTF-8."""
    return rfc8785.dumps(content)


def digest_of(content: Any) -> str:
    """Return `sha256:` and the hex SHA-256 of the canonical form of `content`."""
    return f"sha256:{hashlib.sha256(canonical(content)).hexdigest()}"


def topic_content(topic: Topic) -> dict[str, Any]:
    codes = sorted((code.system, code.code) for code in topic.codes.all())
    return {
        "id": str(topic.pk),
        "name": topic.name,
        "slug": topic.slug,
        "kind": topic.kind,
        "specialty": topic.specialty,
        "also_called": list(topic.also_called),
        "codes": [{"system": system, "code": code} for system, code in codes],
    }


def _loaded(article: Article) -> Article:
    contributor = Prefetch(
        "viewpoint_contributors",
        ViewpointContributor.objects.select_related("contributor").prefetch_related(
            "contributor__credentials", "contributor__disclosures__interests"
        ),
    )
    citations = Prefetch("citations", Citation.objects.select_related("reference"))
    prefetch_related_objects(
        [article],
        Prefetch("viewpoints", Viewpoint.objects.prefetch_related(contributor, citations)),
        Prefetch("article_disclaimers", ArticleDisclaimer.objects.select_related("disclaimer")),
        "topic__codes",
    )
    return article


def _by_position(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.position, str(row.pk)))


def _cited_in_order(viewpoints: list[Viewpoint]) -> list[Reference]:
    cited: dict[Any, Reference] = {}
    for viewpoint in (row for row in viewpoints if not row.withdrawn_on):
        for citation in _by_position(viewpoint.citations.all()):
            cited.setdefault(citation.reference_id, citation.reference)
    return list(cited.values())


def _viewpoint(viewpoint: Viewpoint, numbers: dict[Any, str]) -> dict[str, Any]:
    """Return a viewpoint; of one that was withdrawn the tombstone, which has neither its words nor its sources."""
    cited = [] if viewpoint.withdrawn_on else _by_position(viewpoint.citations.all())
    return {
        "id": str(viewpoint.pk),
        "heading": viewpoint.heading,
        "perspective": viewpoint.perspective,
        "certainty": viewpoint.certainty,
        "contributors": [
            contributor_content(row.contributor) | {"role": row.role}
            for row in _by_position(viewpoint.viewpoint_contributors.all())
        ],
        "body_html": "" if viewpoint.withdrawn_on else clean_html(viewpoint.body),
        "citations": [numbers[row.reference_id] for row in cited],
        "withdrawn_on": _day(viewpoint.withdrawn_on),
        "withdrawn_reason": viewpoint.withdrawn_reason,
    }


def contributor_content(contributor: Contributor) -> dict[str, Any]:
    """What is printed about a contributor; the licence number and the biography are not."""
    return {
        "id": str(contributor.pk),
        "name": contributor.name,
        "kind": contributor.kind,
        "lay": contributor.lay,
        "affiliation": contributor.affiliation,
        "orcid": contributor.orcid,
        "ror": contributor.ror,
        "credentials": [
            credential_content(row)
            for row in sorted(contributor.credentials.all(), key=lambda row: (row.label, str(row.pk)))
        ],
        "disclosure": _disclosure(contributor.disclosures.all()),
    }


def credential_content(credential: Credential) -> dict[str, str]:
    return {
        "label": credential.label,
        "profession": credential.profession,
        "specialty": credential.specialty,
        "issuer": credential.issuer,
        "verified_on": _day(credential.verified_on),
        "verified_by": credential.verified_by,
        "expires_on": _day(credential.expires_on),
    }


def _disclosure(disclosures: Iterable[Disclosure]) -> dict[str, Any]:
    newest = max(disclosures, key=lambda row: (row.as_of, str(row.pk)), default=None)
    if newest is None:
        return {"status": "not_asked", "as_of": "", "interests": []}
    interests = sorted((row.item, row.entity, row.note) for row in newest.interests.all())
    return {
        "status": newest.status,
        "as_of": _day(newest.as_of),
        "interests": [{"item": item, "entity": entity, "note": note} for item, entity, note in interests],
    }


def _reference(source: Reference, number: str) -> dict[str, str]:
    return {
        "id": number,
        "source_id": str(source.pk),
        "type": source.type,
        "title": source.title,
        "authors": source.authors,
        "publisher": source.publisher,
        "year": source.year,
        "url": source.url,
        "doi": source.doi,
        "pmid": source.pmid,
        "accessed_on": _day(source.accessed_on),
        "status": source.status,
        "evidence_level": source.evidence_level,
    }


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
