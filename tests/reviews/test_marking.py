"""Where a comment stands is shown in the text, and the text stays what it was."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.text import clean_html
from reviews.anchors import body_text
from reviews.marking import Mark, marked

BODY = (
    '<p>A  <strong>small</strong> twitch &amp; <a href="https://example.org/a">a link here</a> ends.</p>'
    "<ul><li>One two</li><li>Three &lt; four</li></ul>"
)
TEXT = body_text({"body_html": BODY})


def mark(words, number=1):
    start = TEXT.index(words)
    return Mark(start, start + len(words), number)


def without_marks(html):
    return re.sub(r"</?mark[^>]*>", "", re.sub(r'<a class="desk-note".*?</a>', "", html))


def words_marked(html):
    return " ".join(" ".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html)).split())


@pytest.mark.parametrize(
    "words",
    ["small", "A small twitch", "twitch & a link", "here ends.", "two Three", "Three < four", "A", TEXT, "One two"],
)
def test_the_words_are_marked_whatever_tags_stand_between(words):
    html = marked(BODY, TEXT, [mark(words)])
    assert unescape(words_marked(html)).replace(" ", "") == words.replace(" ", "")
    assert without_marks(html) == BODY


def test_each_mark_links_to_its_thread_once():
    html = marked(BODY, TEXT, [mark("small", 1), mark("twitch", 2), mark("One two", 3)])
    assert re.findall(r'href="#thread-(\d)"', html) == ["1", "2", "3"]
    assert re.findall(r'id="quote-(\d)"', html) == ["1", "2", "3"]


def test_marks_may_overlap():
    html = marked(BODY, TEXT, [mark("A small twitch", 1), mark("small", 2), mark("twitch & a", 3)])
    assert without_marks(html) == BODY
    assert sorted(re.findall(r'href="#thread-(\d)"', html)) == ["1", "2", "3"]


def test_a_link_to_a_thread_never_stands_inside_another_link():
    html = marked(BODY, TEXT, [mark("a link", 1)])
    assert not re.search(r"<a [^>]*>(?:(?!</a>).)*<a ", html)
    assert 'href="#thread-1"' in html


def test_without_marks_the_text_is_untouched():
    assert marked(BODY, TEXT, []) == BODY


pieces = st.sampled_from(
    ["word", " ", "&amp;", "<strong>bold</strong>", "<em>a b</em>", "\u00a0", "\u2009", "é", "<br>", "x&lt;y"]
)
paragraphs = st.lists(st.lists(pieces, min_size=1, max_size=8).map("".join), min_size=1, max_size=4)


@given(paragraphs, st.data())
def test_any_text_with_any_marks_keeps_its_words_and_tags(parts, chosen):
    html = clean_html("".join(f"<p>{part}</p>" for part in parts))
    text = body_text({"body_html": html})
    if not text:
        return
    start = chosen.draw(st.integers(0, len(text) - 1))
    end = chosen.draw(st.integers(start + 1, len(text)))
    shown = marked(html, text, [Mark(start, end, 1)])
    assert body_text({"body_html": without_marks(shown)}) == text
    if text[start:end].strip():
        assert "".join(unescape(words_marked(shown)).split()) == "".join(
            body_text({"body_html": f"<p>{words_marked(shown)}</p>"}).split()
        )
        assert "".join(unescape(re.sub(r"<[^>]*>", "", words_marked(shown))).split()) == "".join(
            text[start:end].split()
        )
