"""One MedQuAD file (Ben Abacha and Demner-Fushman 2019) becomes a document. Imports the content checks, no ORM."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from articles.checks import Finding

from .answers import to_html
from .characters import decoded, tidied
from .document import (
    ArticlePart,
    BadFile,
    ContributorPart,
    Document,
    SourcePart,
    TopicPart,
    ViewpointPart,
    clipped,
    fold,
    squeeze,
)
from .institutions import ASPECTS, INSTITUTIONS, TREATING

LARGEST = 4 * 1024 * 1024  # bytes
LONGEST_NAME = 300  # characters, of a heading or a synonym
_ROOTS = {"Document", "DiseaseFile"}
_DECLARATION = re.compile(r"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*\?>""")
_CONTROL_REFERENCE = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.IGNORECASE)
_CUI = re.compile(r"C\d{7}")
_NOT_A_NAME = {"index", "default", "home", "toc", "main", "pages", "overview"}


@dataclass(frozen=True)
class _Answer:
    qid: str
    qtype: str
    question: str
    text: str


def parse(raw: bytes, place: str) -> Document:
    """Return the document that a file holds; raise BadFile with the reason where it holds none."""
    root, findings = _read(raw, place)
    source, url = squeeze(root.get("source", "")), squeeze(root.get("url", ""))
    if not source:
        raise BadFile("names no source")
    answers = list(_answers(root, place, findings))
    if not answers:
        raise BadFile("holds no answers")

    name = squeeze(root.findtext("Focus") or "")
    topic = name or _name_from(url, place, findings)
    institution = ContributorPart(INSTITUTIONS.get(source, source), "organization")
    sources = (SourcePart(topic, institution.name, url),) if url else ()
    if not url:
        findings.append(Finding("no_address", place, "The file names no address; its viewpoints cite nothing."))
    origin = " | ".join((source, root.get("id", ""), url))
    return Document(
        place=place,
        topic=TopicPart(topic, "condition", _synonyms(root, topic, place, findings), _codes(root, place, findings)),
        articles=tuple(
            _article(qtype, group, topic, _Origin(origin, place, institution, sources, bool(name)))
            for qtype, group in _by_question_type(answers, place, findings).items()
        ),
        findings=tuple(findings),
    )


@dataclass(frozen=True)
class _Origin:
    """Who answers, and where the answers stand."""

    key: str
    place: str
    institution: ContributorPart
    sources: tuple[SourcePart, ...]
    has_name: bool


def _read(raw: bytes, place: str) -> tuple[ET.Element, list[Finding]]:
    if len(raw) > LARGEST:
        raise BadFile(f"is larger than {LARGEST // 1024 // 1024} MB")
    declared = _DECLARATION.match(raw[:200].decode("latin-1").removeprefix("ï»¿"))
    encoding = declared[1].lower() if declared else "utf-8"
    text = decoded(raw, "utf-8-sig" if encoding in {"utf-8", "utf8", "us-ascii"} else encoding)
    # No document of ours has a DTD; refusing it whole leaves no entity to expand.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadFile("holds a document type declaration, which is refused")
    text, findings = tidied(_CONTROL_REFERENCE.sub("\x01", text), place)
    try:
        root = ET.fromstring(text)  # noqa: S314 - declarations were refused above
    except ET.ParseError as error:
        raise BadFile(f"is not XML: {error}") from error
    if root.tag not in _ROOTS:
        raise BadFile(f"is not a MedQuAD document: it starts with <{clipped(root.tag, 60)}>")
    return root, findings


def _answers(root: ET.Element, place: str, findings: list[Finding]) -> Iterator[_Answer]:
    for pair in root.iter("QAPair"):
        asked, answered = pair.find("Question"), pair.find("Answer")
        question = asked if asked is not None else ET.Element("Question")
        qid = question.get("qid") or pair.get("pid") or ""
        text = "".join(answered.itertext()) if answered is not None else ""
        if text.strip():
            qtype = fold(question.get("qtype", "")) or "information"
            yield _Answer(qid, qtype, squeeze("".join(question.itertext())), text)
        else:
            findings.append(Finding("no_answer", f"{place}#{qid}", "This question has no answer. Left out."))


