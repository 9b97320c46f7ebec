"""Between the tables of PostgreSQL and a linking's tables in DuckDB: everything by COPY."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
from django.db import connection
from psycopg import sql

from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord, EntityVersion
from xilin.kernel.registry.pipeline import bodies
from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.identity import CHANGES
from xilin.kernel.registry.pipeline.spec import literal

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

BODIES_OF_SOME = BODIES.replace("FROM {entity} WHERE", "FROM {entity} JOIN registry_ever USING (id) WHERE", 1)

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

# What an entity was stands in its versions before it becomes something else, with the records it had: `before`.
KEEP_VERSION = (
    "INSERT INTO {version} "
    "(registry, entity_id, attributes, provenance, records, ended, merged_into, from_run, to_run) "
    "SELECT e.registry, e.id, e.attributes, e.provenance, coalesce(c.before, '[]'), e.ended_run IS NOT NULL, "
    "e.merged_into, e.changed_run, %(run)s FROM {changes} c JOIN {entity} e ON e.id = c.id; "
)

# How each table of changes is carried out: the columns of its temporary table, and the statement.
# Parameters: registry, run.
STATEMENTS = {
    "changed_entities": (
        "id uuid, attributes jsonb, provenance jsonb, records int, digest text, before jsonb",
        (
            KEEP_VERSION
            + "UPDATE {entity} e SET attributes = c.attributes, provenance = c.provenance, records = c.records, "
            "digest = c.digest, changed_run = %(run)s, ended_run = NULL, merged_into = NULL "
            "FROM {changes} c WHERE e.id = c.id"
        ),
    ),
    "ended_entities": (
        "id uuid, merged_into uuid, before jsonb",
        (
            KEEP_VERSION
            + "UPDATE {entity} e SET ended_run = %(run)s, changed_run = %(run)s, merged_into = c.merged_into, records = 0 "
            "FROM {changes} c WHERE e.id = c.id"
        ),
    ),
    "moved_entities": (
        "id uuid, merged_into uuid, before jsonb",
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
# Those whose versions are kept.
VERSIONED = ("changed_entities", "ended_entities", "moved_entities")
# The large ones go straight into their tables, with values that are the same in all rows as last columns.
DIRECT = {
    "new_entities": (
        ENTITY,
        ("id", "attributes", "provenance", "records", "digest", "registry", "since_run", "changed_run"),
    ),
    "new_records": (RECORD, ("source", "key", "entity_id", "how", "weight", "registry")),
    "new_identifiers": (IDENTIFIER, ("attribute", "value", "entity_id", "registry")),
}
# What can be sent before golden records are known.
AHEAD = ("new_records", "new_identifiers")
# From so many rows on, indexes are built afterwards rather than kept up row by row, unless more rows stand there.
BULK = 200_000
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
        con.execute(f"CREATE OR REPLACE TABLE linking.{name} ({columns})")
        _fetch(con, query, [registry], f"linking.{name}", folder)


# Entities that ended and may come back: those of bodies, and those that carried an identifier of what is looked into.
NEAR = (
    ("registry_near", "id uuid", "SELECT DISTINCT entity FROM linking.old_bodies"),
    (
        "registry_near_values",
        "attribute text, value text",
        "SELECT DISTINCT attribute, value FROM linking.marks_now SEMI JOIN linking.fresh USING (ent)",
    ),
)
ANY_ENDED = sql.SQL(
    "SELECT EXISTS (SELECT FROM {entity} WHERE ended_run IS NOT NULL AND registry = %s)"
).format(entity=ENTITY)
MAY_RETURN = sql.SQL(
    "INSERT INTO registry_near SELECT e.id FROM (SELECT i.entity_id AS id FROM registry_near_values v "
    "JOIN {identifier} i ON i.registry = %s AND i.attribute = v.attribute AND i.value = v.value "
    "EXCEPT SELECT id FROM registry_near) c JOIN {entity} e ON e.id = c.id WHERE e.ended_run IS NOT NULL"
).format(identifier=IDENTIFIER, entity=ENTITY)
NEAR_OLD = {
    "old_entities": sql.SQL(
        "SELECT e.id, e.digest, e.since_run, true FROM {entity} e JOIN registry_near n ON n.id = e.id "
        "WHERE e.ended_run IS NOT NULL"
    ).format(entity=ENTITY),
    "old_identifiers": sql.SQL(
        "SELECT i.attribute, i.value, i.entity_id FROM {identifier} i JOIN registry_near n ON n.id = i.entity_id "
        "JOIN {entity} e ON e.id = n.id WHERE e.ended_run IS NOT NULL"
    ).format(identifier=IDENTIFIER, entity=ENTITY),
}


def bring_ended(con: duckdb.DuckDBPyConnection, registry: str, folder: Path) -> None:
    """Add to `linking.old_entities` and `old_identifiers` of a neighbourhood those that ended and may come back."""
    with connection.cursor() as cursor:
        cursor.execute(ANY_ENDED, [registry])
        if not cursor.fetchone()[0]:
            return
        for table, columns, query in NEAR:
            place = sql.Identifier(table)
            cursor.execute(
                sql.SQL("CREATE TEMP TABLE {} ({}) ON COMMIT DROP").format(place, sql.SQL(columns))
            )
            _give(con, query, cursor, sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(place), folder)
            cursor.execute(sql.SQL("ANALYZE {}").format(place))
        cursor.execute(MAY_RETURN, [registry])
        for name, wanted in NEAR_OLD.items():
            _fetch(con, wanted, [], f"linking.{name}", folder)
        for table, *_ in NEAR:
            cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table)))


# The entities of which some records changed or left: nearly all of them will be written.
SOON = "SELECT DISTINCT id FROM linking.before SEMI JOIN linking.touched USING (rid) JOIN state.ids USING (ent) ORDER BY id"
HOLD = sql.SQL(
    "SELECT count(*) FROM (SELECT FROM {entity} e JOIN registry_soon s ON s.id = e.id FOR NO KEY UPDATE OF e) held"
).format(entity=ENTITY)


def tell_soon(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the ids of entities of which some records changed or left, before anything is linked."""
    con.execute(f"COPY ({SOON}) TO '{_quoted(path)}' (FORMAT csv, HEADER false)")


