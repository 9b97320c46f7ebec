"""Walks over the index of lineage, in time; `genealogy.walks` says what each of them gives."""

from django.db import migrations

# Every step of a walk is a look-up by index; plans over whole tables would be for other questions.
_SETTINGS = """
    SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
"""

FUNCTIONS = """
CREATE FUNCTION trace_back(roots bigint[], as_of timestamptz)
RETURNS TABLE (node bigint, until timestamptz, holds boolean)
LANGUAGE plpgsql STABLE SETTINGS AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH RECURSIVE reach(node, until, holds) AS (
    SELECT root, as_of, false FROM unnest(roots) root
    UNION
    SELECT s.node, s.until, s.holds FROM reach r CROSS JOIN LATERAL (
        SELECT i.node, i.time AS until, true AS holds
        FROM trace_lineagemark o JOIN trace_lineagemark i ON i.other = o.other AND i.role = 6 AND i.time <= as_of
        WHERE o.node = r.node AND o.role = 7 AND o.time <= r.until
        UNION ALL
        SELECT l.child, r.until, true
        FROM trace_lineagelink l
        WHERE r.holds AND l.parent = r.node AND l.kind = 1 AND l.since <= r.until
          AND (l.until IS NULL OR l.until > r.until OR l.until = r.until AND l.how = 0)
        UNION ALL
        SELECT m.other, as_of, false
        FROM trace_lineagemark m
        WHERE m.node = r.node AND m.role = 9 AND m.time <= as_of AND NOT EXISTS (
            SELECT FROM trace_lineagemark o WHERE o.node = r.node AND o.role = 7 AND o.time <= as_of)
    ) s
)
SELECT * FROM reach;
END $$;

CREATE FUNCTION trace_forward(roots bigint[], as_of timestamptz)
RETURNS TABLE (node bigint, since timestamptz, until timestamptz, carrier boolean)
LANGUAGE plpgsql STABLE SETTINGS AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH RECURSIVE reach(node, since, until, carrier) AS (
    SELECT root, '-infinity'::timestamptz, 'infinity'::timestamptz, false FROM unnest(roots) root
    UNION
    SELECT s.node, s.since, s.until, s.carrier FROM reach r CROSS JOIN LATERAL (
        SELECT o.node, o.time AS since, 'infinity'::timestamptz AS until, false AS carrier
        FROM trace_lineagemark i JOIN trace_lineagemark o ON o.other = i.other AND o.role = 7 AND o.time <= as_of
        WHERE i.node = r.node AND i.role = 6 AND i.time >= r.since AND i.time < r.until AND i.time <= as_of
        UNION ALL
        SELECT l.parent, greatest(l.since, r.since),
               least(l.until + CASE WHEN l.how = 0 THEN interval '1 microsecond' ELSE interval '0' END, r.until), true
        FROM trace_lineagelink l
        WHERE l.child = r.node AND l.kind = 1 AND l.since < r.until AND l.since <= as_of
          AND (l.until IS NULL OR l.until > r.since OR l.until = r.since AND l.how = 0)
        UNION ALL
        SELECT m.node, '-infinity'::timestamptz, 'infinity'::timestamptz, false
        FROM trace_lineagemark m
        WHERE NOT r.carrier AND m.other = r.node AND m.role = 9 AND m.time <= as_of AND NOT EXISTS (
            SELECT FROM trace_lineagemark o WHERE o.node = m.node AND o.role = 7 AND o.time <= as_of)
    ) s
)
SELECT * FROM reach;
END $$;

CREATE FUNCTION trace_carried(nodes bigint[], sinces timestamptz[], untils timestamptz[], as_of timestamptz)
RETURNS TABLE (root bigint, node bigint, since timestamptz, until timestamptz, child bigint, began timestamptz)
LANGUAGE plpgsql STABLE SETTINGS AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH RECURSIVE carried(root, node, since, until, child, began) AS (
    SELECT n, n, s, u, NULL::bigint, NULL::timestamptz FROM unnest(nodes, sinces, untils) given(n, s, u)
    UNION
    SELECT r.root, l.parent, greatest(l.since, r.since), least(l.until, r.until), l.child, l.since
    FROM carried r JOIN trace_lineagelink l ON l.child = r.node AND l.kind = 1
    WHERE l.since <= r.until AND l.since <= as_of AND (l.until IS NULL OR l.until > r.since)
)
SELECT * FROM carried;
END $$;

CREATE FUNCTION trace_contents(roots bigint[], as_of timestamptz)
RETURNS TABLE (node bigint)
LANGUAGE plpgsql STABLE SETTINGS AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH RECURSIVE inside(node) AS (
    SELECT unnest(roots)
    UNION
    SELECT l.child FROM inside r JOIN trace_lineagelink l ON l.parent = r.node AND l.kind = 1
    WHERE l.since <= as_of AND (l.until IS NULL OR l.until > as_of)
)
SELECT * FROM inside;
END $$;
""".replace("SETTINGS", _SETTINGS)

DROP = """
DROP FUNCTION trace_back; DROP FUNCTION trace_forward; DROP FUNCTION trace_carried; DROP FUNCTION trace_contents;
"""


class Migration(migrations.Migration):
    dependencies = [("trace", "0010_lineage")]
    operations = [migrations.RunSQL(FUNCTIONS, DROP)]
