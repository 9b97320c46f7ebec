"""Capture (采集): events become rows, each once, in one transaction with everything that is kept of them.

An event is known by the hash of what it says and by its own identifier, both unique over all months (`EventKey`): the
same content again is a duplicate and no error, so a capture that broke off can be sent again; the same identifier with
another content is refused. Others that hang on capture (genealogy, life cycle of codes) enter a function in `hooks` when
the platform starts; it works on the whole batch in the same transaction.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection as django_connection
from django.db import transaction
from psycopg import Connection, Cursor, sql
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from xilin.apps.trace.epcis.errors import Fault
from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.repository import months, rows
from xilin.apps.trace.repository.faults import Problem, clashing, unkept
from xilin.apps.trace.repository.locks import DECLARING
from xilin.apps.trace.repository.ready import Ready, ready

CHANNEL = "xilin_trace_captured"
"""What subscribers' deliverers listen on: a capture that stored something notifies it when it commits."""
ROLLBACK, PROCEED = "rollback", "proceed"
MANY = 2000
"""Keys from which copying them is worth a savepoint."""


class Stored(msgspec.Struct, frozen=True):
    """An event that was stored just now, and its number.

    `party` is the number of who captured it. Of an error declaration (`event.error`), `corrects` is the event it declares wrong,
    None where that isn't here yet; of another event, `declared` is the error declaration that came before it. `counted` is its
    time as the database counts it, where that was worked out before.
    """

    event: Event
    id: int
    party: int
    corrects: int | None = None
    declared: int | None = None
    counted: int | None = None

    @property
    def time(self) -> str:
        """The event's time as text."""
        return rows.moment(self.event.time)

    @property
    def micros(self) -> int:
        """The event's time as the database counts it."""
        return rows.micros(self.event.time) if self.counted is None else self.counted


class Captured(msgspec.Struct, frozen=True):
    """What became of a capture.

    `ids` has a number for each event in its order: a new one, that of the equal event that was there, or None where it was
    refused. `stored` are new, `duplicates` were there. `success` is False where anything was refused; with `rollback` nothing
    is stored then.
    """

    job: uuid.UUID
    success: bool
    stored: int
    duplicates: int
    ids: tuple[int | None, ...]
    problems: tuple[Problem, ...] = ()


class Refused(Exception):
    """What a hook raises where events can't be: the reason of each by its number (`Stored.id`)."""

    def __init__(self, faults: dict[int, Fault]) -> None:
        self.faults = faults
        super().__init__(f"{len(faults)} events refused")


Hook = Callable[[Connection[Any], Sequence[Stored], datetime], None]
hooks: list[Hook] = []
"""Called in the capture's transaction with all that was stored, in the order they were entered; must work in batches."""


def capture(
    events: Sequence[Event],
    *,
    party: str,
    at: datetime,
    behaviour: str = ROLLBACK,
    client: str = "",
    problems: Sequence[Problem] = (),
    places: Sequence[int] = (),
    connection: Connection[Any] | None = None,
) -> Captured:
    """Store events in one transaction that is durable when this returns, unless the caller's own is open.

    Args:
        events: valid events, as `epcis.read` gives them.
        party: code of who captures; entered where it isn't known.
        at: the record time.
        behaviour: `rollback` (all or nothing) or `proceed` (what can be stored).
        client: code of the system that sent them.
        problems: what was found wrong before, with `proceed`; the job tells of it.
        places: where the events stand in their document, if some were left out before.
        connection: a connection in no transaction; Django's where none is given.
    """
    return capture_ready(
        [ready(event) for event in events],
        party=party,
        at=at,
        behaviour=behaviour,
        client=client,
        problems=problems,
        places=places,
        connection=connection,
    )


def capture_ready(
    events: Sequence[Ready],
    *,
    party: str,
    at: datetime,
    behaviour: str = ROLLBACK,
    client: str = "",
    problems: Sequence[Problem] = (),
    places: Sequence[int] = (),
    connection: Connection[Any] | None = None,
) -> Captured:
    """The same for events that were made ready before."""
    with _connection(connection) as raw:
        try:
            with raw.transaction():
                return _Work(raw, party, at, behaviour, client, problems, places).carry(events)
        except _Stop as stop:
            with raw.transaction():
                return _Work(raw, party, at, behaviour, client, stop.problems).fail(events)


class _Stop(Exception):
    """All or nothing, and something can't be: everything is rolled back."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("rolled back")


@contextmanager
def _connection(given: Connection[Any] | None) -> Any:
    """The connection to work on; Django's own joins the transaction that is open on it."""
    if given is not None:
        yield given
        return
    with transaction.atomic():
        django_connection.ensure_connection()
        yield django_connection.connection


