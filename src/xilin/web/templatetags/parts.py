"""Components as template tags; known to every template like those of `xilin`."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.template.defaultfilters import date
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]  # the stubs lack it
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from xilin.lib.text import Text
from xilin.web import diffs, languages, numbers, tables
from xilin.web.charts import declared, plot, trend
from xilin.web.templatetags.xilin import grouped, moment, percent, size

register = template.Library()
COUNTER = "_counted_elements"
ELSEWHERE = itertools.count(1)


def numbered(context: template.Context, name: str) -> str:
    """A name that no other element of the page has: counted within the request, else within the process."""
    request = context.get("request")
    if request is None:
        return f"{name}-{next(ELSEWHERE)}"
    counter = getattr(request, COUNTER, None) or itertools.count(1)
    setattr(request, COUNTER, counter)
    return f"{name}-{next(counter)}"


@register.inclusion_tag("web/parts/chart.html", takes_context=True)
def chart(context: template.Context, shown: declared.Chart, level: int = 0) -> dict[str, Any]:
    """A declared chart: drawn at once, in words as a table, and alive where scripts run.

    `level` 2 to 4 makes its name a heading; without one it is the caption alone.
    """
    language = get_language() or "zh-hans"
    return {
        "chart": shown,
        "plot": plot.draw(shown, downwards=languages.tongue(language).vertical) if shown else None,
        "table": declared.table(shown, source=_("Where from"), target=_("Where to"), series=_("Series")),
        "spec": declared.spec(shown, language),
        "id": numbered(context, "chart"),
        "level": level,
        "shades": [(plot.shade(at), one.name) for at, one in enumerate(shown.series)],
        "tall": min(-(-len(shown.labels) // 9), 4) if shown.across else 0,
        "stretched": shown.kind in {"line", "area", "bar", "stacked", "scatter"},
    }


CLASSES = {"code": "code ", "moment": "nowrap ", "day": "nowrap ", "acts": "acts "}


@register.simple_tag
def table_cell(cell: Mapping[str, Any], first: bool) -> str:
    """A cell of a table; where its column has a template the cell is left open for it.

    A page has hundreds of them: written here they cost a tenth of what conditions in a template do.
    """
    column, value = cell["column"], cell["value"]
    name, kind = ("th" if first else "td"), column.kind
    acts = kind == "acts"
    classes = ("num " if column.is_figure else "") + CLASSES.get(kind, "")
    if column.wide:
        classes += "wrap-text " if first else "wide "
    if not (column.template or column.drawn or acts) and (value is None or value == ""):
        classes += "nothing"
    label = "" if acts else f' data-label="{conditional_escape(column.title)}"'
    scope = ' scope="row"' if first else ""
    opened = f'<{name}{scope} class="{classes}"{label}><div>'
    if column.template:
        return mark_safe(opened)  # noqa: S308 - made of words that were escaped
    shown: str = conditional_escape(cell["drawn"] if column.drawn else _shown(column, value))
    if kind == "status" and value:
        shown = f'<span class="badge {conditional_escape(cell["status"])}">{shown}</span>'
    if cell["href"]:
        shown = f'<a href="{conditional_escape(cell["href"])}">{shown}</a>'
    below = _lines(cell["below"]) if cell["below"] else ""
    return mark_safe(f"{opened}{shown}{below}</div></{name}>")  # noqa: S308 - made of words that were escaped


def _lines(below: tables.Below) -> str:
    """What stands below a value, line by line."""
    told = below if isinstance(below, list | tuple) else [below]
    lines = [one if isinstance(one, tuple) else ("", one) for one in told]
    return "".join(
        f'<span class="{" ".join(filter(None, ("sub-line", look)))}">{conditional_escape(said)}</span>'
        for look, said in lines
        if said
    )


@register.simple_tag
def table_cell_end(first: bool) -> str:
    """The end of a cell that was left open for a template."""
    return mark_safe(f"</div></{'th' if first else 'td'}>")  # noqa: S308 - one of two words


def _shown(column: tables.Column, value: Any) -> Any:
    """A value in the form of its column's kind."""
    if column.kind == "number":
        return grouped(value, column.decimals)
    if column.kind == "percent":
        return percent(value)
    if column.kind == "moment":
        return moment(value)
    if column.kind == "day":
        return date(template_localtime(value), "Y-m-d") or "—"
    return "—" if value is None else localize(template_localtime(value))


@register.inclusion_tag("web/parts/table.html", takes_context=True)
def table(
    context: template.Context, shown: tables.Table, level: int = 0, href: str = "", href_said: str = ""
) -> dict[str, Any]:
    """A table that is sorted, filtered, paged and taken along (`web.tables`).

    `level` 2 to 4 makes its title a heading above it; `href` leads from there to more of the same, `href_said` in these words.
    """
    page, heads = shown.page, shown.heads()
    filters = [(one, shown.chosen.get(one.name, "")) for one in shown.filters]
    names = [one.name for one in shown.filters]
    return {
        **shown.more,
        "request": context.get("request"),
        "user": context.get("user"),
        "table": shown,
        "level": level,
        "href": href,
        "href_said": href_said,
        "heads": heads,
        "sorters": [head for head in heads if head["href"]],
        "downwards": shown.sorted_by[1],
        "lines": shown.lines(),
        "filters": filters,
        "searched": shown.find is not None,
        "kept": shown.kept("q", *names),
        "kept_columns": shown.kept("show"),
        "kept_order": shown.kept("sort", "way"),
        "choosable": [column for column in shown.columns if column.kind != "acts"],
        "cleared": shown.address(q="", page="", **dict.fromkeys(names, "")),
        "csv": shown.address(export="csv", page=""),
        "xlsx": shown.address(export="xlsx", page=""),
        "earlier": shown.address(page=str(page.number - 1)),
        "later": shown.address(page=str(page.number + 1)),
    }


