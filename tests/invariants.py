"""What must hold at every moment, told without the product's own code: plain SQL, rfc8785, hashlib, and HTTP.

`Records()` reads every fact; its checks raise AssertionError. `Doors` asks what readers are answered.
"""

import hashlib
import json
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import rfc8785
from django.db import connection
from django.db.models import BigAutoField
from django.test import Client

from publishing.models import STORE_MODELS

#: A word that marks one text. The story machine puts a new one into everything it writes.
TOKEN = re.compile("zq[a-p]{6}zq")

#: What each event tells of: the table, the column that names who did it, and the column that the event names.
FACTS = {
    "edition.submitted": ("reviews_edition", "submitted_by_id", "id"),
    "edition.decided": ("reviews_decision", "reviewer_id", "id"),
    "edition.recalled": ("reviews_recall", "by_id", "edition_id"),
    "edition.published": ("publishing_publication", "published_by_id", "id"),
    "publication.withdrawn": ("publishing_withdrawal", "by_id", "id"),
}
CLINICAL = set(
    "physician nurse pharmacist dentist psychologist physiotherapist midwife dietitian other_clinician".split()
)
HOLDERS = {"anyone": None, "clinician": CLINICAL, "pharmacist_or_legal": {"pharmacist", "legal"}}
EVENT_COLUMNS = ("seq", "prev_hash", "actor_id", "actor_name", "action", "object_type", "object_id")


def tokens(text: Any) -> set[str]:
    return set(TOKEN.findall(text if isinstance(text, str) else json.dumps(text)))


def digest(content: Any) -> str:
    return f"sha256:{hashlib.sha256(rfc8785.dumps(content)).hexdigest()}"


