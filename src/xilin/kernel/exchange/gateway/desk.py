"""Answering calls in groups: admitted, fetched, shaped, entered in the log, and only then let go.

Calls that arrive while others are being worked on share the next group, so that one commit, one
signature and a few statements serve all of them. Groups go through two halves: while one is being entered in the
log and waits for the disk, the next one is admitted, and whatever is admitted when the disk is done is entered
together. For each group:

1. admit: was the nonce of a signed call never used? Are grant, key and system still in force in the
   database, and is the day's quota not used up? The calls are counted in the same statement. Is no record verified too often? Counted in a second one;
2. at the same time fetch the rows, one statement for calls of one kind;
3. shape and mask the answers;
4. append an entry for every call, refused ones too; when this returns they are durable;
5. let the answers go.

Steps 1 to 3 are the first half, 4 and 5 the second.
The count of step 1 is committed without waiting for the disk. The commit of step 4 comes later in the
same write-ahead log and does wait, so no answer leaves before its count is durable.
"""

import asyncio
import hashlib
import logging
import secrets
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from xilin.kernel.audit.log import Appended, New, Pen, instant
from xilin.kernel.audit.queries import receipt_from
from xilin.kernel.exchange import trying
from xilin.kernel.exchange.gateway import answers, errors, whose
from xilin.kernel.exchange.gateway.book import Book, Served
from xilin.kernel.exchange.gateway.checks import Access, Permit
from xilin.kernel.exchange.gateway.conditions import Filter
from xilin.kernel.exchange.gateway.reading import MOST_ROWS, among, look_up, one_entity
from xilin.kernel.exchange.gateway.tallies import Tallies
from xilin.kernel.exchange.gateway.waiting import Waiting, end
from xilin.kernel.exchange.models import Shape
from xilin.kernel.registry.lookup import decide, ranked, statement
from xilin.lib.errors import Refusal
from xilin.lib.wire import Connection, Wire

Pool = AsyncConnectionPool[Any]
LARGEST_GROUP = 256
ASIDE = 2
MOST_KINDS = 500
NONCES_KEPT = timedelta(minutes=1)
_ADMIT = """
    WITH asked AS (
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::date[], %s::bigint[])
            a(grant_id, key_id, signer_id, day, calls)
    ), alive AS (
        SELECT a.* FROM asked a
        JOIN exchange_grant g ON g.id = a.grant_id AND g.revoked_at IS NULL
        JOIN exchange_client c ON c.id = g.client_id AND c.retired_at IS NULL
        JOIN accounts_department d ON d.id = c.department_id AND NOT d.retired
        LEFT JOIN exchange_clientkey k ON k.id = a.key_id AND k.client_id = c.id AND k.revoked_at IS NULL
        LEFT JOIN exchange_signingkey s ON s.id = a.signer_id AND s.client_id = c.id AND s.revoked_at IS NULL
        WHERE NOT EXISTS (
            SELECT 1 FROM exchange_alarm x WHERE x.grant_id = g.id AND x.suspends AND x.closed_at IS NULL
        ) AND (a.key_id = 0 OR k.id IS NOT NULL) AND (a.signer_id = 0 OR s.id IS NOT NULL)
            AND (a.key_id > 0 OR a.signer_id > 0) AND (a.signer_id > 0 OR NOT g.signed)
            AND (s.trial_of_id IS NULL OR s.trial_of_id = g.id)
    ), counted AS (
        INSERT INTO exchange_usage AS u (grant_id, day, asked)
        SELECT grant_id, day, sum(calls) FROM alive GROUP BY grant_id, day ORDER BY grant_id, day
        ON CONFLICT (grant_id, day) DO UPDATE SET asked = u.asked + excluded.asked
        RETURNING u.grant_id, u.day, u.asked
    )
    SELECT a.grant_id, a.key_id, a.signer_id, a.day, c.asked FROM alive a JOIN counted c USING (grant_id, day)
"""
_USE = """
    INSERT INTO exchange_nonce AS n (id, call, until)
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[]) a(id, call, until) ORDER BY id
    ON CONFLICT (id) DO UPDATE SET until = excluded.until WHERE n.call = excluded.call
    RETURNING n.id
"""
_SPEND = (
    "UPDATE exchange_signingkey SET calls_left = calls_left - 1 WHERE id = %s AND calls_left > 0 RETURNING id"
)
_FORGET_NONCES = "DELETE FROM exchange_nonce WHERE until < %s"
_COUNT = """
    INSERT INTO exchange_verification AS v (grant_id, day, who, asked)
    SELECT * FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::bigint[]) a(grant_id, day, who, calls)
    ORDER BY grant_id, day, who
    ON CONFLICT (grant_id, day, who) DO UPDATE SET asked = v.asked + excluded.asked
    RETURNING v.grant_id, v.day, v.who, v.asked
"""
_FORGET = "DELETE FROM exchange_verification WHERE day < %s"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back: the answer's bytes or the refusal, and the entry it stands under."""

    body: bytes
    refusal: Refusal | None
    entry: Appended

    @property
    def receipt(self) -> dict[str, Any]:
        """The receipt of the entry."""
        return receipt_from(self.entry)


