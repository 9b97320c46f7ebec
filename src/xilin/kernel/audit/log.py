"""Writing to the log: one way for Django's transaction, for a connection, and for the gateway's async one.

An append is one transaction:

1. lock the head, so that appends stand in one line;
2. extend the tree by the entries' hashes;
3. write entries, complete tiles, the signed checkpoint and the new head in one statement.

Nothing of it is there before the commit, all of it after. Who appends again and again needs no lock: the statement
writes only where the head is still the one that the entries were hashed after (`Pen`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection, Connection

from xilin.kernel.audit.keys import Signer, signer_of
from xilin.kernel.audit.merkle import Grown
from xilin.kernel.audit.verifier import FIRST, Frontier, canonical, leaf_hash
from xilin.lib.wire import Wire

LOCK = 'SELECT "size", "frontier", "shard", "first", "origin" FROM "audit_head" WHERE "id" = 1 FOR UPDATE'
# It writes all of it or, where the head isn't the one that was extended, nothing. Arrays go over in binary: as text,
# psycopg escapes them character by character.
WRITE = """
WITH moved AS (
    UPDATE "audit_head" SET "size" = %b, "frontier" = %b, "shard" = %b, "first" = %b, "origin" = %b
    WHERE "id" = 1 AND "size" = %b AND "frontier" = %b AND "shard" = %b AND "first" = %b AND "origin" = %b
    RETURNING "shard"
), entries AS (
    INSERT INTO "audit_entry" ("seq", "at", "kind", "by", "department", "provider", "subject", "text", "leaf")
    SELECT e.* FROM moved, unnest(%b::bigint[], %b::timestamptz[], %b::text[], %b::text[], %b::text[], %b::text[],
                                  %b::text[], %b::text[], %b::bytea[]) e
), tiles AS (
    INSERT INTO "audit_tile" ("shard", "level", "number", "root")
    SELECT moved."shard", t.* FROM moved, unnest(%b::smallint[], %b::bigint[], %b::bytea[]) t
), checkpoints AS (
    INSERT INTO "audit_checkpoint" ("size", "root", "note", "at")
    SELECT %b::bigint, %b::bytea, %b::text, %b::timestamptz FROM moved
)
SELECT count(*) FROM moved
"""
BEGIN = f"BEGIN; {LOCK}"
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


class Pen:
    """What one process appends with, one append after the other: in one round trip as long as nobody else writes.

    It remembers the head it left. Where that is the head still, a single statement is the whole transaction; where
    somebody else has written, nothing of that statement is, and the head is locked before the entries are hashed anew.
    """

    def __init__(self) -> None:
        self._left: Head | None = None
        self._alone = True

    async def append(self, wire: Wire, entries: Sequence[New]) -> list[Appended]:
        """Append in one transaction that is durable when this returns."""
        if not entries:
            return []
        left, self._left = self._left, None
        if left is not None and self._alone:
            grown = _extended(left, entries)
            if moved(await (await wire.execute(WRITE, grown.values)).fetchone()):
                self._left = grown.head
                return grown.appended
        async with wire.borrowed() as connection:
            head, grown = await _append_locked(connection, entries)
        # Beside another writer each attempt without a lock would be one for nothing.
        self._alone, self._left = left is None or head.size == left.size, grown.head
        return grown.appended


async def _append_locked(connection: AsyncConnection[Any], entries: Sequence[New]) -> "tuple[Head, Extended]":
    """Append behind a lock, in two round trips; the head as it was, and what it became."""
    try:
        locked = await connection.execute(BEGIN)
        locked.nextset()
        head = read_head(await locked.fetchone())
        grown = _extended(head, entries)
        async with connection.pipeline():
            written = await connection.execute(WRITE, grown.values, prepare=True, binary=True)
            await connection.execute("COMMIT")
        if not moved(await written.fetchone()):
            raise LookupError("the head that was locked is another one")
    except BaseException:
        with suppress(psycopg.Error):  # a connection that is lost has nothing to roll back
            await connection.rollback()
        raise
    return head, grown


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
class Head:
    """The head at a moment: how many entries there are, and the right edge, number, first entry and name of its shard."""

    size: int
    frontier: bytes
    shard: int
    first: int
    origin: str

    @property
    def row(self) -> tuple[Any, ...]:
        """It as the table holds it."""
        return self.size, self.frontier, self.shard, self.first, self.origin


def lock(cursor: Any) -> Head:
    """Lock the head until the transaction ends; LookupError where the tables are not there."""
    cursor.execute(LOCK)
    return read_head(cursor.fetchone())


def read_head(row: Any) -> Head:
    """What a row of `LOCK` says."""
    if row is None:
        raise LookupError("the log has no head: migrate the database")
    return Head(int(row[0]), bytes(row[1]), int(row[2]), int(row[3]), str(row[4]))


def append_after(
    cursor: Any, head: Head, entries: Sequence[New], *more: str, stands: Head | None = None
) -> list[Appended]:
    """Append after a head that is locked; `more` are further lines of the checkpoint.

    `stands` is the locked head where the entries begin a shard of their own and `head` is that shard's, still empty.
    """
    grown = _extended(head, entries, *more, stands=stands)
    cursor.execute(WRITE, grown.values)
    if not moved(cursor.fetchone()):
        raise LookupError("the head that was locked is another one")
    return grown.appended


def moved(row: Any) -> bool:
    """Whether a row of `WRITE` says that everything was written, and not that nothing was."""
    return row is not None and bool(row[0])


@dataclass(frozen=True, slots=True)
class Extended:
    """What entries become after a head: themselves, the head that is left, and the values `WRITE` takes."""

    appended: list[Appended]
    head: Head
    values: list[Any]


def _extended(head: Head, entries: Sequence[New], *more: str, stands: Head | None = None) -> Extended:
    """What the entries become after a head; `stands` is what the table has in its place."""
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
    left = replace(head, size=first + tree.size, frontier=b"".join(tree.hashes))
    values = [
        *left.row,
        *(stands or head).row,
        list(range(size, left.size)),
        [new.at for new in entries],
        *([getattr(new, name) for new in entries] for name in WIDTHS),
        texts,
        leaves,
        [level for level, _, _ in tiles],
        [number for _, number, _ in tiles],
        [hash_ for _, _, hash_ in tiles],
        *(left.size, root, note, entries[-1].at),
    ]
    appended = [
        Appended(seq, new, text, leaf, note, grown, first)
        for seq, (new, text, leaf) in enumerate(zip(entries, texts, leaves, strict=True), size)
    ]
    return Extended(appended, left, values)
