"""Lists of the rows that fit some conditions, page by page, under grants that allow them.

Conditions are on columns that the answer shows bare: by a column that is masked or isn't granted found and not
found would tell its value, and by one that is shown they tell nothing that the rows don't. Nothing is answered
where fewer rows than the grant's `least` fit; the words are the same whether it is one or none. That is found
out by reading so many rows, never by counting all. Pages go on where the last row stood: `_row` of a published
table, the id of a golden record. The cursor is signed, and good for one list alone.
"""

import base64
import binascii
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg
from psycopg import sql

from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.exchange import filters
from xilin.kernel.exchange.gateway import answers, errors
from xilin.kernel.exchange.gateway.batches import hashes
from xilin.kernel.exchange.gateway.book import Book, Held, Served
from xilin.kernel.exchange.gateway.calls import Condition, ListCall
from xilin.kernel.exchange.gateway.checks import (
    Access,
    Permit,
    check_hours,
    chosen,
    noted,
    requested,
    terms,
    usable_columns,
)
from xilin.kernel.exchange.gateway.conditions import Filter, where
from xilin.kernel.exchange.gateway.desk import Answered, Desk, Job
from xilin.kernel.exchange.gateway.reading import wanted
from xilin.kernel.exchange.models import Shape
from xilin.kernel.exchange.publishing import ROW, place

SECONDS = 2
MAC = 16


@dataclass(frozen=True, slots=True)
class Page:
    """A lawful list: the conditions given, how many rows a page has, after which row it begins.

    `seen` are the columns by which the log says who was on it, `sealed` what its cursors are good for.
    """

    permit: Permit
    filter: Filter
    size: int
    after: Any
    seen: tuple[str, ...]
    sealed: bytes


def permit_list(book: Book, code: str, call: ListCall, access: Access, zone: ZoneInfo, key: bytes) -> Page:
    """The permit of a page, or the Refusal that says why there is none; `access` is filled on the way.

    Args:
        key: what cursors are signed with.
    """
    served = requested(book, code, call, access)
    access.filter = [_logged(served, condition, access) for condition in call.filter]
    noted(call, access, [value for condition in call.filter for value in _values(condition)])
    held = chosen(book, served, call, access, zone, _check)
    if not served.ready:
        raise errors.NotPublished(resource=served.title)
    shape, columns = terms(held, served, call)
    access.items = columns
    conditions = Filter(tuple(_typed(served, condition) for condition in call.filter))
    permit = Permit(access, served, held, shape, access.at.astimezone(zone).date(), (), columns, ())
    told = [access.key.client_id, served.code, served.table, held.number, shape, columns, conditions.key]
    sealed = hmac.digest(key, msgspec.json.encode(told), "sha256")
    after = _opened(call.cursor, sealed, served) if call.cursor else None
    return Page(permit, conditions, call.size, after, _seen(served), sealed)


def _check(held: Held, served: Served, call: ListCall, hour: int) -> None:
    """Hours, permission, shape, columns and conditions of one grant against a list."""
    check_hours(held, hour)
    if not held.listing:
        raise errors.ListNotGranted(number=held.number)
    shape, _ = terms(held, served, call)
    if shape == Shape.VERIFY or shape.strength > held.shape.strength:
        raise errors.ShapeTooStrong(number=held.number, shape=str(held.shape))
    usable = usable_columns(held, served)
    if any(column not in usable for column in call.items or ()):
        raise errors.ItemNotGranted(number=held.number, allowed=", ".join(usable))
    masked = answers.masks_of(held, shape)
    bare = [column for column in usable if column not in masked]
    for condition in call.filter:
        kind = served.elements[condition.column].type if condition.column in bare else ""
        if not kind or condition.op not in filters.operators(kind):
            raise errors.NotAListFilter(resource=served.title, allowed=", ".join(bare) or "—")


def _typed(served: Served, condition: Condition) -> filters.Condition:
    """A condition as filters are kept; ValueWrong where its value is none of the column's type."""
    kind = served.elements[condition.column].type
    if isinstance(condition.value, list) != (condition.op == "in"):
        raise errors.ValueWrong(column=condition.column, type=kind)
    try:
        for value in _values(condition):
            filters.typed(kind, value)
    except (TypeError, ValueError, OverflowError):
        raise errors.ValueWrong(column=condition.column, type=kind) from None
    return {"column": condition.column, "op": condition.op, "value": condition.value}


def _values(condition: Condition) -> list[Any]:
    return condition.value if isinstance(condition.value, list) else [condition.value]


def _logged(served: Served, condition: Condition, access: Access) -> dict[str, Any]:
    """What the log keeps of a condition: its column, its operator, and its values as keyed hashes."""
    element = served.elements.get(condition.column)
    if element is None:
        return {"column": "", "op": condition.op, "value": ""}
    found: list[Any] = [keyed_hash(f"{element.code}={value}", access.at) for value in _values(condition)]
    return {"column": condition.column, "op": condition.op, "value": found}


