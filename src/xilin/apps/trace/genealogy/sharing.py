"""What a party sees of a chain (共享范围): what its goods were made of and what became of them, not what lay beside them.

Law and standard leave it to those who share a chain; decision 0224 says what holds here. Whoever had goods (captured an
event about them, or is named in one as source or destination) sees all they came from and all they went into: what, when,
where and why. Who traded with whom stays with those two.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from xilin.apps.trace.genealogy import queries, walks
from xilin.apps.trace.genealogy.shapes import Completeness, Edge, Happening, Trace
from xilin.apps.trace.repository import access
from xilin.apps.trace.repository.access import Sights
from xilin.apps.trace.repository.finding import Viewer

Span = tuple[datetime, datetime | None]


class Shared(NamedTuple):
    """A trace as a party may see it: how many nodes were left out, and the numbers of the events it may read whole."""

    trace: Trace
    withheld: int
    whole: frozenset[int]


def shared(trace: Trace, viewer: Viewer, *, connection: Any) -> Shared | None:
    """A trace as a viewer may see it; None where nothing of it is, behind or before goods the viewer had.

    Args:
        trace: as `queries.back` or `queries.forward` gave it.
        connection: a psycopg connection to the repository.
    """
    if viewer.sees_all:
        return Shared(trace, 0, frozenset(one.event for one in trace.events))
    sights, had = _had(trace, viewer, connection)
    roots = set(trace.roots) & (had.any if trace.direction == "back" else had.ahead)
    if roots or _beyond(trace, viewer, connection):
        return Shared(_plain(trace, sights), 0, sights.whole)
    if not had.any:
        return None
    return Shared(*_cut(trace, _related(had, trace.as_of), sights), sights.whole)


class Had(NamedTuple):
    """Goods a party had, and those whose way ahead is its business: a batch is so to its maker alone, for others had of it too."""

    any: frozenset[str]
    ahead: frozenset[str]


def _had(trace: Trace, viewer: Viewer, connection: Any) -> tuple[Sights, Had]:
    """What a viewer may read of a trace's events, and which of its goods it had; a container stands for what was in it."""
    happened = trace.events or _of_roots(trace)
    sights = _sights(connection, viewer, happened)
    containers = {edge.target for edge in trace.edges if edge.kind == "inside"}
    used = {(edge.source, event) for edge in trace.edges if edge.kind == "used" for event in edge.events}
    had = {thing for one in happened if one.event in sights.had for thing in one.about} - containers
    batches = {node.id for node in trace.nodes if node.kind == "batch"}
    made = {
        thing
        for one in happened
        if one.event in sights.made
        for thing in one.about
        if (thing, one.event) not in used
    }
    return sights, Had(frozenset(had), frozenset(had - batches | had & made))


def _sights(connection: Any, viewer: Viewer, happened: Collection[Happening]) -> Sights:
    if not happened:
        return Sights(*[frozenset()] * 3)
    times = [one.time for one in happened]
    return access.sights(
        connection, viewer, {one.event for one in happened}, since=min(times), until=max(times)
    )


def _of_roots(trace: Trace) -> tuple[Happening, ...]:
    """What happened to the roots of a trace that is too large to come with its events."""
    known = walks.numbers(trace.roots)
    ids = list(known.values())
    found = walks.events(ids, [None] * len(ids), [None] * len(ids), trace.as_of or walks.FOREVER)
    name = {id: root for root, id in known.items()}
    return tuple(
        Happening(one.id, one.time, None, None, None, None, None, None, (name[one.node],), ())
        for one in found
        if one.void is None
    )


def _beyond(trace: Trace, viewer: Viewer, connection: Any) -> bool:
    """Whether the viewer had something on the other side of the roots: then all on this side belongs to its goods' chain."""
    for root in trace.roots:
        if trace.direction == "back":
            if _had(queries.forward(root, at=trace.as_of), viewer, connection)[1].any:
                return True
        elif _had(queries.back(root, at=trace.as_of), viewer, connection)[1].ahead:
            return True
    return False


def _related(had: Had, as_of: datetime | None) -> frozenset[str]:
    """Goods, what they were made of and what they went into, in time."""
    until = as_of or walks.FOREVER
    ids = {node for node, *_ in walks.back(list(walks.numbers(had.any).values()), until)}
    ahead = walks.forward(list(walks.numbers(had.ahead).values()), until)
    ids |= {node for node, _, _, carrier in ahead if not carrier}
    return frozenset(walks.names(ids).values())


def _cut(trace: Trace, allowed: frozenset[str], sights: Sights) -> tuple[Trace, int]:
    """A trace without what isn't of the goods allowed, and how many nodes that were."""
    edges = _edges(trace, allowed)
    kept = {*trace.roots, *(end for edge in edges for end in (edge.source, edge.target))}
    kept |= {node.id for node in trace.nodes if node.id in allowed and node.kind in ("item", "batch")}
    spans: dict[str, list[Span]] = {}
    for edge in edges:
        if edge.kind == "inside":
            spans.setdefault(edge.target, []).append((edge.since, edge.until))
    events = []
    for one in trace.events:
        about = tuple(
            thing for thing in one.about if thing in allowed and _within(one.time, spans.get(thing))
        )
        if about:
            through = tuple(thing for thing in one.through if thing in kept)
            events.append(msgspec.structs.replace(one, about=about, through=through))
    nodes = tuple(node for node in trace.nodes if node.id in kept)
    gaps = tuple(gap for gap in trace.completeness.gaps if gap.node in kept)
    withheld = len(trace.nodes) - len(nodes)
    completeness = Completeness(
        complete=trace.completeness.complete and not withheld,
        known=len(edges),
        closed=trace.completeness.closed,
        gaps=gaps,
    )
    found = msgspec.structs.replace(
        trace, nodes=nodes, edges=edges, events=tuple(events), completeness=completeness
    )
    return _plain(found, sights), withheld


def _edges(trace: Trace, allowed: frozenset[str]) -> tuple[Edge, ...]:
    """The edges of allowed goods, and of the containers they were in, container in container."""
    found = [edge for edge in trace.edges if edge.kind != "inside" and _goods(edge) <= allowed]
    spans: dict[str, list[Span]] = {}
    rest = [edge for edge in trace.edges if edge.kind == "inside"]
    while True:
        new = [
            edge
            for edge in rest
            if edge.source in allowed or _overlap(edge.since, edge.until, spans.get(edge.source, ()))
        ]
        if not new:
            return tuple(found)
        found += new
        rest = [edge for edge in rest if edge not in new]
        for edge in new:
            spans.setdefault(edge.target, []).append((edge.since, edge.until))


def _goods(edge: Edge) -> set[str]:
    """The ends of an edge that are goods: a process is seen by whoever sees what went in or came out."""
    if edge.kind == "used":
        return {edge.source}
    return {edge.target} if edge.kind == "made" else {edge.source, edge.target}


def _overlap(since: datetime, until: datetime | None, spans: Iterable[Span]) -> bool:
    return any((until is None or begin < until) and (end is None or since < end) for begin, end in spans)


def _within(time: datetime, spans: Collection[Span] | None) -> bool:
    """Whether a container's event is of a time when it held what may be seen; goods without spans are seen at any time."""
    return spans is None or any(begin <= time and (end is None or time <= end) for begin, end in spans)


def _plain(trace: Trace, sights: Sights) -> Trace:
    """A trace that tells of others' events what, when, where and why, not who traded with whom."""
    events = tuple(
        one if one.event in sights.whole else msgspec.structs.replace(one, source=None, destination=None)
        for one in trace.events
    )
    return msgspec.structs.replace(trace, events=events)
