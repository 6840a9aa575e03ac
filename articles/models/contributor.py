"""Contributors: people and organizations, their credentials and their disclosures."""

from django.conf import settings
from django.db import models

from articles import vocabularies as lists
from articles.fields import CleanCharField, CleanTextField
from articles.models.base import DraftRow
from articles.validators import is_orcid, is_ror


class Contributor(DraftRow):
    kind = models.CharField(max_length=20, choices=lists.ContributorKind, default=lists.ContributorKind.PERSON)
    name = CleanCharField(max_length=200)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contributor",
        help_text="The login of this person, or of who represents this organization.",
    )
    affiliation = CleanCharField(max_length=300, blank=True)
    employer = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="employees",
        limit_choices_to={"kind": lists.ContributorKind.ORGANIZATION},
    )
    orcid = models.CharField("ORCID iD", max_length=19, blank=True, validators=[is_orcid])
    ror = models.CharField("ROR identifier", max_length=40, blank=True, validators=[is_ror])
    bio = CleanTextField(blank=True)
    lay = models.BooleanField(default=False, help_text="Speaks from experience and holds no professional credential.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Credential(DraftRow):
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="credentials")
    label = CleanCharField(max_length=200, help_text="As printed, for example “Consultant neurologist”.")
    profession = models.CharField(max_length=20, choices=lists.Profession)
    specialty = models.CharField(max_length=40, choices=lists.SPECIALTIES, blank=True)
    issuer = CleanCharField(max_length=200, blank=True)
    number = CleanCharField(max_length=80, blank=True, help_text="Licence number. Never published.")
    verified_on = models.DateField(null=True, blank=True)
    verified_by = CleanCharField(max_length=200, blank=True, help_text="Who checked it, or in which register.")
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["label", "id"]

    def __str__(self) -> str:
        return self.label


class Disclosure(DraftRow):
    """A conflict-of-interest statement as of a day; the newest counts."""

    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="disclosures")
    status = models.CharField(max_length=20, choices=lists.DisclosureStatus)
    as_of = models.DateField()

    class Meta:
        ordering = ["-as_of", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contributor", "as_of"],
                name="disclosure_once_a_day",
                violation_error_message="This contributor has a disclosure of that day already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} ({self.as_of})"


class Interest(DraftRow):
    """One declared interest, under an item of the ICMJE form."""

    disclosure = models.ForeignKey(Disclosure, on_delete=models.PROTECT, related_name="interests")
    item = models.CharField(max_length=80, choices=lists.InterestItem)
    entity = CleanCharField(max_length=200)
    note = CleanCharField(max_length=500, blank=True)

    class Meta:
        ordering = ["item", "entity", "id"]

    def __str__(self) -> str:
        return f"{self.get_item_display()}: {self.entity}"
