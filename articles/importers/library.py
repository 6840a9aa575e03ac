"""What is stored already, as far as importing needs it. Read once a run; grows only after a commit."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from articles.models import Article, Contributor, Topic

from .document import ContributorPart, Document, fold, stable_id


@dataclass
class News:
    """What one document adds to the library. It is thrown away with a transaction that fails."""

    topics: dict[str, uuid.UUID] = field(default_factory=dict)
    topic_slugs: set[str] = field(default_factory=set)
    article_slugs: set[tuple[str, str]] = field(default_factory=set)
    contributors: dict[str, list[tuple[str, uuid.UUID]]] = field(default_factory=dict)
    marks: dict[uuid.UUID, dict[str, str]] = field(default_factory=dict)


class Library:
    """Topics and contributors by folded name, the addresses taken, and what each article of this run says."""

    def __init__(self) -> None:
        self.reload()

    def reload(self) -> None:
        """Read everything again: somebody else wrote in between."""
        topics = list(Topic.objects.order_by("pk").values_list("pk", "name", "slug"))
        self._topics = {fold(name): pk for pk, name, _ in topics}
        self._topic_ids = {pk for pk, _, _ in topics}
        self._topic_slugs = {slug for _, _, slug in topics}
        self._article_slugs = set(Article.objects.order_by().values_list("language", "slug"))
        self._contributors: dict[str, list[tuple[str, uuid.UUID]]] = defaultdict(list)
        for pk, kind, name in Contributor.objects.order_by("pk").values_list("pk", "kind", "name"):
            self._contributors[fold(name)].append((kind, pk))
        self._marks: dict[uuid.UUID, dict[str, str]] = {}

    def remember(self, news: News) -> None:
        """Take in what was committed."""
        self._topics |= news.topics
        self._topic_ids |= set(news.topics.values())
        self._topic_slugs |= news.topic_slugs
        self._article_slugs |= news.article_slugs
        self._marks |= news.marks
        for name, found in news.contributors.items():
            self._contributors[name] += found

    def topic_of(self, document: Document) -> uuid.UUID | None:
        """Return the topic of that name, or the one that was imported under it and renamed since."""
        found = self._topics.get(fold(document.topic.name))
        return found or (document.topic_id if document.topic_id in self._topic_ids else None)

    def contributor(self, part: ContributorPart, news: News) -> uuid.UUID | None:
        """Return the contributor of that name and kind; raise ValidationError where several have it."""
        name = fold(part.name)
        known = [*self._contributors.get(name, ()), *news.contributors.get(name, ())]
        found = [pk for kind, pk in known if part.kind in ("", kind)]
        if len(found) > 1:
            message = f"{len(found)} contributors are called “{part.name}”. Make their names differ first."
            raise ValidationError(message, code="ambiguous_contributor")
        return found[0] if found else None

    def marks(self, article_id: uuid.UUID) -> dict[str, str] | None:
        """Return mark -> place of what an article of this run says; None if this run has not met it."""
        return self._marks.get(article_id)

    def topic_slug(self, name: str, news: News) -> str:
        slug = _free(name, 100, "topic", lambda slug: slug in self._topic_slugs or slug in news.topic_slugs)
        news.topic_slugs.add(slug)
        return slug

    def article_slug(self, title: str, language: str, news: News) -> str:
        def is_taken(slug: str) -> bool:
            return (language, slug) in self._article_slugs or (language, slug) in news.article_slugs

        slug = _free(title, 120, "article", is_taken)
        news.article_slugs.add((language, slug))
        return slug


def new_contributor_id(part: ContributorPart) -> uuid.UUID:
    return stable_id("contributor", part.kind, fold(part.name))


def _free(text: str, longest: int, otherwise: str, is_taken: Any) -> str:
    stem = slugify(text)[:longest].strip("-") or otherwise
    slug, n = stem, 1
    while is_taken(slug):
        n += 1
        slug = f"{stem}-{n}"
    return slug
