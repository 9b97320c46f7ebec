"""Chains counted (链条统计): how many animals, carcasses, lots and packs there are, and for how many the way back to a household is whole.

All at once, set by set, in tables of the running transaction: a thing's chain is whole if everything that went into the process
it came from has a whole chain; a tagged animal has one. The same is true of what `queries.back` finds for a single pack.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from msgspec import Struct

from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.genealogy.arrays import array
from xilin.apps.trace.genealogy.declarations import Balance, NetWeight, Tags
from xilin.kernel.standards.queries import declared

ZONE = "Asia/Shanghai"
ROUNDS = 16
LOCATION = "urn:epcglobal:epcis:vtype:Location"
SOLD = ("retail_selling", "dispensing")
SHIPPED = ("shipping", "departing")


class Counted(Struct, frozen=True):
    """One figure: of a month (its first day) and a banner (six digits), "" where it is of none."""

    measure: str
    month: date
    area: str
    value: float


# Where places are, as master data says; the newest word stands.
_PLACES = """
CREATE TEMP TABLE xc_place ON COMMIT DROP AS
SELECT DISTINCT ON (n.id) n.id AS place, left(x.one ->> 'attribute', 6) AS area
FROM trace_masterdata d CROSS JOIN LATERAL jsonb_array_elements(d.attributes) x(one)
JOIN unnest(%(ids)s::bigint[], %(uris)s::text[]) n(id, uri) ON n.uri = d.uri
WHERE d.kind = %(kind)s AND x.one ->> 'id' ~ '(^|[:#/])area$' ORDER BY n.id, d.at DESC
"""
_URIS = "SELECT DISTINCT uri FROM trace_masterdata WHERE kind = %s"
# Animals somebody tagged: where first, when, and which banner that is: of the place, else of the digits of the tag.
_TAGGED = """
CREATE TEMP TABLE xc_tag ON COMMIT DROP AS
SELECT DISTINCT ON (m.node) m.node, coalesce(e.location, e.read_point) AS place,
    date_trunc('month', e.time AT TIME ZONE %(zone)s)::date AS month,
    coalesce(p.area, substring(n.name FROM length(n.name) - 13 FOR 6)) AS area
FROM trace_lineagemark m JOIN trace_lineageevent e ON e.id = m.event JOIN trace_lineagename n ON n.id = m.node
LEFT JOIN xc_place p ON p.place = coalesce(e.location, e.read_point)
WHERE m.role = 8 AND NOT m.bulk AND EXISTS (SELECT FROM unnest(%(prefixes)s::text[]) t(prefix) WHERE starts_with(n.name, t.prefix))
ORDER BY m.node, e.time
"""
# Both sides of every process; a container that went in stands for what was in it then. An item of a batch that came out of no process
# came out of its batch.
_SIDES = (
    """
CREATE TEMP TABLE xc_output ON COMMIT DROP AS
SELECT DISTINCT m.other AS process, m.node FROM trace_lineagemark m WHERE m.role = 7
""",
    "CREATE INDEX ON xc_output (node)",
    "ANALYZE xc_output",
    """
CREATE TEMP TABLE xc_input ON COMMIT DROP AS
WITH side AS MATERIALIZED (
    SELECT DISTINCT m.other AS process, m.node, m.time, m.bulk FROM trace_lineagemark m WHERE m.role = 6
), inside AS MATERIALIZED (
    SELECT s.process, s.node, l.child FROM side s JOIN trace_lineagelink l ON l.parent = s.node AND l.kind = 1 AND NOT s.bulk
    AND l.since <= s.time AND (l.until IS NULL OR l.until > s.time OR l.until = s.time AND l.how = 0)
)
SELECT process, child AS node FROM inside
UNION
SELECT s.process, s.node FROM side s
WHERE NOT EXISTS (SELECT FROM inside i WHERE i.process = s.process AND i.node = s.node)
UNION
SELECT m.other, m.other FROM trace_lineagemark m WHERE m.role = 9
AND NOT EXISTS (SELECT FROM xc_output o WHERE o.node = m.node)
""",
    """
CREATE TEMP TABLE xc_process ON COMMIT DROP AS
SELECT m.other AS process, (array_agg(e.step ORDER BY e.time, e.id))[1] AS step,
    date_trunc('month', min(e.time) AT TIME ZONE 'Asia/Shanghai')::date AS month
FROM trace_lineagemark m JOIN trace_lineageevent e ON e.id = m.event WHERE m.role IN (6, 7) GROUP BY m.other
""",
    """
