"""Give a public article another address; the one before leads there for ever."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.actions import lock
from articles.history import write
from articles.models import Article
from publishing import store
from publishing.models import Address, Publication
from publishing.permissions import may_move
from reviews.events import record


@transaction.atomic(durable=True)
def move(article: Article, slug: str, *, by: Any, reason: str) -> Address:
    """Move a live article to another slug. No edition changes: an address is not part of the signed text.

    The draft takes the slug too. An address that any other article has or had is refused.
    """
    article = lock(article)
    standing = Publication.objects.standing().with_parts().filter(article=article).first()

    if not may_move(by):
        raise PermissionDenied("You may not move an article. Ask somebody with the role Publisher.")
    if standing is None:
        raise ValidationError("Only an article that is public can be moved.", code="not_public")
    if not reason.strip():
        raise ValidationError("Say why the article gets another address.", code="reason_missing")
    language, former = standing.edition.language, store.current_slug(standing)
    if slug == former:
        raise ValidationError("The article has this address already.", code="unchanged")
    _check_free(article, language, slug)

    now = timezone.now()
    address = Address(article=article, language=language, slug=slug, reason=reason, by=by, at=now)
    address.clean_fields()
    address.save(force_insert=True)
    article.slug, article.version = slug, article.version + 1
    article.full_clean()
    write(article, by=by, reason=f"Moved: {reason}")
    store.readdress(standing, at=now)

    record(
        "article.moved",
        address,
        by=by,
        article_id=article.pk,
        language=language,
        slug=slug,
        former=former,
        reason=address.reason,
    )
    return address


def _check_free(article: Article, language: str, slug: str) -> None:
    others = Article.objects.exclude(pk=article.pk).filter(language=language)
    taken = Address.objects.filter(language=language, slug=slug).exclude(article=article)
    if taken.exists() or others.filter(slug=slug).exists() or others.filter(editions__slug=slug).exists():
        raise ValidationError(
            f"“{slug}” is, or was, the address of another article. Choose another.", code="address_taken"
        )
