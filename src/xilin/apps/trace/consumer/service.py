"""Checks for programs at speed: an ASGI application that answers `GET /01/{gtin}/21/{serial}` with JSON.

Calls that come while others are in the database are answered together in one transaction, so that many at once cost few statements;
nobody waits for more than the transaction before theirs. A program says which telephone it speaks for in the header `Xilin-Client`
(a random number of the program's own, kept as a hash). Each address may ask so often a minute (`XILIN_CHECK_RATE`); addresses are
counted in memory and kept nowhere. `GET /health` says whether checks are possible, `/openapi.json` describes all this.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
import psycopg
from django.conf import settings
from django.db import DatabaseError
from django.db import connection as django_connection
from starlette.types import Receive, Scope, Send

from xilin.apps.trace.codes import queries as codes
from xilin.apps.trace.codes import serials
from xilin.apps.trace.consumer import showing
from xilin.apps.trace.consumer.describing import description
from xilin.apps.trace.consumer.links import Wanted, wanted
from xilin.apps.trace.consumer.proofs import Proved, proved
from xilin.apps.trace.consumer.rates import Rates
from xilin.apps.trace.consumer.resolving import DESCRIPTION, asks_for_links, for_programs
from xilin.apps.trace.gs1.resolver import Question, Reply
from xilin.apps.trace.verdicts.actions import Verdict, check_with
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import Scan
from xilin.apps.trace.verdicts.privacy import client_of, network_of
from xilin.apps.trace.verdicts.queries import book as book_of
from xilin.lib.asgi import lifespan

MOST_TOGETHER = 64
BOOK_SECONDS = 5.0
# Whoever comes while so many wait is asked to come again, instead of waiting for what their caller will have given up.
MOST_WAITING = 2_000
LONGEST_ADDRESS = 2_000
_log = logging.getLogger(__name__)
Waiting = tuple[Scan, asyncio.Future[Verdict]]


class Service:
    """The application; it warms up when a server starts it, and opens its connection again after it broke."""

    def __init__(
        self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), *, rate: int | None = None
    ) -> None:
        self.clock = clock
        self.rates = Rates(rate or settings.CHECK_RATE)
        self._queue: asyncio.Queue[Waiting] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._turn = threading.Lock()
        self._book: tuple[float, Book] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] == "lifespan":
            await lifespan(receive, send, begin=self.warm, end=self.close)
        if scope["type"] != "http":
            return
        if reply := await self._resolved(scope):
            headers = [(name.lower().encode(), said.encode()) for name, said in reply.headers.items()]
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
            await send(
                {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body}
            )
            return
        status, body, wait = await self._answer(scope)
        kind = b"application/json" if status == 200 else b"application/problem+json"
        headers = [
            (b"content-type", kind),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"access-control-allow-origin", b"*"),
        ]
        if wait:
            headers.append((b"retry-after", str(wait).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def warm(self) -> None:
        """Read the declarations and keys and make one check that is undone, so that the first who comes doesn't wait for it."""
        at = self.clock()
        book = await self._declared(at)
        scan = await self._scan(
            Wanted(next(iter(book.products), "0" * 14), serial="0"), Proved(), "", "192.0.2.1", at
        )
        await asyncio.to_thread(self._rehearse, scan, book)

    def _rehearse(self, scan: Scan, book: Book) -> None:
        _with_django(codes.public_keys)
        with (
            self._connected() as connection,
            connection.transaction(force_rollback=True),
            connection.cursor() as cursor,
        ):
            msgspec.json.encode(showing.told(check_with(cursor, [scan], book)[0]))

    async def _resolved(self, scope: Scope) -> Reply | None:
        """The answer to who asks for links of a thing (`linkType`, a set of links), not for a verdict."""
        question = Question(
            path=scope["raw_path"].decode("ascii", "replace").partition("?")[0],
            query=scope["query_string"].decode("ascii", "replace"),
            method=scope["method"],
            accept=_header(scope, b"accept"),
            languages=_header(scope, b"accept-language"),
        )
        wanted = asks_for_links(question) or question.path == DESCRIPTION
        if not wanted or len(question.path) + len(question.query) > LONGEST_ADDRESS:
            return None
        address = scope["client"][0] if scope.get("client") else ""
        if self.rates.taken(address, time.monotonic()):
            return None  # the next step says when to come again
        site = f"{scope['scheme']}://{_header(scope, b'host')}"
        reply: Reply | None = await asyncio.to_thread(
            _with_django, for_programs, question, site, self.clock()
        )
        return reply

    async def _answer(self, scope: Scope) -> tuple[int, bytes, int]:
        """Status, body, and after how many seconds to come again (0: no matter when)."""
        if scope["method"] not in ("GET", "HEAD"):
            return 405, _problem("This address is read with GET.", 405), 0
        if scope["path"] == "/health":
            return await self._health()
        if scope["path"] == "/openapi.json":
            return 200, description(), 0
        address = scope["client"][0] if scope.get("client") else ""
        if wait := self.rates.taken(address, time.monotonic()):
            return 429, _problem("Too many calls from this address.", 429), wait
        found, query = _asked(scope)
        if found is None:
            return 404, _problem("There are no goods at this address.", 404), 0
        if scope["method"] == "HEAD":
            return 200, b"", 0  # nobody looked
        return await self._verdict(found, query, _header(scope, b"xilin-client")[:64], address)

    async def _health(self) -> tuple[int, bytes, int]:
        try:
            await asyncio.to_thread(_with_django, _reachable)
        except Exception:
            return 503, _problem("The database can't be reached.", 503), 5
        return 200, b'{"ready":true}', 0

    async def _verdict(
        self, found: Wanted, query: dict[str, str], token: str, address: str
    ) -> tuple[int, bytes, int]:
        at, queue = self.clock(), self._running()
        if queue.qsize() >= MOST_WAITING:
            return 503, _problem("Too many are waiting.", 503), 1
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        try:
            given = Proved()
            if "p" in query or "s" in query:
                given = await asyncio.to_thread(_proved, found, query, token, at)
            await queue.put((await self._scan(found, given, token, address, at), future))
            verdict = await future
        except (psycopg.Error, DatabaseError):
            return 503, _problem("Try again.", 503), 1
        if verdict.blocked:
            return 429, msgspec.json.encode(showing.told(verdict)), 3600
        return 200, msgspec.json.encode(showing.told(verdict)), 0

    def _running(self) -> asyncio.Queue[Waiting]:
        """The queue of this loop, with somebody working on it."""
        loop = asyncio.get_running_loop()
        if (
            self._queue is None
            or self._worker is None
            or self._worker.done()
            or self._worker.get_loop() is not loop
        ):
            self._queue = asyncio.Queue()
            self._worker = loop.create_task(self._work(self._queue))
        return self._queue

    async def _scan(self, found: Wanted, given: Proved, token: str, address: str, at: datetime) -> Scan:
        place, precise = (await self._declared(at)).whereabouts(address)
        return Scan(
            gtin=found.gtin,
            serial=found.serial,
            at=at,
            client=client_of(token),
            network=network_of(address, at),
            place=place,
            precise=precise,
            act="open" if given.sealed is False else "look",
            lot=found.lot,
            expiry=found.expiry,
            proof=given.proof,
            counter=given.counter,
            fresh=given.fresh,
            sealed=given.sealed,
            typo=not serials.is_serial(found.serial),
        )

    async def _declared(self, at: datetime) -> Book:
        """The declarations in force, looked up again every few seconds."""
        if self._book is None or time.monotonic() - self._book[0] > BOOK_SECONDS:
            self._book = (time.monotonic(), await asyncio.to_thread(_with_django, book_of, at))
        return self._book[1]

    async def _work(self, queue: asyncio.Queue[Waiting]) -> None:
        while True:
            waiting = [await queue.get()]
            while len(waiting) < MOST_TOGETHER and not queue.empty():
                waiting.append(queue.get_nowait())
            try:
                verdicts = await asyncio.to_thread(self._check, [scan for scan, _ in waiting])
            except Exception as error:  # whoever waits must be answered, whatever happened
                _log.error("checks failed: %s", type(error).__name__)
                self._forget()
                failure = error if isinstance(error, psycopg.Error) else psycopg.OperationalError()
                for _, future in waiting:
                    if not future.done():
                        future.set_exception(failure)
                continue
            for (_, future), verdict in zip(waiting, verdicts, strict=True):
                if not future.done():
                    future.set_result(verdict)

    def _check(self, scans: list[Scan]) -> list[Verdict]:
        book = self._book[1] if self._book else _with_django(book_of, scans[0].at)
        with self._connected() as connection, connection.transaction(), connection.cursor() as cursor:
            return check_with(cursor, scans, book)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        """The one connection, for one thread at a time."""
        with self._turn:
            if self._connection is None:
                self._connection = psycopg.connect(**_parameters())
            yield self._connection

    async def close(self) -> None:
        """Let go of the connection."""
        self._forget()

    def _forget(self) -> None:
        with contextlib.suppress(psycopg.Error):
            if self._connection is not None:
                self._connection.close()
        self._connection = None


