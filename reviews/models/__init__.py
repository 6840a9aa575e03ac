"""Facts about editions: what was submitted, who decided what, and the chain of events."""

from reviews.models.edition import ChangeClass, Decision, Edition, Outcome, Recall
from reviews.models.event import GENESIS_HASH, Event
from reviews.models.policy import ReviewPolicy, Stage

__all__ = ["GENESIS_HASH", "ChangeClass", "Decision", "Edition", "Event", "Outcome", "Recall", "ReviewPolicy", "Stage"]
