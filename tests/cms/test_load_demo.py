"""`manage.py load_demo` loads every state of the demo library, once, and completes what was interrupted."""

import json
import re
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command

from articles.actions import save_article
from articles.history import remove, write
from articles.models import Article, Contributor, Credential, Viewpoint
from cms import demo_library
from publishing.models import LiveArticle, LiveTopic, Publication, Withdrawal
from reviews.actions import decide, submission_blockers
from reviews.models import Decision, Edition, Event
from tests import cast

ROLES = ["Contributor", "Editor", "Medical reviewer", "Publisher", "Medical lead", "Auditor", "Administrator"]


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    return settings.VAR_DIR


@pytest.fixture
def small(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three topics of the demo: a draft, a review under way, live with a newer draft, withdrawn."""
    library = demo_library.read()
    names = {"muscle-twitching": 3, "migraine": 0, "acute-low-back-pain": 1}
    topics = [topic for topic in library.topics if topic["topic"]["slug"] in names]
    for topic in topics:
        topic["articles"] = topic["articles"][names[topic["topic"]["slug"]] :]
    monkeypatch.setattr(demo_library, "read", lambda: replace(library, topics=topics))


@pytest.fixture
def accounts(db: None, var: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The demo without any article."""
    library = demo_library.read()
    monkeypatch.setattr(demo_library, "read", lambda: replace(library, topics=[]))
    return load()


@pytest.fixture
def demo(db: None, small: None) -> str:
    return load()


def load(*arguments: str) -> str:
    out = StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


def logins(var: Path) -> dict[str, dict[str, Any]]:
    return {login["username"]: login for login in json.loads((var / "demo-logins.json").read_text())}


#: What each state of the demo means in facts: an edition, an open one, a publication, a live page.
STATES = {
    "draft": (False, False, False, False),
    "in_review": (True, True, False, False),
    "approved": (True, True, False, False),
    "changes_requested": (True, False, False, False),
    "live": (True, False, True, True),
    "live_with_newer_draft": (True, False, True, True),
    "withdrawn": (True, False, True, False),
}


def assert_states(library: demo_library.Library) -> None:
    for article in (article for topic in library.topics for article in topic["articles"]):
        assert state(article["slug"]) == STATES[article["state"]], article["slug"]


def state(slug: str) -> tuple[bool, ...]:
    article = Article.objects.get(slug=slug)
    return (
        article.editions.exists(),
        article.editions.open().exists(),
        Publication.objects.filter(article=article).exists(),
        LiveArticle.objects.filter(pk=article.pk).exists(),
    )


def test_every_article_comes_into_its_state_and_the_records_pass(db, var):
    load()

    library = demo_library.read()
    assert_states(library)
    assert {article["state"] for topic in library.topics for article in topic["articles"]} == set(STATES)
    assert LiveTopic.objects.count() >= 8
    assert Withdrawal.objects.get().reader_message
    for article in Article.objects.filter(editions__isnull=False):
        assert submission_blockers(article) == []
    for decision in Decision.objects.select_related("edition"):
        assert decision.reviewer_id not in decision.edition.touched_by
    call_command("verify", stdout=StringIO())


def test_newer_draft_differs_from_the_live_page(demo):
    article = Article.objects.get(slug="what-sets-off-my-migraine-attacks")

    assert article.version == 2
    assert article.summary != article.editions.get().content["summary"]


def test_it_prints_the_addresses_and_one_login_per_role(accounts, var):
    for path in ("/", "/api/v1/articles/", "/admin/"):
        assert f"http://testserver{path}" in accounts
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in accounts.splitlines() if "│" in line]
    passwords = {login["username"]: login["password"] for login in logins(var).values()}
    assert [row[0] for row in rows] == ROLES
    assert all(passwords[username] == password for _, username, password in rows)


def test_every_login_works_and_only_its_owner_can_read_the_file(accounts, var, rf):
    found = logins(var)

    assert {role for login in found.values() for role in login["roles"]} == set(ROLES)
    assert stat.S_IMODE((var / "demo-logins.json").stat().st_mode) == 0o600
    for username, login in found.items():
        user = authenticate(rf.post("/"), username=username, password=login["password"])
        assert user is not None and user.is_staff
        assert user.is_superuser == (login["roles"] == ["Administrator"])
        assert re.fullmatch(r"[a-z]{4}-[a-z]{4}-[a-z]{4}", login["password"])