_canonical = msgspec.json.Encoder(order="sorted")


class Written(New):
    """An entry of the gateway: no fractions in it, so that a quicker encoder writes the same canonical JSON."""

    __slots__ = ()

    def text(self, seq: int) -> str:
        """The entry as it is hashed, standing at `seq`."""
        return _canonical.encode(
            {
                "seq": seq,
                "at": instant(self.at),
                "kind": self.kind,
                "by": self.by,
                "department": self.department,
                "provider": self.provider,
                "subject": self.subject,
                "detail": self.detail,
            }
        ).decode()


@dataclass(slots=True)
class Job:
    """One call on its way through a group.

    `weight` is how many answers of the day's quota it takes. A `ready` one was answered elsewhere, with
    `count` rows and `more` for its entry, and comes to the group for that alone.
    """

    access: Access
    permit: Permit | None
    done: "asyncio.Future[Answered]"
    refusal: Refusal | None = None
    rows: Sequence[Sequence[Any]] = ()
    body: bytes = b""
    digest: str = ""
    matched: str = ""
    call: int = 0
    weight: int = 1
    ready: bool = False
    count: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def forget(self) -> None:
        """Take back what its group found out: it is as it came, to be carried through again."""
        self.refusal, self.rows, self.body, self.digest, self.matched, self.more = None, (), b"", "", "", {}

    def entry(self) -> New:
        """What the log keeps of it."""
        detail, outcome = self.access.detail(), dict[str, Any]()
        if self.refusal is not None:
            kind = "exchange.denied"
            outcome = {"decision": self.refusal.code}
        else:
            kind = "exchange.access"
            rows = self.count if self.ready else len(self.rows)
            outcome = {"decision": "answered", "found": bool(rows), "rows": rows, "digest": self.digest}
            outcome |= self.more
            if self.permit is not None and self.permit.match is not None:
                outcome["match"] = self.matched
        return Written(
            kind=kind,
            at=self.access.at,
            by=self.access.key.client,
            department=self.access.key.department,
            provider=self.access.provider,
            subject=self.access.resource,
            detail=detail | outcome,
        )

    def shape(self, zone: ZoneInfo) -> None:
        """Make the answer of the rows."""
        if self.permit is not None and self.refusal is None and not self.ready:
            self.body, self.digest = answers.digest(
                answers.answer(self.permit, self.rows, zone, self.matched)
            )

    def complete(self, more: dict[str, Any]) -> None:
        """Make the answer of what was found elsewhere, beside what every answer begins with."""
        assert self.permit is not None  # noqa: S101 - only lawful calls are answered
        self.body, self.digest = answers.digest(answers.begun(self.permit) | more)


