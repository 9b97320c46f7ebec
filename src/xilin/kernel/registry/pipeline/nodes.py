"""What is left to compare: things without a full set of identifiers, and what stands near them.

A node is a group of records that identifiers made one thing, or a record that none placed.
Its number is the smallest rid in it.
"""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import duckdb

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.forms import form, formed, with_tokens
from xilin.kernel.registry.pipeline.model import Model
from xilin.kernel.registry.pipeline.spec import BlockPart, Spec, literal, name


def gather(con: duckdb.DuckDBPyConnection, spec: Spec, model: Model | None) -> dict[str, int]:
    """Make `linking.belongs`, `marks`, `standing`, `pairs` and `nodes`; `crowded` where no model has them.

    - `belongs` (rid, node); `ties` (l, r): nodes that an identifier was contested between;
    - `marks` (node, attribute, value): identifiers nobody contests;
    - `standing` (node, mask, open): which identifiers a node has, one bit each; `open` are
      those without all of them;
    - `pairs` (l, r): nodes that share a block, at least one of them open, with no kind of
      identifier on both sides;
    - `nodes`: the forms of those in pairs, and of those whose guards disagree, each the one most of its records have.

    Returns counts for the run.
    """
    con.execute(
        "CREATE OR REPLACE TABLE linking.belongs AS "
        "SELECT rid, coalesce(grp, rid) AS node FROM linking.keys LEFT JOIN linking.membership USING (rid)"
    )
    _ties(con, spec)
    _marks(con, spec)
    _meet(con, spec)
    if model is None:
        _find_crowded(con, spec)
    _pairs(con)
    _nodes(con, spec)
    return {
        "open": number(con, "SELECT count(*) FROM linking.standing WHERE open"),
        "pairs": number(con, "SELECT count(*) FROM linking.pairs"),
        "blocks_left_out": number(con, "SELECT count(*) FROM linking.crowded"),
    }


