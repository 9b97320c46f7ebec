"""Forms of releases of codes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xilin.apps.trace.codes.issuing import LARGEST


class ReleaseForm(forms.Form):
    """放行申请表 For which goods, how many codes, and why."""

    gtin = forms.ChoiceField(label=_("Product"))
    lot = forms.CharField(
        label=_("Production batch"),
        required=False,
        max_length=20,
        widget=forms.TextInput({"spellcheck": "false"}),
    )
    count = forms.IntegerField(label=_("How many codes"), min_value=1, max_value=LARGEST)
    why = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Why these codes are right although events say that there is no more. No names of people."
        ),
    )

    def __init__(self, *args: Any, products: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["gtin"].choices = products  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """放行决定表 Whether the codes may be ordered, and what was looked at."""

    granted = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("yes", _("Release them: thirty days, no more than asked for")),
            ("no", _("Don't release them")),
        ],
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(
        label=_("What was looked at"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
