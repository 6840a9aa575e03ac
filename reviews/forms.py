"""The forms of the review buttons."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from reviews.models import ChangeClass, Disposition, Edition, Outcome, Severity
from reviews.policy import ANSWERS
from reviews.threads import names_of_places

#: The choice of everybody with the role of a stage, in the list of reviewers.
POOL = "pool"


def text_field(label: str, *, rows: int = 3, required: bool = True, help_text: str = "", limit: int = 5_000) -> Any:
    widget = forms.Textarea(attrs={"rows": rows, "cols": 40})
    return forms.CharField(label=label, required=required, max_length=limit, widget=widget, help_text=help_text)


def password_field(help_text: str, *, required: bool = False) -> Any:
    return forms.CharField(
        label="Your password",
        required=required,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=help_text,
    )


class DeskForm(forms.Form):
    """A form of which a page may hold several: `auto_id` keeps their controls apart."""

    def __init__(self, *args: Any, name: str = "", **kwargs: Any) -> None:
        if name:
            kwargs["auto_id"] = f"id_{name}_%s"
        super().__init__(*args, **kwargs)


class SubmitForm(forms.Form):
    change_class = forms.ChoiceField(
        choices=ChangeClass.choices,
        initial=ChangeClass.SUBSTANTIVE,
        label="Kind of change",
        help_text="An editorial change needs one editor who did not make it, and moves no review date. "
        "It is refused where numbers, units, negations, names, links or the meaning change.",
    )
    note = text_field(
        "What changed",
        required=False,
        limit=2_000,
        help_text="One or two sentences for the reviewers. Readers see them with the edition.",
    )
    emergency = forms.BooleanField(
        label="Emergency: a medical lead who did not write it approves and publishes it alone",
        required=False,
        help_text="For a safety change of a public text only. An independent approval is owed within 72 hours.",
    )
    expected_version = forms.IntegerField(widget=forms.HiddenInput)


class DecideForm(DeskForm):
    """One stage's checklist and signature. `digest` is the one of the text on the page: another one is refused."""

    stage = forms.CharField(widget=forms.HiddenInput)
    digest = forms.CharField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label="Your decision",
        choices=[choice for choice in Outcome.choices if choice[0] != Outcome.REVOKE],
        widget=forms.RadioSelect,
    )
    comment = text_field(
        "Comment",
        rows=4,
        required=False,
        limit=10_000,
        help_text="Needed when you ask for changes or reject: say what has to change.",
    )
    password = password_field("Needed to approve: it signs the sentence above.")

    def __init__(self, *args: Any, edition: Edition, stage: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, name=f"decide_{stage['key']}", **kwargs)
        self.questions = list(stage.get("checklist", []))
        self.fields["stage"].initial = stage["key"]
        self.fields["digest"].initial = edition.digest
        for n, question in enumerate(self.questions):
            self.fields[f"answer_{n}"] = forms.ChoiceField(
                label=question, choices=list(ANSWERS.items()), widget=forms.RadioSelect, required=False
            )
            self.fields[f"why_{n}"] = forms.CharField(
                label=f"Comment on “{question}”",
                required=False,
                max_length=2_000,
                widget=forms.TextInput(attrs={"placeholder": "Needed when you answer no"}),
            )
        checklist = [f"{name}_{n}" for n in range(len(self.questions)) for name in ("answer", "why")]
        self.order_fields(["stage", "digest", *checklist, "outcome", "comment", "password"])

    @property
    def checklist(self) -> list[tuple[Any, Any]]:
        """Return the bound fields of each question: its answer and its comment."""
        return [(self[f"answer_{n}"], self[f"why_{n}"]) for n in range(len(self.questions))]

    @property
    def signature(self) -> list[Any]:
        """Return the bound fields below the checklist."""
        return [self["outcome"], self["comment"], self["password"]]

    def answers(self) -> list[dict[str, str]]:
        """Return the answers that were given, as `decide` takes them."""
        cleaned = self.cleaned_data
        rows = [
            {"question": question, "answer": cleaned[f"answer_{n}"], "comment": cleaned[f"why_{n}"]}
            for n, question in enumerate(self.questions)
        ]
        return [row for row in rows if row["answer"]]