def _by_question_type(answers: list[_Answer], place: str, findings: list[Finding]) -> dict[str, list[_Answer]]:
    groups: dict[str, list[_Answer]] = {}
    for answer in answers:
        groups.setdefault(answer.qtype, []).append(answer)
    for qtype in groups.keys() - ASPECTS.keys():
        message = f"“{qtype}” is no known kind of question; its article is filed as an overview."
        findings.append(Finding("unknown_question_type", place, message))
    return groups


def _article(qtype: str, answers: list[_Answer], topic: str, origin: _Origin) -> ArticlePart:
    aspect = ASPECTS.get(qtype, "OverviewHealthAspect")
    titles = [_title(answer, topic, origin) for answer in answers]
    has_several = len(set(titles)) > 1
    seen: Counter[str] = Counter()
    viewpoints = []
    for answer, title in zip(answers, titles, strict=True):
        key = f"{origin.key} | {answer.qid} | {squeeze(answer.text)}"
        seen[key] += 1
        heading = f"{origin.institution.name}: {title}" if has_several else origin.institution.name
        viewpoints.append(
            ViewpointPart(
                key=key if seen[key] == 1 else f"{key} | {seen[key]}",
                place=f"{origin.place}#{answer.qid}",
                body=to_html(answer.text),
                heading=clipped(heading, LONGEST_NAME),
                perspective="institutional",
                contributors=(origin.institution,),
                sources=origin.sources,
            )
        )
    tier = 3 if aspect in TREATING else 2
    return ArticlePart(f"medquad {qtype}", titles[0], tuple(viewpoints), aspect=aspect, risk_tier=tier)


def _title(answer: _Answer, topic: str, origin: _Origin) -> str:
    """Return the question as a title: "What is (are) X ?" and "Do you have information about X" both ask what X is."""
    question = answer.question or f"{topic}: {answer.qtype}"
    if not origin.has_name and re.search(r"(?:\s\?)+$", question):
        question = re.sub(r"(?:\s\?)+$", f" {topic}?", question)
    question = re.sub(r"[\s?]+$", "?", question) if answer.question else question
    question = re.sub(r"^(?:What is \(are\)|Do you have information about)\s+(.+?)\??$", r"What is \1?", question)
    return question[:1].upper() + question[1:]


def _name_from(url: str, place: str, findings: list[Finding]) -> str:
    """Name the topic of a file without Focus after the last telling part of its address; short words are initials."""
    segments = [unquote(part) for part in urlsplit(url).path.split("/")]
    stems = [re.sub(r"\.\w{1,5}$", "", part) for part in segments]
    telling = [stem for stem in stems if re.search(r"[^\W\d_]{2}", stem) and stem.lower() not in _NOT_A_NAME]
    if not telling:
        raise BadFile("has an empty Focus and no address to name its topic after")
    words = [word for word in re.split(r"[\W_]+", telling[-1]) if word]
    name = " ".join(word.upper() if len(word) <= 4 else word for word in words)
    name = name[:1].upper() + name[1:]
    message = f"The Focus is empty. The topic is named “{name}” after the address {url}; check it."
    findings.append(Finding("empty_focus", place, message, name))
    return name


def _synonyms(root: ET.Element, topic: str, place: str, findings: list[Finding]) -> tuple[str, ...]:
    spelled: dict[str, str] = {fold(topic): topic}
    for element in root.iter("Synonym"):
        name = squeeze(element.text or "")
        if len(name) > LONGEST_NAME:
            message = f"The synonym “{clipped(name, 60)}” is longer than {LONGEST_NAME} characters. Left out."
            findings.append(Finding("long_synonym", place, message))
        elif name:
            spelled.setdefault(fold(name), name)
    return tuple(spelled.values())[1:]


def _codes(root: ET.Element, place: str, findings: list[Finding]) -> tuple[tuple[str, str], ...]:
    codes = dict.fromkeys(squeeze(element.text or "") for element in root.iter("CUI"))
    for code in codes:
        if code and not _CUI.fullmatch(code):
            message = f"“{clipped(code, 60)}” is not a UMLS concept identifier (C and seven digits). Left out."
            findings.append(Finding("odd_code", place, message))
    return tuple(("umls", code) for code in codes if _CUI.fullmatch(code))
