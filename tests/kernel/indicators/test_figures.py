"""Figures over rows in a real DuckDB: each formula, each condition, ratios, the breakdown by county."""

import doctest
from datetime import date, datetime
from decimal import Decimal

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xilin.kernel.indicators import pipeline
from xilin.kernel.indicators.declarations import Indicator, Where
from xilin.kernel.indicators.pipeline import figures, over_time, ratio
from xilin.kernel.standards.declarations import Name
from xilin.lib.text import Text

# What each row has: village, kind, lambs, area in hectares, community, built on, renewed at, open.
ROWS = [
    ("990101001001", "school", 10, "1.50", "A", date(2020, 1, 1), datetime(2026, 1, 1, 8), True),
    ("990101002201", "clinic", 20, "2.25", "A", date(2021, 6, 1), datetime(2026, 2, 1, 8), False),
    ("990102001001", "clinic", 0, "0.25", "B", date(2022, 6, 1), None, True),
    ("990102001002", "", None, None, "B", None, None, None),
    (None, "school", 5, "4.00", None, date(2023, 6, 1), None, True),
    ("990103100201", None, 7, "8.00", "C", date(2024, 6, 1), datetime(2026, 3, 1, 8), True),
]
COLUMNS = ("area_code", "kind", "lambs", "hectares", "community", "built_on", "renewed_at", "open")
TYPES = {
    "area_code": pa.string(),
    "kind": pa.string(),
    "lambs": pa.int64(),
    "hectares": pa.decimal128(12, 2),
    "community": pa.string(),
    "built_on": pa.date32(),
    "renewed_at": pa.timestamp("us"),
    "open": pa.bool_(),
}
FIRST, SECOND, THIRD = "990101000000", "990102000000", "990103000000"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The rows as the lake keeps them: a Parquet file."""
    columns = {}
    for place, name in enumerate(COLUMNS):
        values = [row[place] for row in ROWS]
        if name == "hectares":
            values = [Decimal(value) if value else None for value in values]
        columns[name] = pa.array(values, TYPES[name])
    file = tmp_path_factory.mktemp("lake") / "institutions.parquet"
    pq.write_table(pa.table(columns), file)
    return ibis.duckdb.connect().read_parquet(file)


def indicator(code="it", formula="count", **more):
    words = Text(zh="某")
    more.setdefault("resource", "institutions")
    return Indicator(
        code=code,
        name=Name(zh="某"),
        definition=words,
        unit=words,
        theme=Name(zh="某"),
        formula=formula,
        **more,
    )


def value(table, **more):
    return figures(table, [indicator(**more)], "area_code")["it"]


@pytest.mark.parametrize(
    ("formula", "column", "expected"),
    [
        ("count", "", 6),
        ("sum", "lambs", 42),
        ("sum", "hectares", 16.0),
        ("distinct", "community", 3),
        ("distinct", "kind", 3),  # the empty text is a value, null is none
    ],
)
def test_each_formula_over_all_rows(table, formula, column, expected):
    assert value(table, formula=formula, column=column) == {"": expected}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Where("kind", "=", "school"), 2),
        (Where("kind", "!=", "school"), 3),  # null is neither
        (Where("kind", "in", values=("school", "clinic")), 4),
        (Where("kind", "null"), 1),
        (Where("kind", "not_null"), 5),
        (Where("lambs", "<", 10), 3),
        (Where("lambs", "<=", 10), 4),
        (Where("lambs", ">", 10), 1),
        (Where("lambs", ">=", 10), 2),
        (Where("hectares", ">", 2.25), 2),
        (Where("built_on", ">=", "2022-06-01"), 3),
        (Where("renewed_at", "<", "2026-02-01"), 1),
    ],
    ids=lambda condition: f"{condition.column} {condition.operator}" if isinstance(condition, Where) else "",
)
def test_each_condition_keeps_the_rows_that_meet_it(table, condition, expected):
    assert value(table, where=(condition,)) == {"": expected}


def test_all_conditions_must_be_met(table):
    both = (Where("kind", "=", "clinic"), Where("lambs", ">", 0))

    assert value(table, where=both) == {"": 1}
    assert value(table, formula="sum", column="hectares", where=both) == {"": 2.25}
    assert value(table, formula="distinct", column="community", where=both) == {"": 1}


def test_no_rows_are_nothing_not_unknown(table):
    none = (Where("kind", "=", "palace"),)

    for formula, column in (("count", ""), ("sum", "lambs"), ("distinct", "kind")):
        assert value(table, formula=formula, column=column, where=none, by="county") == {
            "": 0,
            FIRST: 0,
            SECOND: 0,
            THIRD: 0,
        }


def test_by_county_adds_up_villages_and_leaves_rows_without_an_area_to_the_whole(table):
    assert value(table, by="county") == {"": 6, FIRST: 2, SECOND: 2, THIRD: 1}
    assert value(table, formula="sum", column="lambs", by="county") == {
        "": 42,
        FIRST: 30,
        SECOND: 0,
        THIRD: 7,
    }


def test_several_indicators_of_a_resource_come_of_one_pass_each_with_its_own_breakdown(table):
    found = figures(
        table,
        [
            indicator("all"),
            indicator("lambs", "sum", column="lambs", by="county"),
            indicator("clinics", where=(Where("kind", "=", "clinic"),), by="county"),
        ],
        "area_code",
    )

    assert found == {
        "all": {"": 6},
        "lambs": {"": 42, FIRST: 30, SECOND: 0, THIRD: 7},
        "clinics": {"": 2, FIRST: 1, SECOND: 1, THIRD: 0},
    }


def test_by_town_adds_up_villages_beside_their_counties(table):
    assert value(table, by="town", least=1) == {
        "": 6, FIRST: 2, SECOND: 2, THIRD: 1,
        "990101001000": 1, "990101002000": 1, "990102001000": 2, "990103100000": 1,
    }  # fmt: skip


def test_a_town_of_few_rows_is_not_told_whatever_is_measured(table):
    found = value(table, formula="sum", column="lambs", by="town", least=2)

    assert found[FIRST] == 30
    assert {area: value for area, value in found.items() if not area.endswith("000000")} == {
        "": 42, "990101001000": None, "990101002000": None, "990102001000": 0, "990103100000": None,
    }  # fmt: skip


def test_over_time_is_by_months_or_years_of_the_whole_and_of_counties(table):
    found = over_time(
        table,
        [
            indicator("yearly", over="built_on", per="year", by="county"),
            indicator("monthly", "sum", column="lambs", over="renewed_at"),
            indicator("never"),
        ],
        "area_code",
    )

    assert found == {
        "yearly": {
            ("", "2020"): 1, ("", "2021"): 1, ("", "2022"): 1, ("", "2023"): 1, ("", "2024"): 1,
            (FIRST, "2020"): 1, (FIRST, "2021"): 1, (SECOND, "2022"): 1, (THIRD, "2024"): 1,
        },
        "monthly": {("", "2026-01"): 10, ("", "2026-02"): 20, ("", "2026-03"): 7},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "month", "year"),
    [
        ("2026年3月", "2026-03", "2026"),
        ("2026年12月", "2026-12", "2026"),
        ("2026-03", "2026-03", "2026"),
        ("202603", "2026-03", "2026"),
        ("2026年1季度", None, "2026"),
        ("2026年", None, "2026"),
        ("去年", None, None),
    ],
)
def test_a_reporting_period_is_read_as_it_is_written(said, month, year):
    text = ibis.memtable({"said": [said]}).said
    read = [ibis.duckdb.connect().execute(pipeline.period(text, per)).iloc[0] for per in ("month", "year")]

    assert [None if value != value else value for value in read] == [month, year]


def test_a_value_that_looks_like_sql_is_a_value(table):
    assert value(table, where=(Where("kind", "=", "x' OR '1'='1"),)) == {"": 0}


def test_a_ratio_leaves_out_areas_without_a_denominator():
    over, under = {"": 90591, FIRST: 3, SECOND: 1}, {"": 107192, FIRST: 4, SECOND: 0, THIRD: 9}

    found = ratio(over, under, 100)

    assert found.keys() == {"", FIRST}
    assert round(found[""], 2) == 84.51
    assert found[FIRST] == 75


def test_the_examples_of_the_docstrings_hold():
    assert doctest.testmod(pipeline).failed == 0
