"""Tables of the lake: Parquet files committed to Iceberg, one snapshot a batch.

Files of a table lie under `<warehouse>/<namespace>/<table>/data/<part>/<batch>/`: a part is
what one source fed, and a batch replaces its own part only. A file that `compaction` put together from several
batches lies in a folder `<first>-<last>`, and says in itself how many rows are of which.
"""

import contextlib
import json
import os
import random
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow.parquet as pq

from xilin.kernel.lake import catalog as catalogs
from xilin.kernel.lake import locks
from xilin.kernel.lake.errors import ColumnsDontFit, SnapshotGone

BATCH = "xilin.batch"
# In the footer of a file put together from several: rows by batch, as JSON.
BATCHES = "xilin.batches"
# The lock of whoever puts files together.
COMPACTION = "compaction"
WHOLE = "all"
TRIES = 12


@dataclass(frozen=True, slots=True)
class File:
    """A file in force: where it is, whose part it belongs to, its rows, its size.

    `batch` wrote it; of a file that was put together from several it is the newest.
    """

    path: str
    part: str
    batch: int
    rows: int
    bytes: int

    @property
    def batches(self) -> Mapping[int, int]:
        """How many of its rows came with each batch."""
        return _put_together(self.path) if is_put_together(Path(self.path)) else {self.batch: self.rows}


