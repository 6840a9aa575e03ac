"""Who may submit, decide, recall. Predicates; a superuser passes roles, never separation of duties."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model

from articles.models import Article, Contributor
from articles.snapshot import credential_content
from reviews import eligibility
from reviews.eligibility import Candidate, Matter, is_specialist
from reviews.events import printed_name
from reviews.models import Comment, Decision, Edition, Override, ReviewerSettings
from reviews.policy import Blocker, Signature

__all__ = [
    "candidate",
    "candidates",
    "eligible",
    "is_specialist",
    "matter_of",
    "matters_of",
    "may_answer_revocation",
    "may_assign",
    "may_block",
    "may_comment",
    "may_decide",
    "may_open_round",
    "may_override",
    "may_recall",
    "may_resolve",
    "may_settle",
    "may_speak",
    "may_submit",
    "names_of",
    "reasons_against",
    "reviewer_snapshot",
    "touched_since",
]


def may_submit(user: Any, article: Article) -> bool:
    return bool(
        user.is_active
        and user.has_perm("reviews.submit_edition")
        and Article.objects.visible_to(user).filter(pk=article.pk).exists()
    )


def may_recall(user: Any, edition: Edition) -> bool:
    return bool(
        user.is_active
        and (user.pk == edition.submitted_by_id or user.has_perm("articles.see_every_article"))
        and user.has_perm("reviews.submit_edition")
    )


def may_decide(user: Any, edition: Edition, stage: dict[str, Any], *, today: date) -> bool:
    return not reasons_against(user, edition, stage, today=today)


def may_assign(user: Any, edition: Edition) -> bool:
    return bool(user.is_active and user.has_perm("reviews.assign_reviewer"))


def may_override(user: Any, edition: Edition) -> bool:
    return bool(user.is_active and user.has_perm("reviews.override_conflict") and user.pk not in edition.touched_by)


def may_speak(user: Any) -> bool:
    """Whether somebody may comment on the editions that they may see."""
    return bool(user.is_active and user.has_perm("reviews.add_comment"))


def may_comment(user: Any, edition: Edition) -> bool:
    return may_speak(user) and Edition.objects.visible_to(user).filter(pk=edition.pk).exists()


def may_block(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("reviews.block_edition"))


def may_resolve(user: Any, comment: Comment) -> bool:
    return may_comment(user, comment.edition) and may_settle(
        user, comment, touched_since(comment.edition.article_id) if comment.is_blocking else {}
    )


def may_settle(user: Any, comment: Comment, touched: dict[int, list[int]]) -> bool:
    """Whether somebody who may comment may settle this one: for a blocking one, who raised it or an untouched lead.

    `touched`: edition number -> the ids of who touched it, see `touched_since`.
    """
    if not may_speak(user):
        return False
    if not comment.is_blocking or comment.is_by(user):
        return True
    wrote = {pk for number, people in touched.items() if number >= comment.edition.number for pk in people}
    return user.has_perm("reviews.override_conflict") and user.pk not in wrote


def names_of(pks: Iterable[int]) -> list[str]:
    """Return the printed names of these people, in the order of the alphabet."""
    people = get_user_model().objects.filter(pk__in=list(pks)).select_related("contributor")
    return sorted(printed_name(user) for user in people)


def touched_since(article_id: Any) -> dict[int, list[int]]:
    """Return who touched each edition of an article, by its number."""
    return dict(Edition.objects.filter(article=article_id).order_by().values_list("number", "touched_by"))


def may_open_round(user: Any, edition: Edition) -> bool:
    return bool(user.is_active and user.has_perm("reviews.open_round"))


def may_answer_revocation(user: Any, decision: Decision) -> bool:
    return bool(
        user.is_active
        and user.has_perm("reviews.answer_revocation")
        and user.pk != decision.reviewer_id
        and user.pk not in decision.edition.touched_by
    )


def reasons_against(user: Any, edition: Edition, stage: dict[str, Any], *, today: date) -> list[Blocker]:
    """Return every reason why this person may not decide in this stage; empty when they may."""
    return eligibility.reasons_against(candidate(user), matter_of(edition), stage, today=today)


def eligible(edition: Edition, stage: dict[str, Any], *, today: date) -> list[tuple[Any, list[Blocker]]]:
    """Return everybody with the stage's role, each with the reasons against them, those who may first."""
    matter = matter_of(edition)
    people = get_user_model().objects.filter(groups__name=stage["group"], is_active=True)
    found = [(user, eligibility.reasons_against(who, matter, stage, today=today)) for user, who in candidates(people)]
    return sorted(found, key=lambda pair: (bool(pair[1]), pair[0].get_full_name() or pair[0].get_username()))


