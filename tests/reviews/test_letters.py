"""Letters: sent after the commit alone, to each reader by itself, and what one mail is made of."""

import re
from email import message_from_bytes, policy
from functools import partial
from smtplib import SMTPRecipientsRefused

import pytest
from django.contrib.auth import get_user_model
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.settings import as_mailer
from reviews import actions, mail
from reviews.letters import Letter, deliver
from reviews.models import Comment, ReviewerSettings
from tests.refusal import denied, refused
from tests.reviews.mailbox import names, reachable, telling

User = get_user_model()


@pytest.fixture(autouse=True)
def addresses(people):
    """Everybody can be reached. Who is made later gets an address with `reachable`."""
    reachable()


@pytest.fixture
def told(django_capture_on_commit_callbacks, mailoutbox):
    return telling(django_capture_on_commit_callbacks, mailoutbox)


@pytest.fixture
def to_pool(people, line):
    """A request that three reviewers hear of: ben, bea and eve."""
    return partial(actions.assign, line.submit(), by=people.max, stage="medical")


def comment_by(by, edition, severity="advisory"):
    return actions.comment(edition, by=by, text="Say how often.", severity=severity)


# When


def test_an_action_that_is_refused_sends_nothing(people, line, django_capture_on_commit_callbacks):
    edition = line.submit()
    with django_capture_on_commit_callbacks() as callbacks:
        with refused("comment_missing"):
            line.decide(edition, people.cyd, "editorial", "reject", " ")
        with denied("may not comment"):
            comment_by(people.pam, edition)
        with refused("due_in_the_past"):
            actions.assign(edition, by=people.cyd, stage="medical", reviewer=people.ben, due_at=edition.submitted_at)
    assert callbacks == []


def test_nothing_is_looked_up_or_sent_before_the_commit(people, line, mailoutbox):
    edition = line.submit()
    thread = comment_by(people.ben, edition)
    with CaptureQueriesContext(connection) as queries:
        mail.commented(thread)
        mail.approved(edition)
    assert list(queries) == []
    assert mailoutbox == []


def refuse(monkeypatch, *usernames, error=None):
    """Let the mail server refuse what goes to these people; return the list of whom it was asked for."""
    tried = []

    def send_messages(self, messages):
        tried.extend(row.to[0].split("@")[0] for row in messages)
        for row in messages:
            if row.to[0].split("@")[0] in usernames:
                raise error or SMTPRecipientsRefused({row.to[0]: (550, b"No such mailbox")})
        return take(self, messages)

    take = EmailBackend.send_messages
    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return tried


def test_a_mail_that_is_refused_is_logged_and_the_others_get_theirs(to_pool, people, told, monkeypatch, caplog):
    refuse(monkeypatch, "bea")
    assert told(to_pool) == ["ben", "eve"]
    assert f"A mail to user {people.bea.pk} was not sent" in caplog.text


@pytest.mark.parametrize("address", ["a@b.org, c@d.org", "a@b.org\nBcc: c@d.org", "Bea <a@b.org>", "bea", " "])
def test_an_address_that_is_none_keeps_nobody_from_theirs(letter, people, mailoutbox, address):
    User.objects.filter(pk=people.bea.pk).update(email=address)
    delivery = deliver([letter(to=frozenset({people.bea.pk, people.ben.pk}))])
    assert names(mailoutbox) == ["ben"]
    assert (delivery.sent, delivery.failed) == (1, 1)


def test_the_people_of_the_demo_get_no_mail(letter, people, mailoutbox):
    User.objects.filter(pk=people.bea.pk).update(email="bea@demo.invalid")
    delivery = deliver([letter(to=frozenset({people.bea.pk, people.ben.pk}))])
    assert names(mailoutbox) == ["ben"]
    assert (delivery.sent, delivery.failed) == (1, 0)


def test_a_server_that_is_gone_is_tried_twice_and_not_for_everybody(to_pool, people, told, monkeypatch, caplog):
    tried = refuse(monkeypatch, "ben", "bea", "eve", error=ConnectionRefusedError("Connection refused"))
    assert told(to_pool) == []
    assert len(tried) == 2
    assert "No mail server answers" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_fails_undoes_no_action_and_fails_none(people, line, mailoutbox, monkeypatch, caplog):
    """A real commit: what is raised after it would reach whoever called the action."""
    edition = line.submit()
    comment_by(people.ben, edition)
    assert [row.to for row in mailoutbox] == [["ada@example.org"]]

    refuse(monkeypatch, "ada", error=OSError("The server fell over"))
    comment_by(people.ben, edition)
    monkeypatch.setattr(mail, "edition_of", lambda pk: 1 / 0)
    comment_by(people.ben, edition)

    assert Comment.objects.count() == 3
    assert len(mailoutbox) == 1
    assert "The server fell over" in caplog.text
    assert "ZeroDivisionError" in caplog.text


# What a mail is made of


@pytest.fixture
def letter(people, line):
    """Return a letter to ben, with changes."""
    edition = line.submit()
    values = {"heading": "Review asked for", "says": ("Ada asks you to review.",), "to": frozenset({people.ben.pk})}

    def make(title="", **changes):
        if title:
            edition.content = edition.content | {"title": title}
        return Letter(edition, **(values | changes))

    return make


BREAKS = ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_no_title_name_or_setting_begins_another_header(letter, mailoutbox, settings, line_break):
    hostile = f"Twitch{line_break}Bcc: spy@example.org{line_break}{line_break}<p>body"
    settings.SITE_NAME = hostile
    assert deliver([letter(hostile)]).sent == 1
    (message,) = mailoutbox
    assert len(message.subject.splitlines()) == 1
    assert message.recipients() == ["ben@example.org"]
    parsed = message_from_bytes(message.message().as_bytes())
    assert parsed["Bcc"] is None
    assert "Twitch Bcc: spy@example.org" in message.subject