class Desk:
    """Carries calls through, group by group.

    Args:
        fast: connections whose commits don't wait for the disk, for admitting and fetching.
        durable: connections whose commits do, for the log.
        zone: the platform's time zone.
        renew: reads the book anew, where a table it names is gone.
        verifications: how often a day one record may be verified under one grant.
    """

    def __init__(
        self,
        fast: Pool,
        durable: Pool,
        zone: ZoneInfo,
        renew: Callable[[], Awaitable[Book]],
        verifications: int,
    ) -> None:
        self._fast, self._durable, self.zone, self.renew = fast, durable, zone, renew
        self._admitting, self._fetching, self._entering = Wire(fast), Wire(fast), Wire(durable)
        self._aside = asyncio.Semaphore(ASIDE)
        self._tallies = Tallies()
        self._verifications = verifications
        self._counted = date.min
        self._used = datetime.min.replace(tzinfo=UTC)
        self._pen = Pen()
        self._waiting, self._admitted = Waiting[Job](LARGEST_GROUP), Waiting[Job](LARGEST_GROUP)
        halves = (self._waiting, self._prepare), (self._admitted, self._enter)
        self._workers = [asyncio.create_task(self._work(*half)) for half in halves]

    async def close(self) -> None:
        """End the work; calls that still wait are refused."""
        await end(*self._workers)
        for wire in (self._admitting, self._fetching, self._entering):
            await wire.close()
        for job in (*self._waiting.empty(), *self._admitted.empty()):
            _fail(job, errors.LogUnavailable())

    async def answer(self, permit: Permit) -> Answered:
        """Carry a lawful call through; the answer may still be a refusal (quota, a grant just revoked)."""
        return await self._through(Job(permit.access, permit, self._future()))

    async def deny(self, access: Access, refusal: Refusal) -> Answered:
        """Enter a refused call in the log."""
        return await self._through(Job(access, None, self._future(), refusal=refusal))

    @staticmethod
    def _future() -> "asyncio.Future[Answered]":
        return asyncio.get_running_loop().create_future()

    # What batches and lists need: they are worked on beside the groups, two at once, so that no single call waits.

    def job(self, access: Access, permit: Permit, *, weight: int) -> Job:
        """A call that is worked on aside."""
        return Job(access, permit, self._future(), weight=weight)

    def aside(self) -> asyncio.Semaphore:
        """Leave to work aside."""
        return self._aside

    def note(self, permit: Permit, values: Iterable[Any]) -> None:
        """Count look-ups that were answered aside."""
        self._tallies.note(permit.held.id, permit.access.at, values)

    async def write_tallies(self) -> None:
        """Write down what was counted of the way look-ups are made."""
        await self._tallies.write(self._fast)

    def fast(self) -> "AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]":
        """A connection whose commits don't wait for the disk."""
        return self._fast.connection()

    async def admit_alone(self, connection: Connection, job: Job) -> None:
        """Use its nonce, count it with its weight; it has a refusal afterwards where it isn't admitted."""
        await self._use_nonces(connection, [job])
        await admit(connection, [job] if job.refusal is None else [])

    async def count_each(
        self, connection: Connection, permit: Permit, who: Sequence[Sequence[str]]
    ) -> set[int]:
        """Count the verifications of many records; the places of those that were verified too often."""
        counts = Counter(one for column in who for one in column)
        grants, days = [permit.held.id] * len(counts), [permit.day] * len(counts)
        cursor = await connection.execute(_COUNT, [grants, days, list(counts), list(counts.values())])
        left = {
            one: self._verifications - (int(total) - counts[one])
            for _, _, one, total in await cursor.fetchall()
        }
        barred = set()
        for place, hashes in enumerate(zip(*who, strict=True)):
            for one in hashes:
                left[one] -= 1
            if any(left[one] < 0 for one in hashes):
                barred.add(place)
        await self._forget({permit.day}, connection)
        return barred

    async def enter(self, job: Job) -> Answered:
        """Enter a call that was worked on aside; when this returns its entry is durable."""
        job.ready = True
        return await self._through(job)

    async def _through(self, job: Job) -> Answered:
        lawful = job.permit is not None and not job.ready
        (self._waiting if lawful else self._admitted).put(job)
        return await job.done

    async def _work(self, waiting: Waiting[Job], carry: Callable[[Sequence[Job]], Awaitable[None]]) -> None:
        """One half: one group after the other, each of everything that arrived while the last one was worked on."""
        while True:
            group = await waiting.take()
            try:
                await carry(group)
            except Exception as error:
                await self._failed(group, error, carry)
            except asyncio.CancelledError:
                for job in group:
                    _fail(job, errors.LogUnavailable())
                raise

    async def _prepare(self, group: Sequence[Job]) -> None:
        """The first half: admit lawful calls, fetch their rows, make their answers."""
        # Side by side; rows of a call that turns out not to be admitted go no further.
        admitted, fetched = await asyncio.gather(
            self._admit(self._admitting, group),
            fetch(self._fetching, group, self.renew),
            return_exceptions=True,
        )
        for outcome in (admitted, fetched):
            if isinstance(outcome, BaseException):
                raise outcome
        assert isinstance(fetched, list)  # noqa: S101 - no exception
        for dealt in fetched:
            dealt.out()
        for job in group:
            if job.refusal is None and job.permit is not None and job.permit.by:
                self._tallies.note(job.permit.held.id, job.access.at, [job.permit.by[0][1]])
            job.shape(self.zone)
        for job in group:
            self._admitted.put(job)

    async def _enter(self, group: Sequence[Job]) -> None:
        """The second half: enter the calls in the log, and when that is durable let their answers go."""
        entries = await self._pen.append(self._entering, [job.entry() for job in group])
        for job, entry in zip(group, entries, strict=True):
            _let_go(job, Answered(job.body, job.refusal, entry))
        self._waiting.expect(len(group))

    async def _admit(self, connection: Connection, lawful: Sequence[Job]) -> None:
        await self._use_nonces(connection, lawful)
        await admit(connection, [job for job in lawful if job.refusal is None])
        days = await count_verifications(connection, lawful, self._verifications)
        await self._forget(days, connection)

    async def _forget(self, days: set[date], connection: Connection) -> None:
        if days and max(days) > self._counted:
            # Who was verified is nobody's business once the day is past; a clock beside ours may lag behind it.
            self._counted = max(days)
            await connection.execute(_FORGET, [self._counted - timedelta(days=1)])

    async def _use_nonces(self, connection: Connection, lawful: Sequence[Job]) -> None:
        signed = [job for job in lawful if job.access.signer is not None]
        if not signed:
            return
        await use_nonces(connection, signed)
        for job in signed:
            if job.refusal is None and job.access.signer is not None and job.access.signer.trial:
                await spend(connection, job)
        newest = max(job.access.at for job in signed)
        if newest - self._used > NONCES_KEPT:
            # Those of signatures that have expired; clocks of gateways may differ a little.
            self._used = newest
            await connection.execute(_FORGET_NONCES, [newest - NONCES_KEPT])

    async def _failed(
        self, group: Sequence[Job], error: Exception, carry: Callable[[Sequence[Job]], Awaitable[None]]
    ) -> None:
        """Nothing leaves. Where the database is there, each call is tried again alone: one may have spoilt the rest."""
        lost = isinstance(error, psycopg.OperationalError | PoolTimeout)
        _log.error("a group of %d calls failed: %s", len(group), type(error).__name__)
        if lost:
            await asyncio.gather(self._fast.check(), self._durable.check(), return_exceptions=True)
        for job in group:
            if lost or len(group) == 1:
                _fail(job, errors.LogUnavailable() if lost else errors.Defect())
                continue
            if carry == self._prepare:
                job.forget()
            try:
                await carry([job])
            except Exception as again:
                _log.error("a call failed: %s", type(again).__name__)
                _fail(job, errors.Defect())


