"""The JSON that the API takes: RFC 8259 in the I-JSON profile, within bounds, and clean."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from articles.text import MAX_JSON_DEPTH, clean_json
from cms.parsers import BodyTooLarge, StrictJSONParser, parse_json

BAD = [
    (b"\xff", "invalid-utf-8"),
    (b'{"a": "\xed\xa0\x80"}', "invalid-utf-8"),
    (b"", "invalid-json"),
    (b"{", "invalid-json"),
    (b"{'a': 1}", "invalid-json"),
    (b'{"a": 1,}', "invalid-json"),
    (b'{"a": 1} x', "invalid-json"),
    (b"\xef\xbb\xbf{}", "invalid-json"),
    (b"NaN", "invalid-json"),
    (b"[-Infinity]", "invalid-json"),
    (b'"\n"', "invalid-json"),
    (b'{"a": 1, "a": 1}', "duplicate-key"),
    (b'[{"b": {"a": 1, "\\u0061": 2}}]', "duplicate-key"),
    (b"[" * 65 + b"]" * 65, "nested-too-deeply"),
    (b"[" * 100_000, "nested-too-deeply"),
    (b'{"a":' * 65 + b"1" + b"}" * 65, "nested-too-deeply"),
    (b'{"a": "\\u0000"}', "null-character"),
    (b'{"\\u0000": 1}', "null-character"),
    (b'["\\ud800"]', "lone-surrogate"),
    (b'["\\u202e"]', "bidi-override"),
    (b'["\\u0007"]', "control-character"),
    (b"[" + b"9" * 5000 + b"]", "invalid-json"),
]


@pytest.mark.parametrize(("body", "code"), BAD)
def test_what_would_hurt_later_is_refused_with_a_code(body, code):
    with pytest.raises(ParseError) as caught:
        parse_json(body)
    assert caught.value.get_codes() == code


def test_brackets_in_strings_do_not_count_as_nesting():
    assert parse_json(json.dumps(["[" * 1000 + '"\\']).encode()) == ["[" * 1000 + '"\\']
    assert parse_json(b"[" * MAX_JSON_DEPTH + b"]" * MAX_JSON_DEPTH)


def test_text_is_composed_and_pairs_of_surrogates_are_one_character():
    assert parse_json(b'{"e\\u0301": "\\ud83d\\ude00\\r\\n"}') == {"\u00e9": "\U0001f600\n"}


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcde", max_size=4), inner),
    max_leaves=20,
)


@given(values)
def test_clean_values_come_through_as_they_are(value):
    assert parse_json(json.dumps(value).encode()) == clean_json(value)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_body_is_read_or_refused(body):
    try:
        parse_json(body)
    except ParseError as error:
        assert error.detail


def test_a_body_without_a_length_is_cut_off_at_the_limit(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert StrictJSONParser().parse(io.BytesIO(b'"12345678"')) == "12345678"
    with pytest.raises(BodyTooLarge):
        StrictJSONParser().parse(io.BytesIO(b'"123456789"'))
