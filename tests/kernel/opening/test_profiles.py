"""What a release looks like column by column, by what it tells and no more."""

from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyarrow import parquet

from xilin.kernel.opening import profiles


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A release of some columns, as it lies in its Parquet file."""
    made = iter(range(100))

    def make(**columns):
        table = pa.table(columns)
        path = tmp_path / f"{next(made)}.parquet"
        parquet.write_table(table, path)
        monkeypatch.setattr(profiles, "file", lambda release, form: release.path)
        return SimpleNamespace(
            opening=path.stem,
            version=1,
            digests={"parquet": str(path)},
            columns=[[name, str(table.schema.field(name).type)] for name in table.column_names],
            path=path,
        )

    return make


def told(found):
    return {one.column: (one.kind, dict(one.counts)) for one in found}


def test_counts_are_summed_up_by_the_totals_of_the_release(release):
    one = release(
        sex=["1", "2", "1", "2", "*", "*", "1", "2"],
        age=["0-9", "0-9", "10-19", "10-19", "0-9", "10-19", "*", "*"],
        count=[4, None, 5, 6, 9, 11, 9, 12],
    )

    assert told(profiles.profiles(one, [], ["sex"])) == {
        "sex": ("category", {"1": 9, "2": 12}),
        "age": ("category", {"0-9": 9, "10-19": 11}),
    }


def test_a_total_that_was_left_out_is_not_made_up_again(release):
    one = release(sex=["1", "2", "*"], age=["0-9", "0-9", "0-9"], count=[4, 5, None])

    assert told(profiles.profiles(one, [], ["sex"])) == {}


def test_counts_without_totals_are_added_up(release):
    one = release(sex=["1", "2", "1", "2"], age=["0-9", "0-9", "10-19", "10-19"], count=[-1, 4, 5, 6])

    assert told(profiles.profiles(one, [], []))["sex"] == ("category", {"2": 10, "1": 4})


def test_rows_are_counted_by_codes_years_and_counties_and_never_by_keys(release):
    one = release(
        key=[f"K{n}" for n in range(8)],
        kind=["a"] * 5 + ["b"] * 3,
        area=["990101001001"] * 3 + ["990101002000"] * 2 + ["990102001001"] * 3,
        built=pa.array([f"{2020 + n // 4}-01-0{n % 4 + 1}" for n in range(8)]).cast(pa.date32()),
    )

    assert told(profiles.profiles(one, ["area"], ["kind"])) == {
        "kind": ("category", {"a": 5, "b": 3}),
        "area": ("area", {"990101": 5, "990102": 3}),
        "built": ("time", {"2020": 4, "2021": 4}),
    }


def test_bands_stand_in_their_own_order(release):
    one = release(age=["80+", "0-9", "10-19", "9-9"], count=[9, 8, 7, 1])
    (found,) = profiles.profiles(one, [], [])

    assert [name for name, _n in found.counts] == ["0-9", "9-9", "10-19", "80+"]
