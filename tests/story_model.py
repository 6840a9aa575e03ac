"""What the story machine remembers by itself: who wrote what, what was signed, what is public. Reads no database."""

from dataclasses import dataclass, field
from typing import Any

from tests.invariants import HOLDERS

#: A disclosure or source of such a status keeps a draft from review.
UNFIT = {"not_asked", "refused", "retracted"}


@dataclass
class Person:
    username: str
    pk: int
    roles: set[str]
    professions: frozenset[str] = frozenset()
    is_specialist: bool = False
    is_superuser: bool = False
    is_active: bool = True
    is_declared: bool = True

    def has(self, *roles: str) -> bool:
        return self.is_active and (self.is_superuser or bool(self.roles & set(roles)))


@dataclass
class Signature:
    person: Person
    stage: str
    outcome: str


@dataclass
class Remark:
    """A comment on the edition of that number."""

    pk: int
    number: int
    person: Person
    is_blocking: bool
    is_settled: bool = False


@dataclass
class Edition:
    pk: int
    number: int
    digest: str
    draft: dict[str, Any]
    content: Any
    policy: Any
    touched: set[int]
    began: int
    slug: str
    note: str
    signed: list[Signature] = field(default_factory=list)
    recalled: bool = False
    publication: int = 0
    published_by: int = 0
    withdrawn: str = ""
    message: str = ""

    @property
    def is_open(self) -> bool:
        return not self.recalled and not self.publication and all(row.outcome == "approve" for row in self.signed)

    @property
    def outcomes(self) -> set[str]:
        return {row.outcome for row in self.signed}

    def lacks(self, stage: dict[str, Any]) -> bool:
        mine = [row.person for row in self.signed if row.stage == stage["key"]]
        return len(mine) < stage["quorum"] or len([row for row in mine if row.is_specialist]) < stage["specialists"]

    def may_sign(self, person: Person, key: str) -> bool:
        """Whether this person may decide in this stage now."""
        stage = next((row for row in self.policy["stages"] if row["key"] == key), None)
        if stage is None or not self.is_open or person.pk in self.touched or not person.has(stage["group"]):
            return False
        done = {row.stage for row in self.signed if row.person.pk == person.pk}
        if key in done or (done and self.policy["one_stage_each"]):
            return False
        if any(row["order"] < stage["order"] and self.lacks(row) for row in self.policy["stages"]):
            return False
        wanted = HOLDERS[stage["holder"]]
        return wanted is None or (person.is_declared and bool(wanted & person.professions))

    def stage_for(self, person: Person) -> str:
        """Return the stage that waits for an approval that this person may give; "" for none."""
        waiting = [row for row in self.policy["stages"] if self.lacks(row) and self.may_sign(person, row["key"])]
        needs = [row for row in waiting if person.is_specialist or not self.lacks_only_specialists(row)]
        return needs[0]["key"] if needs else ""

    def lacks_only_specialists(self, stage: dict[str, Any]) -> bool:
        mine = [row for row in self.signed if row.stage == stage["key"]]
        return self.lacks(stage) and len(mine) >= stage["quorum"]

    def may_release(self, person: Person) -> bool:
        complete = self.is_open and self.policy["stages"] and not any(map(self.lacks, self.policy["stages"]))
        approved = person.pk in {row.person.pk for row in self.signed}
        return bool(complete) and person.has("Publisher") and not (self.policy["separate_releaser"] and approved)


@dataclass
class Article:
    pk: str
    owner: int
    draft: dict[str, Any]
    began: int
    version: int = 1
    archived: bool = False
    editions: list[Edition] = field(default_factory=list)
    restored: list[tuple[int, set[int]]] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def holds_up(self, edition: Edition) -> list[Remark]:
        """Return the blocking comments, on this edition or one before it, that nobody has settled."""
        return [row for row in self.remarks if row.is_blocking and not row.is_settled and row.number <= edition.number]

    @property
    def open_edition(self) -> Edition | None:
        return next((row for row in self.editions if row.is_open), None)

    @property
    def addresses(self) -> set[str]:
        return {row.slug for row in self.public}

    @property
    def public(self) -> list[Edition]:
        return [row for row in self.editions if row.publication]

    @property
    def live(self) -> Edition | None:
        return self.public[-1] if self.public and not self.public[-1].withdrawn else None

    def shared(self) -> set[str]:
        """Return the ids of the shared records that the draft shows."""
        people = {pk for row in self.draft["viewpoints"] for pk in row["contributors"]}
        sources = {pk for row in self.draft["viewpoints"] for pk in row["citations"]}
        return people | sources | {self.draft["topic_id"], *self.draft["disclaimers"]}