class Lake:
    """The warehouse with its catalog; cheap to open, safe to use from several processes."""

    def __init__(self, catalog: Any, warehouse: Path) -> None:
        self._catalog = catalog
        self.warehouse = warehouse

    @classmethod
    def open(cls) -> "Lake":
        """The lake of this installation."""
        catalog = catalogs.load()
        return cls(catalog, Path(catalog.properties["warehouse"]))

    def tables(self, namespace: str) -> list[str]:
        """Full names of the tables in a namespace (`raw`, `std`), in order."""
        if not self._catalog.namespace_exists(namespace):
            return []
        return sorted(".".join(name) for name in self._catalog.list_tables(namespace))

    def folder(self, table: str, batch: int, part: str = WHOLE) -> Path:
        """Where the files of a batch are to be written before `commit`."""
        namespace, name = table.split(".")
        return self.warehouse / namespace / name / "data" / part / str(batch)

    def committed(self, table: str, batch: int) -> bool:
        """Whether a snapshot of the table carries this batch's id."""
        found = self._load(table)
        return found is not None and _carries(found, batch)

    def commit(
        self,
        table: str,
        files: Iterable[str | Path],
        *,
        batch: int,
        replace: bool,
        part: str = WHOLE,
        schema: Any = None,
    ) -> None:
        """Make a batch's Parquet files part of a table, in one snapshot that carries its id.

        Files elsewhere than in `folder(table, batch, part)` are moved there. With `replace`
        the part's earlier files leave in the same snapshot. A batch that stands in the
        table already changes nothing, so a commit may be repeated after a crash. Commits of
        several processes at once follow one another.

        Args:
            files: their columns together are the batch's, what one lacks is null there; none at all still records
                the batch.
            schema: the pyarrow schema of a table that may have to be made without files.

        Raises:
            ColumnsDontFit: a column's type can't be widened to the new one.
        """
        paths = self._settle(table, files, batch, part)
        wanted = _common(pq.read_schema(path) for path in paths) if paths else schema
        for attempt in range(TRIES):
            try:
                return self._commit(table, paths, batch, part if replace else None, wanted)
            except _conflicts():
                if attempt == TRIES - 1:
                    raise
                # Others commit too: wait a little longer each time, not all equally long.
                time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311
        return None

    def remove(self, table: str, batch: int) -> int:
        """Take a batch that was never finished out of a table again; how many files left."""
        gone: list[File] = []
        for attempt in range(TRIES):
            found = self._load(table)
            files = _entries(found) if found is not None else []
            gone = [file for file in files if list(file.batches) == [batch]]
            if not gone:
                break
            try:
                _change(found, {file.path for file in gone}, (), {"xilin.removed": str(batch)})
                break
            except _conflicts():
                if attempt == TRIES - 1:
                    raise
        namespace, name = table.split(".")
        for folder in (self.warehouse / namespace / name / "data").glob(f"*/{batch}"):
            shutil.rmtree(folder, ignore_errors=True)
        return len(gone)

    def rewrite(self, table: str, old: Collection[str], new: Path, summary: dict[str, str]) -> bool:
        """Put a file with the same rows in the place of others, in one snapshot.

        False, and nothing changes, where one of the old files has left the table meanwhile.
        """
        _sync(new)
        _sync(new.parent)
        for attempt in range(TRIES):
            found = self._load(table)
            if found is None or not set(old) <= {file.path for file in _entries(found)}:
                return False
            try:
                _change(found, set(old), [str(new)], summary)
                break
            except _conflicts():
                if attempt == TRIES - 1:
                    raise
                time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311
        return True

    def entries(self, table: str, snapshot: int | None = None) -> list[File]:
        """The files in force with their parts and batches, oldest batch first; of an earlier snapshot where one is given.

        Raises SnapshotGone for a snapshot that the table doesn't keep.
        """
        found = self._load(table)
        if snapshot is not None and (found is None or found.snapshot_by_id(snapshot) is None):
            raise SnapshotGone(table=table, snapshot=snapshot)
        return _entries(found, snapshot) if found is not None else []

    def snapshot(self, table: str) -> int | None:
        """The id of the snapshot in force; None where there is none."""
        found = self._load(table)
        newest = found.current_snapshot() if found is not None else None
        return int(newest.snapshot_id) if newest is not None else None

    def files(self, table: str) -> list[str]:
        """Paths of the files in force; none where there is no such table."""
        return [file.path for file in self.entries(table)]

    def read(self, con: Any, table: str, files: Sequence[str] | None = None) -> Any:
        """The table's rows in force as an Ibis table of `con`, or None where there are none.

        Columns are those of the table today: one that older files lack reads as null there,
        one whose type was widened reads in the wider type.
        """
        found = self._load(table)
        paths = [file.path for file in _entries(found)] if files is None and found is not None else files
        if found is None or not paths:
            return None
        return _reader(con, list(paths), found)

    def nothing(self, con: Any, table: str) -> Any:
        """A table without rows that has the table's columns, or None where there is no such table."""
        found = self._load(table)
        if found is None:
            return None
        import ibis

        columns = ibis.Schema.from_pyarrow(found.schema().as_arrow()).items()
        nowhere = con.sql("SELECT 1 AS one WHERE false")
        return nowhere.select(*(ibis.null(kind).name(name) for name, kind in columns))

    def check(self, table: str, files: Iterable[str | Path]) -> None:
        """Raise ColumnsDontFit where `commit` would, changing nothing."""
        found, paths = self._load(table), list(files)
        if found is not None and paths:
            _widen(found.transaction(), found, _common(pq.read_schema(path) for path in paths))

    def expire(self, namespaces: Iterable[str], before: datetime) -> int:
        """Forget snapshots older than a moment, never the one in force; how many there were.

        Files that only those knew are then for `sweep`.
        """
        gone = 0
        for table in [table for space in namespaces for table in self.tables(space)]:
            for attempt in range(TRIES):
                found = self._load(table)
                count = len(found.metadata.snapshots)
                try:
                    found.maintenance.expire_snapshots().older_than(before).commit()
                except _conflicts():
                    if attempt == TRIES - 1:
                        raise
                    continue
                gone += count - len(self._load(table).metadata.snapshots)
                break
        return gone

    def sweep(self, namespaces: Iterable[str], running: Callable[[], Collection[int]]) -> int:
        """Delete data files that no snapshot knows and no running batch is writing; how many there were.

        The order is what makes it safe beside batches that run: 1. list the files, 2. ask
        `running` for the batches at work, 3. read the snapshots. A file of a batch that ended between
        1 and 2 is in the snapshots of 3; one that began after 1 isn't listed. A file that is being put together
        is let alone by the lock of compaction.
        """
        with locks.held(COMPACTION, wait=False) as nobody_compacts:
            return self._sweep(list(namespaces), running, put_together=nobody_compacts)

    def _sweep(self, spaces: list[str], running: Callable[[], Collection[int]], *, put_together: bool) -> int:
        found = [path for space in spaces for path in self.warehouse.glob(f"{space}/*/data/*/*/*.parquet")]
        keep = {str(batch) for batch in running()}
        known = {
            path for space in spaces for table in self.tables(space) for path in _ever(self._load(table))
        }
        lost = [
            path
            for path in found
            if str(path) not in known
            and (put_together if is_put_together(path) else path.parent.name not in keep)
        ]
        for path in lost:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()
        return len(lost)

    def _load(self, table: str) -> Any:
        from pyiceberg.exceptions import NoSuchTableError

        try:
            return self._catalog.load_table(table)
        except NoSuchTableError:
            return None

    def _settle(self, table: str, files: Iterable[str | Path], batch: int, part: str) -> list[str]:
        """The files in their folder, safely on the disk, so that a commit never names a file that may vanish."""
        folder = self.folder(table, batch, part)
        paths = []
        for file in sorted(Path(file).resolve() for file in files):
            target = folder / file.name
            if file != target:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.move(file, target)
            _sync(target)
            paths.append(str(target))
        if paths:
            _sync(folder)
        return paths

    def _commit(self, table: str, paths: list[str], batch: int, replaced: str | None, schema: Any) -> None:
        found = self._load(table)
        if found is None:
            if schema is None:
                return
            found = self._create(table, schema)
        if _carries(found, batch):
            return
        old = {file.path for file in _entries(found) if replaced in (file.part, WHOLE)}
        _change(found, old if replaced is not None else set(), paths, {BATCH: str(batch)}, schema)

    def _create(self, table: str, schema: Any) -> Any:
        from pyiceberg.exceptions import NamespaceAlreadyExistsError, TableAlreadyExistsError
        from sqlalchemy.exc import IntegrityError

        namespace, name = table.split(".")
        if not self._catalog.namespace_exists(namespace):
            with contextlib.suppress(NamespaceAlreadyExistsError, IntegrityError):
                self._catalog.create_namespace(namespace)
        location = str(self.warehouse / namespace / name)
        try:
            return self._catalog.create_table(table, schema=_plain(schema), location=location)
        except TableAlreadyExistsError:
            return self._catalog.load_table(table)


