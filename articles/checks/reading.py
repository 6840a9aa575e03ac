"""How hard a text is to read, by three published formulas; advisory. Imports the text of bodies.

For English only: all three were fitted on American prose.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from statistics import median

from .finding import Finding
from .spelling import is_english
from .text import Content, lines, plain_text, standing_viewpoints, viewpoint_place

HIGHEST_GRADE = 12.0  # American school years; health writers aim at 6 to 8
FEWEST_WORDS = 20  # below this the formulas say nothing

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…])['”’\")\]]*\s+(?=['“‘\"(\[]*[A-Z0-9])")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|cf|approx|Dr|Mr|Mrs|Ms|Prof|St|No|Fig|al|[A-Z])\.(?=\s)")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(
    r"[^aeiouyl]e$|[aeiouy]le$|[^aeiouytd]ed$|[^aeiouycsxzgl]es$|[aeiouy]les$|[^aeiouyl]e(?:ful|less|ly|ment|ness)"
)
_APART = re.compile(  # two vowels that are two syllables
    r"(?<![ctsg])i[ao](?!u)|iu|^scie|myo|physio|i(?:ou|en[ct])(?<![ctsgx]iou)(?<![ct]ien[ct])|eou|ea$|rhea|[aeo]ing(?<!eaing)|eing|"
    r"[^gq]ua[lrt]|phia|gia|sm$"
)


@dataclass(frozen=True)
class ReadingGrades:
    """Grades are American school years; all are 0 for a text without words."""

    flesch_kincaid: float
    smog: float
    coleman_liau: float
    sentences: int
    words: int

    @property
    def grade(self) -> float:
        """The middle one of the three, since any one can be far off on lists or drug names."""
        return median((self.flesch_kincaid, self.smog, self.coleman_liau))


def reading_grades(text: str) -> ReadingGrades:
    """Grade a plain text; a line without a full stop, such as a heading or list item, is a sentence."""
    sentences = [sentence for sentence in _sentences(text) if _WORD.search(sentence)]
    words = _WORD.findall(text)
    if not words:
        return ReadingGrades(0.0, 0.0, 0.0, 0, 0)
    counts = [syllables(word) for word in words]
    return ReadingGrades(
        round(flesch_kincaid(len(sentences), len(words), sum(counts)), 1),
        round(smog(len(sentences), sum(count > 2 for count in counts)), 1),
        round(coleman_liau(len(sentences), len(words), sum(map(_letters, words))), 1),
        len(sentences),
        len(words),
    )


def reading_grade(content: Content) -> list[Finding]:
    """Report viewpoints that ask for more than twelve years of school."""
    if not is_english(content):
        return []
    graded = {
        viewpoint_place(viewpoint): reading_grades(plain_text(viewpoint["body_html"]))
        for viewpoint in standing_viewpoints(content)
    }
    return [
        Finding("reading_grade_high", place, _message(grades))
        for place, grades in graded.items()
        if grades.words >= FEWEST_WORDS and grades.grade > HIGHEST_GRADE
    ]


def flesch_kincaid(sentences: int, words: int, syllable_count: int) -> float:
    """Kincaid, Fishburne, Rogers, Chissom: Navy Research Branch Report 8-75 (1975)."""
    return 0.39 * words / sentences + 11.8 * syllable_count / words - 15.59


def smog(sentences: int, polysyllables: int) -> float:
    """McLaughlin: SMOG grading, a new readability formula. Journal of Reading 12(8), 639-646 (1969)."""
    return 3.1291 + 1.0430 * math.sqrt(30 * polysyllables / sentences)


def coleman_liau(sentences: int, words: int, letters: int) -> float:
    """Coleman, Liau: A computer readability formula. Journal of Applied Psychology 60(2), 283-284 (1975)."""
    return 0.0588 * 100 * letters / words - 0.296 * 100 * sentences / words - 15.8


def syllables(word: str) -> int:
    """Count the syllables of an English word by its groups of vowels; at least 1."""
    small = word.casefold()
    count = len(_VOWELS.findall(small)) + len(_APART.findall(small)) - len(_SILENT.findall(small))
    return max(1, count)


def _sentences(text: str) -> list[str]:
    whole = _ABBREVIATION.sub(lambda found: found[0][:-1], text)
    return [sentence for line in lines(whole) for sentence in _SENTENCE_END.split(line)]


def _letters(word: str) -> int:
    return sum(char.isalpha() for char in word)


def _message(grades: ReadingGrades) -> str:
    return (
        f"This viewpoint reads at grade {grades.grade:.0f} (Flesch-Kincaid {grades.flesch_kincaid}, "
        f"SMOG {grades.smog}, Coleman-Liau {grades.coleman_liau}). Shorter sentences and plainer words help."
    )
