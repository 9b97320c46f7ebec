"""The shelf: all that is in the records of a registry, in files in which a record is found by its place.

A linking of changes looks at a twentieth of all records, here and there: to read a table for them as a whole would be
much of its work. A record's place is a number that is given once; a record that changes gets another. Each linking adds
a volume, a file of Arrow in which places ascend, and makes one of small ones beside each other; a file is never changed.
Which place a record has, and which volumes there are, stands in the state: what it doesn't name is no part of it.
"""

import os
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
from msgspec import Struct
from numpy.typing import NDArray

Places = NDArray[np.int64]

# The column of a volume with the place of each row.
AT = "spot"
# Rows that are written together.
BLOCK = 1 << 16
# A volume of fewer than half as many rows in force is thin: thin ones beside each other become one once they have so
# many together, or are so many.
FULL, MANY = 1 << 18, 8


class Missing(Exception):
    """A volume isn't there, or not what it was: everything is to be linked anew."""


class Volume(Struct, frozen=True):
    """A file of the shelf with places from `first` to before `end`; `rows` of it are in force, it has `size` bytes."""

    name: str
    first: int
    end: int
    rows: int
    size: int


@dataclass(frozen=True)
class Shelf:
    """The volumes of a state and the folder they stand in, by ascending places."""

    folder: Path
    volumes: tuple[Volume, ...] = ()

    @property
    def end(self) -> int:
        """The first place that nothing ever had."""
        return self.volumes[-1].end if self.volumes else 0

    def whole(self) -> bool:
        """Whether all volumes are there, each as long as it was."""
        try:
            return all((self.folder / one.name).stat().st_size == one.size for one in self.volumes)
        except OSError:
            return False

    def warm(self) -> None:
        """Ask the system to have the volumes in memory soon, where it has room and can be asked."""
        for one in self.volumes if hasattr(os, "posix_fadvise") else ():
            with (self.folder / one.name).open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)

    def tidy(self) -> None:
        """Remove files that are no volume of the state: of runs that failed, and those of which another was made."""
        named = {one.name for one in self.volumes}
        for path in self.folder.glob("*.arrow"):
            if path.name not in named:
                path.unlink(missing_ok=True)

    def fetch(self, at: Places, columns: tuple[str, ...] = ()) -> pa.Table | None:
        """The rows at ascending places, with the columns named or all of them; None of no places.

        Missing where a row isn't there.
        """
        wanted = [(one, at[slice(*np.searchsorted(at, (one.first, one.end)))]) for one in self.volumes]
        with ThreadPoolExecutor(2) as both:
            parts = both.map(lambda one: _taken(self.folder / one[0].name, one[1], columns), wanted)
            blocks = list(chain.from_iterable(parts))
        if _count(blocks) != len(at):
            raise Missing
        return pa.Table.from_batches(blocks) if blocks else None

    def add(self, rows: pa.RecordBatchReader) -> "tuple[Shelf, pa.Table]":
        """Put rows on the shelf, durable, at the next places; the place, `rid` and `source` of each."""
        volumes, told, first = list(self.volumes), [], self.end
        for blocks in _divided(rows):
            volume = self._write(rows.schema, blocks, np.arange(first, first + _count(blocks)))
            volumes.append(volume)
            told += [block.select(["rid", "source"]) for block in blocks]
            first = volume.end
        placed = pa.Table.from_batches(
            told, pa.schema([rows.schema.field(name) for name in ("rid", "source")])
        )
        places = pa.array(np.arange(self.end, first, dtype=np.int64))
        return Shelf(self.folder, tuple(volumes)), placed.append_column(AT, places)

    def bound(self, thin: tuple[Volume, ...], at: Places) -> "Shelf":
        """The shelf with one volume in the place of several beside each other, of the rows at ascending places."""
        rows = self.fetch(at)
        made = (self._write(rows.schema, rows.to_batches(), at),) if rows is not None else ()
        nth = self.volumes.index(thin[0])
        return Shelf(self.folder, (*self.volumes[:nth], *made, *self.volumes[nth + len(thin) :]))

    def without(self, gone: Places) -> "Shelf":
        """The shelf once the rows at ascending places are no longer in force; a volume of none is no part of it."""
        left = []
        for one in self.volumes:
            first, end = np.searchsorted(gone, (one.first, one.end))
            if rows := one.rows - int(end - first):
                left.append(Volume(one.name, one.first, one.end, rows, one.size))
        return Shelf(self.folder, tuple(left))

    def moved(self, folder: Path) -> "Shelf":
        """The shelf with its files in another folder of the same disk."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for one in self.volumes:
            (self.folder / one.name).replace(folder / one.name)
        return Shelf(folder, self.volumes)

    def thin(self) -> tuple[Volume, ...]:
        """Volumes beside each other that are to become one; none where there is nothing to gain."""
        for run in self._runs():
            if len(run) >= MANY or (len(run) > 1 and sum(one.rows for one in run) >= FULL):
                return run
        return ()

    def _runs(self) -> Iterator[tuple[Volume, ...]]:
        """Thin volumes that stand beside each other, no more together than make a full one."""
        run: list[Volume] = []
        for one in self.volumes:
            if one.rows < FULL // 2:
                run.append(one)
            if one.rows >= FULL // 2 or sum(each.rows for each in run) >= FULL:
                yield tuple(run)
                run = []
        yield tuple(run)

    def _write(self, schema: pa.Schema, blocks: Iterable[pa.RecordBatch], at: Places) -> Volume:
        """Write a volume of rows at ascending places; it is durable when this returns."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{uuid.uuid4().hex}.arrow"
        written = 0
        with path.open("xb") as file:
            with pa.ipc.new_file(file, schema.append(pa.field(AT, pa.int64()))) as writer:
                for block in blocks:
                    here = pa.array(at[written : written + block.num_rows])
                    written += block.num_rows
                    writer.write_batch(
                        pa.RecordBatch.from_arrays([*block.columns, here], [*schema.names, AT])
                    )
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        return Volume(path.name, int(at[0]), int(at[-1]) + 1, written, size)


