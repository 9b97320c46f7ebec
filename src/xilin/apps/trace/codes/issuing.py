"""Issuing codes by the million: an order, its codes in pieces, the signed root.

Each piece is one transaction: COPY and the count of what is there. A crash leaves whole pieces, and `issue` goes on after
the last one. Two workers at one order can't both write a piece: the count is moved only from where it was read.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from urllib.parse import quote
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from psycopg.errors import UniqueViolation

from xilin.apps.trace.codes import secrets, serials
from xilin.apps.trace.codes.errors import BadOrder, OrderChanged, ScratchForgotten
from xilin.apps.trace.gs1.checks import check_digit
from xilin.apps.trace.models.codes import Code, CodeBatch, CodeTree
from xilin.apps.trace.proof import keys, merkle
from xilin.kernel.audit.actions import record

PIECE = 50_000
LARGEST = 100_000_000
_SEED = 32
_COPY = 'COPY "trace_code" ("id", "batch_id", "gtin", "serial", "state", "region", "scratch") FROM STDIN'

# Called with an order before anything is issued; raises a Refusal to stop it (a herder's quota, a recall).
checks: list[Callable[[CodeBatch], None]] = []
Progress = Callable[[int], None]


def order(
    gtin: str,
    count: int,
    *,
    request: UUID,
    kind: str,
    site: str,
    at: datetime,
    by: str = "",
    producer: str = "",
    lot: str = "",
    produced_on: date | None = None,
    expires_on: date | None = None,
) -> CodeBatch:
    """Enter an order of codes and return its batch; the same request again returns the same batch.

    Raises BadOrder, OrderChanged, and whatever refusal a check of `checks` gives.
    """
    _judge(gtin, count, kind, lot, site)
    given = {"gtin": gtin, "count": count, "kind": kind, "lot": lot, "producer": producer}
    with transaction.atomic():
        batch, new = CodeBatch.objects.get_or_create(
            request=request,
            defaults=given
            | {
                "site": site.rstrip("/"),
                "by": by,
                "issued_at": at,
                "produced_on": produced_on,
                "expires_on": expires_on,
                "key_version": secrets.begin(),
            },
        )
        if any(getattr(batch, field) != value for field, value in given.items()):
            raise OrderChanged
        if new:
            for check in checks:
                check(batch)
            if kind == CodeBatch.Kind.SCRATCH:
                seed = secrets.seal(os.urandom(_SEED), batch.key_version)
                CodeBatch.objects.filter(pk=batch.pk).update(scratch_seed=seed)
                batch.scratch_seed = seed
            record(
                "trace.codes_ordered",
                at=at,
                by=by,
                subject=f"codes/{batch.pk}",
                detail={"gtin": gtin, "count": count, "kind": kind, "lot": lot},
            )
    return batch


def _judge(gtin: str, count: int, kind: str, lot: str, site: str) -> None:
    if not (len(gtin) == 14 and gtin.isascii() and gtin.isdecimal() and check_digit(gtin[:-1]) == gtin[-1]):
        raise BadOrder(why=f"GTIN {gtin}")
    if kind not in CodeBatch.Kind.values:
        raise BadOrder(why=f"kind {kind}")
    if not 1 <= count <= LARGEST:
        raise BadOrder(why=f"1 – {LARGEST:,}")
    if len(lot) > 20 or not lot.isascii() or not lot.isprintable() or " " in lot:
        raise BadOrder(why=f"lot {lot}")
    if not site.startswith(("https://", "http://")):
        raise BadOrder(why=f"site {site}")


def issue(
    batch: CodeBatch, *, at: datetime, algorithm: str = keys.ED25519, progress: Progress | None = None
) -> CodeBatch:
    """Make the codes of an order, or those still missing, and sign the root over all; a batch that is ready stays as it is."""
    batch.refresh_from_db()
    if batch.state == CodeBatch.State.READY:
        return batch
    tree = tree_of(batch)
    seed = seed_of(batch)
    while batch.made < batch.count:
        piece = _write(batch, min(PIECE, batch.count - batch.made), seed)
        tree.add(_leaves(batch, piece))
        if progress:
            progress(len(piece))
    return _sign(batch, tree, algorithm, at)


def tree_of(batch: CodeBatch) -> merkle.Growing:
    """The tree of a batch, made from its codes."""
    tree = merkle.Growing()
    for piece in _there(batch):
        tree.add(_leaves(batch, piece))
    return tree


def _there(batch: CodeBatch) -> Iterator[list[str]]:
    """Serial numbers that an interrupted run left, in order."""
    for first in range(0, batch.made, PIECE):
        ids = batch.first_id + first
        yield list(
            Code.objects.filter(pk__gte=ids, pk__lt=ids + min(PIECE, batch.made - first))
            .order_by("pk")
            .values_list("serial", flat=True)
        )


def path_of(batch: CodeBatch, serial: str) -> str:
    """The path of a code's Digital Link: what is signed, and what the leaf of the tree is made of."""
    return f"{head_of(batch)}{serial}"