def _problem(title: str, status: int) -> bytes:
    """A problem as RFC 9457 has it."""
    return msgspec.json.encode({"type": "about:blank", "title": title, "status": status})


def _reachable() -> None:
    with django_connection.cursor() as cursor:
        cursor.execute("SELECT FROM trace_code LIMIT 1")


def _asked(scope: Scope) -> tuple[Wanted | None, dict[str, str]]:
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        return None, {}
    parts = [unquote(part) for part in scope["raw_path"].decode("ascii", "replace").split("?")[0].split("/")]
    query = dict(parse_qsl(scope["query_string"].decode("ascii", "replace")))
    if len(parts) == 5 and parts[1] == "01" and parts[3] == "21":
        return wanted(parts[2], "", parts[4], query), query
    if len(parts) == 7 and (parts[1], parts[3], parts[5]) == ("01", "10", "21"):
        return wanted(parts[2], parts[4], parts[6], query), query
    return None, query


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("ascii", "replace") for key, value in scope["headers"] if key == name), "")


def _proved(found: Wanted, query: dict[str, str], token: str, at: datetime) -> Proved:
    said: Proved = _with_django(lambda: proved(found, query, token=token, at=at))
    return said


def _with_django(work: Callable[..., Any], *given: Any) -> Any:
    """Work that uses Django's connection of a thread, which is given back after."""
    try:
        return work(*given)
    finally:
        django_connection.close()


def _parameters() -> dict[str, Any]:
    known = django_connection.get_connection_params()
    found = {name: value for name, value in known.items() if name not in {"cursor_factory", "context"}}
    options = f"{found.pop('options', '')} -c timezone=UTC".strip()
    return found | {"options": options, "application_name": "xilin verify", "autocommit": True}
