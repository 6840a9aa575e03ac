"""Search: what is found in which order, spelling, facets, and what nobody can break it with. On both databases."""

import json
import re
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from publishing import search, search_index
from publishing.models import LiveArticle
from tests import cast
from tests.publishing.markup import faults


@pytest.fixture(autouse=True)
def no_words_of_another_test():
    search._vocabulary.cache_clear()


@pytest.fixture
def publish(people, line):
    """Publish an article about a topic."""

    def publish(title, topic="Some topic", *, specialty="Neurologic", body="Nothing of note is said here.", **values):
        slug = re.sub("[^a-z]+", "-", topic.lower())
        found = cast.Topic.objects.filter(name=topic).first()
        found = found or cast.make_topic(
            by=people.ada, name=topic, slug=slug, specialty=specialty, also_called=values.pop("also_called", [])
        )
        person = cast.make_contributor(by=people.ada)
        views = [cast.viewpoint_values(person, heading=f"A view on {title}", body=f"<p>{body}</p>")]
        values = {
            "viewpoints": views,
            "summary": "A summary.",
            "see_doctor": "<p>Ask.</p>",
            "synthesis": "<p>One.</p>",
        } | values
        draft = line.draft(title=title, topic_id=found.pk, risk_tier=1, **values)
        return line.publish(line.approve(line.submit(draft))).article

    return publish


def titles(found):
    return [json.loads(hit.card)["title"] for hit in found.hits]


def find(query, **changes):
    return search.search(query, language="en", **changes)


def test_a_misspelt_word_finds_what_was_meant(api, publish):
    publish("How are they treated?", "Fasciculation")
    publish("What is a cramp?", "Cramps")
    found = find("fasiculation")
    assert (found.corrected, titles(found)) == ("fasciculation", ["How are they treated?"])
    html = api.get("/en/search/?q=fasiculation").content.decode()
    assert "Showing results for <strong>fasciculation</strong>" in html
    assert 'href="?q=fasiculation&amp;exactly=yes"' in html
    exactly = api.get("/en/search/?q=fasiculation&exactly=yes").content.decode()
    assert "Nothing was found" in exactly
    assert "Showing results" not in exactly


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("athsma", "asthma"), ("pnemonia", "pneumonia"), ("newmonia", "pneumonia"), ("diabetis", "diabetes"),
     ("meniere", "Ménière disease"), ("MÉNIÈRE", "Ménière disease"), ("wheezing", "asthma"), ("diabete", "diabetes")],
)  # fmt: skip
def test_what_people_type_finds_the_topic(publish, typed, meant):
    for topic in ("asthma", "pneumonia", "diabetes", "Ménière disease"):
        publish(f"What is {topic}?", topic, also_called=["wheeze"] if topic == "asthma" else [])
    assert titles(find(typed)) == [f"What is {meant}?"]


def test_a_right_word_is_never_corrected(publish):
    publish("What is asthma?", "Asthma")
    publish("A word in the text only", body="Quinine is one of them.")
    assert find("quinine").corrected == ""
    assert titles(find("quinine")) == ["A word in the text only"]
    assert find("asthma").corrected == ""


def test_titles_come_before_names_and_names_before_text(publish):
    publish("In the text", body="Magnesium is said once among many other words that matter less.")
    publish("By its other name", "Mineral", also_called=["magnesium"])
    publish("Does magnesium help?", "Cramps at night")
    assert titles(find("magnesium")) == ["Does magnesium help?", "By its other name", "In the text"]


def test_all_words_have_to_be_there_else_some_of_them(publish):
    publish("Cramps and magnesium", "Cramps")
    publish("Only cramps", "Cramps again")
    assert titles(find("magnesium cramps")) == ["Cramps and magnesium"]
    found = find("cramps xylophone")
    assert found.some_words
    assert set(titles(found)) == {"Cramps and magnesium", "Only cramps"}


def test_a_question_is_searched_by_its_telling_words(publish):
    publish("Treatment of twitching", "Twitching")
    publish("What are the things that we do?", "Things")
    assert search.words("How is the twitching treated?") == ["twitching", "treated"]
    assert titles(find("how is twitching treated?"))[0] == "Treatment of twitching"


def test_other_forms_of_a_word_are_found_and_marked(publish):
    publish("Small movements", body="Muscle twitches & <em>cramps</em> pass. A twitch is short.")
    hit = find("twitching").hits[0]
    assert "Muscle <mark>twitches</mark> &amp; cramps pass. A <mark>twitch</mark> is short." in hit.excerpt


def test_an_excerpt_is_escaped_and_short():
    text = "word " * 300 + "<script>alert('cramp')</script> & more " + "word " * 300
    shown = search.excerpt(text, ["cramp"])
    assert "&lt;script&gt;alert(&#x27;<mark>cramp</mark>&#x27;)" in shown
    assert "<script" not in shown
    assert shown.startswith("… ")
    assert len(shown) < 400


def test_facets_count_and_narrow(api, publish):
    publish("Cramps one", "Night cramps", specialty="Neurologic", aspect="TreatmentsHealthAspect", audience=["Patient"])
    publish(
        "Cramps two", "Leg cramps", specialty="Renal", aspect="CausesHealthAspect", audience=["Patient", "Clinician"]
    )
    found = find("cramps")
    assert found.counts["specialty"] == {"Neurologic": 1, "Renal": 1}
    assert found.counts["audience"] == {"Patient": 2, "Clinician": 1}
    assert titles(find("cramps", facets={"audience": "Clinician"})) == ["Cramps two"]
    assert titles(find("cramps", facets={"specialty": "Neurologic", "aspect": "TreatmentsHealthAspect"})) == [
        "Cramps one"
    ]
    html = api.get("/en/search/?q=cramps&specialty=Renal").content.decode()
    assert 'href="?q=cramps">Remove' in html
    assert "Cramps one" not in html
    assert not faults(html)


