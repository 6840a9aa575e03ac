"""Who touched a draft: everybody who may not approve its next edition (docs/decisions/0003-who-touched-it.md)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from articles.models import (
    Article,
    ArticleDisclaimer,
    Citation,
    Contributor,
    Credential,
    Disclaimer,
    Disclosure,
    Interest,
    Reference,
    Topic,
    TopicCode,
    Viewpoint,
    ViewpointContributor,
)
from reviews.models import Edition, Event


def lock_shared_parts(article: Article) -> None:
    """Lock the shared rows that the snapshot will read, always in this order.

    A change of a contributor, source or disclaimer that is under way is waited for, so that it is either in the
    snapshot and its author in `touched_by`, or in neither.
    """
    for model, ids in _shared(article).items():
        list(model.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def touched_by(article: Article, base: Edition | None, *, submitter: Any) -> list[int]:
    """Return the sorted ids of everybody who changed the article or its parts since `base` was frozen, of who
    submits, of who wrote an edition that was restored since, and of the logins of its contributors.
    """
    since = base.submitted_at if base else None
    began = since or _began(article)
    people = {submitter.pk, article.owner_id} | _own_changes(article, since) | _shared_changes(article, began)
    people |= _authors_of_restored(article, since)
    people |= set(
        Contributor.objects.filter(viewpoint_contributors__viewpoint__article=article, user__isnull=False).values_list(
            "user_id", flat=True
        )
    )
    return sorted(people)


def _own_changes(article: Article, since: datetime | None) -> set[int]:
    viewpoints = set(Viewpoint.history.filter(article_id=article.pk).values_list("id", flat=True))
    rows = [
        Article.history.filter(id=article.pk),
        ArticleDisclaimer.history.filter(article_id=article.pk),
        Viewpoint.history.filter(article_id=article.pk),
        ViewpointContributor.history.filter(viewpoint_id__in=viewpoints),
        Citation.history.filter(viewpoint_id__in=viewpoints),
    ]
    return _people(rows, since)


def _shared_changes(article: Article, since: datetime) -> set[int]:
    shared = _shared(article)
    contributors, disclosures = shared[Contributor], _disclosures(shared[Contributor])
    rows = [model.history.filter(id__in=ids) for model, ids in shared.items()]
    rows += [
        TopicCode.history.filter(topic_id=article.topic_id),
        Credential.history.filter(contributor_id__in=contributors),
        Disclosure.history.filter(contributor_id__in=contributors),
        Interest.history.filter(disclosure_id__in=disclosures),
    ]
    return _people(rows, since)


def _shared(article: Article) -> dict[Any, list[Any]]:
    viewpoints = Viewpoint.objects.filter(article=article).values("pk")
    return {
        Topic: [article.topic_id],
        Contributor: _ids(ViewpointContributor, "contributor_id", viewpoint__in=viewpoints),
        Reference: _ids(Citation, "reference_id", viewpoint__in=viewpoints),
        Disclaimer: _ids(ArticleDisclaimer, "disclaimer_id", article=article),
    }


def _authors_of_restored(article: Article, since: datetime | None) -> set[int]:
    """Everybody who touched a restored edition, or one before it: their words may be in it still."""
    restored = Event.objects.filter(article_id=article.pk, action="edition.restored")
    if since:
        restored = restored.filter(at__gte=since)
    last = max((event.payload["number"] for event in restored), default=0)
    lists = article.editions.filter(number__lte=last).values_list("touched_by", flat=True)
    return {person for people in lists for person in people}


def _disclosures(contributors: list[Any]) -> set[Any]:
    return set(Disclosure.history.filter(contributor_id__in=contributors).values_list("id", flat=True))


def _ids(model: Any, name: str, **where: Any) -> list[Any]:
    return list(model.objects.filter(**where).order_by().values_list(name, flat=True).distinct())


def _people(rows: Iterable[Any], since: datetime | None) -> set[int]:
    people: set[int] = set()
    for queryset in rows:
        queryset = queryset.filter(history_date__gte=since) if since else queryset
        people |= set(queryset.order_by().values_list("history_user_id", flat=True).distinct())
    return people


def _began(article: Article) -> datetime:
    return article.history.order_by("history_date", "history_id").first().history_date
