"""Rules for parts of GS1 data (语法检查): each takes a text and raises `Malformed` with the characters at fault.

What a rule is called, what it wants, and how its faults are named follow the tests of GS1's Barcode Syntax Dictionary;
how it is checked is ours. The code of a fault is that name in small letters.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from xilin.apps.trace.gs1 import coupons
from xilin.apps.trace.gs1.checks import CSET82, PAIR_LONGEST, check_digit, check_pair
from xilin.apps.trace.gs1.errors import Malformed
from xilin.apps.trace.gs1.faults import fault

Rule = Callable[[str], None]
# Whether a company prefix is known to somebody who keeps a register of them; raises LookupError when it can't tell now.
Register = Callable[[str], bool]

_CSET39 = set("#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CSET64 = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_DIGITS = set("0123456789")
_HEX = set("0123456789abcdefABCDEF")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@cache
def lists() -> dict[str, frozenset[str]]:
    """The lists of codes of this package, by name."""
    found: dict[str, set[str]] = {}
    into: set[str] = set()
    for line in files(__package__).joinpath("lists.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            into = found.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            into.update(line.split())
    return {name: frozenset(codes) for name, codes in found.items()}


def _all_of(allowed: set[str] | frozenset[str], text: str, code: str) -> None:
    for place, character in enumerate(text):
        if character not in allowed:
            raise fault(code, place, 1)


def digits(text: str) -> None:
    """Digits only."""
    _all_of(_DIGITS, text, "non_digit_character")


def cset82(text: str) -> None:
    """Characters of GS1's set of 82."""
    _all_of(CSET82, text, "invalid_cset82_character")


def cset39(text: str) -> None:
    """Characters of GS1's set of 39."""
    _all_of(_CSET39, text, "invalid_cset39_character")


def cset64(text: str) -> None:
    """Characters of base64url, filled with one or two equals signs to a multiple of three."""
    body = text.rstrip("=")
    _all_of(_CSET64, body, "invalid_cset64_character")
    fill = len(text) - len(body)
    if fill and (fill > 2 or len(text) % 3):
        raise fault("invalid_cset64_padding", len(body), fill)


def csum(text: str) -> None:
    """A check digit at the end (weights 3 and 1 from the right)."""
    if not text:
        raise fault("too_short_for_check_digit", 0, 0)
    digits(text)
    if check_digit(text[:-1]) != text[-1]:
        raise fault("incorrect_check_digit", len(text) - 1, 1)


def csumalpha(text: str) -> None:
    """Two check characters at the end (GS1 General Specifications 7.9.5)."""
    if len(text) < 2:
        raise fault("too_short_for_check_pair", 0, len(text))
    if len(text) > PAIR_LONGEST:
        raise fault("too_long_for_check_pair_implementation", 0, len(text))
    cset82(text[:-2])
    if check_pair(text[:-2]) != text[-2:]:
        raise fault("incorrect_check_pair", len(text) - 2, 2)


def gcppos1(text: str, register: Register | None = None) -> None:
    """A key that begins with a company prefix; one is judged where a register of them is given."""
    _prefix(text, 0, register)


def gcppos2(text: str, register: Register | None = None) -> None:
    """A key with one digit before its company prefix."""
    _prefix(text, 1, register)


def _prefix(text: str, place: int, register: Register | None) -> None:
    if len(text) <= place:
        raise fault("too_short_for_gcp", 0, len(text))
    if register is None:
        return
    try:
        known = register(text[place:])
    except LookupError:
        raise fault("gcp_datasource_offline", place, len(text) - place) from None
    if not known:
        raise fault("invalid_gcp_prefix", place, len(text) - place)


def _sized(text: str, length: int, short: str, long: str) -> None:
    if len(text) < length:
        raise fault(short, 0, len(text))
    if len(text) > length:
        raise fault(long, 0, len(text))
    digits(text)


def _date(text: str, century: int, *, day_zero: bool) -> None:
    year, month, day = int(text[:century]), int(text[century : century + 2]), int(text[century + 2 :])
    if not 1 <= month <= 12:
        raise fault("illegal_month", century, 2)
    # Two digits of a year stand for one near us, and of those 2000 is a leap year.
    leap = year % 4 == 0 and (century == 2 or year % 100 != 0 or year % 400 == 0)
    last = _DAYS[month - 1] + (month == 2 and leap)
    if not (0 if day_zero else 1) <= day <= last:
        raise fault("illegal_day", century + 2, 2)


def yymmdd(text: str) -> None:
    """A day, its year with two digits."""
    _sized(text, 6, "date_too_short", "date_too_long")
    _date(text, 2, day_zero=False)


