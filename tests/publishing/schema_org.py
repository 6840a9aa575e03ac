"""The part of schema.org 30.0 that our pages use: what a type is, where a property may stand, what it may hold.

Re-expressed from the vocabulary (schema.org, CC BY-SA 3.0). `faults(nodes)` lists what is outside it.
"""

import re

#: Type -> all that it is besides.
TYPES = {
    "AnatomicalStructure": "MedicalEntity",
    "Answer": "Comment CreativeWork",
    "BreadcrumbList": "ItemList",
    "CorrectionComment": "Comment CreativeWork",
    "CreativeWork": "",
    "Drug": "Product Substance MedicalEntity",
    "EducationalOccupationalCredential": "Credential CreativeWork",
    "HealthTopicContent": "WebContent CreativeWork",
    "ListItem": "",
    "MedicalAudience": "Audience PeopleAudience",
    "MedicalCode": "MedicalEntity CategoryCode DefinedTerm",
    "MedicalCondition": "MedicalEntity",
    "MedicalEntity": "",
    "MedicalSignOrSymptom": "MedicalCondition MedicalEntity",
    "MedicalTest": "MedicalEntity",
    "MedicalTherapy": "TherapeuticProcedure MedicalProcedure MedicalEntity",
    "MedicalWebPage": "WebPage CreativeWork",
    "Organization": "",
    "Person": "",
    "PropertyValue": "StructuredValue",
    "Question": "Comment CreativeWork",
    "ScholarlyArticle": "Article CreativeWork",
    "WebPage": "CreativeWork",
}
#: Property -> (the types that may have it, what its values may be).
PROPERTIES = {
    "about": ("CreativeWork", "Thing"),
    "affiliation": ("Person", "Organization"),
    "alternateName": ("Thing", "Text"),
    "answerCount": ("Question", "Integer"),
    "archivedAt": ("CreativeWork", "WebPage URL"),
    "audienceType": ("Audience", "Text"),
    "author": ("CreativeWork", "Organization Person"),
    "breadcrumb": ("WebPage", "Text BreadcrumbList"),
    "citation": ("CreativeWork", "CreativeWork Text"),
    "code": ("MedicalEntity", "MedicalCode"),
    "codeValue": ("MedicalCode CategoryCode", "Text"),
    "codingSystem": ("MedicalCode", "Text"),
    "copyrightYear": ("CreativeWork", "Number"),
    "correction": ("CreativeWork", "CorrectionComment Text URL"),
    "correctionsPolicy": ("Organization", "URL CreativeWork"),
    "creativeWorkStatus": ("CreativeWork", "DefinedTerm Text"),
    "dateModified": ("CreativeWork", "DateTime Date"),
    "datePublished": ("CreativeWork", "Date DateTime"),
    "description": ("Thing", "Text"),
    "expires": ("CreativeWork", "Date DateTime"),
    "hasCredential": ("Organization Person", "Credential"),
    "hasHealthAspect": ("HealthTopicContent", "HealthAspectEnumeration"),
    "hasPart": ("CreativeWork", "CreativeWork"),
    "identifier": ("Thing", "Text URL PropertyValue"),
    "inCodeSet": ("CategoryCode", "URL"),
    "inLanguage": ("CreativeWork", "Text"),
    "isAccessibleForFree": ("CreativeWork", "Boolean"),
    "item": ("ListItem", "Thing"),
    "itemListElement": ("ItemList", "Text Thing ListItem"),
    "lastReviewed": ("WebPage", "Date"),
    "mainEntity": ("CreativeWork", "Thing"),
    "medicalAudience": ("MedicalWebPage", "MedicalAudience"),
    "name": ("Thing", "Text"),
    "parentItem": ("Question Comment Answer", "CreativeWork Comment"),
    "position": ("CreativeWork ListItem", "Text Integer"),
    "propertyID": ("PropertyValue", "Text URL"),
    "publisher": ("CreativeWork", "Organization Person"),
    "publishingPrinciples": ("Organization Person CreativeWork", "CreativeWork URL"),
    "recognizedBy": ("Credential", "Organization"),
    "relatedLink": ("WebPage", "URL"),
    "relevantSpecialty": ("MedicalEntity", "MedicalSpecialty"),
    "reviewedBy": ("WebPage", "Organization Person"),
    "sameAs": ("Thing", "URL"),
    "specialty": ("WebPage", "Specialty"),
    "suggestedAnswer": ("Question", "ItemList Answer"),
    "text": ("CreativeWork", "Text"),
    "url": ("Thing", "URL"),
    "usageInfo": ("CreativeWork", "CreativeWork URL"),
    "value": ("PropertyValue", "Text Number Boolean"),
    "version": ("CreativeWork", "Text Number"),
    "workTranslation": ("CreativeWork", "CreativeWork"),
}


def faults(nodes):
    """Return what in these nodes, and in those inside them, schema.org does not know."""
    everything = list(_inside(nodes))
    by_id = {node["@id"]: node for node in everything if "@id" in node and "@type" in node}
    found = [
        f"nothing has the id {node['@id']}" for node in everything if set(node) == {"@id"} and node["@id"] not in by_id
    ]
    for node in everything:
        if "@type" in node:
            found += _faults_of(node, by_id)
    return found


def _faults_of(node, by_id):
    kind = node["@type"]
    if kind not in TYPES:
        yield f"there is no type {kind}"
        return
    for name, value in node.items():
        if name.startswith("@"):
            continue
        if name not in PROPERTIES:
            yield f"{kind} has the unknown property {name}"
            continue
        domain, wanted = (set(words.split()) for words in PROPERTIES[name])
        if not _all_types(kind) & domain:
            yield f"{name} may not stand on {kind}"
        for one in value if isinstance(value, list) else [value]:
            if not _kinds(one, by_id) & wanted:
                yield f"{name} of {kind} may not be {str(one)[:60]}"


def _all_types(kind):
    return {kind, "Thing", *TYPES[kind].split()}


def _kinds(value, by_id):
    """Return all that a value can be taken for."""
    if isinstance(value, dict):
        kind = by_id.get(value.get("@id"), value).get("@type")
        return _all_types(kind) if kind in TYPES else set()
    if isinstance(value, bool):
        return {"Boolean"}
    if isinstance(value, int):
        return {"Integer", "Number"}
    if re.fullmatch(r"https://schema\.org/\w+HealthAspect", value):
        return {"HealthAspectEnumeration"}
    if re.fullmatch(r"https://schema\.org/\w+", value):
        return {"MedicalSpecialty", "Specialty"}
    if re.fullmatch(r"https?://\S+", value):
        return {"URL", "Text"}
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
        return {"DateTime", "Text"}
    return {"Date", "Text"} if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else {"Text"}


def _inside(value):
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from _inside(one)