class ReasonForm(DeskForm):
    reason = text_field("Reason")


class RevokeForm(ReasonForm):
    stage = forms.CharField(max_length=40, widget=forms.HiddenInput)


class CommentForm(DeskForm):
    """`before` is what stands before the words that were selected, where a script could tell."""

    place = forms.ChoiceField(label="Part of the page", required=False)
    quote = text_field(
        "The words you mean",
        required=False,
        rows=2,
        limit=20_000,
        help_text="Select them in the text, or paste them here; the part they stand in is found. "
        "Left empty, you speak about the whole part.",
    )
    before = forms.CharField(required=False, widget=forms.HiddenInput)
    text = text_field("Your comment", rows=4, limit=20_000)
    severity = forms.ChoiceField(label="How much it matters", choices=Severity.choices, initial=Severity.ADVISORY)

    def __init__(self, *args: Any, edition: Edition, may_block: bool, **kwargs: Any) -> None:
        super().__init__(*args, name="comment", **kwargs)
        places: Any = self.fields["place"]
        places.choices = list(names_of_places(edition.content).items())
        if not may_block:
            del self.fields["severity"]


class AnswerForm(DeskForm):
    text = text_field("Your answer", rows=2, limit=20_000)


class ResolveForm(DeskForm):
    disposition = forms.ChoiceField(label="How it is settled", choices=Disposition.choices)
    answer = text_field("What was done about it, or why nothing is", rows=2, limit=20_000)


class AssignForm(DeskForm):
    """Ask one reviewer or the pool of one stage."""

    stage = forms.CharField(widget=forms.HiddenInput)
    reviewer = forms.ChoiceField(label="Whom to ask")
    due_on = forms.DateField(
        label="Due on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Left empty, it is due as the policy says. It counts to the end of the day, UTC.",
    )
    note = text_field("Note", rows=2, required=False, limit=2_000)

    def __init__(self, *args: Any, stage: dict[str, Any], reviewers: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, name=f"assign_{stage['key']}", **kwargs)
        self.fields["stage"].initial = stage["key"]
        pool = (POOL, f"Everybody with the role {stage['group']}, the first to claim it")
        choices: Any = self.fields["reviewer"]
        choices.choices = [pool, *((str(user.pk), user.get_full_name() or user.get_username()) for user in reviewers)]

    def due_at(self) -> datetime | None:
        day = self.cleaned_data["due_on"]
        return datetime.combine(day, time(23, 59, 59), tzinfo=UTC) if day else None

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day and day < timezone.now().date():
            raise forms.ValidationError("This day has passed.", code="due_in_the_past")
        return day


class OverrideForm(DeskForm):
    """A medical lead's signature under somebody else's conflict."""

    reason = text_field("Why this conflict may be set aside")
    digest = forms.CharField(widget=forms.HiddenInput)
    password = password_field("It signs the sentence above.", required=True)


class RestoreForm(ReasonForm):
    """For each part that the public text changed meanwhile: whose words the draft gets."""

    def __init__(self, *args: Any, changed: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.changed = changed
        for row in changed:
            self.fields[f"part_{row.place}"] = forms.ChoiceField(
                label=row.label,
                choices=[("mine", "This edition’s words"), ("live", "The public words")],
                widget=forms.RadioSelect,
                initial="live" if row.state == "only_live" else None,
            )
        self.order_fields([*(f"part_{row.place}" for row in changed), "reason"])

    @property
    def parts(self) -> list[tuple[Any, Any]]:
        return [(row, self[f"part_{row.place}"]) for row in self.changed]

    def from_live(self) -> list[str]:
        """Return the places whose public words are to be kept."""
        return [row.place for row in self.changed if self.cleaned_data[f"part_{row.place}"] == "live"]
