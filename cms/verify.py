"""Prove the records against each other: digests, signatures, the event chain, the guards and the public store.

Every check yields one list of problems for each row it looked at, so that a caller can count rows while it streams.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import DatabaseError, connection, models, transaction

from articles.snapshot import digest_of
from cms.guards import install
from cms.recorded import FACTS
from cms.recorded_lifecycle import LIFECYCLE
from publishing.models import STORE_MODELS, Address, Publication, Withdrawal
from publishing.rebuild import batches, expected_rows
from reviews.events import hash_of
from reviews.models import (
    GENESIS_HASH,
    Assignment,
    AssignmentReply,
    Comment,
    Decision,
    Edition,
    Event,
    Outcome,
    Override,
    Reaffirmation,
    Recall,
    Resolution,
    ReviewRound,
    RevocationAnswer,
)
from reviews.policy import Signature, missing_approvals

Problems = Iterator[list[str]]
#: The ids of the facts that have their event, by model.
Recorded = defaultdict[type[models.Model], set[int]]

BATCH = 500


@dataclass(frozen=True)
class Check:
    """One pass over one kind of row."""

    label: str
    count: Callable[[], int]
    run: Callable[[], Problems]

    def problems(self) -> Problems:
        """Run the check; what cannot even be read is a problem too, and the other checks go on."""
        try:
            yield from self.run()
        except (DatabaseError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            yield [f"{self.label}: cannot be read any further ({type(error).__name__}: {error})"]


def checks() -> list[Check]:
    """Return every check, in the order in which they must run."""
    recorded: Recorded = defaultdict(set)
    facts: list[tuple[Any, Any]] = [
        (Edition, editions),
        (Decision, decisions),
        (Recall, facts_with_event),
        (Assignment, facts_with_event),
        (AssignmentReply, facts_with_event),
        (Override, facts_with_event),
        (Comment, facts_with_event),
        (Resolution, facts_with_event),
        (Publication, publications),
        (ReviewRound, facts_with_event),
        (Reaffirmation, facts_with_event),
        (RevocationAnswer, facts_with_event),
        (Withdrawal, facts_with_event),
        (Address, addresses),
        *((fact.model, facts_with_event) for fact in LIFECYCLE.values() if fact.model is not Address),
    ]
    return [
        Check("guards", lambda: 1, guards),
        Check(_label(Event), Event.objects.count, partial(events, recorded)),
        *(Check(_label(model), model.objects.count, partial(run, model, recorded)) for model, run in facts),
        *(Check(_label(model), partial(_counted, model), partial(store, model)) for model in STORE_MODELS),
    ]


def _counted(model: Any) -> int:
    """Return how many rows a model of the store should have; where the facts cannot be read, how many it has."""
    try:
        return expected_rows()[model].count()
    except (DatabaseError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        return model.objects.count()


def guards() -> Problems:
    """Every trigger is there, as it was written, and no other stands beside them."""
    yield [f"{name}: this guard is missing, altered or not ours" for name in install.missing()]


def events(recorded: Recorded) -> Problems:
    """Every event continues the chain, hashes to its hash, and tells the truth about a row that is there."""
    seq, previous = 0, GENESIS_HASH
    for batch in batches(Event.objects.order_by("seq").iterator(BATCH), BATCH):
        told = _facts_told_by(batch)
        for event in batch:
            yield [*_of_chain(event, seq, previous), *_of_telling(event, told, recorded)]
            seq, previous = event.seq, event.hash


def editions(model: Any, recorded: Recorded) -> Problems:
    """The content of every edition hashes to its digest."""
    for edition in Edition.objects.order_by("pk").iterator(BATCH):
        problems = _of_event(edition, recorded)
        if _digest_of(edition.content) != edition.digest:
            problems.append(f"{_name(edition)}: content does not match its digest")
        elif edition.content.get("language") != edition.language:
            problems.append(f"{_name(edition)}: language is not that of its content")
        yield problems


def decisions(model: Any, recorded: Recorded) -> Problems:
    """Every decision cites the digest of its edition, in a stage of its policy; no approval is of one's own work."""
    rows = Decision.objects.select_related("edition").defer("edition__content").order_by("pk")
    for decision in rows.iterator(BATCH):
        problems, edition = _of_event(decision, recorded), decision.edition
        if decision.digest != edition.digest:
            problems.append(f"{_name(decision)}: digest is not that of {_name(edition)}")
        if edition.stage(decision.stage) is None:
            problems.append(f"{_name(decision)}: {_name(edition)} has no stage “{decision.stage}”")
        if decision.outcome == Outcome.APPROVE and decision.reviewer_id in edition.touched_by:
            problems.append(f"{_name(decision)}: the reviewer approved their own work")
        yield problems


def publications(model: Any, recorded: Recorded) -> Problems:
    """Every publication cites the digest of its edition, and had every approval that its policy asks for."""
    rows = Publication.objects.select_related("edition").prefetch_related("edition__decisions").order_by("pk")
    for publication in rows.iterator(BATCH):
        problems, edition = _of_event(publication, recorded), publication.edition
        if (publication.article_id, publication.digest) != (edition.article_id, edition.digest):
            problems.append(f"{_name(publication)}: digest or article is not that of {_name(edition)}")
        problems += _of_approvals(publication)
        yield problems


def addresses(model: Any, recorded: Recorded) -> Problems:
    """Every address came with the first publication of its article, or by a move that has its event."""
    for row in Address.objects.order_by("pk").iterator(BATCH):
        came_with = Publication.objects.filter(
            article=row.article_id, seq=1, published_at=row.at, published_by=row.by_id
        )
        if row.reason:
            yield _of_event(row, recorded)
        else:
            yield [] if came_with.exists() else [f"{_name(row)}: neither a first publication nor a move gave it"]


