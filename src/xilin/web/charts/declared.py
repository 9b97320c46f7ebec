"""A chart that says what it shows and leaves the drawing to others: to the server at once, to a script later.

Words come from the caller in the reader's language; numbers are told by `web.numbers`. The same declaration gives the
still drawing (`plot`), the table that says it all in words, and what `charts.js` hands to ECharts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from xilin.web import numbers

Kind = Literal["line", "area", "bar", "stacked", "scatter", "radar", "calendar", "sankey"]


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a scatter chart."""

    x: float
    y: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """What one colour stands for: a value for each label (None where there is none), or points."""

    name: str
    values: Sequence[float | None] = ()
    points: Sequence[Point] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """So much that goes from one place to another."""

    source: str
    target: str
    value: float


@dataclass(frozen=True, slots=True)
class Goal:
    """A value that is to be reached, or not to be passed."""

    value: float
    name: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows.

    `labels` are what the values of each series belong to: months, places, the spokes of a radar, days `YYYY-MM-DD` of a
    calendar. `over` is what they are in a word ("month"), the heading of the table's first column. `axes` name the two axes
    of a scatter chart. `across` lays bars along the line. `most` is the value at a radar's rim. `zoom` lets one look closer.
    """

    kind: Kind
    name: str
    labels: Sequence[str] = ()
    series: Sequence[Series] = ()
    unit: str = ""
    decimals: int = 0
    over: str = ""
    axes: tuple[str, str] = ("", "")
    links: Sequence[Link] = ()
    goal: Goal | None = None
    across: bool = False
    zoom: bool = False
    most: float | None = None
    note: str = ""
    high: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.links) or any(
            series.points or any(value is not None for value in series.values) for series in self.series
        )


@dataclass(frozen=True, slots=True)
class Table:
    """A chart in words: the heading of each column, and rows whose first cell is what the row is about."""

    heads: list[str]
    rows: list[list[str]]
    figures_from: int = 1
    words: list[str] = field(default_factory=list)


def table(chart: Chart, *, source: str, target: str, series: str) -> Table:
    """The data of a chart as a table; the words name the columns of what flows and of what a point belongs to."""

    def told(value: float | None) -> str:
        return numbers.grouped(value, chart.decimals)

    if chart.kind == "sankey":
        return Table(
            [source, target, chart.unit or chart.name],
            [[link.source, link.target, told(link.value)] for link in chart.links],
            figures_from=2,
        )
    if chart.kind == "scatter":
        several = len(chart.series) > 1
        rows = [
            [*([one.name] if several else []), point.name, told(point.x), told(point.y)]
            for one in chart.series
            for point in one.points
        ]
        return Table([*([series] if several else []), chart.over, *chart.axes], rows, 1 + several)
    rows = [
        [label, *(told(one.values[at] if at < len(one.values) else None) for one in chart.series)]
        for at, label in enumerate(chart.labels)
    ]
    return Table([chart.over, *(one.name for one in chart.series)], rows)


def spec(chart: Chart, language: str) -> dict[str, object]:
    """What `charts.js` needs to draw the chart: the declaration as JSON, and how numbers are told."""
    return {
        "kind": chart.kind,
        "name": chart.name,
        "labels": list(chart.labels),
        "series": [
            {
                "name": one.name,
                "values": list(one.values),
                "points": [[point.x, point.y, point.name] for point in one.points],
            }
            for one in chart.series
        ],
        "links": [[link.source, link.target, link.value] for link in chart.links],
        "unit": chart.unit,
        "decimals": chart.decimals,
        "axes": list(chart.axes),
        "goal": {"value": chart.goal.value, "name": chart.goal.name} if chart.goal else None,
        "across": chart.across,
        "zoom": chart.zoom,
        "most": chart.most,
        "language": language,
        "steps": [list(step) for step in numbers.on_axis(language)],
    }
