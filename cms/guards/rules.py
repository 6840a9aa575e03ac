"""What the database refuses, once for both engines.

Each condition is SQL that is true when the new row must be refused. Every rule is written with EXISTS or NOT EXISTS,
so that a missing row refuses. `{placeholders}` stand for what the engines spell differently (see `DIALECT` there).
I1 insert-only; I2 decisions; I3 publications; I4 events; I5 the public store shows only standing publications.
"""

from articles.models import DRAFT_MODELS
from cms.guards import lifecycle
from cms.guards.kinds import InsertOnly, Refusal
from cms.guards.kinds import same as _same
from publishing.models import Change, LiveArticle, LiveEdition, Publication, Withdrawal
from reviews.models import (
    Assignment,
    AssignmentReply,
    Comment,
    Decision,
    Edition,
    Event,
    Override,
    Reaffirmation,
    Recall,
    Resolution,
    ReviewPolicy,
    ReviewRound,
    RevocationAnswer,
    SentReminder,
    Stage,
)

EDITION, DECISION, RECALL, EVENT = (model._meta.db_table for model in (Edition, Decision, Recall, Event))
PUBLICATION, WITHDRAWAL, CHANGE = (model._meta.db_table for model in (Publication, Withdrawal, Change))
ASSIGNMENT, REPLY, REMINDER = (model._meta.db_table for model in (Assignment, AssignmentReply, SentReminder))
COMMENT, RESOLUTION, OVERRIDE = (model._meta.db_table for model in (Comment, Resolution, Override))
ROUND, REAFFIRMATION, ANSWER = (model._meta.db_table for model in (ReviewRound, Reaffirmation, RevocationAnswer))
LIVE, LIVE_EDITION = LiveArticle._meta.db_table, LiveEdition._meta.db_table

#: An edition whose review a recall, or an outcome other than approve, has ended.
ENDED = (
    f"(EXISTS (SELECT 1 FROM {DECISION} d WHERE d.edition_id = {{edition}} AND d.outcome <> 'approve')"
    f" OR EXISTS (SELECT 1 FROM {RECALL} r WHERE r.edition_id = {{edition}}))"
)

#: Edition `e` lists the ids of who touched it, and nothing else; who submitted it is one of them.
TOUCHED_BY_IS_SOUND = (
    "(EXISTS (SELECT 1 FROM {each_touched} WHERE {touched} = e.submitted_by_id)"
    " AND NOT EXISTS (SELECT 1 FROM {each_touched} WHERE {touched} IS NULL))"
)


#: A blocking comment on edition `e`, or on one before it, that nobody has resolved.
HELD_UP = (
    f"EXISTS (SELECT 1 FROM {COMMENT} c JOIN {EDITION} o ON o.id = c.edition_id"
    " WHERE o.article_id = e.article_id AND o.number <= e.number AND c.parent_id IS NULL AND c.severity <> 'advisory'"
    f" AND NOT EXISTS (SELECT 1 FROM {RESOLUTION} r WHERE r.comment_id = c.id))"
)


#: The edition is the public text: its publication was neither withdrawn nor followed by another.
STANDS = (
    f"EXISTS (SELECT 1 FROM {PUBLICATION} p WHERE p.edition_id = {{edition}}"
    f" AND NOT EXISTS (SELECT 1 FROM {WITHDRAWAL} w WHERE w.publication_id = p.id)"
    f" AND NOT EXISTS (SELECT 1 FROM {PUBLICATION} q WHERE q.article_id = p.article_id AND q.seq > p.seq))"
)


