"""What a reviewer sees of a change: every part, word by word, and the alarms on top."""

from __future__ import annotations

import copy
import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.difference import Alarm, Difference, PartChange, Piece, difference
from reviews.folding import fold
from reviews.wording import visible
from tests.articles.test_checks import make_content, make_contributor, make_reference, make_viewpoint


def bodies(before: str, after: str) -> Difference:
    """The difference of two contents whose only viewpoint has these bodies."""
    return difference(*(make_content(viewpoints=[make_viewpoint(body_html=body)]) for body in (before, after)))


def part(found: Difference, place: str) -> PartChange:
    return next(part for part in found.parts if part.place == place)


def pieces(before: str, after: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in part(bodies(before, after), "viewpoints/v-1").pieces]


def alarms(before: str, after: str) -> list[tuple[str, str, str]]:
    return [(alarm.kind, alarm.before, alarm.after) for alarm in bodies(before, after).alarms]


def test_an_unchanged_content_shows_every_part_unchanged():
    found = difference(make_content(), make_content())
    assert {part.state for part in found.parts} == {"unchanged"}
    assert (found.alarms, found.changed_words, found.changed_parts) == ([], 0, [])
    assert [part.place for part in found.parts] == [
        "title",
        "summary",
        "see_doctor_html",
        "viewpoints/v-1",
        "references/ref-1",
        "topic",
        "aspect",
        "audience",
        "language",
        "schema",
    ]


def test_a_changed_word_is_deleted_and_inserted():
    assert pieces("<p>Rest often helps.</p>", "<p>Rest seldom helps.</p>") == [
        ("same", "Rest "),
        ("deleted", "often"),
        ("inserted", "seldom"),
        ("same", " helps."),
    ]


def test_a_rewritten_sentence_is_one_change():
    found = pieces(
        "<p>Rest helps. The cause of it is stress in most people. Sleep.</p>",
        "<p>Rest helps. We know the reason: too much coffee. Sleep.</p>",
    )
    assert [kind for kind, _ in found] == ["same", "deleted", "inserted", "same"]


def test_paragraphs_headings_lists_and_cells_stand_on_lines_of_their_own():
    body = "<h3>Rest</h3><p>Sleep<br>well.</p><ul><li>one</li></ul><table><tr><th>a</th><td>b</td></tr></table>"
    assert pieces(body, body) == [("same", "# Rest\nSleep\nwell.\n• one\n| a | b")]


def test_a_new_paragraph_is_inserted_whole():
    found = pieces("<p>The rest.</p><p>The end.</p>", "<p>The rest.</p><p>The new one.</p><p>The end.</p>")
    assert found == [("same", "The rest."), ("inserted", "\nThe new one."), ("same", "\nThe end.")]


def test_a_link_shows_its_address():
    found = pieces('<p>See <a href="https://a.org">this</a>.</p>', '<p>See <a href="https://b.org">this</a>.</p>')
    assert found == [
        ("same", "See [this"),
        ("deleted", "](https://a.org)"),
        ("inserted", "](https://b.org)"),
        ("same", "."),
    ]


def test_emphasis_shows_only_where_it_changed():
    assert pieces("<p><em>so</em> <strong>it</strong> is</p>", "<p><em>so</em> it is</p>") == [
        ("same", "so "),
        ("deleted", "**it**"),
        ("inserted", "it"),
        ("same", " is"),
    ]


def test_a_raised_number_is_not_the_same_as_a_plain_one():
    assert ("number", "10^(6)", "106") in alarms("<p>10<sup>6</sup> cells</p>", "<p>106 cells</p>")


def test_markup_that_no_reader_sees_is_still_shown():
    changed = part(bodies("<p>a</p><p></p>", "<p>a</p>"), "viewpoints/v-1")
    assert changed.state == "changed"
    assert [(field.label, field.before) for field in changed.fields] == [("markup", "<p>a</p><p></p>")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("5\u200b0", "5⟨U+200B⟩0"),
        ("so\u00adft", "so⟨U+00AD⟩ft"),
        ("\u202eabc", "⟨U+202E⟩abc"),
        ("a\u2066b", "a⟨U+2066⟩b"),
        ("\ufeffa", "⟨U+FEFF⟩a"),
        ("plain, – “text” µ", "plain, – “text” µ"),
    ],
)
def test_what_nobody_sees_is_made_visible(text: str, shown: str):
    assert visible(text) == shown


