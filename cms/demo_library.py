"""Load the demo library (cms/demo/*.toml) through the actions, each step by whoever may take it.

Every id is derived from its key, and every step looks at what is there: an interrupted load goes on where it stopped,
and what somebody changed, removed or decided since stays as it is.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from articles.actions import save_article
from articles.history import write
from articles.models import (
    Article,
    Contributor,
    Credential,
    Disclaimer,
    Disclosure,
    Interest,
    Reference,
    Topic,
    TopicCode,
)
from publishing.actions import publish, withdraw
from reviews.actions import decide, submit
from reviews.models import Edition, Outcome

CONTENT = Path(__file__).parent / "demo"
NAMESPACE = uuid5(NAMESPACE_URL, "https://example.org/second-opinion/demo-library")
REASON = "Demo library"
#: Marks the accounts that are the demo's own; no mail can reach it (RFC 2606).
MAIL_DOMAIN = "demo.invalid"
ADMINISTRATOR = "Administrator"
#: Credentials and disclosures move with the calendar from this day on, so that the demo never goes stale.
WRITTEN_ON = date(2026, 11, 20)

Values = dict[str, Any]


def read() -> "Library":
    """Read the content files."""
    files = sorted((CONTENT / "topics").glob("*.toml"))
    return Library(
        logins=_toml(CONTENT / "logins.toml")["logins"],
        contributors=_toml(CONTENT / "contributors.toml")["contributors"],
        disclaimers=_toml(CONTENT / "disclaimers.toml")["disclaimers"],
        topics=[_toml(path) for path in files],
    )


@dataclass
class Library:
    """The parsed content, and the accounts that act for it."""

    logins: list[Values]
    contributors: list[Values]
    disclaimers: list[Values]
    topics: list[Values]

    @property
    def article_ids(self) -> list[UUID]:
        return [_id("article", article["slug"]) for topic in self.topics for article in topic["articles"]]

    @property
    def is_begun(self) -> bool:
        """Whether this database has, or had, an article of the demo."""
        return bool(Article.history.filter(id__in=self.article_ids).exists())

    @property
    def shares_the_database(self) -> bool:
        """Whether there are articles that are not the demo's."""
        return Article.objects.exclude(pk__in=self.article_ids).exists()

    @cached_property
    def users(self) -> dict[str, Any]:
        """The accounts by username, made on first use; they get their passwords from cms/demo_logins.py."""
        with transaction.atomic():
            return {login["username"]: _user(login) for login in self.logins}

    def load(self, *, on_article: Callable[[], None] = lambda: None) -> None:
        """Write whatever is missing, article by article."""
        with transaction.atomic():
            _write_new(self._shared_rows(), by=self.users["cyd"])
        for number, topic in enumerate(self.topics):
            with transaction.atomic():
                _write_new(_topic_rows(topic), by=self.users["cyd"])
            for values in topic["articles"]:
                self._load_article(topic["topic"], values, editor=("cyd", "dan")[number % 2])
                on_article()

    def _load_article(self, topic: Values, values: Values, *, editor: str) -> None:
        pk = _id("article", values["slug"])
        if not Article.history.filter(id=pk).exists():
            save_article(Article(pk=pk), _article_values(topic, values), by=self.users["ada"], reason=values["note"])
        article = Article.objects.filter(pk=pk).first()
        if article:
            for step in STEPS[values["state"]]:
                step(self, article, values, self.users[editor])

    def submit(self, article: Article, values: Values, editor: Any) -> None:
        if not article.editions.exists():
            submit(article, by=editor, note=values["note"])

    def approve(self, article: Article, values: Values, editor: Any) -> None:
        edition = _first(article)
        if not edition.is_open:
            return
        signed = {(row.reviewer_id, row.stage) for row in edition.facts["decisions"]}
        for reviewer, stage in list(self._approvers(edition))[: values.get("approvals")]:
            if (reviewer.pk, stage) not in signed:
                decide(
                    edition,
                    Outcome.APPROVE,
                    by=reviewer,
                    stage=stage,
                    expected_digest=edition.digest,
                    answers=_all_yes(edition, stage),
                )

    def ask_for_changes(self, article: Article, values: Values, editor: Any) -> None:
        edition = _first(article)
        if edition.is_open:
            reviewer, stage = list(self._approvers(edition))[values["approvals"]]
            decide(
                edition,
                Outcome.REQUEST_CHANGES,
                by=reviewer,
                stage=stage,
                expected_digest=edition.digest,
                comment=values["return_reason"],
            )

    def publish(self, article: Article, values: Values, editor: Any) -> None:
        edition = _first(article)
        if edition.is_open:
            publish(edition, by=self.users["pam"], expected_digest=edition.digest)

    def write_on(self, article: Article, values: Values, editor: Any) -> None:
        if article.version == 1 and _first(article).is_published:
            newer = {"summary": values["newer_summary"], "synthesis": values["newer_synthesis_html"]}
            save_article(article, newer, by=self.users["ada"], expected_version=1, reason="Clearer words about diaries")

    def withdraw(self, article: Article, values: Values, editor: Any) -> None:
        edition = _first(article)
        if edition.is_published and not edition.publication.is_ended:
            withdraw(edition.publication, by=self.users["max"], **values["withdrawal"])

    def _approvers(self, edition: Edition) -> Iterator[tuple[Any, str]]:
        """Yield who approves, and in which stage, in the order of the stages."""
        for stage in edition.policy["stages"]:
            for username in self._candidates(edition, stage)[: stage["quorum"]]:
                yield self.users[username], stage["key"]

    def _candidates(self, edition: Edition, stage: Values) -> list[str]:
        if stage["group"] == "Editor":
            return [name for name in ("cyd", "dan") if self.users[name].pk != edition.submitted_by_id]
        if stage["holder"] == "pharmacist_or_legal":
            return [row["username"] for row in self.logins if row.get("profession") == "pharmacist"]
        specialty = edition.content["topic"]["specialty"]
        clinicians = [row for row in reversed(self.logins) if row.get("profession") == "physician"]
        # Specialists first. The last of them begins, so that the first, whose login is shown, has something to do.
        clinicians = sorted(clinicians, key=lambda row: specialty not in _specialties(row))
        return [row["username"] for row in clinicians]

    def _shared_rows(self) -> Iterator[Any]:
        for values in self.disclaimers:
            yield Disclaimer(pk=_id("disclaimer", values["key"]), **_but(values, "key"))
        speakers = {row["speaks_as"]: self.users[row["username"]] for row in self.logins if "speaks_as" in row}
        for values in self.contributors:
            yield _contributor(values, speakers.get(values["key"]))
            yield from _credentials(values["key"], values["credentials"])
            yield from _disclosure(values["key"], values["disclosure"])
        for login in self.logins:
            if "credentials" in login:
                yield from _reviewer_rows(login, self.users[login["username"]])


