"""What a look's address proves: a signature, or the message of a chip."""

from datetime import datetime

from msgspec import Struct

from xilin.apps.trace.codes import chips, queries
from xilin.apps.trace.consumer.links import Wanted
from xilin.apps.trace.proof import sun
from xilin.apps.trace.verdicts.facts import Proof


class Proved(Struct, frozen=True):
    """What was proved, by the chip's counter as well where there is one."""

    proof: Proof = "none"
    counter: int | None = None
    fresh: bool | None = None
    sealed: bool | None = None


def proved(found: Wanted, query: dict[str, str], *, token: str, at: datetime) -> Proved:
    """Check what stands in an address: `s` a signature, `p` and `m` a chip's message."""
    if "p" in query and "m" in query:
        return _tapped(found, query, token, at)
    if "s" in query:
        held = queries.signed(query["s"], found.path)
        return Proved("none" if held is None else "good" if held else "bad")
    return Proved()


def _tapped(found: Wanted, query: dict[str, str], token: str, at: datetime) -> Proved:
    try:
        reading = chips.read(query["p"], query["m"], enc=query.get("e", ""))
    except sun.NotGenuine:
        return Proved("bad")
    tap = chips.accept(reading, session=token, at=at)
    # A genuine chip that belongs to another code was put where it is by somebody.
    if tap is None or tap.code is None or (tap.code.gtin, tap.code.serial) != (found.gtin, found.serial):
        return Proved("bad")
    return Proved("good", tap.counter, tap.outcome != "replay", None if not tap.seal else tap.seal != "O")
