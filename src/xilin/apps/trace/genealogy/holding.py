"""Who has what: the last place, state and container of each of many items."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.genealogy.shapes import Completeness, Gap, Held, Reach

# For each item: the containers it was in last, container in container, and the latest event that saw it or one of them meanwhile.
# The last event of a container by a time is looked up once, however many items are inside.
_LAST = """
WITH RECURSIVE chain(root, node, since, until, used, depth) AS (
    SELECT item, item, '-infinity'::timestamptz, %(at)s::timestamptz, false, 0 FROM unnest(%(items)s::bigint[]) item
    UNION ALL
    SELECT c.root, l.parent, greatest(l.since, c.since), least(l.until, c.until), c.used OR l.how = 0 AND l.until <= c.until,
           c.depth + 1
    FROM chain c CROSS JOIN LATERAL (
        SELECT l.parent, l.since, l.until, l.how FROM trace_lineagelink l
        WHERE l.child = c.node AND l.kind = 1 AND NOT l.bulk AND l.since <= c.until
        ORDER BY l.since DESC LIMIT 1
    ) l WHERE l.until IS NULL OR l.until > c.since
), place AS MATERIALIZED (
    SELECT DISTINCT node, until FROM chain
), last AS MATERIALIZED (
    SELECT p.node, p.until, e.id, e.time, e.step, e.disposition, coalesce(e.location, e.read_point) AS place, e.destination
    FROM place p CROSS JOIN LATERAL (
        SELECT x.event FROM (
            (SELECT s.time, s.event FROM trace_lineagesighting s JOIN trace_lineageevent v ON v.id = s.event
             WHERE s.node = p.node AND s.time <= p.until AND v.void IS NULL ORDER BY s.time DESC LIMIT 1)
            UNION ALL
            (SELECT m.time, m.event FROM trace_lineagemark m
             WHERE m.node = p.node AND m.time <= p.until AND m.role > 0 ORDER BY m.time DESC LIMIT 1)
        ) x ORDER BY x.time DESC, x.event DESC LIMIT 1
    ) y JOIN trace_lineageevent e ON e.id = y.event
)
SELECT DISTINCT ON (c.root) c.root, l.id, l.time, l.step, l.disposition, l.place, l.destination,
       max(CASE WHEN c.depth = 1 AND c.until = %(at)s::timestamptz THEN c.node END) OVER (PARTITION BY c.root), c.used
FROM chain c JOIN last l ON l.node = c.node AND l.until = c.until AND l.time >= c.since
ORDER BY c.root, l.time DESC, l.id DESC
"""
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
    gone = {node for (node,) in walks.rows(_USED, [list(items), as_of])}
    last = {row[0]: row[1:] for row in walks.rows(_LAST, {"items": list(items), "at": as_of})}  # type: ignore[arg-type]
    words = {word for row in last.values() for word in (*row[2:6], row[6]) if word is not None}
    name: dict[int | None, str | None] = {None: None}
    name.update(walks.names({*items, *words}))
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
        [goods, as_of, as_of],
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
