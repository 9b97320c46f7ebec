"""What was inside what, and since when: links worked out from the marks of a child and of its parents.

A link begins with the first ADD or OBSERVE of a child in a parent and ends with the first of: the child is taken out, the parent is
emptied, used up or gone, the child is used up or gone, or the child is put into (or seen in) another parent; ends strictly
after the beginning, so taking out and putting in at one moment is a new link. An association ends by its own
DELETE events only. A batch (a quantity) may lie in several parents at once: it leaves a parent when as much was taken
out as was put in. Nothing depends on the order in which events were captured: events of one moment
are ordered by their hashes.
"""

from collections.abc import Sequence
from enum import IntEnum

import psycopg


class How(IntEnum):
    """How a link ended; of several ends at one moment the first of these holds."""

    LASTS = -1
    CONTENT_USED = 0
    USED = 1
    REMOVED = 2
    EMPTIED = 3
    GONE = 4
    PARENT_GONE = 5
    MOVED = 6


# For every opening mark of the children the first end after it; openings with one end are one link.
_ITEMS = """
WITH opening AS MATERIALIZED (
    SELECT m.node AS child, m.other AS parent, CASE WHEN m.role < 10 THEN 1 ELSE 2 END AS kind,
           m.time, m.digest, m.event, m.role, m.quantity, m.uom
    FROM unnest(%(children)s::bigint[]) kid JOIN trace_lineagemark m ON m.node = kid
    WHERE m.role IN (1, 2, 11, 12) AND NOT m.bulk
), ended AS (
    SELECT o.*, e.time AS until, e.event AS closed, coalesce(e.how, -1) AS how
    FROM opening o LEFT JOIN LATERAL (
        SELECT x.* FROM (
            (SELECT m.time, m.event, m.digest, CASE m.role WHEN 6 THEN 1 WHEN 5 THEN 4 ELSE 2 END AS how
             FROM trace_lineagemark m
             WHERE m.node = o.child AND m.time > o.time AND NOT m.bulk
               AND ((o.kind = 1 AND (m.role IN (5, 6) OR m.role = 3 AND m.other = o.parent))
                    OR (o.kind = 2 AND m.role = 13 AND m.other = o.parent))
             ORDER BY m.time, how, m.digest LIMIT 1)
            UNION ALL
            (SELECT m.time, m.event, m.digest, 6
             FROM trace_lineagemark m
             WHERE o.kind = 1 AND m.node = o.child AND m.time >= o.time AND NOT m.bulk
               AND m.role IN (1, 2) AND m.other <> o.parent AND (m.time, m.digest) > (o.time, o.digest)
             ORDER BY m.time, m.digest LIMIT 1)
            UNION ALL
            (SELECT m.time, m.event, m.digest, CASE m.role WHEN 6 THEN 0 WHEN 5 THEN 5 ELSE 3 END AS how
             FROM trace_lineagemark m
             WHERE m.node = o.parent AND m.time > o.time AND NOT m.bulk
               AND (o.kind = 1 AND m.role IN (4, 5, 6) OR o.kind = 2 AND m.role = 14)
             ORDER BY m.time, how, m.digest LIMIT 1)
        ) x ORDER BY x.time, x.how, x.digest LIMIT 1
    ) e ON true
    WHERE e.time IS NULL OR e.time > o.time
)
INSERT INTO trace_lineagelink (child, parent, kind, since, until, opened, closed, how, seen, bulk, quantity, uom)
SELECT child, parent, kind, (array_agg(time ORDER BY time, digest))[1], until,
       (array_agg(event ORDER BY time, digest))[1], closed, how,
       (array_agg(role ORDER BY time, digest))[1] IN (2, 12), false,
       (array_agg(quantity ORDER BY time, digest))[1], (array_agg(uom ORDER BY time, digest))[1]
FROM ended
GROUP BY child, parent, kind, until, closed, how
"""

