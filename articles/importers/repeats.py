"""Which viewpoints of a file repeat another, and whether leaving one out would lose something. Imports the checks."""

from __future__ import annotations

from collections.abc import Sequence

from articles.checks import Duplicate, Finding, find_duplicates, fingerprint, plain_text
from articles.checks.duplicates import weighty_differences

Text = tuple[str, str]  # its place, and its body


def sift(new: Sequence[Text], known: Sequence[Text] = ()) -> tuple[set[str], list[Finding]]:
    """Return the places of the `new` texts to leave out because they repeat another, and a finding for each repeat.

    A near duplicate stays when it differs in a number, a negation or a modal verb: a lost "not" is a wrong answer.
    """
    texts = dict([*known, *new])
    left_out: dict[str, Duplicate] = {}
    findings = []
    for duplicate in find_duplicates([*known, *new]):
        if duplicate.key in dict(known):
            continue
        reason = _reason_to_keep(duplicate, texts, left_out)
        if not reason:
            left_out[duplicate.key] = duplicate
        findings.append(_finding(duplicate, texts, reason))
    return set(left_out), findings


def _reason_to_keep(duplicate: Duplicate, texts: dict[str, str], left_out: dict[str, Duplicate]) -> str:
    if duplicate.is_exact:
        return ""
    if duplicate.repeats in left_out:
        return "what it resembles was itself left out"
    words = weighty_differences(texts[duplicate.key], texts[duplicate.repeats])
    return f"only one of them has {_quoted(words)}" if words else ""


def _finding(duplicate: Duplicate, texts: dict[str, str], reason: str) -> Finding:
    if duplicate.is_exact:
        message = "Not created: it repeats an earlier viewpoint word for word."
        return Finding("duplicate_viewpoint", duplicate.key, message, repeats=duplicate.repeats)
    alike = f"It is {duplicate.similarity:.0f} % the same as an earlier viewpoint"
    if reason:
        message = f"Created: {alike.lower()}, but {reason}. Compare the two."
        return Finding("differing_viewpoint", duplicate.key, message, repeats=duplicate.repeats)
    text = texts[duplicate.key]
    words = set(fingerprint(text).split()) ^ set(fingerprint(texts[duplicate.repeats]).split())
    apart = f"; only one of them has {_quoted(sorted(words))}" if words else ""
    message = f"Not created: {alike.lower()}{apart}. Left out: “{plain_text(text)}”"
    return Finding("near_duplicate_viewpoint", duplicate.key, message, repeats=duplicate.repeats)


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words[:8]) + (" …" if len(words) > 8 else "")
