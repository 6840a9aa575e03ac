"""The public store: derived rows, whose links form a ring in each topic, whatever was published and withdrawn."""

import json
import random
from uuid import UUID, uuid4

import pytest
from django.db.models import BigAutoField
from django.utils import timezone

from articles.history import write
from articles.models import Article
from articles.snapshot import digest_of
from publishing import neighbours, rebuild, store
from publishing.models import Address, Change, LiveArticle, LiveEdition, LiveTopic, Publication, Tombstone, Withdrawal
from reviews import actions
from reviews.models import Decision, Edition
from tests import cast


def shelve(like, count):
    """Put `count` more articles into the store beside a publication, with everything that the guards ask for."""
    return [stand(like, uuid4(), f"Shelved {n}?") for n in range(count)]


def stand(like, pk, title, *, topic=None, signed_at=None):
    """Publish an article, or the next edition of one, made of the parts of another publication.

    `signed_at`: when its approvals were signed, by default when those of the other were.
    """
    article = Article.objects.filter(pk=pk).first()
    if article is None:
        values = {"topic": like.article.topic, "owner": like.article.owner, "slug": f"shelved-{pk}", "title": title}
        article = write(Article(pk=pk, **values), by=like.article.owner)
    content = like.edition.content | {"title": title} | ({"topic": topic} if topic else {})
    number = article.editions.count() + 1
    same = {
        name: getattr(like.edition, name) for name in ("schema", "language", "touched_by", "policy", "change_class")
    }
    now = timezone.now()
    edition = Edition.objects.create(
        **same,
        article=article,
        number=number,
        content=content,
        digest=digest_of(content),
        slug=article.slug,
        submitted_by=like.edition.submitted_by,
        submitted_at=now,
    )
    decisions = list(like.edition.decisions.filter(outcome="approve"))
    for row in decisions:
        row.pk, row.edition, row.digest = None, edition, edition.digest
        row.signed_at = signed_at or row.signed_at
    Decision.objects.bulk_create(decisions)
    publication = Publication.objects.create(
        article=article,
        seq=article.publications.count() + 1,
        edition=edition,
        digest=edition.digest,
        change="substantive",
        **cast.correction(edition),
        published_by=like.published_by,
        published_at=now,
    )
    if publication.seq == 1:
        same = {"language": edition.language, "slug": edition.slug}
        Address.objects.create(article=article, by=like.published_by, at=now, **same)
    store.show(publication, cause="published", at=now)
    return publication


def fall(publication):
    now = timezone.now()
    values = {"kind": "withdrawn", "reason": "Out of date.", "by": publication.published_by, "at": now}
    store.hide(publication, Withdrawal.objects.create(publication=publication, **values), at=now)


def links():
    return {row.pk: json.loads(row.document)["continue_learning"] for row in LiveArticle.objects.all()}


def assert_ring():
    """Every live article links to min(5, n-1) others of its topic, is linked from as many, as computed from all."""
    shown = links()
    for topic in set(LiveArticle.objects.values_list("topic_id", flat=True)):
        rows = LiveArticle.objects.filter(topic_id=topic).values_list("pk", "title", "language", "slug")
        count = min(neighbours.LINKS, len(rows) - 1)
        links_of = {row[0]: neighbours.link(*row) for row in rows}
        for pk, wanted in neighbours.links_among(links_of).items():
            assert shown[pk] == wanted
            ids = [row["id"] for row in wanted]
            assert len(set(ids) - {str(pk)}) == len(ids) == count
        targets = [row["id"] for pk, *_ in rows for row in shown[pk]]
        assert all(targets.count(str(pk)) == count for pk, *_ in rows)


