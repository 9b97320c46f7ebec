"""A database connection kept for statements that are sent again and again, from asyncio.

psycopg's own cursors cost a statement of a millisecond a third of one more: a cursor made, a query read, a socket
registered and taken off again, a connection taken from the pool and given back. Here each statement is prepared once
and its answer waited for once. Values are written and answers read by psycopg's own adapters.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import abc, pq, sql
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg_pool import AsyncConnectionPool

# How many statements a connection keeps prepared.
PREPARED = 200
_PLACE = re.compile(rb"%([sbt%])")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an answer, to be fetched as from a cursor."""

    rows: list[Any]

    async def fetchall(self) -> list[Any]:
        """All of them."""
        return self.rows

    async def fetchone(self) -> Any:
        """The first, None where there is none."""
        return self.rows[0] if self.rows else None


class Wire:
    """One connection of a pool, held for one statement after the other, each a transaction of its own.

    When a statement returns, its transaction has been committed. A connection that was lost is given back, and
    the next statement takes another one.
    """

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._socket = -1
        self._prepared: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self._one = asyncio.Lock()
        self._results: list[Any] = []
        self._answered: asyncio.Future[list[Any]] | None = None

    async def execute(self, statement: str | bytes | sql.Composed, values: Sequence[Any] = ()) -> Rows:
        """Carry a statement with `%s`, `%b`, `%t` places out; raises what psycopg would."""
        async with self._one:
            return await self._execute(statement, values)

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """The connection itself, for what takes more than a statement."""
        async with self._one:
            connection = await self._held()
            self._leave()
            try:
                yield connection
            except BaseException:
                await self.close()
                raise
            self._watch(connection)

    async def close(self) -> None:
        """Give the connection back; one in the middle of something is ended."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._leave()
            if connection.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
                with suppress(psycopg.Error):  # the server goes on with what nobody waits for
                    await connection.cancel_safe(timeout=1)
            await self._pool.putconn(connection)

    # Below

    async def _execute(self, statement: str | bytes | sql.Composed, values: Sequence[Any]) -> Rows:
        connection = await self._held()
        if isinstance(statement, sql.Composed):
            statement = statement.as_bytes(None)
        text, formats = _numbered(statement if isinstance(statement, bytes) else statement.encode())
        reader = Transformer(connection)
        given = reader.dump_sequence(values, formats)
        try:
            name = await self._name(connection.pgconn, text, reader)
            connection.pgconn.send_query_prepared(name, given, reader.formats)
            result = await self._result(connection.pgconn)
        except (psycopg.OperationalError, asyncio.CancelledError):
            await self.close()
            raise
        reader.set_pgresult(result)
        return Rows(reader.load_rows(0, result.ntuples, tuple) if result.nfields else [])

    async def _held(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is not None and self._connection.closed:
            await self.close()
        if self._connection is None:
            self._connection = await self._pool.getconn()
            self._prepared.clear()
            self._watch(self._connection)
        return self._connection

    def _watch(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._socket = connection.pgconn.socket
        asyncio.get_running_loop().add_reader(self._socket, self._ready, connection.pgconn)

    def _leave(self) -> None:
        """Watch no more; at once where the connection is lost, for its number may be given to another socket."""
        if self._socket >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
            self._socket = -1

    async def _name(self, pgconn: pq.abc.PGconn, text: bytes, reader: abc.Transformer) -> bytes:
        """The name a statement is prepared under for values of these types."""
        kind = text, reader.types or ()
        name = self._prepared.get(kind)
        if name is None:
            if len(self._prepared) >= PREPARED:
                pgconn.send_query(b"DEALLOCATE ALL")
                await self._result(pgconn)
                self._prepared.clear()
            name = b"wire_%d" % len(self._prepared)
            pgconn.send_prepare(name, text, reader.types)
            await self._result(pgconn)
            self._prepared[kind] = name
        return name

    async def _result(self, pgconn: pq.abc.PGconn) -> Any:
        """The answer to what was just sent, once the server is ready for the next; its error is raised."""
        self._results, self._answered = [], asyncio.get_running_loop().create_future()
        try:
            self._flush(pgconn)
            results = await self._answered
        finally:
            self._answered = None
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise error_from_result(result)
        return results[-1]

    def _flush(self, pgconn: pq.abc.PGconn) -> None:
        """Send what the socket takes now, the rest when it takes more."""
        loop = asyncio.get_running_loop()
        try:
            if pgconn.flush():
                loop.add_writer(self._socket, self._flush, pgconn)
            else:
                loop.remove_writer(self._socket)
        except psycopg.OperationalError as error:
            self._fail(error)

    def _ready(self, pgconn: pq.abc.PGconn) -> None:
        """Read what came; the answer is whole when the server waits for the next statement."""
        try:
            pgconn.consume_input()
            while self._answered is not None and not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    if not self._answered.done():
                        self._answered.set_result(self._results)
                    return
                self._results.append(result)
        except psycopg.OperationalError as error:
            self._fail(error)

    def _fail(self, error: psycopg.OperationalError) -> None:
        self._leave()
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)


# What takes a statement: psycopg's connection, or a wire.
Connection = psycopg.AsyncConnection[Any] | Wire


@lru_cache(maxsize=1024)
def _numbered(statement: bytes) -> tuple[bytes, tuple[PyFormat, ...]]:
    """A statement with its places numbered, and how each value is written.

    >>> _numbered(b"SELECT %s, 7 %% %b")[0]
    b'SELECT $1, 7 % $2'
    """
    formats: list[PyFormat] = []

    def numbered(found: "re.Match[bytes]") -> bytes:
        if found[1] == b"%":
            return b"%"
        formats.append(PyFormat(found[1].decode()))
        return b"$%d" % len(formats)

    return _PLACE.sub(numbered, statement), tuple(formats)
