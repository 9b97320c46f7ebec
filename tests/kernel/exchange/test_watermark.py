"""Marks: what a leaked copy still tells after what people do to copies, and what it doesn't."""

import random

import delivered
import duckdb
import numpy
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from delivered import grant, land, people

import small_league
from xilin.kernel.exchange import tracing, watermark
from xilin.kernel.exchange.actions import exports

pytestmark = pytest.mark.django_db
NOW = small_league.NOW
COUNT = 3000


@pytest.fixture
def leaked(hub, tmp_path, settings, monkeypatch):
    """Two grants of the same rows with a file each; the table of the first, and how to look at a copy of it."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    small_league.apply(tmp_path / "roll", delivered.FILES)
    monkeypatch.setattr(exports.timezone, "now", lambda: NOW)
    land(people(*range(COUNT)))
    made = []
    for _ in range(2):
        grant(hub)
        asked = exports.ask_export(
            hub.client.pk, "roll", purpose="assistance", case_number="低保-1", kind="parquet", at=NOW
        )
        made.append(exports.make(asked.number))

    class Leak:
        export, other = made
        table = pq.read_table(exports.path_of(made[0]))

        @staticmethod
        def found(table, name="leak.parquet"):
            path = tmp_path / name
            if name.endswith("parquet"):
                pq.write_table(table.replace_schema_metadata(None), path)
            else:
                pyarrow.csv.write_csv(table, path)
            marks = tracing.trace(path)
            assert all(mark.grant == made[0].grant for mark in marks), "an innocent recipient is named"
            return {mark.kind: mark for mark in marks}

    return Leak


def some(table, share, seed=7):
    """A part of the rows, in their order."""
    keep = sorted(random.Random(seed).sample(range(table.num_rows), int(table.num_rows * share)))
    return table.take(pa.array(keep))


def shuffled(table, seed=7):
    order = list(range(table.num_rows))
    random.Random(seed).shuffle(order)
    return table.take(pa.array(order))


def test_the_file_itself_names_its_export_and_all_three_marks_agree(leaked):
    marks = tracing.trace(exports.path_of(leaked.export))
    assert [mark.kind for mark in marks] == ["row", "order", "metadata"]
    row, order, metadata = marks
    assert (row.matched, row.seen, row.confirmed) == (COUNT, COUNT, tracing.SAMPLE)
    assert order.export == metadata.export == leaked.export
    assert row.grant == leaked.export.grant


def test_with_nine_rows_of_ten_gone_both_hidden_marks_are_left(leaked):
    found = leaked.found(some(leaked.table, 0.1))
    assert found["order"].export == leaked.export
    assert found["row"].matched == COUNT // 10


def test_one_row_is_enough_where_its_identifier_is_left(leaked):
    found = leaked.found(leaked.table.slice(1234, 1))
    assert (found["row"].matched, found["row"].confirmed) == (1, 1)
    assert "order" not in found


def test_sorted_anew_the_identifiers_are_left(leaked):
    found = leaked.found(leaked.table.sort_by("phone"))
    assert found["row"].matched == COUNT
    assert "order" not in found


@pytest.mark.parametrize("keep", ["first", "second", "third"])
def test_with_the_identifiers_and_all_but_one_column_gone_the_order_is_left(leaked, keep):
    column = leaked.export.anchors["columns"][["first", "second", "third"].index(keep)]
    found = leaked.found(leaked.table.select([column, "active"]))
    assert found["order"].export == leaked.export


def test_nine_rows_of_ten_and_the_identifiers_gone_the_order_is_left(leaked):
    found = leaked.found(some(leaked.table, 0.1).drop_columns(["_row"]))
    assert found["order"].export == leaked.export


def test_written_as_csv_and_with_another_name_for_the_identifiers_both_are_left(leaked):
    names = ["编号" if name == "_row" else name for name in leaked.table.column_names]
    table = leaked.table.rename_columns(names)
    found = leaked.found(
        table.set_column(0, "编号", as_text(table["编号"])).drop_columns(["seen_at"]), "leak.csv"
    )
    assert found["row"].matched == COUNT
    assert found["order"].export == leaked.export


def test_two_leaks_put_together_name_both(leaked, tmp_path):
    both = pa.concat_tables(
        [some(leaked.table, 0.2), some(pq.read_table(exports.path_of(leaked.other)), 0.2)]
    )
    pq.write_table(shuffled(both), tmp_path / "both.parquet")
    marks = tracing.trace(tmp_path / "both.parquet")
    assert {mark.grant for mark in marks if mark.kind == "row"} == {
        leaked.export.grant,
        leaked.other.grant,
    }


def test_sorted_anew_and_without_identifiers_nothing_is_left(leaked):
    """What the marks don't outlive: said here so that nobody claims it."""
    assert leaked.found(shuffled(leaked.table).drop_columns(["_row"])) == {}


def test_a_forged_tag_is_told_by_its_digests(leaked, tmp_path):
    tag = watermark.tag(
        tracing.secret(tracing.Path(tracing.settings.HOME), "watermark"), leaked.other.grant.number
    )
    forged = pa.array([tag + value[8:] for value in as_text(leaked.table["_row"]).to_pylist()])
    pq.write_table(pa.table({"_row": forged}), tmp_path / "forged.parquet")
    (mark,) = tracing.trace(tmp_path / "forged.parquet")
    assert (mark.grant, mark.matched, mark.confirmed) == (leaked.other.grant, COUNT, 0)


def test_what_is_no_table_is_refused_in_words(tmp_path):
    (tmp_path / "none.parquet").write_bytes(b"PAR1 nothing")
    for name in ("none.parquet", "not-there.csv"):
        with pytest.raises(tracing.FileNotReadable):
            tracing.trace(tmp_path / name)


def as_text(column):
    """Identifiers as text, however the reader gives them."""
    found = duckdb.connect().from_arrow(pa.table({"a": column})).project("a::VARCHAR AS a")
    return found.to_arrow_table()["a"].combine_chunks()


def test_the_engines_hash_is_the_one_that_orders_were_made_with():
    """Where this fails the engine's hash has changed: files made before are then traced with the old engine."""
    (probe,) = duckdb.connect().execute(watermark.PROBE).fetchone()
    assert probe == "7072307567947115782"
    assert watermark.evidence(numpy.array([1, 2, 3, 3, 4])) == (3, 3 / 3**0.5)
