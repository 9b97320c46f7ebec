"""Forms of the exchange; what they clean are the keyword arguments of the action they stand for."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xilin.kernel.catalog.models import Resource, ShareType
from xilin.kernel.exchange import queries
from xilin.kernel.exchange.models import Client, Request, Shape
from xilin.kernel.standards.queries import declared


class RequestForm(forms.Form):
    """共享申请表 For `actions.ask`: the shape may be left to the platform, which proposes the weakest."""

    client: "forms.ModelChoiceField[Client]" = forms.ModelChoiceField(
        queryset=Client.objects.none(), label=_("System that will call")
    )
    items = forms.MultipleChoiceField(label=_("Items"), widget=forms.CheckboxSelectMultiple)
    purpose = forms.ChoiceField(label=_("Purpose"))
    scenario = forms.CharField(
        label=_("Scenario"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text=_("What the data is needed for, in which work."),
    )
    basis = forms.CharField(
        label=_("Legal basis"),
        required=False,
        max_length=500,
        help_text=_("The purpose's own basis where this is empty."),
    )
    shape = forms.ChoiceField(
        label=_("Shape of the answer"), required=False, help_text=_("The weakest that serves where empty.")
    )
    quota_per_day = forms.IntegerField(label=_("Answers a day"), min_value=1, initial=1000)
    valid_until = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, user: Any, resource: Resource, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        self.fields["client"].queryset = queries.clients_for(user)  # type: ignore[attr-defined]
        self.fields["items"].choices = [  # type: ignore[attr-defined]
            (item.column, item.title) for item in resource.items.all() if item.share_type != ShareType.DENIED
        ]
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            (code, purpose.name.of(language)) for code, purpose in queries.purposes().items()
        ]
        self.fields["shape"].choices = [("", _("as the purpose needs")), *Shape.choices]  # type: ignore[attr-defined]
        self.fields["valid_until"].initial = today + timedelta(days=180)


class ApproveForm(forms.Form):
    """同意表 For `actions.approve`: less than was asked for may be given, never more."""

    items = forms.MultipleChoiceField(label=_("Items"), widget=forms.CheckboxSelectMultiple)
    shape = forms.ChoiceField(label=_("Shape of the answer"))
    quota_per_day = forms.IntegerField(label=_("Answers a day"), min_value=1)
    hour_from = forms.IntegerField(label=_("From o'clock"), min_value=0, max_value=23, initial=0)
    hour_to = forms.IntegerField(label=_("To o'clock"), min_value=1, max_value=24, initial=24)
    valid_until = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    match = forms.BooleanField(
        label=_("People may also be matched by name, birth, area and telephone"),
        required=False,
        help_text=_("Without it they are found by the look-up columns alone."),
    )
    reason = forms.CharField(
        label=_("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {
                "items": request.items,
                "shape": request.shape,
                "quota_per_day": request.quota_per_day,
                "valid_until": request.valid_until,
            },
        )
        super().__init__(*args, **kwargs)
        asked = Shape(request.shape).strength
        names = {item.column: item.title for item in request.resource.items.all()}
        self.fields["items"].choices = [(column, names.get(column, column)) for column in request.items]  # type: ignore[attr-defined]
        self.fields["shape"].choices = [  # type: ignore[attr-defined]
            (shape.value, shape.label) for shape in Shape if shape.strength <= asked
        ]
        self.fields["quota_per_day"].max_value = request.quota_per_day  # type: ignore[attr-defined]
        if not queries.searched(request.resource):
            del self.fields["match"]

    def clean(self) -> dict[str, Any]:
        """The two hours as the action's `hours`."""
        cleaned = super().clean() or {}
        cleaned["hours"] = (cleaned.pop("hour_from", 0), cleaned.pop("hour_to", 24))
        return cleaned


class RefuseForm(forms.Form):
    """不同意表 For `actions.refuse`: no refusal without its legal basis and a written reason."""

    legal_basis = forms.CharField(label=_("Legal basis"), max_length=500)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class RevokeForm(forms.Form):
    """撤销授权表 For `actions.revoke`."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)


class ClientForm(forms.Form):
    """应用系统登记表 For `actions.register_client`."""

    code = forms.RegexField(
        r"^[a-z][a-z0-9_]*$",
        label=_("Code"),
        max_length=60,
        help_text=_("Lower-case letters, digits and underscores, a letter first."),
    )
    name = forms.CharField(label=_("Name"), max_length=100)


class MaskForm(forms.Form):
    """脱敏规则表 One mask for each granted item, for the `masks` of `actions.approve`; empty leaves the catalogue's."""

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        masks = [("", _("as in the catalogue"))]
        masks += [(code, mask.name.of(language)) for code, mask in declared("mask").items()]
        for item in request.resource.items.filter(column__in=request.items):
            self.fields[item.column] = forms.ChoiceField(label=item.title, choices=masks, required=False)

    @property
    def masks(self) -> dict[str, str]:
        """The masks that were chosen, by column."""
        return {column: mask for column, mask in self.cleaned_data.items() if mask}
