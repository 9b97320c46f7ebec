"""The Chinese algorithms around SM2: hash and MAC (SM3), authenticated encryption (SM4 with GCM or CCM)."""

import hmac

import gmssl_pyx
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB

BLOCK = 16
_POLYNOMIAL = 0xE1 << 120


class Unauthentic(Exception):
    """A ciphertext nobody made with this key, nonce and associated data."""


def sm3(message: bytes) -> bytes:
    """The 32-byte SM3 digest (GB/T 32905)."""
    return bytes(gmssl_pyx.sm3_hash(message))


def hmac_sm3(key: bytes, message: bytes) -> bytes:
    """HMAC with SM3, 32 bytes."""
    if len(key) > 64:
        key = sm3(key)
    padded = key.ljust(64, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in padded) + message)
    return sm3(bytes(byte ^ 0x5C for byte in padded) + inner)


def sm4_block(key: bytes, block: bytes) -> bytes:
    """One block encrypted (GB/T 32907)."""
    return Cipher(SM4(key), ECB()).encryptor().update(block)  # noqa: S305 - the block itself is what is asked for


def gcm_seal(key: bytes, nonce: bytes, message: bytes, associated: bytes = b"") -> tuple[bytes, bytes]:
    """Ciphertext and 16-byte tag of SM4-GCM (SP 800-38D); ValueError for an empty nonce."""
    start, whole = _gcm_counter(key, nonce)
    sealed = _ctr(key, _increased(start), message)
    return sealed, _gcm_tag(key, whole, start, sealed, associated)


def gcm_open(key: bytes, nonce: bytes, sealed: bytes, tag: bytes, associated: bytes = b"") -> bytes:
    """The message of an SM4-GCM ciphertext; raises Unauthentic, ValueError for an empty nonce."""
    start, whole = _gcm_counter(key, nonce)
    if len(tag) != BLOCK or not hmac.compare_digest(_gcm_tag(key, whole, start, sealed, associated), tag):
        raise Unauthentic
    return _ctr(key, _increased(start), sealed)


def ccm_seal(
    key: bytes, nonce: bytes, message: bytes, associated: bytes = b"", *, tag_length: int = BLOCK
) -> tuple[bytes, bytes]:
    """Ciphertext and tag of SM4-CCM (SP 800-38C); ValueError where nonce (7 to 13 bytes), tag or message don't fit."""
    _judge_ccm(nonce, len(message), tag_length)
    tag = _ccm_mac(key, nonce, message, associated, tag_length)
    start = _ccm_counter(nonce)
    stream = _ctr(key, start, bytes(BLOCK) + message)
    return stream[BLOCK:], bytes(a ^ b for a, b in zip(tag, stream, strict=False))


def ccm_open(key: bytes, nonce: bytes, sealed: bytes, tag: bytes, associated: bytes = b"") -> bytes:
    """The message of an SM4-CCM ciphertext; raises Unauthentic, ValueError where nonce or tag have no allowed length."""
    _judge_ccm(nonce, len(sealed), len(tag))
    stream = _ctr(key, _ccm_counter(nonce), bytes(BLOCK) + sealed)
    message = stream[BLOCK:]
    wanted = _ccm_mac(key, nonce, message, associated, len(tag))
    if not hmac.compare_digest(bytes(a ^ b for a, b in zip(wanted, stream, strict=False)), tag):
        raise Unauthentic
    return message


def _ctr(key: bytes, counter: bytes, data: bytes) -> bytes:
    """Counter mode; GCM counts in the last 32 bits alone, so a counter that would carry out of them is split there."""
    left = (1 << 32) - int.from_bytes(counter[12:], "big")
    head, rest = data[: left * BLOCK], data[left * BLOCK :]
    out = Cipher(SM4(key), CTR(counter)).encryptor().update(head)
    return out + _ctr(key, counter[:12] + bytes(4), rest) if rest else out


def _increased(counter: bytes) -> bytes:
    return counter[:12] + ((int.from_bytes(counter[12:], "big") + 1) % (1 << 32)).to_bytes(4, "big")


def _gcm_counter(key: bytes, nonce: bytes) -> tuple[bytes, int]:
    """The first counter block and the hash key."""
    if not nonce:
        raise ValueError("SM4-GCM needs a nonce")
    whole = int.from_bytes(sm4_block(key, bytes(BLOCK)), "big")
    if len(nonce) == 12:
        return nonce + b"\0\0\0\1", whole
    padded = nonce + bytes(-len(nonce) % BLOCK) + (8 * len(nonce)).to_bytes(BLOCK, "big")
    return _ghash(whole, padded).to_bytes(BLOCK, "big"), whole


def _gcm_tag(key: bytes, whole: int, start: bytes, sealed: bytes, associated: bytes) -> bytes:
    lengths = (8 * len(associated)).to_bytes(8, "big") + (8 * len(sealed)).to_bytes(8, "big")
    blocks = associated + bytes(-len(associated) % BLOCK) + sealed + bytes(-len(sealed) % BLOCK) + lengths
    mask = int.from_bytes(sm4_block(key, start), "big")
    return (_ghash(whole, blocks) ^ mask).to_bytes(BLOCK, "big")


def _ghash(whole: int, blocks: bytes) -> int:
    """GHASH over whole blocks: sums and products in GF(2^128), the lowest bit first."""
    total = 0
    for start in range(0, len(blocks), BLOCK):
        value, factor, product = total ^ int.from_bytes(blocks[start : start + BLOCK], "big"), whole, 0
        for bit in range(127, -1, -1):
            if value >> bit & 1:
                product ^= factor
            factor = (factor >> 1) ^ (_POLYNOMIAL if factor & 1 else 0)
        total = product
    return total


def _judge_ccm(nonce: bytes, length: int, tag_length: int) -> None:
    if not 7 <= len(nonce) <= 13 or tag_length not in (4, 6, 8, 10, 12, 14, 16):
        raise ValueError("SM4-CCM: a nonce has 7 to 13 bytes, a tag 4 to 16, an even number")
    if length >= 1 << (8 * (15 - len(nonce))):
        raise ValueError("SM4-CCM: the message is too long for this nonce")


def _ccm_counter(nonce: bytes) -> bytes:
    return bytes([14 - len(nonce)]) + nonce + bytes(15 - len(nonce))


def _ccm_mac(key: bytes, nonce: bytes, message: bytes, associated: bytes, tag_length: int) -> bytes:
    width = 15 - len(nonce)
    flags = 64 * bool(associated) + 8 * ((tag_length - 2) // 2) + width - 1
    blocks = bytes([flags]) + nonce + len(message).to_bytes(width, "big")
    if associated:
        size = len(associated)
        head = size.to_bytes(2, "big") if size < 0xFF00 else b"\xff\xfe" + size.to_bytes(4, "big")
        blocks += head + associated
        blocks += bytes(-len(blocks) % BLOCK)
    blocks += message + bytes(-len(message) % BLOCK)
    engine = Cipher(SM4(key), ECB()).encryptor()  # noqa: S305 - the chain of CBC-MAC
    chain = 0
    for start in range(0, len(blocks), BLOCK):
        block = int.from_bytes(blocks[start : start + BLOCK], "big") ^ chain
        chain = int.from_bytes(engine.update(block.to_bytes(BLOCK, "big")), "big")
    return chain.to_bytes(BLOCK, "big")[:tag_length]
