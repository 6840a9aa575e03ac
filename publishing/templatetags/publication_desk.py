"""Template tags of the admin: where an article stands, and what can be done next."""

from typing import Any

from django import template

from articles.models import Article
from publishing.actions import publication_blockers, reaffirmation_blockers
from publishing.models import Alert, LiveArticle
from publishing.permissions import (
    is_separate_releaser,
    may_endorse,
    may_extend,
    may_move,
    may_publish,
    may_resolve_alert,
    may_suspend,
    may_withdraw,
)
from reviews.models import Edition
from reviews.permissions import may_submit
from reviews.policy import is_emergency

register = template.Library()


@register.inclusion_tag("admin/publishing/_panel.html")
def publication_panel(edition: Edition, user: Any) -> dict[str, Any]:
    """Show what an edition lacks before it can be public, or that it is, with the button that comes next."""
    publication: Any = getattr(edition, "publication", None)
    stands = publication is not None and not publication.is_ended
    releases = may_publish(user, edition) and is_separate_releaser(user, edition)
    withdrawal = getattr(publication, "withdrawal", None)
    blockers = publication_blockers(edition) if edition.is_open else []
    is_approved = edition.is_open and not any(row.code == "approval_missing" for row in blockers)
    schedules = list(edition.schedules.select_related("end").order_by("pk")) if is_approved else []
    return {
        "edition": edition,
        "publication": publication,
        "blockers": blockers,
        "lacking": reaffirmation_blockers(edition) if edition.open_round > 1 else [],
        "may_reaffirm": edition.open_round > 1 and releases,
        "may_publish": edition.is_open and releases,
        "may_withdraw": stands and (may_withdraw(user) or may_suspend(user)),
        "schedule": next((row for row in schedules if row.is_waiting), None),
        "failed": next(
            (row for row in reversed(schedules) if not row.is_waiting and row.end.outcome == "failed"), None
        ),
        "live": LiveArticle.objects.filter(publication_id=publication.pk).first() if stands else None,
        "alerts": Alert.objects.filter(publication__article=edition.article_id, resolution__isnull=True)
        if stands
        else (),
        "may_resolve": may_resolve_alert(user),
        "may_extend": stands and may_extend(user),
        "may_move": stands and may_move(user),
        "owes": stands and is_emergency(edition.policy) and not hasattr(publication, "endorsement"),
        "may_endorse": may_endorse(user) and user.pk not in edition.touched_by,
        "may_ratify": withdrawal is not None
        and withdrawal.kind == "suspended"
        and not hasattr(withdrawal, "ratification")
        and withdrawal.by_id != user.pk
        and may_suspend(user),
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
        "may_change": user.has_perm("articles.change_article"),
        "last": editions[0] if editions else None,
        "may_submit": current is None and not article.archived_at and may_submit(user, article),
    }
