"""Template tags of the admin: where an article stands, and what can be done next."""

from typing import Any

from django import template

from articles.models import Article
from publishing.actions import publication_blockers, reaffirmation_blockers
from publishing.permissions import is_separate_releaser, may_publish, may_withdraw
from reviews.models import Edition
from reviews.permissions import may_submit

register = template.Library()


@register.inclusion_tag("admin/publishing/_panel.html")
def publication_panel(edition: Edition, user: Any) -> dict[str, Any]:
    """Show what an edition lacks before it can be public, or that it is, with the button that comes next."""
    publication: Any = getattr(edition, "publication", None)
    return {
        "edition": edition,
        "publication": publication,
        "blockers": publication_blockers(edition) if edition.is_open else [],
        "lacking": reaffirmation_blockers(edition) if edition.open_round > 1 else [],
        "may_reaffirm": edition.open_round > 1 and may_publish(user, edition) and is_separate_releaser(user, edition),
        "may_publish": edition.is_open and may_publish(user, edition) and is_separate_releaser(user, edition),
        "may_withdraw": publication is not None and not publication.is_ended and may_withdraw(user),
    }


@register.inclusion_tag("admin/articles/_where_it_stands.html")
def where_it_stands(article: Article, user: Any) -> dict[str, Any]:
    """Show the state of an article in a line: draft, edition in review, live edition."""
    editions: Any = article.editions.with_state().select_related("publication").newest_first()
    live = next((row for row in editions if row.has_publication and not row.publication.is_ended), None)
    current = next((row for row in editions if not (row.has_recall or row.has_return or row.has_publication)), None)
    return {
        "article": article,
        "open": current,
        "live": live,
        "last": editions[0] if editions else None,
        "may_submit": current is None and not article.archived_at and may_submit(user, article),
    }
