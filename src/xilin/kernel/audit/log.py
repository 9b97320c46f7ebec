"""Writing to the log: one way for Django's transaction, for a connection, and for the gateway's async one.

An append is one transaction:

1. lock the head, so that appends stand in one line;
2. extend the tree by the entries' hashes;
3. write entries, complete tiles, the signed checkpoint and the new head in one statement.

Nothing of it is there before the commit, all of it after.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection, Connection
from psycopg.pq import TransactionStatus

from xilin.kernel.audit.keys import Signer, signer_of
from xilin.kernel.audit.merkle import Grown
from xilin.kernel.audit.verifier import FIRST, Frontier, canonical, leaf_hash

LOCK = 'SELECT "size", "frontier", "shard", "first", "origin" FROM "audit_head" WHERE "id" = 1 FOR UPDATE'
# Arrays go over in binary: as text, psycopg escapes them character by character.
WRITE = """
WITH entries AS (
    INSERT INTO "audit_entry" ("seq", "at", "kind", "by", "department", "provider", "subject", "text", "leaf")
    SELECT * FROM unnest(%b::bigint[], %b::timestamptz[], %b::text[], %b::text[], %b::text[], %b::text[],
                         %b::text[], %b::text[], %b::bytea[])
), tiles AS (
    INSERT INTO "audit_tile" ("shard", "level", "number", "root")
    SELECT %b::smallint, * FROM unnest(%b::smallint[], %b::bigint[], %b::bytea[])
), checkpoints AS (
    INSERT INTO "audit_checkpoint" ("size", "root", "note", "at") VALUES (%b, %b, %b, %b)
)
UPDATE "audit_head" SET "size" = %b, "frontier" = %b, "shard" = %b, "first" = %b, "origin" = %b WHERE "id" = 1
"""
# Widths of the columns that serve searching.
WIDTHS = {"kind": 80, "by": 150, "department": 80, "provider": 80, "subject": 200}


@dataclass(frozen=True, slots=True)
class New:
    """An entry to be: people and departments by name and code; `detail` is JSON and holds no person's data."""

    kind: str
    at: datetime
    by: str = ""
    department: str = ""
    provider: str = ""
    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the time of a log entry needs its zone")
        for name, width in WIDTHS.items():
            value = getattr(self, name)
            if len(value) > width or "\0" in value:
                raise ValueError(f"{name} of a log entry is at most {width} characters, none of them NUL")

    def text(self, seq: int) -> str:
        """The entry as it is hashed, standing at `seq`: canonical JSON."""
        return canonical(
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


def instant(at: datetime) -> str:
    """A time as entries write it: UTC to the microsecond, such as `2026-11-25T01:02:03.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry that stands in the log, with what its receipt needs: the tree it was signed in, and where that begins."""

    seq: int
    new: New
    text: str
    leaf: bytes
    checkpoint: str
    tree: Grown
    first: int = 0


def append(connection: Connection[Any], entries: Sequence[New]) -> list[Appended]:
    """Append on a psycopg connection, in its running transaction or in one of its own."""
    with connection.transaction(), connection.cursor() as cursor:
        return append_with(cursor, entries)


async def append_many(connection: AsyncConnection[Any], entries: Sequence[New]) -> list[Appended]:
    """Append in one transaction that is durable when this returns; the connection must be in none."""
    if connection.info.transaction_status != TransactionStatus.IDLE:
        raise ValueError("an append that must be durable can't join a transaction")
    if not entries:
        return []
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute(LOCK)
        appended, values = _extended(read_head(await cursor.fetchone()), entries)
        await cursor.execute(WRITE, values)
    return appended


async def verifier_key(connection: AsyncConnection[Any]) -> str:
    """The key that the growing log's checkpoints are checked with."""
    row = await (await connection.execute('SELECT "origin" FROM "audit_head" WHERE "id" = 1')).fetchone()
    return signer_of(row[0] if row else "").verifier_key


def append_with(cursor: Any, entries: Sequence[New]) -> list[Appended]:
    """Append with a cursor (psycopg's or Django's) whose transaction the caller holds open."""
    if not entries:
        return []
    return append_after(cursor, lock(cursor), entries)


@dataclass(frozen=True, slots=True)
class Locked:
    """The head as it was locked: how many entries there are, and the right edge, number, first entry and name of its shard."""

    size: int
    frontier: bytes
    shard: int
    first: int
    origin: str


def lock(cursor: Any) -> Locked:
    """Lock the head until the transaction ends; LookupError where the tables are not there."""
    cursor.execute(LOCK)
    return read_head(cursor.fetchone())


def read_head(row: Any) -> Locked:
    """What a row of `LOCK` says."""
    if row is None:
        raise LookupError("the log has no head: migrate the database")
    return Locked(int(row[0]), bytes(row[1]), int(row[2]), int(row[3]), str(row[4]))


def append_after(cursor: Any, head: Locked, entries: Sequence[New], *more: str) -> list[Appended]:
    """Append after a head that is locked; `more` are further lines of the checkpoint."""
    appended, values = _extended(head, entries, *more)
    cursor.execute(WRITE, values)
    return appended


def _extended(head: Locked, entries: Sequence[New], *more: str) -> tuple[list[Appended], list[Any]]:
    """What the entries become after a head, and the values `WRITE` takes."""
    size, first, frontier = head.size, head.first, head.frontier
    tree = Frontier(size - first, [frontier[at : at + 32] for at in range(0, len(frontier), 32)])
    texts = [new.text(seq) for seq, new in enumerate(entries, size)]
    leaves = [leaf_hash(text.encode()) for text in texts]
    grown = Grown(size - first, tuple(tree.hashes), leaves)
    tiles = [tile for leaf in leaves for tile in tree.append(leaf)]
    root = tree.root()
    begins = (f"{FIRST} {first}",) if first else ()
    signer: Signer = signer_of(head.origin)
    note = signer.note(tree.size, root, *begins, *more)
    end = first + tree.size
    values = [
        list(range(size, end)),
        [new.at for new in entries],
        *([getattr(new, name) for new in entries] for name in WIDTHS),
        texts,
        leaves,
        head.shard,
        [level for level, _, _ in tiles],
        [number for _, number, _ in tiles],
        [hash_ for _, _, hash_ in tiles],
        *(end, root, note, entries[-1].at),
        *(end, b"".join(tree.hashes), head.shard, first, head.origin),
    ]
    appended = [
        Appended(seq, new, text, leaf, note, grown, first)
        for seq, (new, text, leaf) in enumerate(zip(entries, texts, leaves, strict=True), size)
    ]
    return appended, values
