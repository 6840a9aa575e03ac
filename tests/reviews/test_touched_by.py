"""Who touched an edition: everybody whose words are in it, and nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.actions import save_article
from articles.history import write
from articles.models import Credential, Disclosure, Interest, Reference, TopicCode
from reviews import actions
from tests import cast
from tests.refusal import denied

TODAY = timezone.now().date()


@pytest.fixture
def gil(people):
    """An editor who could review, if they had not touched it."""
    return cast.make_user("gil", "Editor")


def names(edition):
    users = {user.pk: user.username for user in cast.get_user_model().objects.all()}
    return sorted(users[pk] for pk in edition.touched_by)


def edit(article, person, **values):
    article.refresh_from_db()
    values = values or {"summary": f"Twitches are common, says {person.username}."}
    return save_article(article, values, by=person, expected_version=article.version, reason="Wording")


def speaker_of(article):
    return article.viewpoints.first().viewpoint_contributors.get().contributor


def test_owner_and_submitter_touched_it(people, line):
    edition = actions.submit(line.draft(), by=people.cyd)
    assert names(edition) == ["ada", "cyd"]


def test_each_editor_of_any_part_touched_it(people, line, gil):
    article = line.draft()
    edit(article, people.cyd, disclaimers=[row.disclaimer_id for row in article.article_disclaimers.all()][::-1])
    edit(article, gil, viewpoints=[{"id": row.pk} for row in article.viewpoints.all()][::-1])
    assert names(line.submit(article)) == ["ada", "cyd", "gil"]


def test_who_removed_a_viewpoint_or_undid_their_own_change_touched_it(people, line, gil):
    article = line.draft()
    before = article.summary
    edit(article, gil, viewpoints=[{"id": row.pk} for row in article.viewpoints.all()][:1])
    edit(article, people.cyd, summary="Another.")
    edit(article, people.cyd, summary=before)
    assert names(line.submit(article)) == ["ada", "cyd", "gil"]


def test_the_logins_of_its_contributors_touched_it(people, line):
    con = cast.make_user("con")
    article = line.draft(viewpoints=[cast.viewpoint_values(cast.make_contributor(by=people.ada, user=con))])
    assert names(line.submit(article)) == ["ada", "con"]


def change_disclosure(article, by):
    disclosure = speaker_of(article).disclosures.get()
    disclosure.as_of = TODAY - timedelta(days=1)
    write(disclosure, by=by)


def add_disclosure(article, by):
    write(Disclosure(contributor=speaker_of(article), status="none_declared", as_of=TODAY), by=by)


def add_interest(article, by):
    disclosure = speaker_of(article).disclosures.get()
    write(Interest(disclosure=disclosure, item="consulting_fees", entity="Firm"), by=by)


def change_name(article, by):
    person = speaker_of(article)
    person.name = "Dr Renamed"
    write(person, by=by)


def change_credential(article, by):
    credential = Credential.objects.get(contributor=speaker_of(article))
    credential.label = "Professor"
    write(credential, by=by)


def change_source(article, by):
    source = Reference.objects.get(citations__viewpoint=article.viewpoints.first())
    source.title = "Another title"
    write(source, by=by)


def change_disclaimer(article, by):
    disclaimer = article.article_disclaimers.first().disclaimer
    disclaimer.text = "Another text."
    write(disclaimer, by=by)


def change_topic(article, by):
    article.topic.also_called = ["jumpy muscles"]
    write(article.topic, by=by)


def add_code(article, by):
    write(TopicCode(topic=article.topic, system="mesh", code="D005207"), by=by)


SHARED = [
    change_disclosure,
    add_disclosure,
    add_interest,
    change_name,
    change_credential,
    change_source,
    change_disclaimer,
    change_topic,
    add_code,
]


@pytest.mark.parametrize("change", SHARED)
def test_who_changed_a_shared_part_during_the_draft_touched_it(people, line, gil, change):
    article = line.draft()
    change(article, gil)
    edition = line.submit(article)
    assert names(edition) == ["ada", "gil"]
    with denied("own work"):
        line.decide(edition, gil, "editorial")


def test_who_changed_a_shared_part_before_the_draft_began_did_not_touch_it(people, line, gil):
    earlier = line.draft()
    for change in SHARED[:1] + SHARED[2:]:
        change(earlier, gil)
    sources = earlier.viewpoints.first().citations.values_list("reference", flat=True)
    part = cast.viewpoint_values(speaker_of(earlier), citations=list(sources))
    disclaimers = [row.disclaimer_id for row in earlier.article_disclaimers.all()]
    article = line.draft(topic_id=earlier.topic_id, viewpoints=[part], disclaimers=disclaimers)
    edition = line.submit(article)
    assert names(edition) == ["ada"]
    assert line.decide(edition, gil, "editorial").outcome == "approve"


def test_a_returned_author_cannot_come_back_as_the_reviewer_of_a_typo(people, line, gil):
    """ada writes edition 1, which is returned; gil fixes a typo and submits edition 2. ada may not approve it."""
    first = line.submit()
    line.decide(first, people.cyd, "editorial", "request_changes", "A typo")
    edit(first.article, gil)
    second = actions.submit(first.article, by=gil)
    assert names(second) == ["ada", "gil"]
    with denied("own work"):
        line.decide(second, people.ada, "editorial")


def test_after_publication_only_later_changes_count(people, line, gil):
    article = line.draft()
    edit(article, gil)
    first = line.publish(line.approve(line.submit(article))).edition
    assert names(first) == ["ada", "gil"]
    edit(article, people.cyd)
    second = actions.submit(article, by=people.cyd)
    assert names(second) == ["ada", "cyd"]
    assert line.decide(second, gil, "editorial").outcome == "approve"


def test_a_change_made_while_the_last_edition_was_in_review_counts_for_the_next(people, line, gil):
    first = line.submit()
    edit(first.article, gil)
    line.publish(line.approve(first))
    assert names(actions.submit(first.article, by=people.cyd)) == ["ada", "cyd", "gil"]


def test_an_edition_that_never_became_public_forgets_nobody(people, line, gil):
    article = line.publish().article
    edit(article, gil)
    actions.recall(line.submit(article), by=people.ada, reason="Too early")
    edit(article, people.cyd)
    assert names(actions.submit(article, by=people.cyd)) == ["ada", "cyd", "gil"]


def test_the_authors_of_a_restored_edition_touched_it(people, line, gil):
    article = line.draft()
    edit(article, gil)
    first = line.publish(line.approve(line.submit(article))).edition
    edit(article, people.ada)
    line.publish(line.approve(line.submit(article)))
    actions.restore(first, by=people.cyd, reason="The old advice was right")
    third = actions.submit(article, by=people.cyd)
    assert names(third) == ["ada", "cyd", "gil"]
    with denied("own work"):
        line.decide(third, gil, "editorial")


def test_work_on_another_article_does_not_count(people, line, gil):
    article, other = line.draft(), line.draft()
    edit(other, gil)
    assert names(line.submit(article)) == ["ada"]
