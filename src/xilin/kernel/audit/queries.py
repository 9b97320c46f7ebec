"""Reading the log: its state, entries, receipts."""

import base64
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from xilin.kernel.audit.keys import signer
from xilin.kernel.audit.log import Appended
from xilin.kernel.audit.merkle import Tree
from xilin.kernel.audit.models import Checkpoint, Entry, Head, Tile
from xilin.kernel.audit.replay import verify_log
from xilin.kernel.audit.verifier import RECEIPT
from xilin.lib.errors import NotFound

__all__ = [
    "checkpoint",
    "consistency",
    "entries",
    "kept",
    "key",
    "receipt",
    "receipt_from",
    "size",
    "verify_log",
]


def size() -> int:
    """How many entries the log has."""
    return Head.objects.get(id=1).size


def checkpoint() -> str:
    """The newest signed checkpoint; "" while the log is empty."""
    newest = Checkpoint.objects.first()
    return newest.note if newest else ""


def key() -> str:
    """The verifier key: what anyone needs to check this log's signatures."""
    return signer().verifier_key


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


def receipt(seq: int) -> dict[str, Any]:
    """The receipt of an entry under the newest checkpoint, or NotFound."""
    entry = Entry.objects.filter(seq=seq).first()
    newest = Checkpoint.objects.filter(size__gt=seq).first()
    if entry is None or newest is None:
        raise NotFound(kind=Entry._meta.verbose_name, name=seq)
    return _receipt(seq, entry.text, Tree(newest.size, kept).inclusion(seq), newest.note)


def receipt_from(appended: Appended) -> dict[str, Any]:
    """The receipt of an entry just appended, under the checkpoint signed with it; reads nothing."""
    path = appended.tree.inclusion(appended.seq)
    return _receipt(appended.seq, appended.text, path, appended.checkpoint)


def consistency(older: int) -> list[bytes]:
    """The proof that the newest checkpoint's log extends its own first `older` entries. RFC 9162, 2.1.4.1."""
    newest = Checkpoint.objects.first()
    if newest is None or not 0 < older <= newest.size:
        raise NotFound(kind=Checkpoint._meta.verbose_name, name=older)
    return Tree(newest.size, kept).consistency(older)


def kept(level: int, first: int, count: int) -> Sequence[bytes]:
    """Hashes as the tables keep them: leaves at level 0, roots of complete tiles above."""
    if level == 0:
        rows = Entry.objects.filter(seq__gte=first, seq__lt=first + count).order_by("seq")
        return [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
    tiles = Tile.objects.filter(level=level, number__gte=first, number__lt=first + count).order_by("number")
    return [bytes(root) for root in tiles.values_list("root", flat=True)]


def _receipt(seq: int, text: str, path: Sequence[bytes], note: str) -> dict[str, Any]:
    return {
        "format": RECEIPT,
        "index": seq,
        "entry": text,
        "path": [base64.b64encode(hash_).decode() for hash_ in path],
        "checkpoint": note,
    }
