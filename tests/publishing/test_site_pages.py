"""Home, topics, topic, contributor, corrections and how we review: what they show, and what they refuse."""

import json
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from publishing.models import LiveArticle, LiveContributor, LiveCorrection, LivePage, LiveTopic, LiveUse
from publishing.pages import contributors, topics
from tests import cast
from tests.publishing.markup import faults


@pytest.fixture
def article(line):
    return line.publish().article


def speakers(article):
    document = json.loads(LiveArticle.objects.get(pk=article.pk).document)
    return [row["contributors"][0] for row in document["content"]["viewpoints"]]


def lists(article):
    return [
        "/",
        "/en/topics/",
        "/en/topics/?letter=M",
        "/en/topics/?specialty=Neurologic",
        f"/en/topics/{article.topic.slug}/",
        f"/en/contributors/{speakers(article)[0]['id']}/",
        "/en/search/?q=twitch",
        "/en/search/?q=twich",
        "/en/search/?q=zzzz",
        "/en/search/",
        "/en/corrections/",
        "/en/how-we-review/",
    ]


def every_page(article):
    base = f"/en/articles/{article.slug}/"
    return [*lists(article), base, f"{base}editions/1/certificate/", f"{base}editions/1/changes/"]


def again(line, article, **values):
    return line.publish(line.approve(line.submit(line.change(article, **values))))


def test_every_page_is_sound_html(line, api, article):
    again(line, article, title="What makes a muscle twitch?")
    line.withdraw(gone := line.publish())
    pages = [*every_page(article), f"/en/articles/{article.slug}/editions/2/changes/"]
    for page in (*pages, f"/en/articles/{gone.article.slug}/", "/nothing/", "/en/topics/?x=1"):
        assert not faults(api.get(page).content.decode()), page


def test_every_page_answers_with_six_queries_at_most(line, api, article):
    for _ in range(2):
        line.publish(line.approve(line.submit(line.draft(topic_id=article.topic_id))))
    for page in every_page(article):
        with CaptureQueriesContext(connection) as queries:
            assert api.get(page).status_code == 200, page
        assert len(queries) <= 6, (page, [row["sql"][:90] for row in queries])


def test_every_page_has_a_strong_etag_and_answers_304(api, article):
    for page in every_page(article):
        first = api.get(page)
        assert first["ETag"].startswith('"'), page
        again = api.get(page, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b""), page
        assert ("private" if "/search/" in page else "public") in first["Cache-Control"], page


@pytest.mark.parametrize(
    "query",
    ["?x=1", "?letter=A&letter=B", "?letter=AB", "?letter=a", "?letter=", "?specialty=Magic", "?specialty=%00", "?cursor=x",
     "?cursor=W10", "?cursor=WyJhZnRlciIsImEiLCJiIl0", "?letter=%ff", "?letter=%ed%a0%80", "?cursor=WyJhZnRlciIsIlx1MDAwMCIsImIiXQ",
     "?&".ljust(300, "&") + "a=1", "?topic__name=x", "?preview=1"],
)  # fmt: skip
def test_a_parameter_that_is_not_in_the_grammar_is_a_400_page(api, article, query):
    response = api.get(f"/en/topics/{query}")
    assert response.status_code == 400
    assert "This address is not right" in response.content.decode()
    assert not faults(response.content.decode())


@pytest.mark.parametrize(
    "path", ["/", "/en/how-we-review/", "/en/corrections/", "/feeds/articles.atom", "/sitemap.xml"]
)
def test_no_page_takes_a_parameter_that_it_does_not_know(api, article, path):
    assert api.get(f"{path}?draft=1").status_code == 400


def test_home_counts_topics_by_letter_and_by_specialty(people, line, api, article):
    topic = cast.make_topic(by=people.ada, name="Éclampsia", specialty="Obstetric")
    line.publish(line.approve(line.submit(line.draft(topic_id=topic.pk, risk_tier=1))))
    html = api.get("/").content.decode()
    assert 'href="/en/topics/?letter=M"' in html
    assert 'href="/en/topics/?letter=E"' in html
    assert re.search(r'\?specialty=Obstetric">Obstetric</a> <span class="count">1<', html)
    assert html.index("home-search") < html.index("Topics by letter")
    assert "masthead-search" not in html


def test_a_topic_is_found_under_its_letter_and_its_specialty_only(people, line, api, article):
    topic = cast.make_topic(by=people.ada, name="Asthma", slug="asthma", specialty="Pulmonary", also_called=["wheeze"])
    line.publish(line.approve(line.submit(line.draft(topic_id=topic.pk, risk_tier=1))))
    for query, is_there in (
        ("", 1),
        ("letter=A", 1),
        ("letter=M", 0),
        ("specialty=Pulmonary", 1),
        ("specialty=Renal", 0),
    ):
        html = api.get(f"/en/topics/?{query}").content.decode()
        assert ('href="/en/topics/asthma/"' in html) == is_there, query
        assert ("also called wheeze" in html) == is_there
    assert "1 article<" in api.get("/en/topics/?letter=A").content.decode()


def test_long_lists_are_paged_forth_and_back(line, api, article, monkeypatch):
    monkeypatch.setattr(topics, "LISTED", 2)
    for _ in range(4):
        line.publish()
    seen, path = [], "/en/topics/?letter=M"
    for _ in range(3):
        html = api.get(path).content.decode()
        seen.append(re.findall(r'href="(/en/topics/[a-z0-9-]+/)"', html))
        found = re.search(r'href="(\?[^"]*)" rel="next"', html)
        path = f"/en/topics/{found[1]}".replace("&amp;", "&") if found else path
    assert [len(row) for row in seen] == [2, 2, 1]
    assert len({name for row in seen for name in row}) == 5
    back = re.search(r'href="(\?[^"]*)" rel="prev"', html)[1].replace("&amp;", "&")
    assert re.findall(r'href="(/en/topics/[a-z0-9-]+/)"', api.get(f"/en/topics/{back}").content.decode()) == seen[1]


