"""A later round: the unchanged text of a public edition is reviewed again. Insert-only."""

from django.conf import settings
from django.db import models

from articles.fields import CleanTextField
from reviews.models.edition import Edition


class ReviewRound(models.Model):
    """Round 1 is the review before publication; each later one has a row."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    reason = CleanTextField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="round_once"),
            models.CheckConstraint(condition=models.Q(number__gte=2), name="round_from_two"),
        ]

    def __str__(self) -> str:
        return f"Round {self.number} of {self.edition}"
