"""Whether a page is sound HTML, as far as the standard library can tell: `faults(html)` lists what is not."""

from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
#: Elements that end an open paragraph in every browser: inside a <p> they are a mistake.
BLOCKS = frozenset(
    "address article aside blockquote details div dl footer form h1 h2 h3 h4 header main nav ol p pre section table ul".split()
)
PARENTS = {
    "li": {"ol", "ul"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "tr": {"table", "thead", "tbody"},
    "td": {"tr"},
    "th": {"tr"},
    "summary": {"details"},
}
HEADINGS = ("h1", "h2", "h3", "h4")
FIELDS = {"input", "select", "textarea"}


def faults(html: str) -> list[str]:
    page = _Page()
    page.feed(html)
    page.close()
    return page.found_out()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.named: list[tuple[str, str]] = []
        self.fields: list[str] = []
        self.labels: set[str] = set()
        self.headings: list[int] = []
        self.faults: list[str] = []
        self.empty: list[list] = []
        self.first = ""

    def handle_decl(self, decl):
        self.first = self.first or decl

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if len(values) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if "p" in self.open and tag in BLOCKS:
            self.faults.append(f"<{tag}> in a <p>, line {self.getpos()[0]}")
        if tag in {"a", "button"} and {"a", "button"} & set(self.open):
            self.faults.append(f"<{tag}> in a link or button, line {self.getpos()[0]}")
        if tag in PARENTS and (not self.open or self.open[-1] not in PARENTS[tag]):
            self.faults.append(f"<{tag}> in a <{(self.open or ['nothing'])[-1]}>, line {self.getpos()[0]}")
        self._take_names(tag, values)
        if tag in HEADINGS:
            self.headings.append(int(tag[1]))
        if tag in {"a", "button", *HEADINGS}:
            self.empty.append([tag, self.getpos()[0], bool(values.get("aria-label"))])
        if tag not in VOID:
            self.open.append(tag)

    def _take_names(self, tag, values):
        if "id" in values:
            self.ids.append(values["id"])
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.named += [(name, target) for target in (values.get(name) or "").split()]
        if (values.get("href") or "").startswith("#"):
            self.named.append(("href", values["href"][1:]))
        if tag == "label":
            self.labels.add(values.get("for", ""))
        if tag in FIELDS and values.get("type") not in {"hidden", "submit"} and "aria-label" not in values:
            self.fields.append(values.get("id", "without an id"))
        if tag == "img" and "alt" not in values:
            self.faults.append("<img> without alt")
        if "style" in values or any(name.startswith("on") for name in values):
            self.faults.append(f"<{tag}> has a style or a script of its own")

    def handle_data(self, data):
        if data.strip():
            for row in self.empty:
                row[2] = True

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> ends {(self.open or ['nothing'])[-1]}, line {self.getpos()[0]}")
            return
        self.open.pop()
        if self.empty and self.empty[-1][0] == tag:
            name, line, has_words = self.empty.pop()
            if not has_words:
                self.faults.append(f"<{name}> without words, line {line}")

    def found_out(self) -> list[str]:
        found = list(self.faults)
        if self.first.lower() != "doctype html":
            found.append("no doctype")
        found += [f"<{tag}> is never closed" for tag in self.open]
        found += [
            f"the id {one} is there twice" for one in sorted({one for one in self.ids if self.ids.count(one) > 1})
        ]
        found += [f"{name} names {one}, which is not there" for name, one in self.named if one not in self.ids]
        found += [f"the field {one} has no label" for one in self.fields if one not in self.labels]
        if self.headings.count(1) != 1:
            found.append(f"{self.headings.count(1)} h1")
        jumps = [(a, b) for a, b in zip(self.headings, self.headings[1:], strict=False) if b > a + 1]
        found += [f"h{b} follows h{a}" for a, b in jumps]
        return found