def head_of(batch: CodeBatch) -> str:
    """What the path of every code of a batch begins with."""
    lot = f"/10/{quote(batch.lot, safe='')}" if batch.lot else ""
    return f"/01/{batch.gtin}{lot}/21/"


def _leaves(batch: CodeBatch, piece: Sequence[str]) -> Iterator[bytes]:
    head, sha256 = b"\x00" + head_of(batch).encode(), hashlib.sha256
    for serial in piece:
        yield sha256(head + serial.encode()).digest()


def seed_of(batch: CodeBatch) -> bytes:
    """What a batch's scratch codes are made from, nothing for other kinds; raises ScratchForgotten."""
    if batch.kind != CodeBatch.Kind.SCRATCH:
        return b""
    if batch.scratch_seed is None:
        raise ScratchForgotten(batch=batch.pk)
    return secrets.unseal(bytes(batch.scratch_seed), batch.key_version)


def scratch_code(seed: bytes, ordinal: int) -> str:
    """The scratch code of a batch's code: eight characters, forty bits, from the batch's own seed."""
    return serials.letters(hashlib.blake2b(ordinal.to_bytes(8, "big"), key=seed, digest_size=5).digest())


def _write(batch: CodeBatch, count: int, seed: bytes) -> list[str]:
    """One piece of codes; where a serial number was there already the whole piece is made anew."""
    while True:
        piece = serials.random_serials(count)
        try:
            with transaction.atomic():
                moved = CodeBatch.objects.filter(pk=batch.pk, made=batch.made, state=CodeBatch.State.ISSUING)
                if not moved.update(made=F("made") + count):
                    raise BadOrder(why=f"{batch.pk}: another process issues it")
                with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                    copy.write(_rows(batch, piece, seed))
        except UniqueViolation:  # COPY raises as the driver does
            continue
        batch.made += count
        return piece


def _rows(batch: CodeBatch, piece: Sequence[str], seed: bytes) -> str:
    first = batch.first_id + batch.made
    middle = f"\t{batch.pk}\t{batch.gtin}\t"
    if not seed:
        end = f"\t{Code.State.ISSUED.value}\t\t\\N\n"
        return "".join(f"{number}{middle}{serial}{end}" for number, serial in enumerate(piece, first))
    gtin, version, end = batch.gtin, batch.key_version, f"\t{Code.State.ISSUED.value}\t\t\\\\x"
    hashes = (
        secrets.scratch_hash(gtin, serial, scratch_code(seed, ordinal), version).hex()
        for ordinal, serial in enumerate(piece, batch.made)
    )
    return "".join(
        f"{number}{middle}{serial}{end}{found}\n"
        for number, serial, found in zip(range(first, first + len(piece)), piece, hashes, strict=True)
    )


def statement(batch: CodeBatch, root: bytes) -> str:
    """What is signed for a batch: JSON with sorted keys and no blanks."""
    said = {
        "batch": batch.pk,
        "count": batch.count,
        "gtin": batch.gtin,
        "issued": batch.issued_at.isoformat(),
        "kind": batch.kind,
        "lot": batch.lot,
        "producer": batch.producer,
        "root": root.hex(),
        "tree": "rfc9162-sha256",
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _sign(batch: CodeBatch, tree: merkle.Growing, algorithm: str, at: datetime) -> CodeBatch:
    key, root = secrets.signing_key(algorithm, at=at), tree.root()
    said = statement(batch, root)
    with transaction.atomic():
        done = CodeBatch.objects.filter(pk=batch.pk, state=CodeBatch.State.ISSUING, made=batch.count).update(
            state=CodeBatch.State.READY,
            finished_at=at,
            root=root,
            statement=said,
            signature=key.sign(said.encode()),
            key_id=key.key_id,
        )
        if done:
            CodeTree.objects.update_or_create(batch=batch, defaults={"nodes": tree.nodes()})
            record(
                "trace.codes_issued",
                at=at,
                by=batch.by,
                subject=f"codes/{batch.pk}",
                detail={"gtin": batch.gtin, "count": batch.count, "root": root.hex(), "key": key.key_id},
            )
    batch.refresh_from_db()
    return batch


def forget_scratch(batch: CodeBatch, *, at: datetime, by: str = "") -> None:
    """Forget how to print a batch's scratch codes: from now on only their hashes are anywhere."""
    with transaction.atomic():
        if CodeBatch.objects.filter(pk=batch.pk, scratch_seed__isnull=False).update(scratch_seed=None):
            record("trace.scratch_forgotten", at=at, by=by, subject=f"codes/{batch.pk}")
    batch.scratch_seed = None
