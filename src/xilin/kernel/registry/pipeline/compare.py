"""Pairs of nodes and what speaks for them: a mistyped identifier, or a match weight."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import math

import duckdb

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.levels import agrees
from xilin.kernel.registry.pipeline.model import Model
from xilin.kernel.registry.pipeline.spec import Spec, literal, name
from xilin.kernel.registry.pipeline.weigh import real, scored

# How many bits below the threshold people are asked about.
DOUBT = 3.0


def compare(con: duckdb.DuckDBPyConnection, spec: Spec, model: Model) -> dict[str, int]:
    """Make `linking.edges` (l, r, how, weight): repaired ones with no weight, compared ones in bits.

    `repairs` (one, two) are all nodes whose mistyped identifier is near another's, taken or not.
    Compared edges reach down to `margin` bits below the threshold, so that a rival just
    below it can still make a match doubtful.
    """
    con.execute("CREATE OR REPLACE TABLE linking.edges (l BIGINT, r BIGINT, how VARCHAR, weight DOUBLE)")
    con.execute("CREATE OR REPLACE TABLE linking.repairs (one BIGINT, two BIGINT)")
    for code in spec.identifiers:
        _repair(con, spec, code)
    _weigh(con, spec, model)
    found = {"repairs": "repaired", "matches": "compared"}
    return {
        what: number(con, f"SELECT count(*) FROM linking.edges WHERE how = '{how}'")
        for what, how in found.items()
    }


def _repair(con: duckdb.DuckDBPyConnection, spec: Spec, code: str) -> None:
    """Edges from a mistyped identifier to nodes whose own is one edit away, if the rest agrees."""
    wanted = next(i.repair for i in spec.registry.identifier if i.attribute == code)
    if not wanted:
        return
    agree = " AND ".join(agrees(spec, other) for other in wanted)
    columns = [*wanted, *(f"{c}__sound" for c in spec.sounded if c in wanted)]
    columns += [f"{c}__tokens" for c in spec.tokened if c in wanted]
    sides = ", ".join(f"a.{name(c)} AS {name(c + '_l')}, b.{name(c)} AS {name(c + '_r')}" for c in columns)
    ways = " UNION ALL ".join(
        f"SELECT {one} AS one, {two} AS two FROM linking.pairs" for one, two in (("l", "r"), ("r", "l"))
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.mended AS "
        f"SELECT DISTINCT one, two FROM (SELECT one, two, {sides} FROM ({ways}) "
        "JOIN linking.nodes a ON a.node = one JOIN linking.marks m "
        f"ON m.node = two AND m.attribute = {literal(code)} JOIN linking.nodes b ON b.node = two "
        f"WHERE damerau_levenshtein(a.{name(code + '__found')}, upper(m.value)) <= 1) WHERE {agree}"
    )
    con.execute("INSERT INTO linking.repairs SELECT one, two FROM linking.mended")
    # Two numbers one edit away leave it open which was meant.
    con.execute(
        "INSERT INTO linking.edges SELECT least(one, any_value(two)), greatest(one, any_value(two)), "
        "'repaired', NULL FROM linking.mended GROUP BY one HAVING count(*) = 1"
    )


def _weigh(con: duckdb.DuckDBPyConnection, spec: Spec, model: Model) -> None:
    """`linking.compared`: the pairs near or above the threshold with what speaks for them; edges of them."""
    shares, joins = ["n.*"], ""
    for worth in model.comparison:
        if worth.term_frequency:
            code = worth.attribute
            shares.append(
                f"CASE WHEN n.{name(code)} IS NOT NULL THEN coalesce({name('f_' + code)}.share, {real(worth.unseen)}) END "
                f"AS {name(code + '__share')}"
            )
            joins += (
                f" LEFT JOIN (SELECT value, share FROM linking.frequencies WHERE attribute = {literal(code)}) "
                f"{name('f_' + code)} ON {name('f_' + code)}.value = n.{name(code)}"
            )
    con.execute(
        f"CREATE OR REPLACE TABLE linking.shared_nodes AS SELECT {', '.join(shares)} FROM linking.nodes n{joins}"
    )
    con.execute("DROP TABLE linking.nodes")
    con.execute("ALTER TABLE linking.shared_nodes RENAME TO nodes")
    floor = threshold_bits(spec)
    least = floor - max(spec.registry.margin, DOUBT)
    con.execute(
        "CREATE OR REPLACE TABLE linking.compared AS SELECT * FROM "
        f"({scored(spec, model, 'SELECT l, r FROM linking.pairs')}) WHERE weight >= {real(least)}"
    )
    con.execute(
        "INSERT INTO linking.edges SELECT l, r, 'compared', weight FROM linking.compared "
        f"WHERE weight >= {real(floor - spec.registry.margin)}"
    )


def threshold_bits(spec: Spec) -> float:
    """The threshold in bits."""
    return math.log2(spec.registry.threshold / (1 - spec.registry.threshold))
