"""SUN messages of NTAG 424 DNA chips (NXP AN12196): read, checked, and made as a chip makes them.

A tap mirrors into the URL who the chip is and how often it was read, encrypted or plain, a MAC over that, and on request
data of its file. What is true of a checked message: this chip made it. What isn't: that it was made now (the counter
decides, `codes.chips`) or that the chip is still on the thing it was put on (the seal of a TagTamper chip tells).
"""

import hmac
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from xilin.apps.trace.proof import lrp
from xilin.apps.trace.proof.cmac import BLOCK, ZERO, cipher, cmac

UID = 7
COUNTER = 3
MAC = 8
_HAS_UID, _HAS_COUNTER, _LENGTH = 0x80, 0x40, 0x0F
_ENCRYPTION = b"\xc3\x3c\x00\x01\x00\x80"
_MACING = b"\x3c\xc3\x00\x01\x00\x80"
_LRP_SESSION, _LRP_END = b"\x00\x01\x00\x80", b"\x1e\xe1"
_PICC_LRP = 24


class Mode(StrEnum):
    """Which of its two ways of encrypting a chip was set up with."""

    AES = "aes"
    LRP = "lrp"


class NotGenuine(Exception):
    """A message no chip with these keys made; why is not told to whoever sent it."""


class Picc(msgspec.Struct, frozen=True):
    """What the encrypted or plain mirror of a chip says of it: UID (7 bytes) and reading counter (24 bits)."""

    uid: bytes
    counter: int | None

    @property
    def mirrored(self) -> bytes:
        """UID and counter as session keys are derived from them: the counter's lowest byte first."""
        return self.uid + (b"" if self.counter is None else self.counter.to_bytes(COUNTER, "little"))


class Reading(msgspec.Struct, frozen=True):
    """A message that was found genuine."""

    uid: bytes
    counter: int | None
    mode: Mode
    file_data: bytes | None = None


class Seal(msgspec.Struct, frozen=True):
    """铅封状态 The loop of a TagTamper chip: `C` closed, `O` opened, `I` not set up; for ever, and at this tap."""

    ever: str
    now: str

    @property
    def opened(self) -> bool:
        """Whether the loop was cut at any time."""
        return "O" in (self.ever, self.now)


def open_picc(meta_key: bytes, data: bytes) -> tuple[Picc, Mode]:
    """Decrypt a chip's PICC data: 16 bytes are AES, 24 are LRP with 8 random bytes first; raises NotGenuine."""
    if len(data) == BLOCK:
        mode, plain = Mode.AES, _cbc(meta_key, ZERO, data)
    elif len(data) == _PICC_LRP:
        mode, plain = Mode.LRP, lrp.of(meta_key).decrypt(data[:8], data[8:])
    else:
        raise NotGenuine
    tag = plain[0]
    if not tag & _HAS_UID or tag & _LENGTH != UID:
        raise NotGenuine
    counter = int.from_bytes(plain[1 + UID : 1 + UID + COUNTER], "little") if tag & _HAS_COUNTER else None
    return Picc(plain[1 : 1 + UID], counter), mode


def session_keys(file_key: bytes, picc: Picc) -> tuple[bytes, bytes]:
    """Keys for encryption and for the MAC of one reading, AES mode."""
    return (
        cmac(file_key, _filled(_ENCRYPTION + picc.mirrored)),
        cmac(file_key, _filled(_MACING + picc.mirrored)),
    )


def mac(mode: Mode, file_key: bytes, picc: Picc, message: bytes = b"") -> bytes:
    """The 8-byte SDMMAC over the characters between the MAC's start and the MAC itself, empty in the plainest URL."""
    if mode is Mode.AES:
        whole = cmac(cmac(file_key, _filled(_MACING + picc.mirrored)), message)
    else:
        whole = _lrp_session(file_key, picc).cmac(message)
    return whole[1::2]


def open_file(mode: Mode, file_key: bytes, picc: Picc, data: bytes) -> bytes:
    """Decrypt the mirrored part of a chip's file; raises NotGenuine where there is no counter or no whole block."""
    if picc.counter is None or not data or len(data) % BLOCK:
        raise NotGenuine
    counter = picc.counter.to_bytes(COUNTER, "little")
    if mode is Mode.AES:
        key = cmac(file_key, _filled(_ENCRYPTION + picc.mirrored))
        return _cbc(key, cipher(key).update(counter + bytes(13)), data)
    return _lrp_session(file_key, picc).decrypt(counter + bytes(3), data, key_number=1)


