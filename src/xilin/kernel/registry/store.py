"""Between the tables of PostgreSQL and a linking's tables in DuckDB: everything by COPY."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from pathlib import Path
from typing import Any

import duckdb
from django.db import connection
from psycopg import sql

from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord, EntityVersion
from xilin.kernel.registry.pipeline import bodies
from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.identity import CHANGES

BLOCK = 1 << 20
ENTITY, RECORD, IDENTIFIER, VERSION = (
    sql.Identifier(m._meta.db_table) for m in (Entity, EntityRecord, EntityIdentifier, EntityVersion)
)

# The records of entities that ended, as they were then and with where they went, and of those that
# others were merged into, as they were before the first merger (`own`). A version is what an entity
# was until its `to_run`.
BODIES = """
WITH here AS (SELECT id, ended_run, merged_into, changed_run FROM {entity} WHERE registry = %s),
took AS (
    SELECT id, min(run) AS run FROM (
        SELECT merged_into AS id, changed_run AS run FROM here
        UNION ALL
        SELECT v.merged_into, v.from_run FROM {version} v JOIN here h ON h.id = v.entity_id
    ) mergers WHERE id IS NOT NULL GROUP BY id
),
bodies AS (
    SELECT h.id, v.records, t.id IS NULL AS own
    FROM here h JOIN {version} v ON v.entity_id = h.id AND v.to_run = h.ended_run LEFT JOIN took t ON t.id = h.id
    UNION ALL
    SELECT t.id, v.records, true FROM took t JOIN {version} v ON v.entity_id = t.id AND v.to_run = t.run
)
SELECT r.value ->> 0, r.value ->> 1, b.id, bool_or(b.own), h.merged_into
FROM bodies b JOIN here h ON h.id = b.id CROSS JOIN LATERAL jsonb_array_elements(b.records) r
GROUP BY 1, 2, 3, 5
"""

OLD = {
    "old_records": (
        sql.SQL("SELECT source, key, entity_id, how, weight FROM {} WHERE registry = %s").format(RECORD),
        "source VARCHAR, key VARCHAR, entity UUID, how VARCHAR, weight DOUBLE",
    ),
    "old_entities": (
        sql.SQL("SELECT id, digest, since_run, ended_run IS NOT NULL FROM {} WHERE registry = %s").format(
            ENTITY
        ),
        "id UUID, digest VARCHAR, since_run BIGINT, ended BOOLEAN",
    ),
    "old_identifiers": (
        sql.SQL("SELECT attribute, value, entity_id FROM {} WHERE registry = %s").format(IDENTIFIER),
        "attribute VARCHAR, value VARCHAR, entity UUID",
    ),
    "old_bodies": (sql.SQL(BODIES).format(entity=ENTITY, version=VERSION), bodies.COLUMNS),
}

# What an entity was stands in its versions before it becomes something else, its records with it:
# those are changed after it.
KEEP_VERSION = (
    "INSERT INTO {version} "
    "(registry, entity_id, attributes, provenance, records, ended, merged_into, from_run, to_run) "
    "SELECT e.registry, e.id, e.attributes, e.provenance, coalesce(r.records, '[]'), e.ended_run IS NOT NULL, "
    "e.merged_into, e.changed_run, %(run)s FROM {changes} c JOIN {entity} e ON e.id = c.id "
    "CROSS JOIN LATERAL (SELECT jsonb_agg(jsonb_build_array(m.source, m.key, m.how, m.weight) "
    "ORDER BY m.source, m.key) AS records FROM {record} m WHERE m.entity_id = e.id) r; "
)

# How each table of changes is carried out: the columns of its temporary table, and the statement.
# Parameters: registry, run.
STATEMENTS = {
    "new_entities": (
        "id uuid, attributes jsonb, provenance jsonb, records int, digest text",
        (
            "INSERT INTO {entity} (id, registry, attributes, provenance, records, digest, since_run, changed_run) "
            "SELECT id, %(registry)s, attributes, provenance, records, digest, %(run)s, %(run)s FROM {changes}"
        ),
    ),
    "changed_entities": (
        "id uuid, attributes jsonb, provenance jsonb, records int, digest text",
        (
            KEEP_VERSION
            + "UPDATE {entity} e SET attributes = c.attributes, provenance = c.provenance, records = c.records, "
            "digest = c.digest, changed_run = %(run)s, ended_run = NULL, merged_into = NULL "
            "FROM {changes} c WHERE e.id = c.id"
        ),
    ),
    "ended_entities": (
        "id uuid, merged_into uuid",
        (
            KEEP_VERSION
            + "UPDATE {entity} e SET ended_run = %(run)s, changed_run = %(run)s, merged_into = c.merged_into, records = 0 "
            "FROM {changes} c WHERE e.id = c.id"
        ),
    ),
    "moved_entities": (
        "id uuid, merged_into uuid",
        (
            KEEP_VERSION + "UPDATE {entity} e SET changed_run = %(run)s, merged_into = c.merged_into "
            "FROM {changes} c WHERE e.id = c.id"
        ),
    ),
    "gone_records": (
        "source text, key text",
        (
            "DELETE FROM {record} r USING {changes} c "
            "WHERE r.registry = %(registry)s AND r.source = c.source AND r.key = c.key"
        ),
    ),
    "changed_records": (
        "source text, key text, entity uuid, how text, weight float8",
        (
            "UPDATE {record} r SET entity_id = c.entity, how = c.how, weight = c.weight FROM {changes} c "
            "WHERE r.registry = %(registry)s AND r.source = c.source AND r.key = c.key"
        ),
    ),
    "gone_identifiers": (
        "attribute text, value text, entity uuid",
        (
            "DELETE FROM {identifier} i USING {changes} c WHERE i.registry = %(registry)s "
            "AND i.attribute = c.attribute AND i.value = c.value AND i.entity_id = c.entity"
        ),
    ),
}
# The large ones go straight into their tables, with the registry as a first column.
DIRECT = {
    "new_records": sql.SQL(
        "COPY {} (registry, source, key, entity_id, how, weight) FROM STDIN (FORMAT csv)"
    ).format(RECORD),
    "new_identifiers": sql.SQL(
        "COPY {} (registry, attribute, value, entity_id) FROM STDIN (FORMAT csv)"
    ).format(IDENTIFIER),
}
SORTED = {
    "new_records": " ORDER BY source, key",
    "new_identifiers": " ORDER BY attribute, value",
    "new_entities": " ORDER BY id",
}


def bring(
    con: duckdb.DuckDBPyConnection, registry: str, folder: Path, names: tuple[str, ...] = tuple(OLD)
) -> None:
    """Copy what stands of a registry into `linking.old_records`, `old_entities`, `old_identifiers` and `old_bodies`."""
    for name in names:
        query, columns = OLD[name]
        path = folder / f"{name}.csv"
        with connection.cursor() as cursor, path.open("wb") as file:
            copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)
            with cursor.copy(copy, [registry]) as rows:
                for block in rows:
                    file.write(block)
        con.execute(f"CREATE OR REPLACE TABLE linking.{name} ({columns})")
        if path.stat().st_size:
            con.execute(
                f"COPY linking.{name} FROM '{_quoted(path)}' (FORMAT csv, HEADER false, NULLSTR '', DELIMITER ',', QUOTE '\"', ESCAPE '\"')"
            )
        path.unlink()


def write(con: duckdb.DuckDBPyConnection, registry: str, run: int, folder: Path) -> None:
    """Carry out the tables of CHANGES in the caller's transaction; what is empty costs nothing."""
    parameters = {"registry": registry, "run": run}
    for name in CHANGES:
        if number(con, f"SELECT count(*) FROM linking.{name}") == 0:
            continue
        first = "'" + registry.replace("'", "''") + "', " if name in DIRECT else ""
        path = folder / f"{name}.csv"
        con.execute(
            f"COPY (SELECT {first}* FROM linking.{name}{SORTED.get(name, '')}) TO '{_quoted(path)}' (FORMAT csv, HEADER false)"
        )
        with connection.cursor() as cursor:
            if name in DIRECT:
                _send(cursor, DIRECT[name], path)
            else:
                _carry_out(cursor, name, path, parameters)
        path.unlink()


def _carry_out(cursor: Any, name: str, path: Path, parameters: dict[str, Any]) -> None:
    columns, statement = STATEMENTS[name]
    changes = sql.Identifier(f"linking_{name}")
    cursor.execute(sql.SQL("CREATE TEMP TABLE {} ({}) ON COMMIT DROP").format(changes, sql.SQL(columns)))
    _send(cursor, sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(changes), path)
    cursor.execute(sql.SQL("ANALYZE {}").format(changes))
    for part in statement.split("; "):
        whole = sql.SQL(part).format(
            entity=ENTITY, record=RECORD, identifier=IDENTIFIER, version=VERSION, changes=changes
        )
        cursor.execute(whole, parameters)
    cursor.execute(sql.SQL("DROP TABLE {}").format(changes))


def _send(cursor: Any, statement: sql.Composed, path: Path) -> None:
    with cursor.copy(statement) as rows, path.open("rb") as file:
        while block := file.read(BLOCK):
            rows.write(block)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
