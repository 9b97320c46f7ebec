"""Forms of the registries: who is looked up, for which purpose."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xilin.kernel.registry import inquiry
from xilin.kernel.registry.inquiry import Inquiry
from xilin.kernel.registry.lookup import Facts
from xilin.kernel.standards.models import Area
from xilin.kernel.standards.queries import declared


class PurposeForm(forms.Form):
    """用途 For which purpose someone looks; nothing is shown without one."""

    purpose = forms.ChoiceField(label=_("Purpose"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        known = [(code, name.of(language)) for code, name in inquiry.purposes().items()]
        self.fields["purpose"].choices = [("", _("choose")), *known]  # type: ignore[attr-defined]


class LookUpForm(PurposeForm):
    """查询表 For `inquiry.look_up`: an id or identifier, or what is known of whom is looked for."""

    registry = forms.ChoiceField(label=_("Registry"))
    number = forms.CharField(
        label=_("Identifier or id"),
        required=False,
        max_length=200,
        help_text=_("In any form: 15 digits, small x, with blanks. An id of a merged record leads on."),
    )
    name = forms.CharField(label=_("Name of the person or organisation"), required=False, max_length=200)
    born = forms.CharField(
        label=_("Date of birth"), required=False, max_length=20, help_text=_("1980, 1980-05 or 1980-05-12")
    )
    area = forms.ChoiceField(label=_("Area"), required=False)
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=30)
    case_number = forms.CharField(
        label=_("Case number"),
        required=False,
        max_length=64,
        help_text=_("Your office's own, where there is one; nothing of the person."),
    )
    field_order = ("registry", "number", "name", "born", "area", "phone", "purpose", "case_number")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        registries = [(code, one.name.of(language)) for code, one in declared("registry").items()]
        people = [one for one in registries if one[0] == "people"]
        self.fields["registry"].choices = people + [one for one in registries if one not in people]  # type: ignore[attr-defined]
        english = language.startswith("en")
        areas = Area.objects.filter(level="county", valid_to=None).order_by("code")
        self.fields["area"].choices = [  # type: ignore[attr-defined]
            ("", _("any")),
            *((a.code, (english and a.name_en) or a.name) for a in areas),
        ]
        for field in self.fields.values():
            field.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def inquiry(self) -> Inquiry:
        """What was asked; a number that is an id is one."""
        given = self.cleaned_data
        number = given["number"].strip()
        try:
            id = str(uuid.UUID(number))
        except ValueError:
            id = ""
        facts = Facts(given["name"], given["born"], given["area"], given["phone"])
        return Inquiry(id=id, identifier="" if id else number, facts=facts)
