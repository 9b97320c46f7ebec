"""Times as databases and interfaces write them by themselves."""

from datetime import date, datetime

import duckdb
import pytest

from xilin.kernel.collect.pipeline.dates import moment


@pytest.fixture(scope="module")
def con():
    with duckdb.connect(config={"autoload_known_extensions": False}) as con:
        con.execute("SET TimeZone = 'Asia/Shanghai'")
        yield con


def read(con, text, *, day=False, formats=()):
    return con.execute(
        f"SELECT {moment('x', formats, day=day)} FROM (SELECT ?::VARCHAR AS x)", [text]
    ).fetchone()[0]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01 10:20:30.123456", datetime(2026, 3, 1, 10, 20, 30, 123456)),
        ("2026-03-01 10:20:30.5", datetime(2026, 3, 1, 10, 20, 30, 500000)),
        ("2026-03-01T10:20:30.5", datetime(2026, 3, 1, 10, 20, 30, 500000)),
        ("2026-03-01 10:20:30+08", datetime(2026, 3, 1, 10, 20, 30)),
        ("2026-03-01T02:20:30Z", datetime(2026, 3, 1, 10, 20, 30)),
        ("2026-03-01T02:20:30.000+0000", datetime(2026, 3, 1, 10, 20, 30)),
        ("2026-02-28T20:20:30.25-05:30", datetime(2026, 3, 1, 9, 50, 30, 250000)),
    ],
)
def test_a_fraction_and_a_zone_are_read_where_no_form_is_declared(con, text, at):
    assert read(con, text) == at
    assert read(con, text, day=True) == at.date()
    assert read(con, text, formats=("%Y-%m-%d %H:%M:%S",)) is None


def test_a_day_is_that_of_the_platforms_zone(con):
    assert read(con, "2026-02-28T18:00:00Z", day=True) == date(2026, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30 10:20:30.5",
        "2026-03-01 24:00:00.5",
        "2026-03-01 10:20:60.5",
        "2026-03-01 10:20:30.",
        "2026-03-01 10:20:30 CST",
        "2026-03-01 10:20:30+8",
        "2026-03-01 10:20:30.1234567",
        "0999-03-01 10:20:30.5",
        "2026-13-01T02:20:30Z",
    ],
)
def test_what_is_no_time_stays_none(con, text):
    assert read(con, text) is None
