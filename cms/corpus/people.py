"""Who acts for the test library: accounts that nobody can log in to, contributors and disclaimers, all made up."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from articles.history import create_all
from articles.importers.document import NAMESPACE
from articles.models import DRAFT_MODELS, Contributor, Credential, Disclaimer, Disclosure

REASON = "Test library"
#: Begins the names of the library's accounts; no mail can reach them, since they have no address.
PREFIX = "corpus-"
WRITER, EDITOR, PHARMACIST, PUBLISHER = (PREFIX + name for name in ("writer", "editor", "pharmacist", "publisher"))
#: The specialties that topics are spread over, each with two reviewers.
SPECIALTIES = ("Cardiovascular", "Endocrine", "Genetic", "Infectious", "Neurologic", "Oncologic", "PrimaryCare")
REVIEWERS_EACH = 2
#: The people who speak beside the institution that an answer comes from.
SPEAKERS = tuple(f"Dr {name} (made up)" for name in "Alder Birch Cedar Elder Hazel Juniper Linden Maple Rowan".split())

DISCLAIMERS = {
    "not_medical_advice": "This page was made to try out software. It does not replace a visit to your doctor.",
    "mixed_authorship": "Several contributors speak here, each for themselves. They may differ.",
}


def accounts() -> dict[str, Any]:
    """Return the library's accounts by username, with their roles; whatever is missing is made."""
    with transaction.atomic():
        users = {username: _account(username, role) for username, role in _roles()}
        _write_new(_reviewer_rows(users), by=users[WRITER])
        _write_new(_speaker_rows(), by=users[WRITER])
        _write_new(
            (Disclaimer(pk=_id(kind), kind=kind, text=text) for kind, text in DISCLAIMERS.items()), by=users[WRITER]
        )
    return users


def reviewers(specialty: str) -> list[str]:
    """Return the usernames of the clinicians of a specialty, then all others."""
    names = [_reviewer(each, n) for each in SPECIALTIES for n in range(REVIEWERS_EACH)]
    return sorted(names, key=lambda name: not name.startswith(f"{PREFIX}{specialty.lower()}-"))


def specialty_of(topic_id: UUID) -> str:
    """Return the specialty that a topic gets: always the same one, and not a guess at its subject."""
    return SPECIALTIES[topic_id.int % len(SPECIALTIES)]


def speaker_of(topic_name: str) -> str:
    """Return who speaks on a topic: always the same person."""
    return SPEAKERS[_id("speaker", topic_name).int % len(SPEAKERS)]


def disclose(*, by: Any) -> None:
    """Record for each institution that it declared no interests, where nothing is recorded yet."""
    silent = Contributor.objects.filter(kind="organization", disclosures__isnull=True)
    _write_new((_disclosure(pk) for pk in silent.values_list("pk", flat=True)), by=by)


def _roles() -> Iterator[tuple[str, str]]:
    yield WRITER, "Editor"
    yield EDITOR, "Editor"
    yield PUBLISHER, "Publisher"
    yield PHARMACIST, "Medical reviewer"
    for specialty in SPECIALTIES:
        for n in range(REVIEWERS_EACH):
            yield _reviewer(specialty, n), "Medical reviewer"


def _reviewer(specialty: str, n: int) -> str:
    return f"{PREFIX}{specialty.lower()}-{n + 1}"


def _account(username: str, role: str) -> Any:
    name = username.removeprefix(PREFIX).replace("-", " ").title()
    user, is_new = get_user_model().objects.get_or_create(
        username=username, defaults={"first_name": "Test", "last_name": name, "password": make_password(None)}
    )
    if is_new:
        user.groups.set(Group.objects.filter(name=role))
    return user


def _reviewer_rows(users: dict[str, Any]) -> Iterator[Any]:
    for specialty in SPECIALTIES:
        for n in range(REVIEWERS_EACH):
            yield from _person(users[_reviewer(specialty, n)], "physician", specialty)
    yield from _person(users[PHARMACIST], "pharmacist", "PharmacySpecialty")


def _person(user: Any, profession: str, specialty: str) -> Iterator[Any]:
    pk = _id("contributor", user.username)
    yield Contributor(pk=pk, name=user.get_full_name(), user=user, affiliation="A made-up clinic")
    yield _disclosure(pk)
    yield _credential(pk, profession, specialty)


def _speaker_rows() -> Iterator[Any]:
    for n, name in enumerate(SPEAKERS):
        pk = _id("contributor", name)
        yield Contributor(pk=pk, name=name, affiliation="A made-up clinic")
        yield _disclosure(pk)
        yield _credential(pk, "physician", SPECIALTIES[n % len(SPECIALTIES)])


def _disclosure(contributor_id: UUID) -> Disclosure:
    return Disclosure(
        pk=_id("disclosure", str(contributor_id)),
        contributor_id=contributor_id,
        status="none_declared",
        as_of=timezone.now().date() - timedelta(days=1),
    )


def _credential(contributor_id: UUID, profession: str, specialty: str) -> Credential:
    return Credential(
        pk=_id("credential", str(contributor_id)),
        contributor_id=contributor_id,
        label=f"{profession.title()} (made up)",
        profession=profession,
        specialty=specialty,
        issuer="A made-up register",
        verified_on=timezone.now().date() - timedelta(days=1),
        verified_by="Nobody: this person is made up",
    )


def _write_new(rows: Iterator[Any], *, by: Any) -> None:
    """Write the rows that never were; what somebody changed or removed since stays as it is."""
    by_model: dict[Any, dict[UUID, Any]] = {}
    for row in rows:
        by_model.setdefault(type(row), {})[row.pk] = row
    for model in sorted(by_model, key=DRAFT_MODELS.index):
        new = by_model[model]
        known = set(model.history.filter(id__in=new).values_list("id", flat=True))
        create_all([row for pk, row in new.items() if pk not in known], by=by, reason=REASON)


def _id(*names: str) -> UUID:
    return uuid5(NAMESPACE, "\x1f".join((REASON, *names)))
