"""The forms of the buttons. What they ask for is what the actions take."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from articles.models import Article
from publishing.models import CorrectionKind, LiveArticle, PartKind, Publication, WithdrawalKind

#: Named first in the list of time zones.
USUAL_ZONES = ["UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata"]


def long_text(label: str, *, required: bool = True, rows: int = 3, limit: int = 5000, help_text: str = "") -> Any:
    widget = forms.Textarea(attrs={"rows": rows, "cols": 80})
    return forms.CharField(label=label, required=required, max_length=limit, widget=widget, help_text=help_text)


class DigestForm(forms.Form):
    """`digest` is the one of the text on the page: another one is refused."""

    digest = forms.CharField(widget=forms.HiddenInput)


class SignedForm(DigestForm):
    """Signed with the password, under the sentence that the page shows."""

    reason = long_text("Why")
    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="It signs the sentence above.",
    )


class PublishForm(DigestForm):
    correction_kind = forms.ChoiceField(
        label="What kind of change this is, for readers",
        required=False,
        choices=[("", "—"), *CorrectionKind.choices],
        help_text="The words are those of the registries of scholarly publications.",
    )
    correction_summary = long_text(
        "What changed, for readers",
        required=False,
        limit=2000,
        help_text="One or two sentences. They stand dated on the page, and in the public list of corrections.",
    )
    note = long_text(
        "Note on this edition",
        required=False,
        rows=2,
        limit=2000,
        help_text="Left empty, the note of the submission is shown.",
    )

    def __init__(self, *args: Any, is_first: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_first:
            del self.fields["correction_kind"], self.fields["correction_summary"]


class ScheduleForm(PublishForm):
    at = forms.DateTimeField(
        label="When",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="The local time of the place below.",
    )
    zone = forms.ChoiceField(label="Time zone")
    fold = forms.TypedChoiceField(
        label="Where clocks are put back and the hour comes twice",
        required=False,
        choices=[("", "It does not"), ("0", "The first time"), ("1", "The second time")],
        coerce=int,
        empty_value=None,
    )
    field_order = ["digest", "at", "zone", "fold", "correction_kind", "correction_summary", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = sorted(available_timezones() - set(USUAL_ZONES))
        zones: Any = self.fields["zone"]
        zones.choices = [(name, name) for name in (*USUAL_ZONES, *others)]


class ReasonForm(forms.Form):
    reason = long_text("Why")


class WithdrawForm(forms.Form):
    CONCERN = ("concern", "Concern: stays up with a notice, until it is answered")
    CHOICES = [row for row in WithdrawalKind.choices if row[0] != WithdrawalKind.EXPIRED]

    kind = forms.ChoiceField(
        label="What happens to the page", choices=[CONCERN, *CHOICES], initial=WithdrawalKind.WITHDRAWN
    )
    reason = long_text("Why", help_text="Readers who open the page are told this too, but not where it vanished.")
    reader_message = long_text(
        "What readers are told",
        required=False,
        help_text="Plain words, and what they can do now. Needed for a concern.",
    )
    replacement = forms.ModelChoiceField(
        Article.objects.none(),
        required=False,
        help_text="A live article on the same topic. Where this one is superseded, readers are sent there.",
    )

    def __init__(self, *args: Any, publication: Publication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topic_id = publication.edition.content["topic"]["id"]
        live = LiveArticle.objects.filter(topic_id=topic_id).exclude(pk=publication.article_id).values("pk")
        self.fields["replacement"].queryset = Article.objects.filter(pk__in=live)  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    slug = forms.SlugField(label="New address", max_length=140, help_text="The last part: letters, digits, hyphens.")
    reason = long_text("Why")


class ExtendForm(SignedForm):
    until = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ["digest", "until", "reason", "password"]


class EndorseForm(SignedForm):
    reason = long_text("Comment", required=False)


class PartForm(forms.Form):
    kind = forms.ChoiceField(choices=PartKind.choices, widget=forms.HiddenInput)
    part = forms.UUIDField(widget=forms.HiddenInput)
    reason = long_text("Why it is withdrawn")
    reader_message = long_text(
        "What readers are told",
        required=False,
        help_text="Stands on every page that uses it, until a medical lead has answered for that page.",
    )
