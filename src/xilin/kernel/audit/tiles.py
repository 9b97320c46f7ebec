"""瓦片 The log as static files: C2SP tlog-tiles, for whoever wants to recompute its proofs alone.

Each month's log is a tree of its own, with its own tiles. A tile holds hashes only; what was hashed stands in the
bundles of entries, which are not for everyone.
"""

import re

from django.db import connection

from xilin.kernel.audit.merkle import WIDTH
from xilin.kernel.audit.models import Checkpoint, Entry, Head
from xilin.kernel.audit.queries import cosignatures
from xilin.kernel.audit.spans import Span, spans
from xilin.kernel.audit.verifier import TILE_HEIGHT

# N in groups of three digits, all but the last with an x; W only where the tile isn't full.
PLACE = re.compile(r"((?:x\d{3}/){0,4}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
LARGEST_ENTRY = 0xFFFF
HIGHEST = 63

_LEAVES = 'SELECT string_agg("leaf", \'\'::bytea ORDER BY "seq") FROM "audit_entry" WHERE "seq" >= %s AND "seq" < %s'
_ROOTS = """
SELECT string_agg("root", ''::bytea ORDER BY "number") FROM "audit_tile"
WHERE "shard" = %s AND "level" = %s AND "number" >= %s AND "number" < %s
"""


def logs() -> list[Span]:
    """Every month's log, the first one first."""
    return spans()


def log_of(shard: int) -> Span | None:
    """The month's log of a number, 0 for the first; None where there is none."""
    return next((span for span in spans() if span.id == shard), None)


def size_of(span: Span) -> int:
    """How many entries a month's log has."""
    end = Head.objects.get(id=1).size if span.end is None else span.end
    return end - span.first


def checkpoint(span: Span) -> str:
    """The newest signed checkpoint of a month's log, with what witnesses signed of it; "" while it is empty."""
    rows = Checkpoint.objects.filter(size__gt=span.first)
    newest = (rows if span.end is None else rows.filter(size__lte=span.end)).first()
    return newest.note + cosignatures(newest.size) if newest else ""


def placed(path: str) -> tuple[int, int] | None:
    """The number and width that `x001/x234/067.p/8` names; None where it is no such path, or not the one way to write it."""
    found = PLACE.fullmatch(path)
    if found is None:
        return None
    groups = found[1].replace("x", "").split("/")
    if len(groups) > 1 and groups[0] == "000":
        return None
    width = int(found[2]) if found[2] else WIDTH
    return (int("".join(groups)), width) if found[2] is None or width < WIDTH else None


def path_of(number: int, width: int = WIDTH) -> str:
    """How a tile's number and width are written in its path.

    >>> path_of(1234067), path_of(7, 8)
    ('x001/x234/067', '007.p/8')
    """
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return name if width == WIDTH else f"{name}.p/{width}"


def tile(span: Span, level: int, number: int, width: int = WIDTH) -> bytes | None:
    """The first `width` hashes of a tile, 32 bytes each; None where the log has not grown that far."""
    first = number * WIDTH
    if not 0 <= level <= HIGHEST or first + width > size_of(span) >> TILE_HEIGHT * level:
        return None
    with connection.cursor() as cursor:
        if level:
            cursor.execute(_ROOTS, [span.id, level, first, first + width])
        else:
            cursor.execute(_LEAVES, [span.first + first, span.first + first + width])
        (hashes,) = cursor.fetchone()
    found = bytes(hashes or b"")
    if len(found) != 32 * width:
        raise LookupError(f"{width - len(found) // 32} hashes of level {level} are missing from {first} on")
    return found


def bundle(span: Span, number: int, width: int = WIDTH) -> bytes | None:
    """Entries as they were hashed, each after its length in two bytes; None where the log has not grown that far.

    OverflowError where an entry is longer than two bytes can say.
    """
    first = number * WIDTH
    if first + width > size_of(span):
        return None
    begins = span.first + first
    rows = Entry.objects.filter(seq__gte=begins, seq__lt=begins + width).order_by("seq")
    texts = [text.encode() for text in rows.values_list("text", flat=True)]
    if any(len(text) > LARGEST_ENTRY for text in texts):
        raise OverflowError(f"an entry of bundle {number} is longer than {LARGEST_ENTRY} bytes")
    return b"".join(len(text).to_bytes(2, "big") + text for text in texts)
