"""Mapbox vector tiles of the web's usual grid (WebMercatorQuad), encoded by DuckDB's spatial functions."""

import json
import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from xilin.kernel.lake import spatial
from xilin.kernel.places.pipeline import crs

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
MOST_ZOOM = 20
EXTENT, BUFFER = 4096, 64
EDGE = math.pi * 6378137.0
MERCATOR = crs.EPSG.format(3857)
PIXELS = 256
_LOCK = threading.Lock()
_BASE: list[Any] = []


def bounds(zoom: int, column: int, row: int, *, buffer: int = 0) -> tuple[float, float, float, float]:
    """A tile's edges in metres of Web Mercator, widened by `buffer` units of its extent."""
    size = 2 * EDGE / 2**zoom
    more = size * buffer / EXTENT
    west, north = -EDGE + column * size, EDGE - row * size
    return west - more, north - size - more, west + size + more, north + more


def degrees(zoom: int, column: int, row: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile and the buffer around it, in degrees.

    >>> [round(edge) for edge in degrees(0, 0, 0)]
    [-180, -85, 180, 85]
    """
    west, south, east, north = bounds(zoom, column, row, buffer=BUFFER)
    return (
        max(-180.0, math.degrees(west / EDGE * math.pi)),
        _latitude(south),
        min(180.0, math.degrees(east / EDGE * math.pi)),
        _latitude(north),
    )


def _latitude(y: float) -> float:
    y = float(min(EDGE, max(-EDGE, y)))
    return math.degrees(2 * math.atan(math.exp(y / EDGE * math.pi)) - math.pi / 2)


def tiny(zoom: int) -> float:
    """The width in degrees below which an area is smaller than half a pixel at a level."""
    return float(360.0 / 2**zoom / PIXELS / 2)


def encode(
    layer: str, zoom: int, column: int, row: int, rows: Sequence[tuple[int, bytes, Mapping[str, Any]]]
) -> bytes:
    """A tile of one layer.

    Args:
        layer: its name.
        rows: id, WKB in storage order and properties of each feature; a property is text, a number or a truth.
    """
    if not rows:
        return b""
    shapes = _drawn(shapely.from_wkb(np.array([wkb for _, wkb, _ in rows], dtype=object)), zoom, column, row)
    there = ~shapely.is_empty(shapes)
    columns: dict[str, Any] = {
        "id": pa.array([pk for pk, _, _ in rows], pa.int64()),
        "wkb": pa.array(shapely.to_wkb(shapes), pa.binary()),
    }
    names = list(dict.fromkeys(name for _, _, properties in rows for name in properties))
    for name in names:
        columns[f"p_{name}"] = _column([properties.get(name) for _, _, properties in rows])
    table = pa.table(columns).filter(pa.array(there))
    fields = ", ".join(f"{_quoted(name)}: {_quoted(f'p_{name}')}" for name in names)
    con = _connection()
    con.register("found", table)
    try:
        got = con.execute(
            f"""SELECT ST_AsMVT({{'geom': ST_GeomFromWKB(wkb), 'id': id{", " + fields if fields else ""}}}, ?,
                {EXTENT}, 'geom', 'id') FROM found""",  # noqa: S608 - quoted names
            [layer],
        ).fetchone()
    finally:
        con.close()
    return bytes(got[0]) if got and got[0] else b""


def _drawn(shapes: NDArray[Any], zoom: int, column: int, row: int) -> NDArray[Any]:
    """Stored geometries in the whole units of a tile: projected, cut at its buffer, simplified, outer rings clockwise.

    Done for all at once here, eight times as fast as `ST_AsMVTGeom` does it one by one. What has no area left is empty.
    """
    west, _south, east, north = bounds(zoom, column, row)
    scale = EXTENT / (east - west)
    change = crs.transformer(crs.STORED, 3857)

    def place(at: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = change.transform(at[:, 0], at[:, 1])
        return np.column_stack([(x - west) * scale, (north - y) * scale])

    shapes = shapely.transform(shapes, place)
    low, high = -BUFFER, EXTENT + BUFFER
    edges = shapely.bounds(shapes)
    out = (edges[:, :2] < low).any(axis=1) | (edges[:, 2:] > high).any(axis=1)
    shapes[out] = shapely.clip_by_rect(shapes[out], low, low, high, high)
    shapes = shapely.simplify(shapes, 0.5, preserve_topology=False)
    shapes = shapely.orient_polygons(shapely.transform(shapes, np.round), exterior_cw=False)
    gone = (shapely.get_dimensions(shapes) == 2) & (shapely.area(shapes) == 0)
    shapes[gone] = shapely.Point()
    return np.asarray(shapes)


def _column(values: list[Any]) -> pa.Array:
    """One column of a tile's properties: numbers where all are, else text."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array(
        [
            value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for value in values
        ],
        pa.string(),
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _connection() -> Any:
    """A connection of one call's own to this process's DuckDB, which has the spatial functions and holds no data."""
    with _LOCK:
        if not _BASE:
            con = duckdb.connect(
                config={
                    "threads": 1,
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                }
            )
            spatial.load(con)
            _BASE.append(con)
        return _BASE[0].cursor()
