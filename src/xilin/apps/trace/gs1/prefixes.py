"""How long the company prefix of a GS1 key is: what an EPC URN must know and a key doesn't say."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_DIGITS = 12


class Prefixes:
    """A table of ranges of leading digits with the length of the company prefix (厂商识别代码) in each.

    >>> Prefixes(["952 0=6 1=7"]).length("9520123456788")
    6
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._starts: list[int] = []
        self._lengths: list[int] = []
        for line in lines:
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            first, *ranges = text.split(" ")
            for part in ranges:
                digits, length = part.split("=")
                self._starts.append(int((first + digits).ljust(_DIGITS, "0")))
                self._lengths.append(int(length))
            self._starts.append((int(first) + 1) * 10 ** (_DIGITS - 3))
            self._lengths.append(0)

    def length(self, key: str) -> int | None:
        """Digits of the company prefix a key begins with (no indicator digit before it); None when not known."""
        digits = key[:_DIGITS]
        clean = digits if digits.isdecimal() and digits.isascii() else _leading(digits)
        # Ranges of neighbours meet at the same number: the later entry says what begins there.
        found = bisect_right(self._starts, int(clean.ljust(_DIGITS, "0") or "0")) - 1
        return (self._lengths[found] or None) if found >= 0 else None


def _leading(text: str) -> str:
    count = 0
    while count < len(text) and text[count] in "0123456789":
        count += 1
    return text[:count]


@cache
def published() -> Prefixes:
    """The table in this package (prefixes.txt says its date and source)."""
    return Prefixes(files(__package__).joinpath("prefixes.txt").read_text("utf-8").splitlines())
