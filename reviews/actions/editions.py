"""Freeze a draft, take an edition out of review, bring one back: submit, recall, restore."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.actions import lock, replace_content
from articles.models import Article
from articles.permissions import may_edit
from articles.snapshot import SCHEMA, digest_of, snapshot
from reviews.actions.locking import check_given, check_open, lock_edition, raise_blockers
from reviews.events import record
from reviews.models import ChangeClass, Edition, Outcome, Recall, ReviewPolicy
from reviews.permissions import may_recall, may_submit
from reviews.policy import Blocker, missing_in_content
from reviews.touch import lock_shared_parts, touched_by


@transaction.atomic(durable=True)
def submit(
    article: Article,
    *,
    by: Any,
    expected_version: int | None = None,
    change_class: str = ChangeClass.SUBSTANTIVE,
    note: str = "",
) -> Edition:
    """Freeze the draft into the next edition and open its review; raise ValidationError listing what is missing."""
    article = lock(article)
    lock_shared_parts(article)

    if not may_submit(by, article):
        raise PermissionDenied("You may not submit this article for review.")
    content = snapshot(article)
    policy = _policy_for(article)
    base = _base_of(article)
    _check_submittable(article, content, policy, expected_version)

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
        policy_digest=digest_of(policy),
    )
    return edition


@transaction.atomic(durable=True)
def recall(edition: Edition, *, by: Any, reason: str) -> Recall:
    """Take an open edition out of review; the draft goes on."""
    edition = lock_edition(edition)

    if not may_recall(by, edition):
        raise PermissionDenied("Only who submitted an edition, or an editor, may recall it.")
    check_open(edition)
    check_given(reason, "reason_missing", "Say why you recall this edition.")

    fact = Recall(edition=edition, by=by, reason=reason, at=timezone.now())
    fact.clean_fields()
    fact.save(force_insert=True)

    record("edition.recalled", edition, by=by, article_id=edition.article_id, number=edition.number, reason=fact.reason)
    return fact


@transaction.atomic(durable=True)
def restore(edition: Edition, *, by: Any, reason: str) -> Article:
    """Copy an edition back into the draft, which can then be changed and submitted as the next number."""
    article = lock(edition.article)

    if not may_edit(by, article):
        raise PermissionDenied("You may not change this article.")
    if digest_of(edition.content) != edition.digest:
        raise ValidationError("The stored edition does not match its digest.", code="digest_mismatch")
    check_given(reason, "reason_missing", "Say why you restore this edition.")

    article = replace_content(article, edition.content, by=by, reason=reason)

    record(
        "edition.restored",
        edition,
        by=by,
        article_id=article.pk,
        number=edition.number,
        reason=reason,
        draft_version=article.version,
    )
    return article


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
        touched_by=touched_by(article, base, submitter=by),
        policy=policy,
        submitted_by=by,
        submitted_at=timezone.now(),
    )


def _check_submittable(
    article: Article, content: dict[str, Any], policy: dict[str, Any], expected_version: int | None
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
    _check_changed(article, digest_of(content))
    raise_blockers(missing_in_content(policy, content, today=timezone.now().date()))


def _check_address(article: Article) -> None:
    """A public address stays with its article: it neither changes with a new edition nor goes to another article."""
    public = Edition.objects.filter(publication__isnull=False)
    mine = public.filter(article=article).order_by("-number").first()
    if mine and (mine.language, mine.slug) != (article.language, article.slug):
        raise ValidationError(
            f"This article is public as “{mine.slug}” ({mine.language}). Keep that address in the draft.",
            code="address_changed",
        )
    if public.filter(language=article.language, slug=article.slug).exclude(article=article).exists():
        raise ValidationError(
            f"“{article.slug}” is, or was, the public address of another article. Choose another.", code="address_taken"
        )


def _check_changed(article: Article, digest: str) -> None:
    for same in article.editions.filter(digest=digest).with_state():
        returned = same.decisions.filter(outcome__in=[Outcome.REQUEST_CHANGES, Outcome.REJECT]).exists()
        is_live = same.is_published and not same.publication.is_ended
        if returned or is_live:
            what = "is the public text" if is_live else "was returned by its reviewers"
            raise ValidationError(
                f"Nothing changed since edition {same.number}, which {what}. Change the draft first.",
                code="unchanged",
            )
