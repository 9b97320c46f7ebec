"""Signed codes: a CWT (RFC 8392) that names one thing, in a link, or as text of its own.

The claims are one: `sub`, the path of the thing's canonical Digital Link. So a link can leave them out and carry the
signature only: whoever checks it takes the claims from the link. What a signature proves: this issuer issued this
code and nobody changed it. What it doesn't: that the code wasn't copied.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache

import cbor2
import msgspec

from xilin.apps.trace.proof import base45, cose, keys

SUBJECT = 2
PREFIX = "XL1:"


class Proven(msgspec.Struct, frozen=True):
    """What a signed code says: the path of the thing (`/01/…/21/…`), and which key signed it."""

    path: str
    key_id: str


def claims(path: str) -> bytes:
    """The claims of a thing as they are signed."""
    return cbor2.dumps({SUBJECT: path}, canonical=True)


def signature(key: keys.SigningKey, path: str) -> str:
    """The signature of a thing's path as a link carries it (base64url, no payload)."""
    return _base64(cose.sign1(key, claims(path), detached=True, tagged=False))


def text(key: keys.SigningKey, path: str) -> str:
    """A signed code that needs no link: `XL1:` and a tagged CWT in Base45."""
    signed = cose.sign1(key, claims(path))
    return PREFIX + base45.encode(
        cbor2.dumps(cbor2.CBORTag(cose.CWT, cbor2.CBORTag(cose.SIGN1, _untagged(signed))))
    )


def check_signature(given: str, path: str, known: Sequence[keys.PublicKey]) -> Proven:
    """Check a link's signature of a path with the keys that are known; raises cose.Refused."""
    try:
        data = urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except ValueError as unreadable:
        raise cose.Refused from unreadable
    signed = cose.verify(data, [_cose(key) for key in known], payload=claims(path))
    return Proven(path, (signed.kid or b"").hex())


def check_text(given: str, known: Sequence[keys.PublicKey]) -> Proven:
    """Check a signed code of its own with the keys that are known; raises cose.Refused."""
    if not given.startswith(PREFIX):
        raise cose.Refused
    try:
        data = base45.decode(given.removeprefix(PREFIX))
    except ValueError as unreadable:
        raise cose.Refused from unreadable
    signed = cose.verify(data, [_cose(key) for key in known])
    body = cose.decoded(signed.payload)
    path = body.get(SUBJECT) if isinstance(body, dict) else None
    if not isinstance(path, str) or claims(path) != signed.payload:
        raise cose.Refused
    return Proven(path, (signed.kid or b"").hex())


@lru_cache(maxsize=1024)
def _cose(key: keys.PublicKey) -> cose.Key:
    return cose.Key.of(key)


def _untagged(data: bytes) -> object:
    return cose.decoded(data).value


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