def candidate(user: Any) -> Candidate:
    """Return what the rules need to know of one person."""
    people = get_user_model().objects.filter(pk=user.pk)
    who = next(iter(candidates(people)))[1]
    return replace(who, is_active=who.is_active and user.is_active)


def candidates(people: Any) -> Iterable[tuple[Any, Candidate]]:
    """Return each person with what the rules need to know of them; a constant number of queries."""
    rows = people.select_related("contributor")
    for user in rows.prefetch_related("groups", "contributor__credentials", "contributor__disclosures"):
        yield user, _candidate(user)


def matter_of(edition: Edition) -> Matter:
    """Return what the rules need to know of an edition; read once for each edition."""
    if "matter" not in edition.facts:
        edition.facts["matter"] = matters_of([edition])[0]
    return edition.facts["matter"]


def matters_of(editions: list[Edition]) -> list[Matter]:
    """Return what the rules need to know of each edition; two queries for all of them, decisions prefetched."""
    speakers = [
        {row["id"]: row["kind"] for part in edition.content["viewpoints"] for row in part["contributors"]}
        for edition in editions
    ]
    rows = Contributor.objects.filter(pk__in={pk for each in speakers for pk in each}, employer__isnull=False)
    employers = {str(pk): str(employer) for pk, employer in rows.order_by().values_list("pk", "employer_id")}
    overrides = list(Override.objects.filter(edition__in=[edition.pk for edition in editions]))
    return [_matter(edition, each, employers, overrides) for edition, each in zip(editions, speakers, strict=True)]


def reviewer_snapshot(user: Any, name: str, role: str) -> dict[str, Any]:
    """Return who signs in which role, with the credentials as they stand now, to be kept with the signature."""
    who = candidate(user)
    return {
        "name": name,
        "username": user.get_username(),
        "role": role,
        "roles": sorted(who.groups),
        "credentials": list(who.credentials),
        "by_role_only": ReviewerSettings.objects.filter(user=user, by_role_only=True).exists(),
    }


def _candidate(user: Any) -> Candidate:
    contributor = getattr(user, "contributor", None)
    disclosures = list(contributor.disclosures.all()) if contributor else []
    newest = max(disclosures, key=lambda row: (row.as_of, str(row.pk)), default=None)
    credentials = contributor.credentials.all() if contributor else []
    return Candidate(
        user_id=user.pk,
        name=contributor.name if contributor else user.get_full_name() or user.get_username(),
        is_active=user.is_active,
        is_superuser=user.is_superuser,
        groups=frozenset(group.name for group in user.groups.all()),
        credentials=tuple(
            credential_content(row) for row in sorted(credentials, key=lambda row: (row.label, str(row.pk)))
        ),
        disclosure_status=newest.status if newest else "not_asked",
        disclosure_as_of=newest.as_of.isoformat() if newest else "",
        contributor_id=str(contributor.pk) if contributor else "",
        employer_id=str(contributor.employer_id or "") if contributor else "",
    )


def _matter(edition: Edition, speakers: dict[str, str], employers: dict[str, str], overrides: list[Override]) -> Matter:
    organizations = {pk for pk, kind in speakers.items() if kind == "organization"}
    organizations |= {employers[pk] for pk in speakers if pk in employers}
    return Matter(
        policy=edition.policy,
        content=edition.content,
        touched_by=frozenset(edition.touched_by),
        decisions=tuple(
            Signature(row.reviewer_id, row.stage, row.outcome, row.is_specialist, round=row.round)
            for row in edition.facts["decisions"]
        ),
        organizations=frozenset(organizations),
        overrides=frozenset(
            (row.reviewer_id, row.stage, code)
            for row in overrides
            if row.edition_id == edition.pk
            for code in row.codes
        ),
        round=edition.open_round or 1,
    )
