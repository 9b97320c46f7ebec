"""Events made for tests of the repository, without a document around them."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from xilin.apps.trace.epcis.events import ErrorDeclaration, Event, Link, Thing

NOON = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
CASE = "https://id.gs1.org/00/395211410000000{:03}"


def lamb(number: int) -> str:
    """The Digital Link of a lamb."""
    return f"https://id.gs1.org/01/09521141000014/21/{number}"


def made(
    *things: Thing,
    type: str = "ObjectEvent",
    action: str | None = "OBSERVE",
    time: datetime = NOON,
    event_id: str | None = None,
    error: ErrorDeclaration | None = None,
    step: str | None = "shipping",
    **more: Any,
) -> Event:
    """An event about some things; its hash depends on what it says, not on its identifier or declaration of an error."""
    body: dict[str, Any] = {
        "type": type,
        "action": action,
        "eventTime": time.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "epcList": [thing.id for thing in things],
        "bizStep": step,
    } | more.pop("body", {})
    said = [body, [msgspec.to_builtins(thing) for thing in things], sorted(more.items(), key=str)]
    digest = hashlib.sha256(msgspec.json.encode(said)).hexdigest()
    if event_id is not None:
        body["eventID"] = event_id
    if error is not None:
        body["errorDeclaration"] = msgspec.to_builtins(error)
    known: dict[str, Any] = {
        "record_time": None, "disposition": None, "set": (), "unset": (), "read_point": None, "biz_location": None,
        "transformation_id": None, "transactions": (), "sources": (), "destinations": (), "context": {},
    }  # fmt: skip
    return Event(
        type=type, action=action, time=time, offset="+08:00", event_id=event_id, biz_step=step, things=things,
        error=error, body=body, hash=f"ni:///sha-256;{digest}?ver=CBV2.0", **(known | more),
    )  # fmt: skip


def seen(number: int, minutes: int = 0, **more: Any) -> Event:
    """A lamb seen at a minute after noon."""
    return made(Thing("epc", lamb(number)), time=NOON + timedelta(minutes=minutes), **more)


__all__ = ["CASE", "NOON", "ErrorDeclaration", "Event", "Link", "Thing", "lamb", "made", "seen"]
