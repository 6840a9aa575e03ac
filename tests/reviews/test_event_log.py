"""The event log as auditors read it: filters, pages, the detail of one event, and who may see it."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews import actions, auditing
from reviews.events import record
from reviews.models import Edition, Event
from tests import cast
from tests.cms.test_verify import tamper

LOG = "/admin/reviews/event/"
CSV = f"{LOG}csv/"


@pytest.fixture
def ann(people):
    """The auditor's browser."""
    return browser(people.ann)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def story(people, line):
    """One article recalled, published and withdrawn; another one in review."""
    first = line.submit(line.draft(title="Why do muscles twitch?"))
    actions.recall(first, by=people.ada, reason="Too early")
    line.withdraw(line.publish(line.approve(line.submit(first.article))))
    second = line.submit(line.draft(title="What helps against hiccups?"))
    return first.article, second.article


def shown(response):
    """The numbers of the events that a page lists."""
    assert response.status_code == 200
    return [row["event"].seq for row in response.context["lines"]]


def seqs(**conditions):
    return list(Event.objects.filter(**conditions).order_by("-seq").values_list("seq", flat=True))


def events_of(user, count):
    """Add events to the log as an action would, without its fact."""
    edition = Edition.objects.first()
    for n in range(count):
        record("edition.noted", edition, by=user, article_id=edition.article_id, number=edition.number, note=f"{n}")


def test_the_log_shows_every_event_newest_first_with_time_person_action_edition_and_title(ann, story, people):
    page = ann.get(LOG)
    assert shown(page) == seqs()
    text = page.content.decode()
    event = Event.objects.get(action="edition.published")
    edition = Edition.objects.get(article=event.article_id, publication__isnull=False)
    assert f"{event.at:%Y-%m-%d %H:%M:%S}" in text
    assert f'<a href="/admin/reviews/edition/{edition.pk}/change/">Edition 2 published</a>' in text
    assert "Edition 2 approved, stage medical" in text
    assert ">Why do muscles twitch?</a>" in text
    assert "Dr Ben" in text
    assert "(UTC)" in text


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("edition.submitted", "Edition 1 submitted for review"),
        ("edition.recalled", "Edition 1 taken out of review"),
        ("edition.decided", "Edition 2 approved, stage medical"),
        ("edition.published", "Edition 2 published"),
        ("publication.withdrawn", "Edition 2 withdrawn"),
    ],
)
def test_every_action_reads_as_a_phrase(story, action, words):
    assert words in [auditing.phrase(event) for event in Event.objects.filter(action=action)]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("request_changes", "Edition 1 returned for changes, stage pharmacy legal"),
        ("reject", "Edition 1 rejected, stage pharmacy legal"),
        ("revoke", "Approval of edition 1 taken back, stage pharmacy legal"),
        ("unheard_of", "Edition decided, edition 1"),
    ],
)
def test_every_outcome_reads_as_a_phrase(outcome, words):
    payload = {"outcome": outcome, "edition": 1, "stage": "pharmacy_legal"}
    assert auditing.phrase(Event(action="edition.decided", payload=payload)) == words


@pytest.mark.parametrize("payload", [{}, [], None, "text", {"number": "x"}, {"number": True}, {"edition": None}])
def test_an_action_without_a_phrase_of_its_own_is_named_all_the_same(payload):
    assert auditing.phrase(Event(action="seal.broken_open", payload=payload)) == "Seal broken open"
    assert auditing.phrase(Event(action="round.opened", payload=payload)).startswith("R")


def test_it_filters_by_action(ann, story):
    assert shown(ann.get(LOG, {"action": "edition.decided"})) == seqs(action="edition.decided")


def test_it_filters_by_actor_and_offers_only_who_acted(ann, story, people):
    page = ann.get(LOG, {"actor": people.ben.pk})
    assert shown(page) == seqs(actor=people.ben)
    offered = {value for value, _ in page.context["form"].fields["actor"].choices}
    assert people.dot.pk not in {getattr(value, "value", value) for value in offered}


def test_it_filters_by_article(ann, story):
    for article in story:
        assert shown(ann.get(LOG, {"article_id": article.pk})) == seqs(article_id=article.pk)


def test_filters_narrow_each_other(ann, story, people):
    article = story[0]
    query = {"action": "edition.decided", "actor": people.bea.pk, "article_id": article.pk}
    assert shown(ann.get(LOG, query)) == seqs(action="edition.decided", actor=people.bea, article_id=article.pk)
    assert shown(ann.get(LOG, query | {"article_id": story[1].pk})) == []


