"""Acts on codes: activation, allotment to sales regions, and what captured events say of a code's life.

Whole batches at once: the codes are locked in the order of their numbers, the acts are added, and each code's state is what
all its acts in the order they happened lead to.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import unquote

from xilin.apps.trace.codes.lifecycle import Step, act_of, fold
from xilin.apps.trace.repository.capture import Stored

ITEM = "https://id.gs1.org/01/"
CLASSES = ("recalled", "stolen")
SHIPPED, RECEIVED = ("shipping", "departing"), ("receiving", "arriving", "accepting")

FIND = """
SELECT c.id, c.gtin, c.serial FROM trace_code c
JOIN unnest(%(gtins)s::text[], %(serials)s::text[]) AS a(gtin, serial) ON c.gtin = a.gtin AND c.serial = a.serial
"""
LOCK = "SELECT id FROM trace_code WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
ADD = """
INSERT INTO trace_lifestep (code, at, act, event, "by", withdrawn, refused)
SELECT code, at, act, event, %(by)s, withdrawn, false
FROM unnest(%(codes)s::bigint[], %(ats)s::timestamptz[], %(acts)s::text[], %(events)s::bigint[], %(withdrawn)s::bool[])
AS a(code, at, act, event, withdrawn)
"""
WITHDRAW = "UPDATE trace_lifestep SET withdrawn = true WHERE event = ANY(%(events)s) AND NOT withdrawn RETURNING code"
STEPS = "SELECT id, code, at, act FROM trace_lifestep WHERE code = ANY(%(ids)s) AND NOT withdrawn"
SETTLE = """
UPDATE trace_code c SET state = a.state FROM unnest(%(ids)s::bigint[], %(states)s::smallint[]) AS a(id, state)
WHERE c.id = a.id AND c.state <> a.state
"""
REFUSE = "UPDATE trace_lifestep SET refused = (id = ANY(%(keys)s)) WHERE code = ANY(%(ids)s) AND refused <> (id = ANY(%(keys)s))"
TRIM = """
WITH met AS (
    DELETE FROM trace_allottedrange WHERE last >= %(first)s AND first <= %(last)s RETURNING first, last, allotment_id
)
INSERT INTO trace_allottedrange (first, last, allotment_id)
SELECT first, %(first)s - 1, allotment_id FROM met WHERE first < %(first)s
UNION ALL
SELECT %(last)s + 1, last, allotment_id FROM met WHERE last > %(last)s
"""
SENT = """
UPDATE trace_allotment a SET shipped_at = coalesce(a.shipped_at, m.at)
FROM unnest(%(things)s::text[], %(ats)s::timestamptz[]) AS m(thing, at) WHERE a.container = m.thing AND a.container <> ''
"""
ARRIVED = SENT.replace("shipped_at", "received_at")
NOTE = """
INSERT INTO trace_notice (kind, gtin, lot, since, number, detail, "by")
SELECT m.kind, m.gtin, m.lot, m.at, '', '{}', 'EPCIS'
FROM unnest(%(kinds)s::text[], %(gtins)s::text[], %(lots)s::text[], %(ats)s::timestamptz[]) AS m(kind, gtin, lot, at)
WHERE NOT EXISTS (
    SELECT FROM trace_notice n WHERE n.kind = m.kind AND n.gtin = m.gtin AND n.lot = m.lot AND n.until IS NULL
)
"""


class Cursor(Protocol):
    """What runs statements: a cursor of psycopg, or Django's around one."""

    def execute(self, query: Any, params: Any = None) -> Any:
        """Run one statement."""

    def fetchall(self) -> list[Any]:
        """The rows of the last statement."""


class Act:
    """What is to happen to one code."""

    __slots__ = ("act", "at", "code", "event", "withdrawn")

    def __init__(
        self, code: int, act: str, at: datetime, event: int | None = None, withdrawn: bool = False
    ) -> None:
        self.code, self.act, self.at, self.event, self.withdrawn = code, act, at, event, withdrawn


def record(cursor: Cursor, acts: Sequence[Act], *, by: str, again: Iterable[int] = ()) -> dict[int, set[int]]:
    """Add acts to codes and settle their states, in the running transaction.

    Args:
        cursor: of the running transaction.
        acts: of any codes, in any order.
        by: who did it, or where it was said.
        again: codes whose acts were withdrawn and that are only to be settled.

    Returns:
        For each code the numbers of those of its steps that its state didn't allow.
    """
    ids = sorted({one.code for one in acts} | set(again))
    if not ids:
        return {}
    cursor.execute(LOCK, {"ids": ids})
    if acts:
        cursor.execute(
            ADD,
            {
                "codes": [one.code for one in acts],
                "ats": [one.at for one in acts],
                "acts": [one.act for one in acts],
                "events": [one.event for one in acts],
                "withdrawn": [one.withdrawn for one in acts],
                "by": by,
            },
        )
    return _settle(cursor, ids)


def _settle(cursor: Cursor, ids: list[int]) -> dict[int, set[int]]:
    cursor.execute(STEPS, {"ids": ids})
    steps: dict[int, list[Step]] = defaultdict(list)
    for key, code, at, act in cursor.fetchall():
        steps[code].append(Step(at, act, key))
    settled = {code: fold(steps.get(code, ())) for code in ids}
    refused = {code: keys for code, (_, keys) in settled.items() if keys}
    cursor.execute(SETTLE, {"ids": ids, "states": [int(settled[code][0]) for code in ids]})
    cursor.execute(REFUSE, {"ids": ids, "keys": [key for keys in refused.values() for key in keys]})
    return refused


