"""The rooms: imports and foreign keys point down, and each open door is listed here."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import PROTECT
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from articles.models import DRAFT_MODELS
from cms.permissions import DenyAll
from publishing.models import STORE_MODELS, Change, FeedHead

#: From the ground up. A model may point to its own room and to those before it.
ROOMS = ["contenttypes", "auth", "articles", "reviews", "publishing"]

#: Every API view that answers whoever asks.
OPEN_VIEWS = {
    "publishing.api.ArticleList",
    "publishing.api.ArticleDetail",
    "publishing.api.ArticleBySlug",
    "publishing.api.EditionDetail",
    "publishing.api.EditionCertificate",
}
#: What else answers without a login: pages, the health check, and the form to log in.
OPEN_ADDRESSES = {
    "healthz",
    "",
    "<language:language>/topics/<slug:slug>/",
    "<language:language>/articles/<slug:slug>/",
    "<language:language>/articles/<slug:slug>/editions/<edition:number>/certificate/",
    "<language:language>/articles/<slug:slug>/editions/<edition:number>/changes/",
    "<language:language>/topics/",
    "<language:language>/contributors/<uuid:contributor_id>/",
    "<language:language>/search/",
    "<language:language>/how-we-review/",
    "<language:language>/corrections/",
    "feeds/articles.atom",
    "feeds/corrections.atom",
    "sitemap.xml",
    "sitemaps/<slug:section>-<edition:number>.xml",
    "robots.txt",
}
OPEN_ADMIN = {"admin/login/", "admin/logout/", "admin/jsi18n/"}
EXAMPLES = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "int": "1",
    "edition": "1",
    "language": "en",
    "str": "en",
    "slug": "x",
    "path": "x",
}


def patterns(resolver=None, before=""):
    """Yield every address of the project with its view."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, address)
        elif isinstance(entry, URLPattern):
            yield address, entry.callback


API = {address: view for address, view in patterns() if address.startswith("api/")}


def name_of(view):
    return f"{view.cls.__module__}.{view.cls.__name__}"


@pytest.mark.parametrize(
    "model", [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in ROOMS]
)
def test_foreign_keys_point_down(model):
    own = ROOMS.index(model._meta.app_label)
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and field.related_model:
            assert ROOMS.index(field.related_model._meta.app_label) <= own, field


@pytest.mark.parametrize("model", [*STORE_MODELS, Change, FeedHead])
def test_the_public_store_points_nowhere(model):
    assert not [field for field in model._meta.get_fields() if field.is_relation]


PUBLISHING = Path(settings.BASE_DIR) / "publishing"
ANSWERING = [PUBLISHING / f"{name}.py" for name in ("reading", "api", "feeds", "search", "jsonld")]
ANSWERING += sorted((PUBLISHING / "pages").glob("*.py"))
#: Of the room below they may use what compares plain texts.
PURE = {"reviews.difference", "reviews.folding"}


@pytest.mark.parametrize("path", ANSWERING, ids=lambda path: path.stem)
def test_what_answers_the_public_imports_no_draft_edition_or_fact(path):
    source = path.read_text()
    imported = {
        (node.module, alias.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    } | {
        (alias.name, "") for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import) for alias in node.names
    }
    store = {model.__name__ for model in (*STORE_MODELS, Change, FeedHead)}
    store |= {"WithdrawalKind", "CorrectionKind", "UseKind", "MilestoneKind"}
    for module, what in imported:
        assert module.split(".")[0] != "reviews" or module in PURE
        assert not module.startswith(("articles.models", "articles.actions", "articles.snapshot", "publishing.store"))
        assert module != "publishing.actions"
        assert module != "django.apps"
        if module.startswith("publishing.models"):
            assert what in store


def test_the_default_of_every_api_view_is_no():
    assert [DenyAll] == api_settings.DEFAULT_PERMISSION_CLASSES
    assert not DenyAll().has_permission(None, None)


def test_every_open_api_view_is_listed():
    assert all(issubclass(view.cls, APIView) for view in API.values())
    assert {name_of(view) for view in API.values() if AllowAny in view.cls.permission_classes} == OPEN_VIEWS
    assert all(view.cls.permission_classes for view in API.values())


@pytest.mark.parametrize("address", [address for address, view in API.items() if name_of(view) not in OPEN_VIEWS])
def test_every_other_api_view_denies_who_is_not_logged_in(db, address):
    client = Client(raise_request_exception=False)
    for method in ("get", "post", "put", "patch", "delete", "options", "head"):
        response = getattr(client, method)(f"/{_example(address)}")
        assert (response.status_code, response["WWW-Authenticate"]) == (401, "Session"), method
        assert method == "head" or response.json()["code"] == "not-authenticated"


def test_every_page_without_a_login_is_listed(db):
    api = Client(raise_request_exception=False)
    others = [address for address, _ in patterns() if not address.startswith("api/")]
    assert {address for address in others if not address.startswith("admin/")} == OPEN_ADDRESSES
    for address in others:
        if address.startswith("admin/") and address not in OPEN_ADMIN and "(?P" not in address:
            response = api.get(f"/{_example(address)}")
            assert response.status_code == 302, address
            assert response["Location"].startswith("/admin/login/"), address


def test_drafts_and_facts_are_never_deleted_by_cascade():
    ours = [model for model in apps.get_models() if model._meta.app_label in ROOMS[2:]]
    for model in ours:
        for field in model._meta.concrete_fields:
            if field.is_relation and not model._meta.object_name.startswith("Historical"):
                assert field.remote_field.on_delete is PROTECT, field
    assert set(DRAFT_MODELS) <= set(ours)


def _example(address):
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: EXAMPLES[found.group(1) or "str"], address)
