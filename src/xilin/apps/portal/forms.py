"""Forms of the portal's own pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xilin.apps.portal.queries.log import LARGEST_RECEIPT


class DoubtForm(forms.Form):
    """校核申请表 For `quality.actions.ask_correction`: what one doubts about a row."""

    doubt = forms.CharField(
        label=gettext_lazy("What is to be checked"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The reasons of the row are known; add only what they don't say."),
    )


class AnswerForm(forms.Form):
    """校核答复表 For `quality.actions.resolve`: what the providing department found."""

    outcome = forms.ChoiceField(label=gettext_lazy("What was found"))
    remark = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, outcomes: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = outcomes  # type: ignore[attr-defined]


class AddressForm(forms.Form):
    """地址编码表 An address to be coded to its village; sent as a body, kept nowhere."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        min_length=2,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ReceiptForm(forms.Form):
    """A receipt, pasted or as a file; `text` is what was given either way."""

    receipt = forms.CharField(
        label=gettext_lazy("Receipt (JSON)"),
        required=False,
        max_length=LARGEST_RECEIPT,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "code"}),
        help_text=gettext_lazy("The whole text of the receipt that came with an answer of the gateway."),
    )
    file = forms.FileField(
        label=gettext_lazy("Or its file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean(self) -> dict[str, Any]:
        """Either of the two, as `text`."""
        cleaned = super().clean() or {}
        uploaded = cleaned.get("file")
        if uploaded and uploaded.size > LARGEST_RECEIPT:
            raise forms.ValidationError(_("A receipt is never this large: give the receipt's own file."))
        text = uploaded.read().decode("utf-8", "replace") if uploaded else cleaned.get("receipt", "")
        if not text.strip() and not self.errors:
            raise forms.ValidationError(_("Paste a receipt, or choose its file."))
        cleaned["text"] = text
        return cleaned
