"""Template filters for the public pages: plain values in, words out. Imports nothing of ours."""

import json
import re
from datetime import date
from urllib.parse import urlencode

from django import template
from django.conf.locale import LANG_INFO
from django.utils.safestring import mark_safe

register = template.Library()

RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}

#: Who may decide in a stage of a review.
HOLDERS = {
    "clinician": "a licensed clinician",
    "pharmacist_or_legal": "a pharmacist or legal counsel",
}
STATES = {
    "approval_revoked": "An approval was taken back",
    "emergency": "Published in an emergency",
    "expired": "The review has expired",
    "overdue": "The review is overdue",
}
NOTICES = {
    "approval_revoked": "An approval was taken back",
    "concern": "A concern was raised",
    "emergency": "Changed for safety",
    "expired": "The review has expired",
    "overdue": "The review is overdue",
    "part": "Something that this page rests on was withdrawn",
    "translation_behind": "The original has changed",
}
#: Inside a script these could end it, or the string that they stand in.
UNSAFE_IN_SCRIPT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}

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


@register.filter
def state_label(state):
    """Write the state of a review in words."""
    return STATES.get(state, label(state))


@register.filter
def notice_title(kind):
    return NOTICES.get(kind, "Please note")


@register.filter
def stage_asks(stage):
    """Say what a stage of a review policy asks for."""
    quorum, specialists = stage["quorum"], stage["specialists"]
    words = f"{quorum} approval{'' if quorum == 1 else 's'} in the role {stage['group']}"
    if stage["holder"] in HOLDERS:
        words += f", {'' if quorum == 1 else 'each '}by {HOLDERS[stage['holder']]}"
    if specialists:
        words += f", {specialists} of them by {'a specialist' if specialists == 1 else 'specialists'} in the field"
    return words


@register.filter
def language_name(tag):
    """Write a language as its speakers do; an unknown one as its tag."""
    known = LANG_INFO.get(str(tag).lower()) or LANG_INFO.get(str(tag).lower().split("-")[0], {})
    return known.get("name_local", tag)


@register.simple_tag
def english(language):
    """Mark words of the interface, which are English, on a page in another language."""
    return "" if str(language or "en").lower().split("-")[0] == "en" else mark_safe(' lang="en" dir="ltr"')


@register.filter
def as_query(parameters):
    return urlencode(parameters)


@register.filter
def script_json(value):
    """Write JSON that can stand in a script element, whatever it says."""
    return mark_safe(json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(UNSAFE_IN_SCRIPT))