def take_hold(cursor: Any, path: Path) -> None:
    """Lock the rows that `tell_soon` named, for what follows in the same transaction.

    A row's page may have to be read from the disk, and goes whole into the server's log where it is touched first after
    a checkpoint: better now, while the server has nothing to do, than when all wait for it.
    """
    cursor.execute("CREATE TEMP TABLE registry_soon (id uuid) ON COMMIT DROP")
    _send(cursor, sql.SQL("COPY registry_soon FROM STDIN (FORMAT csv)"), path)
    path.unlink()
    cursor.execute("ANALYZE registry_soon")
    cursor.execute(HOLD)
    cursor.execute("DROP TABLE registry_soon")


# Entities that ever ended or took others in, as far as a linking of changes knows.
EVER = (
    "SELECT entity FROM linking.known_bodies UNION SELECT merged_into FROM linking.known_bodies UNION "
    "SELECT id FROM linking.ended_entities UNION SELECT merged_into FROM linking.ended_entities UNION "
    "SELECT id FROM linking.moved_entities UNION SELECT merged_into FROM linking.moved_entities"
)


def bring_bodies(con: duckdb.DuckDBPyConnection, registry: str, folder: Path, table: str) -> None:
    """Fill an empty table with the bodies of a registry as it stands now.

    Only entities are read that `linking.known_bodies`, those of before, and the changes name;
    where nothing ever ended, nothing is.
    """
    ever = f"SELECT DISTINCT entity AS id FROM ({EVER}) WHERE entity IS NOT NULL"
    if number(con, f"SELECT count(*) FROM ({ever})") == 0:
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE registry_ever (id uuid PRIMARY KEY) ON COMMIT DROP")
        _give(con, ever, cursor, sql.SQL("COPY registry_ever FROM STDIN (FORMAT csv)"), folder)
        cursor.execute("ANALYZE registry_ever")
        _fetch(con, sql.SQL(BODIES_OF_SOME).format(entity=ENTITY, version=VERSION), [registry], table, folder)
        cursor.execute("DROP TABLE registry_ever")


