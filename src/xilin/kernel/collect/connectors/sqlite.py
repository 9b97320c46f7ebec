"""Tables of SQLite files."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pyarrow as pa

from xilin.kernel.collect import faults
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import ROWS, Intake, files, text_batch


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The rows of the table, each value as SQLite's own text of it.

    The file is opened for reading only, and read in one transaction.
    """
    for file in files(connection.path):
        try:
            with closing(sqlite3.connect(f"file:{_escaped(str(file))}?mode=ro", uri=True)) as database:
                yield from _table(database, file.name, connection, intake)
        except sqlite3.Error as error:
            raise faults.broken_file(file.name, str(error)) from error
        except pa.ArrowInvalid as error:
            raise faults.bad_encoding(file.name, "utf-8", 0, 0) from error


def _table(
    database: sqlite3.Connection, where: str, connection: Connection, intake: Intake
) -> Iterator[pa.RecordBatch]:
    table = _quoted(connection.table)
    database.execute("BEGIN")
    there = database.execute(
        "SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')",
        [connection.table],
    ).fetchone()
    if not there:
        raise faults.no_table(where, connection.table)
    found = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    names = intake.header(where, found)
    columns = ", ".join(f"CAST({_quoted(name)} AS TEXT)" for name in found)
    query, values = f"SELECT {columns} FROM {table}", []  # noqa: S608 - quoted names of the declaration
    if intake.cursor:
        cursor = _quoted(found[names.index(intake.cursor)])
        newest = database.execute(f"SELECT CAST(max({cursor}) AS TEXT) FROM {table}").fetchone()  # noqa: S608
        intake.seen(newest[0])
        if intake.since is not None:
            query, values = f"{query} WHERE {cursor} >= ? OR {cursor} IS NULL", [intake.since]
    database.text_factory = bytes
    rows = database.execute(query, values)
    while block := rows.fetchmany(ROWS):
        yield text_batch(names, zip(*block, strict=True))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
