"""The article page around the text: notices, history, changes, translations, what machines read."""

import json
import re

import pytest

from publishing import actions, reading
from publishing.http import Moved
from publishing.models import LiveArticle
from tests import cast
from tests.publishing.markup import faults
from tests.publishing.test_site_pages import again


@pytest.fixture
def article(line):
    return line.publish().article


def retell(article, **changes):
    """Change what the stored document of a live article says beside its digest."""
    row = LiveArticle.objects.get(pk=article.pk)
    document = json.loads(row.document)
    for key, value in changes.items():
        place = document
        *path, last = key.split("__")
        for step in path:
            place = place[int(step) if step.isdigit() else step]
        place[last] = value
    LiveArticle.objects.filter(pk=article.pk).update(
        document=json.dumps(document), etag=f'"{len(changes)}-{row.etag[1:]}'
    )
    return document


def shown(api, article):
    html = api.get(f"/en/articles/{article.slug}/").content.decode()
    assert not faults(html)
    return html


def test_each_viewpoint_links_its_contributor_and_shows_credentials_and_interests(api, article):
    html = shown(api, article)
    document = json.loads(LiveArticle.objects.get().document)
    for viewpoint in document["content"]["viewpoints"]:
        for person in viewpoint["contributors"]:
            assert f'href="/en/contributors/{person["id"]}/"' in html
            assert person["credentials"][0]["label"] in html
    assert html.count("Nothing to disclose") == 2


def test_the_review_line_names_the_medical_reviewers_and_the_next_review(api, article):
    html = shown(api, article)
    assert re.search(r"Medically reviewed by .*Ben.* on <time", html)
    assert "; next review due <time" in html


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("overdue", "The review is overdue"),
        ("expired", "The review has expired"),
        ("approval_revoked", "An approval was taken back"),
        ("emergency", "Changed for safety; not yet reviewed independently"),
    ],
)
def test_a_state_other_than_current_is_said_in_words(api, article, state, says):
    retell(article, review__state=state)
    html = shown(api, article)
    assert says in html
    assert ("Medically reviewed by" in html) == (state != "emergency")
    assert ('content="noindex"' in html) == (state == "expired")


def test_notices_stand_on_top_with_their_date(api, article):
    notices = [
        {"kind": "overdue", "text": "May be <old>.", "since": "2026-11-01"},
        {"kind": "concern", "text": "Somebody asked.", "since": ""},
    ]
    retell(article, notices=notices)
    html = shown(api, article)
    assert "May be &lt;old&gt;." in html
    assert '<time datetime="2026-11-01">1 November 2026</time>' in html
    assert html.index("Somebody asked.") < html.index('id="see-doctor"')


def test_a_viewpoint_that_was_taken_back_leaves_a_tombstone(api, article):
    changes = {
        "withdrawn_on": "2026-11-20",
        "withdrawn_reason": "The study was retracted.",
        "body_html": "<p>Gone words</p>",
    }
    retell(article, **{f"content__viewpoints__0__{key}": value for key, value in changes.items()})
    html = shown(api, article)
    assert "This viewpoint was taken back on" in html
    assert "The study was retracted." in html
    assert "Gone words" not in html
    document = json.loads(LiveArticle.objects.get().document)
    gone, stays = (row["contributors"][0]["id"] for row in document["content"]["viewpoints"])
    assert f"/contributors/{gone}/" not in html
    assert f"/contributors/{stays}/" in html


def test_the_history_lists_every_public_edition_with_certificate_and_changes(line, api, article):
    again(line, article, title="What makes a muscle twitch?")
    html = shown(api, article)
    base = f"/en/articles/{article.slug}/editions"
    for number in (1, 2):
        assert f'href="{base}/{number}/certificate/"' in html
    assert f'href="{base}/2/changes/"' in html
    assert f'href="{base}/1/changes/"' not in html
    assert "New version" in html


def test_the_page_of_changes_marks_words_by_text_and_shape(line, api, article):
    again(line, article, summary="Small twitches under the skin are rare and mostly harmless.")
    response = api.get(f"/en/articles/{article.slug}/editions/2/changes/")
    html = response.content.decode()
    assert not faults(html)
    assert '<del><span class="unseen">[removed: </span>common<' in html
    assert '<ins><span class="unseen">[added: </span>rare<' in html
    assert "1 part changed" in html
    assert response["Surrogate-Key"] == f"article-{article.pk}"
    assert "first public edition" in api.get(f"/en/articles/{article.slug}/editions/1/changes/").content.decode()


def test_changes_of_an_edition_that_was_never_public_are_a_404(line, api, article):
    line.submit(line.change(article, title="A secret?"))
    for number in (2, 9):
        response = api.get(f"/en/articles/{article.slug}/editions/{number}/changes/")
        assert response.status_code == 404
        assert "secret" not in response.content.decode()


