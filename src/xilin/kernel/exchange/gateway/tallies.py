"""What the gateway counts of the way look-ups are made, in memory, written down every few seconds.

Numbers looked up one after the other can't be told from the log, which holds keyed hashes; so the gateway keeps the last
few numbers of each grant and counts those that stand next to one of them. A crash loses some seconds of counts, nothing else.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg_pool import AsyncConnectionPool

REMEMBERED = 16
NEAR = 3
LENGTH = 17
_ADD = """
    INSERT INTO exchange_tally AS t (grant_id, hour, asked, near)
    SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[], %s::bigint[]) a(grant_id, hour, asked, near)
    ORDER BY grant_id, hour
    ON CONFLICT (grant_id, hour) DO UPDATE SET asked = t.asked + excluded.asked, near = t.near + excluded.near
"""


def number_of(value: Any) -> int | None:
    """The number in an identifier: its digits without the check digit of an ID number; None where there are hardly any."""
    digits = "".join(filter(str.isdigit, str(value)[:LENGTH]))
    return int(digits) if len(digits) >= 6 else None


class Tallies:
    """Counts by grant and hour that were not written down yet, and the last numbers of each grant."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, datetime], list[int]] = {}
        self._last: dict[int, deque[int]] = {}

    def note(self, grant: int, at: datetime, values: Iterable[Any]) -> None:
        """Count look-ups by these values."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        count = self._counts.setdefault((grant, hour), [0, 0])
        last = self._last.setdefault(grant, deque(maxlen=REMEMBERED))
        for value in values:
            count[0] += 1
            number = number_of(value)
            if number is not None:
                count[1] += any(0 < abs(number - other) <= NEAR for other in last)
                last.append(number)

    async def write(self, pool: AsyncConnectionPool[Any]) -> None:
        """Write the counts down; they are kept where that fails."""
        taken, self._counts = self._counts, {}
        if not taken:
            return
        columns = [
            list(column) for column in zip(*((*key, *count) for key, count in taken.items()), strict=True)
        ]
        try:
            async with pool.connection() as connection:
                await connection.execute(_ADD, columns)
        except BaseException:
            for key, (asked, near) in taken.items():
                count = self._counts.setdefault(key, [0, 0])
                count[0], count[1] = count[0] + asked, count[1] + near
            raise
