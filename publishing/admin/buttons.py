"""The buttons: publish, schedule, withdraw, and what follows. Each view is one form and one action."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from articles import actions as drafts
from articles.models import Article, Viewpoint
from articles.months import months_later
from publishing import actions
from publishing.actions.alerts import PARTS
from publishing.admin.forms import (
    DigestForm,
    EndorseForm,
    ExtendForm,
    MoveForm,
    PartForm,
    PublishForm,
    ReasonForm,
    ScheduleForm,
    SignedForm,
    WithdrawForm,
)
from publishing.admin.pages import act_page, routed, visible_edition, visible_publication
from publishing.models import Alert, LiveArticle, LiveUse, Publication, Schedule, Withdrawal
from reviews.admin import attempt
from reviews.models import Edition


def urls() -> list[Any]:
    return [
        routed("publish/<int:edition_id>/", publish, "publish"),
        routed("schedule/<int:edition_id>/", schedule, "schedule"),
        routed("unschedule/<int:schedule_id>/", unschedule, "unschedule"),
        routed("reaffirm/<int:edition_id>/", reaffirm, "reaffirm"),
        routed("<int:publication_id>/withdraw/", withdraw, "withdraw"),
        routed("<int:publication_id>/extend/", extend, "extend"),
        routed("<int:publication_id>/endorse/", endorse, "endorse"),
        routed("<int:publication_id>/move/", move, "move"),
        routed("withdrawals/<int:withdrawal_id>/ratify/", ratify, "ratify"),
        routed("alerts/<int:alert_id>/", resolve_alert, "resolve_alert"),
        routed("parts/<slug:kind>/<uuid:part_id>/", withdraw_part, "withdraw_part"),
        routed("viewpoints/<uuid:viewpoint_id>/withdraw/", withdraw_viewpoint, "withdraw_viewpoint"),
    ]


def publish(request: HttpRequest, edition_id: int) -> HttpResponse:
    edition = visible_edition(request, edition_id)
    form = PublishForm(request.POST or None, is_first=_is_first(edition), initial=_initial(edition))
    return act_page(
        request,
        form,
        lambda values: actions.publish(edition, by=request.user, expected_digest=values.pop("digest"), **values),
        edition=edition,
        title=f"Publish edition {edition.number}",
        button="Publish",
        done=f"Edition {edition.number} is public.",
        lead="Everything is there. From the moment you publish, readers see exactly these bytes:",
        digest=edition.digest,
        blockers=actions.publication_blockers(edition),
    )


def schedule(request: HttpRequest, edition_id: int) -> HttpResponse:
    edition = visible_edition(request, edition_id)
    initial = _initial(edition) | {"zone": "UTC"}
    form = ScheduleForm(request.POST or None, is_first=_is_first(edition), initial=initial)
    return act_page(
        request,
        form,
        lambda values: actions.schedule(
            edition,
            values.pop("at"),
            values.pop("zone"),
            by=request.user,
            expected_digest=values.pop("digest"),
            **values,
        ),
        edition=edition,
        title=f"Schedule edition {edition.number}",
        button="Schedule",
        done=lambda row: f"Edition {edition.number} becomes public on {row.due_at:%-d %B %Y, %H:%M} UTC.",
        lead="Every gate is run again when the time has come. What is refused then stays off the site, and you get mail.",
        blockers=actions.publication_blockers(edition),
    )


def unschedule(request: HttpRequest, schedule_id: int) -> HttpResponse:
    editions = Edition.objects.visible_to(request.user)
    row = get_object_or_404(Schedule.objects.select_related("edition").filter(edition__in=editions), pk=schedule_id)
    return act_page(
        request,
        ReasonForm(request.POST or None),
        lambda values: actions.unschedule(row, by=request.user, **values),
        edition=row.edition,
        title=f"Take edition {row.edition.number} off the schedule",
        button="Unschedule",
        done="It is off the schedule. Nothing was published.",
        lead=f"It is to become public on {row.due_at:%-d %B %Y, %H:%M} UTC.",
    )


@require_POST
def reaffirm(request: HttpRequest, edition_id: int) -> HttpResponse:
    edition = visible_edition(request, edition_id)
    form = DigestForm(request.POST)
    if form.is_valid():
        digest = form.cleaned_data["digest"]
        if attempt(request, form, lambda: actions.reaffirm(edition, by=request.user, expected_digest=digest)):
            messages.success(request, f"Edition {edition.number} was reaffirmed: its review date moved.")
    for error in (error for errors in form.errors.values() for error in errors):
        messages.error(request, str(error))
    return redirect("admin:reviews_edition_change", edition.pk)


def withdraw(request: HttpRequest, publication_id: int) -> HttpResponse:
    publication = visible_publication(request, publication_id)
    return act_page(
        request,
        WithdrawForm(request.POST or None, publication=publication),
        lambda values: _withdraw(request, publication, values),
        edition=publication.edition,
        title=f"Withdraw edition {publication.edition.number}",
        button="Withdraw",
        done=lambda fact: (
            "Readers see your notice on the page."
            if isinstance(fact, Alert)
            else "The article is withdrawn. No public address shows it any more."
        ),
        lead="But for a concern, every public address stops showing this article at once. "
        "The edition before it does not come back.",
    )


def _withdraw(request: HttpRequest, publication: Publication, values: dict[str, Any]) -> Alert | Withdrawal:
    if values["kind"] == WithdrawForm.CONCERN[0]:
        told = {name: values[name] for name in ("reason", "reader_message")}
        return actions.raise_concern(publication, by=request.user, **told)
    return actions.withdraw(publication, by=request.user, **values)


def extend(request: HttpRequest, publication_id: int) -> HttpResponse:
    publication = visible_publication(request, publication_id)
    live = LiveArticle.objects.filter(publication_id=publication.pk).first()
    if live is None or live.next_review_due is None:
        raise Http404
    due_on, until = live.next_review_due, parse_date(request.POST.get("until", "") or "x")
    last: date = months_later(due_on, 3)
    form = ExtendForm(request.POST or None, initial={"digest": publication.digest, "until": last})
    return act_page(
        request,
        form,
        lambda values: actions.extend(
            publication, values["until"], by=request.user, reason=values["reason"], expected_digest=values["digest"]
        ),
        edition=publication.edition,
        title="Extend the review",
        button="Sign and extend",
        done=lambda row: f"The review is due on {row.until:%-d %B %Y} now.",
        lead=f"It is due on {due_on:%-d %B %Y}. It can be extended once, to {last:%-d %B %Y} at the latest.",
        sentence=actions.extending_sentence(publication, due_on, until or last),
    )


def endorse(request: HttpRequest, publication_id: int) -> HttpResponse:
    publication = visible_publication(request, publication_id)
    edition = publication.edition
    return act_page(
        request,
        EndorseForm(request.POST or None, initial={"digest": publication.digest}),
        lambda values: actions.endorse(
            publication, by=request.user, expected_digest=values["digest"], comment=values["reason"]
        ),
        edition=edition,
        title=f"Approve edition {edition.number}, published in an emergency",
        button="Sign and approve",
        done="Approved. The notice for readers is gone.",
        lead="Read the edition first. If it does harm, withdraw it instead.",
        sentence=actions.endorsing_sentence(edition),
    )


def move(request: HttpRequest, publication_id: int) -> HttpResponse:
    publication = visible_publication(request, publication_id)
    live = LiveArticle.objects.filter(publication_id=publication.pk).only("slug").first()
    return act_page(
        request,
        MoveForm(request.POST or None, initial={"slug": live.slug if live else publication.edition.slug}),
        lambda values: actions.move(publication.article, values["slug"], by=request.user, reason=values["reason"]),
        edition=publication.edition,
        title="Move to another address",
        button="Move",
        done=lambda row: f"It is at “{row.slug}” now. The address before leads there for ever.",
        lead="Bookmarks and search engines are sent on. The old address is never given to another article.",
    )


def ratify(request: HttpRequest, withdrawal_id: int) -> HttpResponse:
    rows = Withdrawal.objects.select_related("publication__edition", "publication__article", "by")
    visible = rows.filter(publication__edition__in=Edition.objects.visible_to(request.user))
    row = get_object_or_404(visible, pk=withdrawal_id)
    return act_page(
        request,
        ReasonForm(request.POST or None),
        lambda values: actions.ratify(row, by=request.user, **values),
        edition=row.publication.edition,
        title="Ratify a suspension",
        button="Ratify",
        done="The suspension is ratified.",
        lead=f"{row.by.get_full_name() or row.by} suspended it on {row.at:%-d %B %Y, %H:%M} UTC: {row.reason}",
    )


def resolve_alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    rows = Alert.objects.select_related("publication__edition", "publication__article", "part", "by")
    visible = rows.filter(publication__edition__in=Edition.objects.visible_to(request.user))
    alert = get_object_or_404(visible, pk=alert_id)
    standing = Publication.objects.standing().with_parts().filter(article=alert.publication.article_id).first()
    edition = (standing or alert.publication).edition
    return act_page(
        request,
        SignedForm(request.POST or None, initial={"digest": edition.digest}),
        lambda values: actions.resolve_alert(
            alert, by=request.user, reason=values["reason"], expected_digest=values["digest"]
        ),
        edition=edition,
        title="Answer an alert",
        button="Sign and answer",
        done="The alert is answered, and its notice gone.",
        lead=f"{alert.reason} Readers are told: {alert.reader_message or 'that the page is being looked at again.'}",
        sentence=actions.resolving_sentence(edition),
    )


def withdraw_part(request: HttpRequest, kind: str, part_id: Any) -> HttpResponse:
    """Mark a source, disclaimer or contributor as withdrawn; the live articles that use it are listed first."""
    model = PARTS.get(kind)
    if model is None:
        raise Http404
    part = get_object_or_404(model, pk=part_id)
    used = LiveUse.objects.filter(kind=kind, key=str(part_id)).values("article_id")
    form = PartForm(request.POST or None, initial={"kind": kind, "part": part_id})
    return act_page(
        request,
        form,
        lambda values: _withdraw_part(request, kind, part_id, values),
        edition=None,
        title=f"Withdraw a {model._meta.verbose_name}",
        subtitle=str(part),
        button="Withdraw it",
        done="It is withdrawn, and an alert stands on each live article that uses it.",
        lead=f"{part}. No edition with it is published from now on.",
        uses=LiveArticle.objects.filter(pk__in=used).order_by("title").only("title", "slug", "language")[:200],
        use_count=used.count(),
        back=("admin:publishing_desk", None),
    )


def _withdraw_part(request: HttpRequest, kind: str, part_id: Any, values: dict[str, Any]) -> Any:
    told = {name: values[name] for name in ("reason", "reader_message")}
    part = actions.withdraw_part(kind, part_id, by=request.user, **told)
    actions.open_alerts(part, at_most=ALERTS_AT_ONCE)
    return part


#: Alerts that the request itself raises; the worker raises the others.
ALERTS_AT_ONCE = 50


def withdraw_viewpoint(request: HttpRequest, viewpoint_id: Any) -> HttpResponse:
    articles = Article.objects.visible_to(request.user)
    rows = Viewpoint.objects.select_related("article").filter(article__in=articles)
    viewpoint = get_object_or_404(rows, pk=viewpoint_id)
    return act_page(
        request,
        ReasonForm(request.POST or None),
        lambda values: drafts.withdraw_viewpoint(viewpoint, by=request.user, **values),
        edition=None,
        title="Take a viewpoint back",
        subtitle=str(viewpoint),
        button="Take it back",
        done="The next edition shows when and why it was taken back, in its place. Submit the article.",
        lead=f"“{viewpoint}”, in “{viewpoint.article}”. Readers read your reason where the viewpoint stood; the draft "
        "keeps its words.",
        back=("admin:articles_article_change", viewpoint.article_id),
    )


def _is_first(edition: Edition) -> bool:
    return not Publication.objects.filter(article=edition.article_id).exists()


def _initial(edition: Edition) -> dict[str, Any]:
    return {"digest": edition.digest, "note": edition.note}
