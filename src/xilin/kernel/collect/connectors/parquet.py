"""Parquet files, one after another, in bounded memory."""

import json
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xilin.kernel.collect import causes, faults
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import ROWS, Intake, files


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The rows of every file that matches, each value as text: bytes as 0x and hexadecimal digits, lists as JSON."""
    for file in files(connection.path):
        try:
            with pq.ParquetFile(file) as found:
                names = intake.header(file.name, found.schema_arrow.names)
                for rows in found.iter_batches(ROWS):
                    texts = [as_text(rows.column(nth)) for nth in range(rows.num_columns)]
                    batch = pa.RecordBatch.from_arrays(texts, names=list(names))
                    yield intake.since_cursor(batch)
        except (pa.ArrowException, OSError) as error:
            raise faults.broken_file(file.name, causes.DAMAGED, causes.first_line(str(error))) from error


def as_text(column: pa.Array) -> pa.Array:
    """A column's values as text, times without a fraction where it is nought."""
    kind = column.type
    if pa.types.is_nested(kind):
        written = [
            None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()
        ]
        return pa.array(written, pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.array([None if v is None else f"0x{v.hex()}" for v in column.to_pylist()], pa.string())
    text = pc.cast(column, pa.string())
    return pc.replace_substring_regex(text, r"\.0+$", "") if pa.types.is_timestamp(kind) else text
