"""Reading indicators: the latest figures, their series, their breakdown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from xilin.kernel.indicators.declarations import Indicator, Reported, ReportText
from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue
from xilin.kernel.indicators.pipeline import COUNTY_DIGITS, COUNTY_TAIL
from xilin.kernel.standards.models import Declaration
from xilin.kernel.standards.queries import declared


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator and its latest value for the whole region, of data collected up to `as_of`."""

    indicator: Indicator
    value: float | None
    computed_at: datetime | None
    resource: str
    batches: tuple[int, ...]
    as_of: datetime | None = None

    def shown(self, language: str = "zh") -> str:
        """The value with its decimals and thousands separators, "—" where there is none."""
        return "—" if self.value is None else f"{self.value:,.{self.indicator.decimals}f}"


def latest_run() -> IndicatorRun | None:
    """The newest computation, or None before the first."""
    return IndicatorRun.objects.first()


def runs(most: int) -> list[tuple[IndicatorRun, int]]:
    """The newest computations, newest first, each with the number of its figures of the whole region."""
    found = list(IndicatorRun.objects.all()[:most])
    rows = IndicatorValue.objects.filter(run__in=[run.pk for run in found], area="", period="").order_by()
    counted = dict(rows.values_list("run").annotate(figures=Count("pk")))
    return [(run, counted.get(run.pk, 0)) for run in found]


def latest() -> dict[str, Figure]:
    """Every declared indicator with its latest value, by code."""
    run = latest_run()
    rows: dict[str, IndicatorValue] = {}
    if run:
        rows = {row.indicator: row for row in run.values.filter(area="", period="")}
    return {
        code: Figure(
            indicator,
            rows[code].value if code in rows else None,
            run.computed_at if run and code in rows else None,
            indicator.resource,
            tuple(rows[code].batches) if code in rows else (),
            rows[code].as_of if code in rows else None,
        )
        for code, indicator in declared("indicator").items()
    }


def by_county(code: str) -> dict[str, float]:
    """The latest values of an indicator by county code."""
    run = latest_run()
    if run is None:
        return {}
    rows = run.values.filter(indicator=code, period="", area__endswith=COUNTY_TAIL).order_by("area")
    return {area: value for area, value in rows.values_list("area", "value") if value is not None}


def by_town(code: str, county: str) -> dict[str, float | None]:
    """The latest values of an indicator by the towns of a county; None where so few are concerned that it isn't told."""
    run = latest_run()
    if run is None:
        return {}
    rows = run.values.filter(indicator=code, period="", area__startswith=county[:COUNTY_DIGITS])
    return dict(rows.exclude(area=county).order_by("area").values_list("area", "value"))


def over_time(code: str, area: str = "") -> dict[str, float]:
    """The latest values of an indicator by the periods it is broken down by, oldest first."""
    run = latest_run()
    if run is None:
        return {}
    rows = run.values.filter(indicator=code, area=area).exclude(period="").order_by("period")
    return {period: value for period, value in rows.values_list("period", "value") if value is not None}


def every_value(code: str) -> list[IndicatorValue]:
    """Every value of an indicator's newest computation: by area and by period."""
    run = latest_run()
    return list(run.values.filter(indicator=code).order_by("area", "period")) if run else []


def series(code: str, area: str = "", limit: int = 400) -> list[tuple[datetime, float]]:
    """The values of an indicator over its runs, oldest first."""
    rows = (
        IndicatorValue.objects.filter(indicator=code, area=area, period="", value__isnull=False)
        .order_by("-run__computed_at")
        .values_list("run__computed_at", "value")[:limit]
    )
    return [(at, float(value or 0)) for at, value in reversed(rows)]


def themes() -> dict[str, list[Figure]]:
    """The latest figures grouped by theme (its Chinese name), in the order of their codes."""
    grouped: dict[str, list[Figure]] = {}
    for figure in latest().values():
        grouped.setdefault(figure.indicator.theme.zh, []).append(figure)
    return grouped


def reported() -> list[Reported]:
    """The figures of earlier reports, in the order they are declared in."""
    figures: dict[str, Reported] = declared("reported")
    rows = Declaration.objects.filter(kind="reported", until=None).order_by("file", "line")
    return [figures[code] for code in rows.values_list("code", flat=True)]


def sections() -> list[ReportText]:
    """The sections of the status report, in order."""
    found: dict[str, Any] = declared("report_text")
    return sorted(found.values(), key=lambda section: section.order)