def test_odd_spaces_are_made_visible_where_they_changed_only():
    assert pieces("<p>a\u00a0b c d</p>", "<p>a\u00a0b c\u00a0d</p>") == [
        ("same", "a\u00a0b c"),
        ("deleted", " "),
        ("inserted", "⟨U+00A0⟩"),
        ("same", "d"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("take 5 mg now", "take 50 mg now", ("number", "5 mg", "50 mg")),
        ("take 5 mg now", "take 5 mcg now", ("unit", "5 mg", "5 mcg")),
        ("take 5 mg now", "take 5 Mg now", ("unit", "5 mg", "5 Mg")),
        ("take 0.5 mg", "take .5 mg", ("number", "0.5 mg", ".5 mg")),
        ("of 1,000 people", "of 1.000 people", ("number", "1,000", "1.000")),
        ("take 2-3 now", "take 23 now", ("number", "2-3", "23")),
        ("take 2 to 3 now", "take 2 or 3 now", ("number", "2 to 3", "2 or 3")),
        ("take 5 now", "take 5-10 now", ("number", "5", "5-10")),
        ("at -5 or so", "at 5 or so", ("number", "-5", "5")),
        ("below <5 now", "below >5 now", ("number", "<5", ">5")),
        ("take 5 now", "take ５ now", ("number", "5", "５")),
        ("take ½ now", "take ¼ now", ("number", "½", "¼")),
        ("once again", "twice again", ("number", "once", "twice")),
        ("two-thirds of it", "one-third of it", ("number", "two-thirds", "one-third")),
        ("3 times a day", "3 times a week", ("unit", "day", "week")),
        ("for days on end", "for weeks on end", ("unit", "days", "weeks")),
        ("38 °C at night", "38 °F at night", ("unit", "38 °C", "38 °F")),
        ("5% of them", "5‰ of them", ("unit", "5%", "5‰")),
        ("2 mmol/L here", "2 mg/dL here", ("unit", "2 mmol/L", "2 mg/dL")),
        ("it is not bad", "it is bad", ("negation", "not", "")),
        ("it is bad", "it isn’t bad", ("negation", "", "isn’t")),
        ("with or without it", "with it", ("negation", "without", "")),
        ("you can drive", "you cannot drive", ("negation", "", "cannot")),
        ("it may help", "it will help", ("modal", "may", "will")),
        ("you must rest", "you rest", ("modal", "must", "")),
        ("see it", 'see <a href="https://a.org/5">it</a>', ("link", "", "https://a.org/5")),
        ("the muscle", "the mus\u200bcle", ("invisible", "muscle", "mus⟨U+200B⟩cle")),
        ("the muscle", "the muscl\u0435", ("mixed_script", "muscle", "muscl\u0435 (U+0435)")),
    ],
)
def test_what_must_not_slip_through_raises_an_alarm(before: str, after: str, expected: tuple[str, str, str]):
    assert expected in alarms(f"<p>{before}</p>", f"<p>{after}</p>")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a signficant change", "a significant change"),
        ("take 5 mg at noon", "do take 5 mg at noon"),
        ("take 5 mg", "take 5\u00a0mg"),
        ("it may help, not hurt", "it may in fact help, not hurt"),
        ("TNF helps", "TNFα helps"),
        ('<a href="https://a.org/5">it</a>', '<a href="https://a.org/5">this</a>'),
    ],
)
def test_what_stays_the_same_raises_none(before: str, after: str):
    assert alarms(f"<p>{before}</p>", f"<p>{after}</p>") == []


def test_an_alarm_names_its_place_and_the_words_around():
    found = bodies("<p>Adults take 5 mg a day.</p>", "<p>Adults take 50 mg a day.</p>")
    assert found.alarms == [Alarm("number", "viewpoints/v-1", "5 mg", "50 mg", "Adults take 50 mg a day.")]