INSERT INTO xc_process
SELECT m.other, NULL, date_trunc('month', min(m.time) AT TIME ZONE 'Asia/Shanghai')::date
FROM trace_lineagemark m WHERE m.role = 9 AND NOT EXISTS (SELECT FROM xc_output o WHERE o.node = m.node) GROUP BY m.other
""",
    """
INSERT INTO xc_output SELECT DISTINCT m.other, m.node FROM trace_lineagemark m WHERE m.role = 9
AND NOT EXISTS (SELECT FROM xc_output o WHERE o.node = m.node)
""",
    "CREATE INDEX ON xc_input (node)",
    "CREATE INDEX ON xc_input (process)",
    "ANALYZE xc_input",
    "CREATE TEMP TABLE xc_node (node bigint PRIMARY KEY, whole boolean, banners bigint) ON COMMIT DROP",
    "CREATE TEMP TABLE xc_news (node bigint) ON COMMIT DROP",
    # Processes that something came out of which came out of another too: whether it is whole depends on all of them.
    """
CREATE TEMP TABLE xc_twin ON COMMIT DROP AS SELECT DISTINCT o.process FROM xc_output o
JOIN (SELECT node FROM xc_output GROUP BY node HAVING count(*) > 1) t ON t.node = o.node
""",
    "ANALYZE xc_process",
)
_BEGIN = """
INSERT INTO xc_node SELECT t.node, true, coalesce(1::bigint << b.bit::int, 0)
FROM xc_tag t LEFT JOIN unnest(%(areas)s::text[]) WITH ORDINALITY b(area, bit) ON b.area = t.area
"""
_ROUND = """
WITH news AS (DELETE FROM xc_news RETURNING node), touched AS MATERIALIZED (
    SELECT i.process FROM news JOIN xc_input i ON i.node = news.node UNION SELECT process FROM xc_twin
), known AS MATERIALIZED (
    SELECT t.process, bool_and(coalesce(n.whole, false)) AS whole, bit_or(coalesce(n.banners, 0)) AS banners
    FROM touched t LEFT JOIN xc_input i ON i.process = t.process LEFT JOIN xc_node n ON n.node = i.node GROUP BY t.process
), came AS (
    SELECT o.node, bool_and(k.whole) AS whole, bit_or(k.banners) AS banners FROM xc_output o JOIN known k ON k.process = o.process
    GROUP BY o.node
), changed AS (
    INSERT INTO xc_node AS t SELECT node, whole, banners FROM came WHERE whole OR banners <> 0
    ON CONFLICT (node) DO UPDATE SET whole = excluded.whole, banners = excluded.banners
    WHERE (t.whole, t.banners) IS DISTINCT FROM (excluded.whole, excluded.banners)
        AND NOT EXISTS (SELECT FROM xc_tag g WHERE g.node = t.node)
    RETURNING node
)
INSERT INTO xc_news SELECT node FROM changed
"""
_PACKS = """
CREATE TEMP TABLE xc_pack ON COMMIT DROP AS
SELECT o.node, min(p.month) AS month, coalesce(bool_and(w.whole), false) AS whole, coalesce(bit_or(w.banners), 0) AS banners
FROM xc_output o JOIN trace_lineagename n ON n.id = o.node LEFT JOIN xc_process p ON p.process = o.process
LEFT JOIN xc_node w ON w.node = o.node
WHERE starts_with(n.name, 'https://id.gs1.org/01/') AND substr(n.name, 23, 14) = ANY(%(gtins)s::text[]) AND strpos(n.name, '/21/') > 0
GROUP BY o.node
"""
_FIGURES = """
SELECT 'households', month, area, count(*)::float8 FROM (
    SELECT place, min(month) AS month, min(area) AS area FROM xc_tag WHERE place IS NOT NULL GROUP BY place) h GROUP BY month, area