def _seen(served: Served) -> tuple[str, ...]:
    """The columns that say whom a row is about: those that name one thing, else the key."""
    known = tuple(column for column in served.items if column in served.identifying)
    return known or tuple(column for column in served.resource.key if column in served.items)


# Cursors


def _sealed(last: Any, sealed: bytes) -> str:
    text = str(last).encode()
    return base64.urlsafe_b64encode(hmac.digest(sealed, text, "sha256")[:MAC] + text).decode()


def _opened(cursor: str, sealed: bytes, served: Served) -> Any:
    """The row a cursor goes on after; CursorWrong where it isn't of this list."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode())
        mac, text = raw[:MAC], raw[MAC:]
        if not hmac.compare_digest(mac, hmac.digest(sealed, text, hashlib.sha256)[:MAC]):
            raise errors.CursorWrong
        return uuid.UUID(text.decode()) if served.registry else int(text)
    except (ValueError, binascii.Error):
        raise errors.CursorWrong from None


# Reading


async def carry(desk: Desk, page: Page) -> Answered:
    """Carry a lawful page through; the answer may still be a refusal (quota, too few rows, a grant just revoked)."""
    permit = page.permit
    job = desk.job(permit.access, permit, weight=page.size)
    async with desk.aside():
        async with desk.fast() as connection:
            await desk.admit_alone(connection, job)
        if job.refusal is None:
            await _answer(desk, job, page)
    return await desk.enter(job)


async def _answer(desk: Desk, job: Job, page: Page) -> None:
    permit = page.permit
    try:
        async with desk.fast() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
            statement, values = statement_of(page)
            rows = await (await connection.execute(statement, values)).fetchall()
    except psycopg.errors.QueryCanceled:
        job.refusal = errors.ListTooSlow(allowed=", ".join(permit.served.resource.lookup) or "—")
        return
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        # Published anew a moment ago: the next call reads the new book.
        await desk.renew()
        job.refusal = (
            errors.CursorWrong()
            if page.after is not None
            else errors.NotPublished(resource=permit.served.title)
        )
        return
    if page.after is None and len(rows) < permit.held.least:
        job.refusal = errors.TooFewRows(least=permit.held.least)
        return
    shown = rows[: page.size]
    count = len(permit.columns)
    for place_, column in enumerate(page.seen, 1 + count):
        values = [row[place_] for row in shown if row[place_] is not None]
        job.access.by[column] = hashes(permit.served, column, values, job.access.at)
    columns = sorted(permit.columns)
    places = [1 + permit.columns.index(column) for column in columns]
    through = answers.shown_as(permit.served, answers.masks_of(permit.held, permit.shape), columns, desk.zone)
    show = answers.shower(columns, places, through)
    job.count, job.more = len(shown), {"filter": job.access.filter}
    more = len(rows) > page.size
    job.complete({
        "cursor": _sealed(shown[-1][0], page.sealed) if more else "",
        "status" if permit.shape == Shape.STATUS else "rows": list(map(show, shown)),
    })  # fmt: skip


def statement_of(page: Page) -> tuple[sql.Composed, list[Any]]:
    """The statement of one page: one row more than it has, on the first page as many as must fit at least."""
    permit, served = page.permit, page.permit.served
    most = max(page.size + 1, permit.held.least if page.after is None else 0)
    covered, within = where(served, permit.held.rows)
    narrowed, given = where(served, page.filter)
    columns = [*permit.columns, *page.seen]
    order: sql.Composable
    table: sql.Composable
    if served.registry:
        order, table = sql.SQL("e.id"), sql.SQL("registry_entity e")
        always, values = sql.SQL("e.registry = %s AND e.ended_run IS NULL"), [served.registry]
        chosen_ = wanted(served, columns)
    else:
        order, table = sql.Identifier(ROW), place(served.table)
        always, values = sql.SQL("TRUE"), []
        chosen_ = sql.SQL(", ").join(map(sql.Identifier, columns))
    on = sql.SQL("") if page.after is None else sql.SQL(" AND {} > %s").format(order)
    statement = sql.SQL(
        "SELECT {order}, {columns} FROM {table} WHERE {always}{covered}{narrowed}{on} ORDER BY {order} LIMIT {most}"
    ).format(
        order=order, columns=chosen_ if columns else sql.SQL("1 AS one"), table=table, always=always,
        covered=covered, narrowed=narrowed, on=on, most=sql.Literal(most),
    )  # fmt: skip
    return statement, [*values, *within, *given, *([] if page.after is None else [page.after])]
