"""Tables of the lake: what a commit adds, replaces, refuses."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xilin.kernel.lake.errors import ColumnsDontFit, SnapshotGone
from xilin.kernel.lake.tables import Lake

TABLE = "std.people"


def write(folder, name="std-0.parquet", **columns):
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / name)
    return folder / name


def rows(lake, con, table=TABLE):
    found = lake.read(con, table)
    return sorted(tuple(row.values()) for row in found.to_pyarrow().to_pylist())


def put(lake, batch, *, replace=False, part="all", **columns):
    path = write(lake.folder(TABLE, batch, part), **columns)
    lake.commit(TABLE, [path], batch=batch, replace=replace, part=part)


def test_a_table_nobody_wrote_has_no_files_and_reads_as_none(lake, con):
    assert lake.files(TABLE) == []
    assert lake.read(con, TABLE) is None
    assert lake.tables("std") == []
    assert not lake.committed(TABLE, 1)


def test_a_commit_adds_its_files_and_stands_in_the_snapshots(lake, con):
    put(lake, 1, a=[1])
    put(lake, 2, a=[2])

    assert rows(lake, con) == [(1,), (2,)]
    assert lake.committed(TABLE, 1)
    assert lake.committed(TABLE, 2)
    assert not lake.committed(TABLE, 3)
    assert lake.tables("std") == [TABLE]


def test_a_commit_said_twice_doubles_nothing(lake, con):
    put(lake, 1, a=[1])

    lake.commit(TABLE, lake.files(TABLE), batch=1, replace=False)

    assert rows(lake, con) == [(1,)]


def test_files_from_elsewhere_are_moved_into_the_lake(lake, con, tmp_path):
    path = write(tmp_path / "elsewhere", a=[1])

    lake.commit(TABLE, [path], batch=4, replace=False)

    assert not path.exists()
    assert lake.files(TABLE) == [str(lake.folder(TABLE, 4) / "std-0.parquet")]


def test_replacing_takes_the_earlier_files_of_the_same_part_only(lake, con):
    put(lake, 1, part="police", a=[1])
    put(lake, 2, part="health", a=[2])

    put(lake, 3, part="police", replace=True, a=[3])

    assert rows(lake, con) == [(2,), (3,)]
    assert [(file.part, file.batch, file.rows) for file in lake.entries(TABLE)] == [
        ("health", 2, 1),
        ("police", 3, 1),
    ]


def test_files_of_an_earlier_snapshot_are_told_until_it_is_forgotten(lake):
    assert lake.snapshot(TABLE) is None
    put(lake, 1, a=[1])
    first = lake.snapshot(TABLE)
    put(lake, 2, replace=True, a=[2])

    assert [file.batch for file in lake.entries(TABLE, first)] == [1]
    assert [file.batch for file in lake.entries(TABLE)] == [2]
    with pytest.raises(SnapshotGone):
        lake.entries(TABLE, 17)


def test_replacing_is_one_snapshot(lake):
    put(lake, 1, a=[1])

    put(lake, 2, replace=True, a=[2])

    assert len(lake._load(TABLE).metadata.snapshots) == 2


def test_a_batch_without_rows_is_recorded_and_may_empty_a_table(lake, con):
    put(lake, 1, a=[1])

    lake.commit(TABLE, [], batch=2, replace=True)

    assert lake.committed(TABLE, 2)
    assert lake.read(con, TABLE) is None


def test_a_first_batch_without_rows_is_recorded_where_its_columns_are_told(lake):
    lake.commit(TABLE, [], batch=1, replace=True, schema=pa.schema([("a", pa.int64())]))

    assert lake.committed(TABLE, 1)


def test_a_column_may_come_and_older_rows_read_null_in_it(lake, con):
    put(lake, 1, a=[1])
    put(lake, 2, a=[2], b=["x"])
    put(lake, 3, a=[3])

    assert rows(lake, con) == [(1, None), (2, "x"), (3, None)]


def test_a_column_that_left_every_file_in_force_still_reads_as_null(lake, con):
    put(lake, 1, a=[1], b=["x"])
    put(lake, 2, replace=True, a=[2])

    assert rows(lake, con) == [(2, None)]


def test_a_type_may_be_widened(lake, con):
    put(lake, 1, a=pa.array([1], pa.int32()), d=pa.array([Decimal("1.50")], pa.decimal128(9, 2)))
    put(lake, 2, a=pa.array([2**40], pa.int64()), d=pa.array([Decimal("12345678.25")], pa.decimal128(18, 2)))

    assert rows(lake, con) == [(1, Decimal("1.50")), (2**40, Decimal("12345678.25"))]


def test_a_narrower_type_fits_a_wider_column(lake, con):
    put(lake, 1, a=pa.array([1], pa.int64()))
    put(lake, 2, a=pa.array([2], pa.int32()))

    assert rows(lake, con) == [(1,), (2,)]


def test_a_type_that_can_not_be_widened_is_refused_and_nothing_changes(lake, con, tmp_path):
    put(lake, 1, a=["text"])

    wrong = write(tmp_path, a=pa.array([1], pa.int64()))
    with pytest.raises(ColumnsDontFit):
        lake.check(TABLE, [wrong])
    with pytest.raises(ColumnsDontFit, match=r"std\.people 无法写入这些行：a 的类型"):
        put(lake, 2, a=pa.array([1], pa.int64()))

    assert rows(lake, con) == [("text",)]
    assert not lake.committed(TABLE, 2)


def test_names_of_columns_may_be_chinese(lake, con):
    put(lake, 1, **{"草场面积（亩）": ["12.5"]})

    assert lake.read(con, TABLE).columns == ("草场面积（亩）",)
    assert rows(lake, con) == [("12.5",)]


def test_a_batch_can_be_taken_out_again(lake, con):
    put(lake, 1, a=[1])
    put(lake, 2, a=[2])

    assert lake.remove(TABLE, 2) == 1
    assert lake.remove(TABLE, 2) == 0

    assert rows(lake, con) == [(1,)]
    assert not lake.folder(TABLE, 2).exists()


def test_files_no_snapshot_knows_are_swept_away_and_others_are_not(lake, con):
    put(lake, 1, a=[1])
    put(lake, 2, replace=True, a=[2])
    lost = write(lake.folder(TABLE, 3), a=[3])
    running = write(lake.folder(TABLE, 4), a=[4])

    assert lake.sweep(["std"], lambda: [4]) == 1

    assert not lost.exists()
    assert running.exists()
    assert rows(lake, con) == [(2,)]


def test_snapshots_that_have_expired_and_their_files_can_go_but_not_what_is_in_force(lake, con):
    put(lake, 1, a=[1])
    put(lake, 2, replace=True, a=[2])
    put(lake, 3, replace=True, a=[3])
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    assert lake.expire(["std"], datetime.now(UTC) - timedelta(days=1)) == 0
    assert lake.expire(["std"], tomorrow) == 2
    assert lake.sweep(["std"], list) == 2

    assert rows(lake, con) == [(3,)]
    assert not lake.folder(TABLE, 1).exists()


def test_another_reader_of_iceberg_finds_the_same_rows(lake, con):
    """pyiceberg's own scan, which knows nothing of the platform's folders, after every kind of change."""
    put(lake, 1, part="one", a=pa.array([1], pa.int32()), b=["x"])
    put(lake, 2, part="two", a=pa.array([2**40], pa.int64()), c=[date(2026, 3, 1)])
    put(
        lake,
        3,
        part="one",
        replace=True,
        a=pa.array([3], pa.int32()),
        b=pa.array([None], pa.string()),
        **{"名（亩）": ["甲"]},
    )

    found = lake._load(TABLE).scan().to_arrow()

    assert sorted(found.to_pylist(), key=str) == sorted(
        lake.read(con, TABLE).to_pyarrow().to_pylist(), key=str
    )
    assert sorted(found.column("a").to_pylist()) == [3, 2**40]
    assert found.column_names == ["a", "b", "c", "名（亩）"]


def test_commits_at_once_follow_one_another(lake, con):
    put(lake, 1, a=[1])
    errors = []

    def other(batch):
        try:
            own = Lake.open()
            path = write(own.folder(TABLE, batch), a=[batch])
            own.commit(TABLE, [path], batch=batch, replace=False)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=other, args=[batch]) for batch in range(2, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert rows(lake, con) == [(batch,) for batch in range(1, 8)]
