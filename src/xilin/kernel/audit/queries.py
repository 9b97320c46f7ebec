"""Reading the log: its state, entries, receipts."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from xilin.kernel.audit.errors import NotWitnessed
from xilin.kernel.audit.log import Appended
from xilin.kernel.audit.merkle import Reader, Tree, spans_about
from xilin.kernel.audit.models import Checkpoint, Cosignature, Entry, Head, Standing
from xilin.kernel.audit.quorum import declared
from xilin.kernel.audit.replay import holds, verify_log
from xilin.kernel.audit.spans import Span, spans
from xilin.kernel.audit.verifier import RECEIPT, cosigned
from xilin.lib.errors import NotFound

__all__ = [
    "all_keys",
    "checkpoint",
    "consistency",
    "declared",
    "entries",
    "extension",
    "inclusion",
    "key",
    "receipt",
    "receipt_from",
    "size",
    "standings",
    "verify_log",
    "witnessed",
]
# Below so many checkpoints whose cosignatures turn out not to hold no other one is looked for.
TRIED = 20


def size() -> int:
    """How many entries the log has."""
    return Head.objects.get(id=1).size


def pulse() -> tuple[Any, ...]:
    """What changes with every entry and every attempt at a witness, cheaply asked."""
    return size(), *Standing.objects.values_list("witness", "outcome", "size")


def signed_at() -> datetime | None:
    """When the newest checkpoint was signed."""
    newest = Checkpoint.objects.first()
    return newest.at if newest else None


_FIRST: dict[datetime, int] = {}


def count_since(at: datetime) -> int:
    """How many entries there are since a moment, in a log however large.

    Entries stand in the order of their time, so that a few looks by number find the first.
    """
    low, high = 0, size()
    whole, known = high, _FIRST.get(at)
    if known is not None and known < whole and _at(known) >= at and (not known or _at(known - 1) < at):
        return whole - known
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if _at(middle) < at else (low, middle)
    if len(_FIRST) > 8:
        _FIRST.clear()
    _FIRST[at] = low
    return whole - low


def _at(seq: int) -> datetime:
    return Entry.objects.values_list("at", flat=True).get(seq=seq)


def checkpoint() -> str:
    """The newest signed checkpoint, with what witnesses signed of it; "" while the log is empty."""
    newest = Checkpoint.objects.first()
    return newest.note + cosignatures(newest.size) if newest else ""


def cosignatures(size: int) -> str:
    """The lines that witnesses signed of the checkpoint of a size."""
    return "".join(Cosignature.objects.filter(size=size).values_list("line", flat=True))


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that enough witnesses cosigned: its size, the note, and who signed it when (seconds since 1970)."""

    size: int
    note: str
    seen: dict[str, int]


def witnessed(least: int = 0, most: int | None = None) -> Witnessed | None:
    """The newest checkpoint of more than `least` entries (and not above `most`) whose cosignatures hold and suffice, or None."""
    quorum = declared()
    if not quorum.needed:
        return None
    rows = Cosignature.objects.filter(witness__in=[one.name for one in quorum.witness], size__gt=least)
    rows = rows if most is None else rows.filter(size__lte=most)
    enough = rows.values("size").annotate(n=Count("witness")).filter(n__gte=quorum.needed).order_by("-size")
    for size in enough.values_list("size", flat=True)[:TRIED]:
        note = Checkpoint.objects.get(size=size).note + cosignatures(size)
        seen = cosigned(note, quorum.keys, holds)
        if len(seen) >= quorum.needed:
            return Witnessed(size, note, seen)
    return None


def standings() -> list[Standing]:
    """How each declared witness stands, as they are declared; one that was never asked is left out."""
    known = {one.witness: one for one in Standing.objects.all()}
    return [known[one.name] for one in declared().witness if one.name in known]


def key(origin: str = "") -> str:
    """The key that the growing log's checkpoints are checked with, or that of the month of a name; "" where there is none."""
    known = spans()
    return next((span.key for span in known if span.origin == origin), "") if origin else known[-1].key


def all_keys() -> list[str]:
    """The verifier keys of all months, the first one first."""
    return [span.key for span in spans()]


def entries(
    *,
    kind: str | None = None,
    department: str | None = None,
    provider: str | None = None,
    subject: str | None = None,
) -> QuerySet[Entry]:
    """Entries, newest first; a kind that ends with a dot means all kinds below it."""
    found = Entry.objects.all()
    if kind is not None:
        found = found.filter(kind__startswith=kind) if kind.endswith(".") else found.filter(kind=kind)
    for name, value in (("department", department), ("provider", provider), ("subject", subject)):
        if value is not None:
            found = found.filter(**{name: value})
    return found


