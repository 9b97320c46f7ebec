"""Template tags and filters that every page may use."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, DateInput
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.lib.text import ENGLISH, Text
from xilin.web import beside, languages, numbers, pairs
from xilin.web.charts import choropleth, trend

register = template.Library()


def _language() -> str:
    return get_language() or "zh-hans"


@register.filter
def words(text: Text | str | None) -> str:
    """Declared words in the reader's language; nothing where nothing is declared, which templates say as ""."""
    if not isinstance(text, Text):
        return ""
    said = text.of(_language())
    if not languages.tongue(_language()).unread or pairs.there(said):
        return said
    return languages.paired(said, text.zh, sure=False)


@register.filter
def tongue_of(text: Text | str | None) -> str:
    """The tag of the language declared words are in, for `lang`: Chinese where they have none of the reader's."""
    return languages.BY_CODE[text.tongue(_language())].tag if isinstance(text, Text) else ""


@register.simple_tag
def tongue() -> str:
    """The tag of the language a page is in, for `<html lang>`."""
    return languages.tongue(_language()).tag


@register.simple_tag
def vertical() -> bool:
    """Whether the lines of a page run downwards."""
    return languages.tongue(_language()).vertical


@register.simple_tag(takes_context=True)
def tongues(context: template.Context) -> dict[str, Any]:
    """The language of a page, the one that was asked for, those one may choose, and whether the Chinese stands beside."""
    request = context.get("request")
    now = languages.tongue(_language())
    asked = getattr(request, "asked_tongue", now)
    desk = request is not None and request.path.startswith(tuple(settings.DESKS))
    return {
        "now": now,
        "asked": asked,
        "offered": [one for one in languages.TONGUES if one.desks or not desk],
        "beside": request is not None and beside.wanted(request),
    }


@register.filter
def own(text: Text | str | None) -> str:
    """Declared words only where there are some in the reader's language: a unit without an English word is left out."""
    if not isinstance(text, Text) or (_language().startswith("en") and not text.en):
        return ""
    return text.of(_language())


@register.filter
def grouped(value: float | None, decimals: int = 0) -> str:
    """A number with thousands separators."""
    return numbers.grouped(value, decimals)


@register.filter
def short(value: float | None, decimals: int = 0) -> str:
    """A number in few digits, such as 117.91万 or 1.18M."""
    digits, magnitude = numbers.short(value, _language(), decimals)
    return f"{digits}{size(magnitude)}"


@register.filter
def tick(value: float, decimals: int = 0) -> str:
    """A number of an axis, as short as the reader's script lets it be."""
    return short(value, decimals) if numbers.on_axis(_language()) else numbers.grouped(value, decimals)


def size(magnitude: str) -> str:
    """A word of magnitude, with the Chinese it means where a Mongolian page is made."""
    return languages.paired(magnitude, numbers.MEANT.get(magnitude, magnitude), sure=False)


@register.filter
def day(on: date | None) -> str:
    """A day as the reader's language writes one, such as 2026年11月26日."""
    if on is None:
        return "—"
    return date_format(timezone.localtime(on) if isinstance(on, datetime) else on, "DATE_FORMAT")


@register.filter
def columns(name: str) -> list[tuple[float, str]]:
    """The words of a name on a drawing, each with how far its column stands from the middle."""
    words = pairs.said(name).split(" ")
    return [(15 * (n - (len(words) - 1) / 2), word) for n, word in enumerate(words)]


@register.filter
def share(part: float | None, whole: float | None) -> str:
    """A part of a whole in percent."""
    return numbers.share(part, whole)