def test_results_are_paged(api, publish, monkeypatch):
    monkeypatch.setattr(search, "PAGE", 2)
    for n in range(3):
        publish(f"Cramps number {n}", f"Cramps {'abc'[n]}")
    first, second = find("cramps"), find("cramps", page=2)
    assert (first.total, first.pages, len(first.hits), len(second.hits)) == (3, 2, 2, 1)
    assert set(titles(first)) | set(titles(second)) == {f"Cramps number {n}" for n in range(3)}
    assert 'href="?q=cramps&amp;page=2" rel="next"' in api.get("/en/search/?q=cramps").content.decode()
    assert "There are no more results" in api.get("/en/search/?q=cramps&page=9").content.decode()


def test_other_languages_are_not_searched(line, publish):
    publish("Cramps in English", "Cramps")
    line.publish(line.approve(line.submit(line.draft(language="de", title="Cramps auf Deutsch"))))
    assert titles(find("cramps")) == ["Cramps in English"]
    assert titles(search.search("cramps", language="de")) == ["Cramps auf Deutsch"]


def test_a_new_edition_and_a_withdrawal_change_what_is_found(line, publish):
    article = publish("Cramps", "Cramps")
    publish("Something else", "Spasm")
    line.publish(
        line.approve(
            line.submit(line.change(article, title="Pangolins", topic_id=cast.Topic.objects.get(name="Spasm").pk))
        )
    )
    assert titles(find("pangolins")) == ["Pangolins"]
    assert "Cramps" not in titles(find("cramps", exactly=True))
    line.withdraw(cast.Publication.objects.filter(article=article).order_by("-seq").first())
    assert titles(find("pangolins", exactly=True)) == []
    assert find("pangolin").corrected == ""


def test_no_answer_rests_in_a_shared_cache(api, publish):
    publish("Cramps", "Cramps")
    assert api.get("/en/search/?q=cramps")["Cache-Control"].startswith("private")


def test_a_search_takes_six_queries_at_most_however_it_is_spelt(publish):
    publish("What is a cramp?", "Cramps")
    for query in ("cramps", "crampps", "crampps xylofone", "zzzz yyyy"):
        search._vocabulary.cache_clear()
        with CaptureQueriesContext(connection) as queries:
            find(query)
        assert len(queries) <= 6, query


HOSTILE = [
    "'", '"', '"cramps', "cramps'; DROP TABLE x --", "cramps AND", "NOT", "NEAR(a b)", "a:b", "title:cramps", "*", "cramps*",
    "^cramps", "(((", "-cramps", "!&|<->", "\\", "%", "_", "{title} : cramps", "{{ 7 }}", "<script>alert(1)</script>", "=cramps",
    "e" + "\u0301" * 198, "\u202dcramps", "😀", "ｆｕｌｌ", "ß", "İ", "a " * 99, "x" * 200, "عضلة", "筋肉", " \t ", "\u200b", "5 mg",
    "covid-19", "a.b.c", "http://x.y/z", "🇩🇪", "\ufdfa",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_a_hostile_query_gives_a_page(api, publish, query):
    publish("What is a cramp?", "Cramps", body="Take 5 mg against covid-19.")
    response = api.get(f"/en/search/?q={quote(query)}")
    assert response.status_code in (200, 400), query
    html = response.content.decode()
    assert not faults(html)
    assert "<script>" not in html


@pytest.mark.parametrize(
    "raw",
    ["q=%00", "q=a%00b", "q=%ed%a0%80", "q=%ff", "q=a&q=b", "q=" + "x" * 201, "x=1", "q=a&page=0", "q=a&page=26", "q=a&page=-1",
     "q=a&page=1e3", "q=a&page=%d9%a1", "q=a&specialty=x", "q=a&audience=", "q=a&aspect=x", "q=a&exactly=1", "q=a&limit=9", "q__in=a"],
)  # fmt: skip
def test_what_the_grammar_does_not_know_is_a_400_page(api, db, raw):
    response = api.get(f"/en/search/?{raw}")
    assert response.status_code == 400
    assert "This address is not right" in response.content.decode()


def test_numbers_and_joined_words_are_found(publish):
    publish("About doses", body="Take 0.5 mg against covid-19, see example.org/leaflet.")
    for query in ("covid-19", "covid 19", "0.5 mg", "example.org", "leaflet"):
        assert titles(find(query)) == ["About doses"], query


def test_the_index_is_installed_again_after_it_was_lost(publish):
    publish("What is a cramp?", "Cramps")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER search_index_insert")
            cursor.execute("INSERT INTO search_index(search_index) VALUES ('delete-all')")
        else:
            cursor.execute("ALTER TABLE publishing_livearticle DROP COLUMN search_vector CASCADE")
    search_index.install(connection)
    search_index.install(connection)
    assert titles(find("cramps")) == ["What is a cramp?"]


def test_rows_that_only_get_other_links_are_not_indexed_anew(publish):
    publish("What is a cramp?", "Cramps")
    LiveArticle.objects.update(seq=7)
    assert titles(find("cramps")) == ["What is a cramp?"]
    LiveArticle.objects.update(search_body="Pangolins")
    assert titles(find("pangolins")) == ["What is a cramp?"]
