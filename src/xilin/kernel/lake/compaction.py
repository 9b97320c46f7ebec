"""Putting the small files of a table together: every increment leaves one, and each costs readers an opening.

No row changes: the same rows lie in fewer files, by one snapshot for each new file. Earlier snapshots keep the
files they had until they expire, and batches are still told by theirs.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from xilin.kernel.lake import locks
from xilin.kernel.lake.tables import BATCHES, COMPACTION, File, Lake

# A file of fewer bytes is small; small files are put together up to this many bytes.
SMALL = 32 << 20
LARGE = 128 << 20
LAYOUT = "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880"


@dataclass(frozen=True, slots=True)
class Compacted:
    """What became of a table: files that were put together, files made of them, rows in these."""

    table: str
    files: int
    made: int
    rows: int


def compact(
    con: Any,
    table: str,
    running: Callable[[], Collection[int]],
    *,
    more_than: int = 1,
    part: str | None = None,
    wait: bool = True,
) -> Compacted:
    """Put the small files of each part of a table together where it has `more_than` so many.

    Safe beside batches at work and against a kill at any time: a file that no snapshot knows is for
    `sweep`. The order matters: 1. list the files, 2. ask `running` for the batches at work, whose files are
    spared, as such a batch may have to be taken out again. A batch taken out after 1 has left the table when
    its files are to be replaced, which is then given up.

    Args:
        con: an engine.
        part: this part alone.
        wait: for another that compacts; else nothing is done beside it.
    """
    lake, done = Lake.open(), Compacted(table, 0, 0, 0)
    with locks.held(COMPACTION, wait=wait) as ours:
        if not ours:
            return done
        files = [file for file in lake.entries(table) if part in (None, file.part)]
        spared = set(running())
        small = [file for file in files if file.bytes < SMALL and spared.isdisjoint(file.batches)]
        for group in _groups(small, more_than):
            if _put_together(lake, con, table, group):
                rows = done.rows + sum(file.rows for file in group)
                done = Compacted(table, done.files + len(group), done.made + 1, rows)
    return done


def _groups(files: Sequence[File], more_than: int) -> Iterator[list[File]]:
    """Files of one part that make a large one together, oldest first; none alone."""
    for part in sorted({file.part for file in files}):
        own = [file for file in files if file.part == part]
        if len(own) <= more_than:
            continue
        group: list[File] = []
        for file in own:
            if group and sum(one.bytes for one in group) + file.bytes > LARGE:
                yield from _several(group)
                group = []
            group.append(file)
        yield from _several(group)


def _several(group: list[File]) -> Iterable[list[File]]:
    return [group] if len(group) > 1 else []


def _put_together(lake: Lake, con: Any, table: str, group: Sequence[File]) -> bool:
    """One file of several, and the snapshot with it in their place."""
    batches: Counter[int] = Counter()
    for file in group:
        batches.update(file.batches)
    first, last = min(batches), max(batches)
    folder = lake.folder(table, last, group[0].part).with_name(f"{first}-{last}")
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{uuid4().hex}.parquet"
    rows = _write(con, lake.read(con, table, [file.path for file in group]), new, batches)
    if rows != sum(batches.values()):
        raise AssertionError(f"{table}: {rows} rows were put together of {sum(batches.values())}")
    if lake.rewrite(table, [file.path for file in group], new, {"xilin.compacted": f"{first}-{last}"}):
        return True
    new.unlink()
    return False


def _write(con: Any, rows: Any, path: Path, batches: Counter[int]) -> int:
    told = json.dumps(dict(sorted(batches.items())))
    to, footer = (str(text).replace("'", "''") for text in (path, told))
    query = f"COPY ({con.compile(rows)}) TO '{to}' ({LAYOUT}, KV_METADATA {{'{BATCHES}': '{footer}'}})"
    return int(con.con.execute(query).fetchone()[0])
