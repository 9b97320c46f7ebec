# ruff: noqa: S608 - names in SQL are columns as found, quoted by `sql`.
"""修补 Rows that a department mended where they were held back: tried by the same rules, and laid over what its source delivers.

Raw files keep the rows as they were found. Of a source that is read whole, rows that stand as they were found when they were mended are
changed in copies of the files, which standardising reads instead; of increments, whose rows don't come again, mended rows are
submitted once more with the next batch, as rows of its own.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.utils import timezone

from xilin.kernel.accounts.models import User
from xilin.kernel.collect import queries
from xilin.kernel.collect.intake import text_batch
from xilin.kernel.collect.pipeline import Plan, columns, sql, standardise
from xilin.kernel.lake import engine
from xilin.kernel.quality import actions as quality
from xilin.kernel.quality import queries as held
from xilin.kernel.quality.errors import NotMendable, NotYours, StillBroken
from xilin.kernel.quality.models import Mend
from xilin.kernel.quality.rules import reason

Row = Mapping[str, str | None]
TRIED = 256


def mend(pk: int, values: Mapping[str, str], *, by: User, at: datetime) -> Mend:
    """Mend a held row: try it with new values by every rule of its source, and keep the mend if it passes.

    Args:
        values: texts by column as found, all or some of them; an empty text is nothing.

    Raises:
        NotFound: the row isn't there, or isn't theirs.
        NotYours: they may see it, not mend it.
        NotMendable: a line of the wrong width, a column it hasn't, nothing changed.
        StillBroken: rules are broken all the same; its `reasons` tell which, in both languages.
    """
    row = held.quarantined_for(by, pk)
    if not held.may_mend(by, row):
        raise NotYours
    found = row.found if isinstance(row.found, dict) else json.loads(row.found)
    if "_text" in found:
        raise NotMendable(what=found.get("_file", "_text"))
    strange = sorted(set(values) - set(found))
    changed = {
        name: text or None for name, text in values.items() if (text or None) != (found.get(name) or None)
    }
    if strange or not changed:
        raise NotMendable(what=", ".join(strange) or "=")
    plan = queries.plan(row.source, timezone.localdate(at))
    missing = sorted(set(columns(plan)) - set(found))
    if missing:  # the source is declared otherwise since the row was held back
        raise NotMendable(what=", ".join(missing))
    left = tried({**found, **changed}, plan, on=timezone.localdate(at))
    if left:
        raise StillBroken(left)
    return quality.mend(row, changed, by=by, at=at)


def tried(found: Row, plan: Plan, *, on: date) -> list[dict[str, str]]:
    """Why a row would be held back, as quarantine has it: code, column, the sentence in Chinese and English; nothing if it passes."""
    con = engine.connect(TRIED)
    try:
        with tempfile.TemporaryDirectory(prefix="xilin-mend-", dir=settings.HOME) as folder:
            raw, out = Path(folder) / "raw.parquet", Path(folder) / "out"
            out.mkdir()
            batch = text_batch(list(found), ([text] for text in found.values()))
            table = pa.Table.from_batches([batch])
            for name, number in (("_row", 1), ("_batch", 0)):
                table = table.append_column(name, pa.array([number], pa.int64()))
            pq.write_table(table, raw)
            standardise(con, [raw], plan, batch=0, on=on, out=out)
            rows = [
                row for path in out.glob("quarantine-*.parquet") for row in pq.read_table(path).to_pylist()
            ]
    finally:
        con.disconnect()
    told = []
    for one in (one for row in rows for one in row["reasons"]):
        said = reason(one["code"], one["column"], None, plan)
        told.append({"code": one["code"], "column": one["column"], "zh": said.zh, "en": said.en})
    return told


def lay(con: Any, files: Sequence[Path], source: str, out: Path) -> tuple[list[Path], list[int]]:
    """Lay the mends of a source over its raw files: the files to standardise, and the mends that were taken.

    A file without a mended row is left as it is; of the others there is a copy in `out`.
    """
    alive = list(held.mends(source))
    if not alive:
        return list(files), []
    made: list[Path] = []
    taken: set[int] = set()
    for path in files:
        names = [name for name in pq.read_schema(path).names if name not in ("_row", "_batch")]
        fitting = [one for one in alive if set(one.found) == set(names)]
        copy = out / f"mended-{path.name}"
        done = _copied(con.con, path, names, fitting, copy) if fitting else set()
        made.append(copy if done else path)
        taken |= done
    return made, sorted(taken)


def _copied(con: Any, path: Path, names: Sequence[str], mends: Sequence[Mend], copy: Path) -> set[int]:
    """Write a copy of a file with mended rows, where there are any; the numbers of the mends that fitted."""
    arrays: dict[str, Any] = {"_mend": pa.array([one.pk for one in mends], pa.int64())}
    for index, name in enumerate(names):
        arrays[f"f{index}"] = pa.array([one.found[name] for one in mends], pa.string())
        arrays[f"n{index}"] = pa.array([name in one.changed for one in mends], pa.bool_())
        arrays[f"v{index}"] = pa.array([one.changed.get(name) for one in mends], pa.string())
    rows = f"read_parquet({sql.text(str(path))})"
    same = " AND ".join(
        f"r.{sql.name(name)} IS NOT DISTINCT FROM m.f{index}" for index, name in enumerate(names)
    )
    con.register("_mends", pa.table(arrays))
    try:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE _mended AS SELECT r._row AS _at, m.* FROM {rows} r JOIN _mends m ON {same}"
        )
        done = {number for (number,) in con.execute("SELECT DISTINCT _mend FROM _mended").fetchall()}
        if done:
            mended = ", ".join(
                f"CASE WHEN m.n{index} THEN m.v{index} ELSE r.{sql.name(name)} END AS {sql.name(name)}"
                for index, name in enumerate(names)
            )
            con.execute(
                f"COPY (SELECT {mended}, r._row, r._batch FROM {rows} r LEFT JOIN _mended m ON m._at = r._row) "
                f"TO {sql.text(str(copy))} (FORMAT parquet)"
            )
        con.execute("DROP TABLE _mended")
    finally:
        con.unregister("_mends")
    return done


def again(source: str) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of an incremental source that wait to be submitted again, as mended, each with the number of its mend."""
    for one in held.mends(source).filter(state=Mend.State.WAITING):
        row = {**one.found, **one.changed}
        yield one.pk, text_batch(list(row), ([text] for text in row.values()))
