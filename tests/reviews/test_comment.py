"""Comments stand on the words of an edition, keep to them in the next one, and hold approval up where they block."""

import itertools

import pytest
from django.core.exceptions import ValidationError

from articles.models import Article, Contributor
from reviews import actions
from reviews.anchors import Anchor, carry
from reviews.models import Comment, Edition, Event
from tests import cast
from tests.refusal import denied, refused

A = "Muscle twitches are common after a long day at work."
B = "Most people notice them first around the “eyes” or in the calves."
C = "A nerve test is seldom needed when strength is normal."
D = "Coffee and poor sleep make the small movements more frequent."
S = "Please ask your own doctor before you change anything."


def paragraphs(*texts):
    return "".join(f"<p>{text}</p>" for text in texts)


class Text:
    """An article of one viewpoint, whose body is rewritten from edition to edition."""

    def __init__(self, line, *body):
        self.line = line
        self.values = cast.viewpoint_values(cast.make_contributor(by=line.people.ada), body=paragraphs(*body))
        self.article = line.draft(viewpoints=[self.values])
        self.values["id"] = self.place = str(self.article.viewpoints.get().pk)
        self.edition = line.submit(self.article)

    def resubmit(self, *body, **changes):
        """Take the edition back and submit the next, with another body."""
        actions.recall(self.edition, by=self.line.people.ada, reason="A better wording.")
        values = {"viewpoints": [self.values | {"body": paragraphs(*body)}]} if body else changes
        self.edition = self.line.submit(self.line.change(self.article, **values))
        return self.edition

    def say(self, quote="", **changes):
        values = {"text": "Is that so?", "place": self.place, "quote": quote, "by": self.line.people.ben}
        return actions.comment(self.edition, **(values | changes))

    def where(self, *comments):
        return carry([row.selector for row in comments], self.edition.content)


@pytest.fixture
def text(line):
    return Text(line, A, B, C)


def test_a_comment_keeps_its_words_their_surroundings_and_who_said_it(people, text):
    comment = text.say("seldom needed", severity="blocking", text="How seldom?")
    kept = Comment.objects.get()
    assert (kept.place, kept.exact, kept.suffix) == (text.place, "seldom needed", " when strength is normal.")
    assert kept.prefix == f"{A} {B} A nerve test is "[-32:]
    assert (kept.author, kept.author_name, kept.edition, kept.is_blocking) == (people.ben, "Dr Ben", text.edition, True)
    event = Event.objects.get(action="comment.made")
    assert (event.actor, event.object_id, event.article_id) == (people.ben, str(comment.pk), text.article.pk)
    assert event.payload == {
        "edition": 1,
        "parent": 0,
        "place": text.place,
        "exact": "seldom needed",
        "prefix": kept.prefix,
        "suffix": kept.suffix,
        "severity": "blocking",
        "text": "How seldom?",
    }


@pytest.mark.parametrize(
    "quote",
    [
        'first around the "eyes" or',
        "first around the “eyes” or",
        "first around the ‘eyes’ or",
        "  first\n around\t\tthe “eyes”\r\n or ",
        "First AROUND the “eyes” or",
        "first\u00a0around the “eyes” or",
        "“first around the “eyes” or”",
        "first aro\u00adund the “eyes” or",
    ],
)
def test_a_quote_is_found_whatever_its_white_space_and_marks(text, quote):
    if "‘" in quote:
        with refused("quote_not_found"):
            text.say(quote)
    else:
        assert text.say(quote).exact == "first around the “eyes” or"


@pytest.mark.parametrize("quote", ["ought to be here", "\x00", "\ud800", "\u202e", "<p>", "first … calves", A[::-1]])
def test_a_quote_that_does_not_stand_there_is_refused(text, quote):
    with refused("quote_not_found"):
        text.say(quote)


