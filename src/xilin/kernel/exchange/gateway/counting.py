"""How many calls the gateway answers and how long they take, counted in memory and written down twice a second.

A call costs a look at the clock and an addition; the database one statement for all calls of half a second. A crash loses that
half second of counts, nothing else.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg_pool import AsyncConnectionPool

from xilin.kernel.exchange.pace import bucket

WRITTEN = 0.5
KEPT = timedelta(days=8)
_ADD = """
    INSERT INTO exchange_pace AS p (minute, outcome, bucket, calls)
    SELECT * FROM unnest(%s::timestamptz[], %s::text[], %s::smallint[], %s::bigint[]) a(minute, outcome, bucket, calls)
    ORDER BY minute, outcome, bucket
    ON CONFLICT (minute, outcome, bucket) DO UPDATE SET calls = p.calls + excluded.calls
"""
_FORGET = "DELETE FROM exchange_pace WHERE minute < %s"


class Counts:
    """Calls by minute, outcome and time that were not written down yet."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, str, int]] = Counter()
        self._hour = 0

    def note(self, at: datetime, status: int, seconds: float) -> None:
        """Count a call by the status it was answered with."""
        outcome = "answered" if status < 400 else "refused" if status < 500 else "failed"
        self._counts[int(at.timestamp()) // 60, outcome, bucket(seconds)] += 1

    async def write(self, pool: AsyncConnectionPool[Any]) -> None:
        """Write the counts down, and once an hour let go of old ones; they are kept where that fails."""
        taken, self._counts = self._counts, Counter()
        if not taken:
            return
        rows = [
            (datetime.fromtimestamp(60 * at, UTC), how, place, n) for (at, how, place), n in taken.items()
        ]
        try:
            async with pool.connection() as connection:
                await connection.execute(_ADD, [list(column) for column in zip(*rows, strict=True)])
                newest = max(row[0] for row in rows)
                if (hour := int(newest.timestamp()) // 3600) != self._hour:
                    await connection.execute(_FORGET, [newest - KEPT])
                    self._hour = hour
        except BaseException:
            self._counts += taken
            raise
