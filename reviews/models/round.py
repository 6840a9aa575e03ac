"""Re-reviews of a public edition whose text does not change, and answers to approvals taken back. Insert-only rows."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.fields import CleanTextField
from reviews.models.edition import Decision, Edition


class ReviewRound(models.Model):
    """A later review of the same bytes. Round 1 is the review before publication and has no row."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    reason = CleanTextField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        permissions = [("open_round", "Can open a new review round of a public edition")]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "number"], name="round_once", violation_error_message="This round is open already."
            ),
            models.CheckConstraint(condition=Q(number__gte=2), name="round_from_two"),
        ]

    def __str__(self) -> str:
        return f"Round {self.number} of {self.edition}"

    @property
    def is_reaffirmed(self) -> bool:
        return hasattr(self, "reaffirmation")


class Reaffirmation(models.Model):
    """The fact that a round was completed and the public text stands, reviewed and unchanged."""

    round = models.OneToOneField(ReviewRound, on_delete=models.PROTECT, related_name="reaffirmation")
    digest = models.CharField(max_length=71)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Reaffirmation in {self.round}"


class RevocationAnswer(models.Model):
    """A medical lead's answer to an approval that was taken back after publication: the page stays up, and why."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="revocation_answer")
    reason = CleanTextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        permissions = [("answer_revocation", "Can answer an approval that was taken back")]

    def __str__(self) -> str:
        return f"Answer to {self.decision}"