@pytest.mark.parametrize("quote", ["\u200b", "\u00ad \ufeff"])
def test_a_quote_of_invisible_characters_is_refused(text, quote):
    with refused("quote_empty"):
        text.say(quote)


def test_words_that_stand_there_twice_are_asked_for_more(line):
    text = Text(line, A, S, B, S)
    with refused("quote_ambiguous"):
        text.say("your own doctor")
    with pytest.raises(ValidationError, match="stand here 2 times"):
        text.say("your own doctor")


def test_what_stands_before_tells_which_of_two_is_meant(line):
    text = Text(line, A, S, B, S)
    first = text.say("your own doctor", before=f"{A} Please ask")
    second = text.say("your own doctor", before="in the calves.\nPlease  ask ")
    starts = [anchor.start for anchor in text.where(first, second)]
    assert starts == [len(A) + 1 + len("Please ask "), len(f"{A} {S} {B} Please ask ")]
    for before in ("Please ask", "nothing like it", "\x00"):
        with refused("quote_ambiguous"):
            text.say("your own doctor", before=before)


@pytest.mark.parametrize("place", ["nowhere", "title", "viewpoints", "\x00", "00000000-0000-0000-0000-000000000000"])
def test_a_place_that_does_not_exist_is_refused(text, place):
    for quote in ("", "seldom needed"):
        with refused("unknown_place"):
            text.say(quote, place=place)


def test_a_quote_without_a_place_finds_the_one_part_that_holds_it(text):
    comment = text.say("seldom needed", place="")
    assert (comment.place, comment.exact) == (text.place, "seldom needed")


def test_a_quote_that_several_parts_hold_needs_its_place(text):
    with refused("place_missing"):
        text.say("e", place="")


def test_a_quote_stands_in_the_place_that_was_chosen_or_nowhere(text):
    for place, words in (("summary", "seldom needed"), ("", "words that nobody wrote")):
        with refused("quote_not_found"):
            text.say(words, place=place)


def test_the_whole_page_and_a_whole_part_are_places(text):
    for place in ("", text.place, "summary", "see_doctor", "synthesis"):
        comment = text.say("", place=place)
        assert (comment.place, comment.exact, comment.prefix, comment.suffix) == (place, "", "", "")


@pytest.mark.parametrize(
    ("place", "quote"), [("summary", "common"), ("see_doctor", "gets weaker"), ("synthesis", "weakness")]
)
def test_the_texts_around_the_viewpoints_are_places(text, place, quote):
    comment = text.say(quote, place=place)
    assert (comment.place, comment.exact) == (place, quote)
    text.resubmit(A, B, C, D)
    assert text.where(comment)[0].state == "anchored"


# The next edition


def test_a_paragraph_inserted_above_keeps_the_comment(text):
    comment = text.say(B)
    text.resubmit(D, A, D, B, C)
    start = len(f"{D} {A} {D} ")
    assert text.where(comment) == [Anchor("anchored", text.place, start, start + len(B), B)]


def test_words_that_were_changed_a_little_move_the_comment(text):
    reworded = B.replace("calves", "legs").replace("Most", "Many")
    comment = text.say(B)
    text.resubmit(A, reworded, C)
    assert [(row.state, row.text) for row in text.where(comment)] == [("moved", reworded)]


def test_words_that_were_deleted_leave_the_comment_without_a_place(text):
    comment = text.say(B)
    text.resubmit(A, C)
    assert text.where(comment) == [Anchor("orphaned")]


