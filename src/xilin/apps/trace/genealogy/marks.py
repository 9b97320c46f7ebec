"""What one event says about descent and place of goods: marks (印记), the facts the index of lineage is made of.

A mark is one fact about one object: put into a container at a time, taken out, used up by a process, made by it. Marks
are a function of their event alone; whatever depends on several events is worked out from marks by `index`.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import IntEnum
from struct import unpack
from urllib.parse import quote

from msgspec import Struct

from xilin.apps.trace.epcis.events import Event, Thing


class Role(IntEnum):
    """What a mark says of its object. The negative of a role is the same mark of an event declared in error.

    `other` is the container of the first four and of the four of an association, the process of INPUT and OUTPUT,
    the batch of MEMBER.
    """

    ADD = 1
    SEEN = 2
    REMOVE = 3
    EMPTY = 4
    LEAVE = 5
    INPUT = 6
    OUTPUT = 7
    COMMISSION = 8
    MEMBER = 9
    COUNTED = 10
    TIE = 11
    TIE_SEEN = 12
    UNTIE = 13
    UNTIE_ALL = 14
    WEIGHED = 15


class Mark(Struct, frozen=True):
    """One fact. `other` is a name, or None where it is the event itself (a process without an id of its own)."""

    node: str
    role: Role
    other: str | None = None
    quantity: float | None = None
    uom: str | None = None
    bulk: bool = False


# Steps and dispositions after which an object is in no container any more, whatever was unpacked.
LEAVING_STEPS = frozenset({"retail_selling", "dispensing", "destroying", "decommissioning"})
LEAVING_DISPOSITIONS = frozenset({"retail_sold", "dispensed", "destroyed", "inactive"})
_OBJECT = {"ADD": Role.COMMISSION, "DELETE": Role.LEAVE}
_INTO = {
    "AggregationEvent": {"ADD": Role.ADD, "OBSERVE": Role.SEEN, "DELETE": Role.REMOVE},
    "AssociationEvent": {"ADD": Role.TIE, "OBSERVE": Role.TIE_SEEN, "DELETE": Role.UNTIE},
}
_ALL = {"AggregationEvent": Role.EMPTY, "AssociationEvent": Role.UNTIE_ALL}
_SGTIN = "https://id.gs1.org/01/"


def marks(event: Event) -> list[Mark]:
    """The marks of an event, in the order of its things; an error declaration has none of its own."""
    if event.error is not None:
        return []
    found = list(_weights(event)) if "sensorElementList" in event.body else []
    match event.type:
        case "ObjectEvent":
            found += _object(event)
        case "AggregationEvent" | "AssociationEvent":
            found += _containing(event)
        case "TransformationEvent":
            found += _transformation(event)
    return found


def sightings(event: Event, told: Sequence[Mark]) -> Iterable[str]:
    """The objects an event only saw, where `told` are its marks: where they were is all that it adds."""
    if event.error is not None:
        return ()
    names = dict.fromkeys([thing.id for thing in event.things])
    if told:
        marked = {mark.node for mark in told}
        return [name for name in names if name not in marked]
    return names


def _object(event: Event) -> Iterable[Mark]:
    role = _OBJECT.get(event.action or "")
    if role is None and (event.biz_step in LEAVING_STEPS or event.disposition in LEAVING_DISPOSITIONS):
        role = Role.LEAVE
    if role is None and True not in [thing.is_class for thing in event.things]:
        return ()
    return _objects(event, role)


def _objects(event: Event, role: Role | None) -> Iterator[Mark]:
    batch = _batch(event) if role is Role.COMMISSION else None
    for thing in event.things:
        if thing.is_class:
            yield _of(thing, role or Role.COUNTED)
        elif role is not None:
            yield _of(thing, role)
            yield from _member(thing, batch)


def _containing(event: Event) -> Iterator[Mark]:
    parent = next((thing for thing in event.things if thing.role == "parent"), None)
    if parent is None:
        return
    children = [thing for thing in event.things if thing.role == "child"]
    if not children and event.action == "DELETE":
        yield _of(parent, _ALL[event.type])
    for child in children:
        yield _of(child, _INTO[event.type][event.action or "OBSERVE"], parent.id)


def _transformation(event: Event) -> Iterator[Mark]:
    batch = _batch(event)
    for thing in event.things:
        if thing.role in ("input", "output"):
            yield _of(thing, Role.INPUT if thing.role == "input" else Role.OUTPUT, event.transformation_id)
        if thing.role == "output" and not thing.is_class:
            yield from _member(thing, batch)


def _weights(event: Event) -> Iterator[Mark]:
    """What a scale said of the one item an event is about: of what came out, where something was made."""
    elements = event.body.get("sensorElementList")
    if not isinstance(elements, list):
        return
    about = [thing for thing in event.things if thing.role in ("epc", "output")]
    if len(about) != 1 or about[0].is_class:
        return
    for element in elements:
        for report in element.get("sensorReport") or () if isinstance(element, dict) else ():
            if _local(report.get("type")) == "Mass" and isinstance(report.get("value"), int | float):
                yield Mark(about[0].id, Role.WEIGHED, None, float(report["value"]), report.get("uom"))


def _local(name: object) -> str:
    """The last part of a word, whatever it is prefixed with."""
    return (
        name.replace("#", ":").replace("/", ":").rsplit(":", 1)[-1].removeprefix("MeasurementType-")
        if isinstance(name, str)
        else ""
    )


def _of(thing: Thing, role: Role, other: str | None = None) -> Mark:
    return Mark(thing.id, role, other, thing.quantity, thing.uom, thing.is_class)


def _batch(event: Event) -> str | None:
    """The lot number in an event's master data of instances and lots (ILMD), whatever prefix it is written with."""
    ilmd = event.body.get("ilmd")
    if not isinstance(ilmd, dict):
        return None
    for name, value in ilmd.items():
        if _local(name) == "lotNumber" and isinstance(value, str):
            return value
    return None


def _member(thing: Thing, batch: str | None) -> Iterator[Mark]:
    """That an item belongs to the batch its event names; only items whose identifier holds a GTIN can."""
    if batch and thing.id.startswith(_SGTIN):
        gtin = thing.id[len(_SGTIN) :].split("/", 1)[0]
        yield Mark(thing.id, Role.MEMBER, f"{_SGTIN}{gtin}/10/{quote(batch, safe='')}")


def number(text: str, salt: int = 0) -> int:
    """A signed 64-bit number for a name; `salt` gives another one where two names met."""
    salted = f"{text}\n{salt}" if salt else text
    return int.from_bytes(hashlib.blake2b(salted.encode(), digest_size=8).digest(), "big", signed=True)


def numbers_of(names: Collection[str]) -> tuple[int, ...]:
    """The same for many names, in their order."""
    hashed = hashlib.blake2b
    return unpack(f">{len(names)}q", b"".join([hashed(n.encode(), digest_size=8).digest() for n in names]))
