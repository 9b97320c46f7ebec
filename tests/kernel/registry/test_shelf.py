"""What is in records is found by its place, whatever was added, left or was bound together since."""

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from xilin.kernel.registry.pipeline import shelf as shelves
from xilin.kernel.registry.pipeline.shelf import AT, Missing, Shelf

SCHEMA = pa.schema([("rid", pa.int64()), ("source", pa.string()), ("name", pa.string())])


def reader(rids: list[int], block: int = 7) -> pa.RecordBatchReader:
    """Rows of a few records, in blocks."""
    table = pa.table({"rid": rids, "source": ["a"] * len(rids), "name": [f"王{n}" for n in rids]}, SCHEMA)
    return pa.RecordBatchReader.from_batches(SCHEMA, table.to_batches(max_chunksize=block))


def spots(numbers: list[int]) -> NDArray[np.int64]:
    """Places as `fetch` wants them."""
    return np.array(sorted(numbers), np.int64)


def test_rows_are_found_by_their_places_after_many_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "FULL", 40)
    dice, shelf, there, bound = random.Random(20261126), Shelf(tmp_path), {}, 0
    for run in range(80):
        gone = dice.sample(sorted(there), min(len(there), dice.randrange(25)))
        for at in gone:
            del there[at]
        shelf = shelf.without(spots(gone))
        shelf, placed = shelf.add(reader([run * 1000 + n for n in range(dice.randrange(50))]))
        there |= dict(zip(placed[AT].to_pylist(), placed["rid"].to_pylist(), strict=True))
        if thin := shelf.thin():
            bound += 1
            shelf = shelf.bound(thin, spots([at for at in there if thin[0].first <= at < thin[-1].end]))
        shelf.tidy()
        assert shelf.whole()
        assert {path.name for path in tmp_path.iterdir()} == {one.name for one in shelf.volumes}
        assert sum(one.rows for one in shelf.volumes) == len(there)
        wanted = spots(dice.sample(sorted(there), dice.randrange(len(there) + 1)))
        rows = shelf.fetch(wanted)
        found = [] if rows is None else rows.to_pylist()
        assert found == [
            {"rid": there[at], "source": "a", "name": f"王{there[at]}"} for at in wanted.tolist()
        ]
    assert bound > 10
    assert len(shelf.volumes) < len(there) // 20 + shelves.MANY


def test_only_the_columns_that_are_named_are_read(tmp_path: Path) -> None:
    shelf, _ = Shelf(tmp_path).add(reader([1, 2, 3]))
    rows = shelf.fetch(spots([0, 2]), ("name",))
    assert rows is not None
    assert rows.to_pylist() == [{"name": "王1"}, {"name": "王3"}]


def test_a_place_that_nothing_stands_at_is_missing(tmp_path: Path) -> None:
    shelf, _ = Shelf(tmp_path).add(reader(list(range(30))))
    shelf = shelf.without(spots([3]))
    shelf = shelf.bound(shelf.volumes, spots([n for n in range(30) if n != 3]))
    for nowhere in (3, 30):
        with pytest.raises(Missing):
            shelf.fetch(spots([nowhere]))


def test_a_volume_that_is_gone_cut_or_spoiled_is_told(tmp_path: Path) -> None:
    shelf, _ = Shelf(tmp_path).add(reader(list(range(30))))
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    assert shelf.whole()
    path.write_bytes(content[:-100])
    assert not shelf.whole()
    path.write_bytes(b"\0" * len(content))
    with pytest.raises(Missing):
        shelf.fetch(spots([1]))
    path.unlink()
    assert not shelf.whole()
    with pytest.raises(Missing):
        shelf.fetch(spots([1]))


def test_nothing_is_put_away_for_nothing(tmp_path: Path) -> None:
    shelf, placed = Shelf(tmp_path).add(reader([]))
    assert (shelf.volumes, placed.num_rows, list(tmp_path.iterdir())) == ((), 0, [])
    assert shelf.fetch(spots([])) is None
