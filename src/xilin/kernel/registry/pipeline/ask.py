"""Asking a connection for a row or a number, or for a table to be at hand."""

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


def at_hand(con: duckdb.DuckDBPyConnection, table: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB of this process in which a table of `linking` stands; where the connection is a cluster's, it is fetched."""
    bring = getattr(con, "bring", None)
    found: duckdb.DuckDBPyConnection = con if bring is None else bring(table)
    return found
