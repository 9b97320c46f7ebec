"""Rows as text: what `LOAD DATA` and `COPY` read, and the widths of columns."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from xilin.demo.records import Found


def tab_separated(table: pa.Table, path: Path) -> None:
    r"""Write rows with tabs between and `\N` for null, as both databases' bulk loaders read them.

    A tab, a quote or a line break inside a value raises pyarrow.ArrowInvalid: none is generated.
    """
    filled = pa.table([pc.fill_null(column, "\\N") for column in table.columns], names=table.column_names)
    options = csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    csv.write_csv(filled, path, options)


def width(column: pa.ChunkedArray) -> int:
    """A round number of characters that holds the column's longest text."""
    longest = pc.max(pc.utf8_length(column)).as_py() or 1
    return next(size for size in (2, 6, 12, 20, 40, 100, 200, 500, 2000) if longest <= size)


def per_value(found: Found, column: str) -> str:
    """What sort of column it is: `stamp`, `date`, `number` or `text`."""
    return found.types.get(column, "text")


def doubled_keys(found: Found) -> bool:
    """Whether a record stands twice in the source: then its key can be no primary key."""
    keys = found.table.column(found.key)
    return bool(pc.count_distinct(keys).as_py() < len(keys))


def parts(table: pa.Table, rows: int) -> list[pa.Table]:
    """The table in pieces of at most so many rows, at least one piece."""
    starts = np.arange(0, max(table.num_rows, 1), rows)
    return [table.slice(int(start), rows) for start in starts]
