"""Topics: the conditions, symptoms, treatments and medicines that articles are about."""

from django.db import models
from django.db.models.functions import Lower

from articles import vocabularies as lists
from articles.fields import CleanCharField, CleanJSONField
from articles.models.base import DraftRow
from articles.validators import is_list_of_names


class Topic(DraftRow):
    name = CleanCharField(max_length=300)
    slug = models.SlugField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=lists.TopicKind, default=lists.TopicKind.CONDITION)
    specialty = models.CharField(max_length=40, choices=lists.SPECIALTIES, blank=True)
    also_called = CleanJSONField(
        default=list, blank=True, validators=[is_list_of_names], help_text="Synonyms, one a line."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="topic_name_once", violation_error_message="A topic of this name exists."
            )
        ]

    def __str__(self) -> str:
        return self.name


class TopicCode(DraftRow):
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="codes")
    system = models.CharField(max_length=20, choices=lists.CodeSystem)
    code = CleanCharField(max_length=40)

    class Meta:
        ordering = ["system", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "system", "code"],
                name="topic_code_once",
                violation_error_message="This topic has this code already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.code}"
