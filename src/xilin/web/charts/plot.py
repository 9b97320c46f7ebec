"""The still drawing of a declared chart: geometry in shares of a field that is stretched to its place.

Words stand beside the field as text of the page, so that they keep their size, can be selected, and run their own way.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from xilin.web import numbers
from xilin.web.charts import radar
from xilin.web.charts.declared import Chart
from xilin.web.charts.trend import ticks_of

SIDE = 1000.0
COLOURS = 8
MOST_LABELS = 8
CELL = 14.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A shape of a series, with what it says."""

    shade: str
    path: str
    kind: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A word at an axis; `shown` is False where there would be too many."""

    text: str
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """A word within a drawing that isn't stretched."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Row:
    """A label with its bar along the line."""

    name: str
    told: str
    marks: list[Mark]


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing: its marks, rules at these heights with their values, and labels below."""

    marks: list[Mark]
    ticks: list[tuple[float, float]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    along: list[float] = field(default_factory=list)
    goal: float | None = None
    words: list[Words] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    width: float = SIDE
    height: float = SIDE
    top: float = 0.0
    downwards: bool = False

    @property
    def decimals(self) -> int:
        """How many decimals tell the ticks apart."""
        values = [*(value for value, _ in self.ticks), *self.along]
        return max((len(f"{value:.4f}".rstrip("0").partition(".")[2]) for value in values), default=0)


def shade(index: int) -> str:
    """The class of a series' colour.

    >>> shade(0), shade(8)
    ('s1', 's1')
    """
    return f"s{index % COLOURS + 1}"


def draw(chart: Chart, *, downwards: bool = False) -> Plot:
    """The still drawing of a chart; `downwards` where the words around it run so."""
    if chart.kind == "radar":
        return _radar(chart, downwards=downwards)
    if chart.kind == "calendar":
        return _calendar(chart)
    if chart.kind == "sankey":
        return _sankey(chart)
    if chart.across:
        return _across(chart)
    return _scatter(chart) if chart.kind == "scatter" else _cartesian(chart)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _labels(texts: Sequence[str]) -> list[Label]:
    every = -(-len(texts) // MOST_LABELS)
    return [Label(text, at % every == 0) for at, text in enumerate(texts)]


def _scale(values: Sequence[float], *, from_zero: bool) -> list[float]:
    return ticks_of([*values, *([0.0] if from_zero else [])] or [0.0])


def _height(value: float, ticks: Sequence[float]) -> float:
    return SIDE - (value - ticks[0]) / (ticks[-1] - ticks[0]) * SIDE


def _cartesian(chart: Chart) -> Plot:
    stacks = _stacks(chart) if chart.kind == "stacked" else []
    found = [value for one in chart.series for value in one.values if value is not None]
    if stacks:
        found = [top for row in stacks for _, top in row if top is not None]
    if chart.goal:
        found.append(chart.goal.value)
    ticks = _scale(found, from_zero=chart.kind != "line")
    marks = _lines(chart, ticks) if chart.kind in {"line", "area"} else _bars(chart, ticks, stacks)
    return Plot(
        marks,
        [(tick, _height(tick, ticks)) for tick in ticks],
        _labels(chart.labels),
        goal=_height(chart.goal.value, ticks) if chart.goal else None,
    )


def _stacks(chart: Chart) -> list[list[tuple[float, float | None]]]:
    """For each series the bottom and top of its bar at each label; what is below zero is stacked downwards."""
    up: dict[int, float] = defaultdict(float)
    down: dict[int, float] = defaultdict(float)
    rows = []
    for one in chart.series:
        row: list[tuple[float, float | None]] = []
        for at, value in enumerate(one.values):
            side = up if (value or 0) >= 0 else down
            row.append((side[at], None if value is None else side[at] + value))
            side[at] += value or 0
        rows.append(row)
    return rows


def _lines(chart: Chart, ticks: Sequence[float]) -> list[Mark]:
    step = SIDE / max(len(chart.labels), 1)
    marks = []
    for index, one in enumerate(chart.series):
        runs: list[list[tuple[float, float]]] = [[]]
        for at, value in enumerate(one.values):
            if value is None:
                runs.append([])
            else:
                runs[-1].append(((at + 0.5) * step, _height(value, ticks)))
        for run in filter(None, runs):
            path = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in run)
            if chart.kind == "area":
                floor = _n(_height(max(ticks[0], 0), ticks))
                marks.append(
                    Mark(shade(index), f"{path}L{_n(run[-1][0])} {floor}L{_n(run[0][0])} {floor}Z", "area")
                )
            marks.append(Mark(shade(index), path, "line"))
        marks.extend(
            Mark(
                shade(index),
                f"M{_n((at + 0.5) * step)} {_n(_height(value, ticks))}h0",
                "dot",
                _said(chart, index, at),
            )
            for at, value in enumerate(one.values)
            if value is not None
        )
    return marks


def _bars(chart: Chart, ticks: Sequence[float], stacks: list[list[tuple[float, float | None]]]) -> list[Mark]:
    step = SIDE / max(len(chart.labels), 1)
    beside = 1 if stacks else max(len(chart.series), 1)
    width = step * (0.62 if beside == 1 else 0.76) / beside
    marks = []
    for index, one in enumerate(chart.series):
        for at, value in enumerate(one.values):
            bottom, top = stacks[index][at] if stacks else (max(ticks[0], 0.0), value)
            if top is None:
                continue
            x = (at + 0.5) * step - width * beside / 2 + (0 if stacks else index * width)
            y, floor = sorted((_height(top, ticks), _height(bottom, ticks)))
            path = f"M{_n(x)} {_n(y)}h{_n(width)}V{_n(floor)}h{_n(-width)}Z"
            marks.append(Mark(shade(index), path, "bar", _said(chart, index, at)))
    return marks


def _across(chart: Chart) -> Plot:
    """Bars along the line: those of one label stand one after another if they are stacked, else one below another."""
    found = [value or 0 for one in chart.series for value in one.values]
    stacked = chart.kind == "stacked"
    sums = [sum(one.values[at] or 0 for one in chart.series) for at in range(len(chart.labels))]
    most = max(sums if stacked else found, default=0) or 1
    rows = []
    for at, label in enumerate(chart.labels):
        marks, x, high = [], 0.0, 10.0 if stacked else 10.0 / max(len(chart.series), 1)
        for index, one in enumerate(chart.series):
            width = max(one.values[at] or 0, 0) / most * SIDE
            y = 0.0 if stacked else index * high
            marks.append(
                Mark(
                    shade(index),
                    f"M{_n(x)} {_n(y)}h{_n(width)}v{_n(high)}h{_n(-width)}Z",
                    "bar",
                    _said(chart, index, at),
                )
            )
            x += width if stacked else 0
        told = " · ".join(numbers.grouped(one.values[at], chart.decimals) for one in chart.series)
        rows.append(Row(label, told, marks))
    return Plot([], rows=rows)


def _said(chart: Chart, index: int, at: int) -> str:
    one = chart.series[index]
    name = f" · {one.name}" if len(chart.series) > 1 else ""
    label = chart.labels[at] if at < len(chart.labels) else ""
    return f"{label}{name}: {numbers.grouped(one.values[at], chart.decimals)}{chart.unit}"


def _scatter(chart: Chart) -> Plot:
    points = [point for one in chart.series for point in one.points]
    if not points:
        return Plot([])
    ticks = ticks_of([point.y for point in points])
    along = ticks_of([point.x for point in points])
    marks = [
        Mark(
            shade(index),
            f"M{_n(SIDE - _height(point.x, along))} {_n(_height(point.y, ticks))}h0",
            "spot",
            f"{point.name} {point.x:g}, {point.y:g}".strip(),
        )
        for index, one in enumerate(chart.series)
        for point in one.points
    ]
    return Plot(marks, [(tick, _height(tick, ticks)) for tick in ticks], along=along)


def _radar(chart: Chart, *, downwards: bool) -> Plot:
    most = chart.most or max((value or 0 for one in chart.series for value in one.values), default=0) or 1
    marks: list[Mark] = []
    words: list[Words] = []
    box = (0.0, 0.0, radar.SIZE, radar.HEIGHT)
    for index, one in enumerate(chart.series):
        drawn = radar.draw(
            [
                (label, None if value is None else value / most, "")
                for label, value in zip(chart.labels, one.values, strict=False)
            ],
            downwards=downwards,
        )
        if not marks:
            marks = [
                Mark("", "M" + "L".join(ring.split()).replace(",", " ") + "Z", "rule") for ring in drawn.rings
            ]
            centre = f"M{radar.SIZE / 2} {_n(radar.SIZE * 0.46)}"
            marks += [Mark("", f"{centre}L{spoke.end_x} {spoke.end_y}", "rule") for spoke in drawn.spokes]
            box = drawn.box
            words = [
                Words(x, y + (0 if downwards else 4), text, spoke.anchor)
                for spoke in drawn.spokes
                for x, y, text in spoke.lines
            ]
        marks.append(
            Mark(
                shade(index), "M" + "L".join(drawn.outline.split()).replace(",", " ") + "Z", "shape", one.name
            )
        )
    return Plot(marks, words=words, width=box[2], height=box[3], top=box[1], downwards=downwards)


def _calendar(chart: Chart) -> Plot:
    days = [date.fromisoformat(label) for label in chart.labels]
    if not days:
        return Plot([])
    values = chart.series[0].values if chart.series else ()
    most = max((value or 0 for value in values), default=0) or 1
    first = min(days) - timedelta(days=min(days).weekday())
    marks: list[Mark] = []
    words: list[Words] = []
    for at, (day, value) in enumerate(zip(days, values, strict=False)):
        week, weekday = divmod((day - first).days, 7)
        x, y = week * CELL, 18 + weekday * CELL
        level = "qn" if value is None else f"q{min(int(5 * value / most), 4)}"
        marks.append(Mark(level, f"M{_n(x)} {_n(y)}h12v12h-12Z", "cell", _said(chart, 0, at)))
        if day.day == 1 or at == 0:
            words.append(Words(x, 11, f"{day:%Y-%m}"))
    # The first month's name gives way to the next where they would touch.
    words = [
        word
        for word, after in zip(words, [*words[1:], None], strict=True)
        if not after or after.x - word.x > 50
    ]
    weeks = (max(days) - first).days // 7 + 1
    return Plot(marks, words=words, width=max(weeks * CELL, 60), height=18 + 7 * CELL)


def _sankey(chart: Chart) -> Plot:
    width, height, thick, gap = 960.0, 320.0, 10.0, 10.0
    names = list(dict.fromkeys(name for link in chart.links for name in (link.source, link.target)))
    if not names:
        return Plot([])
    layer = _layers(chart, names)
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for link in chart.links:
        into[link.target] += link.value
        out[link.source] += link.value
    size = {name: max(into[name], out[name]) for name in names}
    last = max(layer.values()) or 1
    columns = [[name for name in names if layer[name] == at] for at in range(last + 1)]
    scale = min(
        (height - gap * (len(column) - 1)) / (sum(size[name] for name in column) or 1)
        for column in columns
        if column
    )
    top: dict[str, float] = {}
    for column in columns:
        used = sum(size[name] for name in column) * scale + gap * (len(column) - 1)
        y = (height - used) / 2
        for name in column:
            top[name] = y
            y += size[name] * scale + gap
    # Words of the last column need room at the end.
    run = width - 170 - thick

    def x_of(name: str) -> float:
        return layer[name] / last * run

    marks = []
    left, right = dict(top), dict(top)
    for link in chart.links:
        thickness = link.value * scale
        x1, x2 = x_of(link.source) + thick, x_of(link.target)
        y1, y2 = right[link.source], left[link.target]
        right[link.source] += thickness
        left[link.target] += thickness
        bend = _n((x1 + x2) / 2)
        path = (
            f"M{_n(x1)} {_n(y1)}C{bend} {_n(y1)} {bend} {_n(y2)} {_n(x2)} {_n(y2)}v{_n(thickness)}"
            f"C{bend} {_n(y2 + thickness)} {bend} {_n(y1 + thickness)} {_n(x1)} {_n(y1 + thickness)}Z"
        )
        said = f"{link.source} → {link.target}: {numbers.grouped(link.value, chart.decimals)}{chart.unit}"
        marks.append(Mark(shade(names.index(link.source)), path, "band", said))
    marks += [
        Mark(
            shade(at),
            f"M{_n(x_of(name))} {_n(top[name])}h{thick}v{_n(max(size[name] * scale, 1))}h-{thick}Z",
            "bar",
            name,
        )
        for at, name in enumerate(names)
    ]
    words = [Words(x_of(name) + thick + 6, top[name] + size[name] * scale / 2 + 4, name) for name in names]
    return Plot(marks, words=words, width=width, height=height)


def _layers(chart: Chart, names: Sequence[str]) -> dict[str, int]:
    """How many steps each place is from where it all comes from; links that lead back count for nothing."""
    layer = dict.fromkeys(names, 0)
    for _ in names:
        for link in chart.links:
            if layer[link.target] <= layer[link.source] < len(names) - 1:
                layer[link.target] = layer[link.source] + 1
    return layer
