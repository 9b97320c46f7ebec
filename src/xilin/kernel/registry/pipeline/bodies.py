"""Bodies: the records an entity had before it was joined with others, so that a split gives ids back.

`linking.old_bodies` (source, key, entity, own, merged_into) are the records of entities that ended,
as they were then, and of those that took others in, as they were before (`own`).
"""

import duckdb

COLUMNS = "source VARCHAR, key VARCHAR, entity UUID, own BOOLEAN, merged_into UUID"


def there(con: duckdb.DuckDBPyConnection) -> None:
    """Make `linking.old_bodies`, empty, where nothing of before was brought."""
    con.execute(f"CREATE TABLE IF NOT EXISTS linking.old_bodies ({COLUMNS})")


def give_back(con: duckdb.DuckDBPyConnection) -> None:
    """Add to `linking.assigned`: a group that no entity goes on in is the ended one whose body it holds.

    An ended entity comes back in the group that holds most of its own body; where several
    would come back in one group, the oldest does. Only records that were there all the time count:
    a source may use the key of one that was gone for somebody else.
    """
    con.execute(
        "CREATE OR REPLACE TABLE linking.whereabouts AS "
        "SELECT ent, entity, count(*) AS n, count_if(own) AS body, any_value(since_run) AS since_run, "
        "any_value(b.merged_into) AS merged_into FROM linking.old_bodies b "
        "JOIN linking.old_entities o ON o.id = b.entity AND o.ended "
        "JOIN linking.placed_records USING (source, key) SEMI JOIN linking.old_records USING (source, key) "
        "GROUP BY ent, entity "
        "QUALIFY row_number() OVER (PARTITION BY entity ORDER BY body DESC, n DESC, ent) = 1"
    )
    con.execute(
        "INSERT INTO linking.assigned SELECT ent, entity FROM linking.whereabouts "
        "WHERE ent NOT IN (SELECT ent FROM linking.assigned) "
        "QUALIFY row_number() OVER (PARTITION BY ent ORDER BY since_run, body DESC, n DESC, entity) = 1"
    )


def follow(con: duckdb.DuckDBPyConnection) -> None:
    """Make `linking.moved_entities` (id, merged_into): ended ones whose body now belongs to another than they say."""
    con.execute(
        "CREATE OR REPLACE TABLE linking.moved_entities AS SELECT entity AS id, i.id AS merged_into "
        "FROM linking.whereabouts w JOIN linking.ids i USING (ent) "
        "WHERE entity NOT IN (SELECT id FROM linking.ids) AND w.merged_into IS DISTINCT FROM i.id"
    )
