"""The service: an ASGI application; calls are answered in threads on pooled connections, entered in the log, then sent."""

import asyncio
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
import psycopg
from django.conf import settings
from django.db import connection as django_connection
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout
from starlette.types import Receive, Scope, Send

from xilin import __version__
from xilin.apps.trace.repository import access
from xilin.apps.trace.repository.errors import (
    Defect,
    EpcisRefusal,
    KeyMissing,
    MediaTypeWrong,
    MethodWrong,
    NoSuchName,
    NotAllowed,
    TooLarge,
    Unavailable,
    UrlTooLong,
)
from xilin.apps.trace.repository.rest import named, openapi, problems, routes, sockets
from xilin.apps.trace.repository.rest.calls import (
    JSON,
    LD,
    VERSION,
    XML,
    Answer,
    Call,
    check_versions,
    headers_of,
    is_old,
    oldest,
    raw_path,
)
from xilin.apps.trace.repository.rest.capturing import Rejected
from xilin.apps.trace.repository.rest.deliverer import Deliverer
from xilin.apps.trace.repository.rest.entering import Entering
from xilin.apps.trace.repository.rest.routes import Route
from xilin.kernel.audit.log import New
from xilin.kernel.exchange.holders import holder
from xilin.lib.asgi import lifespan
from xilin.lib.errors import Refusal

THREADS = 6
LONGEST_ADDRESS = 8192
SMALL = 64 * 1024
PATIENCE = 5.0
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "GS1-EPCIS-Version": VERSION,
    "GS1-CBV-Version": VERSION,
    "GS1-Extensions": "",
}
# What is sent to is answered with a body here alone; elsewhere `Accept` says nothing.
_SPEAKING = {("POST", "/events"), ("POST", "/queries/{queryName}/subscriptions")}
_log = logging.getLogger(__name__)


def connection_settings() -> dict[str, Any]:
    """How Django reaches the database, for psycopg; times in UTC, statements on their own unless in a transaction."""
    known = django_connection.get_connection_params()
    found = {name: value for name, value in known.items() if name not in {"cursor_factory", "context"}}
    options = f"{found.pop('options', '')} -c timezone=UTC".strip()
    return found | {"options": options, "application_name": "xilin epcis", "autocommit": True}