def test_a_topic_shows_its_articles_by_aspect_and_its_neighbours(people, line, api, article):
    line.publish(line.approve(line.submit(line.draft(topic_id=article.topic_id, aspect="TreatmentsHealthAspect"))))
    other = line.publish().article
    html = api.get(f"/en/topics/{article.topic.slug}/").content.decode()
    assert html.index("Overview" if article.aspect.startswith("Overview") else "Treatments") > 0
    assert 'id="group-TreatmentsHealthAspect"' in html
    assert "Also called" in html
    assert "Continue learning about neurologic topics" in html
    assert f'href="/en/topics/{other.topic.slug}/"' in html


def test_a_topic_of_a_hundred_articles_takes_no_more_queries(line, api, article):
    row = LiveArticle.objects.get()
    cards = [json.loads(row.card) | {"title": f"Question {n}?", "slug": f"question-{n}"} for n in range(100)]
    with CaptureQueriesContext(connection) as queries:
        api.get(f"/en/topics/{article.topic.slug}/")
    assert len(queries) <= 6
    shown = topics._by_aspect(cards)
    assert sum(len(group["articles"]) for group in shown) == 100


def test_a_contributor_page_says_who_checked_what_and_what_they_said(api, article):
    person = speakers(article)[0]
    html = api.get(f"/en/contributors/{person['id']}/").content.decode()
    credential = person["credentials"][0]
    assert credential["label"] in html
    assert "Checked by Medical register on" in html
    assert f'<time datetime="{credential["verified_on"]}">' in html
    assert "Nothing to disclose" in html
    assert article.title in html
    assert re.search(rf'href="/en/articles/{article.slug}/#viewpoint-[0-9a-f-]+"', html)


def test_an_organization_of_many_articles_is_paged(people, line, api, monkeypatch):
    monkeypatch.setattr(contributors, "LISTED", 2)
    person = cast.make_contributor(by=people.ada, name="Harbour Society", kind="organization")
    for _ in range(3):
        line.publish(
            line.approve(line.submit(line.draft(viewpoints=[cast.viewpoint_values(person), *_others(people)])))
        )
    path = f"/en/contributors/{person.pk}/"
    first = api.get(path).content.decode()
    assert "Organization" in first
    assert "in 3 articles" in first
    assert first.count("#viewpoint-") == 2
    second = api.get(path + re.search(r'href="(\?[^"]*)" rel="next"', first)[1]).content.decode()
    assert second.count("#viewpoint-") == 1


def _others(people):
    return [cast.viewpoint_values(cast.make_contributor(by=people.ada))]


def test_an_unknown_contributor_is_a_404_page(api, article):
    assert api.get(f"/en/contributors/{uuid4()}/").status_code == 404
    assert api.get("/en/contributors/x/").status_code == 404
    assert api.get(f"/de/contributors/{speakers(article)[0]['id']}/").status_code == 404


def test_a_withdrawn_article_is_on_no_list(line, api):
    publication = line.publish()
    person = speakers(publication.article)[0]
    slug = publication.article.slug
    line.withdraw(publication)
    assert api.get(f"/en/contributors/{person['id']}/").status_code == 404
    for page in ("/", "/en/topics/", "/en/search/?q=twitch", "/sitemaps/pages-1.xml", "/feeds/articles.atom"):
        html = api.get(page).content.decode()
        assert slug not in html
        assert publication.article.title not in html


def test_a_language_without_articles_has_no_pages(api, article):
    for page in ("topics", "search", "corrections", "how-we-review"):
        assert api.get(f"/de/{page}/").status_code == 404
        assert api.get(f"/en/{page}/").status_code == 200


def test_how_we_review_is_made_from_the_policies(api, article):
    policy = cast.Edition.objects.get().policy
    LivePage.objects.update_or_create(key="policies", defaults={"document": json.dumps({"policies": [policy]})})
    html = api.get("/en/how-we-review/").content.decode()
    assert policy["name"] in html
    assert f"{policy['validity_months']} months" in html
    for stage in policy["stages"]:
        assert stage["label"] in html
    LivePage.objects.all().delete()
    assert "not published here yet" in api.get("/en/how-we-review/").content.decode()


def test_corrections_are_told_newest_first(line, api, article):
    values = {"correction_kind": "clarification", "correction_summary": "Said <more> carefully."}
    line.publish(line.approve(line.submit(line.change(article))), **values)
    gone = line.publish()
    line.withdraw(gone)
    html = api.get("/en/corrections/").content.decode()
    assert "Said &lt;more&gt; carefully." in html
    assert html.index("An article that was withdrawn") < html.index("Clarification")
    assert gone.article.title not in html
    assert LiveCorrection.objects.count() == 2


def test_the_404_page_helps_on(api, db):
    html = api.get("/en/articles/nothing/").content.decode()
    assert 'action="/en/search/"' in html
    assert 'href="/en/topics/"' in html


def test_the_store_rows_that_the_pages_read_exist(article):
    assert LiveTopic.objects.get().letter == "M"
    assert LiveContributor.objects.count() == LiveUse.objects.filter(kind="contributor").count() == 2
