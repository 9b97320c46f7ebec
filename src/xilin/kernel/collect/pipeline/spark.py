# ruff: noqa: S608 - SQL here is made of declared names and constants, quoted by `sql`.
"""The same standardisation on Spark: the same query, said in Spark's words, over all rows of a batch at once.

What is put into slices on one machine is put into partitions here, and keys that stand twice are found by a
window instead of hashes. Rows, reasons, masks and counts are those of `standardise`, row for row.
"""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np

from xilin.kernel.collect.pipeline.plan import Plan
from xilin.kernel.collect.pipeline.query import Query
from xilin.kernel.collect.pipeline.standardise import Outcome, add_up, nothing
from xilin.kernel.lake.dialect import to_spark
from xilin.kernel.quality.rules import checks_for

QUARANTINE = "_row, _key, _reasons AS reasons, _found AS found"


class _Compiler:
    """What `Query` asks of a connection: expressions compiled, in the dialect that is then translated."""

    @staticmethod
    def compile(expression: Any) -> str:
        return str(ibis.to_sql(expression, dialect="duckdb"))


def standardise(
    session: Any,
    raw: Sequence[Path],
    plan: Plan,
    *,
    batch: int,
    on: date,
    out: Path,
    seen: Sequence[str] = (),
) -> Outcome:
    """As `pipeline.standardise`, on a Spark session; `raw`, `out` and `seen` lie where every worker sees them."""
    checks = checks_for(plan, on)
    outcome = nothing(plan, checks)
    if not raw:
        return outcome
    found = session.read.option("mergeSchema", "true").parquet(*map(str, raw))
    query = Query(_Compiler(), plan, checks, found.columns, batch)
    found.createOrReplaceTempView("_raw")
    rows = session.sql(to_spark(query.rows("_raw", again="false"))).persist()
    try:
        rows.createOrReplaceTempView("_slice")
        _count(session, query, plan, outcome)
        outcome.quarantined = _write(
            session.sql(f"SELECT {QUARANTINE} FROM _slice WHERE _blocks <> 0"), out, "quarantine"
        )
        good = session.sql("SELECT count(*) AS n FROM _slice WHERE _blocks = 0").first()["n"]
        outcome.accepted = _write(session.sql(_kept(session, query, plan, seen)), out, "std")
        outcome.duplicate = good - outcome.accepted
    finally:
        rows.unpersist()
    return outcome


def _kept(session: Any, query: Query, plan: Plan, seen: Sequence[str]) -> str:
    """Of each key one good row, and none that is in force as it is."""
    order = "DESC" if plan.source.mode == "incremental" else "ASC"
    columns = ", ".join(_spark(column) for column in query.columns)
    one = (
        f"SELECT {columns} FROM (SELECT *, row_number() OVER (PARTITION BY _key ORDER BY _row {order}) AS _nth "
        "FROM _slice WHERE _blocks = 0) WHERE _nth = 1"
    )
    if not seen:
        return one
    known = session.read.option("mergeSchema", "true").parquet(*map(str, seen))
    known.createOrReplaceTempView("_in_force")
    contents = [*(item.key for item, _, _ in plan.items()), *query.found]
    same = " AND ".join(
        f"w.{_quoted(column)} <=> " + (f"s.{_quoted(column)}" if column in known.columns else "NULL")
        for column in contents
    )
    source = plan.source.code.replace("'", "\\'")
    newest = (
        "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY _key ORDER BY _batch DESC, _row DESC) AS _nth "
        f"FROM _in_force WHERE _source = '{source}') WHERE _nth = 1"
    )
    return f"SELECT w.* FROM ({one}) AS w ANTI JOIN ({newest}) AS s ON w._key = s._key AND {same}"


def _quoted(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"


def _spark(column: str) -> str:
    """A name that `sql.name` quoted, in Spark's quotes."""
    return _quoted(column[1:-1].replace('""', '"'))


def _count(session: Any, query: Query, plan: Plan, outcome: Outcome) -> None:
    masks = session.sql(
        "SELECT _flags, _blocks, count(*) AS n FROM _slice GROUP BY _flags, _blocks"
    ).collect()
    left = session.sql(to_spark(query.counts("_slice"))).first()
    add_up(
        query,
        plan,
        {name: np.array([row[name] for row in masks], dtype=np.int64) for name in ("_flags", "_blocks", "n")},
        left.asDict(),
        outcome,
    )


def _write(rows: Any, out: Path, kind: str) -> int:
    """Rows written to `<kind>-<n>.parquet`; how many they are."""
    import pyarrow.parquet as pq

    folder = out / f"_{kind}"
    rows.write.parquet(str(folder))
    written = 0
    for number, path in enumerate(sorted(folder.glob("part-*.parquet"))):
        count = pq.read_metadata(path).num_rows
        if count:
            path.rename(out / f"{kind}-{number:05}.parquet")
        written += count
    shutil.rmtree(folder)
    return written
