"""Many look-ups of one kind in one call: one check of keys and grant, one entry with everybody in it, one answer.

The rows are read and shaped in pieces beside the groups of single calls, so that those don't wait; only
the entry goes through with a group. It holds the keyed hash of every value looked up by, so that everybody a
batch looked at is found in the log as if they had been looked up alone.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from xilin.kernel.audit.privacy import keyed_hash, month_hashes
from xilin.kernel.exchange.gateway import answers, errors
from xilin.kernel.exchange.gateway.book import Book, Served
from xilin.kernel.exchange.gateway.calls import BatchCall, all_typed
from xilin.kernel.exchange.gateway.checks import Access, Permit, choose, noted, requested, terms
from xilin.kernel.exchange.gateway.desk import Answered, Desk, Job, rows_of
from xilin.kernel.exchange.gateway.reading import MOST_ROWS
from xilin.kernel.exchange.models import Shape

PIECE = 1000
_plain = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Batch:
    """A lawful batch: `by` and `verify` have the typed values of each column; `permit` the rest.

    `who` has, for each look-up column, what verifications of each record are counted by.
    """

    permit: Permit
    by: tuple[tuple[str, list[Any]], ...]
    verify: tuple[tuple[str, list[Any]], ...]
    size: int
    who: tuple[list[str], ...] = ()


def permit_batch(book: Book, code: str, call: BatchCall, access: Access, zone: ZoneInfo) -> Batch:
    """The permit of a batch, or the Refusal that says why there is none; `access` is filled on the way."""
    served = requested(book, code, call, access)
    by = _typed(served, call.by, zone)
    access.by = {column: hashes(served, column, values, access.at) for column, values in by}
    noted(call, access, _values(call))
    held = choose(book, served, call, access, zone)
    if not served.ready:
        raise errors.NotPublished(resource=served.title)
    shape, columns = terms(held, served, call)
    here = access.at.astimezone(zone)
    verify = _typed(served, call.values or {}, zone) if shape == Shape.VERIFY else ()
    if shape == Shape.VERIFY:
        columns = tuple(column for column, _ in verify)
    access.items = columns
    noon = here.replace(hour=12, minute=0, second=0, microsecond=0)
    who = tuple(hashes(served, column, values, noon) for column, values in by) if verify else ()
    permit = Permit(access, served, held, shape, here.date(), (), columns, ())
    return Batch(permit, by, verify, call.length, who)


def _typed(served: Served, given: dict[str, list[Any]], zone: ZoneInfo) -> tuple[tuple[str, list[Any]], ...]:
    return tuple(
        (column, all_typed(served.elements[column].type, column, values, zone))
        for column, values in given.items()
        if column in served.elements
    )


def _values(call: BatchCall) -> Iterable[Any]:
    for values in (*call.by.values(), *(call.values or {}).values()):
        yield from values


def hashes(served: Served, column: str, values: Sequence[Any], at: Any) -> list[str]:
    """What the log keeps of many values of a column; the same as for single ones."""
    code = served.elements[column].code
    if not values:
        return []
    first = keyed_hash(f"{code}={values[0]}", at)  # makes the month's key where it isn't there
    return [first, *month_hashes([f"{code}={value}" for value in values[1:]], first.partition(":")[0])]


async def carry(desk: Desk, batch: Batch) -> Answered:
    """Carry a lawful batch through; the answer may still be a refusal (quota, a grant just revoked)."""
    permit = batch.permit
    job = desk.job(permit.access, permit, weight=batch.size)
    async with desk.aside():
        barred: set[int] = set()
        async with desk.fast() as connection:
            await desk.admit_alone(connection, job)
            if job.refusal is None and batch.who:
                barred = await desk.count_each(connection, permit, batch.who)
        if job.refusal is None:
            desk.note(permit, batch.by[0][1])
            await _answer(desk, job, batch, barred)
    return await desk.enter(job)


async def _answer(desk: Desk, job: Job, batch: Batch, barred: set[int]) -> None:
    """Read and shape piece by piece; the pieces become the answer's `results`, in the order of the call."""
    pieces: list[bytes] = []
    found = 0
    for start in range(0, batch.size, PIECE):
        dealt = await _dealt(desk, batch, start)
        if dealt is None:
            job.refusal = errors.NotPublished(resource=batch.permit.served.title)
            return
        found += sum(map(len, dealt))
        results = _results(batch, dealt, start, barred, desk.zone)
        pieces.append(_plain.encode(results)[1:-1])
        await asyncio.sleep(0)
    job.count, job.more = found, {"looked_up": batch.size}
    job.complete({"results": msgspec.Raw(b"[%b]" % b",".join(pieces))})


async def _dealt(desk: Desk, batch: Batch, start: int) -> list[list[Sequence[Any]]] | None:
    """The rows of each look-up of a piece; None where the resource isn't published."""
    names = tuple(column for column, _ in batch.by)
    values = [values[start : start + PIECE] for _, values in batch.by]
    dealt: list[list[Sequence[Any]]] = [[] for _ in values[0]]
    async with desk.fast() as connection:
        rows = await rows_of(connection, batch.permit, names, values, desk.renew)
    if rows is None:
        return None
    for number, *row in rows:
        dealt[number - 1].append(row)
    return dealt


def _results(
    batch: Batch, dealt: list[list[Sequence[Any]]], start: int, barred: set[int], zone: ZoneInfo
) -> list[dict[str, Any]]:
    permit = batch.permit
    if permit.shape == Shape.VERIFY:
        return [
            {"refused": errors.VerifiedTooOften(most=0, number="").code}
            if start + place in barred
            else {
                "matches": answers.matches(
                    sorted((column, values[start + place]) for column, values in batch.verify),
                    _sorted(batch, rows),
                    zone,
                )
            }
            for place, rows in enumerate(dealt)
        ]
    # Keys in order as they are made, so that the encoder needn't sort them row by row.
    columns = sorted(permit.columns)
    places = [permit.columns.index(column) for column in columns]
    through = answers.shown_as(permit.served, answers.masks_of(permit.held, permit.shape), columns, zone)
    name = "status" if permit.shape == Shape.STATUS else "rows"
    show: Callable[[Sequence[Any]], dict[str, Any]] = answers.shower(columns, places, through)
    return [
        {"found": bool(rows), name: list(map(show, rows))}
        if len(rows) <= MOST_ROWS
        else {"refused": errors.TooManyRows(most=MOST_ROWS).code}
        for rows in dealt
    ]


def _sorted(batch: Batch, rows: list[Sequence[Any]]) -> list[list[Any]]:
    """Rows with their values in the order of the columns' names."""
    order = sorted(range(len(batch.verify)), key=lambda n: batch.verify[n][0])
    return [[row[n] for n in order] for row in rows]
