"""信息资源代码 The code of a catalogue entry: class digits, a stroke, and a number in its class.

类 has one digit, 项 two more, 目 three more, 细目 as many as are needed; the sequence number after the stroke
as many as are needed. Source: 政务信息资源目录编制指南（试行）2017.
"""

import re
from dataclasses import dataclass

FORM = "1 / 101 / 101001 / 10100101 + /000001"
NUMBER_DIGITS = 6
_CODE = re.compile(r"([0-9]+)/([0-9]+)")
_LENGTHS = (1, 3, 6)


@dataclass(frozen=True, slots=True)
class Parted:
    """The two halves of a code."""

    digits: str
    number: int


def level(digits: str) -> int:
    """Which level a class stands on: 1 类, 2 项, 3 目, 4 细目; 0 where the digits are no class.

    >>> [level(one) for one in ("1", "101", "101001", "10100101", "10", "x")]
    [1, 2, 3, 4, 0, 0]
    """
    if not (digits.isascii() and digits.isdigit()):
        return 0
    if len(digits) > _LENGTHS[-1]:
        return 4
    return _LENGTHS.index(len(digits)) + 1 if len(digits) in _LENGTHS else 0


def path(digits: str) -> list[str]:
    """A class and those above it, from the top.

    >>> path("20300301")
    ['2', '203', '203003', '20300301']
    """
    return [digits[:length] for length in _LENGTHS if length < len(digits)] + [digits]


def parted(code: str) -> Parted | None:
    """A code in its halves; None where it is none.

    >>> parted("203003/000001")
    Parted(digits='203003', number=1)
    """
    found = _CODE.fullmatch(code)
    if found is None or level(found[1]) == 0:
        return None
    return Parted(found[1], int(found[2]))


def written(digits: str, number: int) -> str:
    """A code from its halves.

    >>> written("203003", 12)
    '203003/000012'
    """
    return f"{digits}/{number:0{NUMBER_DIGITS}d}"