def _ties(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """`linking.ties` (l, r): nodes with the same value of an identifier, each with the smallest."""
    con.execute("CREATE OR REPLACE TABLE linking.ties (l BIGINT, r BIGINT)")
    for code in spec.identifiers:
        value = name(f"v_{code}")
        con.execute(
            f"INSERT INTO linking.ties SELECT DISTINCT l, node FROM (SELECT node, min(node) OVER (PARTITION BY {value}) AS l "
            f"FROM linking.keys JOIN linking.belongs USING (rid) WHERE {value} IN (SELECT {value} FROM linking.keys "
            f"WHERE rid IN (SELECT rid FROM linking.contested WHERE attribute = {literal(code)}))) WHERE l <> node"
        )


def _marks(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    con.execute("CREATE OR REPLACE TABLE linking.marks (node BIGINT, attribute VARCHAR, value VARCHAR)")
    for code in spec.identifiers:
        # One record of each node and value, by numbers; then the values of these alone.
        con.execute(
            f"CREATE OR REPLACE TABLE linking.bearers AS SELECT node, min(rid) AS rid FROM linking.keys "
            f"JOIN linking.belongs USING (rid) WHERE {name('v_' + code)} IS NOT NULL "
            f"AND rid NOT IN (SELECT rid FROM linking.contested WHERE attribute = {literal(code)}) "
            f"GROUP BY node, {name('v_' + code)}"
        )
        con.execute(
            f"INSERT INTO linking.marks SELECT node, {literal(code)}, {form(spec, code)} "
            "FROM linking.records JOIN linking.bearers USING (rid)"
        )
    bits = " ".join(f"WHEN {literal(code)} THEN {1 << bit}" for bit, code in enumerate(spec.identifiers))
    mask = f"bit_or(CASE attribute {bits} END)" if bits else "0"
    con.execute(
        "CREATE OR REPLACE TABLE linking.standing AS "
        f"SELECT node, coalesce(mask, 0) AS mask, coalesce(mask, 0) <> {(1 << len(spec.identifiers)) - 1} "
        f"{'' if bits else 'OR true'} AS open FROM (SELECT DISTINCT node FROM linking.belongs) "
        f"LEFT JOIN (SELECT node, {mask} AS mask FROM linking.marks GROUP BY node) USING (node)"
    )


def _meet(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """`linking.keyed` (node, open, mask, block, key): the nodes in blocks with an open one."""
    con.execute("CREATE OR REPLACE TABLE linking.wanted (block UTINYINT, key UBIGINT)")
    con.execute("CREATE OR REPLACE TABLE linking.meeting (rid BIGINT, block UTINYINT, key UBIGINT)")
    for nth, block in enumerate(spec.registry.blocks):
        keys = f"SELECT rid, {nth}::UTINYINT AS block, {unnested(block, nth)} AS key FROM linking.keys"
        con.execute(
            f"INSERT INTO linking.wanted SELECT DISTINCT block, key FROM ({keys} WHERE rid IN "
            "(SELECT rid FROM linking.belongs JOIN linking.standing USING (node) WHERE open)) WHERE key IS NOT NULL"
        )
        con.execute(
            f"INSERT INTO linking.meeting SELECT rid, block, key FROM ({keys}) "
            f"WHERE key IN (SELECT key FROM linking.wanted WHERE block = {nth})"
        )
    con.execute(
        "CREATE OR REPLACE TABLE linking.keyed AS SELECT DISTINCT node, open, mask, block, key "
        "FROM linking.meeting JOIN linking.belongs USING (rid) JOIN linking.standing USING (node)"
    )


def _find_crowded(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """`linking.crowded` (block, key): blocks of more pairs than the limit, which tell nothing."""
    con.execute(
        "CREATE OR REPLACE TABLE linking.crowded AS SELECT block, key FROM linking.keyed GROUP BY block, key "
        f"HAVING count(*) FILTER (WHERE open) * (count(*) - 1) > {spec.registry.block_limit}"
    )


def _pairs(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "CREATE OR REPLACE TABLE linking.pairs AS "
        "SELECT DISTINCT least(l.node, r.node) AS l, greatest(l.node, r.node) AS r "
        "FROM linking.keyed l JOIN linking.keyed r USING (block, key) "
        "WHERE l.open AND l.node <> r.node AND (l.mask & r.mask) = 0 AND (block, key) NOT IN "
        "(SELECT (block, key) FROM linking.crowded)"
    )


def unnested(block: tuple[str, ...], nth: int) -> str:
    """A block's column of `linking.keys`, one key a row."""
    words = any(BlockPart.read(text).function == "token" for text in block)
    return f"unnest(k{nth})" if words else f"k{nth}"


def _choose_forms(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """`linking.chosen`: of each node near the form most of its records have, the smallest of those that tie."""
    found = [f"min({name(c + '__found')}) AS {name(c + '__found')}" for c in spec.identifiers]
    ends = [f"min({name(c)}) AS {name(c)}, max({name(c)}) AS {name(c + '__last')}" for c in spec.matched]
    con.execute(
        f"CREATE OR REPLACE TABLE linking.nearly AS SELECT {', '.join(['node', *found, *ends])} "
        "FROM linking.near GROUP BY node"
    )
    columns = ["node", *(name(c + "__found") for c in spec.identifiers)]
    joins = ""
    for nth, code in enumerate(spec.matched):
        # Most nodes have but one form: only where they have several are these counted.
        columns.append(f"coalesce(c{nth}.value, n.{name(code)}) AS {name(code)}")
        joins += (
            f" LEFT JOIN (SELECT node, {name(code)} AS value FROM linking.near SEMI JOIN "
            f"(SELECT node FROM linking.nearly WHERE {name(code)} <> {name(code + '__last')}) d USING (node) "
            f"WHERE {name(code)} IS NOT NULL GROUP BY node, {name(code)} QUALIFY row_number() OVER "
            f"(PARTITION BY node ORDER BY count(*) DESC, {name(code)}) = 1) c{nth} USING (node)"
        )
    con.execute(
        f"CREATE OR REPLACE TABLE linking.chosen AS SELECT {', '.join(columns)} FROM linking.nearly n{joins}"
    )


def _nodes(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    needed = [*spec.used, *(f"{code}__found" for code in spec.identifiers)]
    con.execute(
        f"CREATE OR REPLACE TABLE linking.near_records AS SELECT node, rid, source, {', '.join(map(name, needed))} "
        "FROM linking.belongs JOIN linking.records USING (rid) WHERE node IN ("
        "SELECT l FROM linking.pairs UNION SELECT r FROM linking.pairs UNION "
        "SELECT node FROM linking.belongs WHERE rid IN "
        "(SELECT rid_a FROM linking.guarded UNION ALL SELECT rid_b FROM linking.guarded))"
    )
    con.execute(f"CREATE OR REPLACE TABLE linking.near AS {formed(spec, 'linking.near_records', 'node')}")
    _choose_forms(con, spec)
    columns, joins = ["t.*"], ""
    for nth, code in enumerate(spec.sounded):
        columns.append(f"s{nth}.sound AS {name(code + '__sound')}")
        joins += (
            f" LEFT JOIN (SELECT form, any_value(sound) AS sound FROM linking.{name('sounds_' + code)} "
            f"GROUP BY form) s{nth} ON s{nth}.form = t.{name(code)}"
        )
    con.execute(
        f"CREATE OR REPLACE TABLE linking.nodes AS SELECT {', '.join(columns)} "
        f"FROM {with_tokens(spec, spec.matched, 'linking.chosen')} t{joins}"
    )