def facts_with_event(model: Any, recorded: Recorded) -> Problems:
    """Every row has its event."""
    for row in model.objects.order_by("pk").iterator(BATCH):
        yield _of_event(row, recorded)


def store(model: Any) -> Problems:
    """The public store holds exactly the rows that the facts give."""
    expected, keys = expected_rows()[model], set()
    for batch in batches(expected.rows()):
        there = _there(model, expected.key, batch)
        for row in batch:
            key = _key(row, expected.key)
            keys.add(key)
            yield _of_row(row, there.get(key), _row_name(model, key))
    for key in model.objects.order_by().values_list(*expected.key).iterator():
        if key not in keys:
            yield [f"{_row_name(model, key)}: no publication or withdrawal stands behind this row"]


@contextmanager
def one_moment() -> Iterator[None]:
    """Read the whole database as it was at one moment, while others go on writing."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        _execute("BEGIN")  # `atomic` would take the lock of writers.
        try:
            yield
        finally:
            _execute("ROLLBACK")


def _of_chain(event: Event, seq: int, previous: str) -> list[str]:
    problems = []
    if event.seq != seq + 1:
        problems.append(f"{_name(event)}: the event before it ({event.seq - 1}) is missing")
    if event.prev_hash != previous:
        problems.append(f"{_name(event)}: prev_hash is not the hash of the event before it")
    if _hash_of(event) != event.hash:
        problems.append(f"{_name(event)}: its columns do not match its hash")
    return problems


def _facts_told_by(batch: list[Event]) -> dict[tuple[str, str], Any]:
    """Fetch the rows that these events tell of, by action and object id."""
    told: dict[tuple[str, str], Any] = {}
    for action, fact in FACTS.items():
        ids = [event.object_id for event in batch if event.action == action and event.object_id.isdecimal()]
        rows = fact.rows().filter(**{f"{fact.key}__in": ids}) if ids else []
        told |= {(action, str(getattr(row, fact.key))): row for row in rows}
    return told


def _of_telling(event: Event, told: dict[tuple[str, str], Any], recorded: Recorded) -> list[str]:
    if event.action not in FACTS:
        return []
    fact, row = FACTS[event.action], told.get((event.action, event.object_id))
    if row is None or event.object_type != fact.about._meta.model_name:
        return [
            f"{_name(event)}: there is no {_label(fact.model)} with {fact.key} {event.object_id}, of which it tells"
        ]
    problems = []
    if row.pk in recorded[fact.model]:
        problems.append(f"{_name(event)}: an earlier event tells of {_name(row)} already")
    recorded[fact.model].add(row.pk)
    truth = {"actor": getattr(row, fact.actor), "article": fact.article(row), **fact.payload(row)}
    said = {"actor": event.actor_id, "article": event.article_id, **event.payload}
    if wrong := sorted(name for name, value in truth.items() if said.get(name) != value):
        problems.append(f"{_name(row)}: {', '.join(wrong)} not as {_name(event)} recorded it")
    return problems


def _of_event(row: Any, recorded: Recorded) -> list[str]:
    return [] if row.pk in recorded[type(row)] else [f"{_name(row)}: no event tells of it"]


def _of_approvals(publication: Publication) -> list[str]:
    """Look at what had been signed when it was published; an approval taken back later is no fault."""
    edition, at = publication.edition, publication.published_at
    signed = [
        row
        for row in edition.decisions.all()
        if row.signed_at < at or (row.signed_at == at and row.outcome == Outcome.APPROVE)
    ]
    signatures = [
        Signature(row.reviewer_id, row.stage, row.outcome, row.is_specialist, row.reviewer_snapshot.get("name", ""))
        for row in signed
    ]
    blockers = missing_approvals(edition.policy, edition.content, signatures)
    problems = [f"{_name(publication)}: {blocker.message}" for blocker in blockers]
    approvers = {row.reviewer_id for row in signed if row.outcome == Outcome.APPROVE}
    if edition.policy["separate_releaser"] and publication.published_by_id in approvers:
        problems.append(f"{_name(publication)}: who published it had approved it")
    return problems


def _of_row(row: Any, there: Any, name: str) -> list[str]:
    if there is None:
        return [f"{name}: missing in the public store"]
    columns = [field.attname for field in row._meta.concrete_fields if field.get_internal_type() != "BigAutoField"]
    different = [column for column in columns if getattr(row, column) != getattr(there, column)]
    return [f"{name}: {', '.join(different)} not as published"] if different else []


def _there(model: Any, key: tuple[str, ...], batch: list[Any]) -> dict[tuple[Any, ...], Any]:
    found = model.objects.filter(**{f"{key[0]}__in": {getattr(row, key[0]) for row in batch}})
    return {_key(row, key): row for row in found}


def _key(row: Any, key: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in key)


def _row_name(model: Any, key: tuple[Any, ...]) -> str:
    return f"{_label(model)} {' edition '.join(map(str, key))}"


def _name(row: Any) -> str:
    return f"{_label(type(row))} {row.pk}"


def _label(model: Any) -> str:
    return str(model._meta.label)


def _digest_of(content: Any) -> str:
    try:
        return digest_of(content)
    except ValueError:
        return "no canonical form"


def _hash_of(event: Event) -> str:
    try:
        return hash_of(event)
    except ValueError:
        return "no canonical form"


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
