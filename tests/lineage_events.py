"""Events of goods written shortly, for tests of lineage."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec

from xilin.apps.trace.epcis.events import ErrorDeclaration, Event, Link, Thing
from xilin.apps.trace.repository.capture import Stored

DAY = datetime(2026, 9, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    """So many hours after the first of September."""
    return DAY + timedelta(hours=hours)


def thing(role: str, name: str) -> Thing:
    """`name` is `id`, or `id*quantity`, or `id*quantityUOM`, or `id*` for a batch of an unknown quantity."""
    id, star, amount = name.partition("*")
    digits = amount.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return Thing(role, id, float(digits) if digits else None, amount[len(digits) :] or None, bool(star))


def event(
    type: str,
    hours: float,
    *,
    action: str | None = None,
    step: str | None = None,
    where: str | None = None,
    disposition: str | None = None,
    transformation: str | None = None,
    id: str | None = None,
    ilmd: dict | None = None,
    source: str | None = None,
    destination: str | None = None,
    **things: Iterable[str],
) -> Event:
    """An event; things by role (`epc=["a"]`, `parent=["p"]`)."""
    named = tuple(thing(role, name) for role, names in things.items() for name in names)
    body = {"ilmd": ilmd} if ilmd else {}
    facts = (
        type,
        hours,
        action,
        step,
        where,
        disposition,
        transformation,
        named,
        str(body),
        source,
        destination,
    )
    return Event(
        type=type, action=action, time=at(hours), offset="+08:00", record_time=None, event_id=id, biz_step=step,
        disposition=disposition, set=(), unset=(), read_point=where, biz_location=where,
        transformation_id=transformation, things=named, transactions=(),
        sources=(Link("owning_party", source),) if source else (),
        destinations=(Link("owning_party", destination),) if destination else (),
        error=None, body=body, context={},
        hash=f"ni:///sha-256;{hashlib.sha256(repr(facts).encode()).hexdigest()}?ver=CBV2.0",
    )  # fmt: skip


def aggregation(hours, action, parent, *children, **more):
    """An aggregation event."""
    return event("AggregationEvent", hours, action=action, parent=[parent], child=children, **more)


def seen(hours, step, *epcs, action="OBSERVE", **more):
    """An object event."""
    return event("ObjectEvent", hours, action=action, step=step, epc=epcs, **more)


def made(hours, inputs, outputs, **more):
    """A transformation event."""
    return event("TransformationEvent", hours, input=inputs, output=outputs, **more)


def wrong(one: Event, hours: float, *, by_id: bool = False) -> Event:
    """The declaration that an event was wrong; `by_id` names it by its id alone, with other contents."""
    declared = msgspec.structs.replace(one, error=ErrorDeclaration(at(hours), "incorrect_data"))
    if by_id:
        other = hashlib.sha256(f"{one.hash} otherwise".encode()).hexdigest()
        declared = msgspec.structs.replace(declared, hash=f"ni:///sha-256;{other}?ver=CBV2.0")
    return declared


class Book:
    """Numbers for events as a repository gives them, and which event a declaration is about."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.known: list[Stored] = []

    def enter(self, events: Iterable[Event]) -> list[Stored]:
        """The events as capture hands them to the index."""
        batch = []
        for one in events:
            other = next((known.id for known in self.known if _about(known.event, one)), None)
            stored = Stored(
                one, next(self.numbers), 1, other if one.error else None, None if one.error else other
            )
            self.known.append(stored)
            batch.append(stored)
        return batch


def _about(one: Event, other: Event) -> bool:
    """Whether one of two events declares the other wrong."""
    return (one.error is None) != (other.error is None) and (
        one.hash == other.hash or (one.event_id is not None and one.event_id == other.event_id)
    )