def test_a_day_counts_from_midnight_to_midnight_utc(ann, line, monkeypatch):
    line.submit()
    at = {
        "before": datetime(2026, 3, 9, 23, 59, 59, 999999, UTC),
        "first": datetime(2026, 3, 10, 0, 0, 0, 0, UTC),
        "last": datetime(2026, 3, 10, 23, 59, 59, 999999, UTC),
        "after": datetime(2026, 3, 11, 0, 0, 0, 0, UTC),
    }
    events = {}
    for name, moment in at.items():
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        events_of(line.people.ada, 1)
        events[name] = Event.objects.latest("seq").seq
    monkeypatch.undo()
    ann.force_login(line.people.ann)

    assert shown(ann.get(LOG, {"since": "2026-03-10", "until": "2026-03-10"})) == [events["last"], events["first"]]
    assert shown(ann.get(LOG, {"until": "2026-03-09"})) == [events["before"]]
    assert events["before"] not in shown(ann.get(LOG, {"since": "2026-03-10"}))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"since": "yesterday"}, "Write the day as year-month-day"),
        ({"until": "2026-02-30"}, "Write the day as year-month-day"),
        ({"since": "22.11.2026"}, "Write the day as year-month-day"),
        ({"since": "2026-11-22\x00"}, "Write the day as year-month-day"),
        ({"since": "2026-11-22", "until": "2026-11-21"}, "This day is before the first one."),
        ({"action": "no.such"}, "Select a valid choice"),
        ({"actor": "0"}, "Select a valid choice"),
        ({"actor": "one"}, "Select a valid choice"),
        ({"actor": "9" * 30}, "Select a valid choice"),
        ({"article_id": "17"}, "This is not the id of an article."),
        ({"q": "a\x00b"}, "Null characters are not allowed."),
        ({"q": "x" * 201}, "at most 200 characters"),
    ],
)
def test_a_filter_that_makes_no_sense_is_explained_and_shows_nothing(ann, story, query, words):
    page = ann.get(LOG, query)
    assert shown(page) == []
    assert words in page.content.decode()

    refused = ann.get(CSV, query)
    assert refused.status_code == 400
    assert words in refused.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"since": "0001-01-01", "until": "9999-12-31"},
        {"since": "", "until": "", "q": "", "action": "", "actor": "", "article_id": ""},
        {"before": "9" * 18},
        {"before": "9" * 40},
        {"before": "x"},
        {"before": "-1"},
        {"unknown": "1"},
    ],
)
def test_the_ends_of_time_empty_fields_and_strange_places_show_the_whole_log(ann, story, query):
    assert shown(ann.get(LOG, query)) == seqs()


def test_it_searches_names_titles_past_and_present_and_ids(ann, story, line):
    first, second = story
    publication = line.publish()
    line.change(publication.article, title="A title of another year")
    assert shown(ann.get(LOG, {"q": "dr ben"})) == seqs(actor_name="Dr Ben")
    assert shown(ann.get(LOG, {"q": "HICCUPS"})) == seqs(article_id=second.pk)
    assert shown(ann.get(LOG, {"q": "another year"})) == seqs(article_id=publication.article_id)
    old_title = publication.edition.content["title"]
    assert shown(ann.get(LOG, {"q": old_title})) == seqs(article_id=publication.article_id)
    assert shown(ann.get(LOG, {"q": str(first.pk)})) == seqs(article_id=first.pk)
    published = Event.objects.filter(action="edition.published").last()
    assert published.seq in shown(ann.get(LOG, {"q": published.object_id}))
    assert shown(ann.get(LOG, {"q": "%"})) == shown(ann.get(LOG, {"q": "no such words"})) == []


def test_pages_follow_the_numbers_so_none_moves_while_the_log_grows(ann, line):
    line.submit()
    events_of(line.people.ada, 110)
    first = ann.get(LOG)
    assert shown(first) == list(range(111, 61, -1))
    older = first.context["older"]
    events_of(line.people.ada, 3)
    second = ann.get(LOG, {"before": older})
    assert shown(second) == list(range(61, 11, -1))
    assert "Newer" in second.content.decode()
    assert shown(ann.get(LOG, {"before": second.context["older"]})) == list(range(11, 0, -1))
    assert shown(ann.get(LOG, {"after": second.context["newer"]})) == list(range(111, 61, -1))
    assert "?action=edition.noted&amp;before=" in ann.get(LOG, {"action": "edition.noted"}).content.decode()


def test_the_page_takes_the_same_number_of_queries_however_long_the_log_is(ann, line):
    for _ in range(2):
        line.publish()
    with CaptureQueriesContext(connection) as few:
        ann.get(LOG)
    for _ in range(4):
        line.withdraw()
    events_of(line.people.ada, 60)
    with CaptureQueriesContext(connection) as many:
        assert len(shown(ann.get(LOG))) == 50
    assert len(few) == len(many) <= 11


