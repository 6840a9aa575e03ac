"""The ways in which one address is asked: odd methods, hostile parameters, conditions, formats, forged headers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from cms.canary.forging import cursors

METHODS = ("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
#: Names that would open a door in other systems, and values that would.
DOORS = (
    "status=draft",
    "status=all",
    "state=in_review",
    "preview=1",
    "preview=true&token=x",
    "draft=1",
    "version=draft",
    "edition=draft",
    "published=false",
    "is_live=0",
    "live=false",
    "include=drafts",
    "include=viewpoints.contributors.user",
    "fields=*",
    "fields=id,title,owner,submitted_by",
    "expand=owner,history",
    "expand=~all",
    "depth=10",
    "embed=author",
    "format=json",
    "format=api",
    "format=xml",
    "format=csv",
    "output=debug",
    "debug=1",
    "_method=PUT",
    "_escaped_fragment_=",
    "as_of=2999-01-01",
    "at=2999-01-01T00:00:00Z",
    "now=2999-01-01",
    "title__icontains=a",
    "article__viewpoints__contributors__user__email__startswith=a",
    "owner__email__contains=@",
    "editions__decisions__comment__contains=a",
    "ordering=-version",
    "ordering=owner__password",
    "sort=submitted_at",
    "order_by=?",
    "exclude=withdrawn",
    "withdrawn=1",
    "archived=1",
    "user=1",
    "id=1%20OR%201=1",
    "q=%27%20OR%201=1--",
    "callback=alert",
    "jsonp=x",
    "next=//evil.example/",
    "url=file:///etc/passwd",
    "limit=100",
    "limit=101",
    "limit=0",
    "limit=-1",
    "limit=999999999999",
    "limit=١٢",
    "limit=1&limit=100",
    "offset=0",
    "page=1",
    "page=2",
    "page=last",
    "page=-1",
    "page=99999999999999999999",
    "language=en",
    "language=xx",
    "language=*",
    "language=en,es",
    "topic=*",
    "letter=A",
    "letter=%25",
    "cursor=",
    "q=",
    "q=%2A",
    "q=%25",
    "q=a*",
    "q=%22",
    "q=%00",
    "q=%ff%fe",
    "q=the",
    "q=" + "a" * 3000,
    "q[]=a&q[1]=b",
    "%5B%5D=1",
    "=",
    "&&&",
    ";a=b",
    "a" * 500 + "=1",
    "&".join(f"p{n}=1" for n in range(60)),
)
HEADERS: tuple[dict[str, str], ...] = (
    {"Accept": "text/html"},
    {"Accept": "application/json"},
    {"Accept": "application/xml"},
    {"Accept": "application/ld+json"},
    {"Accept": "text/csv"},
    {"Accept": "application/vnd.api+json; version=draft"},
    {"Accept": "image/png"},
    {"Accept": "*/*;q=0"},
    {"Accept": "nonsense"},
    {"Accept-Language": "xx, es;q=0.9, *;q=0.1"},
    {"Accept-Encoding": "gzip, br, identity;q=0"},
    {"Accept-Charset": "utf-16"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"nothing", W/"else"'},
    {"If-Match": "*"},
    {"If-Match": '"nothing"'},
    {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"},
    {"If-Modified-Since": "yesterday"},
    {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"Range": "bytes=0-"},
    {"Range": "bytes=-1"},
    {"Range": "items=0-1000"},
    {"Authorization": "Bearer 00000000"},
    {"Authorization": "Basic YWRtaW46YWRtaW4="},
    {"Authorization": "Token x"},
    {"Cookie": "sessionid=00000000; csrftoken=x; preview=1; draft=1"},
    {"Cookie": "messages=x; django_language=xx"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-User": "root"},
    {"Remote-User": "root"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "https"},
    {"X-Original-URL": "/admin/"},
    {"X-Rewrite-URL": "/admin/"},
    {"X-HTTP-Method-Override": "PUT"},
    {"X-Requested-With": "XMLHttpRequest"},
    {"X-Preview": "1"},
    {"X-Draft": "true"},
    {"X-Api-Key": "test"},
    {"X-Debug": "1"},
    {"Origin": "https://evil.example"},
    {"Referer": "http://testserver/admin/"},
    {"Sec-Fetch-Site": "cross-site", "Purpose": "prefetch"},
    {"Prefer": "return=representation"},
    {"Cache-Control": "no-cache", "Pragma": "no-cache"},
    {"User-Agent": "Googlebot/2.1"},
    {"Content-Type": "application/json"},
    {"Expect": "100-continue"},
)
#: Bodies with their types, for methods that have one.
BODIES = (
    ('{"status": "published"}', "application/json"),
    ('{"fields": "*"}', "text/json"),
    ("<xml/>", "text/xml"),
    ("a=1&_method=PUT", "application/x-www-form-urlencoded"),
)
#: Neighbours of a path, where other systems keep drafts, formats and histories; `{}` is the path.
NEIGHBOURS = ("{}/", "/{}", "{}.json", "{}%00", "{}..%2f", "{}draft/", "{}preview/", "{}history/", "{}edit/")


@dataclass(frozen=True)
class Question:
    """One request. `address` is a path with its query, ready to be sent."""

    address: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def __str__(self) -> str:
        with_headers = "".join(f" {name}: {value}" for name, value in self.headers)
        return f"{self.method} {self.address}{with_headers}"[:400]

    @property
    def words(self) -> str:
        """All that was sent: an answer may say it again."""
        return " ".join([self.address, self.body, *(value for pair in self.headers for value in pair)])


def plain(address: str) -> Question:
    return Question(address)


def a_few(address: str) -> Iterator[Question]:
    """Yield some ways to ask an address where nothing seems to be."""
    asked = plain(address)
    yield replace(asked, method="HEAD")
    yield _with(asked, "preview=1")
    yield _with(asked, "status=draft&version=draft")
    yield replace(asked, headers=(("Accept", "application/json"),))
    yield replace(asked, headers=(("If-None-Match", "*"),))
    yield replace(asked, headers=(("Cookie", "sessionid=00000000; preview=1"),))
    yield replace(asked, address=asked.address.rstrip("/"))


def many(address: str, etags: list[str], secret_words: list[str]) -> Iterator[Question]:
    """Yield every way to ask an address where something is."""
    asked = plain(address)
    yield from (replace(asked, method=method) for method in METHODS)
    for method in ("POST", "PUT"):
        for body, kind in BODIES:
            yield replace(asked, method=method, body=body, headers=(("Content-Type", kind),))
    yield from (replace(asked, headers=tuple(headers.items())) for headers in HEADERS)
    for etag in etags:
        yield replace(asked, headers=(("If-None-Match", etag),))
        yield replace(asked, method="HEAD", headers=(("If-None-Match", f"W/{etag}"),))
    yield from (_with(asked, door) for door in DOORS)
    yield from (_with(asked, f"cursor={cursor}") for cursor in cursors())
    yield from (_with(asked, f"q={quote(word)}") for word in secret_words)
    path = asked.address.partition("?")[0]
    yield from (plain(neighbour.format(path)) for neighbour in NEIGHBOURS)
    yield plain(path.rstrip("/") or "/")
    yield plain(path.upper())


def near_misses(word: str) -> list[str]:
    """Return misspellings of a secret word, and beginnings of it: an answer that mends them knows the word."""
    return [f"{word[:-1]}0", word[:-1], f"{word[:5]}a{word[5:]}", f"{word[:8]}*", word]


def _with(asked: Question, query: str) -> Question:
    joint = "&" if "?" in asked.address else "?"
    return replace(asked, address=f"{asked.address}{joint}{query}")
