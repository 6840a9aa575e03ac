"""The review certificate: who signed what and when, for everybody to read, and nothing that is not public."""

import html
import json
import re
import shlex
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.history import write
from articles.models import Contributor
from articles.snapshot import canonical
from publishing import actions as publishing
from publishing import rebuild
from publishing.certificate import CONFLICTS
from publishing.document import etag_of
from publishing.models import Change, LiveArticle, LiveEdition
from publishing.pages.certificates import CHECK
from reviews import actions
from reviews.eligibility import OVERRIDABLE
from reviews.models import Decision, Edition, Override, ReviewerSettings, ReviewPolicy
from tests import cast
from tests.publishing.test_document import assert_no_null
from tests.publishing.test_pages import HOSTILE

#: Section by section, the keys of docs/certificate.md.
TOP = {
    "type", "schema", "url", "html_url", "article", "article_url", "article_html_url", "edition_url", "title", "language",
    "published_at", "certified_at", "edition", "review", "is_fast_path", "is_emergency", "reviews", "blocking_comments",
}  # fmt: skip
EDITION = {"number", "digest", "canonicalization", "schema", "change", "note"}
STATE = {"state", "last_reviewed", "next_review_due"}
REVIEW = {"kind", "edition", "digest", "certificate_url", "policy", "stages", "rounds", "overrides", "endorsements"}
POLICY = {"name", "version", "risk_tier", "validity_months", "frozen_at"}
STAGE = {"key", "label", "group", "quorum", "specialists", "holder", "asks", "signatures"}
SIGNATURE = {
    "name", "is_named", "role", "credentials", "is_specialist", "outcome", "meaning", "signed_at", "digest", "round",
    "answers", "taken_back",
}  # fmt: skip
TAKEN_BACK = {"name", "is_named", "role", "meaning", "signed_at"}
OVERRIDE = {
    "name", "is_named", "has_signed", "role", "stage", "stage_label", "codes", "conflicts", "reason", "is_reason_withheld",
    "signed_by", "meaning", "signed_at",
}  # fmt: skip
COMMENTS = {"raised", "settled", "dispositions"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
REASON = "Nobody else reads this language."
#: A summary with two misspellings, and without the first, and without both: the fast path lets each step pass.
MISSPELT = "Small twitches under teh skin are definately common."
HALF_MENDED = "Small twitches under the skin are definately common."
MENDED = "Small twitches under the skin are definitely common."


def api_path(edition):
    return f"/api/v1/articles/{edition.article_id}/editions/{edition.number}/certificate/"


def page_path(edition):
    return f"/en/articles/{edition.slug}/editions/{edition.number}/certificate/"


def certificate(api, edition):
    return api.get(api_path(edition)).json()


def page(api, edition):
    return api.get(page_path(edition)).content.decode()


def signatures(shown):
    return [row for review in shown["reviews"] for stage in review["stages"] for row in stage["signatures"]]


def fresh(edition):
    return Edition.objects.get(pk=edition.pk)


def employed(people, line, **changes):
    """Submit an edition in which the employer of ben speaks."""
    clinic = cast.make_contributor(by=people.ada, kind="organization", name="Harbour Clinic", credential=None)
    ben = Contributor.objects.get(user=people.ben)
    ben.employer = clinic
    write(ben, by=people.ada)
    parts = [cast.viewpoint_values(person) for person in (clinic, cast.make_contributor(by=people.ada))]
    return line.submit(line.draft(viewpoints=parts, **changes))


def overridden(people, line, *, reason=REASON, **changes):
    """Submit an edition where max sets aside that ben works for an organization that speaks in it."""
    edition = employed(people, line, **changes)
    values = {"stage": "medical", "reviewer": people.ben, "expected_digest": edition.digest}
    actions.override(edition, by=people.max, reason=reason, **values)
    return edition


def misspelt(line, edition=None):
    """Return an article whose first edition, with a misspelling, is public; reviewed in full."""
    edition = edition or line.submit(line.draft(summary=MISSPELT))
    return line.publish(line.approve(edition)).edition.article


def mended(people, line, article, summary=MENDED):
    """Publish the next edition of an article by the fast path."""
    edition = actions.submit(line.change(article, summary=summary), by=people.ada, change_class="editorial")
    line.decide(edition, people.cyd, "editorial")
    return line.publish(fresh(edition)).edition


def reviewed_again(people, line, edition):
    actions.open_round(fresh(edition), by=people.max, reason="Two years have passed.")
    line.approve(fresh(edition))
    return publishing.reaffirm(fresh(edition), by=people.pam, expected_digest=edition.digest)


def revoke(edition, person, stage="medical", reason="I misread a number."):
    return actions.revoke(fresh(edition), by=person, stage=stage, reason=reason)


@pytest.fixture
def everything(people, line):
    """Return a public edition by the fast path, after a full review with all there can be: a conflict set aside, a
    blocking comment, a reviewer shown by role, a second round, an approval taken back.
    """
    ReviewerSettings.objects.create(user=people.bea, by_role_only=True)
    edition = overridden(people, line, summary=MISSPELT)
    blocking = actions.comment(edition, by=people.ben, text="The dose is wrong.", severity="blocking")
    actions.resolve(blocking, by=people.ben, disposition="persuasive", answer="It was changed.")
    article = misspelt(line, edition)
    reviewed_again(people, line, edition)
    second = mended(people, line, article)
    revoke(edition, people.ben)
    return second


def test_every_key_is_there_and_none_is_null(people, api, everything):
    shown = certificate(api, everything)
    reviews, signed = shown["reviews"], signatures(shown)
    for rows, keys in (
        ([shown], TOP),
        ([shown["edition"]], EDITION),
        ([shown["review"]], STATE),
        (reviews, REVIEW),
        ([review["policy"] for review in reviews], POLICY),
        ([stage for review in reviews for stage in review["stages"]], STAGE),
        (signed, SIGNATURE),
        ([answer for row in signed for answer in row["answers"]], {"question", "answer"}),
        ([row for signature in signed for row in signature["taken_back"]], TAKEN_BACK),
        ([row for review in reviews for row in review["rounds"]], {"round", "completed_at"}),
        ([row for review in reviews for row in review["overrides"]], OVERRIDE),
        ([shown["blocking_comments"]], COMMENTS),
    ):
        assert rows
        assert all(set(row) == keys for row in rows), keys
    assert_no_null(shown)


def test_the_stored_text_is_canonical_the_etag_its_hash_and_a_rebuild_gives_the_same(people, line, api, everything):
    line.publish()
    response = api.get(api_path(everything))
    assert canonical(response.json()) == response.content
    assert response["ETag"] == etag_of(response.content)
    before = stored()
    rebuild.rebuild()
    assert stored() == before
    assert len(before) == 3


def stored():
    columns = [field.name for field in LiveEdition._meta.fields if field.name != "id"]
    return list(LiveEdition.objects.order_by("article_id", "number").values(*columns))


def test_each_signature_has_printed_name_date_and_time_and_meaning(people, line, api):
    """21 CFR 11.50(a), in the JSON and on the page, to the second of the fact."""
    edition = line.publish().edition
    signed, text = signatures(certificate(api, edition)), html.unescape(page(api, edition))
    facts = list(Decision.objects.filter(edition=edition).order_by("pk"))
    assert [row["name"] for row in signed] == ["Cyd", "Dr Ben", "Dr Bea"]
    for row, fact in zip(signed, facts, strict=True):
        assert row["meaning"] == fact.attestation
        assert row["digest"] == edition.digest
        assert edition.digest in row["meaning"]
        assert MOMENT.fullmatch(row["signed_at"])
        assert datetime.fromisoformat(row["signed_at"]) == fact.signed_at.replace(microsecond=0)
        at = fact.signed_at
        assert f"<strong>{row['name']}</strong>" in text
        assert f"{at.day} {at:%B %Y}, {at:%H:%M:%S} UTC" in text
        assert row["meaning"] in text


def test_it_says_which_text_under_which_policy_and_what_each_stage_asks_for(people, line, api):
    publication = line.publish(line.approve(line.submit(line.draft(risk_tier=3), note="A new source")))
    edition = publication.edition
    shown = certificate(api, edition)
    assert shown["title"] == edition.content["title"]
    assert shown["edition"] == {
        "number": 1,
        "digest": edition.digest,
        "canonicalization": "rfc8785",
        "schema": "article/1",
        "change": "substantive",
        "note": "A new source",
    }
    review = shown["reviews"][0]
    assert (shown["is_fast_path"], review["kind"], review["edition"], review["digest"]) == (
        False,
        "full",
        1,
        edition.digest,
    )
    policy = review["policy"]
    assert (policy["name"], policy["version"], policy["risk_tier"], policy["validity_months"]) == (
        "Treatment and medicines",
        1,
        3,
        12,
    )
    assert datetime.fromisoformat(policy["frozen_at"]) == edition.submitted_at.replace(microsecond=0)
    assert [stage["asks"] for stage in review["stages"]] == [
        "1 approval in the role Editor",
        "2 approvals in the role Medical reviewer, each by a licensed clinician, 2 of them by specialists in the field",
        "1 approval in the role Medical reviewer, by a pharmacist or legal counsel",
    ]
    medical = review["stages"][1]["signatures"]
    assert [(row["credentials"], row["is_specialist"]) for row in medical] == [(["Consultant neurologist"], True)] * 2
    assert medical[0]["answers"] == [
        {"question": question, "answer": "yes"} for question in edition.stage("medical")["checklist"]
    ]


def test_a_policy_that_changes_later_changes_no_certificate(people, line, api):
    edition = line.publish().edition
    before = api.get(api_path(edition)).content
    ReviewPolicy.objects.update(name="Another policy", validity_months=1)
    rebuild.rebuild()
    assert api.get(api_path(edition)).content == before


def test_credentials_are_those_that_were_verified_and_in_force_and_never_a_number(people, line, api):
    today = timezone.now().date()
    ben = Contributor.objects.get(user=people.ben)
    changes = {"number": "LICENCE-4711", "specialty": ""}
    cast.make_credential(ben, by=people.ada, label="Still in force", expires_on=today, **changes)
    cast.make_credential(ben, by=people.ada, label="Expired board", expires_on=today - timedelta(days=1), **changes)
    cast.make_credential(ben, by=people.ada, label="Unverified claim", verified_on=None, **changes)
    edition = line.publish().edition
    row = next(row for row in signatures(certificate(api, edition)) if row["name"] == "Dr Ben")
    assert row["credentials"] == ["Consultant neurologist", "Still in force"]
    for body in public_bodies(api, edition):
        assert "LICENCE-4711" not in body
        assert "Expired board" not in body
        assert "Unverified claim" not in body


def public_bodies(api, edition):
    """Return what the public is answered at every address that has to do with an edition."""
    article = f"/api/v1/articles/{edition.article_id}/"
    paths = [
        article, "/api/v1/articles/", f"{article}editions/{edition.number}/", api_path(edition), page_path(edition),
        f"/en/articles/{edition.slug}/", f"/en/topics/{edition.content['topic']['slug']}/", "/",
    ]  # fmt: skip
    responses = [api.get(path) for path in paths]
    assert [response.status_code for response in responses] == [200] * len(paths)
    return [html.unescape(response.content.decode()) for response in responses]


def test_who_published_and_what_reviewers_wrote_for_the_authors_is_not_public(people, line, api):
    people.pam.last_name = "Publisherson"
    people.pam.save()
    edition = line.submit()
    answers = cast.answers(edition, "editorial", comment="Said to the authors alone")
    cast.decide(edition, by=people.cyd, stage="editorial", comment="Said to the authors alone", answers=answers)
    for person in (people.ben, people.bea):
        line.decide(edition, person, "medical")
    line.publish(fresh(edition))
    revoke(edition, people.ben, reason="Said to the authors alone")
    for body in public_bodies(api, edition):
        assert "Said to the authors" not in body
        assert "Publisherson" not in body
        assert "Pam" not in body


def test_who_asked_for_it_is_shown_by_role_alone_everywhere_while_the_records_keep_the_name(people, line, api):
    ReviewerSettings.objects.create(user=people.ben, by_role_only=True)
    reason = "As ben’s colleagues say, nobody else reads this language."
    edition = line.publish(line.approve(overridden(people, line, reason=reason))).edition
    revoke(edition, people.ben)
    for body in public_bodies(api, edition):
        assert not re.search(r"\bben\b", body, re.IGNORECASE)
    shown = certificate(api, edition)
    row = next(row for row in signatures(shown) if row["taken_back"])
    assert (row["name"], row["role"], row["is_named"]) == ("Medical reviewer", "Medical reviewer", False)
    assert row["taken_back"][0]["name"] == "Medical reviewer"
    override = shown["reviews"][0]["overrides"][0]
    assert (override["name"], override["is_named"], override["has_signed"]) == ("Medical reviewer", False, True)
    assert (override["reason"], override["is_reason_withheld"]) == ("", True)
    assert "that [Medical reviewer] works for an organization" in override["meaning"]
    assert {row.reviewer_snapshot["name"] for row in Decision.objects.filter(reviewer=people.ben)} == {"Dr Ben"}
    assert "Dr Ben" in Override.objects.get().attestation


@pytest.mark.parametrize("hidden", ["approve", "revoke"])
def test_one_signature_by_role_does_not_let_the_other_tell_the_name(people, line, api, hidden):
    setting = ReviewerSettings.objects.create(user=people.ben, by_role_only=hidden == "approve")
    edition = line.publish().edition
    setting.by_role_only = hidden == "revoke"
    setting.save()
    revoke(edition, people.ben)
    row = next(row for row in signatures(certificate(api, edition)) if row["taken_back"])
    assert row["taken_back"][0]["name"] == "Medical reviewer"
    assert row["name"] == ("Medical reviewer" if hidden == "approve" else "Dr Ben")


def test_a_conflict_that_was_set_aside_is_shown_with_reason_signature_and_sentence(people, line, api):
    edition = line.publish(line.approve(overridden(people, line))).edition
    fact = Override.objects.get()
    (shown,) = certificate(api, edition)["reviews"][0]["overrides"]
    assert (shown["name"], shown["has_signed"], shown["codes"]) == ("Dr Ben", True, ["organization_conflict"])
    assert (shown["reason"], shown["meaning"]) == (REASON, fact.attestation)
    assert shown["signed_by"] == {"name": "Max", "role": "Medical lead"}
    assert datetime.fromisoformat(shown["signed_at"]) == fact.signed_at.replace(microsecond=0)
    text = html.unescape(page(api, edition))
    for words in (REASON, fact.attestation, CONFLICTS["organization_conflict"], "Signed by Max, Medical lead"):
        assert words in text


def test_of_a_reviewer_who_did_not_sign_a_conflict_tells_only_the_role(people, line, api):
    edition = overridden(people, line, reason="Dr Ben may help out.")
    line.decide(edition, people.cyd, "editorial")
    for person in (people.bea, cast.make_reviewer("kim", by=people.ada)):
        line.decide(edition, person, "medical")
    line.publish(fresh(edition))
    (shown,) = certificate(api, edition)["reviews"][0]["overrides"]
    assert (shown["name"], shown["has_signed"], shown["reason"]) == ("Medical reviewer", False, "")
    for body in public_bodies(api, edition):
        assert "Ben" not in body


def test_every_conflict_that_can_be_set_aside_has_words_for_readers():
    assert set(CONFLICTS) == OVERRIDABLE


def test_blocking_comments_are_counted_by_how_they_were_settled_and_never_quoted(people, line, api):
    edition = line.submit()
    for disposition in ("persuasive", "persuasive", "not-persuasive"):
        row = actions.comment(edition, by=people.ben, text="Secret remark", severity="blocking_safety")
        actions.resolve(row, by=people.ben, disposition=disposition, answer="Secret answer")
    actions.comment(edition, by=people.ben, text="Secret suggestion")
    line.publish(line.approve(edition))
    shown = certificate(api, edition)["blocking_comments"]
    assert (shown["raised"], shown["settled"]) == (3, 3)
    assert {code: count for code, count in shown["dispositions"].items() if count} == {
        "persuasive": 2,
        "not-persuasive": 1,
    }
    assert len(shown["dispositions"]) == 4
    assert "3 blocking comments were raised" in page(api, edition)
    assert all("Secret" not in body for body in public_bodies(api, edition))


def test_comments_count_on_the_editions_before_too_as_they_stood_when_the_edition_was_published(people, line, api):
    first = line.submit()
    row = actions.comment(first, by=people.ben, text="Wrong", severity="blocking")
    actions.recall(first, by=people.ada, reason="To mend it")
    actions.resolve(row, by=people.ben, disposition="persuasive", answer="Mended")
    second = line.publish(line.approve(line.submit(line.change(first.article)))).edition
    late = actions.comment(second, by=people.ben, text="Wrong again", severity="blocking")
    rebuild.rebuild()
    assert certificate(api, second)["blocking_comments"]["raised"] == 1
    actions.resolve(late, by=people.ben, disposition="persuasive", answer="Mended")
    third = line.publish(line.approve(line.submit(line.change(first.article)))).edition
    assert certificate(api, third)["blocking_comments"]["raised"] == 2
    assert certificate(api, second)["blocking_comments"]["raised"] == 1


def test_a_comment_on_the_next_edition_does_not_count_when_this_one_is_reaffirmed(people, line, api):
    public = line.publish().edition
    following = line.submit(line.change(public.article))
    actions.comment(following, by=people.ben, text="Wrong", severity="blocking")
    reviewed_again(people, line, public)
    assert certificate(api, public)["blocking_comments"]["raised"] == 0


def test_an_approval_taken_back_is_shown_as_such_with_its_time(people, line, api):
    edition = line.publish().edition
    before = api.get(api_path(edition))
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        fact = revoke(edition, people.ben)
    after = api.get(api_path(edition))
    assert after["ETag"] != before["ETag"]
    assert after["Last-Modified"] != before["Last-Modified"]
    assert datetime.fromisoformat(after.json()["certified_at"]) == fact.signed_at.replace(microsecond=0)
    assert after.json()["review"]["state"] == "approval_revoked"
    ben = next(row for row in signatures(after.json()) if row["name"] == "Dr Ben")
    (taken_back,) = ben["taken_back"]
    assert (taken_back["name"], taken_back["meaning"]) == ("Dr Ben", fact.attestation)
    assert datetime.fromisoformat(taken_back["signed_at"]) == fact.signed_at.replace(microsecond=0)
    assert [row["name"] for row in signatures(after.json()) if not row["taken_back"]] == ["Cyd", "Dr Bea"]
    text = page(api, edition)
    assert "Taken back" in text
    assert "Dr Bea (Consultant neurologist) and Cyd checked this text and approved it" in text


def test_the_page_says_so_when_nobody_stands_behind_the_text_any_more(people, line, api):
    edition = line.publish().edition
    for person, stage in ((people.cyd, "editorial"), (people.ben, "medical"), (people.bea, "medical")):
        revoke(edition, person, stage)
    assert "Everybody who had approved this text has taken the approval back" in page(api, edition)


def test_an_approval_taken_back_from_an_older_edition_shows_on_the_certificate_of_that_edition_alone(people, line, api):
    older = line.publish().edition
    newer = line.publish(line.approve(line.submit(line.change(older.article)))).edition
    before, changes = api.get(api_path(newer)).content, Change.objects.count()
    revoke(older, people.bea)
    assert [row["name"] for row in signatures(certificate(api, older)) if row["taken_back"]] == ["Dr Bea"]
    assert api.get(api_path(newer)).content == before
    assert Change.objects.count() == changes
    before = stored()
    rebuild.rebuild()
    assert stored() == before


def test_an_approval_taken_back_before_publication_or_after_withdrawal_writes_no_certificate(people, line, api):
    open_edition = line.approve()
    revoke(open_edition, people.ben)
    gone = line.publish()
    line.withdraw(gone)
    revoke(gone.edition, people.ben)
    assert not LiveEdition.objects.exists()
    assert [api.get(api_path(row)).status_code for row in (open_edition, gone.edition)] == [404, 410]


def test_a_later_round_is_shown_once_it_was_completed(people, line, api):
    edition = line.publish().edition
    before = api.get(api_path(edition)).content
    actions.open_round(fresh(edition), by=people.max, reason="Two years have passed.")
    line.approve(fresh(edition))
    actions.comment(fresh(edition), by=people.ben, text="A remark")
    rebuild.rebuild()
    assert api.get(api_path(edition)).content == before

    fact = publishing.reaffirm(fresh(edition), by=people.pam, expected_digest=edition.digest)

    shown = certificate(api, edition)
    first, second = shown["reviews"][0]["rounds"]
    assert (first["round"], first["completed_at"]) == (1, shown["published_at"])
    assert datetime.fromisoformat(second["completed_at"]) == fact.at.replace(microsecond=0)
    assert shown["certified_at"] == second["completed_at"]
    again = [row for row in signatures(shown) if row["round"] == 2]
    assert len(again) == 3
    assert all("again as" in row["meaning"] for row in again)
    assert "Round 2: completed, and the text reaffirmed" in page(api, edition)


def test_a_signature_taken_back_in_a_round_that_was_not_completed_is_shown(people, line, api):
    edition = line.publish().edition
    actions.open_round(fresh(edition), by=people.max, reason="Two years have passed.")
    line.decide(fresh(edition), people.cyd, "editorial")
    revoke(edition, people.cyd, "editorial")
    shown = certificate(api, edition)
    assert [(row["name"], row["round"]) for row in signatures(shown) if row["taken_back"]] == [("Cyd", 1), ("Cyd", 2)]
    assert shown["reviews"][0]["rounds"][1] == {"round": 2, "completed_at": ""}
    assert "Round 2: not completed" in page(api, edition)


def test_an_override_in_a_later_round_counts_once_the_round_was_completed(people, line, api):
    edition = line.publish().edition
    actions.open_round(fresh(edition), by=people.max, reason="Two years have passed.")
    clinic = cast.make_contributor(by=people.ada, kind="organization", name="New Employer", credential=None)
    speaker = Contributor.objects.get(pk=edition.content["viewpoints"][0]["contributors"][0]["id"])
    for person in (speaker, Contributor.objects.get(user=people.ben)):
        person.employer = clinic
        write(person, by=people.ada)
    values = {"stage": "medical", "reviewer": people.ben, "expected_digest": edition.digest}
    actions.override(fresh(edition), by=people.max, reason=REASON, **values)
    rebuild.rebuild()
    assert certificate(api, edition)["reviews"][0]["overrides"] == []
    line.approve(fresh(edition))
    publishing.reaffirm(fresh(edition), by=people.pam, expected_digest=edition.digest)
    assert [row["name"] for row in certificate(api, edition)["reviews"][0]["overrides"]] == ["Dr Ben"]


def test_the_fast_path_is_said_plainly_above_the_signatures_of_the_full_review(people, line, api):
    article = misspelt(line)
    first = article.editions.get()
    second = mended(people, line, article)
    shown = certificate(api, second)
    own, full = shown["reviews"]
    assert shown["is_fast_path"]
    assert (own["kind"], own["edition"], own["digest"]) == ("fast_path", 2, second.digest)
    assert [row["name"] for stage in own["stages"] for row in stage["signatures"]] == ["Cyd"]
    assert (full["kind"], full["edition"], full["digest"]) == ("full", 1, first.digest)
    assert [row["name"] for stage in full["stages"] for row in stage["signatures"]] == ["Cyd", "Dr Ben", "Dr Bea"]
    assert full == certificate(api, first)["reviews"][0]
    assert api.get(full["certificate_url"]).status_code == 200
    assert shown["review"] == certificate(api, first)["review"]
    text = page(api, second)
    assert "This edition came by the fast path" in text
    assert f"These signatures are for edition 1, whose fingerprint is <code>{first.digest}</code>" in text
    assert text.index("This edition came by the fast path") < text.index("The full review, edition 1")


def test_an_approval_of_the_full_review_taken_back_shows_on_every_edition_that_rests_on_it(people, line, api):
    article = misspelt(line)
    second = mended(people, line, article, summary=HALF_MENDED)
    third = mended(people, line, article)
    revoke(article.editions.get(number=1), people.bea)
    for edition in (article.editions.get(number=1), second, third):
        shown = certificate(api, edition)
        assert shown["review"]["state"] == "approval_revoked"
        assert [row["name"] for row in signatures(shown) if row["taken_back"]] == ["Dr Bea"]
    before = stored()
    rebuild.rebuild()
    assert stored() == before


def test_hostile_words_are_escaped(people, line, api):
    ben = Contributor.objects.get(user=people.ben)
    cast.make_credential(ben, by=people.ada, label=HOSTILE)
    ben.name = HOSTILE[:200]
    write(ben, by=people.ada)
    policy = ReviewPolicy.objects.get(risk_tier=2)
    policy.name = HOSTILE
    write(policy, by=people.ada)
    for stage in policy.stages.all():
        stage.label, stage.checklist = HOSTILE[:80], [HOSTILE]
        write(stage, by=people.ada)
    edition = overridden(people, line, title=HOSTILE, slug="hostile", reason=HOSTILE)
    line.publish(line.approve(edition), note=HOSTILE)
    revoke(edition, people.ben, reason=HOSTILE)
    text = page(api, edition)
    assert text.count("&lt;script&gt;alert(") > 10
    assert "<script" not in text
    assert "<img" not in text
    assert "{{ 7 }}" in text


def test_a_superseded_certificate_says_so_and_leads_to_the_current_one(people, line, api):
    older = line.publish().edition
    json_before, page_before = api.get(api_path(older)), api.get(page_path(older))
    newer = line.publish(line.approve(line.submit(line.change(older.article)))).edition
    json_after, page_after = api.get(api_path(older)), api.get(page_path(older))
    assert json_after.content == json_before.content
    for response in (json_after, api.get(api_path(newer))):
        assert response["Link"] == f'<http://testserver{api_path(newer)}>; rel="latest-version"'
    assert page_after["ETag"] != page_before["ETag"]
    assert f'<a href="{page_path(newer)}">See the certificate of edition 2</a>' in page_after.content.decode()
    assert "superseded by edition 2" in page_after.content.decode()
    for text in (page_before.content.decode(), page(api, newer)):
        assert "uperseded" not in text


def test_withdrawn_is_410_and_vanished_unknown_and_unpublished_are_404(people, line, api):
    first = line.publish()
    second = line.publish(line.approve(line.submit(line.change(first.article))))
    line.withdraw(second)
    for edition in (first.edition, second.edition):
        answers = [api.get(api_path(edition)), api.get(page_path(edition))]
        assert [response.status_code for response in answers] == [410, 410]
        assert answers[0].json()["reason"] == "The advice has changed."
        assert "We removed this page." in answers[1].content.decode()
        assert "Dr Ben" not in answers[1].content.decode()
    third = line.publish(line.approve(line.submit(line.change(first.article))))
    assert statuses(api, first.edition) == statuses(api, second.edition) == [410, 410]
    assert statuses(api, third.edition) == [200, 200]
    draft = line.submit(line.change(first.article))
    assert statuses(api, draft) == [404, 404]
    vanished = line.publish()
    line.withdraw(vanished, kind="vanished")
    assert statuses(api, vanished.edition) == [404, 404]
    path = page_path(third.edition)
    for nonsense in (path.replace("/en/", "/de/"), path.replace("/3/", "/0/"), path.replace("/3/", "/99/")):
        assert api.get(nonsense).status_code == 404


def statuses(api, edition):
    return [api.get(api_path(edition)).status_code, api.get(page_path(edition)).status_code]


def test_each_is_answered_with_one_query_from_the_public_store(line, api):
    edition = line.publish().edition
    for path in (api_path(edition), page_path(edition)):
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path).status_code == 200
        assert len(queries) == 1
        assert set(re.findall(r'FROM "(\w+)"', queries[0]["sql"])) == {
            "publishing_liveedition",
            "publishing_livearticle",
        }


