"""Nothing that is not public comes out of any public address, however it is asked (cms/canary)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from articles.models import Article
from cms.canary import public
from cms.canary.asking import InProcess
from cms.canary.crawl import Answer, Crawl, quiet
from cms.canary.fields import all_models
from cms.canary.planting import plant
from cms.canary.pool import NOBODY, fill
from cms.canary.questions import near_misses, plain
from cms.canary.routes import BEHIND_LOGIN, Pool, addresses_of, routes
from publishing import document
from publishing.models import STORE_MODELS
from publishing.rebuild import rebuild
from reviews import actions as reviews
from tests.cms import canary_leaks
from tests.cms.canary_world import EMPTY, Stage, change_draft, set_stage

SHARES = 4
#: Questions beside one plain request for each address, in all shares together.
BUDGET = 20_000


@dataclass
class Planted:
    """The world with a token in every secret, and the public store before that and after."""

    stage: Stage
    store: dict[str, list[Any]]
    store_after: dict[str, list[Any]]
    values: int


@pytest.fixture(scope="module")
def planted(django_db_setup: None, django_db_blocker: Any) -> Iterator[Planted]:
    atomic = transaction.atomic()
    atomic._from_testcase = True  # type: ignore[attr-defined]  # the actions, which are durable, may run in it
    with django_db_blocker.unblock(), atomic:
        stage = set_stage()
        rebuild()
        before = store_rows()
        values = plant(stage.tokens)
        rebuild()
        yield Planted(stage, before, store_rows(), values)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def walked(planted: Planted, django_db_blocker: Any) -> tuple[Crawl, dict[str, Answer]]:
    """Every address, asked once."""
    crawl = a_crawl(planted.stage)
    with django_db_blocker.unblock(), quiet():
        return crawl, crawl.walk(every_address())


def a_crawl(stage: Stage) -> Crawl:
    wanted = ("title of", "Contributor.name", "User.email", "Topic.name")
    words = [token for token, place in stage.tokens.places.items() if any(name in place for name in wanted)]
    return Crawl(InProcess(), stage.tokens, "testserver", [miss for word in words[:4] for miss in near_misses(word)])


def every_address() -> list[str]:
    return addresses_of(fill())


def store_rows() -> dict[str, list[Any]]:
    """Return every row of the public store but the addresses of what vanished, by model."""
    rows = {model.__name__: list(model._base_manager.order_by("pk").values()) for model in STORE_MODELS}
    for row in rows["Tombstone"]:
        if row["kind"] == "vanished":
            row |= {"slug": "", "language": ""}
    for each in rows.values():
        for row in each:
            row.pop("id") if isinstance(row.get("id"), int) else None
    return rows


def test_every_table_holds_a_row_that_could_leak(planted, db):
    empty = [
        model._meta.label
        for model in all_models()
        if model._meta.label not in public.OPEN_MODELS and not model._base_manager.exists()
    ]
    assert set(empty) <= set(EMPTY)
    assert planted.values > 3000


def test_no_secret_has_a_part_in_any_byte_of_the_public_store(planted):
    assert planted.store_after == planted.store


def test_no_address_tells_a_secret_when_it_is_asked_once(walked):
    crawl, answers = walked
    assert_clean(crawl)
    assert sum(answer.status == 200 for answer in answers.values()) > 40
    assert {200, 302, 401, 404, 410} <= set(crawl.statuses)


@pytest.mark.slow
@pytest.mark.sqlite  # Minutes, and the answers are the same; PostgreSQL gets every address once, above.
@pytest.mark.parametrize("share", range(SHARES))
def test_no_address_tells_a_secret_however_it_is_asked(planted, walked, db, share):
    crawl = a_crawl(planted.stage)
    questions = crawl.plan(walked[1])
    assert len(questions) >= BUDGET
    with quiet():
        crawl.probe(questions, budget=BUDGET // SHARES, seed=share)
    assert_clean(crawl)
    assert crawl.asked == BUDGET // SHARES


def test_nobody_can_tell_a_draft_from_nothing(planted, db):
    """An answer about a hidden id is that about an id that never was: no status, length or header tells them apart."""
    ask, world = InProcess(), planted.stage.built
    vanished = Article.objects.filter(publications__withdrawal__kind="vanished")
    never_public = Article.objects.filter(publications__isnull=True)
    hidden = [str(pk) for pk in (never_public | vanished).values_list("pk", flat=True)]
    assert str(world.draft.pk) in hidden and str(world.partial.article_id) in hidden
    pool = Pool(ids=list(dict.fromkeys(hidden)), slugs=["nobody"])
    asked = 0
    with quiet():
        for route in routes():
            if str(route).startswith(BEHIND_LOGIN) or "id>" not in str(route):
                continue
            for address in route.addresses(pool):
                mine = next(pk for pk in hidden if pk in address)
                assert same(ask, address, mine), address
                asked += 1
    assert asked > 50


def test_the_answers_about_a_public_article_stay_when_its_next_draft_changes(line, people):
    stage = Stage(line)
    publications = [line.publish() for _ in range(2)]
    article = publications[0].article
    crawl = a_crawl(stage)
    with quiet():
        before = crawl.walk(address for address in every_address() if not address.startswith(BEHIND_LOGIN))
        change_draft(stage, article, by=people.ada)
        edition = line.submit(Article.objects.get(pk=article.pk))
        line.decide(edition, people.cyd, "editorial")
        reviews.comment(edition, by=people.ben, text=stage.tokens.new("a comment"))
        after = {address: crawl.look(plain(address)) for address in before}
    assert {address for address in before if after[address] != before[address]} == set()
    assert sum(answer.status == 200 for answer in before.values()) > 15
    assert_clean(crawl)


@pytest.mark.parametrize("leak", canary_leaks.LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_is_found(planted, walked, db, settings, monkeypatch, leak):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.cms.canary_leaks.Leaky"]
    crawl = a_crawl(planted.stage)
    secret = crawl.secret_words[-1]  # A whole token, whose misspellings are asked for.
    monkeypatch.setattr(canary_leaks, "secret", secret)
    monkeypatch.setattr(canary_leaks, "leak", leak)
    with quiet():
        crawl.probe(crawl.plan(a_few_of(walked[1])), budget=1500)
    assert crawl.leaks
    wanted = (
        "The answer was 500." if leak is canary_leaks.as_a_fault else f"{secret}: {planted.stage.tokens.place(secret)}"
    )
    assert {found.what for found in crawl.leaks} == {wanted}


def test_a_secret_that_publishing_copies_into_the_store_is_found(planted, walked, db, monkeypatch):
    honest = document.article_document

    def leaky(*args: Any, **kwargs: Any) -> dict[str, Any]:
        return honest(*args, **kwargs) | {"owner": get_user_model().objects.latest("pk").email}

    monkeypatch.setattr(document, "article_document", leaky)
    rebuild()
    crawl = a_crawl(planted.stage)
    with quiet():
        crawl.walk(a_few_of(walked[1]))
    assert {found.what.partition(": ")[2].partition(" of ")[0] for found in crawl.leaks} == {"auth.User.email"}


def test_an_answer_that_tells_a_draft_from_nothing_is_found(planted, db, monkeypatch, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.cms.canary_leaks.Leaky"]
    draft = str(planted.stage.built.draft.pk)

    def forbids(request: Any, response: Any) -> Any:
        response.status_code = 403 if draft in request.path else response.status_code
        return response

    monkeypatch.setattr(canary_leaks, "leak", forbids)
    assert not same(InProcess(), f"/api/v1/articles/{draft}/", draft)


def a_few_of(answers: dict[str, Answer]) -> dict[str, Answer]:
    """Return two addresses of each kind of answer: articles, lists, pages, what is gone and what is not there."""
    kinds: dict[Any, list[str]] = {}
    for address, answer in sorted(answers.items()):
        kind = (answer.status, answer.header("Content-Type"), len(address.split("/")))
        kinds.setdefault(kind, []).append(address)
    chosen = [address for each in kinds.values() for address in each[:2] if not address.startswith(BEHIND_LOGIN)]
    return {address: answers[address] for address in chosen}


def same(ask: InProcess, address: str, mine: str) -> bool:
    told, nothing = ask(plain(address)), ask(plain(address.replace(mine, NOBODY)))
    return repr(told).replace(mine, NOBODY) == repr(nothing)


def assert_clean(crawl: Crawl) -> None:
    assert not crawl.leaks, "\n".join(str(leak) for leak in crawl.leaks[:20])
