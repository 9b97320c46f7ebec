"""Figures over one resource's rows: all its indicators in one pass, one more each by county, town and time; ratios of figures."""

import functools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeVar

import ibis
from msgspec import structs

from xilin.kernel.indicators.declarations import Indicator, Where

OPERATORS = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}

# Characters of a 12-digit division code that name the county, and the town; and what fills the rest.
COUNTY_DIGITS, COUNTY_TAIL = 6, "000000"
TOWN_DIGITS, TOWN_TAIL = 9, "000"
Key = TypeVar("Key", bound=Hashable)


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


def town_of(area: str) -> str:
    """The town a 12-digit area code lies in, as a 12-digit code; "" for the code of a county.

    >>> town_of("990102003201"), town_of("990102000000")
    ('990102003000', '')
    """
    town = area[:TOWN_DIGITS]
    return "" if not town[COUNTY_DIGITS:].strip("0") else town + TOWN_TAIL


def ratio(
    over: Mapping[Key, float | None], under: Mapping[Key, float | None], scale: float
) -> dict[Key, float]:
    """Values divided area by area; an area without a denominator, or with none but 0, has no ratio.

    >>> ratio({"": 1, "a": 0, "b": 3}, {"": 4, "a": 2, "c": 1}, 100)
    {'': 25.0, 'a': 0.0}
    """
    found = {}
    for key, value in over.items():
        whole = under.get(key)
        if value is not None and whole:
            found[key] = value / whole * scale
    return found


def few(rows: Mapping[str, int], least: int) -> set[str]:
    """The towns whose figure is not told: those of fewer than `least` rows, and no county's only one.

    A town hidden alone could be worked out from its county and the other towns: the smallest of these is hidden with it.

    >>> sorted(few({"990101001000": 3, "990101002000": 40, "990101003000": 12, "990102001000": 50}, 10))
    ['990101001000', '990101003000']
    >>> few({"990101001000": 0, "990101002000": 40}, 10)
    set()
    """
    towns: dict[str, list[str]] = defaultdict(list)
    for town in rows:
        towns[county_of(town)].append(town)
    hidden: set[str] = set()
    for ours in towns.values():
        small = {town for town in ours if 0 < rows[town] < least}
        others = sorted((rows[town], town) for town in ours if rows[town] and town not in small)
        hidden |= small | ({others[0][1]} if len(small) == 1 and others else set())
    return hidden


def county(column: ibis.expr.types.StringValue) -> ibis.expr.types.StringValue:
    """`county_of` as an expression."""
    return column.substr(0, COUNTY_DIGITS) + COUNTY_TAIL


def town(column: ibis.expr.types.StringValue) -> ibis.expr.types.StringValue:
    """`town_of` as an expression; null for the code of a county."""
    digits = column.substr(COUNTY_DIGITS, TOWN_DIGITS - COUNTY_DIGITS)
    return (digits != "0" * (TOWN_DIGITS - COUNTY_DIGITS)).ifelse(
        column.substr(0, TOWN_DIGITS) + TOWN_TAIL, ibis.null("string")
    )


def period(column: Any, per: str) -> ibis.expr.types.StringValue:
    """The month (`2026-03`) or year (`2026`) of a date or of a reporting period such as 2026年3月; null where it names none."""
    if not column.type().is_string():
        return column.strftime("%Y" if per == "year" else "%Y-%m")
    year = column.re_extract(r"^([0-9]{4})", 1)
    if per == "year":
        return (year != "").ifelse(year, ibis.null("string"))
    month = column.re_extract(r"^[0-9]{4}(?:年|-|/)?([0-9]{1,2})(?:月|$|-|/)", 1)
    return (month != "").ifelse(year + "-" + month.lpad(2, "0"), ibis.null("string"))


def figures(
    table: ibis.Table, indicators: Iterable[Indicator], area_column: str
) -> dict[str, dict[str, float | None]]:
    """The values of the indicators of one resource: by code, then by area ("" is the whole, None what is too few to tell).

    Rows without an area count in the whole and in no county.
    """
    indicators = list(indicators)
    whole = table.aggregate(**{i.code: measure(table, i) for i in indicators}).to_pyarrow().to_pylist()[0]
    found: dict[str, dict[str, float | None]] = {i.code: {"": float(whole[i.code])} for i in indicators}
    split = [i for i in indicators if i.by]
    if split and area_column:
        by: Any = table.filter(table[area_column].notnull())
        by = by.mutate(county_=county(by[area_column]))
        rows = by.group_by("county_").aggregate(**{i.code: measure(by, i) for i in split})
        for row in rows.to_pyarrow().to_pylist():
            for indicator in split:
                found[indicator.code][row["county_"]] = float(row[indicator.code])
        for indicator, values in _by_town(by, [i for i in split if i.by == "town"], area_column):
            found[indicator.code] |= values
    return found


def _by_town(
    by: Any, split: list[Indicator], area_column: str
) -> Iterable[tuple[Indicator, dict[str, float | None]]]:
    if not split:
        return
    by = by.mutate(town_=town(by[area_column])).filter(lambda t: t.town_.notnull())
    # How many rows a figure comes of is what tells how few it is about, whatever it measures.
    counted = {f"{i.code}__rows": measure(by, _rows_of(i)) for i in split}
    rows = by.group_by("town_").aggregate(**{i.code: measure(by, i) for i in split}, **counted)
    told = rows.to_pyarrow().to_pylist()
    for indicator in split:
        hidden = few({row["town_"]: row[f"{indicator.code}__rows"] for row in told}, indicator.least)
        yield (
            indicator,
            {row["town_"]: None if row["town_"] in hidden else float(row[indicator.code]) for row in told},
        )


def _rows_of(indicator: Indicator) -> Indicator:
    return structs.replace(indicator, formula="count")


def over_time(
    table: ibis.Table, indicators: Iterable[Indicator], area_column: str
) -> dict[str, dict[tuple[str, str], float]]:
    """The values of the indicators that are broken down over time: by code, then by area ("" is the whole) and period."""
    found: dict[str, dict[tuple[str, str], float]] = {}
    groups: dict[tuple[str, str], list[Indicator]] = defaultdict(list)
    for indicator in indicators:
        if indicator.over:
            groups[indicator.over, indicator.per].append(indicator)
    for (column, per), ours in groups.items():
        dated: Any = table.mutate(period_=period(table[column], per)).filter(lambda t: t.period_.notnull())
        _collect(found, dated, ours, "")
        split = [i for i in ours if i.by]
        if split and area_column:
            by = dated.filter(dated[area_column].notnull())
            _collect(found, by.mutate(county_=county(by[area_column])), split, "county_")
    return found


def _collect(
    found: dict[str, dict[tuple[str, str], float]], rows: Any, indicators: list[Indicator], area: str
) -> None:
    keys = [area, "period_"] if area else ["period_"]
    grouped = rows.group_by(keys).aggregate(**{i.code: measure(rows, i) for i in indicators})
    for row in grouped.to_pyarrow().to_pylist():
        for indicator in indicators:
            place = (row[area] if area else "", row["period_"])
            found.setdefault(indicator.code, {})[place] = float(row[indicator.code])