class Service:
    """The ASGI application; connections are opened when the first call comes.

    Args:
        clock: the time; tests bring their own.
        deliver: whether subscribers are delivered to from here.
    """

    def __init__(
        self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), *, deliver: bool = True
    ) -> None:
        self.clock = clock
        self._deliver = deliver
        self._opening: asyncio.Future[None] | None = None
        self.pool: ConnectionPool[Connection[Any]] | None = None
        self.entering: Entering | None = None
        self.deliverer: Deliverer | None = None
        self._limiter: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hold one socket."""
        if scope["type"] == "lifespan":
            await lifespan(receive, send, begin=self.open, end=self.close)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await sockets.serve(self, scope, receive, send)

    async def open(self) -> None:
        """Connect; the first one who comes does it, the others wait. Unavailable where the database isn't there."""
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
        try:
            await asyncio.shield(self._opening)
        except (psycopg.Error, PoolTimeout, OSError) as error:
            self._opening = None
            _log.error("the database can't be reached: %s", type(error).__name__)
            raise Unavailable from None

    async def _open(self) -> None:
        known = connection_settings()
        pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            kwargs=known, min_size=1, max_size=THREADS + 2, timeout=PATIENCE, open=False
        )
        try:
            await anyio.to_thread.run_sync(lambda: pool.open(wait=True, timeout=PATIENCE))
        except BaseException:
            pool.close()
            raise
        self.pool = pool
        self._limiter = anyio.CapacityLimiter(THREADS)
        self.entering = Entering(pool)
        self.deliverer = Deliverer(known, self.clock, asyncio.get_running_loop(), deliver=self._deliver)
        self.deliverer.start()

    async def close(self) -> None:
        """Let go of everything."""
        if self.deliverer is not None:
            await anyio.to_thread.run_sync(self.deliverer.stop)
        if self.entering is not None:
            await self.entering.close()
        if self.pool is not None:
            await anyio.to_thread.run_sync(self.pool.close)
        self._opening = self.pool = self.entering = self.deliverer = None

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        """Do something in a thread; at most `THREADS` at once."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    # Requests

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        speaks = problems.language(headers)
        more: dict[str, str] = {}
        try:
            answer = await self._answered(scope, receive, headers, speaks, more)
        except Refusal as refusal:
            answer = _problem(problems.refused(refusal, speaks), headers)
            if isinstance(refusal, KeyMissing):
                answer.headers["WWW-Authenticate"] = "Bearer"
            if isinstance(refusal, MethodWrong):
                answer.headers["Allow"] = str(refusal.facts["allowed"])
            if isinstance(refusal, Unavailable):
                answer.headers["Retry-After"] = "1"
            if isinstance(refusal, TooLarge):
                answer.headers |= _limits()
        except Rejected as rejection:
            answer = _problem(problems.rejected(rejection.problems, rejection.status, speaks), headers)
        answer.headers = {**_HEADERS, **more, **answer.headers}
        await _send(answer, send, body=scope["method"] != "HEAD")

    async def _answered(
        self, scope: Scope, receive: Receive, headers: dict[str, str], speaks: str, more: dict[str, str]
    ) -> Answer:
        try:
            await self.open()
            return await self._routed(scope, receive, headers, speaks, more)
        except (Refusal, Rejected):
            raise
        except (psycopg.OperationalError, PoolTimeout, TimeoutError) as error:
            _log.error("the database can't be reached: %s", type(error).__name__)
            raise Unavailable from None
        except ConnectionResetError:
            raise Unavailable from None
        except Exception as error:
            # What an exception says may hold what was asked: only its kind and place are written down.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("%s in %s:%s", type(error).__name__, frame.name, frame.lineno)
            raise Defect from None

    async def _routed(
        self, scope: Scope, receive: Receive, headers: dict[str, str], speaks: str, more: dict[str, str]
    ) -> Answer:
        raw, query = raw_path(scope), scope.get("query_string", b"").decode("ascii", "replace")
        method = scope["method"]
        if raw in (b"/openapi.json", b"/health") and method == "GET":
            return openapi.document() if raw == b"/openapi.json" else Answer({"status": "ok"})
        if len(raw) + len(query) > LONGEST_ADDRESS:
            raise UrlTooLong
        found = routes.find(routes.split(raw))
        if found is None:
            raise NoSuchName
        route, parts = found
        if method == "HEAD" and "GET" in route.methods:
            method = "GET"
        if method not in route.methods and (method != "OPTIONS" or "OPTIONS" not in route.allowed):
            raise MethodWrong(allowed=route.allowed)
        more |= _discovered(headers)
        check_versions(headers, oldest=oldest(route.kinds, method))
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise MediaTypeWrong(allowed="Content-Encoding: identity")
        capturing = method == "POST" and route.path in ("/capture", "/events")
        body = await _body(receive, headers, settings.EPCIS_CAPTURE_BYTES if capturing else SMALL)
        call_path = raw.decode("ascii", "replace")

        def work() -> tuple[Answer, New]:
            assert self.pool is not None  # noqa: S101 - open
            with self.pool.connection() as connection:
                call = self.call(connection, headers, method, call_path, parts, query, body, speaks)
                return self._carry(call, route)

        answer, entry = await self.in_thread(work)
        assert self.entering is not None  # noqa: S101 - open
        await self.entering.enter(entry)
        return answer  # type: ignore[no-any-return]

    def call(
        self,
        connection: Connection[Any],
        headers: dict[str, str],
        method: str,
        path: str,
        parts: tuple[str, ...],
        query: str,
        body: bytes,
        speaks: str,
    ) -> Call:
        """A call of somebody who may be here; KeyMissing or NotAllowed for anybody else."""
        at = self.clock()
        scheme, _, key = headers.get("authorization", "").partition(" ")
        held = holder(connection, key.strip(), at) if scheme.lower() == "bearer" and key.strip() else None
        if held is None:
            raise KeyMissing
        rights = access.rights(connection, held.client)
        if rights is None:
            raise NotAllowed
        return Call(
            method, path, parts, query, headers, body, at, connection, rights.viewer, rights.may_capture,
            rights.may_query, speaks,
        )  # fmt: skip

    def _carry(self, call: Call, route: Route) -> tuple[Answer, New]:
        """Answer a call, and what the log says of it."""
        needs = route.needs[call.method]
        may = {"capture": call.may_capture, "query": call.may_query}
        if not (any(may.values()) if needs == "either" else may[needs]):
            raise NotAllowed
        if "\0" in call.query or any(
            "\0" in part for pair in parse_qsl(call.query, keep_blank_values=True) for part in pair
        ):
            raise NoSuchName
        call.kinds = (XML,) if call.method == "GET" and is_old(call.headers) else route.kinds
        media = call.media if call.method == "GET" or (call.method, route.path) in _SPEAKING else JSON
        if call.method == "OPTIONS":
            answer = Answer(None, 204, discovery(route))
            if route.discovery == "subscription":
                answer.headers["GS1-Query-Min-Record-Time"] = named.record_time(call)
        else:
            answer = route.methods[call.method](call)
            if answer.media == JSON and media == LD:
                # JSON without a context is JSON-LD too.
                answer.media = media
            if call.method == "GET" and is_old(call.headers):
                answer.headers["GS1-EPCIS-Version"] = answer.headers["GS1-CBV-Version"] = call.xml_version
        kind = (
            "trace.events.captured"
            if "job" in call.noted
            else ("trace.traces.queried" if route.operations else "trace.events.queried")
        )
        detail = {"method": call.method, "path": route.path, "party": call.viewer.code, **call.noted}
        return answer, New(kind, call.at, by=call.viewer.client, subject=route.path[:200], detail=detail)


def discovery(route: Route) -> dict[str, str]:
    """What OPTIONS tells of an address."""
    said = {
        "Allow": route.allowed,
        "GS1-EPCIS-Min": "1.2", "GS1-EPCIS-Max": VERSION, "GS1-CBV-Min": "1.2", "GS1-CBV-Max": VERSION,
        "GS1-EPC-Format": "No_Preference, Always_GS1_Digital_Link, Always_EPC_URN, Never_Translates",
        "GS1-CBV-XML-Format": "No_Preference, Always_Web_URI, Always_URN, Never_Translates",
        "GS1-Vendor-Version": __version__,
    }  # fmt: skip
    if route.discovery == "capture":
        said |= _limits() | {"GS1-Capture-Error-Behaviour": "rollback, proceed, all"}
    return said


def _limits() -> dict[str, str]:
    return {
        "GS1-EPCIS-Capture-Limit": str(settings.EPCIS_CAPTURE_EVENTS),
        "GS1-EPCIS-Capture-File-Size-Limit": str(settings.EPCIS_CAPTURE_BYTES),
    }


def _discovered(headers: dict[str, str]) -> dict[str, str]:
    """The formats an answer keeps to, said again."""
    known = {"gs1-epc-format": "GS1-EPC-Format", "gs1-cbv-xml-format": "GS1-CBV-XML-Format"}
    said = {
        proper: headers[name] for name, proper in known.items() if name in headers and headers[name].isascii()
    }
    extensions = headers.get("gs1-extensions", "")
    return said | (
        {"GS1-Extensions": extensions} if extensions.isascii() and extensions.isprintable() else {}
    )


def _problem(said: dict[str, Any], headers: dict[str, str]) -> Answer:
    body, media = problems.encoded(said, headers.get("accept", ""))
    return Answer(body, int(said["status"]), media=media)


async def _body(receive: Receive, headers: dict[str, str], most: int) -> bytes:
    """A request's body, TooLarge beyond what it may be: read no further."""
    told = headers.get("content-length", "0")
    if told.isdigit() and int(told) > most:
        raise _too_large()
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_large()
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _too_large() -> EpcisRefusal:
    return TooLarge(events=settings.EPCIS_CAPTURE_EVENTS, bytes=settings.EPCIS_CAPTURE_BYTES)


async def _send(answer: Answer, send: Send, *, body: bool = True) -> None:
    content = answer.body()
    headers = dict(answer.headers)
    if answer.status != 204:
        if content:
            headers["Content-Type"] = answer.media
        headers["Content-Length"] = str(len(content))
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": content if body else b""})
