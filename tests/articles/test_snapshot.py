"""The snapshot: the same draft gives the same bytes, on every database, in a constant number of queries."""

from datetime import date
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.actions import save_article
from articles.history import write
from articles.models import (
    DRAFT_MODELS,
    Article,
    Contributor,
    Credential,
    Disclosure,
    Interest,
    Reference,
    Topic,
    TopicCode,
    Viewpoint,
    ViewpointContributor,
)
from articles.snapshot import canonical, digest_of, snapshot
from tests import cast

#: The digest of `golden_article`, on every engine and for ever: a change of it is a change of `article/1`.
GOLDEN = "sha256:9fa49a9a9ee0f4467964a6294db1599cf531babefbb746420d3828a9c42788b9"


def number(n):
    return UUID(int=n)


def golden_article(by):
    """An article with fixed ids and dates in several scripts, written in an order that is not its own."""
    topic = write(
        Topic(
            pk=number(1),
            name="Fascikulation \u2013 Zuckungen",
            slug="fasciculation",
            kind="symptom",
            specialty="Neurologic",
            also_called=["筋線維束性収縮", "ارتعاش عضلي", "Mu\u0308skelzucken"],
        ),
        by=by,
    )
    for n, (system, code) in enumerate([("mesh", "D005207"), ("icd-10-cm", "R25.3")]):
        write(TopicCode(pk=number(10 + n), topic=topic, system=system, code=code), by=by)
    people = [
        write(
            Contributor(pk=number(20), name="Zoe\u0308 Núñez", affiliation="東京大学", bio="Private.", lay=False), by=by
        ),
        write(Contributor(pk=number(21), name="דנה כהן", lay=True), by=by),
    ]
    for n, label in ((31, "Neurologist"), (30, "Consultant \U0001f9e0")):
        credential = Credential(pk=number(n), contributor=people[0], label=label, profession="physician")
        credential.number, credential.verified_on = "LICENCE-123", date(2026, 1, 11)
        write(credential, by=by)
    for n, day in ((41, date(2025, 1, 1)), (40, date(2026, 5, 1))):
        disclosure = Disclosure(pk=number(n), contributor=people[0], status="interests_declared", as_of=day)
        write(disclosure, by=by)
        interest = Interest(pk=number(n + 10), disclosure=disclosure, item="consulting_fees", entity=f"Firm {n}")
        write(interest, by=by)
    sources = [
        write(Reference(pk=number(60 + n), title=title, year="2024", status="ok"), by=by)
        for n, title in enumerate(["Leitlinie für Ärzte", "筋肉のけいれん", "Unused"])
    ]
    disclaimer = cast.make_disclaimer(by=by, id=number(70), text="Not advice.\r\nSee a doctor \U0001f3e5.")
    views = [
        {
            "id": number(80),
            "heading": "رأي الطبيب",
            "body": "<p>5 µg ≠ 5 mg &amp; cafe\u0301 <em>\U0001f600</em></p>",
            "contributors": [{"contributor_id": row.pk, "role": "author"} for row in reversed(people)],
            "citations": [sources[1].pk, sources[0].pk],
        },
        {
            "id": number(79),
            "heading": "Γνώμη",
            "perspective": "lived_experience",
            "certainty": "low",
            "body": "One line\n\nAnother < line",
            "contributors": [{"contributor_id": people[1].pk, "role": "author"}],
            "citations": [sources[0].pk],
        },
    ]
    values = {
        "topic_id": topic.pk,
        "title": "Wie behandelt man Zuckungen? \u2764\ufe0f",
        "language": "de",
        "audience": ["Patient", "Caregiver"],
        "summary": "Kurz.\r\nUnd gut.",
        "synthesis": "<p>Ἀμφότεροι συμφωνοῦσιν.</p>",
        "disclaimers": [disclaimer.pk],
        "viewpoints": views,
    }
    return save_article(Article(pk=number(100)), values, by=by)


def test_the_golden_article_has_the_same_digest_on_every_engine(people):
    article = Article.objects.get(pk=golden_article(people.ada).pk)
    content = snapshot(article)
    assert [row["title"] for row in content["references"]] == ["筋肉のけいれん", "Leitlinie für Ärzte"]
    assert [row["citations"] for row in content["viewpoints"]] == [["ref-1", "ref-2"], ["ref-2"]]
    assert digest_of(content) == GOLDEN


def test_the_snapshot_is_pure(people, line):
    article = Article.objects.get(pk=line.draft().pk)
    before = [model.history.count() for model in DRAFT_MODELS]
    with CaptureQueriesContext(connection) as queries:
        once = canonical(snapshot(article))
    assert not [row["sql"] for row in queries if not row["sql"].startswith("SELECT")]
    assert canonical(snapshot(article)) == canonical(snapshot(Article.objects.get(pk=article.pk))) == once
    assert [model.history.count() for model in DRAFT_MODELS] == before


