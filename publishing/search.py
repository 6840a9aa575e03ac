"""Search in the live articles of one language. Reads the public store and its index (`search_index.py`), no draft.

Where all words stand in the title or a name, an article comes first; then those that say them in their text. At most 500
articles are ranked, so a common word costs no more than a rare one. A word that no title or name knows is taken
for the nearest one that does, and the reader is told.
"""

# ruff: noqa: S608 (what is put into the SQL are constants of this module; values are parameters)

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from rapidfuzz import process
from rapidfuzz.distance import OSA

from publishing.models import FeedHead, LiveArticle, UseKind
from publishing.search_index import MARKS, NAMED, TABLE, configuration

MAX_CHARACTERS = 200
MAX_WORDS = 16
CANDIDATES = 500
PAGE = 20
#: Characters of an article's text that are looked through for an excerpt, and that one excerpt shows.
LOOKED_THROUGH, EXCERPT = 20_000, 240
FACETS = ("specialty", "aspect", "audience")
#: English words that say nothing about what is sought.
STOP_WORDS = frozenset(
    "a about an and are as at be by can do does for from has have how i if in is it its me my of on or our should that"
    " the their there these they this to was we what when where which who why will with you your".split()
)
#: Endings that an excerpt looks past, so that it marks “twitching” for “twitch”.
ENDINGS = re.compile(r"(?:ations?|ings?|ies|ied|es|ed|ly|s|y|e)$")
_MARKS = re.compile(f"[{MARKS}]")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Hit:
    """One article that was found: its stored card, and an excerpt with the words marked, as safe HTML."""

    card: str
    excerpt: SafeString