def _divided(rows: pa.RecordBatchReader) -> Iterator[list[pa.RecordBatch]]:
    """Blocks of rows, as many together as make a full volume."""
    blocks: list[pa.RecordBatch] = []
    for block in rows:
        if block.num_rows:
            blocks.append(block)
        if _count(blocks) >= FULL:
            yield blocks
            blocks = []
    if blocks:
        yield blocks


def _count(blocks: Iterable[pa.RecordBatch]) -> int:
    return sum(block.num_rows for block in blocks)


def _taken(path: Path, wanted: Places, columns: tuple[str, ...]) -> list[pa.RecordBatch]:
    """The rows of a volume at places; the file is read where it stands, no more of it than they are in."""
    if not len(wanted):
        return []
    try:
        with pa.memory_map(str(path)) as file:
            reader = pa.ipc.open_file(file)
            blocks = (reader.get_batch(nth) for nth in range(reader.num_record_batches))
            return [found for block in blocks if (found := _chosen(block, wanted, columns)) is not None]
    except (OSError, pa.ArrowInvalid) as error:
        raise Missing from error


def _chosen(block: pa.RecordBatch, wanted: Places, columns: tuple[str, ...]) -> pa.RecordBatch | None:
    there = block.column(AT).to_numpy()
    if not len(there):
        return None
    first, last = int(there[0]), int(there[-1])
    here = wanted[slice(np.searchsorted(wanted, first), np.searchsorted(wanted, last, "right"))]
    if not len(here):
        return None
    if last - first + 1 == len(there):
        rows = here - first
    else:
        rows = np.searchsorted(there, here)
        if not np.array_equal(there[rows], here):
            raise Missing
    names = list(columns) or [name for name in block.schema.names if name != AT]
    return block.select(names).take(pa.array(rows))
