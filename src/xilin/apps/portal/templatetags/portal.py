"""Filters for things of the kernel that carry words in several languages."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xilin.apps.portal.queries import held, scores
from xilin.kernel.opening import queries as opening
from xilin.lib.text import Text
from xilin.web.numbers import share

register = template.Library()

# What codes are called: a filter for each of these names, which leaves a code as it is that has no words.
CALLED = {
    "step_name": {
        "reply": _("Reply"),
        "provide": _("Provide the data"),
        "review": _("Review of form"),
        "reply_unpublished": _("Reply where the data is not published yet"),
        "decide": _("Decide the dispute"),
        "correct": _("Correct"),
        "answer": _("Check and answer"),
        "verify": _("Verify"),
        "department_review": _("The department's review"),
        "authority_review": _("The authority's review"),
        "amend": _("Amend the entry"),
        "look": _("Look into unusual use"),
        "look_into": _("Look into it"),
        "set_right": _("Set it right"),
        "decide_1": _("Open the recall publicly, or withdraw it"),
        "decide_2": _("Open the recall publicly, or withdraw it"),
        "decide_3": _("Open the recall publicly, or withdraw it"),
        "recover_1": _("Carry out the recall"),
        "recover_2": _("Carry out the recall"),
        "recover_3": _("Carry out the recall"),
    },
    "event_name": {
        "asked": _("Asked"),
        "lawful": _("Granted at once by law"),
        "approved": _("Approved"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
        "revoked": _("Grant ended"),
        "passed_on": _("Passed on to the provider"),
        "incomplete": _("Told what is missing"),
        "completed": _("Completed"),
        "more_time": _("More time asked for"),
        "extended": _("More time given"),
        "not_extended": _("No more time given"),
        "disputed": _("Refusal disputed"),
        "upheld": _("Refusal upheld"),
        "ordered": _("Provision ordered"),
    },
    "stage_name": {
        "read": _("Reading the source"),
        "standardise": _("Standardising"),
        "commit": _("Committing to the lake"),
        "record": _("Recording counts"),
    },
    "formula_name": {
        "count": _("number of rows"),
        "sum": _("sum of the rows' values"),
        "distinct": _("number of different values"),
        "entities": _("number of golden records"),
        "ratio": _("ratio of two indicators"),
        "areas": _("number of areas"),
    },
    "type_name": {
        "string": _("text"),
        "integer": _("whole number"),
        "decimal": _("decimal number"),
        "date": _("date"),
        "datetime": _("date and time"),
        "boolean": _("yes or no"),
    },
}


def _filter(words: Mapping[str, object]) -> Callable[[str], str]:
    return lambda code: str(words.get(code, code))


for filter_name, words in CALLED.items():
    register.filter(filter_name, _filter(words))


@register.filter
def named(department: Any) -> str:
    """A department's full name in the reader's language."""
    if department is None:
        return ""
    return Text(zh=department.name, en=department.name_en).of(get_language() or "")


@register.filter
def briefly(department: Any) -> str:
    """A department's short name in the reader's language."""
    if department is None:
        return ""
    return Text(zh=department.short, en=department.short_en).of(get_language() or "")


@register.filter
def get(mapping: Any, key: object) -> Any:
    """A value by its key, or nothing."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def facet(context: template.Context, name: str, value: str) -> str:
    """The catalogue's address with one facet changed, from its first page."""
    wanted = context["request"].GET.copy()
    wanted.pop("page", None)
    wanted.pop(name, None)
    if value:
        wanted[name] = value
    return f"{reverse('portal:catalogue')}?{wanted.urlencode()}"


@register.simple_tag(takes_context=True)
def name(context: template.Context, kind: str, code: str) -> str:
    """What a declared code is called in the reader's language: `{% name "source" batch.source %}`."""
    known = context.get("names")
    return known.of(kind, code) if known and code else code


@register.simple_tag
def opened(resource: str) -> list[Any]:
    """The openings of a resource that were released."""
    return [one for one in opening.openings() if one.release and one.opening.resource == resource]


@register.filter
def balances(batch: Any) -> bool:
    """Whether rows read = accepted + quarantined + duplicate."""
    return bool(batch.rows_read == batch.rows_accepted + batch.rows_quarantined + batch.rows_duplicate)


@register.filter
def batch_message(batch: Any, user: Any) -> str:
    """Why a batch did not come through, in the reader's language; nothing where it did.

    A source's own words name hosts and accounts and may quote a value: visitors read only that it was refused.
    """
    said = str(batch.message(get_language() or ""))
    if said and not user.is_authenticated:
        return str(_("The source could not be read. Sign in to see why."))
    return said


@register.filter
def batch_detail(batch: Any, user: Any) -> str:
    """A driver's own words on why a batch did not come through: for data engineers and system administrators."""
    return str(batch.detail) if getattr(user, "role", "") in ("engineer", "system") else ""


@register.filter
def batch_notices(batch: Any, user: Any) -> list[str]:
    """What was noticed while a batch was collected, in the reader's language; nothing for visitors."""
    return list(batch.notes(get_language() or "")) if user.is_authenticated else []


@register.filter
def stages(batch: Any) -> list[tuple[str, float]]:
    """The stages of a batch with their seconds, in the order they go."""
    order = ("read", "standardise", "commit", "record")
    return sorted(
        batch.timings.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order)
    )


@register.filter
def condition_text(condition: Any) -> str:
    """A condition of an indicator as its declaration says it: `state = 1`."""
    value = ", ".join(condition.values) if condition.values else condition.value
    return f"{condition.column} {condition.operator}{'' if value is None else f' {value}'}"


@register.filter
def dimension_name(code: str) -> str:
    """What one of the six dimensions of quality is called."""
    return scores.words().get(code, code)


@register.filter
def grade(value: float | None) -> str:
    """The colour of a score from 0 to 1."""
    return scores.grade(value)


@register.filter
def weakest(one: Any) -> Any:
    """The dimension of a scored resource with the smallest share, or None."""
    measured = [dimension for dimension in one.dimensions if dimension.checked]
    return min(measured, key=lambda dimension: dimension.share, default=None)


@register.filter
def held_for(row: Any) -> list[held.Reason]:
    """Why a row was held back, each in a sentence of the reader's language."""
    return held.Row.of(row).reasons


@register.filter
def of(part: float | None, whole: float | None) -> str:
    """A part of a whole in percent."""
    return share(part, whole)


@register.filter
def change(share_: float | None) -> str:
    """How much more or less in percent, with its sign: `+3.2%`, `−0.4%`."""
    return "—" if share_ is None else f"{100 * share_:+.1f}%".replace("-", "\u2212")


@register.filter
def precise(value: float | None) -> str:
    """A share close to 1 with four decimals, never rounded up to it."""
    return "—" if value is None else f"{math.floor(value * 10000) / 10000:.4f}"


@register.filter
def signed(value: float | None) -> str:
    """Bits with their sign and one decimal: `+13.2`, `−4.0`.

    >>> signed(13.24), signed(-4)
    ('+13.2', '\u22124.0')
    """
    return "—" if value is None else f"{value:+.1f}".replace("-", "\u2212")


@register.filter
def plain(value: float | None) -> str:
    """A number with as many digits as it needs, never in powers of ten.

    >>> plain(0.95), plain(0.000002), plain(3.0)
    ('0.95', '0.000002', '3')
    """
    return "—" if value is None else f"{value:.7f}".rstrip("0").rstrip(".")


@register.filter
def brief_id(id: Any) -> str:
    """The beginning of an entity's id, enough to tell it from its neighbours."""
    return str(id)[:8]
