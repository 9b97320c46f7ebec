"""The engine over the lake: DuckDB in the process, behind Ibis."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import ibis
from django.conf import settings

from xilin.kernel.lake import spark, spill
from xilin.kernel.lake.errors import NoSuchEngine


def connect(memory_mb: int) -> Any:
    """An Ibis connection to a DuckDB of its own, which spills to disk beyond `memory_mb`.

    It loads nothing from the network, ever, and keeps no database file. Times with a zone
    are shown in the platform's zone. Row order is not promised, which is what lets it read
    and write in bounded memory: whoever needs an order says so. What killed processes had spilled
    is removed.
    """
    con = ibis.duckdb.connect(
        threads=os.cpu_count() or 2,
        memory_limit=f"{memory_mb}MB",
        # Fresh memory is dear: a quarter is kept for the blocks to come when blocks are given up (a tenth less processor time).
        block_allocator_memory=f"{memory_mb // 4}MB",
        temp_directory=str(spill.folder(Path(settings.HOME) / "spill")),
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
        preserve_insertion_order=False,
    )
    con.settings["timezone"] = settings.TIME_ZONE
    return con


def cluster() -> Any | None:
    """The Spark session that XILIN_ENGINE names, one a process; None where the engine is DuckDB in the process.

    Raises NoSuchEngine for a value that names neither and NoSpark for a cluster that can't be used.
    """
    if settings.ENGINE == "duckdb":
        return None
    if not settings.ENGINE.startswith(("spark://", "local[")):
        raise NoSuchEngine(engine=settings.ENGINE)
    return _session(settings.ENGINE)


@cache
def _session(master: str) -> Any:
    scratch = Path(settings.HOME) / "spark"
    scratch.mkdir(parents=True, exist_ok=True)
    return spark.connect(master, zone=settings.TIME_ZONE, scratch=scratch, memory_mb=settings.MEMORY_MB)
