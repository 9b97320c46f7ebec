"""Single AES blocks under keys that change with every block: what LRP is made of.

`cryptography` makes a context for each key, which takes ten times as long as the block itself. Where the interpreter's own
OpenSSL can be called, one context of each thread is given key after key instead; where it can't (an interpreter linked
together with its library), contexts are made. Both give the same. Keys and blocks have 16 bytes.
"""

import ctypes
import threading
from collections.abc import Iterable
from typing import Protocol

from xilin.apps.trace.proof.cmac import BLOCK, cipher
from xilin.apps.trace.proof.openssl import path


class Blocks(Protocol):
    """What turns keys and blocks into blocks."""

    def chain(self, key: bytes, blocks: Iterable[bytes]) -> bytes:
        """Encrypt the first block under the key, the next under what came of it, and so on; what came last."""

    def ladder(self, key: bytes, step: bytes, rungs: int, rung: bytes) -> list[bytes]:
        """From each of `rungs` keys the block `rung` encrypted; each key is `step` encrypted under the one before."""


class Plain:
    """Blocks by `cryptography`, a context for each key."""

    def chain(self, key: bytes, blocks: Iterable[bytes]) -> bytes:
        """As `Blocks` says."""
        for block in blocks:
            key = cipher(key).update(block)
        return key

    def ladder(self, key: bytes, step: bytes, rungs: int, rung: bytes) -> list[bytes]:
        """As `Blocks` says."""
        found = []
        for _ in range(rungs):
            engine = cipher(key)
            found.append(engine.update(rung))
            key = engine.update(step)
        return found


class _Engine:
    """One context of OpenSSL and the memory it writes to: of one thread only."""

    def __init__(self) -> None:
        library = ctypes.PyDLL(path())
        library.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
        library.EVP_aes_128_ecb.restype = ctypes.c_void_p
        library.EVP_CIPHER_CTX_free.argtypes = [ctypes.c_void_p]
        library.EVP_CIPHER_CTX_set_padding.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._free = library.EVP_CIPHER_CTX_free
        # Without types of arguments a call takes half as long: bytes, None, pointers and small numbers pass as they are.
        self.rekey, self.update = library.EVP_EncryptInit_ex, library.EVP_EncryptUpdate
        self.context = ctypes.c_void_p(library.EVP_CIPHER_CTX_new())
        self.out = ctypes.create_string_buffer(2 * BLOCK)
        self._count = ctypes.c_int()
        self.written = ctypes.byref(self._count)
        if not self.rekey(self.context, ctypes.c_void_p(library.EVP_aes_128_ecb()), None, bytes(BLOCK), None):
            raise OSError("no AES in the library")
        library.EVP_CIPHER_CTX_set_padding(self.context, 0)

    def __del__(self) -> None:
        if hasattr(self, "context"):
            self._free(self.context)


class Native:
    """Blocks by the interpreter's OpenSSL; OSError or AttributeError where it can't be called."""

    def __init__(self) -> None:
        self._threads = threading.local()
        self._engine()

    def _engine(self) -> _Engine:
        try:
            return self._threads.engine  # type: ignore[no-any-return]
        except AttributeError:
            self._threads.engine = engine = _Engine()
            return engine

    def chain(self, key: bytes, blocks: Iterable[bytes]) -> bytes:
        """As `Blocks` says."""
        _whole(key)
        engine, following = self._engine(), key
        rekey, update, context, written, out = (
            engine.rekey, engine.update, engine.context, engine.written, engine.out,
        )  # fmt: skip
        for block in blocks:
            rekey(context, None, None, following, None)
            update(context, out, written, block, BLOCK)
            following = out  # type: ignore[assignment]
        return key if following is key else out.raw[:BLOCK]

    def ladder(self, key: bytes, step: bytes, rungs: int, rung: bytes) -> list[bytes]:
        """As `Blocks` says."""
        _whole(key)
        engine, following = self._engine(), key
        both, found = step + rung, []
        for _ in range(rungs):
            engine.rekey(engine.context, None, None, following, None)
            engine.update(engine.context, engine.out, engine.written, both, 2 * BLOCK)
            found.append(engine.out.raw[BLOCK:])
            following = engine.out  # type: ignore[assignment]
        return found


def _whole(key: bytes) -> None:
    if len(key) != BLOCK:
        raise ValueError("a key of AES-128 has 16 bytes")


def best() -> Blocks:
    """The quickest there is here, after it agreed with the other on a block."""
    plain = Plain()
    try:
        native = Native()
        key, blocks = bytes(range(BLOCK)), [bytes(BLOCK), b"\xaa" * BLOCK]
        if native.chain(key, blocks) == plain.chain(key, blocks):
            return native
    except (OSError, AttributeError, ImportError):
        pass
    return plain


_BEST = best()
chain, ladder = _BEST.chain, _BEST.ladder
