"""What an article must have, from a title to disclaimers. Imports the text of bodies."""

from __future__ import annotations

from collections.abc import Sequence

from .finding import Finding
from .text import Content, has_words, plain_text, standing_viewpoints, viewpoint_place


def title_missing(content: Content) -> list[Finding]:
    """Report an article without a title."""
    if has_words(content["title"]):
        return []
    return [Finding("title_missing", "title", "The article has no title. Write the question it answers.")]


def summary_missing(content: Content) -> list[Finding]:
    """Report an article without a summary."""
    if has_words(content["summary"]):
        return []
    return [Finding("summary_missing", "summary", "The article has no summary. Give the answer in brief.")]


def no_viewpoints(content: Content) -> list[Finding]:
    """Report an article without viewpoints."""
    if standing_viewpoints(content):
        return []
    return [Finding("no_viewpoints", "viewpoints", "The article has no viewpoints. Add at least one.")]


def empty_viewpoint(content: Content) -> list[Finding]:
    """Report viewpoints whose body says nothing."""
    return [
        Finding("empty_viewpoint", viewpoint_place(viewpoint), "This viewpoint is empty. Fill or remove it.")
        for viewpoint in standing_viewpoints(content)
        if not has_words(plain_text(viewpoint["body_html"]))
    ]


def see_doctor_missing(content: Content) -> list[Finding]:
    """Report an article on a symptom that does not say when to see a doctor."""
    if content["topic"]["kind"] != "symptom" or has_words(plain_text(content["see_doctor_html"])):
        return []
    message = "An article on a symptom says when to see a doctor, and this one does not. Fill in that box."
    return [Finding("see_doctor_missing", "see_doctor_html", message)]


def missing_disclaimers(content: Content, required: Sequence[str]) -> list[Finding]:
    """Report required disclaimers that are absent; mixed_authorship only binds several contributors."""
    present = {item["kind"] for item in content["disclaimers"] if has_words(item["text"])}
    return [
        Finding("disclaimer_missing", "disclaimers", f"The disclaimer “{_words(kind)}” is required. Add it.")
        for kind in dict.fromkeys(required)
        if kind not in present and (kind != "mixed_authorship" or _contributor_count(content) > 1)
    ]


def _contributor_count(content: Content) -> int:
    return len({person["id"] for viewpoint in content["viewpoints"] for person in viewpoint["contributors"]})


def _words(kind: str) -> str:
    return kind.replace("_", " ")
