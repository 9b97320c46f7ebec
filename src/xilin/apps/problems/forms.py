"""What may be sent: a report, a number with its key, and what the department does with a report."""

import time
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from xilin.apps.problems.models import Problem

# Who fills a form in faster than this has read nothing of it; one that is older than a day is asked for again.
FASTEST, OLDEST = 2.0, 24 * 3600
SALT = "xilin.problems.begun"


def begun() -> str:
    """When a form was begun, signed."""
    return signing.dumps(time.time(), salt=SALT)


class ReportForm(forms.Form):
    """随手报 What, where, and if one likes how one can be reached; nobody is asked who they are."""

    kind = forms.ChoiceField(label=_("What is it about?"), widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("What did you see?"),
        help_text=_("In your own words. No names or numbers of other people, please."),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    area = forms.ChoiceField(label=_("In which banner or county?"))
    place = forms.CharField(
        label=_("Where exactly?"),
        help_text=_("Street, sum, gacha, well, kilometre of a road …"),
        max_length=200,
        required=False,
    )
    longitude = forms.FloatField(
        label=_("Longitude"),
        min_value=70,
        max_value=140,
        required=False,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    latitude = forms.FloatField(
        label=_("Latitude"),
        min_value=15,
        max_value=60,
        required=False,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    photo = forms.FileField(
        label=_("Photo"),
        help_text=_(
            "JPEG, PNG or WebP, at most 8 MB. Place, time and camera are removed from it. Choose it last."
        ),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    contact = forms.CharField(
        label=_("How can you be reached?"),
        help_text=_(
            "Only if you want to be asked back. Kept encrypted, read by the department alone, deleted later."
        ),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    website = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )
    begun = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, kinds: list[tuple[str, str]], areas: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["area"].choices = [("", "—"), *areas]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The fields; a point needs both of its numbers."""
        cleaned = super().clean() or {}
        if (cleaned.get("longitude") is None) != (cleaned.get("latitude") is None):
            self.add_error("longitude", _("A point has a longitude and a latitude."))
        return cleaned

    def by_machine(self) -> bool:
        """Whether a machine filled it in: what people don't see is filled, or it took no time at all."""
        if self.cleaned_data.get("website"):
            return True
        try:
            at = float(signing.loads(self.cleaned_data.get("begun", ""), salt=SALT, max_age=OLDEST))
        except (signing.BadSignature, TypeError, ValueError):
            return True
        return time.time() - at < FASTEST


class FollowForm(forms.Form):
    """查询表 Number and key of a report."""

    number = forms.CharField(
        label=_("Number"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    key = forms.CharField(
        label=_("Follow-up key"),
        help_text=_("Sixteen letters and digits; capital or not, with or without hyphens."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class PassForm(forms.Form):
    """转办表 To which department, and why."""

    to = forms.ChoiceField(label=_("Department"))
    why = forms.CharField(label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, departments: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", "—"), *departments]  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """答复表 What became of it, for whoever reported it to read."""

    STATES = (
        (Problem.State.SETTLED, _("dealt with")),
        (Problem.State.PLANNED, _("planned, with a date in the answer")),
        (Problem.State.REFUSED, _("nothing to be done, with the reason in the answer")),
    )
    state = forms.ChoiceField(label=_("What became of it?"), choices=STATES, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("The answer"),
        help_text=_("Read by whoever reported it. No names of third persons."),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
