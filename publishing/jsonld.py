"""What search engines read: schema.org nodes of a published article (JSON-LD 1.1). Pure: from the document alone.

A viewpoint is a `suggestedAnswer` among others, never an `acceptedAnswer`. Empty values are left out.
"""

import re
from html import unescape
from typing import Any

Node = dict[str, Any]

SCHEMA = "https://schema.org/"
#: What a topic is on schema.org, by its kind.
ENTITIES = {
    "condition": "MedicalCondition",
    "symptom": "MedicalSignOrSymptom",
    "treatment": "MedicalTherapy",
    "medicine": "Drug",
    "wellness": "MedicalEntity",
    "anatomy": "AnatomicalStructure",
    "test": "MedicalTest",
}
CODE_SYSTEMS = {
    "icd-10-cm": ("ICD-10-CM", "http://hl7.org/fhir/sid/icd-10-cm"),
    "mesh": ("MeSH", "http://id.nlm.nih.gov/mesh"),
    "snomed-ct": ("SNOMED CT", "http://snomed.info/sct"),
    "umls": ("UMLS", "http://terminology.hl7.org/CodeSystem/umls"),
}
_BREAKS = re.compile(r"</(?:p|h3|h4|li|tr|blockquote)>|<br ?/?>")
_TAGS = re.compile(r"<[^>]*>")


def jsonld(document: Node, *, publisher: str = "Second Opinion") -> Node:
    """Return the JSON-LD of an article's document; `publisher` is the name of the site."""
    place = _Place(document)
    viewpoints = [row for row in document["content"]["viewpoints"] if not row.get("withdrawn_on")]
    people = {person["id"]: person for row in viewpoints for person in row["contributors"]}
    nodes = [
        _page(document, place, list(people)),
        _topic(document, place),
        _question(document, place, viewpoints),
        *(_contributor(person, place) for person in people.values()),
        *(_reviewer(row, place.reviewer(n)) for n, row in enumerate(_reviewers(document), start=1)),
        *(_reference(row, place) for row in document["content"]["references"]),
        _publisher(publisher, place),
    ]
    return {"@context": "https://schema.org", "@graph": [_filled(node) for node in nodes]}


class _Place:
    """The addresses and ids of everything about one article."""

    def __init__(self, document: Node) -> None:
        self.page = document["html_url"]
        self.language = document["language"]
        self.site = document["url"].partition("/api/")[0]
        self.topic = f"{self.site}/{self.language}/topics/{document['content']['topic']['slug']}/"
        self.entity, self.question, self.publisher = (
            f"{self.topic}#topic",
            f"{self.page}#question",
            f"{self.site}/#site",
        )

    def viewpoint(self, viewpoint_id: str) -> str:
        return f"{self.page}#viewpoint-{viewpoint_id}"

    def contributor(self, contributor_id: str) -> str:
        return f"{self.site}/{self.language}/contributors/{contributor_id}/#contributor"

    def reference(self, reference_id: str) -> str:
        return f"{self.page}#{reference_id}"

    def reviewer(self, number: int) -> str:
        return f"{self.page}#reviewer-{number}"


