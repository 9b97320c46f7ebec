"""What travels along (随行物): things that are associated with goods or with what carries them, such as thermometers in a lorry."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.genealogy.arrays import array


class Sighting(Struct, frozen=True):
    """An event of a companion while it travelled along: `carrier` is what it was associated with."""

    event: int
    time: datetime
    companion: str
    carrier: str
    read_point: str | None
    location: str | None


def seen(goods: Mapping[str, datetime | None], *, at: datetime) -> list[Sighting]:
    """The events of everything that travelled with goods, in order of time.

    `goods` says of each until when it matters (None: until now), such as when it was used up. Counts while the companion was
    associated with the goods, or with a container, while they were in that container; an event declared in error doesn't count.
    """
    known = walks.numbers(goods)
    ties = _ties({node: goods[name] or at for name, node in known.items()}, at)
    if not ties:
        return []
    events = walks.events(
        [child for child, *_ in ties], [since for *_, since, _ in ties], [until for *_, until in ties], at
    )
    names = walks.names(
        {number for tie in ties for number in tie[:2]}
        | {place for one in events for place in (one.read_point, one.location) if place is not None}
    )
    found: dict[int, Sighting] = {}
    for one in events:
        carrier = next(
            (
                parent
                for child, parent, since, until in ties
                if child == one.node and since <= one.time and (until is None or one.time <= until)
            ),
            None,
        )
        if one.void is None and carrier is not None:
            found.setdefault(
                one.id,
                Sighting(
                    one.id, one.time, names[one.node], names[carrier],
                    names.get(one.read_point or 0), names.get(one.location or 0),
                ),
            )  # fmt: skip
    return sorted(found.values(), key=lambda one: (one.time, one.event))


def _ties(untils: Mapping[int, datetime], at: datetime) -> list[tuple[int, int, datetime, datetime | None]]:
    """Companion, carrier, from when, until when: the part of each association that lies within a span of goods or of
    what carried them.

    The goods are few and so are associations, but the planner takes associations for fewer and reads all links for them:
    `OFFSET 0` has it look at the carriers one by one.
    """
    return [
        (child, parent, since, until)
        for child, parent, since, until in walks.rows(
            """
            SELECT DISTINCT l.child, l.parent, greatest(l.since, s.since), CASE WHEN isfinite(u.until) THEN u.until END
            FROM (SELECT DISTINCT node, since, until
                FROM trace_carried(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s)) s
            CROSS JOIN LATERAL (SELECT child, parent, since, until FROM trace_lineagelink
                WHERE parent = s.node AND kind = 2 AND since <= least(s.until, %s) OFFSET 0) l
            CROSS JOIN LATERAL (SELECT least(coalesce(l.until, 'infinity'), s.until, %s) AS until) u
            WHERE u.until >= greatest(l.since, s.since)
            """,
            [
                array(untils),
                walks.moments([None] * len(untils), "-infinity"),
                walks.moments(untils.values(), "infinity"),
                at,
                at,
                at,
            ],
        )
    ]
