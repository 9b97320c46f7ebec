"""The raw table's files: columns as found, with a row number and the batch."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xilin.kernel.collect.intake import Intake, Ragged

ROWS_PER_GROUP = 122_880
BYTES_PER_GROUP = 96 << 20
ROWS_PER_FILE = 8 * ROWS_PER_GROUP
# Half as large again as with zstd, and opened in a fraction of the time: standardising reads each file twice.
CODEC = "lz4"
RAGGED = "ragged"
REASON = pa.struct([("code", pa.string()), ("column", pa.string()), ("value", pa.string())])
QUARANTINE = pa.schema(
    [("_row", pa.int64()), ("_key", pa.string()), ("reasons", pa.list_(REASON)), ("found", pa.string())]
)


class Writer:
    """Writes record batches of text to Parquet files of bounded size, numbering the rows from 1."""

    def __init__(self, folder: Path, batch: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.batch = folder, batch
        self.rows = 0
        self.paths: list[Path] = []
        self._held: list[pa.RecordBatch] = []
        self._open: pq.ParquetWriter | None = None
        self._in_file = 0

    def write(self, rows: pa.RecordBatch) -> None:
        """Take rows; a change of columns begins a new file."""
        rows = without_zero(rows)
        if self._held and self._held[0].schema != rows.schema:
            self._flush()
            self._close()
        self._held.append(rows)
        if (
            sum(held.num_rows for held in self._held) >= ROWS_PER_GROUP
            or sum(held.nbytes for held in self._held) >= BYTES_PER_GROUP
        ):
            self._flush()

    def finish(self, names: Iterable[str]) -> list[Path]:
        """Write what is held; the files. Where no row came, a file without rows that has the columns."""
        self._flush()
        if not self.paths:
            none = pa.schema([(name, pa.string()) for name in names]).empty_table()
            self._write(none)
        self._close()
        return self.paths

    def abandon(self) -> None:
        """Close without finishing."""
        self._held.clear()
        self._close()

    def _flush(self) -> None:
        if self._held:
            table = pa.Table.from_batches(self._held)
            self._held = []
            if table.num_rows:
                self._write(table)

    def _write(self, table: pa.Table) -> None:
        numbers = pa.array(np.arange(self.rows + 1, self.rows + table.num_rows + 1))
        batch = pa.array([self.batch], pa.int64()).take(pa.array([0] * table.num_rows, pa.int8()))
        table = table.append_column("_row", numbers).append_column("_batch", batch)
        if self._open is not None and not self._open.schema.equals(table.schema):
            self._close()
        if self._open is None:
            path = self.folder / f"raw-{len(self.paths):05}.parquet"
            self._open = pq.ParquetWriter(path, table.schema, compression=CODEC)
            self.paths.append(path)
        self._open.write_table(table, row_group_size=ROWS_PER_GROUP)
        self.rows += table.num_rows
        self._in_file += table.num_rows
        if self._in_file >= ROWS_PER_FILE:
            self._close()

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open, self._in_file = None, 0


def without_zero(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Rows with U+FFFD in place of the character zero, which neither PostgreSQL nor its JSON can hold."""
    columns = []
    for column in rows.columns:
        held = column.buffers()[-1] if pa.types.is_string(column.type) else None
        some = held is not None and b"\x00" in memoryview(held).tobytes()
        columns.append(pc.replace_substring(column, "\x00", "\ufffd") if some else column)
    return pa.RecordBatch.from_arrays(columns, schema=rows.schema)


def write_ragged(ragged: list[Ragged], first: int, batch: int, raw: Path, quarantine: Path) -> Path | None:
    """Lines of the wrong width: as text in the raw table, and with their reason in the quarantine.

    Their rows are numbered from `first` on. Returns the raw file, or None where there are none.
    """
    if not ragged:
        return None
    numbers = pa.array(range(first, first + len(ragged)), pa.int64())
    texts = pa.array([line.text.replace("\x00", "\ufffd") for line in ragged], pa.string())
    path = raw / "ragged-00000.parquet"
    batches = pa.array([batch] * len(ragged), pa.int64())
    pq.write_table(pa.table({"_text": texts, "_row": numbers, "_batch": batches}), path)
    reasons = [[{"code": RAGGED, "column": "", "value": None}]] * len(ragged)
    found = [json.dumps({"_text": line.text, "_file": line.file}, ensure_ascii=False) for line in ragged]
    pq.write_table(
        pa.table(
            [numbers, [""] * len(ragged), pa.array(reasons, pa.list_(REASON)), found], schema=QUARANTINE
        ),
        quarantine / "quarantine-ragged.parquet",
    )
    return path


def needed_names(intake: Intake) -> tuple[str, ...]:
    """The columns of an empty raw table: those found, or those needed where nothing was found."""
    return intake.names or tuple(intake.needed)
