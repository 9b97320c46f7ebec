"""Forms of the clean room; what they clean is what `cleanroom.ask` takes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xilin.kernel.catalog.models import Resource, ShareType
from xilin.kernel.opening import questions

OPERATORS = [
    ("", "—"),
    ("eq", _("is")),
    ("prefix", _("begins with")),
    ("ge", _("is at least")),
    ("le", _("is at most")),
]


class PairForm(forms.Form):
    """两个资源 A resource of one's own department and one of another's, of the same base registry."""

    first = forms.ChoiceField(label=_("Resource of your department"))
    second = forms.ChoiceField(label=_("Resource of the other department"))

    def __init__(self, *args: Any, own: list[Resource], others: list[Resource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first"].choices = [(one.code, one.title) for one in own]  # type: ignore[attr-defined]
        self.fields["second"].choices = [  # type: ignore[attr-defined]
            (one.code, f"{one.title} · {one.provider.short}") for one in others
        ]


class QuestionForm(forms.Form):
    """联合统计表 What is asked of two resources, for `cleanroom.ask`."""

    title = forms.CharField(label=_("Title"), max_length=200)
    purpose = forms.CharField(
        label=_("Purpose and legal basis"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    measure = forms.ChoiceField(label=_("What is counted"))
    group_1 = forms.ChoiceField(label=_("Grouped by"), required=False)
    group_2 = forms.ChoiceField(label=_("and by"), required=False)
    first_column = forms.ChoiceField(label=_("Only people whose"), required=False)
    first_op = forms.ChoiceField(label=_("compared"), choices=OPERATORS, required=False)
    first_value = forms.CharField(label=_("with the value"), required=False, max_length=200)
    second_column = forms.ChoiceField(label=_("and whose"), required=False)
    second_op = forms.ChoiceField(label=_("compared"), choices=OPERATORS, required=False)
    second_value = forms.CharField(label=_("with the value"), required=False, max_length=200)
    least = forms.IntegerField(
        label=_("Smallest group shown"),
        min_value=questions.LEAST,
        initial=questions.LEAST,
        help_text=_("Smaller groups are left out, and with them what would give them away."),
    )
    epsilon = forms.FloatField(
        label=_("Noise instead (ε)"),
        required=False,
        min_value=0.01,
        max_value=10,
        help_text=_("Empty for exact counts. Noise is paid for by the privacy budgets of both resources."),
    )

    def __init__(self, *args: Any, first: Resource, second: Resource, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pair = {"first": first, "second": second}
        groups = [("", "—")]
        for side, resource in self.pair.items():
            groups += [
                (f"{side}:{column}", f"{title} · {resource.title}")
                for column, title in questions.choices(resource)
            ]
            items = [(i.column, i.title) for i in resource.items.all() if i.share_type != ShareType.DENIED]
            self.fields[f"{side}_column"].choices = [("", "—"), *items]  # type: ignore[attr-defined]
        numbers = [
            (f"sum:{item.column}", _("sum of {item}").format(item=item.title))
            for item in second.items.all()
            if item.type in questions.NUMBERS and item.share_type != ShareType.DENIED
        ]
        self.fields["measure"].choices = [("count", _("number of people")), *numbers]  # type: ignore[attr-defined]
        for name in ("group_1", "group_2"):
            self.fields[name].choices = groups  # type: ignore[attr-defined]

    @property
    def said(self) -> dict[str, Any]:
        """The question as data."""
        cleaned = self.cleaned_data
        measure, _colon, column = cleaned["measure"].partition(":")
        by = []
        for name in dict.fromkeys(cleaned[key] for key in ("group_1", "group_2") if cleaned[key]):
            side, _colon, wanted = name.partition(":")
            kind, level = questions.kind_of(self.pair[side], wanted)
            by.append({"side": side, "column": wanted, "kind": kind, "level": level})
        return {
            "first": self.pair["first"].code,
            "second": self.pair["second"].code,
            "measure": measure,
            "column": column,
            "by": by,
            "first_where": self._where("first"),
            "second_where": self._where("second"),
            "least": cleaned["least"],
            "epsilon": cleaned["epsilon"] or 0.0,
        }

    def _where(self, side: str) -> list[dict[str, Any]]:
        cleaned = self.cleaned_data
        if not cleaned[f"{side}_column"]:
            return []
        return [
            {
                "column": cleaned[f"{side}_column"],
                "op": cleaned[f"{side}_op"] or "eq",
                "value": cleaned[f"{side}_value"],
            }
        ]
