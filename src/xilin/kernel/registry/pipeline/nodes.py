"""What is left to compare: things without a full set of identifiers, and what stands near them.

A node is a group of records that identifiers made one thing, or a record that none placed.
Its number is the smallest rid in it.
"""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import duckdb

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.forms import with_tokens
from xilin.kernel.registry.pipeline.spec import BlockPart, Spec, literal, name


def gather(con: duckdb.DuckDBPyConnection, spec: Spec) -> dict[str, int]:
    """Make `linking.belongs`, `marks`, `standing`, `pairs` and `nodes`.

    - `belongs` (rid, node);
    - `marks` (node, attribute, value): identifiers nobody contests;
    - `standing` (node, mask, open): which identifiers a node has, one bit each; `open` are
      those without all of them;
    - `pairs` (l, r): nodes that share a block, at least one of them open, with no kind of
      identifier on both sides;
    - `nodes`: the forms of those in pairs, each the one most of its records have.

    Returns counts for the run.
    """
    con.execute(
        "CREATE OR REPLACE TABLE linking.belongs AS "
        "SELECT rid, coalesce(grp, rid) AS node FROM linking.forms LEFT JOIN linking.membership USING (rid)"
    )
    _marks(con, spec)
    left_out = _pairs(con, spec)
    _nodes(con, spec)
    return {
        "open": number(con, "SELECT count(*) FROM linking.standing WHERE open"),
        "pairs": number(con, "SELECT count(*) FROM linking.pairs"),
        "blocks_left_out": left_out,
    }


def _marks(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    con.execute("CREATE OR REPLACE TABLE linking.marks (node BIGINT, attribute VARCHAR, value VARCHAR)")
    for code in spec.identifiers:
        con.execute(
            f"INSERT INTO linking.marks SELECT DISTINCT node, {literal(code)}, {name(code)} "
            f"FROM linking.forms JOIN linking.belongs USING (rid) WHERE {name(code)} IS NOT NULL "
            f"AND rid NOT IN (SELECT rid FROM linking.contested WHERE attribute = {literal(code)})"
        )
    bits = " ".join(f"WHEN {literal(code)} THEN {1 << bit}" for bit, code in enumerate(spec.identifiers))
    mask = f"bit_or(CASE attribute {bits} END)" if bits else "0"
    con.execute(
        "CREATE OR REPLACE TABLE linking.standing AS "
        f"SELECT node, coalesce(mask, 0) AS mask, coalesce(mask, 0) <> {(1 << len(spec.identifiers)) - 1} "
        f"{'' if bits else 'OR true'} AS open FROM (SELECT DISTINCT node FROM linking.belongs) "
        f"LEFT JOIN (SELECT node, {mask} AS mask FROM linking.marks GROUP BY node) USING (node)"
    )


def keys_of(block: tuple[str, ...]) -> tuple[str, str]:
    """A block's key as an expression over forms, and what must be unnested for it (or "")."""
    parts = [BlockPart.read(text) for text in block]
    unnested = next((f"words({name(p.attribute)})" for p in parts if p.function == "token"), "")
    values = ["word" if p.function == "token" else p.sql() for p in parts]
    whole = " AND ".join(f"{value} IS NOT NULL" for value in values)
    return f"CASE WHEN {whole} THEN hash({', '.join(values)}) END", unnested


def _keyed(spec: Spec, rows: str) -> str:
    """Rows of forms with their block keys: (node, open, mask, block, key)."""
    queries = []
    for nth, block in enumerate(spec.registry.blocks):
        key, unnested = keys_of(block)
        table = f"(SELECT *, unnest({unnested}) AS word FROM {rows})" if unnested else rows
        queries.append(f"SELECT node, open, mask, {nth} AS block, {key} AS key FROM {table}")
    return " UNION ALL ".join(queries)


def _pairs(con: duckdb.DuckDBPyConnection, spec: Spec) -> int:
    con.execute("CREATE OR REPLACE TABLE linking.pairs (l BIGINT, r BIGINT)")
    if not spec.registry.blocks:
        return 0
    rows = "(SELECT * FROM linking.forms JOIN linking.belongs USING (rid) JOIN linking.standing USING (node)"
    con.execute(
        "CREATE OR REPLACE TABLE linking.wanted AS SELECT DISTINCT block, key FROM ("
        + _keyed(spec, rows + " WHERE open)")
        + ") WHERE key IS NOT NULL"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.keyed AS SELECT DISTINCT node, open, mask, block, key FROM ("
        + _keyed(spec, rows + ")")
        + ") SEMI JOIN linking.wanted USING (block, key)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.sizes AS "
        "SELECT block, key, count(*) FILTER (WHERE open) * (count(*) - 1) AS pairs "
        "FROM linking.keyed GROUP BY block, key"
    )
    con.execute(
        "INSERT INTO linking.pairs SELECT DISTINCT least(l.node, r.node), greatest(l.node, r.node) "
        "FROM linking.keyed l JOIN linking.keyed r USING (block, key) "
        "WHERE l.open AND l.node <> r.node AND (l.mask & r.mask) = 0 AND (block, key) IN "
        f"(SELECT (block, key) FROM linking.sizes WHERE pairs <= {spec.registry.block_limit})"
    )
    return number(con, f"SELECT count(*) FROM linking.sizes WHERE pairs > {spec.registry.block_limit}")


def _nodes(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    codes = spec.matched
    con.execute(
        "CREATE OR REPLACE TABLE linking.near AS SELECT * FROM linking.forms JOIN linking.belongs USING (rid) "
        "WHERE node IN (SELECT l FROM linking.pairs UNION SELECT r FROM linking.pairs)"
    )
    found = [f"min({name(c + '__found')}) AS {name(c + '__found')}" for c in spec.identifiers]
    chosen = f"(SELECT {', '.join(['node', *found])} FROM linking.near GROUP BY node)"
    for code in codes:
        # The value most records have; the smallest of those that tie, to be the same next time.
        chosen += (
            f" LEFT JOIN (SELECT node, {name(code)} FROM linking.near WHERE {name(code)} IS NOT NULL "
            f"GROUP BY node, {name(code)} QUALIFY row_number() OVER "
            f"(PARTITION BY node ORDER BY count(*) DESC, {name(code)}) = 1) USING (node)"
        )
    con.execute(f"CREATE OR REPLACE TABLE linking.chosen AS SELECT * FROM {chosen}")
    columns, joins = ["t.*"], ""
    for nth, code in enumerate(spec.sounded):
        columns.append(f"coalesce(s{nth}.sound, t.{name(code)}) AS {name(code + '__sound')}")
        joins += f" LEFT JOIN linking.sounds s{nth} ON s{nth}.form = t.{name(code)}"
    con.execute(
        f"CREATE OR REPLACE TABLE linking.nodes AS SELECT {', '.join(columns)} "
        f"FROM {with_tokens(spec, codes, 'linking.chosen')} t{joins}"
    )
