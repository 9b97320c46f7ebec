"""Keys that sign batches and codes, Ed25519 or SM2 (国密), and what checks them."""

import hashlib
from functools import lru_cache

import gmssl_pyx
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xilin.apps.trace.proof import openssl

ED25519, SM2 = "ed25519", "sm2"
_HALF = 32


class PublicKey(msgspec.Struct, frozen=True):
    """A key signatures are checked with: `ed25519` (32 bytes) or `sm2` (64 bytes, x and y)."""

    algorithm: str
    raw: bytes

    @property
    def key_id(self) -> str:
        """Sixteen hexadecimal digits that name the key: the head of the SHA-256 of its algorithm and bytes."""
        return hashlib.sha256(self.algorithm.encode() + b"\0" + self.raw).hexdigest()[:16]

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether a 64-byte signature of a message holds; one of SM2 is r and s under the usual user id."""
        if len(signature) != 2 * _HALF:
            return False
        if self.algorithm == SM2:
            # A bad signature prints to the error stream in the package; r and s out of range never reach it.
            r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
            if not (0 < r < _ORDER and 0 < s < _ORDER):
                return False
            try:
                if openssl.usable():
                    return openssl.sm2_verify(self.raw, message, to_der(signature))
                return bool(gmssl_pyx.sm2_verify(self.raw, message, to_der(signature)))
            except (gmssl_pyx.GmsslInnerError, gmssl_pyx.InvalidValueError, ValueError):
                return False
        try:
            _ed25519(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


# The order of the curve of GB/T 32918.5.
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


class SigningKey(msgspec.Struct, frozen=True):
    """A secret key: 32 bytes for either algorithm, and the public one beside it."""

    secret: bytes
    public: PublicKey

    @property
    def key_id(self) -> str:
        """The name of the public key."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of a message."""
        if self.public.algorithm == SM2:
            if openssl.usable():
                return from_der(openssl.sm2_sign(self.secret, self.public.raw, message))
            return from_der(bytes(gmssl_pyx.sm2_sign(self.secret, self.public.raw, message)))
        return _private(self.secret).sign(message)

    def as_text(self) -> str:
        """The key as a secret file keeps it: `algorithm:secret:public`, hexadecimal."""
        return f"{self.public.algorithm}:{self.secret.hex()}:{self.public.raw.hex()}"


def generate(algorithm: str) -> SigningKey:
    """A fresh key; ValueError for an algorithm nobody here signs with."""
    if algorithm == ED25519:
        key = Ed25519PrivateKey.generate()
        return SigningKey(key.private_bytes_raw(), PublicKey(ED25519, key.public_key().public_bytes_raw()))
    if algorithm == SM2:
        public, secret = gmssl_pyx.sm2_key_generate()
        return SigningKey(bytes(secret), PublicKey(SM2, bytes(public)))
    raise ValueError(f"no signatures of {algorithm}")


def from_text(text: str) -> SigningKey:
    """The key a text of `as_text` holds; ValueError where it doesn't."""
    algorithm, secret, public = text.strip().split(":")
    if algorithm not in (ED25519, SM2):
        raise ValueError(f"no signatures of {algorithm}")
    return SigningKey(bytes.fromhex(secret), PublicKey(algorithm, bytes.fromhex(public)))


@lru_cache(maxsize=64)
def _private(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret)


@lru_cache(maxsize=1024)
def _ed25519(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def to_der(signature: bytes) -> bytes:
    """r and s, 32 bytes each, as ASN.1 writes them."""
    numbers = b""
    for half in (signature[:_HALF], signature[_HALF:]):
        number = int.from_bytes(half, "big")
        raw = number.to_bytes(number.bit_length() // 8 + 1, "big")
        numbers += b"\x02" + bytes([len(raw)]) + raw
    return b"\x30" + bytes([len(numbers)]) + numbers


def from_der(der: bytes) -> bytes:
    """r and s, 32 bytes each, from a short ASN.1 sequence of two whole numbers; ValueError where it is none."""
    if len(der) < 2 or der[0] != 0x30 or der[1] != len(der) - 2:
        raise ValueError("no sequence of two numbers")
    out, rest = b"", der[2:]
    for _ in range(2):
        if len(rest) < 2 or rest[0] != 0x02 or len(rest) < 2 + rest[1]:
            raise ValueError("no sequence of two numbers")
        out += int.from_bytes(rest[2 : 2 + rest[1]], "big").to_bytes(_HALF, "big")
        rest = rest[2 + rest[1] :]
    if rest:
        raise ValueError("no sequence of two numbers")
    return out