UNION ALL
SELECT 'lambs_tagged', month, area, count(*) FROM xc_tag GROUP BY month, area
UNION ALL
SELECT 'lambs_sold', s.month, coalesce(t.area, ''), count(*) FROM (
    SELECT x.node, date_trunc('month', min(x.time) AT TIME ZONE %(zone)s)::date AS month FROM (
        SELECT m.node, m.time FROM trace_lineageevent e JOIN trace_lineagemark m ON m.event = e.id AND m.role > 0 AND NOT m.bulk
        WHERE e.step = ANY(%(leaving)s::bigint[]) AND e.void IS NULL
        UNION ALL
        SELECT g.node, g.time FROM trace_lineageevent e JOIN trace_lineagesighting g ON g.event = e.id AND g.time = e.time
        WHERE e.step = ANY(%(leaving)s::bigint[]) AND e.void IS NULL
    ) x JOIN trace_lineagename n ON n.id = x.node
    WHERE EXISTS (SELECT FROM unnest(%(prefixes)s::text[]) p(prefix) WHERE starts_with(n.name, p.prefix)) GROUP BY x.node
) s LEFT JOIN xc_tag t ON t.node = s.node GROUP BY s.month, coalesce(t.area, '')
UNION ALL
SELECT 'lambs_slaughtered', s.month, coalesce(t.area, ''), count(*) FROM (
    SELECT i.node, min(p.month) AS month FROM xc_input i JOIN xc_process p ON p.process = i.process
    WHERE p.step = ANY(%(slaughter)s::bigint[]) GROUP BY i.node
) s LEFT JOIN xc_tag t ON t.node = s.node GROUP BY s.month, coalesce(t.area, '')
UNION ALL
SELECT c.measure, c.month, coalesce(b.area, ''), count(*) FROM (
    SELECT o.node, p.month, coalesce(n.whole, false) AS whole, coalesce(n.banners, 0) AS banners
    FROM xc_output o JOIN xc_process p ON p.process = o.process AND p.step = ANY(%(slaughter)s::bigint[])
    LEFT JOIN xc_node n ON n.node = o.node
) k CROSS JOIN LATERAL (VALUES ('carcasses', k.month, true), ('carcasses_traced', k.month, k.whole)) c(measure, month, counts)
LEFT JOIN unnest(%(areas)s::text[]) WITH ORDINALITY b(area, bit) ON k.banners = 1::bigint << b.bit::int
WHERE c.counts GROUP BY c.measure, c.month, coalesce(b.area, '')
UNION ALL
SELECT c.measure, l.month, '', count(*) FROM (
    SELECT p.process, p.month, coalesce((
        SELECT bool_and(coalesce(n.whole, false)) FROM xc_input i LEFT JOIN xc_node n ON n.node = i.node WHERE i.process = p.process
    ), false) AS whole FROM xc_process p WHERE p.step = ANY(%(steps)s::bigint[])
) l CROSS JOIN LATERAL (VALUES ('lots', true), ('lots_traced', l.whole)) c(measure, counts) WHERE c.counts GROUP BY c.measure, l.month
UNION ALL
SELECT c.measure, k.month, '', count(*) FROM xc_pack k
CROSS JOIN LATERAL (VALUES ('packs', true), ('packs_traced', k.whole)) c(measure, counts)
WHERE c.counts AND k.month IS NOT NULL GROUP BY c.measure, k.month
UNION ALL
SELECT 'packs_with', k.month, b.area, count(*) FROM xc_pack k
JOIN unnest(%(areas)s::text[]) WITH ORDINALITY b(area, bit) ON k.banners & (1::bigint << b.bit::int) <> 0
WHERE k.month IS NOT NULL GROUP BY k.month, b.area
UNION ALL
SELECT 'packs_sold', s.month, coalesce(p.area, ''), count(*) FROM (
    SELECT DISTINCT ON (m.node) m.node, coalesce(e.location, e.read_point) AS place,
        date_trunc('month', e.time AT TIME ZONE %(zone)s)::date AS month
    FROM xc_pack k JOIN trace_lineagemark m ON m.node = k.node AND m.role = 5
    JOIN trace_lineageevent e ON e.id = m.event AND e.step = ANY(%(sold)s::bigint[])
    ORDER BY m.node, e.time
) s LEFT JOIN xc_place p ON p.place = s.place GROUP BY s.month, coalesce(p.area, '')
UNION ALL
SELECT 'shops', min(s.month), s.area, count(*) FROM (
    SELECT coalesce(e.location, e.read_point) AS place, coalesce(min(p.area), '') AS area,
        date_trunc('month', min(e.time) AT TIME ZONE %(zone)s)::date AS month
    FROM trace_lineageevent e LEFT JOIN xc_place p ON p.place = coalesce(e.location, e.read_point)
    WHERE e.step = ANY(%(sold)s::bigint[]) AND e.void IS NULL GROUP BY coalesce(e.location, e.read_point)
) s GROUP BY s.area, s.month
UNION ALL
SELECT 'shipments', s.month, coalesce(p.area, ''), count(*) FROM (
    SELECT coalesce(e.location, e.read_point) AS place, date_trunc('month', e.time AT TIME ZONE %(zone)s)::date AS month
    FROM trace_lineageevent e WHERE e.step = ANY(%(shipped)s::bigint[]) AND e.void IS NULL
) s LEFT JOIN xc_place p ON p.place = s.place GROUP BY s.month, coalesce(p.area, '')
"""
# Packs whose way back isn't whole, the newest first.
_OPEN = """
SELECT n.name, p.month FROM xc_pack p JOIN trace_lineagename n ON n.id = p.node
WHERE NOT p.whole ORDER BY p.month DESC NULLS LAST, n.name LIMIT %(most)s
"""


class Chains(Struct, frozen=True):
    """All figures of chains, and the newest packs whose way back isn't whole, with the month they were made in."""

    figures: tuple[Counted, ...]
    open: tuple[tuple[str, date | None], ...]


