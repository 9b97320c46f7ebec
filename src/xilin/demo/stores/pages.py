"""Rows for an interface of pages: one JSON object a row, kept in SQLite under its number."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from xilin.demo.records import Found
from xilin.demo.stores.rows import parts

ROWS = 50_000


def write(found: Found, path: Path) -> None:
    """Write the rows of an interface to a new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    numbers = [name for name, kind in found.types.items() if kind == "number"]
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        database.execute("CREATE TABLE row (number INTEGER PRIMARY KEY, json TEXT NOT NULL)")
        at = 0
        for part in parts(found.table, ROWS):
            rows = part.to_pylist()
            for row in rows:
                row.update({name: float(row[name]) for name in numbers if row[name] is not None})
            texts = [msgspec.json.encode(row).decode() for row in rows]
            database.executemany("INSERT INTO row VALUES (?, ?)", enumerate(texts, start=at))
            at += len(rows)
        database.execute("COMMIT")


def count(path: Path) -> int:
    """How many rows an interface has."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM row").fetchone()[0])


def page(path: Path, number: int, size: int) -> str:
    """The rows of a page, counted from 1, as a JSON list."""
    first = (number - 1) * size
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        rows = database.execute(
            "SELECT json FROM row WHERE number >= ? AND number < ? ORDER BY number", (first, first + size)
        )
        return "[" + ",".join(text for (text,) in rows) + "]"
