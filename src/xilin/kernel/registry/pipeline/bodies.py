"""Bodies: the records an entity had before it was joined with others, so that a split gives ids back.

`linking.old_bodies` (source, key, entity, own) are the records of entities that ended, as they were
then, and of those that took others in, as they were before (`own`).
"""

import duckdb

COLUMNS = "source VARCHAR, key VARCHAR, entity UUID, own BOOLEAN"


def there(con: duckdb.DuckDBPyConnection) -> None:
    """Make `linking.old_bodies`, empty, where nothing of before was brought."""
    con.execute(f"CREATE TABLE IF NOT EXISTS linking.old_bodies ({COLUMNS})")


def give_back(con: duckdb.DuckDBPyConnection) -> None:
    """Add to `linking.assigned`: a group that no entity goes on in is the ended one whose body it holds.

    An ended entity comes back in the group that holds most of its own body; where several
    would come back in one group, the oldest does.
    """
    con.execute(
        "INSERT INTO linking.assigned SELECT ent, entity FROM ("
        "SELECT ent, b.entity, count(*) AS n, count_if(own) AS body, any_value(o.since_run) AS since_run "
        "FROM linking.old_bodies b JOIN linking.old_entities o ON o.id = b.entity AND o.ended "
        "JOIN linking.placed_records p ON p.source = b.source AND p.key = b.key GROUP BY ent, b.entity "
        "QUALIFY row_number() OVER (PARTITION BY b.entity ORDER BY body DESC, n DESC, ent) = 1) "
        "WHERE ent NOT IN (SELECT ent FROM linking.assigned) "
        "QUALIFY row_number() OVER (PARTITION BY ent ORDER BY since_run, body DESC, n DESC, entity) = 1"
    )
