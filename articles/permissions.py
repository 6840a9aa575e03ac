"""Who may change drafts. Predicates, one condition a line; they deny whoever is not named."""

from typing import Any

from articles.models import Article


def may_write_articles(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("articles.add_article"))


def may_write_disclaimers(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("articles.change_disclaimer"))


def may_edit(user: Any, article: Article) -> bool:
    return bool(
        user.is_active
        and user.has_perm("articles.change_article")
        and Article.objects.visible_to(user).filter(pk=article.pk).exists()
    )
