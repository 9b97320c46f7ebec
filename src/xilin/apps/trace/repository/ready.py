"""Events made ready for capture: their keys, and their rows but for the numbers they get.

All of it is a function of the event alone, so it is made as soon as an event is read, while the processor still has it at hand:
looking events up again in a batch of thousands takes as long as the work itself.
"""

import msgspec

from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.repository import rows


class Ready(msgspec.Struct, gc=False):
    """An event on its way: its keys, its time as the database counts it, its rows, and why it can't be kept (`rows.unfit`).

    Capture gives it its place in the batch, the number it would have, and the number it gets.
    """

    event: Event
    content: bytes
    name: bytes | None
    when: int
    row: bytes
    body: bytes
    things: list[bytes]
    unfit: str | None
    place: int = 0
    id: int = 0
    result: int | None = None


def ready(event: Event) -> Ready:
    """Make an event ready."""
    body, own = rows.encoded(event), rows.digest(event.hash)
    row, things = rows.row(event, own), rows.things(event)
    # A value is no longer than what holds it.
    plain = len(row) <= rows.LONGEST >= max(map(len, things)) and b"\\u0000" not in body
    return Ready(
        event,
        rows.content_key(event, own),
        rows.own_key(event) if event.error is None else None,
        rows.micros(event.time),
        row,
        rows.bodies(event, body),
        things,
        None if plain else rows.unfit(event, body),
    )
