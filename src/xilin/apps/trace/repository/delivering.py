"""Delivering to subscribers (订阅推送): what was captured, in the order in which it became visible, at least once each.

A capture gets its position after it was committed, so none can appear behind a position that was passed. A message's
identifier is the same on every try: a receiver that got one twice knows it by that.
"""

import hashlib
import hmac
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from psycopg import Connection

from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.repository import access, documents, language, schedules, searching
from xilin.apps.trace.repository.finding import Viewer
from xilin.apps.trace.repository.language import Condition, Query
from xilin.apps.trace.repository.locks import PLACING
from xilin.apps.trace.repository.searching import Row
from xilin.kernel.exchange import sending
from xilin.kernel.exchange.sealing import unseal
from xilin.lib.errors import Refusal

MOST_EVENTS = 500
MOST_JOBS = 100
TOO_MUCH = "413"
# Waits between tries; after the last the subscription is halted. About a day and a half in all.
WAITS = tuple(timedelta(seconds=s) for s in (2, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200))
NAMESPACE = uuid.UUID("0b9f5f5e-8a27-5d0c-9c1e-3f5b7a6d4c21")
_log = logging.getLogger(__name__)

_DUE = """
SELECT s.id, s.code, s.dest, s.secret, s.stream, s.schedule, s.report_if_empty, s.since, s.formats, s.position,
       s.failures, s.client, q.name, q.query, q.context
FROM trace_eventsubscription s JOIN trace_namedquery q ON q.id = s.query_id
WHERE s.state = 'active' AND (s.next_at <= %(at)s OR s.stream AND s.next_at IS NULL AND s.position < %(newest)s)
ORDER BY s.id
"""


class Due(NamedTuple):
    """A subscription that has something to do now."""

    id: int
    code: uuid.UUID
    dest: str
    secret: str
    stream: bool
    schedule: dict[str, Any] | None
    report_if_empty: bool
    since: datetime | None
    formats: dict[str, Any]
    position: int
    failures: int
    client: str
    name: str
    query: dict[str, Any]
    context: dict[str, str]


def place(connection: Connection[Any]) -> int:
    """Give every capture that is committed its position; the newest position."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [PLACING])
        connection.execute(
            "UPDATE trace_capturejob j SET position = n.position FROM"
            " (SELECT id, nextval('trace_job_position') AS position FROM"
            "   (SELECT id FROM trace_capturejob WHERE position IS NULL ORDER BY id) waiting) n WHERE j.id = n.id"
        )
        row = connection.execute("SELECT COALESCE(max(position), 0) FROM trace_capturejob").fetchone()
    return int(row[0]) if row else 0


def captured(
    connection: Connection[Any], query: Query, names: Names, viewer: Viewer, position: int
) -> Iterator[tuple[list[Row], int]]:
    """What fits a query among captures after a position: parts of at most `MOST_EVENTS`, and the position each leads to.

    A part may be empty; its position holds all the same. The position of a part in the middle of captures is the one before.
    """
    while True:
        jobs = connection.execute(
            "SELECT id, first, last, position FROM trace_capturejob WHERE position > %s AND stored > 0"
            " ORDER BY position LIMIT %s",
            [position, MOST_JOBS],
        ).fetchall()
        if not jobs:
            return
        among = [job[0] for job in jobs], min(job[1] for job in jobs), max(job[2] for job in jobs)
        before, position = position, jobs[-1][3]
        after: dict[str, Any] | None = None
        while True:
            page = searching.page(connection, query, names, viewer, size=MOST_EVENTS, after=after, jobs=among)
            yield page.rows, before if page.after else position
            after = page.after
            if after is None:
                break


def standing(query: dict[str, Any], context: dict[str, str], since: datetime | None) -> tuple[Query, Names]:
    """A named query as a subscription asks it: in the order of recording, without limits."""
    names = Names(context)
    found = language.read(query, names)
    more = (Condition("GE_recordTime", "record_time", "GE", (since,)),) if since else ()
    return Query((*found.conditions, *more), "recordTime", descending=False), names


def deliver_due(connection: Connection[Any], clock: Callable[[], datetime]) -> int:
    """Deliver to every subscription that is due; how many messages arrived. One at a time for each, whoever is at it."""
    newest = place(connection)
    rows = connection.execute(_DUE, {"at": clock(), "newest": newest}).fetchall()
    arrived = 0
    for row in rows:
        due = Due(*row)
        key = int.from_bytes(due.code.bytes[:8], "big", signed=True)
        (ours,) = connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone() or (False,)
        if not ours:
            continue
        try:
            arrived += _deliver(connection, due, clock)
        except Refusal as refusal:
            _settle(connection, due, type(refusal).__name__, clock())
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [key])
    return arrived


def _deliver(connection: Connection[Any], due: Due, clock: Callable[[], datetime]) -> int:
    """Send what waits for one subscription until nothing is left or a message fails."""
    row = connection.execute(
        "SELECT position, state FROM trace_eventsubscription WHERE id = %s", [due.id]
    ).fetchone()
    if row is None or row[1] != "active":
        return 0
    rights = access.rights(connection, due.client)
    if rights is None or not rights.may_query:
        _halt(connection, due, "access")
        return 0
    query, names = standing(due.query, due.context, due.since)
    arrived = 0
    for rows, position in captured(connection, query, names, rights.viewer, row[0]):
        if rows:
            if outcome := _send(due, rows, position, clock()):
                _settle(connection, due, outcome, clock())
                return arrived
            arrived += 1
        _move(connection, due, position, clock() if rows else None)
    if not due.stream and due.report_if_empty and not arrived:
        if outcome := _send(due, [], row[0], clock()):
            _settle(connection, due, outcome, clock())
            return 0
        _move(connection, due, row[0], clock())
        arrived = 1
    _done(connection, due, clock())
    return arrived


def message(due: Due, rows: Sequence[Row], position: int, at: datetime) -> bytes:
    """A message as it is sent: a query document with an identifier of its own."""
    first = rows[0].id if rows else int(at.timestamp())
    ident = uuid.uuid5(NAMESPACE, f"{due.code}/{position}/{first}")
    return documents.written(
        rows,
        documents.JSON,
        at=at,
        query={"queryName": due.name, "subscriptionID": str(due.code)},
        head={"id": f"urn:uuid:{ident}"},
        **due.formats,
    )


def signature(token: str, body: bytes) -> str:
    """The header GS1-Signature: HMAC-SHA-256 of the body under the subscriber's own secret."""
    return "sha256=" + hmac.digest(token.encode(), body, hashlib.sha256).hex()