def insert_only() -> list[InsertOnly]:
    """Return I1: the fact tables, the feed and every history table."""
    decided_once = (
        f"{_same('edition_id', 'reviewer_id', 'stage', 'round')} AND (x.outcome = 'revoke') = (NEW.outcome = 'revoke')"
    )
    facts = [
        InsertOnly(EDITION, (_same("article_id", "number"),)),
        InsertOnly(DECISION, (decided_once,)),
        InsertOnly(RECALL, (_same("edition_id"),)),
        InsertOnly(EVENT, (_same("seq"), _same("prev_hash"), _same("hash"))),
        InsertOnly(PUBLICATION, (_same("article_id", "seq"), _same("edition_id"))),
        InsertOnly(WITHDRAWAL, (_same("publication_id"),)),
        InsertOnly(CHANGE, (_same("seq"),)),
        InsertOnly(ASSIGNMENT),
        InsertOnly(REPLY, (_same("assignment_id", "kind"),)),
        InsertOnly(REMINDER, (_same("assignment_id", "days"),)),
        InsertOnly(COMMENT),
        InsertOnly(RESOLUTION, (_same("comment_id"),)),
        InsertOnly(OVERRIDE, (_same("edition_id", "stage", "reviewer_id"),)),
        InsertOnly(ROUND, (_same("edition_id", "number"),)),
        InsertOnly(REAFFIRMATION, (_same("round_id"),)),
        InsertOnly(ANSWER, (_same("decision_id"),)),
    ]
    histories = [model.history.model._meta.db_table for model in (*DRAFT_MODELS, ReviewPolicy, Stage)]
    return facts + lifecycle.insert_only() + [InsertOnly(table) for table in histories]


def refusals() -> list[Refusal]:
    """Return I2 to I5, in the order in which they are checked."""
    article_of_edition = f"(SELECT e.article_id FROM {EDITION} e WHERE e.id = NEW.edition_id)"
    article_of_publication = f"(SELECT p.article_id FROM {PUBLICATION} p WHERE p.id = NEW.publication_id)"
    return [
        *_of_editions(),
        *_of_decisions(article_of_edition),
        *_of_recalls(article_of_edition),
        *_of_publications(),
        *_of_withdrawals(article_of_publication),
        *_of_rounds(article_of_edition),
        *_of_reaffirmations(),
        *_of_overrides(article_of_edition),
        *_of_events(),
        *_of_the_store(),
        *lifecycle.refusals(),
    ]


def tables() -> list[str]:
    """Return every guarded table."""
    return list(dict.fromkeys([row.table for row in insert_only()] + [row.table for row in refusals()]))


def _of_editions() -> list[Refusal]:
    open_edition = (
        f"SELECT 1 FROM {EDITION} e WHERE e.article_id = NEW.article_id AND NOT {ENDED.format(edition='e.id')}"
        f" AND NOT EXISTS (SELECT 1 FROM {PUBLICATION} p WHERE p.edition_id = e.id)"
    )
    return [
        Refusal(
            EDITION,
            f"NOT EXISTS (SELECT 1 WHERE NEW.number = 1 + COALESCE("
            f"(SELECT MAX(e.number) FROM {EDITION} e WHERE e.article_id = NEW.article_id), 0))",
            "editions are numbered one after the other",
            article="NEW.article_id",
        ),
        Refusal(EDITION, f"EXISTS ({open_edition})", "this article has an open edition", article="NEW.article_id"),
        Refusal(
            EDITION,
            "NOT EXISTS (SELECT 1 FROM (SELECT NEW.touched_by AS touched_by, NEW.submitted_by_id AS submitted_by_id) e"
            f" WHERE {TOUCHED_BY_IS_SOUND})",
            "who submits an edition has touched it",
            article="NEW.article_id",
        ),
    ]


