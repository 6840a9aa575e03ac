"""Every relation to an edition × every role × every door: who may not is refused, and the database stays as it was.

The expectation is worked out here, from the promises, and from nothing that the product says of itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client

from articles.models import Article
from publishing import actions as publishing
from reviews import actions
from reviews.models import Decision, Edition, Event
from tests import cast
from tests.invariants import fingerprint

ROLES = ["Contributor", "Editor", "Medical reviewer", "Medical lead", "Publisher", "Auditor", "nobody", "superuser"]
RELATIONS = ["author", "changed it", "submitter", "speaks in it", "employed by a speaker", "decided before", "stranger"]
STAGES = {"editorial": "Editor", "medical": "Medical reviewer"}
OWN_WORK = {"author", "changed it", "submitter", "speaks in it"}
EVERY_EDITION = {"Editor", "Medical reviewer", "Medical lead", "Publisher", "Auditor", "superuser"}


@dataclass
class World:
    """`editions`: relation -> the edition it is to; `people`: (relation, role) -> the id of the account."""

    people: dict[tuple[str, str], int] = field(default_factory=dict)
    editions: dict[tuple[str, str], int] = field(default_factory=dict)
    approved: int = 0


def may_approve(role: str, relation: str, stage: str) -> bool:
    return role in (STAGES[stage], "superuser") and relation == "stranger"


def may_publish(role: str, relation: str) -> bool:
    return role in ("Publisher", "superuser") and relation != "decided before"


def may_see(role: str, relation: str) -> bool:
    return role in EVERY_EDITION or (role == "Contributor" and relation in ("author", "speaks in it"))


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
    """Make an account for every cell, each with every credential that a stage could ask for."""
    people, world = cast.make_people(), World()
    line = cast.Line(people)
    names = [(relation, role) for relation in RELATIONS for role in ROLES]
    users = {key: cast.make_reviewer(f"p{n}", by=people.ada) for n, key in enumerate(names)}
    for user in users.values():
        user.groups.set([Group.objects.get(name="Editor")])
    edition = _shared(people, line, users)
    for (relation, role), user in users.items():
        mine = _own(line, user, relation) if relation in ("author", "submitter") else edition
        world.editions[relation, role], world.people[relation, role] = mine.pk, user.pk
    world.approved = edition.pk
    for (_, role), user in users.items():
        user.is_superuser = role == "superuser"
        user.save()
        user.groups.set(Group.objects.filter(name=role))
    return world


def _shared(people: cast.People, line: cast.Line, users: dict[tuple[str, str], Any]) -> Edition:
    """Make the edition that many changed, many speak in, and whose editorial stage many decided on."""
    clinic = cast.make_contributor(by=people.ada, kind="organization", name="Harbour Street Clinic", credential=None)
    speakers = [user.contributor for (relation, _), user in users.items() if relation == "speaks in it"]
    article = line.draft(viewpoints=[cast.viewpoint_values(*speakers, clinic)], risk_tier=1)
    for (relation, _), user in users.items():
        if relation == "changed it":
            article.refresh_from_db()
            values = {"summary": f"Small twitches are common, says {user}."}
            cast.drafts.save_article(article, values, by=user, expected_version=article.version, reason="Wording")
        if relation == "employed by a speaker":
            user.contributor.employer = clinic
            cast.write(user.contributor, by=people.ada)
    edition = line.submit(article)
    line.decide(edition, people.cyd, "editorial")
    for (relation, _), user in users.items():
        if relation == "decided before":
            cast.decide(edition, by=user, stage="editorial")
    return edition


def _own(line: cast.Line, user: Any, relation: str) -> Edition:
    """Make an edition that this person wrote, or submitted."""
    article = cast.make_article(by=user, risk_tier=1) if relation == "author" else line.draft(risk_tier=1)
    submitter = line.people.ada if relation == "author" else user
    edition = actions.submit(article, by=submitter)
    line.decide(edition, line.people.cyd, "editorial")
    return edition


def account(world: World, relation: str, role: str) -> Any:
    return get_user_model().objects.get(pk=world.people[relation, role])


def edition_of(world: World, relation: str, role: str) -> Edition:
    return Edition.objects.get(pk=world.editions[relation, role])


# ---- the doors to approving; each returns whether it let through


def by_action(user: Any, edition: Edition, stage: str) -> bool:
    try:
        cast.decide(edition, by=user, stage=stage)
    except (PermissionDenied, ValidationError):
        return False
    return True


def by_admin_page(user: Any, edition: Edition, stage: str) -> bool:
    response = _client(user).post(f"/admin/reviews/edition/{edition.pk}/decide/", _posted(edition, stage))
    assert response.status_code in (200, 302, 403, 404), response.status_code
    return response.status_code == 302 and "/login/" not in response["Location"]


def by_api(user: Any, edition: Edition, stage: str) -> bool:
    body = {"outcome": "approve", "stage": stage, "digest": edition.digest, "password": cast.PASSWORD}
    body["answers"] = cast.answers(edition, stage)
    address = f"/api/v1/editorial/editions/{edition.pk}/decisions/"
    response = _client(user).post(address, body, content_type="application/json")
    assert response.status_code in (201, 400, 403, 404, 409), response.content
    return response.status_code == 201


def by_forged_post(user: Any, edition: Edition, stage: str) -> bool:
    """Post what the page never offers: another reviewer's name, a round of one's own, other stages beside."""
    forged = {"reviewer": "1", "by": "1", "user": "1", "round": "2", "is_specialist": "on", "outcome": "approve"}
    posted = _posted(edition, stage) | forged
    response = _client(user).post(f"/admin/reviews/edition/{edition.pk}/decide/?stage=editorial&by=1", posted)
    return response.status_code == 302 and "/login/" not in response["Location"]


APPROVING = {"action": by_action, "admin page": by_admin_page, "API": by_api, "forged POST": by_forged_post}


def by_bulk_action(user: Any, edition: Edition, action: str) -> bool:
    posted = {"action": action, "_selected_action": [edition.pk], "index": 0, "post": "yes", "select_across": 1}
    for model in ("reviews/edition", "reviews/decision", "publishing/publication"):
        response = _client(user).post(f"/admin/{model}/", posted)
        assert response.status_code in (200, 302, 403), response.status_code
    return False


def _client(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def _posted(edition: Edition, stage: str) -> dict[str, Any]:
    posted = {"outcome": "approve", "stage": stage, "comment": "", "password": cast.PASSWORD, "digest": edition.digest}
    return posted | {f"answer_{n}": "yes" for n, _ in enumerate(cast.answers(edition, stage))}


def test_the_table_has_enough_cells():
    assert len(ROLES) * len(RELATIONS) * len(STAGES) * len(APPROVING) >= 300


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("door", list(APPROVING))
def test_nobody_approves_who_may_not_whatever_the_door(world: World, door: str, relation: str):
    wrong = []
    for role in ROLES:
        for stage in STAGES:
            if may_approve(role, relation, stage):
                continue
            user, edition = account(world, relation, role), edition_of(world, relation, role)
            before = fingerprint()
            let_through = APPROVING[door](user, edition, stage)
            if let_through or fingerprint() != before:
                wrong.append((role, stage))
    assert wrong == []


@pytest.mark.parametrize("stage", list(STAGES))
@pytest.mark.parametrize("role", ["of the stage", "superuser"])
@pytest.mark.parametrize("door", list(APPROVING))
def test_a_stranger_to_the_text_with_the_role_approves_in_their_own_name(
    world: World, door: str, role: str, stage: str
):
    role = STAGES[stage] if role == "of the stage" else role
    user, edition = account(world, "stranger", role), edition_of(world, "stranger", role)
    assert may_approve(role, "stranger", stage)
    assert APPROVING[door](user, edition, stage)
    signed = Decision.objects.latest("pk")
    assert (signed.reviewer, signed.stage, signed.round, signed.outcome) == (user, stage, 1, "approve")
    assert Event.objects.latest("seq").actor == user


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("action", ["delete_selected", "approve"])
def test_no_bulk_action_changes_anything(world: World, action: str, relation: str):
    for role in ROLES:
        before = fingerprint()
        by_bulk_action(account(world, relation, role), edition_of(world, relation, role), action)
        assert fingerprint() == before, role


@pytest.mark.parametrize("relation", RELATIONS)
def test_only_who_may_see_an_edition_opens_its_pages(world: World, relation: str):
    pages = ["change/", "reviewers/", "restore/"]
    wrong = []
    for role in ROLES:
        user, edition = account(world, relation, role), edition_of(world, relation, role)
        before = fingerprint()
        for page in pages:
            status = _client(user).get(f"/admin/reviews/edition/{edition.pk}/{page}").status_code
            expected = {200} if may_see(role, relation) else {404}
            expected |= {403} if page == "restore/" else set()
            if status not in expected:
                wrong.append((role, page, status))
        assert fingerprint() == before
    assert wrong == []


# ---- the doors to publishing


def publish_by_action(user: Any, edition: Edition) -> bool:
    try:
        cast.publish(edition, by=user)
    except (PermissionDenied, ValidationError):
        return False
    return True


def publish_by_admin_page(user: Any, edition: Edition) -> bool:
    response = _client(user).post(f"/admin/publishing/publication/publish/{edition.pk}/", {"digest": edition.digest})
    return response.status_code == 302 and "/login/" not in response["Location"]


def publish_by_api(user: Any, edition: Edition) -> bool:
    address = f"/api/v1/editorial/editions/{edition.pk}/publications/"
    response = _client(user).post(address, {"digest": edition.digest}, content_type="application/json")
    return response.status_code == 201


PUBLISHING = {"action": publish_by_action, "admin page": publish_by_admin_page, "API": publish_by_api}


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("door", list(PUBLISHING))
def test_nobody_publishes_what_lacks_an_approval(world: World, door: str, relation: str):
    for role in ROLES:
        user, edition = account(world, relation, role), edition_of(world, relation, role)
        before = fingerprint()
        assert not PUBLISHING[door](user, edition), role
        assert fingerprint() == before, role


@pytest.mark.parametrize("door", list(PUBLISHING))
def test_only_publishers_publish_what_is_approved(world: World, door: str):
    reviewer = account(world, "stranger", "Medical reviewer")
    for relation in RELATIONS:
        edition = edition_of(world, relation, "nobody")
        if not edition.decisions.filter(stage="medical").exists():
            cast.decide(edition, by=reviewer, stage="medical")
        for role in ROLES:
            if role not in ("Publisher", "superuser"):
                before = fingerprint()
                assert not PUBLISHING[door](account(world, relation, role), edition), (relation, role)
                assert fingerprint() == before
    publisher = account(world, "stranger", "Publisher")
    assert PUBLISHING[door](publisher, edition_of(world, "stranger", "Publisher"))


# ---- the other buttons, by the action that each calls

Call = Callable[[Any, Edition], Any]
BUTTONS: dict[str, tuple[Call, Callable[[str, str], bool]]] = {
    "recall": (
        lambda user, edition: actions.recall(edition, by=user, reason="Stop."),
        lambda role, relation: role in ("Editor", "superuser"),
    ),
    "ask a reviewer": (
        lambda user, edition: actions.assign(edition, by=user, stage="medical"),
        lambda role, relation: role in ("Editor", "Medical lead", "superuser"),
    ),
    "suggest": (
        lambda user, edition: actions.comment(edition, by=user, text="Say more."),
        lambda role, relation: (
            role in ("Editor", "Medical reviewer", "Medical lead", "superuser")
            or (role == "Contributor" and relation in ("author", "speaks in it"))
        ),
    ),
    "block": (
        lambda user, edition: actions.comment(edition, by=user, text="Wrong dose.", severity="blocking_safety"),
        lambda role, relation: role in ("Editor", "Medical reviewer", "Medical lead", "superuser"),
    ),
    "restore": (
        lambda user, edition: actions.restore(edition, by=user, reason="Back."),
        lambda role, relation: (
            role in ("Editor", "superuser") or (role == "Contributor" and relation in ("author", "speaks in it"))
        ),
    ),
    "open a round": (
        lambda user, edition: actions.open_round(edition, by=user, reason="Again."),
        lambda role, relation: False,
    ),
    "take somebody’s approval back": (
        lambda user, edition: actions.revoke(edition, by=user, stage="editorial", reason="No."),
        lambda role, relation: relation == "decided before",
    ),
    "reaffirm": (
        lambda user, edition: publishing.reaffirm(edition, by=user, expected_digest=edition.digest),
        lambda role, relation: False,
    ),
    "submit over it": (
        lambda user, edition: actions.submit(Article.objects.get(pk=edition.article_id), by=user),
        lambda role, relation: False,
    ),
}
CELLS = [(button, relation) for button in BUTTONS for relation in RELATIONS]


@pytest.mark.parametrize(("button", "relation"), CELLS)
def test_who_may_not_press_a_button_changes_nothing(world: World, button: str, relation: str):
    call, may = BUTTONS[button]
    for role in ROLES:
        if may(role, relation):
            continue
        user, edition = account(world, relation, role), edition_of(world, relation, role)
        before = fingerprint()
        with pytest.raises((PermissionDenied, ValidationError)):
            call(user, edition)
        assert fingerprint() == before, role


PRESSED = [
    (button, role, relation)
    for button in ("recall", "ask a reviewer", "suggest", "block", "restore")
    for role in ROLES
    for relation in ("stranger", "author")
    if BUTTONS[button][1](role, relation)
]


@pytest.mark.parametrize(("button", "role", "relation"), PRESSED)
def test_who_may_press_a_button_can(world: World, button: str, role: str, relation: str):
    call, _ = BUTTONS[button]
    assert call(account(world, relation, role), edition_of(world, relation, role))


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_conflict_is_set_aside_only_by_a_lead_who_wrote_nothing_and_never_for_oneself(world: World, relation: str):
    reviewer = account(world, "employed by a speaker", "Medical reviewer")
    for role in ROLES:
        user, edition = account(world, relation, role), edition_of(world, "employed by a speaker", "Medical reviewer")
        may = role in ("Medical lead", "superuser") and relation not in ("changed it", "speaks in it")
        if may:
            continue
        before = fingerprint()
        for whom in (reviewer, user):
            with pytest.raises((PermissionDenied, ValidationError)):
                actions.override(
                    edition, by=user, stage="medical", reviewer=whom, reason="Fine.", expected_digest=edition.digest
                )
        assert fingerprint() == before, role