@register.inclusion_tag("web/parts/measure.html")
def measure(
    value: float | None,
    what: str,
    unit: str = "",
    decimals: int = 0,
    *,
    at: str = "",
    source: str = "",
    before: float | None = None,
    course: Sequence[float] = (),
    href: str = "",
    better: str = "",
) -> dict[str, Any]:
    """A figure as a card of its own: number and unit, of when and from where, how it went.

    `before` is the value it is compared with; `better` is "up" or "down" where one of them is good news; `course` is the
    series for a small line; `href` leads to its page.
    """
    language = get_language() or "zh-hans"
    digits, magnitude = numbers.short(value, language, decimals)
    change = None if value is None or before is None else value - before
    way = "" if change is None else "up" if change > 0 else "down" if change < 0 else "same"
    return {
        "what": what, "digits": digits, "unit": f"{magnitude} {unit}".strip() if language.startswith("en") else f"{size(magnitude)}{unit}",
        "exact": numbers.grouped(value, decimals), "at": at, "source": source, "href": href, "way": way,
        "kind": "" if not better or way in {"", "same"} else "good" if way == better else "bad",
        "change": "" if change is None else numbers.share(abs(change), abs(before)) if before else numbers.grouped(abs(change), decimals),
        "path": trend.spark(list(course)),
    }  # fmt: skip


@register.inclusion_tag("web/parts/clock.html")
def clock(
    due: datetime | None,
    began: datetime | None = None,
    done: datetime | None = None,
    *,
    now: datetime | None = None,
) -> dict[str, Any]:
    """How much of a term has passed: a word and a bar. `done` stops it; without `began` there is no bar."""
    at = done or now or timezone.now()
    share = None
    if due and began and due > began:
        share = min(max((at - began) / (due - began), 0.0), 1.0)
    late = bool(due and at > due)
    near = not late and share is not None and share >= 0.75
    kind = "bad" if late else "good" if done else "warn" if near else ""
    return {
        "due": due,
        "late": late,
        "done": done,
        "kind": kind,
        "width": None if share is None else round(100 * share, 1),
        "left": _left(due, at) if due else "",
    }


def _left(due: datetime, at: datetime) -> str:
    seconds = abs((due - at).total_seconds())
    days, hours = int(seconds // 86_400), int(seconds // 3_600)
    if days:
        time = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    elif hours:
        time = ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    else:
        time = _("less than an hour")
    return (_("%(time)s left") if due >= at else _("%(time)s over")) % {"time": time}


@register.inclusion_tag("web/parts/way.html")
def way(*stages: str, at: int = 1) -> dict[str, Any]:
    """The stages of something on its way: those before the `at`-th are done, it is the present one."""
    return {
        "stages": [
            (name, "done" if number < at else "now" if number == at else "")
            for number, name in enumerate(stages, 1)
        ],
        "at": at,
        "count": len(stages),
    }


@register.inclusion_tag("web/parts/crumbs.html")
def crumbs(*places: str) -> dict[str, Any]:
    """Where a page stands: `name, address, name, address, …` from the home page on, and the page's own name last, if wanted."""
    pairs = [(places[at], places[at + 1] if at + 1 < len(places) else "") for at in range(0, len(places), 2)]
    return {"places": pairs}


@register.inclusion_tag("web/parts/failed.html")
def failed(said: str, advice: str = "", again: str = "") -> dict[str, str]:
    """What stands where something could not be had; `again` is the address that tries once more."""
    return {"said": said, "advice": advice, "again": again}


@register.inclusion_tag("web/parts/skeleton.html")
def skeleton(lines: int = 3, kind: str = "") -> dict[str, Any]:
    """What stands where something is still on its way: lines, or a `chart`, `table` or `figures`."""
    return {"lines": range(lines), "kind": kind}


@register.inclusion_tag("web/parts/hint.html")
def hint(said: str) -> dict[str, str]:
    """A question mark that opens a word of explanation: under the pointer, by Enter, on a phone by a touch."""
    return {"said": said}


@register.inclusion_tag("web/parts/code.html", takes_context=True)
def code(context: template.Context, text: str, name: str = "") -> dict[str, str]:
    """Code as it is to be copied."""
    return {"text": text, "name": name, "id": numbered(context, "code")}


@register.inclusion_tag("web/parts/copy.html")
def copy(text: str, name: str = "") -> dict[str, str]:
    """A button that copies a text; not there where no script runs."""
    return {"text": text, "name": name}


@register.inclusion_tag("web/parts/diff.html")
def diff(before: str, after: str, name: str = "") -> dict[str, Any]:
    """What differs between two texts, line by line."""
    lines = diffs.compare(before, after)
    return {"lines": lines, "name": name}


@register.simple_tag
def said(zh: str, en: str) -> str:
    """Words of a page that no catalogue keeps, such as samples: in Chinese, or in English for whoever reads English."""
    return Text(zh=zh, en=en).of(get_language() or "zh-hans")
