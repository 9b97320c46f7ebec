"""One indicator down to its banners and towns, and along time; and the same as rows for programs."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import region
from xilin.apps.portal.queries.figures import figure
from xilin.kernel.indicators import queries as indicators
from xilin.kernel.indicators.pipeline import county_of, town_of
from xilin.kernel.indicators.queries import Figure
from xilin.lib.errors import NotFound
from xilin.web.charts import choropleth
from xilin.web.charts.declared import Chart, Series
from xilin.web.keeping import kept
from xilin.web.templatetags.xilin import own

COLUMNS = ("indicator", "name", "unit", "area", "area_name", "level", "period", "value", "note")


@dataclass(frozen=True, slots=True)
class Row:
    """An area's value; None where so few are concerned that it isn't told."""

    code: str
    name: str
    value: float | None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Drilled:
    """An indicator at an area: its value there, the areas below, the map, its course over periods and over runs."""

    figure: Figure
    area: str
    name: str
    value: float | None
    hidden: bool
    above: list[tuple[str, str]]
    below: list[Row]
    below_kind: str
    highest: float
    total: float | None
    map: choropleth.Map | None
    periods: Chart | None
    runs: Chart | None

    @property
    def added_up(self) -> bool:
        """Whether the areas below are parts of a sum, so that their shares mean something."""
        return self.figure.indicator.formula in ("count", "sum", "entities") and bool(self.total)


@kept
def drilled(code: str, area: str) -> Drilled:
    """An indicator at the whole region (""), a county or a town. Raises NotFound."""
    one = figure(code)
    counties = indicators.by_county(code)
    names = region.county_names()
    county = county_of(area) if area else ""
    if county and county not in names:
        raise NotFound(kind=_("area"), name=area)
    towns = indicators.by_town(code, county) if county and one.indicator.by == "town" else {}
    town = town_of(area) if area else ""
    if town and town not in towns:
        raise NotFound(kind=_("area"), name=area)
    value = towns[town] if town else counties.get(county) if county else one.value
    below = _counties(code, counties, names) if not county else [] if town else _towns(code, towns)
    return Drilled(
        figure=one,
        area=town or county,
        name=region.area_name(town or county) if county else _whole(),
        value=value,
        hidden=bool(town) and value is None,
        above=_above(code, county, town),
        below=below,
        below_kind=_("Banners and counties") if not county else _("Sums, towns and sub-districts"),
        highest=max((row.value or 0 for row in below), default=0),
        total=counties.get(county) if county else one.value,
        map=_map(one, counties) if counties and not county else None,
        periods=_periods(one, town or county),
        runs=_runs(one, town or county),
    )


def _whole() -> str:
    return region.name() or _("the whole region")


def _page(code: str, area: str = "") -> str:
    page = reverse("portal:indicator", args=[code])
    return f"{page}?area={area}" if area else page


def _above(code: str, county: str, town: str) -> list[tuple[str, str]]:
    found = [(_whole(), _page(code))] if county else []
    return found + ([(region.area_name(county), _page(code, county))] if town else [])


def _counties(code: str, values: dict[str, float], names: dict[str, str]) -> list[Row]:
    rows = [
        Row(area, names[area], value, _page(code, area)) for area, value in values.items() if area in names
    ]
    return sorted(rows, key=lambda row: (-(row.value or 0), row.code))


def _towns(code: str, values: dict[str, float | None]) -> list[Row]:
    rows = [Row(area, region.area_name(area), value, _page(code, area)) for area, value in values.items()]
    return sorted(rows, key=lambda row: (row.value is None, -(row.value or 0), row.code))


def _map(one: Figure, values: dict[str, float]) -> choropleth.Map:
    href = f"{_page(one.indicator.code)}?area={{code}}"
    return region.map_of(values, href=href, decimals=one.indicator.decimals)


def _periods(one: Figure, area: str) -> Chart | None:
    told = _("By year") if one.indicator.per == "year" else _("By month")
    return _course(one, told, indicators.over_time(one.indicator.code, area).items())


def _runs(one: Figure, area: str) -> Chart | None:
    series = indicators.series(one.indicator.code, area)
    told = [(f"{timezone.localtime(at):%Y-%m-%d %H:%M}", value) for at, value in series]
    return _course(one, _("Each computation"), told)


def _course(one: Figure, name: str, told: Iterable[tuple[str, float]]) -> Chart | None:
    values = dict(told)
    if len(values) < 2:
        return None
    return Chart(
        "line",
        name,
        list(values),
        [Series(one.indicator.name.of(get_language() or ""), list(values.values()))],
        unit=own(one.indicator.unit),
        decimals=one.indicator.decimals,
        over=_("Period"),
        zoom=len(values) > 36,
    )


def rows(code: str) -> Iterator[dict[str, Any]]:
    """Every value of an indicator's newest computation, as programs read it."""
    one = figure(code).indicator
    for value in indicators.every_value(code):
        known = region.area(value.area)
        few = value.value is None
        yield {
            "indicator": code,
            "name": one.name.zh,
            "unit": one.unit.zh,
            "area": value.area,
            "area_name": known.name if known else "",
            "level": known.level if known else "",
            "period": value.period,
            "value": value.value,
            "note": f"<{one.least} / 少于{one.least}，不公布" if few else "",
        }


def as_csv(code: str) -> str:
    """The rows as CSV, with a mark that tells spreadsheets it is UTF-8."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows(code))
    return f"\ufeff{out.getvalue()}"


def as_json(code: str) -> dict[str, Any]:
    """The rows with the definition, the source and the date they stand on."""
    one = figure(code)
    told = one.indicator
    return {
        "code": code,
        "name": {"zh": told.name.zh, "en": told.name.en},
        "definition": {"zh": told.definition.zh, "en": told.definition.en},
        "unit": {"zh": told.unit.zh, "en": told.unit.en},
        "formula": told.formula,
        "resource": one.resource or None,
        "registry": told.registry or None,
        "least": told.least or None,
        "as_of": one.as_of,
        "computed_at": one.computed_at,
        "batches": list(one.batches),
        "values": [
            {name: row[name] for name in ("area", "area_name", "level", "period", "value")}
            for row in rows(code)
        ],
    }