def read(
    picc_data: bytes,
    given_mac: bytes,
    *,
    meta_key: bytes,
    file_key: Callable[[bytes], bytes],
    file_data: bytes | None = None,
    message: bytes | None = None,
) -> Reading:
    """Check a message with encrypted PICC data.

    `file_key(uid)` gives the chip's own key; `message` is what the MAC is over (`mac_input`), by default the file data
    in hexadecimal capitals. Raises NotGenuine.
    """
    picc, mode = open_picc(meta_key, picc_data)
    return _checked(mode, picc, given_mac, file_key(picc.uid), file_data, message)


def read_plain(
    uid: bytes,
    counter: int,
    given_mac: bytes,
    *,
    file_key: bytes,
    mode: Mode = Mode.AES,
    file_data: bytes | None = None,
    message: bytes | None = None,
) -> Reading:
    """Check a message whose UID and counter stand in the URL in clear; raises NotGenuine."""
    return _checked(mode, Picc(uid, counter), given_mac, file_key, file_data, message)


def _checked(
    mode: Mode, picc: Picc, given: bytes, key: bytes, file_data: bytes | None, message: bytes | None
) -> Reading:
    if message is None:
        message = mac_input(file_data)
    if not hmac.compare_digest(mac(mode, key, picc, message), given):
        raise NotGenuine
    plain = open_file(mode, key, picc, file_data) if file_data else None
    return Reading(picc.uid, picc.counter, mode, plain)


def mac_input(file_data: bytes | None, parameter: str = "") -> bytes:
    """What the MAC is over where it begins at the file data: its hexadecimal and the name of the MAC's parameter."""
    if not file_data:
        return b""
    return file_data.hex().upper().encode() + (f"&{parameter}=".encode() if parameter else b"")


def seal(file_data: bytes, offset: int = 0) -> Seal | None:
    """The state of the tamper loop two characters of the file tell; None where those are no such state."""
    ever, now = (chr(byte) for byte in file_data[offset : offset + 2].ljust(2, b"\0"))
    return Seal(ever, now) if ever in "COI" and now in "COI" else None


def write(
    mode: Mode,
    picc: Picc,
    *,
    meta_key: bytes,
    file_key: bytes,
    plain: bytes = b"",
    parameter: str = "",
    noise: bytes = b"",
) -> tuple[bytes, bytes, bytes]:
    """What a chip mirrors when it is tapped: PICC data, file data, MAC. `noise` is its random fill (8 bytes for LRP)."""
    tag = _HAS_UID | UID | (_HAS_COUNTER if picc.counter is not None else 0)
    inside = (bytes([tag]) + picc.mirrored + noise).ljust(BLOCK, b"\0")[:BLOCK]
    counter = b"" if picc.counter is None else picc.counter.to_bytes(COUNTER, "little")
    if mode is Mode.AES:
        outside = Cipher(AES(meta_key), CBC(ZERO)).encryptor().update(inside)
    else:
        start = noise.ljust(8, b"\0")[:8]
        outside = start + lrp.of(meta_key).encrypt(start, inside)
    data = b""
    if plain and mode is Mode.AES:
        key = session_keys(file_key, picc)[0]
        data = Cipher(AES(key), CBC(cipher(key).update(counter + bytes(13)))).encryptor().update(plain)
    elif plain:
        data = _lrp_session(file_key, picc).encrypt(counter + bytes(3), plain, key_number=1)
    return outside, data, mac(mode, file_key, picc, mac_input(data, parameter))


def _filled(vector: bytes) -> bytes:
    return vector + bytes(-len(vector) % BLOCK)


def _lrp_session(file_key: bytes, picc: Picc) -> lrp.Lrp:
    body = _LRP_SESSION + picc.mirrored
    vector = body + bytes(-(len(body) + len(_LRP_END)) % BLOCK) + _LRP_END
    return _session_of(file_key, vector, len(_LRP_SESSION) + UID)


# A tap that carries file data needs what its session key leads to twice: for the MAC and for the data.
@lru_cache(maxsize=64)
def _session_of(file_key: bytes, vector: bytes, constant: int) -> lrp.Lrp:
    return lrp.Lrp(lrp.of(file_key).cmac(vector, constant=constant))


def _cbc(key: bytes, start: bytes, data: bytes) -> bytes:
    return Cipher(AES(key), CBC(start)).decryptor().update(data)
