"""Scenes for the browser tests, set up in the database of the server: `python -m tests.e2e.stage SCENE`.

Each scene is a function that returns what its test has to know: addresses and titles.
"""

import itertools
import json
import sys
from datetime import timedelta

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from articles.models import Article  # noqa: E402
from publishing import actions as publishing  # noqa: E402
from publishing import worker  # noqa: E402
from publishing.models import Publication  # noqa: E402
from reviews.models import Edition  # noqa: E402
from tests import cast  # noqa: E402

TABLE = (
    "<table><thead><tr><th>Cause</th><th>How often</th><th>What it feels like</th><th>What helps</th></tr></thead>"
    "<tbody><tr><td>Tiredness</td><td>Very common</td><td>A flutter in the eyelid</td><td>Sleep</td></tr>"
    "<tr><td>Pseudohypoparathyroidism</td><td>Rare</td><td>Cramps and twitches</td><td>Treatment</td></tr>"
    "</tbody></table>"
)
BODY = (
    "<h3>In short</h3><p>Most twitches pass by themselves. <strong>Take 5 mg once</strong>, it may help.</p>"
    "<ul><li>Sleep enough.</li><li>Drink less coffee.</li></ul>"
    "<blockquote><p>I stopped counting them.</p></blockquote>"
    '<p>All causes stand in <a href="https://example.org/leaflet">the leaflet</a>.</p>'
)


def main(scene: str) -> None:
    scenes = {"people": make_people, "library": library, "draft": draft, "waiting": waiting}
    scenes |= {"approved": approved, "two-days-later": two_days_later}
    # The cast counts from 1 in each process, and names are given once: start past those of the scenes before.
    cast._numbers = itertools.count(100 * Article.objects.count() + 1)
    sys.stdout.write(json.dumps(scenes[scene]()))


def make_people() -> dict[str, str]:
    cast.make_people()
    return {}


def library() -> dict[str, str]:
    """Every page of the list in tests/e2e/pages.py has something to show."""
    line = cast.Line(people())
    live = line.publish(line.approve(line.submit(rich_article(line, "What makes a muscle twitch?"))))
    line.change(live.article, summary="Take 50 mg once, it will help.")
    reading = line.submit(live.article)
    line.decide(reading, line.people.cyd, "editorial")
    arabic = line.publish(line.approve(line.submit(line.draft(language="ar", title="لماذا ترتعش العضلة؟"))))
    corrected = line.publish(line.approve(line.submit(rich_article(line, "What stops a twitching muscle?"))))
    line.publish(line.approve(line.submit(line.change(corrected.article, summary="Most twitches stop by themselves."))))
    withdrawn = line.publish()
    line.withdraw(withdrawn)
    approved = line.approve()
    noticed = line.publish()
    told = {"reason": "A letter came in.", "reader_message": "We are checking the dose on this page."}
    alert = publishing.raise_concern(noticed, by=line.people.max, **told)
    publishing.withdraw(line.publish(), by=line.people.max, kind="suspended", reason="A wrong dose.")
    hasty = cast.in_an_emergency(line, line.publish())
    waiting = line.approve()
    at = (timezone.now() + timedelta(days=3)).replace(tzinfo=None)
    publishing.schedule(waiting, at, "Europe/Berlin", by=line.people.pam, expected_digest=waiting.digest)
    incomplete = line.draft(disclaimers=[], see_doctor="")
    complete = line.draft()
    return {
        "article": article_path(complete.pk),
        "complete": reverse("admin:reviews_submit", args=[complete.pk]),
        "incomplete": reverse("admin:reviews_submit", args=[incomplete.pk]),
        "in_review": reverse("admin:reviews_submit", args=[live.article_id]),
        "reading": edition_path(reading),
        "reviewers": reverse("admin:reviews_reviewers", args=[reading.pk]),
        "restore": reverse("admin:reviews_restore", args=[live.edition_id]),
        "published": edition_path(live.edition),
        "publish": reverse("admin:publishing_publish", args=[approved.pk]),
        "withdraw": reverse("admin:publishing_withdraw", args=[live.pk]),
        "schedule": reverse("admin:publishing_schedule", args=[approved.pk]),
        "extend": reverse("admin:publishing_extend", args=[live.pk]),
        "move": reverse("admin:publishing_move", args=[live.pk]),
        "alert": reverse("admin:publishing_resolve_alert", args=[alert.pk]),
        "source": reverse("admin:publishing_withdraw_part", args=["reference", source_id(live)]),
        "viewpoint": reverse("admin:publishing_withdraw_viewpoint", args=[live.article.viewpoints.first().pk]),
        "endorse": reverse("admin:publishing_endorse", args=[hasty.pk]),
        "public_draft": article_path(live.article_id),
        "noticed": f"/en/articles/{noticed.article.slug}/",
        "topic": f"/en/topics/{live.article.topic.slug}/",
        "contributor": f"/en/contributors/{speaker_id(live)}/",
        "arabic": f"/ar/articles/{arabic.article.slug}/",
        "corrected": f"/en/articles/{corrected.article.slug}/",
        "live": f"/en/articles/{live.article.slug}/",
        "gone": f"/en/articles/{withdrawn.article.slug}/",
    }


