"""One world a module: an article in every state, and a real row in every guarded table. Each test is undone after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from articles import actions as drafts
from articles.history import write
from articles.models import Article, Disclosure, Interest, TopicCode
from publishing import actions as publishing
from publishing.models import LiveArticle, MilestoneKind, Publication, SentNotice, Withdrawal
from reviews import actions as reviews
from reviews.models import Edition, SentReminder
from tests import cast


@dataclass
class World:
    """`touched` was written by ada, changed by cyd and root, speaks for max, and was submitted by sue.

    `partial` lacks one approval of two in the stage `medical`; `draft` was never submitted.
    """

    people: cast.People
    line: cast.Line
    touched: Edition
    partial: Edition
    approved: Edition
    returned: Edition
    recalled: Edition
    revoked: Edition
    older: Publication
    live: Publication
    withdrawn: Publication
    withdrawal: Withdrawal
    draft: Article


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    atomic = transaction.atomic()
    atomic._from_testcase = True  # the actions, which are durable, may run in it
    with django_db_blocker.unblock(), atomic:
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def world(built: World, db: None) -> World:
    return built


def build() -> World:
    people = cast.make_people()
    line = cast.Line(people)
    older = line.publish()
    live = line.publish(line.approve(line.submit(line.change(older.article))))
    withdrawal = line.withdraw(line.publish())
    partial = line.submit()
    line.decide(partial, people.cyd, "editorial")
    line.decide(partial, people.ben, "medical")
    returned = line.submit()
    line.decide(returned, people.cyd, "editorial", "request_changes", "Say when to see a doctor.")
    recalled = line.approve()
    reviews.recall(recalled, by=people.ada, reason="Too early.")
    revoked = line.approve()
    reviews.revoke(revoked, by=people.ben, stage="medical", reason="I misread a number.")
    _questioned(people, line, partial)
    _reviewed_again(people, line)
    _lived_on(people, line)
    return World(
        people=people,
        line=line,
        touched=_touched_by_many(people, line),
        partial=partial,
        approved=line.approve(),
        returned=returned,
        recalled=recalled,
        revoked=revoked,
        older=older,
        live=live,
        withdrawn=withdrawal.publication,
        withdrawal=withdrawal,
        draft=line.draft(),
    )


def _questioned(people: cast.People, line: cast.Line, edition: Edition) -> None:
    """Have somebody asked to review and reminded, a comment made and settled, a conflict set aside."""
    assignment = reviews.assign(edition, by=people.ada, stage="medical")
    reviews.claim(assignment, by=people.bea)
    SentReminder.objects.create(assignment=assignment, days=1, at=timezone.now())
    comment = reviews.comment(edition, by=people.ben, text="Which muscle?", severity="blocking")
    reviews.resolve(comment, by=people.ben, disposition="persuasive", answer="Any of them.")
    uri = cast.make_reviewer("uri", by=people.ada)
    write(Disclosure(contributor=uri.contributor, status="not_asked", as_of=timezone.now().date()), by=people.ada)
    said = {"reason": "He reviews for the first time.", "expected_digest": edition.digest}
    reviews.override(edition, by=people.max, stage="medical", reviewer=uri, **said)


def _reviewed_again(people: cast.People, line: cast.Line) -> None:
    """Have a public edition reaffirmed, and another whose approval was taken back left up."""
    edition = line.publish().edition
    reviews.open_round(edition, by=people.cyd, reason="Two years are over.")
    publishing.reaffirm(line.approve(edition), by=people.pam, expected_digest=edition.digest)
    doubted = line.publish().edition
    revocation = reviews.revoke(doubted, by=people.ben, stage="medical", reason="I read it again.")
    reviews.answer_revocation(revocation, by=people.max, reason="The text is right.")


def _lived_on(people: cast.People, line: cast.Line) -> None:
    """Have editions scheduled, moved, questioned, extended, suspended, and one published in an emergency."""
    in_a_week = (timezone.now() + timedelta(days=7)).replace(tzinfo=None)
    for _ in range(2):
        edition = line.approve()
        row = publishing.schedule(edition, in_a_week, "UTC", by=people.pam, expected_digest=edition.digest)
    publishing.unschedule(row, by=people.pam, reason="Too early.")
    live = line.publish()
    publishing.move(live.article, "somewhere-else", by=people.pam, reason="Clearer.")
    digest, due_on = live.digest, LiveArticle.objects.get(pk=live.article_id).next_review_due
    publishing.extend(live, due_on + timedelta(days=30), by=people.max, reason="A holiday.", expected_digest=digest)
    publishing.reach(live.article_id, MilestoneKind.WARNED, now=timezone.now() + timedelta(days=900))
    reference = live.edition.content["references"][0]["source_id"]
    publishing.open_alerts(publishing.withdraw_part("reference", reference, by=people.max, reason="Retracted."))
    publishing.resolve_alert(live.alerts.get(), by=people.max, reason="It stands without.", expected_digest=digest)
    suspended = publishing.withdraw(line.publish(), by=people.max, kind="suspended", reason="A wrong dose.")
    publishing.ratify(suspended, by=cast.make_user("lia", "Medical lead"), reason="Indeed.")
    SentNotice.objects.create(kind="unratified", key="0", at=timezone.now())
    hasty = cast.in_an_emergency(line, line.publish())
    publishing.endorse(hasty, by=people.bea, expected_digest=hasty.digest)


def _touched_by_many(people: cast.People, line: cast.Line) -> Edition:
    login = cast.make_contributor(by=people.cyd, user=people.max)
    article = line.draft(viewpoints=[cast.viewpoint_values(login)])
    write(TopicCode(topic=article.topic, system="icd-10-cm", code="R25.3"), by=people.cyd)
    disclosure = Disclosure(contributor=login, status="interests_declared", as_of=date(2020, 1, 1))
    write(disclosure, by=people.cyd)
    write(Interest(disclosure=disclosure, item="consulting_fees", entity="Harbour Devices"), by=people.cyd)
    for person in (people.cyd, people.root):
        article.refresh_from_db()
        drafts.save_article(
            article,
            {"summary": f"Most twitches are harmless, says {person}."},
            by=person,
            expected_version=article.version,
            reason="Wording",
        )
    return reviews.submit(article, by=cast.make_user("sue", "Editor"))
