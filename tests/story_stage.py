"""Where every story starts: the people, the records they share and three drafts; and drafts as plain values."""

import copy
import uuid
from collections import defaultdict
from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from articles import actions as drafts
from articles import models as draft_models
from reviews.models import ReviewPolicy
from tests import cast
from tests.story_model import Model, Person

ROLES = {
    "ada": ["Editor", "Medical reviewer"],  # an author with a reviewer's rights and credentials
    "cyd": ["Editor", "Publisher"],
    "eli": ["Editor"],
    "fen": ["Editor"],
    "ben": ["Medical reviewer"],  # a contributor of viewpoints
    "con": ["Contributor"],  # so is con
    "bea": ["Medical reviewer"],
    "bob": ["Medical reviewer"],
    "kim": ["Medical reviewer"],
    "gus": ["Medical reviewer"],  # a clinician of another specialty
    "eve": ["Medical reviewer"],  # a pharmacist
    "fay": ["Medical reviewer"],  # her credential has expired
    "pam": ["Publisher"],
    "max": ["Medical lead"],
    "dot": [],
    "root": [],
    "rex": [],  # a superuser with credentials
}
CREDENTIALS = dict.fromkeys(("ada", "ben", "bea", "bob", "kim", "rex", "fay"), ("physician", "Neurologic")) | {
    "gus": ("physician", "PrimaryCare"),
    "eve": ("pharmacist", "PharmacySpecialty"),
}
NOTES = ("not_medical_advice", "mixed_authorship", "opinion")
BODY = "<p>Opinion {}: most small twitches of a muscle pass without any treatment at all.</p>"


def make_stage() -> Model:
    """Make people, shared records and three articles; return the model that knows them."""
    system = get_user_model().objects.get(username="system")
    people = {name: make_person(name, roles, system) for name, roles in ROLES.items()}
    people["con"].professions, people["con"].is_specialist = frozenset({"physician"}), True
    speakers = [cast.make_contributor(by=system) for _ in range(3)]
    speakers += [cast.make_contributor(by=system, name="Con", user_id=people["con"].pk)]
    speakers += [draft_models.Contributor.objects.get(user=people["ben"].pk)]
    sources = [cast.make_reference(by=system) for _ in range(3)]
    notes = [cast.make_disclaimer(by=system, kind=kind) for kind in NOTES]
    topics = [cast.make_topic(by=system, slug=slug, also_called=[]) for slug in ("one", "two")]
    model = Model(
        people=people,
        shared={str(row.pk): {"status": "none_declared", "affiliation": row.affiliation} for row in speakers}
        | {str(row.pk): {"status": "ok"} for row in sources}
        | {str(row.pk): {"kind": row.kind, "text": row.text} for row in notes}
        | {str(row.pk): {"slug": row.slug, "also_called": []} for row in topics},
        logins={str(speakers[3].pk): people["con"].pk, str(speakers[4].pk): people["ben"].pk},
        kinds={
            kind: [str(row.pk) for row in rows]
            for kind, rows in (("person", speakers), ("source", sources), ("note", notes), ("topic", topics))
        },
    )
    words = map(word, count(0xF00000))
    for tier, name in enumerate(("ada", "cyd", "eli"), start=1):
        draft = new_draft(model.kinds, lambda: next(words), tier, tier)
        owner = get_user_model().objects.get(username=name)
        model.add_article(str(drafts.save_article(None, as_values(draft), by=owner).pk), people[name], draft)
    return model


def make_person(name: str, roles: list[str], system: object) -> Person:
    user = cast.make_user(name, *roles, is_superuser=name in ("root", "rex"))
    person = Person(name, user.pk, set(roles), is_superuser=user.is_superuser)
    if name in CREDENTIALS:
        profession, specialty = CREDENTIALS[name]
        contributor = cast.make_contributor(by=system, name=f"Dr {name}", user=user, credential=None)
        expires = timezone.now().date() - timedelta(days=1) if name == "fay" else None
        cast.make_credential(contributor, by=system, profession=profession, specialty=specialty, expires_on=expires)
        if name != "fay":
            person.professions, person.is_specialist = frozenset({profession}), specialty == "Neurologic"
    return person


