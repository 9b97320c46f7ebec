"""Records that a valid identifier makes one thing, unless the guards disagree."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import duckdb
import pyarrow as pa

from xilin.kernel.registry.declarations import Identifier
from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.decided import separate
from xilin.kernel.registry.pipeline.forms import columns_of, formed, with_tokens
from xilin.kernel.registry.pipeline.levels import differs
from xilin.kernel.registry.pipeline.spec import Spec, name
from xilin.kernel.registry.pipeline.union import components

# A value with more spellings of its guards than this identifies nobody: a placeholder
# such as an office's own number typed into everyone's row.
CROWD = 40


def group(con: duckdb.DuckDBPyConnection, spec: Spec) -> dict[str, int]:
    """Make `linking.membership` (rid, grp), `contested` (rid, attribute) and `guarded` (rid_a, rid_b, why).

    `grp` is the smallest rid of a group; records without a usable identifier are not in
    the table. The first identifier decides first; a later one adds records to the group
    that carries it, if there is exactly one. `guarded` are pairs with one identifier that were kept
    apart: by their guards (`guard`), or because too many carry it (`crowd`), of these one pair a value.

    Returns counts for the run.
    """
    con.execute("CREATE OR REPLACE TABLE linking.membership (rid BIGINT, grp BIGINT)")
    con.execute("CREATE OR REPLACE TABLE linking.contested (rid BIGINT, attribute VARCHAR)")
    con.execute("CREATE OR REPLACE TABLE linking.guarded (rid_a BIGINT, rid_b BIGINT, why VARCHAR)")
    for identifier in spec.registry.identifier:
        _claims(con, identifier)
        _split(con, spec, identifier)
        _assign(con, identifier.attribute)
    parted = separate(con, spec)
    return {
        "by_identifier": number(con, "SELECT count(*) FROM linking.membership"),
        "groups": number(con, "SELECT count(DISTINCT grp) FROM linking.membership"),
        "contested": number(con, "SELECT count(*) FROM linking.contested"),
        "told_apart": parted,
    }


def _claims(con: duckdb.DuckDBPyConnection, identifier: Identifier) -> None:
    """`linking.claims` (rid, v, combo): who carries which value with which guards."""
    value, guarded = name("v_" + identifier.attribute), name("g_" + identifier.attribute)
    con.execute(
        f"CREATE OR REPLACE TABLE linking.claims AS "
        f"SELECT rid, {value} AS v, {guarded} AS combo FROM linking.keys WHERE {value} IS NOT NULL"
    )


def _split(con: duckdb.DuckDBPyConnection, spec: Spec, identifier: Identifier) -> None:
    """`linking.parts` (combo, part): only of values whose guards somewhere all differ."""
    con.execute("CREATE OR REPLACE TABLE linking.parts (combo UBIGINT, part UBIGINT)")
    con.execute("CREATE OR REPLACE TABLE linking.doubtful (v UBIGINT, combo UBIGINT, n BIGINT)")
    if not identifier.guard:
        return
    columns = columns_of(spec, identifier.guard)
    con.execute(
        "CREATE OR REPLACE TABLE linking.combos AS SELECT v, combo, min(rid) AS rid FROM linking.claims "
        "WHERE v IN (SELECT v FROM linking.claims GROUP BY v HAVING min(combo) <> max(combo)) GROUP BY v, combo"
    )
    rows = formed(spec, "(SELECT * FROM linking.records WHERE rid IN (SELECT rid FROM linking.combos))")
    forms = ", ".join(map(name, columns))
    con.execute(
        f"CREATE OR REPLACE TABLE linking.combo_forms AS SELECT v, combo, {forms} "
        f"FROM linking.combos JOIN ({rows}) USING (rid)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.doubtful AS SELECT *, count(*) OVER (PARTITION BY v) AS n FROM "
        + with_tokens(spec, identifier.guard, "linking.combo_forms")
    )
    columns += [f"{code}__tokens" for code in spec.tokened if code in identifier.guard]
    sides = ", ".join(f"l.{name(c)} AS {name(c + '_l')}, r.{name(c)} AS {name(c + '_r')}" for c in columns)
    differ = " AND ".join(differs(spec, guard) for guard in identifier.guard)
    con.execute(
        f"CREATE OR REPLACE TABLE linking.disputes AS SELECT v, l, r, {differ} AS differ FROM ("
        f"SELECT l.v, l.combo AS l, r.combo AS r, {sides} FROM linking.doubtful l "
        f"JOIN linking.doubtful r ON l.v = r.v AND l.combo < r.combo WHERE l.n <= {CROWD})"
    )
    con.execute("DELETE FROM linking.disputes WHERE v NOT IN (SELECT v FROM linking.disputes WHERE differ)")
    edges = con.execute("SELECT l, r FROM linking.disputes WHERE NOT differ").fetchall()
    things = con.execute(
        "SELECT DISTINCT combo FROM linking.doubtful WHERE v IN (SELECT v FROM linking.disputes)"
    ).fetchall()
    _insert_parts(con, components(edges, [thing for (thing,) in things]))
    con.execute(f"INSERT INTO linking.parts SELECT combo, combo FROM linking.doubtful WHERE n > {CROWD}")


def _insert_parts(con: duckdb.DuckDBPyConnection, parts: dict[int, int]) -> None:
    table = pa.table(
        {"combo": pa.array(parts.keys(), pa.uint64()), "part": pa.array(parts.values(), pa.uint64())}
    )
    con.register("found_parts", table)
    con.execute("INSERT INTO linking.parts SELECT combo, part FROM found_parts")
    con.unregister("found_parts")


def _assign(con: duckdb.DuckDBPyConnection, attribute: str) -> None:
    """Put the records of each part into a group; the smaller parts of a split value are contested.

    Of the parts of a split value one keeps it: a part with a group already comes first,
    then the part with most records, then the one with the first record.
    """
    con.execute(
        """
        CREATE OR REPLACE TABLE linking.placed AS
        WITH claims AS (
            SELECT c.rid, c.v, coalesce(p.part, c.v) AS part, m.grp
            FROM linking.claims c
            LEFT JOIN linking.parts p USING (combo)
            LEFT JOIN linking.membership m USING (rid)
        ), parts AS (
            SELECT v, part, count(*) AS n, min(rid) AS first, min(grp) AS grp,
                   count(DISTINCT grp) AS groups
            FROM claims GROUP BY v, part
        ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY v ORDER BY groups = 0, n DESC, first) AS rank
            FROM parts
        )
        SELECT c.rid, c.v, c.part, p.first, c.grp IS NOT NULL AS placed, p.rank, p.groups,
               CASE WHEN p.groups = 1 THEN p.grp WHEN p.groups = 0 AND p.rank = 1 THEN p.first END AS grp
        FROM claims c JOIN ranked p USING (v, part)
        """
    )
    con.execute(
        "INSERT INTO linking.membership SELECT rid, grp FROM linking.placed WHERE NOT placed AND grp IS NOT NULL"
    )
    con.execute(
        "INSERT INTO linking.contested SELECT rid, ? FROM linking.placed WHERE rank > 1 OR groups > 1",
        [attribute],
    )
    con.execute(
        "INSERT INTO linking.guarded SELECT DISTINCT p.first, o.first, CASE WHEN d.v IS NULL THEN 'guard' ELSE 'crowd' END "
        "FROM linking.placed p JOIN linking.placed o ON o.v = p.v AND o.rank = 1 "
        f"LEFT JOIN (SELECT DISTINCT v FROM linking.doubtful WHERE n > {CROWD}) d ON d.v = p.v "
        "WHERE p.rank > 1 AND (d.v IS NULL OR p.rank = 2)"
    )