def yymmd0(text: str) -> None:
    """A day or, as day 00, a month."""
    _sized(text, 6, "date_too_short", "date_too_long")
    _date(text, 2, day_zero=True)


def yyyymmdd(text: str) -> None:
    """A day, its year with four digits."""
    _sized(text, 8, "date_too_short", "date_too_long")
    _date(text, 4, day_zero=False)


def yyyymmd0(text: str) -> None:
    """A day or, as day 00, a month, with a whole year."""
    _sized(text, 8, "date_too_short", "date_too_long")
    _date(text, 4, day_zero=True)


def _below(text: str, limit: int, place: int, code: str) -> None:
    if int(text) >= limit:
        raise fault(code, place, 2)


def hh(text: str) -> None:
    """An hour."""
    _sized(text, 2, "hour_too_short", "hour_too_long")
    _below(text, 24, 0, "illegal_hour")


def mi(text: str) -> None:
    """A minute."""
    _sized(text, 2, "minute_too_short", "minute_too_long")
    _below(text, 60, 0, "illegal_minute")


def ss(text: str) -> None:
    """A second."""
    _sized(text, 2, "second_too_short", "second_too_long")
    _below(text, 60, 0, "illegal_second")


def hhmi(text: str) -> None:
    """Hour and minute."""
    _sized(text, 4, "hour_with_minute_too_short", "hour_with_minute_too_long")
    _below(text[:2], 24, 0, "illegal_hour")
    _below(text[2:], 60, 2, "illegal_minute")


def _one_of(text: str, allowed: frozenset[str] | set[str], code: str) -> None:
    if text not in allowed:
        raise fault(code, 0, len(text))


def iso3166(text: str) -> None:
    """A country by its ISO number."""
    _one_of(text, lists()["country-numbers"], "not_iso3166")


def iso3166999(text: str) -> None:
    """A country by its ISO number, or 999 for several."""
    _one_of(text, lists()["country-numbers"] | {"999"}, "not_iso3166_or_999")


def iso3166alpha2(text: str) -> None:
    """A country by two letters."""
    _one_of(text, lists()["country-letters"], "not_iso3166_alpha2")


def iso4217(text: str) -> None:
    """A currency by its ISO number."""
    _one_of(text, lists()["currency-numbers"], "not_iso4217")


def iso5218(text: str) -> None:
    """A biological sex: 0, 1, 2 or 9."""
    _one_of(text, {"0", "1", "2", "9"}, "invalid_biological_sex_code")


def packagetype(text: str) -> None:
    """A kind of package."""
    _one_of(text, lists()["packages"], "invalid_package_type")


def mediatype(text: str) -> None:
    """A medium a person is identified by: 01 to 10, or 80 to 99 for own use."""
    allowed = {f"{number:02}" for number in (*range(1, 11), *range(80, 100))}
    _one_of(text, allowed, "invalid_media_type")


def yesno(text: str) -> None:
    """Nought or one."""
    _one_of(text, {"0", "1"}, "not_zero_or_one")


def zero(text: str) -> None:
    """Nought, however often."""
    if not text or text.strip("0"):
        raise fault("not_zero", 0, len(text))


def winding(text: str) -> None:
    """How a roll is wound: 0, 1 or 9."""
    _one_of(text, {"0", "1", "9"}, "invalid_winding_direction")


def hyphen(text: str) -> None:
    """Hyphens only."""
    if text.strip("-"):
        raise fault("not_hyphen", 0, len(text))


def importeridx(text: str) -> None:
    """One character of base64url."""
    _one_of(text, _CSET64, "invalid_import_idx_character")


def nonzero(text: str) -> None:
    """A number that isn't nought."""
    digits(text)
    if not text.strip("0"):
        raise fault("illegal_zero_value", 0, len(text))


def nozeroprefix(text: str) -> None:
    """A number that doesn't begin with a nought."""
    digits(text)
    if text.startswith("0"):
        raise fault("illegal_zero_prefix", 0, 1)


def hasnondigit(text: str) -> None:
    """Something that isn't a digit, anywhere."""
    if all(character in _DIGITS for character in text):
        raise fault("requires_non_digit_character", 0, len(text))


def latitude(text: str) -> None:
    """Degrees from the South pole, ten digits, seven of them decimals."""
    _degrees(text, 1_800_000_000, "latitude")


def longitude(text: str) -> None:
    """Degrees eastward from the meridian opposite to Greenwich's, ten digits, seven of them decimals."""
    _degrees(text, 3_600_000_000, "longitude")


def _degrees(text: str, most: int, name: str) -> None:
    if len(text) != 10:
        raise fault(f"{name}_invalid_length", 0, len(text))
    digits(text)
    if int(text) > most:
        raise fault(f"invalid_{name}", 0, len(text))


