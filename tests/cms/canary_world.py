"""A database in which something is in every state, and a row in every table, for the canary to look after."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, models
from django.utils import timezone

from articles import actions as drafts
from articles.models import Article
from cms.canary.fields import all_models
from cms.canary.planting import Tokens
from cms.canary.public import OPEN_MODELS
from publishing.models import Publication
from reviews import actions as reviews
from reviews.models import Edition, ReviewerSettings
from tests import cast
from tests.cms.guards.conftest import World, build

#: Tables that stay empty, with the reason why nothing can be in them that readers could see.
EMPTY = {
    "auth.User_user_permissions": "holds no words",
    "auth.Group_permissions": "holds no words",
}


@dataclass
class Stage:
    """Who acts, the tokens, and the world of the guards' tests where it was built."""

    line: cast.Line
    tokens: Tokens = field(default_factory=Tokens)
    world: World | None = None

    @property
    def built(self) -> World:
        assert self.world is not None
        return self.world


def set_stage() -> Stage:
    """Build the world, with secret words from the very start where readers see a name of that kind elsewhere."""
    world = build()
    stage = Stage(world.line, world=world)
    tokens, line = stage.tokens, stage.line
    _who_is_shown_by_role_only(stage)
    _vanished(stage)
    _republished_after_withdrawal(stage)
    _newer_draft_in_review(stage, line.publish().article)
    replaced = line.publish()
    line.withdraw(replaced, replacement=world.live.article)
    for user in get_user_model().objects.all():
        user.email = f"{tokens.new(f'e-mail address of {user}')}@example.org"
        user.save()
    line.draft(title=tokens.new("title of a draft"), slug=tokens.new("slug of a draft"))
    fill_empty_tables(stage)
    return stage


def fill_empty_tables(stage: Stage) -> None:
    """Give every table without a row one, made of nothing but its fields: about things that are not public."""
    connection.check_constraints()  # PostgreSQL alters no table while foreign keys wait to be checked.
    cast.take_guards_down()
    made = _Maker(stage)
    for model in all_models():
        if model._meta.label not in OPEN_MODELS and model._meta.label not in EMPTY and not model._base_manager.exists():
            made.row_of(model)


class _Maker:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def row_of(self, model: Any) -> Any:
        values = {
            found.attname: self._value(found)
            for found in model._meta.concrete_fields
            if not isinstance(found, models.AutoField)
        }
        values = {name: value for name, value in values.items() if value is not models.NOT_PROVIDED}
        model._base_manager.bulk_create([model(**values)])
        return model._base_manager.order_by("-pk").first()

    def _value(self, found: Any) -> Any:
        if isinstance(found, models.ForeignKey):
            return self._parent(found)
        if found.has_default():
            return found.get_default()
        if found.choices:
            return found.choices[0][0]
        return self._plain(found)

    def _plain(self, found: Any) -> Any:
        now = timezone.now()
        label = f"{found.model._meta.label}.{found.name}"
        kinds: list[tuple[Any, Any]] = [
            (models.DateTimeField, now),
            (models.DateField, now.date() if not found.name.endswith("until") else now.date().replace(year=2999)),
            (models.BooleanField, False),
            (models.IntegerField, 7),
            (models.UUIDField, self.stage.built.draft.pk),
            (models.JSONField, {"text": self.stage.tokens.new(label)}),
            (models.GenericIPAddressField, "192.0.2.1"),
        ]
        for kind, value in kinds:
            if isinstance(found, kind):
                return value
        token = self.stage.tokens.new(label)
        return token[: found.max_length] if found.max_length else token

    def _parent(self, found: Any) -> Any:
        """Return the id of a row that readers see nothing of; a new one where every row has its one child already."""
        if found.null:
            return None
        model = found.remote_field.model
        rows = model._base_manager.order_by("-pk")
        if model is Article:
            return self.stage.built.draft.pk
        if model is Edition:
            return self.stage.built.partial.pk
        if model is Publication:
            rows = rows.filter(withdrawal__kind="vanished")
        if found.unique:
            rows = rows.exclude(pk__in=found.model._base_manager.values(found.attname))
        row = rows.first() or self.row_of(model)
        return row.pk


def _who_is_shown_by_role_only(stage: Stage) -> None:
    name = stage.tokens.new("name of a reviewer who is shown by role only")
    people = stage.line.people
    shy = cast.make_reviewer("shy", by=people.ada)
    shy.contributor.name = name
    cast.write(shy.contributor, by=people.ada)
    ReviewerSettings.objects.create(user=shy, by_role_only=True)
    edition = stage.line.submit()
    stage.line.decide(edition, people.cyd, "editorial")
    stage.line.decide(edition, people.ben, "medical")
    stage.line.decide(edition, get_user_model().objects.get(pk=shy.pk), "medical")
    stage.line.publish(edition)


def _vanished(stage: Stage) -> None:
    tokens = stage.tokens
    article = stage.line.draft(title=tokens.new("title of an article that vanished"))
    publication = stage.line.publish(stage.line.approve(stage.line.submit(article)))
    stage.line.withdraw(publication, kind="vanished", reason=tokens.new("why an article vanished"))


def _republished_after_withdrawal(stage: Stage) -> None:
    withdrawn = stage.line.publish()
    stage.line.withdraw(withdrawn)
    article = stage.line.change(withdrawn.article, summary="Small twitches are common, told anew.")
    stage.line.publish(stage.line.approve(stage.line.submit(article)))


def _newer_draft_in_review(stage: Stage, article: Article) -> None:
    """Change the draft of a live article in every part, submit it, and have it talked about."""
    tokens, line, people = stage.tokens, stage.line, stage.line.people
    change_draft(stage, article, by=people.ada)
    article.refresh_from_db()
    edition = line.submit(article)
    line.decide(edition, people.cyd, "editorial")
    reviews.comment(edition, by=people.ben, text=tokens.new("comment on a live article's next edition"))


def change_draft(stage: Stage, article: Article, *, by: Any) -> Article:
    """Put a secret into every text of the draft of an article."""
    tokens = stage.tokens
    article.refresh_from_db()
    first = article.viewpoints.first()
    assert first is not None
    texts = {name: tokens.new(f"{name} of a live article's draft") for name in ("title", "summary", "synthesis")}
    body = f"<p>{tokens.new('body of a live draft')}</p>"
    viewpoints = [
        {"id": str(row.pk), "heading": tokens.new("heading of a live draft")} | ({"body": body} if row == first else {})
        for row in article.viewpoints.all()
    ]
    return drafts.save_article(
        article,
        texts | {"viewpoints": viewpoints},
        by=by,
        expected_version=article.version,
        reason=tokens.new("reason of a change"),
    )