# An entry, the month's log it stands in, and that log's newest checkpoint, in one round trip.
_STANDS = """
SELECT e."text", coalesce(s."id", 0), coalesce(s."first", 0), c."size", c."note", n."first"
FROM "audit_entry" e
LEFT JOIN LATERAL (
    SELECT "id", "first" FROM "audit_shard" WHERE "first" <= e."seq" ORDER BY "first" DESC LIMIT 1
) s ON true
LEFT JOIN LATERAL (
    SELECT "first" FROM "audit_shard" WHERE "first" > e."seq" ORDER BY "first" LIMIT 1
) n ON true
LEFT JOIN LATERAL (
    SELECT "size", "note" FROM "audit_checkpoint"
    WHERE "size" > e."seq" AND "size" <= coalesce(n."first", 9223372036854775807) ORDER BY "size" DESC LIMIT 1
) c ON true
WHERE e."seq" = %s
"""


def receipt(seq: int, *, under_witnesses: bool = False) -> dict[str, Any]:
    """The receipt of an entry under the newest checkpoint, or the newest that enough witnesses cosigned; else NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, [seq])
        row = cursor.fetchone()
    if row is None or row[4] is None:
        raise NotFound(kind=Entry._meta.verbose_name, name=seq)
    text, shard, first, size, note, end = row
    if under_witnesses:
        found = witnessed(seq, end)
        if found is None:
            raise NotWitnessed(seq=seq)
        size, note = found.size, found.note
    path = inclusion(Span(shard, "", first, end), seq - first, size - first)
    return _receipt(seq - first, text, path, note)


def receipt_from(appended: Appended) -> dict[str, Any]:
    """The receipt of an entry just appended, under the checkpoint signed with it; reads nothing."""
    index = appended.seq - appended.first
    return _receipt(index, appended.text, appended.tree.inclusion(index), appended.checkpoint)


def consistency(older: int) -> list[bytes]:
    """The proof that the newest checkpoint's log extends its first entries, `older` in number of all. RFC 9162, 2.1.4.1."""
    newest, span = Checkpoint.objects.first(), spans()[-1]
    if newest is None or not span.first < older <= newest.size:
        raise NotFound(kind=Checkpoint._meta.verbose_name, name=older)
    return extension(span, older - span.first, newest.size - span.first)


def extension(span: Span, older: int, size: int) -> list[bytes]:
    """The proof that a month's first `size` entries extend its first `older` ones; both must be there."""
    return Tree(size, _kept(span, size, older - 1, older)).consistency(older)


def inclusion(span: Span, index: int, size: int) -> list[bytes]:
    """The path from a month's entry, counted from its first, to the root over its first `size` ones, which must be there."""
    return Tree(size, _kept(span, size, index)).inclusion(index)


_LEAVES = """
SELECT 0, %s::bigint, string_agg("leaf", ''::bytea ORDER BY "seq") FROM "audit_entry" WHERE "seq" >= %s AND "seq" < %s
"""
_ROOTS = """
SELECT %s, %s, string_agg("root", ''::bytea ORDER BY "number") FROM "audit_tile"
WHERE "shard" = %s AND "level" = %s AND "number" >= %s AND "number" < %s
"""


def _kept(span: Span, size: int, *indices: int) -> Reader:
    """A reader of a month's hashes as the tables keep them, with all that proofs about some leaves need read in one statement."""
    parts: list[str] = []
    values: list[int] = []
    for level, first, count in spans_about(size, *indices):
        parts.append(_ROOTS if level else _LEAVES)
        if level:
            values += [level, first, span.id, level, first, first + count]
        else:
            values += [first, span.first + first, span.first + first + count]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        found = {(level, first): bytes(hashes or b"") for level, first, hashes in cursor.fetchall()}

    def read(level: int, first: int, count: int) -> Sequence[bytes]:
        hashes = found[level, first]
        return [hashes[at : at + 32] for at in range(0, len(hashes), 32)]

    return read


def _receipt(index: int, text: str, path: Sequence[bytes], note: str) -> dict[str, Any]:
    return {
        "format": RECEIPT,
        "index": index,
        "entry": text,
        "path": [_encoded(hash_) for hash_ in path],
        "checkpoint": note,
    }


@lru_cache(maxsize=1024)
def _encoded(hash_: bytes) -> str:
    """A hash in base64; entries appended together share most of their paths."""
    return base64.b64encode(hash_).decode()