def _let_go(job: Job, answered: Answered) -> None:
    if not job.done.done():
        job.done.set_result(answered)


def _fail(job: Job, refusal: Refusal) -> None:
    if not job.done.done():
        job.done.set_exception(refusal)


async def use_nonces(connection: Connection, jobs: Sequence[Job]) -> None:
    """Use up the nonces of signed calls; refuse those whose nonce was used, here or at another gateway.

    Of two in one group the first is let through. A call that is tried again finds its own nonce.
    """
    first: dict[uuid.UUID, Job] = {}
    for job in jobs:
        assert job.access.signer is not None  # noqa: S101 - the caller chose them so
        job.call = job.call or secrets.randbits(63)
        words = f"{job.access.signer.id}/{job.access.nonce}".encode()
        id_ = uuid.UUID(bytes=hashlib.sha256(words).digest()[:16])
        if id_ in first:
            job.refusal = errors.SignatureReplayed()
        else:
            first[id_] = job
    calls = list(first.values())
    values = [list(first), [job.call for job in calls], [job.access.until for job in calls]]
    cursor = await connection.execute(_USE, values)
    fresh = {id_ for (id_,) in await cursor.fetchall()}
    for id_, job in first.items():
        if id_ not in fresh:
            job.refusal = errors.SignatureReplayed()


async def spend(connection: Connection, job: Job) -> None:
    """Take one of the few calls of a trial key; refuse the call where none is left."""
    assert job.access.signer is not None  # noqa: S101 - the caller chose it so
    cursor = await connection.execute(_SPEND, [job.access.signer.id])
    if not await cursor.fetchall():
        job.refusal = errors.TrialUsedUp(most=trying.CALLS)


