"""JSON-LD: what stands in it, what must not, and that schema.org knows every word of it."""

import copy
import json
import re

import pytest

from publishing.jsonld import ENTITIES, jsonld, plain
from publishing.models import LiveArticle
from tests import cast
from tests.publishing import schema_org


@pytest.fixture
def document(people, line):
    """A document with something in every place that the JSON-LD has."""
    person = cast.make_contributor(by=people.ada, orcid="0000-0002-1825-0097")
    cast.make_credential(person, by=people.ada, label="Board certified", issuer="A Board")
    society = cast.make_contributor(
        by=people.ada, name="Harbour Society", kind="organization", ror="https://ror.org/02mhbdp94"
    )
    paper = cast.make_reference(by=people.ada, doi="10.1000/182", year="2024", publisher="A Press")
    leaflet = cast.make_reference(by=people.ada, year="n.d.")
    views = [
        cast.viewpoint_values(
            person, citations=[paper.pk, leaflet.pk], body="<p>One &amp; two.</p><ul><li>Three</li></ul>"
        ),
        cast.viewpoint_values(society, citations=[leaflet.pk]),
    ]
    values = {"viewpoints": views, "audience": ["Patient", "Caregiver"], "aspect": "TreatmentsHealthAspect"}
    line.publish(line.approve(line.submit(line.draft(**values))))
    document = json.loads(LiveArticle.objects.get().document)
    document["content"]["topic"]["codes"] = [
        {"system": "mesh", "code": "D005207"},
        {"system": "icd-10-cm", "code": "R25.3"},
    ]
    document["corrections"] = [
        {"type": "correction", "summary": "A number.", "at": "2026-11-20T10:00:00Z", "edition": 1}
    ]
    document["continue_learning"] = [{"id": "x", "title": "More", "html_url": "http://testserver/en/articles/more/"}]
    document["translations"] = [
        {
            "language": "de",
            "id": "y",
            "title": "Mehr",
            "html_url": "http://testserver/de/articles/mehr/",
            "is_behind": False,
        }
    ]
    return document


def node(graph, kind):
    return next(row for row in graph["@graph"] if row["@type"] == kind)


def answers(graph):
    found = node(graph, "Question").get("suggestedAnswer", [])
    return found if isinstance(found, list) else [found]


def test_schema_org_knows_every_property_and_value(document):
    assert not schema_org.faults(jsonld(document)["@graph"])


@pytest.mark.parametrize("kind", [*ENTITIES, "unheard-of"])
@pytest.mark.parametrize("state", ["current", "overdue", "expired", "approval_revoked", "emergency"])
def test_schema_org_knows_it_whatever_the_topic_and_state(document, kind, state):
    document["content"]["topic"]["kind"], document["review"]["state"] = kind, state
    assert not schema_org.faults(jsonld(document)["@graph"])


def test_the_table_is_used_to_the_last_row(document):
    used, types = set(), set()
    for kind in ENTITIES:
        document["content"]["topic"]["kind"] = kind
        for row in schema_org._inside(jsonld(document)):
            used |= {key for key in row if not key.startswith("@")}
            types |= {row["@type"]} if "@type" in row else set()
    assert used == set(schema_org.PROPERTIES)
    assert types == set(schema_org.TYPES)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("Question", {"lastReviewed": "2026-11-20"}),
        ("MedicalWebPage", {"lastReviewed": ["2026-11-20T10:00:00Z"]}),
        ("MedicalWebPage", {"disclaimer": "Ask."}),
        ("MedicalWebPage", {"hasHealthAspect": "https://schema.org/CausesHealthAspect"}),
        ("MedicalWebPage", {"reviewedBy": {"@id": "http://testserver/nobody"}}),
        ("Person", {"medicalSpecialty": "https://schema.org/Neurologic"}),
        ("Person", {"@type": "Physician"}),
        ("BreadcrumbList", {"itemListElement": {"@type": "ListItem", "item": "http://x.y"}}),
    ],
)
def test_the_table_finds_the_usual_mistakes(document, kind, wrong):
    graph = jsonld(document)["@graph"]
    next(row for row in schema_org._inside(graph) if row.get("@type") == kind).update(wrong)
    assert schema_org.faults(graph)


def test_viewpoints_are_suggested_answers_in_their_order(document):
    graph = jsonld(document)
    shown = answers(graph)
    assert [row["position"] for row in shown] == [1, 2]
    assert shown[0]["text"] == "One & two.\nThree"
    assert node(graph, "Question")["answerCount"] == 2
    text = json.dumps(graph)
    for never in ("acceptedAnswer", "QAPage", "FAQPage", "upvoteCount", "reviewRating", '"Physician"'):
        assert never not in text


def test_a_viewpoint_that_was_taken_back_says_nothing(document):
    document["content"]["viewpoints"][0]["withdrawn_on"] = "2026-11-20"
    graph = jsonld(document)
    assert len(answers(graph)) == 1
    assert "One & two" not in json.dumps(graph)
    assert document["content"]["viewpoints"][0]["contributors"][0]["id"] not in json.dumps(graph)
    assert not schema_org.faults(graph["@graph"])


def test_reviewers_and_dates_are_those_of_the_review(document):
    page = node(jsonld(document), "MedicalWebPage")
    assert page["lastReviewed"] == document["review"]["last_reviewed"]
    assert page["expires"] == document["review"]["next_review_due"]
    assert len(page["reviewedBy"]) == len(document["review"]["reviewed_by"])
    document["review"]["state"] = "emergency"
    page = node(jsonld(document), "MedicalWebPage")
    assert not {"reviewedBy", "lastReviewed", "expires"} & set(page)
    document["review"]["state"] = "expired"
    assert node(jsonld(document), "MedicalWebPage")["creativeWorkStatus"] == "Obsolete"


def test_people_carry_their_identifiers_and_organizations_theirs(document):
    graph = jsonld(document)
    person = next(row for row in graph["@graph"] if row["@type"] == "Person" and "sameAs" in row)
    assert person["sameAs"] == "https://orcid.org/0000-0002-1825-0097"
    society = next(row for row in graph["@graph"] if row.get("name") == "Harbour Society")
    assert (society["@type"], society["sameAs"]) == ("Organization", "https://ror.org/02mhbdp94")


def test_nothing_empty_is_emitted_and_the_document_is_not_touched(document):
    before = copy.deepcopy(document)
    assert jsonld(document) == jsonld(document)
    assert document == before
    for row in schema_org._inside(jsonld(document)):
        assert not [key for key, value in row.items() if value in ("", [], None)]


def test_the_page_carries_exactly_this_graph(api, document):
    html = api.get(f"/en/articles/{document['slug']}/").content.decode()
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1]
    assert json.loads(script) == jsonld(json.loads(LiveArticle.objects.get().document))


def test_words_cannot_end_the_script(line, api):
    title = "</script><script>alert(1)</script><!-- & \u2028"
    publication = line.publish(line.approve(line.submit(line.draft(title=title, summary=title))))
    html = api.get(f"/en/articles/{publication.article.slug}/").content.decode()
    assert html.count("<script") == html.count("</script") == 1
    graph = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)[1])
    assert node(graph, "Question")["name"] == publication.edition.content["title"]


def test_plain_text_of_html():
    assert (
        plain("<h3>A</h3><p>b <em>c</em><br>d&lt;e</p><table><tbody><tr><td>f</td></tr></tbody></table>")
        == "A\nb c\nd<e\nf"
    )
