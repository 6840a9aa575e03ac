"""The closed grammar: known parameters, each once, each in one plain form; whatever else comes is 400."""

import base64
import json
import string
from contextlib import suppress
from urllib.parse import quote, urlencode

import pytest
from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import strategies as st

from publishing import query

ALLOWED = {"limit": query.limit, "language": query.language, "topic": query.slug, "cursor": query.cursor}


def read(raw):
    return query.read_parameters(RequestFactory().get("/x/", QUERY_STRING=raw), ALLOWED)


def code_of(raw):
    with pytest.raises(query.BadParameter) as caught:
        read(raw)
    assert caught.value.status_code == 400
    assert caught.value.members["errors"][0]["code"] == caught.value.get_codes()
    return caught.value.get_codes(), caught.value.members["errors"][0]["parameter"]


def test_known_parameters_are_read():
    assert read("") == {}
    assert read("limit=100&language=pt-BR&topic=muscle-twitch") == {
        "limit": 100,
        "language": "pt-BR",
        "topic": "muscle-twitch",
    }


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        ("q=x", ("unknown-parameter", "q")),
        ("Limit=5", ("unknown-parameter", "Limit")),
        ("limit[]=5", ("unknown-parameter", "limit[]")),
        ("=5", ("unknown-parameter", "")),
        ("x", ("unknown-parameter", "x")),
        ("%C3%A9=5", ("unknown-parameter", "\\xe9")),
        ("limit=5&limit=5", ("repeated-parameter", "limit")),
        ("limit=5&%6Cimit=5", ("repeated-parameter", "limit")),
        ("limit", ("invalid-parameter", "limit")),
        ("limit=05", ("invalid-parameter", "limit")),
        ("limit=5 ", ("invalid-parameter", "limit")),
        ("limit=5%0A", ("invalid-parameter", "limit")),
        ("limit=%D9%A5", ("invalid-parameter", "limit")),
        ("language=e", ("invalid-parameter", "language")),
        ("language=en_US", ("invalid-parameter", "language")),
        ("topic=A", ("invalid-parameter", "topic")),
        ("topic=a--b", ("invalid-parameter", "topic")),
        ("topic=" + "a" * 141, ("invalid-parameter", "topic")),
        ("limit=%00", ("invalid-parameter", "")),
        ("%E2%80%AE=1", ("invalid-parameter", "")),
        ("limit=%FF", ("invalid-utf-8", "")),
        ("&".join(f"a{n}=1" for n in range(51)), ("invalid-parameter", "")),
    ],
)
def test_everything_else_is_refused_by_name(raw, answer):
    assert code_of(raw) == answer


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.text(max_size=8))
def test_any_query_is_read_or_refused(name, value):
    for raw in (urlencode({name: value}, errors="replace"), quote(name, errors="replace")):
        with suppress(query.BadParameter):
            assert set(read(raw)) <= set(ALLOWED)


@given(st.lists(st.text() | st.integers() | st.dictionaries(st.text(), st.text()), max_size=5))
def test_a_cursor_reads_back_what_was_put_in(values):
    made = query.make_cursor(values)
    assert query.cursor(made) == values
    assert set(made) <= set(string.ascii_letters + string.digits + "-_")


@given(st.text(max_size=80))
@example("e30")
@example("bnVsbA")
@example("W1tbW1tbW1tb" * 500)
def test_a_cursor_that_was_not_made_here_is_refused(value):
    with suppress(ValueError):
        assert isinstance(query.cursor(value), list)


PK = "00000000-0000-4000-8000-000000000000"
FORGED = [
    ["after", "0001-01-01T00:00:00+23:59", PK, {}],
    ["before", "9999-12-31T23:59:59-23:59", PK, {}],
    ["after", "2026-01-01T00:00:00+00:00", "x", {}],
    ["after", "2026-01-01T00:00:00+00:00", 5, {}],
    ["after", 5, PK, {}],
    ["after", None, PK, {}],
    [["after"], "2026-01-01T00:00:00+00:00", PK, {}],
    ["limit", "2026-01-01T00:00:00+00:00", PK, {}],
    ["after", "2026-01-01T00:00:00+00:00", PK, {"topic_slug": "x"}],
    ["after", "2026-01-01T00:00:00+00:00", PK],
    [],
]


@pytest.mark.parametrize("values", FORGED)
def test_a_forged_cursor_is_400(db, api, values):
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    response = api.get(f"/api/v1/articles/?cursor={cursor}")
    assert response.status_code == 400, response.content
    assert response.json()["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize("moment", ["2026-01-01", "2026-01-01T00:00:00"])
def test_a_cursor_without_a_time_zone_breaks_nothing(db, api, moment):
    cursor = query.make_cursor(["after", moment, PK, {}])
    assert api.get(f"/api/v1/articles/?cursor={cursor}").status_code in (200, 400)


def test_a_true_cursor_takes_no_other_limit_to_be_read(line, api):
    for _ in range(3):
        line.publish()
    cursor = api.get("/api/v1/articles/?limit=1").json()["page"]["next"]
    assert len(api.get(f"/api/v1/articles/?limit=2&cursor={cursor}").json()["items"]) == 2
