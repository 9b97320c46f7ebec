"""Partitions of events, one a month, made when the first event of a month is captured.

Making one takes no lock that captures or queries wait for: the table is made beside, then attached.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection, sql

from xilin.apps.trace.repository.locks import MONTHS

FIRST, LAST = 2015, 2049
"""Years for which months are made; earlier and later times have a partition each."""
THERE = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname = ANY(%s)"


def month(at: datetime) -> tuple[int, int] | None:
    """The month of a time in UTC, None where it lies outside the years that have months."""
    return (at.year, at.month) if FIRST <= at.year <= LAST else None


def name(year: int, number: int) -> str:
    """The table of a month.

    >>> name(2026, 3)
    'trace_event_2026_03'
    """
    return f"trace_event_{year}_{number:02}"


def ensure(connection: Connection[Any], times: Iterable[datetime]) -> None:
    """Make the partitions that events of these times (aware, UTC) need, in the running transaction."""
    wanted = {name(*found): found for at in times if (found := month(at))}
    if missing := wanted.keys() - _there(connection, wanted):
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [MONTHS])
        for table in sorted(missing - _there(connection, missing)):
            _make(connection, table, *wanted[table])


def _there(connection: Connection[Any], names: Iterable[str]) -> set[str]:
    return {table for (table,) in connection.execute(THERE, [list(names)]).fetchall()}


def _make(connection: Connection[Any], table: str, year: int, number: int) -> None:
    begins = datetime(year, number, 1, tzinfo=UTC)
    ends = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    own = sql.Identifier(table)
    connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE trace_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)").format(own)
    )
    connection.execute(
        sql.SQL("ALTER TABLE trace_event ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            own, sql.Literal(begins.isoformat()), sql.Literal(ends.isoformat())
        )
    )
