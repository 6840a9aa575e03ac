"""Workers beside each other, a worker that is killed, and a withdrawal amid readers; on PostgreSQL."""

import os
import signal
import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from publishing import actions, worker
from publishing.models import LiveArticle, Publication, ScheduleEnd
from tests.test_races import all_holds, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

DUE = timedelta(days=1)


def scheduled(line, count):
    at = (timezone.now() + DUE).replace(tzinfo=None)
    rows = []
    for _ in range(count):
        edition = line.approve(line.submit(line.draft(risk_tier=1)))
        rows.append(actions.schedule(edition, at, "UTC", by=line.people.pam, expected_digest=edition.digest))
    return rows


def test_four_workers_fire_each_schedule_once(line):
    rows = scheduled(line, 8)
    came_to = at_once(*[partial(worker.run, now=rows[-1].due_at)] * 4)
    assert [round.failed for round in came_to] == [[]] * 4
    assert sum(round.done.get("published", 0) for round in came_to) == 8
    assert ScheduleEnd.objects.filter(outcome="fired").count() == Publication.objects.count() == 8
    all_holds()


def test_a_worker_that_is_killed_half_way_leaves_all_or_nothing_and_the_next_finishes(line):
    """SIGKILL, ever later in the publication: what is there is whole, and the round after it does the rest."""
    rows = scheduled(line, 6)
    for delay in (0.0, 0.02, 0.05, 0.1, 0.2):
        connection.close()  # A child that shared it would speak on the same line.
        child = os.fork()
        if not child:
            try:
                worker.run(now=rows[-1].due_at)
            finally:
                os._exit(0)
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        fired = set(ScheduleEnd.objects.values_list("schedule__edition", flat=True))
        assert fired == set(Publication.objects.values_list("edition", flat=True))
        assert LiveArticle.objects.count() == len(fired)
    worker.run(now=rows[-1].due_at)
    assert ScheduleEnd.objects.filter(outcome="fired").count() == 6
    all_holds()


def test_a_withdrawal_amid_two_hundred_readers_is_whole_once_it_returns(line):
    """Whoever asks after the action has returned gets nothing of it, at any door."""
    live, other = line.publish(line.approve(line.submit(line.draft(risk_tier=1)))), line.publish()
    slug, title = live.edition.slug, live.edition.content["title"]
    person = live.edition.content["viewpoints"][0]["contributors"][0]["id"]
    doors = [
        f"/en/articles/{slug}/",
        f"/api/v1/articles/{live.article_id}/",
        f"/api/v1/articles/by-slug/{slug}/",
        f"/api/v1/articles/{live.article_id}/editions/1/",
        f"/en/articles/{slug}/editions/1/certificate/",
        "/",
        "/api/v1/articles/",
        f"/en/topics/{live.article.topic.slug}/",
        f"/en/contributors/{person}/",
        f"/en/search/?q={title.split()[-1]}",
        "/feeds/articles.atom",
        "/sitemap.xml",
        "/sitemaps/articles-1.xml",
        f"/en/articles/{other.edition.slug}/",
    ]
    etags = {door: Client().get(door).headers.get("ETag", '"x"') for door in doors}
    gone, late, served = threading.Event(), [], []

    def read(n):
        client = Client(raise_request_exception=False)
        while True:
            was_gone = gone.is_set()
            door = doors[n % len(doors)]
            headers = {"If-None-Match": etags[door]} if n % 3 == 0 else {}
            answer = client.get(door, headers=headers)
            body = answer.content.decode()
            is_own = slug in door or str(live.article_id) in door
            if was_gone and (title in body or (is_own and answer.status_code in (200, 304))):
                late.append((door, answer.status_code))
            served.append(door)
            if was_gone:
                connection.close()
                return
            n += 7

    readers = [threading.Thread(target=read, args=(n,)) for n in range(200)]
    for reader in readers:
        reader.start()
    line.withdraw(live)
    gone.set()
    for reader in readers:
        reader.join()
    assert late == []
    assert len(served) >= 200
    assert {*served} == {*doors}
    all_holds()
