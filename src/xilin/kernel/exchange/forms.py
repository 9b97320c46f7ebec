"""Forms of the exchange; what they clean are the keyword arguments of the action they stand for."""

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xilin.kernel.catalog.models import Resource, ShareType
from xilin.kernel.exchange import filters, queries
from xilin.kernel.exchange.models import Client, Grant, Request, Shape, Use, Way
from xilin.kernel.standards.models import Area
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import Refusal
from xilin.lib.text import Text

WHERES = ("where_1", "where_2")
OPERATORS = [
    ("eq", _("is")),
    ("in", _("is one of (with commas between)")),
    ("prefix", _("begins with")),
    ("ge", _("is at least")),
    ("le", _("is at most")),
]
# Six shapes from the weakest; files and subscriptions reveal masked fields, or full ones where that is asked for.
SIX = [
    (Shape.VERIFY.value, Shape.VERIFY.label),
    (Shape.STATUS.value, Shape.STATUS.label),
    (Shape.MASKED.value, Shape.MASKED.label),
    (Shape.FULL.value, Shape.FULL.label),
    ("masked_file", _("bulk file (masked fields)")),
    ("full_file", _("bulk file (full fields)")),
    ("masked_feed", _("subscription (masked fields)")),
    ("full_feed", _("subscription (full fields)")),
]


class RowsForm(forms.Form):
    """行级条件 Which rows: an area where the resource has one, and two more conditions on its items."""

    resource: Resource

    def offer_rows(self, resource: Resource) -> None:
        """Add the fields by which rows are chosen."""
        self.resource = resource
        items = [item for item in resource.items.all() if item.share_type != ShareType.DENIED]
        if any(item.column == resource.area_column for item in items):
            self.fields["area"] = forms.ChoiceField(
                label=_("Area chosen"), required=False, choices=[("", _("the whole region")), *_areas()]
            )
        columns = [("", "—"), *((item.column, item.title) for item in items)]
        for name in WHERES:
            self.fields[f"{name}_column"] = forms.ChoiceField(
                label=_("Item"), required=False, choices=columns
            )
            self.fields[f"{name}_op"] = forms.ChoiceField(
                label=_("How it is compared"), required=False, choices=OPERATORS
            )
            self.fields[f"{name}_value"] = forms.CharField(
                label=_("Compared with"), required=False, max_length=2000
            )

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that aren't about rows, in their order."""
        return [bound for bound in self if bound.name != "area" and not bound.name.startswith("where_")]

    @property
    def wheres(self) -> list[list[forms.BoundField]]:
        """The fields of each condition."""
        return [[self[f"{name}_{part}"] for part in ("column", "op", "value")] for name in WHERES]

    def take_rows(self, cleaned: dict[str, Any]) -> list[dict[str, Any]]:
        """The conditions that were filled in, out of the cleaned data; a wrong one is told beside its value."""
        conditions = []
        if area := cleaned.pop("area", ""):
            conditions.append({"column": self.resource.area_column, "op": "prefix", "value": area})
        for name in WHERES:
            column, op, value = (cleaned.pop(f"{name}_{part}", "") for part in ("column", "op", "value"))
            if not column:
                continue
            told = (
                [one.strip() for one in re.split("[,，、]", value) if one.strip()]
                if op == "in"
                else value.strip()
            )
            try:
                conditions += filters.check(
                    self.resource, [{"column": column, "op": op or "eq", "value": told}]
                )
            except Refusal as refusal:
                self.add_error(f"{name}_value", f"{refusal} {refusal.advice}")
        return conditions


def _areas() -> list[tuple[str, str] | tuple[str, list[tuple[str, str]]]]:
    """Banners and cities, each with its towns below it; values are the digits that all codes of the area begin with."""
    counties = list(Area.objects.filter(level="county", valid_to=None))
    towns: dict[int, list[tuple[str, str]]] = {}
    language = get_language() or ""
    for town in Area.objects.filter(level="town", valid_to=None):
        towns.setdefault(town.parent_id or 0, []).append((town.code[:9], _called(town, language)))
    whole = _("all of it")
    return [
        (
            _called(county, language),
            [(county.code[:6], f"{_called(county, language)} ({whole})"), *towns.get(county.pk, [])],
        )
        for county in counties
    ]


def _called(area: Area, language: str) -> str:
    return Text(zh=area.name, en=area.name_en).of(language)