async def admit(connection: Connection, jobs: Sequence[Job]) -> None:
    """Count the calls, and refuse those of dead grants and keys and those beyond the quota.

    The count rises in one statement by all calls of a group: of a group of n that brings it to t, the
    places t-n+1 to t of the day are theirs, and those above the quota are refused. However many
    gateways count at once, every place is given once.
    """
    if not jobs:
        return
    calls: dict[tuple[int, int, int, date], list[Job]] = {}
    for job in jobs:
        assert job.permit is not None  # noqa: S101 - the caller chose them so
        calls.setdefault((job.permit.held.id, *_key_ids(job.access), job.permit.day), []).append(job)
    columns = [list(column) for column in zip(*calls, strict=True)]
    cursor = await connection.execute(_ADMIT, [*columns, [_weight(found) for found in calls.values()]])
    alive = {(*asked, day): int(total) for *asked, day, total in await cursor.fetchall()}
    by_day: dict[tuple[int, date], list[Job]] = {}
    for (grant, key, signer, day), found in calls.items():
        if (grant, key, signer, day) in alive:
            by_day.setdefault((grant, day), []).extend(found)
        else:
            for job in found:
                job.refusal = errors.GrantNotInForce(number=job.access.grant)
    totals = {(grant, day): total for (grant, _, _, day), total in alive.items()}
    for place_, found in by_day.items():
        _refuse_beyond_quota(found, totals[place_] - _weight(found))


def _weight(jobs: Sequence[Job]) -> int:
    return sum(job.weight for job in jobs)


def _key_ids(access: Access) -> tuple[int, int]:
    """The ids of the bearer key and of the signing key that a call came with, 0 for none."""
    if access.key.public is not None:
        return 0, access.key.id
    return access.key.id, access.signer.id if access.signer is not None else 0


def _refuse_beyond_quota(jobs: list[Job], before: int) -> None:
    """Refuse the calls of one grant and day whose place is beyond the quota; `before` were counted earlier."""
    number = before
    for job in jobs:
        assert job.permit is not None  # noqa: S101 - the caller chose them so
        held = job.permit.held
        number += job.weight
        if number > held.quota:
            job.refusal = errors.QuotaUsedUp(quota=held.quota, number=held.number)


async def count_verifications(connection: Connection, jobs: Sequence[Job], most: int) -> set[date]:
    """Count the verifications among admitted calls by what they look up; refuse those beyond `most`. The days counted.

    Places are given as `admit` gives them. A call that looks up by two columns counts for both, and is
    refused where either has no place left.
    """
    calls: dict[tuple[int, date, str], list[Job]] = {}
    for job in jobs:
        if job.permit is not None and job.refusal is None:
            for who in job.permit.who:
                calls.setdefault((job.permit.held.id, job.permit.day, who), []).append(job)
    if not calls:
        return set()
    columns = [list(column) for column in zip(*calls, strict=True)]
    cursor = await connection.execute(_COUNT, [*columns, [len(found) for found in calls.values()]])
    for grant, day, who, total in await cursor.fetchall():
        found = calls[grant, day, who]
        for job in found[max(0, most - (int(total) - len(found))) :]:
            job.refusal = errors.VerifiedTooOften(most=most, number=job.access.grant)
    return {day for _, day, _ in calls}


async def fetch(
    connection: Connection, jobs: Sequence[Job], renew: Callable[[], Awaitable[Book]]
) -> "list[Fetched | Matched]":
    """Read the rows of every call: one statement for those that ask one resource by the same columns for the same of the same rows."""
    kinds: dict[tuple[str, tuple[str, ...], tuple[str, ...], str], list[Job]] = {}
    fetched: list[Fetched | Matched] = []
    for job in jobs:
        assert job.permit is not None  # noqa: S101 - the caller chose them so
        if job.permit.match is not None:
            fetched.append(await match(connection, job))
            continue
        names = tuple(column for column, _ in job.permit.by)
        kind = (
            job.permit.served.code + job.permit.served.table,
            names,
            job.permit.columns,
            job.permit.held.rows.key,
        )
        kinds.setdefault(kind, []).append(job)
    for (_, names, _columns, _), found in kinds.items():
        permits = [job.permit for job in found if job.permit is not None]
        values = [[permit.by[n][1] for permit in permits] for n in range(len(names))]
        rows = await rows_of(connection, permits[0], names, values, renew)
        fetched.append(Fetched(found, rows, permits[0].served))
    return fetched


