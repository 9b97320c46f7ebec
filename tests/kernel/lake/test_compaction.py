"""Small files put together: the same rows in fewer files, batches and earlier snapshots as they were."""

import pyarrow as pa
import pytest
from test_tables import TABLE, put, rows

from xilin.kernel.lake import compaction, locks
from xilin.kernel.lake.compaction import Compacted, compact
from xilin.kernel.lake.tables import COMPACTION


def none():
    return ()


def entries(lake):
    return [(file.part, dict(file.batches), file.rows) for file in lake.entries(TABLE)]


def test_small_files_become_one_with_the_same_rows(lake, con):
    for batch in range(1, 6):
        put(lake, batch, a=[batch, batch * 10])

    done = compact(con, TABLE, none)

    assert done == Compacted(TABLE, 5, 1, 10)
    assert entries(lake) == [("all", dict.fromkeys(range(1, 6), 2), 10)]
    assert rows(lake, con) == sorted((n * m,) for n in range(1, 6) for m in (1, 10))
    assert compact(con, TABLE, none) == Compacted(TABLE, 0, 0, 0)


def test_batches_are_still_told_and_later_ones_come_as_before(lake, con):
    for batch in (1, 2, 3):
        put(lake, batch, a=[batch])
    compact(con, TABLE, none)

    lake.commit(TABLE, [], batch=2, replace=True)
    put(lake, 4, a=[4])

    assert all(lake.committed(TABLE, batch) for batch in (1, 2, 3, 4))
    assert rows(lake, con) == [(1,), (2,), (3,), (4,)]
    assert lake.remove(TABLE, 3) == 0
    assert lake.remove(TABLE, 4) == 1
    assert rows(lake, con) == [(1,), (2,), (3,)]


def test_files_put_together_are_put_together_again(lake, con):
    for batch in (1, 2):
        put(lake, batch, a=[batch])
    compact(con, TABLE, none)
    put(lake, 7, a=[7])

    compact(con, TABLE, none)

    assert entries(lake) == [("all", {1: 1, 2: 1, 7: 1}, 3)]
    assert lake.entries(TABLE)[0].batch == 7


def test_parts_stay_apart_and_a_later_full_batch_replaces_its_own_alone(lake, con):
    for batch in (1, 2, 3, 4):
        put(lake, batch, part="police" if batch % 2 else "health", a=[batch])

    compact(con, TABLE, none, part="health")
    assert [part for part, _, _ in entries(lake)] == ["police", "police", "health"]
    compact(con, TABLE, none)
    put(lake, 5, part="police", replace=True, a=[5])

    assert entries(lake) == [("health", {2: 1, 4: 1}, 2), ("police", {5: 1}, 1)]
    assert rows(lake, con) == [(2,), (4,), (5,)]


def test_few_files_large_files_and_those_of_batches_at_work_are_let_alone(lake, con, monkeypatch):
    for batch in (1, 2, 3):
        put(lake, batch, a=[batch])

    assert compact(con, TABLE, none, more_than=3).files == 0
    assert compact(con, TABLE, lambda: {2, 3}).files == 0
    with monkeypatch.context() as patched:
        patched.setattr(compaction, "SMALL", 1)
        assert compact(con, TABLE, none).files == 0
    assert compact(con, TABLE, lambda: {3}).files == 2
    assert entries(lake) == [("all", {1: 1, 2: 1}, 2), ("all", {3: 1}, 1)]


def test_files_together_larger_than_a_large_one_become_several(lake, con, monkeypatch):
    for batch in range(1, 7):
        put(lake, batch, a=[batch])
    monkeypatch.setattr(compaction, "LARGE", 2 * lake.entries(TABLE)[0].bytes)

    assert compact(con, TABLE, none).made == 3

    assert [batches for _, batches, _ in entries(lake)] == [{1: 1, 2: 1}, {3: 1, 4: 1}, {5: 1, 6: 1}]


def test_columns_that_came_later_and_widened_types_are_those_of_the_table(lake, con):
    put(lake, 1, a=pa.array([1], pa.int32()))
    put(lake, 2, a=pa.array([2**40], pa.int64()), **{"名’'": ["x"]})

    compact(con, TABLE, none)

    assert rows(lake, con) == [(1, None), (2**40, "x")]
    scanned = lake._load(TABLE).scan().to_arrow()
    assert sorted(scanned.to_pylist(), key=str) == sorted(
        lake.read(con, TABLE).to_pyarrow().to_pylist(), key=str
    )


def test_earlier_snapshots_read_as_they_were(lake, con):
    put(lake, 1, a=[1])
    before = lake._load(TABLE).current_snapshot().snapshot_id
    put(lake, 2, a=[2])
    compact(con, TABLE, none)
    lake.sweep(["std"], none)

    table = lake._load(TABLE)
    assert table.scan(snapshot_id=before).to_arrow().to_pydict() == {"a": [1]}
    assert len(table.metadata.snapshots) == 3


def test_a_file_that_left_meanwhile_gives_the_exchange_up(lake, con):
    put(lake, 1, a=[1])
    put(lake, 2, a=[2])

    def running():
        """Another batch takes the place of all, between the list of files and the exchange."""
        put(lake, 3, replace=True, a=[3])
        return ()

    assert compact(con, TABLE, running) == Compacted(TABLE, 0, 0, 0)
    assert rows(lake, con) == [(3,)]
    assert not list(lake.warehouse.glob("std/people/data/all/*-*/*.parquet"))


def test_what_a_killed_compaction_left_is_swept_but_not_while_one_is_at_work(lake, con):
    put(lake, 1, a=[1])
    left = lake.folder(TABLE, 1).with_name("1-2") / "left.parquet"
    left.parent.mkdir()
    left.write_bytes(b"")

    with locks.held(COMPACTION, wait=True):
        assert lake.sweep(["std"], none) == 0
        assert compact(con, TABLE, none, wait=False) == Compacted(TABLE, 0, 0, 0)
    assert lake.sweep(["std"], none) == 1
    assert not left.exists()
    assert rows(lake, con) == [(1,)]


@pytest.mark.parametrize("rounds", [3])
def test_batches_committed_beside_a_compaction_lose_nothing(lake, con, rounds):
    for batch in range(1, rounds + 1):
        put(lake, batch * 2, a=[batch * 2])
        compact(con, TABLE, lambda batch=batch: (put(lake, batch * 2 + 1, a=[batch * 2 + 1]), ())[1])

    assert rows(lake, con) == [(n,) for n in range(2, 2 * rounds + 2)]