class _Work:
    """One capture on one connection."""

    def __init__(
        self,
        connection: Connection[Any],
        party: str,
        at: datetime,
        behaviour: str,
        client: str,
        problems: Sequence[Problem],
        places: Sequence[int] = (),
    ) -> None:
        self.connection, self.at, self.client = connection, at, client
        self.behaviour = PROCEED if behaviour == PROCEED else ROLLBACK
        self.problems = list(problems)
        self.places = places
        self.code = uuid.uuid4()
        self.party = party_number(connection, party)
        self.cursor: Cursor[Any] = connection.cursor()

    # The way of a batch

    def carry(self, events: Sequence[Ready]) -> Captured:
        """Store what can be stored, or stop."""
        self._lock(any(one.event.error is not None for one in events))
        job = self._job_number()
        coming = self._fit(events)
        self._number(coming)
        months.ensure(self.connection, [one.event.time for one in coming])
        new = self._keyed(coming)
        if self.problems and self.behaviour == ROLLBACK:
            raise _Stop(self.problems)
        stored = self._hooked(job, new, self._linked(new), coming)
        ids: list[int | None] = [None] * len(events)
        for one in coming:
            ids[one.place] = one.result
        duplicates = sum(id is not None for id in ids) - len(stored)
        self._write_job(job, len(events), len(stored), duplicates, stored)
        return Captured(
            self.code, not self.problems, len(stored), duplicates, tuple(ids), tuple(self.problems)
        )

    def fail(self, events: Sequence[Ready]) -> Captured:
        """Keep nothing but the job, which says why."""
        self._write_job(self._job_number(), len(events), 0, 0, [])
        return Captured(self.code, False, 0, 0, (None,) * len(events), tuple(self.problems))

    def _place(self, place: int) -> int:
        """Where an event stands in its document."""
        return self.places[place] if self.places else place

    def _lock(self, declaring: bool) -> None:
        """Let no declaration and its event pass each other: one that declares waits for all others."""
        mode = "" if declaring else "_shared"
        self.cursor.execute(f"SELECT pg_advisory_xact_lock{mode}(%s)", [DECLARING])

    def _job_number(self) -> int:
        self.cursor.execute("SELECT nextval(pg_get_serial_sequence('trace_capturejob', 'id'))")
        return int(self.cursor.fetchone()[0])  # type: ignore[index]

    def _fit(self, events: Sequence[Ready]) -> list[Ready]:
        """The events that can be kept and don't contradict each other; problems are noted."""
        coming: list[Ready] = []
        names: dict[bytes, bytes] = {}
        for place, one in enumerate(events):
            one.place, one.result = place, None
            if one.unfit:
                self.problems.append(unkept(self._place(place), one.event, one.unfit))
            elif one.name is not None and names.setdefault(one.name, one.content) != one.content:
                self.problems.append(clashing(self._place(place), one.event))
            else:
                coming.append(one)
        return coming

    def _number(self, coming: Sequence[Ready]) -> None:
        """Give each a number, equal ones the same."""
        contents: dict[bytes, int] = dict.fromkeys((one.content for one in coming), 0)
        if not contents:
            return
        self.cursor.execute(
            "SELECT string_agg(nextval('trace_event_id')::text, ',') FROM generate_series(1, %s)",
            [len(contents)],
        )
        numbers = self.cursor.fetchone()[0].split(",")  # type: ignore[index]
        contents = dict(zip(contents, map(int, numbers), strict=True))
        for one in coming:
            one.id = contents[one.content]

    def _keyed(self, coming: Sequence[Ready]) -> list[Ready]:
        """Take possession of the events' keys; those that are new, in their order.

        In one statement and in the keys' order, so that two captures of the same events can't wait for each other.
        """
        wanted: dict[bytes, Ready] = {}
        first: dict[bytes, Ready] = {}
        for one in coming:
            wanted[one.content] = one
            if one.name is not None:
                wanted[one.name] = one
            first.setdefault(one.content, one)
        if not wanted:
            return []
        copied = len(wanted) >= MANY and self._copied(wanted)
        keys = [] if copied else sorted(wanted)
        if copied or self._all_new(keys, wanted):
            for one in coming:
                one.result = one.id
            return list(first.values())
        groups: dict[bytes, list[Ready]] = {content: [] for content in first}
        for one in coming:
            groups[one.content].append(one)
        return self._told_apart(list(groups.values()), keys)

    def _copied(self, wanted: Mapping[bytes, Ready]) -> bool:
        """Copy keys, which looks at the index once for each; whether all of them were new. If one was there none is entered."""
        # As rows they are in the keys' order too: what stands before the key is the same in all.
        lines = sorted([rows.key(key, one.id, one.when) for key, one in wanted.items()])
        try:
            with self.connection.transaction():
                self._copy("trace_event_key", ("key", "event", "event_time"), lines)
        except UniqueViolation:
            return False
        return True

    def _all_new(self, keys: Sequence[bytes], wanted: Mapping[bytes, Ready]) -> bool:
        """Enter keys, each that is new; whether all of them were."""
        self.cursor.execute(
            "INSERT INTO trace_event_key (key, event, event_time)"
            " SELECT * FROM unnest(%s::bytea[], %s::bigint[], %s::timestamptz[]) ON CONFLICT DO NOTHING",
            [
                rows.keys_array(keys),
                "{" + ",".join([str(wanted[key].id) for key in keys]) + "}",
                "{" + ",".join([f'"{rows.moment(wanted[key].event.time)}"' for key in keys]) + "}",
            ],
        )
        return self.cursor.rowcount == len(keys)

    def _told_apart(self, groups: Sequence[list[Ready]], keys: list[bytes]) -> list[Ready]:
        """Where some keys were there: which events are new, which duplicates, and which bear another's name."""
        self.cursor.execute(
            "SELECT key, event, event_time FROM trace_event_key WHERE key = ANY(%s::bytea[])",
            [rows.keys_array(keys)],
        )
        there = {bytes(key): (event, time) for key, event, time in self.cursor.fetchall()}
        new: list[Ready] = []
        dropped: list[bytes] = []
        moved: dict[bytes, tuple[int, datetime]] = {}
        for group in groups:
            ours, (event, time) = group[0].id, there[group[0].content]
            accepted: list[Ready] = []
            for one in group:
                holder = event if one.name is None else there[one.name][0]
                if holder not in (event, ours):
                    self.problems.append(clashing(self._place(one.place), one.event))
                    continue
                one.result = event
                accepted.append(one)
                if one.name is not None and holder != event:
                    moved[one.name] = (event, time)
            if event == ours and accepted:
                new.append(accepted[0])
            elif event == ours:
                dropped.append(group[0].content)
        self._correct_keys(dropped, moved)
        return new

    def _correct_keys(self, dropped: list[bytes], moved: dict[bytes, tuple[int, datetime]]) -> None:
        """Let go of keys of refused events, and let further names of a known event lead to it."""
        if dropped:
            self.cursor.execute("DELETE FROM trace_event_key WHERE key = ANY(%b)", [dropped])
        if moved:
            self.cursor.execute(
                "UPDATE trace_event_key AS k SET event = m.event, event_time = m.time"
                " FROM unnest(%b::bytea[], %b::bigint[], %b::timestamptz[]) AS m (key, event, time)"
                " WHERE k.key = m.key",
                [list(moved), [event for event, _ in moved.values()], [time for _, time in moved.values()]],
            )

    # Declarations of errors

    def _linked(self, new: Sequence[Ready]) -> list[Stored]:
        """Find the events that declarations are about, and the declarations that events were declared wrong by."""
        declared = self._awaited([one for one in new if one.event.error is None])
        about = self._about(new)
        return [
            Stored(one.event, one.id, self.party, about.get(one.id), declared.get(one.id), one.when)
            for one in new
        ]

    def _about(self, new: Sequence[Ready]) -> dict[int, int]:
        """For each declaration the event it is about; one whose event isn't here is entered as waiting for it."""
        keys = {one.id: _key_meant(one.event) for one in new if one.event.error is not None}
        if not keys:
            return {}
        self.cursor.execute(
            "SELECT key, event FROM trace_event_key WHERE key = ANY(%b)", [list(set(keys.values()))]
        )
        there = {bytes(key): event for key, event in self.cursor.fetchall()}
        times = {one.id: one.event.time for one in new}
        waiting = [(key, id, times[id]) for id, key in keys.items() if key not in there]
        if waiting:
            self.cursor.executemany(
                "INSERT INTO trace_event_orphan (key, event, event_time) VALUES (%b, %b, %b)", waiting
            )
        return {id: there[key] for id, key in keys.items() if key in there}

    def _awaited(self, new: Sequence[Ready]) -> dict[int, int]:
        """The events that a declaration waited for; the declarations are told."""
        self.cursor.execute("SELECT EXISTS (SELECT FROM trace_event_orphan)")
        if not self.cursor.fetchone()[0]:  # type: ignore[index]
            return {}
        by_key = {key: one for one in new for key in (one.content, one.name) if key is not None}
        self.cursor.execute(
            "DELETE FROM trace_event_orphan WHERE key = ANY(%b) RETURNING key, event, event_time",
            [list(by_key)],
        )
        found = self.cursor.fetchall()
        for key, event, time in found:
            self.cursor.execute(
                "UPDATE trace_event SET corrects = %s WHERE id = %s AND event_time = %s",
                [by_key[bytes(key)].id, event, time],
            )
        return {by_key[bytes(key)].id: event for key, event, _ in sorted(found, key=lambda row: -row[1])}

    # Writing

    def _hooked(
        self, job: int, new: Sequence[Ready], stored: Sequence[Stored], coming: Sequence[Ready]
    ) -> Sequence[Stored]:
        """Write the rows and call the hooks; what a hook refuses is taken out, or stops everything."""
        while True:
            try:
                with self.connection.transaction():
                    self._write(job, new, stored)
                    if stored:
                        for hook in hooks:
                            hook(self.connection, stored, self.at)
                return stored
            except Refused as refused:
                out = refused.faults.keys() & {one.id for one in new}
                if not out:
                    raise
                self.problems += [
                    Problem.of(refused.faults[one.id], self._place(one.place)) for one in new if one.id in out
                ]
                if self.behaviour == ROLLBACK:
                    raise _Stop(self.problems) from None
                self.cursor.execute("DELETE FROM trace_event_key WHERE event = ANY(%b)", [sorted(out)])
                self.cursor.execute("DELETE FROM trace_event_orphan WHERE event = ANY(%b)", [sorted(out)])
                new = [one for one in new if one.id not in out]
                stored = [one for one in stored if one.id not in out]
                for one in coming:
                    if one.result in out:
                        one.result = None

    def _write(self, job: int, new: Sequence[Ready], stored: Sequence[Stored]) -> None:
        head = rows.Head(self.at, job, self.party)
        lines: list[bytes] = []
        for one, row in zip(new, stored, strict=True):
            lines += head.event(one.id, one.when), one.row, rows.number(row.corrects), one.body
        self._copy("trace_event", rows.EVENT, lines)
        self._copy(
            "trace_event_thing", rows.THING, [head.things(one.id, one.when, one.things) for one in new]
        )
        self._know(new)

    def _copy(self, table: str, columns: Sequence[str], lines: Sequence[bytes]) -> None:
        if lines:
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            with self.cursor.copy(
                sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(table), names)
            ) as copy:
                copy.write(b"".join((rows.HEADER, *lines, rows.TRAILER)))

    def _know(self, new: Sequence[Ready]) -> None:
        """Remember the values that browse resources list and the namespaces in use; nearly always all are known."""
        events = [one.event for one in new]
        found = {("type", kind) for kind in {event.type for event in events}}
        for kind, values in (
            ("biz_step", {event.biz_step for event in events}), ("disposition", {event.disposition for event in events}),
            ("read_point", {event.read_point for event in events}),
            ("biz_location", {event.biz_location for event in events}),
        ):  # fmt: skip
            found |= {(kind, value) for value in values if value is not None}
        # Events of a document share one context.
        contexts = {id(event.context): event.context for event in events if event.context}
        for context in contexts.values():
            found |= {("namespace", f"{prefix}={namespace}") for prefix, namespace in context.items()}
        if found:
            kinds, words = zip(*sorted(found), strict=True)
            self.cursor.execute(
                "INSERT INTO trace_known (party_id, kind, value) SELECT %s, k, v FROM unnest(%s::text[], %s::text[]) AS n (k, v)"
                " WHERE NOT EXISTS (SELECT FROM trace_known WHERE party_id = %s AND kind = k AND value = v)"
                " ON CONFLICT DO NOTHING",
                [self.party, list(kinds), list(words), self.party],
            )

    def _write_job(
        self, job: int, events: int, stored: int, duplicates: int, rows_: Sequence[Stored]
    ) -> None:
        ids = [one.id for one in rows_]
        self.cursor.execute(
            "INSERT INTO trace_capturejob (id, code, party_id, client, behaviour, created_at, finished_at, success, errors,"
            " events, stored, duplicates, first, last) OVERRIDING SYSTEM VALUE"
            " VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp(), %s, %s, %s, %s, %s, %s, %s)",
            [
                job, self.code, self.party, self.client, self.behaviour, self.at, not self.problems,
                Jsonb([problem.told() for problem in self.problems]), events, stored, duplicates,
                min(ids, default=None), max(ids, default=None),
            ],
        )  # fmt: skip
        if ids:
            self.cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _key_meant(event: Event) -> bytes:
    """The key of the event that a declaration is about: it bears that event's identifier, or else says the same."""
    return rows.own_key(event) or rows.digest(event.hash)


def party_number(connection: Connection[Any], code: str) -> int:
    """The number of a party, entered where it is new."""
    found = connection.execute("SELECT id FROM trace_party WHERE code = %s", [code]).fetchone()
    if found is None:
        connection.execute(
            "INSERT INTO trace_party (code, name, ids) VALUES (%s, '', '[]') ON CONFLICT DO NOTHING", [code]
        )
        found = connection.execute("SELECT id FROM trace_party WHERE code = %s", [code]).fetchone()
    assert found is not None  # noqa: S101 - entered
    return int(found[0])
