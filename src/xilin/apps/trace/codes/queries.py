"""Finding codes, batches and the proofs of batches."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from xilin.apps.trace.codes import issuing, secrets
from xilin.apps.trace.codes.errors import NotReady
from xilin.apps.trace.models.codes import Code, CodeBatch, CodeKey, CodeTree
from xilin.apps.trace.proof import claims, cose, keys, merkle
from xilin.apps.trace.proof.inclusion import Inclusion, keys_written
from xilin.lib.errors import NotFound


def find(gtin: str, serial: str) -> Code | None:
    """The code of a product with this serial number, its batch and chip with it; None where none was issued."""
    return Code.objects.select_related("batch", "chip").filter(serial=serial, gtin=gtin).first()


def find_serial(serial: str) -> Sequence[Code]:
    """The codes with this serial number, of whatever products: one, as a rule."""
    return list(Code.objects.select_related("batch", "chip").filter(serial=serial)[:10])


def batch(pk: int) -> CodeBatch:
    """One batch; raises NotFound."""
    found = CodeBatch.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(kind="batch", name=pk)
    return found


def link(code: Code) -> str:
    """The address a code's QR picture holds, without a signature."""
    return code.batch.site + issuing.path_of(code.batch, code.serial)


def inclusion(code: Code) -> list[bytes]:
    """The path from a code to its batch's signed root (RFC 9162), from 256 codes and a few kept nodes; raises NotReady."""
    batch = code.batch
    if batch.state != CodeBatch.State.READY:
        raise NotReady(batch=code.batch_id)
    wanted = merkle.wanted(batch.count, code.ordinal)
    head = issuing.head_of(batch)
    serials = (
        Code.objects.filter(pk__gte=batch.first_id + wanted.first, pk__lt=batch.first_id + wanted.last)
        .order_by("pk")
        .values_list("serial", flat=True)
    )
    leaves = [merkle.leaf_hash((head + serial).encode()) for serial in serials]
    nodes = _nodes(batch, sorted({number for step in wanted.steps for number in step}))
    below = merkle.path(leaves, code.ordinal - wanted.first)
    return below + [merkle.joined([nodes[number] for number in step]) for step in wanted.steps]


def _nodes(batch: CodeBatch, numbers: Sequence[int]) -> dict[int, bytes]:
    """Kept nodes by their numbers; those of a batch from before nodes were kept are made now."""
    if not numbers:
        return {}
    with connection.cursor() as cursor:
        for _attempt in (1, 2):
            cursor.execute(
                "SELECT n, substring(nodes FROM 32 * n + 1 FOR 32) FROM trace_codetree, unnest(%s::int[]) n"
                " WHERE batch_id = %s",
                [list(numbers), batch.pk],
            )
            if found := {number: bytes(node) for number, node in cursor.fetchall()}:
                return found
            CodeTree.objects.get_or_create(batch=batch, defaults={"nodes": issuing.tree_of(batch).nodes()})
    raise NotReady(batch=batch.pk)


def proof(code: Code) -> Inclusion:
    """The proof of a code that anybody can check without us; raises NotReady."""
    batch = code.batch
    path = tuple(node.hex() for node in inclusion(code))
    return Inclusion(
        issuing.path_of(batch, code.serial),
        code.ordinal,
        path,
        batch.statement,
        bytes(batch.signature or b"").hex(),
        batch.key_id,
    )


def public_keys() -> list[keys.PublicKey]:
    """The keys an offline check of signed codes is given: all but those that were withdrawn."""
    return secrets.known_keys()


def key_list() -> bytes:
    """All public keys with what is said of them, as a document for offline checks."""

    def when(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    return keys_written(
        (
            keys.PublicKey(row.algorithm, bytes(row.public)),
            {"since": when(row.since), "until": when(row.until), "withdrawn": when(row.withdrawn_at)},
        )
        for row in CodeKey.objects.order_by("since")
    )


def signed(given: str, path: str) -> bool | None:
    """Whether a link's signature of a path holds; None where it is by a key that was withdrawn, which proves nothing."""
    try:
        claims.check_signature(given, path, secrets.known_keys())
    except cose.Refused:
        try:
            claims.check_signature(given, path, secrets.known_keys(withdrawn=True))
        except cose.Refused:
            return False
        return None
    return True
