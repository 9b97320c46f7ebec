"""When the lake's small files are put together: after an increment, where its source has many; and on demand."""

import logging
from collections.abc import Iterator

import duckdb
from django.conf import settings

from xilin.kernel.collect import queries
from xilin.kernel.collect.models import Batch
from xilin.kernel.lake import compaction, engine
from xilin.kernel.lake.compaction import Compacted
from xilin.kernel.lake.tables import Lake

_log = logging.getLogger(__name__)


def after(batch: Batch) -> None:
    """Put the small files of a batch's source together where they are more than `COMPACT_FILES`.

    The batch is done: a disk that is full now is told in the log, and the next batch tries again.
    """
    for table in (f"raw.{batch.source}", f"std.{batch.resource}"):
        files = [file for file in Lake.open().entries(table) if file.part == batch.source]
        if sum(file.bytes < compaction.SMALL for file in files) <= settings.COMPACT_FILES:
            continue
        con = engine.connect(settings.MEMORY_MB)
        try:
            compaction.compact(
                con,
                table,
                queries.running,
                more_than=settings.COMPACT_FILES,
                part=batch.source,
                wait=False,
            )
        except (OSError, duckdb.Error) as error:
            _log.warning("files of %s could not be put together: %s", table, type(error).__name__)
        finally:
            con.disconnect()


def every() -> Iterator[Compacted]:
    """Put the small files of every table together; what became of each table that had some."""
    con = engine.connect(settings.MEMORY_MB)
    try:
        for space in ("raw", "std"):
            for table in Lake.open().tables(space):
                done = compaction.compact(con, table, queries.running)
                if done.files:
                    yield done
    finally:
        con.disconnect()