def test_a_comment_is_escaped_in_html_and_quoted_as_it_is_in_plain_text(people, line, told, mailoutbox):
    edition = line.submit(line.draft(title="Is 1 < 2 & <b>bold</b>?"))
    hostile = "<script>alert(1)</script>\n</blockquote><a href='https://evil.example'>Click</a> & more"
    told(partial(actions.comment, edition, by=people.ben, text=hostile))
    html, text = mailoutbox[0].alternatives[0].content, mailoutbox[0].body
    assert "<script" not in html
    assert "evil.example&#x27;&gt;Click&lt;/a&gt; &amp; more" in html
    assert html.count("<a ") == 1
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "> <script>alert(1)</script>\n> </blockquote>" in text
    assert "Is 1 < 2 & <b>bold</b>?" in text


def test_the_link_leads_to_the_edition_or_to_the_thread(people, line, told, mailoutbox, settings):
    settings.SITE_URL = "https://health.example"
    edition = line.submit()
    told(partial(actions.assign, edition, by=people.cyd, stage="medical", reviewer=people.ben))
    page = f"https://health.example/admin/reviews/edition/{edition.pk}/change/"
    assert f"\n{page}\n" in mailoutbox[0].body

    thread = comment_by(people.ben, edition)
    told(partial(actions.answer, thread, by=people.ada, text="Once a week."))
    assert f"\n{page}#comment-{thread.pk}\n" in mailoutbox[0].body
    assert f'href="{page}#comment-{thread.pk}"' in mailoutbox[0].alternatives[0].content


def test_the_headers_name_the_list_and_keep_robots_quiet(letter, mailoutbox, settings):
    settings.SITE_URL, settings.DEFAULT_FROM_EMAIL = "https://health.example:8443", "reviews@health.example"
    deliver([letter("Why does a muscle twitch?")])
    sent = message_from_bytes(mailoutbox[0].message().as_bytes(), policy=policy.default)
    assert sent["List-Id"] == "<reviews.health.example>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["From"] == "reviews@health.example"
    assert sent["To"] == "ben@example.org"
    assert sent["Message-ID"].endswith("@health.example>")
    assert sent["Subject"].strip() == "[Second Opinion] Review asked for: Why does a muscle twitch?, edition 1"
    assert [sent[name] for name in ("Cc", "Bcc", "Reply-To")] == [None, None, None]
    assert [part.get_content_type() for part in sent.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_a_long_title_is_cut_in_the_subject_and_whole_in_the_mail(letter):
    title = "Why does a muscle twitch " + "so very often " * 15
    assert len(letter(title).subject) < 140
    assert "so very often … , edition" not in letter(title).subject
    assert title.strip() in letter(title).html


def test_plain_text_is_wrapped_but_no_link_is_cut(letter, settings):
    settings.SITE_URL = "https://" + "long-name." * 12 + "example"
    address = "https://example.org/" + "a-part-of-an-address/" * 8
    made = letter(
        "A title of many words " * 8, says=("A sentence of many words. " * 9,), quote=f"{'Words ' * 40}\n\n{address}"
    )
    assert made.link in made.text.splitlines()
    assert f"> {address}" in made.text.splitlines()
    lines = [row for row in made.text.splitlines() if "://" not in row]
    assert max(map(len, lines)) <= 72
    assert ">" in lines


def test_html_stands_alone_and_says_its_language(letter):
    html = letter("¿Por qué?", quote="Seen.", quoted="Dr Ben").html
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert "<title>[Second Opinion] Review asked for: ¿Por qué?, edition 1</title>" in html
    assert '<strong lang="en">¿Por qué?</strong>' in html
    assert not re.search(r"<(img|link|script|style|iframe|object|form|base)\b|url\(|@import|src=", html)


def test_the_first_letter_counts_for_whoever_two_are_for(people, letter, mailoutbox):
    both = frozenset({people.ben.pk, people.bea.pk})
    delivery = deliver([letter(), letter(heading="Review overdue", to=both)])
    assert [(row.to[0], row.subject.split("] ")[1].split(":")[0]) for row in mailoutbox] == [
        ("ben@example.org", "Review asked for"),
        ("bea@example.org", "Review overdue"),
    ]
    assert (delivery.sent, delivery.failed) == (2, 0)


def test_a_safety_letter_reaches_whom_the_first_letter_left_out(people, letter, mailoutbox):
    ReviewerSettings.objects.create(user=people.ben, mail_off=True)
    deliver([letter(), letter(heading="Safety", is_safety=True)])
    assert [row.subject.split("] ")[1][:6] for row in mailoutbox] == ["Safety"]
    assert "whatever you chose" in " ".join(mailoutbox[0].body.split())


# Settings


def test_a_mail_server_is_named_in_the_way_of_django_6_1_too():
    server = {"EMAIL_FILE_PATH": "", "EMAIL_HOST": "mail.example", "EMAIL_PORT": 587, "EMAIL_TIMEOUT": 10}
    server |= {"EMAIL_HOST_USER": "ada", "EMAIL_HOST_PASSWORD": "secret", "EMAIL_USE_TLS": True, "EMAIL_USE_SSL": False}
    made = as_mailer(server | {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"})
    assert made["OPTIONS"] == {
        "host": "mail.example",
        "port": 587,
        "username": "ada",
        "password": "secret",
        "use_tls": True,
        "use_ssl": False,
        "timeout": 10,
    }
    console = as_mailer(server | {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"})
    assert console == {"BACKEND": "django.core.mail.backends.console.EmailBackend", "OPTIONS": {}}