#: How an article of the demo comes into its state.
STEPS: dict[str, list[Callable[[Library, Article, Values, Any], None]]] = {
    "draft": [],
    "in_review": [Library.submit, Library.approve],
    "changes_requested": [Library.submit, Library.approve, Library.ask_for_changes],
    "approved": [Library.submit, Library.approve],
    "live": [Library.submit, Library.approve, Library.publish],
    "live_with_newer_draft": [Library.submit, Library.approve, Library.publish, Library.write_on],
    "withdrawn": [Library.submit, Library.approve, Library.publish, Library.withdraw],
}


def _user(login: Values) -> Any:
    first, _, last = login["name"].rpartition(" ")
    email = f"{login['username']}@{MAIL_DOMAIN}"
    user, is_new = get_user_model().objects.get_or_create(
        username=login["username"],
        defaults={
            "first_name": first,
            "last_name": last,
            "email": email,
            "password": make_password(None),
            "is_staff": True,
            "is_superuser": ADMINISTRATOR in login["roles"],
        },
    )
    if user.email != email:
        raise ValidationError(
            f"There is an account “{user.username}” already that is not the demo's. Nothing was loaded."
        )
    if is_new:
        user.groups.set(Group.objects.filter(name__in=login["roles"]))
    return user


def _write_new(rows: Iterator[Any], *, by: Any) -> None:
    """Write the rows that never were, and leave the others alone, even where somebody removed them."""
    for _, group in groupby(rows, key=type):
        new = list(group)
        known = set(new[0].history.model.objects.filter(id__in=[row.pk for row in new]).values_list("id", flat=True))
        for row in new:
            if row.pk not in known:
                row.full_clean()
                write(row, by=by, reason=REASON)