def _of_decisions(article: str) -> list[Refusal]:
    def refuse(condition: str, message: str) -> Refusal:
        return Refusal(DECISION, condition, message, article=article)

    return [
        refuse(
            f"NOT EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = NEW.edition_id AND e.digest = NEW.digest)",
            "a decision cites the digest of its edition",
        ),
        refuse(
            f"NOT EXISTS (SELECT 1 FROM {EDITION} e, {{each_stage}} WHERE e.id = NEW.edition_id"
            " AND {stage_key} = NEW.stage)",
            "the policy of this edition has no such stage",
        ),
        refuse(
            f"NEW.outcome = 'approve' AND NOT EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = NEW.edition_id"
            f" AND {TOUCHED_BY_IS_SOUND}"
            " AND NOT EXISTS (SELECT 1 FROM {each_touched} WHERE {touched} = NEW.reviewer_id))",
            "nobody approves their own work",
        ),
        refuse(
            "NEW.outcome <> 'revoke' AND NOT EXISTS (SELECT 1 WHERE CASE WHEN EXISTS"
            f" (SELECT 1 FROM {PUBLICATION} p WHERE p.edition_id = NEW.edition_id)"
            f" THEN EXISTS (SELECT 1 FROM {ROUND} o WHERE o.edition_id = NEW.edition_id AND o.number = NEW.round"
            f" AND NOT EXISTS (SELECT 1 FROM {REAFFIRMATION} f WHERE f.round_id = o.id)"
            f" AND {STANDS.format(edition='NEW.edition_id')})"
            " ELSE NEW.round = 1 END)",
            "an edition is reviewed in round 1, and once it is public in a round that is open",
        ),
        refuse(
            f"NEW.outcome = 'approve' AND NOT EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = NEW.edition_id"
            f" AND NOT {HELD_UP})",
            "a blocking comment is open",
        ),
        refuse(
            f"NEW.outcome <> 'revoke' AND {ENDED.format(edition='NEW.edition_id')}",
            "the review of this edition has ended",
        ),
        refuse(
            f"NEW.outcome = 'revoke' AND NOT EXISTS (SELECT 1 FROM {DECISION} d WHERE d.edition_id = NEW.edition_id"
            " AND d.reviewer_id = NEW.reviewer_id AND d.stage = NEW.stage AND d.round = NEW.round"
            " AND d.outcome = 'approve')",
            "only an approval of one's own can be revoked",
        ),
    ]


def _of_recalls(article: str) -> list[Refusal]:
    return [
        Refusal(
            RECALL,
            f"EXISTS (SELECT 1 FROM {PUBLICATION} p WHERE p.edition_id = NEW.edition_id)"
            f" OR NOT EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = NEW.edition_id)",
            "a public edition is withdrawn, not recalled",
            article=article,
        ),
    ]


def _of_publications() -> list[Refusal]:
    def refuse(condition: str, message: str) -> Refusal:
        return Refusal(PUBLICATION, condition, message, article="NEW.article_id")

    approvals = (
        f"(SELECT COUNT(DISTINCT d.reviewer_id) FROM {DECISION} d WHERE d.edition_id = NEW.edition_id"
        " AND d.outcome = 'approve' AND d.digest = NEW.digest AND d.stage = {stage_key}%s)"
    )
    unmet = (
        f"EXISTS (SELECT 1 FROM {EDITION} e, {{each_stage}} WHERE e.id = NEW.edition_id AND ("
        "{stage_quorum} < 1 OR {stage_specialists} < 0"
        f" OR {approvals % ''} < {{stage_quorum}} OR {approvals % ' AND d.is_specialist'} < {{stage_specialists}}))"
    )
    return [
        refuse(
            f"NOT EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = NEW.edition_id"
            " AND e.article_id = NEW.article_id AND e.digest = NEW.digest)",
            "a publication cites the digest of an edition of its article",
        ),
        refuse(
            f"NOT EXISTS (SELECT 1 FROM {DECISION} d WHERE d.edition_id = NEW.edition_id"
            " AND d.outcome = 'approve' AND d.digest = NEW.digest)",
            "nobody approved this edition",
        ),
        refuse(ENDED.format(edition="NEW.edition_id"), "the review of this edition has ended"),
        refuse(
            f"NOT EXISTS (SELECT 1 FROM {EDITION} e, {{each_stage}} WHERE e.id = NEW.edition_id)",
            "the policy of this edition has no stage",
        ),
        refuse(unmet, "an approval that the policy asks for is missing"),
        refuse(
            f"NOT EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = NEW.edition_id AND {TOUCHED_BY_IS_SOUND}"
            f" AND NOT EXISTS (SELECT 1 FROM {DECISION} d, {{each_touched}} WHERE d.edition_id = e.id"
            " AND d.outcome = 'approve' AND {touched} = d.reviewer_id))",
            "nobody approves their own work",
        ),
        refuse(
            f"EXISTS (SELECT 1 FROM {EDITION} e, {DECISION} d WHERE e.id = NEW.edition_id AND d.edition_id = e.id"
            " AND {separate_releaser} AND d.outcome = 'approve' AND d.reviewer_id = NEW.published_by_id)",
            "who publishes may not have approved",
        ),
        refuse(
            f"NOT EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = NEW.edition_id AND NOT {HELD_UP})",
            "a blocking comment is open",
        ),
        refuse(
            "NEW.seq > 1 AND NEW.change <> 'editorial' AND (NEW.correction_kind = '' OR NEW.correction_summary = '')",
            "readers are told what changed since the publication before",
        ),
        refuse(
            f"NOT EXISTS (SELECT 1 WHERE NEW.seq = 1 + COALESCE("
            f"(SELECT MAX(p.seq) FROM {PUBLICATION} p WHERE p.article_id = NEW.article_id), 0))",
            "publications of an article are numbered one after the other",
        ),
    ]


