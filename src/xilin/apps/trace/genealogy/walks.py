"""Questions to the index of lineage in SQL; numbers in, numbers out, names at the end."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

from xilin.apps.trace.genealogy.arrays import array
from xilin.apps.trace.genealogy.marks import number

FOREVER = "infinity"
_OTHER: ContextVar[Any] = ContextVar("connection of walks", default=None)


@contextmanager
def on(other: Any) -> Iterator[None]:
    """Ask on another connection than Django's: a psycopg connection of a service with a pool of its own."""
    token = _OTHER.set(other)
    try:
        yield
    finally:
        _OTHER.reset(token)


def rows(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    other = _OTHER.get()
    with (other or connection).cursor() as cursor:
        if other is None:
            # A walk reads times by the thousand; Django's own loader takes four times as long for the same moments.
            cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def numbers(names: Iterable[str]) -> dict[str, int]:
    """The numbers of names that are known; others are left out."""
    wanted, found = set(names), dict[str, int]()
    for salt in range(8):
        keys = [number(name, salt) for name in wanted]
        known = rows("SELECT id, name FROM trace_lineagename WHERE key = ANY(%s::bigint[])", [array(keys)])
        found.update({name: id for id, name in known if name in wanted})
        met = any(name not in wanted for _, name in known)
        wanted -= set(found)
        if not wanted or not met:
            break
    return found


def names(ids: Iterable[int]) -> dict[int, str]:
    """The names behind numbers; a process without a name is `event:<number>`."""
    wanted = set(ids)
    found = {id: f"event:{-id}" for id in wanted if id < 0}
    found.update(
        rows(
            "SELECT id, name FROM trace_lineagename WHERE id = ANY(%s::bigint[])",
            [array(id for id in wanted if id > 0)],
        )
    )
    return found


def moments(values: Iterable[datetime | None], unlimited: str) -> str:
    """Times as PostgreSQL reads an array of them, None as the infinity it stands for."""
    return "{" + ",".join(unlimited if value is None else f'"{value.isoformat()}"' for value in values) + "}"


def back(roots: Sequence[int], as_of: Any) -> list[tuple[int, datetime | None, bool]]:
    """What roots are made of: (node, until, holds); anything made of it after `until` doesn't count (None: no limit)."""
    return rows(
        "SELECT node, CASE WHEN isfinite(until) THEN until END, holds FROM trace_back(%s::bigint[], %s)",
        [array(roots), as_of],
    )


def forward(roots: Sequence[int], as_of: Any) -> list[tuple[int, datetime | None, datetime | None, bool]]:
    """What anything of the roots is in: (node, since, until, carrier), None for no limit."""
    return rows(
        "SELECT node, CASE WHEN isfinite(since) THEN since END, CASE WHEN isfinite(until) THEN until END, carrier FROM trace_forward(%s::bigint[], %s)",
        [array(roots), as_of],
    )


def contents(roots: Sequence[int], as_of: Any) -> list[int]:
    """Roots and all that is inside them at a time."""
    return [
        node for (node,) in rows("SELECT node FROM trace_contents(%s::bigint[], %s)", [array(roots), as_of])
    ]


class Mark(NamedTuple):
    """A mark as a walk needs it."""

    node: int
    other: int
    event: int
    time: datetime
    quantity: float | None
    uom: str | None
    bulk: bool


def made(nodes: Sequence[int], untils: Sequence[Any], as_of: Any) -> list[Mark]:
    """The marks by which nodes came out of processes, each by a time."""
    return [
        Mark(*row)
        for row in rows(
            "SELECT DISTINCT m.node, m.other, m.event, m.time, m.quantity, m.uom, m.bulk FROM unnest(%s::bigint[], %s::timestamptz[]) n(node, until) "
            "JOIN trace_lineagemark m ON m.node = n.node AND m.role = 7 "
            "AND m.time <= n.until AND m.time <= %s",
            [array(nodes), moments(untils, "infinity"), as_of],
        )
    ]


def used(nodes: Sequence[int], sinces: Sequence[Any], untils: Sequence[Any], as_of: Any) -> list[Mark]:
    """The marks by which nodes went into processes within a span (`until` excluded)."""
    return [
        Mark(*row)
        for row in rows(
            "SELECT DISTINCT m.node, m.other, m.event, m.time, m.quantity, m.uom, m.bulk FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) "
            "n(node, since, until) JOIN trace_lineagemark m ON m.node = n.node AND m.role = 6 "
            "AND m.time >= n.since AND m.time < n.until AND m.time <= %s",
            [array(nodes), moments(sinces, "-infinity"), moments(untils, "infinity"), as_of],
        )
    ]


def sides(processes: Sequence[int], role: int, as_of: Any) -> list[Mark]:
    """All that went into processes (role 6) or came out of them (7), or the items of batches (9)."""
    return [
        Mark(*row)
        for row in rows(
            "SELECT m.node, m.other, m.event, m.time, m.quantity, m.uom, m.bulk FROM trace_lineagemark m WHERE m.other = ANY(%s::bigint[]) AND m.role = %s AND m.time <= %s",
            [array(processes), role, as_of],
        )
    ]


def batches(nodes: Sequence[int], as_of: Any) -> list[Mark]:
    """The marks by which items say which batch they are of."""
    return [
        Mark(*row)
        for row in rows(
            "SELECT m.node, m.other, m.event, m.time, m.quantity, m.uom, m.bulk FROM unnest(%s::bigint[]) n(node) JOIN trace_lineagemark m ON m.node = n.node "
            "AND m.role = 9 AND m.time <= %s",
            [array(nodes), as_of],
        )
    ]


class Link(NamedTuple):
    """A containment as a walk needs it."""

    child: int
    parent: int
    since: datetime
    until: datetime | None
    opened: int
    closed: int | None
    how: int
    seen: bool
    bulk: bool
    quantity: float | None
    uom: str | None


def inside(nodes: Sequence[int], times: Sequence[Any]) -> list[Link]:
    """What lay in each node at a time, or was used up with it then."""
    return [
        Link(*row)
        for row in rows(
            "SELECT l.child, l.parent, l.since, l.until, l.opened, l.closed, l.how, l.seen, l.bulk, l.quantity, l.uom FROM unnest(%s::bigint[], %s::timestamptz[]) n(node, time) "
            "JOIN trace_lineagelink l ON l.parent = n.node AND l.kind = 1 AND l.since <= n.time "
            "AND (l.until IS NULL OR l.until > n.time OR l.until = n.time AND l.how = 0)",
            [array(nodes), moments(times, "infinity")],
        )
    ]


class Carried(NamedTuple):
    """A root that was in a container over a span; the link is the one from `child`, which began at `began`."""

    root: int
    node: int
    since: datetime | None
    until: datetime | None
    child: int | None
    began: datetime | None


def carried(nodes: Sequence[int], sinces: Sequence[Any], untils: Sequence[Any], as_of: Any) -> list[Carried]:
    """Each node itself over its span, and every container it was in then, container in container."""
    return [
        Carried(*row)
        for row in rows(
            "SELECT root, node, CASE WHEN isfinite(since) THEN since END, CASE WHEN isfinite(until) THEN until END, child, began "
            "FROM trace_carried(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s)",
            [
                array(nodes),
                moments(sinces, "-infinity"),
                moments(untils, "infinity"),
                as_of,
            ],
        )
    ]


def links(keys: Iterable[tuple[int, int, datetime]]) -> list[Link]:
    """Containments by child, parent and beginning."""
    wanted = list(set(keys))
    return [
        Link(*row)
        for row in rows(
            "SELECT l.child, l.parent, l.since, l.until, l.opened, l.closed, l.how, l.seen, l.bulk, l.quantity, l.uom FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) k(child, parent, since) "
            "JOIN trace_lineagelink l ON l.child = k.child AND l.parent = k.parent AND l.since = k.since AND l.kind = 1",
            [
                array(child for child, _, _ in wanted),
                array(parent for _, parent, _ in wanted),
                moments((since for *_, since in wanted), "-infinity"),
            ],
        )
    ]


class Event(NamedTuple):
    """An event of a node, in numbers of names."""

    node: int
    id: int
    time: datetime
    step: int | None
    disposition: int | None
    read_point: int | None
    location: int | None
    source: int | None
    destination: int | None
    void: int | None


def events(nodes: Sequence[int], sinces: Sequence[Any], untils: Sequence[Any], as_of: Any) -> list[Event]:
    """Every event that saw a node within a span, both ends included; those declared in error carry `void`."""
    return [
        Event(*row)
        for row in rows(
            """
            SELECT DISTINCT w.node, e.id, e.time, e.step, e.disposition, e.read_point, e.location, e.source,
                   e.destination, e.void
            FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) w(node, since, until)
            CROSS JOIN LATERAL (
                SELECT s.event FROM trace_lineagesighting s
                WHERE s.node = w.node AND s.time >= w.since AND s.time <= w.until
                UNION ALL
                SELECT m.event FROM trace_lineagemark m
                WHERE m.node = w.node AND m.time >= w.since AND m.time <= w.until
            ) x JOIN trace_lineageevent e ON e.id = x.event
            WHERE e.time <= %s
            ORDER BY e.time, e.id
            """,
            [
                array(nodes),
                moments(sinces, "-infinity"),
                moments(untils, "infinity"),
                as_of,
            ],
        )
    ]


def steps(events: Iterable[int]) -> dict[int, int]:
    """The business step of each event that has one."""
    return dict(
        rows(
            "SELECT id, step FROM trace_lineageevent WHERE id = ANY(%s::bigint[]) AND step IS NOT NULL",
            [array(events)],
        )
    )


def born(nodes: Sequence[int], as_of: Any) -> set[int]:
    """Which nodes an event commissioned."""
    return {
        node
        for (node,) in rows(
            "SELECT DISTINCT m.node FROM unnest(%s::bigint[]) n(node) JOIN trace_lineagemark m ON m.node = n.node "
            "AND m.role = 8 AND m.time <= %s",
            [array(nodes), as_of],
        )
    }


def tagged(place: str) -> list[str]:
    """What was commissioned at a place: the animals a household put ear tags on (and whatever else began there)."""
    known = numbers([place])
    return [
        name
        for (name,) in rows(
            "SELECT DISTINCT n.name FROM trace_lineageevent e JOIN trace_lineagemark m ON m.event = e.id AND m.role = 8 "
            "JOIN trace_lineagename n ON n.id = m.node "
            "WHERE coalesce(e.location, e.read_point) = ANY(%s::bigint[]) AND e.kind = 1 AND e.action = 1 AND e.void IS NULL",
            [array(known.values())],
        )
    ]
