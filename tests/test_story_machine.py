"""Any story: whatever anybody does in whatever order, the five promises hold after each step.

Hypothesis draws who does what; much of it is refused. The machine keeps its own books (story_model.py), reads the
database and the public addresses by its own means (invariants.py), and compares after every step.
"""

import copy
import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from articles import actions as drafts
from articles import models as draft_models
from articles.history import remove, write
from reviews import actions as reviews
from reviews.models import ReviewPolicy, Stage
from tests.invariants import Doors, Records, check_history, fingerprint, read, store_rows, tokens
from tests.story_acts import TALLY, Acts
from tests.story_model import Article
from tests.story_stage import ROLES, as_values, draft_now, make_stage

STAGES = {
    "editorial": {"label": "Editorial review", "order": 1, "group": "Editor"},
    "medical": {"label": "Medical review", "order": 2, "group": "Medical reviewer", "holder": "clinician"},
    "pharmacy_legal": {"label": "Pharmacist", "order": 2, "group": "Medical reviewer", "holder": "pharmacist_or_legal"},
}
WAYS = ["title", "summary", "see_doctor", "synthesis", "bodies", "more", "fewer", "reorder", "people", "sources"]
WAYS += ["disclaimers", "topic", "slug", "risk_tier", "same"]

#: Stories told before the steps are counted again; the profile says how many steps there must be.
BATCH = 20
#: What must have come up, or the stories prove little.
OFTEN = {"publish": 50, "published again": 10, "withdraw": 10, "revoked while live": 10}
HAPPENS = ["create", "change", "archive", "merge", "disclaimer", "shared record", "submit", "recall", "approve"]
HAPPENS += ["revoke", "restore", "rebuild", "policy", "role", "account", "blocking", "settle"]
REFUSED = ["create", "change", "archive", "merge", "submit", "recall", "approve", "revoke"]
REFUSED += ["restore", "publish", "withdraw", "blocking", "settle"]

actors = st.sampled_from(list(ROLES))
which = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3])
picks = st.integers(0, 11)
mostly = st.sampled_from([True, True, True, True, False])