def pcenc(text: str) -> None:
    """Percent signs followed by two hexadecimal digits."""
    place = text.find("%")
    while place >= 0:
        part = text[place + 1 : place + 3]
        if len(part) < 2 or not set(part) <= _HEX:
            raise fault("invalid_percent_sequence", place, 1 + len(part))
        place = text.find("%", place + 3)


def pieceoftotal(text: str) -> None:
    """A piece and how many there are, each half of the digits."""
    if not text or len(text) % 2:
        raise fault("invalid_length_for_piece_of_total", 0, len(text))
    digits(text)
    half = len(text) // 2
    piece, total = int(text[:half]), int(text[half:])
    if not piece:
        raise fault("zero_piece_number", 0, half)
    if not total:
        raise fault("zero_total_pieces", half, half)
    if piece > total:
        raise fault("piece_number_exceeds_total", 0, len(text))


_POSITION = re.compile(r"(\d+)/(\d+)", re.ASCII)


def posinseqslash(text: str) -> None:
    """A position and the end of a sequence, with a slash between."""
    found = _POSITION.fullmatch(text)
    if found is None:
        raise fault("position_in_sequence_malformed", 0, len(text))
    for group in (1, 2):
        if found[group].startswith("0"):
            raise fault("illegal_zero_prefix", found.start(group), len(found[group]))
    if int(found[1]) > int(found[2]):
        raise fault("position_exceeds_end", 0, len(text))


def iban(text: str) -> None:
    """An international bank account number (ISO 13616): country, check digits, account."""
    if len(text) <= 4:
        raise fault("iban_too_short", 0, len(text))
    if len(text) > 34:
        raise fault("iban_too_long", 0, len(text))
    for place, character in enumerate(text):
        if not (character.isascii() and (character.isdigit() or character.isupper())):
            raise fault("invalid_iban_character", place, 1)
    if text[:2] not in lists()["country-letters"]:
        raise fault("illegal_iban_country_code", 0, 2)
    turned = "".join(str(int(character, 36)) for character in text[4:] + text[:4])
    if int(turned) % 97 != 1:
        raise fault("incorrect_iban_checksum", 2, 2)


def couponcode(text: str, register: Register | None = None) -> None:
    """The first North American coupon code (AI 8110)."""
    digits(text)
    coupons.judge(text, coupons.FIRST, coupons.OPTIONAL, _known(register), yymmdd)


def couponposoffer(text: str) -> None:
    """The coupon code of positive offer files (AI 8112)."""
    digits(text)
    coupons.judge(text, coupons.OFFER, (), _known(None), yymmdd)


def _known(register: Register | None) -> Callable[[str], None]:
    return lambda prefix: gcppos1(prefix, register)


RULES: dict[str, Rule] = {
    "csetnumeric": digits,
    "cset82": cset82,
    "cset39": cset39,
    "cset64": cset64,
    "csum": csum,
    "csumalpha": csumalpha,
    "gcppos1": gcppos1,
    "gcppos2": gcppos2,
    "yymmdd": yymmdd,
    "yymmd0": yymmd0,
    "yyyymmdd": yyyymmdd,
    "yyyymmd0": yyyymmd0,
    "hh": hh,
    "mi": mi,
    "ss": ss,
    "hhmi": hhmi,
    "iso3166": iso3166,
    "iso3166999": iso3166999,
    "iso3166alpha2": iso3166alpha2,
    "iso4217": iso4217,
    "iso5218": iso5218,
    "packagetype": packagetype,
    "mediatype": mediatype,
    "yesno": yesno,
    "zero": zero,
    "winding": winding,
    "hyphen": hyphen,
    "importeridx": importeridx,
    "nonzero": nonzero,
    "nozeroprefix": nozeroprefix,
    "hasnondigit": hasnondigit,
    "latitude": latitude,
    "longitude": longitude,
    "pcenc": pcenc,
    "pieceoftotal": pieceoftotal,
    "posinseqslash": posinseqslash,
    "iban": iban,
    "couponcode": couponcode,
    "couponposoffer": couponposoffer,
}


def lint(name: str, text: str, register: Register | None = None) -> None:
    """Check a text by a rule's name; `register` is asked by the rules that look at company prefixes. Raises Malformed."""
    if name == "gcppos1":
        gcppos1(text, register)
    elif name == "gcppos2":
        gcppos2(text, register)
    elif name == "couponcode":
        couponcode(text, register)
    else:
        RULES[name](text)


def is_valid(name: str, text: str) -> bool:
    """Whether a text keeps a rule."""
    try:
        lint(name, text)
    except Malformed:
        return False
    return True
