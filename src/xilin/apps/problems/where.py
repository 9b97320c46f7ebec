"""The map one points at without a script: an image that is a button, and the point in degrees of where it was pressed."""

from functools import lru_cache
from html import escape
from typing import Any

from xilin.kernel.standards.queries import current_version, declared
from xilin.lib.text import Text
from xilin.web.charts import choropleth

WIDTH = 320


# A picture takes no letters along: what the reader's machine surely has no face for is left unsaid.
UNSAID = "mn-mong"


@lru_cache(maxsize=8)
def _drawn(version: str, language: str) -> tuple[str, float, tuple[float, float, float, float]] | None:
    outlines = declared("boundary") if version else {}
    areas = declared("area") if version else {}
    places = [
        choropleth.Place(code, called(areas[code], language), None, "", one.geometry)
        for code, one in outlines.items()
        if code in areas and areas[code].level == "county"
    ]
    points = [point for place in places for point in _points(place.geometry)]
    if not points:
        return None
    drawn = choropleth.draw(places)
    shapes = "".join(
        f'<path d="{shape.path}"/>' if shape.path else f'<circle cx="{shape.x}" cy="{shape.y}" r="9"/>'
        for shape in drawn.shapes
    )
    names = "".join(
        f'<text x="{shape.x}" y="{shape.y}">{escape(shape.place.name)}</text>'
        for shape in drawn.shapes
        if shape.path and language != UNSAID
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawn.width} {drawn.height}" width="{drawn.width}" '
        f'height="{drawn.height}"><g fill="#e3eef7" stroke="#3f86b8" stroke-width="2">{shapes}</g>'
        f'<g font-family="sans-serif" font-size="21" fill="#10212e" text-anchor="middle">{names}</g></svg>'
    )
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return svg, WIDTH * drawn.height / drawn.width, (min(xs), max(xs), min(ys), max(ys))


def called(area: Any, language: str) -> str:
    """An area's name in a language."""
    return Text(zh=area.name, en=area.name_en, mn=area.name_mn).of(language)


def _points(geometry: dict[str, Any] | None) -> list[tuple[float, float]]:
    """Every point of a geometry, however deep its lists are."""
    found: list[tuple[float, float]] = []
    waiting = [geometry["coordinates"]] if geometry else []
    while waiting:
        one = waiting.pop()
        if isinstance(one[0], int | float):
            found.append((float(one[0]), float(one[1])))
        else:
            waiting += one
    return found


def _now(language: str = "") -> tuple[str, float, tuple[float, float, float, float]] | None:
    version = current_version()
    return _drawn(version.digest if version else "", language)


def image(language: str) -> str:
    """The map as SVG, with names in a language; "" where no outline is declared."""
    found = _now(language)
    return found[0] if found else ""


def height() -> int:
    """How high the map is where it is `WIDTH` wide; 0 where there is none."""
    found = _now()
    return round(found[1]) if found else 0


def point(x: int, y: int) -> tuple[float, float] | None:
    """Longitude and latitude of where the map was pressed, to about a kilometre; None outside, or by a key."""
    found = _now()
    if found is None or (x, y) == (0, 0) or not (0 <= x <= WIDTH and 0 <= y <= found[1]):
        return None
    west, east, south, north = found[2]
    return round(west + (east - west) * x / WIDTH, 3), round(north - (north - south) * y / found[1], 3)