class StoryMachine(Acts):
    def teardown(self) -> None:
        try:
            if self.is_sound:
                check_history()
                for article in self.model.articles:
                    self._check_draft(article)
                    self._check_doors(article)
        finally:
            super().teardown()

    # ---- drafts

    @precondition(lambda self: len(self.model.articles) < 4)
    @rule(actor=actors, tier=st.sampled_from([1, 2, 3]), pick=picks)
    def create_article(self, actor: str, tier: int, pick: int) -> None:
        person, draft = self._person(actor), self._new_draft(pick, tier)
        may = person.has("Editor", "Contributor")
        row = self._attempt(
            "create", person, lambda by: drafts.save_article(None, as_values(draft), by=by), must=may, may=may
        )
        if row:
            draft["slug"] = row.slug
            self.about = self.model.add_article(str(row.pk), person, draft)

    @rule(actor=actors, at=which, way=st.sampled_from(WAYS), pick=picks, fresh=mostly)
    def change_article(self, actor: str, at: int, way: str, pick: int, fresh: bool) -> None:
        article = self._article(at)
        self._change(article, self._person(actor), self._changes(article, way, pick), fresh)

    @precondition(lambda self: not self._article(2).archived)
    @rule(actor=actors)
    def archive(self, actor: str) -> None:
        article, person = self._article(2), self._person(actor)
        may = self.model.may_edit(person, article)
        if self._attempt("archive", person, lambda by: drafts.archive(self._row(article), by=by, reason="x"), may, may):
            article.archived = True
            self._was_changed(article, person)

    @rule(actor=actors, at=which)
    def merge_viewpoints(self, actor: str, at: int) -> None:
        article, person = self._article(at), self._person(actor)
        kept, other = article.draft["viewpoints"][0], article.draft["viewpoints"][-1]
        rows = {str(row.pk): row for row in draft_models.Viewpoint.objects.filter(article=article.pk)}
        may = self.model.may_edit(person, article) and kept is not other
        done = self._attempt(
            "merge",
            person,
            lambda by: drafts.merge_viewpoints(rows[kept["id"]], rows[other["id"]], by=by, reason="One voice"),
            must=may,
            may=may,
        )
        if done:
            kept["body"] += other["body"]
            for name in ("contributors", "citations"):
                kept[name] = list(dict.fromkeys(kept[name] + other[name]))
            article.draft["viewpoints"].remove(other)
            self._was_changed(article, person)

    @rule(actor=actors, pick=picks)
    def save_disclaimer(self, actor: str, pick: int) -> None:
        person, row = self._person(actor), draft_models.Disclaimer.objects.get(pk=self._of_kind("note", pick))
        row.text = f"Ask somebody who knows you. {self._word()}"
        may = person.has("Editor")
        if self._attempt("disclaimer", person, lambda by: drafts.save_disclaimer(row, by=by), must=may, may=may):
            self.model.shared[str(row.pk)]["text"] = row.text
            self.model.changed(str(row.pk), person)

    @rule(actor=actors, pick=picks, way=st.sampled_from(["disclosure", "affiliation", "source", "topic", "address"]))
    def change_shared_record(self, actor: str, pick: int, way: str) -> None:
        kind = {"disclosure": "person", "affiliation": "person", "source": "source"}.get(way, "topic")
        pk, person = self._of_kind(kind, pick), self._person(actor)
        self._change_shared(person, way, pk, pick)

    # ---- reviews

    @rule(actor=actors, at=which, fresh=mostly)
    def submit(self, actor: str, at: int, fresh: bool) -> None:
        self._submit(self._article(at), self._person(actor), fresh)

    @precondition(lambda self: self._editions())
    @rule(actor=actors, pick=picks)
    def recall(self, actor: str, pick: int) -> None:
        article, edition = self._edition(pick)
        self._recall(article, edition, self._person(actor))

    @precondition(lambda self: self._editions())
    @rule(
        actor=actors,
        pick=picks,
        outcome=st.sampled_from(["approve", "approve", "approve", "approve", "request_changes", "reject", "revoke"]),
        stage=st.sampled_from(["editorial", "medical", "medical", "pharmacy_legal", "none"]),
        right=mostly,
    )
    def decide(self, actor: str, pick: int, outcome: str, stage: str, right: bool) -> None:
        article, edition = self._edition(pick)
        self._decide(article, edition, self._person(actor), outcome, stage, right)

    @precondition(lambda self: self._editions())
    @rule(actor=actors, pick=picks, severity=st.sampled_from(["advisory", "blocking", "blocking_safety"]))
    def comment(self, actor: str, pick: int, severity: str) -> None:
        article, edition = self._edition(pick)
        self._comment(article, edition, self._person(actor), severity)

    @precondition(lambda self: any(article.remarks for article in self.model.articles))
    @rule(actor=actors, pick=picks, own=mostly)
    def settle(self, actor: str, pick: int, own: bool) -> None:
        remarks = [(article, row) for article in self.model.articles for row in article.remarks]
        article, remark = remarks[pick % len(remarks)]
        self._settle(article, remark, remark.person if own else self._person(actor))

    @precondition(lambda self: self._editions())
    @rule(actor=actors, pick=picks, own=mostly, stage=st.sampled_from(["editorial", "medical"]))
    def revoke(self, actor: str, pick: int, own: bool, stage: str) -> None:
        live = [pair for pair in self._public() if pair[0].live is pair[1]]
        article, edition = live[pick % len(live)] if own and live else self._edition(pick)
        person = self._person(actor)
        if own and edition.signed:
            signature = edition.signed[pick % len(edition.signed)]
            person, stage = signature.person, signature.stage
        self._revoke(article, edition, person, stage)

    @precondition(lambda self: self._editions())
    @rule(actor=actors, pick=picks)
    def restore(self, actor: str, pick: int) -> None:
        article, edition = self._edition(pick)
        person, row = self._person(actor), self._edition_row(edition)
        may = self.model.may_edit(person, article)
        done = self._attempt(
            "restore", person, lambda by: reviews.restore(row, by=by, reason="It was better"), must=may, may=may
        )
        if done:
            names = ("title", "summary", "see_doctor", "synthesis", "disclaimers", "viewpoints")
            draft = article.draft | {name: copy.deepcopy(edition.draft[name]) for name in names}
            if draft != article.draft:
                article.draft = draft
                self._was_changed(article, person)
            wrote = set().union(*(row.touched for row in article.editions if row.number <= edition.number))
            article.restored.append((self.model.tick(), wrote))
            self.about = article

    # ---- publishing

    @precondition(lambda self: self._editions())
    @rule(actor=actors, pick=picks, right=mostly)
    def publish(self, actor: str, pick: int, right: bool) -> None:
        article, edition = self._edition(pick)
        self._publish(article, edition, self._person(actor), right)

    @precondition(lambda self: self._public())
    @rule(actor=actors, pick=picks, vanished=st.booleans(), replaced=st.booleans())
    def withdraw(self, actor: str, pick: int, vanished: bool, replaced: bool) -> None:
        article, edition = self._public()[pick % len(self._public())]
        other = self._article(pick) if replaced else None
        self._withdraw(article, edition, self._person(actor), "vanished" if vanished else "withdrawn", other)

    @precondition(lambda self: self.is_new_in_public)
    @rule()
    def rebuild_public_store(self) -> None:
        before = store_rows()
        root = self._person("root")
        self._attempt("rebuild", root, lambda by: call_command("rebuild_public_store", stdout=io.StringIO()))
        assert store_rows() == before, "rebuilt, the public store is another"
        self.is_new_in_public = False

    # ---- rules and people change while editions wait

    @rule(
        tier=st.sampled_from([1, 2, 3]),
        way=st.sampled_from(["quorum", "specialists", "separate_releaser", "one_stage_each", "disclaimers", "stage"]),
        key=st.sampled_from(list(STAGES)),
        number=st.integers(1, 2),
    )
    def edit_policy(self, tier: int, way: str, key: str, number: int) -> None:
        by = get_user_model().objects.get(username="max")
        policy = ReviewPolicy.objects.get(risk_tier=tier)
        stage = policy.stages.filter(key=key).first()
        if way == "stage" and stage and policy.stages.count() > 1:
            remove(stage, by=by)
        elif stage is None:
            write(Stage(policy=policy, key=key, **STAGES[key]), by=by)
        elif way in ("quorum", "specialists"):
            setattr(stage, way, number if way == "quorum" else number - 1)
            stage.specialists = min(stage.quorum, stage.specialists)
            write(stage, by=by)
        elif way == "disclaimers":
            policy.required_disclaimers = [] if number == 1 else ["mixed_authorship", "not_medical_advice"]
        elif way != "stage":
            setattr(policy, way, number == 1)
        policy.version += 1
        self._attempt("policy", self.model.people["max"], lambda _: write(policy, by=by))

    @rule(actor=actors, way=st.sampled_from(["off", "on", "Editor", "Medical reviewer", "Publisher", "Contributor"]))
    def change_account(self, actor: str, way: str) -> None:
        """Switch an account off, or all on again; give a role, or take it away."""
        person, users = self._person(actor), get_user_model().objects.all()
        if way in ("off", "on"):
            for name in ROLES if way == "on" else [actor]:
                self.model.people[name].is_active = way == "on"
            pks = [other.pk for other in self._those(lambda other: other.is_active == (way == "on"))]
            self._attempt("account", person, lambda _: users.filter(pk__in=pks).update(is_active=way == "on"))
        else:
            groups, group = users.get(pk=person.pk).groups, Group.objects.get(name=way)
            change = groups.remove if way in person.roles else groups.add
            person.roles ^= {way}
            self._attempt("role", person, lambda _: change(group))

    # ---- the next right person does the next right thing

    @rule(at=which, pick=picks)
    def go_on(self, at: int, pick: int) -> None:
        self._go_on(self._article(at), pick)

    @rule(at=which, pick=picks)
    def go_on_again(self, at: int, pick: int) -> None:
        self._go_on(self._article(at), pick)

    @rule(at=which, pick=st.integers(8, 11))
    def go_on_to_the_end(self, at: int, pick: int) -> None:
        article, before = self._article(at), len(self._article(at).public)
        for _ in range(8):
            if not self.refused and len(article.public) == before:
                self._go_on(article, pick)

    # ---- somebody does what is right but for one thing

    @precondition(lambda self: self._editions())
    @rule(at=which, pick=picks, way=st.sampled_from(["own work", "other text", "too early", "switched off", "again"]))
    def go_wrong(self, at: int, pick: int, way: str) -> None:
        article, edition = self._article(at), self._article(at).open_edition
        if edition:
            self._go_wrong(article, edition, way, pick)
        elif article.live:
            for person in self._those(lambda person: person.has("Publisher", "Medical lead"))[:1]:
                self._withdraw(article, article.live, self._switched_off(person), "withdrawn")

    # ---- the five promises

    @invariant()
    def the_promises_hold(self) -> None:
        now = fingerprint()
        self.turn += 1
        other = self._article(self.turn)
        assert not self.refused or now == self.seen, "a refusal changed the database"
        if now != self.checked:
            self.records = Records()
            self.records.check()
            self._check_books()
            if self.about:
                self._check_draft(self.about)
                self._check_doors(self.about, whole=self.is_shown or self.turn % 8 == 0)
        if self.turn % 4 == 0 or now != self.checked:
            self._check_tokens(Doors(self.records, self.client).check_api(other.pk), other)
        self.seen = self.checked = now
        self.about, self.acts, self.is_sound = None, 0, True
        self.refused = self.is_shown = False

    def _check_books(self) -> None:
        """What was acknowledged is there, nothing else is, and nobody who touched a text has approved it."""
        records = self.records
        editions = {edition.pk: edition for article in self.model.articles for edition in article.editions}
        assert {pk: row["digest"] for pk, row in records.editions.items()} == {
            pk: edition.digest for pk, edition in editions.items()
        }
        for pk, edition in editions.items():
            row = records.editions[pk]
            assert (read(row["content"]), read(row["policy"])) == (edition.content, edition.policy), (
                "an edition changed"
            )
            signed = [(found["reviewer_id"], found["stage"], found["outcome"]) for found in records.decisions_on(row)]
            assert signed == [(found.person.pk, found.stage, found.outcome) for found in edition.signed]
            assert not edition.touched & {person for person, _, outcome in signed if outcome == "approve"}, "own work"
        recalled = {row["edition_id"] for row in records.recalls.values()}
        assert recalled == {pk for pk, edition in editions.items() if edition.recalled}
        public = {row["edition_id"]: (pk, row["published_by_id"]) for pk, row in records.publications.items()}
        assert public == {
            pk: (edition.publication, edition.published_by) for pk, edition in editions.items() if edition.publication
        }
        withdrawn = {pk: row["kind"] for pk, row in records.withdrawals.items()}
        assert withdrawn == {
            edition.publication: edition.withdrawn for edition in editions.values() if edition.withdrawn
        }

    def _check_draft(self, article: Article) -> None:
        assert draft_now(article.pk) == (article.version, article.archived, article.draft), "the draft is another"

    def _check_doors(self, article: Article, whole: bool = True) -> None:
        doors, live = Doors(self.records, self.client), article.live
        body = doors.check_api(article.pk)
        assert (live is not None) == (article.pk in self.records.live())
        assert live is None or json.loads(body)["content"] == live.content
        for text in [body, *(doors.check_addresses(article.pk, body) if whole else [])]:
            self._check_tokens(text, article)
        everything = [[row.live.content, row.live.slug] for row in self.model.articles if row.live]
        assert tokens(doors.check_list()) <= tokens(everything), "the list shows what is not public"

    def _check_tokens(self, body: str, article: Article) -> None:
        """A public answer about an article has no word of anything but its public editions and its neighbours' titles."""
        last = article.public[-1] if article.public else None
        others = [row.live for row in self.model.articles if row.live]
        known = tokens([[row.content["title"], row.content["topic"], row.slug] for row in others])
        if last and last.withdrawn != "vanished":
            known |= tokens([last.slug, [row.message for row in article.public if row.withdrawn == "withdrawn"]])
        if article.live:
            known |= {word for row in article.public if not row.withdrawn for word in tokens([row.content, row.note])}
        elif last and last.withdrawn == "vanished":
            known = tokens(last.slug)  # the address that was asked for
        assert tokens(body) <= known, f"public, and never approved: {tokens(body) - known}"


@pytest.mark.slow
def test_the_five_promises_hold_in_every_story(db, caplog):
    caplog.set_level("ERROR", "django.request")  # every 404 and 410 would be kept
    TALLY.clear()
    StoryMachine.stage = make_stage()
    profile = settings.default
    while TALLY["steps"] < profile.max_examples * profile.stateful_step_count:
        run_state_machine_as_test(StoryMachine, settings=settings(profile, max_examples=BATCH))

    assert TALLY["steps"] >= 5000
    wanted = dict.fromkeys([*HAPPENS, *(f"{name} refused" for name in REFUSED)], 1) | OFTEN
    seldom = {name: TALLY[name] for name, least in wanted.items() if TALLY[name] < least}
    assert not seldom, f"too seldom to prove anything: {seldom}"
