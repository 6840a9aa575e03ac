"""No kind of fact, no draft model and no action is forgotten where an auditor reads them."""

import pytest
from django.apps import apps

from articles.models import DRAFT_MODELS, Article
from cms.export import HISTORIES, TABLES
from cms.recorded import FACTS as RECORDED
from publishing.models import STORE_MODELS, Change, FeedHead
from reviews import auditing

#: Derived rows that serve readers: they name an article by its id, and are made again from the facts.
DERIVED = {*STORE_MODELS, Change, FeedHead}


def leads_to_article(model, seen=()):
    """Whether a chain of foreign keys leads from a model to the article."""
    for field in model._meta.concrete_fields:
        related = field.related_model
        if related is Article or (
            related and related not in (model, *seen) and leads_to_article(related, (*seen, model))
        ):
            return True
    return False


@pytest.mark.parametrize(
    "model", [model for model in apps.get_models() if model._meta.app_label in ("reviews", "publishing")]
)
def test_every_fact_that_hangs_on_an_article_is_in_the_record(model):
    columns = {field.attname for field in model._meta.concrete_fields}
    hangs = leads_to_article(model) or "article_id" in columns
    listed = model in {table.model for table in TABLES}
    assert listed == (hangs and model not in DERIVED), f"{model._meta.label}: add a line to cms.export.TABLES"
    assert not listed or not model._meta.many_to_many


def test_the_history_of_every_draft_model_is_in_the_record():
    assert set(HISTORIES) == set(DRAFT_MODELS)


def test_every_recorded_action_reads_as_a_phrase():
    assert {*RECORDED, "edition.restored"} - {"edition.decided"} == set(auditing.PHRASES)
