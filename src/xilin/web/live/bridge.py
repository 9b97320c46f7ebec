"""A synchronous application (WSGI) in a server that has an event loop (ASGI): a few threads answer, the loop reads and writes.

The body of a request is read before a thread is taken, so that whoever sends slowly holds up nobody; an answer in
pieces is sent by the thread that makes them, piece by piece.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import FileWrapper

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
Headers = list[tuple[bytes, bytes]]
# Bytes of a body that stay in memory, and of one that is taken at all.
IN_MEMORY, LARGEST = 1 << 20, 1 << 28
PIECE = 1 << 18


class TooLarge(Exception):
    """The body is larger than any page takes."""


class Gone(Exception):
    """Whoever asked has left."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `sent` where its thread has sent it already."""

    status: int
    headers: Headers
    body: bytes = b""
    sent: bool = False


def environ(scope: Scope, body: Any, length: int) -> Environ:
    """A request as PEP 3333 wants it. A header with an underscore in its name is left out: it would pass for another."""
    raw = scope.get("raw_path") or scope["path"].encode()
    host, port = (scope.get("server") or ("localhost", 80))[:2]
    found: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw.partition(b"?")[0]).decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": str(host),
        "SERVER_PORT": str(port or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "CONTENT_LENGTH": str(length) if length else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": lambda file, _size=0: FileWrapper(file, PIECE),
    }
    for name, value in scope["headers"]:
        if b"_" in name or name.lower() == b"content-length":
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        text = value.decode("latin-1")
        found[key] = f"{found[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}" if key in found else text
    return found


async def body_of(receive: Receive) -> tuple[Any, int]:
    """The body, read to its end, in memory or in a file that is gone with it; its length.

    Raises:
        Gone: whoever asked left before it was there.
        TooLarge: it has more bytes than any page takes.
    """
    kept, length = tempfile.SpooledTemporaryFile(IN_MEMORY), 0  # noqa: SIM115 - whoever answers closes it
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            kept.close()
            raise Gone
        piece = message.get("body", b"")
        length += len(piece)
        if length > LARGEST:
            kept.close()
            raise TooLarge
        kept.write(piece)
        if not message.get("more_body", False):
            kept.seek(0)
            return kept, length


async def _await(send: Send, message: Message) -> None:
    """Send a message; servers give back an awaitable of their own that is no coroutine."""
    await send(message)


class Bridge:
    """Answers with a synchronous application.

    Args:
        application: as WSGI has it.
        threads: how many requests are worked on at once; the others wait.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], threads: int = 4) -> None:
        self._application = application
        self._pool = ThreadPoolExecutor(threads, "page")

    async def ask(self, asked: Environ, send: Send | None = None) -> Answer:
        """The answer to a request; one in pieces is sent as they come, or put together where there is nobody to send to."""
        loop = asyncio.get_running_loop()

        def emit(message: Message) -> None:
            assert send is not None  # noqa: S101 - only called where there is
            asyncio.run_coroutine_threadsafe(_await(send, message), loop).result()

        return await loop.run_in_executor(self._pool, self._run, asked, emit if send else None)

    def close(self) -> None:
        """Take no more requests."""
        self._pool.shutdown(wait=False)

    def _run(self, asked: Environ, emit: Callable[[Message], None] | None) -> Answer:
        begun: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _info: Any = None) -> None:
            begun[:] = (
                int(status[:3]),
                [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers],
            )

        try:
            pieces = self._application(asked, start)
            try:
                each = iter(pieces)
                first, second = next(each, b""), next(each, None)
                if second is None:
                    return Answer(begun[0], begun[1], first)
                if emit is None:
                    return Answer(begun[0], begun[1], b"".join([first, second, *each]))
                emit(started(begun[0], begun[1]))
                for piece in (first, second, *()):
                    emit(more(piece))
                for piece in each:
                    emit(more(piece))
                emit({"type": "http.response.body", "body": b"", "more_body": False})
                return Answer(begun[0], begun[1], sent=True)
            finally:
                close = getattr(pieces, "close", None)
                if close is not None:
                    close()
        finally:
            asked["wsgi.input"].close()


def started(status: int, headers: Headers) -> Message:
    """The beginning of an answer."""
    return {"type": "http.response.start", "status": status, "headers": headers}


def more(body: bytes) -> Message:
    """A piece of an answer that goes on."""
    return {"type": "http.response.body", "body": body, "more_body": True}


async def answer(send: Send, whole: Answer) -> None:
    """Send a whole answer, unless its thread has."""
    if not whole.sent:
        await send(started(whole.status, whole.headers))
        await send({"type": "http.response.body", "body": whole.body, "more_body": False})