class RequestForm(RowsForm):
    """共享申请表 For `actions.ask`: the shape may be left to the platform, which proposes the weakest of six.

    For a renewal it is filled in from the grant that is carried on.
    """

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
    use = forms.ChoiceField(label=_("How the data is used"), choices=Use.choices, required=False)
    records = forms.IntegerField(
        label=_("How many records at once"),
        required=False,
        min_value=0,
        max_value=2_000_000_000,
        help_text=_(
            "Where many are needed: as many as the daily quota can be called in groups, without a file."
        ),
    )
    shape = forms.ChoiceField(
        label=_("Shape of the answer"), required=False, help_text=_("The weakest that serves where empty.")
    )
    listing = forms.BooleanField(
        label=_("Lists of the rows that fit a condition are needed too"),
        required=False,
        help_text=_("Otherwise records are asked for one by one, by their look-up columns."),
    )
    match = forms.BooleanField(
        label=_("People are looked for by name, birth, area and telephone too"), required=False
    )
    quota_per_day = forms.IntegerField(label=_("Answers a day"), min_value=1, initial=1000)
    valid_until = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(
        self,
        *args: Any,
        user: Any,
        resource: Resource,
        today: date,
        renews: Grant | None = None,
        **kwargs: Any,
    ) -> None:
        if renews is not None:
            kwargs.setdefault("initial", _of_renewal(renews))
        super().__init__(*args, **kwargs)
        self.carried = list(renews.row_filter) if renews is not None else []
        self.masked = {item.column for item in resource.items.all() if item.mask}
        language = get_language() or ""
        self.fields["client"].queryset = queries.clients_for(user)  # type: ignore[attr-defined]
        self.fields["items"].choices = [  # type: ignore[attr-defined]
            (item.column, item.title) for item in resource.items.all() if item.share_type != ShareType.DENIED
        ]
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            (code, purpose.name.of(language)) for code, purpose in queries.purposes().items()
        ]
        self.fields["shape"].choices = [("", _("as the purpose needs")), *SIX]  # type: ignore[attr-defined]
        self.fields["valid_until"].initial = today + timedelta(days=180)
        if not queries.searched(resource):
            del self.fields["match"]
        self.offer_rows(resource)

    def clean(self) -> dict[str, Any]:
        """The shape as `shape` and `delivery`, the conditions as `row_filter`."""
        cleaned = super().clean() or {}
        shape, _at, delivery = cleaned.get("shape", "").partition("_")
        if delivery and shape == Shape.MASKED and not self.masked & set(cleaned.get("items", [])):
            shape = Shape.FULL.value
        cleaned |= {"shape": shape, "delivery": delivery}
        cleaned["use"] = cleaned.get("use") or Use.CASE
        cleaned["records"] = cleaned.get("records") or 0
        added = self.take_rows(cleaned)
        cleaned["row_filter"] = [*self.carried, *(one for one in added if one not in self.carried)]
        return cleaned


def _of_renewal(grant: Grant) -> dict[str, Any]:
    """What a renewal is filled in with; conditions on rows the page carries over as they stand."""
    before = grant.request
    way = "" if grant.delivery == Way.CALL else f"_{grant.delivery}"
    return {
        "client": grant.client_id,
        "items": [item.column for item in grant.items.all()],
        "purpose": grant.purpose,
        "scenario": before.scenario,
        "basis": before.basis,
        "use": before.use,
        "records": before.records,
        "shape": f"{grant.shape}{way}",
        "listing": grant.listing,
        "match": grant.match,
        "quota_per_day": grant.quota_per_day,
        "valid_until": timezone.localtime(grant.valid_until).date() + timedelta(days=180),
    }


