"""The text rules: NFC, LF, no character that lies or breaks, and HTML in the small subset alone."""

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from articles.text import MAX_JSON_DEPTH, TAGS, clean_html, clean_json, clean_text

XSS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script\n>alert(1)</script\n>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)//",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='  JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='&#106;avascript&colon;alert(1)'>x</a>",
    "<a href='\u00a0javascript:alert(1)'>x</a>",
    "<a href=vbscript:msgbox(1)>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/\\evil.example'>x</a>",
    "<a href='/\t/evil.example'>x</a>",
    "<a href='http://evil.example'>x</a>",
    "<a href='https:evil.example'>x</a>",
    "<a href='https://ok.example' onclick=alert(1) style='x' target=_blank>x</a>",
    "<a href='#x' href='javascript:alert(1)'>x</a>",
    "<p onmouseover=alert(1)>x</p>",
    "<p style='background:url(javascript:alert(1))' class=x id=y>x</p>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object><embed src=x>",
    "<base href=//evil.example><link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<body onload=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<table background=javascript:alert(1)><tr><td>x</table>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<p>x</p><plaintext><script>alert(1)",
    "<textarea><script>alert(1)</script></textarea>",
    "<xmp><script>alert(1)</script></xmp>",
    "<style>@import '//evil.example'</style><p>x</p>",
    "<style/onload=alert(1)>",
    "<x onclick=alert(1)>x</x>",
]
FRAGMENTS = [
    *(f"<{tag}>" for tag in sorted(TAGS)),
    *(f"</{tag}>" for tag in sorted(TAGS)),
    "<div>", "</div>", "<h1>", "<script>", "</script>", "<!--", "-->", "<", ">", "&", "&amp;", "&lt;", "&#60;",
    "&nbsp;", "&#13;", '<a href="https://example.org/a?b=1&amp;c=2">', '<a href="/x">', "<a href='javascript:x'>",
    "e\u0301", "\r\n", "\n\n", "\n", " ", "words", "<table><b>", "<svg>", "<math>", "<style>", "<select>",
]  # fmt: skip
markup = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=14).map("".join)


def cleaned(clean, value):
    try:
        return clean(value)
    except ValidationError:
        assume(False)


class Parts(HTMLParser):
    """What a browser would see: every tag, every attribute."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.other = set(), [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        self.tags.add(tag)

    def handle_comment(self, data):
        self.other.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_harmless(html):
    parts = Parts(html)
    assert parts.tags <= TAGS
    assert not parts.other
    for tag, name, value in parts.attributes:
        assert (tag, name) == ("a", "href")
        # As a browser reads it (WHATWG URL): tabs and line ends are dropped, a backslash is a slash.
        address = re.sub(r"[\t\r\n]", "", value).strip().replace("\\", "/").lower()
        assert re.match(r"https://|mailto:|#|/(?!/)", address), value


@pytest.mark.parametrize("payload", XSS)
def test_no_attack_stays_live(payload):
    for html in (payload, f"<p>before</p>{payload}<p>after</p>", f"plain words {payload}"):
        assert_harmless(clean_html(html))


@given(markup)
def test_html_holds_allowed_tags_and_safe_links_only(value):
    assert_harmless(cleaned(clean_html, value))


@given(markup)
@example("<div>words</div>")
@example("<h1>words</h1>")
@example("<section>one\n\ntwo</section>")
def test_cleaning_html_twice_changes_nothing(value):
    once = cleaned(clean_html, value)
    assert clean_html(once) == once


@given(st.text())
def test_cleaning_text_twice_changes_nothing(value):
    once = cleaned(clean_text, value)
    assert clean_text(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\r" not in once


@settings(max_examples=30)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_cleaning_json_twice_changes_nothing(value):
    once = cleaned(clean_json, value)
    assert clean_json(once) == once


def test_text_is_stored_composed_with_lf_line_ends():
    assert clean_text("cafe\u0301\r\none\rtwo") == "caf\u00e9\none\ntwo"
    assert clean_html("<p>cafe\u0301\r\nx</p>") == "<p>caf\u00e9\nx</p>"
    assert clean_json({"e\u0301": ["a\r\n"]}) == {"\u00e9": ["a\n"]}


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\x00", "null_character"),
        ("\ud800", "lone_surrogate"),
        ("\udfff", "lone_surrogate"),
        *((character, "bidi_override") for character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
        *((character, "control_character") for character in "\x01\x08\x0b\x0c\x0e\x1b\x1f\x7f"),
    ],
)
@pytest.mark.parametrize("clean", [clean_text, clean_html, lambda value: clean_json([{value: 1}])])
def test_characters_that_lie_or_break_are_refused_with_a_code_and_a_place(clean, character, code):
    with pytest.raises(ValidationError) as caught:
        clean(f"ab{character}c")
    assert caught.value.code == code
    assert "position 3" in caught.value.messages[0]


@pytest.mark.parametrize("entity", ["&#8238;", "&#x202E;", "&#x202e", "&#8294;", "&#1;", "&#x7f;"])
@pytest.mark.parametrize("shape", ["<p>{}</p>", "<b>{}</b>", "<a href='/{}'>x</a>", "&amp;<p>{}</p>"])
def test_an_entity_is_no_way_around_a_refused_character(shape, entity):
    with pytest.raises(ValidationError) as caught:
        clean_html(shape.format(entity))
    assert caught.value.code in {"bidi_override", "control_character"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        (" \n ", ""),
        ("One line", "<p>One line</p>"),
        ("One\ntwo\n\nthree", "<p>One<br>two</p><p>three</p>"),
        ("One\r\n \r\nTwo", "<p>One</p><p>Two</p>"),
        ("5 < 6 & 7 > 6", "<p>5 &lt; 6 &amp; 7 &gt; 6</p>"),
        ("<strong>Do not</strong> wait", "<p><strong>Do not</strong> wait</p>"),
        ("&#8238; as typed", "<p>&amp;#8238; as typed</p>"),
    ],
)
def test_plain_text_becomes_paragraphs(typed, stored):
    assert clean_html(typed) == stored


def test_the_whole_subset_passes_unchanged():
    html = (
        "<h3>a</h3><h4>b</h4><p>c <strong>d</strong> <em>e</em> H<sub>2</sub>O 10<sup>3</sup><br>f</p>"
        "<ul><li>g</li></ul><ol><li>h</li></ol><blockquote>i</blockquote>"
        "<table><thead><tr><th>j</th></tr></thead><tbody><tr><td>k</td></tr></tbody></table>"
        '<p><a href="https://example.org/?a=1&amp;b=2">l</a> <a href="mailto:m@example.org">m</a> '
        '<a href="/en/">n</a> <a href="#o">o</a></p>'
    )
    assert clean_html(html) == html


def test_json_nested_too_deeply_is_refused():
    value = "x"
    for _ in range(MAX_JSON_DEPTH):
        value = [value]
    assert clean_json(value) == value
    with pytest.raises(ValidationError) as caught:
        clean_json([value])
    assert caught.value.code == "too_deep"
