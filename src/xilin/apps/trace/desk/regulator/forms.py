"""Forms of the regulator's desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

SAID = {
    "confirmed": _("Confirmed: it is to be set right; issuing stays stopped"),
    "settled": _("Settled: it was set right; issuing goes on, buyers are still told"),
    "explained": _("In order: issuing goes on, buyers are told no more"),
    "closed": _("Closed"),
}


class DecideForm(forms.Form):
    """处理表 What came of an alarm, and why."""

    outcome = forms.ChoiceField(label=_("Outcome"), widget=forms.RadioSelect)
    remark = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was found and done. No names of people."),
    )

    def __init__(self, *args: Any, outcomes: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["outcome"]
        if outcomes == ("closed",):
            field.widget, field.required = forms.HiddenInput(), False
            field.initial = "closed"
        field.choices = [(one, SAID[one]) for one in outcomes]  # type: ignore[attr-defined]

    def clean_outcome(self) -> str:
        """The only outcome there is, where there is but one."""
        return str(self.cleaned_data["outcome"] or self.fields["outcome"].initial or "")
