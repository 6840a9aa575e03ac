"""Take articles along the line to their readers: attributed, submitted, approved by the right people, published.

Every step is one action, by whoever may take it, and looks at what is there: a load that was killed goes on where it
stopped, and what people decided since stays as it is.
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError

from articles.actions import save_article
from articles.checks import plain_text
from articles.importers.document import clipped
from articles.models import Article
from cms.corpus import people
from cms.corpus.tally import Tally
from publishing.actions import publish
from reviews.actions import decide, submit
from reviews.models import Edition, Outcome

CHUNK = 200
LONGEST_SUMMARY = 300
SEE_DOCTOR = "<p>See a doctor when something worries you, gets worse or does not pass. (Made up, for tests.)</p>"
SYNTHESIS = "<p>{count} answers stand side by side here. Nobody compared them: this text is made up, for tests.</p>"

State = tuple[int, bool, bool]


class Line:
    """The library's accounts at work on one article after another."""

    def __init__(self, users: dict[str, Any], tally: Tally) -> None:
        self.users, self.tally = users, tally

    def run(self, article_ids: Iterator[UUID], *, on_article: Callable[[], None]) -> None:
        """Take each article as far as the gates let it; a refusal is counted and the others go on."""
        for chunk in _chunks(article_ids):
            states = _states(chunk)
            for article in Article.objects.filter(pk__in=chunk).order_by("pk"):
                try:
                    self._take(article, states.get(article.pk))
                except (ValidationError, PermissionDenied) as refusal:
                    self._note(article, refusal)
                on_article()

    def _take(self, article: Article, state: State | None) -> None:
        pk, is_public, is_closed = state or (0, False, False)
        if is_public:
            self.tally.counts["live before"] += 1
            return
        if is_closed:
            raise ValidationError("Its review was ended by a person; nothing was done.", code="left_alone")
        edition = Edition.objects.get(pk=pk) if pk else self._submitted(article)
        self._approve(edition)
        with self.tally.timed("publish"):
            publish(edition, by=self.users[people.PUBLISHER], expected_digest=edition.digest)
        self.tally.counts["published"] += 1

    def _submitted(self, article: Article) -> Edition:
        writer = self.users[people.WRITER]
        with self.tally.timed("attribute"):
            if values := _lacking(article):
                article = save_article(
                    article, values, by=writer, expected_version=article.version, reason=people.REASON
                )
        with self.tally.timed("submit"):
            edition = submit(article, by=writer, note=people.REASON)
        self.tally.counts["submitted"] += 1
        return edition

    def _approve(self, edition: Edition) -> None:
        signed = {(row.reviewer_id, row.stage) for row in edition.facts["decisions"]}
        for reviewer, stage in self._approvers(edition):
            if (reviewer.pk, stage["key"]) not in signed:
                with self.tally.timed("decide"):
                    decide(
                        edition,
                        Outcome.APPROVE,
                        by=reviewer,
                        stage=stage["key"],
                        expected_digest=edition.digest,
                        answers=_all_yes(stage),
                    )
                self.tally.counts["approvals"] += 1

    def _approvers(self, edition: Edition) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield who approves, and in which stage, in the order of the stages; nobody in two of them."""
        busy: set[str] = set()
        for stage in edition.policy["stages"]:
            free = [name for name in self._candidates(edition, stage) if name not in busy][: stage["quorum"]]
            busy |= set(free)
            for name in free:
                yield self.users[name], stage

    def _candidates(self, edition: Edition, stage: dict[str, Any]) -> list[str]:
        if stage["group"] == "Editor":
            return [name for name in (people.EDITOR, people.WRITER) if self.users[name].pk not in edition.touched_by]
        if stage["holder"] == "pharmacist_or_legal":
            return [people.PHARMACIST]
        return people.reviewers(edition.content["topic"]["specialty"])

    def _note(self, article: Article, refusal: ValidationError | PermissionDenied) -> None:
        if isinstance(refusal, PermissionDenied):
            self.tally.refuse("not_allowed", f"{article}: {refusal}")
            return
        errors: list[ValidationError] = getattr(refusal, "error_list", [refusal])
        self.tally.counts["articles refused"] += 1
        for code in dict.fromkeys(error.code or "invalid" for error in errors):
            message = next(" ".join(error.messages) for error in errors if (error.code or "invalid") == code)
            self.tally.refuse(code, f"{article}: {message}")


def of_the_library(writer: Any) -> Iterator[UUID]:
    """Yield the ids of the library's articles in order, a chunk at a time."""
    last = None
    while True:
        rows = Article.objects.filter(owner=writer, archived_at__isnull=True).order_by("pk")
        rows = rows.filter(pk__gt=last) if last else rows
        ids = list(rows.values_list("pk", flat=True)[:CHUNK])
        if not ids:
            return
        yield from ids
        last = ids[-1]


def _chunks(ids: Iterator[UUID]) -> Iterator[list[UUID]]:
    chunk: list[UUID] = []
    for pk in ids:
        chunk.append(pk)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _states(article_ids: list[UUID]) -> dict[UUID, State]:
    """Return, by article, its newest edition: its id, whether it is or was public, and whether its review ended."""
    rows: Any = Edition.objects.with_state().filter(article__in=article_ids).order_by("number")
    values = rows.values_list("article_id", "pk", "has_publication", "has_recall", "has_return")
    return {article: (pk, is_public, recall or back) for article, pk, is_public, recall, back in values}


def _lacking(article: Article) -> dict[str, str]:
    """Return the texts that the article still needs, by field."""
    bodies = list(article.viewpoints.order_by("position", "pk").values_list("body", flat=True))
    values = {"see_doctor": SEE_DOCTOR}
    if bodies:
        values["summary"] = _summary(bodies[0]) or article.title
    if len(bodies) > 1:
        values["synthesis"] = SYNTHESIS.format(count=len(bodies))
    return {name: text for name, text in values.items() if not getattr(article, name)}


def _summary(body: str) -> str:
    text = " ".join(plain_text(body[: 8 * LONGEST_SUMMARY]).split())
    first, stop, _ = text.partition(". ")
    return clipped(first + stop.strip(), LONGEST_SUMMARY)


def _all_yes(stage: dict[str, Any]) -> list[dict[str, str]]:
    return [{"question": question, "answer": "yes", "comment": ""} for question in stage.get("checklist", [])]