@dataclass
class Model:
    people: dict[str, Person]
    shared: dict[str, Any]
    logins: dict[str, int]
    kinds: dict[str, list[str]]
    articles: list[Article] = field(default_factory=list)
    changes: list[tuple[int, str, int]] = field(default_factory=list)
    clock: int = 0

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def add_article(self, pk: str, owner: Person, draft: dict[str, Any]) -> Article:
        article = Article(pk, owner.pk, draft, self.tick())
        self.articles.append(article)
        self.changed(pk, owner)
        return article

    def changed(self, what: str, person: Person) -> None:
        self.changes.append((self.tick(), what, person.pk))

    def touched(self, article: Article, submitter: Person) -> set[int]:
        """Return who may not approve the draft if `submitter` submits it now."""
        since = article.public[-1].began if article.public else -1
        people = {submitter.pk, article.owner} | self._since(since, {article.pk})
        people |= self._since(since if article.public else article.began, article.shared())
        for restored_at, wrote in article.restored:
            people |= wrote if restored_at > since else set()
        return people | {self.logins[pk] for pk in article.shared() if pk in self.logins}

    def content_of(self, draft: dict[str, Any]) -> dict[str, Any]:
        """Return what an edition of this draft must say, in the form that `told` gives."""
        return {name: value for name, value in draft.items() if name not in ("risk_tier", "slug")} | {
            "shared": {pk: self.shared[pk] for pk in self._shown(draft)}
        }

    def is_fit(self, draft: dict[str, Any]) -> bool:
        """Whether nothing in the content itself keeps the draft from review, under any of the policies."""
        viewpoints, kinds = draft["viewpoints"], {self.shared[pk]["kind"] for pk in draft["disclaimers"]}
        return (
            bool(viewpoints)
            and all(row["contributors"] and row["citations"] for row in viewpoints)
            and {"mixed_authorship", "not_medical_advice"} <= kinds
            and all(self.shared[pk].get("status") not in UNFIT for pk in self._shown(draft))
        )

    def is_new(self, article: Article) -> bool:
        """Whether the draft says something else than the public text, and than what its reviewers returned."""
        said = self.content_of(article.draft)
        same = [row for row in article.editions if told(row.content) == said]
        ends = {outcome for row in same for outcome in row.outcomes}
        return article.live not in same and not ends & {"request_changes", "reject"}

    def may_edit(self, person: Person, article: Article) -> bool:
        speaks = {self.logins.get(pk) for row in article.draft["viewpoints"] for pk in row["contributors"]}
        sees = person.pk in {article.owner, *speaks} or person.has("Editor", "Publisher", "Medical lead", "Auditor")
        return sees and person.has("Editor", "Contributor") and not article.archived

    def may_comment(self, person: Person, article: Article) -> bool:
        speakers = {self.logins.get(pk) for row in article.draft["viewpoints"] for pk in row["contributors"]}
        sees = person.has("Editor", "Medical reviewer", "Publisher", "Medical lead", "Auditor")
        sees = sees or (person.has("Contributor") and person.pk in {article.owner, *speakers})
        return sees and person.has("Contributor", "Editor", "Medical reviewer", "Medical lead")

    def may_settle(self, person: Person, article: Article, remark: Remark) -> bool:
        wrote = {pk for row in article.editions if row.number >= remark.number for pk in row.touched}
        is_free_lead = person.has("Medical lead") and person.pk not in wrote
        right = not remark.is_blocking or remark.person.pk == person.pk or is_free_lead
        return right and not remark.is_settled and self.may_comment(person, article)

    def may_submit(self, person: Person, article: Article) -> bool:
        ready = person.has("Editor") and not article.archived and article.open_edition is None
        fit = ready and self.is_fit(article.draft) and self.is_new(article)
        return fit and self.address_is_free(article, article.draft["slug"])

    def address_is_free(self, article: Article, slug: str) -> bool:
        """Whether no other article is, or was, public there, and this one nowhere else."""
        others = {at for other in self.articles if other is not article for at in other.addresses}
        return slug not in others and article.addresses <= {slug}

    def topic_is_free(self, edition: Edition) -> bool:
        """Whether no other topic was public at the address of this edition's topic."""
        topic = edition.content["topic"]
        public = [row.content["topic"] for article in self.articles for row in article.public]
        return not [row for row in public if row["slug"] == topic["slug"] and row["id"] != topic["id"]]

    def _shown(self, draft: dict[str, Any]) -> set[str]:
        return Article("", 0, draft, 0).shared()

    def _since(self, moment: int, what: set[str]) -> set[int]:
        return {person for at, changed, person in self.changes if at > moment and changed in what}


def told(content: Any) -> dict[str, Any]:
    """Return what an edition's content says of the draft and of the shared records it shows."""
    sources = {row["id"]: row["source_id"] for row in content["references"]}
    shared = {row["source_id"]: {"status": row["status"]} for row in content["references"]}
    shared |= {row["id"]: {"kind": row["kind"], "text": row["text"]} for row in content["disclaimers"]}
    shared[content["topic"]["id"]] = {"slug": content["topic"]["slug"], "also_called": content["topic"]["also_called"]}
    for viewpoint in content["viewpoints"]:
        for row in viewpoint["contributors"]:
            shared[row["id"]] = {"status": row["disclosure"]["status"], "affiliation": row["affiliation"]}
    return {
        "topic_id": content["topic"]["id"],
        "title": content["title"],
        "summary": content["summary"],
        "see_doctor": content["see_doctor_html"],
        "synthesis": content["synthesis_html"],
        "disclaimers": [row["id"] for row in content["disclaimers"]],
        "viewpoints": [
            {
                "id": row["id"],
                "heading": row["heading"],
                "body": row["body_html"],
                "contributors": [person["id"] for person in row["contributors"]],
                "citations": [sources[number] for number in row["citations"]],
            }
            for row in content["viewpoints"]
        ],
        "shared": shared,
    }