def _of_withdrawals(article: str) -> list[Refusal]:
    return [
        Refusal(
            WITHDRAWAL,
            f"NOT EXISTS (SELECT 1 FROM {PUBLICATION} p WHERE p.id = NEW.publication_id AND NOT EXISTS ("
            f"SELECT 1 FROM {PUBLICATION} q WHERE q.article_id = p.article_id AND q.seq > p.seq))",
            "only the newest publication of an article can be withdrawn",
            article=article,
        ),
    ]


def _of_rounds(article: str) -> list[Refusal]:
    return [
        Refusal(
            ROUND,
            f"NOT {STANDS.format(edition='NEW.edition_id')} OR {ENDED.format(edition='NEW.edition_id')}",
            "only the standing text is reviewed again",
            article=article,
        ),
        Refusal(
            ROUND,
            f"NOT EXISTS (SELECT 1 WHERE NEW.number = 1 + COALESCE("
            f"(SELECT MAX(o.number) FROM {ROUND} o WHERE o.edition_id = NEW.edition_id), 1))"
            f" OR EXISTS (SELECT 1 FROM {ROUND} o WHERE o.edition_id = NEW.edition_id"
            f" AND NOT EXISTS (SELECT 1 FROM {REAFFIRMATION} f WHERE f.round_id = o.id))",
            "a round begins when the one before it is complete",
            article=article,
        ),
    ]


def _of_reaffirmations() -> list[Refusal]:
    approvals = (
        "(SELECT COUNT(DISTINCT d.reviewer_id) FROM {decision} d WHERE d.edition_id = e.id AND d.round = o.number"
        " AND d.outcome = 'approve' AND d.digest = NEW.digest AND d.stage = {stage_key}%s)"
    ).replace("{decision}", DECISION)
    unmet = (
        f"{{stage_quorum}} < 1 OR {{stage_specialists}} < 0 OR {approvals % ''} < {{stage_quorum}}"
        f" OR {approvals % ' AND d.is_specialist'} < {{stage_specialists}}"
    )
    reviewed = f"SELECT 1 FROM {ROUND} o JOIN {EDITION} e ON e.id = o.edition_id WHERE o.id = NEW.round_id"
    article = f"(SELECT e.article_id FROM {ROUND} o JOIN {EDITION} e ON e.id = o.edition_id WHERE o.id = NEW.round_id)"
    return [
        Refusal(
            REAFFIRMATION,
            f"NOT EXISTS ({reviewed} AND e.digest = NEW.digest AND NOT {HELD_UP}"
            f" AND NOT {ENDED.format(edition='e.id')} AND {STANDS.format(edition='e.id')}"
            " AND EXISTS (SELECT 1 FROM {each_stage}))",
            "a round that ended, or is held up by a comment, reaffirms nothing",
            article=article,
        ),
        Refusal(
            REAFFIRMATION,
            f"EXISTS (SELECT 1 FROM {ROUND} o JOIN {EDITION} e ON e.id = o.edition_id, {{each_stage}}"
            f" WHERE o.id = NEW.round_id AND ({unmet}))",
            "an approval that the policy asks for is missing",
            article=article,
        ),
        Refusal(
            REAFFIRMATION,
            f"EXISTS (SELECT 1 FROM {ROUND} o JOIN {EDITION} e ON e.id = o.edition_id"
            f" JOIN {DECISION} d ON d.edition_id = e.id AND d.round = o.number WHERE o.id = NEW.round_id"
            " AND {separate_releaser} AND d.outcome = 'approve' AND d.reviewer_id = NEW.by_id)",
            "who reaffirms may not have approved",
            article=article,
        ),
    ]


