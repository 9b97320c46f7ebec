"""Subscriptions over WebSocket: `GET /queries/{name}/events` with an upgrade; events as they come, or by a schedule.

Nothing is kept of such a subscription: it lasts as long as the connection. Delivery begins after what is there when it is
made, or at `initialRecordTime`.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from django.conf import settings
from starlette.types import Receive, Scope, Send

from xilin.apps.trace.repository import access, delivering, documents, language, schedules
from xilin.apps.trace.repository.errors import NoSuchName, NotAllowed, SubscriptionWrong
from xilin.apps.trace.repository.rest import events, named, paging, routes
from xilin.apps.trace.repository.rest.calls import headers_of, raw_path
from xilin.apps.trace.repository.schedules import Schedule
from xilin.kernel.audit.log import New
from xilin.lib.errors import Refusal

if TYPE_CHECKING:
    from xilin.apps.trace.repository.rest.server import Service

LONGEST_WAIT = 30.0
REFUSED = 4000
"""A socket that may not be is refused before it is accepted; one whose right ends is closed with this code plus the status."""


async def serve(service: "Service", scope: Scope, receive: Receive, send: Send) -> None:
    """Hold one socket until it or the right to it ends."""
    message = await receive()
    if message["type"] != "websocket.connect":
        return
    try:
        await service.open()
        socket = await service.in_thread(lambda: _Socket.begun(service, scope))
        await service.entering.enter(socket.entry)  # type: ignore[union-attr]
    except Refusal as refusal:
        await send(
            {"type": "websocket.close", "code": REFUSED + refusal.status, "reason": type(refusal).__name__}
        )
        return
    since = paging.told(socket.since or socket.begun_at).encode()
    await send({"type": "websocket.accept", "headers": [(b"gs1-query-min-record-time", since)]})
    pushing = asyncio.create_task(_push(service, socket, send))
    try:
        while True:
            if pushing.done() or (await _next(receive, pushing)) == "websocket.disconnect":
                break
    finally:
        pushing.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await pushing


async def _next(receive: Receive, pushing: "asyncio.Task[None]") -> str:
    """The kind of the next message, or that pushing has ended."""
    waiting = asyncio.ensure_future(receive())
    done, _ = await asyncio.wait({waiting, pushing}, return_when=asyncio.FIRST_COMPLETED)
    if waiting in done:
        return str(waiting.result()["type"])
    waiting.cancel()
    return "websocket.disconnect"


async def _push(service: "Service", socket: "_Socket", send: Send) -> None:
    """Send what comes, until the right to it ends."""
    generation = -1
    assert service.deliverer is not None  # noqa: S101 - open
    while True:
        try:
            if socket.is_due(service.clock()):
                for text in await service.in_thread(lambda: socket.messages(service)):
                    await send({"type": "websocket.send", "text": text})
        except Refusal as refusal:
            await send(
                {
                    "type": "websocket.close",
                    "code": REFUSED + refusal.status,
                    "reason": type(refusal).__name__,
                }
            )
            return
        generation = await service.deliverer.changed(generation, socket.wait(service.clock()))


class _Socket:
    """A subscription that lasts as long as its connection."""

    def __init__(
        self, call: Any, query: dict[str, Any], context: dict[str, str], given: dict[str, Any]
    ) -> None:
        self.client, self.name = call.viewer.client, call.parts[1]
        self.query, self.context = query, context
        since = given.get("initialRecordTime")
        self.since = language.time_in(since) if since is not None else None
        if since is not None and self.since is None:
            raise SubscriptionWrong(why="initialRecordTime")
        self.empty = given.get("reportIfEmpty", "false").lower() == "true"
        self.position, self.begun_at = 0, call.at
        self.formats: dict[str, Any] = events.formats(call)
        self.schedule: Schedule | None = None
        self.next_at: datetime | None = None
        fields = {name: value for name, value in given.items() if name in schedules.LIMITS}
        stream = given.get("stream", "").lower() == "true"
        if stream == bool(fields):
            raise SubscriptionWrong(why="stream / schedule")
        if fields:
            self.schedule = schedules.read(fields)
            self._schedule(call.at)
        self.entry = New(
            "trace.events.subscribed",
            call.at,
            by=self.client,
            subject="/queries/{queryName}/events",
            detail={"query": self.name, "party": call.viewer.code, "stream": stream},
        )

    @classmethod
    def begun(cls, service: "Service", scope: Scope) -> "_Socket":
        """The subscription a handshake asks for, or why it can't be."""
        query = scope.get("query_string", b"").decode("ascii", "replace")
        found = routes.find(routes.split(raw_path(scope)))
        if found is None or found[0].path != "/queries/{queryName}/events":
            raise NoSuchName
        assert service.pool is not None  # noqa: S101 - open
        with service.pool.connection() as connection:
            call = service.call(connection, headers_of(scope), "GET", "", found[1], query, b"", "en")
            if not call.may_query:
                raise NotAllowed
            _, definition, context = named.query_row(call)
            socket = cls(call, definition, context, dict(parse_qsl(query)))
            if socket.since is None:
                socket.position = delivering.place(connection)
        return socket

    def _schedule(self, at: datetime) -> None:
        if self.schedule is not None:
            self.next_at = schedules.after(self.schedule, at.astimezone(ZoneInfo(settings.TIME_ZONE)))

    def is_due(self, at: datetime) -> bool:
        """Whether to look for events now."""
        return self.schedule is None or (self.next_at is not None and at >= self.next_at)

    def wait(self, at: datetime) -> float:
        """How long to wait at most."""
        if self.schedule is None or self.next_at is None:
            return LONGEST_WAIT
        return max(0.05, min(LONGEST_WAIT, (self.next_at - at) / timedelta(seconds=1)))

    def messages(self, service: "Service") -> list[str]:
        """What came since the last time, as documents; NotAllowed where the right to it ended."""
        assert service.pool is not None  # noqa: S101 - open
        at = service.clock()
        self._schedule(at)
        found: list[str] = []
        with service.pool.connection() as connection:
            rights = access.rights(connection, self.client)
            if rights is None or not rights.may_query:
                raise NotAllowed
            delivering.place(connection)
            query, names = delivering.standing(self.query, self.context, self.since)
            for rows, position in delivering.captured(connection, query, names, rights.viewer, self.position):
                self.position = max(self.position, position)
                if rows:
                    found.append(self._document(rows, at))
        if not found and self.empty and self.schedule is not None:
            found.append(self._document([], at))
        return found

    def _document(self, rows: Any, at: datetime) -> str:
        return documents.written(
            rows, documents.JSON, at=at, query={"queryName": self.name}, **self.formats
        ).decode()
