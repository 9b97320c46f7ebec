"""What a buyer may send: a scratch code, a report."""

from django import forms
from django.utils.translation import gettext_lazy as _

WHY = (
    ("looks", _("Package or print look different")),
    ("opened", _("It was open when I bought it")),
    ("taste", _("Taste, smell or look of the goods")),
    ("price", _("Price or place of sale")),
    ("code", _("Something about the code")),
    ("other", _("Something else")),
)


class ScratchForm(forms.Form):
    """刮开码 The code below the scratch layer."""

    scratch = forms.CharField(
        label=_("Code below the scratch layer"),
        max_length=12,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "inputmode": "text"}
        ),
    )


class ReportForm(forms.Form):
    """举报表 What is wrong; no name, no number is asked for."""

    why = forms.ChoiceField(label=_("What is wrong?"), choices=WHY, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("In your own words"),
        help_text=_("Where you bought it and what you saw. No names, no telephone numbers."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
