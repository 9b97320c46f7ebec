"""What has changed since the last linking, and how far it reaches.

Records meet by what they share: a value of an identifier, a key of a block, a decision. Whatever
becomes of a record is decided within its neighbourhood: what it meets now, what it met before, and
what these were joined with. Linking the neighbourhood alone, with the same model, gives what
linking everything would.
"""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import duckdb
import numpy as np

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.clusters import HOW
from xilin.kernel.registry.pipeline.forms import keep_sounds, sounds
from xilin.kernel.registry.pipeline.golden import SEARCHED
from xilin.kernel.registry.pipeline.identity import MARKS
from xilin.kernel.registry.pipeline.nodes import unnested
from xilin.kernel.registry.pipeline.records import RID, Found, content, key, keyed, rows
from xilin.kernel.registry.pipeline.shelf import BLOCK, Places, Shelf
from xilin.kernel.registry.pipeline.spec import Spec, literal, name

# The share of all records beyond which everything is linked instead.
MOST = 0.2
# So few are never too many.
FEW = 100
# Records (rid, node, ent, how, weight) of the entities of a neighbourhood that may be others than before.
FRESH = "linking.fresh"
# How a record came to its entity, as one byte.
WAYS = f"ENUM({', '.join(map(literal, HOW))})"


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
        f"ANTI JOIN state.members k ON k.rid = r.rid AND k.content = {content(spec, 'r')}"
    )
    if number(con, "SELECT count(*) - count(DISTINCT rid) FROM linking.arrived"):
        raise ValueError("a record stands twice among the rows in force")
    grown = sorted({source for one in found for source in one.grown})
    without = f"WHERE source NOT IN ({', '.join(map(literal, grown))})" if grown else ""
    if sources is not None and set(sources) <= set(grown):
        without = "WHERE false"
    con.execute(
        "CREATE OR REPLACE TABLE linking.left AS SELECT rid FROM state.members WHERE source IN "
        f"(SELECT nth FROM state.sources {without}) EXCEPT "
        f"SELECT {RID} FROM ({rows(spec, found, news=True)})"
    )
    return {
        "arrived": number(con, "SELECT count(*) FROM linking.arrived"),
        "left": number(con, "SELECT count(*) FROM linking.left"),
    }


