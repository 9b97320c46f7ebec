"""The map's own layers: its counties shaded by an indicator, or by a series of official statistics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import region
from xilin.apps.portal.queries.names import Names
from xilin.kernel.economy import queries as economy
from xilin.kernel.economy.declarations import Dataflow
from xilin.kernel.indicators import queries as indicators
from xilin.kernel.indicators import years
from xilin.kernel.indicators.declarations import Indicator
from xilin.kernel.places import queries as places
from xilin.kernel.standards.queries import current_version
from xilin.web import maps
from xilin.web.charts import ground
from xilin.web.maps import Choice, Layer, Option, Shade, Shaded
from xilin.web.numbers import share

OVER = "counties"


def layers(request: HttpRequest) -> list[Layer]:
    """The layers of figures that who asks may see."""
    language, known = get_language() or "", economy.economy()
    readable = tuple(
        code
        for code, flow in known.flows.items()
        if _by_county(flow) and economy.may_read(flow, known.publisher(flow), request.user)
    )
    run, version = indicators.latest_run(), current_version()
    digest = version.digest if version else ""
    # Series are read anew each minute: what is released meanwhile appears then.
    minute = int(timezone.now().timestamp()) // 60
    return [*_indicators(digest, run.pk if run else 0, language), *_statistics(readable, language, minute)]


@lru_cache(maxsize=8)
def _indicators(_version: str, _run: int, language: str) -> tuple[Layer, ...]:
    """Every indicator that has values by county, golden records first, in each year it was computed."""
    known = [one for one in indicators.latest().values() if one.indicator.by and one.value]
    counted = years.years()
    if not known or not counted:
        return ()
    known.sort(key=lambda one: (one.indicator.formula != "entities", -(one.value or 0)))
    options = [
        Option(one.indicator.code, one.indicator.name.of(language), one.indicator.theme.of(language))
        for one in known
    ]
    layer = Layer(
        code="indicator",
        name=_("Indicator"),
        group=_("Data"),
        over=OVER,
        values=partial(_values, {one.indicator.code: one.indicator for one in known}),
        choices=(
            Choice("indicator", _("Indicator"), tuple(options)),
            Choice("year", _("Year"), tuple(Option(str(year), str(year)) for year in counted)),
        ),
        shown=True,
    )
    return (layer,)


def _values(known: Mapping[str, Indicator], picked: Mapping[str, str]) -> Shaded:
    """The values of the indicator and year that were picked."""
    language, one = get_language() or "", known[picked["indicator"]]
    found, at, resource = years.in_year(one.code, int(picked["year"]))
    names = Names()
    return Shaded(
        name=one.name.of(language),
        values=found,
        unit=one.unit.of(language),
        decimals=one.decimals,
        source=names.of("resource", resource) if resource else names.of("registry", one.registry),
        as_of=_day(at),
        href=f"{reverse('portal:indicator', args=[one.code])}?area={{code}}",
    )


@lru_cache(maxsize=16)
def _statistics(readable: tuple[str, ...], language: str, _minute: int) -> tuple[Layer, ...]:
    """Series of official statistics, by county and year, each the whole of its other dimensions."""
    flows = {code: economy.economy().flows[code] for code in readable}
    options: list[Option] = []
    counted: set[int] = set()
    for code, flow in flows.items():
        known, found = _annual(code, economy.changed_at(code))
        counted |= set(found)
        options += [
            Option(f"{code}.{figure.id}", figure.name.of(language), flow.name.of(language))
            for figure in flow.figure
            if figure.id in known
        ]
    if not options:
        return ()
    listed = tuple(Option(str(year), str(year)) for year in sorted(counted, reverse=True))
    layer = Layer(
        code="statistics",
        name=_("Official statistics"),
        group=_("Data"),
        over=OVER,
        values=partial(_of_series, flows),
        choices=(Choice("series", _("Series"), tuple(options)), Choice("year", _("Year"), listed)),
    )
    return (layer,)


@lru_cache(maxsize=64)
def _annual(code: str, _changed_at: Any) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The figures of a dataflow that counties have by the year, and the years, until it changes."""
    flow = economy.economy().flows[code]
    counties = {area.code for area, _outline in region.counties()}
    keys = [key for key in economy.keys(flow) if _parts(flow, key, "frequency") == "A"]
    keys = [key for key in keys if _parts(flow, key, "area") in counties]
    found = dict.fromkeys(_parts(flow, key, "figure") for key in keys)
    if not keys:
        return (), ()
    periods = economy.observations(code, keys[0]).values_list("first_day", flat=True)
    return tuple(found), tuple(sorted({day.year for day in periods}))