@dataclass(frozen=True)
class Found:
    """What a search gave. `corrected` is what was sought instead of `query`; `some_words` if not all had to be there.

    `counts` says, for each facet, how many of the ranked articles have each value; `is_capped` that more were found.
    """

    query: str
    corrected: str = ""
    some_words: bool = False
    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    is_capped: bool = False
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    page: int = 1

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1

    @property
    def pages(self) -> int:
        return -(-self.total // PAGE)


def search(
    query: str, *, language: str, facets: Mapping[str, str] | None = None, page: int = 1, exactly: bool = False
) -> Found:
    """Return one page of what a query finds. At most six database queries, however it is spelt."""
    sought = words(query, language)
    if not sought:
        return Found(query)
    facets = facets or {}
    candidates, corrected, some_words = _candidates(sought, language, facets), "", False
    if not candidates and not exactly:
        known = vocabulary(language)
        nearest = [nearest_word(word, known) for word in sought]
        if nearest != sought and (candidates := _candidates(nearest, language, facets)):
            corrected, sought = " ".join(nearest), nearest
    if not candidates and len(sought) > 1:
        candidates, some_words = _candidates(sought, language, facets, every=False), True
    return Found(
        query,
        corrected,
        bool(candidates) and some_words,
        _hits(candidates[(page - 1) * PAGE : page * PAGE], sought),
        len(candidates),
        len(candidates) == CANDIDATES,
        _counts(candidates),
        page,
    )


def words(query: str, language: str = "en") -> list[str]:
    """Return the words that a query seeks: without accents, punctuation and, in English, words that say nothing."""
    found = list(dict.fromkeys(_WORDS.findall(folded(query))))
    telling = [word for word in found if word not in STOP_WORDS] if language.startswith("en") else found
    return (telling or found)[:MAX_WORDS]


def folded(text: str) -> str:
    """Return a text in small letters without accents, as the index has it."""
    plain = text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", plain).lower()


# Spelling


def nearest_word(word: str, known: Mapping[str, int]) -> str:
    """Return the known word that a misspelt one most likely stands for; the word itself if none is near."""
    if word in known or len(word) < 4 or word.isdigit():
        return word
    changes = 1 if len(word) < 6 else 2 if len(word) < 10 else 3
    near = process.extract(word, known.keys(), scorer=OSA.distance, score_cutoff=changes, limit=20)
    if not near:
        return word
    return min(near, key=lambda row: (row[1], row[0][0] != word[0], -known[row[0]], row[0]))[0]


def vocabulary(language: str) -> Counter[str]:
    """Return the words of titles, topics and their other names, with how many times each is there."""
    head = FeedHead.objects.values_list("epoch", "seq").first()
    return _vocabulary(language, head)


@lru_cache(maxsize=8)
def _vocabulary(language: str, head: tuple[int, int] | None) -> Counter[str]:
    """Read the vocabulary as it is at one place of the feed of changes."""
    rows = LiveArticle.objects.order_by().filter(language=language).values_list("title", "search_names")
    text = "\n".join(f"{title}\n{names}" for title, names in rows.iterator(2000))
    return Counter(word for word in _WORDS.findall(folded(text)) if len(word) > 3)


# Candidates

#: SQLite would read every use of a kind rather than the few of one article. For the same reason its query says CROSS JOIN:
#: the index comes first, then the articles that it names.
BY_ARTICLE = "INDEXED BY live_use_by_article"


@dataclass(frozen=True)
class Candidate:
    id: UUID
    specialty: str
    aspect: str
    audience: tuple[str, ...]
    #: The smaller, the better: whether the words are not all in title and names, then how well they match.
    place: tuple[int, float]


def _candidates(sought: list[str], language: str, facets: Mapping[str, str], *, every: bool = True) -> list[Candidate]:
    """Return the best of at most 500 articles with the words in title and names, and 500 with them anywhere."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(*_on_postgresql(sought, language, facets, every))
        else:
            cursor.execute(*_on_sqlite(sought, language, facets, every))
        rows = [_candidate(*row) for row in cursor.fetchall()]
    best: dict[UUID, Candidate] = {}
    for row in sorted(rows, key=lambda row: (row.place, row.id)):
        best.setdefault(row.id, row)
    return list(best.values())[:CANDIDATES]


def _candidate(pk: Any, specialty: str, aspect: str, audience: str | None, tier: int, score: float) -> Candidate:
    uuid = pk if isinstance(pk, UUID) else UUID(pk)
    return Candidate(uuid, specialty, aspect, tuple((audience or "").split()), (tier, score))


def _on_postgresql(sought: list[str], language: str, facets: Mapping[str, str], every: bool) -> tuple[str, list[Any]]:
    one = "plainto_tsquery(%s::regconfig, %s)"
    query = f"({' && '.join([one] * len(sought))})" if every else f"({' || '.join([one] * len(sought))})"
    values = [value for word in sought for value in (configuration(language), word)]
    named = f"regexp_replace({query}::text, '''([^'']+)''', '''{NAMED}\\1''', 'g')::tsquery"
    audiences = f"SELECT string_agg(u.key, ' ') FROM publishing_liveuse u WHERE {_uses('u')}"
    parts, parameters = [], []
    for tier, match in enumerate((named, query)):
        also, values_also = _filters(facets)
        parts.append(
            f"(SELECT a.id, a.specialty, a.aspect, ({audiences}), {tier},"
            f" -ts_rank('{{0, 0.1, 0.4, 1}}', a.search_vector, {query}, 1) FROM {TABLE} a"
            f" WHERE a.language = %s{also} AND a.search_vector @@ {match} LIMIT {CANDIDATES})"
        )
        parameters += [*values, language, *values_also, *values]
    return " UNION ALL ".join(parts), parameters


def _on_sqlite(sought: list[str], language: str, facets: Mapping[str, str], every: bool) -> tuple[str, list[Any]]:
    query = (" AND " if every else " OR ").join(f'"{word}"' for word in sought)
    audiences = f"SELECT group_concat(u.key, ' ') FROM publishing_liveuse u {BY_ARTICLE} WHERE {_uses('u')}"
    parts, parameters = [], []
    for tier, match in enumerate((f"{{title search_names}} : ({query})", query)):
        also, values_also = _filters(facets, BY_ARTICLE)
        parts.append(
            f"SELECT * FROM (SELECT a.id, a.specialty, a.aspect, ({audiences}), {tier},"
            f" bm25(search_index, 10, 4, 1) FROM search_index CROSS JOIN {TABLE} a ON a.publication_id = search_index.rowid"
            f" WHERE search_index MATCH %s AND a.language = %s{also} LIMIT {CANDIDATES})"
        )
        parameters += [match, language, *values_also]
    return " UNION ALL ".join(parts), parameters


def _filters(facets: Mapping[str, str], by_article: str = "") -> tuple[str, list[str]]:
    used = f"SELECT 1 FROM publishing_liveuse f {by_article} WHERE {_uses('f')} AND f.key = %s"
    conditions = {"specialty": "a.specialty = %s", "aspect": "a.aspect = %s", "audience": f"EXISTS ({used})"}
    chosen = [name for name in FACETS if name in facets]
    return "".join(f" AND {conditions[name]}" for name in chosen), [facets[name] for name in chosen]


def _uses(alias: str) -> str:
    return f"{alias}.article_id = a.id AND {alias}.kind = '{UseKind.AUDIENCE}'"


def _counts(candidates: Iterable[Candidate]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for row in candidates:
        counts["specialty"].update([row.specialty] if row.specialty else [])
        counts["aspect"][row.aspect] += 1
        counts["audience"].update(row.audience)
    return counts


# Excerpts


def _hits(candidates: list[Candidate], sought: list[str]) -> list[Hit]:
    rows = LiveArticle.objects.order_by().filter(pk__in=[row.id for row in candidates])
    by_id = {pk: (card, body) for pk, card, body in rows.values_list("pk", "card", "search_body")}
    return [Hit(by_id[row.id][0], excerpt(by_id[row.id][1], sought)) for row in candidates if row.id in by_id]


def excerpt(text: str, sought: list[str]) -> SafeString:
    """Return the stretch of a text around the first word that is sought, escaped, with each such word in <mark>."""
    text = " ".join(text[:LOOKED_THROUGH].split())
    found = [match.span() for match in _pattern(tuple(sought)).finditer(_as_long(text))]
    start = max(0, found[0][0] - 80) if found else 0
    if start:
        start = text.find(" ", start) + 1
    end = min(len(text), start + EXCERPT)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + 1)
    pieces, at = ["… " if start else ""], start
    for left, right in found:
        if start <= left and right <= end:
            pieces += [escape(text[at:left]), "<mark>", escape(text[left:right]), "</mark>"]
            at = right
    return mark_safe("".join([*pieces, escape(text[at:end]), " …" if end < len(text) else ""]))


def _as_long(text: str) -> str:
    """Return the folded text where that has as many characters, so that a place in one is a place in the other."""
    plain = folded(text)
    return plain if len(plain) == len(text) else text.lower() if len(text.lower()) == len(text) else text


@lru_cache(maxsize=256)
def _pattern(sought: tuple[str, ...]) -> re.Pattern[str]:
    stems = sorted({_stem(word) for word in sought}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, stems))})\w*", re.IGNORECASE)


def _stem(word: str) -> str:
    stem = ENDINGS.sub("", word)
    return stem if len(stem) > 3 else word
