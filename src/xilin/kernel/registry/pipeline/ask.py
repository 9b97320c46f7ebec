"""Asking DuckDB for a row or a number."""

from typing import Any

import duckdb


def row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The first row of a query; LookupError where there is none."""
    found = con.execute(query).fetchone()
    if found is None:
        raise LookupError(query)
    return found


def number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The number a query gives."""
    return int(row(con, query)[0])
