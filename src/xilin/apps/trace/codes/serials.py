"""Serial numbers of codes: random, and with a check character that finds slips of the hand.

A serial number is fifteen random characters of 32 (75 bits) and a check character. Whoever guesses hits one of a
thousand million codes of a product with probability below 2^-45 a try; the database sees to it that no two of a product
are equal. The alphabet has no I, L, O and U, so that nothing is read as something else; letters are capitals, which QR
codes pack most tightly. The check character is ISO/IEC 7064's hybrid system for 32 characters (modulus 33): it finds
every single wrong character and nearly every pair of neighbours exchanged.
"""

import os

import numpy as np

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM = 15
LENGTH = RANDOM + 1
SCRATCH = 8
_RADIX = len(ALPHABET)
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_BYTES = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
# What people write for what stands there.
_MEANT = str.maketrans("ILOilo", "110110")


def random_serials(count: int) -> list[str]:
    """That many serial numbers from the system's random source; equal ones are possible and most unlikely."""
    if not count:
        return []
    digits = (np.frombuffer(os.urandom(count * RANDOM), dtype=np.uint8) & (_RADIX - 1)).reshape(count, RANDOM)
    whole = np.empty((count, LENGTH), dtype=np.uint8)
    whole[:, :RANDOM] = digits
    state = np.full(count, _RADIX, dtype=np.int16)
    for place in range(RANDOM):
        total = (state + digits[:, place]) % _RADIX
        total[total == 0] = _RADIX
        state = total * 2 % (_RADIX + 1)
    whole[:, RANDOM] = (_RADIX + 1 - state) % _RADIX
    return [row.decode() for row in _BYTES[whole].view(f"S{LENGTH}").ravel().tolist()]


def check_character(body: str) -> str:
    """The character that follows a serial number's random part; KeyError where a character isn't of the alphabet."""
    state = _RADIX
    for character in body:
        state = ((state + _VALUE[character]) % _RADIX or _RADIX) * 2 % (_RADIX + 1)
    return ALPHABET[(_RADIX + 1 - state) % _RADIX]


def is_serial(text: str) -> bool:
    """Whether a text can be one of our serial numbers: length, alphabet and check character."""
    if len(text) != LENGTH or not all(character in _VALUE for character in text):
        return False
    return check_character(text[:-1]) == text[-1]


def as_meant(text: str) -> str:
    """What somebody who typed a serial number or scratch code meant: capitals, no blanks, no letters that aren't there.

    >>> as_meant("7ko q-l1")
    '7K0Q11'
    """
    return "".join(text.split()).replace("-", "").translate(_MEANT).upper()


def letters(data: bytes) -> str:
    """Bytes as characters of the alphabet, five bits each, what is left over at the end dropped."""
    number, width = int.from_bytes(data, "big"), 8 * len(data)
    return "".join(ALPHABET[number >> (width - 5 * (place + 1)) & 31] for place in range(width // 5))