def _contributor(values: Values, user: Any) -> Contributor:
    employer = values["employer"]
    return Contributor(
        pk=_id("contributor", values["key"]),
        user=user,
        employer_id=_id("contributor", employer) if employer else None,
        **_but(values, "key", "employer", "credentials", "disclosure"),
    )


def _credentials(owner: str, rows: list[Values]) -> Iterator[Credential]:
    for values in rows:
        dates = {"verified_on": _moved(values["verified_on"]), "expires_on": _moved(values["expires_on"])}
        yield Credential(
            pk=_id("credential", owner, values["label"]),
            contributor_id=_id("contributor", owner),
            **values | dates,
        )


def _disclosure(owner: str, values: Values) -> Iterator[Any]:
    pk = _id("disclosure", owner)
    yield Disclosure(  # type: ignore[misc]
        pk=pk, contributor_id=_id("contributor", owner), status=values["status"], as_of=_moved(values["as_of"])
    )
    for interest in values["interests"]:
        yield Interest(pk=_id("interest", owner, interest["entity"]), disclosure_id=pk, **interest)


def _reviewer_rows(login: Values, user: Any) -> Iterator[Any]:
    owner = f"reviewer/{login['username']}"
    yield Contributor(
        pk=_id("contributor", owner), name=login["name"], user=user, affiliation="Review board of this demo (fictional)"
    )
    yield from _disclosure(owner, {"status": "none_declared", "as_of": "2026-09-15", "interests": []})
    verified = {
        "profession": login["profession"],
        "issuer": "Demo Register of Health Professions (fictional)",
        "verified_on": "2026-09-15",
        "verified_by": "Demo editorial office",
        "expires_on": "",
    }
    yield from _credentials(owner, [values | verified for values in login["credentials"]])


def _topic_rows(values: Values) -> Iterator[Any]:
    topic = values["topic"]
    pk = _id("topic", topic["slug"])
    yield Topic(pk=pk, **_but(topic, "codes"))
    for code in topic["codes"]:
        yield TopicCode(pk=_id("code", topic["slug"], code["system"], code["code"]), topic_id=pk, **code)
    for source in values["references"]:
        day = {"accessed_on": date.fromisoformat(source["accessed_on"]) if source["accessed_on"] else None}
        yield Reference(pk=_id("reference", topic["slug"], source["key"]), **_but(source, "key") | day)


def _article_values(topic: Values, values: Values) -> Values:
    return {
        "topic_id": _id("topic", topic["slug"]),
        **{name: values[name] for name in ("title", "slug", "aspect", "risk_tier", "audience", "summary")},
        "see_doctor": values["see_doctor_html"],
        "synthesis": values["synthesis_html"],
        "disclaimers": [_id("disclaimer", key) for key in values["disclaimers"]],
        "viewpoints": [
            {
                "id": _id("viewpoint", values["slug"], str(number)),
                **{name: viewpoint[name] for name in ("heading", "perspective", "certainty")},
                "body": viewpoint["body_html"],
                "contributors": [{"contributor_id": _id("contributor", key)} for key in viewpoint["contributors"]],
                "citations": [_id("reference", topic["slug"], key) for key in viewpoint["citations"]],
            }
            for number, viewpoint in enumerate(values["viewpoints"], start=1)
        ],
    }


def _all_yes(edition: Edition, stage: str) -> list[dict[str, str]]:
    questions = (edition.stage(stage) or {}).get("checklist", [])
    return [{"question": question, "answer": "yes", "comment": ""} for question in questions]


def _first(article: Article) -> Edition:
    return article.editions.get(number=1)


def _specialties(login: Values) -> set[str]:
    return {row["specialty"] for row in login["credentials"]}


def _moved(day: str) -> date | None:
    return date.fromisoformat(day) + (timezone.now().date() - WRITTEN_ON) if day else None


def _but(values: Values, *names: str) -> Values:
    return {name: value for name, value in values.items() if name not in names}


def _id(*names: str) -> UUID:
    return uuid5(NAMESPACE, "/".join(names))


def _toml(path: Path) -> Values:
    return tomllib.loads(path.read_text(encoding="utf-8"))
