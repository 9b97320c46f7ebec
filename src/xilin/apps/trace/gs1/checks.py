"""Check digits and check characters (校验位) of GS1 keys."""


def check_digit(digits: str) -> str:
    """The digit that follows `digits`: modulo 10, weights 3 and 1 from the right (GS1 General Specifications 7.9.1).

    >>> check_digit("629104150021")
    '3'
    """
    values = digits.encode("ascii")
    total = (
        3 * (sum(values[-1::-2]) - 48 * ((len(values) + 1) // 2))
        + sum(values[-2::-2])
        - 48 * (len(values) // 2)
    )
    return str(-total % 10)


# CSET 82 in the order that gives its characters their values (GS1 General Specifications 7.11).
_ORDER82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
CSET82 = frozenset(_ORDER82)
CSET32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_VALUES = {character: value for value, character in enumerate(_ORDER82)}
_MODULUS = 1021


def _primes(count: int) -> tuple[int, ...]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return tuple(found)


_WEIGHTS = _primes(97)
PAIR_LONGEST = len(_WEIGHTS) + 2


def check_pair(text: str) -> str:
    """The two characters that follow a text of CSET 82: primes as weights from the right, modulo 1021 (GS1 GS 7.9.5).

    >>> check_pair("1987654Ad4X4bL5ttr2310c")
    '2K'
    """
    total = sum(
        _VALUES[character] * weight for character, weight in zip(reversed(text), _WEIGHTS, strict=False)
    )
    high, low = divmod(total % _MODULUS, len(CSET32))
    return CSET32[high] + CSET32[low]
