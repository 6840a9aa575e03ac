"""The forms of the review buttons."""

from typing import Any

from django import forms

from reviews.models import ChangeClass, Edition, Outcome


class SubmitForm(forms.Form):
    change_class = forms.ChoiceField(
        choices=ChangeClass.choices, initial=ChangeClass.SUBSTANTIVE, label="Kind of change"
    )
    note = forms.CharField(
        label="What changed",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        help_text="One or two sentences for the reviewers. Readers see them with the edition.",
    )
    expected_version = forms.IntegerField(widget=forms.HiddenInput)


class DecideForm(forms.Form):
    """`digest` is the one of the text on the page: another one is refused."""

    stage = forms.ChoiceField(label="Stage")
    outcome = forms.ChoiceField(
        label="Your decision",
        choices=[choice for choice in Outcome.choices if choice[0] != Outcome.REVOKE],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label="Comment",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        help_text="Needed when you ask for changes or reject: say what has to change.",
    )
    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Needed to approve: it signs the sentence above.",
    )
    digest = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, edition: Edition, stages: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = [(stage["key"], stage["label"]) for stage in stages]  # type: ignore[attr-defined]
        self.fields["digest"].initial = edition.digest


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=5_000, widget=forms.Textarea(attrs={"rows": 3, "cols": 80}))


class RevokeForm(ReasonForm):
    stage = forms.CharField(max_length=40, widget=forms.HiddenInput)