def test_a_known_etag_is_answered_304_without_a_body_and_head_equals_get(people, line, api):
    edition = line.publish().edition
    for path in (api_path(edition), page_path(edition)):
        get, head = api.get(path), api.head(path)
        assert not get["ETag"].startswith("W/")
        assert head.content == b""
        assert {**head.headers} == {**get.headers}
        same = api.get(path, headers={"if-none-match": get["ETag"]})
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", get["ETag"])
        assert same["Cache-Control"] == get["Cache-Control"]
        assert api.get(path, headers={"if-none-match": '"old"'}).status_code == 200
        assert get["Surrogate-Key"] == get["Cache-Tag"] == f"article-{edition.article_id}"
        assert api.post(path).status_code == 405


def test_the_json_says_when_it_last_changed_and_allows_every_origin(people, line, api):
    edition = line.publish().edition
    published = api.get(api_path(edition))["Last-Modified"]
    since = {"if-modified-since": published}
    assert api.get(api_path(edition), headers=since).status_code == 304
    LiveEdition.objects.update(certified_at=timezone.now() + timedelta(hours=1))
    response = api.get(api_path(edition), headers=since)
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "*"
    assert api.get(api_path(edition) + "?expand=all").json()["code"] == "unknown-parameter"


def test_the_article_leads_to_its_certificate_and_search_engines_stay_out(people, line, api):
    edition = line.publish().edition
    document = api.get(f"/api/v1/articles/{edition.article_id}/").json()
    assert document["review"]["certificate_url"] == f"http://testserver{api_path(edition)}"
    assert api.get(document["edition"]["url"]).json()["certificate_url"] == document["review"]["certificate_url"]
    assert f'href="{page_path(edition)}"' in api.get(f"/en/articles/{edition.slug}/").content.decode()
    text = page(api, edition)
    assert '<meta name="robots" content="noindex">' in text
    shown = certificate(api, edition)
    assert shown["html_url"] == f"http://testserver{page_path(edition)}"
    for address in ("url", "html_url", "article_url", "article_html_url", "edition_url"):
        assert api.get(shown[address]).status_code == 200, address
        assert f'href="{shown[address]}"' in text or address in ("html_url", "article_url")