def _send(due: Due, rows: Sequence[Row], position: int, at: datetime) -> str:
    """Send a message, in halves where the receiver finds it too large; "" where all arrived, else what became of it."""
    body = message(due, rows, position, at)
    headers = {
        "Content-Type": documents.JSON,
        "GS1-Signature": signature(unseal(due.secret)["token"], body),
        "GS1-EPCIS-Version": "2.0.0",
        "GS1-CBV-Version": "2.0.0",
    }
    try:
        outcome = sending.post(due.dest, body, headers, at)
    except Refusal:
        return "address"
    if outcome == TOO_MUCH and len(rows) > 1:
        # The bindings let a receiver ask for less at a time.
        half = len(rows) // 2
        return _send(due, rows[:half], position, at) or _send(due, rows[half:], position, at)
    return outcome


def _move(connection: Connection[Any], due: Due, position: int, notified: datetime | None) -> None:
    connection.execute(
        "UPDATE trace_eventsubscription SET position = greatest(position, %s),"
        " last_notified_at = COALESCE(%s, last_notified_at) WHERE id = %s",
        [position, notified, due.id],
    )


def _done(connection: Connection[Any], due: Due, at: datetime) -> None:
    """All that was there has arrived: wait for the next capture, or the next time of the schedule."""
    next_at = None
    if due.schedule is not None:
        next_at = schedules.after(schedules.read(due.schedule), at.astimezone(ZoneInfo(settings.TIME_ZONE)))
    connection.execute(
        "UPDATE trace_eventsubscription SET failures = 0, outcome = 'ok', next_at = %s WHERE id = %s",
        [next_at, due.id],
    )


def _settle(connection: Connection[Any], due: Due, outcome: str, at: datetime) -> None:
    """A try failed: again after a while, or no more."""
    if due.failures >= len(WAITS):
        _halt(connection, due, outcome)
        return
    connection.execute(
        "UPDATE trace_eventsubscription SET failures = failures + 1, outcome = %s, next_at = %s WHERE id = %s",
        [outcome[:80], at + WAITS[due.failures], due.id],
    )


def _halt(connection: Connection[Any], due: Due, outcome: str) -> None:
    connection.execute(
        "UPDATE trace_eventsubscription SET state = 'halted', outcome = %s, next_at = NULL WHERE id = %s",
        [outcome[:80], due.id],
    )