class Records:
    """Every fact in the database, as plain rows by id."""

    def __init__(self) -> None:
        self.editions = {row["id"]: row for row in _rows("reviews_edition")}
        self.decisions = {row["id"]: row for row in _rows("reviews_decision")}
        self.recalls = {row["id"]: row for row in _rows("reviews_recall")}
        self.publications = {row["id"]: row for row in _rows("publishing_publication")}
        self.withdrawals = {row["publication_id"]: row for row in _rows("publishing_withdrawal")}
        self.events = _rows("reviews_event", order="seq")
        self.told = {(row["action"], row["object_id"]): row for row in self.events}
        self.touched_by = {pk: frozenset(read(row["touched_by"])) for pk, row in self.editions.items()}

    def check(self) -> None:
        self.check_chain()
        self.check_events()
        self.check_digests()
        self.check_own_work()
        self.check_order()
        for publication in self.publications.values():
            self.check_approvals(publication)

    def check_chain(self) -> None:
        """Events are numbered one after the other, each names the hash before it, and each hashes to its hash."""
        before = "0" * 64
        for number, row in enumerate(self.events, start=1):
            assert (row["seq"], row["prev_hash"]) == (number, before), f"event {row['seq']} does not follow"
            assert _event_hash(row) == row["hash"], f"event {row['seq']} does not hash to its hash"
            before = row["hash"]

    def check_events(self) -> None:
        """Every fact has one event, by who did it; no event tells of a fact that is not there."""
        for action, (table, actor, key) in FACTS.items():
            there = {str(row[key]): row for row in self._facts(table)}
            told = [row for row in self.events if row["action"] == action]
            ids = sorted(row["object_id"] for row in told)
            assert ids == sorted(there), f"{action}: events tell of {ids}, facts are {sorted(there)}"
            for event in told:
                assert event["actor_id"] == there[event["object_id"]][actor], f"{action}: another actor"

    def check_digests(self) -> None:
        """Content, edition, decisions and publication carry one digest."""
        for row in self.editions.values():
            assert row["digest"] == _text_digest(row["content"]), f"edition {row['id']}: digest"
        for row in [*self.decisions.values(), *self.publications.values()]:
            assert row["digest"] == self.editions[row["edition_id"]]["digest"], f"row {row['id']}: digest"

    def check_own_work(self) -> None:
        for row in self.decisions.values():
            own = row["outcome"] == "approve" and row["reviewer_id"] in self.touched_by[row["edition_id"]]
            assert not own, f"decision {row['id']} approves the reviewer's own work"

    def check_order(self) -> None:
        """Numbers have no gaps; an article has one open edition at most; what is public was not recalled."""
        for article in {row["article_id"] for row in self.editions.values()}:
            editions = [row for row in self.editions.values() if row["article_id"] == article]
            assert sorted(row["number"] for row in editions) == list(range(1, len(editions) + 1))
            assert len([row for row in editions if self.is_open(row)]) <= 1, f"{article}: several open editions"
            seqs = sorted(row["seq"] for row in self.publications.values() if row["article_id"] == article)
            assert seqs == list(range(1, len(seqs) + 1))
        recalled = {row["edition_id"] for row in self.recalls.values()}
        assert not recalled & {row["edition_id"] for row in self.publications.values()}, "recalled and public"

    def check_approvals(self, publication: dict[str, Any]) -> None:
        """At the moment of publication the edition had every approval of its own policy, and no other outcome."""
        edition = self.editions[publication["edition_id"]]
        policy, content = read(edition["policy"]), read(edition["content"])
        moment = self.told["edition.published", str(publication["id"])]["seq"]
        signed = [row for row in self.decisions_on(edition) if self.seq_of(row) < moment]
        assert {row["outcome"] for row in signed} == {"approve"}, f"edition {edition['id']}: not approved alone"
        late = [row for row in self.decisions_on(edition) if self.seq_of(row) > moment and row["round"] == 1]
        assert {row["outcome"] for row in late} <= {"revoke"}
        assert policy["stages"], "a policy without stages"
        assert not unmet(policy, content, signed), f"edition {edition['id']}: {unmet(policy, content, signed)}"
        if policy["separate_releaser"]:
            assert publication["published_by_id"] not in {row["reviewer_id"] for row in signed}
        for row in signed:
            before = [other for other in signed if self.seq_of(other) < self.seq_of(row)]
            self._check_signature(policy, content, row, before)

    def _check_signature(self, policy: Any, content: Any, row: dict[str, Any], before: list[dict[str, Any]]) -> None:
        stage = next(stage for stage in policy["stages"] if stage["key"] == row["stage"])
        earlier = [other for other in policy["stages"] if other["order"] < stage["order"]]
        assert not unmet({"stages": earlier}, content, before), f"decision {row['id']} came before its turn"
        if policy["one_stage_each"]:
            assert row["reviewer_id"] not in {other["reviewer_id"] for other in before}
        wanted = HOLDERS[stage["holder"]]
        held = valid_credentials(row, policy)
        assert wanted is None or wanted & {credential["profession"] for credential in held}
        specialty = content["topic"]["specialty"]
        is_specialist = bool(specialty) and specialty in {credential["specialty"] for credential in held}
        assert bool(row["is_specialist"]) == is_specialist, f"decision {row['id']}: specialist or not"

    def decisions_on(self, edition: dict[str, Any]) -> list[dict[str, Any]]:
        return [row for row in self.decisions.values() if row["edition_id"] == edition["id"]]

    def is_open(self, edition: dict[str, Any]) -> bool:
        facts = [*self.recalls.values(), *self.publications.values()]
        ended = {row["edition_id"] for row in facts}
        return edition["id"] not in ended and {row["outcome"] for row in self.decisions_on(edition)} <= {"approve"}

    def seq_of(self, decision: dict[str, Any]) -> int:
        return self.told["edition.decided", str(decision["id"])]["seq"]

    def newest_publication(self, article: str) -> dict[str, Any] | None:
        mine = [row for row in self.publications.values() if row["article_id"] == article]
        return max(mine, key=lambda row: row["seq"], default=None)

    def live(self) -> dict[str, dict[str, Any]]:
        """Return article id -> newest publication, where that was not withdrawn."""
        newest = {row["article_id"]: self.newest_publication(row["article_id"]) for row in self.publications.values()}
        return {article: row for article, row in newest.items() if row and row["id"] not in self.withdrawals}

    def content_of(self, publication: dict[str, Any]) -> Any:
        return read(self.editions[publication["edition_id"]]["content"])

    def _facts(self, table: str) -> list[dict[str, Any]]:
        of = {
            "reviews_edition": self.editions,
            "reviews_decision": self.decisions,
            "reviews_recall": self.recalls,
            "publishing_publication": self.publications,
            "publishing_withdrawal": self.withdrawals,
        }
        return list(of[table].values())