def draft() -> dict[str, str]:
    """ada has a draft that nobody has seen."""
    line = cast.Line(people())
    article = rich_article(line, f"Why do eyelids flutter? ({Edition.objects.count()})")
    public = f"/en/articles/{article.slug}/"
    return {"article": article_path(article.pk), "id": str(article.pk), "title": article.title, "public": public}


def waiting() -> dict[str, str]:
    """ben, and he alone, is needed for one edition."""
    line = cast.Line(people())
    edition = line.submit(rich_article(line, f"What helps against cramps at night? ({Edition.objects.count()})"))
    line.decide(edition, line.people.cyd, "editorial")
    line.decide(edition, line.people.bea, "medical")
    return {"edition": edition_path(edition), "title": edition.content["title"]}


def approved() -> dict[str, str]:
    """An edition that can be published; lia is a second medical lead."""
    line = cast.Line(people())
    cast.make_user("lia", "Medical lead")
    edition = line.approve(line.submit(rich_article(line, f"Why do calves cramp? ({Edition.objects.count()})")))
    title, slug = edition.content["title"], edition.slug
    return {"edition": edition_path(edition), "title": title, "public": f"/en/articles/{slug}/"}


def two_days_later() -> dict[str, str]:
    """The worker does what is due by then."""
    return {key: str(value) for key, value in worker.run(now=timezone.now() + timedelta(days=2)).done.items()}


def rich_article(line: cast.Line, title: str) -> Article:
    """An article with whatever may break a page: a wide table, a list, a quotation, a long word, a lay voice."""
    by = line.people.ada
    source = cast.make_reference(by=by)
    doctor = cast.make_contributor(by=by, name="Dr Rowan Ashworth-Featherstonehaugh")
    other = cast.make_contributor(by=by, name="Harbour Street Clinic", kind="organization")
    views = [
        cast.viewpoint_values(doctor, heading="It is mostly harmless", body=BODY, citations=[source.pk]),
        cast.viewpoint_values(other, heading="Look at the causes", body=f"<p>Causes:</p>{TABLE}", certainty="low"),
    ]
    return line.draft(title=title, viewpoints=views)


def source_id(publication: Publication) -> str:
    return publication.edition.content["references"][0]["source_id"]


def speaker_id(publication: Publication) -> str:
    return publication.edition.content["viewpoints"][0]["contributors"][0]["id"]


def people() -> cast.People:
    users = get_user_model().objects.in_bulk(field_name="username")
    return cast.People(**{name: users[name] for name in cast.People.__dataclass_fields__})


def article_path(article_id: object) -> str:
    return reverse("admin:articles_article_change", args=[article_id])


def edition_path(edition: Edition) -> str:
    return reverse("admin:reviews_edition_change", args=[edition.pk])


if __name__ == "__main__":
    main(sys.argv[1])