def test_the_words_of_the_page_are_marked_as_english_and_the_title_as_it_is(people, line, api):
    edition = line.publish(line.approve(line.submit(line.draft(language="ar", title="لماذا ترتعش العضلة؟")))).edition
    text = api.get(page_path(edition).replace("/en/", "/ar/")).content.decode()
    assert '<html lang="en" dir="ltr">' in text
    assert '<span lang="ar" dir="rtl">لماذا ترتعش العضلة؟</span>' in text


def test_the_command_on_the_page_computes_the_digest_from_the_served_edition(people, line, api):
    edition = line.publish(line.approve(line.submit(line.draft(title="Warum zuckt’s? “Naïve” 😀 é")))).edition
    command = html.unescape(re.search(r'<pre class="command"[^>]*><code>(curl.*?)</code>', page(api, edition))[1])
    curl, quiet, address, pipe, python, option, program = shlex.split(command)
    assert (curl, quiet, pipe, python, option, program) == ("curl", "-fsS", "|", "python3", "-c", CHECK)
    body = api.get(address).content
    assert computed(program, body) == edition.digest
    changed = json.loads(body)
    changed["content"]["summary"] += "."
    assert computed(program, json.dumps(changed).encode()) != edition.digest
    changed["content"]["summary"] = changed["content"]["summary"][:-1]
    assert computed(program, json.dumps(changed, indent=3).encode("utf-8-sig")) == edition.digest


