"""Withdrawing takes an article back from every door at once; nothing older comes in its place."""

import pytest

from publishing import actions
from publishing.models import LiveArticle, LiveEdition, LiveTopic, Tombstone, Withdrawal
from reviews.models import Event
from tests.refusal import denied, refused


def doors(article):
    return [
        f"/api/v1/articles/{article.pk}/",
        f"/api/v1/articles/by-slug/{article.slug}/",
        f"/api/v1/articles/{article.pk}/editions/1/",
        f"/en/articles/{article.slug}/",
    ]


def test_it_is_gone_from_every_door(line, api):
    publication = line.publish()
    article, topic = publication.article, publication.article.topic
    other = line.publish(line.approve(line.submit(line.draft(topic_id=topic.pk)))).article
    places = [
        "/", "/api/v1/articles/", f"/api/v1/articles/?topic={topic.slug}", f"/en/topics/{topic.slug}/",
        f"/api/v1/articles/{other.pk}/", f"/en/articles/{other.slug}/",
    ]  # fmt: skip
    assert all(article.slug in api.get(place).content.decode() for place in places)

    line.withdraw(publication)

    assert [api.get(door).status_code for door in doors(article)] == [410] * 4
    for place in places:
        response = api.get(place)
        assert response.status_code == 200
        assert article.slug not in response.content.decode()
        assert str(article.pk) not in response.content.decode()


def test_the_last_article_of_a_topic_takes_the_topic_along(line, api):
    publication = line.publish()
    slug = publication.article.topic.slug
    line.withdraw(publication)
    assert not LiveTopic.objects.exists()
    assert api.get(f"/en/topics/{slug}/").status_code == 404
    assert slug not in api.get("/").content.decode()


def test_it_happens_in_the_transaction_of_the_withdrawal(people, line, monkeypatch):
    publication = line.publish()
    before = LiveArticle.objects.values().get()

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("publishing.actions.withdrawals.record", fail)
    with pytest.raises(RuntimeError):
        line.withdraw(publication)
    assert LiveArticle.objects.values().get() == before
    assert LiveEdition.objects.count() == LiveTopic.objects.count() == 1
    assert not Withdrawal.objects.exists()
    assert not Tombstone.objects.exists()


def test_reason_and_name_are_recorded(people, line):
    withdrawal = line.withdraw()
    event = Event.objects.latest("seq")
    assert (event.action, event.actor) == ("publication.withdrawn", people.max)
    assert event.payload["reason"] == withdrawal.reason == "The advice has changed."


def test_a_replacement_is_shown_while_it_is_live(line, api):
    first, second = line.publish(), line.publish()
    line.withdraw(first, replacement=second.article)
    problem = api.get(doors(first.article)[0]).json()
    assert problem["replacement"] == {
        "id": str(second.article_id),
        "title": second.article.title,
        "html_url": f"http://testserver/en/articles/{second.article.slug}/",
    }
    assert second.article.slug in api.get(doors(first.article)[3]).content.decode()
    line.withdraw(second)
    for door in doors(first.article)[:3]:
        assert api.get(door).json()["replacement"] == {}
    assert second.article.slug not in api.get(doors(first.article)[3]).content.decode()


def test_a_replacement_that_is_not_live_is_refused(line):
    publication, draft = line.publish(), line.draft()
    with refused("replacement_not_live"):
        line.withdraw(publication, replacement=draft)


def test_an_article_does_not_replace_itself(line):
    publication = line.publish()
    with refused("replacement_not_live"):
        line.withdraw(publication, replacement=publication.article)


def test_it_is_withdrawn_once(line):
    publication = line.publish()
    line.withdraw(publication)
    with refused("already_withdrawn"):
        line.withdraw(publication)


def test_an_older_publication_is_refused(line):
    older = line.publish()
    line.publish(line.approve(line.submit(line.change(older.article))))
    with refused("superseded"):
        line.withdraw(older)


def test_a_reason_is_needed(line):
    publication = line.publish()
    for reason in ("", " \n"):
        with refused("reason_missing"):
            line.withdraw(publication, reason=reason)
    with refused("unknown_kind"):
        line.withdraw(publication, kind="hidden")


def test_only_publishers_and_leads_withdraw(people, line):
    publication = line.publish()
    for person in (people.dot, people.ada, people.ben, people.ann):
        with denied("may not withdraw"):
            actions.withdraw(publication, by=person, reason="Bored")
    actions.withdraw(publication, by=people.pam, reason="Out of date")


def test_it_can_be_published_again_and_the_old_editions_stay_gone(line, api):
    first = line.publish()
    article = first.article
    line.withdraw(line.publish(line.approve(line.submit(line.change(article)))))
    line.publish(line.approve(line.submit(line.change(article))))
    statuses = [api.get(f"/api/v1/articles/{article.pk}/editions/{n}/").status_code for n in (1, 2, 3, 4)]
    assert statuses == [410, 410, 200, 404]
    assert [api.get(door).status_code for door in (*doors(article)[:2], doors(article)[3])] == [200] * 3
    document = api.get(doors(article)[0]).json()
    assert document["edition"]["previous_url"] == ""
    assert document["first_published_at"] <= document["published_at"]


def test_vanished_leaves_no_word_of_what_it_was(line, api):
    publication = line.publish()
    line.withdraw(publication, kind="vanished", reason="It named a patient.")
    for door in doors(publication.article):
        response = api.get(door)
        assert response.status_code == 404
        assert "patient" not in response.content.decode()
    assert Tombstone.objects.get().problem == {}
