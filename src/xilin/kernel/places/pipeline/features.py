"""Features on their way into the store."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from xilin.kernel.places.pipeline import geometry


@dataclass(slots=True)
class Feature:
    """A place as its source has it; `shape` is checked already, or None where nobody published one."""

    key: str
    name: str = ""
    name_en: str = ""
    name_mn: str = ""
    kind: str = ""
    area: str = ""
    parent: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    shape: Any = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    batch: int | None = None


COLUMNS = (
    "key", "name", "name_en", "name_mn", "kind", "area", "parent", "properties", "geometry", "shape",
    "west", "south", "east", "north", "cell", "valid_from", "valid_to", "source", "batch", "digest",
)  # fmt: skip


def rows(features: Sequence[Feature]) -> list[tuple[Any, ...]]:
    """The features as rows of `COLUMNS`; the digest is over everything but the batch."""
    shapes = _array([one.shape for one in features])
    if not len(shapes):
        return []
    encoded = shapely.to_wkb(shapes, byte_order=1)
    bounds = shapely.bounds(shapes)
    cells = geometry.cells(shapes)
    found = []
    for one, wkb, box, cell in zip(features, encoded, bounds.tolist(), cells, strict=True):
        properties = json.dumps(one.properties, ensure_ascii=False, sort_keys=True)
        kind = one.shape.geom_type if one.shape is not None else ""
        told = (
            one.name, one.name_en, one.name_mn, one.kind, one.area, one.parent, properties,
            str(one.valid_from), str(one.valid_to), one.source,
        )  # fmt: skip
        digest = hashlib.sha256("\x1f".join(told).encode() + (wkb or b"")).hexdigest()
        edges = box if one.shape is not None else [None] * 4
        found.append(
            (
                one.key,
                one.name,
                one.name_en,
                one.name_mn,
                one.kind,
                one.area,
                one.parent,
                properties,
                wkb,
                kind,
                *edges,
                cell,
                one.valid_from,
                one.valid_to,
                one.source,
                one.batch,
                digest,
            )
        )
    return found


def _array(shapes: Sequence[Any]) -> NDArray[Any]:
    found = np.full(len(shapes), None, dtype=object)
    for index, shape in enumerate(shapes):
        found[index] = shape
    return found