def word(number: int) -> str:
    """Return a word that marks one text and no other (tests.invariants.TOKEN)."""
    return f"zq{f'{number:06x}'.translate(str.maketrans('0123456789abcdef', 'abcdefghijklmnop'))}zq"


def new_draft(kinds: dict[str, list[str]], fresh: Any, pick: int, tier: int) -> dict[str, Any]:
    """Return a draft that lacks nothing."""
    return {
        "topic_id": kinds["topic"][pick % len(kinds["topic"])],
        "title": f"Why does a muscle twitch? {fresh()}",
        "summary": f"Small twitches are common {fresh()}.",
        "see_doctor": f"<p>See a doctor when it gets weaker {fresh()}.</p>",
        "synthesis": f"<p>Both agree {fresh()}.</p>",
        "risk_tier": tier,
        "slug": f"twitch-{fresh()}",
        "disclaimers": kinds["note"][:2],
        "viewpoints": [new_viewpoint(kinds, fresh, pick), new_viewpoint(kinds, fresh, pick + 1)],
    }


def new_viewpoint(kinds: dict[str, list[str]], fresh: Any, pick: int) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "heading": f"View {fresh()}",
        "body": BODY.format(fresh()),
        "contributors": [kinds["person"][pick % len(kinds["person"])]],
        "citations": [kinds["source"][pick % len(kinds["source"])]],
    }


def as_values(draft: dict[str, Any]) -> dict[str, Any]:
    """Return a draft as `save_article` takes it."""
    values = copy.deepcopy(draft)
    for viewpoint in values.get("viewpoints", []):
        viewpoint["contributors"] = [{"contributor_id": pk} for pk in viewpoint["contributors"]]
    return values


def draft_now(pk: str) -> tuple[int, bool, dict[str, Any]]:
    """Read version, archived or not, and draft from the tables."""
    names = ("topic_id", "title", "summary", "see_doctor", "synthesis", "risk_tier", "slug")
    row = draft_models.Article.objects.values("version", "archived_at", *names).get(pk=pk)
    viewpoints = draft_models.Viewpoint.objects.filter(article=pk).order_by("position")
    notes = draft_models.ArticleDisclaimer.objects.filter(article=pk).order_by("position")
    people = _parts(draft_models.ViewpointContributor, "contributor_id", pk)
    sources = _parts(draft_models.Citation, "reference_id", pk)
    draft = {name: row[name] for name in names} | {
        "topic_id": str(row["topic_id"]),
        "disclaimers": [str(note) for note in notes.values_list("disclaimer_id", flat=True)],
        "viewpoints": [
            {
                "id": str(viewpoint["id"]),
                "heading": viewpoint["heading"],
                "body": viewpoint["body"],
                "contributors": people[viewpoint["id"]],
                "citations": sources[viewpoint["id"]],
            }
            for viewpoint in viewpoints.values("id", "heading", "body")
        ],
    }
    return row["version"], row["archived_at"] is not None, draft


def policy_now(tier: int) -> dict[str, Any]:
    """Read what a policy asks for now."""
    policy = ReviewPolicy.objects.filter(risk_tier=tier).values().get()
    names = ("key", "label", "order", "group", "holder", "quorum", "specialists", "due_days", "checklist")
    stages = ReviewPolicy.objects.get(risk_tier=tier).stages.order_by("order", "key").values(*names)
    return {name: value for name, value in policy.items() if name != "id"} | {"stages": list(stages)}


def _parts(model: Any, name: str, article: str) -> dict[Any, list[str]]:
    """Return the ids that each viewpoint of an article names, in order."""
    found: dict[Any, list[str]] = defaultdict(list)
    rows = model.objects.filter(viewpoint__article=article).order_by("position")
    for viewpoint, pk in rows.values_list("viewpoint_id", name):
        found[viewpoint].append(str(pk))
    return found
