"""Released figures that several tests ask for: two years by county and industry, a year revised, growth."""

from datetime import UTC, date, datetime

from economy_league import FIRST, LEAGUE, SECOND, collected
from xilin.kernel.economy.actions import release

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def row(
    value,
    *,
    period="2024年",
    area=FIRST,
    item="生产总值",
    industry=None,
    unit="万元",
    status="P",
    on="2025-01-20",
):
    return (period, area, item, industry, value, unit, status, date.fromisoformat(on))


ROWS = [
    row(100.25),
    row(103.5, status="R", on="2025-09-30"),
    row(90, period="2023年", status="A", on="2024-12-20"),
    row(60.5, industry="A"),
    row(39.75, industry="B"),
    row(25, period="2024年1季度"),
    row(26, period="2024年2季度", on="2025-02-20"),
    row(7, area=SECOND, status="A"),
    row(110.5, area=LEAGUE),
    row(11.4, item="增速", unit="%"),
]


def standing(con):
    """Release them."""
    collected(1, ROWS)
    release(con, at=AT)
