"""Named queries and their subscriptions."""

import uuid
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from xilin.apps.trace.epcis.names import Names, prefixes
from xilin.apps.trace.repository import delivering, language, schedules
from xilin.apps.trace.repository.errors import (
    AlreadyThere,
    MediaTypeWrong,
    NoSuchName,
    QueryInvalid,
    SubscriptionWrong,
)
from xilin.apps.trace.repository.rest import paging
from xilin.apps.trace.repository.rest.calls import JSON, LD, Answer, Call
from xilin.apps.trace.repository.rest.events import answered
from xilin.kernel.exchange import reaching
from xilin.kernel.exchange.sealing import seal
from xilin.lib.errors import Refusal

LONGEST_NAME = 200
MOST_QUERIES = 1000
_SUBSCRIPTION = (
    "SELECT s.id, s.code, s.dest, s.stream, s.schedule, s.report_if_empty, s.since, s.created_at, s.last_notified_at"
    " FROM trace_eventsubscription s WHERE s.query_id = %s AND s.state <> 'ended'"
)


def queries(call: Call) -> Answer:
    """`GET /queries`: the caller's party's."""

    def fetch(after: Any, count: int) -> list[tuple[Any, Any]]:
        rows = call.connection.execute(
            'SELECT name, query FROM trace_namedquery WHERE party_id = %s AND name COLLATE "C" > %s'
            ' ORDER BY name COLLATE "C" LIMIT %s',
            [call.viewer.party, after or "", count],
        ).fetchall()
        return [(name, {"name": name, "query": query}) for name, query in rows]

    found, after = paging.listed(call, fetch)
    return paging.linked(call, Answer(found), after)


def create(call: Call) -> Answer:
    """`POST /queries`: give a query a name."""
    given = _json(call)
    name, query = given.get("name"), given.get("query")
    if (
        not isinstance(name, str)
        or not 0 < len(name) <= LONGEST_NAME
        or not name.isprintable()
        or "/" in name
        or name in (".", "..")
    ):
        raise QueryInvalid(why="name")
    if not isinstance(query, dict):
        raise QueryInvalid(why="query")
    context = _context(call, query)
    language.read(query, Names(context))
    try:
        with call.connection.transaction():
            call.connection.execute(
                "INSERT INTO trace_namedquery (name, query, context, client, party_id, created_at)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [name, Jsonb(query), Jsonb(context), call.viewer.client, call.viewer.party, call.at],
            )
    except UniqueViolation:
        raise AlreadyThere(name=name) from None
    return Answer(None, 201, {"Location": f"/queries/{quote(name, safe='')}"})


def _context(call: Call, query: dict[str, Any]) -> dict[str, str]:
    """The namespaces of a query: those of its own context before those of the call."""
    return {**call.names.declared, **prefixes(query.get("@context"), call.names.declared)}


def query_row(call: Call) -> tuple[int, dict[str, Any], dict[str, str]]:
    """The number, definition and namespaces of the query an address names; NoSuchName where there is none."""
    row = call.connection.execute(
        "SELECT id, query, context FROM trace_namedquery WHERE name = %s AND party_id = %s",
        [call.parts[1].replace("\0", ""), call.viewer.party],
    ).fetchone()
    if row is None:
        raise NoSuchName
    return int(row[0]), row[1], row[2]


def definition(call: Call) -> Answer:
    """`GET /queries/{name}`: its definition."""
    _, query, _ = query_row(call)
    return Answer({"name": call.parts[1], "query": query})


def delete(call: Call) -> Answer:
    """`DELETE /queries/{name}`: the query, its subscriptions with it."""
    number, _, _ = query_row(call)
    with call.connection.transaction():
        call.connection.execute("DELETE FROM trace_eventsubscription WHERE query_id = %s", [number])
        call.connection.execute("DELETE FROM trace_namedquery WHERE id = %s", [number])
    return Answer(None, 204)


def events(call: Call) -> Answer:
    """`GET /queries/{name}/events`: those that fit it now."""
    _, query, context = query_row(call)
    call.headers = {**call.headers, "gs1-extensions": ",".join(f"{p}={u}" for p, u in context.items())}
    return answered(call, language.read(query, Names(context)), {"queryName": call.parts[1]})


# Subscriptions


