"""Indicators by year: what the last computation of each year said."""

from datetime import datetime

from xilin.kernel.indicators.models import IndicatorRun, IndicatorValue
from xilin.kernel.indicators.pipeline import COUNTY_TAIL


def years() -> list[int]:
    """The years in which indicators were computed, newest first."""
    found = IndicatorRun.objects.order_by().datetimes("computed_at", "year", order="DESC")
    return [at.year for at in found]


def in_year(code: str, year: int) -> tuple[dict[str, float], datetime | None, str]:
    """An indicator's values by county as last computed in a year, of data up to when, from which resource."""
    rows = IndicatorValue.objects.filter(
        indicator=code,
        run__computed_at__year=year,
        value__isnull=False,
        period="",
        area__endswith=COUNTY_TAIL,
    )
    newest = rows.order_by("-run__computed_at", "-run").values_list("run", flat=True).first()
    if newest is None:
        return {}, None, ""
    found = list(rows.filter(run=newest).order_by("area"))
    return (
        {row.area: float(row.value or 0) for row in found},
        max((row.as_of for row in found if row.as_of), default=None),
        found[0].resource,
    )
