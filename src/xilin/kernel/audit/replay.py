"""Replaying the whole log out of its tables: every entry, column, tile and signature, and the head."""

from collections.abc import Iterable, Iterator, Sequence
from json.encoder import encode_basestring as quoted
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from xilin.kernel.audit.keys import signer
from xilin.kernel.audit.models import Checkpoint, Head, Tile
from xilin.kernel.audit.spans import Span, spans
from xilin.kernel.audit.verifier import (
    TILE_HEIGHT,
    Finding,
    Invalid,
    LogCheck,
    key_after,
    leaf_hash,
    origin_of,
    read_checkpoint,
    verify_carried,
)

BATCH = 5120
# Beyond this many findings of one kind the rest is not told one by one.
TOLD = 100


class Row(NamedTuple):
    """One row of the entries' table, its time as entries write it."""

    seq: int
    at: str
    kind: str
    by: str
    department: str
    provider: str
    subject: str
    text: str
    leaf: bytes


_ROWS = """
SELECT "seq", to_char("at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), "kind", "by", "department", "provider", "subject", "text", "leaf"
FROM "audit_entry" WHERE "seq" >= %s AND "seq" < %s ORDER BY "seq"
"""
# One statement, so one moment: appends that go on meanwhile don't count.
_BEYOND = """
SELECT (SELECT count(*) FROM "audit_entry" WHERE "seq" >= head."size")
     + (SELECT count(*) FROM "audit_tile" t LEFT JOIN "audit_shard" s ON s."id" = t."shard"
        LEFT JOIN "audit_shard" n ON n."id" = t."shard" + 1
        WHERE t."number" >= (coalesce(n."first", head."size") - coalesce(s."first", 0)) >> (%s * t."level")
        OR t."shard" <> 0 AND s."id" IS NULL)
     + (SELECT count(*) FROM "audit_shard" WHERE "first" >= head."size")
     + (SELECT count(*) FROM "audit_checkpoint" WHERE "size" > head."size")
FROM "audit_head" head
"""


def verify_log(kept: Iterable[str] = ()) -> list[Finding]:
    """Everything wrong with the log as it stands, and with it against checkpoints kept elsewhere.

    Reads up to the present head in batches; appends may go on meanwhile. Every signature is checked.
    """
    head = Head.objects.get(id=1)
    faults, kept = _Faults(), list(kept)
    checks: list[LogCheck] = []
    shards = [span for span in spans() if not span.id or span.first < head.size]
    for span in shards:
        end = head.size if span.end is None else min(span.end, head.size)
        own = [text for text in kept if len(shards) == 1 or origin_of(text) == span.origin]
        kept = [text for text in kept if text not in own]
        notes_of = _notes(span.first, end, faults)
        check = LogCheck(notes_of, span.key, own, every=1, holds=holds, first=span.first)
        for batch in rows(end, span.first):
            completed: list[tuple[int, int, bytes]] = []
            for row in batch:
                if checks and not check.tree.size:
                    verify_carried(checks[-1], check, row.text.encode())
                check.add(row.text.encode())
                faults.of_row(row)
                completed += check.completed
            faults.of_tiles(span, completed)
        check.finish()
        checks.append(check)
        if span is not shards[-1] and key_after(check) not in ("", shards[span.id + 1].key):
            faults.add(
                end, end, "月度日志表与检查点不符。", "The table of months doesn't fit the checkpoints."
            )
    if kept:
        faults.add(0, 0, "所给检查点出自别的日志。", "A checkpoint you gave is of another log.")
    size, newest = head.size, shards[-1]
    fits = (head.shard, head.first, head.origin or signer().origin) == (
        newest.id,
        newest.first,
        newest.origin,
    )
    if (
        not fits
        or b"".join(check.tree.hashes) != bytes(head.frontier)
        or check.first + check.tree.size != size
    ):
        faults.add(size, size, "树头与记录不符。", "The head doesn't fit the entries.")
    if _beyond():
        faults.add(
            size,
            size,
            "树头之外还有记录、瓦片或检查点。",
            "There are entries, tiles or checkpoints beyond the head.",
        )
    found_in = [found for check in checks for found in check.findings]
    return sorted([*found_in, *faults.found], key=lambda found: (found.first, found.last))


def rows(size: int, start: int = 0) -> Iterator[list[Row]]:
    """The rows of entries numbered from `start` to below `size`, in order, in batches."""
    for first in range(start, size, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [first, min(first + BATCH, size)])
            yield [Row(*row) for row in cursor.fetchall()]


def notes(size: int, start: int = 0) -> Iterator[Checkpoint]:
    """The checkpoints of more than `start` and up to `size` entries, by rising size."""
    found = Checkpoint.objects.filter(size__gt=start, size__lte=size)
    return found.order_by("size").iterator(chunk_size=BATCH)


def holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """What `verifier.ed25519_holds` says, a hundred times faster."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class _Faults:
    """What is wrong in the tables beside the texts of the entries."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(self, first: int, last: int, zh: str, en: str) -> None:
        if sum(1 for found in self.found if found.en == en) < TOLD:
            self.found.append(Finding(first, last, zh, en))

    def of_row(self, row: Row) -> None:
        """Whether the columns beside an entry's text say the same as it; all but `detail` stand in them."""
        if row.leaf != leaf_hash(row.text.encode()):
            self.add(row.seq, row.seq, "叶哈希与记录原文不符。", "The leaf hash doesn't fit the entry.")
        begins = f'{{"at":"{row.at}","by":{quoted(row.by)},"department":{quoted(row.department)},"detail":{{'
        ends = (
            f'}},"kind":{quoted(row.kind)},"provider":{quoted(row.provider)},'
            f'"seq":{row.seq},"subject":{quoted(row.subject)}}}'
        )
        if not (row.text.startswith(begins) and row.text.endswith(ends)):
            self.add(
                row.seq, row.seq, "检索列与记录原文不符。", "The columns for searching don't fit the entry."
            )

    def of_tiles(self, span: Span, completed: Sequence[tuple[int, int, bytes]]) -> None:
        """Whether the tables keep the tiles that the entries complete."""
        for level in sorted({level for level, _, _ in completed}):
            wanted = {number: root for height, number, root in completed if height == level}
            stored = Tile.objects.filter(shard=span.id, level=level, number__in=wanted)
            known = {number: bytes(root) for number, root in stored.values_list("number", "root")}
            width = 1 << TILE_HEIGHT * level
            for number, root in wanted.items():
                if known.get(number) != root:
                    self.add(
                        span.first + number * width,
                        span.first + (number + 1) * width - 1,
                        "瓦片与记录不符。",
                        "A tile doesn't fit the entries.",
                    )

    def of_checkpoint(self, row: Checkpoint) -> None:
        """Whether the columns of a checkpoint say the same as what was signed."""
        try:
            stated = read_checkpoint(row.note)
        except Invalid:
            return
        if (stated.first + stated.size, stated.root) != (row.size, bytes(row.root)):
            at = max(row.size - 1, 0)
            self.add(
                at, at, "检查点各列与签名文本不符。", "A checkpoint's columns don't fit its signed note."
            )


def _notes(start: int, size: int, faults: _Faults) -> Iterator[str]:
    for row in notes(size, start):
        faults.of_checkpoint(row)
        yield row.note


def _beyond() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_BEYOND, [TILE_HEIGHT])
        (count,) = cursor.fetchone()
    return bool(count)
