"""Comments keep to their words: anchored, moved or orphaned, and never on a twin."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.anchors import Anchor, Selector, body_text, carry, find, locate_quote, make_selector

A = "Muscle twitches are common after a long day at work."
B = "Most people notice them first around the eyes or in the calves."
C = "A nerve test is seldom needed when strength is normal."
D = "Coffee and poor sleep make the small movements more frequent."
S = "Please ask your own doctor before you change anything."


def content(*bodies: str, ids: str = "abc") -> dict[str, Any]:
    """A content whose viewpoints a, b, c have these bodies."""
    return {"viewpoints": [{"id": key, "body_html": body} for key, body in zip(ids, bodies, strict=False)]}


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def select(quote: str, *texts: str, nth: int = 0, viewpoint: str = "a") -> Selector:
    """Select the nth `quote` in a viewpoint of these paragraphs."""
    text = " ".join(texts)
    start = -1
    for _ in range(nth + 1):
        start = text.index(quote, start + 1)
    return make_selector(viewpoint, text, start, start + len(quote))


def test_a_selector_quotes_the_words_and_their_context():
    selector = select("seldom needed", A, C)
    assert selector.exact == "seldom needed"
    assert selector.prefix == f"{A} A nerve test is "[-32:]
    assert selector.suffix == " when strength is normal."


def test_a_selector_needs_words():
    with pytest.raises(ValueError, match="needs words"):
        make_selector("a", "some text", 4, 5)


def test_white_space_in_a_body_is_one_space():
    assert body_text({"body_html": "<p>One\n  two&nbsp;three</p><ul><li>four</li></ul>"}) == "One two three four"


def test_an_unchanged_text_keeps_its_comment():
    anchor = find(select(B, A, B, C), content(paragraphs(A, B, C)))
    assert anchor == Anchor("anchored", "a", len(A) + 1, len(A) + 1 + len(B), B)


def test_a_paragraph_inserted_above_holds():
    anchor = find(select(B, A, B, C), content(paragraphs(D, A, D, B, C)))
    assert (anchor.state, anchor.text) == ("anchored", B)
    assert anchor.start == len(f"{D} {A} {D} ")


def test_other_markup_of_the_same_words_holds():
    body = f"<h3>{A}</h3><ul><li><strong>Most</strong> people{B[11:]}</li></ul><p>{C}</p>"
    assert find(select(B, A, B, C), content(body)).state == "anchored"


def test_other_viewpoints_do_not_matter():
    body = paragraphs(A, B, C)
    assert find(select(B, A, B, C), content(paragraphs(D), body, ids="ba")).viewpoint == "a"


@pytest.mark.parametrize(
    "reworded",
    [
        "Most people notice them first around the eyes or in the legs.",
        "Many people notice them first around the eyes or in the calves.",
        "Most people see them at first around the eyes, or in the calves.",
        "Most people notice them around the eyes.",
    ],
)
def test_a_reworded_quote_is_found_and_marked_moved(reworded: str):
    anchor = find(select(B, A, B, C), content(paragraphs(A, reworded, C)))
    assert (anchor.state, anchor.text) == ("moved", reworded)


def test_a_reworded_quote_is_found_beside_one_old_neighbour():
    reworded = B.replace("notice", "observe")
    anchor = find(select(B, A, B, C), content(paragraphs(D, D, reworded, C)))
    assert (anchor.state, anchor.text) == ("moved", reworded)


def test_a_quote_with_other_neighbours_is_moved():
    anchor = find(select(B, A, B, C), content(paragraphs(A, C, D, B)))
    assert (anchor.state, anchor.text) == ("moved", B)


def test_a_quote_carried_into_another_viewpoint_with_a_neighbour_is_moved():
    anchor = find(select(B, A, B, C), content(paragraphs(A), paragraphs(D, B, C)))
    assert (anchor.state, anchor.viewpoint, anchor.text) == ("moved", "b", B)


def test_a_quote_of_a_merged_viewpoint_is_moved():
    anchor = find(select(B, A, B, C), content(paragraphs(D, A, B, C), ids="b"))
    assert (anchor.state, anchor.viewpoint, anchor.text) == ("moved", "b", B)


def test_the_same_sentence_of_another_viewpoint_is_not_taken_for_the_lost_one():
    assert find(select(S, A, S, B), content(paragraphs(A, B), paragraphs(C, S, D))).state == "orphaned"
    assert find(select(S, S, B), content(paragraphs(B), paragraphs(S, D))).state == "orphaned"


@pytest.mark.parametrize("body", [paragraphs(A, C), "", paragraphs(D), paragraphs(A, D, C)])
def test_a_deleted_quote_is_orphaned(body: str):
    assert find(select(B, A, B, C), content(body)) == Anchor("orphaned")


def test_a_deleted_viewpoint_orphans_its_comments():
    assert find(select(B, A, B, C), content()) == Anchor("orphaned")


def test_nearly_the_same_sentence_is_not_taken_for_the_deleted_one():
    one, other = "Take 5 mg in the morning with water.", "Take 50 mg in the evening with water."
    assert find(select(one, A, one, B, C, other, D), content(paragraphs(A, B, C, other, D))).state == "orphaned"


def test_identical_sentences_keep_their_own_comments():
    before = (A, S, B, C, S, D)
    first, second = select(S, *before), select(S, *before, nth=1)
    assert [anchor.start for anchor in carry([second, first], content(paragraphs(*before)))] == [
        len(" ".join(before[:4])) + 1,
        len(A) + 1,
    ]


@pytest.mark.parametrize(
    ("after", "states"),
    [
        ((A, B, C, S, D), ("orphaned", "anchored")),
        ((A, S, B, C, D), ("anchored", "orphaned")),
        ((A, C, S, D), ("orphaned", "anchored")),
        ((C, S, D), ("orphaned", "anchored")),
        ((C, S, D, A, B), ("orphaned", "anchored")),
        ((A, B, C, D), ("orphaned", "orphaned")),
        ((D, A, S, B, D, C, S, D), ("anchored", "anchored")),
        ((A, S, C, S, D), ("anchored", "anchored")),
        ((B, S, B, A, S, B), ("anchored", "orphaned")),
        ((A, B, C, S, D, S, A), ("orphaned", "anchored")),
    ],
)
def test_of_two_identical_sentences_neither_takes_the_others_place(after: tuple[str, ...], states: tuple[str, str]):
    before = (A, S, B, C, S, D)
    found = carry([select(S, *before), select(S, *before, nth=1)], content(paragraphs(*after)))
    assert tuple(anchor.state for anchor in found) == states


def test_a_reworded_twin_is_moved_and_the_other_stays():
    reworded = S.replace("anything", "your treatment")
    before = (A, S, B, C, S, D)
    found = carry([select(S, *before), select(S, *before, nth=1)], content(paragraphs(A, reworded, B, C, S, D)))
    assert [(anchor.state, anchor.text) for anchor in found] == [("moved", reworded), ("anchored", S)]


def test_which_of_two_neighbouring_twins_went_is_not_guessed():
    found = carry([select(S, A, S, S, B), select(S, A, S, S, B, nth=1)], content(paragraphs(A, S, B)))
    assert [anchor.state for anchor in found] == ["orphaned", "orphaned"]


def test_twins_in_twin_surroundings_go_in_order():
    before = (A, S, B, A, S, B)
    found = carry([select(S, *before, nth=1), select(S, *before)], content(paragraphs(*before)))
    assert found[0].start > found[1].start
    assert {anchor.state for anchor in found} == {"anchored"}


def test_two_people_may_comment_on_the_same_words():
    selector = select(B, A, B, C)
    assert len(set(carry([selector, selector], content(paragraphs(D, A, B, C))))) == 1


def test_comments_on_the_same_words_from_two_editions_both_hold():
    older, newer = select(B, A, B, C), select(B, D, B, C)
    assert len(set(carry([older, newer], content(paragraphs(D, B, C))))) == 1


SENTENCES = st.lists(
    st.sampled_from(
        "rest sleep tired muscle nerve twitch morning coffee strong often walk warm calm small eye".split()
    ),
    min_size=4,
    max_size=9,
).map(lambda words: " ".join(words).capitalize() + ".")
WORDS = (
    "rest sleep tired muscle nerve twitch morning coffee strong often walk warm calm small eye doctor pain"
    " weak light hand foot back skin water salt heart lung cold fever cough nose throat voice hair nail bone"
    " joint knee hip neck head ear tooth tongue stomach liver sugar diet bread fruit milk egg meat fish rice"
    " bean sport swim run climb dance sing read write talk laugh"
).split()


@st.composite
def edited_texts(draw: st.DrawFn) -> tuple[list[str], list[str], list[int], list[int | None]]:
    """Sentences before and after, with copies of S at `copies` before, and where each stands after (None: deleted).

    Where a copy goes, some of the words around it stay: otherwise nobody could say which one it was.
    """
    some_go = draw(st.booleans())
    words = draw(st.permutations(WORDS))
    sentences = [" ".join(words[i : i + 5]).capitalize() + "." for i in range(0, len(words) - 4, 5)]
    before: list[str] = []
    after: list[str] = []
    copies: list[int] = []
    kept: list[int | None] = []
    for _ in range(draw(st.integers(2, 4))):
        group = [sentences.pop() for _ in range(draw(st.integers(1, 2)))]
        before += group
        new = sentences.pop()
        edits = [group, [*group, new], [new, *group]]
        after += draw(st.sampled_from(edits if some_go else [*edits, [new], [new, group[-1]], group[1:] or [new]]))
        copies.append(len(before))
        before.append(S)
        if not some_go or draw(st.booleans()):
            kept.append(len(after))
            after.append(S)
        else:
            kept.append(None)
    return [*before, sentences[0]], [*after, sentences[0]], copies, kept


def offset(sentences: list[str], number: int) -> int:
    return sum(len(sentence) + 1 for sentence in sentences[:number])


@given(edited_texts())
def test_however_the_text_between_is_edited_copies_never_swap_comments(edited: Any):
    before, after, copies, kept = edited
    text = " ".join(before)
    selectors = [make_selector("a", text, start := offset(before, at), start + len(S)) for at in copies]
    found = carry(selectors, content(paragraphs(*after)))
    for anchor, at in zip(found, kept, strict=True):
        if at is None:
            assert anchor.state == "orphaned"
        else:
            assert anchor.state == "orphaned" or anchor.start == offset(after, at)


@given(edited_texts(), st.data())
def test_copies_that_are_all_kept_all_keep_their_comments(edited: Any, data: st.DataObject):
    before, _, copies, _ = edited
    selectors = [make_selector("a", " ".join(before), start := offset(before, at), start + len(S)) for at in copies]
    new = data.draw(SENTENCES)
    at_top = content(paragraphs(new, *before))
    assert [anchor.start for anchor in carry(selectors, at_top)] == [offset([new, *before], at + 1) for at in copies]


@given(
    st.lists(SENTENCES, min_size=2, max_size=6), st.lists(SENTENCES, min_size=2, max_size=6), st.booleans(), SENTENCES
)
def test_edits_elsewhere_keep_the_anchor(above: list[str], below: list[str], is_above: bool, new: str):
    selector = make_selector("a", text := " ".join([*above, B, *below]), start := text.index(B), start + len(B))
    edited = ([new, *above[1:-1], above[-1]], below) if is_above else (above, [*below[:1], new])
    anchor = find(selector, content(paragraphs(*edited[0], B, *edited[1])))
    assert (anchor.state, anchor.text) == ("anchored", B)


@given(st.text(max_size=60), st.data())
def test_any_selection_of_any_text_finds_itself(text: str, data: st.DataObject):
    text = body_text({"body_html": text.replace("<", "").replace("&", "")})
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    if text[start:end].strip():
        anchor = find(make_selector("a", text, start, end), {"viewpoints": [{"id": "a", "body_html": text}]})
        assert (anchor.state, anchor.start, anchor.end) == ("anchored", start, end)


@pytest.mark.parametrize(
    "pasted",
    [
        "seldom needed when",
        "  seldom\n needed\twhen ",
        "Seldom NEEDED when",
        "“seldom needed when”",
        "sel\u00addom needed when",
        "seldom needed\u00a0when",
    ],
)
def test_a_pasted_quote_is_found_whatever_its_spaces_case_and_quotation_marks(pasted: str):
    located = locate_quote(C, pasted)
    assert (located.problem, C[located.start : located.end]) == ("", "seldom needed when")


def test_curly_and_straight_quotation_marks_and_dashes_are_alike():
    text = "It’s “calm” – mostly."
    located = locate_quote(text, 'It\'s "calm" - mostly')
    assert text[located.start : located.end] == "It’s “calm” – mostly"


def test_a_pasted_quote_that_stands_twice_asks_for_more_words():
    located = locate_quote(f"{A} {S} {B} {S}", "your own doctor")
    assert located.problem == "ambiguous"
    assert "2 times" in located.message


def test_whole_words_and_the_pasted_case_come_first():
    text = "Painful days. Some pain at night. Pain again."
    located = locate_quote(text, "pain")
    assert (located.problem, located.start) == ("", text.index("pain at"))


@pytest.mark.parametrize(("pasted", "problem"), [("ought to be here", "not_found"), ("  ", "empty"), ("", "empty")])
def test_a_pasted_quote_that_is_not_there_says_so(pasted: str, problem: str):
    located = locate_quote(A, pasted)
    assert located.problem == problem
    assert located.message
