"""Submitting freezes the draft into the next edition, once, and only when something changed."""

import pytest

from articles.actions import archive, save_article
from articles.snapshot import canonical, digest_of, snapshot
from reviews import actions
from reviews.models import Edition, Event
from tests import cast
from tests.refusal import denied, refused


def test_an_edition_is_the_snapshot_with_its_digest_and_the_policy_copied_in(people, line):
    article = line.draft()
    edition = line.submit(article, change_class="safety", note="A new warning")
    kept = Edition.objects.get(pk=edition.pk)
    assert kept.content == snapshot(article)
    assert kept.digest == digest_of(kept.content)
    assert (kept.number, kept.slug, kept.language, kept.schema) == (1, article.slug, "en", "article/1")
    assert (kept.change_class, kept.note, kept.submitted_by) == ("safety", "A new warning", people.ada)
    assert (kept.policy["name"], kept.policy["risk_tier"], kept.based_on) == ("Symptoms and conditions", 2, None)
    event = Event.objects.get(action="edition.submitted")
    assert (event.actor, event.payload["digest"], event.payload["note"]) == (people.ada, kept.digest, "A new warning")


def test_the_draft_stays_editable_during_review_and_the_edition_does_not_move(line):
    edition = line.submit()
    before = canonical(edition.content)
    line.change(edition.article, title="Quite another question?", viewpoints=[])
    kept = Edition.objects.get(pk=edition.pk)
    assert canonical(kept.content) == before
    assert digest_of(kept.content) == edition.digest


def test_editions_are_numbered_and_based_on_what_became_public(line):
    first = line.publish().edition
    second = line.submit(line.change(first.article))
    actions.recall(second, by=line.people.ada, reason="Too early")
    third = line.submit(line.change(first.article))
    assert [(row.number, row.based_on) for row in (second, third)] == [(2, first), (3, first)]


def test_only_editors_who_see_the_article_submit(people, line):
    article = line.draft()
    for person in (people.dot, people.ben, people.max, people.pam, people.ann):
        with denied("submit"):
            actions.submit(article, by=person)
    people.cyd.is_active = False
    with denied("submit"):
        actions.submit(article, by=people.cyd)
    assert actions.submit(article, by=people.root).touched_by == sorted([people.ada.pk, people.root.pk])


def test_a_changed_draft_is_not_submitted_from_an_old_page(line):
    article = line.draft()
    line.change(article)
    with refused("version_conflict"):
        line.submit(article, expected_version=1)
    assert line.submit(article, expected_version=2).number == 1


def test_an_article_has_one_open_edition(line):
    edition = line.submit()
    line.change(edition.article)
    with refused("edition_open"):
        line.submit(edition.article)
    line.approve(edition)
    with refused("edition_open"):
        line.submit(edition.article)


def test_an_archived_article_is_not_submitted(people, line):
    article = archive(line.draft(), by=people.ada, reason="Unused")
    with refused("archived"):
        line.submit(article)


def test_what_is_missing_is_listed_all_at_once(people, line):
    article = line.draft(summary="", disclaimers=[], viewpoints=[cast.viewpoint_values(body="<p> </p>")])
    with refused("summary_missing", "empty_viewpoint", "disclaimer_missing", "unattributed_viewpoint"):
        line.submit(article)
    assert len(actions.submission_blockers(article)) == 4


def test_an_unknown_class_of_change_is_refused(line):
    article = line.draft()
    with refused("invalid_choice"):
        line.submit(article, change_class="trivial")


@pytest.mark.parametrize("outcome", ["request_changes", "reject"])
def test_unchanged_content_is_refused_after_a_return(people, line, outcome):
    edition = line.submit()
    line.decide(edition, people.cyd, "editorial", outcome, "Say more")
    with refused("unchanged"):
        line.submit(edition.article)
    line.change(edition.article)
    assert line.submit(edition.article).number == 2


def test_unchanged_content_is_refused_while_it_is_live(line):
    publication = line.publish()
    with refused("unchanged"):
        line.submit(publication.article)
    line.withdraw(publication)
    assert line.submit(publication.article).digest == publication.digest


def test_unchanged_content_is_taken_after_a_recall(people, line):
    edition = line.submit()
    actions.recall(edition, by=people.ada, reason="Too early")
    assert line.submit(edition.article).digest == edition.digest


@pytest.mark.parametrize("values", [{"slug": "another-address"}, {"language": "de"}])
def test_a_public_address_stays_with_its_article(line, values):
    article = line.publish().article
    line.change(article, **values)
    with refused("address_changed"):
        line.submit(article)


def test_the_address_of_another_article_is_refused_even_after_its_withdrawal(people, line):
    publication = line.publish()
    slug = publication.article.slug
    line.withdraw(publication)
    line.change(publication.article, slug="moved-away")
    other = line.draft(slug=slug)
    with refused("address_taken"):
        line.submit(other)
    line.change(other, slug="free-again")
    assert line.submit(other).slug == "free-again"


def test_nobody_submits_by_saving(people, line):
    article = line.draft()
    save_article(article, {"title": "New"}, by=people.ada, expected_version=1)
    assert not Edition.objects.exists()
