"""A map of areas shaded by a value: outlines in longitude and latitude become SVG paths."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 720.0
STEPS = 5
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """An area to draw: its words, value, outline (GeoJSON geometry in degrees) and where it leads."""

    code: str
    name: str
    value: float | None
    shown: str
    geometry: dict[str, Any] | None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn area: an SVG path, or a spot where no outline is published."""

    place: Place
    path: str
    x: float
    y: float
    step: int | None

    @property
    def shade(self) -> str:
        """The class of its fill."""
        return "qn" if self.step is None else f"q{self.step}"

    @property
    def dark(self) -> bool:
        """Whether words upon it must be light."""
        return self.step is not None and self.step >= STEPS - 2


@dataclass(frozen=True, slots=True)
class Map:
    """A drawing in a view box of `width` by `height`, and the bounds of its steps."""

    shapes: list[Shape]
    width: float
    height: float
    bounds: list[tuple[float, float]]


def draw(places: Iterable[Place]) -> Map:
    """Project (equirectangular, true at the middle latitude), shade by quantile, place the names."""
    places = [place for place in places if place.geometry]
    points = [point for place in places for ring in _rings(place.geometry or {}) for point in ring]
    if not points:
        return Map([], WIDTH, 0, [])
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / (((east - west) * squeeze) or 1)

    def project(point: Point) -> Point:
        return (point[0] - west) * squeeze * scale, (north - point[1]) * scale

    bounds = steps([place.value for place in places if place.value is not None])
    shapes = [_shape(place, project, bounds) for place in places]
    # Spots last: they lie upon the area around them.
    shapes.sort(key=lambda shape: not shape.path)
    return Map(shapes, WIDTH, round((north - south) * scale, 1), bounds)


def steps(values: Sequence[float]) -> list[tuple[float, float]]:
    """At most five ranges that hold about equally many values each; bounds are values that occur.

    >>> steps([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]
    >>> steps([5, 5])
    [(5, 5)]
    """
    ordered = sorted(values)
    distinct = sorted(set(values))
    if len(distinct) <= STEPS:
        return [(value, value) for value in distinct]
    cuts = [ordered[round(index * len(ordered) / STEPS)] for index in range(STEPS)]
    cuts = sorted(set(cuts))
    tops = [max(value for value in distinct if value < cut) for cut in cuts[1:]]
    return list(zip(cuts, [*tops, ordered[-1]], strict=True))


def step_of(value: float | None, bounds: Sequence[tuple[float, float]]) -> int | None:
    """Which shade a value gets, the last bound always the darkest; None without a value."""
    if value is None or not bounds:
        return None
    index = next((i for i, (_, top) in enumerate(bounds) if value <= top), len(bounds) - 1)
    return index + STEPS - len(bounds) if len(bounds) > 1 else STEPS // 2


def _shape(place: Place, project: Any, bounds: Sequence[tuple[float, float]]) -> Shape:
    geometry = place.geometry or {}
    step = step_of(place.value, bounds)
    if geometry["type"] == "Point":
        x, y = project(tuple(geometry["coordinates"][:2]))
        return Shape(place, "", round(x, 1), round(y, 1), step)
    rings = [[project(point) for point in ring] for ring in _rings(geometry)]
    path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in rings)
    x, y = _middle(max(rings, key=lambda ring: abs(_area(ring))))
    return Shape(place, path, round(x, 1), round(y, 1), step)


def _rings(geometry: dict[str, Any]) -> list[list[Point]]:
    """Outer rings of polygons (holes are drawn by the areas that lie in them); a point as a ring of one."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return [[(coordinates[0], coordinates[1])]]
    polygons = [coordinates] if kind == "Polygon" else coordinates
    return [[(x, y) for x, y, *_ in polygon[0]] for polygon in polygons]


def _area(ring: Sequence[Point]) -> float:
    following = [*ring[1:], ring[0]]
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, following, strict=True)) / 2


def _middle(ring: Sequence[Point]) -> Point:
    """The centroid of a ring; its first point where it has no area."""
    area = _area(ring)
    if not area:
        return ring[0]
    following = [*ring[1:], ring[0]]
    pairs = list(zip(ring, following, strict=True))
    x = sum((x + u) * (x * v - u * y) for (x, y), (u, v) in pairs) / (6 * area)
    y = sum((y + v) * (x * v - u * y) for (x, y), (u, v) in pairs) / (6 * area)
    return x, y
