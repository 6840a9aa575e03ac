"""The buttons and the publication desk in the admin: each is one action, and says what it did or why not."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from publishing import actions, worker
from publishing.models import Alert, Endorsement, Extension, LiveArticle, PartWithdrawal, Schedule, Withdrawal
from tests import cast

BASE = "/admin/publishing/publication"


@pytest.fixture
def desk(people):
    def log_in(name):
        client = Client()
        client.force_login(getattr(people, name))
        return client

    return log_in


def post(client, address, **values):
    return client.post(f"{BASE}/{address}/", values, follow=True)


def said(response):
    return [str(row) for row in response.context["messages"]]


def test_a_publisher_schedules_and_unschedules(desk, line):
    edition = line.approve()
    page = desk("pam").get(f"/admin/reviews/edition/{edition.pk}/change/")
    assert f"{BASE}/schedule/{edition.pk}/" in page.content.decode()
    at = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    values = {"digest": edition.digest, "at": at, "zone": "Europe/Berlin", "fold": ""}
    (told,) = said(post(desk("pam"), f"schedule/{edition.pk}", **values))
    assert "becomes public on" in told
    row = Schedule.objects.get()
    assert row.zone == "Europe/Berlin"
    assert "Scheduled" in desk("pam").get(f"{BASE}/desk/").content.decode()
    post(desk("pam"), f"unschedule/{row.pk}", reason="Too early.")
    assert row.end.outcome == "cancelled"


def test_a_refusal_is_said_on_the_form_and_nothing_is_lost(desk, line):
    edition = line.approve()
    values = {"digest": edition.digest, "at": "2020-01-01T10:00", "zone": "UTC", "note": "My own words."}
    page = post(desk("pam"), f"schedule/{edition.pk}", **values).content.decode()
    assert "This time has passed" in page
    assert "My own words." in page
    assert not Schedule.objects.exists()


def test_a_republication_asks_for_its_notice(desk, line):
    first = line.publish()
    edition = line.approve(line.submit(line.change(first.article)))
    page = post(desk("pam"), f"publish/{edition.pk}", digest=edition.digest).content.decode()
    assert "say what kind of change this is" in page
    notice = {"correction_kind": "correction", "correction_summary": "The dose was wrong."}
    assert said(post(desk("pam"), f"publish/{edition.pk}", digest=edition.digest, **notice)) == ["Edition 2 is public."]


def test_a_concern_is_raised_and_answered_with_the_password(desk, line):
    live = line.publish()
    values = {"kind": "concern", "reason": "A letter came.", "reader_message": "We check the dose."}
    assert said(post(desk("max"), f"{live.pk}/withdraw", **values)) == ["Readers see your notice on the page."]
    alert = Alert.objects.get()
    answer = {"digest": live.digest, "reason": "The dose is right."}
    page = post(desk("max"), f"alerts/{alert.pk}", **answer, password="wrong").content.decode()
    assert "The password is not right" in page
    assert alert.is_open
    post(desk("max"), f"alerts/{alert.pk}", **answer, password=cast.PASSWORD)
    assert Alert.objects.get().resolution.by.username == "max"


def test_a_suspension_is_ratified_from_the_desk(desk, people, line):
    live = line.publish()
    post(desk("max"), f"{live.pk}/withdraw", kind="suspended", reason="A wrong dose.")
    row = Withdrawal.objects.get()
    assert "Suspended, not ratified yet" in desk("max").get(f"{BASE}/desk/").content.decode()
    people.lia = cast.make_user("lia", "Medical lead")
    post(desk("lia"), f"withdrawals/{row.pk}/ratify", reason="Indeed.")
    assert Withdrawal.objects.get().ratification.by == people.lia
    assert "Suspended, not ratified yet" not in desk("max").get(f"{BASE}/desk/").content.decode()


def test_a_review_is_extended_under_the_sentence_that_is_signed(desk, line):
    live = line.publish()
    page = desk("max").get(f"{BASE}/{live.pk}/extend/").content.decode()
    assert "I extend the review of edition 1" in page
    until = LiveArticle.objects.get().next_review_due + timedelta(days=30)
    values = {"digest": live.digest, "until": until.isoformat(), "reason": "A holiday.", "password": cast.PASSWORD}
    post(desk("max"), f"{live.pk}/extend", **values)
    assert Extension.objects.get().until == until


def test_an_emergency_is_endorsed_from_the_desk(desk, people, line):
    hasty = cast.in_an_emergency(line, line.publish())
    assert "Published in an emergency, not approved yet" in desk("max").get(f"{BASE}/desk/").content.decode()
    values = {"digest": hasty.digest, "reason": "", "password": cast.PASSWORD}
    post(desk("ben"), f"{hasty.pk}/endorse", **values)
    assert Endorsement.objects.get().by == people.ben


def test_an_article_is_moved_and_a_viewpoint_taken_back(desk, line):
    live = line.publish()
    post(desk("pam"), f"{live.pk}/move", slug="a-clearer-name", reason="Clearer.")
    assert LiveArticle.objects.get().slug == "a-clearer-name"
    viewpoint = live.article.viewpoints.first()
    assert str(viewpoint.pk) in desk("ada").get(f"/admin/articles/article/{live.article_id}/change/").content.decode()
    post(desk("ada"), f"viewpoints/{viewpoint.pk}/withdraw", reason="Its author left.")
    viewpoint.refresh_from_db()
    assert viewpoint.withdrawn_reason == "Its author left."


def test_a_source_is_withdrawn_with_the_list_of_what_uses_it(desk, line):
    live = line.publish()
    source = live.edition.content["references"][0]["source_id"]
    address = f"parts/reference/{source}"
    assert address in desk("max").get(f"/admin/articles/reference/{source}/change/").content.decode()
    assert (
        live.edition.content["title"].replace("'", "&#x27;") in desk("max").get(f"{BASE}/{address}/").content.decode()
    )
    post(desk("max"), address, kind="reference", part=source, reason="Retracted.", reader_message="We look into it.")
    assert PartWithdrawal.objects.get().alerts.count() == 1


@pytest.mark.parametrize("address", ["parts/topic/00000000-0000-4000-8000-000000000000", "alerts/1", "1/extend"])
def test_what_is_not_there_is_404(desk, address):
    assert desk("max").get(f"{BASE}/{address}/").status_code == 404


def test_the_desk_counts_what_falls_due_by_month(desk, line, django_assert_max_num_queries):
    line.publish()
    client = desk("pam")
    with django_assert_max_num_queries(25):
        page = client.get(f"{BASE}/desk/").content.decode()
    assert "No worker runs." in page
    worker.run()
    assert "No worker runs." not in client.get(f"{BASE}/desk/").content.decode()
    due = LiveArticle.objects.get().next_review_due
    assert "1 live article" in client.get(f"{BASE}/desk/{due.year}-{due.month}/").content.decode()
    assert client.get(f"{BASE}/desk/2027-13/").status_code == 200


def test_outsiders_see_no_desk(desk, people, line):
    line.publish()
    for name in ("dot", "ben"):
        assert desk(name).get(f"{BASE}/desk/").status_code == 403
    assert Client().get(f"{BASE}/desk/").status_code == 302


def test_a_failed_schedule_stands_on_the_desk_and_on_the_edition(desk, people, line):
    edition = line.approve()
    at = (timezone.now() + timedelta(days=1)).replace(tzinfo=None)
    row = actions.schedule(edition, at, "UTC", by=people.pam, expected_digest=edition.digest)
    people.pam.groups.clear()
    worker.run(now=row.due_at)
    assert "Scheduled and refused" in desk("max").get(f"{BASE}/desk/").content.decode()
    assert "and not published" in desk("max").get(f"/admin/reviews/edition/{edition.pk}/change/").content.decode()