@pytest.mark.parametrize("seed", range(3))
def test_the_ring_holds_after_any_publications_and_withdrawals(line, seed):
    chance = random.Random(seed)
    first = line.publish()
    home = first.edition.content["topic"]
    other = home | {"id": str(uuid4()), "slug": "another-topic", "name": "Another topic"}
    live, pks = {first.article_id: first}, [UUID(int=chance.getrandbits(128)) for _ in range(22)]
    for n in range(36):
        pk = chance.choice([*pks, *live])
        if pk in live and chance.random() < 0.4:
            fall(live.pop(pk))
        else:
            topic = chance.choice([home, home, home, other])
            live[pk] = stand(first, pk, f"Title {chance.randint(1, 3)} of {pk}", topic=topic)
        if n % 9 == 8:
            assert_ring()
            assert set(links()) == set(live)
    assert_ring()
    assert list(Change.objects.values_list("seq", flat=True)) == list(range(1, Change.objects.count() + 1))
    assert_as_rebuilt()


def assert_as_rebuilt():
    """The store holds what the facts give."""
    for model, rows in (
        (LiveArticle, rebuild.live_articles()),
        (LiveEdition, rebuild.live_editions()),
        (LiveTopic, rebuild.live_topics()),
        (Tombstone, rebuild.tombstones()),
    ):
        wanted = [_values(row) for row in rows]
        stored = [_values(row) for row in model.objects.all()]
        assert len(stored) == len(wanted), model
        assert all(row in wanted for row in stored), model


def _values(row):
    return {field.name: getattr(row, field.name) for field in row._meta.fields if not isinstance(field, BigAutoField)}


def test_neighbours_move_only_where_their_links_changed(line):
    first = line.publish()
    pks = sorted([UUID(int=n << 64) for n in range(1, 20)])
    for pk in pks:
        stand(first, pk, f"Title of {pk}")
    before = {row.pk: (row.etag, row.seq) for row in LiveArticle.objects.all()}
    shown, last = links(), Change.objects.count()

    new = UUID(int=(10 << 64) + 1)
    stand(first, new, "The newcomer")

    after = {row.pk: (row.etag, row.seq) for row in LiveArticle.objects.all()}
    moved = {pk for pk in before if after[pk] != before[pk]}
    assert moved == {pk for pk, wanted in links().items() if pk != new and wanted != shown[pk]} == set(pks[5:10])
    changes = list(Change.objects.filter(seq__gt=last).values_list("key", "cause"))
    assert sorted(changes) == sorted([(str(new), "published"), *((str(pk), "dependency") for pk in moved)])


def test_a_new_edition_with_the_same_title_moves_no_neighbour(line):
    first = line.publish()
    others = shelve(first, 8)
    before = dict(LiveArticle.objects.values_list("pk", "etag"))
    stand(first, others[3].article_id, "Shelved 3?")
    after = dict(LiveArticle.objects.values_list("pk", "etag"))
    assert [pk for pk in before if after[pk] != before[pk]] == [others[3].article_id]
    stand(first, others[3].article_id, "A new title?")
    changed = [pk for pk, etag in LiveArticle.objects.values_list("pk", "etag") if etag != after[pk]]
    assert len(changed) == 1 + neighbours.LINKS


def test_languages_do_not_link_to_each_other(people, line):
    first = line.publish()
    german = line.draft(topic_id=first.article.topic_id, language="de")
    line.publish(line.approve(line.submit(german)))
    assert links() == {first.article_id: [], german.pk: []}


def test_the_store_is_what_a_rebuild_gives_after_every_kind_of_change(people, line):
    first = line.publish()
    topic = first.article.topic_id
    second = line.publish(line.approve(line.submit(line.draft(topic_id=topic))))
    line.publish(line.approve(line.submit(line.change(first.article, title="Another title?"))))
    actions.revoke(second.edition, by=people.ben, stage="medical", reason="A number")
    third = line.publish()
    line.withdraw(third, kind="vanished")
    line.withdraw(second, replacement=first.article)
    line.publish(line.approve(line.submit(line.change(second.article))))
    assert_as_rebuilt()
    cast.take_guards_down()
    rebuild.rebuild()
    assert_as_rebuilt()
