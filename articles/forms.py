"""The admin's forms: lists one a line, pickers for people and sources, and the version the editor started from."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError

from articles import vocabularies as lists
from articles.actions import ARTICLE_FIELDS, check_version, lock
from articles.models import (
    Article,
    ArticleDisclaimer,
    Citation,
    Contributor,
    Disclaimer,
    Reference,
    Topic,
    Viewpoint,
    ViewpointContributor,
)


class LinesField(forms.CharField):
    """A list of names, one a line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 60})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        text = super().to_python(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or [])


class DraftForm(forms.ModelForm):
    """A form of a draft row."""


class ReasonedForm(DraftForm):
    """Asks why; the answer is kept in the history."""

    reason = forms.CharField(
        label="Reason", max_length=500, required=False, help_text="Why you make this change. It is kept in the history."
    )


class TopicForm(ReasonedForm):
    also_called = LinesField(required=False, help_text="Synonyms, one a line.")

    class Meta:
        model = Topic
        fields = ["name", "slug", "kind", "specialty", "also_called"]


class Picker(AutocompleteSelectMultiple):
    """Without select2's “clear all”, whose list item is no list item for screen readers."""

    def build_attrs(self, *args: Any, **kwargs: Any) -> Any:
        return super().build_attrs(*args, **kwargs) | {"data-allow-clear": "false"}


class ManyField(forms.ModelMultipleChoiceField):
    """Several rows picked by autocomplete, through the foreign key `name` of the model between."""

    def __init__(self, between: Any, name: str, **kwargs: Any) -> None:
        field = between._meta.get_field(name)
        super().__init__(
            field.remote_field.model._default_manager.all(),
            widget=Picker(field, admin.site, attrs={"data-width": "100%"}),
            required=False,
            **kwargs,
        )


class ArticleForm(ReasonedForm):
    slug = forms.SlugField(
        max_length=140,
        required=False,
        help_text="The last part of its public address. Left empty, it is made from the title.",
    )
    audience = forms.MultipleChoiceField(choices=lists.AUDIENCES, widget=forms.CheckboxSelectMultiple)
    disclaimers = ManyField(ArticleDisclaimer, "disclaimer")
    expected_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    translated_edition = forms.IntegerField(
        label="Edition of the original",
        required=False,
        min_value=0,
        initial=0,
        help_text="Of a translation: the number of the edition that it follows.",
    )
    #: A refusal of the action, shown with the text kept.
    refusal: ValidationError | None = None

    class Meta:
        model = Article
        fields = [
            "topic",
            "title",
            "slug",
            "language",
            "translation_of",
            "translated_edition",
            "aspect",
            "audience",
            "risk_tier",
            "summary",
            "see_doctor",
            "synthesis",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            return
        self.fields["expected_version"].initial = self.instance.version
        self.fields["disclaimers"].initial = [row.disclaimer_id for row in self.instance.article_disclaimers.all()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.refusal is not None:
            raise self.refusal
        if not self.instance._state.adding:
            self._check_version(cleaned.get("expected_version"))
        return cleaned

    def article_values(self) -> dict[str, Any]:
        """Return the values that `save_article` takes, without the viewpoints."""
        cleaned = self.cleaned_data
        values = {}
        for name in ARTICLE_FIELDS:
            value = cleaned.get(name.removesuffix("_id"))
            values[name] = getattr(value, "pk", None) if name.endswith("_id") else value
        return values | {"disclaimers": [row.pk for row in _in_order(cleaned["disclaimers"], self, "disclaimers")]}

    def clean_translated_edition(self) -> int:
        return self.cleaned_data["translated_edition"] or 0

    def _check_version(self, expected_version: int | None) -> None:
        article = lock(self.instance)
        try:
            check_version(article, expected_version)
        except ValidationError:
            # The next save is a knowing one: it starts from what was just shown to be there.
            data: Any = self.data.copy()  # type: ignore[attr-defined]
            data[self.add_prefix("expected_version")] = str(article.version)
            self.data = data
            raise


class ViewpointForm(DraftForm):
    contributors = ManyField(ViewpointContributor, "contributor", help_text="Who says this: people and organizations.")
    citations = ManyField(Citation, "reference", label="Sources")

    class Meta:
        model = Viewpoint
        fields = ["heading", "perspective", "certainty", "position", "body"]
        widgets = {"body": forms.Textarea(attrs={"rows": 10, "cols": 100})}
        help_texts = {
            "body": "Plain text with blank lines between paragraphs, or HTML: p h3 h4 ul ol li strong em a sub sup blockquote table.",
            "position": "Order on the page.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            return
        self.fields["contributors"].initial = [row.contributor_id for row in self.instance.viewpoint_contributors.all()]
        self.fields["citations"].initial = [row.reference_id for row in self.instance.citations.all()]

    def viewpoint_values(self) -> dict[str, Any]:
        """Return one viewpoint as `save_article` takes it; a contributor keeps the role they had."""
        cleaned = self.cleaned_data
        roles = {} if self.instance._state.adding else self._roles()
        return {
            "id": str(self.instance.pk),
            "heading": cleaned["heading"],
            "perspective": cleaned["perspective"],
            "certainty": cleaned["certainty"],
            "body": cleaned["body"],
            "contributors": [
                {"contributor_id": row.pk, "role": roles.get(row.pk, lists.ContributionRole.AUTHOR)}
                for row in _in_order(cleaned["contributors"], self, "contributors")
            ],
            "citations": [row.pk for row in _in_order(cleaned["citations"], self, "citations")],
        }

    def _roles(self) -> dict[Any, str]:
        return dict(self.instance.viewpoint_contributors.values_list("contributor_id", "role"))


def _in_order(picked: Any, form: forms.ModelForm, name: str) -> list[Contributor | Reference | Disclaimer]:
    """Return the picked rows, those that were there before in their old order, new ones after them by name."""
    before = {pk: n for n, pk in enumerate(form.fields[name].initial or [])}
    return sorted(picked, key=lambda row: (before.get(row.pk, len(before)), str(row), str(row.pk)))