class Doors:
    """What anonymous readers are answered, compared with the records; each check returns the bodies it saw."""

    def __init__(self, records: Records, client: Client | None = None) -> None:
        self.records = records
        self.client = client or Client()

    def check_everything(self, articles: list[str]) -> None:
        for article in articles:
            self.check_addresses(article, self.check_api(article))
        self.check_list()

    def check_api(self, article: str) -> str:
        """The article's API address answers its newest publication unless that was withdrawn, byte for byte."""
        response = self.client.get(f"/api/v1/articles/{article}/")
        newest = self.records.newest_publication(article)
        assert response.status_code == self.status(newest), f"{article}: {response.status_code}"
        if response.status_code == 200:
            self._check_document(json.loads(response.content), newest)
        return response.content.decode()

    def check_addresses(self, article: str, body: str) -> list[str]:
        """By slug, as a page and edition by edition the article answers as it did, with `body`, at its API address."""
        newest = self.records.newest_publication(article)
        if newest is None:
            return []
        edition, status = self.records.editions[newest["edition_id"]], self.status(newest)
        slug, language = edition["slug"], edition["language"]
        by_slug = self.client.get(f"/api/v1/articles/by-slug/{slug}/?language={language}")
        page = self.client.get(f"/{language}/articles/{slug}/")
        assert (by_slug.status_code, page.status_code) == (status, status), f"{article}: {slug}"
        if status == 200:
            assert by_slug.content == body.encode()
            shown, content = tokens(page.content.decode()), self.records.content_of(newest)
            texts = [content["title"], content["summary"], content["see_doctor_html"], content["synthesis_html"]]
            texts += [row["body_html"] for row in content["viewpoints"]]
            assert tokens(texts) <= shown, f"{article}: the page lacks a part of its text"
        bodies = [by_slug.content.decode(), page.content.decode()]
        return bodies + [
            self._check_edition(article, row) for row in self.records.editions.values() if row["article_id"] == article
        ]

    def check_list(self) -> str:
        """The list holds exactly the live articles, newest first, each with its digest."""
        response = self.client.get("/api/v1/articles/?limit=100")
        assert response.status_code == 200
        cards = json.loads(response.content)["items"]
        live = self.records.live()
        assert {card["id"]: card["digest"] for card in cards} == {pk: row["digest"] for pk, row in live.items()}
        assert len(cards) == len(live)
        times = [card["published_at"] for card in cards]
        assert times == sorted(times, reverse=True)
        return response.content.decode()

    def status(self, newest: dict[str, Any] | None) -> int:
        if newest is None:
            return 404
        withdrawal = self.records.withdrawals.get(newest["id"])
        if withdrawal is None:
            return 200
        return 404 if withdrawal["kind"] == "vanished" else 410

    def _check_document(self, document: Any, publication: Any) -> None:
        edition = self.records.editions[publication["edition_id"]]
        assert document["content"] == read(edition["content"])
        named = (document["edition"]["number"], document["edition"]["digest"])
        assert named == (edition["number"], digest(document["content"])) == (edition["number"], publication["digest"])
        decisions = self.records.decisions_on(edition)
        revoked = {(row["reviewer_id"], row["stage"]) for row in decisions if row["outcome"] == "revoke"}
        stand = [
            row
            for row in decisions
            if row["outcome"] == "approve" and (row["reviewer_id"], row["stage"]) not in revoked
        ]
        assert document["review"]["state"] == ("approval_revoked" if revoked else "current")
        assert bool(document["notices"]) == bool(revoked)
        shown = [(row["name"], row["stage"], row["digest"]) for row in document["review"]["reviewed_by"]]
        assert shown == [(read(row["reviewer_snapshot"])["name"], row["stage"], row["digest"]) for row in stand]

    def _check_edition(self, article: str, edition: dict[str, Any]) -> str:
        response = self.client.get(f"/api/v1/articles/{article}/editions/{edition['number']}/")
        mine = [row for row in self.records.publications.values() if row["article_id"] == article]
        publication = next((row for row in mine if row["edition_id"] == edition["id"]), None)
        ends = [row for row in mine if publication and row["seq"] >= publication["seq"]]
        taken_back = [row for row in ends if row["id"] in self.records.withdrawals]
        if publication and not taken_back:
            assert response.status_code == 200
            assert response.json()["content"] == read(edition["content"])
        else:
            assert response.status_code in ((404, 410) if publication else (404,)), f"{article}: {response.status_code}"
        return response.content.decode() + self._check_certificate(article, edition, response.status_code)

    def _check_certificate(self, article: str, edition: dict[str, Any], status: int) -> str:
        """The certificate answers as its edition does, and tells of every signature of its first round."""
        response = self.client.get(f"/api/v1/articles/{article}/editions/{edition['number']}/certificate/")
        assert response.status_code == status, f"{article}: certificate {response.status_code}"
        if status == 200:
            own = json.loads(response.content)["reviews"][0]
            signed = [row for stage in own["stages"] for row in stage["signatures"] if row["round"] == 1]
            told = [row["meaning"] for sign in signed for row in (sign, *sign["taken_back"])]
            raw = [row["attestation"] for row in self.records.decisions_on(edition) if row["round"] == 1]
            assert own["digest"] == edition["digest"]
            assert sorted(told) == sorted(raw), f"{article}: the certificate tells of other signatures"
        return response.content.decode()


