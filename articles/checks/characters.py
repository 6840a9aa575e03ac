"""Mixed alphabets, characters nobody sees, digits of other scripts. Imports the text of bodies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from .finding import Finding
from .text import Content, passages

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
KEYCAP = "\u20e3"

Picker = Callable[[str], str]  # the characters of a token to report, each once

# Letters that look Latin and are not; the suggestion puts the Latin ones back.
_CYRILLIC = "асеԁһіјӏорԛѕԝхуАВСЕНІЈКМОРЅТХУ"
_CYRILLIC_AS = "acedhijlopqswxyABCEHIJKMOPSTXY"
_GREEK = "ονικρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_GREEK_AS = "ovikpuABEZHIKMNOPTYX"
_LATIN_TWINS = str.maketrans(_CYRILLIC + _GREEK, _CYRILLIC_AS + _GREEK_AS)
_SYMBOLS = frozenset("αβγδεζηθκλμπσςτφχψωΓΔΘΛΞΠΣΦΨΩ")  # Greek letters that science writes beside Latin ones

_LETTERS = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"\S+")


def mixed_scripts(content: Content) -> list[Finding]:
    """Report words that mix Latin with Cyrillic or Greek letters; "µg", "TNFα" and "β-blocker" are fine."""
    return [
        Finding(
            "mixed_scripts",
            passage.place,
            f"“{word}” mixes alphabets: it contains {_named(strangers)}. Type the word again.",
            word.translate(_LATIN_TWINS),
        )
        for passage in passages(content)
        for word, strangers in _mixed_words(passage.text)
    ]


def invisible_character(content: Content) -> list[Finding]:
    """Report characters without width that touch a word or number, and so break search and copying."""
    return [
        Finding(
            "invisible_character",
            passage.place,
            f"“{INVISIBLE.sub('', token)}” contains {_named(hidden)}, which nobody sees. Remove it.",
            INVISIBLE.sub("", token),
        )
        for passage in passages(content)
        for token, hidden in _tokens_with(passage.text, _hidden)
    ]


def odd_digits(content: Content) -> list[Finding]:
    """Report digits that are not 0 to 9, which a reader or a program may misread."""
    return [
        Finding(
            "odd_digits",
            passage.place,
            f"“{token}” is written with {_named(digits)}. Use the digits 0 to 9.",
            "".join(str(unicodedata.decimal(char)) if char in digits else char for char in token),
        )
        for passage in passages(content)
        for token, digits in _tokens_with(passage.text, _foreign_digits)
    ]


def _mixed_words(text: str) -> Iterator[tuple[str, str]]:
    words = dict.fromkeys(_LETTERS.findall(INVISIBLE.sub("", text)))
    for word in words:
        strangers = _strangers(word)
        if strangers:
            yield word, strangers


def _strangers(word: str) -> str:
    """Return the letters of a word that are of another alphabet than most, each once."""
    if word.isascii():
        return ""
    scripts = [_script(char) for char in word]
    if "CYRILLIC" in scripts and {"LATIN", "GREEK"} & set(scripts):
        few = min(("CYRILLIC", "LATIN"), key=scripts.count) if "LATIN" in scripts else "GREEK"
        return "".join(dict.fromkeys(char for char in word if _script(char) == few))
    if "LATIN" not in scripts:
        return ""
    greek = (i for i, script in enumerate(scripts) if script == "GREEK" and not _is_symbol(word, i))
    return "".join(dict.fromkeys(word[i] for i in greek))


def _is_symbol(word: str, at: int) -> bool:
    """Return whether a Greek letter in a Latin word is a sign (NFκB, TNFα), not a look-alike."""
    is_amid_small = word[at - 1 : at].islower() and word[at + 1 : at + 2].islower()
    return word[at] in _SYMBOLS and not (is_amid_small and _script(word[at - 1]) == _script(word[at + 1]))


def _script(char: str) -> str:
    return unicodedata.name(char, "UNNAMED").split()[0]


def _tokens_with(text: str, pick: Picker) -> Iterator[tuple[str, str]]:
    for token in dict.fromkeys(_TOKEN.findall(text)):
        picked = pick(token)
        if picked:
            yield token, picked


def _hidden(token: str) -> str:
    found = (match for match in INVISIBLE.finditer(token) if _touches_word(token, match.start()))
    return "".join(dict.fromkeys(match[0] for match in found))


def _touches_word(token: str, at: int) -> bool:
    after = token[at + 1 : at + 2]
    return after != KEYCAP and any(_is_western(char) for char in token[max(0, at - 1) : at] + after)


def _is_western(char: str) -> bool:
    """Return whether a character is a digit or a letter of an alphabet that needs no joiners."""
    return char.isdigit() or (char.isalpha() and _script(char) in {"LATIN", "GREEK", "CYRILLIC", "MICRO"})


def _foreign_digits(token: str) -> str:
    return "".join(dict.fromkeys(char for char in token if char.isdecimal() and not char.isascii()))


def _named(chars: str) -> str:
    return ", ".join(f"{unicodedata.name(char, 'UNNAMED')} (U+{ord(char):04X})" for char in chars)