def _conflicts() -> tuple[type[Exception], ...]:
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    return (CommitFailedException, ValidationException)


def _carries(table: Any, batch: int) -> bool:
    wanted = str(batch)
    return any(
        snapshot.summary is not None and snapshot.summary.additional_properties.get(BATCH) == wanted
        for snapshot in table.metadata.snapshots
    )


def _entries(table: Any, snapshot: int | None = None) -> list[File]:
    found = []
    for task in table.scan(snapshot_id=snapshot).plan_files():
        file, path = task.file, Path(task.file.file_path)
        newest = int(path.parent.name.rpartition("-")[2])
        part = path.parent.parent.name
        found.append(File(str(path), part, newest, file.record_count, file.file_size_in_bytes))
    return sorted(found, key=lambda file: (file.batch, file.path))


def is_put_together(path: Path) -> bool:
    """Whether a file was put together from several, told by its folder's name."""
    return "-" in path.parent.name


@lru_cache(maxsize=10_000)
def _put_together(path: str) -> Mapping[int, int]:
    """Rows by batch of a file that was put together; files never change."""
    told = json.loads(pq.read_metadata(path).metadata[BATCHES.encode()])
    return MappingProxyType({int(batch): rows for batch, rows in told.items()})


def _ever(table: Any) -> set[str]:
    """Every data file of every snapshot that is kept."""
    return {
        str(path)
        for snapshot in table.metadata.snapshots
        for manifest in snapshot.manifests(table.io)
        for path in (entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io))
    }


def _change(
    table: Any, old: set[str], new: Iterable[str], summary: dict[str, str], schema: Any = None
) -> None:
    """One snapshot in which old files leave and new ones come."""
    from pyiceberg.io.pyarrow import parquet_files_to_data_files
    from pyiceberg.table import TableProperties

    leaving = [task.file for task in table.scan().plan_files() if task.file.file_path in old]
    with table.transaction() as change:
        if schema is not None:
            _widen(change, table, schema)
        mapping = change.table_metadata.schema().name_mapping.model_dump_json()
        if table.properties.get(TableProperties.DEFAULT_NAME_MAPPING) != mapping:
            change.set_properties({TableProperties.DEFAULT_NAME_MAPPING: mapping})
        update = change.update_snapshot(snapshot_properties=summary)
        with update.overwrite() if leaving else update.fast_append() as snapshot:
            for data_file in leaving:
                snapshot.delete_data_file(data_file)
            arriving = parquet_files_to_data_files(table.io, change.table_metadata, iter(new))
            for data_file in arriving:
                snapshot.append_data_file(data_file)


def _widen(change: Any, table: Any, schema: Any) -> None:
    from pyiceberg.exceptions import ResolveError, ValidationError

    try:
        with change.update_schema() as update:
            update.union_by_name(_plain(schema))
    except (ResolveError, ValidationError, TypeError, ValueError) as error:
        columns = [field.name for field in _plain(schema) if not _fits(table, field)]
        raise ColumnsDontFit(".".join(table.name()), columns, str(error).splitlines()[0]) from error


def _fits(table: Any, field: Any) -> bool:
    """Whether one column alone can be brought together with the table's."""
    import pyarrow as pa
    from pyiceberg.exceptions import ResolveError, ValidationError

    try:
        table.transaction().update_schema().union_by_name(pa.schema([field]))
    except (ResolveError, ValidationError, TypeError, ValueError):
        return False
    return True


def _common(schemas: Iterable[Any]) -> Any:
    """The columns of all files together."""
    import pyarrow as pa

    return pa.unify_schemas([_plain(schema) for schema in schemas])


def _plain(schema: Any) -> Any:
    """A schema with names and types only: what DuckDB or pandas noted beside it doesn't count."""
    import pyarrow as pa

    return pa.schema([pa.field(field.name, field.type) for field in schema])


def _reader(con: Any, paths: list[str], table: Any) -> Any:
    import ibis

    schema = ibis.Schema.from_pyarrow(table.schema().as_arrow())
    rows = con.read_parquet(paths, union_by_name=True)
    columns = [
        (rows[name].cast(kind) if rows[name].type() != kind else rows[name]).name(name)
        if name in rows.columns
        else ibis.null(kind).name(name)
        for name, kind in schema.items()
    ]
    return rows.select(*columns)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
