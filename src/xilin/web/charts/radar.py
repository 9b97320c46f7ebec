"""A radar of a few dimensions, each from 0 to 1."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIZE, RADIUS = 360.0, 108.0


@dataclass(frozen=True, slots=True)
class Spoke:
    """A dimension: where its point and its words stand; `share` is None where it was not measured."""

    name: str
    share: float | None
    shown: str
    x: float
    y: float
    end_x: float
    end_y: float
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Radar:
    """Spokes, rings at a quarter each, and the outline through the points."""

    spokes: list[Spoke]
    rings: list[str]
    outline: str
    size: float = SIZE


def draw(dimensions: Sequence[tuple[str, float | None, str]]) -> Radar:
    """Draw `(name, share from 0 to 1 or None, words of the value)`, the first at the top, clockwise."""
    count = max(len(dimensions), 3)
    angles = [math.tau * index / count - math.pi / 2 for index in range(count)]
    spokes = [
        _spoke(name, share, shown, angle)
        for (name, share, shown), angle in zip(dimensions, angles, strict=False)
    ]
    rings = [_outline([_at(angle, RADIUS * part / 4) for angle in angles]) for part in (1, 2, 3, 4)]
    return Radar(spokes, rings, _outline([(spoke.x, spoke.y) for spoke in spokes]))


def _spoke(name: str, share: float | None, shown: str, angle: float) -> Spoke:
    x, y = _at(angle, RADIUS * min(max(share or 0, 0), 1))
    end = _at(angle, RADIUS)
    # Words are two lines: above the drawing they need room for the second.
    label = _at(angle, RADIUS + (34 if math.sin(angle) < -0.9 else 20))
    side = math.cos(angle)
    anchor = "middle" if abs(side) < 0.2 else "start" if side > 0 else "end"
    return Spoke(name, share, shown, x, y, *end, *label, anchor)


def _at(angle: float, radius: float) -> tuple[float, float]:
    return round(SIZE / 2 + radius * math.cos(angle), 1), round(SIZE * 0.46 + radius * math.sin(angle), 1)


def _outline(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