def _fetch(
    con: duckdb.DuckDBPyConnection, query: sql.Composable, parameters: list[Any], table: str, folder: Path
) -> None:
    """Add the rows of a query to a linking's table."""
    path = folder / "fetched.csv"
    with connection.cursor() as cursor, path.open("wb") as file:
        copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)
        with cursor.copy(copy, parameters) as rows:
            for block in rows:
                file.write(block)
    if path.stat().st_size:
        con.execute(
            f"COPY {table} FROM '{_quoted(path)}' (FORMAT csv, HEADER false, NULLSTR '', DELIMITER ',', QUOTE '\"', ESCAPE '\"')"
        )
    path.unlink()


def _give(
    con: duckdb.DuckDBPyConnection, query: str, cursor: Any, statement: sql.Composable, folder: Path
) -> None:
    """Send the rows of a query on a linking's tables to PostgreSQL."""
    path = folder / "given.csv"
    con.execute(f"COPY ({query}) TO '{_quoted(path)}' (FORMAT csv, HEADER false)")
    _send(cursor, statement, path)
    path.unlink()


@dataclass(frozen=True)
class Change:
    """Rows of a table of CHANGES on their way: in a file, whose rows go in with indexes made afterwards or not."""

    name: str
    path: Path
    bulk: bool


# What a changed or ended entity had: its records of before as JSON.
BEFORE = (
    "SELECT entity AS id, '[' || string_agg('[' || concat_ws(',', to_json(source), to_json(key), to_json(how), "
    "coalesce(weight::VARCHAR, 'null')) || ']', ',' ORDER BY source, key) || ']' AS before "
    "FROM linking.old_records SEMI JOIN linking.{} c ON c.id = entity GROUP BY entity"
)


def write(con: duckdb.DuckDBPyConnection, registry: str, run: int, folder: Path) -> None:
    """Carry out the tables of CHANGES in the caller's transaction; what is empty costs nothing."""
    with connection.cursor() as cursor:
        for change in changes(con, registry, run, folder):
            carry_out(cursor, change, registry, run)


def changes(
    con: duckdb.DuckDBPyConnection,
    registry: str,
    run: int,
    folder: Path,
    names: tuple[str, ...] = (),
) -> Iterator[Change]:
    """The tables of CHANGES in files, one after the other.

    Of a linking of changes those that are named: fewer than what stands there, and PostgreSQL isn't asked.
    """
    for name in names or CHANGES:
        coming = number(con, f"SELECT count(*) FROM linking.{name}")
        if coming == 0:
            continue
        if name in DIRECT:
            bulk = not names and _in_bulk(name, coming)
            yield Change(name, _rows(con, name, registry, run, folder, bulk=bulk), bulk)
            continue
        path = folder / f"{name}.csv"
        versioned = f" LEFT JOIN ({BEFORE.format(name)}) USING (id)" if name in VERSIONED else ""
        con.execute(
            f"COPY (SELECT * FROM linking.{name}{versioned}) TO '{_quoted(path)}' (FORMAT csv, HEADER false)"
        )
        yield Change(name, path, bulk=False)


def carry_out(cursor: Any, change: Change, registry: str, run: int) -> None:
    """Carry out a table of CHANGES; PostgreSQL alone has work."""
    if change.name in DIRECT:
        _copy_in(cursor, change)
        return
    columns, statement = STATEMENTS[change.name]
    table = sql.Identifier(f"linking_{change.name}")
    cursor.execute(sql.SQL("CREATE TEMP TABLE {} ({}) ON COMMIT DROP").format(table, sql.SQL(columns)))
    _send(cursor, sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(table), change.path)
    change.path.unlink()
    # How many rows there are is what a plan hangs on: wide values needn't be looked at.
    narrow = sql.SQL(" (id)") if change.name in VERSIONED else sql.SQL("")
    cursor.execute(sql.SQL("ANALYZE {}{}").format(table, narrow))
    for part in statement.split("; "):
        whole = sql.SQL(part).format(
            entity=ENTITY, record=RECORD, identifier=IDENTIFIER, version=VERSION, changes=table
        )
        cursor.execute(whole, {"registry": registry, "run": run})
    cursor.execute(sql.SQL("DROP TABLE {}").format(table))


