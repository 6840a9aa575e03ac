"""The front page shows each person their own work first."""

from django.test import Client
from django.utils import timezone

from reviews.queues import submitted_by, waiting_for
from tests import cast


def titles(user):
    return [row.edition.content["title"] for row in waiting_for(user, now=timezone.now())]


def test_an_edition_waits_for_who_may_decide_in_the_stage_whose_turn_it_is(people, line):
    edition = line.submit()
    title = edition.content["title"]
    assert titles(people.cyd) == [title]
    assert titles(people.ada) == titles(people.ben) == titles(people.dot) == []
    line.decide(edition, people.cyd, "editorial")
    assert titles(people.cyd) == []
    assert titles(people.ben) == titles(people.bea) == [title]
    line.decide(edition, people.ben, "medical")
    assert titles(people.ben) == []
    assert titles(people.bea) == [title]


def test_what_ended_waits_for_nobody(people, line):
    edition = line.submit()
    line.decide(edition, people.cyd, "editorial", "request_changes", "Say more.")
    line.publish()
    assert titles(people.cyd) == titles(people.ben) == []


def test_who_submitted_sees_what_is_still_missing(people, line):
    edition = line.submit()
    (row,) = submitted_by(people.ada)
    assert row.edition == edition
    assert {blocker.code for blocker in row.lacks} == {"approval_missing", "specialty_missing"}
    assert submitted_by(people.cyd) == []


def test_the_number_of_waiting_editions_costs_no_query(people, line, django_assert_num_queries):
    def queries_for(count):
        for _ in range(count):
            line.submit()
        with django_assert_num_queries(12, exact=False) as counted:
            waiting_for(people.cyd, now=timezone.now())
        return len(counted)

    assert queries_for(1) == queries_for(4)


def test_the_front_page_of_the_desk_lists_the_queue(people, line):
    edition = line.submit()
    client = Client()
    client.force_login(people.cyd)
    page = client.get("/admin/").content.decode()
    assert "<strong>1</strong> to decide on" in page
    assert f"/admin/reviews/edition/{edition.pk}/change/" in page
    client.force_login(people.dot)
    assert "Your work" not in client.get("/admin/").content.decode()


def test_reading_time_grows_with_the_text(people, line):
    long = cast.viewpoint_values(body="<p>" + "word " * 1500 + "</p>", contributors=[])
    short = line.submit()
    values = cast.article_values(by=people.ada)
    values["viewpoints"][0]["body"] = long["body"]
    longer = line.submit(line.draft(**values))
    rows = {row.edition.pk: row.minutes for row in waiting_for(people.cyd, now=timezone.now())}
    assert rows[short.pk] == 1
    assert rows[longer.pk] >= 10
