"""Entering calls in the log (审计), many with one append: what is answered stands there durably before it is sent."""

import asyncio
import contextlib
import logging
from typing import Any

import anyio.to_thread
import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from xilin.apps.trace.repository.errors import Unavailable
from xilin.kernel.audit import log
from xilin.kernel.audit.log import New

MOST = 500
_log = logging.getLogger(__name__)


class Entering:
    """Gathers entries while one append is on its way, and appends those together next."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        self._pool = pool
        self._waiting: list[tuple[New, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def enter(self, entry: New) -> None:
        """Return when the entry is durable; Unavailable where it can't be."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._append())
        await done

    async def close(self) -> None:
        """Wait for what is on its way."""
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _append(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            entries = [entry for entry, _ in batch]
            failed: Exception | None = None
            try:
                await anyio.to_thread.run_sync(self._write, entries)
            except (psycopg.Error, PoolTimeout, OSError) as error:
                _log.error("the log can't be written: %s", type(error).__name__)
                failed = Unavailable()
            except Exception as error:
                _log.error("the log can't be written: %s", type(error).__name__)
                failed = error
            for _, done in batch:
                if done.done():
                    continue
                if failed is None:
                    done.set_result(None)
                else:
                    done.set_exception(failed)

    def _write(self, entries: list[New]) -> None:
        with self._pool.connection() as connection:
            log.append(connection, entries)
