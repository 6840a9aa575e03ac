"""Who may submit, decide, recall. Predicates and their reasons; a superuser passes roles, never separation of duties."""

from datetime import date
from typing import Any

from articles.models import Article, Credential
from articles.snapshot import credential_content
from articles.vocabularies import CLINICAL_PROFESSIONS
from reviews.models import Edition, Outcome
from reviews.policy import Blocker

HOLDERS = {
    "clinician": CLINICAL_PROFESSIONS,
    "pharmacist_or_legal": frozenset({"pharmacist", "legal"}),
}
HOLDER_WORDS = {"clinician": "a licensed clinician", "pharmacist_or_legal": "a pharmacist or legal counsel"}


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


def reasons_against(user: Any, edition: Edition, stage: dict[str, Any], *, today: date) -> list[Blocker]:
    """Return every reason why this person may not decide in this stage; empty when they may."""
    reasons = []
    if not user.is_active:
        reasons.append(Blocker("inactive", "This account is switched off."))
    if not user.is_superuser and not user.groups.filter(name=stage["group"]).exists():
        reasons.append(
            Blocker("not_in_stage_group", f"{stage['label']} is decided by people with the role {stage['group']}.")
        )
    if user.pk in edition.touched_by:
        reasons.append(
            Blocker("own_work", "You wrote, changed or submitted this text, and nobody approves their own work.")
        )
    wanted = HOLDERS.get(stage["holder"])
    if wanted is not None and not wanted & {row.profession for row in valid_credentials(user, edition, today)}:
        reasons.append(
            Blocker(
                "credential_missing",
                f"{stage['label']} asks for {HOLDER_WORDS[stage['holder']]} whose credential was verified in the "
                f"last {edition.policy['credential_max_age_months']} months and has not expired.",
            )
        )
    return reasons + _already_decided(user, edition, stage)


def valid_credentials(user: Any, edition: Edition, today: date) -> list[Credential]:
    """Return the person's credentials that the edition's policy lets count on `today`."""
    oldest = _months_before(today, edition.policy["credential_max_age_months"])
    return [
        row
        for row in Credential.objects.filter(contributor__user=user)
        if row.verified_on and oldest <= row.verified_on <= today and (not row.expires_on or row.expires_on >= today)
    ]


def is_specialist(user: Any, edition: Edition, today: date) -> bool:
    """Return whether the person holds a valid credential in the specialty of the edition's topic."""
    specialty = edition.content["topic"]["specialty"]
    return bool(specialty) and any(row.specialty == specialty for row in valid_credentials(user, edition, today))


def reviewer_snapshot(user: Any, name: str) -> dict[str, Any]:
    """Return who signs, with the credentials as they stand now, to be kept with the signature."""
    rows = sorted(Credential.objects.filter(contributor__user=user), key=lambda row: (row.label, str(row.pk)))
    return {
        "name": name,
        "username": user.get_username(),
        "roles": sorted(user.groups.values_list("name", flat=True)),
        "credentials": [credential_content(row) for row in rows],
    }


def _already_decided(user: Any, edition: Edition, stage: dict[str, Any]) -> list[Blocker]:
    mine = [row for row in edition.facts["decisions"] if row.reviewer_id == user.pk]
    if any(row.stage == stage["key"] and row.outcome != Outcome.REVOKE for row in mine):
        return [Blocker("already_decided", "You have decided on this edition in this stage already.")]
    if mine and edition.policy["one_stage_each"]:
        return [Blocker("decided_elsewhere", "You decided on this edition in another stage; one person, one stage.")]
    return []


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")
