"""Figures over one resource's rows: all its indicators in one pass, and one more by county; ratios of figures."""

import functools
from collections.abc import Iterable
from typing import Any

import ibis

from xilin.kernel.indicators.declarations import Indicator, Where

OPERATORS = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}

# Characters of a 12-digit division code that name the county, and what fills the rest.
COUNTY_DIGITS, COUNTY_TAIL = 6, "000000"


def condition(table: ibis.Table, where: Where) -> ibis.expr.types.BooleanValue:
    """One declared condition as an expression; a null meets none but `null`."""
    column = table[where.column]
    if where.operator == "null":
        return column.isnull()
    if where.operator == "not_null":
        return column.notnull()
    if where.operator == "in":
        return column.isin(list(where.values))
    return OPERATORS[where.operator](column, where.value)


def measure(table: ibis.Table, indicator: Indicator) -> ibis.expr.types.Scalar:
    """An indicator as an aggregate over a resource's rows; `sum` of no rows is 0."""
    where = [condition(table, declared) for declared in indicator.where]
    kept = functools.reduce(lambda left, right: left & right, where) if where else None
    if indicator.formula == "count":
        return table.count(where=kept)
    column = table[indicator.column]
    if indicator.formula == "distinct":
        return column.nunique(where=kept)
    return column.sum(where=kept).coalesce(0)


def county_of(area: str) -> str:
    """The county a 12-digit area code lies in, as a 12-digit code.

    >>> county_of("990102003201")
    '990102000000'
    """
    return area[:COUNTY_DIGITS] + COUNTY_TAIL


def ratio(over: dict[str, float], under: dict[str, float], scale: float) -> dict[str, float]:
    """Values divided area by area; an area without a denominator, or with none but 0, has no ratio.

    >>> ratio({"": 1, "a": 0, "b": 3}, {"": 4, "a": 2, "c": 1}, 100)
    {'': 25.0, 'a': 0.0}
    """
    return {area: value / under[area] * scale for area, value in over.items() if under.get(area)}


def county(column: ibis.expr.types.StringValue) -> ibis.expr.types.StringValue:
    """`county_of` as an expression."""
    return column.substr(0, COUNTY_DIGITS) + COUNTY_TAIL


def figures(
    table: ibis.Table, indicators: Iterable[Indicator], area_column: str
) -> dict[str, dict[str, float]]:
    """The values of the indicators of one resource: by code, then by area ("" is the whole).

    Rows without an area count in the whole and in no county.
    """
    indicators = list(indicators)
    whole = table.aggregate(**{i.code: measure(table, i) for i in indicators}).to_pyarrow().to_pylist()[0]
    found: dict[str, dict[str, float]] = {i.code: {"": float(whole[i.code])} for i in indicators}
    split = [i for i in indicators if i.by == "county"]
    if split and area_column:
        by: Any = table.filter(table[area_column].notnull())
        by = by.mutate(county_=county(by[area_column]))
        rows = by.group_by("county_").aggregate(**{i.code: measure(by, i) for i in split})
        for row in rows.to_pyarrow().to_pylist():
            for indicator in split:
                found[indicator.code][row["county_"]] = float(row[indicator.code])
    return found
