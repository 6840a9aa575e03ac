"""Every address that the URL configuration knows, filled in with what the database holds.

A variable part takes each value of the pool that its converter's pattern matches. Where none does, the canary stops:
an address that nobody can fill in is one that nobody looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice, product, zip_longest
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

#: How many addresses one route gives at most; the values of a pool come in the order in which they matter.
MOST = 300
#: What asks for a login. A few addresses of each such route tell whether it does.
BEHIND_LOGIN = ("/admin/", "/api/v1/editorial/")
MOST_BEHIND_LOGIN = 4
_CLOSED = re.compile(r"[\w-]+(?:\|[\w-]+)+")
_PARAMETER = re.compile(r"<(?:[^>:]+:)?([^>]+)>")


class UnknownPart(Exception):
    """A variable part of an address that no value of the pool fits."""


@dataclass
class Pool:
    """What may stand in the variable parts of an address, by kind; within a kind, what matters most comes first."""

    ids: list[str] = field(default_factory=list)
    slugs: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=lambda: ["1", "2", "3", "999999"])
    languages: list[str] = field(default_factory=lambda: ["en", "xx"])
    words: list[str] = field(default_factory=list)

    def fitting(self, name: str, pattern: re.Pattern[str]) -> list[str]:
        """Return the values that fit a part: the words that a closed pattern lists, else those of the kind that its name
        speaks of, else of every kind.
        """
        if _CLOSED.fullmatch(pattern.pattern):
            return pattern.pattern.split("|")
        kinds = {
            "language": self.languages,
            "number": self.numbers,
            "edition": self.numbers,
            "other": self.numbers,
            "slug": self.slugs,
        }
        own = [value for value in kinds.get(name, []) if pattern.fullmatch(value)]
        every = [*self.ids, *self.slugs, *self.numbers, *self.languages, *self.words]
        return own or [value for value in every if pattern.fullmatch(value)]


@dataclass(frozen=True)
class Route:
    """One line of the URL configuration: its parts, fixed text or (name, pattern)."""

    parts: tuple[str | tuple[str, re.Pattern[str]], ...]

    def __str__(self) -> str:
        return "/" + "".join(part if isinstance(part, str) else f"<{part[0]}>" for part in self.parts)

    def addresses(self, pool: Pool) -> list[str]:
        """Return the paths that this route makes of the pool; raise UnknownPart where a part has no value."""
        choices = [[part] if isinstance(part, str) else self._values(part, pool) for part in self.parts]
        most = MOST_BEHIND_LOGIN if str(self).startswith(BEHIND_LOGIN) else MOST
        return ["/" + "".join(values) for values in islice(_spread(choices), most)]

    def _values(self, part: tuple[str, re.Pattern[str]], pool: Pool) -> list[str]:
        name, pattern = part
        values = pool.fitting(name, pattern)
        if not values:
            raise UnknownPart(f"{self}: no value fits {name}, {pattern.pattern!r}. Add one in cms/canary/pool.py.")
        return values


def routes() -> list[Route]:
    """Return every route of the project."""
    return routes_of(get_resolver().url_patterns)


def routes_of(patterns: Any) -> list[Route]:
    """Return the routes of a URL configuration; raise UnknownPart for a pattern that the canary does not know."""
    return [Route(tuple(parts)) for parts in _walk(patterns, [])]


def addresses_of(pool: Pool) -> list[str]:
    """Return the addresses of every route, one of each route in turn, and those behind a login last."""
    columns = [route.addresses(pool) for route in routes()]
    rows = chain.from_iterable(zip_longest(*columns))
    found = list(dict.fromkeys(address for address in rows if address))
    return sorted(found, key=lambda address: address.startswith(BEHIND_LOGIN))


def _walk(patterns: Any, before: list[Any]) -> Iterator[list[Any]]:
    for entry in patterns:
        parts = [*before, *_parts(entry.pattern)]
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, parts)
        elif isinstance(entry, URLPattern):
            yield parts


def _parts(pattern: Any) -> Iterator[Any]:
    if isinstance(pattern, RoutePattern):
        route, place = str(pattern), 0
        for found in _PARAMETER.finditer(route):
            yield route[place : found.start()]
            name = found[1]
            yield name, re.compile(pattern.converters[name].regex)
            place = found.end()
        yield route[place:]
    elif isinstance(pattern, RegexPattern):
        yield from _parts_of_regex(str(pattern))
    else:
        raise UnknownPart(f"{pattern!r} is a kind of pattern that the canary does not know.")


def _parts_of_regex(regex: str) -> Iterator[Any]:
    """Yield the parts of a regular expression that is fixed text and groups, as the admin's apps write them."""
    text = regex.removeprefix("^").removesuffix("$").removesuffix(r"\Z")
    place = 0
    for found in re.finditer(r"\((?:\?P<(\w+)>|(?!\?))((?:[^()\\]|\\.)*)\)", text):
        yield _fixed(text[place : found.start()], regex)
        yield found[1] or "part", re.compile(found[2])
        place = found.end()
    yield _fixed(text[place:], regex)


def _fixed(text: str, regex: str) -> str:
    plain = re.sub(r"\\(\W)", r"\1", text)
    if re.search(r"(?<!\\)[][()*+?|{}$^]", text):
        raise UnknownPart(
            f"The canary cannot fill in the pattern {regex!r}. Write it with converters, or teach it this one."
        )
    return plain


def _spread(choices: list[list[str]]) -> Iterator[tuple[str, ...]]:
    """Yield combinations: each value of the longest list first with the first of the others, then all the rest."""
    seen = set()
    for place, values in enumerate(choices):
        for value in values:
            one = tuple(value if n == place else other[0] for n, other in enumerate(choices))
            if one not in seen:
                seen.add(one)
                yield one
    for one in product(*choices):
        if one not in seen:
            yield one
