"""Calls that wait for their group, and how long a group waits for more of them.

Whoever calls again and again comes back a moment after an answer. A group that went off with the first of them would
leave the others to the next one, and each group costs a commit. So it waits until as many are there as were let go,
as long as they keep coming.
"""

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")
# Seconds: nobody came for so long; a group waits no longer than this.
GAP, LONGEST = 0.001, 0.005


class Waiting(Generic[T]):
    """What waits, first come first served.

    Args:
        most: how many are taken at once.
    """

    def __init__(self, most: int) -> None:
        self._there: deque[T] = deque()
        self._most = most
        self._wanted = 1
        self._enough: asyncio.Future[None] | None = None
        self._expected = 0
        self._last = 1

    def put(self, one: T) -> None:
        """Let one wait."""
        self._there.append(one)
        if len(self._there) >= self._wanted:
            self._go()

    def expect(self, count: int) -> None:
        """So many more are likely to come soon."""
        self._expected += count

    async def take(self) -> list[T]:
        """The next group, of one at least."""
        await self._until(1, None)
        await asyncio.sleep(0)  # those that come in the same turn come along
        # Hope no higher than came true: of those let go some may not come back.
        hoped = min(self._expected, 2 * self._last, self._most)
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST
        while (before := len(self._there)) < hoped and loop.time() < end:
            await self._until(hoped, GAP)
            if len(self._there) == before:
                break
        group = [self._there.popleft() for _ in range(min(len(self._there), self._most))]
        self._expected, self._last = 0, len(group)
        return group

    def empty(self) -> list[T]:
        """Everything that waits; afterwards nothing does."""
        left = list(self._there)
        self._there.clear()
        return left

    async def _until(self, count: int, seconds: float | None) -> None:
        if len(self._there) >= count:
            return
        loop = asyncio.get_running_loop()
        self._wanted, self._enough = count, loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, self._go)
        try:
            await self._enough
        finally:
            self._wanted, self._enough = 1, None
            if timer is not None:
                timer.cancel()

    def _go(self) -> None:
        if self._enough is not None and not self._enough.done():
            self._enough.set_result(None)


async def end(*tasks: "asyncio.Task[None]") -> None:
    """Cancel tasks until they have ended.

    Once may not do: Python 3.11's `wait_for`, with which a connection is waited for, forgets a cancellation that comes
    together with what it waits for.
    """
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=0.2)
    await asyncio.gather(*tasks, return_exceptions=True)
