"""Keeping the index of lineage while events are captured: a whole batch in a handful of statements.

One capture at a time writes the index: what a batch changes depends on marks of other batches, and a lock over the
whole index is what makes the result the same as if they had come one after another (decision 0194). The lock is taken here, as late
as possible, and held until the capture commits.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count
from struct import Struct
from typing import Any

import psycopg

from xilin.apps.trace.epcis.events import Event, Link
from xilin.apps.trace.genealogy import links
from xilin.apps.trace.genealogy.arrays import array
from xilin.apps.trace.genealogy.marks import Role, marks, number, numbers_of, sightings
from xilin.apps.trace.repository.capture import Stored
from xilin.apps.trace.repository.rows import HEADER, TRAILER, amount, text
from xilin.apps.trace.repository.rows import number as column

logger = logging.getLogger(__name__)

LOCK = 7_413_161
KINDS = {name: place for place, name in enumerate(
    ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"), 1
)}  # fmt: skip
ACTIONS = {"ADD": 1, "OBSERVE": 2, "DELETE": 3}
_PARTIES = ("possessing_party", "owning_party", "location")
# Marks of a child that its links depend on, and marks of a parent that the links of its children depend on.
_OPENS = frozenset({Role.ADD, Role.SEEN, Role.REMOVE, Role.TIE, Role.TIE_SEEN, Role.UNTIE})
_ENDS = frozenset({Role.INPUT, Role.LEAVE})
_EMPTIES = frozenset({Role.INPUT, Role.LEAVE, Role.EMPTY, Role.UNTIE_ALL})
_SIDES = frozenset({Role.INPUT, Role.OUTPUT})


def keep(connection: "psycopg.Connection[Any]", batch: Sequence[Stored], _at: datetime) -> None:
    """Bring the index up to a batch of events, inside the transaction that captures them (`repository.capture.hooks`)."""
    if not batch:
        return
    made = [_Made(one) for one in batch if one.event.error is None]
    names = _names(made)
    keys = dict(zip(reversed(numbers_of(names)), reversed(names), strict=True))
    # Everything that needs no other capture is ready before the lock is taken.
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    numbers = _numbers(connection, names, keys)
    touched = _Touched()
    _write(connection, made, numbers, touched)
    void = _declared(batch)
    if void:
        for node, role, bulk, time in _void(connection, void):
            touched.add(node, role, bulk, time)
    kids = _children(connection, touched)
    links.work_out(
        connection,
        sorted(touched.items | {child for child, bulk in kids if not bulk}),
        sorted(touched.batches | {child for child, bulk in kids if bulk}),
    )


class _Made:
    """What is to be kept of one event: its marks, what it only saw, and the words of its row: its type, its action, and names."""

    __slots__ = ("marks", "seen", "stored", "words")

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.marks = marks(stored.event)
        self.words = _words(stored.event)
        self.seen = sightings(stored.event, self.marks)


class _Touched:
    """Whose links a batch of marks decides: items and batches that were put somewhere, ends of items and of containers."""

    def __init__(self) -> None:
        self.items: set[int] = set()
        self.batches: set[int] = set()
        self.ends: set[tuple[int, str]] = set()
        self.emptied: set[tuple[int, str]] = set()

    def add(self, node: int, role: int, bulk: bool, time: str) -> None:
        """Take in one mark."""
        if role in _OPENS:
            (self.batches if bulk else self.items).add(node)
        elif not bulk:
            if role in _ENDS:
                self.ends.add((node, time))
            if role in _EMPTIES:
                self.emptied.add((node, time))


def _names(made: Sequence[_Made]) -> dict[str, None]:
    """Every name a batch speaks of, in the order of their first mention: neighbours get neighbouring numbers."""
    found: dict[str, None] = {}
    said: set[tuple[str | None, ...]] = set()
    for one in made:
        if one.marks:
            for thing in one.stored.event.things:
                found[thing.id] = None
            for mark in one.marks:
                if mark.other:
                    found[mark.other] = None
        else:
            for name in one.seen:
                found[name] = None
        if one.words not in said:
            said.add(one.words)
            for word in one.words[2:]:
                if word:
                    found[word] = None
    return found


def _words(event: Event) -> tuple[str | None, ...]:
    return (
        event.type,
        event.action,
        event.biz_step,
        event.disposition,
        event.read_point,
        event.biz_location,
        _party(event.sources),
        _party(event.destinations),
    )


def _party(said: Sequence[Link]) -> str | None:
    """From or to whom goods went: who holds them before who owns them before a place."""
    if not said:
        return None
    if len(said) == 1:
        return said[0].id if said[0].type in _PARTIES else None
    by_type = {link.type: link.id for link in reversed(said)}
    return next((by_type[kind] for kind in _PARTIES if kind in by_type), None)


def _numbers(
    connection: "psycopg.Connection[Any]", names: Iterable[str], keys: dict[int, str]
) -> dict[str, int]:
    """The number of each name; new names get one. Names whose hashes meet are salted until they don't.

    `keys` are the unsalted hashes. Nobody else enters names meanwhile: the lock is held.
    """
    known: dict[str, int] = {}
    wanted = list(names)
    for salt in count(1):
        taken = _look_up(connection, keys, known)
        fresh = [(key, name) for key, name in reversed(keys.items()) if key not in taken]
        if fresh:
            _enter(connection, fresh, known)
        if len(known) == len(wanted):
            return known
        left = [name for name in wanted if name not in known]
        logger.warning("%s names in events have the hash of another name and were salted.", len(left))
        keys = {number(name, salt): name for name in reversed(left)}
    raise AssertionError("unreachable")


def _look_up(connection: "psycopg.Connection[Any]", keys: dict[int, str], known: dict[str, int]) -> set[int]:
    """Take in the names that are known; the keys that are taken, by them or by others."""
    rows = connection.execute(
        "SELECT key, id, name FROM trace_lineagename WHERE key = ANY(%s::bigint[])", [array(sorted(keys))]
    ).fetchall()
    known.update({name: id for key, id, name in rows if keys[key] == name})
    return {row[0] for row in rows}


def _enter(
    connection: "psycopg.Connection[Any]", fresh: Sequence[tuple[int, str]], known: dict[str, int]
) -> None:
    """Number new names in their order and copy them."""
    row = connection.execute(_NEXT, [len(fresh)]).fetchone()
    assert row is not None  # noqa: S101 - one row
    first = row[0]
    lines = []
    for id, (key, name) in enumerate(fresh, first):
        known[name] = id
        said = name.encode()
        lines.append(_NAME.pack(3, 8, id, 8, key, len(said)) + said)
    _copy(connection, "trace_lineagename (id, key, name)", lines)


# The sequence's next numbers, for whoever holds the lock.
_NEXT = (
    "SELECT n FROM (SELECT nextval(pg_get_serial_sequence('trace_lineagename', 'id')) AS n) s,"
    " LATERAL setval(pg_get_serial_sequence('trace_lineagename', 'id'), n + %s - 1)"
)


def _write(
    connection: "psycopg.Connection[Any]", made: Sequence[_Made], numbers: dict[str, int], touched: _Touched
) -> None:
    """Copy events, marks and sightings, and note whose links the marks decide."""
    events: list[bytes] = []
    facts: list[bytes] = []
    seen: list[bytes] = []
    known: dict[tuple[str | None, ...], bytes] = {}
    for one in made:
        event, id, when = one.stored.event, one.stored.id, one.stored.micros
        head, said = bytes.fromhex(event.hash[14:30]), known.get(one.words)
        if said is None:
            said = known[one.words] = _KIND.pack(
                2, KINDS.get(event.type, 0), 2, ACTIONS.get(event.action or "", 0)
            ) + b"".join([column(numbers[word] if word else None) for word in one.words[2:]])
        events.append(_EVENT.pack(11, 8, id, 8, when, 8, head) + said)
        seen += [_SIGHTING.pack(3, 8, numbers[name], 8, when, 8, id) for name in one.seen]
        if one.marks:
            time = one.stored.time
            for place, mark in enumerate(one.marks):
                node, role, bulk = numbers[mark.node], mark.role, mark.bulk
                other = numbers[mark.other] if mark.other else -id if role in _SIDES else None
                facts.append(
                    _MARK.pack(10, 8, id, 4, place, 8, node, 2, role, 1, bulk, 8, when, 8, head)
                    + column(other) + amount(mark.quantity) + text(mark.uom)
                )  # fmt: skip
                touched.add(node, role, bulk, time)
    _copy(connection, "trace_lineageevent (id, time, digest, kind, action, step, disposition, read_point, location,"
          " source, destination)", events)  # fmt: skip
    _copy(
        connection,
        "trace_lineagemark (event, place, node, role, bulk, time, digest, other, quantity, uom)",
        facts,
    )
    _copy(connection, "trace_lineagesighting (node, time, event)", seen)


# The beginnings of rows as a binary COPY has them: how many columns, and each after its length.
_NAME = Struct(">hiqiqi")
_EVENT = Struct(">hiqiqi8s")
_KIND = Struct(">ihih")
_MARK = Struct(">hiqiiiqihi?iqi8s")
_SIGHTING = Struct(">hiqiqiq")


def _copy(connection: "psycopg.Connection[Any]", into: str, lines: Sequence[bytes]) -> None:
    if lines:
        with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN (FORMAT binary)") as copy:
            copy.write(b"".join((HEADER, *lines, TRAILER)))


def _declared(batch: Sequence[Stored]) -> list[tuple[int, int]]:
    """Which events are declared wrong, by this batch or by declarations before it: (event, declaration)."""
    return [
        (one.corrects, one.id) for one in batch if one.event.error is not None and one.corrects is not None
    ] + [(one.id, one.declared) for one in batch if one.event.error is None and one.declared is not None]


def _void(
    connection: "psycopg.Connection[Any]", void: Sequence[tuple[int, int]]
) -> list[tuple[int, int, bool, str]]:
    """Strike the marks of wrong events; the marks that were struck: object, role, whether a batch, time."""
    connection.execute(
        "UPDATE trace_lineageevent e SET void = v.declaration "
        "FROM unnest(%s::bigint[], %s::bigint[]) v(event, declaration) WHERE e.id = v.event AND e.void IS NULL",
        [array(event for event, _ in void), array(declaration for _, declaration in void)],
    )
    return connection.execute(
        "UPDATE trace_lineagemark SET role = -role WHERE event = ANY(%s::bigint[]) AND role > 0 "
        "RETURNING node, -role, bulk, time::text",
        [array({event for event, _ in void})],
    ).fetchall()


def _children(connection: "psycopg.Connection[Any]", touched: _Touched) -> set[tuple[int, bool]]:
    """The children whose links lasted when they or their parents came to an end: number, whether a batch."""
    found: set[tuple[int, bool]] = set()
    if touched.emptied:
        found.update(connection.execute(_IN_PARENTS, _pairs(touched.emptied)).fetchall())
    ends = {(node, time) for node, time in touched.ends if node not in touched.items}
    if ends:
        found.update(connection.execute(_IN_ANY, _pairs(ends)).fetchall())
    return found


_IN_PARENTS = (
    "SELECT DISTINCT l.child, l.bulk FROM unnest(%s::bigint[], %s::timestamptz[]) p(parent, time) "
    "JOIN trace_lineagelink l ON l.parent = p.parent AND l.since <= p.time "
    "AND (l.until IS NULL OR l.until >= p.time)"
)
_IN_ANY = (
    "SELECT DISTINCT l.child, false FROM unnest(%s::bigint[], %s::timestamptz[]) p(child, time) "
    "JOIN trace_lineagelink l ON l.child = p.child AND NOT l.bulk AND l.since <= p.time "
    "AND (l.until IS NULL OR l.until >= p.time)"
)


def _pairs(pairs: set[tuple[int, str]]) -> list[str]:
    ordered = sorted(pairs)
    return [array(node for node, _ in ordered), "{" + ",".join(f'"{time}"' for _, time in ordered) + "}"]
