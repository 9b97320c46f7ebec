"""Ids for life: which entity of before each group of records is, and what has changed since.

The tables of before are `linking.old_records` (source, key, entity, how, weight),
`old_entities` (id, digest, since_run, ended), `old_identifiers` (attribute, value, entity) and
`old_bodies` (source, key, entity, own, merged_into).
"""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import duckdb

from xilin.kernel.registry.pipeline import bodies
from xilin.kernel.registry.pipeline.ask import number

# What becomes of entities: a table each, with the columns that are written.
PLACED: tuple[str, ...] = (
    "ended_entities",
    "moved_entities",
    "new_records",
    "changed_records",
    "gone_records",
)
PLACED += ("new_identifiers", "gone_identifiers")
CHOSEN = ("new_entities", "changed_entities")
CHANGES: tuple[str, ...] = (*CHOSEN, *PLACED)


# The identifiers of entities that nobody contests.
MARKS = (
    "SELECT DISTINCT f.ent, m.attribute, m.value FROM linking.marks m "
    "JOIN linking.belongs b USING (node) JOIN {placed} f ON f.rid = b.rid AND f.rid = b.node"
)


def place(con: duckdb.DuckDBPyConnection, placed: str = "linking.final") -> None:
    """Make `linking.ids` (ent, id, new), and the tables of CHANGES of records, identifiers and entities that end.

    An entity of before goes on in the group that most of its records are in; one that took
    others in, where most of those are that it had before. A group that several would go on in
    keeps the oldest (of the earliest run, then with most records); the others end in it. A
    group that none goes on in is the ended entity whose records it holds, or one of before that
    carries one of its identifiers and isn't taken; else it is new. `placed` has the records
    (rid, ent, how, weight) of the entities that may be others than before.
    """
    bodies.there(con)
    _assign(con, placed)
    con.execute(
        "CREATE OR REPLACE TABLE linking.ended_entities AS SELECT o.id, i.id AS merged_into "
        "FROM linking.old_entities o LEFT JOIN linking.going_on g ON g.entity = o.id "
        "LEFT JOIN linking.ids i ON i.ent = g.ent "
        "WHERE NOT o.ended AND o.id NOT IN (SELECT id FROM linking.ids)"
    )
    bodies.follow(con)
    _records(con)
    _identifiers(con)


def tell(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Make the other tables of CHANGES, once golden records are known; counts for the run."""
    _entities(con)
    counts = {name: number(con, f"SELECT count(*) FROM linking.{name}") for name in CHANGES}
    counts["merged"] = number(
        con, "SELECT count(*) FROM linking.ended_entities WHERE merged_into IS NOT NULL"
    )
    counts["split"] = number(
        con, "SELECT count(*) FROM (SELECT entity FROM linking.shared GROUP BY entity HAVING count(*) > 1)"
    )
    return counts


def _assign(con: duckdb.DuckDBPyConnection, placed: str) -> None:
    # At first nothing is compared with what was: millions of rows need not be written to be read once.
    first = number(con, "SELECT count(*) FROM linking.old_records") == 0
    con.execute(
        f"CREATE OR REPLACE {'VIEW' if first else 'TABLE'} linking.placed_records AS "
        f"SELECT r.source, r.key, f.ent, f.how, f.weight FROM {placed} f JOIN linking.records r USING (rid)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.shared AS SELECT ent, entity, count(*) AS n, count_if(own) AS own "
        "FROM linking.placed_records JOIN linking.old_records USING (source, key) "
        "LEFT JOIN linking.old_bodies USING (source, key, entity) GROUP BY ent, entity"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.going_on AS SELECT ent, entity, n, since_run FROM linking.shared "
        "JOIN linking.old_entities ON id = entity "
        "QUALIFY row_number() OVER (PARTITION BY entity ORDER BY own DESC, n DESC, ent) = 1"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.assigned AS SELECT ent, entity AS id FROM linking.going_on "
        "QUALIFY row_number() OVER (PARTITION BY ent ORDER BY since_run, n DESC, entity) = 1"
    )
    bodies.give_back(con)
    con.execute(f"CREATE OR REPLACE TABLE linking.ent_marks AS {MARKS.format(placed=placed)}")
    con.execute(
        "INSERT INTO linking.assigned SELECT ent, entity FROM ("
        "SELECT ent, entity, since_run FROM linking.ent_marks m JOIN linking.old_identifiers i USING (attribute, value) "
        "JOIN linking.old_entities o ON o.id = i.entity "
        "WHERE ent NOT IN (SELECT ent FROM linking.assigned) AND entity NOT IN (SELECT id FROM linking.assigned) "
        "AND entity NOT IN (SELECT entity FROM linking.going_on) "
        "QUALIFY row_number() OVER (PARTITION BY entity ORDER BY ent) = 1) "
        "QUALIFY row_number() OVER (PARTITION BY ent ORDER BY since_run, entity) = 1"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.ids AS SELECT ent, coalesce(id, gen_random_uuid()) AS id, id IS NULL AS new "
        f"FROM (SELECT DISTINCT ent FROM {placed}) LEFT JOIN linking.assigned USING (ent)"
    )


def _entities(con: duckdb.DuckDBPyConnection) -> None:
    columns = "id, attributes, provenance, records, digest"
    con.execute(
        f"CREATE OR REPLACE VIEW linking.new_entities AS SELECT {columns} FROM linking.ids "
        "JOIN linking.golden USING (ent) WHERE new"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.changed_entities AS "
        "SELECT i.id, g.attributes, g.provenance, g.records, g.digest FROM linking.ids i "
        "JOIN linking.golden g USING (ent) JOIN linking.old_entities o ON o.id = i.id "
        "WHERE o.digest <> g.digest OR o.ended"
    )


def _records(con: duckdb.DuckDBPyConnection) -> None:
    columns = "p.source, p.key, i.id AS entity, p.how, p.weight"
    joined = "linking.placed_records p JOIN linking.ids i USING (ent)"
    con.execute(
        f"CREATE OR REPLACE VIEW linking.new_records AS SELECT {columns} FROM {joined} "
        "ANTI JOIN linking.old_records o ON o.source = p.source AND o.key = p.key"
    )
    con.execute(
        f"CREATE OR REPLACE TABLE linking.changed_records AS SELECT {columns} FROM {joined} "
        "JOIN linking.old_records o ON o.source = p.source AND o.key = p.key "
        "WHERE o.entity <> i.id OR o.how <> p.how OR o.weight IS DISTINCT FROM p.weight"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.gone_records AS SELECT source, key FROM linking.old_records o "
        "ANTI JOIN linking.placed_records p ON o.source = p.source AND o.key = p.key"
    )


def _identifiers(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "CREATE OR REPLACE TABLE linking.held AS SELECT m.attribute, m.value, i.id AS entity "
        "FROM linking.ent_marks m JOIN linking.ids i USING (ent)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE linking.new_identifiers AS SELECT * FROM linking.held "
        "EXCEPT SELECT attribute, value, entity FROM linking.old_identifiers"
    )
    # One that vanished keeps its identifiers: should its records come back, so does its id.
    con.execute(
        "CREATE OR REPLACE TABLE linking.gone_identifiers AS SELECT attribute, value, entity FROM linking.old_identifiers "
        "WHERE entity IN (SELECT id FROM linking.ids UNION ALL "
        "SELECT id FROM linking.ended_entities WHERE merged_into IS NOT NULL) EXCEPT SELECT * FROM linking.held"
    )
