"""How the reference implementation of event hashes writes identifiers, its gaps included.

It knows fewer characters and lengths than the standard; what it doesn't know it leaves as given. Hashes that others
published depend on that, so this stays apart from `keys`, which follows the standard.
Source: behaviour of epcis-event-hash-generator (2025-10), checked against its published pre-hash strings.
"""

import re
from functools import lru_cache

from xilin.apps.trace.gs1.checks import check_digit

ROOT = "https://id.gs1.org"
_CHARACTER = (
    r"(?:%2[125-9A-Fa-f]|%3[0-9A-Fa-f]|%4[1-9A-Fa-f]|%5[0-9AaFf]|%6[1-9A-Fa-f]|%7[0-9Aa]"
    r"|[!')(*+,.0-9:;=A-Za-z_-])"
)
_PART = r"(?:%2[3dfDF]|%3[0-9]|%4[1-9A-Fa-f]|%5[0-9Aa]|[0-9A-Z-])"


def _digits(total: int, longest: str = r"\d{12}\.") -> str:
    """A company prefix of 6 to 12 digits and a reference, so many digits together."""
    shorter = "|".join(rf"\d{{{n}}}\.\d{{{total - n}}}" for n in range(6, 12))
    last = longest if total == 12 else rf"\d{{12}}\.\d{{{total - 12}}}"
    return f"(?:{shorter}|{last})"


def _rest(character: str, total: int = 30) -> str:
    """A company prefix and a reference that isn't numeric."""
    return "(?:" + "|".join(rf"\d{{{n}}}\.{character}{{1,{total - n}}}" for n in range(6, 13)) + ")"


# Form of the URN after its scheme -> (key, how the key begins, AI of the serial number or "" when it just follows).
# "i": the indicator moves to the front; "0": a filler does; "": nothing moves; "raw": no check digit.
_URNS: tuple[tuple[str, str, str, str, str | None], ...] = (
    ("id:sgtin:", _digits(13) + rf"\.{_CHARACTER}{{1,20}}", "01", "i", "21"),
    ("id:sscc:", _digits(17), "00", "i", None),
    ("id:sgln:", _digits(12) + rf"\.{_CHARACTER}{{1,20}}", "414", "", "254"),
    ("id:grai:", _digits(12, r"\d{12}\.\.") + rf"\.{_CHARACTER}{{1,16}}", "8003", "0", ""),
    ("id:giai:", _rest(_CHARACTER), "8004", "raw", None),
    ("id:gsrn:", _digits(17), "8018", "", None),
    ("id:gsrnp:", _digits(17), "8017", "", None),
    ("id:gdti:", _digits(12, r"\d{12}\.\.") + rf"{_CHARACTER}{{1,20}}", "253", "", ""),
    ("id:cpi:", _rest(_PART) + r"\.\d{1,12}", "8010", "raw", "8011"),
    ("id:sgcn:", _digits(12) + r"\.\d{1,12}", "255", "", ""),
    ("id:ginc:", _rest(_CHARACTER), "401", "raw", None),
    ("id:gsin:", _digits(16), "402", "", None),
    ("id:itip:", _digits(13) + rf"\.\d\d\.\d\d\.{_CHARACTER}{{1,20}}", "8006", "i", "21"),
    ("id:upui:", _digits(13) + rf"\.{_CHARACTER}{{1,28}}", "01", "i", "235"),
    ("id:pgln:", _digits(12), "417", "", None),
    ("class:lgtin:", _digits(13) + rf"\.{_CHARACTER}{{1,20}}", "01", "i", "10"),
    ("idpat:sgtin:", _digits(13) + r"\.\*", "01", "i", None),
    ("idpat:grai:", _digits(12, r"\d{12}\.\.") + r"\.\*", "8003", "0", None),
    ("idpat:gdti:", _digits(12, r"\d{12}\.\.") + r"\.\*", "253", "", None),
    ("idpat:sgcn:", _digits(12, r"\d{12}\.\.") + r"\.\*", "255", "", None),
    ("idpat:cpi:", _rest(_PART) + r"\.\*", "8010", "raw", None),
    ("idpat:itip:", _digits(13) + r"\.\d\d\.\d\d\.\*", "8006", "i", None),
    ("idpat:upui:", _digits(13) + r"\.\*", "01", "i", None),
)
_FORMS = {
    f"urn:epc:{scheme}": (re.compile(form), ai, shape, serial) for scheme, form, ai, shape, serial in _URNS
}
_SCHEME = re.compile(r"urn:epc:\w+:\w+:")
_LENGTHS = {"01": 13, "00": 17, "8006": 13, "402": 16, "8017": 17, "8018": 17}

_SHORT = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018",
    "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
    "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
