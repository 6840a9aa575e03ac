"""How one act of a story is tried, and booked when it was done. The rules are in test_story_machine.py."""

import copy
from collections import Counter
from dataclasses import replace
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from hypothesis import event
from hypothesis.stateful import RuleBasedStateMachine

from articles import actions as drafts
from articles import models as draft_models
from articles.history import write
from publishing import actions as publishing
from publishing.models import Publication
from reviews import actions as reviews
from reviews.models import Comment
from reviews.models import Edition as EditionRow
from tests.cast import correction, decide
from tests.invariants import Records, digest, fingerprint
from tests.story_model import UNFIT, Article, Edition, Model, Person, Remark, Signature, told
from tests.story_stage import BODY, as_values, new_draft, new_viewpoint, policy_now, word

#: What happened in all examples together.
TALLY: Counter[str] = Counter()

ADDRESSES = {"one", "two", "three"}


class Acts(RuleBasedStateMachine):
    """A story under way: the model beside the database. Every example starts from `stage`, in a transaction."""

    stage: Model

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block._from_testcase = True  # type: ignore[attr-defined]  # as TestCase: durable actions may run inside
        self.block.__enter__()
        self.model = copy.deepcopy(self.stage)
        self.written = self.turn = 0
        self.client = Client()
        self.records = Records()
        self.seen: Any = None
        self.checked: Any = None
        self.acts = 0
        self.about: Article | None = None
        self.refused = self.is_sound = self.is_shown = self.is_new_in_public = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def _attempt(self, name: str, person: Person, call: Any, must: bool = False, may: bool = True) -> Any:
        """Call an action in a person's name. What `may` not be is refused, what `must` be is not."""
        TALLY["steps"] += 1
        self.acts += 1
        if self.acts > 1:
            self.seen = fingerprint()
        self.is_sound = False
        try:
            done = call(get_user_model().objects.get(pk=person.pk))
        except (PermissionDenied, ValidationError) as refusal:
            assert not must, f"{name} by {person.username} was refused: {refusal}"
            self.refused = True
            self._count(f"{name} refused")
            return None
        assert may, f"{name} by {person.username} was not refused"
        self._count(name)
        return done

    def _count(self, name: str) -> None:
        TALLY[name] += 1
        event(name)

    def _change(self, article: Article, person: Person, changes: dict[str, Any], fresh: bool = True) -> None:
        values, row, version = as_values(changes), self._row(article), article.version - (not fresh)
        may = self.model.may_edit(person, article) and fresh
        may &= "slug" not in changes or changes["slug"] not in {
            other.draft["slug"] for other in self.model.articles if other is not article
        }
        done = self._attempt(
            "change",
            person,
            lambda by: drafts.save_article(row, values, by=by, expected_version=version, reason="Better"),
            must=may,
            may=may,
        )
        if done and article.draft | changes != article.draft:
            article.draft |= changes
            self._was_changed(article, person)
        self.about = article

    def _submit(self, article: Article, person: Person, fresh: bool = True) -> None:
        row, note, began = self._row(article), self._word(), self.model.tick()
        touched = self.model.touched(article, person)
        policy = policy_now(article.draft["risk_tier"])
        version = article.version - (not fresh)
        may = person.has("Editor") and fresh and not article.archived and article.open_edition is None
        done = self._attempt(
            "submit",
            person,
            lambda by: reviews.submit(row, by=by, expected_version=version, note=note),
            must=fresh and self.model.may_submit(person, article),
            may=may and self.model.address_is_free(article, article.draft["slug"]),
        )
        if not done:
            return
        kept = EditionRow.objects.values().get(pk=done.pk)
        assert told(kept["content"]) == self.model.content_of(article.draft), "frozen: another text than was saved"
        assert kept["policy"] == policy, "frozen: another policy than stood"
        assert touched == set(kept["touched_by"]), f"touched by {touched}, not {kept['touched_by']}"
        names = {"digest": digest(kept["content"]), "slug": article.draft["slug"], "note": note, "began": began}
        draft = copy.deepcopy(article.draft)
        article.editions.append(
            Edition(done.pk, done.number, draft=draft, content=kept["content"], policy=policy, touched=touched, **names)
        )
        self.about = article

    def _recall(self, article: Article, edition: Edition, person: Person) -> None:
        row, may = self._edition_row(edition), person.has("Editor") and edition.is_open
        call = lambda by: reviews.recall(row, by=by, reason=f"Not yet {self._word()}")  # noqa: E731
        if self._attempt("recall", person, call, must=may, may=may):
            edition.recalled, self.about = True, article

    def _decide(
        self, article: Article, edition: Edition, person: Person, outcome: str, stage: str, right: bool = True
    ) -> None:
        row, comment = self._edition_row(edition), f"Seen {self._word()}"
        expected = edition.digest if right else digest(article.pk)
        may = right and outcome != "revoke" and edition.may_sign(person, stage)
        may = may and (outcome != "approve" or not article.holds_up(edition))
        done = self._attempt(
            outcome,
            person,
            lambda by: decide(row, outcome, by=by, stage=stage, expected_digest=expected, comment=comment),
            must=may,
            may=may,
        )
        if done:
            edition.signed.append(Signature(person, stage, outcome))
            self.about = article

    def _publish(self, article: Article, edition: Edition, person: Person, right: bool = True) -> None:
        row, note = self._edition_row(edition), f"New {self._word()}"
        notice = correction(row)
        if notice:
            notice["correction_summary"] = note
        expected = edition.digest if right else digest(article.pk)
        may = right and edition.may_release(person) and not article.holds_up(edition)
        done = self._attempt(
            "publish",
            person,
            lambda by: publishing.publish(row, by=by, expected_digest=expected, note=note, **notice),
            must=may and self.model.address_is_free(article, edition.slug) and self.model.topic_is_free(edition),
            may=may and self.model.address_is_free(article, edition.slug),
        )
        if done:
            edition.publication, edition.published_by, edition.note = done.pk, person.pk, note
            self._count("published again" if done.seq > 1 else "published first")
            self._was_shown(article)

    def _comment(self, article: Article, edition: Edition, person: Person, severity: str) -> None:
        row, text = self._edition_row(edition), f"Which muscle? {self._word()}"
        may = self.model.may_comment(person, article)
        may = may and (severity == "advisory" or person.has("Editor", "Medical reviewer", "Medical lead"))
        may = may and (edition is article.editions[-1] or article.live is edition)
        call = lambda by: reviews.comment(row, by=by, text=text, severity=severity)  # noqa: E731
        done = self._attempt(severity, person, call, must=may, may=may)
        if done:
            article.remarks.append(Remark(done.pk, edition.number, person, severity != "advisory"))

    def _settle(self, article: Article, remark: Remark, person: Person) -> None:
        row, may = Comment.objects.get(pk=remark.pk), self.model.may_settle(person, article, remark)
        said = {"disposition": "persuasive", "answer": f"The calf {self._word()}"}
        if self._attempt("settle", person, lambda by: reviews.resolve(row, by=by, **said), must=may, may=may):
            remark.is_settled = True

    def _revoke(self, article: Article, edition: Edition, person: Person, stage: str) -> None:
        mine = {row.outcome for row in edition.signed if row.person is person and row.stage == stage}
        may = person.is_active and "approve" in mine and "revoke" not in mine
        row, reason = self._edition_row(edition), f"I was wrong {self._word()}"
        done = self._attempt(
            "revoke", person, lambda by: reviews.revoke(row, by=by, stage=stage, reason=reason), must=may, may=may
        )
        if done:
            edition.signed.append(Signature(person, stage, "revoke"))
            self._count("revoked while live" if article.live is edition else "revoked while not live")
            self._was_shown(article)

    def _withdraw(
        self, article: Article, edition: Edition, person: Person, kind: str, other: Article | None = None
    ) -> None:
        message, row = f"Taken back {self._word()}", Publication.objects.get(pk=edition.publication)
        may = person.has("Publisher", "Medical lead") and article.live is edition
        may = may and (other is None or (other is not article and other.live is not None))
        values = {"kind": kind, "reason": message, "reader_message": message}
        values["replacement"] = other and self._row(other)
        call = lambda by: publishing.withdraw(row, by=by, **values)  # noqa: E731
        if self._attempt("withdraw", person, call, must=may, may=may):
            edition.withdrawn, edition.message = kind, message
            self._was_shown(article)

    def _go_on(self, article: Article, pick: int) -> None:
        editors, people = self._those(lambda person: person.has("Editor")), self.model.people.values()
        edition, live = article.open_edition, article.live
        takers = self._those(lambda person: person.has("Publisher", "Medical lead"))
        if live and pick in (2, 3) and takers:
            self._withdraw(article, live, takers[pick % len(takers)], "withdrawn" if pick == 2 else "vanished")
        elif live and pick in (4, 5) and "revoke" not in live.outcomes:
            self._revoke(article, live, live.signed[-1].person, live.signed[-1].stage)
        elif edition is None and editors and not article.archived:
            editor = editors[pick % len(editors)]
            if self.model.may_submit(editor, article):
                self._submit(article, editor)
            else:
                self._mend(article, editors[0], pick)
        elif edition is not None and article.holds_up(edition):
            remark = article.holds_up(edition)[0]
            settlers = self._those(lambda person: self.model.may_settle(person, article, remark))
            if settlers:
                self._settle(article, remark, settlers[pick % len(settlers)])
        elif edition is not None:
            signers = [(person, edition.stage_for(person)) for person in people if edition.stage_for(person)]
            releasers = self._those(edition.may_release)
            if signers:
                person, stage = signers[pick % len(signers)]
                self._decide(article, edition, person, {6: "request_changes", 7: "reject"}.get(pick, "approve"), stage)
            elif releasers and self.model.address_is_free(article, edition.slug):
                self._publish(article, edition, releasers[pick % len(releasers)])
            elif editors:
                self._recall(article, edition, editors[0])

    def _go_wrong(self, article: Article, edition: Edition, way: str, pick: int) -> None:
        innocent = replace(edition, touched=set())
        signers = self._those(edition.stage_for)
        releasers = self._those(lambda person: person.has("Publisher"))
        authors = self._those(lambda person: person.pk in edition.touched and innocent.stage_for(person))
        if way == "own work" and authors:
            author = authors[pick % len(authors)]
            self._decide(article, edition, author, "approve", innocent.stage_for(author))
        elif way == "again" and edition.signed:
            signature = edition.signed[pick % len(edition.signed)]
            self._decide(article, edition, signature.person, "approve", signature.stage)
        elif way in ("own work", "again") or not (signers or releasers):
            return
        elif way == "too early" and releasers:
            self._publish(article, edition, releasers[pick % len(releasers)])
        elif signers:
            person = signers[pick % len(signers)]
            stage, right = edition.stage_for(person), way != "other text"
            person = self._switched_off(person) if way == "switched off" else person
            self._decide(article, edition, person, "approve", stage, right)
        else:
            person = releasers[pick % len(releasers)]
            person = self._switched_off(person) if way == "switched off" else person
            self._publish(article, edition, person, way != "other text")

    def _switched_off(self, person: Person) -> Person:
        get_user_model().objects.filter(pk=person.pk).update(is_active=False)
        person.is_active = False
        return person

    def _mend(self, article: Article, person: Person, pick: int) -> None:
        for pk in sorted(article.shared()):
            kept = self.model.shared[pk]
            if kept.get("status") in UNFIT:
                way = "disclosure" if "affiliation" in kept else "source"
                return self._change_shared(person, way, pk, 1)
        changes = self._new_draft(pick, article.draft["risk_tier"])
        if article.public:
            changes["slug"] = article.public[-1].slug
        return self._change(article, person, changes)

    def _change_shared(self, person: Person, way: str, pk: str, pick: int) -> None:
        """As the admin does it. A third of the statuses keep drafts from review; the next change mends them."""
        kept = self.model.shared[pk]
        if way == "disclosure":
            row: Any = draft_models.Disclosure.objects.get(contributor=pk)
            row.status = kept["status"] = "none_declared" if pick % 3 else "refused" if pick % 2 else "not_asked"
        elif way == "affiliation":
            row = draft_models.Contributor.objects.get(pk=pk)
            row.affiliation = kept["affiliation"] = f"Clinic {self._word()}"
        elif way == "source":
            row = draft_models.Reference.objects.get(pk=pk)
            row.status = kept["status"] = "ok" if pick % 3 else "retracted"
        else:
            row = draft_models.Topic.objects.get(pk=pk)
            row.also_called = kept["also_called"] = [f"twitch {self._word()}"]
            if way == "address":
                taken = {self.model.shared[other]["slug"] for other in self.model.kinds["topic"]}
                row.slug = kept["slug"] = min(ADDRESSES - taken)
        self._attempt("shared record", person, lambda by: write(row, by=by))
        for login in self._those(lambda other: other.pk == self.model.logins.get(pk)):
            login.is_declared = kept["status"] not in UNFIT
        self.model.changed(pk, person)

    def _changes(self, article: Article, way: str, pick: int) -> dict[str, Any]:
        """Return new values for a draft."""
        viewpoints = copy.deepcopy(article.draft["viewpoints"])
        notes, topics = self.model.kinds["note"], self.model.kinds["topic"]
        if way in ("title", "summary"):
            return {way: f"Why do muscles twitch? {self._word()}"}
        if way in ("see_doctor", "synthesis"):
            return {way: f"<p>See a doctor when it gets weaker {self._word()}.</p>"}
        if way == "disclaimers":
            return {"disclaimers": [notes[pick % 3], notes[(pick + 1) % 3], notes[(pick + 2) % 3]][: 2 + pick % 2]}
        if way == "topic":
            return {"topic_id": topics[pick % 2]}
        if way == "slug":
            return {"slug": self._article(pick).draft["slug"] if pick % 2 else f"twitch-{self._word()}"}
        if way == "risk_tier":
            return {"risk_tier": 1 + pick % 3}
        if way == "people":
            viewpoints[0]["contributors"] = list(
                dict.fromkeys([self._of_kind("person", pick), self._of_kind("person", 1)])
            )
        elif way == "sources":
            viewpoints[0]["citations"] = [self._of_kind("source", pick)] if pick else []
        elif way == "bodies":
            viewpoints = [row | {"body": BODY.format(self._word())} for row in viewpoints]
        elif way == "more":
            viewpoints = [*viewpoints, self._new_viewpoint(pick)][:3]
        elif way == "fewer":
            viewpoints = viewpoints[:-1] or viewpoints
        elif way == "reorder":
            viewpoints.reverse()
        return {"viewpoints": viewpoints} if way != "same" else {}

    def _new_draft(self, pick: int, tier: int) -> dict[str, Any]:
        return new_draft(self.model.kinds, self._word, pick, tier)

    def _new_viewpoint(self, pick: int) -> dict[str, Any]:
        return new_viewpoint(self.model.kinds, self._word, pick)

    def _was_changed(self, article: Article, person: Person) -> None:
        article.version += 1
        self.model.changed(article.pk, person)
        self.about = article

    def _was_shown(self, article: Article) -> None:
        self.about, self.is_shown, self.is_new_in_public = article, True, True

    def _word(self) -> str:
        self.written += 1
        return word(self.written)

    def _person(self, name: str) -> Person:
        return self.model.people[name]

    def _those(self, condition: Any) -> list[Person]:
        return [person for person in self.model.people.values() if condition(person)]

    def _article(self, at: int) -> Article:
        return self.model.articles[at % len(self.model.articles)]

    def _of_kind(self, kind: str, pick: int) -> str:
        return self.model.kinds[kind][pick % len(self.model.kinds[kind])]

    def _editions(self) -> list[tuple[Article, Edition]]:
        """Return all editions, open ones first, then live ones."""
        found = [(article, row) for article in self.model.articles for row in reversed(article.editions)]
        return sorted(found, key=lambda pair: (not pair[1].is_open, pair[0].live is not pair[1]))

    def _edition(self, pick: int) -> tuple[Article, Edition]:
        return self._editions()[pick * pick % len(self._editions())]

    def _public(self) -> list[tuple[Article, Edition]]:
        return [(article, edition) for article, edition in self._editions() if edition.publication]

    def _row(self, article: Article) -> draft_models.Article:
        return draft_models.Article.objects.get(pk=article.pk)

    def _edition_row(self, edition: Edition) -> EditionRow:
        return EditionRow.objects.select_related("article").get(pk=edition.pk)
