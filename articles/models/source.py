"""Sources that viewpoints cite, and disclaimers that articles carry."""

from django.db import models

from articles import vocabularies as lists
from articles.fields import CleanCharField, CleanTextField
from articles.models.base import DraftRow
from articles.validators import is_doi, is_https_address


class Reference(DraftRow):
    type = models.CharField(max_length=30, choices=lists.ReferenceType, default=lists.ReferenceType.WEB_PAGE)
    title = CleanCharField(max_length=500)
    authors = CleanCharField(max_length=500, blank=True)
    publisher = CleanCharField(max_length=200, blank=True)
    year = models.CharField(max_length=4, blank=True)
    url = CleanCharField("address", max_length=1000, blank=True, validators=[is_https_address])
    doi = CleanCharField("DOI", max_length=200, blank=True, validators=[is_doi])
    pmid = models.CharField("PMID", max_length=12, blank=True)
    accessed_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=30, choices=lists.ReferenceStatus, default=lists.ReferenceStatus.UNCHECKED)
    evidence_level = models.CharField(
        "evidence level (OCEBM 2011)", max_length=1, choices=lists.EvidenceLevel, blank=True
    )

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class Disclaimer(DraftRow):
    """Reusable text. Its version goes up whenever its text changes; an edition keeps the version it was signed with."""

    kind = models.CharField(max_length=30, choices=lists.DisclaimerKind)
    text = CleanTextField()
    placement = models.CharField(max_length=20, choices=lists.Placement, default=lists.Placement.BOTTOM)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["kind", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"
