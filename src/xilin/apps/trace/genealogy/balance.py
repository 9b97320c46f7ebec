"""Balances of mass and herders' quotas (物料平衡、配额): what came out against what went in, what was sold against what was tagged.

An item weighs what a scale said last, else what a pack of its product weighs; a container that went into a process weighs what was
in it then. Where anything of a side has no weight, that side is a lower bound and says so: too much may still be found, too little
can't be.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from msgspec import Struct, structs, to_builtins

from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.genealogy.arrays import array
from xilin.apps.trace.genealogy.declarations import Balance, NetWeight, Tags
from xilin.apps.trace.models import HouseholdYear, LineageAlert, ProcessMass
from xilin.apps.trace.repository.units import UNITS
from xilin.kernel.standards.queries import declared

FACTORS = {code: float(unit.factor) for code, unit in UNITS.items() if unit.dimension == "mass"}


class Mass(Struct, frozen=True):
    """What went into a process and what came out, in kilograms; `unweighed_*` counts things without a known weight."""

    process: str
    place: str
    time: datetime
    step: str
    kg_in: float
    kg_out: float
    unweighed_in: int
    unweighed_out: int
    least: float
    most: float

    @property
    def share(self) -> float | None:
        """What came out of what went in; None where nothing with a weight went in."""
        return self.kg_out / self.kg_in if self.kg_in else None

    @property
    def broken(self) -> bool:
        """Whether more came out than can have, or less than should, as far as everything that decides it was weighed."""
        if not self.kg_in or self.unweighed_in:
            return False
        too_much = self.kg_out > self.kg_in * self.most
        too_little = not self.unweighed_out and self.kg_out < self.kg_in * self.least
        return too_much or too_little


# Both sides of every process whose events have one of the steps; each object with its weight as of the moment.
_OF_STEPS = """
WITH process AS MATERIALIZED (
    SELECT DISTINCT m.other AS process, e.step FROM trace_lineageevent e
    JOIN trace_lineagemark m ON m.event = e.id AND m.role IN (6, 7)
    WHERE e.kind = 4 AND e.void IS NULL AND e.step = ANY(%(steps)s::bigint[]) AND e.time >= %(since)s AND e.time < %(until)s
"""
_ONE = """
WITH process AS MATERIALIZED (SELECT %(process)s::bigint AS process, NULL::bigint AS step
"""
_WEIGHED = """), side AS MATERIALIZED (
    SELECT p.process, p.step, m.role, m.node, m.event, m.time, m.bulk, m.quantity, m.uom
    FROM process p JOIN trace_lineagemark m ON m.other = p.process AND m.role IN (6, 7) AND m.bulk
    UNION ALL
    -- An item that is named twice is there once; a container may have gone in again at another time.
    SELECT * FROM (
        SELECT DISTINCT ON (p.process, m.role, m.node, CASE WHEN m.role = 6 THEN m.time END)
            p.process, p.step, m.role, m.node, m.event, m.time, m.bulk, m.quantity, m.uom
        FROM process p JOIN trace_lineagemark m ON m.other = p.process AND m.role IN (6, 7) AND NOT m.bulk
        ORDER BY p.process, m.role, m.node, CASE WHEN m.role = 6 THEN m.time END, m.event
    ) one
), part AS (
    SELECT s.process, s.step, s.role, s.time, s.event, s.node, s.bulk, s.quantity, s.uom, 1 AS one FROM side s
    WHERE s.bulk OR s.role = 7 OR NOT EXISTS (SELECT FROM trace_lineagelink l WHERE l.parent = s.node AND l.kind = 1
        AND l.since <= s.time AND (l.until IS NULL OR l.until > s.time OR l.until = s.time AND l.how = 0))
    UNION ALL
    SELECT s.process, s.step, s.role, s.time, s.event, l.child, l.bulk, l.quantity, l.uom, 1
    FROM side s JOIN trace_lineagelink l ON l.parent = s.node AND l.kind = 1
        AND l.since <= s.time AND (l.until IS NULL OR l.until > s.time OR l.until = s.time AND l.how = 0)
    WHERE s.role = 6 AND NOT s.bulk
), weighed AS (
    SELECT p.*, CASE
        WHEN p.bulk THEN p.quantity * coalesce(f.kg, CASE WHEN p.uom IS NULL OR p.uom IN ('EA', 'H87') THEN w.kg END)
        ELSE coalesce(own.quantity * coalesce(g.kg, 1), w.kg) END AS kg
    FROM part p
    LEFT JOIN unnest(%(units)s::text[], %(factors)s::float8[]) f(uom, kg) ON f.uom = p.uom AND p.bulk
    LEFT JOIN trace_lineagename n ON n.id = p.node
    -- A product's name is cut by its length: a pattern takes longer than all else here.
    LEFT JOIN unnest(%(gtins)s::text[], %(nets)s::float8[]) w(gtin, kg)
        ON starts_with(n.name, 'https://id.gs1.org/01/') AND w.gtin = substr(n.name, 23, 14) AND substr(n.name, 37, 1) IN ('', '/')
    LEFT JOIN LATERAL (
        SELECT m.quantity, m.uom FROM trace_lineagemark m
        WHERE m.node = p.node AND m.role = 15 AND m.time <= p.time ORDER BY m.time DESC LIMIT 1
    ) own ON NOT p.bulk
    LEFT JOIN unnest(%(units)s::text[], %(factors)s::float8[]) g(uom, kg) ON g.uom = own.uom
)
"""
_SUMS = """
SELECT s.process, s.step, s.time, coalesce(e.location, e.read_point), s.kg_in, s.kg_out, s.unweighed_in, s.unweighed_out FROM (
    SELECT w.process, w.step, max(w.time) AS time, (array_agg(w.event ORDER BY w.time DESC))[1] AS event,
           coalesce(sum(w.kg) FILTER (WHERE w.role = 6), 0) AS kg_in, coalesce(sum(w.kg) FILTER (WHERE w.role = 7), 0) AS kg_out,
           count(*) FILTER (WHERE w.role = 6 AND w.kg IS NULL) AS unweighed_in,
           count(*) FILTER (WHERE w.role = 7 AND w.kg IS NULL) AS unweighed_out
    FROM weighed w GROUP BY w.process, w.step
) s JOIN trace_lineageevent e ON e.id = s.event ORDER BY s.process
"""
_THINGS = """
SELECT w.role, CASE WHEN starts_with(n.name, 'https://id.gs1.org/01/') AND substr(n.name, 37, 4) = '/21/' THEN left(n.name, 36) ELSE n.name END, count(*), sum(w.kg), count(*) FILTER (WHERE w.kg IS NULL)
FROM weighed w JOIN trace_lineagename n ON n.id = w.node GROUP BY 1, 2 ORDER BY 1, 4 DESC NULLS LAST, 2 LIMIT 400
"""


def masses(*, since: datetime, until: datetime) -> list[Mass]:
    """The balance of every process in a span whose step has a declared tolerance."""
    tolerances: dict[str, Balance] = {one.step: one for one in declared("trace_balance").values()}
    steps = walks.numbers(tolerances)
    if not steps:
        return []
    found = walks.rows(
        _OF_STEPS + _WEIGHED + _SUMS,
        {"steps": array(steps.values()), "since": since, "until": until} | _weights(),
    )
    name = walks.names(
        {row[0] for row in found} | {row[1] for row in found} | {row[3] for row in found if row[3]}
    )
    return [
        Mass(
            name[process], name.get(place, ""), time, name[step], round(kg_in, 3), round(kg_out, 3),
            unweighed_in, unweighed_out, tolerances[name[step]].least, tolerances[name[step]].most,
        )
        for process, step, time, place, kg_in, kg_out, unweighed_in, unweighed_out in found
    ]  # fmt: skip


def _weights() -> dict[str, Any]:
    """What units and packs weigh, as parameters."""
    nets: list[NetWeight] = list(declared("trace_net_weight").values())
    return {
        "units": list(FACTORS),
        "factors": list(FACTORS.values()),
        "gtins": [one.gtin for one in nets],
        "nets": [float(one.kg) for one in nets],
    }


class Part(Struct, frozen=True):
    """Things of one kind on one side of a process: animals, batches and items of no product each, packs of a product together."""

    goes_in: bool
    name: str
    count: int
    kg: float | None
    unweighed: int

    @property
    def label(self) -> str:
        """The name without what all names have: product, or product and batch."""
        return self.name.removeprefix("https://id.gs1.org/01/").replace("/10/", " · ")


def parts(process: str) -> list[Part]:
    """What went into a process and came out of it, the heaviest first."""
    number = -int(process[6:]) if process.startswith("event:") else walks.numbers([process]).get(process)
    if number is None:
        return []
    rows = walks.rows(_ONE + _WEIGHED + _THINGS, {"process": number} | _weights())
    return [Part(role == 6, name, count, kg, unweighed) for role, name, count, kg, unweighed in rows]


class Quota(Struct, frozen=True):
    """Animals of one household in one year: tagged there, and sold (left it), of these without a tag of this household."""

    place: str
    year: int
    tagged: int
    sold: int
    untagged: int

    @property
    def broken(self) -> bool:
        """Whether more were sold than tagged, or some that nobody tagged there."""
        return self.untagged > 0 or self.sold > self.tagged


_QUOTA = """
WITH tagged AS MATERIALIZED (
    SELECT DISTINCT coalesce(e.location, e.read_point) AS place, m.node, extract(year FROM e.time + interval '8 hours') AS year
    FROM trace_lineagemark m JOIN trace_lineageevent e ON e.id = m.event JOIN trace_lineagename n ON n.id = m.node
    WHERE m.role = 8 AND NOT m.bulk AND starts_with(n.name, %(prefix)s)
), leaving AS MATERIALIZED (
    SELECT e.id, coalesce(e.location, e.read_point) AS place FROM trace_lineageevent e
    WHERE e.step = ANY(%(steps)s::bigint[]) AND e.void IS NULL AND e.time >= %(since)s AND e.time < %(until)s
      AND coalesce(e.location, e.read_point) IN (SELECT place FROM tagged)
), sold AS MATERIALIZED (
    SELECT DISTINCT l.place, m.node FROM leaving l JOIN trace_lineagemark m ON m.event = l.id AND m.role > 0 AND NOT m.bulk
    JOIN trace_lineagename n ON n.id = m.node WHERE starts_with(n.name, %(prefix)s)
    UNION
    SELECT l.place, s.node FROM leaving l JOIN trace_lineageevent e ON e.id = l.id
    JOIN trace_lineagesighting s ON s.event = l.id AND s.time = e.time
    JOIN trace_lineagename n ON n.id = s.node WHERE starts_with(n.name, %(prefix)s)
), heads AS (
    SELECT l.place, sum(m.quantity) AS heads FROM leaving l JOIN trace_lineagemark m ON m.event = l.id AND m.bulk
    AND m.role = 10 AND coalesce(m.uom, 'H87') IN ('H87', 'EA') GROUP BY l.place
)
SELECT t.place, count(*) FILTER (WHERE t.year = %(year)s), coalesce(max(s.sold), 0) + coalesce(max(h.heads), 0),
       coalesce(max(s.untagged), 0)
FROM tagged t
LEFT JOIN (SELECT s.place, count(*) AS sold, count(*) FILTER (WHERE NOT EXISTS (
        SELECT FROM tagged o WHERE o.place = s.place AND o.node = s.node)) AS untagged
    FROM sold s GROUP BY s.place) s ON s.place = t.place
LEFT JOIN heads h ON h.place = t.place
GROUP BY t.place ORDER BY t.place
"""


def quotas(year: int) -> list[Quota]:
    """Every household that tagged animals, with what it tagged and sold in a year."""
    found: list[Quota] = []
    known: list[Tags] = list(declared("trace_tags").values())
    for tags in known:
        rows = walks.rows(
            _QUOTA,
            {
                "prefix": tags.prefix,
                "steps": array(walks.numbers(tags.leaving).values()),
                "year": year,
                "since": datetime(year, 1, 1, tzinfo=UTC),
                "until": datetime(year + 1, 1, 1, tzinfo=UTC),
            },
        )
        name = walks.names({row[0] for row in rows if row[0]})
        found += [
            Quota(name.get(place, ""), year, tagged, int(sold), untagged)
            for place, tagged, sold, untagged in rows
        ]
    return found


class Leaving(Struct, frozen=True):
    """An animal that left a household: when, by which step, which event says so, to whom, and whether it was tagged there."""

    animal: str
    time: datetime
    step: str
    event: int
    destination: str
    own: bool


_LEAVINGS = """
WITH leaving AS MATERIALIZED (
    SELECT e.id, e.time, e.step, e.destination FROM trace_lineageevent e
    WHERE e.step = ANY(%(steps)s::bigint[]) AND e.void IS NULL AND e.time >= %(since)s AND e.time < %(until)s
      AND coalesce(e.location, e.read_point) = %(place)s
), gone AS (
    SELECT m.node, l.* FROM leaving l JOIN trace_lineagemark m ON m.event = l.id AND m.role > 0 AND NOT m.bulk
    UNION ALL
    SELECT s.node, l.* FROM leaving l JOIN trace_lineagesighting s ON s.event = l.id AND s.time = l.time
), first AS (
    SELECT DISTINCT ON (g.node) g.node, n.name, g.time, g.step, g.id, g.destination, EXISTS (
        SELECT FROM trace_lineagemark m JOIN trace_lineageevent e ON e.id = m.event
        WHERE m.node = g.node AND m.role = 8 AND coalesce(e.location, e.read_point) = %(place)s) AS own
    FROM gone g JOIN trace_lineagename n ON n.id = g.node WHERE starts_with(n.name, %(prefix)s) ORDER BY g.node, g.time, g.id
)
SELECT name, time, step, id, destination, own FROM first WHERE NOT (%(untagged)s AND own) ORDER BY own, time, name LIMIT %(most)s
"""


def leavings(place: str, year: int, *, most: int, untagged: bool = False) -> list[Leaving]:
    """The animals that left a household in a year, those that nobody tagged there first, or these alone."""
    number = walks.numbers([place]).get(place)
    known: list[Tags] = list(declared("trace_tags").values())
    found = list[Any]()
    for tags in known if number is not None else ():
        found += walks.rows(
            _LEAVINGS,
            {
                "prefix": tags.prefix,
                "steps": array(walks.numbers(tags.leaving).values()),
                "since": datetime(year, 1, 1, tzinfo=UTC),
                "until": datetime(year + 1, 1, 1, tzinfo=UTC),
                "place": number,
                "untagged": untagged,
                "most": most,
            },
        )
    name = walks.names({one for row in found for one in (row[2], row[4]) if one is not None})
    return [
        Leaving(animal, time, name.get(step, ""), event, name.get(destination, ""), own)
        for animal, time, step, event, destination, own in found[:most]
    ]


@transaction.atomic
def assess(*, at: datetime, years: Sequence[int] = ()) -> list[LineageAlert]:
    """Look at every balance and quota of the year of `at` (or of `years`); the alerts that stand now.

    What was found before and is found no more is ended: late or corrected events explain it.
    """
    standing: list[LineageAlert] = []
    for year in years or (at.year,):
        begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        weighed = masses(since=begin, until=end)
        counted = quotas(year)
        _enter(year, weighed, counted, at)
        masses_ = [one for one in weighed if one.broken]
        standing += _settle(
            LineageAlert.Kind.MASS,
            str(year),
            {one.process: (one.place, structs.asdict(one)) for one in masses_},
            at,
        )
        quotas_ = [one for one in counted if one.broken]
        standing += _settle(
            LineageAlert.Kind.QUOTA,
            str(year),
            {one.place: (one.place, structs.asdict(one)) for one in quotas_},
            at,
        )
    return standing


def _enter(year: int, weighed: Sequence[Mass], counted: Sequence[Quota], at: datetime) -> None:
    """Keep all that was looked at, in place of the last look at the year, with where it was and what that is called."""
    known = whereabouts({*(one.place for one in weighed), *(one.place for one in counted)} - {""})
    ProcessMass.objects.filter(year=year).delete()
    ProcessMass.objects.bulk_create(
        [
            ProcessMass(
                process=one.process, year=year, step=one.step, place=one.place, name=known.get(one.place, NOWHERE)[0],
                area=known.get(one.place, NOWHERE)[1], at=one.time, kg_in=one.kg_in, kg_out=one.kg_out,
                unweighed_in=one.unweighed_in, unweighed_out=one.unweighed_out, least=one.least, most=one.most,
                broken=one.broken, counted_at=at,
            )
            for one in {one.process: one for one in weighed}.values()
        ],
        batch_size=2000,
    )  # fmt: skip
    HouseholdYear.objects.filter(year=year).delete()
    HouseholdYear.objects.bulk_create(
        [
            HouseholdYear(
                place=one.place, year=year, name=known.get(one.place, NOWHERE)[0], area=known.get(one.place, NOWHERE)[1],
                tagged=one.tagged, sold=one.sold, untagged=one.untagged, counted_at=at,
            )
            for one in counted
            if one.tagged or one.sold
        ],
        batch_size=2000,
    )  # fmt: skip


NOWHERE = ("", "")
_WHERE = """
SELECT DISTINCT ON (d.uri) d.uri, coalesce(
    (SELECT x.one ->> 'attribute' FROM jsonb_array_elements(d.attributes) x(one) WHERE x.one ->> 'id' ~ '(^|[:#/])name$' LIMIT 1), ''),
    coalesce(
    (SELECT left(x.one ->> 'attribute', 6) FROM jsonb_array_elements(d.attributes) x(one) WHERE x.one ->> 'id' ~ '(^|[:#/])area$' LIMIT 1), '')
FROM trace_masterdata d WHERE d.uri = ANY(%s::text[]) AND d.kind = %s ORDER BY d.uri, d.at DESC
"""


def whereabouts(places: Iterable[str]) -> dict[str, tuple[str, str]]:
    """What master data calls places, and the banner each lies in (six digits)."""
    rows = walks.rows(_WHERE, [list(places), "urn:epcglobal:epcis:vtype:Location"])
    return {uri: (name[:200], area) for uri, name, area in rows}


def _settle(
    kind: str, period: str, found: dict[str, tuple[str, dict[str, Any]]], at: datetime
) -> Iterable[LineageAlert]:
    """Enter what was found, end what isn't found any more."""
    alerts = LineageAlert.objects.select_for_update().filter(kind=kind, period=period)
    known = {alert.subject: alert for alert in alerts}
    for subject, alert in known.items():
        if subject not in found and alert.ended_at is None:
            alert.ended_at = at
            alert.save(update_fields=["ended_at"])
    for subject, (place, figures) in found.items():
        alert = known.get(subject) or LineageAlert(kind=kind, subject=subject, period=period, found_at=at)
        again = alert.ended_at is not None
        if again:
            alert.found_at, alert.ended_at = at, None
        alert.place, alert.figures = place, to_builtins(figures)
        if again or _worse(alert):
            _undecided(alert)
        alert.save()
        yield alert


def _worse(alert: LineageAlert) -> bool:
    """Whether more is too much than when somebody decided that it is in order, or settled."""
    return alert.excess is not None and alert.too_much > alert.excess * 1.001


def _undecided(alert: LineageAlert) -> None:
    """The alert is to be looked into anew, as another case."""
    alert.case = alert.taken_by = alert.outcome = alert.decided_by = alert.remark = ""
    alert.taken_at = alert.decided_at = alert.excess = None


def alerts() -> Any:
    """The alerts that stand, newest first."""
    return LineageAlert.objects.filter(ended_at=None)
