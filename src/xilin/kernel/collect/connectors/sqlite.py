"""Tables of SQLite files."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pyarrow as pa

from xilin.kernel.collect import causes, faults
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import ROWS, Intake, files, text_batch
from xilin.lib.text import Text

_CAUSES = {
    sqlite3.SQLITE_NOTADB: causes.NOT_SQLITE,
    sqlite3.SQLITE_CORRUPT: causes.DAMAGED,
    sqlite3.SQLITE_FORMAT: causes.DAMAGED,
    sqlite3.SQLITE_BUSY: causes.IN_USE,
    sqlite3.SQLITE_LOCKED: causes.IN_USE,
    sqlite3.SQLITE_IOERR: causes.DISK,
    sqlite3.SQLITE_PERM: causes.NO_RIGHT,
    sqlite3.SQLITE_AUTH: causes.NO_RIGHT,
    sqlite3.SQLITE_ERROR: causes.BROKEN_VIEW,
}
# Rows at once where columns of bytes, such as pictures, may make them long.
LONG_ROWS = 5000


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The rows of the table, each value as SQLite's own text of it, bytes as 0x and hexadecimal digits.

    The file is opened for reading only, and read in one transaction.
    """
    for file in files(connection.path):
        try:
            with closing(sqlite3.connect(f"file:{_escaped(str(file))}?mode=ro", uri=True)) as database:
                yield from _table(database, file.name, connection, intake)
        except sqlite3.Error as error:
            raise faults.broken_file(
                file.name, _cause(error), causes.without_values(causes.first_line(str(error)))
            ) from error


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
    kinds = {row[1]: row[2] for row in database.execute(f"PRAGMA table_info({table})")}
    found = list(kinds)
    names = intake.header(where, found)
    columns = ", ".join(_as_text(name, kind) for name, kind in kinds.items())
    query, values = f"SELECT {columns} FROM {table}", []  # noqa: S608 - quoted names of the declaration
    if intake.cursor:
        cursor = _quoted(found[names.index(intake.cursor)])
        newest, kind = database.execute(
            f"SELECT CAST(max({cursor}) AS TEXT), typeof(max({cursor})) FROM {table}"  # noqa: S608
        ).fetchone()
        intake.seen(newest)
        if intake.since is not None:
            # A column without a declared type compares every number as smaller than every text.
            bound = f"CAST(? AS {kind})" if kind in ("integer", "real") else "?"
            query, values = f"{query} WHERE {cursor} >= {bound} OR {cursor} IS NULL", [intake.since]
    database.text_factory = bytes
    rows = database.execute(query, values)
    size = LONG_ROWS if any(map(_may_be_bytes, kinds.values())) else ROWS
    while block := rows.fetchmany(size):
        yield text_batch(names, zip(*block, strict=True))


def _cause(error: sqlite3.Error) -> Text:
    """The class of an error; the low byte of SQLite's code is its kind."""
    return _CAUSES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, causes.NOT_OPENED)


def _may_be_bytes(kind: str) -> bool:
    return not kind or "BLOB" in kind.upper()


def _as_text(name: str, kind: str) -> str:
    text = f"CAST({_quoted(name)} AS TEXT)"
    if not _may_be_bytes(kind):
        return text
    return (
        f"CASE typeof({_quoted(name)}) WHEN 'blob' THEN '0x' || lower(hex({_quoted(name)})) ELSE {text} END"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
