"""Plain makers whose defaults are valid, and a cast with one role each."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from articles import actions as drafts
from articles.history import write
from articles.models import (
    Article,
    Contributor,
    Credential,
    Disclaimer,
    Disclosure,
    Reference,
    Topic,
)
from publishing import actions as publishing
from publishing.models import Publication, Withdrawal
from reviews import actions as reviews
from reviews.models import Decision, Edition

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def make_user(username: str, *roles: str, **changes: Any) -> Any:
    user = get_user_model().objects.create_user(
        username=username, password=PASSWORD, first_name=username.title(), is_staff=True, **changes
    )
    user.groups.set([Group.objects.get(name=role) for role in roles])
    return user


def make_reviewer(username: str, *, by: Any, profession: str = "physician", specialty: str = "Neurologic") -> Any:
    user = make_user(username, "Medical reviewer")
    contributor = make_contributor(by=by, name=f"Dr {username.title()}", user=user, credential=None)
    make_credential(contributor, by=by, profession=profession, specialty=specialty)
    return user


def make_topic(*, by: Any, **changes: Any) -> Topic:
    n = next(_numbers)
    values = {
        "name": f"Muscle twitching {n}",
        "slug": f"muscle-twitching-{n}",
        "kind": "condition",
        "specialty": "Neurologic",
        "also_called": ["fasciculation"],
    } | changes
    return write(Topic(**values), by=by)


def make_contributor(*, by: Any, credential: str | None = "physician", **changes: Any) -> Contributor:
    values = {"name": f"Dr Rowan {next(_numbers)}", "affiliation": "Harbour Street Clinic"} | changes
    contributor = write(Contributor(**values), by=by)
    today = timezone.now().date()
    write(Disclosure(contributor=contributor, status="none_declared", as_of=today - timedelta(days=30)), by=by)
    if credential:
        make_credential(contributor, by=by, profession=credential)
    return contributor


def make_credential(contributor: Contributor, *, by: Any, **changes: Any) -> Credential:
    values = {
        "label": "Consultant neurologist",
        "profession": "physician",
        "specialty": "Neurologic",
        "verified_on": timezone.now().date() - timedelta(days=30),
        "verified_by": "Medical register",
    } | changes
    return write(Credential(contributor=contributor, **values), by=by)


def make_reference(*, by: Any, **changes: Any) -> Reference:
    values = {
        "title": f"Muscle twitches, leaflet {next(_numbers)}",
        "url": "https://example.org/leaflet",
        "status": "ok",
    }
    return write(Reference(**(values | changes)), by=by)


def make_disclaimer(*, by: Any, kind: str = "not_medical_advice", **changes: Any) -> Disclaimer:
    values = {"kind": kind, "text": f"This page does not replace a visit to your doctor ({kind})."} | changes
    return write(Disclaimer(**values), by=by)


def viewpoint_values(*contributors: Contributor, **changes: Any) -> dict[str, Any]:
    n = next(_numbers)
    return {
        "heading": f"View {n}",
        "perspective": "clinical",
        "body": f"<p>Opinion number {n}: most small twitches of a muscle pass without any treatment at all.</p>",
        "contributors": [{"contributor_id": row.pk, "role": "author"} for row in contributors],
        "citations": [],
    } | changes


def article_values(*, by: Any, **changes: Any) -> dict[str, Any]:
    """Values of a valid tier-2 article of two contributors."""
    people = [make_contributor(by=by), make_contributor(by=by)]
    source = make_reference(by=by)
    return {
        "topic_id": make_topic(by=by).pk,
        "title": f"Why does a muscle twitch? ({next(_numbers)})",
        "summary": "Small twitches under the skin are common and mostly harmless.",
        "see_doctor": "<p>See a doctor when a twitching muscle also gets weaker.</p>",
        "synthesis": "<p>Both agree that weakness needs a visit to a doctor.</p>",
        "disclaimers": [
            make_disclaimer(by=by).pk,
            make_disclaimer(by=by, kind="mixed_authorship").pk,
        ],
        "viewpoints": [viewpoint_values(person, citations=[source.pk]) for person in people],
    } | changes


def make_article(*, by: Any, **changes: Any) -> Article:
    return drafts.save_article(None, article_values(by=by, **changes), by=by, reason="First draft")


@dataclass
class People:
    ada: Any
    cyd: Any
    ben: Any
    bea: Any
    eve: Any
    pam: Any
    max: Any
    ann: Any
    dot: Any
    root: Any


def make_people() -> People:
    """ada and cyd edit (cyd reviews for the editors), ben and bea are neurologists, eve a pharmacist."""
    ada = make_user("ada", "Editor")
    return People(
        ada=ada,
        cyd=make_user("cyd", "Editor"),
        ben=make_reviewer("ben", by=ada),
        bea=make_reviewer("bea", by=ada),
        eve=make_reviewer("eve", by=ada, profession="pharmacist", specialty="PharmacySpecialty"),
        pam=make_user("pam", "Publisher"),
        max=make_user("max", "Medical lead"),
        ann=make_user("ann", "Auditor"),
        dot=make_user("dot"),
        root=make_user("root", is_superuser=True),
    )


def answers(edition: Edition, stage: str, **changes: Any) -> list[dict[str, str]]:
    """Return a yes to every question that the stage asks."""
    questions = (edition.stage(stage) or {}).get("checklist", [])
    return [{"question": question, "answer": "yes", "comment": ""} | changes for question in questions]


def decide(edition: Edition, outcome: str = "approve", *, by: Any, stage: str, **changes: Any) -> Decision:
    """Decide with every question of the checklist answered, on the digest that the edition has."""
    values = {"expected_digest": edition.digest, "answers": answers(edition, stage)} | changes
    return reviews.decide(edition, outcome, by=by, stage=stage, **values)


def correction(edition: Edition) -> dict[str, str]:
    """Return the notice for readers that publishing this edition asks for; nothing where it asks for none."""
    if edition.change_class == "editorial" or not Publication.objects.filter(article=edition.article_id).exists():
        return {}
    return {"correction_kind": "new_version", "correction_summary": "Brought up to date."}


def publish(edition: Edition, *, by: Any, **changes: Any) -> Publication:
    values = {"expected_digest": edition.digest} | correction(edition) | changes
    return publishing.publish(edition, by=by, **values)


def make_lead(username: str, *, by: Any) -> Any:
    """Return a medical lead who is a clinician."""
    user = make_reviewer(username, by=by)
    user.groups.set([Group.objects.get(name="Medical lead")])
    return user


def in_an_emergency(line: "Line", live: Publication, lead: Any = None) -> Publication:
    """Publish a safety change of a live article in an emergency: one medical lead approves and publishes it."""
    lead = lead or make_lead(f"lead{next(_numbers)}", by=line.people.ada)
    edition = line.submit(line.change(live.article), change_class="safety", emergency=True)
    decide(edition, by=lead, stage="emergency")
    return publish(Edition.objects.get(pk=edition.pk), by=lead)


class Line:
    """Take an article along the line, each step by whoever may take it."""

    def __init__(self, people: People) -> None:
        self.people = people

    def draft(self, **changes: Any) -> Article:
        return make_article(by=self.people.ada, **changes)

    def change(self, article: Article, **values: Any) -> Article:
        article.refresh_from_db()
        values = values or {"summary": f"Small twitches are common, version {next(_numbers)}."}
        return drafts.save_article(
            article, values, by=self.people.ada, expected_version=article.version, reason="A better wording"
        )

    def submit(self, article: Article | None = None, **changes: Any) -> Edition:
        return reviews.submit(article or self.draft(), by=self.people.ada, **changes)

    def decide(self, edition: Edition, by: Any, stage: str, outcome: str = "approve", comment: str = "") -> Any:
        return decide(edition, outcome, by=by, stage=stage, comment=comment)

    def approve(self, edition: Edition | None = None) -> Edition:
        edition = edition or self.submit()
        self.decide(edition, self.people.cyd, "editorial")
        self.decide(edition, self.people.ben, "medical")
        if edition.policy["risk_tier"] > 1:
            self.decide(edition, self.people.bea, "medical")
        if edition.policy["risk_tier"] > 2:
            self.decide(edition, self.people.eve, "pharmacy_legal")
        return Edition.objects.get(pk=edition.pk)

    def publish(self, edition: Edition | None = None, **changes: Any) -> Publication:
        edition = edition or self.approve()
        return publish(edition, by=self.people.pam, **changes)

    def withdraw(self, publication: Publication | None = None, **changes: Any) -> Withdrawal:
        values = {"reason": "The advice has changed.", "reader_message": "We removed this page."} | changes
        return publishing.withdraw(publication or self.publish(), by=self.people.max, **values)


def take_guards_down() -> None:
    """Drop every guard of the test database, as its owner."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE t.tgname LIKE 'guard!_%' ESCAPE '!'"
            )
            for name, table in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}" ON "{table}"')
