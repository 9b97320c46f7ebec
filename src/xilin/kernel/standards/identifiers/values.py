"""Checks on one value, written the way the standards say them."""

from datetime import date

# GB 11643-1999, 6.1 (ISO 7064 MOD 11-2): weights 2**(17-i) mod 11, and the check characters.
CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CITIZEN_CHECKS = "10X98765432"
# GB 32100-2015, 5.6: 31 characters without I, O, Z, S and V; weights 3**i mod 31.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
# GB 11714-1997, 3.3: 36 characters, MOD 11.
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGANISATION_CHECKS = "0X987654321"


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def citizen_check_digit(first17: str) -> str:
    """校验码 The 18th character of a citizen identification number (GB 11643-1999, 6.1).

    >>> citizen_check_digit("11010519491231002")
    'X'
    """
    total = sum(int(digit) * weight for digit, weight in zip(first17, CITIZEN_WEIGHTS, strict=True))
    return CITIZEN_CHECKS[total % 11]


def is_citizen_id(text: str) -> bool:
    """公民身份号码 Whether a text is well formed: 17 digits (the first not 0), a real birth date,
    the right check digit.

    The area prefix is not looked up: people keep the code under which they were first
    registered, and codes are abolished. GB 11643-1999.
    """
    if len(text) != 18 or not _digits(text[:17]) or text[0] == "0":
        return False
    return _date(text[6:14]) is not None and citizen_check_digit(text[:17]) == text[17]


def citizen_upgrade(text: str) -> str:
    """A 15-digit number of the first generation as 18 digits (born in 19YY); anything else, also a number
    without a real birth date, unchanged.

    >>> citizen_upgrade("110105491231002")
    '11010519491231002X'
    """
    if len(text) != 15 or not _digits(text) or text[0] == "0":
        return text
    first17 = f"{text[:6]}19{text[6:]}"
    return first17 + citizen_check_digit(first17) if _date(first17[6:14]) else text


def citizen_repairs(text: str, birth: date | None = None) -> list[str]:
    """The valid numbers one keying error away: a digit changed, or two neighbours swapped.

    `birth` keeps those born on that day. Empty for a text that isn't 18 characters long.
    """
    if len(text) != 18:
        return []
    found = set()
    for at in range(17):
        for digit in "0123456789":
            found.add(text[:at] + digit + text[at + 1 :])
        found.add(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    found |= {text[:17] + check for check in CITIZEN_CHECKS}
    day = f"{birth:%Y%m%d}" if birth else ""
    return sorted(t for t in found - {text} if is_citizen_id(t) and (not day or t[6:14] == day))


def uscc_check_digit(first17: str) -> str:
    """The 18th character of a unified social credit code (GB 32100-2015, 5.6).

    >>> uscc_check_digit("91440300192203821")
    '6'
    """
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(first17, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def organisation_check_digit(first8: str) -> str:
    """The 9th character of an organisation code (GB 11714-1997, 3.3)."""
    total = sum(ORGANISATION_ALPHABET.index(c) * w for c, w in zip(first8, ORGANISATION_WEIGHTS, strict=True))
    return ORGANISATION_CHECKS[total % 11]


def is_organisation_code(text: str) -> bool:
    """组织机构代码 Whether nine characters are an organisation code (GB 11714-1997)."""
    if len(text) != 9 or any(c not in ORGANISATION_ALPHABET for c in text):
        return False
    return organisation_check_digit(text[:8]) == text[8]


def is_uscc(text: str) -> bool:
    """统一社会信用代码 Whether a text is a unified social credit code (GB 32100-2015).

    Letters are allowed in positions 1 to 8 (collectives begin with N, others with A, Y);
    the organisation code inside (positions 9 to 17) is checked too.
    """
    if len(text) != 18 or any(c not in USCC_ALPHABET for c in text):
        return False
    return uscc_check_digit(text[:17]) == text[17] and is_organisation_code(text[8:17])


def is_mobile(text: str) -> bool:
    """Whether a text is eleven digits beginning with 1, with or without +86; allocation changes, form doesn't."""
    bare = text.removeprefix("+86")
    return len(bare) == 11 and _digits(bare) and bare[0] == "1"


def is_area_code(text: str) -> bool:
    """Whether a text has the form of a statistical division code: 12 digits, the first not 0."""
    return len(text) == 12 and _digits(text) and text[0] != "0"
