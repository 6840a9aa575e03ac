"""What the canary is made of: which field is secret, which address a route makes, what is picked on a real site."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.test.utils import isolate_apps
from django.urls import path, re_path

from cms.canary import public
from cms.canary.fields import UnknownField, all_models, leaves, replaced, word_fields
from cms.canary.forging import cursors
from cms.canary.picking import Picked, pick
from cms.canary.planting import NoRoom, Tokens, has_room
from cms.canary.pool import NOBODY
from cms.canary.routes import Pool, UnknownPart, routes_of
from reviews import actions as reviews
from tests.cms import canary_leaks


def test_a_field_added_later_is_secret():
    with isolate_apps("reviews"):

        class Diary(models.Model):  # noqa: DJ008
            text = models.TextField()
            pages = models.JSONField()
            mood = models.CharField(max_length=9, choices=[("good", "Good")])

            class Meta:
                app_label = "reviews"

    assert [field.name for field in word_fields(Diary)] == ["text", "pages"]
    assert public.rows_of("reviews.Diary.text") == []
    assert "reviews.Diary" not in public.OPEN_MODELS


def test_a_field_of_an_unknown_kind_stops_the_canary():
    with isolate_apps("reviews"):

        class Scan(models.Model):  # noqa: DJ008
            pixels = models.BinaryField()

            class Meta:
                app_label = "reviews"

    with pytest.raises(UnknownField, match=r"reviews\.Scan\.pixels"):
        word_fields(Scan)


def test_a_field_without_room_for_a_token_stops_the_canary():
    with isolate_apps("reviews"):

        class Note(models.Model):  # noqa: DJ008
            initials = models.CharField(max_length=3)

            class Meta:
                app_label = "reviews"

    with pytest.raises(NoRoom, match=r"reviews\.Note\.initials"):
        has_room(Note._meta.get_field("initials"))


def test_every_line_of_the_table_of_what_is_public_names_a_field():
    for row in public.TABLE:
        label, _, name = row.field.rpartition(".")
        model = next(model for model in all_models() if model._meta.label == label)
        assert name in {field.name for field in word_fields(model)}, row.field
        assert row.why
    assert set(public.OPEN_MODELS) <= {model._meta.label for model in all_models()}


def test_only_the_named_parts_of_a_json_value_are_public():
    value = {"name": "Ada", "phone": "1", "jobs": [{"label": "a", "boss": "b"}], "n": 3}
    assert list(leaves(value)) == [("/name", "Ada"), ("/phone", "1"), ("/jobs/label", "a"), ("/jobs/boss", "b")]
    hidden = replaced(value, lambda at, text: text if public.is_within(at, ("/name", "/jobs/label")) else "x")
    assert hidden == {"name": "Ada", "phone": "x", "jobs": [{"label": "a", "boss": "x"}], "n": 3}
    assert not public.is_within("/names", ("/name",))


def test_an_address_that_nobody_can_fill_in_stops_the_canary():
    [route] = routes_of([re_path(r"^moods/(?P<mood>[!]{4})/$", a_view)])
    with pytest.raises(UnknownPart, match="mood"):
        route.addresses(Pool(ids=[NOBODY]))
    with pytest.raises(UnknownPart, match="teach"):
        routes_of([re_path(r"^moods/(good|bad(ly)?)/$", a_view)])
    with pytest.raises(UnknownPart, match="does not know"):
        routes_of([Odd()])


def test_a_new_route_is_filled_in_by_itself():
    found = routes_of([path("topics/<slug:slug>/<int:page>/", a_view), re_path(r"^feeds/(new|all)\.atom$", a_view)])
    pool = Pool(slugs=["muscle"], numbers=["1", "2"])
    assert [route.addresses(pool) for route in found] == [
        ["/topics/muscle/1/", "/topics/muscle/2/"],
        ["/feeds/new.atom", "/feeds/all.atom"],
    ]


class Odd:
    pattern = "neither a route nor a regular expression"


def a_view(request: Any) -> None:
    """Nobody asks it."""


def test_tokens_are_found_in_any_case_and_inside_of_words():
    tokens = Tokens()
    token = tokens.new("a place")
    assert tokens.find(f"<b>x{token.upper()}-y</b>") == {token}
    assert tokens.find(token[:-1]) == set()
    assert tokens.place(token) == "a place"


def test_cursors_are_forged():
    assert len(set(cursors())) > 15


def test_phrases_and_numbers_are_picked_and_found_through_markup():
    picked = Picked()
    picked.add("The reviewer could not follow the second paragraph at all", "a comment")
    picked.add("MD-4711-X", "a licence")
    assert picked.find("<p>the <b>reviewer</b> could not follow the</p>") == {"the reviewer could not follow the"}
    assert picked.find('{"number": "MD-4711-X"}') == {"md-4711-x"}
    assert picked.find("The reviewer could follow the second") == set()
    picked.forget("It is the number md-4711-x.")
    assert picked.find("MD-4711-X") == set()


def test_what_is_public_is_not_picked(line, people):
    publication = line.publish()
    reviews.comment(line.submit(), by=people.ben, text="Nobody twitches in the spring of every leap year.")
    picked = pick()
    assert picked.find("nobody twitches in the spring of every leap year")
    assert picked.find(publication.edition.content["summary"]) == set()
    assert picked.find("Editor, Medical reviewer, Publisher") == set()


def test_the_command_finds_nothing_on_a_sound_site(line, people):
    line.publish()
    reviews.comment(line.submit(), by=people.ben, text="Nobody twitches in the spring of every leap year.")
    out = StringIO()
    call_command("canary", requests=400, stdout=out)
    assert "400 requests" in out.getvalue()


def test_the_command_names_what_leaks(line, people, settings, monkeypatch):
    line.publish()
    reviews.comment(line.submit(), by=people.ben, text="Nobody twitches in the spring of every leap year.")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.cms.canary_leaks.Leaky"]
    monkeypatch.setattr(canary_leaks, "leak", canary_leaks.in_an_api_answer)
    monkeypatch.setattr(canary_leaks, "secret", "nobody twitches in the spring of every leap year")
    out = StringIO()
    with pytest.raises(CommandError, match="told what is not public"):
        call_command("canary", requests=400, stdout=out)
    assert "reviews.Comment.text" in " ".join(out.getvalue().split())


def test_planting_asks_for_a_database_that_may_be_thrown_away(db, monkeypatch):
    monkeypatch.delenv("ALLOW_TEST_LOAD", raising=False)
    with pytest.raises(CommandError, match="ALLOW_TEST_LOAD"):
        call_command("canary", plant=True, stdout=StringIO())


def test_the_address_of_a_site_is_an_address(db):
    with pytest.raises(CommandError, match="is not the address of a site"):
        call_command("canary", site="example", stdout=StringIO())
