"""Base45 (RFC 9285): bytes in the characters a QR code packs most tightly."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NONE = 255
_VALUES = bytes(_ALPHABET.find(chr(code)) % 256 for code in range(256))


def encode(data: bytes) -> str:
    """Bytes as Base45.

    >>> encode(b"AB"), encode(b"ietf!")
    ('BB8', 'QED8WEX0')
    """
    out = []
    for start in range(0, len(data) - 1, 2):
        number = data[start] << 8 | data[start + 1]
        out.append(_ALPHABET[number % 45] + _ALPHABET[number // 45 % 45] + _ALPHABET[number // 2025])
    if len(data) % 2:
        out.append(_ALPHABET[data[-1] % 45] + _ALPHABET[data[-1] // 45])
    return "".join(out)


def decode(text: str) -> bytes:
    """Bytes of a Base45 text; ValueError where it is none."""
    if not text.isascii() or len(text) % 3 == 1:
        raise ValueError("no Base45: a character it doesn't have, or one too many or too few")
    values = text.encode().translate(_VALUES)
    if _NONE in values:
        raise ValueError("no Base45: a character it doesn't have")
    out = bytearray()
    for start in range(0, len(values) - 2, 3):
        number = values[start] + 45 * values[start + 1] + 2025 * values[start + 2]
        if number > 0xFFFF:
            raise ValueError("no Base45: a group too large")
        out += number.to_bytes(2, "big")
    if len(values) % 3:
        last = values[-2] + 45 * values[-1]
        if last > 0xFF:
            raise ValueError("no Base45: a group too large")
        out.append(last)
    return bytes(out)
