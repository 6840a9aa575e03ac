"""Read the files into drafts with the importer, each answer with somebody who speaks for it and the disclaimers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from articles.history import write
from articles.importers import medquad
from articles.importers.archive import Files
from articles.importers.document import (
    ArticlePart,
    BadFile,
    ContributorPart,
    DisclaimerPart,
    Document,
    SourcePart,
    ViewpointPart,
)
from articles.importers.library import Library
from articles.importers.repeats import sift
from articles.importers.write import import_document
from articles.models import Topic
from cms.corpus import people
from cms.corpus.tally import Tally

BATCH = 200
PARTS = tuple(DisclaimerPart(kind, text) for kind, text in people.DISCLAIMERS.items())


def take_in(files: Files, *, by: Any, tally: Tally, on_file: Callable[[], None]) -> None:
    """Import every file, one transaction each; a bad file is counted and the others go on."""
    library = Library()
    for place, raw in files:
        try:
            if isinstance(raw, BadFile):
                raise raw
            written = import_document(dressed(medquad.parse(raw, place)), library, by=by, reason=people.REASON)
        except BadFile as error:
            tally.refuse("bad_file", f"{place} {error}")
        except ValidationError as error:
            tally.refuse("import_refused", f"{place}: {' '.join(error.messages)}")
        else:
            tally.counts["files"] += 1
            for name, count in written.counts().items():
                tally.counts[f"{name} rows"] += count
            repeats = [row for row in written.findings if row.message.startswith("Not created")]
            tally.counts["repeated answers left out"] += len(repeats)
        on_file()
    people.disclose(by=by)
    _give_specialties(by=by)


def dressed(document: Document) -> Document:
    """Return the document with what the review policies ask for; answers that repeat another are left out."""
    speaker = ContributorPart(people.speaker_of(document.topic.name), "person")
    articles = tuple(
        replace(
            article,
            disclaimers=PARTS,
            viewpoints=tuple(_dressed(viewpoint, document.topic.name, speaker) for viewpoint in _once(article)),
        )
        for article in document.articles
    )
    return replace(document, articles=articles, skips_repeats=True)


def _once(article: ArticlePart) -> Iterator[ViewpointPart]:
    """Yield the answers of one file that do not repeat another of it; the importer compares files with each other."""
    left_out, _ = sift([(viewpoint.key, viewpoint.body) for viewpoint in article.viewpoints])
    yield from (viewpoint for viewpoint in article.viewpoints if viewpoint.key not in left_out)


def _dressed(viewpoint: ViewpointPart, topic: str, speaker: ContributorPart) -> ViewpointPart:
    publisher = viewpoint.contributors[0].name
    sources = viewpoint.sources or (SourcePart(topic, publisher, ""),)
    return replace(viewpoint, contributors=(*viewpoint.contributors, speaker), sources=sources)


def _give_specialties(*, by: Any) -> None:
    while batch := list(Topic.objects.filter(specialty="", articles__owner=by).distinct().order_by("pk")[:BATCH]):
        with transaction.atomic():
            for topic in _locked(batch):
                topic.specialty = people.specialty_of(topic.pk)
                write(topic, by=by, reason=people.REASON)


def _locked(topics: list[Topic]) -> Iterator[Topic]:
    pks = [topic.pk for topic in topics]
    yield from Topic.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
