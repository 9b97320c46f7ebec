"""Replaying the whole log out of its tables: every entry, column, tile and signature, and the head."""

from collections.abc import Iterable, Iterator, Sequence
from json.encoder import encode_basestring as quoted
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from xilin.kernel.audit.keys import signer
from xilin.kernel.audit.models import Checkpoint, Head, Tile
from xilin.kernel.audit.verifier import (
    TILE_HEIGHT,
    Finding,
    Invalid,
    LogCheck,
    leaf_hash,
    read_checkpoint,
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
     + (SELECT count(*) FROM "audit_tile" WHERE "number" >= head."size" >> (%s * "level"))
     + (SELECT count(*) FROM "audit_checkpoint" WHERE "size" > head."size")
FROM "audit_head" head
"""


def verify_log(kept: Iterable[str] = ()) -> list[Finding]:
    """Everything wrong with the log as it stands, and with it against checkpoints kept elsewhere.

    Reads up to the present head in batches; appends may go on meanwhile. Every signature is checked.
    """
    head = Head.objects.get(id=1)
    faults = _Faults()
    check = LogCheck(_notes(head.size, faults), signer().verifier_key, kept, every=1, holds=holds)
    for batch in rows(head.size):
        completed: list[tuple[int, int, bytes]] = []
        for row in batch:
            check.add(row.text.encode())
            faults.of_row(row)
            completed += check.completed
        faults.of_tiles(completed)
    check.finish()
    size = head.size
    if b"".join(check.tree.hashes) != bytes(head.frontier) or check.tree.size != size:
        faults.add(size, size, "树头与记录不符。", "The head doesn't fit the entries.")
    if _beyond():
        faults.add(
            size,
            size,
            "树头之外还有记录、瓦片或检查点。",
            "There are entries, tiles or checkpoints beyond the head.",
        )
    return sorted([*check.findings, *faults.found], key=lambda found: (found.first, found.last))


def rows(size: int) -> Iterator[list[Row]]:
    """The rows of entries numbered below `size`, in order, in batches."""
    for first in range(0, size, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [first, min(first + BATCH, size)])
            yield [Row(*row) for row in cursor.fetchall()]


def notes(size: int) -> Iterator[Checkpoint]:
    """The checkpoints of up to `size` entries, by rising size."""
    return Checkpoint.objects.filter(size__lte=size).order_by("size").iterator(chunk_size=BATCH)


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

    def of_tiles(self, completed: Sequence[tuple[int, int, bytes]]) -> None:
        """Whether the tables keep the tiles that the entries complete."""
        for level in sorted({level for level, _, _ in completed}):
            wanted = {number: root for height, number, root in completed if height == level}
            stored = Tile.objects.filter(level=level, number__in=wanted)
            known = {number: bytes(root) for number, root in stored.values_list("number", "root")}
            width = 1 << TILE_HEIGHT * level
            for number, root in wanted.items():
                if known.get(number) != root:
                    self.add(
                        number * width,
                        (number + 1) * width - 1,
                        "瓦片与记录不符。",
                        "A tile doesn't fit the entries.",
                    )

    def of_checkpoint(self, row: Checkpoint) -> None:
        """Whether the columns of a checkpoint say the same as what was signed."""
        try:
            stated = read_checkpoint(row.note)
        except Invalid:
            return
        if (stated.size, stated.root) != (row.size, bytes(row.root)):
            at = max(row.size - 1, 0)
            self.add(
                at, at, "检查点各列与签名文本不符。", "A checkpoint's columns don't fit its signed note."
            )


def _notes(size: int, faults: _Faults) -> Iterator[str]:
    for row in notes(size):
        faults.of_checkpoint(row)
        yield row.note


def _beyond() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_BEYOND, [TILE_HEIGHT])
        (count,) = cursor.fetchone()
    return bool(count)
