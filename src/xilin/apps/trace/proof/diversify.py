"""Keys of single chips from a master key and the chip's UID: three published ways."""

import hashlib
import hmac
from functools import lru_cache

from xilin.apps.trace.proof.cmac import BLOCK, cipher, cmac, doubled

_PICC, _SLOT, _BASE = b"PICCDataKey", b"SlotMasterKey", b"DivBaseKey"
_DOUBLE = 2 * BLOCK


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


def shared_key(master: bytes, number: int = 1) -> bytes:
    """The key that decrypts who a chip is, the same for all of a master key; ValueError for another key than 1.

    The scheme of the open SDM back end: HMAC-SHA-256. A master key of zeros stands for a chip as it left the factory.
    """
    if number != 1:
        raise ValueError("only key 1 is shared by all chips")
    return bytes(BLOCK) if not any(master) else _hmac(master, _PICC)[:BLOCK]


# A chip that is tapped is tapped again; what is kept here is in memory only, as the master key itself is.
@lru_cache(maxsize=4096)
def tag_key(master: bytes, uid: bytes, number: int) -> bytes:
    """The key `number` of one chip, by the scheme of the open SDM back end: HMAC-SHA-256 and CMAC over the UID."""
    if not any(master):
        return bytes(BLOCK)
    slot, base = _parts(master, number)
    return cmac(slot, b"\x01" + _hmac(base, uid)[:BLOCK])


@lru_cache(maxsize=64)
def _parts(master: bytes, number: int) -> tuple[bytes, bytes]:
    """What is the same for all chips of a master key."""
    return _hmac(master, _SLOT + bytes([number]))[:BLOCK], _hmac(master, _BASE)


def nxp_key(master: bytes, diversifier: bytes) -> bytes:
    """The AES-128 key of one chip by NXP AN10922; the diversifier (1 to 31 bytes) begins with the UID.

    The input is always two blocks, so that short diversifiers differ from plain CMAC; ValueError for other lengths.
    """
    if not 1 <= len(diversifier) < _DOUBLE:
        raise ValueError("a diversifier has 1 to 31 bytes")
    engine = cipher(master)
    subkey = doubled(int.from_bytes(engine.update(bytes(BLOCK)), "big"))
    whole = b"\x01" + diversifier
    if len(whole) < _DOUBLE:
        whole = (whole + b"\x80").ljust(_DOUBLE, b"\0")
        subkey = doubled(subkey)
    first = int.from_bytes(engine.update(whole[:BLOCK]), "big")
    last = int.from_bytes(whole[BLOCK:], "big") ^ first ^ subkey
    return engine.update(last.to_bytes(BLOCK, "big"))
