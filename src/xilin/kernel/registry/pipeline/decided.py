"""What people decided about records: some are one thing, some never are, whatever else speaks for it."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import duckdb

from xilin.kernel.registry.pipeline.forms import formed
from xilin.kernel.registry.pipeline.spec import Spec, name
from xilin.kernel.registry.pipeline.union import GuardedComponents

DECISIONS = ("must", "cannot")
Pair = tuple[int, int]


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make sure that `linking.must` and `linking.cannot` are there: pairs of records by source and key."""
    for decision in DECISIONS:
        con.execute(
            f"CREATE TABLE IF NOT EXISTS linking.{decision} "
            "(source_a VARCHAR, key_a VARCHAR, source_b VARCHAR, key_b VARCHAR)"
        )


def pairs(con: duckdb.DuckDBPyConnection, decision: str) -> list[Pair]:
    """The pairs of a decision whose records are both there, by rid, in one order."""
    return con.execute(
        "SELECT DISTINCT least(a.rid, b.rid) AS l, greatest(a.rid, b.rid) AS r "
        f"FROM linking.{decision} d JOIN linking.records a ON a.source = d.source_a AND a.key = d.key_a "
        "JOIN linking.records b ON b.source = d.source_b AND b.key = d.key_b WHERE a.rid <> b.rid ORDER BY l, r"
    ).fetchall()


def between_nodes(con: duckdb.DuckDBPyConnection, decision: str) -> list[Pair]:
    """The pairs of a decision as pairs of nodes, in one order; those within one node are left out."""
    found = pairs(con, decision)
    node = dict(
        con.execute(
            "SELECT rid, node FROM linking.belongs WHERE rid IN (SELECT unnest($1::BIGINT[]))",
            [[rid for pair in found for rid in pair]],
        ).fetchall()
    )
    joined = {(min(node[a], node[b]), max(node[a], node[b])) for a, b in found}
    return sorted((one, two) for one, two in joined if one != two)


def separate(con: duckdb.DuckDBPyConnection, spec: Spec) -> int:
    """Part the groups that an identifier made of records that people told apart; how many were parted.

    The records of such a group are joined anew, those that people joined first, then the
    most alike, never two that must stay apart: so the weakest links between them are cut.
    The largest part keeps the group's identifiers; the others are contested.
    """
    cannot = pairs(con, "cannot")
    if not cannot:
        return 0
    touched = [rid for pair in cannot for rid in pair]
    groups: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    columns = ", ".join(map(name, spec.used))
    con.execute(
        "CREATE OR REPLACE TABLE linking.told_apart AS SELECT rid, grp FROM linking.membership WHERE grp IN "
        "(SELECT grp FROM linking.membership WHERE rid IN (SELECT unnest($1::BIGINT[])))",
        [touched],
    )
    forms = formed(spec, "(SELECT * FROM linking.records WHERE rid IN (SELECT rid FROM linking.told_apart))")
    for grp, *row in con.execute(
        f"SELECT grp, rid, {columns} FROM linking.told_apart JOIN ({forms}) USING (rid) ORDER BY grp, rid"
    ).fetchall():
        groups[grp].append(tuple(row))
    must, parted = set(pairs(con, "must")), 0
    for grp, rows in groups.items():
        within = {rid for rid, *_ in rows}
        apart = [pair for pair in cannot if within.issuperset(pair)]
        if apart:
            parted += 1
            _part(con, spec, grp, _parts(rows, [pair for pair in must if within.issuperset(pair)], apart))
    return parted


def _parts(rows: Sequence[tuple[Any, ...]], must: Sequence[Pair], apart: Sequence[Pair]) -> list[list[int]]:
    """The records of one group in parts, the largest first."""
    things = GuardedComponents({}, {}, apart)
    edges = sorted((-_alike(a, b), a[0], b[0]) for a, b in combinations(rows, 2))
    for one, two in [*sorted(must), *((a, b) for _, a, b in edges)]:
        if things.root(one) != things.root(two) and not things.contradict(one, two):
            things.join(one, two)
    parts: dict[int, list[int]] = defaultdict(list)
    for rid, *_ in rows:
        parts[things.root(rid)].append(rid)
    return sorted(parts.values(), key=lambda part: (-len(part), part[0]))


def _alike(one: tuple[Any, ...], two: tuple[Any, ...]) -> int:
    """How many forms are the same, less how many differ."""
    both = [(a, b) for a, b in zip(one[1:], two[1:], strict=True) if a is not None and b is not None]
    return sum(1 if a == b else -1 for a, b in both)


def _part(con: duckdb.DuckDBPyConnection, spec: Spec, grp: int, parts: list[list[int]]) -> None:
    con.execute("DELETE FROM linking.membership WHERE grp = $1", [grp])
    for nth, part in enumerate(parts):
        con.execute("INSERT INTO linking.membership SELECT unnest($1::BIGINT[]), $2", [part, part[0]])
        if nth:
            for code in spec.identifiers:
                con.execute("INSERT INTO linking.contested SELECT unnest($1::BIGINT[]), $2", [part, code])
