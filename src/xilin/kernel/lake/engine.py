"""The engine over the lake: DuckDB in the process, behind Ibis."""

import os
from pathlib import Path
from typing import Any

import ibis
from django.conf import settings

from xilin.kernel.lake import spill


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
        temp_directory=str(spill.folder(Path(settings.HOME) / "spill")),
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
        preserve_insertion_order=False,
    )
    con.settings["timezone"] = settings.TIME_ZONE
    return con