def test_second_run_changes_nothing(demo, var):
    before = _counts(), (var / "demo-logins.json").read_bytes()

    assert load() == demo

    assert (_counts(), (var / "demo-logins.json").read_bytes()) == before


def test_lost_logins_file_gives_new_passwords(accounts, var):
    old = logins(var)
    (var / "demo-logins.json").unlink()

    load()

    assert logins(var).keys() == old.keys()
    assert logins(var)["ada"]["password"] != old["ada"]["password"]
    assert get_user_model().objects.get(username="ada").check_password(logins(var)["ada"]["password"])


def test_logins_file_of_another_database_is_replaced(accounts, var):
    other = [login | {"password": "of-another-one"} for login in logins(var).values()]
    (var / "demo-logins.json").write_text(json.dumps(other))

    load()

    assert get_user_model().objects.get(username="pam").check_password(logins(var)["pam"]["password"])


def test_password_that_somebody_chose_is_kept(accounts, var):
    max_ = get_user_model().objects.get(username="max")
    max_.set_password("my own long password")
    max_.save()

    load()

    max_.refresh_from_db()
    assert max_.check_password("my own long password")


def test_what_people_did_since_is_kept(demo):
    users = {user.username: user for user in get_user_model().objects.all()}
    draft = Article.objects.get(slug="living-with-twitching-that-does-not-stop")
    save_article(draft, {"title": "Living with it", "viewpoints": []}, by=users["ada"], expected_version=1)
    contributor = Contributor.objects.get(name="Nora Finch")
    contributor.name = "Nora Finch-Hill"
    write(contributor, by=users["cyd"])
    remove(Credential.objects.get(contributor__user=users["eve"]), by=users["cyd"])
    waiting = Article.objects.get(slug="how-often-painkillers-for-migraine").editions.get()
    decide(
        waiting,
        "request_changes",
        by=users["ben"],
        stage="medical",
        expected_digest=waiting.digest,
        comment="Name the day limits.",
    )

    load()

    assert Article.objects.get(pk=draft.pk).title == "Living with it"
    assert not Viewpoint.objects.filter(article=draft).exists()
    assert Contributor.objects.filter(name="Nora Finch-Hill").exists()
    assert not Credential.objects.filter(contributor__user=users["eve"]).exists()
    assert Edition.objects.filter(article=waiting.article).count() == 1
    assert Decision.objects.filter(edition=waiting).count() == 2


@pytest.mark.parametrize("steps", [0, 9, 17])
def test_interrupted_load_is_completed(db, small, var, monkeypatch, steps):
    counted = iter(range(steps))

    def interrupted(action: Any) -> Any:
        def act(*args: Any, **values: Any) -> Any:
            if next(counted, None) is None:
                raise KeyboardInterrupt
            return action(*args, **values)

        return act

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        for name in ("save_article", "submit", "decide", "publish", "withdraw"):
            patch.setattr(demo_library, name, interrupted(getattr(demo_library, name)))
        load()
    assert not (var / "demo-logins.json").exists()

    load()

    assert_states(demo_library.read())


def test_other_articles_are_not_mixed_with_the_demo_unless_forced(people, var):
    article = cast.make_article(by=people.ada)

    with pytest.raises(CommandError, match="holds articles that are not the demo's"):
        load()

    assert list(Article.objects.all()) == [article]


def test_accounts_of_others_are_never_taken_over(people, var):
    with pytest.raises(CommandError, match="There is an account “ada” already that is not the demo's"):
        load("--force")

    assert people.ada.check_password(cast.PASSWORD)
    assert not Contributor.objects.filter(name="Nora Finch").exists()


def test_articles_written_in_the_demo_do_not_stop_it(demo):
    cyd = get_user_model().objects.get(username="cyd")
    save_article(None, {"title": "Our own", "topic_id": Article.objects.first().topic_id}, by=cyd)

    load()

    assert Article.objects.filter(title="Our own").exists()


def test_changed_address_rewrites_the_public_store(demo, settings):
    settings.SITE_URL = "http://127.0.0.1:9000"

    load()

    assert all('"http://testserver' not in row.document for row in LiveArticle.objects.all())
    call_command("verify", stdout=StringIO())


def test_demo_never_goes_stale(db, small, monkeypatch):
    away = timedelta(days=2000)
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime.now(UTC) + away)

    load()

    assert_states(demo_library.read())


def _counts() -> tuple[int, ...]:
    histories = sum(model.history.count() for model in (Article, Viewpoint, Contributor, Credential))
    return Event.objects.count(), histories, get_user_model().objects.count()
