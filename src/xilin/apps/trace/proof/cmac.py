"""AES-CMAC (RFC 4493, NIST SP 800-38B), quick for the short messages of chips."""

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

BLOCK = 16
ZERO = bytes(BLOCK)
# Single blocks are what CMAC, LRP and key derivation are made of; nothing longer goes through this mode.
_ECB = ECB()  # noqa: S305
_WHOLE = (1 << 128) - 1


def cipher(key: bytes) -> CipherContext:
    """An encryptor of single blocks; ValueError where the key has no length of AES."""
    return Cipher(AES(key), _ECB).encryptor()


def doubled(block: int) -> int:
    """A block times x in GF(2^128), the field of CMAC."""
    return ((block << 1) & _WHOLE) ^ (0x87 if block >> 127 else 0)


def cmac(key: bytes, message: bytes) -> bytes:
    """The 16-byte CMAC of a message under an AES key."""
    encryptor = cipher(key)
    subkey = doubled(int.from_bytes(encryptor.update(ZERO), "big"))
    head, last = split(message)
    if len(last) < BLOCK:
        last = padded(last)
        subkey = doubled(subkey)
    chain = 0
    for start in range(0, len(head), BLOCK):
        block = int.from_bytes(head[start : start + BLOCK], "big") ^ chain
        chain = int.from_bytes(encryptor.update(block.to_bytes(BLOCK, "big")), "big")
    final = int.from_bytes(last, "big") ^ chain ^ subkey
    return encryptor.update(final.to_bytes(BLOCK, "big"))


def split(message: bytes) -> tuple[bytes, bytes]:
    """Whole blocks before the last one, and the last, which may be short or empty."""
    cut = (len(message) - 1) // BLOCK * BLOCK if message else 0
    return message[:cut], message[cut:]


def padded(last: bytes) -> bytes:
    """A short block filled as CMAC wants it: one bit, then zeros."""
    return last + b"\x80" + bytes(BLOCK - 1 - len(last))
