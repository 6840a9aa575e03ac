"""Mail about reviews: who gets it and who does not, by event, person and setting, and in which words."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.utils import timezone

from reviews import actions
from reviews.models import Edition, ReviewerSettings
from tests import cast
from tests.reviews.mailbox import names, reachable, telling

User = get_user_model()


@pytest.fixture(autouse=True)
def addresses(people):
    """Everybody can be reached. Who is made later gets an address with `reachable`."""
    reachable()


@pytest.fixture
def told(django_capture_on_commit_callbacks, mailoutbox):
    return telling(django_capture_on_commit_callbacks, mailoutbox)


def comment_by(by, edition, severity="advisory", **changes):
    return actions.comment(edition, by=by, text="Say how often.", severity=severity, **changes)


# What happens, as a function of the cast and the line that prepares it and returns the action.


def asked_by_name(people, line):
    return partial(actions.assign, line.submit(), by=people.cyd, stage="medical", reviewer=people.ben)


def asked_again(people, line):
    first = actions.assign(line.submit(), by=people.cyd, stage="medical", reviewer=people.ben)
    return partial(actions.reassign, first, by=people.max, reason="Ben is away.", reviewer=people.bea)


def asked_of_oneself(people, line):
    return partial(actions.assign, line.submit(), by=people.cyd, stage="editorial", reviewer=people.cyd)


def asked_of_the_pool(people, line):
    return partial(actions.assign, line.submit(), by=people.max, stage="medical")


def asked_of_ones_own_pool(people, line):
    edition = line.submit()
    cast.make_user("edd", "Editor")
    reachable()
    return partial(actions.assign, edition, by=people.cyd, stage="editorial")


def declined(people, line):
    request = actions.assign(line.submit(), by=people.cyd, stage="medical", reviewer=people.ben)
    return partial(actions.decline, request, by=people.ben, reason="On leave.")


def declined_from_the_pool(people, line):
    request = actions.assign(line.submit(), by=people.max, stage="medical")
    actions.claim(request, by=people.bea)
    return partial(actions.decline, request, by=people.bea, reason="Too long.")


def returned(people, line):
    return partial(line.decide, line.submit(), people.cyd, "editorial", "request_changes", "Say more.")


def rejected_though_somebody_else_owns_it(people, line):
    sol = cast.make_user("sol", "Contributor", email="sol@example.org")
    edition = line.submit(cast.make_article(by=people.ada))
    edition.article.__class__.objects.filter(pk=edition.article_id).update(owner=sol)
    return partial(line.decide, edition, people.cyd, "editorial", "reject", "Say more.")


def approved_halfway(people, line):
    return partial(line.decide, line.submit(), people.cyd, "editorial")


def approved(people, line):
    edition = line.submit(line.draft(risk_tier=1))
    line.decide(edition, people.cyd, "editorial")
    return partial(line.decide, edition, people.ben, "medical")


def approved_by_a_publisher_who_may_publish_it(people, line):
    people.ben.groups.add(Group.objects.get(name="Publisher"))
    return approved(people, line)


def approved_by_a_publisher_who_may_not(people, line):
    people.ben.groups.add(Group.objects.get(name="Publisher"))
    edition = line.submit()
    line.decide(edition, people.cyd, "editorial")
    line.decide(edition, people.ben, "medical")
    return partial(line.decide, edition, people.bea, "medical")


def approved_again(people, line):
    edition = line.publish(line.approve(line.submit(line.draft(risk_tier=1)))).edition
    actions.open_round(edition, by=people.max, reason="Two years have passed.")
    edition = Edition.objects.get(pk=edition.pk)
    line.decide(edition, people.cyd, "editorial")
    return partial(line.decide, edition, people.bea, "medical")


def revoked(people, line):
    return partial(actions.revoke, line.approve(), by=people.ben, stage="medical", reason="I was wrong.")


def revoked_of_a_public_page(people, line):
    edition = line.publish().edition
    return partial(actions.revoke, edition, by=people.ben, stage="medical", reason="I was wrong.")


def revoked_by_a_medical_lead(people, line):
    people.ben.groups.add(Group.objects.get(name="Medical lead"))
    return revoked_of_a_public_page(people, line)


def revoked_under_an_editorial_change(people, line):
    """The page shows the reviewers of the edition that was reviewed in full, though a newer one took its place."""
    article = line.draft(summary="A grey spot that twitches is common and mostly harmless.")
    first = line.publish(line.approve(line.submit(article))).edition
    line.change(article, summary="A gray spot that twitches is common and mostly harmless.")
    mended = line.submit(article, change_class="editorial")
    line.decide(mended, people.cyd, "editorial")
    line.publish(Edition.objects.get(pk=mended.pk))
    return partial(actions.revoke, first, by=people.ben, stage="medical", reason="I was wrong.")


def revoked_of_an_earlier_edition(people, line):
    article = line.draft()
    first = line.publish(line.approve(line.submit(article))).edition
    line.change(article)
    line.publish(line.approve(line.submit(article)))
    return partial(actions.revoke, first, by=people.ben, stage="medical", reason="I was wrong.")


def revoked_of_a_page_that_is_gone(people, line):
    publication = line.publish()
    line.withdraw(publication)
    return partial(actions.revoke, publication.edition, by=people.ben, stage="medical", reason="I was wrong.")


def commented(people, line):
    return partial(comment_by, people.ben, line.submit())


def commented_by_the_submitter(people, line):
    return partial(comment_by, people.ada, line.submit())


def commented_to_block(people, line):
    return partial(comment_by, people.ben, line.submit(), "blocking")


def commented_about_safety(people, line):
    return partial(comment_by, people.ben, line.submit(), "blocking_safety")


def commented_about_safety_by_a_lead(people, line):
    return partial(comment_by, people.max, line.submit(), "blocking_safety")


def answered(people, line):
    thread = comment_by(people.ben, line.submit())
    actions.answer(thread, by=people.ada, text="Once a week.")
    actions.answer(thread, by=people.bea, text="Or twice.")
    return partial(actions.answer, thread, by=people.ada, text="I will ask.")


def answered_in_a_thread_about_safety(people, line):
    thread = comment_by(people.ben, line.submit(), "blocking_safety")
    return partial(actions.answer, thread, by=people.ada, text="Seen.")


def settled(people, line):
    thread = comment_by(people.ben, line.submit())
    actions.answer(thread, by=people.bea, text="I agree.")
    return partial(actions.resolve, thread, by=people.cyd, disposition="persuasive", answer="Said how often.")


def settled_by_who_raised_it(people, line):
    thread = comment_by(people.ben, line.submit())
    return partial(actions.resolve, thread, by=people.ben, disposition="not-persuasive", answer="Never mind.")


#: What happens; who gets a mail; who of them gets it as safety mail, whatever they chose.
EVENTS = [
    (asked_by_name, "ben", ""),
    (asked_again, "bea", ""),
    (asked_of_oneself, "", ""),
    (asked_of_the_pool, "bea ben eve", ""),
    (asked_of_ones_own_pool, "edd", ""),
    (declined, "cyd", ""),
    (declined_from_the_pool, "max", ""),
    (returned, "ada", ""),
    (rejected_though_somebody_else_owns_it, "ada sol", ""),
    (approved_halfway, "", ""),
    (approved, "ada pam", ""),
    (approved_by_a_publisher_who_may_publish_it, "ada ben pam", ""),
    (approved_by_a_publisher_who_may_not, "ada pam", ""),
    (approved_again, "ada pam", ""),
    (revoked, "ada", ""),
    (revoked_of_a_public_page, "ada max root", "max root"),
    (revoked_by_a_medical_lead, "ada max root", "max root"),
    (revoked_under_an_editorial_change, "ada max root", "max root"),
    (revoked_of_an_earlier_edition, "ada", ""),
    (revoked_of_a_page_that_is_gone, "ada", ""),
    (commented, "ada", ""),
    (commented_by_the_submitter, "", ""),
    (commented_to_block, "ada", ""),
    (commented_about_safety, "ada max root", "ada max root"),
    (commented_about_safety_by_a_lead, "ada root", "ada root"),
    (answered, "bea ben", ""),
    (answered_in_a_thread_about_safety, "ben", ""),
    (settled, "ben", ""),
    (settled_by_who_raised_it, "", ""),
]
each_event = pytest.mark.parametrize(("event", "readers", "safety"), EVENTS, ids=[row[0].__name__ for row in EVENTS])


#: What can be said of a person, and who of the readers then still hears of it.
SETTINGS = {
    "mail is on": (lambda: None, lambda readers, safety: readers),
    "mail is switched off": (lambda: switch_mail_off(), lambda readers, safety: safety),
    "the account is switched off": (lambda: User.objects.update(is_active=False), lambda readers, safety: []),
    "there is no address": (lambda: User.objects.update(email=""), lambda readers, safety: []),
    "they may not see the edition": (
        lambda: User.groups.through.objects.all().delete(),
        lambda readers, safety: [name for name in readers if name == "root"],
    ),
}


def switch_mail_off():
    ReviewerSettings.objects.bulk_create(ReviewerSettings(user=user, mail_off=True) for user in User.objects.all())


@each_event
def test_who_hears_of_what(people, line, mailoutbox, django_capture_on_commit_callbacks, event, readers, safety):
    """Each setting came true between the action and the sending of its mail, for everybody."""
    act = event(people, line)
    with django_capture_on_commit_callbacks() as callbacks:
        act()
    for setting, (come_true, who) in SETTINGS.items():
        mailoutbox.clear()
        with transaction.atomic():
            come_true()
            for send in callbacks:
                send()
            transaction.set_rollback(True)
        assert names(mailoutbox) == who(readers.split(), safety.split()), setting


@pytest.mark.parametrize("event", [asked_by_name, returned, approved, revoked_of_a_public_page, answered, settled])
def test_every_mail_has_one_link_that_its_reader_can_open(people, line, told, mailoutbox, event):
    assert told(event(people, line))
    for message in mailoutbox:
        html = message.alternatives[0].content
        (link,) = re.findall(r'<a href="([^"]+)"', html)
        assert html.count("://") == message.body.count("://") == 1
        assert link in message.body.split()
        browser = Client()
        browser.force_login(User.objects.get(email=message.to[0]))
        assert browser.get(link.removeprefix("http://testserver")).status_code == 200


# Words


def bodies(mailoutbox):
    return {row.to[0].split("@")[0]: " ".join(row.body.split()) for row in mailoutbox}


def test_a_return_says_who_asked_for_what(people, line, told, mailoutbox):
    told(returned(people, line))
    assert "Cyd asks for changes to this edition: Editorial review. Its review has ended." in bodies(mailoutbox)["ada"]
    assert "Cyd: > Say more." in bodies(mailoutbox)["ada"]
    assert "stays public" not in bodies(mailoutbox)["ada"]


def test_a_return_in_a_later_round_says_that_the_page_stays(people, line, told, mailoutbox):
    edition = line.publish(line.approve(line.submit(line.draft(risk_tier=1)))).edition
    actions.open_round(edition, by=people.max, reason="Two years have passed.")
    told(partial(line.decide, Edition.objects.get(pk=edition.pk), people.cyd, "editorial", "reject", "Old."))
    assert "The page stays public as it is until" in bodies(mailoutbox)["ada"]


def test_an_approval_says_whether_it_publishes_or_reaffirms(people, line, told, mailoutbox):
    told(approved(people, line))
    assert "It can be published." in bodies(mailoutbox)["pam"]
    told(approved_again(people, line))
    assert "It can be reaffirmed" in bodies(mailoutbox)["pam"]


def test_a_revocation_asks_the_medical_leads_to_act(people, line, told, mailoutbox):
    told(revoked_of_a_public_page(people, line))
    asked = "An approval of a public page was taken back: withdraw it, or say why it stays up."
    assert asked in bodies(mailoutbox)["max"]
    assert asked not in bodies(mailoutbox)["ada"]
    assert "A medical lead is asked to withdraw it" in bodies(mailoutbox)["ada"]
    assert "I was wrong." in bodies(mailoutbox)["max"]


def test_a_reviewer_whose_turn_has_not_come_is_told_so(people, line, told, mailoutbox):
    act = asked_by_name(people, line)
    told(act)
    assert "An earlier stage is not complete yet" in bodies(mailoutbox)["ben"]
    edition = Edition.objects.get()
    line.decide(edition, people.cyd, "editorial")
    due = timezone.now() + timedelta(days=5)
    told(
        partial(actions.assign, edition, by=people.cyd, stage="medical", reviewer=people.bea, due_at=due, note="Hurry.")
    )
    said = bodies(mailoutbox)["bea"]
    assert f"Cyd asks you to review this edition: Medical review. It is due on {due.day} {due:%B %Y}." in said
    assert "earlier stage" not in said
    assert "> Hurry." in said


def test_it_is_an_early_turn_again_in_a_later_round(people, line, told, mailoutbox):
    edition = line.publish(line.approve(line.submit(line.draft(risk_tier=1)))).edition
    actions.open_round(edition, by=people.max, reason="Two years have passed.")
    told(partial(actions.assign, edition, by=people.cyd, stage="medical", reviewer=people.bea))
    assert "An earlier stage is not complete yet" in bodies(mailoutbox)["bea"]


def test_a_blocking_comment_says_what_it_holds_up_and_about_which_words(people, line, told, mailoutbox):
    edition = line.submit()
    place = edition.content["viewpoints"][0]["id"]
    told(partial(comment_by, people.ben, edition, "blocking", place=place, quote="small twitches of a muscle"))
    assert "Nobody can approve or publish this edition until" in bodies(mailoutbox)["ada"]
    assert "It is about the words “small twitches of a muscle”." in bodies(mailoutbox)["ada"]


def test_what_goes_wrong_reaches_nobody_in_the_subject(people, line, told, mailoutbox):
    """Phones show subjects on locked screens: the words of a comment stay in the mail."""
    told(commented_about_safety(people, line))
    assert all("how often" not in row.subject and "how often" in row.body for row in mailoutbox)