def test_a_changed_number_in_title_summary_disclaimer_and_heading_raises_an_alarm():
    def numbered(number: int) -> dict[str, Any]:
        text = f"It takes {number} days."
        disclaimer = {"id": "d-1", "kind": "opinion", "version": 1, "placement": "top", "text": text}
        return make_content(
            title=text, summary=text, viewpoints=[make_viewpoint(heading=text)], disclaimers=[disclaimer]
        )

    found = difference(numbered(3), numbered(4))
    places = {alarm.place for alarm in found.alarms}
    assert places == {"title", "summary", "viewpoints/v-1", "disclaimers/d-1"}


def viewpoints(*keys: str) -> dict[str, Any]:
    return make_content(viewpoints=[make_viewpoint(id=key, body_html=f"<p>On {key}.</p>") for key in keys])


@pytest.mark.parametrize(
    ("before", "after", "states"),
    [
        ("abc", "abc", "a= b= c="),
        ("abc", "ac", "a= b- c="),
        ("ac", "abc", "a= b+ c="),
        ("abc", "cab", "c~ a= b="),
        ("abc", "bd", "a- b= c- d+"),
        ("abc", "", "a- b- c-"),
    ],
)
def test_viewpoints_are_matched_by_their_id(before: str, after: str, states: str):
    signs = {"unchanged": "=", "removed": "-", "added": "+", "moved": "~"}
    found = difference(viewpoints(*before), viewpoints(*after))
    shown = [f"{part.place[-1]}{signs[part.state]}" for part in found.parts if part.place.startswith("viewpoints/")]
    assert " ".join(shown) == states


def test_a_viewpoint_may_be_changed_and_moved():
    after = viewpoints("c", "a", "b")
    after["viewpoints"][0]["body_html"] = "<p>Other words.</p>"
    moved = part(difference(viewpoints("a", "b", "c"), after), "viewpoints/c")
    assert (moved.state, moved.is_moved) == ("changed", True)


def test_an_added_viewpoint_is_inserted_whole_without_an_alarm_for_each_number():
    after = make_content(viewpoints=[make_viewpoint(), make_viewpoint(id="v-2", body_html="<p>Not 5 mg.</p>")])
    found = difference(make_content(), after)
    assert part(found, "viewpoints/v-2").pieces == [Piece("inserted", "Not 5 mg.", 3)]
    assert found.alarms == []


def test_who_wrote_it_and_what_they_declare_is_compared():
    after = make_contributor(
        affiliation="Some clinic", disclosure={"status": "none_declared", "as_of": "2026-06-01", "interests": []}
    )
    found = difference(make_content(), make_content(viewpoints=[make_viewpoint(contributors=[after])]))
    assert [(field.label, field.before, field.after) for field in part(found, "viewpoints/v-1").fields] == [
        ("Ada Lind: affiliation", "", "Some clinic"),
        ("Ada Lind: disclosure: as of", "2026-05-01", "2026-06-01"),
    ]


def test_a_new_contributor_is_shown_in_a_line():
    people = [make_contributor(), make_contributor(id="c-ben", name="Ben Oak")]
    found = difference(make_content(), make_content(viewpoints=[make_viewpoint(contributors=people)]))
    field = part(found, "viewpoints/v-1").fields[0]
    assert (field.before, field.after) == ("", "Ben Oak, author, Consultant neurologist, none declared")


def test_a_reference_that_got_another_number_is_the_same_source():
    before = make_content(references=[make_reference()])
    new = make_reference(id="ref-1", source_id="s-0", title="On sleep")
    after = make_content(references=[new, make_reference(id="ref-2")], viewpoints=[make_viewpoint(citations=["ref-2"])])
    found = difference(before, after)
    assert part(found, "viewpoints/v-1").fields == []
    assert part(found, "references/ref-1").state == "added"
    assert [(field.label, field.after) for field in part(found, "references/ref-2").fields] == [("id", "ref-2")]


def test_a_reference_with_another_address_raises_an_alarm():
    found = difference(
        make_content(references=[make_reference(doi="10.1/a")]), make_content(references=[make_reference(doi="10.1/b")])
    )
    assert [(alarm.kind, alarm.after) for alarm in found.alarms] == [("link", "10.1/b")]


@pytest.mark.parametrize("key", ["topic", "aspect", "audience", "language", "schema", "a_key_of_tomorrow"])
def test_metadata_is_compared(key: str):
    content = make_content(a_key_of_tomorrow="old")
    values = {"topic": content["topic"] | {"kind": "condition"}, "audience": ["Clinician"]}
    found = difference(content, content | {key: values.get(key, "new")})
    assert [part.place for part in found.changed_parts] == [key]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for at, member in enumerate(value) for leaf in leaves(member, (*path, at))]
    return [path]


