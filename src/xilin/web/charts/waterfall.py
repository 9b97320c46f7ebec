"""A waterfall: how steps, one after another, make a sum; and bars to both sides of nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

THINNEST = 0.6
AIR = 0.04


@dataclass(frozen=True, slots=True)
class Bar:
    """A step: where its bar begins and how wide it is, in percent of the width; `kind` colours it."""

    name: str
    said: str
    value: float
    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Bars under one another, with where zero and the mark to be reached stand, in percent."""

    bars: list[Bar]
    total: Bar
    zero: float
    mark: float | None


def draw(
    steps: Sequence[tuple[str, str, float]], *, total: tuple[str, str], mark: float | None = None
) -> Waterfall:
    """Draw steps of (name, words, value), each beginning where the one before ended, and their sum.

    >>> drawn = draw([("start", "", -2), ("name", "", 4)], total=("sum", ""), mark=3)
    >>> [(bar.kind, bar.value) for bar in drawn.bars], drawn.total.value
    ([('against', -2), ('for', 4)], 2)
    """
    ends = [0.0]
    for _name, _said, value in steps:
        ends.append(ends[-1] + value)
    low, high = _span([*ends, 0.0, *([mark] if mark is not None else [])])

    def at(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    def bar(name: str, said: str, value: float, begun: float, kind: str) -> Bar:
        left, right = at(min(begun, begun + value)), at(max(begun, begun + value))
        return Bar(name, said, value, left, max(right - left, THINNEST), kind)

    bars = [
        bar(name, said, value, begun, "for" if value >= 0 else "against")
        for (name, said, value), begun in zip(steps, ends, strict=False)
    ]
    return Waterfall(
        bars, bar(*total, ends[-1], 0.0, "total"), at(0.0), at(mark) if mark is not None else None
    )


def both_sides(steps: Sequence[tuple[str, str, float]], *, reach: float) -> list[Bar]:
    """Bars that all begin at zero in the middle; `reach` is the value at either end.

    >>> [(bar.x, bar.width) for bar in both_sides([("a", "", 5), ("b", "", -10)], reach=10)]
    [(50.0, 25.0), (0.0, 50.0)]
    """
    bars = []
    for name, said, value in steps:
        width = round(min(50 * abs(value) / reach, 50), 2) if reach else 0.0
        kind = "for" if value >= 0 else "against"
        bars.append(Bar(name, said, value, 50.0 if value >= 0 else 50 - width, max(width, THINNEST), kind))
    return bars


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    air = (high - low or 1.0) * AIR
    return low - air, high + air