def subscribe(call: Call) -> Answer:
    """`POST /queries/{name}/subscriptions`: events as they come, or by a schedule, to an address."""
    number, _, _ = query_row(call)
    given = _json(call)
    dest, token = given.get("dest"), given.get("signatureToken", given.get("secret"))
    if not isinstance(dest, str):
        raise SubscriptionWrong(why="dest")
    if not isinstance(token, str) or not 0 < len(token) <= 500:
        raise SubscriptionWrong(why="signatureToken")
    try:
        dest = reaching.written(dest)
        reaching.way(dest)
    except Refusal as refusal:
        raise SubscriptionWrong(why=str(refusal)) from None
    stream, schedule, next_at = controls(call, given)
    empty = given.get("reportIfEmpty", False)
    if not isinstance(empty, bool):
        raise SubscriptionWrong(why="reportIfEmpty")
    since = given.get("initialRecordTime")
    if since is not None and (since := language.time_in(since)) is None:
        raise SubscriptionWrong(why="initialRecordTime")
    formats = {
        name: call.headers[header]
        for name, header in (("epc_format", "gs1-epc-format"), ("cbv_format", "gs1-cbv-xml-format"))
        if header in call.headers
    }
    code = uuid.uuid4()
    with call.connection.transaction():
        position = 0 if since is not None else delivering.place(call.connection)
        call.connection.execute(
            "INSERT INTO trace_eventsubscription (code, query_id, client, dest, secret, stream, schedule, report_if_empty,"
            " since, formats, position, next_at, failures, outcome, state, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '', 'active', %s)",
            [
                code, number, call.viewer.client, dest, seal({"token": token}), stream,
                Jsonb(schedule) if schedule else None, empty, since, Jsonb(formats), position, next_at, call.at,
            ],
        )  # fmt: skip
    (row,) = call.connection.execute(f"{_SUBSCRIPTION} AND s.code = %s", [number, code]).fetchall()
    location = f"/queries/{quote(call.parts[1], safe='')}/subscriptions/{code}"
    return Answer(_told(row), 201, {"Location": location})


def controls(call: Call, given: dict[str, Any]) -> tuple[bool, dict[str, Any] | None, Any]:
    """Whether events go out at once, or the schedule and when it is due first; exactly one of the two."""
    stream, schedule = given.get("stream", False), given.get("schedule")
    if not isinstance(stream, bool) or stream == (schedule is not None):
        raise SubscriptionWrong(why="stream / schedule")
    if schedule is None:
        return True, None, None
    if not isinstance(schedule, dict):
        raise SubscriptionWrong(why="schedule")
    due = schedules.after(schedules.read(schedule), call.at.astimezone(ZoneInfo(settings.TIME_ZONE)))
    if due is None:
        raise SubscriptionWrong(why="schedule")
    return False, schedule, due


def subscriptions(call: Call) -> Answer:
    """`GET /queries/{name}/subscriptions`."""
    number, _, _ = query_row(call)

    def fetch(after: Any, count: int) -> list[tuple[Any, Any]]:
        rows = call.connection.execute(
            f"{_SUBSCRIPTION} AND s.id > %s ORDER BY s.id LIMIT %s", [number, after or 0, count]
        ).fetchall()
        return [(row[0], _told(row)) for row in rows]

    found, after = paging.listed(call, fetch)
    return paging.linked(call, Answer(found), after)


def subscription(call: Call) -> Answer:
    """`GET /queries/{name}/subscriptions/{id}`."""
    return Answer(_told(_row(call)))


def unsubscribe(call: Call) -> Answer:
    """`DELETE /queries/{name}/subscriptions/{id}`."""
    row = _row(call)
    call.connection.execute(
        "UPDATE trace_eventsubscription SET state = 'ended', next_at = NULL WHERE id = %s", [row[0]]
    )
    return Answer(None, 204)


def _row(call: Call) -> Any:
    number, _, _ = query_row(call)
    try:
        code = uuid.UUID(call.parts[3])
    except ValueError:
        raise NoSuchName from None
    row = call.connection.execute(f"{_SUBSCRIPTION} AND s.code = %s", [number, code]).fetchone()
    if row is None:
        raise NoSuchName
    return row


def record_time(call: Call) -> str:
    """From which record time on a subscription delivers next: when it was last, else when it was to begin."""
    *_, since, created, notified = _row(call)
    return paging.told(notified or since or created)


def _told(row: Any) -> dict[str, Any]:
    """A subscription as the bindings describe it, without its secret."""
    _, code, dest, stream, schedule, empty, since, created, notified = row
    told = {
        "subscriptionID": str(code),
        "dest": dest,
        "createdAt": paging.told(created),
        "reportIfEmpty": empty,
    }
    if stream:
        told["stream"] = True
    else:
        told["schedule"] = schedule
    if since is not None:
        told["initialRecordTime"] = paging.told(since)
    if notified is not None:
        told["lastNotifiedAt"] = paging.told(notified)
    return told


def _json(call: Call) -> dict[str, Any]:
    """The object a body holds; MediaTypeWrong or QueryInvalid where it holds none."""
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in (JSON, LD):
        raise MediaTypeWrong(allowed=f"{JSON}, {LD}")
    try:
        found = msgspec.json.decode(call.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise QueryInvalid(why="JSON") from None
    if not isinstance(found, dict) or b"\\u0000" in call.body:
        raise QueryInvalid(why="JSON")
    return found
