"""SQLite: one file, one table, everything text, as small systems keep it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from xilin.demo.records import Found
from xilin.demo.stores.rows import parts

ROWS = 50_000


def quoted(name: str) -> str:
    """A name as an identifier.

    >>> quoted('XS_XJ')
    '"XS_XJ"'
    """
    return '"' + name.replace('"', '""') + '"'


def write(found: Found, path: Path, table: str) -> None:
    """Write the source to a table of a new file; other tables of the file stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = {"number": "NUMERIC"}
    columns = ", ".join(
        f"{quoted(name)} {kinds.get(found.types.get(name, ''), 'TEXT')}" for name in found.table.column_names
    )
    marks = ", ".join("?" * found.table.num_columns)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        database.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
        database.execute(f"CREATE TABLE {quoted(table)} ({columns})")
        for part in parts(found.table, ROWS):
            rows = zip(*(column.to_pylist() for column in part.columns), strict=True)
            database.executemany(f"INSERT INTO {quoted(table)} VALUES ({marks})", rows)  # noqa: S608 - own names
        database.execute("COMMIT")
