"""What has changed since the last linking, and how far it reaches.

Records meet by what they share: a value of an identifier, a key of a block, a decision. Whatever
becomes of a record is decided within its neighbourhood: what it meets now, what it met before, and
what these were joined with. Linking the neighbourhood alone, with the same model, gives what
linking everything would.
"""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.forms import keep_sounds, sounds
from xilin.kernel.registry.pipeline.golden import SEARCHED
from xilin.kernel.registry.pipeline.identity import MARKS
from xilin.kernel.registry.pipeline.nodes import unnested
from xilin.kernel.registry.pipeline.records import RID, Found, content, key, rows
from xilin.kernel.registry.pipeline.shelf import BLOCK, Places, Shelf
from xilin.kernel.registry.pipeline.spec import Spec, literal, name

# The share of all records beyond which everything is linked instead.
MOST = 0.2
# So few are never too many.
FEW = 100
# Records (rid, ent, how, weight) of the entities of a neighbourhood that may be others than before.
FRESH = "linking.fresh"


def changes(
    con: duckdb.DuckDBPyConnection, spec: Spec, found: Sequence[Found], sources: Collection[str] | None = None
) -> dict[str, int]:
    """Make `linking.arrived` (as `records`: new or changed) and `linking.left` (rid); how many of each.

    `state` is attached, `sources` are those of its records where that is known. Of a source that only grew, what
    came since is looked at; of others every row, by what is in it: a row that is delivered again as it was has not
    changed.
    """
    con.execute(
        f"CREATE OR REPLACE TABLE linking.arrived AS SELECT * FROM (SELECT {RID} AS rid, * FROM "
        f"({rows(spec, found, news=True)})) r "
        f"ANTI JOIN state.keys k ON k.rid = r.rid AND k.content = {content(spec, 'r')}"
    )
    if number(con, "SELECT count(*) - count(DISTINCT rid) FROM linking.arrived"):
        raise ValueError("a record stands twice among the rows in force")
    grown = sorted({source for one in found for source in one.grown})
    without = f"WHERE source NOT IN ({', '.join(map(literal, grown))})" if grown else ""
    if sources is not None and set(sources) <= set(grown):
        without = "WHERE false"
    con.execute(
        "CREATE OR REPLACE TABLE linking.left AS SELECT rid FROM state.places WHERE source IN "
        f"(SELECT nth FROM state.sources {without}) EXCEPT "
        f"SELECT {RID} FROM ({rows(spec, found, news=True)})"
    )
    return {
        "arrived": number(con, "SELECT count(*) FROM linking.arrived"),
        "left": number(con, "SELECT count(*) FROM linking.left"),
    }