def test_the_guide_names_the_same_command_and_every_key_that_needs_words():
    guide = (Path(__file__).parents[2] / "docs" / "certificate.md").read_text()
    assert f"python3 -c '{CHECK}'" in guide
    for key in ("certified_at", "frozen_at", "is_named", "is_reason_withheld", "meaning", "overrides", "rounds"):
        assert f"`{key}`" in guide, key


def computed(program, body):
    """Run the program as a reader would, in a shell whose language is not UTF-8."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], input=body, capture_output=True, env={"LC_ALL": "C"}, check=True
    )
    return done.stdout.decode().strip()


def test_rows_from_before_there_were_certificates_are_404_until_the_rebuild(people, line, api):
    edition = line.publish().edition
    LiveEdition.objects.update(certificate="", certificate_etag="")
    assert statuses(api, edition) == [404, 404]
    rebuild.rebuild()
    assert statuses(api, edition) == [200, 200]


def test_the_number_of_editions_costs_a_rebuild_no_query(people, line, everything):
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert list(rebuild.live_editions())
        counts.append(len(queries))
        article = misspelt(line)
        mended(people, line, article)
        reviewed_again(people, line, line.publish(line.approve(overridden(people, line))).edition)
    assert counts[0] == counts[1] <= 6
    assert LiveArticle.objects.count() == 5
