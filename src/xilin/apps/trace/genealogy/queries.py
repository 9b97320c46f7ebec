"""Back trace, forward trace and recall, in time (追溯、追踪、召回): what went into an item, what it went into, where all that is.

A container that is used again leads nowhere it wasn't at the time: spans of containment are cut along the way, a process made only
what was in it by then. Every answer says what it doesn't know (`shapes.Completeness`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from xilin.apps.trace.genealogy import gaps, walks
from xilin.apps.trace.genealogy.shapes import (
    Completeness,
    Edge,
    EdgeKind,
    Gap,
    Happening,
    Node,
    Reach,
    Trace,
)
from xilin.apps.trace.genealogy.walks import Carried, Link, Mark

MOST_WITH_EVENTS = 5_000
"""A trace of more nodes than this comes without the events of each."""


def back(epc: str, *, at: datetime | None = None) -> Trace:
    """What an item, batch or container was made of, as far as is known; of a container, of all that is in it.

    With `at`, as things stood then: nothing that happened later counts.
    """
    known = walks.numbers([epc])
    if epc not in known:
        return _unknown(epc, "back", at)
    as_of = at or walks.FOREVER
    roots = walks.contents([known[epc]], as_of)
    untils: dict[int, datetime | None] = {}
    holding: list[tuple[int, datetime]] = []
    for node, until, holds in walks.back(roots, as_of):
        untils[node] = _later(until, untils[node]) if node in untils else until
        if holds and until is not None:
            holding.append((node, until))
    work = _Work(at)
    nodes = list(untils)
    made = walks.made(nodes, list(untils.values()), as_of)
    processes = sorted({mark.other for mark in made})
    used = walks.sides(processes, 6, as_of)
    work.edges_of(used, made)
    work.batches(walks.batches(nodes, as_of), {mark.node for mark in made}, set(nodes), roots)
    work.inside(walks.inside([node for node, _ in holding], [time for _, time in holding]))
    work.inside(walks.inside(roots, [at] * len(roots)) if len(roots) > 1 else [])
    work.goods(nodes, [None] * len(nodes), list(untils.values()))
    work.ends_back(set(nodes), {mark.node for mark in made}, set(processes), used)
    return work.trace([epc], "back", known[epc])


def forward(epc: str, *, at: datetime | None = None) -> Trace:
    """What an item, batch or container went into, as far as is known; of a container, of all that is in it."""
    known = walks.numbers([epc])
    if epc not in known:
        return _unknown(epc, "forward", at)
    as_of = at or walks.FOREVER
    roots = walks.contents([known[epc]], as_of)
    states = walks.forward(roots, as_of)
    sinces: dict[int, datetime | None] = {}
    for node, since, _, carrier in states:
        if not carrier:
            sinces[node] = _earlier(since, sinces[node]) if node in sinces else since
    work = _Work(at)
    nodes = list(sinces)
    used = walks.used(
        [row[0] for row in states], [row[1] for row in states], [row[2] for row in states], as_of
    )
    processes = sorted({mark.other for mark in used})
    made = walks.sides(processes, 7, as_of)
    work.edges_of(used, made)
    members = walks.sides(nodes, 9, as_of)
    work.batches([mark for mark in members if mark.node in sinces], set(), set(nodes), ())
    work.inside(walks.inside(roots, [at] * len(roots)) if len(roots) > 1 else [])
    work.goods(nodes, list(sinces.values()), [None] * len(nodes))
    work.ends_forward(set(processes), made)
    return work.trace([epc], "forward", known[epc])


def recall(epcs: Iterable[str], *, at: datetime | None = None) -> Reach:
    """Everything that anything of these is in, and where it is now: the list a recall works from.

    A container stands for what is in it at `at`, a batch also for all its items.
    """
    from xilin.apps.trace.genealogy import holding

    asked = list(dict.fromkeys(epcs))
    known = walks.numbers(asked)
    as_of = at or walks.FOREVER
    roots = walks.contents(list(known.values()), as_of)
    items = [mark.node for mark in walks.sides(roots, 9, as_of)]
    return holding.reach(asked, known, [*roots, *items], at)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else min(one, other)


def _unknown(epc: str, direction: Any, at: datetime | None) -> Trace:
    found = Completeness(complete=False, known=0, closed=0, gaps=(Gap(epc, "never_seen", open=True),))
    return Trace((epc,), direction, at, (Node(epc, "item"),), (), (), found)


class _Work:
    """A trace in the making: numbers until the last, then names."""

    def __init__(self, at: datetime | None) -> None:
        self.at, self.as_of = at, at or walks.FOREVER
        self.kinds: dict[int, str] = {}
        self.edges: dict[tuple[Any, ...], None] = {}
        self.links: dict[tuple[int, int, datetime], Link] = {}
        self.carried: list[Carried] = []
        self.events: list[walks.Event] = []
        self.gaps: dict[tuple[int, str, bool, int | None], None] = {}
        self.closed = 0
        self.bulk: set[int] = set()

    def edges_of(self, used: Sequence[Mark], made: Sequence[Mark]) -> None:
        """What went into processes and what came out."""
        for kind, marks in (("used", used), ("made", made)):
            for mark in marks:
                ends = (mark.node, mark.other) if kind == "used" else (mark.other, mark.node)
                self.edges[kind, *ends, mark.time, None, (mark.event,), mark.quantity, mark.uom] = None
                self.kinds[mark.other] = "process"
                if mark.bulk:
                    self.bulk.add(mark.node)

    def batches(self, members: Sequence[Mark], made: set[int], nodes: set[int], roots: Sequence[int]) -> None:
        """Items and the batches they are of, where the way led through the batch or somebody asked for the item."""
        for mark in members:
            self.bulk.add(mark.other)
            if mark.other in nodes and (mark.node not in made or mark.node in roots):
                self.edges["batch", mark.node, mark.other, mark.time, None, (mark.event,), None, None] = None

    def inside(self, links: Sequence[Link]) -> None:
        """Containments the way led through."""
        for link in links:
            self.links[link.child, link.parent, link.since] = link
            if link.bulk:
                self.bulk.add(link.child)

    def goods(self, nodes: Sequence[int], sinces: Sequence[Any], untils: Sequence[Any]) -> None:
        """The nodes a trace is about, over the span in which they matter, with containers and events."""
        for node in nodes:
            self.kinds.setdefault(node, "item")
        if len(nodes) > MOST_WITH_EVENTS:
            return
        self.carried = walks.carried(nodes, sinces, untils, self.as_of)
        self.inside(
            walks.links(
                (one.child, one.node, one.began)
                for one in self.carried
                if one.child is not None and one.began is not None
            )
        )
        spans = list({(one.node, one.since, one.until) for one in self.carried})
        self.events = walks.events(
            [node for node, _, _ in spans],
            [since for _, since, _ in spans],
            [until for *_, until in spans],
            self.as_of,
        )

    def ends_back(self, nodes: set[int], made: set[int], processes: set[int], used: Sequence[Mark]) -> None:
        """Where the way back ends: at a birth, or open."""
        ends = nodes - made - {edge[1] for edge in self.edges if edge[0] == "batch"}
        born = walks.born(list(ends), self.as_of)
        self.closed = len(born)
        holds = {link.parent for link in self.links.values()}
        for node in sorted(ends - born):
            if node not in holds:
                self.gap(node, "no_origin", open=True)
        for process in sorted(processes - {mark.other for mark in used}):
            self.gap(process, "unknown_input", open=True)

    def ends_forward(self, processes: set[int], made: Sequence[Mark]) -> None:
        """Where the way forward ends: in a process nobody said the outcome of, or with the items as they are."""
        with_outcome = {mark.other for mark in made}
        self.closed = len({mark.node for mark in made})
        for process in sorted(processes - with_outcome):
            self.gap(process, "unknown_output", open=True)

    def gap(self, node: int, reason: str, *, open: bool, event: int | None = None) -> None:
        """Note something that isn't known."""
        self.gaps[node, reason, open, event] = None

    def trace(self, roots: Sequence[str], direction: Any, root: int) -> Trace:
        """The whole, in names."""
        for link in self.links.values():
            self.kinds.setdefault(link.parent, "container")
            self.kinds.setdefault(link.child, "container")
        self.kinds.setdefault(root, "container")
        told = walks.steps(
            {event for edge in self.edges for event in edge[5]}
            | {link.opened for link in self.links.values()}
        )
        words = {
            word
            for event in self.events
            for word in (event.step, event.disposition, event.read_point, event.location, event.source, event.destination)
            if word is not None
        }  # fmt: skip
        name = walks.names({*self.kinds, *words, *told.values()})
        gaps.remark(
            self.links.values(), self.carried, self.events, self.bulk & set(self.kinds), name, self.gap
        )
        return Trace(
            tuple(roots),
            direction,
            self.at,
            tuple(Node(name[id], self._kind(id)) for id in sorted(self.kinds)),
            tuple(self._edges(name, told)),
            tuple(self._happenings(name)),
            self._completeness(name),
        )

    def _kind(self, id: int) -> Any:
        kind = self.kinds[id]
        return "batch" if kind == "item" and id in self.bulk else kind

    def _edges(self, name: dict[int, str], told: dict[int, int]) -> Iterable[Edge]:
        kind: EdgeKind
        for kind, source, target, since, until, events, quantity, uom in self.edges:
            step = told.get(events[0])
            yield Edge(
                kind, name[source], name[target], since, until, events,
                name[step] if step is not None else None, quantity, uom,
            )  # fmt: skip
        for link in self.links.values():
            step = told.get(link.opened)
            until = None if self.at and link.until and link.until > self.at else link.until
            events = (link.opened,) if link.closed is None or until is None else (link.opened, link.closed)
            yield Edge(
                "inside", name[link.child], name[link.parent], link.since, until, events,
                name[step] if step is not None else None, link.quantity, link.uom,
            )  # fmt: skip

    def _happenings(self, name: dict[int, str]) -> Iterable[Happening]:
        spans: dict[int, list[Carried]] = defaultdict(list)
        for one in self.carried:
            spans[one.node].append(one)
        about: dict[int, set[int]] = defaultdict(set)
        through: dict[int, set[int]] = defaultdict(set)
        facts: dict[int, walks.Event] = {}
        for event in self.events:
            if event.void is not None:
                continue
            facts[event.id] = event
            for one in spans[event.node]:
                if (one.since is None or one.since <= event.time) and (
                    one.until is None or event.time <= one.until
                ):
                    about[event.id].add(one.root)
                    if one.child is not None:
                        through[event.id].add(event.node)
        said: dict[int | None, str | None] = {None: None}
        said.update((id, word) for id, word in name.items())
        for id, event in facts.items():
            yield Happening(
                id, event.time, said[event.step], said[event.disposition], said[event.read_point],
                said[event.location], said[event.source], said[event.destination],
                tuple(sorted(name[node] for node in about[id])),
                tuple(sorted(name[node] for node in through[id])),
            )  # fmt: skip

    def _completeness(self, name: dict[int, str]) -> Completeness:
        found = tuple(Gap(name[node], reason, open, event) for node, reason, open, event in self.gaps)  # type: ignore[arg-type]
        return Completeness(
            complete=not any(gap.open for gap in found),
            known=len(self.edges) + len(self.links),
            closed=self.closed,
            gaps=found,
        )