def reach(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Find the neighbourhood of what changed: `linking.reach`, its records of before, as in `members` of the state.

    `staying` (rid, spot) are those of them that have not changed, `before` (rid, ent, how, weight) is how they were placed.
    """
    _start(con, spec)
    _identified(con, spec)
    _met(con, spec)
    _spread(con, "linking.links")
    con.execute(
        "CREATE OR REPLACE TABLE linking.reach AS SELECT * FROM state.members "
        "WHERE node IN (SELECT node FROM linking.reached)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.staying AS SELECT rid, spot FROM linking.reach "
        "WHERE rid NOT IN (SELECT rid FROM linking.touched)"
    )
    con.execute(
        "CREATE OR REPLACE VIEW linking.before AS SELECT rid, ent, how::VARCHAR AS how, weight FROM linking.reach"
    )


def gather(con: duckdb.DuckDBPyConnection, spec: Spec, shelf: Shelf) -> None:
    """Make `linking.records` and `linking.keys` of the neighbourhood, as it is now.

    `shelf` has what is in the records that stay; Missing where it hasn't.
    """
    staying = shelf.fetch(_spots(con, "SELECT spot FROM linking.staying ORDER BY spot"))
    con.execute("CREATE OR REPLACE TABLE linking.records AS SELECT * FROM linking.arrived")
    if staying is not None:
        con.register("found_staying", staying)
        con.execute("INSERT INTO linking.records BY NAME SELECT * FROM found_staying")
        con.unregister("found_staying")
    con.execute(
        f"INSERT INTO linking.keys BY NAME SELECT {', '.join(keyed(spec))} FROM linking.reach SEMI JOIN linking.staying USING (rid)"
    )
    keep_sounds(con, spec, "linking.records", "state")


def places(con: duckdb.DuckDBPyConnection, rids: str, database: str = "state") -> Places:
    """The places on the shelf of records of a query, ascending."""
    return _spots(con, f"SELECT spot FROM {database}.members WHERE rid IN ({rids}) ORDER BY spot")


def _spots(con: duckdb.DuckDBPyConnection, query: str) -> Places:
    return np.asarray(con.execute(query).fetchnumpy()["spot"], np.int64)


def _start(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """`touched` (rid): what changed; keys of what arrived; `links` (l, r): which nodes depend on each other.

    `known` (rid, node, v_<identifier>) are the records the state has of what changed, and of what decisions and bodies name with it.
    """
    con.execute(
        "CREATE OR REPLACE TABLE linking.touched AS SELECT rid FROM linking.arrived UNION SELECT rid FROM linking.left"
    )
    con.execute("CREATE OR REPLACE TABLE linking.records AS SELECT * FROM linking.arrived")
    key(con, spec, "state")
    values = [name(f"v_{code}") for code in spec.identifiers]
    told = " UNION ALL ".join(
        f"(SELECT * FROM {here}.{table} EXCEPT SELECT * FROM {there}.{table})"
        for table in ("must", "cannot")
        for here, there in (("linking", "state"), ("state", "linking"))
    )
    con.execute(
        f"CREATE OR REPLACE TABLE linking.known AS SELECT {', '.join(['rid', 'node', *values])} FROM state.members "
        "WHERE rid IN (SELECT rid FROM linking.touched UNION ALL "
        f"SELECT {_rid('_a')} FROM ({told}) UNION ALL SELECT {_rid('_b')} FROM ({told}) UNION ALL "
        + " UNION ALL ".join(
            f"SELECT {_rid(other)} FROM linking.{table} WHERE {_rid(one)} IN (SELECT rid FROM linking.touched)"
            for table in ("must", "cannot")
            for one, other in (("_a", "_b"), ("_b", "_a"))
        )
        + f" UNION ALL SELECT {RID} FROM state.bodies WHERE entity IN "
        f"(SELECT entity FROM state.bodies WHERE {RID} IN (SELECT rid FROM linking.touched)))"
    )
    con.execute("CREATE OR REPLACE TABLE linking.reached AS SELECT DISTINCT node FROM linking.known")
    con.execute(
        "CREATE OR REPLACE TABLE linking.links AS SELECT l, r FROM state.edges "
        "UNION ALL SELECT one, two FROM state.repairs UNION ALL SELECT l, r FROM state.ties "
        + "".join(
            " UNION ALL SELECT a.node, b.node FROM "
            f"(SELECT {_rid('_a')} AS one, {_rid('_b')} AS two FROM {where}.{table}) "
            "JOIN state.members a ON a.rid = one JOIN state.members b ON b.rid = two"
            for where, table in (
                ("state", "must"),
                ("linking", "must"),
                ("linking", "cannot"),
                ("state", "cannot"),
            )
        )
        # The records an entity had before it was joined with others, and where they are now.
        + " UNION ALL SELECT b.node, min(b.node) OVER (PARTITION BY o.entity) FROM state.bodies o "
        f"JOIN state.members b ON b.rid = {RID.replace('source', 'o.source').replace('key', 'o.key')}"
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
            f"WHERE {value} IS NOT NULL UNION SELECT {value} FROM linking.known WHERE {value} IS NOT NULL AND rid IN "
            "(SELECT rid FROM linking.touched)"
        )
        con.execute(
            "INSERT INTO linking.reached SELECT DISTINCT node FROM state.members "
            f"WHERE {value} IN (SELECT v FROM linking.shared_values) AND node NOT IN (SELECT node FROM linking.reached)"
        )
    _spread(con, "state.ties")


def _met(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Reach what shares a block with the nodes reached so far, one of the two being open."""
    con.execute(
        "CREATE OR REPLACE TABLE linking.near_by AS "
        "SELECT node, open FROM state.standing WHERE node IN (SELECT node FROM linking.reached)"
    )
    con.execute(
        f"CREATE OR REPLACE TABLE linking.around AS SELECT {', '.join(one for one in keyed(spec) if one != 'content')}, open "
        "FROM state.members JOIN linking.near_by USING (node)"
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
    con.execute("CREATE OR REPLACE TABLE linking.met (node BIGINT)")
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
            f"INSERT INTO linking.met SELECT node FROM (SELECT node, {here} AS key FROM state.members) "
            "WHERE key IN (SELECT key FROM linking.own_keys WHERE open) UNION ALL "
            f"SELECT node FROM (SELECT node, {here} AS key FROM state.open_keys) "
            "WHERE key IN (SELECT key FROM linking.own_keys WHERE NOT open)"
        )
    con.execute(
        "INSERT INTO linking.reached SELECT DISTINCT node FROM linking.met "
        "WHERE node NOT IN (SELECT node FROM linking.reached)"
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


def renew(con: duckdb.DuckDBPyConnection) -> None:
    """Find which rows of the state are others, for `carry`.

    `linking.renewed` are records whose rows of `members` are new or others, `stood` nodes as they stood, `marks_new` and `marks_gone`
    identifiers of entities.
    """
    marks = "SELECT ent, attribute, value FROM linking"
    stirred = f"{marks}.marks_before WHERE ent IN (SELECT ent FROM linking.before SEMI JOIN linking.stirred USING (rid))"
    con.execute(f"CREATE OR REPLACE TABLE linking.marks_gone AS ({stirred}) EXCEPT {marks}.ent_marks")
    con.execute(f"CREATE OR REPLACE TABLE linking.marks_new AS {marks}.ent_marks EXCEPT ({stirred})")
    con.execute(
        "CREATE OR REPLACE TABLE linking.renewed AS SELECT f.rid, f.node, f.ent, f.how, f.weight, r.spot, r.source "
        "FROM linking.final f LEFT JOIN (SELECT * FROM linking.reach "
        "SEMI JOIN linking.staying USING (rid)) r USING (rid) WHERE r.rid IS NULL OR r.node <> f.node OR r.ent <> f.ent "
        "OR r.how::VARCHAR <> f.how OR r.weight IS DISTINCT FROM f.weight"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.stood AS SELECT node, mask, open FROM state.standing "
        "WHERE node IN (SELECT node FROM linking.reached)"
    )


def carry(con: duckdb.DuckDBPyConnection, spec: Spec, run: int, shelf: Shelf) -> Shelf:
    """Bring the attached state to what a run made of the neighbourhood, after `renew`, in the caller's transaction; its new shelf.

    Bodies are left out, and it no longer says whose it is.
    """
    con.execute("DELETE FROM state.about")
    stirred = "SELECT ent FROM linking.before SEMI JOIN linking.stirred USING (rid)"
    nodes = "SELECT node FROM linking.reached UNION ALL SELECT node FROM linking.standing"
    shelf = _carry_members(con, spec, shelf)
    con.execute(f"DELETE FROM state.ids WHERE ent IN ({stirred})")
    con.execute(f"INSERT INTO state.ids BY NAME {IDS.format(run=run)}")
    con.execute(
        "DELETE FROM state.ent_marks WHERE (ent, attribute, value) IN (SELECT ent, attribute, value FROM linking.marks_gone)"
    )
    con.execute("INSERT INTO state.ent_marks BY NAME SELECT * FROM linking.marks_new")
    for table in sounds(spec):
        con.execute(
            f"INSERT INTO state.{name(table)} SELECT * FROM linking.{name(table)} "
            f"ANTI JOIN state.{name(table)} USING (value)"
        )
    _carry_standing(con, spec)
    for table, one in (("edges", "l"), ("ties", "l"), ("repairs", "one")):
        con.execute(f"DELETE FROM state.{table} WHERE {one} IN ({nodes})")
        con.execute(f"INSERT INTO state.{table} BY NAME SELECT * FROM linking.{table}")
    for table in ("must", "cannot"):
        con.execute(f"DELETE FROM state.{table}")
        con.execute(f"INSERT INTO state.{table} SELECT * FROM linking.{table}")
    con.execute("DELETE FROM state.bodies")
    return shelf


def _carry_members(con: duckdb.DuckDBPyConnection, spec: Spec, shelf: Shelf) -> Shelf:
    """Write the rows of `members` that are new or others, put what arrived on the shelf, and bind thin volumes."""
    touched = "rid IN (SELECT rid FROM linking.touched)"
    shelf = shelf.without(_spots(con, f"SELECT spot FROM linking.reach WHERE {touched} ORDER BY spot"))
    shelf, found = shelf.add(con.execute("SELECT * FROM linking.arrived").to_arrow_reader(BLOCK))
    con.register("found_places", found)
    _name_sources(con, "state")
    con.execute(
        "DELETE FROM state.members WHERE rid IN "
        "(SELECT rid FROM linking.touched UNION ALL SELECT rid FROM linking.renewed)"
    )
    con.execute(
        "INSERT INTO state.members BY NAME SELECT k.*, m.node, m.ent, m.how, m.weight, coalesce(m.spot, p.spot) AS spot, "
        "coalesce(m.source, s.nth) AS source FROM linking.keys k JOIN linking.renewed m USING (rid) "
        "LEFT JOIN found_places p USING (rid) LEFT JOIN state.sources s ON s.source = p.source"
    )
    con.unregister("found_places")
    if thin := shelf.thin():
        within = f"spot >= {thin[0].first} AND spot < {thin[-1].end}"
        shelf = shelf.bound(thin, _spots(con, f"SELECT spot FROM state.members WHERE {within} ORDER BY spot"))
    return shelf


def _carry_standing(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Write the rows of `standing` that are others, and the keys of open nodes."""
    reached = "node IN (SELECT node FROM linking.reached)"
    con.execute(
        "DELETE FROM state.standing WHERE node IN (SELECT node FROM (SELECT * FROM linking.stood EXCEPT "
        "SELECT node, mask, open FROM linking.standing))"
    )
    con.execute(
        "INSERT INTO state.standing BY NAME SELECT node, mask, open FROM linking.standing EXCEPT SELECT * FROM linking.stood"
    )
    con.execute(f"DELETE FROM state.open_keys WHERE {reached}")
    con.execute(f"INSERT INTO state.open_keys BY NAME {_open_keys(spec)}")


def _open_keys(spec: Spec) -> str:
    """What is met by closed nodes: the keys of blocks of the records of open ones."""
    columns = ["node", *(f"k{nth}" for nth in range(len(spec.registry.blocks)))]
    return (
        f"SELECT {', '.join(columns)} FROM linking.keys JOIN linking.belongs USING (rid) "
        "WHERE node IN (SELECT node FROM linking.standing WHERE open)"
    )


def place(con: duckdb.DuckDBPyConnection, spec: Spec, shelf: Shelf) -> Shelf:
    """Put all of `linking.records` on an empty shelf, and make what a state keeps of each record, `members`, and of open nodes.

    `members` has the keys of a record, its place on the shelf (spot), its source (a number in `sources`), its node and its entity
    (how, weight): one row for all, so that what is asked of some records is asked once.
    """
    shelf, placed = shelf.add(con.execute("SELECT * FROM linking.records").to_arrow_reader(BLOCK))
    con.register("found_places", placed)
    con.execute("CREATE OR REPLACE TABLE linking.sources (source VARCHAR, nth USMALLINT)")
    _name_sources(con, "linking")
    con.execute(
        "CREATE OR REPLACE TABLE linking.members AS "
        f"SELECT k.*, p.spot, s.nth AS source, f.node, f.ent, f.how::{WAYS} AS how, f.weight "
        "FROM linking.keys k JOIN linking.final f USING (rid) JOIN found_places p USING (rid) JOIN linking.sources s ON s.source = p.source"
    )
    con.unregister("found_places")
    con.execute(f"CREATE OR REPLACE TABLE linking.open_keys AS {_open_keys(spec)}")
    return shelf


def _name_sources(con: duckdb.DuckDBPyConnection, database: str) -> None:
    """Add to `sources` (source, nth) of a state those of `found_places` that it hasn't got."""
    con.execute(
        f"INSERT INTO {database}.sources SELECT source, row_number() OVER (ORDER BY source) + "
        f"(SELECT count(*) FROM {database}.sources) FROM (SELECT DISTINCT source FROM found_places) "
        f"ANTI JOIN {database}.sources USING (source)"
    )


def before(con: duckdb.DuckDBPyConnection, shelf: Shelf) -> None:
    """Make `old_records`, `old_bodies`, `old_entities`, `old_identifiers` in `linking`: what `fresh` was, from the attached state.

    Of entities and identifiers only those of the living: `store.bring_ended` adds the others.
    """
    con.execute(
        "CREATE OR REPLACE TABLE linking.old_ids AS SELECT * FROM state.ids "
        "WHERE ent IN (SELECT ent FROM linking.before SEMI JOIN linking.stirred USING (rid))"
    )
    con.execute("CREATE OR REPLACE TABLE linking.gone (rid BIGINT, source VARCHAR, key VARCHAR)")
    left = "SELECT spot FROM linking.reach WHERE rid IN (SELECT rid FROM linking.left) ORDER BY spot"
    gone = shelf.fetch(_spots(con, left), ("rid", "source", "key"))
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
    ways: dict[str, int] = defaultdict(int)
    sources: dict[str, int] = defaultdict(int)
    for how, source, count in con.execute(
        f"SELECT how::VARCHAR, s.source, n FROM (SELECT how, source, count(*) AS n FROM {database}.members GROUP BY ALL) m "
        f"JOIN {database}.sources s ON s.nth = m.source ORDER BY ALL"
    ).fetchall():
        ways[how] += count
        sources[source] += count
    return {
        "records": sum(sources.values()),
        "entities": number(con, f"SELECT count(*) FROM {database}.ids"),
        "how": dict(ways),
        "sources": dict(sorted(sources.items())),
    }
