"""Compute every declared indicator from the rows in force and the registries."""

import time
from datetime import datetime
from typing import Any

from django.db import transaction

from xilin.kernel.collect.queries import current
from xilin.kernel.indicators.declarations import Indicator
from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue
from xilin.kernel.indicators.pipeline import COUNTY_DIGITS, COUNTY_TAIL, figures
from xilin.kernel.registry import queries as registry
from xilin.kernel.standards.models import Area
from xilin.kernel.standards.queries import current_version, declared

Figures = dict[str, dict[str, float]]


def compute(con: Any, *, at: datetime) -> IndicatorRun:
    """Compute and keep all indicators; a figure whose data isn't there yet is left out.

    `con` is an Ibis connection to the lake's engine.
    """
    begun = time.monotonic()
    indicators: dict[str, Indicator] = declared("indicator")
    found: Figures = {}
    batches: dict[str, list[int]] = {}
    _of_resources(con, indicators, found, batches)
    _of_registries(indicators, found)
    for code, indicator in indicators.items():
        if indicator.formula == "areas":
            found[code] = {"": float(Area.objects.filter(level=indicator.area_level, valid_to=None).count())}
    _ratios(indicators, found)
    return _keep(indicators, found, batches, at, time.monotonic() - begun)


def _of_resources(
    con: Any, indicators: dict[str, Indicator], found: Figures, batches: dict[str, list[int]]
) -> None:
    resources = declared("resource")
    for code, resource in resources.items():
        ours = [i for i in indicators.values() if i.resource == code]
        table = current(con, code) if ours else None
        if table is None:
            continue
        found.update(figures(table, ours, resource.area_column))
        ids = table.select("_batch").distinct().to_pyarrow()["_batch"].to_pylist()
        batches[code] = sorted(ids)


def _of_registries(indicators: dict[str, Indicator], found: Figures) -> None:
    for code, indicator in indicators.items():
        if indicator.formula != "entities":
            continue
        found[code] = {"": float(registry.count(indicator.registry))}
        if indicator.by == "county" and indicator.column:
            for area, number in registry.count_by(indicator.registry, indicator.column).items():
                if area:
                    county = area[:COUNTY_DIGITS] + COUNTY_TAIL
                    found[code][county] = found[code].get(county, 0) + number


def _ratios(indicators: dict[str, Indicator], found: Figures) -> None:
    for code, indicator in indicators.items():
        if indicator.formula == "ratio":
            over, under = found.get(indicator.numerator, {}), found.get(indicator.denominator, {})
            found[code] = {
                area: over[area] / under[area] * indicator.scale for area in over if under.get(area)
            }


@transaction.atomic
def _keep(
    indicators: dict[str, Indicator],
    found: Figures,
    batches: dict[str, list[int]],
    at: datetime,
    seconds: float,
) -> IndicatorRun:
    version = current_version()
    run = IndicatorRun.objects.create(
        computed_at=at, league_version=version.number if version else 0, seconds=seconds
    )
    IndicatorValue.objects.bulk_create(
        [
            IndicatorValue(
                run=run,
                indicator=code,
                area=area,
                value=value,
                resource=indicators[code].resource,
                batches=batches.get(indicators[code].resource, []),
            )
            for code, areas in found.items()
            for area, value in areas.items()
        ],
        batch_size=2000,
    )
    return run