_AIS = ("00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8017", "8018")
_ANY = "|".join([*_AIS, *(name for name, ai in _SHORT.items() if ai in _AIS)])
_LINK = re.compile(rf"https?:(?://[^/?#]*)?[^?#]*/(?:{_ANY})/\d{{4}}[^/]+")
_HOME = re.compile(rf"https://id.gs1.org/(?:{'|'.join(_AIS)})/\d{{4}}[^/]+")
_C = r"[\x22\x27\x2D\x2E\x30-\x39\x3B-\x3F\x41-\x5A\x5F\x61-\x7A]"
_PRODUCT = r"https://id.gs1.org/(?:8006/\d{18}|01/\d{14})"
_VARIANT_LAST = re.compile(rf"{_PRODUCT}/22/{_C}{{0,20}}$")
_VARIANT = re.compile(rf"{_PRODUCT}/22/(?:/|{_C}){{0,20}}$")
_LOT_AND_SERIAL = re.compile(rf"({_PRODUCT})/10/{_C}{{0,20}}(/21/{_C}{{0,20}})$")
_GOOD = re.compile(
    "https://id.gs1.org/(?:"
    rf"00/\d{{18}}|01/\d{{14}}(?:/(?:21|10)/{_C}{{0,20}}|/235/{_C}{{0,28}})?|253/\d{{13}}{_C}{{0,17}}|255/\d{{13,25}}"
    rf"|401/{_C}{{0,30}}|402/\d{{17}}|414/\d{{13}}(?:/254/{_C}{{0,20}})?|417/\d{{13}}|8003/\d{{14}}{_C}{{0,16}}"
    rf"|8004/{_C}{{0,30}}|8006/\d{{18}}(?:/(?:21|10)/{_C}{{0,20}})?"
    r"|8010/[\x23\x2D\x2F\x30-\x39\x41-\x5A]{0,30}(?:/8011/\d{0,12})?|801[78]/\d{18})$"
)
_ENCODED = str.maketrans({"!": "%21", "(": "%28", ")": "%29", "*": "%2A", "+": "%2B", ",": "%2C", ":": "%3A"})


@lru_cache(maxsize=65_536)
def canonical(text: str) -> str:
    """An identifier as the reference writes it; any other text as it is."""
    if "." not in text:
        return text
    if scheme := _SCHEME.match(text):
        return _urn(text, scheme[0])
    return _link(text) if _LINK.match(text) else text


def _urn(text: str, scheme: str) -> str:
    if scheme not in _FORMS:
        return text
    form, ai, shape, serial_ai = _FORMS[scheme]
    rest = text[len(scheme) :]
    if not form.fullmatch(rest):
        return text
    prefix, _, tail = rest.partition(".")
    if shape == "raw":
        return _raw(prefix, tail, ai, serial_ai, pattern=rest.endswith(".*"))
    length = _LENGTHS.get(ai, 12)
    reference = tail[: length - len(prefix)]
    # The serial number is cut out by position, so that dots in it don't matter.
    serial = rest[length + 2 :]
    if shape == "i":
        key = reference[:1] + prefix + reference[1:]
    else:
        key = ("0" if shape == "0" else "") + prefix + reference
    key += check_digit(key)
    if ai == "8006":
        key, serial = key + serial[:2] + serial[3:5], serial[6:]
    if serial_ai is None or (ai == "414" and serial == "0"):
        return f"{ROOT}/{ai}/{key}"
    joined = f"/{serial_ai}/" if serial_ai else ""
    return f"{ROOT}/{ai}/{key}{joined}{serial.translate(_ENCODED)}"


def _raw(prefix: str, tail: str, ai: str, serial_ai: str | None, *, pattern: bool) -> str:
    if ai == "8010":
        tail, _, serial = tail.rpartition(".")
        whole = f"{ROOT}/{ai}/{(prefix + tail).translate(_ENCODED)}"
        return whole if pattern else f"{whole}/{serial_ai}/{serial}"
    return f"{ROOT}/{ai}/{prefix}{tail.translate(_ENCODED)}"


def _link(text: str) -> str:
    uri = text.partition("?")[0]
    for name, ai in _SHORT.items():
        uri = uri.replace(f"/{name}/", f"/{ai}/")
    if not _HOME.match(uri):
        for ai in _AIS:
            if (at := uri.find(f"/{ai}/")) != -1:
                uri = ROOT + uri[at:]
                break
    uri = _fourteen(uri)
    if "/22/" in uri:
        uri = _without_variant(uri)
    if both := _LOT_AND_SERIAL.match(uri):
        uri = both[1] + both[2]
    return uri if _GOOD.match(uri) else text


def _fourteen(uri: str) -> str:
    """GTINs of 8, 12 or 13 digits filled up to 14."""
    start = f"{ROOT}/01/"
    if uri.startswith(start):
        digits = re.match(r"\d*", uri[len(start) :])
        count = len(digits[0]) if digits else 0
        zeros = 0 if count >= 14 else 1 if count == 13 else 2 if count == 12 else 6 if count >= 8 else 0
        uri = uri.replace("/01/", "/01/" + "0" * zeros)
    return uri


def _without_variant(uri: str) -> str:
    """A link without its consumer product variant."""
    at = uri.find("/22/")
    tail = uri[at + 4 :]
    slash = tail.find("/")
    if _VARIANT_LAST.match(uri):
        return uri[:at] + tail[slash:-1]
    if _VARIANT.match(uri):
        return uri[:at] + tail[slash:]
    return uri
