"""Twenty at once, on PostgreSQL: one effect each, every other call a clear refusal, nothing else."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client

from articles import actions as drafts
from articles.models import Article
from publishing import actions as publishing
from publishing.models import Change, FeedHead, LiveArticle, Publication, Withdrawal
from publishing.rebuild import rebuild
from reviews import actions as reviews
from reviews.models import Decision, Edition, Recall
from tests import cast
from tests.invariants import Doors, Records, check_history, store_rows

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = 15
DONE, REFUSED = "done", "refused"


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Start every call in a thread of its own at the same moment; return what each came to, in their order."""
    barrier, came_to = threading.Barrier(len(calls)), [None] * len(calls)

    def run(n: int) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET lock_timeout = '20s'; SET statement_timeout = '30s'; SET deadlock_timeout = '100ms'"
                )
            barrier.wait(timeout=60)
            came_to[n] = calls[n]() or DONE
        except (PermissionDenied, ValidationError):
            came_to[n] = REFUSED
        except Exception as error:
            came_to[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came_to


def outcomes(came_to: list[Any]) -> Counter[Any]:
    """Count done and refused; anything else is shown as it was."""
    return Counter(row if isinstance(row, str | Exception) else DONE for row in came_to)


def all_holds() -> None:
    """The records agree with each other, the doors with the records, and the store is what a rebuild would write."""
    Records().check()
    check_history()
    Doors(Records(), Client()).check_everything([str(pk) for pk in Article.objects.values_list("pk", flat=True)])
    seqs = list(Change.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    assert not seqs or FeedHead.objects.get().seq == seqs[-1]
    before = store_rows()
    rebuild()
    assert store_rows() == before, "a rebuild writes another public store"


def test_everybody_at_one_edition(line):
    """Five approvals, five recalls, five publications and five withdrawals of the edition before, all at once."""
    people, article = line.people, line.draft(risk_tier=1)
    publication, ended = line.publish(line.approve(line.submit(article))), Counter()
    for _ in range(ROUNDS):
        line.change(article)
        edition = line.submit(article)
        line.decide(edition, people.cyd, "editorial")
        digest, notice = {"expected_digest": edition.digest}, cast.correction(edition)
        approve = partial(cast.decide, edition, "approve", stage="medical", **digest)
        calls = [partial(approve, by=by) for by in (people.ben, people.ben, people.ben, people.bea, people.bea)]
        calls += [partial(reviews.recall, edition, by=people.ada, reason="Wait.")] * 5
        calls += [partial(publishing.publish, edition, by=people.pam, **digest, **notice)] * 5
        calls += [partial(publishing.withdraw, publication, by=people.max, reason="Wrong.")] * 5

        came_to = at_once(*calls)

        assert set(outcomes(came_to)) <= {DONE, REFUSED}, came_to
        decided, recalled, published, withdrawn = (outcomes(came_to[n : n + 5])[DONE] for n in (0, 5, 10, 15))
        assert outcomes(came_to[:3])[DONE] <= 1
        assert outcomes(came_to[3:5])[DONE] <= 1
        assert recalled + published <= 1
        assert withdrawn <= 1
        assert Decision.objects.filter(edition=edition).count() == decided + 1
        assert Recall.objects.filter(edition=edition).count() == recalled
        assert Publication.objects.filter(edition=edition).count() == published
        assert Withdrawal.objects.filter(publication=publication).count() == withdrawn
        ended += Counter(decided=decided, recalled=recalled, published=published, withdrawn=withdrawn)
        all_holds()

        if not recalled and not published:
            if not decided:
                line.decide(edition, people.ben, "medical")
            published = 1
            line.publish(edition)
        if not published:
            publication = publish_anew(line, article)
        publication = article.publications.first()
        if Withdrawal.objects.filter(publication=publication).exists():
            publication = publish_anew(line, article)
    assert ended["recalled"]
    assert ended["withdrawn"]


def publish_anew(line: cast.Line, article: Article) -> Publication:
    line.change(article)
    return line.publish(line.approve(line.submit(article)))


def test_twenty_decide_and_each_is_counted_once(line):
    people = line.people
    for _ in range(5):
        edition = line.submit()
        line.decide(edition, people.cyd, "editorial")
        decide = partial(cast.decide, edition, stage="medical", expected_digest=edition.digest, comment="Seen.")
        calls = [partial(decide, "approve", by=by) for by in (people.ben, people.bea) for _ in range(8)]
        calls += [
            partial(decide, outcome, by=people.eve) for outcome in ("reject", "request_changes") for _ in range(2)
        ]

        came_to = at_once(*calls)

        assert set(outcomes(came_to)) <= {DONE, REFUSED}, came_to
        assert [max(outcomes(came_to[a:b])[DONE], 1) for a, b in ((0, 8), (8, 16), (16, 20))] == [1, 1, 1]
        assert outcomes(came_to[16:])[DONE] == 1
        assert edition.decisions.count() == 1 + outcomes(came_to)[DONE]
    all_holds()


def test_twenty_submit_one_draft_and_one_edition_is_made(line):
    for _ in range(8):
        article = line.draft()
        came_to = at_once(*[partial(reviews.submit, article, by=line.people.ada)] * 20)
        assert outcomes(came_to) == {DONE: 1, REFUSED: 19}, came_to
        assert article.editions.count() == 1
    all_holds()


def test_twenty_save_one_version_and_one_wins(line):
    article = line.draft()
    for version in range(1, 9):
        save = partial(drafts.save_article, article, by=line.people.ada, expected_version=version)
        came_to = at_once(*[partial(save, {"title": f"Title {version} of {n}"}) for n in range(20)])
        assert outcomes(came_to) == {DONE: 1, REFUSED: 19}, came_to
        article.refresh_from_db()
        assert (article.version, article.history.count()) == (version + 1, version + 1)
        winner = next(n for n, row in enumerate(came_to) if row != REFUSED)
        assert article.title == f"Title {version} of {winner}"
    all_holds()


@pytest.mark.parametrize("earlier", [0, 3])
def test_ten_articles_of_one_topic_are_published_at_once(line, earlier):
    """The feed has no gap and no number twice, and each article names the others to continue with."""
    topic = cast.make_topic(by=line.people.ada).pk
    for _ in range(earlier):
        line.publish(line.approve(line.submit(line.draft(topic_id=topic, risk_tier=1))))
    editions = [line.approve(line.submit(line.draft(topic_id=topic, risk_tier=1))) for _ in range(10)]

    came_to = at_once(*[partial(line.publish, edition) for edition in editions])

    assert outcomes(came_to) == {DONE: 10}, came_to
    assert LiveArticle.objects.count() == 10 + earlier
    all_holds()


def test_ten_articles_of_one_topic_come_and_go_at_once(line):
    topic = cast.make_topic(by=line.people.ada).pk
    approved = [line.approve(line.submit(line.draft(topic_id=topic, risk_tier=1))) for _ in range(10)]
    live = [line.publish(edition) for edition in approved[:5]]

    came_to = at_once(
        *[partial(line.publish, edition) for edition in approved[5:]], *[partial(line.withdraw, row) for row in live]
    )

    assert outcomes(came_to) == {DONE: 10}, came_to
    all_holds()


def test_two_articles_with_one_address_are_published_at_once(line):
    for n in range(5):
        first = line.draft(slug=f"twitch-{n}", risk_tier=1)
        editions = [line.approve(line.submit(first))]
        line.change(first, slug=f"elsewhere-{n}")
        editions.append(line.approve(line.submit(line.draft(slug=f"twitch-{n}", risk_tier=1))))
        came_to = at_once(*[partial(line.publish, edition) for edition in editions])
        assert outcomes(came_to) == {DONE: 1, REFUSED: 1}, came_to
    all_holds()


def test_nothing_is_published_after_an_approval_was_taken_back(line):
    order: Counter[str] = Counter()
    for _ in range(30):
        edition = line.approve(line.submit(line.draft(risk_tier=1)))
        revoke = partial(reviews.revoke, edition, by=line.people.ben, stage="medical", reason="I was wrong.")
        publish = partial(publishing.publish, edition, by=line.people.pam, expected_digest=edition.digest)

        revoked, published = outcomes_of_two(revoke, publish, edition.pk)

        assert revoked == DONE
        order["published first" if published == DONE else "revoked first"] += 1
        assert Publication.objects.filter(edition=edition).exists() == (published == DONE)
        if published == DONE:
            document = Client().get(f"/api/v1/articles/{edition.article_id}/").json()
            assert document["review"]["state"] == "approval_revoked"
    assert order["published first"], order
    assert order["revoked first"], order
    all_holds()


def outcomes_of_two(revoke: Callable[[], Any], publish: Callable[[], Any], n: int) -> tuple[Any, Any]:
    """Run both at once; which thread starts first takes turns, so that both orders come up."""
    came_to = at_once(revoke, publish) if n % 2 else at_once(publish, revoke)[::-1]
    assert set(outcomes(came_to)) <= {DONE, REFUSED}, came_to
    return (came_to[0] if came_to[0] == REFUSED else DONE), (came_to[1] if came_to[1] == REFUSED else DONE)


def test_twenty_at_the_editorial_api_get_an_answer_each(line):
    """Only 201 and clear refusals: no 500, and one effect each."""
    people = line.people
    statuses: Counter[int] = Counter()
    for _ in range(5):
        edition = line.submit(line.draft(risk_tier=1))
        line.decide(edition, people.cyd, "editorial")
        sign = {"outcome": "approve", "stage": "medical", "digest": edition.digest, "password": cast.PASSWORD}
        posts = [post(by, edition, "decisions", sign) for by in (people.ben, people.bea) for _ in range(4)]
        posts += [post(people.ada, edition, "recalls", {"reason": "Wait."}) for _ in range(6)]
        posts += [post(people.pam, edition, "publications", {"digest": edition.digest}) for _ in range(6)]

        came_to = at_once(*posts)

        assert set(came_to) <= {201, 400, 403, 409}, came_to
        assert came_to[8:].count(201) <= 1
        assert edition.decisions.count() == 1 + came_to[:8].count(201)
        assert Recall.objects.filter(edition=edition).count() == came_to[8:14].count(201)
        assert Publication.objects.filter(edition=edition).count() == came_to[14:].count(201)
        statuses += Counter(came_to)
    assert statuses[201]
    assert statuses[409]
    assert Edition.objects.count() == 5
    all_holds()


def post(by: Any, edition: Edition, what: str, body: dict[str, str]) -> Callable[[], int]:
    """Return a call that posts as a logged-in person and returns the status."""
    client = Client(raise_request_exception=False)
    client.force_login(by)
    url = f"/api/v1/editorial/editions/{edition.pk}/{what}/"
    return lambda: client.post(url, json.dumps(body), content_type="application/json").status_code
