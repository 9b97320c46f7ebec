"""The web process's application: pages by the bridge, and answers that are held and carried on by a hub.

A page that is to be carried on says so in a header of its answer, `Xilin-Hold: board screen language`, beside a body that is
whole by itself. A server without this application sends that and ends, and whoever listens asks again: slower, and no less true.
Here the header is taken off, the body is left aside, and events follow until whoever listens leaves. Who may listen
is thus judged by the page alone, as for any other; it is asked again every minute.
"""

import asyncio
import contextlib
import io
import signal
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from xilin.lib.asgi import lifespan
from xilin.web.live.board import Board, Channel
from xilin.web.live.bridge import (
    Answer,
    Bridge,
    Gone,
    Headers,
    Receive,
    Scope,
    Send,
    TooLarge,
    answer,
    body_of,
    environ,
    more,
    started,
)
from xilin.web.live.hub import Hub

HOLD = "Xilin-Hold"
# Seconds between two signs of life, and between two questions whether one may still listen.
BEAT, JUDGED = 5.0, 60.0
# Listeners of a process; more are asked to come back. The server takes about a thousand connections.
MOST = 600
FULL = Answer(
    503, [(b"retry-after", b"30"), (b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
)


class Web:
    """The ASGI application.

    Args:
        application: the pages, as WSGI has them.
        boards: by the name that a held answer gives.
        threads: how many pages are worked on at once.
    """

    def __init__(
        self, application: Callable[..., Iterable[bytes]], boards: Mapping[str, Board], threads: int = 4
    ) -> None:
        self._bridge = Bridge(application, threads)
        self._boards = boards
        self.hubs: dict[str, Hub] = {}
        self._ending: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await lifespan(receive, send, end=self.close)
            return
        if scope["type"] != "http":
            return
        try:
            body, length = await body_of(receive)
        except Gone:
            return
        except TooLarge:
            await answer(send, Answer(413, [(b"content-type", b"text/plain"), (b"connection", b"close")]))
            return
        found = await self._bridge.ask(environ(scope, body, length), send)
        held = None if found.sent else _held(found.headers)
        if held is None or scope["method"] != "GET":
            await answer(send, found)
        else:
            await self._hold(scope, receive, send, found, held)

    async def close(self) -> None:
        """End what is held, and the looks."""
        if self._ending is not None:
            self._ending.set()
        for hub in self.hubs.values():
            await hub.close()
        self._bridge.close()

    async def _hold(
        self, scope: Scope, receive: Receive, send: Send, found: Answer, held: tuple[str, Channel]
    ) -> None:
        name, channel = held
        hub = self.hubs.setdefault(name, Hub(self._boards[name]))
        if hub.watching.total() >= MOST:
            await answer(send, FULL)
            return
        if self._ending is None:
            self._ending = asyncio.Event()
            _at_the_end(self._ending)
        hub.join(channel)
        gone = asyncio.create_task(_left(receive))
        ending = asyncio.create_task(self._ending.wait())
        try:
            await send(started(found.status, [one for one in found.headers if one[0] not in _DROPPED]))
            await send(more(b"retry: 2000\n\n"))
            await self._carry_on(scope, send, hub, held, {gone, ending})
            with contextlib.suppress(Exception):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            hub.leave(channel)
            gone.cancel()
            ending.cancel()

    async def _carry_on(
        self, scope: Scope, send: Send, hub: Hub, held: tuple[str, Channel], ends: set["asyncio.Task[Any]"]
    ) -> None:
        channel, loop = held[1], asyncio.get_running_loop()
        mark, beat, judged = _seen(scope), 0.0, loop.time()
        while not any(one.done() for one in ends):
            news = hub.news(channel)
            mark, said = hub.board.since(channel, mark)
            now = loop.time()
            if said:
                await send(more(said))
                beat = now
            elif now - beat >= BEAT and hub.sound:
                await send(more(b"event: beat\ndata: \n\n"))
                beat = now
            if now - judged >= JUDGED:
                again = await self._bridge.ask(environ(scope, io.BytesIO(), 0))
                if _held(again.headers) != held:
                    return
                judged = now
            waits = asyncio.create_task(news.wait())
            try:
                await asyncio.wait({waits, *ends}, timeout=BEAT / 2, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waits.cancel()


_DROPPED = {HOLD.lower().encode(), b"content-length", b"etag"}


def _at_the_end(ending: asyncio.Event) -> None:
    """Set an event when the process is asked to end: the server waits for its connections, which those held would never leave.

    The loop hears of signals by another way, so what it does about them is done as well.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def tell(number: int, frame: Any, before: Any = before) -> None:
            loop.call_soon_threadsafe(ending.set)
            if callable(before):
                before(number, frame)

        with contextlib.suppress(ValueError):  # only the main thread may
            signal.signal(number, tell)


def _held(headers: Headers) -> tuple[str, Channel] | None:
    for name, value in headers:
        if name == HOLD.lower().encode():
            board, screen, language = value.decode("latin-1").split(" ")
            return board, (screen, language)
    return None


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _seen(scope: Scope) -> str:
    """The last event that a listener has: as it says by itself when it comes back, or as the page said that it came from."""
    for name, value in scope["headers"]:
        if name.lower() == b"last-event-id":
            return bytes(value).decode("latin-1")
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return str(query.get("since", [""])[0])
