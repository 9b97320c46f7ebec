"""One task of a process that looks at a board once a second while anybody watches, and wakes those for whom there is news."""

import asyncio
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from xilin.web.live.board import Board, Channel

# Seconds between two looks.
EVERY = 1.0
_log = logging.getLogger(__name__)


class Hub:
    """Who watches which channel of a board.

    The board is asked in a thread of its own with a connection of its own, however many watch.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self.watching: Counter[Channel] = Counter()
        self._news: dict[Channel, asyncio.Event] = {}
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "looking")
        self.good_at = float("-inf")

    def join(self, channel: Channel) -> None:
        """Begin to watch; the first one starts the looks."""
        self.watching[channel] += 1
        self._news.setdefault(channel, asyncio.Event())
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())

    def leave(self, channel: Channel) -> None:
        """Watch no longer."""
        self.watching[channel] -= 1
        if self.watching[channel] <= 0:
            del self.watching[channel]

    @property
    def sound(self) -> bool:
        """Whether the last look succeeded and is not long ago."""
        return asyncio.get_running_loop().time() - self.good_at < 3 * EVERY

    def news(self, channel: Channel) -> asyncio.Event:
        """What is set at the next news of a channel."""
        return self._news[channel]

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self.board.watched = True
        try:
            while self.watching:
                begun = loop.time()
                try:
                    changed = await loop.run_in_executor(self._thread, self.board.look, [*self.watching])
                    self.good_at = loop.time()
                except Exception as error:
                    # Whatever it was, screens are to go on when it is over; until then they say that they are old.
                    _log.warning("the screens can't be renewed: %s", type(error).__name__)
                    changed = set()
                    await loop.run_in_executor(self._thread, connections.close_all)
                for channel in changed:
                    event, self._news[channel] = self._news[channel], asyncio.Event()
                    event.set()
                await asyncio.sleep(max(0.05, EVERY - (loop.time() - begun)))
        finally:
            self.board.watched = False
            self._thread.submit(connections.close_all)
