"""Finding codes, batches and the proofs of batches."""

from collections.abc import Sequence

from xilin.apps.trace.codes import issuing, secrets
from xilin.apps.trace.codes.errors import NotReady
from xilin.apps.trace.models.codes import Code, CodeBatch
from xilin.apps.trace.proof import keys, merkle
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
    """The path from a code to its batch's signed root (RFC 9162); raises NotReady."""
    if code.batch.state != CodeBatch.State.READY:
        raise NotReady(batch=code.batch_id)
    serials = (
        Code.objects.filter(pk__gte=code.batch.first_id, pk__lte=code.batch.last_id)
        .order_by("pk")
        .values_list("serial", flat=True)
    )
    head = issuing.head_of(code.batch)
    leaves = [merkle.leaf_hash((head + serial).encode()) for serial in serials.iterator(chunk_size=50_000)]
    return merkle.path(leaves, code.ordinal)


def proven(code: Code, path: Sequence[bytes]) -> bool:
    """Whether a path leads from a code to a root that a key of ours signed: what anybody can check without us."""
    found = code.batch
    leaf = merkle.leaf_hash(issuing.path_of(found, code.serial).encode())
    root = merkle.root_from_path(leaf, code.ordinal, found.count, path)
    if root is None or found.signature is None or issuing.statement(found, root) != found.statement:
        return False
    return any(
        key.key_id == found.key_id and key.holds(found.statement.encode(), bytes(found.signature))
        for key in secrets.known_keys()
    )


def public_keys() -> list[keys.PublicKey]:
    """The keys an offline check of signed codes is given."""
    return secrets.known_keys()