def _rows(
    con: duckdb.DuckDBPyConnection, name: str, registry: str, run: int, folder: Path, *, bulk: bool
) -> Path:
    """The rows of a table of DIRECT in a file; where indexes stand, in the order of the largest."""
    _, columns = DIRECT[name]
    same = ", ".join(
        literal(registry) if column == "registry" else str(run)
        for column in columns
        if column in ("registry", "since_run", "changed_run")
    )
    path = folder / f"{name}.csv"
    query = f"SELECT *, {same} FROM linking.{name}{'' if bulk else SORTED[name]}"
    con.execute(f"COPY ({query}) TO '{_quoted(path)}' (FORMAT csv, HEADER false)")
    return path


def _copy_in(cursor: Any, change: Change) -> None:
    table, columns = DIRECT[change.name]
    copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        table, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with _indexed_afterwards(cursor, table, bulk=change.bulk):
        _send(cursor, copy, change.path)
    change.path.unlink()


class Aside:
    """Works with PostgreSQL in a thread beside the caller's work, one thing after the other, in the caller's transaction.

    Within the block the caller works in DuckDB alone and leaves PostgreSQL to the thread; all is done when
    the block ends, or its error is raised.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._given: list[Future[None]] = []

    def __enter__(self) -> Self:
        connection.ensure_connection()
        self._cursor = connection.connection.cursor()
        return self

    def give(self, work: Callable[..., None], *arguments: Any) -> None:
        """Have work done, once what was given before is: a function of a cursor and arguments."""
        self._given.append(self._thread.submit(work, self._cursor, *arguments))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._thread.shutdown(cancel_futures=kind is not None)
        self._cursor.close()
        if kind is None:
            for given in self._given:
                given.result()


class Ahead(Aside):
    """Sends new rows of a registry of which nothing stands, a table after the other."""

    def __init__(self, con: duckdb.DuckDBPyConnection, registry: str, run: int, folder: Path) -> None:
        super().__init__()
        self._con, self._folder, self._of = con, folder, (registry, run)

    def __enter__(self) -> Self:
        self._coming = {
            "new_entities": number(self._con, "SELECT count(*) FROM linking.ids"),
            **{n: number(self._con, f"SELECT count(*) FROM linking.{n}") for n in AHEAD},
        }
        self._bulk = {name: _in_bulk(name, coming) for name, coming in self._coming.items()}
        return super().__enter__()

    def send(self, name: str) -> None:
        """Begin to send a table's rows, once those before it are there."""
        if self._coming[name]:
            bulk = self._bulk[name]
            path = _rows(self._con, name, *self._of, self._folder, bulk=bulk)
            self.give(_copy_in, Change(name, path, bulk))


# Indexes of a table that can be dropped and made again: all but the primary key's.
INDEXES = """
SELECT i.relname, c.conname, coalesce(pg_get_constraintdef(c.oid), pg_get_indexdef(i.oid))
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
LEFT JOIN pg_constraint c ON c.conindid = i.oid AND c.contype = 'u'
WHERE x.indrelid = %s::regclass AND NOT x.indisprimary ORDER BY i.relname
"""


def _in_bulk(name: str, coming: int) -> bool:
    """Whether most of a table's rows are only coming, and many."""
    return coming >= BULK and not _has(DIRECT[name][0], coming)


@contextmanager
def _indexed_afterwards(cursor: Any, table: sql.Identifier, *, bulk: bool) -> Iterator[None]:
    """Take a table's indexes away and make them again, where rows come in bulk.

    Nobody else reads the table from then until the transaction ends.
    """
    if not bulk:
        yield
        return
    whole = table.as_string(cursor)
    cursor.execute(INDEXES, [whole])
    indexes = cursor.fetchall()
    for index, constraint, _definition in indexes:
        if constraint:
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(table, sql.Identifier(constraint))
        else:
            drop = sql.SQL("DROP INDEX {}").format(sql.Identifier(index))
        cursor.execute(drop)
    yield
    for _index, constraint, definition in indexes:
        if constraint:
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(table, sql.Identifier(constraint))
            cursor.execute(add + sql.SQL(definition))
        else:
            cursor.execute(sql.SQL(definition))


def _has(table: sql.Identifier, rows: int) -> bool:
    """Whether a table has so many rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT count(*) FROM (SELECT FROM {} LIMIT %s) counted").format(table), [rows]
        )
        return bool(cursor.fetchone()[0] >= rows)


def _send(cursor: Any, statement: sql.Composable, path: Path) -> None:
    with cursor.copy(statement) as rows, path.open("rb") as file:
        while block := file.read(BLOCK):
            rows.write(block)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
