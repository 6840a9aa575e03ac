"""Speak about the words of an edition: comment, answer, resolve."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from reviews import mail
from reviews.actions.locking import check_given, lock_edition
from reviews.anchors import Selector, locate_quote, make_selector, texts_of
from reviews.events import printed_name, record
from reviews.models import Comment, Disposition, Edition, Resolution, Severity
from reviews.permissions import may_block, may_comment, may_resolve


@transaction.atomic(durable=True)
def comment(
    edition: Edition,
    *,
    by: Any,
    text: str,
    place: str = "",
    quote: str = "",
    before: str = "",
    severity: str = Severity.ADVISORY,
) -> Comment:
    """Say something about `quote` in a place of the text, about the whole place, or about the whole page.

    `before` is what stands before the quote, where the quote alone is not unique. An open blocking comment keeps this
    edition and the next ones from approval.
    """
    edition = lock_edition(edition)

    if not may_comment(by, edition):
        raise PermissionDenied("You may not comment on this edition.")
    if severity != Severity.ADVISORY and not may_block(by):
        raise PermissionDenied("You may make suggestions, but not hold an edition up.")
    _check_current(edition)
    check_given(text, "text_missing", "Write what you want to say.")
    selector = _selector(edition, place, quote, before)

    fact = _said(edition, by=by, text=text, severity=severity, selector=selector)

    mail.commented(fact)
    return fact


@transaction.atomic(durable=True)
def answer(parent: Comment, *, by: Any, text: str) -> Comment:
    """Answer in the thread of a comment."""
    edition = lock_edition(parent.edition)

    if not may_comment(by, edition):
        raise PermissionDenied("You may not comment on this edition.")
    if parent.parent_id is not None:
        raise ValidationError("Answer the comment that began the thread.", code="not_a_thread")
    check_given(text, "text_missing", "Write what you want to say.")

    fact = _said(edition, by=by, text=text, parent=parent, selector=Selector(parent.place, "", "", ""))

    mail.commented(fact)
    return fact


@transaction.atomic(durable=True)
def resolve(comment: Comment, *, by: Any, disposition: str, answer: str) -> Resolution:
    """Dispose of a comment with an answer. A blocking one: whoever raised it, or a medical lead who wrote nothing."""
    edition = lock_edition(comment.edition)
    comment = Comment.objects.select_related("resolution", "edition").get(pk=comment.pk)

    if not may_resolve(by, comment):
        raise PermissionDenied(
            "A blocking comment is settled by whoever raised it, or by a medical lead who did not touch the text."
            if comment.is_blocking
            else "You may not settle this comment."
        )
    if comment.parent_id is not None:
        raise ValidationError("Settle the comment that began the thread.", code="not_a_thread")
    if comment.is_resolved:
        raise ValidationError("This comment is settled already.", code="already_resolved")
    if disposition not in Disposition.values:
        raise ValidationError("Choose how the comment was settled.", code="unknown_disposition")
    check_given(answer, "answer_missing", "Say what was done about it, or why nothing is.")

    fact = Resolution(
        comment=comment, disposition=disposition, answer=answer, by=by, by_name=printed_name(by), at=timezone.now()
    )
    fact.clean_fields()
    fact.save(force_insert=True)

    record(
        "comment.resolved",
        fact,
        by=by,
        article_id=edition.article_id,
        edition=edition.number,
        comment=comment.pk,
        disposition=fact.disposition,
        answer=fact.answer,
    )
    mail.resolved(fact)
    return fact


def _check_current(edition: Edition) -> None:
    """The newest edition is spoken about, and beside it the public text, which readers see meanwhile."""
    newest = Edition.objects.filter(article=edition.article_id).order_by("-number").first()
    is_public = edition.is_published and not edition.publication.is_ended
    if newest and newest.number > edition.number and not is_public:
        raise ValidationError(f"Edition {newest.number} came after this one. Comment there.", code="newer_edition")


def _selector(edition: Edition, place: str, quote: str, before: str) -> Selector:
    """Return the anchor of a quote; raise ValidationError, in words for the form, where it cannot be found."""
    texts = texts_of(edition.content)
    if place and place not in texts:
        raise ValidationError("This edition has no such part. Choose one of the list.", code="unknown_place")
    if not quote.strip():
        return Selector(place, "", "", "")
    place = place or _place_of(quote, texts)
    found = locate_quote(texts[place], quote, before)
    if found.problem:
        raise ValidationError(found.message, code=f"quote_{found.problem}")
    return make_selector(place, texts[place], found.start, found.end)


def _place_of(quote: str, texts: dict[str, str]) -> str:
    """Return the one part of the page that holds the words, where whoever quotes them has not said which."""
    places = [place for place, text in texts.items() if locate_quote(text, quote).problem not in ("empty", "not_found")]
    if not places:
        raise ValidationError(
            "These words stand in no part of the page. Copy them from the text, without leaving any out.",
            code="quote_not_found",
        )
    if len(places) > 1:
        raise ValidationError(
            f"These words stand in {len(places)} parts of the page. Choose the part that you mean.",
            code="place_missing",
        )
    return places[0]


def _said(
    edition: Edition,
    *,
    by: Any,
    text: str,
    selector: Selector,
    severity: str = Severity.ADVISORY,
    parent: Comment | None = None,
) -> Comment:
    fact = Comment(
        edition=edition,
        parent=parent,
        place=selector.viewpoint,
        exact=selector.exact,
        prefix=selector.prefix,
        suffix=selector.suffix,
        severity=severity,
        text=text,
        author=by,
        author_name=printed_name(by),
        at=timezone.now(),
    )
    fact.clean_fields()
    fact.save(force_insert=True)
    record(
        "comment.made",
        fact,
        by=by,
        article_id=edition.article_id,
        edition=edition.number,
        parent=fact.parent_id or 0,
        place=fact.place,
        exact=fact.exact,
        prefix=fact.prefix,
        suffix=fact.suffix,
        severity=fact.severity,
        text=fact.text,
    )
    return fact