def _page(document: Node, place: _Place, people: list[str]) -> Node:
    content, review = document["content"], document["review"]
    reviewers = range(1, len(_reviewers(document)) + 1)
    return {
        "@type": "MedicalWebPage",
        "@id": f"{place.page}#page",
        "url": place.page,
        "name": content["title"],
        "description": content["summary"],
        "inLanguage": document["language"],
        "version": str(document["edition"]["number"]),
        "creativeWorkStatus": "Obsolete" if review["state"] == "expired" else "Published",
        "isAccessibleForFree": True,
        "datePublished": document["first_published_at"],
        "dateModified": document["published_at"],
        "lastReviewed": review["last_reviewed"] if reviewers else "",
        "expires": review["next_review_due"] if reviewers else "",
        "reviewedBy": [_ref(place.reviewer(n)) for n in reviewers],
        "specialty": _specialty(content),
        "medicalAudience": [{"@type": "MedicalAudience", "audienceType": one} for one in content["audience"]],
        "about": _ref(place.entity),
        "mainEntity": _ref(place.question),
        "hasPart": _sections(content, place),
        "author": [_ref(place.contributor(pk)) for pk in people],
        "publisher": _ref(place.publisher),
        "publishingPrinciples": f"{place.site}/{place.language}/how-we-review/",
        "usageInfo": [_disclaimer(row) for row in content["disclaimers"]],
        "citation": [_ref(place.reference(row["id"])) for row in content["references"]],
        "correction": [_correction(row) for row in document["corrections"]],
        "archivedAt": document["edition"]["url"],
        "relatedLink": [row["html_url"] for row in document["continue_learning"]],
        "workTranslation": [_translation(row) for row in document["translations"] if row["html_url"]],
        "breadcrumb": _breadcrumb(document, place),
    }


def _reviewers(document: Node) -> list[Node]:
    """Return who reviewed what is shown; nobody did where the text went out in an emergency."""
    return [] if document["review"]["state"] == "emergency" else document["review"]["reviewed_by"]


def _topic(document: Node, place: _Place) -> Node:
    topic = document["content"]["topic"]
    return {
        "@type": ENTITIES.get(topic["kind"], "MedicalEntity"),
        "@id": place.entity,
        "url": place.topic,
        "name": topic["name"],
        "alternateName": topic["also_called"],
        "relevantSpecialty": _specialty(document["content"]),
        "code": [_code(row) for row in topic["codes"]],
    }


def _code(row: Node) -> Node:
    name, address = CODE_SYSTEMS.get(row["system"], (row["system"], ""))
    return {"@type": "MedicalCode", "codeValue": row["code"], "codingSystem": name, "inCodeSet": address}


def _specialty(content: Node) -> str:
    return f"{SCHEMA}{content['topic']['specialty']}" if content["topic"]["specialty"] else ""


def _question(document: Node, place: _Place, viewpoints: list[Node]) -> Node:
    return {
        "@type": "Question",
        "@id": place.question,
        "name": document["content"]["title"],
        "text": document["content"]["title"],
        "inLanguage": document["language"],
        "answerCount": len(viewpoints),
        "datePublished": document["first_published_at"],
        "author": _ref(place.publisher),
        "about": _ref(place.entity),
        "suggestedAnswer": [_answer(row, n, document, place) for n, row in enumerate(viewpoints, start=1)],
    }


def _answer(viewpoint: Node, number: int, document: Node, place: _Place) -> Node:
    return {
        "@type": "Answer",
        "@id": place.viewpoint(viewpoint["id"]),
        "url": place.viewpoint(viewpoint["id"]),
        "name": viewpoint["heading"],
        "position": number,
        "text": plain(viewpoint["body_html"]),
        "inLanguage": document["language"],
        "datePublished": document["published_at"],
        "author": [_ref(place.contributor(row["id"])) for row in viewpoint["contributors"]],
        "parentItem": _ref(place.question),
        "citation": [_ref(place.reference(key)) for key in viewpoint["citations"]],
    }


def _sections(content: Node, place: _Place) -> list[Node]:
    sections = (
        ("see-doctor", "When to see a doctor", content["see_doctor_html"], "SeeDoctorHealthAspect"),
        ("synthesis", "Where they agree and differ", content["synthesis_html"], content["aspect"]),
    )
    return [
        {
            "@type": "HealthTopicContent",
            "@id": f"{place.page}#{anchor}",
            "name": name,
            "text": plain(html),
            "hasHealthAspect": f"{SCHEMA}{aspect}",
        }
        for anchor, name, html, aspect in sections
        if html
    ]