@register.filter
def percent(value: float | None) -> str:
    """A share from 0 to 1 in percent."""
    return numbers.share(value, 1)


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A time as `2026-11-24 16:20`, in the platform's time zone."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M}")


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """How long ago, with the exact time behind it."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    passed = timesince(at, timezone.now(), depth=1)
    said = (
        _("just now") if (timezone.now() - at).total_seconds() < 60 else _("%(time)s ago") % {"time": passed}
    )
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M:%S}", said
    )


@register.filter
def seconds(value: float | None) -> str:
    """A duration, such as 0.42 s or 3 min 20 s."""
    if value is None:
        return "—"
    if value < 60:
        return _("%(n)s s") % {"n": f"{value:.2f}" if value < 10 else f"{value:.0f}"}
    return _("%(minutes)s min %(n)s s") % {"minutes": f"{value // 60:.0f}", "n": f"{value % 60:.0f}"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative sign from the sprite."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("web/icons.svg"), name
    )


@register.inclusion_tag("web/parts/figure.html")
def figure(
    value: float | None, what: str, unit: str = "", note: str = "", decimals: int = 0
) -> dict[str, Any]:
    """A number and what it counts, for a `<dl class="figures">`."""
    digits, magnitude = numbers.short(value, _language(), decimals)
    if languages.tongue(_language()).code == ENGLISH:
        digits, magnitude = f"{digits}{magnitude}", ""
    return {
        "digits": digits,
        "unit": f"{size(magnitude)}{unit}",
        "what": what,
        "note": note,
        "exact": numbers.grouped(value, decimals),
    }


@register.inclusion_tag("web/parts/figure.html")
def count(value: float | None, what: str) -> dict[str, Any]:
    """A number to its last digit and what it counts, for a `<dl class="figures">`."""
    return {"digits": numbers.grouped(value), "what": what, "exact": numbers.grouped(value)}


@register.inclusion_tag("web/parts/bar.html")
def bar(part: float | None, whole: float | None, kind: str = "") -> dict[str, Any]:
    """A bar of a part within a whole."""
    width = 100 * (part or 0) / whole if whole else 0
    return {"width": round(min(max(width, 0), 100), 2), "kind": kind}


@register.inclusion_tag("web/parts/split.html")
def split(*parts: Any) -> dict[str, Any]:
    """A bar divided among `value, kind, value, kind, …`; what is there is never thinner than can be seen."""
    pairs = [(float(value or 0), str(kind)) for value, kind in zip(parts[::2], parts[1::2], strict=True)]
    whole = sum(value for value, _ in pairs)
    pieces, at = [], 0.0
    for value, kind in pairs:
        if value and whole:
            width = max(100 * value / whole, 0.8)
            pieces.append({"x": round(min(at, 99.2), 2), "width": round(width, 2), "kind": kind})
            at += width
    return {"pieces": pieces}


@register.inclusion_tag("web/parts/spark.html")
def spark(values: Sequence[float], label: str = "") -> dict[str, Any]:
    """A small line of a series; whoever hears it hears from which value to which it goes."""
    ends = {"first": values[0], "last": values[-1]} if values else {}
    return {"path": trend.spark(list(values)), "label": label, **ends}


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A field of a form with its label, hint and what is wrong with it."""
    if isinstance(bound.field.widget, DateInput):
        # The browser's own calendar wants this form whatever the language.
        bound.field.widget.format = "%Y-%m-%d"
    many = getattr(bound.field.widget, "input_type", "") in {"checkbox", "radio"} and hasattr(
        bound.field.widget, "choices"
    )
    return {"bound": bound, "many": many, "hint": f"{bound.auto_id}_hint" if bound.help_text else ""}


@register.inclusion_tag("web/parts/empty.html")
def empty(said: str, advice: str = "") -> dict[str, str]:
    """What a page says where there is nothing yet."""
    return {"said": said, "advice": advice}


@register.simple_tag(takes_context=True)
def address(context: template.Context, **changes: object) -> str:
    """The address of this page with some of its parameters changed; an empty value removes one."""
    request: HttpRequest = context["request"]
    wanted = request.GET.copy()
    for name, value in changes.items():
        wanted.pop(name, None)
        if value not in ("", None):
            wanted[name] = str(value)
    query = wanted.urlencode()
    return f"{request.path}?{query}" if query else request.path


@register.inclusion_tag("web/parts/pages.html", takes_context=True)
def pages(context: template.Context, page: Any) -> dict[str, Any]:
    """Earlier and later pages of a list."""
    return {"page": page, "request": context["request"]}


@register.filter
def plus(value: float, more: float) -> float:
    """A co-ordinate moved along."""
    return round(float(value) + float(more), 2)


@register.simple_tag
def step(index: int, bounds: Sequence[tuple[float, float]]) -> str:
    """The shade of a range of the legend."""
    return f"q{choropleth.step_of(bounds[index][1], bounds)}"


@register.filter
def left(at: datetime | None) -> str:
    """How long until a time, or how long it is past."""
    if at is None:
        return ""
    now = timezone.now()
    if at >= now:
        return _("%(time)s left") % {"time": timesince(now, at, depth=1)}
    return _("%(time)s over") % {"time": timesince(at, now, depth=1)}
