"""Rows of a resource as releases of figures: each row placed in its series and period, or told why it has no place."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import Any

from xilin.kernel.economy import periods
from xilin.kernel.economy.declarations import Dataflow, Dimension
from xilin.lib.text import Text

EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Vintage:
    """One value of a series for a period, with its release."""

    key: str
    period: periods.Period
    value: float | None
    status: str
    released_at: datetime
    source: str
    batch: int | None


@dataclass
class Placed:
    """The releases found in rows, and what had no place: counts by reason, the first few in words."""

    vintages: list[Vintage] = field(default_factory=list)
    unplaced: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, reason: str, found: object) -> None:
        """Count a row that has no place."""
        self.unplaced[reason] += 1
        if len(self.examples) < EXAMPLES:
            said = REASONS[reason].filled({"found": found})
            self.examples.append({"zh": said.zh, "en": said.en})


REASONS = {
    "period": Text(zh="报告期“{found}”无法识别。", en="{found} is no period."),
    "code": Text(zh="“{found}”不是数据流的代码。", en="{found} is not a code of the dataflow's dimension."),
    "figure": Text(
        zh="指标“{found}”未在数据流中声明。", en="Figure {found} is not declared in the dataflow."
    ),
    "unit": Text(zh="单位与声明不符：{found}。", en="The unit is not the declared one: {found}."),
    "value": Text(zh="没有数值：{found}。", en="There is no value: {found}."),
}


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes each dimension of a dataflow may have, by its id."""

    by_dimension: Mapping[str, Collection[str]]


def place(
    rows: Iterable[Mapping[str, Any]], flow: Dataflow, codes: Codes, at: datetime, zone: tzinfo
) -> Placed:
    """The releases in the rows of a dataflow's resource.

    A resource may feed several dataflows: rows of figures that this one doesn't declare are another's, and are left to it.

    Args:
        rows: with the dataflow's columns, `_source` and `_batch`.
        at: when a row was released that doesn't say so.
        zone: of the days of release.
    """
    placed = Placed()
    figures = {figure.item: figure for figure in flow.figure}
    at_figure = flow.dimension[flow.position("figure")].column
    for row in rows:
        figure = figures.get(row[at_figure])
        if figure is None:
            continue
        period = periods.read(str(row[flow.period]))
        if period is None:
            placed.refuse("period", row[flow.period])
        elif row[flow.value] is None:
            placed.refuse("value", f"{figure.name.zh} {period.text}")
        elif flow.unit and row[flow.unit] != figure.unit.zh:
            placed.refuse("unit", f"{row[flow.unit]} ≠ {figure.unit.zh}")
        elif (key := _key(row, flow, period, figure.id, codes, placed)) is not None:
            status = str(row[flow.status]) if flow.status else "A"
            released = _moment(row[flow.released] if flow.released else None, at, zone)
            placed.vintages.append(
                Vintage(key, period, float(row[flow.value]), status, released, row["_source"], row["_batch"])
            )
    return placed


def _key(
    row: Mapping[str, Any],
    flow: Dataflow,
    period: periods.Period,
    figure: str,
    codes: Codes,
    placed: Placed,
) -> str | None:
    """The codes of a row in the order of the dimensions, or None where one of them is none of the dataflow's."""
    found = []
    for dimension in flow.dimension:
        code = _code(row, dimension, period, figure)
        if code not in codes.by_dimension[dimension.id]:
            placed.refuse("code", f"{dimension.id}={code}")
            return None
        found.append(code)
    return ".".join(found)


def _code(row: Mapping[str, Any], dimension: Dimension, period: periods.Period, figure: str) -> str:
    if dimension.of == "frequency":
        return period.frequency
    if dimension.of == "figure":
        return figure
    return str(row[dimension.column] or dimension.total)


def _moment(found: object, at: datetime, zone: tzinfo) -> datetime:
    """When a row was released: the start of its day in the platform's time zone."""
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=zone)
    if isinstance(found, date):
        return datetime.combine(found, time(), zone)
    return at
