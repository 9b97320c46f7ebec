"""余数 How many identifiers still stand behind a masked one: counted from how they are made, without any data."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from xilin.kernel.exchange.declarations import Mask

# GB 11643-1999: weights of ISO 7064 MOD 11-2; the sequence number 000 is given to nobody.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
FIRST_BORN = date(1930, 1, 1)
SEQUENCES = tuple(f"{number:03d}" for number in range(1, 1000))
MOBILE = 11

Residues = tuple[int, ...]


def births(until: date, since: date = FIRST_BORN) -> list[str]:
    """Every day of birth from one day to another, as an ID number writes it."""
    return [f"{since + timedelta(days=n):%Y%m%d}" for n in range((until - since).days + 1)]


def left(shown: str, born: Iterable[str]) -> int:
    """How many ID numbers fit what a mask shows of one: 18 characters, a star for each hidden one.

    Where digits of the area are hidden, the area is taken for known: what is counted is births and sequences.

    >>> left("110101********4258", births(date(2026, 11, 24)))
    3213
    """
    area = 0 if "*" in shown[:6] else _residue(shown[:6], 0)
    days = Counter(_residue(day, 6) for day in born if _fits(day, shown[6:14]))
    sequences = Counter(_residue(number, 14) for number in SEQUENCES if _fits(number, shown[14:17]))
    checks = range(11) if shown[17] == "*" else [CHECK.index(shown[17])]
    wanted = set(checks)
    return sum(
        some * others
        for day, some in days.items()
        for number, others in sequences.items()
        if (area + day + number) % 11 in wanted
    )


def least(mask: Mask, check: str, born: Sequence[str]) -> int | None:
    """The fewest identifiers that fit any value shown by a mask; None for masks of what is no identifier.

    Args:
        mask: of the kind `stars`, which alone shows a part of an identifier's characters.
        check: the data element's check, `citizen_id` or `mobile`.
        born: the days of birth that count, of one year where that is known beside the mask.
    """
    if mask.kind != "stars":
        return None
    if check == "mobile":
        hidden = MOBILE - mask.keep_first - mask.keep_last
        return int(10 ** min(hidden, MOBILE - 1)) if hidden > 0 else 10 ** (MOBILE - 1)
    if check != "citizen_id":
        return None
    if mask.keep_first + mask.keep_last >= 18:
        return len(born) * len(SEQUENCES)  # a value no longer than what is kept is starred whole
    return _least_citizen(mask.keep_first, mask.keep_last, born)


def _least_citizen(first: int, last: int, born: Sequence[str]) -> int:
    pattern = ["*" if first <= n < 18 - last else "." for n in range(18)]
    days, sequences = _groups(born, pattern[6:14], 6), _groups(SEQUENCES, pattern[14:17], 14)
    if pattern[17] == "*":
        return min(sum(day) for day in days) * min(sum(number) for number in sequences)
    found = (
        sum(day[n] * number[(check - n) % 11] for n in range(11))
        for day in days
        for number in sequences
        for check in range(11)
    )
    # A tail that no number has is shown by nobody.
    return min(count for count in found if count)


def _groups(values: Iterable[str], pattern: Sequence[str], at: int) -> set[Residues]:
    """Values that look alike under a pattern, as how many of them have each residue."""
    groups: dict[str, list[int]] = {}
    for value in values:
        seen = "".join(c for c, shown in zip(value, pattern, strict=True) if shown == ".")
        groups.setdefault(seen, [0] * 11)[_residue(value, at)] += 1
    return {tuple(counts) for counts in groups.values()}


def _residue(digits: str, at: int) -> int:
    return sum(int(c) * w for c, w in zip(digits, WEIGHTS[at:], strict=False)) % 11


def _fits(value: str, shown: str) -> bool:
    return all(there in ("*", c) for c, there in zip(value, shown, strict=True))