@transaction.atomic
def chains(areas: Sequence[str], gtins: Sequence[str], *, most_open: int = 0) -> Chains:
    """Count everything.

    Args:
        areas: banners of the league, six digits each; at most 62.
        gtins: of products whose items are packs, besides those with a declared net weight.
        most_open: how many packs without a whole chain are to be named.
    """
    tags: list[Tags] = list(declared("trace_tags").values())
    balances: list[Balance] = list(declared("trace_balance").values())
    nets: list[NetWeight] = list(declared("trace_net_weight").values())
    known: dict[str, Any] = {
        "zone": ZONE,
        "prefixes": [one.prefix for one in tags],
        "areas": list(areas),
        "gtins": sorted({one.gtin for one in nets} | set(gtins)),
        "leaving": _steps(step for one in tags for step in one.leaving),
        "slaughter": _steps(step for one in tags for step in one.slaughter),
        "steps": _steps(one.step for one in balances),
        "sold": _steps(SOLD),
        "shipped": _steps(SHIPPED),
        "most": most_open,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        _places(cursor)
        cursor.execute(_TAGGED, known)
        cursor.execute("CREATE UNIQUE INDEX ON xc_tag (node)")
        for statement in _SIDES:
            cursor.execute(statement)
        cursor.execute(_BEGIN, known)
        cursor.execute("INSERT INTO xc_news SELECT node FROM xc_node")
        _rounds(cursor)
        cursor.execute(_PACKS, known)
        cursor.execute(_FIGURES, known)
        figures = _within(cursor.fetchall(), frozenset(areas))
        cursor.execute(_OPEN, known)
        open_ = tuple((name, month) for name, month in cursor.fetchall())
        for table in ("place", "tag", "output", "input", "process", "node", "news", "twin", "pack"):
            cursor.execute(f"DROP TABLE xc_{table}")
    return Chains(figures, open_)


def _places(cursor: Any) -> None:
    cursor.execute(_URIS, [LOCATION])
    known = walks.numbers(uri for (uri,) in cursor.fetchall())
    cursor.execute(_PLACES, {"kind": LOCATION, "ids": array(known.values()), "uris": list(known)})


def _rounds(cursor: Any) -> None:
    """Go from animals to what is made of them until nothing changes; a chain is a few processes long."""
    for _ in range(ROUNDS):
        cursor.execute("ANALYZE xc_node, xc_news")
        cursor.execute(_ROUND)
        if cursor.rowcount == 0:
            return


def _steps(words: Any) -> str:
    return array(walks.numbers(words).values())


def _within(rows: Sequence[tuple[str, date, str, float]], areas: frozenset[str]) -> tuple[Counted, ...]:
    """Figures of banners of the league, all others together under no area."""
    found: dict[tuple[str, date, str], float] = {}
    for measure, month, area, value in rows:
        key = (measure, month, area if area in areas else "")
        found[key] = found.get(key, 0) + value
    return tuple(Counted(*key, value) for key, value in sorted(found.items()))


def total(figures: Sequence[Counted], measure: str) -> float:
    """A measure over all months and banners."""
    return sum(one.value for one in figures if one.measure == measure)


def by_area(figures: Sequence[Counted], measure: str) -> Mapping[str, float]:
    """A measure over all months, by banner."""
    found: dict[str, float] = {}
    for one in figures:
        if one.measure == measure:
            found[one.area] = found.get(one.area, 0) + one.value
    return found
