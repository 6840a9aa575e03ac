"""Template filters for the public pages: plain values in, words out. Imports nothing of ours."""

import re
from datetime import date

from django import template

register = template.Library()

RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}

LABELS = {
    "advertising_policy": "Advertising",
    "ai_assistance": "AI assistance",
    "emergency": "In an emergency",
    "expression_of_concern": "Expression of concern",
    "icd-10": "ICD-10",
    "icd-10-cm": "ICD-10-CM",
    "icd-11": "ICD-11",
    "mesh": "MeSH",
    "mixed_authorship": "Several contributors, who may differ",
    "na": "Not applicable",
    "no_advertising": "Advertising",
    "not-persuasive": "The text stayed, for a reason given",
    "not-persuasive-with-modification": "The text stayed, but was made clearer",
    "persuasive": "The text was changed as asked",
    "persuasive-with-modification": "The text was changed in another way",
    "rct": "Randomised controlled trial",
    "snomed": "SNOMED CT",
    "snomed-ct": "SNOMED CT",
    "umls": "UMLS",
    "unreachable": "Could not be reached",
}


@register.filter
def isodate(value):
    """Write an ISO date or time as "22 November 2026"; anything else comes back as it was."""
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return value

    return f"{day.day} {day:%B %Y}"


@register.filter
def exacttime(value):
    """Write an RFC 3339 time in UTC as "22 November 2026, 10:15:07 UTC"."""
    return f"{isodate(value)}, {str(value)[11:19]} UTC"


@register.filter
def aspect_label(value):
    """Write a schema.org name in words: "SideEffectsHealthAspect" is "Side effects"."""
    name = str(value).removesuffix("HealthAspect") or "General"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


@register.filter
def label(value):
    """Write a stored code in words: "lived_experience" is "Lived experience"."""
    words = str(value).replace("_", " ")
    return LABELS.get(str(value), words[:1].upper() + words[1:])


@register.filter
def get_item(mapping, key):
    return mapping.get(key, "") if mapping else ""


@register.filter
def at_stage(reviewers, stage):
    """Those of the reviewers who signed in this stage."""
    return [reviewer for reviewer in reviewers or [] if reviewer.get("stage") == stage]


@register.filter
def placed(disclaimers, placement):
    """Those of the disclaimers that belong in this place."""
    return [text for text in disclaimers or [] if text.get("placement") == placement]


@register.filter
def web_address(reference):
    """Where a reader finds this reference: DOI, else PubMed, else its own http(s) address, else ""."""
    if reference.get("doi"):
        return "https://doi.org/" + reference["doi"].removeprefix("https://doi.org/")
    if reference.get("pmid"):
        return f"https://pubmed.ncbi.nlm.nih.gov/{reference['pmid']}/"

    address = reference.get("url", "")
    return address if address.lower().startswith(("https://", "http://")) else ""


@register.filter
def short_digest(digest):
    """The first twelve digits, enough to compare by eye."""
    return str(digest).rpartition(":")[2][:12]


@register.filter
def direction(language):
    """The value of the dir attribute for a language tag."""
    return "rtl" if str(language).lower().split("-")[0] in RIGHT_TO_LEFT else "ltr"


@register.filter
def scrollable_tables(html):
    """Put each table of sanitized HTML into a box that scrolls by keyboard; say |safe after it."""
    box = '<div class="table" role="group" aria-label="Table" tabindex="0">'
    return html.replace("<table>", f"{box}<table>").replace("</table>", "</table></div>")