def test_it_takes_the_same_number_of_queries_whatever_the_size(people, line):
    counts = []
    for viewpoints in (1, 60):
        parts = [
            cast.viewpoint_values(
                cast.make_contributor(by=people.ada), citations=[cast.make_reference(by=people.ada).pk]
            )
            for _ in range(viewpoints)
        ]
        article = Article.objects.get(pk=line.draft(viewpoints=parts).pk)
        with CaptureQueriesContext(connection) as queries:
            assert len(snapshot(article)["viewpoints"]) == viewpoints
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_everything_stands_in_the_order_of_position_not_of_insertion(people, line):
    names = [cast.make_contributor(by=people.ada, name=name) for name in ("Cy", "Al", "Bo")]
    sources = [cast.make_reference(by=people.ada, title=title) for title in ("Z", "Y", "X")]
    notes = [cast.make_disclaimer(by=people.ada, kind=kind) for kind in ("opinion", "emergency", "mixed_authorship")]
    parts = [cast.viewpoint_values(*names, heading=heading, citations=sources) for heading in "cab"]
    for part in parts:
        part["citations"] = [row.pk for row in sources]
    article = line.draft(viewpoints=parts, disclaimers=[row.pk for row in notes])
    kept = {row.heading: str(row.pk) for row in article.viewpoints.all()}
    for n, part in enumerate(parts):
        part["id"] = kept[part["heading"]]
        part["contributors"] = part["contributors"][n:] + part["contributors"][:n]
        part["citations"] = part["citations"][::-1]
    line.change(article, viewpoints=parts[::-1], disclaimers=[row.pk for row in notes][::-1])
    content = snapshot(Article.objects.get(pk=article.pk))
    assert [row["heading"] for row in content["viewpoints"]] == ["b", "a", "c"]
    assert [row["name"] for row in content["viewpoints"][0]["contributors"]] == ["Bo", "Cy", "Al"]
    assert [row["title"] for row in content["references"]] == ["X", "Y", "Z"]
    assert [row["kind"] for row in content["disclaimers"]] == ["mixed_authorship", "emergency", "opinion"]


def test_licence_numbers_and_biographies_are_not_in_it(people):
    content = canonical(snapshot(golden_article(people.ada))).decode()
    assert "LICENCE-123" not in content
    assert "Private." not in content


def test_what_is_stored_past_the_fields_is_cleaned_when_frozen(people, line):
    """Not even rows written by raw SQL bring a script into an edition."""
    article = line.draft()
    with connection.cursor() as cursor:
        table = Viewpoint._meta.db_table
        cursor.execute(f"UPDATE {table} SET body = '<p>x<script>y</script></p>', heading = 'e' || %s", ["\u0301"])
    content = snapshot(Article.objects.get(pk=article.pk))
    assert {row["body_html"] for row in content["viewpoints"]} == {"<p>x</p>"}
    assert {row["heading"] for row in content["viewpoints"]} == {"\u00e9"}


def test_the_newest_disclosure_counts_and_none_is_not_asked(people, line):
    article = golden_article(people.ada)
    shown = {
        row["name"]: row["disclosure"]
        for viewpoint in snapshot(article)["viewpoints"]
        for row in viewpoint["contributors"]
    }
    assert shown["דנה כהן"] == {"status": "not_asked", "as_of": "", "interests": []}
    interests = [{"item": "consulting_fees", "entity": "Firm 40", "note": ""}]
    assert shown["Zoë Núñez"] == {"status": "interests_declared", "as_of": "2026-05-01", "interests": interests}


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        (Contributor, "name", "Another Name"),
        (Contributor, "affiliation", "Elsewhere"),
        (Credential, "label", "Retired"),
        (Disclosure, "status", "refused"),
        (Reference, "status", "retracted"),
        (Topic, "name", "Another topic"),
        (Viewpoint, "certainty", "high"),
        (ViewpointContributor, "role", "editor"),
    ],
)
def test_a_change_of_any_shown_part_changes_the_digest(people, line, model, name, value):
    article = line.draft()
    before = digest_of(snapshot(Article.objects.get(pk=article.pk)))
    model.objects.filter(**_of(article, model)).update(**{name: value})
    assert digest_of(snapshot(Article.objects.get(pk=article.pk))) != before


def _of(article, model):
    spoken = {"viewpoint_contributors__viewpoint__article": article}
    paths = {
        Contributor: spoken,
        Credential: {"contributor__" + key: value for key, value in spoken.items()},
        Disclosure: {"contributor__" + key: value for key, value in spoken.items()},
        Reference: {"citations__viewpoint__article": article},
        Topic: {"articles": article},
        Viewpoint: {"article": article},
        ViewpointContributor: {"viewpoint__article": article},
    }
    pk = model.objects.filter(**paths[model]).values_list("pk", flat=True).first()
    return {"pk": pk}