def _parts(flow: Dataflow, key: str, of: str) -> str:
    """The code a key of a dataflow has in its dimension of a kind."""
    return key.split(".")[flow.position(of)]


def _by_county(flow: Dataflow) -> bool:
    """Whether a dataflow has a figure of each county and year that needs no other choice than its figure."""
    areas = [one for one in flow.dimension if one.of == "area" and "county" in one.levels]
    return bool(areas) and all(one.of != "code" or one.total for one in flow.dimension)


def _of_series(flows: Mapping[str, Dataflow], picked: Mapping[str, str]) -> Shaded:
    """The year's value of a series in each county."""
    language = get_language() or ""
    code, _dot, id = picked["series"].partition(".")
    flow = flows[code]
    figure = next(one for one in flow.figure if one.id == id)
    keys = {}
    for area, _outline in region.counties():
        fixed = {"frequency": "A", "area": area.code, "figure": id}
        keys[".".join(fixed.get(one.of, one.total) for one in flow.dimension)] = area.code
    found = economy.at_period(code, list(keys), picked["year"])
    return Shaded(
        name=figure.name.of(language),
        values={keys[key]: value for key, value in found.items()},
        unit=figure.unit.of(language),
        decimals=figure.decimals,
        source=economy.economy().publisher(flow).name.of(language),
        as_of=_day(economy.changed_at(code)),
        href=f"{reverse('portal:dataflow', args=[code])}",
    )


def _day(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d}" if at else ""


# The page


@dataclass(frozen=True, slots=True)
class Row:
    """A layer in the list: whether it is on, how opaque, what was chosen, the legend of its values."""

    layer: Layer
    on: bool
    opacity: int
    choices: list[tuple[Choice, list[tuple[str, list[Option]]], str]]
    legend: list[Shade]
    told: str

    @property
    def shades(self) -> bool:
        """Whether the layer shades areas by values."""
        return self.layer.values is not None


def asked(given: str) -> dict[str, tuple[int, list[str]]]:
    """What an address says of layers: `code~opacity:option:option,…`, as the page's script writes it.

    >>> asked("counties,indicator~80:people_total:2026")
    {'counties': (100, []), 'indicator': (80, ['people_total', '2026'])}
    """
    on = {}
    for part in given.split(",")[:40]:
        head, *options = part.split(":")
        code, _tilde, opacity = head.partition("~")
        percent = int(opacity) if opacity.isascii() and opacity.isdigit() and len(opacity) < 4 else 100
        if code:
            on[code] = (min(percent, 100), options)
    return on


def atlas(request: HttpRequest) -> dict[str, Any]:
    """All that the page shows before its script runs: the list of layers, the drawing, its table."""
    known = maps.layers(request)
    # The form, sent without a script, names what is ticked and chosen each by itself.
    sent = request.GET.getlist("layer")
    on = {code: (100, request.GET.getlist(f"of-{code}")) for code in sent} or asked(request.GET.get("on", ""))
    default = not on and "on" not in request.GET
    rows, drawn = [], None
    for one in known:
        shown = one.shown if default else one.code in on
        opacity, given = on.get(one.code, (100, []))
        picked = one.picked(given)
        values = one.values(picked) if one.values and shown else None
        drawn = drawn or values
        rows.append(_row(one, picked, values, shown, opacity))
    grid = Layer("grid", _("Grid of degrees"), _("Base"))
    rows.append(_row(grid, {}, None, "grid" in on, 100))
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.layer.group, []).append(row)
    names = region.county_names()
    return {
        "tools": tools(),
        "groups": list(groups.items()),
        "drawn": drawn,
        "decimals": drawn.decimals if drawn else 0,
        "drawing": region.map_of(
            dict(drawn.values) if drawn else {},
            href=drawn.href if drawn else "",
            unit=f" {drawn.unit}" if drawn else "",
            decimals=drawn.decimals if drawn else 0,
        ),
        "rows": [(code, name, drawn.values.get(code) if drawn else None) for code, name in names.items()],
    }


