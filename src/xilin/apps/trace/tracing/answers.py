"""Traces and recalls as JSON: nodes, edges, events by their identifiers, and how complete the answer is."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from xilin.apps.trace.genealogy.arrays import array
from xilin.apps.trace.genealogy.shapes import Completeness, Held, Reach, Trace

# With the time that lineage knows partitions of other months aren't looked into.
_IDS = """
SELECT e.id, e.event_id FROM unnest(%s::bigint[]) n(id) JOIN trace_lineageevent l ON l.id = n.id
JOIN trace_event e ON e.id = l.id AND e.event_time = l.time
"""


# The same where the time is known: many thousand events of sales.
_IDS_AT = """
SELECT e.id, e.event_id FROM unnest(%s::bigint[], %s::timestamptz[]) n(id, at)
JOIN trace_event e ON e.id = n.id AND e.event_time = n.at
"""


class Item(Struct, frozen=True, omit_defaults=True):
    """One affected item: a recall has tens of thousands, which are written faster than dictionaries."""

    id: str
    state: str
    holder: str | None = None
    time: datetime | None = None
    container: str | None = None
    event_id: str | None = field(default=None, name="eventID")


def of_trace(trace: Trace, connection: Any) -> dict[str, Any]:
    """A back or forward trace."""
    ids = event_ids(
        {
            *(one.event for one in trace.events),
            *(event for edge in trace.edges for event in edge.events),
            *(gap.event for gap in trace.completeness.gaps if gap.event is not None),
        },
        connection,
    )
    return {
        "type": "Trace",
        "direction": trace.direction,
        "roots": trace.roots,
        "asOf": trace.as_of,
        "nodes": [{"id": node.id, "kind": node.kind} for node in trace.nodes],
        "edges": [
            _full(
                kind=edge.kind, source=edge.source, target=edge.target, since=edge.since, until=edge.until, step=edge.step,
                quantity=edge.quantity, uom=edge.uom, events=[ids.get(event, f"event:{event}") for event in edge.events],
            )
            for edge in trace.edges
        ],
        "events": [
            _full(
                eventID=ids.get(one.event, f"event:{one.event}"), time=one.time, step=one.step, disposition=one.disposition,
                readPoint=one.read_point, bizLocation=one.location, source=one.source, destination=one.destination,
                about=one.about, through=one.through or None,
            )
            for one in trace.events
        ],
        "completeness": _completeness(trace.completeness, ids),
    }  # fmt: skip


def of_reach(reach: Reach, items: Iterable[Held], connection: Any) -> dict[str, Any]:
    """A page of a recall: who has how many items in what state, and these items of it."""
    shown = list(items)
    ids = _ids_at(
        {one.event: one.time for one in shown if one.event is not None and one.time is not None}, connection
    )
    counts = Counter((one.holder or "", one.state) for one in reach.held)
    return {
        "type": "Recall",
        "roots": reach.roots,
        "asOf": reach.as_of,
        "count": len(reach.held),
        "holders": [
            _full(holder=holder or None, state=state, items=count)
            for (holder, state), count in sorted(counts.items(), key=lambda row: (-row[1], row[0]))
        ],
        "items": [
            Item(
                one.item, one.state, one.holder, one.time, one.container,
                None if one.event is None else ids.get(one.event) or f"event:{one.event}",
            )
            for one in shown
        ],
        "completeness": _completeness(reach.completeness, ids),
    }  # fmt: skip


def event_ids(numbers: Iterable[int], connection: Any) -> dict[int, str]:
    """The identifiers of events by number."""
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [array(numbers)])
        return dict(cursor.fetchall())


def _ids_at(times: Mapping[int, datetime], connection: Any) -> dict[int, str]:
    moments = "{" + ",".join(f'"{at.isoformat()}"' for at in times.values()) + "}"
    with connection.cursor() as cursor:
        cursor.execute(_IDS_AT, [array(times), moments])
        return dict(cursor.fetchall())


def _completeness(known: Completeness, ids: Mapping[int, str]) -> dict[str, Any]:
    return {
        "complete": known.complete,
        "known": known.known,
        "closed": known.closed,
        "gaps": [
            _full(
                node=gap.node, reason=gap.reason, open=gap.open,
                eventID=None if gap.event is None else ids.get(gap.event, f"event:{gap.event}"),
            )
            for gap in known.gaps
        ],
    }  # fmt: skip


def _full(**members: Any) -> dict[str, Any]:
    """An object without the members that have no value."""
    return {name: value for name, value in members.items() if value is not None}
