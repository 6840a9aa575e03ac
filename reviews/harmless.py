"""Which small edits of English words cannot change what a text says. Imports rapidfuzz and the word lists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from articles.checks.lexicon import Lexicon, fold
from articles.checks.words import word_list
from reviews.alarms import MODALS, NEGATIONS, NUMBER_WORDS
from reviews.wording import Token

DOSE_WORDS = frozenset(
    "dose doses dosed dosage dosages dosing overdose underdose oral orally mouth intravenous intravenously iv"
    " im sc po pr intramuscular intramuscularly subcutaneous subcutaneously sublingual topical topically rectal"
    " rectally vaginal nasal inhaled inhale inhaler intrathecal transdermal buccal tablet tablets capsule"
    " capsules pill pills injection injections inject injected infusion infusions infused patch patches spray"
    " sprays drop drops syrup cream creams ointment ointments gel gels lozenge suppository suppositories enema"
    " solution suspension daily nightly hourly weekly monthly bid tid qid qds tds od bd prn stat morning evening"
    " noon bedtime meal meals food fasting maximum minimum".split()
)

_OPPOSITES = (
    "increase decrease, increases decreases, increased decreased, increasing decreasing, high low, higher"
    " lower, highest lowest, before after, left right, always sometimes, always never, often rarely, usually"
    " rarely, safe unsafe, all some, any some, every some, most some, many few, more less, more fewer, most"
    " least, with without, above below, over under, up down, start stop, begin end, raise lower, rise fall,"
    " large small, long short, acute chronic, benign malignant, positive negative, proximal distal, anterior"
    " posterior, hot cold, early late, inner outer, upper lower, mild severe, better worse, gain loss, open"
    " closed, same different, only also, and or, if unless, is isnt, yes no"
)
OPPOSITES = frozenset(frozenset(pair.split()) for pair in _OPPOSITES.split(","))
WEIGHTY = NUMBER_WORDS | NEGATIONS | MODALS | DOSE_WORDS

_PREFIXES = (
    "un in im ir il non dis de mis anti ante hypo hyper hyp intra inter extra sub super supra over under pre post"
    " macro micro mono poly bi tri brady tachy endo exo ecto re contra iso"
).split()
_SUFFIXES = "ectomy otomy ostomy oscopy emia uria aemia itis osis ase ose less ful ide ite ate".split()

MARKS = frozenset(",.;:!-‐‑–—…'’‘\"“”")  # may come, go and change places, away from numbers
LIGHT_MARKS = frozenset("-‐‑'’‘\"“”")  # of them, those that no neighbour makes heavy

_RISKY_BEFORE_HYPHEN = frozenset("re un in im a an co de dis".split())  # re-cover is not recover
_EXTRA = 2  # letters a misspelling may be away from the word
_FAMILY = re.compile(r"(?:ies|es|s|ed|ing|ally|al|ly|ic|ia|y|e|a|um|us)$")

_AMERICAN = (
    (
        re.compile(
            "^((?:un|dis|mis)?(?:behavi|col|fav|flav|harb|hon|hum|lab|neighb|od|rum|sav|tum|vap|vig|endeav))our"
        ),
        r"\1or",
    ),
    (re.compile(r"(?<=[a-z]{3}[a-z])is(?=(?:e|ed|es|er|ers|ing|ation|ations)$)"), "iz"),
    (re.compile(r"(?<=aly)s(?=(?:e|ed|er|ers|es|ing)$)"), "z"),
    (re.compile(r"ae(?=mi|m[ao]|d[io]|co|sar|ces|sth|tio|cal)"), "e"),
    (re.compile(r"(?<=gyn)ae"), "e"),
    (re.compile(r"oe(?=soph|str|dem|t[au]|lia|op|b|uv)|(?<=rrh)oe(?=a)|(?<=pn)oe(?=a)"), "e"),
    (re.compile(r"(?<=^cent)re|(?<=^theat)re|(?<=^fib)re|(?<=^calib)re"), "er"),
    (
        re.compile(
            "^(cancel|counsel|label|travel|signal|model|fuel|level|channel|total|dial|equal|panel|pedal|tranquil)"
            "l(?=[aeio])"
        ),
        r"\1",
    ),
    (re.compile(r"sulph"), "sulf"),
)  # fmt: skip
_SPELLINGS = (
    "grey gray, ageing aging, programme program, programmes programs, mould mold, moulds molds, mouldy moldy,"
    " licence license, practise practice, defence defense, offence offense, catalogue catalog, dialogue dialog,"
    " analogue analog, enrol enroll, fulfil fulfill, instil instill, distil distill, skilful skillful, judgement"
    " judgment, acknowledgement acknowledgment, aluminium aluminum, whilst while, amongst among, learnt learned,"
    " burnt burned, towards toward, artefact artifact, adviser advisor, dietitian dietician, disc disk, discs"
    " disks, a an, its it's"
)
_SAME = frozenset(frozenset(pair.split()) for pair in _SPELLINGS.split(","))


def is_harmless(old: Sequence[Token], new: Sequence[Token], lexicon: Lexicon) -> bool:
    """Return whether the words of an edit stay the words they were; its numbers and marks are judged elsewhere."""
    words, new_words = _words(old), _words(new)
    if len(words) == len(new_words):
        return all(is_same_word(word, new_word, lexicon) for word, new_word in zip(words, new_words, strict=True))
    return _loses_double(old, new) or _is_rejoined(old, new, lexicon)


def is_same_word(word: str, new_word: str, lexicon: Lexicon) -> bool:
    """Return whether two words are one: another case, accent, apostrophe or spelling, or a misspelling mended."""
    word, new_word = word.replace("’", "'"), new_word.replace("’", "'")
    low, new_low = _plain(word), _plain(new_word)
    if low == new_low:
        return _is_harmless_case(word, new_word)
    if frozenset({low, new_low}) in _SAME or _is_possessive(low, new_low):
        return True
    if _american(low) == _american(new_low):
        return lexicon.knows(word) and lexicon.knows(new_word)
    return mends_misspelling(word, new_word, lexicon)


def mends_misspelling(word: str, new_word: str, lexicon: Lexicon) -> bool:
    """Return whether an unknown word became a known one that is near, and could hardly have been meant as another."""
    old, new = fold(word), fold(new_word)
    if not (old.isalpha() and new.isalpha() and _is_ordinary(word) and _is_ordinary(new_word)):
        return False
    distance = OSA.distance(old, new)
    is_near = distance <= (1 if len(new) < 6 else _EXTRA) and min(len(old), len(new)) > 2
    if not is_near or new in WEIGHTY or lexicon.knows(word) or not lexicon.knows(new_word):
        return False
    return not swaps_affix(old, new) and not _has_rival(old, new, distance)


def swaps_affix(word: str, other: str) -> bool:
    """Return whether two words differ in a prefix or suffix that turns the meaning: hypo- and hyper-."""
    for affixes, cut in ((_PREFIXES, str.removeprefix), (_SUFFIXES, str.removesuffix)):
        stems = {cut(word, affix) for affix in affixes} | {word}
        others = {cut(other, affix) for affix in affixes} | {other}
        if any(len(stem) > 3 for stem in stems & others):
            return True
    return False


def is_term(word: str, terms: frozenset[str]) -> bool:
    """Return whether a word is medical, or one of the terms, in singular or plural."""
    forms = {fold(word), fold(word).removesuffix("s"), fold(word).removesuffix("es")}
    return not forms.isdisjoint(terms) or not forms.isdisjoint(word_list("medical"))


def _has_rival(old: str, new: str, distance: int) -> bool:
    """Return whether a medical or weighty word of another family is as near to the misspelling."""
    rivals = process.extract(old, _rivals(), scorer=OSA.distance, score_cutoff=distance, limit=20)
    others = [rival for rival, _, _ in rivals if _family(rival) != _family(new)]
    if sorted(old) == sorted(new):  # letters that changed places: only another order of them is as near
        others = [rival for rival in others if sorted(rival) == sorted(new)]
    return bool(others)


@cache
def _rivals() -> tuple[str, ...]:
    return tuple(sorted(word_list("medical") | WEIGHTY | frozenset().union(*OPPOSITES)))


def _family(word: str) -> str:
    return _FAMILY.sub("", word)


def _words(tokens: Sequence[Token]) -> list[str]:
    return [token.text for token in tokens if token.kind == "word"]


def _loses_double(old: Sequence[Token], new: Sequence[Token]) -> bool:
    """Return whether one of two equal words with only a space between them went, and nothing else."""
    kept = [token.text.casefold() for token in new]
    for i in range(len(old) - 2):
        first, space, second = (token.text.casefold() for token in old[i : i + 3])
        if first == second and first.isalpha() and space.isspace():
            left = [token.text.casefold() for token in (*old[:i], *old[i + 2 :])]
            if left == kept:
                return True
    return False


def _is_rejoined(old: Sequence[Token], new: Sequence[Token], lexicon: Lexicon) -> bool:
    """Return whether the letters are the same: a hyphen that came or went, or words that ran together by mistake."""
    words, new_words = _words(old), _words(new)
    if "".join(words).casefold() != "".join(new_words).casefold():
        return False
    apart = max(words, new_words, key=len)
    if any(token.text in "-‐‑" for token in (*old, *new)):
        return apart[0].casefold() not in _RISKY_BEFORE_HYPHEN
    return any(not lexicon.knows(word) for word in words) and all(lexicon.knows(word) for word in new_words)


def _is_harmless_case(word: str, new_word: str) -> bool:
    """Return whether the first letter changed its case, or a long word came down from capitals: AIDS is not aids."""
    if word == new_word or word[1:] == new_word[1:] or _plain(word) != word.casefold() != new_word.casefold():
        return True
    return all(not spelt.isupper() or len(spelt) > 5 for spelt in (word, new_word)) and all(
        spelt.isupper() or spelt[1:].islower() for spelt in (word, new_word)
    )


def _is_ordinary(word: str) -> bool:
    """Return whether a word is written as running text has it, not as an abbreviation: ALS, mRNA."""
    return word[1:].islower()


def _is_possessive(low: str, new_low: str) -> bool:
    if low.replace("'", "") != new_low.replace("'", "") or len(low) < 4:
        return False
    return all("'" not in form or form.endswith("'s") for form in (low, new_low))


def _american(low: str) -> str:
    for pattern, replacement in _AMERICAN:
        low = pattern.sub(replacement, low)
    return low


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))
