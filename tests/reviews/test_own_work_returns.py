"""Promises that random stories broke once: own work that comes back, addresses and numbers that were public."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from articles.actions import save_article
from reviews import actions as reviews
from reviews.models import Edition
from tests import cast


def test_the_address_of_a_withdrawn_article_is_not_taken_by_one_that_was_approved_meanwhile(line):
    first = line.draft(slug="same")
    approved = line.approve(line.submit(first))
    line.change(first, slug="other")
    rival = line.approve(line.submit(line.draft(slug="same")))
    line.withdraw(line.publish(approved))
    with pytest.raises(ValidationError) as caught:
        line.publish(rival)
    assert caught.value.code == "address_taken"


def test_an_edition_that_vanished_stays_unknown_when_a_later_one_is_withdrawn(line, api):
    article = line.draft()
    line.withdraw(line.publish(line.approve(line.submit(article))), kind="vanished")
    line.change(article)
    line.withdraw(line.publish(line.approve(line.submit(article))))
    assert api.get(f"/api/v1/articles/{article.pk}/editions/1/").status_code == 404
    assert api.get(f"/api/v1/articles/{article.pk}/editions/2/").status_code == 410


def test_words_that_a_restored_edition_brings_back_are_still_their_authors_own_work(line):
    people = line.people
    uma = cast.make_user("uma", "Editor")
    article = line.draft(risk_tier=1)

    def submit(by, **values):
        article.refresh_from_db()
        save_article(article, values, by=by, expected_version=article.version)
        return reviews.submit(article, by=by)

    def publish(edition, editor):
        line.decide(edition, editor, "editorial")
        line.decide(edition, people.ben, "medical")
        line.publish(Edition.objects.get(pk=edition.pk))

    publish(submit(uma, synthesis="<p>uma wrote this.</p>"), people.cyd)
    second = submit(people.cyd, title="Another title?")
    publish(second, uma)
    publish(submit(people.cyd, synthesis="<p>Other words.</p>"), uma)
    reviews.restore(second, by=people.cyd, reason="The old words were better.")
    fourth = reviews.submit(article, by=people.cyd)
    assert "uma wrote" in fourth.content["synthesis_html"]
    with pytest.raises(PermissionDenied):
        line.decide(fourth, uma, "editorial")
