"""Rows that an increment delivers again as they are in force: what is held back by their keys was put back.

The standard files of a batch don't hold them, as they are duplicates, so their keys are worked out apart.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import ibis

from xilin.kernel.collect.pipeline import Outcome, Plan, standardise


def write(
    con: Any, raw: Sequence[Path], plan: Plan, outcome: Outcome, *, batch: int, on: date, out: Path
) -> None:
    """Standardise the duplicates of a batch once more, to `out/repeated/std-*.parquet`.

    Args:
        raw: the batch's raw files; out: where its standard and quarantine files are.
    """
    if not outcome.duplicate:
        return
    folder = out / "repeated"
    folder.mkdir()
    rows = con.read_parquet(list(map(str, raw)), union_by_name=True)
    told = [path for name in ("std", "quarantine") for path in sorted(out.glob(f"{name}-*.parquet"))]
    if told:
        known = ibis.union(*(con.read_parquet(str(path))[["_row"]] for path in told))
        rows = rows.anti_join(known, "_row")
    rows.to_parquet(folder / "raw.parquet")
    standardise(con, [folder / "raw.parquet"], plan, batch=batch, on=on, out=folder)
