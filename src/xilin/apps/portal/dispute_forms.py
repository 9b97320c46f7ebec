"""Forms of disputes, their answers, and of citizens."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONG = {"rows": 3}


class DisputeForm(forms.Form):
    """异议申请表 A value that one was given and holds to be wrong: the look-up, the item, what is right and why."""

    item = forms.ChoiceField(label=_("Which item is wrong"))
    claimed = forms.CharField(label=_("What it should be"), max_length=200)
    grounds = forms.CharField(
        label=_("Grounds"),
        max_length=2000,
        widget=forms.Textarea(attrs=LONG),
        help_text=_("What makes you think so."),
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Documents you saw, with their numbers. Kept encrypted; only the two departments read it."
        ),
    )
    entry = forms.IntegerField(
        label=_("Entry number of the receipt"),
        min_value=0,
        required=False,
        help_text=_("Where it is left out, the newest look-up of this record."),
    )

    def __init__(
        self, *args: Any, lookup: Mapping[str, str], items: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._lookup = tuple(lookup)
        own = self.fields
        self.fields = {
            f"by_{column}": forms.CharField(
                label=title,
                required=len(lookup) == 1,
                max_length=200,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            for column, title in lookup.items()
        } | own
        self.fields["item"].choices = list(items)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The fields, with `by` put together of the look-up columns that are filled in."""
        cleaned = super().clean() or {}
        by = {column: cleaned.pop(f"by_{column}", "") for column in self._lookup}
        cleaned["by"] = {column: value.strip() for column, value in by.items() if value.strip()}
        if not cleaned["by"] and not self.errors:
            self.add_error(None, _("Say whose record it is: fill in what you looked it up by."))
        return cleaned


class ReplyForm(forms.Form):
    """异议答复表 What the department found: `value` is the right one where there is one."""

    outcome = forms.ChoiceField(label=_("What was found"))
    value = forms.CharField(
        label=_("The right value"),
        max_length=200,
        required=False,
        help_text=_("Where it is left out, what is held to be right."),
    )
    reason = forms.CharField(
        label=_("Reasons"), max_length=2000, required=False, widget=forms.Textarea(attrs=LONG)
    )

    VALUE = (
        ("corrected", _("wrong: serve the right value from now on")),
        ("source", _("wrong: we mend it in our system first")),
        ("rejected", _("right as it stands")),
    )
    LOOK = (
        ("explained", _("the look was for a matter of ours")),
        ("admitted", _("the look had no ground")),
    )

    def __init__(self, *args: Any, look: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = self.LOOK if look else self.VALUE  # type: ignore[attr-defined]
        if look:
            del self.fields["value"]
            self.fields["reason"].required = True


class CitizenSignInForm(forms.Form):
    """公民登录表 An account of the demonstration."""

    subject = forms.CharField(
        label=_("Name of the account"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class WhyForm(forms.Form):
    """为何查我 A citizen's question about one look."""

    grounds = forms.CharField(
        label=_("What do you want to know?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
