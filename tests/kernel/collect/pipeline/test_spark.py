"""Standardising on a real Spark cluster gives the rows, reasons and counts that DuckDB gives."""

import json
import subprocess
import sys

import ibis
import pyarrow.parquet as pq
import pytest
from standard_plan import ON, PLAN, rows
from test_standardise import INCREMENT, read, write

import spark_cluster
from xilin.kernel.collect.pipeline import standardise
from xilin.kernel.collect.pipeline.spark import standardise as on_spark
from xilin.kernel.lake.dialect import to_spark

ZONE = "Asia/Shanghai"
WHY_NOT = spark_cluster.why_not()
needs_spark = pytest.mark.skipif(bool(WHY_NOT), reason=f"Spark can't run here: {WHY_NOT}")


@pytest.fixture(scope="module")
def con():
    con = ibis.duckdb.connect(threads=2, preserve_insertion_order=False)
    con.settings["timezone"] = ZONE
    yield con
    con.disconnect()


@pytest.fixture
def session(spark_application):
    return spark_cluster.few_rows(spark_application[1])


def both(con, session, folder, files, plan, **how):
    """The outcome and the rows of either engine."""
    found = []
    for name, run, engine in (("duckdb", standardise, con), ("spark", on_spark, session)):
        out = folder / name
        out.mkdir()
        outcome = run(engine, files, plan, batch=7, on=ON, out=out, **how)
        held = [row | {"found": json.loads(row["found"])} for row in read(out, "quarantine")]
        found.append((outcome, read(out, "std"), held))
    return found


def test_rows_of_every_sort_come_out_the_same_on_two_workers(con, session, tmp_path):
    found = rows(0, 1500)
    files = [
        write(tmp_path / "a.parquet", found[:900]),
        write(tmp_path / "b.parquet", found[900:], first=901),
    ]
    ours, theirs = both(con, session, tmp_path, files, PLAN)

    workers = session.sparkContext._jsc.sc().statusTracker().getExecutorInfos()
    assert len(workers) == 1 + 2, "the driver and two workers"
    assert theirs == ours
    assert ours[0].accepted > 100
    one, other = (
        pq.read_schema(next((tmp_path / name).glob("std-*.parquet"))) for name in ("duckdb", "spark")
    )
    assert [(field.name, field.type) for field in other] == [(field.name, field.type) for field in one]


def test_an_increment_comes_out_the_same(con, session, tmp_path):
    first = tmp_path / "first"
    first.mkdir()
    standardise(con, [write(tmp_path / "1.parquet", rows(3, 300))], INCREMENT, batch=1, on=ON, out=first)
    seen = [str(path) for path in first.glob("std-*.parquet")]
    files = [write(tmp_path / "2.parquet", [*rows(3, 300)[:150], *rows(4, 150)])]
    ours, theirs = both(con, session, tmp_path, files, INCREMENT, seen=seen)

    assert theirs == ours
    assert ours[0].duplicate > 20


@needs_spark
def test_a_cluster_that_cannot_be_used_is_said_so(tmp_path):
    program = (
        "import pathlib, sys\nfrom xilin.kernel.lake import spark\n"
        "spark.connect('nothing-here', zone='UTC', scratch=pathlib.Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=False
    )

    assert "NoSpark" in done.stderr.strip().splitlines()[-1]


def test_what_the_dialects_mean_differently_is_said_in_sparks_words():
    said = to_spark(
        "SELECT strlen(x), TRY_CAST(x AS ENUM('a', 'b')) AS y FROM t WHERE regexp_full_match(x, 'a|b')"
    )

    assert said == (
        "SELECT OCTET_LENGTH(x), CASE WHEN x IN ('a', 'b') THEN x END AS y FROM t WHERE x RLIKE '\\\\A(?:a|b)\\\\z'"
    )


def test_plans_with_a_date_form_of_their_own_are_read_digit_by_digit():
    said = to_spark("SELECT try_strptime(x, '%Y年%m月')")

    assert "([1-9][0-9]{3})年([0-9]?[0-9])月" in said
