"""A reviewer takes their own approval back: before publication it ends the review, after it readers see it."""

import pytest

from articles.history import write
from publishing.models import Change, LiveArticle, LiveEdition, LiveTopic
from reviews import actions
from reviews.models import Decision
from tests.refusal import denied, refused


def revoke(edition, person, stage="medical", reason="I misread a number."):
    return actions.revoke(edition, by=person, stage=stage, reason=reason)


def test_only_the_reviewer_takes_an_approval_back(people, line):
    edition = line.approve()
    for person in (people.ada, people.bea, people.root):
        with denied("approval that you gave"):
            revoke(edition, person, stage="editorial")
    with denied("approval that you gave"):
        revoke(edition, people.ben, stage="editorial")
    people.ben.is_active = False
    with denied("approval that you gave"):
        revoke(edition, people.ben)


def test_a_return_is_not_an_approval_to_take_back(people, line):
    edition = line.submit()
    line.decide(edition, people.cyd, "editorial", "reject", "No")
    with denied("approval that you gave"):
        revoke(edition, people.cyd, stage="editorial")


def test_a_reason_is_needed_and_once_is_enough(people, line):
    edition = line.approve()
    with refused("reason_missing"):
        revoke(edition, people.ben, reason=" ")
    decision = revoke(edition, people.ben)
    assert decision.attestation.startswith("I take back my approval of edition 1")
    with refused("already_revoked"):
        revoke(edition, people.ben)


def test_before_publication_it_ends_the_review(people, line):
    edition = line.approve()
    revoke(edition, people.ben)
    with refused("edition_closed"):
        line.publish(edition)
    with refused("edition_closed"):
        line.decide(edition, people.eve, "medical")
    assert not LiveArticle.objects.exists()
    assert line.submit(line.change(edition.article)).number == 2


def test_after_publication_the_page_drops_the_name_and_says_so(people, line, api):
    article = line.publish().article
    other = line.publish(line.approve(line.submit(line.draft(topic_id=article.topic_id)))).article
    address, page = f"/api/v1/articles/{article.pk}/", f"/en/articles/{article.slug}/"
    before, page_before = api.get(address), api.get(page)
    neighbour = LiveArticle.objects.get(pk=other.pk).etag
    assert "Dr Ben" in page_before.content.decode()

    revoke(article.editions.get(), people.ben)

    after, page_after = api.get(address), api.get(page)
    assert after["ETag"] != before["ETag"]
    assert page_after["ETag"] != page_before["ETag"]
    document = after.json()
    assert document["content"] == before.json()["content"]
    assert document["review"]["state"] == "approval_revoked"
    assert [row["name"] for row in document["review"]["reviewed_by"]] == ["Cyd", "Dr Bea"]
    assert [row["kind"] for row in document["notices"]] == ["approval_revoked"]
    assert "Dr Ben" not in page_after.content.decode()
    assert document["notices"][0]["text"] in page_after.content.decode()
    change = Change.objects.latest("seq")
    assert (change.op, change.key, change.cause, change.seq) == (
        "upsert",
        str(article.pk),
        "approval_revoked",
        document["seq"],
    )
    assert LiveArticle.objects.get(pk=other.pk).etag == neighbour


def test_all_approvals_can_be_taken_back_from_a_live_page(people, line, api):
    article = line.publish().article
    edition = article.editions.get()
    for person, stage in ((people.cyd, "editorial"), (people.ben, "medical"), (people.bea, "medical")):
        revoke(edition, person, stage)
    document = api.get(f"/api/v1/articles/{article.pk}/").json()
    assert document["review"]["reviewed_by"] == []
    assert len(document["notices"]) == 1
    assert api.get(f"/en/articles/{article.slug}/").status_code == 200


@pytest.mark.parametrize("ended", ["withdrawn", "superseded"])
def test_an_ended_publication_does_not_come_back(people, line, ended):
    publication = line.publish()
    if ended == "withdrawn":
        line.withdraw(publication)
    else:
        line.publish(line.approve(line.submit(line.change(publication.article))))
    before = (
        Change.objects.count(),
        *LiveArticle.objects.values_list("etag"),
        *LiveEdition.objects.values_list("etag"),
    )
    revoke(publication.edition, people.ben)
    after = (Change.objects.count(), *LiveArticle.objects.values_list("etag"), *LiveEdition.objects.values_list("etag"))
    assert after == before
    assert Decision.objects.filter(outcome="revoke").count() == 1


def test_showing_an_older_page_again_does_not_rename_its_topic(people, line):
    """A topic is named as its newest live article names it."""
    older = line.publish()
    topic = older.article.topic
    topic.name = "Twitching, renamed"
    write(topic, by=people.ada)
    line.publish(line.approve(line.submit(line.draft(topic_id=topic.pk))))
    assert LiveTopic.objects.get(pk=topic.pk).name == "Twitching, renamed"
    revoke(older.edition, people.ben)
    assert LiveTopic.objects.get(pk=topic.pk).name == "Twitching, renamed"
