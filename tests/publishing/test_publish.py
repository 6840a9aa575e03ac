"""Publishing takes the approved bytes and nothing else, in a bounded number of queries."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.history import write
from articles.models import Article
from publishing import actions
from publishing.models import Change, LiveArticle, LiveEdition, LiveTopic, Publication
from reviews.actions import comment, recall, resolve, submit
from reviews.models import Edition, Event
from tests import cast
from tests.publishing.test_certificate import MENDED, MISSPELT, overridden
from tests.publishing.test_store import shelve
from tests.refusal import denied, refused
from tests.reviews.test_decide import tamper


def publish(edition, person, digest=None):
    return actions.publish(edition, by=person, expected_digest=digest or edition.digest, **cast.correction(edition))


def queries_of(edition, person):
    """What one publication costs, as Django counts it, once the roles of `person` are known."""
    edition, correction = Edition.objects.select_related("article").get(pk=edition.pk), cast.correction(edition)
    with CaptureQueriesContext(connection) as queries:
        actions.publish(edition, by=person, expected_digest=edition.digest, **correction)
    return len(queries)


def article_of(viewpoints, people, line):
    words = "alpha beta gamma delta epsilon zeta eta theta iota kappa".split()
    parts = [
        cast.viewpoint_values(
            cast.make_contributor(by=people.ada), body=f"<p>{' '.join(words[n % 10 :] * (1 + n // 10))} {n}</p>"
        )
        for n in range(viewpoints)
    ]
    return line.draft(viewpoints=parts)


def test_publishing_takes_twenty_three_queries_at_most(people, line):
    first = line.publish()
    new = line.approve(line.submit(line.draft(topic_id=first.article.topic_id)))
    assert queries_of(new, people.pam) <= 23
    again = line.approve(line.submit(line.change(first.article, title="Another title?")))
    assert queries_of(again, people.pam) <= 23


def test_publishing_by_the_fast_path_after_overrides_and_comments_takes_one_query_more(people, line):
    first = overridden(people, line, summary=MISSPELT)
    remark = comment(first, by=people.ben, text="Wrong", severity="blocking")
    resolve(remark, by=people.ben, disposition="persuasive", answer="Mended")
    line.publish(line.approve(first))
    mended = submit(line.change(first.article, summary=MENDED), by=people.ada, change_class="editorial")
    line.decide(mended, people.cyd, "editorial")
    assert queries_of(mended, people.pam) <= 24


def test_the_number_of_viewpoints_costs_no_query(people, line):
    line.publish()
    small, large = (line.approve(line.submit(article_of(size, people, line))) for size in (1, 60))
    assert queries_of(small, people.pam) == queries_of(large, people.pam)


def test_the_number_of_articles_in_the_topic_costs_no_query(people, line):
    counts = []
    for size in (2, 40):
        first = line.publish()
        shelve(first, size - 1)
        counts.append(queries_of(line.approve(line.submit(line.draft(topic_id=first.article.topic_id))), people.pam))
    assert counts[0] == counts[1]


def test_what_is_public_is_what_was_approved(people, line):
    edition = line.approve()
    publication = publish(edition, people.pam)
    live = LiveArticle.objects.get(pk=edition.article_id)
    assert json.loads(live.document)["content"] == edition.content
    assert live.digest == publication.digest == edition.digest
    assert LiveEdition.objects.get().digest == edition.digest
    assert LiveTopic.objects.count() == 1
    event = Event.objects.latest("seq")
    assert (event.action, event.actor, event.payload["digest"]) == ("edition.published", people.pam, edition.digest)


def test_the_note_and_class_of_change_are_those_of_the_edition_or_given_anew(people, line):
    edition = line.approve(line.submit(change_class="safety", note="A warning"))
    publication = publish(edition, people.pam)
    assert (publication.change, publication.note) == ("safety", "A warning")
    second = line.publish(line.approve(line.submit(line.change(edition.article))), note="Given")
    assert (second.seq, second.note) == (2, "Given")


def test_only_a_publisher_publishes(people, line):
    edition = line.approve()
    for person in (people.dot, people.ada, people.eve, people.max, people.ann):
        with denied("role Publisher"):
            publish(edition, person)
    people.pam.is_active = False
    with denied("role Publisher"):
        publish(edition, people.pam)


def test_who_approved_does_not_release_not_even_a_superuser(people, line):
    edition = line.submit()
    line.decide(edition, people.root, "editorial")
    for person in (people.ben, people.bea):
        line.decide(edition, person, "medical")
    with denied("somebody else publishes"):
        publish(edition, people.root)
    assert publish(edition, people.pam).seq == 1


def test_in_tier_one_who_approved_may_release(people, line):
    edition = line.submit(line.draft(risk_tier=1))
    line.decide(edition, people.root, "editorial")
    line.decide(edition, people.ben, "medical")
    assert publish(edition, people.root).published_by == people.root


@pytest.mark.parametrize("tier", [1, 2, 3])
def test_every_missing_approval_is_refused(people, line, tier):
    edition = line.submit(line.draft(risk_tier=tier))
    lacking = {
        1: ["approval_missing"] * 2,
        2: ["approval_missing"] * 2 + ["specialty_missing"],
        3: ["approval_missing"] * 3 + ["specialty_missing"],
    }
    with refused(*lacking[tier]):
        publish(edition, people.pam)
    line.decide(edition, people.cyd, "editorial")
    with refused(*lacking[tier][1:]):
        publish(edition, people.pam)
    line.decide(edition, people.ben, "medical")
    if tier == 1:
        assert publish(edition, people.pam)
    if tier == 3:
        line.decide(edition, people.bea, "medical")
        with refused("approval_missing"):
            publish(edition, people.pam)
        line.decide(edition, people.eve, "pharmacy_legal")
        assert publish(edition, people.pam)


def test_what_went_stale_in_the_queue_is_refused(people, line):
    edition = line.approve()
    with time_machine.travel(timezone.now() + timedelta(days=400)), refused("disclosure_stale", "disclosure_stale"):
        publish(edition, people.pam)


def test_another_digest_than_the_one_shown_is_refused(people, line):
    edition = line.approve()
    for digest in ("x", "sha256:" + "0" * 64):
        with refused("stale_page"):
            publish(edition, people.pam, digest)


def test_content_that_was_tampered_with_is_refused(people, line):
    edition = line.approve()
    tamper(edition)
    with refused("digest_mismatch"):
        publish(edition, people.pam)
    assert not LiveArticle.objects.exists()


def test_an_edition_is_published_once(people, line):
    publication = line.publish()
    with refused("already_published"):
        publish(publication.edition, people.pam)
    line.withdraw(publication)
    with refused("already_published"):
        publish(publication.edition, people.pam)


def test_a_returned_edition_is_not_published(people, line):
    edition = line.submit()
    line.decide(edition, people.cyd, "editorial", "reject", "No")
    with refused("edition_closed"):
        publish(edition, people.pam)


def test_an_older_approved_edition_cannot_follow_a_newer_one(people, line):
    """One open edition an article: what was recalled stays closed."""
    edition = line.approve()
    recall(edition, by=people.ada, reason="A newer one comes")
    newer = line.publish(line.approve(line.submit(line.change(edition.article))))
    with refused("edition_closed"):
        publish(edition, people.pam)
    assert LiveArticle.objects.get().digest == newer.digest


def test_two_editions_cannot_claim_one_address(people, line):
    """The first waits for publication while its draft moves on; a second article takes the address meanwhile."""
    first = line.submit(line.draft(slug="one-address"))
    line.change(first.article, slug="moved-away")
    second = line.draft(slug="one-address")
    with pytest.raises(ValidationError) as caught:
        waiting = line.approve(line.submit(second))
        line.publish(line.approve(first))
        line.publish(waiting)
    assert caught.value.code == "address_taken"


def test_a_topic_may_take_the_address_another_topic_gave_up(people, line):
    first = line.publish()
    topic = first.article.topic
    old, topic.slug = topic.slug, "renamed-topic"
    write(topic, by=people.ada)
    heir = cast.make_topic(by=people.ada, slug=old)
    second = line.publish(line.approve(line.submit(line.draft(topic_id=heir.pk))))
    assert LiveArticle.objects.get(pk=second.article_id).topic_slug == old


def test_moving_to_another_topic_takes_the_article_along(people, line, api):
    stays = line.publish()
    moves = line.publish(line.approve(line.submit(line.draft(topic_id=stays.article.topic_id))))
    goal = line.publish()
    before = {row.pk: row.etag for row in LiveArticle.objects.all()}
    line.change(moves.article, topic_id=goal.article.topic_id)
    line.publish(line.approve(line.submit(moves.article)))
    links = {row.pk: json.loads(row.document)["continue_learning"] for row in LiveArticle.objects.all()}
    assert links[stays.article_id] == []
    assert [row["id"] for row in links[goal.article_id]] == [str(moves.article_id)]
    assert [row["id"] for row in links[moves.article_id]] == [str(goal.article_id)]
    assert all(row.etag != before[row.pk] for row in LiveArticle.objects.all())
    assert {row.slug for row in LiveTopic.objects.all()} == {stays.article.topic.slug, goal.article.topic.slug}
    line.change(stays.article, topic_id=goal.article.topic_id)
    line.publish(line.approve(line.submit(stays.article)))
    assert LiveTopic.objects.get().slug == goal.article.topic.slug


def test_the_feed_is_numbered_without_gaps(people, line):
    first = line.publish()
    topic = first.article.topic_id
    for _ in range(2):
        line.publish(line.approve(line.submit(line.draft(topic_id=topic))))
    line.withdraw(first)
    rows = list(Change.objects.order_by("seq").values_list("seq", "op", "cause"))
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert [row[1:] for row in rows if row[2] != "dependency"] == [
        *[("upsert", "published")] * 3,
        ("tombstone", "withdrawn"),
    ]
    for row in LiveArticle.objects.all():
        newest = Change.objects.filter(key=str(row.pk)).latest("seq").seq
        assert json.loads(row.document)["seq"] == row.seq == newest


def test_a_refused_publication_writes_no_row(people, line):
    edition = line.submit()
    with refused("approval_missing", "approval_missing", "specialty_missing"):
        publish(edition, people.pam)
    assert not Publication.objects.exists()
    assert not LiveArticle.objects.exists()
    assert not LiveTopic.objects.exists()
    assert Article.objects.get(pk=edition.article_id).version == 1
