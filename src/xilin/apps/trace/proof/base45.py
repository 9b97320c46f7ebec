"""Base45 (RFC 9285): bytes in the characters a QR code packs most tightly."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}


def encode(data: bytes) -> str:
    """Bytes as Base45.

    >>> encode(b"AB"), encode(b"ietf!")
    ('BB8', 'QED8WEX0')
    """
    out = []
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            out.append(_ALPHABET[digit])
    return "".join(out)


def decode(text: str) -> bytes:
    """Bytes of a Base45 text; ValueError where it is none."""
    if len(text) % 3 == 1:
        raise ValueError("no Base45: a character too many or too few")
    out = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        try:
            number = sum(_VALUE[character] * 45**place for place, character in enumerate(group))
        except KeyError as unknown:
            raise ValueError("no Base45: a character it doesn't have") from unknown
        width = len(group) - 1
        if number >= 1 << (8 * width):
            raise ValueError("no Base45: a group too large")
        out += number.to_bytes(width, "big")
    return bytes(out)
