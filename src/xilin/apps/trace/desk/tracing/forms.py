"""Forms of the pages of traces and recalls."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xilin.apps.trace.models import Recall, RecallNotice
from xilin.apps.trace.tracing import asked
from xilin.lib.errors import Refusal

MOST_ROOTS = 500
_AREA = {"spellcheck": "false", "autocomplete": "off"}


class AskForm(forms.Form):
    """追溯查询表 What to trace, which way, as of when."""

    id = forms.CharField(
        label=_("Ear tag, code or lot"),
        max_length=asked.LONGEST,
        widget=forms.TextInput(attrs={**_AREA, "inputmode": "text", "enterkeyhint": "search"}),
        help_text=_("15 digits of an ear tag, the link of a code, an EPC, or GTIN/lot"),
    )
    way = forms.ChoiceField(
        label=_("Direction"),
        choices=[("back", _("where it came from")), ("forward", _("where it went to"))],
        widget=forms.RadioSelect,
    )
    at = forms.DateTimeField(
        label=_("As of"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("As things stood then; everything known where left out"),
    )

    def clean_id(self) -> str:
        """The identifier in the form events are kept by."""
        return _known(self.cleaned_data["id"])


class ProposeForm(forms.Form):
    """召回提出表 What to recall, why, how urgently, and where it is to come back to."""

    roots = forms.CharField(
        label=_("What is recalled"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={**_AREA, "rows": 4, "class": "code"}),
        help_text=_(
            "Ear tags, lots, codes or containers, one on each line; everything that anything of them is in is recalled."
        ),
    )
    household = forms.CharField(
        label=_("Herder"),
        required=False,
        max_length=asked.LONGEST,
        widget=forms.TextInput(attrs=_AREA),
        help_text=_("The place of a household: every animal that was tagged there"),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The public reads it."),
    )
    risk = forms.CharField(
        label=_("Risk"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What may happen to whoever eats it"),
    )
    level = forms.TypedChoiceField(
        label=_("Level"),
        coerce=int,
        choices=[
            (1, _("first: harm to health has occurred or is likely")),
            (2, _("second: some harm is possible")),
            (3, _("third: labels or descriptions are wrong")),
        ],
        widget=forms.RadioSelect,
    )
    returns = forms.CharField(
        label=_("Goods come back to"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={**_AREA, "rows": 2, "class": "code"}),
        help_text=_(
            "Places as events name them, one on each line: what is received there counts as recovered."
        ),
    )

    def clean_roots(self) -> list[str]:
        """The identifiers in the form events are kept by."""
        return _lines(self.cleaned_data["roots"])

    def clean_returns(self) -> list[str]:
        """The places in the form events are kept by."""
        return _lines(self.cleaned_data["returns"])

    def clean_household(self) -> str:
        """The place in the form events are kept by, "" where none is given."""
        given = self.cleaned_data["household"]
        return _known(given) if given else ""

    def clean(self) -> dict[str, Any]:
        """Something is recalled."""
        found = super().clean() or {}
        if not self.errors and not found.get("roots") and not found.get("household"):
            self.add_error("roots", forms.ValidationError(_("Say what is recalled."), code="required"))
        return found


class CloseForm(forms.Form):
    """召回结束表 How a recall ends, and which of its roots were found to be good."""

    outcome = forms.ChoiceField(
        label=_("How it ends"), choices=Recall.Outcome.choices, widget=forms.RadioSelect
    )
    cleared = forms.MultipleChoiceField(
        label=_("Found to be good after all"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What only these are in is recalled no more."),
    )
    remark = forms.CharField(
        label=_("Remark"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed where items are missing, something is cleared, or the recall was unfounded"),
    )

    def __init__(self, *args: Any, roots: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cleared"].choices = roots  # type: ignore[attr-defined]
        if len(roots) < 2:
            del self.fields["cleared"]


class ClearForm(forms.Form):
    """召回解除表 Which goods were found to be good, and why."""

    items = forms.CharField(
        label=_("Goods found to be good"),
        max_length=60_000,
        widget=forms.Textarea(attrs={**_AREA, "rows": 3, "class": "code"}),
        help_text=_(
            "From the list of items, one on each line; a lot clears everything of it that is on the list."
        ),
    )
    reason = forms.CharField(
        label=_("What was found"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Such as the laboratory's report; it is kept with your name."),
    )

    def clean_items(self) -> list[str]:
        """The identifiers in the form events are kept by."""
        return _lines(self.cleaned_data["items"])


class ConfirmForm(forms.Form):
    """召回答复表 What became of the items at a holder."""

    kept = forms.IntegerField(label=_("Set aside"), min_value=0, initial=0)
    returned = forms.IntegerField(label=_("Sent back"), min_value=0, initial=0)
    destroyed = forms.IntegerField(label=_("Destroyed"), min_value=0, initial=0)
    remark = forms.CharField(
        label=_("Remark"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Such as how many were sold before the notice came"),
    )

    def __init__(self, *args: Any, notice: RecallNotice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = notice.items
        for name in ("kept", "returned", "destroyed"):
            self.fields[name].widget.attrs["max"] = notice.items

    def clean(self) -> dict[str, Any]:
        """No more than the notice is about."""
        found = super().clean() or {}
        if sum(found.get(name) or 0 for name in ("kept", "returned", "destroyed")) > self.items:
            self.add_error(
                "kept",
                forms.ValidationError(_("Together these are more than the notice is about."), code="many"),
            )
        return found


def _known(text: str) -> str:
    try:
        return asked.known(text)
    except Refusal as refusal:
        raise forms.ValidationError(f"{refusal} {refusal.advice}", code="identifier") from None


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_ROOTS:
        raise forms.ValidationError(
            _("No more than %(most)s lines."), code="many", params={"most": MOST_ROOTS}
        )
    try:
        return asked.all_known(lines)
    except Refusal as refusal:
        raise forms.ValidationError(f"{refusal} {refusal.advice}", code="identifier") from None
