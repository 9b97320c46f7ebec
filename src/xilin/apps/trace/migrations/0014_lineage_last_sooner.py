"""Where many items are, looked up in containers only where they can have been seen later than the item itself."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION trace_last(items bigint[], as_of timestamptz)
RETURNS TABLE (item bigint, event bigint, seen_at timestamptz, step bigint, disposition bigint, place bigint,
               destination bigint, container bigint, used boolean)
LANGUAGE plpgsql STABLE SET jit = off SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH RECURSIVE own AS MATERIALIZED (
    SELECT i.item, x.event, x.time FROM unnest(items) i(item) LEFT JOIN LATERAL (
        SELECT y.time, y.event FROM (
            (SELECT s.time, s.event FROM trace_lineagesighting s JOIN trace_lineageevent v ON v.id = s.event
             WHERE s.node = i.item AND s.time <= as_of AND v.void IS NULL ORDER BY s.time DESC LIMIT 1)
            UNION ALL
            (SELECT m.time, m.event FROM trace_lineagemark m
             WHERE m.node = i.item AND m.time <= as_of AND m.role > 0 ORDER BY m.time DESC LIMIT 1)
        ) y ORDER BY y.time DESC, y.event DESC LIMIT 1
    ) x ON true
), chain(root, node, since, until, used, depth) AS (
    SELECT o.item, o.item, coalesce(o.time, '-infinity'), as_of, false, 0 FROM own o
    UNION ALL
    SELECT c.root, l.parent, greatest(l.since, c.since), least(l.until, c.until), c.used OR l.how = 0 AND l.until <= c.until,
           c.depth + 1
    FROM chain c CROSS JOIN LATERAL (
        SELECT l.parent, l.since, l.until, l.how FROM trace_lineagelink l
        WHERE l.child = c.node AND l.kind = 1 AND NOT l.bulk AND l.since <= c.until
        ORDER BY l.since DESC LIMIT 1
    ) l WHERE c.depth < 20 AND (l.until IS NULL OR l.until > c.since)
), place AS MATERIALIZED (
    SELECT DISTINCT node, until FROM chain WHERE depth > 0
), last AS MATERIALIZED (
    SELECT p.node, p.until, x.event, x.time FROM place p CROSS JOIN LATERAL (
        SELECT y.time, y.event FROM (
            (SELECT s.time, s.event FROM trace_lineagesighting s JOIN trace_lineageevent v ON v.id = s.event
             WHERE s.node = p.node AND s.time <= p.until AND v.void IS NULL ORDER BY s.time DESC LIMIT 1)
            UNION ALL
            (SELECT m.time, m.event FROM trace_lineagemark m
             WHERE m.node = p.node AND m.time <= p.until AND m.role > 0 ORDER BY m.time DESC LIMIT 1)
        ) y ORDER BY y.time DESC, y.event DESC LIMIT 1
    ) x
), best AS (
    SELECT DISTINCT ON (f.root) f.root, f.event, f.used, max(f.inside) OVER (PARTITION BY f.root) AS inside FROM (
        SELECT o.item AS root, o.event, o.time, false AS used, NULL::bigint AS inside FROM own o WHERE o.event IS NOT NULL
        UNION ALL
        SELECT c.root, l.event, l.time, c.used, CASE WHEN c.depth = 1 AND c.until = as_of THEN c.node END FROM chain c
        JOIN last l ON l.node = c.node AND l.until = c.until AND l.time >= c.since WHERE c.depth > 0
    ) f ORDER BY f.root, f.time DESC, f.event DESC, f.used DESC
)
SELECT b.root, e.id, e.time, e.step, e.disposition, coalesce(e.location, e.read_point), e.destination, b.inside, b.used
FROM best b JOIN trace_lineageevent e ON e.id = b.event;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION trace_last(items bigint[], as_of timestamptz)
RETURNS TABLE (item bigint, event bigint, seen_at timestamptz, step bigint, disposition bigint, place bigint,
               destination bigint, container bigint, used boolean)
LANGUAGE plpgsql STABLE SET jit = off SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH RECURSIVE chain(root, node, since, until, used, depth) AS (
    SELECT item, item, '-infinity'::timestamptz, as_of, false, 0 FROM unnest(items) item
    UNION ALL
    SELECT c.root, l.parent, greatest(l.since, c.since), least(l.until, c.until), c.used OR l.how = 0 AND l.until <= c.until,
           c.depth + 1
    FROM chain c CROSS JOIN LATERAL (
        SELECT l.parent, l.since, l.until, l.how FROM trace_lineagelink l
        WHERE l.child = c.node AND l.kind = 1 AND NOT l.bulk AND l.since <= c.until
        ORDER BY l.since DESC LIMIT 1
    ) l WHERE c.depth < 20 AND (l.until IS NULL OR l.until > c.since)
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
       max(CASE WHEN c.depth = 1 AND c.until = as_of THEN c.node END) OVER (PARTITION BY c.root), c.used
FROM chain c JOIN last l ON l.node = c.node AND l.until = c.until AND l.time >= c.since
ORDER BY c.root, l.time DESC, l.id DESC;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("trace", "0013_recalls")]
    operations = [migrations.RunSQL(FUNCTION, BEFORE)]
