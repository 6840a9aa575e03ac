"""Write a document into the drafts: one transaction, in somebody's name, and nothing that was written before.

Importing needs no permission: whoever may run a command may write the database. The name is for the record.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from html import unescape
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from articles.checks import Finding
from articles.history import create_all, write
from articles.models import (
    DRAFT_MODELS,
    Article,
    ArticleDisclaimer,
    Citation,
    Contributor,
    Disclaimer,
    Reference,
    Topic,
    TopicCode,
    Viewpoint,
    ViewpointContributor,
)
from articles.text import clean_text

from .document import ArticlePart, Document, SourcePart, ViewpointPart, clipped, fold, stable_id
from .library import Library, News, new_contributor_id
from .repeats import sift

#: The history models, looked up once: `Model.history` builds a manager class at every access.
VIEWPOINT_HISTORY = Viewpoint.history.model
LINK_HISTORY = ArticleDisclaimer.history.model

_TAG = re.compile(r"<[^>]+>")
_WORD = re.compile(r"\w+")


@dataclass
class Written:
    """The rows that a document became, and what an editor should know about them."""

    rows: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    news: News = field(default_factory=News)

    def created(self, model: type[models.Model]) -> list[Any]:
        return [row for row in self.rows if isinstance(row, model)]

    def counts(self) -> Counter[str]:
        return Counter(str(row._meta.verbose_name) for row in self.rows)


@dataclass
class _Stored:
    """What the database holds of a document: articles by id (locked), and the ids that were ever used."""

    articles: dict[uuid.UUID, Article]
    used: set[uuid.UUID]
    texts: dict[uuid.UUID, list[tuple[str, str]]] = field(default_factory=dict)
    places: dict[uuid.UUID, int] = field(default_factory=dict)


def import_document(document: Document, library: Library, *, by: Any, reason: str) -> Written:
    """Write what is new in `document`; all of it or, raising ValidationError, nothing.

    What was imported before is left as it is now, also where an editor changed, merged or removed it since.
    """
    try:
        written = _import(document, library, by=by, reason=reason)
    except IntegrityError:
        library.reload()  # a rival wrote the same topic, contributor or address first: now it is found
        written = _import(document, library, by=by, reason=reason)
    library.remember(written.news)
    return written


@transaction.atomic(durable=True)
def _import(document: Document, library: Library, *, by: Any, reason: str) -> Written:
    used = _used_ids(document)
    wanted = [part for part in document.articles if _new_viewpoints(document, part, used)]
    if not wanted:
        return Written()
    stored = _lock(document, wanted, used)

    plan = _Plan(document, library, stored, by)
    for part in wanted:
        plan.add_article(part)
    _check(plan.written)

    rows = plan.written.rows
    rows.sort(key=lambda row: DRAFT_MODELS.index(type(row)))
    create_all(rows, by=by, reason=reason)
    for row in plan.written.changed:
        write(row, by=by, reason=reason)
    return plan.written


def _used_ids(document: Document) -> set[uuid.UUID]:
    """Return the ids of viewpoints and disclaimer links of this document that exist, or did."""
    viewpoints = [
        document.viewpoint_id(article, viewpoint) for article in document.articles for viewpoint in article.viewpoints
    ]
    links = [document.link_id(article, part) for article in document.articles for part in article.disclaimers]
    used = _ever(VIEWPOINT_HISTORY, viewpoints)
    return used | _ever(LINK_HISTORY, links) if links else used


def _ever(history: Any, ids: list[uuid.UUID]) -> set[uuid.UUID]:
    return set(history.objects.filter(id__in=ids).order_by().values_list("id", flat=True))


def _new_viewpoints(document: Document, article: ArticlePart, used: set[uuid.UUID]) -> list[ViewpointPart]:
    return [part for part in article.viewpoints if document.viewpoint_id(article, part) not in used]


def _lock(document: Document, wanted: list[ArticlePart], used: set[uuid.UUID]) -> _Stored:
    """Lock the articles that go on, in the order of their ids, and read what they say."""
    ids = [document.article_id(part) for part in wanted]
    articles = {row.pk: row for row in Article.objects.locked().filter(pk__in=ids).order_by("pk")}
    stored = _Stored(articles, used)
    if articles:
        rows = Viewpoint.objects.filter(article__in=articles).order_by("position", "pk")
        for pk, article_id, body, position in rows.values_list("pk", "article_id", "body", "position"):
            stored.texts.setdefault(article_id, []).append((f"viewpoint {pk}", body))
            stored.places[article_id] = max(stored.places.get(article_id, 0), position + 1)
    return stored


class _Plan:
    """The rows to be, collected before anything is written."""

    def __init__(self, document: Document, library: Library, stored: _Stored, by: Any) -> None:
        self.document, self.library, self.stored, self.by = document, library, stored, by
        self.written = Written()
        self._sources: dict[SourcePart, uuid.UUID] = {}
        self._topic_id: uuid.UUID | None = None

    def add_article(self, part: ArticlePart) -> None:
        article = self.stored.articles.get(self.document.article_id(part))
        viewpoints = _new_viewpoints(self.document, part, self.stored.used)
        if article and article.archived_at:
            self._report("archived_article", self.document.place, f"“{article}” is archived. Nothing was added to it.")
            return
        if article and self.document.skips_repeats:
            viewpoints = self._without_repeats(viewpoints, self.stored.texts.get(article.pk, []))
        if not viewpoints:
            return
        if article:
            self._topic_id = self._topic_id or self._topic(known=article.topic_id)
            article.version += 1
            self.written.changed.append(article)
        else:
            article = self._new_article(part)
        self._add_disclaimers(article, part)
        self._add_viewpoints(article, part, viewpoints)

    def _new_article(self, part: ArticlePart) -> Article:
        self._topic_id = self._topic_id or self._topic()
        article = Article(
            pk=self.document.article_id(part),
            topic_id=self._topic_id,
            title=part.title,
            slug=self.library.article_slug(part.title, part.language, self.written.news),
            language=part.language,
            aspect=part.aspect,
            risk_tier=part.risk_tier,
            owner=self.by,
        )
        self.written.rows.append(article)
        return article

    def _topic(self, known: uuid.UUID | None = None) -> uuid.UUID:
        """Return the topic, made where it is missing; one that exists learns the new names and codes."""
        part, news = self.document.topic, self.written.news
        if found := self.library.topic_of(self.document) or known:
            self._extend_topic(found)
            return found
        topic = Topic(
            pk=self.document.topic_id,
            name=part.name,
            slug=self.library.topic_slug(part.name, news),
            kind=part.kind,
            also_called=list(part.also_called),
        )
        news.topics[fold(part.name)] = topic.pk
        self.written.rows += [topic, *_codes(topic.pk, part.codes)]
        return topic.pk

    def _extend_topic(self, topic_id: uuid.UUID) -> None:
        part = self.document.topic
        if not part.codes and not part.also_called:
            return
        topic = Topic.objects.select_for_update(no_key=True).get(pk=topic_id)
        known = {fold(name) for name in (topic.name, *topic.also_called)}
        if more := [name for name in part.also_called if fold(name) not in known]:
            topic.also_called = [*topic.also_called, *more]
            self.written.changed.append(topic)
        codes = set(topic.codes.values_list("system", "code"))
        self.written.rows += _codes(topic_id, [code for code in part.codes if code not in codes])

    def _add_disclaimers(self, article: Article, part: ArticlePart) -> None:
        for position, wish in enumerate(part.disclaimers):
            link_id, text = self.document.link_id(part, wish), clean_text(wish.text)
            if link_id in self.stored.used:
                continue
            disclaimer = Disclaimer.objects.filter(kind=wish.kind, text=text).order_by("pk").first()
            if disclaimer is None:
                disclaimer = Disclaimer(kind=wish.kind, text=text)
                self.written.rows.append(disclaimer)
            elif article.article_disclaimers.filter(disclaimer=disclaimer).exists():
                continue
            link = ArticleDisclaimer(pk=link_id, article=article, disclaimer=disclaimer, position=position)
            self.written.rows.append(link)

    def _add_viewpoints(self, article: Article, part: ArticlePart, viewpoints: list[ViewpointPart]) -> None:
        marks = self._marks(article)
        for position, wish in enumerate(viewpoints, self.stored.places.get(article.pk, 0)):
            viewpoint = Viewpoint(
                pk=self.document.viewpoint_id(part, wish),
                article=article,
                position=position,
                heading=wish.heading,
                perspective=wish.perspective,
                body=wish.body,
            )
            self.written.rows.append(viewpoint)
            self._attribute(viewpoint, wish)
            self._cite(viewpoint, wish)
            self._note_repeat(viewpoint, wish, marks)

    def _attribute(self, viewpoint: Viewpoint, wish: ViewpointPart) -> None:
        for position, part in enumerate(wish.contributors):
            contributor_id = self.library.contributor(part, self.written.news)
            if contributor_id is None:
                contributor_id = new_contributor_id(part)
                kind = part.kind or "person"
                self.written.rows.append(Contributor(pk=contributor_id, name=part.name, kind=kind))
                self.written.news.contributors[fold(part.name)] = [(kind, contributor_id)]
            self.written.rows.append(
                ViewpointContributor(viewpoint=viewpoint, contributor_id=contributor_id, position=position)
            )

    def _cite(self, viewpoint: Viewpoint, wish: ViewpointPart) -> None:
        for position, source in enumerate(wish.sources):
            reference_id = self._sources.get(source) or self._reference(source)
            self.written.rows.append(Citation(viewpoint=viewpoint, reference_id=reference_id, position=position))

    def _reference(self, source: SourcePart) -> uuid.UUID:
        pk = self._sources[source] = stable_id("reference", source.publisher, source.title, source.url)
        if not Reference.objects.filter(pk=pk).exists():
            self.written.rows.append(
                Reference(
                    pk=pk,
                    type="patient_information",
                    title=source.title,
                    publisher=source.publisher,
                    url=source.url,
                )
            )
        return pk

    def _without_repeats(self, viewpoints: list[ViewpointPart], known: list[tuple[str, str]]) -> list[ViewpointPart]:
        left_out, findings = sift([(part.place, part.body) for part in viewpoints], known)
        self.written.findings += findings
        return [part for part in viewpoints if part.place not in left_out]

    def _marks(self, article: Article) -> dict[str, str]:
        """Return mark -> place of what the article says, to be filled on; kept only after the commit."""
        marks = self.library.marks(article.pk)
        if marks is None:
            marks = {_mark(body): place for place, body in reversed(self.stored.texts.get(article.pk, []))}
        self.written.news.marks[article.pk] = dict(marks)
        return self.written.news.marks[article.pk]

    def _note_repeat(self, viewpoint: Viewpoint, wish: ViewpointPart, marks: dict[str, str]) -> None:
        if self.document.skips_repeats:
            return
        mark = _mark(wish.body)
        if mark in marks:
            message = f"Created, but it repeats another viewpoint of “{viewpoint.article}” word for word."
            self._report("duplicate_viewpoint", wish.place, message, repeats=marks[mark])
        marks.setdefault(mark, wish.place)

    def _report(self, code: str, place: str, message: str, repeats: str = "") -> None:
        self.written.findings.append(Finding(code, place, message, repeats=repeats))


def _codes(topic_id: uuid.UUID, codes: Iterable[tuple[str, str]]) -> list[TopicCode]:
    return [TopicCode(topic_id=topic_id, system=system, code=code) for system, code in codes]


def _check(written: Written) -> None:
    """Raise ValidationError for the first row that a form would refuse. Links hold nothing to refuse; bodies clean themselves."""
    for row in [*written.rows, *written.changed]:
        if isinstance(row, ViewpointContributor | Citation | ArticleDisclaimer):
            continue
        unasked = {field.name for field in row._meta.concrete_fields if field.is_relation or field.name == "body"}
        try:
            row.clean_fields(exclude=unasked)
        except ValidationError as error:
            name = clipped(str(row), 60)
            raise ValidationError(f"{row._meta.verbose_name} “{name}”: {'; '.join(_reasons(error))}") from error


def _mark(body: str) -> str:
    """Fold a body down to its words: a tenth of the cost of `checks.fingerprint`, and enough to report by."""
    words = _WORD.findall(unescape(_TAG.sub(" ", body)).casefold())
    return blake2b(" ".join(words).encode(), digest_size=12).hexdigest()


def _reasons(error: ValidationError) -> list[str]:
    return [f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items()]
