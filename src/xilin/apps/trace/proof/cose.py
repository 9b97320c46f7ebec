"""COSE signatures (RFC 9052, 9053): one signer or many, read strictly and checked; encrypted and MACed tokens through `cwt`.

SM2 has no registered number: -66282 of the private range stands for it here, r and s under the usual user id.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import cbor2
import cwt
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from xilin.apps.trace.proof import keys

SIGN1, SIGN, CWT = 18, 98, 61
ENCRYPT0, MAC0 = 16, 17
ALG, CRIT, KID = 1, 2, 4
EDDSA, SM2 = -8, -66282
_CURVES: dict[str, tuple[ec.EllipticCurve, int]] = {
    "P-256": (ec.SECP256R1(), 32),
    "P-384": (ec.SECP384R1(), 48),
    "P-521": (ec.SECP521R1(), 66),
    "secp256k1": (ec.SECP256K1(), 32),
}
_ECDSA: dict[int, hashes.HashAlgorithm] = {
    -7: hashes.SHA256(),
    -35: hashes.SHA384(),
    -36: hashes.SHA512(),
    -47: hashes.SHA256(),
}
_OKP = {"Ed25519", "Ed448"}


class Refused(Exception):
    """Bytes that are no COSE message, or whose signature doesn't hold; one answer for both."""


class Key(msgspec.Struct, frozen=True):
    """A public key: `curve` is P-256, P-384, P-521, secp256k1, Ed25519, Ed448 or SM2; `y` is empty for one-coordinate curves."""

    curve: str
    x: bytes
    y: bytes = b""
    kid: bytes | None = None

    @classmethod
    def of(cls, public: keys.PublicKey) -> "Key":
        """The key of a batch or code as COSE wants it; its id is the head of its hash, in bytes."""
        kid = bytes.fromhex(public.key_id)
        if public.algorithm == keys.SM2:
            return cls("SM2", public.raw[:32], public.raw[32:], kid)
        return cls("Ed25519", public.raw, b"", kid)

    def holds(self, algorithm: object, message: bytes, signature: bytes) -> bool:
        """Whether a signature by this algorithm of COSE holds; False where the key isn't one for it."""
        if self.curve == "SM2":
            return algorithm == SM2 and keys.PublicKey(keys.SM2, self.x + self.y).holds(message, signature)
        if self.curve == "Ed25519":
            return algorithm == EDDSA and keys.PublicKey(keys.ED25519, self.x).holds(message, signature)
        try:
            if self.curve == "Ed448":
                if algorithm != EDDSA:
                    return False
                Ed448PublicKey.from_public_bytes(self.x).verify(signature, message)
                return True
            return self._holds_ecdsa(algorithm, message, signature)
        except (InvalidSignature, ValueError):
            return False

    def _holds_ecdsa(self, algorithm: object, message: bytes, signature: bytes) -> bool:
        digest = _ECDSA.get(algorithm) if isinstance(algorithm, int) else None
        if digest is None or self.curve not in _CURVES or (algorithm == -47) != (self.curve == "secp256k1"):
            return False
        curve, width = _CURVES[self.curve]
        if len(signature) != 2 * width:
            return False
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(self.x, "big"), int.from_bytes(self.y, "big"), curve
        )
        r, s = int.from_bytes(signature[:width], "big"), int.from_bytes(signature[width:], "big")
        numbers.public_key().verify(encode_dss_signature(r, s), message, ec.ECDSA(digest))
        return True


class Signed(msgspec.Struct, frozen=True):
    """What was signed, by which key, and the headers beside it."""

    payload: bytes
    kid: bytes | None
    headers: dict[Any, Any]


def sign1(key: keys.SigningKey, payload: bytes, *, detached: bool = False, tagged: bool = True) -> bytes:
    """A COSE_Sign1 message over a payload; a detached one leaves the payload out."""
    algorithm = SM2 if key.public.algorithm == keys.SM2 else EDDSA
    protected = cbor2.dumps({ALG: algorithm, KID: bytes.fromhex(key.key_id)})
    signature = key.sign(_structure("Signature1", protected, b"", payload))
    body: Any = [protected, {}, None if detached else payload, signature]
    return cbor2.dumps(cbor2.CBORTag(SIGN1, body) if tagged else body)


