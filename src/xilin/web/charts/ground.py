"""A map of one area: its outline, shapes in it by kind, spots upon it, and one of them marked."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH, MOST_HEIGHT = 720.0, 640.0
KINDS = 5
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """A position to draw, what it is called and where it leads."""

    name: str
    x: float
    y: float
    href: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """All shapes of one kind in one path; `kind` counts from 0."""

    kind: int
    path: str

    @property
    def shade(self) -> str:
        """The class of its fill; a sixth kind has the first one's."""
        return f"q{self.kind % KINDS}"


@dataclass(frozen=True, slots=True)
class Ground:
    """A drawing in a view box of `width` by `height`."""

    width: float
    height: float
    outline: str
    layers: list[Layer] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    marked: str = ""
    at: Spot | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """How degrees become a drawing (equirectangular, true at the middle latitude): where it begins, and its scale."""

    west: float
    north: float
    squeeze: float
    scale: float
    width: float
    height: float

    def project(self, point: Point) -> Point:
        """Where a position in degrees stands on the drawing."""
        return (point[0] - self.west) * self.squeeze * self.scale, (self.north - point[1]) * self.scale

    def placed(self, spots: Iterable[Spot]) -> list[Spot]:
        """Spots where they stand on the drawing."""
        return [Spot(spot.name, *_rounded(self.project((spot.x, spot.y))), spot.href) for spot in spots]


def framed(points: Sequence[Point]) -> Frame:
    """The frame that holds all these points, of which there is one at least."""
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    wide, high = (east - west) * squeeze or 0.01, north - south or 0.01
    scale = min(WIDTH / wide, MOST_HEIGHT / high)
    return Frame(west, north, squeeze, scale, round(wide * scale, 1), round(high * scale, 1))


def draw(
    outline: dict[str, Any] | None,
    shapes: Iterable[tuple[int, dict[str, Any]]],
    spots: Iterable[Spot],
    marked: dict[str, Any] | None = None,
) -> Ground | None:
    """Project (equirectangular, true at the middle latitude) what is given as GeoJSON in degrees; None where nothing is.

    Args:
        outline: of the area; what is drawn is scaled to it, or to the rest where there is none.
        shapes: kind and geometry of each.
        spots: with x and y in degrees.
        marked: a geometry that is drawn upon all.
    """
    shapes, spots = list(shapes), list(spots)
    given = [outline] if outline else [geometry for _, geometry in shapes] + ([marked] if marked else [])
    points = [point for geometry in given for ring in rings(geometry) for point in ring]
    points = points or [(spot.x, spot.y) for spot in spots]
    if not points:
        return None
    frame = framed(points)
    project = frame.project
    kinds = sorted({kind for kind, _ in shapes})
    layers = [
        Layer(kind, "".join(_path(geometry, project) for each, geometry in shapes if each == kind))
        for kind in kinds
    ]
    at = None
    if marked:
        middle = [point for ring in rings(marked) for point in ring]
        x, y = (sum(values) / len(middle) for values in zip(*middle, strict=True))
        at = Spot("", *_rounded(project((x, y))))
    return Ground(
        frame.width,
        frame.height,
        _path(outline, project) if outline else "",
        layers,
        frame.placed(spots),
        _path(marked, project) if marked and marked["type"] != "Point" else "",
        at,
    )


def rings(geometry: dict[str, Any]) -> list[list[Point]]:
    """Every ring of a polygon or of several; a point as a ring of one.

    >>> rings({"type": "Point", "coordinates": [116, 44]})
    [[(116, 44)]]
    """
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return [[(coordinates[0], coordinates[1])]]
    polygons = [coordinates] if kind == "Polygon" else coordinates
    return [[(x, y) for x, y, *_ in ring] for polygon in polygons for ring in polygon]


def _path(geometry: dict[str, Any], project: Any) -> str:
    if geometry["type"] == "Point":
        return ""
    return "".join(_ring([_rounded(project(point)) for point in ring]) for ring in rings(geometry))


def _ring(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points[:-1]) + "Z"


def _rounded(point: Point) -> Point:
    return round(point[0], 1), round(point[1], 1)
