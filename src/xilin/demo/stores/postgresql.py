"""PostgreSQL: a department's own database, filled by COPY."""

from pathlib import Path

import psycopg
from psycopg import sql

from xilin.demo.records import Found
from xilin.demo.stores.rows import doubled_keys, per_value, tab_separated, width

BYTES = 1 << 20


def create(server: str, database: str) -> None:
    """Make a database anew on the server of a URL.

    Raises psycopg.Error where the server's user may not.
    """
    name = sql.Identifier(database)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


def exists(server: str, database: str) -> bool:
    """Whether there is such a database."""
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        return found is not None


def drop(server: str, database: str) -> None:
    """Remove a database, whoever is connected."""
    with psycopg.connect(server, autocommit=True) as connection:
        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(command.format(sql.Identifier(database)))


def write(found: Found, url: str, table: str, scratch: Path) -> None:
    """Write the source to a new table of the database of a URL."""
    file = scratch / f"{table}.tsv"
    tab_separated(found.table, file)
    names = [sql.Identifier(name) for name in found.table.column_names]
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(name, sql.SQL(_kind(found, column)))
        for name, column in zip(names, found.table.column_names, strict=True)
    )
    target = sql.Identifier(table)
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(target))
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(target, columns))
        copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT text, FREEZE)").format(
            target, sql.SQL(", ").join(names)
        )
        with file.open("rb") as rows, connection.cursor() as cursor, cursor.copy(copy) as stream:
            while block := rows.read(BYTES):
                stream.write(block)
        unique = sql.SQL("" if doubled_keys(found) else "UNIQUE ")
        connection.execute(
            sql.SQL("CREATE {}INDEX ON {} ({})").format(unique, target, sql.Identifier(found.key))
        )
    file.unlink()


def _kind(found: Found, column: str) -> str:
    """The column's SQL type."""
    match per_value(found, column):
        case "stamp":
            return "timestamp"
        case "date":
            return "date"
        case "number":
            return "numeric"
    return f"varchar({width(found.table.column(column))})"
