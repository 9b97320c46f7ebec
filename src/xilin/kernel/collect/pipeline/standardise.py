# ruff: noqa: S608 - SQL here is made of declared names and constants, quoted by `sql`.
"""The run over the rows: a slice at a time, each looked at once, in memory that doesn't grow.

What is good of a slice as it was found goes straight to its file: nearly every row is, and nothing else is done to it.
The few that are left are cleaned and worked out the long way into a temporary table, with the masks of broken checks,
their reasons and the row as found; bad ones go to quarantine from there, the others wait until all slices are
through: some only had to be cleaned, some have a key that stands more than once, or is in force already.
Where few rows are good as found, all of a slice is worked out into the table at once, and only contested keys wait.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xilin.kernel.collect.pipeline import sql
from xilin.kernel.collect.pipeline.plan import SQL_TYPES, Plan
from xilin.kernel.collect.pipeline.query import Query
from xilin.kernel.quality.rules import Check, checks_for, row_checks

# Rows in a slice: eight row groups of DuckDB's own size; where few rows are left over the next slices are longer, for
# threads wait for each other at the end of each.
SLICE = 8 * 122_880
LONGER = 4
# Codes get dictionaries; columns of numbers and names, whose values hardly repeat, are not searched for long.
PARQUET = (
    "(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880, DICTIONARY_SIZE_LIMIT 4096, "
    "WRITE_BLOOM_FILTER false)"
)
# Hashes of keys that are sorted in memory at once: 8 bytes each, and as much again while they are sorted.
HASHES = 1 << 24
# Of all keys the share that may be contested, and of a slice the rows that may be left, before slices are worked
# out whole.
FEW, LEFT = 0.05, 0.15
# Rows left over from several slices that are worked out at once: enough for every core.
GATHERED = 2 * 122_880
# Where the rows of a slice stand in the query, which is written once.
FIRST, LAST = "-1111111111", "-2222222222"


@dataclass
class Outcome:
    """What became of a batch's rows, and of its checks: rows looked at, and rows that broke them, by code.

    All rows read are counted in `checked` and `broken`, those that stay out too; `filled` counts for each
    item the rows where something was found.
    """

    accepted: int = 0
    quarantined: int = 0
    duplicate: int = 0
    checked: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)


def standardise(
    con: Any,
    raw: Sequence[Path],
    plan: Plan,
    *,
    batch: int,
    on: date,
    out: Path,
    seen: Sequence[str] = (),
) -> Outcome:
    """Write the standard rows of a batch to `out/std-*.parquet`, the others to `out/quarantine-*.parquet`.

    Args:
        con: an Ibis connection to DuckDB.
        raw: Parquet files of texts as found, with `_row` (1, 2, …) and `_batch`.
        batch: the batch's number, for `_batch`.
        on: the day of the batch: rules, codes and "not in the future" are those of this day.
        out: an existing folder without files of an earlier run.
        seen: Parquet files of standard rows in force of the same source: a row equal to one of these in
            key and content is a duplicate.

    Of the good rows of a key one is kept, the others are duplicates: the first in the order of `_row`, but in an
    increment, where rows stand in the order of their changes, the last.
    Raises ValueError where a column that the plan reads isn't in the files.
    """
    checks = checks_for(plan, on)
    outcome = nothing(plan, checks)
    if not raw:
        return outcome
    run = _Run(con, raw, plan, batch, checks, out, seen)
    run.contested_keys()
    number = 0
    for number, (first, last) in enumerate(run.slices()):
        run.slice(number, first, last, outcome)
    run.rest(number + 1, outcome)
    run.waiting(outcome)
    run.clear()
    return outcome


def nothing(plan: Plan, checks: Sequence[Check]) -> Outcome:
    """The outcome of no rows: every check and every item with 0."""
    codes = [check.code for check in row_checks(checks)]
    return Outcome(
        checked=dict.fromkeys(codes, 0),
        broken=dict.fromkeys(codes, 0),
        filled={item.key: 0 for item in plan.resource.item},
    )


def add_up(
    query: Query,
    plan: Plan,
    masks: Mapping[str, npt.NDArray[np.int64]],
    left: Mapping[str, Any],
    outcome: Outcome,
) -> None:
    """Add up what the checks of rows looked at and what broke them.

    A value is emptied where one of its element's checks broke, and only there: so what was looked at is
    what is still there (`left`) and what was emptied. Rows with the same masks are counted together first.

    Args:
        masks: `_flags`, `_blocks` and how many rows have them, `n`: arrays of one length.
        left: what `query.counts` counts.
    """
    broken = {code: (masks[mask] >> bit) & 1 == 1 for code, (mask, bit) in query.bits.items()}

    def rows(which: npt.NDArray[np.bool_]) -> int:
        return int(masks["n"][which].sum())

    none = np.zeros(len(masks["n"]), dtype=bool)
    for item, _, _ in plan.items():
        own = [c for c in query.of_elements if c.column == item.key and c.kind != "required"]
        emptied = sum((broken[c.code] for c in own if c.kind != "type"), start=none)
        value = left[item.key] + rows(emptied)
        text = value + rows(sum((broken[c.code] for c in own if c.kind == "type"), start=none))
        outcome.filled[item.key] += text
        for check in own:
            outcome.checked[check.code] += text if check.kind == "type" else value
    for check in query.checks:
        outcome.broken[check.code] += rows(broken[check.code])
        if check.kind == "required":
            outcome.checked[check.code] += left["_n"]
        elif check.rule is not None:
            outcome.checked[check.code] += int(left[query.condition[check.code]] or 0)


def _neighbours(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The values that stand more than once, each once; the array is sorted where it is."""
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])


