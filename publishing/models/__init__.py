"""What was made public and taken back, and the ready-to-serve rows that the public reads."""

from publishing.models.facts import Publication, Withdrawal, WithdrawalKind
from publishing.models.store import Change, FeedHead, LiveArticle, LiveEdition, LiveTopic, Tombstone

#: The derived rows: `rebuild_public_store` empties and refills these.
STORE_MODELS = (LiveArticle, LiveEdition, LiveTopic, Tombstone)

__all__ = [
    "STORE_MODELS",
    "Change",
    "FeedHead",
    "LiveArticle",
    "LiveEdition",
    "LiveTopic",
    "Publication",
    "Tombstone",
    "Withdrawal",
    "WithdrawalKind",
]
