"""Connectors: one module a form of source, each with `read(connection, intake)`.

`read` yields record batches of text columns, in bounded memory, values as found. How a typed
database's values look as text is the database's own: dates 2026-03-01, times 2026-03-01 10:00:00,
decimals with their zeros, `true` and `false` (MySQL, which has no such type: 1 and 0).
"""

from collections.abc import Callable, Iterator
from typing import Any

from xilin.kernel.collect.connectors import csv, http, mysql, parquet, postgresql, sqlite, xlsx
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import Intake

READERS: dict[str, Callable[[Connection, Intake], Iterator[Any]]] = {
    "csv": csv.read,
    "http": http.read,
    "mysql": mysql.read,
    "parquet": parquet.read,
    "postgresql": postgresql.read,
    "sqlite": sqlite.read,
    "xlsx": xlsx.read,
}
