"""Compute every declared indicator from the rows in force and the registries."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from xilin.kernel.collect.queries import batches, current
from xilin.kernel.indicators.declarations import Indicator
from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue
from xilin.kernel.indicators.pipeline import county_of, few, figures, over_time, ratio, town_of
from xilin.kernel.registry import queries as registry
from xilin.kernel.standards.models import Area
from xilin.kernel.standards.queries import current_version, declared


@dataclass
class Found:
    """The values of an indicator by area ("" is the whole), by area and period, and what they came from."""

    values: dict[str, float | None]
    batches: list[int] = field(default_factory=list)
    as_of: datetime | None = None
    periods: dict[tuple[str, str], float] = field(default_factory=dict)


def compute(con: Any, *, at: datetime) -> IndicatorRun:
    """Compute and keep all indicators; a figure whose data isn't there yet is left out.

    `con` is an Ibis connection to the lake's engine.
    """
    begun = time.monotonic()
    indicators: dict[str, Indicator] = declared("indicator")
    found = _of_resources(con, indicators) | _of_registries(indicators)
    found |= _of_areas(indicators, timezone.localdate(at))
    found |= _ratios(indicators, found)
    return _keep(indicators, found, at, time.monotonic() - begun)


def _of_resources(con: Any, indicators: dict[str, Indicator]) -> dict[str, Found]:
    found = {}
    for code, resource in declared("resource").items():
        ours = [i for i in indicators.values() if i.resource == code]
        table = current(con, code) if ours else None
        if table is None:
            continue
        ids = sorted(table.select("_batch").distinct().to_pyarrow()["_batch"].to_pylist())
        as_of = _newest(ids)
        periods = over_time(table, ours, resource.area_column)
        for name, values in figures(table, ours, resource.area_column).items():
            found[name] = Found(values, ids, as_of, periods.get(name, {}))
    return found


def _of_registries(indicators: dict[str, Indicator]) -> dict[str, Found]:
    found = {}
    for code, indicator in indicators.items():
        run = registry.latest_run(indicator.registry) if indicator.formula == "entities" else None
        if run is None:
            continue
        values: dict[str, float | None] = {"": float(registry.count(indicator.registry))}
        if indicator.by and indicator.column:
            counted = registry.count_by(indicator.registry, indicator.column)
            values |= _summed(counted, county_of)
            if indicator.by == "town":
                towns = _summed(counted, town_of)
                values |= towns | dict.fromkeys(few(towns, indicator.least))
        ids = sorted(int(batch) for batch in run.batches.values())
        found[code] = Found(values, ids, _newest(ids) or run.finished_at)
    return found


def _summed(counted: dict[str, int], of: Callable[[str], str]) -> dict[str, int]:
    """Counts by area put together by what the areas lie in; those without are left out."""
    found: Counter[str] = Counter()
    for area, number in counted.items():
        if area and (around := of(area)):
            found[around] += number
    return dict(found)


def _of_areas(indicators: dict[str, Indicator], on: date) -> dict[str, Found]:
    """Areas in force on a day."""
    version = current_version()
    begun = Q(valid_from=None) | Q(valid_from__lte=on)
    areas = Area.objects.filter(begun, Q(valid_to=None) | Q(valid_to__gte=on))
    return {
        code: Found(
            {"": float(areas.filter(level=indicator.area_level).count())},
            as_of=version.applied_at if version else None,
        )
        for code, indicator in indicators.items()
        if indicator.formula == "areas"
    }


def _ratios(indicators: dict[str, Indicator], found: dict[str, Found]) -> dict[str, Found]:
    """Ratios of what was found; they are as old as the older of their parts."""
    ratios = {}
    for code, indicator in indicators.items():
        over, under = found.get(indicator.numerator), found.get(indicator.denominator)
        if indicator.formula == "ratio" and over and under:
            dates = [part.as_of for part in (over, under) if part.as_of]
            ratios[code] = Found(
                {**ratio(over.values, under.values, indicator.scale)},
                sorted({*over.batches, *under.batches}),
                min(dates, default=None),
                ratio(over.periods, under.periods, indicator.scale),
            )
    return ratios


def _newest(ids: list[int]) -> datetime | None:
    """When the newest of some batches was finished."""
    newest: datetime | None = batches().filter(pk__in=ids).aggregate(end=Max("finished_at"))["end"]
    return newest


@transaction.atomic
def _keep(
    indicators: dict[str, Indicator], found: dict[str, Found], at: datetime, seconds: float
) -> IndicatorRun:
    version = current_version()
    run = IndicatorRun.objects.create(
        computed_at=at, league_version=version.number if version else 0, seconds=seconds
    )
    # A town that no list of areas knows is a mistake of its source: its rows count in the county.
    towns = set(Area.objects.filter(level="town").values_list("code", flat=True))
    IndicatorValue.objects.bulk_create(
        [
            IndicatorValue(
                run=run,
                indicator=code,
                area=area,
                period=period,
                value=value,
                resource=indicators[code].resource,
                batches=one.batches,
                as_of=one.as_of,
            )
            for code, one in found.items()
            for (area, period), value in _placed(one)
            if not town_of(area) or area in towns
        ],
        batch_size=2000,
    )
    return run


def _placed(one: Found) -> Iterator[tuple[tuple[str, str], float | None]]:
    for area, value in one.values.items():
        yield (area, ""), value
    yield from one.periods.items()