def reach(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Find the neighbourhood of what changed: `linking.reach` (rid), its records of before, and how they were placed, `before`.

    `staying` (rid) are those of them that have not changed, `before` has (rid, ent, how, weight).
    """
    _start(con, spec)
    _identified(con, spec)
    _met(con, spec)
    _spread(con, "linking.links")
    con.execute(
        "CREATE OR REPLACE TABLE linking.reach AS SELECT rid FROM state.belongs "
        "WHERE node IN (SELECT node FROM linking.reached)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.staying AS SELECT rid FROM linking.reach "
        "WHERE rid NOT IN (SELECT rid FROM linking.touched)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.before AS SELECT rid, ent, how, weight FROM state.final "
        "SEMI JOIN linking.reach USING (rid)"
    )


def gather(con: duckdb.DuckDBPyConnection, spec: Spec, shelf: Shelf) -> None:
    """Make `linking.records` and `linking.keys` of the neighbourhood, as it is now.

    `shelf` has what is in the records that stay; Missing where it hasn't.
    """
    staying = shelf.fetch(places(con, "SELECT rid FROM linking.staying"))
    con.execute("CREATE OR REPLACE TABLE linking.records AS SELECT * FROM linking.arrived")
    if staying is not None:
        con.register("found_staying", staying)
        con.execute("INSERT INTO linking.records BY NAME SELECT * FROM found_staying")
        con.unregister("found_staying")
    with ThreadPoolExecutor(1) as beside, con.cursor() as other:  # sounds are one core's work
        keys = beside.submit(
            other.execute,
            "INSERT INTO linking.keys BY NAME SELECT * FROM state.keys WHERE rid IN (SELECT rid FROM linking.staying)",
        )
        keep_sounds(con, spec, "linking.records", "state")
        keys.result()


def places(con: duckdb.DuckDBPyConnection, rids: str, database: str = "state") -> Places:
    """The places on the shelf of records of a query, ascending."""
    found = con.execute(
        f"SELECT spot FROM {database}.places WHERE rid IN ({rids}) ORDER BY spot"
    ).fetchnumpy()
    return np.asarray(found["spot"], np.int64)


def _start(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """`touched` (rid): what changed; keys of what arrived; `links` (l, r): which nodes depend on each other."""
    con.execute(
        "CREATE OR REPLACE TABLE linking.touched AS SELECT rid FROM linking.arrived UNION SELECT rid FROM linking.left"
    )
    con.execute("CREATE OR REPLACE TABLE linking.records AS SELECT * FROM linking.arrived")
    key(con, spec, "state")
    told = " UNION ALL ".join(
        f"(SELECT * FROM {here}.{table} EXCEPT SELECT * FROM {there}.{table})"
        for table in ("must", "cannot")
        for here, there in (("linking", "state"), ("state", "linking"))
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.reached AS SELECT DISTINCT node FROM state.belongs WHERE rid IN ("
        "SELECT rid FROM linking.touched UNION ALL "
        f"SELECT {_rid('_a')} FROM ({told}) UNION ALL SELECT {_rid('_b')} FROM ({told}) UNION ALL "
        + " UNION ALL ".join(
            f"SELECT {_rid(other)} FROM linking.{table} WHERE {_rid(one)} IN (SELECT rid FROM linking.touched)"
            for table in ("must", "cannot")
            for one, other in (("_a", "_b"), ("_b", "_a"))
        )
        + f" UNION ALL SELECT {RID} FROM state.bodies WHERE entity IN "
        f"(SELECT entity FROM state.bodies WHERE {RID} IN (SELECT rid FROM linking.touched)))"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.links AS SELECT l, r FROM state.edges "
        "UNION ALL SELECT one, two FROM state.repairs UNION ALL SELECT l, r FROM state.ties "
        + "".join(
            " UNION ALL SELECT a.node, b.node FROM "
            f"(SELECT {_rid('_a')} AS one, {_rid('_b')} AS two FROM {where}.{table}) "
            "JOIN state.belongs a ON a.rid = one JOIN state.belongs b ON b.rid = two"
            for where, table in (
                ("state", "must"),
                ("linking", "must"),
                ("linking", "cannot"),
                ("state", "cannot"),
            )
        )
        # The records an entity had before it was joined with others, and where they are now.
        + " UNION ALL SELECT b.node, min(b.node) OVER (PARTITION BY o.entity) FROM state.bodies o "
        f"JOIN state.belongs b ON b.rid = {RID.replace('source', 'o.source').replace('key', 'o.key')}"
    )


def _rid(side: str) -> str:
    return RID.replace("source", f"source{side}").replace("key", f"key{side}")


def _spread(con: duckdb.DuckDBPyConnection, links: str) -> None:
    """Add to `linking.reached` the nodes that links lead to, near and far."""
    con.execute("CREATE OR REPLACE TABLE linking.front AS SELECT node FROM linking.reached")
    while number(con, "SELECT count(*) FROM linking.front"):
        con.execute(
            "CREATE OR REPLACE TABLE linking.next AS SELECT DISTINCT node FROM ("
            f"SELECT r AS node FROM {links} WHERE l IN (SELECT node FROM linking.front) UNION ALL "
            f"SELECT l FROM {links} WHERE r IN (SELECT node FROM linking.front)) "
            "WHERE node NOT IN (SELECT node FROM linking.reached)"
        )
        con.execute("INSERT INTO linking.reached SELECT node FROM linking.next")
        con.execute("CREATE OR REPLACE TABLE linking.front AS SELECT node FROM linking.next")


def _identified(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Reach what shares an identifier with what changed, as it was and as it is."""
    for code in spec.identifiers:
        value = name(f"v_{code}")
        con.execute(
            f"CREATE OR REPLACE TABLE linking.shared_values AS SELECT {value} AS v FROM linking.keys "
            f"WHERE {value} IS NOT NULL UNION SELECT {value} FROM state.keys WHERE {value} IS NOT NULL AND rid IN "
            "(SELECT rid FROM linking.touched)"
        )
        con.execute(
            "INSERT INTO linking.reached SELECT DISTINCT node FROM state.belongs WHERE rid IN "
            f"(SELECT rid FROM state.keys WHERE {value} IN (SELECT v FROM linking.shared_values)) "
            "AND node NOT IN (SELECT node FROM linking.reached)"
        )
    _spread(con, "state.ties")


def _met(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Reach what shares a block with the nodes reached so far, one of the two being open."""
    # Which records first: of a join of four tables the widest would be joined with the longest.
    con.execute(
        "CREATE OR REPLACE TABLE linking.near_by AS SELECT rid, open FROM state.belongs JOIN "
        "(SELECT node, open FROM state.standing WHERE node IN (SELECT node FROM linking.reached)) USING (node)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.around AS SELECT k.*, open FROM state.keys k JOIN linking.near_by USING (rid)"
    )
    # What arrived, and what stands beside it under a changed identifier, may be open or not.
    doubtful = " OR ".join(
        f"{name('v_' + code)} IS NULL OR {name('v_' + code)} IN (SELECT v FROM linking.{name('many_' + code)})"
        for code in spec.identifiers
    )
    for code in spec.identifiers:
        value, guarded = name(f"v_{code}"), name(f"g_{code}")
        con.execute(
            f"CREATE OR REPLACE TABLE linking.{name('many_' + code)} AS SELECT v FROM ("
            f"SELECT {value} AS v, {guarded} AS g FROM linking.keys UNION ALL "
            f"SELECT {value}, {guarded} FROM linking.around WHERE rid NOT IN (SELECT rid FROM linking.touched)) "
            "WHERE v IS NOT NULL GROUP BY v HAVING min(g) <> max(g)"
        )
    columns = ["rid", *(f"k{nth}" for nth in range(len(spec.registry.blocks)))]
    con.execute(
        "CREATE OR REPLACE TABLE linking.open_records AS SELECT rid FROM state.belongs "
        "JOIN state.standing USING (node) WHERE open"
    )
    con.execute(
        f"CREATE OR REPLACE TABLE linking.open_keys AS SELECT {', '.join(columns)} FROM state.keys WHERE rid IN (SELECT rid FROM linking.open_records)"
    )
    con.execute("CREATE OR REPLACE TABLE linking.met (rid BIGINT)")
    for nth, block in enumerate(spec.registry.blocks):
        here = unnested(block, nth)
        may = doubtful or "true"
        con.execute(
            f"CREATE OR REPLACE TABLE linking.own_keys AS SELECT key, bool_or(open) AS open FROM ("
            f"SELECT {here} AS key, ({may}) AS open FROM linking.keys UNION ALL "
            f"SELECT {here}, open OR ({may}) FROM linking.around) WHERE key IS NOT NULL "
            f"AND ({nth}, key) NOT IN (SELECT (block::INTEGER, key) FROM linking.crowded) GROUP BY key"
        )
        con.execute(
            f"INSERT INTO linking.met SELECT rid FROM (SELECT rid, {here} AS key FROM state.keys) "
            "WHERE key IN (SELECT key FROM linking.own_keys WHERE open) UNION ALL "
            f"SELECT rid FROM (SELECT rid, {here} AS key FROM linking.open_keys) "
            "WHERE key IN (SELECT key FROM linking.own_keys WHERE NOT open)"
        )
    con.execute(
        "INSERT INTO linking.reached SELECT DISTINCT node FROM state.belongs WHERE rid IN (SELECT rid FROM linking.met) "
        "AND node NOT IN (SELECT node FROM linking.reached)"
    )


def settle(con: duckdb.DuckDBPyConnection) -> int:
    """Make `linking.fresh` and `linking.stirred` (rid, the same of before); how many records are in `fresh`.

    Most of a neighbourhood is only looked at: where an entity has the records it had, none of them changed,
    each found as it was, with the identifiers it had, and none of a body, nothing of it is made anew.
    """
    con.execute(f"CREATE OR REPLACE TABLE linking.marks_now AS {MARKS.format(placed='linking.final')}")
    con.execute(
        "CREATE OR REPLACE TABLE linking.marks_before AS SELECT ent, attribute, value FROM state.ent_marks "
        "WHERE ent IN (SELECT ent FROM linking.before)"
    )
    # A record that left has no place now, one that arrived had none or another content.
    con.execute(
        "CREATE OR REPLACE TABLE linking.stirred_ents AS "
        "SELECT unnest([b.ent, f.ent]) AS ent FROM linking.before b FULL JOIN linking.final f USING (rid) "
        "WHERE b.ent IS DISTINCT FROM f.ent OR b.how IS DISTINCT FROM f.how OR b.weight IS DISTINCT FROM f.weight "
        "OR rid IN (SELECT rid FROM linking.touched) "
        f"OR rid IN (SELECT {RID} FROM state.bodies) "
        "UNION SELECT ent FROM (SELECT * FROM linking.marks_now EXCEPT SELECT * FROM linking.marks_before) "
        "UNION SELECT ent FROM (SELECT * FROM linking.marks_before EXCEPT SELECT * FROM linking.marks_now)"
    )
    con.execute(
        f"CREATE OR REPLACE TABLE {FRESH} AS SELECT * FROM linking.final SEMI JOIN linking.stirred_ents USING (ent)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.stirred AS SELECT rid FROM linking.before "
        "SEMI JOIN linking.stirred_ents USING (ent)"
    )
    return number(con, f"SELECT count(*) FROM {FRESH}")


# What is kept of entities: their smallest rid, id, digest, what they are searched by, and the run that made them.
IDS = (
    f"SELECT ent, id, g.digest, {', '.join('g.' + column for column in SEARCHED)}, "
    "coalesce(o.since_run, {run}) AS since_run FROM linking.ids "
    "JOIN linking.golden g USING (ent) LEFT JOIN linking.old_entities o USING (id)"
)


def carry(con: duckdb.DuckDBPyConnection, spec: Spec, run: int, shelf: Shelf) -> Shelf:
    """Bring the attached state to what a run made of the neighbourhood, in the caller's transaction; its new shelf.

    Bodies are left out, and it no longer says whose it is.
    """
    con.execute("DELETE FROM state.about")
    stirred = "SELECT ent FROM linking.before SEMI JOIN linking.stirred USING (rid)"
    reach = "rid IN (SELECT rid FROM linking.reach)"
    touched = "rid IN (SELECT rid FROM linking.touched)"
    nodes = "SELECT node FROM linking.reached UNION ALL SELECT node FROM linking.standing"
    shelf = _shelve(con, shelf)
    con.execute(f"DELETE FROM state.keys WHERE {touched}")
    con.execute(f"INSERT INTO state.keys BY NAME SELECT * FROM linking.keys WHERE {touched}")
    for table in ("ids", "ent_marks"):
        con.execute(f"DELETE FROM state.{table} WHERE ent IN ({stirred})")
    con.execute(f"INSERT INTO state.ids BY NAME {IDS.format(run=run)}")
    con.execute("INSERT INTO state.ent_marks BY NAME SELECT * FROM linking.ent_marks")
    con.execute(f"DELETE FROM state.belongs WHERE {reach}")
    con.execute("INSERT INTO state.belongs BY NAME SELECT * FROM linking.belongs")
    con.execute("DELETE FROM state.final WHERE rid IN (SELECT rid FROM linking.stirred)")
    con.execute(f"INSERT INTO state.final BY NAME SELECT * FROM {FRESH}")
    for table in sounds(spec):
        con.execute(
            f"INSERT INTO state.{name(table)} SELECT * FROM linking.{name(table)} "
            f"ANTI JOIN state.{name(table)} USING (value)"
        )
    con.execute("DELETE FROM state.standing WHERE node IN (SELECT node FROM linking.reached)")
    con.execute("INSERT INTO state.standing BY NAME SELECT * FROM linking.standing")
    for table, one in (("edges", "l"), ("ties", "l"), ("repairs", "one")):
        con.execute(f"DELETE FROM state.{table} WHERE {one} IN ({nodes})")
        con.execute(f"INSERT INTO state.{table} BY NAME SELECT * FROM linking.{table}")
    for table in ("must", "cannot"):
        con.execute(f"DELETE FROM state.{table}")
        con.execute(f"INSERT INTO state.{table} SELECT * FROM linking.{table}")
    con.execute("DELETE FROM state.bodies")
    return shelf


def _shelve(con: duckdb.DuckDBPyConnection, shelf: Shelf) -> Shelf:
    """Put what arrived on the shelf, and bind thin volumes."""
    touched = "SELECT rid FROM linking.touched"
    shelf = shelf.without(places(con, touched))
    con.execute(f"DELETE FROM state.places WHERE rid IN ({touched})")
    shelf, placed = shelf.add(con.execute("SELECT * FROM linking.arrived").to_arrow_reader(BLOCK))
    place(con, "state", placed)
    if thin := shelf.thin():
        within = f"SELECT rid FROM state.places WHERE spot >= {thin[0].first} AND spot < {thin[-1].end}"
        shelf = shelf.bound(thin, places(con, within))
    return shelf


def shelved(con: duckdb.DuckDBPyConnection, shelf: Shelf) -> tuple[Shelf, pa.Table]:
    """Put all of `linking.records` on an empty shelf: its places, for `place`."""
    return shelf.add(con.execute("SELECT * FROM linking.records").to_arrow_reader(BLOCK))


def place(con: duckdb.DuckDBPyConnection, database: str, placed: pa.Table) -> None:
    """Add to `places` (rid, spot, source) of a state where records stand on the shelf; `sources` (source, nth) says which is which."""
    con.register("found_places", placed)
    con.execute(f"CREATE TABLE IF NOT EXISTS {database}.sources (source VARCHAR, nth USMALLINT)")
    con.execute(f"CREATE TABLE IF NOT EXISTS {database}.places (rid BIGINT, spot BIGINT, source USMALLINT)")
    con.execute(
        f"INSERT INTO {database}.sources SELECT source, row_number() OVER (ORDER BY source) + "
        f"(SELECT count(*) FROM {database}.sources) FROM (SELECT DISTINCT source FROM found_places) "
        f"ANTI JOIN {database}.sources USING (source)"
    )
    con.execute(
        f"INSERT INTO {database}.places SELECT rid, spot, nth FROM found_places JOIN {database}.sources USING (source)"
    )
    con.unregister("found_places")


def before(con: duckdb.DuckDBPyConnection, shelf: Shelf) -> None:
    """Make `old_records`, `old_bodies`, `old_entities`, `old_identifiers` in `linking`: what `fresh` was, from the attached state.

    Of entities and identifiers only those of the living: `store.bring_ended` adds the others.
    """
    con.execute(
        "CREATE OR REPLACE TABLE linking.old_ids AS SELECT * FROM state.ids "
        "WHERE ent IN (SELECT ent FROM linking.before SEMI JOIN linking.stirred USING (rid))"
    )
    con.execute("CREATE OR REPLACE TABLE linking.gone (rid BIGINT, source VARCHAR, key VARCHAR)")
    gone = shelf.fetch(places(con, "SELECT rid FROM linking.left"), ("rid", "source", "key"))
    if gone is not None:
        con.register("found_gone", gone)
        con.execute("INSERT INTO linking.gone SELECT rid, source, key FROM found_gone")
        con.unregister("found_gone")
    con.execute(
        "CREATE OR REPLACE TABLE linking.old_records AS SELECT source, key, id AS entity, how, weight FROM ("
        "SELECT rid, source, key FROM linking.records SEMI JOIN linking.stirred USING (rid) UNION ALL "
        "SELECT rid, source, key FROM linking.gone"
        ") JOIN linking.before USING (rid) JOIN linking.old_ids USING (ent)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.old_bodies AS SELECT * FROM state.bodies WHERE entity IN "
        f"(SELECT entity FROM state.bodies WHERE {RID} IN (SELECT rid FROM linking.records))"
    )
    con.execute("CREATE OR REPLACE TABLE linking.known_bodies AS SELECT * FROM state.bodies")
    con.execute(
        "CREATE OR REPLACE TABLE linking.old_entities AS SELECT id, digest, since_run, false AS ended FROM linking.old_ids"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.old_identifiers AS SELECT attribute, value, id AS entity "
        "FROM linking.marks_before JOIN linking.old_ids USING (ent)"
    )


def totals(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, Any]:
    """What `linking` or the attached `state` has in all: records, entities, ways, records by source."""
    ways = con.execute(f"SELECT how, count(*) FROM {database}.final GROUP BY how ORDER BY how").fetchall()
    sources = con.execute(
        f"SELECT s.source, count(*) FROM {database}.places p JOIN {database}.sources s ON s.nth = p.source "
        "GROUP BY s.source ORDER BY s.source"
    ).fetchall()
    return {
        "records": number(con, f"SELECT count(*) FROM {database}.final"),
        "entities": number(con, f"SELECT count(*) FROM {database}.ids"),
        "how": dict(ways),
        "sources": dict(sources),
    }
