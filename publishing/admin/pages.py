"""What the pages of the buttons share: one form, one action, one way back."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path

from publishing.models import Publication
from reviews.admin import attempt
from reviews.models import Edition
from reviews.signing import confirm_password


def routed(route: str, view: Any, name: str) -> Any:
    """Return a page of the admin, open to staff alone."""
    return path(route, admin.site.admin_view(view), name=f"publishing_{name}")


def visible_edition(request: HttpRequest, edition_id: int) -> Edition:
    rows = Edition.objects.visible_to(request.user).select_related("article", "publication")
    return get_object_or_404(rows, pk=edition_id)


def visible_publication(request: HttpRequest, publication_id: int) -> Publication:
    rows = Publication.objects.select_related("article", "edition", "withdrawal")
    return get_object_or_404(rows.filter(edition__in=Edition.objects.visible_to(request.user)), pk=publication_id)


def act_page(
    request: HttpRequest,
    form: Any,
    act: Callable[[dict[str, Any]], Any],
    *,
    edition: Edition | None,
    title: str,
    button: str,
    done: str | Callable[[Any], str],
    lead: str = "",
    sentence: str = "",
    back: tuple[str, Any] | None = None,
    **context: Any,
) -> HttpResponse:
    """Show a form and run one action with what it holds. With `sentence`, the password signs it."""
    back = back or ("admin:reviews_edition_change", edition.pk if edition else None)
    if request.method == "POST" and form.is_valid():
        result = attempt(request, form, lambda: _signed(request, form, act))
        if result is not None:
            messages.success(request, done(result) if callable(done) else done)
            return redirect(back[0], *([back[1]] if back[1] is not None else []))
    page = {
        **admin.site.each_context(request),
        "title": title,
        "subtitle": edition.content["title"] if edition else "",
        "edition": edition,
        "form": form,
        "lead": lead,
        "sentence": sentence,
        "button": button,
        "opts": Edition._meta,
        **context,
    }
    return render(request, "admin/publishing/act.html", page)


def _signed(request: HttpRequest, form: Any, act: Callable[[dict[str, Any]], Any]) -> Any:
    values = dict(form.cleaned_data)
    if "password" in values:
        confirm_password(request, values.pop("password"))
    return act(values)