def _row(one: Layer, picked: Mapping[str, str], values: Shaded | None, shown: bool, opacity: int) -> Row:
    choices = []
    for choice in one.choices:
        groups: dict[str, list[Option]] = {}
        for option in choice.options:
            groups.setdefault(option.group, []).append(option)
        choices.append((choice, list(groups.items()), picked.get(choice.code, "")))
    told = [values.unit, values.source, values.as_of] if values else []
    return Row(
        one,
        shown,
        opacity,
        choices,
        maps.legend(values) if values else list(one.legend),
        " · ".join(filter(None, told)),
    )


def tools() -> list[tuple[str, str, str, bool]]:
    """The map's buttons: what each does, its sign, its words, whether it stays pressed."""
    return [
        ("in", "in", _("Closer (+)"), False),
        ("out", "out", _("Further away (−)"), False),
        ("home", "home", _("The whole region"), False),
        ("move", "move", _("Move the map by pressing it"), False),
        ("line", "line", _("Measure a length"), True),
        ("ring", "ring", _("Measure an area"), True),
        ("whole", "whole", _("Full screen"), False),
        ("copy", "copy", _("Copy the address of this map"), False),
        ("print", "print", _("Print"), False),
    ]


def home() -> list[float] | None:
    """The bounds of the region, in degrees."""
    box = places.extent(OVER)
    return list(box) if box else None


def words() -> dict[str, Any]:
    """What the page's script says, in the reader's language."""
    return {
        "title": _("Map"),
        "m": _("m"),
        "km": _("km"),
        "m2": _("m²"),
        "ha": _("ha"),
        "km2": _("km²"),
        "zone": _("Zone"),
        "position": _("Position"),
        "around": _("around it"),
        "measureHow": _(
            "Click, or press Enter for the middle of the map; Backspace takes one back, Esc ends."
        ),
        "page": _("Its page"),
        "none": _("no value"),
        "columns": [_("Name"), _("Layer"), _("What is told of it"), _("Page")],
        "inView": _("{n} in view"),
        "first": _("The first {shown} of {n} in view"),
        "found": _("{n} places found"),
        "nothing": _("No place has this name or code."),
        "failed": _("That could not be fetched. Try again."),
        "copied": _("The address of this map was copied."),
        "north": _("N"),
        "scale": _("Scale at the middle"),
        "projection": _("CGCS2000, Web Mercator"),
        "printed": _("Printed"),
    }


# Search


def search(text: str, *, signed_in: bool, on: date, most: int = 20) -> list[dict[str, Any]]:
    """Places by name or code with where they are; else the area an address lies in.

    A place without a geometry is shown by the outline of its county, and says so.
    """
    text = " ".join(text.split())
    if len(text) < 2:
        return []
    language, known = get_language() or "", places.collections(signed_in=signed_in)
    found = [
        _found(place, known[place.collection].name.of(language))
        for place in places.search(text, known, on=on, most=most)
    ]
    if not found:
        coded = places.code_address(text)
        found = [_area(coded)] if coded.code else []
    return [one for one in found if one["box"] or one["layer"]]


def _found(place: Any, kind: str) -> dict[str, Any]:
    at = place.west is not None
    nowhere = _("no outline is published")
    return {
        "name": place.name or place.key,
        "note": f"{kind} {place.area}" if at else f"{kind} {place.area} · {nowhere}",
        "layer": place.collection if at else "",
        "id": place.pk,
        "box": [place.west, place.south, place.east, place.north]
        if at
        else _outline(f"{place.area[:6]}000000"),
        "hint": "" if at else _("No outline is published; its county is shown."),
    }


def _area(coded: Any) -> dict[str, Any]:
    """The area an address was coded to."""
    sure = _("sure to")
    return {
        "name": " ".join(step.area.name for step in coded.steps),
        "note": f"{coded.code} · {sure} {share(coded.confidence, 1)}",
        "layer": "",
        "id": "",
        "box": _outline(f"{coded.code[:6]}000000"),
        "hint": _("No outline is published; its county is shown."),
    }


def _outline(code: str) -> list[float] | None:
    """The bounds of a county's outline."""
    for area, outline in region.counties():
        if area.code == code and outline and outline.geometry["type"] != "Point":
            points = [point for ring in ground.rings(outline.geometry) for point in ring]
            east, north = max(x for x, _y in points), max(y for _x, y in points)
            return [min(x for x, _y in points), min(y for _x, y in points), east, north]
    return None
