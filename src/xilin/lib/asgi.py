"""The life of an application as ASGI servers tell it (ASGI specification, lifespan protocol)."""

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

Message = MutableMapping[str, Any]


async def lifespan(
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
    *,
    begin: Callable[[], Awaitable[None]] | None = None,
    end: Callable[[], Awaitable[None]],
) -> None:
    """Begin when the server starts, end when it stops, and tell it so; back when it has stopped.

    `begin` makes ready what the first request would else wait for. What it can't do yet, for want of a database
    say, is no reason not to start: the first request tries again.
    """
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            if begin is not None:
                with suppress(Exception):
                    await begin()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await end()
            await send({"type": "lifespan.shutdown.complete"})
            return
