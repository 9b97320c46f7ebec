"""原始行 A record in force as its source gave it: the raw row of its batch beside the standard values made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xilin.kernel.collect.queries import current
from xilin.kernel.lake.tables import Lake
from xilin.kernel.standards.queries import declaration

OWN = ("_row", "_batch")


@dataclass(frozen=True, slots=True)
class AsFound:
    """A record of a source with its batch and row there.

    `raw` has every column of the source as text, in its order, empty where the raw table no longer has the row;
    `items` the standard values by item; `made_of` by item the raw columns that its source declares for it.
    """

    source: str
    resource: str
    batch: int
    row: int
    raw: Mapping[str, str | None] = field(repr=False)
    items: Mapping[str, Any] = field(repr=False)
    made_of: Mapping[str, tuple[str, ...]]


def as_found(con: Any, source: str, key: str) -> AsFound | None:
    """The record of a source with a key, as it was found; None where no such record is in force.

    Args:
        con: an Ibis connection to DuckDB (`lake.engine.connect`).
        source: code of the source.
        key: the record's key there (`_key`).
    """
    told = declaration("source", source)
    table = current(con, told.resource) if told else None
    if told is None or table is None:
        return None
    rows = table.filter((table._source == source) & (table._key == key)).limit(1).to_pyarrow().to_pylist()
    if not rows:
        return None
    items = {name: value for name, value in rows[0].items() if not name.startswith("_")}
    made_of = {
        item: column.join or ((column.source,) if column.source else ())
        for item, column in told.columns.items()
    }
    batch, row = rows[0]["_batch"], rows[0]["_row"]
    return AsFound(source, told.resource, batch, row, _raw(con, source, batch, row), items, made_of)


def _raw(con: Any, source: str, batch: int, row: int) -> dict[str, str | None]:
    """A row of the raw table; empty where it is not kept any more."""
    lake, name = Lake.open(), f"raw.{source}"
    files = [file for file in lake.entries(name) if batch in file.batches]
    table = lake.read(con, name, [file.path for file in files])
    if table is None:
        return {}
    found = table.filter((table._batch == batch) & (table._row == row)).limit(1).to_pyarrow().to_pylist()
    return {column: value for column, value in found[0].items() if column not in OWN} if found else {}