def test_a_comment_finds_its_words_again_when_they_come_back(text):
    comment = text.say(B)
    text.resubmit(A, C)
    text.resubmit(A, B, C)
    assert text.where(comment)[0].state == "anchored"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_comments_on_equal_sentences_never_swap(line, order):
    """Three equal sentences, each with a neighbour of its own; the paragraphs come in every order."""
    groups = [(A, S), (B, S), (C, S)]
    text = Text(line, *itertools.chain(*groups))
    comments = [text.say(S, before=neighbour) for neighbour, _ in groups]
    text.resubmit(D, *itertools.chain(*(groups[n] for n in order)))
    body = f"{D} " + " ".join(" ".join(groups[n]) for n in order)
    wanted = [body.index(neighbour) + len(neighbour) + 1 for neighbour, _ in groups]
    found = text.where(*comments)
    assert all(anchor.state == "orphaned" or anchor.start == start for anchor, start in zip(found, wanted, strict=True))
    if list(order) == sorted(order):
        assert [anchor.start for anchor in found] == wanted


@pytest.mark.parametrize(
    ("after", "states"),
    [
        ((A, B, S), ("orphaned", "anchored")),
        ((A, S, B), ("anchored", "orphaned")),
        ((A, B), ("orphaned", "orphaned")),
        ((A, D, S, B, D, S), ("anchored", "anchored")),
    ],
)
def test_of_two_equal_sentences_the_one_that_went_takes_its_own_comment(line, after, states):
    text = Text(line, A, S, B, S)
    comments = [text.say(S, before=A), text.say(S, before=B)]
    text.resubmit(*after)
    assert tuple(anchor.state for anchor in text.where(*comments)) == states


# What blocks


@pytest.mark.parametrize("severity", ["blocking", "blocking_safety"])
@pytest.mark.parametrize("after", ["kept", "orphaned"])
def test_an_open_blocking_comment_holds_every_later_edition_up(line, text, severity, after):
    people, comment = line.people, text.say(B, severity=severity)
    bodies = {"kept": [(A, B, C), (D, A, B, C), (B, C)], "orphaned": [(A, B, C), (A, C), (A, C, D)]}[after]
    for number, body in enumerate(bodies, start=1):
        edition = text.edition if number == 1 else text.resubmit(*body)
        assert edition.number == number
        with refused("open_blocking_comment"):
            line.decide(edition, people.cyd, "editorial")
    assert text.where(comment)[0].state == ("orphaned" if after == "orphaned" else "anchored")
    actions.resolve(comment, by=people.ben, disposition="not-persuasive", answer="The guideline says the same.")
    assert line.approve(edition).number == 3


def test_it_is_named_among_what_is_missing_with_its_author_and_words(line, text):
    text.say(B, severity="blocking", text="This is wrong. " * 20)
    with pytest.raises(ValidationError) as caught:
        line.decide(text.edition, line.people.cyd, "editorial")
    (message,) = caught.value.messages
    assert message.startswith("Dr Ben’s blocking comment is open: “This is wrong.")
    assert len(message) < 130


def test_every_blocking_comment_is_named(line, text):
    first, _ = (text.say(quote, severity="blocking") for quote in (A, B))
    with refused("open_blocking_comment", "open_blocking_comment"):
        line.decide(text.edition, line.people.cyd, "editorial")
    actions.resolve(first, by=line.people.ben, disposition="persuasive", answer="Done.")
    with refused("open_blocking_comment"):
        line.decide(text.edition, line.people.cyd, "editorial")


def test_it_stops_an_edition_that_is_approved_from_publication(line, text):
    line.approve(text.edition)
    comment = text.say(B, severity="blocking_safety")
    with refused("open_blocking_comment"):
        line.publish(text.edition)
    actions.resolve(comment, by=line.people.ben, disposition="persuasive-with-modification", answer="I misread it.")
    assert line.publish(text.edition).seq == 1


def test_what_blocks_one_article_blocks_no_other(line, text):
    text.say(B, severity="blocking")
    assert line.publish().seq == 1


def test_it_keeps_nobody_from_sending_the_edition_back(line, text):
    text.say(B, severity="blocking")
    assert line.decide(text.edition, line.people.cyd, "editorial", "request_changes", "See the comment.")


def test_advice_blocks_nothing(line, text):
    for place in ("", text.place):
        text.say("", place=place, severity="advisory")
    assert line.publish(line.approve(text.edition)).seq == 1


