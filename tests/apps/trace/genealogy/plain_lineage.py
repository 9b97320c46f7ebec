"""Containment as a plain program would keep it: a clock that runs through the events that hold, and what is inside what."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from xilin.apps.trace.epcis.events import Event, Thing


@dataclass
class Held:
    """A child in a parent: since when, by which event."""

    since: datetime
    opened: str
    seen: bool
    quantity: float | None = None
    until: datetime | None = None
    closed: str | None = None
    how: str = "lasts"


@dataclass
class Moment:
    """What happens at one time, sorted by what it does."""

    out: list = field(default_factory=list)
    into: list = field(default_factory=list)


ORDER = ["content used", "used", "removed", "emptied", "gone", "parent gone", "moved"]
LEAVING = {"retail_selling", "dispensing", "destroying", "decommissioning"}


def valid(events: list[Event]) -> list[Event]:
    """The events that no declaration among them says were wrong."""
    wrong = [event for event in events if event.error]
    hashes = {event.hash for event in wrong}
    ids = {event.event_id for event in wrong if event.event_id}
    return [e for e in events if not e.error and e.hash not in hashes and (e.event_id or "-") not in ids]


def parent_of(event: Event) -> Thing | None:
    """The parent of an event, if it has one."""
    return next((thing for thing in event.things if thing.role == "parent"), None)


def containments(events: list[Event]) -> set[tuple]:
    """Every containment of the events that hold, as comparable rows."""
    by_time = defaultdict(list)
    for event in valid(events):
        by_time[event.time].append(event)
    rows: set[tuple] = set()
    for kind, type in (("aggregation", "AggregationEvent"), ("association", "AssociationEvent")):
        rows |= _items(by_time, kind, type)
        rows |= _batches(by_time, kind, type)
    return rows


def _row(kind, child, parent, held):
    return (
        kind, child, parent, held.since, held.until, held.opened, held.closed, held.how, held.seen,
        None if held.quantity is None else round(held.quantity, 6),
    )  # fmt: skip


def _gone(event, thing):
    """Whether an object leaves the world of containers by an event, and how."""
    if event.type == "TransformationEvent" and thing.role == "input":
        return "used"
    left = event.action == "DELETE" or event.biz_step in LEAVING or event.disposition == "retail_sold"
    return "gone" if event.type == "ObjectEvent" and event.action != "ADD" and left else None


def _items(by_time, kind, type):
    rows, inside = set(), defaultdict(dict)  # child -> parent -> Held
    for time in sorted(by_time):
        events = sorted(by_time[time], key=lambda one: _signed(one.hash))
        ends = defaultdict(list)
        for event in events:
            _ends(event, kind, type, inside, ends)
        for (child, parent), reasons in ends.items():
            held = inside[child].get(parent)
            if held and held.since < time:
                how, closed = min(reasons, key=lambda one: (ORDER.index(one[0]), _signed(one[1])))
                held.until, held.how, held.closed = time, how, closed
                rows.add(_row(kind, child, parent, inside[child].pop(parent)))
        for event in events:
            parent = parent_of(event)
            if event.type != type or event.action == "DELETE" or parent is None:
                continue
            for thing in event.things:
                if thing.role != "child" or thing.is_class:
                    continue
                _enter(rows, inside[thing.id], kind, thing.id, parent.id, event)
    for child, parents in inside.items():
        rows |= {_row(kind, child, parent, held) for parent, held in parents.items()}
    return rows


def _ends(event, kind, type, inside, ends):  # noqa: C901 - every way out of a container
    parent = parent_of(event)
    children = [thing for thing in event.things if thing.role == "child"]
    if event.type == type and event.action == "DELETE" and parent is not None:
        for thing in children:
            if not thing.is_class:
                ends[thing.id, parent.id].append(("removed", event.hash))
        if not children:
            for child, parents in inside.items():
                if parent.id in parents:
                    ends[child, parent.id].append(("emptied", event.hash))
    if kind != "aggregation":
        return
    for thing in event.things:
        way = None if thing.is_class else _gone(event, thing)
        if way is None:
            continue
        for held in list(inside.get(thing.id, ())):
            ends[thing.id, held].append((way, event.hash))
        for child, parents in inside.items():
            if thing.id in parents:
                ends[child, thing.id].append(("content used" if way == "used" else "parent gone", event.hash))


def _enter(rows, parents, kind, child, parent, event):
    if kind == "aggregation":
        for other in [other for other in parents if other != parent]:
            held = parents.pop(other)
            if held.since < event.time:
                held.until, held.how, held.closed = event.time, "moved", event.hash
                rows.add(_row(kind, child, other, held))
    quantity = next(thing.quantity for thing in event.things if (thing.role, thing.id) == ("child", child))
    parents.setdefault(parent, Held(event.time, event.hash, event.action == "OBSERVE", quantity))


def _batches(by_time, kind, type):
    rows, inside, left = set(), {}, defaultdict(lambda: defaultdict(float))
    pairs = {
        (thing.id, parent_of(event).id)
        for events in by_time.values()
        for event in events
        if event.type == type and parent_of(event)
        for thing in event.things
        if thing.role == "child" and thing.is_class
    }
    for time in sorted(by_time):
        events = sorted(by_time[time], key=lambda one: _signed(one.hash))
        for pair in pairs:
            reasons, hard = [], False
            for event in events:
                found, total = _batch_end(event, kind, type, pair, left)
                reasons += [(how, event.hash) for how in found]
                hard |= total
            if hard:
                left[pair].clear()
            if reasons and pair in inside and inside[pair].since < time:
                held = inside.pop(pair)
                how, closed = min(reasons, key=lambda one: (ORDER.index(one[0]), _signed(one[1])))
                held.until, held.how, held.closed = time, how, closed
                rows.add(_row(kind, *pair, held))
            for event in events:
                _batch_enter(event, type, pair, left, inside)
    return rows | {_row(kind, *pair, held) for pair, held in inside.items()}


def _batch_end(event, kind, type, pair, left):
    """How a batch leaves a parent by an event, and whether that settles its balance."""
    child, parent_id = pair
    parent = parent_of(event)
    found, hard = [], False
    if event.type == type and event.action == "DELETE" and parent and parent.id == parent_id:
        children = [thing for thing in event.things if thing.role == "child"]
        if not children:
            found, hard = ["emptied"], True
        for thing in children:
            if thing.id != child:
                continue
            if thing.quantity is None:
                found, hard = [*found, "removed"], True
            else:
                left[pair][thing.uom] -= thing.quantity
                if left[pair][thing.uom] <= 1e-9:
                    found = [*found, "removed"]
    if kind == "aggregation":
        for thing in event.things:
            way = None if thing.is_class or thing.id != parent_id else _gone(event, thing)
            if way:
                found, hard = [*found, "content used" if way == "used" else "parent gone"], True
    return found, hard


def _batch_enter(event, type, pair, left, inside):
    child, parent_id = pair
    parent = parent_of(event)
    if event.type != type or event.action == "DELETE" or parent is None or parent.id != parent_id:
        return
    for thing in event.things:
        if thing.role != "child" or thing.id != child:
            continue
        amount = thing.quantity if event.action == "ADD" else None
        left[pair][thing.uom] += amount or 0
        held = inside.setdefault(pair, Held(event.time, event.hash, event.action == "OBSERVE"))
        if amount is not None:
            held.quantity = (held.quantity or 0) + amount


def _signed(hash: str) -> int:
    head = int(hash.partition(";")[2][:16], 16)
    return head - (1 << 64) if head >= 1 << 63 else head