FULL = make_content(
    viewpoints=[make_viewpoint(), make_viewpoint(id="v-2")],
    synthesis_html="<p>Both agree.</p>",
    disclaimers=[{"id": "d-1", "kind": "opinion", "version": 1, "placement": "top", "text": "Views differ."}],
)


@pytest.mark.parametrize("path", leaves(FULL), ids=lambda path: "/".join(map(str, path)))
def test_whatever_value_changes_something_is_shown(path: tuple[Any, ...]):
    after = copy.deepcopy(FULL)
    target = after
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = 7 if isinstance(target[path[-1]], int) else "other"
    found = difference(FULL, after)
    assert found.changed_parts
    assert all(part.fields or part.pieces for part in found.changed_parts)


TEXTS = st.lists(st.sampled_from("a the 5 mg not, may. \n rest\u200b don't 1.5 <".split(" ")), max_size=30).map(
    " ".join
)


@given(TEXTS, TEXTS)
def test_the_pieces_give_back_both_texts(before: str, after: str):
    found = difference(make_content(summary=before), make_content(summary=after))
    shown = [piece for part in found.parts if part.place == "summary" for piece in part.pieces]
    assert "".join(piece.text for piece in shown if piece.kind != "inserted") == visible(before)
    assert "".join(piece.text for piece in shown if piece.kind != "deleted") == visible(after)


def test_changed_words_count_a_replaced_word_once():
    assert bodies("<p>one big red cat</p>", "<p>one small red dog sat</p>").changed_words == 3


def test_long_unchanged_runs_fold_to_the_words_next_to_a_change():
    words = [f"w{number}" for number in range(100)]
    found = bodies(f"<p>{' '.join(words)} old {' '.join(words)}</p>", f"<p>{' '.join(words)} new {' '.join(words)}</p>")
    folded = fold(part(found, "viewpoints/v-1").pieces, context_words=3)
    assert [(piece.kind, piece.words) for piece in folded] == [
        ("skipped", 97),
        ("same", 0),
        ("deleted", 1),
        ("inserted", 1),
        ("same", 0),
        ("skipped", 97),
    ]
    assert folded[1].text.split() == words[-3:]
    assert folded[4].text.split() == words[:3]


@given(TEXTS, TEXTS, st.integers(0, 5))
def test_folding_loses_no_text(before: str, after: str, context: int):
    found = part(difference(make_content(title=f"x{before}"), make_content(title=f"x{after}")), "title").pieces
    assert "".join(piece.text for piece in fold(found, context)) == "".join(piece.text for piece in found)


def long_content(seed: int, *, count: int = 60, replaced: float = 0.0) -> dict[str, Any]:
    """150,000 characters in `count` viewpoints; another `seed` of words replaces this share of them."""
    choice = random.Random(0).choices
    words = ["".join(choice("abcdefghij", k=size)) for size in (2, 3, 4, 5, 6, 8, 10) for _ in range(300)]
    text, other = random.Random(1), random.Random(seed)

    def paragraph() -> str:
        line = [text.choice(words) for _ in range(80)]
        return "<p>" + " ".join(other.choice(words) if other.random() < replaced else word for word in line) + ".</p>"

    size = 150_000 // count
    bodies = []
    for _ in range(count):
        body = ""
        while len(body) < size:
            body += paragraph()
        bodies.append(body)
    return make_content(
        viewpoints=[make_viewpoint(id=f"v-{number}", body_html=body) for number, body in enumerate(bodies)]
    )


@pytest.mark.parametrize("replaced", [0.0001, 0.15, 1.0])
@pytest.mark.parametrize("count", [60, 1])
def test_sixty_viewpoints_of_150_000_characters_are_compared_in_a_second(count: int, replaced: float):
    before, after = long_content(1, count=count), long_content(2, count=count, replaced=replaced)
    start = time.process_time()
    found = difference(before, after)
    assert time.process_time() - start < 2.0  # 0.05 to 0.7 s on a quiet machine
    share = found.changed_words / 24_000  # of the words, roughly
    assert share < 3 * replaced + 0.01
