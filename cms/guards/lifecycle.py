"""What the database refuses around a publication: addresses, schedules, suspensions, alerts, dates."""

from cms.guards.kinds import InsertOnly, Refusal, same
from publishing.models import (
    Address,
    Alert,
    AlertResolution,
    Endorsement,
    Extension,
    Milestone,
    PartWithdrawal,
    Publication,
    Ratification,
    Schedule,
    ScheduleEnd,
    SentNotice,
    Withdrawal,
)
from reviews.models import Decision, Edition, Recall

EDITION, DECISION, RECALL = (model._meta.db_table for model in (Edition, Decision, Recall))
PUBLICATION, WITHDRAWAL, ADDRESS = (model._meta.db_table for model in (Publication, Withdrawal, Address))
SCHEDULE, SCHEDULE_END, RATIFICATION = (model._meta.db_table for model in (Schedule, ScheduleEnd, Ratification))
PART, ALERT, ALERT_RESOLUTION = (model._meta.db_table for model in (PartWithdrawal, Alert, AlertResolution))
EXTENSION, MILESTONE, ENDORSEMENT = (model._meta.db_table for model in (Extension, Milestone, Endorsement))
NOTICE = SentNotice._meta.db_table

ARTICLE_OF_EDITION = f"(SELECT e.article_id FROM {EDITION} e WHERE e.id = NEW.edition_id)"
ARTICLE_OF_PUBLICATION = f"(SELECT p.article_id FROM {PUBLICATION} p WHERE p.id = NEW.publication_id)"
#: The publication is what readers see: not withdrawn, and the newest of its article.
STANDS = (
    f"EXISTS (SELECT 1 FROM {PUBLICATION} p WHERE p.id = NEW.publication_id"
    f" AND NOT EXISTS (SELECT 1 FROM {WITHDRAWAL} w WHERE w.publication_id = p.id)"
    f" AND NOT EXISTS (SELECT 1 FROM {PUBLICATION} q WHERE q.article_id = p.article_id AND q.seq > p.seq))"
)


def insert_only() -> list[InsertOnly]:
    return [
        InsertOnly(ADDRESS),
        InsertOnly(SCHEDULE),
        InsertOnly(SCHEDULE_END, (same("schedule_id"),)),
        InsertOnly(RATIFICATION, (same("withdrawal_id"),)),
        InsertOnly(PART, (same("kind", "part_id"),)),
        InsertOnly(ALERT, (same("publication_id", "part_id"),)),
        InsertOnly(ALERT_RESOLUTION, (same("alert_id"),)),
        InsertOnly(EXTENSION, (same("publication_id", "due_on"),)),
        InsertOnly(MILESTONE, (same("publication_id", "kind", "due_on"),)),
        InsertOnly(ENDORSEMENT, (same("publication_id"),)),
        InsertOnly(NOTICE, (same("kind", "key"),)),
    ]


def refusals() -> list[Refusal]:
    return [
        Refusal(
            ADDRESS,
            f"EXISTS (SELECT 1 FROM {ADDRESS} a WHERE a.language = NEW.language AND a.slug = NEW.slug"
            " AND a.article_id <> NEW.article_id)",
            "an address is never handed to another article",
            article="NEW.article_id",
        ),
        *_of_schedules(),
        Refusal(
            RATIFICATION,
            f"NOT EXISTS (SELECT 1 FROM {WITHDRAWAL} w WHERE w.id = NEW.withdrawal_id AND w.kind = 'suspended'"
            " AND w.by_id <> NEW.by_id)",
            "a suspension is ratified by somebody else",
        ),
        Refusal(ALERT, f"NOT {STANDS}", "an alert is about what readers see", article=ARTICLE_OF_PUBLICATION),
        Refusal(EXTENSION, f"NOT {STANDS}", "what readers see is extended", article=ARTICLE_OF_PUBLICATION),
        Refusal(
            EXTENSION,
            f"EXISTS (SELECT 1 FROM {EXTENSION} x WHERE x.publication_id = NEW.publication_id"
            " AND x.until = NEW.due_on)",
            "a review is extended once",
            article=ARTICLE_OF_PUBLICATION,
        ),
        Refusal(
            ENDORSEMENT,
            f"NOT EXISTS (SELECT 1 FROM {PUBLICATION} p JOIN {EDITION} e ON e.id = p.edition_id"
            " WHERE p.id = NEW.publication_id AND p.digest = NEW.digest AND p.published_by_id <> NEW.by_id"
            " AND EXISTS (SELECT 1 FROM {each_touched} WHERE {touched} = e.submitted_by_id)"
            " AND NOT EXISTS (SELECT 1 FROM {each_touched} WHERE {touched} IS NULL OR {touched} = NEW.by_id)"
            f" AND NOT EXISTS (SELECT 1 FROM {DECISION} d WHERE d.edition_id = e.id AND d.reviewer_id = NEW.by_id))",
            "an emergency publication is approved by somebody independent",
            article=ARTICLE_OF_PUBLICATION,
        ),
    ]


def _of_schedules() -> list[Refusal]:
    ended = (
        f"EXISTS (SELECT 1 FROM {DECISION} d WHERE d.edition_id = NEW.edition_id AND d.outcome <> 'approve')"
        f" OR EXISTS (SELECT 1 FROM {RECALL} r WHERE r.edition_id = NEW.edition_id)"
        f" OR EXISTS (SELECT 1 FROM {PUBLICATION} p WHERE p.edition_id = NEW.edition_id)"
    )
    return [
        Refusal(
            SCHEDULE,
            f"NOT EXISTS (SELECT 1 FROM {EDITION} e WHERE e.id = NEW.edition_id AND e.digest = NEW.digest)",
            "a schedule cites the digest of its edition",
            article=ARTICLE_OF_EDITION,
        ),
        Refusal(SCHEDULE, ended, "the review of this edition has ended, or it is public", article=ARTICLE_OF_EDITION),
        Refusal(
            SCHEDULE,
            f"EXISTS (SELECT 1 FROM {SCHEDULE} s WHERE s.edition_id = NEW.edition_id"
            f" AND NOT EXISTS (SELECT 1 FROM {SCHEDULE_END} z WHERE z.schedule_id = s.id))",
            "this edition is scheduled already",
            article=ARTICLE_OF_EDITION,
        ),
        Refusal(
            SCHEDULE,
            f"EXISTS (SELECT 1 FROM {EDITION} e, {DECISION} d WHERE e.id = NEW.edition_id AND d.edition_id = e.id"
            " AND {separate_releaser} AND d.outcome = 'approve' AND d.reviewer_id = NEW.by_id)",
            "who schedules a publication may not have approved",
            article=ARTICLE_OF_EDITION,
        ),
        Refusal(
            SCHEDULE_END,
            f"NEW.outcome = 'fired' AND NOT EXISTS (SELECT 1 FROM {SCHEDULE} s JOIN {PUBLICATION} p"
            " ON p.edition_id = s.edition_id AND p.digest = s.digest WHERE s.id = NEW.schedule_id)",
            "a schedule fires by publishing",
        ),
    ]
