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