def find(cursor: Cursor, items: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The numbers of codes by GTIN and serial; those that weren't issued are left out."""
    wanted = list(items)
    if not wanted:
        return {}
    cursor.execute(FIND, {"gtins": [gtin for gtin, _ in wanted], "serials": [serial for _, serial in wanted]})
    return {(gtin, serial): number for number, gtin, serial in cursor.fetchall()}


def allot(cursor: Cursor, allotment: int, runs: Iterable[tuple[int, int]], region: str) -> int:
    """Give runs of code numbers to an allotment; they leave the one they were in. How many codes that are."""
    count = 0
    for first, last in runs:
        cursor.execute(TRIM, {"first": first, "last": last})
        cursor.execute(
            "INSERT INTO trace_allottedrange (first, last, allotment_id) VALUES (%(first)s, %(last)s, %(allotment)s)",
            {"first": first, "last": last, "allotment": allotment},
        )
        cursor.execute(
            "UPDATE trace_code SET region = %(region)s WHERE id BETWEEN %(first)s AND %(last)s AND region <> %(region)s",
            {"first": first, "last": last, "region": region},
        )
        count += last - first + 1
    return count


def runs_of(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as runs of neighbours.

    >>> runs_of([7, 1, 2, 3, 9, 8])
    [(1, 3), (7, 9)]
    """
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


# What captured events say


def hook(connection: Any, stored: Sequence[Stored], at: datetime) -> None:
    """Carry what events say of codes into their lives; called by capture inside its transaction, whole batches at once."""
    del at  # acts happened when the event says, not when it came
    said = {(one.event.biz_step, one.event.disposition) for one in stored}
    with connection.cursor() as cursor:
        if any(act_of(*words) for words in said) or any(one.corrects is not None for one in stored):
            _lives(cursor, stored)
        _journeys(cursor, stored, {step for step, _ in said})
        if any(disposition in CLASSES for _, disposition in said):
            _classes(cursor, stored)


def _lives(cursor: Cursor, stored: Sequence[Stored]) -> None:
    wanted: list[tuple[tuple[str, str], str, Stored]] = []
    for one in stored:
        act = act_of(one.event.biz_step, one.event.disposition)
        if act is None or one.event.error is not None:
            continue
        for thing in one.event.things:
            item = item_of(thing.id) if thing.role in ("epc", "output") and not thing.is_class else None
            if item:
                wanted.append((item, act, one))
    corrected = [one.corrects for one in stored if one.event.error is not None and one.corrects is not None]
    again: list[int] = []
    if corrected:
        cursor.execute(WITHDRAW, {"events": corrected})
        again = [code for (code,) in cursor.fetchall()]
    if not wanted and not again:
        return
    numbers = find(cursor, {item for item, _, _ in wanted})
    acts = [
        Act(numbers[item], act, one.event.time, one.id, one.declared is not None)
        for item, act, one in wanted
        if item in numbers
    ]
    record(cursor, acts, by="EPCIS", again=again)


def _journeys(cursor: Cursor, stored: Sequence[Stored], there: set[str | None]) -> None:
    """Shipping and receiving of containers that allotments went in; `there` are the events' steps."""
    for steps, statement in ((SHIPPED, SENT), (RECEIVED, ARRIVED)):
        if there.isdisjoint(steps):
            continue
        seen = [
            (thing.id, one.event.time)
            for one in stored
            if one.event.biz_step in steps and one.event.error is None and one.declared is None
            for thing in one.event.things
            if thing.role in ("epc", "parent") and "/00/" in thing.id
        ]
        if seen:
            cursor.execute(
                statement, {"things": [thing for thing, _ in seen], "ats": [time for _, time in seen]}
            )


def _classes(cursor: Cursor, stored: Sequence[Stored]) -> None:
    """What is said of whole batches: recalled, or stolen. Stolen items are told of by their batch as well."""
    told: list[tuple[str, str, str, datetime]] = []
    for one in stored:
        kind = one.event.disposition
        if kind not in CLASSES or one.event.error is not None or one.declared is not None:
            continue
        for thing in one.event.things:
            lot = lot_of(thing.id)
            if lot:
                told.append((kind, *lot, one.event.time))
    if told:
        kinds, gtins, lots, ats = (list(column) for column in zip(*told, strict=True))
        cursor.execute(NOTE, {"kinds": kinds, "gtins": gtins, "lots": lots, "ats": ats})


def item_of(thing: str) -> tuple[str, str] | None:
    """GTIN and serial number of an item's canonical Digital Link, None for anything else.

    >>> item_of("https://id.gs1.org/01/09520001000010/21/A%2FB")
    ('09520001000010', 'A/B')
    """
    return _pair(thing, "21")


def lot_of(thing: str) -> tuple[str, str] | None:
    """GTIN and batch of a batch's canonical Digital Link, None for anything else."""
    return _pair(thing, "10")


def _pair(thing: str, qualifier: str) -> tuple[str, str] | None:
    if not thing.startswith(ITEM):
        return None
    gtin, _, rest = thing[len(ITEM) :].partition("/")
    key, _, value = rest.partition("/")
    if key != qualifier or not value or "/" in value:
        return None
    return gtin, unquote(value)