def test_counting_stops_at_a_bound(ann, line, monkeypatch):
    monkeypatch.setattr("reviews.admin.events.MOST_COUNTED", 5)
    line.submit()
    events_of(line.people.ada, 4)
    assert "<strong>5 events</strong>" in ann.get(LOG).content.decode()
    events_of(line.people.ada, 1)
    assert "<strong>More than 5 events</strong>" in ann.get(LOG).content.decode()


def test_the_detail_shows_the_payload_the_hash_and_the_neighbours(ann, story):
    event = Event.objects.filter(action="edition.decided")[1]
    text = ann.get(f"{LOG}{event.seq}/change/").content.decode()
    assert event.hash in text
    assert event.prev_hash in text
    assert "The hash is right" in text
    assert f'It continues <a href="{LOG}{event.seq - 1}/change/">' in text
    assert f'href="{LOG}{event.seq + 1}/change/" rel="next"' in text
    assert "&quot;username&quot;: &quot;" in text
    assert event.payload["attestation"] in text
    assert "It is the first event." in ann.get(f"{LOG}1/change/").content.decode()


def test_the_detail_says_when_an_event_was_rewritten(ann, story):
    event = Event.objects.get(seq=3)
    tamper(lambda: Event.objects.filter(seq=3).update(payload=["<script>", 2**60], prev_hash="0" * 63 + "1"))
    text = ann.get(f"{LOG}{event.seq}/change/").content.decode()
    assert "The hash is wrong" in text
    assert "It does not continue event 2." in text
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert b"".join(ann.get(CSV).streaming_content).count(b"\r\n") == Event.objects.count() + 1


@pytest.mark.parametrize("seq", ["999999", "0", "x", "-1", "9" * 30, "1%00"])
def test_an_event_that_is_not_there_is_not_found(ann, story, seq):
    assert ann.get(f"{LOG}{seq}/change/").status_code == 404


MAY_SEE = {
    "Contributor": False,
    "Editor": True,
    "Medical reviewer": True,
    "Medical lead": True,
    "Publisher": True,
    "Auditor": True,
    "": False,
}


@pytest.mark.parametrize("role", MAY_SEE)
def test_who_may_see_events_sees_list_detail_and_csv_and_nobody_else_does(story, role):
    client = browser(cast.make_user("somebody", *filter(None, [role])))
    expected = 200 if MAY_SEE[role] else 403
    for address in (LOG, f"{LOG}1/change/", CSV):
        assert client.get(address).status_code == expected, address


def test_who_has_left_or_is_no_staff_or_not_logged_in_sees_nothing(story, people):
    people.ann.is_staff = False
    people.ann.save()
    for client in (browser(people.ann), Client()):
        for address in (LOG, f"{LOG}1/change/", CSV):
            assert client.get(address)["Location"].startswith("/admin/login/"), address


def test_a_title_is_shown_only_to_who_may_see_the_edition(story, people):
    people.dot.user_permissions.add(Permission.objects.get(codename="view_event"))
    page = browser(people.dot).get(LOG)
    assert shown(page) == seqs()
    assert "Why do muscles twitch?" not in page.content.decode()
    assert "/admin/reviews/edition/" not in page.content.decode()


def test_nobody_adds_changes_or_deletes_an_event(story, people):
    root = browser(people.root)
    before = list(Event.objects.values())
    assert root.get(f"{LOG}add/").status_code == 403
    assert root.post(f"{LOG}1/change/", {"actor_name": "x"}).status_code in (200, 403, 405)
    assert root.post(f"{LOG}1/delete/", {"post": "yes"}).status_code == 403
    root.post(LOG, {"action": "delete_selected", "_selected_action": ["1"]})
    assert list(Event.objects.values()) == before


def test_the_pages_need_no_script_and_no_inline_style(ann, story):
    for address in (LOG, f"{LOG}1/change/"):
        text = ann.get(address).content.decode()
        content = text[text.index('id="content-start"') : text.index("<!-- END Content -->")]
        assert not re.search(r"<script|<style|style=|onclick=|javascript:", content)


def test_every_control_has_a_label_and_every_column_a_header(ann, story):
    text = ann.get(LOG).content.decode().partition('id="content-start"')[2]
    for name in ("q", "action", "actor", "since", "until", "article_id"):
        assert f'<label for="id_{name}">' in text
    assert text.count('<th scope="col"') == 6
    assert text.count('<th scope="row"') == len(seqs())
