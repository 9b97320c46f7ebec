"""What an answer doesn't know, beside open ends: beginnings nobody saw, moves without unpacking, missing receipts, corrections."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from xilin.apps.trace.genealogy.links import How
from xilin.apps.trace.genealogy.walks import Carried, Event, Link

SENT = ("shipping", "departing")
RECEIVED = ("receiving", "arriving", "accepting")
ON_THE_ROAD = ("transporting", "loading", "unloading", "sensor_reporting", "entering_exiting")
# What may lie between sending and the next sight elsewhere; anything else means that a receipt is missing.
UNDER_WAY = RECEIVED + ON_THE_ROAD


def remark(
    links: Iterable[Link],
    carried: Sequence[Carried],
    events: Sequence[Event],
    bulk: set[int],
    words: Mapping[int, str],
    gap: Callable[..., Any],
) -> None:
    """Note every gap that doesn't leave lineage open; `words` are the names of the events' steps."""
    for link in links:
        if link.seen:
            gap(link.child, "beginning_not_seen", open=False, event=link.opened)
        if link.how == How.MOVED:
            gap(link.child, "moved_unseen", open=False, event=link.closed)
    for node in sorted(bulk):
        gap(node, "quantity_only", open=False)
    for event in events:
        if event.void is not None:
            gap(event.node, "corrected", open=False, event=event.id)
    _not_received(carried, events, words, gap)


def _not_received(
    carried: Sequence[Carried], events: Sequence[Event], words: Mapping[int, str], gap: Callable[..., Any]
) -> None:
    """Goods that were sent, and next seen by something that is neither a receipt nor part of the way."""
    for root, found in seen(carried, events).items():
        sent: Event | None = None
        for event in sorted(found.values(), key=lambda one: (one.time, one.id)):
            step = words.get(event.step) if event.step is not None else None
            if step is None:
                continue
            elsewhere = event.location is None or sent is None or event.location != sent.location
            if sent is not None and elsewhere and step not in UNDER_WAY:
                gap(root, "not_received", open=False, event=sent.id)
            if step in SENT:
                sent = event
            elif step not in ON_THE_ROAD:
                sent = None


def seen(carried: Sequence[Carried], events: Sequence[Event]) -> dict[int, dict[int, Event]]:
    """For each good of a trace the events that saw it, itself or in a container, by number."""
    by_node: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.void is None:
            by_node[event.node].append(event)
    found: dict[int, dict[int, Event]] = defaultdict(dict)
    for one in carried:
        for event in by_node[one.node]:
            if (one.since is None or one.since <= event.time) and (
                one.until is None or event.time <= one.until
            ):
                found[one.root][event.id] = event
    return found