def test_changes_of_a_withdrawn_article_are_gone(line, api):
    publication = line.publish()
    line.withdraw(publication)
    assert api.get(f"/en/articles/{publication.article.slug}/editions/1/changes/").status_code == 410


def test_translations_are_linked_for_people_and_machines(api, article):
    other = {
        "language": "ar",
        "id": "x",
        "title": "سؤال",
        "html_url": "http://testserver/ar/articles/x/",
        "is_behind": True,
    }
    retell(article, translations=[other])
    html = shown(api, article)
    assert '<link rel="alternate" hreflang="ar" href="http://testserver/ar/articles/x/">' in html
    assert f'hreflang="en" href="http://testserver/en/articles/{article.slug}/"' in html
    assert "follows an older edition" in html
    assert "العربيّة" in html


def test_machines_find_the_json_and_the_summary(api, article):
    html = shown(api, article)
    assert (
        f'<link rel="alternate" type="application/json" href="http://testserver/api/v1/articles/{article.pk}/">' in html
    )
    assert '<meta property="og:type" content="article">' in html
    assert f'<meta property="og:url" content="http://testserver/en/articles/{article.slug}/">' in html


def test_an_arabic_article_is_written_from_right_to_left(line, api):
    publication = line.publish(line.approve(line.submit(line.draft(language="ar", title="لماذا ترتعش العضلة؟"))))
    html = api.get(f"/ar/articles/{publication.article.slug}/").content.decode()
    assert not faults(html)
    assert '<html lang="ar" dir="rtl">' in html
    assert '<h2 id="see-doctor" lang="en" dir="ltr">' in html
    assert 'action="/ar/search/"' in html


def test_no_style_depends_on_a_side_of_the_page():
    from django.conf import settings

    css = (settings.BASE_DIR / "static" / "publishing" / "site.css").read_text()
    assert not re.findall(r"(?:margin|padding|border)-(?:left|right|top|bottom)|\b(?:left|top|bottom): ", css)


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("withdrawn", "This article was withdrawn"),
        ("suspended", "This article is being looked into"),
        ("expired", "The review of this article has expired"),
    ],
)
def test_the_gone_page_says_which_kind_of_gone(line, api, monkeypatch, kind, title):
    publication = line.publish()
    replacement = line.publish().article
    line.withdraw(publication, replacement=replacement)
    stone = reading.Tombstone.objects.get()
    stone.problem["kind"] = kind
    reading.Tombstone.objects.filter(pk=stone.pk).update(problem=stone.problem)
    response = api.get(f"/en/articles/{publication.article.slug}/")
    html = response.content.decode()
    assert response.status_code == 410
    assert response["X-Robots-Tag"] == "noindex"
    assert f"<h1>{title}</h1>" in html
    assert "We removed this page." in html
    assert f'href="http://testserver/en/articles/{replacement.slug}/"' in html


def test_an_old_address_is_308_to_the_new_one(api, article, monkeypatch):
    def moved(**where):
        raise Moved("http://testserver/en/articles/new/", "http://testserver/api/v1/articles/x/")

    monkeypatch.setattr(reading, "refuse_missing", moved)
    for path in ("/en/articles/old/", "/en/articles/old/editions/1/changes/"):
        response = api.get(path)
        assert (response.status_code, response["Location"]) == (308, "http://testserver/en/articles/new/")


def test_a_moved_article_and_one_that_was_replaced_lead_on(people, line, api, article):
    actions.move(article, "a-better-address", by=people.pam, reason="Clearer")
    response = api.get(f"/en/articles/{article.slug}/")
    assert (response.status_code, response["Location"]) == (308, "http://testserver/en/articles/a-better-address/")
    assert "public" in response["Cache-Control"]
    assert 'editions/1/certificate/"' in api.get("/en/articles/a-better-address/").content.decode()
    old = line.publish()
    line.withdraw(old, kind="superseded", replacement=article)
    assert api.get(f"/en/articles/{old.article.slug}/")["Location"] == "http://testserver/en/articles/a-better-address/"


def test_sixty_viewpoints_have_a_contents_list_and_ways_back(people, line, api):
    person = cast.make_contributor(by=people.ada)
    body = "".join(f"<h3>Part {n}</h3><p>{'Words about twitching. ' * 60}</p>" for n in range(20))
    views = [cast.viewpoint_values(person, body=f"<p>View {n}.</p>{body if n == 3 else ''}") for n in range(60)]
    line_article = line.publish(line.approve(line.submit(line.draft(viewpoints=views)))).article
    html = shown(api, line_article)
    assert html.count('<article class="viewpoint"') == 60
    assert html.count('<p class="back"><a href="#speakers"') == 60
    assert len(re.findall(r'<li><a href="#viewpoint-', html)) == 60
    assert "And 54 more" in html
