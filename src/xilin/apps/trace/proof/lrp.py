"""The leakage-resilient primitive of NTAG 424 DNA (NXP AN12304): evaluation, CMAC and counter-mode encryption.

Each nibble of an input costs one AES block under a new key, so what does not change is kept: the plaintexts and keys
derived from a key, and for a chip the evaluation of what begins every message of it. Blocks go through `blocks`.
"""

from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from xilin.apps.trace.proof import blocks
from xilin.apps.trace.proof.cmac import BLOCK, ZERO, cipher, doubled, padded, split

_AA = b"\xaa" * BLOCK
_55 = b"\x55" * BLOCK
_DIGITS = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))


class Lrp:
    """LRP under one key.

    >>> key = bytes.fromhex("055A4CE2713D7D8B18EF014394D266A6")
    >>> Lrp(key).cmac(b"").hex().upper()
    '8D8FDCF864C745DF8ABAAFADA00F5074'
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.plaintexts = plaintexts(key)
        self._subkeys: tuple[int, int] | None = None
        self._evaluated: dict[bytes, bytes] = {}
        self._keys: dict[int, bytes] = {}

    def updated_key(self, number: int) -> bytes:
        """The `number`-th key derived for use (AN12304, 3.2, algorithm 2)."""
        return blocks.chain(self._key, [_AA, *[_55] * number, _AA])

    def evaluate(self, start: bytes, nibbles: bytes, *, final: bool = True) -> bytes:
        """One block from a key and a string of nibbles, a byte each (AN12304, 3.2, algorithm 3)."""
        points = self.plaintexts
        wanted = [points[nibble] for nibble in nibbles]
        return blocks.chain(start, [*wanted, ZERO] if final else wanted)

    def cmac(self, message: bytes, *, constant: int = 0) -> bytes:
        """The 16-byte LRP-CMAC of a message (AN12304, 3.4).

        `constant` is how many leading bytes of a one-block message are the same each time with this key: their share
        of the work is kept.
        """
        key = self._stream_key(0)
        k1, k2 = self._mac_subkeys(key)
        head, last = split(message)
        subkey = k1
        if len(last) < BLOCK:
            last, subkey = padded(last), k2
        chain = 0
        for start in range(0, len(head), BLOCK):
            block = int.from_bytes(head[start : start + BLOCK], "big") ^ chain
            chain = int.from_bytes(self.evaluate(key, nibbles(block.to_bytes(BLOCK, "big"))), "big")
        final = (int.from_bytes(last, "big") ^ chain ^ subkey).to_bytes(BLOCK, "big")
        if head or not constant:
            return self.evaluate(key, nibbles(final))
        begun = self._evaluated.get(final[:constant])
        if begun is None:
            begun = self.evaluate(key, nibbles(final[:constant]), final=False)
            self._evaluated = {final[:constant]: begun}
        return self.evaluate(begun, nibbles(final[constant:]))

    def decrypt(self, counter: bytes, data: bytes, *, key_number: int = 0) -> bytes:
        """Counter-mode decryption of whole blocks (AN12304, 3.3); ValueError where the last block isn't whole."""
        return self._crypt(counter, data, key_number, forward=False)

    def encrypt(self, counter: bytes, data: bytes, *, key_number: int = 0) -> bytes:
        """Counter-mode encryption of whole blocks; padding is the caller's (`padded_whole`)."""
        return self._crypt(counter, data, key_number, forward=True)

    def _crypt(self, counter: bytes, data: bytes, key_number: int, *, forward: bool) -> bytes:
        if len(data) % BLOCK:
            raise ValueError("LRP encrypts whole blocks of 16 bytes")
        key = self._stream_key(key_number)
        number, width = int.from_bytes(counter, "big"), len(counter)
        out = []
        for start in range(0, len(data), BLOCK):
            block_key = self.evaluate(key, nibbles(number.to_bytes(width, "big")))
            block = data[start : start + BLOCK]
            out.append(cipher(block_key).update(block) if forward else _decrypted(block_key, block))
            number = (number + 1) % (1 << (8 * width))
        return b"".join(out)

    def _stream_key(self, number: int) -> bytes:
        key = self._keys.get(number)
        if key is None:
            key = self._keys[number] = self.updated_key(number)
        return key

    def _mac_subkeys(self, key: bytes) -> tuple[int, int]:
        if self._subkeys is None:
            k1 = doubled(int.from_bytes(self.evaluate(key, bytes(2 * BLOCK)), "big"))
            self._subkeys = (k1, doubled(k1))
        return self._subkeys


def plaintexts(key: bytes) -> list[bytes]:
    """The sixteen secret plaintexts of a key (AN12304, 3.2, algorithm 1)."""
    return blocks.ladder(blocks.chain(key, [_55]), _55, 16, _AA)


def nibbles(data: bytes) -> bytes:
    """Each half byte as a byte, the higher half first."""
    return data.hex().encode().translate(_DIGITS)


def padded_whole(data: bytes) -> bytes:
    """Data filled to whole blocks by one bit and zeros; a whole last block gets a block more."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


@lru_cache(maxsize=4096)
def of(key: bytes) -> Lrp:
    """The LRP of a key that is used again and again (a chip's file key, a batch's reading key)."""
    return Lrp(key)


def _decrypted(key: bytes, block: bytes) -> bytes:
    return Cipher(AES(key), ECB()).decryptor().update(block)  # noqa: S305 - one block under a key used once
