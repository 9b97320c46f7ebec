"""What one who asks may see of a trace or a recall; what they may not see is named as missing, at the place where it begins."""

from typing import Any

import msgspec

from xilin.apps.trace.genealogy import queries, sharing
from xilin.apps.trace.genealogy.shapes import Completeness, Gap, Reach, Trace
from xilin.apps.trace.repository.errors import NoSuchName
from xilin.apps.trace.repository.finding import Viewer
from xilin.apps.trace.tracing.errors import TooLong

MOST_NODES = 100_000
MOST_OF_A_PARTY = 200
"""Roots of a recall that somebody asks for who doesn't see everything: what each leads to is cut to what they may see."""


def trace(name: str, direction: str, at: Any, viewer: Viewer, connection: Any) -> Trace:
    """A back or forward trace as the viewer may see it. NoSuchName where nothing of it is theirs to see, or there is nothing."""
    ask = queries.back if direction == "back" else queries.forward
    whole = ask(name, at=at)
    if any(gap.reason == "never_seen" for gap in whole.completeness.gaps):
        raise NoSuchName
    if len(whole.nodes) > MOST_NODES:
        raise TooLong(most=MOST_NODES)
    shared = sharing.shared(whole, viewer, connection=connection)
    if shared is None:
        raise NoSuchName
    return _marked(whole, shared.trace) if shared.withheld else shared.trace


def reach(names: list[str], at: Any, viewer: Viewer, connection: Any) -> Reach:
    """The reach of a recall as the viewer may see it. NoSuchName where nothing of it is theirs to see, or there is nothing."""
    whole = queries.recall(names, at=at)
    if not whole.affected:
        raise NoSuchName
    if viewer.sees_all:
        return whole
    if len(names) > MOST_OF_A_PARTY:
        raise TooLong(most=MOST_OF_A_PARTY)
    allowed: set[str] = set()
    events: set[int] = set()
    gaps: list[Gap] = []
    for name in names:
        ahead = queries.forward(name, at=at)
        shared = sharing.shared(ahead, viewer, connection=connection)
        if shared is None:
            gaps.append(Gap(name, "withheld", open=True))
            continue
        allowed |= shared.trace.goods()
        events |= shared.whole
        if shared.withheld:
            gaps += _marked(ahead, shared.trace).completeness.gaps
    held = tuple(
        msgspec.structs.replace(one, holder=one.holder if _told(one, events) else None)
        for one in whole.held
        if one.item in allowed
    )
    if not held:
        raise NoSuchName
    known = [gap for gap in whole.completeness.gaps if gap.node in allowed]
    found = tuple(dict.fromkeys([*known, *(gap for gap in gaps if gap.reason == "withheld")]))
    completeness = Completeness(not found, len(held), len(held), found)
    return Reach(whole.roots, whole.as_of, tuple(one.item for one in held), held, completeness)


def _told(one: Any, whole: set[int]) -> bool:
    """Whether the viewer may know who has an item: to whom something was sent is for those alone who may read the event."""
    return one.state != "on_the_way" or one.event in whole


def _marked(whole: Trace, seen: Trace) -> Trace:
    """A trace that was cut, with a gap at each node beyond which something is withheld."""
    kept = {node.id for node in seen.nodes}
    ends = {(edge.kind, edge.source, edge.target, edge.since) for edge in seen.edges}
    cut = {
        end
        for edge in whole.edges
        if (edge.kind, edge.source, edge.target, edge.since) not in ends
        for end in (edge.source, edge.target)
        if end in kept
    }
    gaps = tuple(Gap(node, "withheld", open=True) for node in sorted(cut or set(seen.roots)))
    completeness = msgspec.structs.replace(
        seen.completeness, complete=False, gaps=(*seen.completeness.gaps, *gaps)
    )
    return msgspec.structs.replace(seen, completeness=completeness)