# Batches: the ends of a pair of batch and parent are the parent's own, takings-out without a quantity, and takings-out after
# which as much has left as came, counted in each unit since the last hard end.
_BATCHES = """
WITH own AS MATERIALIZED (
    SELECT m.node AS child, m.other AS parent, CASE WHEN m.role < 10 THEN 1 ELSE 2 END AS kind,
           m.time, m.digest, m.event, CASE WHEN m.role > 10 THEN m.role - 10 ELSE m.role END AS role,
           m.quantity, m.uom
    FROM unnest(%(children)s::bigint[]) kid JOIN trace_lineagemark m ON m.node = kid
    WHERE m.role IN (1, 2, 3, 11, 12, 13) AND m.bulk
), pair AS (
    SELECT DISTINCT child, parent, kind FROM own
), parents AS (
    SELECT p.child, p.parent, p.kind, m.time, m.digest, m.event,
           CASE m.role WHEN 6 THEN 0 WHEN 5 THEN 5 ELSE 3 END AS how
    FROM pair p JOIN trace_lineagemark m ON m.node = p.parent AND NOT m.bulk
    WHERE p.kind = 1 AND m.role IN (4, 5, 6) OR p.kind = 2 AND m.role = 14
), hard AS (
    SELECT child, parent, kind, time, digest, event, how FROM parents
    UNION ALL
    SELECT child, parent, kind, time, digest, event, 2 FROM own WHERE role = 3 AND quantity IS NULL
), balance AS (
    SELECT o.*, sum(CASE o.role WHEN 1 THEN coalesce(o.quantity, 0) WHEN 3 THEN -o.quantity ELSE 0 END) OVER (
               PARTITION BY o.child, o.parent, o.kind, coalesce(o.uom, ''), s.segment
               ORDER BY o.time, CASE o.role WHEN 3 THEN 0 ELSE 1 END, o.digest, o.event
               ROWS UNBOUNDED PRECEDING) AS held
    FROM own o CROSS JOIN LATERAL (
        SELECT count(DISTINCT h.time) AS segment FROM hard h
        WHERE (h.child, h.parent, h.kind) = (o.child, o.parent, o.kind)
          AND (h.time < o.time OR h.time = o.time AND o.role <> 3)
    ) s
), ends AS (
    SELECT child, parent, kind, time, digest, event, how FROM hard
    UNION ALL
    SELECT child, parent, kind, time, digest, event, 2 FROM balance
    WHERE role = 3 AND quantity IS NOT NULL AND held <= 1e-9
), ended AS (
    SELECT o.*, e.time AS until, e.event AS closed, coalesce(e.how, -1) AS how
    FROM own o LEFT JOIN LATERAL (
        SELECT x.time, x.event, x.how FROM ends x
        WHERE (x.child, x.parent, x.kind) = (o.child, o.parent, o.kind) AND x.time > o.time
        ORDER BY x.time, x.how, x.digest LIMIT 1
    ) e ON true
    WHERE o.role IN (1, 2)
)
INSERT INTO trace_lineagelink (child, parent, kind, since, until, opened, closed, how, seen, bulk, quantity, uom)
SELECT child, parent, kind, (array_agg(time ORDER BY time, digest))[1], until,
       (array_agg(event ORDER BY time, digest))[1], closed, how,
       (array_agg(role ORDER BY time, digest))[1] = 2, true,
       sum(quantity) FILTER (WHERE role = 1), (array_agg(uom ORDER BY time, digest))[1]
FROM ended
GROUP BY child, parent, kind, until, closed, how
"""


def work_out(connection: "psycopg.Connection", items: Sequence[int], batches: Sequence[int]) -> None:
    """Make the links of these children anew from the marks that hold; other children's stay."""
    for statement, children in ((_ITEMS, items), (_BATCHES, batches)):
        if children:
            numbers = "{" + ",".join(map(str, children)) + "}"
            connection.execute("DELETE FROM trace_lineagelink WHERE child = ANY(%s::bigint[])", [numbers])
            connection.execute(statement, {"children": numbers})
