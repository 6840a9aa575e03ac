"""My reviews: what waits for me, what I decided, what I submitted and what it lacks."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.models import Edition
from reviews.queues import decided_by
from reviews.templatetags.queues import desk_of


def mine_view(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if not user.has_perm("reviews.view_edition"):
        raise PermissionDenied("You have no part in reviews.")
    context = {
        **admin.site.each_context(request),
        **desk_of(user),
        "title": "My reviews",
        "opts": Edition._meta,
        "decided": decided_by(user),
    }
    return render(request, "admin/reviews/mine.html", context)
