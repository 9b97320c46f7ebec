"""From edges to entities: the best first, never against an identifier, never where two fit as well."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.compare import threshold_bits
from xilin.kernel.registry.pipeline.decided import between_nodes
from xilin.kernel.registry.pipeline.density import Density
from xilin.kernel.registry.pipeline.spec import Spec
from xilin.kernel.registry.pipeline.union import GuardedComponents

DECIDED, IDENTIFIER, REPAIRED, COMPARED, ALONE = "decided", "identifier", "repaired", "compared", "alone"
Edge = tuple[int, int, str, float]

# The edges, best first; whether both ends have no other, and no kind of identifier in common: nothing speaks against
# such a pair but its weight, and it is no chain.
EDGES = """
WITH once AS (
    SELECT node FROM (SELECT l AS node FROM linking.edges UNION ALL SELECT r FROM linking.edges)
    GROUP BY node HAVING count(*) = 1
)
SELECT l, r, how, weight,
    l IN (SELECT node FROM once) AND r IN (SELECT node FROM once) AND coalesce((a.mask & b.mask) = 0, false)
FROM linking.edges LEFT JOIN linking.standing a ON a.node = l LEFT JOIN linking.standing b ON b.node = r
ORDER BY weight DESC NULLS FIRST, l, r
"""


def cluster(con: duckdb.DuckDBPyConnection, spec: Spec) -> dict[str, int]:
    """Make `linking.final` (rid, ent, how, weight): each record's entity, by its smallest rid.

    `linking.unsure` (l, r) are the pairs of nodes that stay apart because each fits another as well.

    Returns counts for the run: how records came to their entities, and doubtful matches.
    """
    joined, doubtful = _join(con, spec)
    table = pa.table(
        {
            "node": pa.array([node for node, *_ in joined], pa.int64()),
            "ent": pa.array([ent for _, ent, _, _ in joined], pa.int64()),
            "how": pa.array([how for _, _, how, _ in joined], pa.string()),
            "weight": pa.array([weight for *_, weight in joined], pa.float64()),
        }
    )
    con.register("joined_nodes", table)
    # A record that an identifier placed says so, whatever joined its group to another.
    con.execute(
        f"CREATE OR REPLACE TABLE linking.final AS "
        "SELECT b.rid, coalesce(j.ent, b.node) AS ent, "
        f"CASE WHEN m.rid IS NOT NULL THEN '{IDENTIFIER}' ELSE coalesce(j.how, '{ALONE}') END AS how, "
        "CASE WHEN m.rid IS NULL THEN j.weight END AS weight "
        "FROM linking.belongs b LEFT JOIN linking.membership m USING (rid) LEFT JOIN joined_nodes j USING (node)"
    )
    con.unregister("joined_nodes")
    pairs = pa.table(
        {side: pa.array([pair[n] for pair in doubtful], pa.int64()) for n, side in enumerate("lr")}
    )
    con.register("doubtful_nodes", pairs)
    con.execute("CREATE OR REPLACE TABLE linking.unsure AS SELECT l, r FROM doubtful_nodes")
    con.unregister("doubtful_nodes")
    found = con.execute("SELECT how, count(*) FROM linking.final GROUP BY how ORDER BY how").fetchall()
    entities = number(con, "SELECT count(DISTINCT ent) FROM linking.final")
    return {"entities": entities, "doubtful": len(doubtful), **{f"how_{how}": count for how, count in found}}


def _join(
    con: duckdb.DuckDBPyConnection, spec: Spec
) -> tuple[list[tuple[int, int, str, float | None]], list[tuple[int, int]]]:
    """Nodes that were joined: (node, entity, how, weight); and the pairs that fit, but not alone."""
    must, cannot = between_nodes(con, "must"), between_nodes(con, "cannot")
    told = {node for pairs in (must, cannot) for pair in pairs for node in pair}
    edges: list[Edge] = []
    lone: list[Edge] = []
    for left, right, how, weight, by_themselves in con.execute(EDGES).fetchall():
        simple = by_themselves and not spec.registry.one_to_one and left not in told and right not in told
        (lone if simple else edges).append((left, right, how, float("inf") if weight is None else weight))
    meeting = sorted({node for edge in edges for node in edge[:2]} | {node for pair in must for node in pair})
    sources = _sources(con, meeting) if spec.registry.one_to_one else {}
    things = GuardedComponents(_identifiers(con, meeting), sources, cannot)
    floor = threshold_bits(spec)
    rivals = _rivals(edges, spec.registry.margin)
    matches = ((left, right) for left, right, _, weight in edges if weight >= floor)
    density = Density(matches, spec.registry.density, things.root)
    best: dict[int, tuple[str, float]] = {}
    doubtful: list[tuple[int, int]] = []
    for left, right in must:
        if not things.apart(left, right):
            density.joined(things.root(left), things.root(right), things.join(left, right))
            for node in (left, right):
                best.setdefault(node, (DECIDED, float("inf")))
    for left, right, how, weight in edges:
        if weight < floor or things.root(left) == things.root(right) or things.contradict(left, right):
            continue
        if any(
            things.contradict(fit, rival) and not things.contradict(one, rival)
            for one, fit in ((left, right), (right, left))
            for rival in rivals(one, fit, weight)
        ):
            doubtful.append((left, right))
            continue
        if not density.enough(left, right):
            continue
        density.joined(things.root(left), things.root(right), things.join(left, right))
        for node in (left, right):
            best.setdefault(node, (how, weight))
    weights = [(node, things.root(node), how, weight) for node, (how, weight) in sorted(best.items())]
    weights += [
        (node, min(left, right), how, weight)
        for left, right, how, weight in lone
        if weight >= floor
        for node in (left, right)
    ]
    return [
        (n, e, how, None if weight == float("inf") else round(weight, 3)) for n, e, how, weight in weights
    ], doubtful


def _rivals(edges: list[Edge], margin: float) -> Callable[[int, int, float], list[int]]:
    """A function: what else a node could join, better or nearly as well as at a weight."""
    around: dict[int, list[tuple[float, int]]] = defaultdict(list)
    if margin > 0:
        for left, right, _, weight in edges:
            around[left].append((weight, right))
            around[right].append((weight, left))

    def rivals(node: int, but: int, weight: float) -> list[int]:
        if weight == float("inf"):
            return []
        return [other for at, other in around[node] if other != but and weight - margin < at]

    return rivals


def _identifiers(con: duckdb.DuckDBPyConnection, nodes: list[int]) -> dict[int, dict[str, frozenset[str]]]:
    found: dict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    for node, attribute, values in _about(
        con, nodes, "SELECT node, attribute, list(value) FROM linking.marks", "GROUP BY node, attribute"
    ):
        found[node][attribute] = frozenset(values)
    return found


def _sources(con: duckdb.DuckDBPyConnection, nodes: list[int]) -> dict[int, frozenset[str]]:
    query = "SELECT node, list(DISTINCT source) FROM linking.records JOIN linking.belongs USING (rid)"
    return {node: frozenset(sources) for node, sources in _about(con, nodes, query, "GROUP BY node")}


def _about(con: duckdb.DuckDBPyConnection, nodes: list[int], query: str, rest: str) -> list[tuple[Any, ...]]:
    con.register("meeting_nodes", pa.table({"node": pa.array(nodes, pa.int64())}))
    found = con.execute(f"{query} SEMI JOIN meeting_nodes USING (node) {rest}").fetchall()
    con.unregister("meeting_nodes")
    return found