class ApproveForm(RowsForm):
    """同意表 For `actions.approve`: less than was asked for may be given, never more."""

    items = forms.MultipleChoiceField(label=_("Items"), widget=forms.CheckboxSelectMultiple)
    shape = forms.ChoiceField(label=_("Shape of the answer"))
    delivery = forms.ChoiceField(label=_("Way of delivery"), required=False)
    quota_per_day = forms.IntegerField(label=_("Answers a day"), min_value=1)
    hour_from = forms.IntegerField(label=_("From o'clock"), min_value=0, max_value=23, initial=0)
    hour_to = forms.IntegerField(label=_("To o'clock"), min_value=1, max_value=24, initial=24)
    valid_until = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    listing = forms.BooleanField(label=_("Lists of the rows that fit a condition"), required=False)
    least = forms.IntegerField(
        label=_("Rows that must fit a list"),
        required=False,
        help_text=_("A list of fewer is not answered, so that nobody is singled out."),
    )
    match = forms.BooleanField(
        label=_("People may also be matched by name, birth, area and telephone"),
        required=False,
        help_text=_("Without it they are found by the look-up columns alone."),
    )
    signed = forms.BooleanField(
        label=_("Every call must be signed"),
        required=False,
        help_text=_("A key alone then opens nothing: each call carries an HTTP message signature."),
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
                "delivery": request.delivery,
                "quota_per_day": request.quota_per_day,
                "valid_until": request.valid_until,
                "listing": request.listing,
                "least": settings.LIST_LEAST,
                "match": request.match,
            },
        )
        super().__init__(*args, **kwargs)
        self.request = request
        asked = Shape(request.shape).strength
        names = {item.column: item.title for item in request.resource.items.all()}
        self.fields["items"].choices = [(column, names.get(column, column)) for column in request.items]  # type: ignore[attr-defined]
        self.fields["shape"].choices = [  # type: ignore[attr-defined]
            (shape.value, shape.label) for shape in Shape if shape.strength <= asked
        ]
        self.fields["quota_per_day"].max_value = request.quota_per_day  # type: ignore[attr-defined]
        self._leave_out(request)
        self.offer_rows(request.resource)

    def _leave_out(self, request: Request) -> None:
        """No field for what wasn't asked for: it can't be given."""
        ways = {Way(request.delivery), Way.CALL}
        self.fields["delivery"].choices = [(way.value, way.label) for way in Way if way in ways]  # type: ignore[attr-defined]
        if len(ways) == 1:
            del self.fields["delivery"]
        if not request.listing:
            del self.fields["listing"], self.fields["least"]
        if not request.match:
            del self.fields["match"]

    def clean(self) -> dict[str, Any]:
        """The two hours as the action's `hours`; the conditions that were asked for with those that were added."""
        cleaned = super().clean() or {}
        cleaned["hours"] = (cleaned.pop("hour_from", 0), cleaned.pop("hour_to", 24))
        added = self.take_rows(cleaned)
        cleaned["row_filter"] = [
            *self.request.row_filter,
            *(one for one in added if one not in self.request.row_filter),
        ]
        return cleaned


class RefuseForm(forms.Form):
    """不同意表 For `actions.refuse`: no refusal without its legal basis and a written reason."""

    legal_basis = forms.CharField(label=_("Legal basis"), max_length=500)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class MissingForm(forms.Form):
    """一次性补正告知 For `actions.tell_missing`: everything at once."""

    missing = forms.CharField(
        label=_("Everything that is missing"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text=_("Told once: the clock stands still until it has come, and there is no second notice."),
    )


class CompleteForm(forms.Form):
    """补正 For `actions.complete`."""

    said = forms.CharField(
        label=_("What you bring"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    scenario = forms.CharField(
        label=_("Scenario"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        help_text=_("Only where it changes."),
    )
    basis = forms.CharField(
        label=_("Legal basis"), required=False, max_length=500, help_text=_("Only where it changes.")
    )


class MoreTimeForm(forms.Form):
    """申请延长答复 For `actions.ask_more_time`."""

    days = forms.IntegerField(label=_("Working days more"), min_value=1)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)

    def __init__(self, *args: Any, most: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if most:
            days = self.fields["days"]
            days.max_value = most  # type: ignore[attr-defined]
            days.widget.attrs["max"] = most
            days.help_text = _("At most %(most)s, once, with the authority's consent.") % {"most": most}


class ConsentForm(forms.Form):
    """同意延长 For `actions.consent`: a refusal needs its reason."""

    given = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("yes", _("Give more time")), ("no", _("Give no more time"))],
        coerce=lambda word: word == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )


class PassOnForm(forms.Form):
    """规范性审核 For `actions.pass_on`."""

    reason = forms.CharField(
        label=_("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )


class DisputeForm(forms.Form):
    """提出争议 For `actions.dispute`."""

    grounds = forms.CharField(label=_("Grounds"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class SettleForm(forms.Form):
    """争议处理 For `actions.settle`: a refusal that is upheld names its legal basis."""

    ordered = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("yes", _("Order provision")), ("no", _("Uphold the refusal"))],
        coerce=lambda word: word == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    legal_basis = forms.CharField(
        label=_("Legal basis"),
        required=False,
        max_length=500,
        help_text=_("Needed where the refusal is upheld."),
    )


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
