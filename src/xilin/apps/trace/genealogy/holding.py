"""Who has what: the last place, state and container of each of many items."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.genealogy.arrays import array
from xilin.apps.trace.genealogy.shapes import Completeness, Gap, Held, Reach

# For each item the latest event that saw it, or a container it was in then; `trace_last` is made by migration 0014.
_LAST = "SELECT * FROM trace_last(%s::bigint[], %s)"
_USED = """
SELECT DISTINCT m.node FROM unnest(%s::bigint[]) n(node) JOIN trace_lineagemark m ON m.node = n.node
AND m.role = 6 AND NOT m.bulk AND m.time <= %s
"""
SOLD = ("retail_selling", "dispensing")
SOLD_AS = ("retail_sold", "dispensed")
DESTROYED = ("destroying", "decommissioning")
DESTROYED_AS = ("destroyed", "disposed", "inactive")
SENT = ("shipping", "departing", "loading", "transporting")


def held(items: Sequence[int], at: datetime | None) -> list[Held]:
    """Where each item is as of a time, with its name."""
    as_of: Any = at or walks.FOREVER
    gone = {node for (node,) in walks.rows(_USED, [array(items), as_of])}
    last = {row[0]: row[1:] for row in walks.rows(_LAST, [array(items), as_of])}
    words = {word for row in last.values() for word in (*row[2:6], row[6]) if word is not None}
    name: dict[int | None, str | None] = {None: None}
    name.update((id, word) for id, word in walks.names({*items, *words}).items())
    return [_held(item, last.get(item), item in gone, name) for item in items]


def _held(item: int, last: Any, used: bool, name: dict[int | None, str | None]) -> Held:
    own = str(name[item])
    if last is None:
        return Held(own, "used" if used else "unseen", None, None, None, None)
    event, time, step, disposition, place, destination, container, used_inside = last
    word, state = name[step], name[disposition]
    if used or used_inside:
        return Held(own, "used", name[place], time, event, None)
    if word in DESTROYED or state in DESTROYED_AS:
        return Held(own, "destroyed", name[place], time, event, name[container])
    if word in SOLD or state in SOLD_AS:
        return Held(own, "sold", name[place], time, event, name[container])
    if word in SENT and destination is not None:
        return Held(own, "on_the_way", name[destination], time, event, name[container])
    return Held(own, "on_the_way" if word in SENT else "held", name[place], time, event, name[container])


def reach(asked: Sequence[str], known: dict[str, int], roots: Sequence[int], at: datetime | None) -> Reach:
    """All that anything of the roots is in, and where it is."""
    as_of: Any = at or walks.FOREVER
    states = walks.forward(roots, as_of)
    goods = list(dict.fromkeys(node for node, _, _, carrier in states if not carrier))
    found = held(goods, at)
    used = walks.rows(
        "SELECT DISTINCT m.other FROM unnest(%s::bigint[]) n(node) JOIN trace_lineagemark m ON m.node = n.node "
        "AND m.role = 6 AND m.time <= %s WHERE NOT EXISTS (SELECT FROM trace_lineagemark o WHERE o.other = m.other "
        "AND o.role = 7 AND o.time <= %s)",
        [array(goods), as_of, as_of],
    )
    name = walks.names(process for (process,) in used)
    gaps = [Gap(epc, "never_seen", open=True) for epc in asked if epc not in known]
    gaps += [Gap(name[process], "unknown_output", open=True) for (process,) in used]
    return Reach(
        tuple(asked),
        at,
        tuple(one.item for one in found),
        tuple(found),
        Completeness(complete=not gaps, known=len(states), closed=len(found), gaps=tuple(gaps)),
    )
