"""The thread that hears of captures: it delivers to subscribers' addresses and wakes the sockets."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from xilin.apps.trace.repository import delivering
from xilin.apps.trace.repository.capture import CHANNEL

TICK = 1.0
_log = logging.getLogger(__name__)


class Deliverer:
    """Listens in a thread of its own; `generation` rises with every capture heard of."""

    def __init__(
        self,
        known: dict[str, Any],
        clock: Callable[[], datetime],
        loop: asyncio.AbstractEventLoop,
        *,
        deliver: bool,
    ) -> None:
        self._known, self._clock, self._loop, self._deliver = known, clock, loop, deliver
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deliverer", daemon=True)
        self._changed = asyncio.Event()
        self.generation = 0

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the message that is on its way."""
        self._ending.set()
        self._thread.join(timeout=15)

    async def changed(self, generation: int, seconds: float) -> int:
        """Wait until there was a capture after a generation, or a while; the generation now."""
        if self.generation == generation:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), seconds)
        return self.generation

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                with psycopg.connect(**self._known) as connection:
                    connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                    self._listen(connection)
            except (psycopg.Error, OSError) as error:
                _log.warning("the deliverer lost its connection: %s", type(error).__name__)
                self._ending.wait(1)
            except Exception as error:
                # Whatever it was: a deliverer that ended would leave subscribers without their events for ever.
                _log.error("delivering failed: %s", type(error).__name__)
                self._ending.wait(1)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        heard = True
        while not self._ending.is_set():
            if heard:
                self._loop.call_soon_threadsafe(self._wake)
            if self._deliver:
                delivering.deliver_due(connection, self._clock)
            heard = bool(list(connection.notifies(timeout=TICK, stop_after=1)))

    def _wake(self) -> None:
        self.generation += 1
        self._changed.set()
        self._changed = asyncio.Event()