# Who speaks


@pytest.mark.parametrize("who", ["ada", "cyd", "ben", "max", "root"])
@pytest.mark.parametrize("severity", ["advisory", "blocking", "blocking_safety"])
def test_editors_reviewers_and_leads_speak_and_may_hold_up(people, text, who, severity):
    assert text.say(B, by=getattr(people, who), severity=severity).severity == severity


@pytest.mark.parametrize("who", ["pam", "ann", "dot", "switched off"])
def test_nobody_else_speaks(people, text, who):
    person = getattr(people, who, None) or people.ben
    person.is_active = who != "switched off"
    for severity in ("advisory", "blocking"):
        with denied("may not comment on this edition"):
            text.say(B, by=person, severity=severity)


def test_a_contributor_advises_on_what_they_see_and_holds_nothing_up(people, line, text):
    con = cast.make_user("con", "Contributor")
    with denied("may not comment on this edition"):
        text.say(B, by=con)
    speakers = Contributor.objects.filter(viewpoint_contributors__viewpoint__article=text.article)
    speakers.update(user=con)
    assert Article.objects.visible_to(con).get() == text.article
    assert text.say(B, by=con).author == con
    for severity in ("blocking", "blocking_safety"):
        with denied("not hold an edition up"):
            text.say(B, by=con, severity=severity)


@pytest.mark.parametrize("severity", ["", "BLOCKING", "fatal", "blocking "])
def test_an_unknown_severity_is_refused(people, text, severity):
    with pytest.raises(ValidationError):
        text.say(B, severity=severity)
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("", "text_missing"),
        (" \n\t", "text_missing"),
        ("a\x00b", "null_character"),
        ("a\u202eb", "bidi_override"),
        ("a\ud800b", "lone_surrogate"),
        ("a\x1bb", "control_character"),
    ],
)
def test_a_text_keeps_the_rules_of_text(text, said, code):
    with refused(code):
        text.say(B, text=said)


@pytest.mark.parametrize(
    "said", ["<script>alert(1)</script>", "'; DROP TABLE reviews_comment; --", "{{ 7 * 7 }}", "%s %(x)s", "é" * 100_000]
)
def test_a_text_is_kept_as_it_was_written(text, said):
    assert Comment.objects.get(pk=text.say(B, text=said).pk).text == said


# Which edition


@pytest.mark.parametrize("end", ["returned", "recalled"])
def test_an_older_edition_takes_no_comments_once_there_is_a_newer_one(line, text, end):
    old = text.edition
    if end == "returned":
        line.decide(old, line.people.cyd, "editorial", "reject", "No.")
        text.edition = line.submit(line.change(text.article))
    else:
        text.resubmit(A, C)
    with refused("newer_edition"):
        actions.comment(old, by=line.people.ben, text="Too late.")
    assert text.say().edition.number == 2


def test_the_public_text_is_spoken_about_while_the_next_edition_is_in_review(line, text):
    """And what blocks there blocks the next edition."""
    line.publish(line.approve(text.edition))
    following = line.submit(line.change(text.article))
    text.say(B, severity="blocking_safety")
    with refused("open_blocking_comment"):
        line.decide(following, line.people.cyd, "editorial")


@pytest.mark.parametrize("end", ["superseded", "withdrawn"])
def test_a_text_that_is_public_no_more_is_not_spoken_about(line, text, end):
    publication = line.publish(line.approve(text.edition))
    if end == "withdrawn":
        line.withdraw(publication)
    following = line.submit(line.change(text.article))
    if end == "superseded":
        line.publish(line.approve(following))
    with refused("newer_edition"):
        text.say(B)


def test_an_edition_that_was_sent_back_is_spoken_about_until_the_next(line, text):
    line.decide(text.edition, line.people.cyd, "editorial", "request_changes", "See the comments.")
    assert text.say(B).edition == Edition.objects.get()
