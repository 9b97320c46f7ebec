"""脱敏 Masks carried out on values, before anything leaves."""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from xilin.kernel.exchange.declarations import Mask

Masker = Callable[[Any], str | None]
PSEUDONYM = 32
_YEAR = re.compile(r"(\d{4})-\d\d-\d\d")


def masker(mask: Mask, key: bytes) -> Masker:
    """The function that shows a value through a mask; null stays null.

    `key` makes pseudonyms: one key a grant, so that what two grants gave can't be joined.
    """
    kinds: dict[str, Callable[[Mask, bytes], Callable[[Any], str | None]]] = {
        "stars": lambda mask, _key: lambda value: stars(str(value), mask),
        "pseudonym": lambda _mask, key: lambda value: pseudonym(str(value), key),
        "year": lambda _mask, _key: year,
        "area": lambda mask, _key: lambda value: area(str(value), mask.keep_first),
        "hide": lambda _mask, _key: hidden,
    }
    show = kinds[mask.kind](mask, key)
    return lambda value: None if value is None else show(value)


def hidden(_value: Any) -> None:
    """Nothing, whatever the value."""


def stars(value: str, mask: Mask) -> str:
    """Some characters and stars for the rest; a value with no more characters than are kept is starred whole.

    >>> from xilin.lib.text import Text
    >>> from xilin.kernel.standards.declarations import Name
    >>> stars("王小明", Mask(code="m", name=Name(zh="m"), kind="stars", source="", keep_first=1))
    '王**'
    """
    hidden = len(value) - mask.keep_first - mask.keep_last
    if hidden <= 0:
        return "*" * (mask.stars or len(value))
    return value[: mask.keep_first] + "*" * (mask.stars or hidden) + value[len(value) - mask.keep_last :]


def pseudonym(value: str, key: bytes) -> str:
    """A name for a value that says nothing of it: 128 bits of HMAC-SHA256 in hex."""
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:PSEUDONYM]


def year(value: Any) -> str | None:
    """The year of a date or of its ISO 8601 text; nothing of what is neither."""
    if isinstance(value, date):
        return f"{value.year:04d}"
    found = _YEAR.match(str(value))
    return found[1] if found else None


def area(value: str, keep: int) -> str:
    """An area code made coarser: its first digits, then zeros to its length.

    >>> area("990101002003", 6)
    '990101000000'
    """
    return value[:keep].ljust(len(value), "0")