class _Run:
    """One call's connection, query and temporary tables."""

    def __init__(
        self,
        con: Any,
        raw: Sequence[Path],
        plan: Plan,
        batch: int,
        checks: Sequence[Check],
        out: Path,
        seen: Sequence[str],
    ) -> None:
        self.con, self.plan, self.out, self.seen = con.con, plan, out, list(seen)
        self.files = f"read_parquet([{sql.texts(str(path) for path in raw)}], union_by_name => true)"
        found = [row[0] for row in self.con.execute(f"DESCRIBE SELECT * FROM {self.files}").fetchall()]
        self.query = Query(con, plan, checks, found, batch)
        self.columns = ", ".join(self.query.columns)
        slice_ = f"(SELECT * FROM {self.files} WHERE _row BETWEEN {FIRST} AND {LAST})"
        self.good = self.query.good(slice_)
        self.whole = self.query.rows(slice_)
        self.left = self.query.rows("_left")
        self.counts = self.query.counts("_slice")
        self.rule_counts = self.query.counts("_good", rules_only=True)
        self.few, self.gathered = True, 0
        self.clear()  # what a run that failed left on this connection

    def contested_keys(self) -> None:
        """Hashes of the keys that stand more than once here, or stand among the rows in force."""
        own = self.query.keys(self.files)
        (rows,) = self.con.execute(f"SELECT count(*) FROM {self.files}").fetchone()
        parts = -(-rows // HASHES)
        twice = np.concatenate(
            [np.empty(0, np.uint64), *(self._twice(own, part, parts) for part in range(parts))]
        )
        self._table("_keys", {"h": twice})
        if self.seen:
            self.con.execute(
                f"INSERT INTO _keys SELECT DISTINCT h FROM ({own}) "
                f"WHERE h IN (SELECT hash(_key) FROM ({self._in_force()}))"
            )
        (waiting,) = self.con.execute("SELECT count(*) FROM _keys").fetchone()
        self.few = waiting <= FEW * rows

    def _twice(self, own: str, part: int, parts: int) -> npt.NDArray[np.uint64]:
        """The hashes that stand more than once among one part of all: sorted, equal ones are neighbours."""
        which = f" WHERE h % {parts} = {part}" if parts > 1 else ""
        hashes = self._array(f"SELECT h FROM ({own}){which}")
        low = hashes < np.uint64(1 << 63)
        with ThreadPoolExecutor(2) as pool:
            return np.concatenate(list(pool.map(_neighbours, (hashes[low], hashes[~low]))))

    def _array(self, query: str) -> npt.NDArray[Any]:
        """The one column of a query, no value of it null; worked out by all threads, unlike what `execute` hands out."""
        (column,) = self.con.sql(query).fetchnumpy().values()
        return np.asarray(np.ma.getdata(column))

    def _table(self, name: str, columns: dict[str, npt.NDArray[Any]]) -> None:
        """A temporary table made of arrays."""
        self.con.register("_arrays", columns)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM _arrays")
        self.con.unregister("_arrays")

    def _in_force(self) -> str:
        files = f"read_parquet([{sql.texts(map(str, self.seen))}], union_by_name => true)"
        return f"SELECT * FROM {files} WHERE _source = {sql.text(self.plan.source.code)}"

    def slices(self) -> Iterator[tuple[int, int]]:
        """First and last `_row` of each slice."""
        first, last = self.con.execute(f"SELECT min(_row), max(_row) FROM {self.files}").fetchone()
        if first is None:
            return
        length = SLICE
        while first <= last:
            yield first, min(first + length - 1, last)
            first += length
            length = SLICE * (LONGER if self.few else 1)

    def slice(self, number: int, first: int, last: int, outcome: Outcome) -> None:
        """Work out one slice, write its files, count; what is left of it may wait for that of the next ones."""
        name = f"std-{number:05}"
        if not self.few:
            self._long_way(self._at(self.whole, first, last), number, "_again", outcome)
            outcome.accepted += self._write(
                f"SELECT {self.columns} FROM _slice WHERE _blocks = 0 AND NOT _again", name
            )
            return
        written = self._write(self._at(self.good, first, last), name)
        outcome.accepted += written
        if written:
            self._count_written(name, written, outcome)
        left = self._gather_left(name if written else "", first, last)
        self.few = left <= LEFT * (last - first + 1)
        if self.gathered >= GATHERED:
            self.rest(number, outcome)

    def rest(self, number: int, outcome: Outcome) -> None:
        """Work out what was left of slices so far; its bad rows go to the quarantine file of a number."""
        if self.gathered:
            self._long_way(self.left, number, "true", outcome)
            self.con.execute("DROP TABLE _left")
            self.gathered = 0

    def _long_way(self, rows: str, number: int, waits: str, outcome: Outcome) -> None:
        """Clean, check and mark rows in the table `_slice`; put bad ones and those that wait where they belong."""
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE _slice AS {rows}")
        self._count(outcome)
        self.con.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS _waiting AS SELECT {self.columns} FROM _slice LIMIT 0"
        )
        self.con.execute(
            f"INSERT INTO _waiting SELECT {self.columns} FROM _slice WHERE _blocks = 0 AND {waits}"
        )
        outcome.quarantined += self._write(
            "SELECT _row, _key, _reasons AS reasons, _found AS found FROM _slice WHERE _blocks <> 0",
            f"quarantine-{number:05}",
        )

    @staticmethod
    def _at(rows: str, first: int, last: int) -> str:
        return rows.replace(FIRST, str(first)).replace(LAST, str(last))

    def _path(self, name: str) -> Path:
        return self.out / f"{name}.parquet"

    def _gather_left(self, written: str, first: int, last: int) -> int:
        """Put into `_left` the rows of a slice that are not in the file just written; how many they are.

        They are brought together: what is worked out costs by the vector, and they lie scattered.
        """
        left = np.zeros(last - first + 1, dtype=bool)
        rows = f"SELECT _row FROM {self.files} WHERE _row BETWEEN {first} AND {last}"
        left[self._array(rows) - first] = True
        if written:
            path = sql.text(str(self._path(written)))
            left[self._array(f"SELECT _row FROM read_parquet({path})") - first] = False
        self._table("_left_rows", {"_row": np.flatnonzero(left) + first})
        found = (
            f"SELECT * FROM {self.files} WHERE _row BETWEEN {first} AND {last} "
            "AND _row IN (SELECT _row FROM _left_rows)"
        )
        self.con.execute(
            f"INSERT INTO _left {found}"
            if self.gathered
            else f"CREATE OR REPLACE TEMP TABLE _left AS {found}"
        )
        self.gathered += int(left.sum())
        return int(left.sum())

    def _write(self, query: str, name: str) -> int:
        """Rows written to a file; a file without rows isn't left behind."""
        path = self._path(name)
        rows = self.con.execute(f"COPY ({query}) TO {sql.text(str(path))} {PARQUET}").fetchone()[0]
        if not rows:
            path.unlink(missing_ok=True)
        return int(rows)

    def _count_written(self, name: str, rows: int, outcome: Outcome) -> None:
        """Count the good rows of a file: Parquet itself says how many values each column has."""
        path = sql.text(str(self._path(name)))
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW _good AS SELECT * FROM read_parquet({path})")
        nulls = self.con.execute(
            f"SELECT path_in_schema, sum(stats_null_count)::BIGINT FROM parquet_metadata({path}) GROUP BY ALL"
        ).fetchall()
        left = {column: rows - none for column, none in nulls} | {"_n": rows}
        zero = np.zeros(1, np.int64)
        masks = {"_flags": zero, "_blocks": zero, "n": np.array([rows])}
        add_up(self.query, self.plan, masks, left | self._row(self.rule_counts), outcome)

    def _count(self, outcome: Outcome) -> None:
        """Count the rows of `_slice`: by their masks, and what is left of their values."""
        masks = self.con.execute(
            "SELECT _flags, _blocks, count(*) AS n FROM _slice GROUP BY ALL"
        ).fetchnumpy()
        add_up(self.query, self.plan, masks, self._row(self.counts), outcome)

    def _row(self, query: str) -> dict[str, Any]:
        found = self.con.execute(query)
        return dict(zip((column[0] for column in found.description), found.fetchone(), strict=True))

    def waiting(self, outcome: Outcome) -> None:
        """Of the rows that wait all but one of each key are duplicates, and that one where it is in force as it is."""
        if not self.con.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name = '_waiting'"
        ).fetchone()[0]:
            return
        waiting = self.con.execute("SELECT count(*) FROM _waiting").fetchone()[0]
        one = "max" if self.plan.source.mode == "incremental" else "min"
        kept = self._write(
            f"SELECT {self.columns} FROM _waiting AS w "
            f"SEMI JOIN (SELECT _key, {one}(_row) AS _row FROM _waiting GROUP BY _key) AS one USING (_key, _row)"
            + (self._changed() if self.seen else ""),
            "std-waiting",
        )
        outcome.accepted += kept
        outcome.duplicate += waiting - kept

    def _changed(self) -> str:
        """A join that leaves out waiting rows equal in key and content to the newest row in force."""
        known = {row[0] for row in self.con.execute(f"DESCRIBE {self._in_force()}").fetchall()}
        contents = [*(item.key for item, _, _ in self.plan.items()), *self.query.found]
        same = " AND ".join(
            f"w.{sql.name(column)} IS NOT DISTINCT FROM "
            + (f"s.{sql.name(column)}" if column in known else "NULL")
            for column in contents
        )
        newest = (
            f"SELECT * FROM ({self._in_force()}) WHERE _key IN (SELECT _key FROM _waiting) "
            "QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _batch DESC, _row DESC) = 1"
        )
        return f" ANTI JOIN ({newest}) AS s ON w._key = s._key AND {same}"

    def clear(self) -> None:
        """Drop the temporary tables."""
        self.con.execute("DROP VIEW IF EXISTS temp._good")
        for table in ("_keys", "_left", "_left_rows", "_slice", "_waiting"):
            self.con.execute(f"DROP TABLE IF EXISTS temp.{table}")


def schema(plan: Plan) -> dict[str, str]:
    """The columns of a plan's standard rows with their SQL types, in order."""
    items = {item.key: SQL_TYPES[element.type] for item, element, _ in plan.items()}
    own = {"_source": "VARCHAR", "_key": "VARCHAR", "_batch": "BIGINT", "_row": "BIGINT", "_flags": "BIGINT"}
    return {**items, **own, **{f"{key}__found": "VARCHAR" for key in plan.flagged}}
