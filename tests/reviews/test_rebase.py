"""Waiting work meets a public text that moved on: what is a conflict is shown, and nothing is undone unseen."""

import copy

import pytest

from reviews import actions
from reviews.models import Edition, Event
from reviews.rebase import merged, moved
from tests.refusal import refused


def viewpoint(key, body, citations=("ref-1",)):
    return {"id": key, "heading": f"View {key}", "body_html": body, "citations": list(citations), "contributors": []}


def content(summary="Old.", **bodies):
    bodies = {"a": "<p>A</p>", "b": "<p>B</p>"} | bodies
    return {
        "title": "Why?",
        "summary": summary,
        "see_doctor_html": "",
        "synthesis_html": "",
        "disclaimers": [],
        "viewpoints": [viewpoint(key, body) for key, body in bodies.items() if body],
        "references": [{"id": "ref-1", "source_id": "source-1"}],
    }


CASES = [
    ("nobody changed anything", {}, {}, {}),
    ("the waiting work alone changed", {}, {"a": "<p>mine</p>"}, {}),
    ("the public text alone changed", {"a": "<p>live</p>"}, {}, {"a": "only_live"}),
    ("both changed the same way", {"a": "<p>same</p>"}, {"a": "<p>same</p>"}, {}),
    ("both changed one part", {"a": "<p>live</p>"}, {"a": "<p>mine</p>"}, {"a": "both"}),
    ("each changed another part", {"a": "<p>live</p>"}, {"b": "<p>mine</p>"}, {"a": "only_live"}),
    ("the public text lost a part", {"a": ""}, {}, {"a": "only_live"}),
    ("the public text lost what waiting work changed", {"a": ""}, {"a": "<p>mine</p>"}, {"a": "both"}),
    ("waiting work dropped what the public text changed", {"a": "<p>live</p>"}, {"a": ""}, {"a": "both"}),
    ("the public text gained a part", {"c": "<p>new</p>"}, {}, {"c": "only_live"}),
    ("the summary changed in both", {"summary": "Live."}, {"summary": "Mine."}, {"summary": "both"}),
]


@pytest.mark.parametrize(("live", "mine", "found"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_part_is_named_when_the_public_text_changed_it(live, mine, found):
    rows = moved(content(), content(**live), content(**mine))
    assert {row.place: row.state for row in rows} == found


@pytest.mark.parametrize(("live", "mine", "found"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_taking_every_public_part_leaves_nothing_to_choose(live, mine, found):
    public = content(**live)
    taken = merged(content(**mine), public, found)
    plain = copy.deepcopy(taken)
    for row in plain["viewpoints"]:
        row["citations"] = [key.removeprefix("live-") for key in row["citations"]]
    assert moved(content(), public, plain) == []


def test_sources_of_public_words_are_not_mistaken_for_others_of_the_same_number():
    mine = content(b="<p>mine</p>")
    live = content(a="<p>live</p>")
    live["references"] = [{"id": "ref-1", "source_id": "another"}]
    taken = merged(mine, live, ["a"])
    sources = {row["id"]: row["source_id"] for row in taken["references"]}
    assert [[sources[key] for key in row["citations"]] for row in taken["viewpoints"]] == [["another"], ["source-1"]]


@pytest.fixture
def waiting(people, line):
    """A big change that was recalled, and a hotfix that became public meanwhile."""
    article = line.publish(line.approve(line.submit(line.draft()))).article
    first = article.editions.get(number=1)
    one, two = (row["id"] for row in first.content["viewpoints"])
    long = [{"id": one, "body": "<p>A longer answer about twitching muscles.</p>"}, {"id": two}]
    line.change(article, viewpoints=long, summary="A longer summary of it all.")
    big = line.submit(article)
    actions.recall(big, by=people.ada, reason="A hotfix comes first.")
    actions.restore(first, by=people.ada, reason="For the hotfix.")
    article.refresh_from_db()
    fixed = [{"id": one}, {"id": two, "body": "<p>See a doctor within a day when it gets weaker.</p>"}]
    line.change(article, viewpoints=fixed)
    line.publish(line.approve(line.submit(article)))
    return Edition.objects.get(pk=big.pk), one, two


def test_a_hotfix_is_not_undone_by_work_that_waited(people, line, waiting):
    big, one, two = waiting
    assert [(row.place, row.state) for row in actions.public_changes(big)] == [(two, "only_live")]
    article = actions.restore(big, by=people.ada, reason="Back to the big change.", from_live=[two])
    bodies = {str(row.pk): row.body for row in article.viewpoints.all()}
    assert bodies[one] == "<p>A longer answer about twitching muscles.</p>"
    assert bodies[two] == "<p>See a doctor within a day when it gets weaker.</p>"
    assert article.summary == "A longer summary of it all."
    assert Event.objects.latest("seq").payload["from_live"] == [two]
    assert actions.public_changes(line.submit(article)) == []


def test_both_texts_are_there_to_choose_from_on_the_page(people, waiting, client):
    big, _, two = waiting
    client.force_login(people.ada)
    page = client.get(f"/admin/reviews/edition/{big.pk}/restore/").content.decode()
    assert "The public text moved on" in page
    assert "See a doctor within a day" in page
    assert "changed in the public text alone" in page
    address = f"/admin/reviews/edition/{big.pk}/restore/"
    missing = client.post(address, {"reason": "Back."}).content.decode()
    assert "This field is required" in missing
    assert client.post(address, {"reason": "Back.", f"part_{two}": "live"}).status_code == 302
    assert "within a day" in big.article.viewpoints.get(pk=two).body


def test_only_parts_that_moved_can_be_taken(people, waiting):
    big, one, _ = waiting
    for place in (one, "title", "nowhere"):
        with refused("unknown_place"):
            actions.restore(big, by=people.ada, reason="Back.", from_live=[place])
