"""Running queries: a page of events at a time, in an order that pages can go on from."""

# Statements are put together from the texts of this module and of `finding` alone.
# ruff: noqa: S608

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import psycopg
from psycopg import Connection

from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.repository import finding
from xilin.apps.trace.repository.errors import QueryTooComplex, QueryTooLarge
from xilin.apps.trace.repository.finding import Sql, Viewer
from xilin.apps.trace.repository.language import Query

PATIENCE_MS = 10_000
_ORDERS = {"eventTime": "e.event_time", "recordTime": "e.record_time"}


class Row(NamedTuple):
    """An event as it was found."""

    id: int
    event_time: datetime
    record_time: datetime
    event_id: str
    named: bool
    context: dict[str, str] | None
    body: dict[str, Any]
    error_time: datetime | None
    job: int


class Page(NamedTuple):
    """Some events, and where the next page begins; None where this is the last."""

    rows: list[Row]
    after: dict[str, Any] | None


@contextmanager
def patient(connection: Connection[Any]) -> Iterator[None]:
    """A transaction for reading that gives up after a while, with QueryTooComplex."""
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}; SET LOCAL jit = off")
            yield
    except psycopg.errors.QueryCanceled:
        raise QueryTooComplex from None


def page(
    connection: Connection[Any],
    query: Query,
    names: Names,
    viewer: Viewer,
    *,
    size: int,
    after: dict[str, Any] | None = None,
    jobs: tuple[Sequence[int], int, int] | None = None,
) -> Page:
    """The next events of a query; `after` is a page's own `after`.

    Args:
        jobs: only events of these capture jobs, whose numbers lie between two.
    """
    with patient(connection):
        conditions = finding.compiled(connection, query, names, viewer)
        if jobs is not None:
            conditions.append(Sql("e.job = ANY(%s) AND e.id BETWEEN %s AND %s", (list(jobs[0]), *jobs[1:])))
        if query.most is not None and after is None:
            _refuse_more(connection, conditions, query.most)
        left = query.limit if after is None else after.get("left")
        wanted = size if left is None else min(size, left)
        found = _rows(connection, conditions, query, after, wanted + 1)
    rows, more = found[:wanted], len(found) > wanted
    left = None if left is None else left - len(rows)
    if not more or left == 0:
        return Page(rows, None)
    return Page(rows, _place(query, rows, after) | ({} if left is None else {"left": left}))


def _rows(
    connection: Connection[Any], conditions: list[Sql], query: Query, after: dict[str, Any] | None, most: int
) -> list[Row]:
    way, beyond = ("DESC", "<") if query.descending else ("ASC", ">")
    conditions = list(conditions)
    column = _ORDERS.get(query.order)
    tail: tuple[Any, ...] = ()
    if column is None:
        value = f"(jsonb_path_query_first({finding.BODY}, %s::jsonpath) #>> '{{}}')"
        path = f"$.{json.dumps(query.order)}"
        order = f"trace_number({value}) {way} NULLS LAST, {value} {way} NULLS LAST, e.id {way}"
        tail = (path, path)
        skip = int(after["skip"]) if after else 0
    else:
        order, skip = f"{column} {way}, e.id {way}", 0
        if after:
            conditions.append(
                Sql(f"({column}, e.id) {beyond} (%s::timestamptz, %s)", (after["at"], int(after["id"])))
            )
    where = " AND ".join(f"({one.text})" for one in conditions) or "true"
    values = [value for one in conditions for value in one.values]
    cursor = connection.execute(
        f"SELECT {finding.COLUMNS} FROM trace_event e WHERE {where} ORDER BY {order} LIMIT %s OFFSET %s",
        [*values, *tail, most, skip],
    )
    return [_row(row) for row in cursor.fetchall()]


def _row(found: Sequence[Any]) -> Row:
    """A row; Django's connection gives its context as text too."""
    *head, context, body, error_time, job = found
    if isinstance(context, str):
        context = msgspec.json.decode(context)
    return Row._make((*head, context, msgspec.json.decode(body), error_time, job))


def _place(query: Query, rows: Sequence[Row], after: dict[str, Any] | None) -> dict[str, Any]:
    if query.order not in _ORDERS:
        return {"skip": (int(after["skip"]) if after else 0) + len(rows)}
    last = rows[-1]
    at = last.event_time if query.order == "eventTime" else last.record_time
    return {"at": at.isoformat(), "id": last.id}


def _refuse_more(connection: Connection[Any], conditions: list[Sql], most: int) -> None:
    """QueryTooLarge where more events fit than may."""
    where = " AND ".join(f"({one.text})" for one in conditions) or "true"
    values = [value for one in conditions for value in one.values]
    row = connection.execute(
        f"SELECT count(*) FROM (SELECT FROM trace_event e WHERE {where} LIMIT %s) found",
        [*values, most + 1],
    ).fetchone()
    if row is not None and row[0] > most:
        raise QueryTooLarge(most=most)
