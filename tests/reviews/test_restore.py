"""Any edition can be copied back into the draft, which goes on from there under the names of its authors."""

from articles.actions import archive
from articles.models import Viewpoint
from articles.snapshot import snapshot
from reviews import actions
from reviews.models import Event
from tests import cast
from tests.refusal import denied, refused
from tests.reviews.test_decide import tamper


def test_the_draft_becomes_what_the_edition_says(people, line):
    first = line.publish().edition
    parts = [cast.viewpoint_values(cast.make_contributor(by=people.ada))]
    line.change(first.article, title="Another question?", viewpoints=parts, disclaimers=[], see_doctor="")
    article = actions.restore(first, by=people.cyd, reason="The big rewrite waits")
    assert snapshot(article) == first.content
    assert article.version == 3
    event = Event.objects.latest("seq")
    assert (event.action, event.actor, event.payload["draft_version"]) == ("edition.restored", people.cyd, 3)
    assert event.payload["reason"] == "The big rewrite waits"


def test_a_restored_viewpoint_keeps_its_uuid(people, line):
    edition = line.submit()
    ids = [row["id"] for row in edition.content["viewpoints"]]
    line.change(edition.article, viewpoints=[])
    actions.restore(edition, by=people.ada, reason="A mistake")
    assert [str(row.pk) for row in Viewpoint.objects.filter(article=edition.article)] == ids
    types = Viewpoint.history.filter(id=ids[0]).order_by("history_id").values_list("history_type", flat=True)
    assert list(types) == ["+", "-", "+"]


def test_restoring_what_is_there_changes_nothing_but_is_recorded(people, line):
    edition = line.submit()
    assert actions.restore(edition, by=people.cyd, reason="To be sure").version == 1
    assert Event.objects.latest("seq").action == "edition.restored"


def test_shared_records_are_named_not_rewritten(people, line):
    edition = line.submit()
    person = edition.content["viewpoints"][0]["contributors"][0]
    contributor = cast.Contributor.objects.get(pk=person["id"])
    contributor.affiliation = "Elsewhere"
    cast.write(contributor, by=people.cyd)
    restored = actions.restore(edition, by=people.ada, reason="Back")
    assert snapshot(restored)["viewpoints"][0]["contributors"][0]["affiliation"] == "Elsewhere"


def test_only_who_may_edit_restores(people, line):
    edition = line.submit()
    for person in (people.dot, people.ben, people.pam):
        with denied("change this article"):
            actions.restore(edition, by=person, reason="Bored")


def test_a_restoration_needs_a_reason(people, line):
    edition = line.submit()
    with refused("reason_missing"):
        actions.restore(edition, by=people.ada, reason=" ")


def test_an_archived_article_is_not_restored_into(people, line):
    edition = line.submit()
    archive(edition.article, by=people.ada, reason="Unused")
    with refused("archived"):
        actions.restore(edition, by=people.ada, reason="Back")


def test_an_edition_that_was_tampered_with_is_not_restored(people, line):
    edition = line.submit()
    tamper(edition)
    edition.refresh_from_db()
    with refused("digest_mismatch"):
        actions.restore(edition, by=people.ada, reason="Back")