def unmet(policy: Any, content: Any, signed: list[dict[str, Any]]) -> list[str]:
    """Return the stages that lack an approval, counted from rows."""
    found = []
    for stage in policy["stages"]:
        mine = [row for row in signed if row["stage"] == stage["key"] and row["outcome"] == "approve"]
        specialists = {row["reviewer_id"] for row in mine if row["is_specialist"]}
        if len({row["reviewer_id"] for row in mine}) < stage["quorum"] or len(specialists) < stage["specialists"]:
            found.append(stage["key"])
    return found


def valid_credentials(decision: dict[str, Any], policy: Any) -> list[Any]:
    """Return the credentials kept with a signature that counted on the day it was given."""
    day = _moment(decision["signed_at"]).date()
    months = policy["credential_max_age_months"]
    return [
        row
        for row in read(decision["reviewer_snapshot"])["credentials"]
        if row["verified_on"]
        and _in_time(row, day, months)
        and (not row["expires_on"] or row["expires_on"] >= f"{day}")
    ]


def check_history() -> None:
    """Every row of every history names who wrote it."""
    counts = " UNION ALL ".join(
        f"SELECT COUNT(*) FROM {table} WHERE history_user_id IS NULL" for table in history_tables()
    )
    assert not any(count for (count,) in _select(counts)), "a history row without a name"


def fingerprint() -> tuple[Any, ...]:
    """Return a value that changes with every fact, history row and row of the public store."""
    facts = ["reviews_edition", "reviews_decision", "reviews_recall", "publishing_publication", "publishing_withdrawal"]
    facts += [f"reviews_{name}" for name in ("assignment", "assignmentreply", "override", "comment", "resolution")]
    facts += [f"reviews_{name}" for name in ("reviewround", "reaffirmation", "revocationanswer", "sentreminder")]
    parts = [f"(SELECT COUNT(*) FROM {table}), (SELECT MAX(id) FROM {table})" for table in facts]
    parts += [f"(SELECT MAX(history_id) FROM {table})" for table in history_tables()]
    parts += [f"(SELECT MAX(seq) FROM {table})" for table in ("reviews_event", "publishing_change")]
    parts += [f"(SELECT COUNT(*) FROM {model._meta.db_table})" for model in STORE_MODELS]
    parts += ["(SELECT SUM(version) FROM articles_article)", "(SELECT MAX(updated_at) FROM publishing_livearticle)"]
    etags = _select(
        "SELECT etag FROM publishing_livearticle UNION ALL SELECT etag FROM publishing_liveedition ORDER BY 1"
    )
    return (*_select(f"SELECT {', '.join(parts)}"), *etags)


def store_rows() -> dict[str, list[Any]]:
    """Return the whole public store, to be compared with itself after a rebuild."""
    return {
        model.__name__: sorted(
            tuple(str(row[name]) for name in row if name != "id" or not isinstance(model._meta.pk, BigAutoField))
            for row in model.objects.values()
        )
        for model in STORE_MODELS
    }


@lru_cache(1)
def history_tables() -> list[str]:
    return sorted(name for name in connection.introspection.table_names() if _is_history(name))


def _is_history(table: str) -> bool:
    return table.startswith(("articles_historical", "reviews_historical"))


def _rows(table: str, order: str = "id") -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY {order}")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row | {"article_id": str(UUID(str(row["article_id"])))} if "article_id" in row else row for row in rows]


def _select(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@lru_cache(5000)
def _parsed(text: str) -> Any:
    return json.loads(text)


def read(text: str) -> Any:
    """Return the value of a JSON column; equal texts give one and the same object, so never change it."""
    return _parsed(text)


@lru_cache(5000)
def _text_digest(text: str) -> str:
    return digest(_parsed(text))


def _event_hash(row: dict[str, Any]) -> str:
    return _hash_of(*(row[name] for name in EVENT_COLUMNS), row["article_id"], row["payload"], str(row["at"]))


@lru_cache(5000)
def _hash_of(*columns: Any) -> str:
    *plain, article, payload, at = columns
    values = dict(zip(EVENT_COLUMNS, plain, strict=True))
    values["actor"] = values.pop("actor_id")
    at = _moment(at).isoformat(timespec="microseconds")
    values |= {"article_id": article, "payload": read(payload), "at": at}
    return hashlib.sha256(rfc8785.dumps(values)).hexdigest()


def _moment(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_time(credential: Any, day: date, months: int) -> bool:
    verified = date.fromisoformat(credential["verified_on"])
    age = (day.year - verified.year) * 12 + day.month - verified.month - (day.day < verified.day)
    return verified <= day and age <= months
