"""The main job on the real page: imported, attributed, submitted, approved, published, read."""

import hashlib
from pathlib import Path

import pytest
import rfc8785
from django.core.management import call_command
from django.utils import timezone

from articles.actions import save_article
from articles.models import Article, Disclaimer
from tests import cast

PAGE = Path(__file__).parent.parent.parent / "shared" / "corpus" / "fasciculation.txt"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the corpus is not here (../shared/corpus)")


def test_the_saved_page_goes_from_file_to_public(people, line, api, capsys):
    call_command("import_page", str(PAGE), by="ada")
    article = Article.objects.get()
    assert article.topic.name == "Fasciculation (Muscle Twitch)"
    viewpoints = list(article.viewpoints.all())
    assert len(viewpoints) == 3
    assert not [row for row in viewpoints if "Advertisement" in row.body]
    assert [row.disclaimer.kind for row in article.article_disclaimers.all()] == ["mixed_authorship"]

    article.topic.kind, article.topic.specialty = "symptom", "Neurologic"
    cast.write(article.topic, by=people.ada, reason="A symptom, for neurologists")
    experts = [cast.make_contributor(by=people.ada) for _ in viewpoints]
    disclaimers = [*Disclaimer.objects.values_list("pk", flat=True), cast.make_disclaimer(by=people.ada).pk]
    save_article(
        article,
        {
            "summary": "Why muscles twitch, and when that matters.",
            "see_doctor": "See a doctor when a twitching muscle gets weaker or thinner.",
            "disclaimers": disclaimers,
            "viewpoints": [
                {"id": str(row.pk), "contributors": [{"contributor_id": who.pk}]}
                for row, who in zip(viewpoints, experts, strict=True)
            ],
        },
        by=people.ada,
        expected_version=article.version,
        reason="Attributed",
    )
    publication = line.publish(line.approve(line.submit(article)))
    assert {row.reviewer.username for row in publication.edition.decisions.filter(stage="medical")} == {"ben", "bea"}

    document = api.get(f"/api/v1/articles/{article.pk}/").json()
    digest = "sha256:" + hashlib.sha256(rfc8785.dumps(document["content"])).hexdigest()
    assert document["edition"]["digest"] == publication.digest == digest
    page = api.get(f"/en/articles/{document['slug']}/").content.decode()
    assert f"{timezone.now():%Y}" in page
    for viewpoint in document["content"]["viewpoints"]:
        assert viewpoint["contributors"][0]["name"] in page