def _of_overrides(article: str) -> list[Refusal]:
    return [
        Refusal(
            OVERRIDE,
            f"NEW.by_id = NEW.reviewer_id OR NOT EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = NEW.edition_id"
            f" AND e.digest = NEW.digest AND {TOUCHED_BY_IS_SOUND}"
            " AND NOT EXISTS (SELECT 1 FROM {each_touched} WHERE {touched} = NEW.by_id))",
            "a conflict is set aside by somebody else, who did not touch the text",
            article=article,
        ),
    ]


def _of_events() -> list[Refusal]:
    return [
        Refusal(
            EVENT,
            f"NOT EXISTS (SELECT 1 WHERE NEW.seq = 1 + COALESCE((SELECT MAX(v.seq) FROM {EVENT} v), 0))",
            "events are numbered one after the other",
        ),
        Refusal(
            EVENT,
            "NOT EXISTS (SELECT 1 WHERE NEW.prev_hash = COALESCE("
            f"(SELECT v.hash FROM {EVENT} v ORDER BY v.seq DESC LIMIT 1), '{'0' * 64}'))",
            "an event continues the chain",
        ),
    ]


def _of_the_store() -> list[Refusal]:
    standing = (
        f"SELECT 1 FROM {PUBLICATION} p WHERE p.article_id = NEW.{{column}} AND p.digest = NEW.digest{{also}}"
        f" AND NOT EXISTS (SELECT 1 FROM {WITHDRAWAL} w JOIN {PUBLICATION} q ON q.id = w.publication_id"
        " WHERE q.article_id = p.article_id AND q.seq >= p.seq)"
    )
    newest = (
        f" AND p.id = NEW.publication_id AND NOT EXISTS"
        f" (SELECT 1 FROM {PUBLICATION} n WHERE n.article_id = p.article_id AND n.seq > p.seq)"
    )
    numbered = f" AND EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = p.edition_id AND e.number = NEW.number)"
    return [
        Refusal(
            LIVE,
            f"NOT EXISTS ({standing.format(column='id', also=newest)})",
            "the public store shows only the standing publication of an article",
            on_update=True,
        ),
        Refusal(
            LIVE,
            "NOT EXISTS (SELECT 1 WHERE {document_digest} = NEW.digest)",
            "the stored document names the digest that was published",
            on_update=True,
        ),
        Refusal(
            LIVE,
            "NOT EXISTS (SELECT 1 WHERE NEW.slug = (SELECT a.slug FROM {address} a WHERE a.article_id = NEW.id"
            " AND a.language = NEW.language ORDER BY a.id DESC LIMIT 1))".replace("{address}", lifecycle.ADDRESS),
            "the public store shows an article at its own address",
            on_update=True,
        ),
        Refusal(
            LIVE_EDITION,
            f"NOT EXISTS ({standing.format(column='article_id', also=numbered)})",
            "the public store shows only editions that were published and not withdrawn",
            on_update=True,
        ),
        Refusal(
            LIVE_EDITION,
            "NOT EXISTS (SELECT 1 WHERE {document_digest} = NEW.digest)",
            "the stored document names the digest that was published",
            on_update=True,
        ),
    ]
