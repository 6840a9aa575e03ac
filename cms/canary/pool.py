"""What the database holds that may stand in an address: above all what no reader should find."""

from typing import Any

from django.db import models

from articles import vocabularies
from articles.models import Article
from cms.canary.fields import all_models
from cms.canary.routes import Pool
from publishing.models import LiveArticle
from reviews.models import Edition

#: Values of each kind that no row has.
NOBODY = "00000000-0000-4000-8000-000000000000"
EACH = 40


def fill(*, each: int = EACH) -> Pool:
    """Return the ids, slugs and numbers of the newest rows of every model: drafts first, what is live last."""
    pool = Pool()
    live = set(LiveArticle.objects.values_list("pk", flat=True))
    drafts = Article.objects.exclude(pk__in=live).order_by("-pk")
    pool.ids += [str(pk) for pk in drafts.values_list("pk", flat=True)[:each]]
    pool.slugs += drafts.values_list("slug", flat=True)[:each]
    for model in all_models():
        for found in model._meta.concrete_fields:
            pool_of = _kind(pool, found)
            if pool_of is not None:
                values = model._base_manager.order_by("-pk").values_list(found.attname, flat=True)[:each]
                pool_of += [str(value) for value in values if value]
    pool.ids.append(NOBODY)
    pool.slugs += ["nobody", "draft"]
    pool.languages += sorted(set(Edition.objects.order_by().values_list("language", flat=True)))
    pool.words += _words()
    for name, values in vars(pool).items():
        setattr(pool, name, list(dict.fromkeys(values)))
    return pool


def _kind(pool: Pool, found: Any) -> list[str] | None:
    if isinstance(found, models.UUIDField):
        return pool.ids
    if isinstance(found, models.SlugField) and found.name == "slug":
        return pool.slugs
    return None


def _words() -> list[str]:
    """Return words that addresses are made of: letters, aspects, specialties, names of files and feeds."""
    aspects = [name for name, _ in vocabularies.ASPECTS]
    specialties = [name for name, _ in vocabularies.SPECIALTIES]
    return [
        "a",
        "z",
        "A",
        "#",
        "0-9",
        "other",
        "new",
        "corrections",
        *specialties,
        *aspects,
        "admin",
        "articles/article",
    ]