def verify(
    data: bytes, given: Sequence[Key], *, external: bytes = b"", payload: bytes | None = None
) -> Signed:
    """Check a COSE_Sign1 (tagged or bare) or COSE_Sign message; `payload` is the detached one. Raises Refused.

    A key whose `kid` is another than the message's isn't tried. Of several signers one whose key is given is enough.
    """
    body = decoded(data)
    kind = SIGN1
    while isinstance(body, cbor2.CBORTag):
        if body.tag == CWT:
            body = body.value
            continue
        kind, body = body.tag, body.value
        if kind not in (SIGN1, SIGN):
            raise Refused
    if not isinstance(body, list | tuple) or len(body) != 4:
        raise Refused
    protected, unprotected, inside, last = body
    if inside is not None and payload is not None:
        raise Refused
    content = inside if inside is not None else payload
    if not isinstance(content, bytes):
        raise Refused
    headers = _headers(protected, unprotected)
    if kind == SIGN1:
        if not isinstance(last, bytes):
            raise Refused
        message = _structure("Signature1", _empty(protected), external, content)
        return Signed(content, _checked(headers, message, last, given), headers)
    return _of_many(content, protected, headers, last, given, external)


def _of_many(
    content: bytes,
    protected: bytes,
    headers: dict[Any, Any],
    signers: object,
    given: Sequence[Key],
    external: bytes,
) -> Signed:
    if not isinstance(signers, list | tuple):
        raise Refused
    for signer in signers:
        if not isinstance(signer, list | tuple) or len(signer) != 3 or not isinstance(signer[2], bytes):
            raise Refused
        own = _headers(signer[0], signer[1])
        message = cbor2.dumps(["Signature", _empty(protected), _empty(signer[0]), external, content])
        try:
            return Signed(content, _checked(own, message, signer[2], given), headers | own)
        except Refused:
            continue
    raise Refused


def unseal(data: bytes, secret: bytes) -> bytes:
    """The content of a COSE_Mac0 or COSE_Encrypt0 message under a shared key; raises Refused."""
    body = decoded(data)
    while isinstance(body, cbor2.CBORTag) and body.tag == CWT:
        body = body.value
    if not isinstance(body, cbor2.CBORTag) or body.tag not in (MAC0, ENCRYPT0):
        raise Refused
    try:
        protected = decoded(body.value[0])
        key = cwt.COSEKey.from_symmetric_key(secret, alg=protected[ALG])
        return bytes(cwt.COSE.new().decode(cbor2.dumps(body), key))
    except Exception as unreadable:  # whatever is wrong with it, nobody is told what
        raise Refused from unreadable


def decoded(data: bytes) -> Any:
    """One item of CBOR and nothing after it; raises Refused."""
    try:
        return cbor2.loads(data)
    except Exception as unreadable:  # cbor2 raises whatever a hostile text drives it into
        raise Refused from unreadable


def _structure(context: str, protected: bytes, external: bytes, payload: bytes) -> bytes:
    return cbor2.dumps([context, protected, external, payload])


def _empty(protected: bytes) -> bytes:
    """An empty map of protected headers is signed as nothing at all (RFC 9052, 4.4)."""
    return b"" if protected == b"\xa0" else protected


def _headers(protected: object, unprotected: object) -> dict[Any, Any]:
    """Both maps as one; raises Refused where a label stands in both, or one that must be understood isn't."""
    if not isinstance(protected, bytes) or not isinstance(unprotected, Mapping):
        raise Refused
    inner = decoded(protected) if protected else {}
    if not isinstance(inner, Mapping) or set(inner) & set(unprotected):
        raise Refused
    if CRIT in unprotected:
        raise Refused
    critical = inner.get(CRIT, [])
    if not isinstance(critical, list | tuple) or any(label not in (ALG, KID) for label in critical):
        raise Refused
    return {**inner, **unprotected}


def _checked(headers: dict[Any, Any], message: bytes, signature: bytes, given: Sequence[Key]) -> bytes | None:
    kid = headers.get(KID)
    for key in given:
        if kid is not None and key.kid is not None and kid != key.kid:
            continue
        if key.holds(headers.get(ALG), message, signature):
            return key.kid if kid is None else bytes(kid)
    raise Refused
