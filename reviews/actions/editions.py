"""Freeze a draft, take an edition out of review, bring one back: submit, recall, restore."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.actions import lock, replace_content
from articles.models import Article, Topic
from articles.permissions import may_edit
from articles.snapshot import SCHEMA, digest_of, snapshot
from reviews.actions.locking import (
    check_given,
    check_not_public,
    is_sound,
    lock_edition,
    raise_blockers,
    reviewed_in_full,
)
from reviews.events import record
from reviews.fast_path import reasons_against_fast_path
from reviews.models import ChangeClass, Edition, Outcome, Recall, ReviewPolicy
from reviews.permissions import may_recall, may_submit
from reviews.policy import Blocker, emergency_policy, fast_path_policy, is_fast_path, missing_in_content
from reviews.rebase import Moved, merged, moved
from reviews.touch import lock_shared_parts, touched_by


@transaction.atomic(durable=True)
def submit(
    article: Article,
    *,
    by: Any,
    expected_version: int | None = None,
    change_class: str = ChangeClass.SUBSTANTIVE,
    note: str = "",
    emergency: bool = False,
) -> Edition:
    """Freeze the draft into the next edition and open its review; raise ValidationError listing what is missing.

    `emergency`: a safety change that one medical lead, who did not write it, approves and publishes alone; the
    independent review follows.
    """
    article = lock(article)
    lock_shared_parts(article)

    if not may_submit(by, article):
        raise PermissionDenied("You may not submit this article for review.")
    content = snapshot(article)
    policy = _policy_for(article)
    base = _base_of(article)
    _check_submittable(article, content, policy, change_class, expected_version)
    if emergency:
        policy = _emergency(policy, base, change_class)
    elif change_class == ChangeClass.EDITORIAL:
        policy = _fast_path(content, policy, base)

    edition = _frozen(article, content, policy, base, by=by)
    edition.change_class, edition.note = change_class, note
    edition.clean_fields(exclude=["based_on", "content", "touched_by", "policy"])
    edition.save(force_insert=True)

    record(
        "edition.submitted",
        edition,
        by=by,
        article_id=article.pk,
        number=edition.number,
        digest=edition.digest,
        change_class=change_class,
        note=edition.note,
        touched_by=edition.touched_by,
        slug=edition.slug,
        language=edition.language,
        based_on=base.number if base else 0,
        policy=f"{policy['name']}, version {policy['version']}",
        emergency=emergency,
        policy_digest=digest_of(policy),
    )
    return edition


@transaction.atomic(durable=True)
def recall(edition: Edition, *, by: Any, reason: str) -> Recall:
    """Take an open edition out of review; the draft goes on."""
    edition = lock_edition(edition)

    if not may_recall(by, edition):
        raise PermissionDenied("Only who submitted an edition, or an editor, may recall it.")
    check_not_public(edition)
    check_given(reason, "reason_missing", "Say why you recall this edition.")

    fact = Recall(edition=edition, by=by, reason=reason, at=timezone.now())
    fact.clean_fields()
    fact.save(force_insert=True)

    record("edition.recalled", edition, by=by, article_id=edition.article_id, number=edition.number, reason=fact.reason)
    return fact


@transaction.atomic(durable=True)
def restore(edition: Edition, *, by: Any, reason: str, from_live: Sequence[str] = ()) -> Article:
    """Copy an edition back into the draft, which can then be changed and submitted as the next number.

    `from_live`: places (see `reviews.rebase`) whose words are taken from the public text, where that moved on since.
    """
    article = lock(edition.article)

    if not may_edit(by, article):
        raise PermissionDenied("You may not change this article.")
    if digest_of(edition.content) != edition.digest:
        raise ValidationError("The stored edition does not match its digest.", code="digest_mismatch")
    check_given(reason, "reason_missing", "Say why you restore this edition.")

    article = replace_content(article, _with_public_words(edition, from_live), by=by, reason=reason)

    record(
        "edition.restored",
        edition,
        by=by,
        article_id=article.pk,
        number=edition.number,
        reason=reason,
        from_live=sorted(from_live),
        draft_version=article.version,
    )
    return article


def public_edition(article: Article) -> Edition | None:
    """Return the edition that is public now, or None."""
    base = _base_of(article)
    return base if base is not None and not base.publication.is_ended else None


def public_changes(edition: Edition) -> list[Moved]:
    """Return what the public text changed since an edition was written, part by part; empty where it did not move."""
    live = public_edition(edition.article)
    if live is None or live.pk == edition.pk:
        return []
    return moved((edition.based_on or edition).content, live.content, edition.content)


def submission_blockers(article: Article) -> list[Blocker]:
    """Return what the draft lacks before it can be submitted, for the screen that shows it."""
    return missing_in_content(_policy_for(article), snapshot(article), today=timezone.now().date())


def _policy_for(article: Article) -> dict[str, Any]:
    policy = ReviewPolicy.objects.prefetch_related("stages").filter(risk_tier=article.risk_tier).first()
    if policy is None:
        raise ValidationError(f"There is no review policy for risk tier {article.risk_tier}.", code="policy_missing")
    return policy.snapshot()


def _base_of(article: Article) -> Edition | None:
    """The newest edition that became public: what the next one is compared with and counted from."""
    return article.editions.filter(publication__isnull=False).order_by("-number").first()


def _with_public_words(edition: Edition, places: Sequence[str]) -> dict[str, Any]:
    if not places:
        return edition.content
    if unknown := set(places) - {row.place for row in public_changes(edition)}:
        raise ValidationError(
            f"The public text has no other words here than this edition: {', '.join(sorted(unknown))}.",
            code="unknown_place",
        )
    live: Any = public_edition(edition.article)
    return merged(edition.content, live.content, places)


def _frozen(
    article: Article, content: dict[str, Any], policy: dict[str, Any], base: Edition | None, *, by: Any
) -> Edition:
    """Return the unsaved next edition of an article."""
    last = article.editions.order_by("-number").first()
    return Edition(
        article=article,
        number=last.number + 1 if last else 1,
        content=content,
        digest=digest_of(content),
        schema=SCHEMA,
        slug=article.slug,
        language=article.language,
        based_on=base,
        touched_by=touched_by(article, _counted_from(base, policy), submitter=by),
        policy=policy,
        submitted_by=by,
        submitted_at=timezone.now(),
    )


def _counted_from(base: Edition | None, policy: dict[str, Any]) -> Edition | None:
    """Since when changes count for `touched_by`: small steps since the last full review are part of the next one."""
    return base if base is None or is_fast_path(policy) else reviewed_in_full(base)


def _fast_path(content: dict[str, Any], policy: dict[str, Any], base: Edition | None) -> dict[str, Any]:
    """Return the policy of an editorial change; raise ValidationError listing why the change is more than that.

    The change is held against the public text, and against the last text that was reviewed in full: many small steps
    may not add up to another meaning.
    """
    if not policy["fast_path"]:
        raise ValidationError(
            "This review policy has no fast path: submit the change as substantive.", code="no_fast_path"
        )
    if base is None or not is_sound(base):
        raise ValidationError(
            "The fast path mends a public text whose approvals all stand. Submit this as substantive.",
            code="no_fast_path",
        )
    full = reviewed_in_full(base)
    if policy["risk_tier"] != full.policy["risk_tier"]:
        raise ValidationError(
            "The risk tier changed since the public text was reviewed. Submit this as substantive.",
            code="no_fast_path",
        )
    terms = frozenset(Topic.objects.order_by().values_list("name", flat=True))
    texts = [base] if full is base else [base, full]
    against = [row for text in texts for row in reasons_against_fast_path(text.content, content, terms=terms)]
    raise_blockers([Blocker(row.code, row.message, row.place) for row in dict.fromkeys(against)])
    return fast_path_policy(policy, full_review=full.number, reviewed_under=full.policy)


def _emergency(policy: dict[str, Any], base: Edition | None, change_class: str) -> dict[str, Any]:
    """Return the policy of an emergency: one medical lead approves, and may publish as well."""
    if change_class != ChangeClass.SAFETY:
        raise ValidationError("Only a safety change is published in an emergency.", code="no_safety_change")
    if base is None or base.publication.is_ended or not is_sound(base):
        raise ValidationError(
            "An emergency change mends a public text whose approvals all stand. Submit this without haste, or suspend "
            "the page.",
            code="no_public_text",
        )
    full = reviewed_in_full(base)
    return emergency_policy(policy, full_review=full.number, reviewed_under=full.policy)


def _check_submittable(
    article: Article,
    content: dict[str, Any],
    policy: dict[str, Any],
    change_class: str,
    expected_version: int | None,
) -> None:
    if article.archived_at:
        raise ValidationError("This article is archived and cannot be submitted.", code="archived")
    if expected_version is not None and expected_version != article.version:
        raise ValidationError(
            "The draft changed after this page was opened. Look at it again before you submit it.",
            code="version_conflict",
        )
    if current := article.editions.open().first():
        raise ValidationError(
            f"Edition {current.number} is still in review. Recall it before you submit the next.",
            code="edition_open",
        )
    _check_address(article)
    _check_translation(article)
    _check_changed(article, digest_of(content), change_class)
    raise_blockers(missing_in_content(policy, content, today=timezone.now().date()))


def _check_address(article: Article) -> None:
    """A public address stays with its article: it neither changes with a new edition nor goes to another article."""
    mine = article.addresses.last()
    if mine and (mine.language, mine.slug) != (article.language, article.slug):
        raise ValidationError(
            f"This article is public as “{mine.slug}” ({mine.language}). Keep that address in the draft, or move the "
            "article.",
            code="address_changed",
        )
    others = Article.objects.exclude(pk=article.pk)
    if others.filter(addresses__language=article.language, addresses__slug=article.slug).exists():
        raise ValidationError(
            f"“{article.slug}” is, or was, the public address of another article. Choose another.", code="address_taken"
        )


def _check_translation(article: Article) -> None:
    """A translation names a public edition of an original in another language; a translation of one names the original."""
    original = article.translation_of
    if original is None:
        return
    if original.pk == article.pk or original.language == article.language or original.translation_of_id:
        raise ValidationError(
            "A translation follows an original that is in another language, and no translation itself.",
            code="no_original",
        )
    numbers = original.editions.filter(publication__isnull=False).values_list("number", flat=True)
    if article.translated_edition not in numbers:
        raise ValidationError(
            "Say which edition of the original this translation follows: "
            + (f"{', '.join(map(str, sorted(numbers)))}." if numbers else "none is public yet."),
            code="translated_edition_missing",
        )


def _check_changed(article: Article, digest: str, change_class: str) -> None:
    """Text that came by the fast path may be submitted again as it is, for the full review that it did not get."""
    for same in article.editions.filter(digest=digest).with_state():
        returned = same.decisions.filter(outcome__in=[Outcome.REQUEST_CHANGES, Outcome.REJECT]).exists()
        is_live = same.is_published and not same.publication.is_ended
        if is_live and is_fast_path(same.policy) and change_class != ChangeClass.EDITORIAL:
            continue
        if returned or is_live:
            what = "is the public text" if is_live else "was returned by its reviewers"
            raise ValidationError(
                f"Nothing changed since edition {same.number}, which {what}. Change the draft first.",
                code="unchanged",
            )
