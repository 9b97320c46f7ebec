"""Geometries read, checked and brought to one form, many at a time; CGCS2000, longitude before latitude."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import h3
import numpy as np
import shapely
from numpy.typing import NDArray

from xilin.lib.text import Text

CELL = 9
DECIMALS = 7  # of a degree: a centimetre
KM_PER_DEGREE = 111.32
SRID = re.compile(r"^\s*SRID\s*=\s*\d+\s*;", re.IGNORECASE)
REASONS = {
    "missing": Text(zh="没有几何", en="It has no geometry"),
    "unreadable": Text(zh="几何文本无法读取", en="Its geometry can't be read"),
    "again": Text(zh="编号与前面的要素重复", en="Its key stands on an earlier feature"),
    "empty": Text(zh="几何为空", en="Its geometry is empty"),
    "type": Text(zh="几何类型不是要求的类型", en="Its geometry is of another type than is wanted"),
    "degrees": Text(
        zh="坐标不是经纬度（先经后纬）",
        en="Its coordinates are not degrees, longitude before latitude",
    ),
    "crosses": Text(zh="边界自相交", en="Its boundary crosses itself"),
    "invalid": Text(zh="几何不合规", en="Its geometry is not valid"),
    "outside": Text(zh="不在本地区范围内", en="It lies outside the region"),
}
WANTED = {"polygon": ("Polygon", "MultiPolygon"), "point": ("Point",)}


@dataclass
class Checked:
    """Geometries in their order: `shapes` are None where one can't be used, `reasons` say why."""

    shapes: NDArray[Any]
    reasons: dict[int, list[str]] = field(default_factory=dict)

    @property
    def good(self) -> NDArray[np.bool_]:
        """Which can be used."""
        found = np.ones(len(self.shapes), np.bool_)
        found[list(self.reasons)] = False
        return found


def told(code: str) -> dict[str, str]:
    """A reason in words of both languages."""
    return {"code": code, "zh": f"{REASONS[code].zh}。", "en": f"{REASONS[code].en}."}


def from_text(texts: Sequence[str | None]) -> tuple[NDArray[Any], dict[int, str]]:
    """Geometries of WKT (an SRID before it is passed over), and why some couldn't be read."""
    cleaned = [SRID.sub("", text or "").strip() or None for text in texts]
    shapes = shapely.from_wkt(np.array(cleaned, dtype=object), on_invalid="ignore")
    wrong = {
        index: "missing" if text is None else "unreadable"
        for index, (text, shape) in enumerate(zip(cleaned, shapes, strict=True))
        if shape is None
    }
    return shapes, wrong


def points(
    longitudes: Iterable[float | None], latitudes: Iterable[float | None]
) -> tuple[NDArray[Any], dict[int, str]]:
    """Points of two columns, and which rows have none."""
    x = np.array([np.nan if v is None else float(v) for v in longitudes])
    y = np.array([np.nan if v is None else float(v) for v in latitudes])
    known = ~(np.isnan(x) | np.isnan(y))
    shapes = np.full(len(x), None, dtype=object)
    shapes[known] = shapely.points(x[known], y[known])
    return shapes, dict.fromkeys(np.flatnonzero(~known).tolist(), "missing")


def check(
    shapes: NDArray[Any], wrong: dict[int, str], wanted: str, outline: Any | None, tolerance_km: float
) -> Checked:
    """Check geometries and bring the good to one form.

    Type, degrees, validity (OGC simple features), and whether they lie within the outline, which is widened by the
    tolerance; outer rings run counter-clockwise (RFC 7946), coordinates have seven decimals.
    """
    shapes = shapely.force_2d(shapes)
    found = Checked(shapes.copy(), {index: [reason] for index, reason in wrong.items()})
    there = ~shapely.is_missing(shapes)

    def hold(mask: NDArray[np.bool_], reason: str) -> None:
        for index in np.flatnonzero(mask & there).tolist():
            found.reasons.setdefault(index, []).append(reason)

    hold(shapely.is_empty(shapes), "empty")
    if wanted in WANTED:
        names = np.array([shape.geom_type if shape is not None else "" for shape in shapes])
        hold(~np.isin(names, WANTED[wanted]), "type")
    west, south, east, north = shapely.bounds(shapes).T
    hold((west < -180) | (east > 180) | (south < -90) | (north > 90), "degrees")
    for index in np.flatnonzero(~shapely.is_valid(shapes) & there & ~shapely.is_empty(shapes)).tolist():
        why = str(shapely.is_valid_reason(shapes[index]))
        found.reasons.setdefault(index, []).append(
            "crosses" if why.startswith(("Self-intersection", "Ring Self")) else "invalid"
        )
    good = found.good
    if outline is not None and good.any():
        wide = outline.buffer(tolerance_km / KM_PER_DEGREE)
        shapely.prepare(wide)
        inside = np.zeros(len(shapes), np.bool_)
        inside[good] = shapely.covers(wide, shapes[good])
        hold(good & ~inside, "outside")
    found.shapes[~found.good] = None
    kept = found.good
    rounded = shapely.set_precision(found.shapes[kept], 10.0**-DECIMALS, mode="pointwise")
    rounded = np.where(shapely.is_valid(rounded) & ~shapely.is_empty(rounded), rounded, found.shapes[kept])
    found.shapes[kept] = shapely.orient_polygons(rounded, exterior_cw=False)
    return found


def cells(shapes: NDArray[Any]) -> list[int | None]:
    """The H3 cell of a point on each geometry, as a signed number as PostgreSQL keeps it."""
    on = shapely.point_on_surface(shapes)
    return [
        None if point is None or point.is_empty else h3.str_to_int(h3.latlng_to_cell(point.y, point.x, CELL))
        for point in on
    ]


def within_cell(cell: str) -> tuple[int, int]:
    """The least and the greatest number of the cells of resolution 9 within a coarser cell; ValueError where it is none.

    The digits of finer levels stand in the low bits, three each, unused ones 7: cells within one are neighbours as numbers.
    """
    if not h3.is_valid_cell(cell) or h3.get_resolution(cell) > CELL:
        raise ValueError(cell)
    number, level = h3.str_to_int(cell), h3.get_resolution(cell)
    shift = 3 * (15 - CELL)
    finer = (1 << 3 * (CELL - level)) - 1
    low = (number & ~(finer << shift) & ~(0xF << 52)) | (CELL << 52)
    return low, low | (finer << shift)
