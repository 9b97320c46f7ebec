"""Coordinate systems by their URIs, each with the order of its axes; storage is CGCS2000, longitude first."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
STORAGE = EPSG.format(4490)
SUPPORTED = (CRS84, STORAGE, EPSG.format(4326), EPSG.format(3857))
STORED = 4490


@dataclass(frozen=True)
class Reference:
    """A coordinate system: its URI, its EPSG code (0 for CRS84), and whether latitude or northing comes first."""

    uri: str
    code: int
    north_first: bool
    degrees: bool


@lru_cache(maxsize=8)
def reference(uri: str) -> Reference:
    """A supported system; KeyError for any other."""
    if uri not in SUPPORTED:
        raise KeyError(uri)
    if uri == CRS84:
        return Reference(uri, 0, north_first=False, degrees=True)
    code = int(uri.rsplit("/", 1)[1])
    axes = CRS.from_epsg(code).axis_info
    return Reference(uri, code, axes[0].direction == "north", axes[0].unit_name == "degree")


@lru_cache(maxsize=16)
def transformer(source: int, target: int) -> Transformer:
    """The change from one EPSG code to another, x before y on both sides; kept, since making one is slow."""
    return Transformer.from_crs(source, target, always_xy=True)


def _plain(code: int) -> bool:
    """Whether a system's longitudes and latitudes are CGCS2000's: PROJ knows no shift between it and WGS 84."""
    return code in (0, 4326, STORED)


def from_storage(shapes: NDArray[Any], uri: str) -> NDArray[Any]:
    """Stored geometries in a system, in the order of its axes."""
    wanted = reference(uri)
    if not _plain(wanted.code):
        change = transformer(STORED, wanted.code)
        shapes = shapely.transform(shapes, lambda at: np.column_stack(change.transform(at[:, 0], at[:, 1])))
    if wanted.north_first:
        shapes = shapely.transform(shapes, lambda at: at[:, ::-1])
    return shapes


def box_to_storage(box: tuple[float, float, float, float], uri: str) -> tuple[float, float, float, float]:
    """A bounding box given in a system (lower corner, upper corner, its own axes) as west, south, east, north in storage."""
    given = reference(uri)
    a, b, c, d = box
    if given.north_first:
        a, b, c, d = b, a, d, c
    if _plain(given.code):
        return a, b, c, d
    west, south, east, north = transformer(given.code, STORED).transform_bounds(a, b, c, d, densify_pts=21)
    return float(west), float(south), float(east), float(north)