def _contributor(person: Node, place: _Place) -> Node:
    is_person = person["kind"] == "person"
    orcid, ror = person["orcid"], person["ror"]
    return {
        "@type": "Person" if is_person else "Organization",
        "@id": place.contributor(person["id"]),
        "name": person["name"],
        "url": place.contributor(person["id"]).partition("#")[0],
        "affiliation": _organization(person["affiliation"]) if is_person else "",
        "hasCredential": [_credential(row["label"], row["issuer"]) for row in person["credentials"]],
        "identifier": _identifier("ORCID", orcid) or _identifier("ROR", ror),
        "sameAs": _address("https://orcid.org/", orcid) or _address("https://ror.org/", ror),
    }


def _reviewer(signature: Node, node_id: str) -> Node:
    return {
        "@type": "Person",
        "@id": node_id,
        "name": signature["name"],
        "hasCredential": [_credential(label, "") for label in signature["credentials"]],
    }


def _credential(label: str, issuer: str) -> Node:
    return {
        "@type": "EducationalOccupationalCredential",
        "name": label,
        "recognizedBy": _organization(issuer),
    }


def _organization(name: str) -> Node | str:
    return {"@type": "Organization", "name": name} if name else ""


def _identifier(scheme: str, value: str) -> Node | str:
    return {"@type": "PropertyValue", "propertyID": scheme, "value": value} if value else ""


def _address(base: str, value: str) -> str:
    return f"{base}{value.removeprefix(base)}" if value else ""


def _reference(row: Node, place: _Place) -> Node:
    address = _address("https://doi.org/", row["doi"]) or _address("https://pubmed.ncbi.nlm.nih.gov/", row["pmid"])
    return {
        "@type": "ScholarlyArticle" if address else "CreativeWork",
        "@id": place.reference(row["id"]),
        "name": row["title"],
        "url": address or (row["url"] if row["url"].startswith(("https://", "http://")) else ""),
        "copyrightYear": int(row["year"]) if row["year"].isascii() and row["year"].isdigit() else "",
        "publisher": _organization(row["publisher"]),
    }


def _disclaimer(row: Node) -> Node:
    return {"@type": "CreativeWork", "version": str(row["version"]), "text": row["text"]}


def _correction(row: Node) -> Node:
    return {"@type": "CorrectionComment", "name": row["type"], "text": row["summary"], "datePublished": row["at"]}


def _translation(row: Node) -> Node:
    return {
        "@type": "MedicalWebPage",
        "@id": f"{row['html_url']}#page",
        "url": row["html_url"],
        "name": row["title"],
        "inLanguage": row["language"],
    }


def _breadcrumb(document: Node, place: _Place) -> Node:
    steps = [("Topics", f"{place.site}/{place.language}/topics/"), (document["content"]["topic"]["name"], place.topic)]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "name": name, "item": {"@type": "WebPage", "@id": url, "name": name}}
            for n, (name, url) in enumerate(steps, start=1)
        ],
    }


def _publisher(name: str, place: _Place) -> Node:
    return {
        "@type": "Organization",
        "@id": place.publisher,
        "name": name,
        "url": f"{place.site}/",
        "publishingPrinciples": f"{place.site}/{place.language}/how-we-review/",
        "correctionsPolicy": f"{place.site}/{place.language}/corrections/",
    }


def plain(html: str) -> str:
    """Return the words of sanitized HTML, a line for each block."""
    lines = unescape(_TAGS.sub("", _BREAKS.sub("\n", html))).splitlines()
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


def _ref(node_id: str) -> Node:
    return {"@id": node_id}


def _filled(node: Any) -> Any:
    """Return a node without its empty values, and a list of one as that one."""
    if isinstance(node, dict):
        filled = {key: _filled(value) for key, value in node.items()}
        return {key: value for key, value in filled.items() if value not in ("", [], None)}
    if isinstance(node, list):
        return _filled(node[0]) if len(node) == 1 else [_filled(one) for one in node]
    return node
