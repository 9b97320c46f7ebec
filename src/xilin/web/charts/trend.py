"""A series over time as a line: a small one within a row, a large one with axes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640.0, 260.0, 64.0, 16.0, 16.0, 32.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the series where it stands."""

    x: float
    y: float
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Trend:
    """A line with the values of its horizontal rules."""

    dots: list[Dot]
    path: str
    area: str
    rules: list[tuple[float, float]]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    floor: float = HEIGHT - BOTTOM


def draw(series: Sequence[tuple[datetime, float]], *, whole: bool = False) -> Trend:
    """Draw a series, oldest first; the axis begins at 0 unless all values lie close together. `whole`: of whole numbers."""
    if not series:
        return Trend([], "", "", [])
    ticks = ticks_of([value for _, value in series], 1 if whole else 0)
    low, high = ticks[0], ticks[-1]
    first, last = series[0][0].timestamp(), series[-1][0].timestamp()

    def x(at: datetime) -> float:
        share = (at.timestamp() - first) / (last - first) if last > first else 0.5
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    dots = [Dot(x(at), y(value), at, value) for at, value in series]
    path = "M" + "L".join(f"{dot.x} {dot.y}" for dot in dots)
    area = f"{path}L{dots[-1].x} {HEIGHT - BOTTOM}L{dots[0].x} {HEIGHT - BOTTOM}Z" if len(dots) > 1 else ""
    return Trend(dots, path, area, [(tick, y(tick)) for tick in ticks])


def spark(values: Sequence[float], *, width: float = 96, height: float = 24) -> str:
    """The path of a small line within `width` by `height`; nothing for fewer than two values.

    >>> spark([1, 2], width=10, height=10)
    'M0.0 9.0L10.0 1.0'
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1
    return "M" + "L".join(
        f"{index / (len(values) - 1) * width:.1f} {height - 1 - (value - low) / span * (height - 2):.1f}"
        for index, value in enumerate(values)
    )


def ticks_of(values: Sequence[float], least: float = 0) -> list[float]:
    """Three to six round values that enclose all of these, no closer than `least`."""
    low, high = min(values), max(values)
    low = low if low > 0 and (high - low) < 0.2 * high and high > low else min(low, 0)
    span = (high - low) or abs(high) or 1
    raw = span / 4
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= raw)
    step = max(step, least)
    start = math.floor(low / step)
    count = math.ceil((high - start * step) / step - 1e-9) or 1
    return [round((start + index) * step, 10) for index in range(count + 1)]
