"""A radar of a few dimensions, each from 0 to 1; where lines run downwards its words do so too."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIZE, HEIGHT, RADIUS = 360.0, 330.0, 108.0
LINE = 17.0
# Above and below the drawing words that run downwards want their length.
LENGTH = 84.0


@dataclass(frozen=True, slots=True)
class Spoke:
    """A dimension: where its point and its words stand; `share` is None where it was not measured.

    `lines` are its words line by line, x and y of each; `anchor` says which end of a line stands there.
    """

    name: str
    share: float | None
    shown: str
    x: float
    y: float
    end_x: float
    end_y: float
    anchor: str
    lines: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class Radar:
    """Spokes, rings at a quarter each, and the outline through the points."""

    spokes: list[Spoke]
    rings: list[str]
    outline: str
    downwards: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """What of the drawing is shown: x, y, width and height."""
        return (0, -LENGTH, SIZE, HEIGHT + 1.6 * LENGTH) if self.downwards else (0, 0, SIZE, HEIGHT)


def draw(dimensions: Sequence[tuple[str, float | None, str]], *, downwards: bool = False) -> Radar:
    """Draw `(name, share from 0 to 1 or None, words of the value)`, the first at the top, clockwise."""
    count = max(len(dimensions), 3)
    angles = [math.tau * index / count - math.pi / 2 for index in range(count)]
    spokes = [
        _spoke(name, share, shown, angle, downwards=downwards)
        for (name, share, shown), angle in zip(dimensions, angles, strict=False)
    ]
    rings = [_outline([_at(angle, RADIUS * part / 4) for angle in angles]) for part in (1, 2, 3, 4)]
    return Radar(spokes, rings, _outline([(spoke.x, spoke.y) for spoke in spokes]), downwards)


def _spoke(name: str, share: float | None, shown: str, angle: float, *, downwards: bool) -> Spoke:
    x, y = _at(angle, RADIUS * min(max(share or 0, 0), 1))
    end = _at(angle, RADIUS)
    told = [words for words in (name, shown) if words]
    across, along = math.cos(angle), math.sin(angle)
    if downwards:
        # A line is a column: above the drawing it ends at the rim, below it begins there, beside it lies in the middle.
        anchor = "middle" if abs(along) < 0.7 else "start" if along > 0 else "end"
        base_x, base_y = _at(angle, RADIUS + 16)
        first = (
            base_x - LINE * (len(told) - 1) * (1 - (1 if across > 0.2 else -1 if across < -0.2 else 0)) / 2
        )
        lines = tuple((round(first + LINE * at, 1), base_y, words) for at, words in enumerate(told))
    else:
        anchor = "middle" if abs(across) < 0.2 else "start" if across > 0 else "end"
        # Words are two lines: above the drawing they need room for the second.
        base_x, base_y = _at(angle, RADIUS + (34 if along < -0.9 else 20))
        lines = tuple((base_x, round(base_y + LINE * at, 1), words) for at, words in enumerate(told))
    return Spoke(name, share, shown, x, y, *end, anchor, lines)


def _at(angle: float, radius: float) -> tuple[float, float]:
    return round(SIZE / 2 + radius * math.cos(angle), 1), round(SIZE * 0.46 + radius * math.sin(angle), 1)


def _outline(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
