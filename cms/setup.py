"""What every installation has: the roles, the system account and the default policies. Runs after each migration.

Django makes permissions after migrations, so the roles are made here and not in one. What exists is never overwritten.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Q

from articles.models import DRAFT_MODELS
from publishing import store
from publishing.models import (
    Address,
    Alert,
    AlertResolution,
    Endorsement,
    Extension,
    Milestone,
    PartWithdrawal,
    Publication,
    Ratification,
    Schedule,
    ScheduleEnd,
    Withdrawal,
)
from reviews import default_policies
from reviews.models import (
    Assignment,
    AssignmentReply,
    Comment,
    Decision,
    Edition,
    Event,
    Override,
    Reaffirmation,
    Recall,
    Resolution,
    ReviewPolicy,
    ReviewRound,
    RevocationAnswer,
    Stage,
)
from reviews.system import system_user

DRAFTS = [model._meta.model_name for model in DRAFT_MODELS]
RECORD_MODELS = (
    *(Edition, Decision, Recall, Event, Assignment, AssignmentReply, Override),
    *(Comment, Resolution, ReviewRound, Reaffirmation, RevocationAnswer),
)
RECORDS = [model._meta.model_name for model in RECORD_MODELS]
LIFECYCLE_MODELS = (
    *(Publication, Withdrawal, Address, Schedule, ScheduleEnd, Ratification, PartWithdrawal),
    *(Alert, AlertResolution, Extension, Milestone, Endorsement),
)
#: What happens to a text once it is public.
LIFECYCLE = [model._meta.model_name for model in LIFECYCLE_MODELS]
POLICIES = [model._meta.model_name for model in (ReviewPolicy, Stage)]


def _each(verbs: str, names: list[Any]) -> list[str]:
    return [f"{verb}_{name}" for verb in verbs.split() for name in names]


ROLES: dict[str, list[str]] = {
    "Contributor": [
        *_each("view", DRAFTS),
        *_each("add change", ["article", "viewpoint", "viewpointcontributor", "citation", "articledisclaimer"]),
        "add_reference",
        "view_edition",
        "view_comment",
        "add_comment",
    ],
    "Editor": [
        *_each("view add change delete", DRAFTS),
        *_each("view", RECORDS + POLICIES),
        "see_every_article",
        "see_every_edition",
        "submit_edition",
        "assign_reviewer",
        "add_comment",
        "block_edition",
        "open_round",
        *_each("view", LIFECYCLE),
    ],
    "Medical reviewer": [
        *_each("view", RECORDS + POLICIES),
        "see_every_edition",
        "add_comment",
        "block_edition",
        "endorse_publication",
    ],
    "Medical lead": [
        *_each("view", DRAFTS + RECORDS),
        *_each("view change", POLICIES),
        *_each("change", ["contributor", "credential", "disclosure"]),
        "add_credential",
        "see_every_article",
        "see_every_edition",
        "assign_reviewer",
        "add_comment",
        "block_edition",
        "override_conflict",
        "open_round",
        "answer_revocation",
        *_each("view", LIFECYCLE),
        "withdraw_publication",
        "suspend_publication",
        "publish_emergency",
        "endorse_publication",
        "withdraw_part",
        "resolve_alert",
        "extend_review",
    ],
    "Publisher": [
        *_each("view", DRAFTS + RECORDS + POLICIES),
        "see_every_article",
        "see_every_edition",
        *_each("view", LIFECYCLE),
        "publish_edition",
        "withdraw_publication",
        "withdraw_part",
        "move_article",
    ],
    "Auditor": [
        *_each("view", DRAFTS + RECORDS + POLICIES),
        "see_every_article",
        "see_every_edition",
        *_each("view", LIFECYCLE),
        "view_user",
    ],
}


def install_defaults(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Make the roles, the system account and the default policies where they are missing."""
    names = {ReviewPolicy._meta.db_table, Edition._meta.db_table, Group._meta.db_table}
    if not names <= set(connections[using].introspection.table_names()):
        return
    for role, codenames in ROLES.items():
        group, is_new = Group.objects.get_or_create(name=role)
        if is_new:
            group.permissions.set(Permission.objects.filter(_ours(), codename__in=codenames))
    default_policies.install(by=system_user())
    store.write_policies()


def _ours() -> Q:
    return Q(content_type__app_label__in=["articles", "reviews", "publishing", "auth"])
