"""What a release looks like column by column: values with their counts, for charts; never more than the release itself tells."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from xilin.kernel.opening.queries import file

ALL = "*"
# A column of more values than this is a key or free text: a chart of it tells nothing.
MOST_VALUES = 60
COUNTY_DIGITS = 6
# Bands of ages and of years: 25-29, 80+. They stand in their own order.
BAND = re.compile(r"([0-9]+)(?:[-–+].*)$")
TIMES = ("date", "datetime", "timestamp", "year")


@dataclass(frozen=True, slots=True)
class Profile:
    """The values of a column, each with how many rows or people have it. `kind` says how it is best drawn."""

    column: str
    kind: Literal["category", "time", "area"]
    counts: tuple[tuple[str, float], ...]


def profiles(release: Any, areas: Sequence[str], codes: Sequence[str]) -> list[Profile]:
    """The columns of a release that a chart tells something of, at most five.

    `areas` are the columns of areas, `codes` those with a code list. A release of counts is summed up by its own totals
    where it has them: a count that was left out isn't made up again by adding the others.
    """
    return list(_profiles(release.opening, release.version, _Held(release), tuple(areas), tuple(codes)))


class _Held:
    """A release as an argument of a cache: equal to itself by opening and version, which name what never changes."""

    def __init__(self, release: Any) -> None:
        self.release = release

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str, str]:
        return self.release.opening, str(sorted(self.release.digests.items()))


@lru_cache(maxsize=64)
def _profiles(
    _opening: str, _version: int, held: _Held, areas: tuple[str, ...], codes: tuple[str, ...]
) -> tuple[Profile, ...]:
    release = held.release
    types = {name: str(kind) for name, kind in release.columns}
    dimensions = [name for name in types if name not in ("count", "left_out")]
    table = parquet.read_table(
        file(release, "parquet"), columns=[name for name in types if name != "left_out"]
    )
    found = []
    for name in dimensions:
        kind = _kind(name, types[name], areas, codes, table)
        if kind is None:
            continue
        counts = _counted(table, name, dimensions) if "count" in types else _rows(table, name)
        if kind == "time":
            counts = _by_year(counts)
        if kind == "area":
            counts = _by_county(counts)
        if 1 < len(counts) <= MOST_VALUES:
            found.append(Profile(name, kind, tuple(_ordered(counts, kind))))
    return tuple(found[:5])


def _kind(
    name: str, type_: str, areas: Sequence[str], codes: Sequence[str], table: pa.Table
) -> Literal["category", "time", "area"] | None:
    if name in areas:
        return "area"
    if any(word in type_ for word in TIMES):
        return "time"
    if name in codes or "count" in table.column_names:
        return "category"
    distinct = pc.count_distinct(table[name]).as_py()
    return (
        "category"
        if "string" in type_ and distinct <= min(MOST_VALUES, max(table.num_rows // 4, 1))
        else None
    )


def _counted(table: pa.Table, name: str, dimensions: Sequence[str]) -> dict[str, float]:
    """Counts of a column's values: from the rows that put all others together, else added up."""
    others = [one for one in dimensions if one != name]
    totals = table
    for other in others:
        totals = totals.filter(pc.equal(totals[other].cast(pa.string()), ALL))
    told = totals.filter(pc.not_equal(totals[name].cast(pa.string()), ALL)) if totals.num_rows else totals
    if told.num_rows == 0:
        if _has_totals(table, dimensions):
            return {}
        told = table
    found: Counter[str] = Counter()
    for value, count in zip(told[name].cast(pa.string()).to_pylist(), told["count"].to_pylist(), strict=True):
        if count is not None:
            found[value or ""] += count
    return dict(found)


def _has_totals(table: pa.Table, dimensions: Sequence[str]) -> bool:
    return any(pc.any(pc.equal(table[one].cast(pa.string()), ALL)).as_py() for one in dimensions)


def _rows(table: pa.Table, name: str) -> dict[str, float]:
    counted = pc.value_counts(table[name].cast(pa.string()).combine_chunks()).to_pylist()
    return {one["values"] or "": one["counts"] for one in counted}


def _by_year(counts: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for value, count in counts.items():
        if value[:4].isdecimal():
            found[value[:4]] += count
    return dict(found)


def _by_county(counts: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for value, count in counts.items():
        found[value[:COUNTY_DIGITS]] += count
    return dict(found)


def _ordered(counts: Mapping[str, float], kind: str) -> list[tuple[str, float]]:
    if kind == "time":
        return sorted(counts.items())
    if all(BAND.match(value) for value in counts):
        return sorted(counts.items(), key=lambda pair: int(BAND.match(pair[0])[1]))  # type: ignore[index]
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