async def rows_of(
    connection: Connection,
    permit: Permit,
    names: Sequence[str],
    values: list[list[Any]],
    renew: Callable[[], Awaitable[Book]],
) -> list[Any] | None:
    """The rows that a permit lets be seen by many values at once; None where the resource isn't published any more."""
    served, columns, within = permit.served, permit.columns, permit.held.rows
    try:
        return await _rows(connection, served, names, columns, within, values)
    except psycopg.errors.UndefinedTable:
        # Published anew a moment ago; the new table stands in the next book.
        newer = (await renew()).resources.get(served.code)
        if newer is None or not newer.ready:
            return None
        return await _rows(connection, newer, names, columns, within, values)


async def _rows(
    connection: Connection,
    served: Served,
    names: Sequence[str],
    columns: Sequence[str],
    within: Filter,
    values: list[list[Any]],
) -> list[Any]:
    """Rows for many values at once, each with the place of its values from 1 in front."""
    statement, fixed = _statement(served, tuple(names), tuple(columns), within)
    if served.registry:  # golden records keep all values as text
        values = [[str(value) for value in column] for column in values]
    cursor = await connection.execute(statement, [*values, *fixed])
    return await cursor.fetchall()


def _statement(
    served: Served, names: tuple[str, ...], columns: tuple[str, ...], within: Filter
) -> tuple[bytes, list[Any]]:
    """The look-up as it is sent, composed once a book for calls of one kind."""
    kind = names, columns, within.key
    found: tuple[bytes, list[Any]] | None = served.found.get(kind)
    if found is None:
        if len(served.found) > MOST_KINDS:
            served.found.clear()
        statement, fixed = look_up(served, names, columns, within)
        found = served.found[kind] = statement.as_string(None).encode(), fixed
    return found


@dataclass(frozen=True, slots=True)
class Fetched:
    """The rows of calls of one kind, each with the place of its call in front; None where no table is served."""

    jobs: Sequence[Job]
    rows: list[Any] | None
    served: Served

    def out(self) -> None:
        """Give every admitted call its rows."""
        dealt: list[list[Sequence[Any]]] = [[] for _ in self.jobs]
        for number, *row in self.rows or ():
            dealt[number - 1].append(row)
        for job, found in zip(self.jobs, dealt, strict=True):
            if job.refusal is not None:
                continue
            if self.rows is None:
                job.refusal = errors.NotPublished(resource=self.served.title)
            elif len(found) > MOST_ROWS:
                job.refusal = errors.TooManyRows(most=MOST_ROWS)
            else:
                job.rows = found


@dataclass(frozen=True, slots=True)
class Matched:
    """What a match came to, and the row of the one that fits."""

    job: Job
    outcome: str
    rows: Sequence[Sequence[Any]]

    def out(self) -> None:
        """Give an admitted match its outcome."""
        if self.job.refusal is None:
            self.job.matched, self.job.rows = self.outcome, self.rows


async def match(connection: Connection, job: Job) -> Matched:
    """Look for whom a match means, and read the granted columns of the one that fits."""
    permit = job.permit
    assert permit is not None  # noqa: S101 - the caller chose them so
    assert permit.match is not None  # noqa: S101 - the caller chose them so
    found = await connection.execute(*statement(permit.served.registry, permit.match))
    candidates = await _covered(connection, permit, await found.fetchall())
    outcome, entity = decide(ranked(permit.match, candidates))
    if entity is not None:
        job.more = {"who": await whose.hashes(connection, permit.served, entity, job.access.at)}
    if entity is None or permit.shape == Shape.VERIFY:
        return Matched(job, outcome, ())
    query, values = one_entity(permit.served, permit.columns, permit.held.rows)
    cursor = await connection.execute(query, [entity, *values])
    rows = await cursor.fetchall()
    return Matched(job, outcome if rows else "none", rows if permit.columns else ())


async def _covered(connection: Connection, permit: Permit, rows: list[Any]) -> list[Any]:
    """The candidates that the grant covers: whoever it doesn't cover can't even make a match uncertain."""
    if not permit.held.rows or not rows:
        return rows
    query, values = among(permit.served, permit.held.rows)
    cursor = await connection.execute(query, [[row[0] for row in rows], *values])
    covered = {id_ for (id_,) in await cursor.fetchall()}
    return [row for row in rows if row[0] in covered]
