"""Proofs that a code belongs to a batch, checked without the platform: a path below a root that was signed (RFC 9162).

A proof is a small JSON document. Whoever has it and the public keys of the issuer needs nothing else. What it proves: the
issuer issued this very code in this batch of so many. What it doesn't: that the code wasn't copied.
"""

import json
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from xilin.apps.trace.proof import keys, merkle

FORMAT = "xilin-code-proof-1"
Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class Refused(Exception):
    """A document that is no proof, or proves nothing with the keys that are known; one answer for both."""


class Inclusion(msgspec.Struct, frozen=True):
    """签发证明 A code, its place in its batch, the path to the root, and the signed statement that names the root.

    `code` is the path of its canonical Digital Link, `path` the neighbours from the leaf upwards, `statement` the text that
    was signed, `signature` 64 bytes in hexadecimal, `key` the number of the key.
    """

    code: Annotated[str, msgspec.Meta(max_length=200)]
    index: Annotated[int, msgspec.Meta(ge=0)]
    path: Annotated[tuple[Hash, ...], msgspec.Meta(max_length=64)]
    statement: Annotated[str, msgspec.Meta(max_length=2000)]
    signature: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{128}$")]
    key: str
    format: str = FORMAT

    def written(self) -> bytes:
        """The proof as a document."""
        return msgspec.json.format(msgspec.json.encode(self))


class Issued(msgspec.Struct, frozen=True):
    """What a proof says once it holds: the code, the batch's statement, and the key."""

    code: str
    said: dict[str, Any]
    key_id: str


def read(document: bytes) -> Inclusion:
    """A proof from its document; raises Refused."""
    try:
        found = msgspec.json.decode(document, type=Inclusion)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise Refused from wrong
    if found.format != FORMAT:
        raise Refused
    return found


def check(proof: Inclusion, known: Iterable[keys.PublicKey]) -> Issued:
    """Check a proof with the keys that are known; raises Refused."""
    try:
        said = json.loads(proof.statement)
        head = f"/01/{said['gtin']}/"
        count, root = int(said["count"]), bytes.fromhex(said["root"])
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise Refused from wrong
    if said.get("tree") != "rfc9162-sha256" or not proof.code.startswith(head):
        raise Refused
    nodes = [bytes.fromhex(node) for node in proof.path]
    if merkle.root_from_path(merkle.leaf_hash(proof.code.encode()), proof.index, count, nodes) != root:
        raise Refused
    signature, message = bytes.fromhex(proof.signature), proof.statement.encode()
    if not any(key.key_id == proof.key and key.holds(message, signature) for key in known):
        raise Refused
    return Issued(proof.code, said, proof.key)


def keys_written(given: Iterable[tuple[keys.PublicKey, dict[str, str | None]]]) -> bytes:
    """A list of public keys as a document, each with what is said of it (`since`, `until`, `withdrawn`)."""
    told = [
        {"key": key.key_id, "algorithm": key.algorithm, "public": key.raw.hex(), **more}
        for key, more in given
    ]
    return msgspec.json.format(msgspec.json.encode({"keys": told}))


def keys_read(document: bytes) -> list[keys.PublicKey]:
    """The keys of such a document that weren't withdrawn; raises Refused."""
    try:
        told = json.loads(document)["keys"]
        found = [
            keys.PublicKey(str(one["algorithm"]), bytes.fromhex(one["public"]))
            for one in told
            if not one.get("withdrawn")
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise Refused from wrong
    if any(key.algorithm not in (keys.ED25519, keys.SM2) for key in found):
        raise Refused
    return found
