"""Identifiers in the one form that events are compared by: canonical GS1 Digital Links of the finest key.

`urn:epc:id:sgtin:9521234.012345.7` and `https://shop.example/gtin/09521234123453/lot/A/ser/7?x=1` name the same
thing; both become `https://id.gs1.org/01/09521234123453/21/7`. What is no GS1 key stays as it is. Check digits aren't
judged: an event keeps the identifier that was captured.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from xilin.apps.trace.gs1 import eartags, epc
from xilin.apps.trace.gs1.errors import Malformed

ROOT = "https://id.gs1.org"
# Raw in a canonical value; every other character is percent-encoded (Digital Link URI Syntax 1.6, characters).
SAFE = "-._'=;"
SHORT = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018",
    "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
    "cpv": "22", "lot": "10", "ser": "21", "cpsn": "8011", "glnx": "254", "tpx": "235",
}  # fmt: skip
# Each key: its form, its qualifiers from finest to coarsest, and the length at which it names a class only.
_FORMS: dict[str, tuple[re.Pattern[str], tuple[str, ...], int | None]] = {
    "00": (re.compile(r"\d{18}"), (), None),
    "01": (re.compile(r"\d{8}|\d{12,14}"), ("21", "235", "10", "22"), 14),
    "253": (re.compile(r"\d{13}[^/]{0,17}"), (), 13),
    "255": (re.compile(r"\d{13}\d{0,12}"), (), 13),
    "401": (re.compile(r"\d{4}[^/]{0,86}"), (), None),
    "402": (re.compile(r"\d{17}"), (), None),
    "414": (re.compile(r"\d{13}"), ("254", "7040"), None),
    "417": (re.compile(r"\d{13}"), ("7040",), None),
    "8003": (re.compile(r"\d{14}[^/]{0,48}"), (), 14),
    "8004": (re.compile(r"\d{4}[^/]{0,86}"), (), None),
    "8006": (re.compile(r"\d{18}"), ("21", "10", "22"), 18),
    "8010": (re.compile(r"\d{4}[^/]{0,86}"), ("8011",), 90),
    "8017": (re.compile(r"\d{18}"), (), None),
    "8018": (re.compile(r"\d{18}"), ("8019",), None),
}
# Qualifiers that don't tell one thing from another of the same key: consumer variants, places of a party's service.
_DROPPED = {"22", "7040", "8019"}
_INSTANCE = {"21", "235", "8011"}
# A link with nothing in its values that could be encoded in two ways.
_PLAIN = re.compile(r"https://id\.gs1\.org/[A-Za-z0-9/\-._'=;]+")
_WEB = re.compile(r"(?i:https?)://[^/?#]+(/[^?#]*)")


class Key(NamedTuple):
    """An identifier's canonical form, and whether it names a class (product, batch, type) rather than one thing."""

    id: str
    is_class: bool


def canonical(uri: str) -> Key:
    """The canonical form of an identifier in any form.

    >>> canonical("urn:epc:class:lgtin:9521234.012345.A1")
    Key(id='https://id.gs1.org/01/09521234123453/10/A1', is_class=True)
    """
    return usual(uri) or _other(uri)


def usual(uri: str) -> Key | None:
    """The canonical form of an identifier in one of the forms nearly all events use, None for others.

    The usual ones are new in every event: working them out takes no longer than remembering them.
    """
    found = _CANONICAL.fullmatch(uri)
    if found:
        return Key(uri, found[1] == "10")
    found = _USUAL.fullmatch(uri)
    return _usual(*found.groups()) if found else None


def thing(id: str) -> str:
    """What events, index and questions know a thing by: its canonical form, and for an animal the one of its ear tag.

    Hashes don't use it: an event's hash is that of the identifier that was captured.
    """
    return eartags.canonical(id) if id.startswith(_ASSET) else id


ASSETS = "/8004/"
"""In every identifier that `thing` might change."""
_ASSET = f"{ROOT}{ASSETS}"


# Nearly every identifier in events is one of these, without anything to encode; `gs1.epc` reads all the others.
_USUAL = re.compile(
    r"urn:epc:(?:(?:(id:sgtin)|class:(lgtin)):(?=[0-9]{6,12}\.)(?=[0-9.]{14}\.)([0-9]+)\.([0-9])([0-9]*)"
    r"\.([A-Za-z0-9_-]{1,20})|(id:sscc):(?=[0-9]{6,12}\.)(?=[0-9.]{18}$)([0-9]+)\.([0-9])([0-9]*))"
)

# And these are in their canonical form already.
_CANONICAL = re.compile(
    r"https://id\.gs1\.org/(?:01/[0-9]{14}/(10|21)/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*|00/[0-9]{18})"
)
is_canonical = _CANONICAL.fullmatch
"""Whether an identifier is an item, a lot or a logistic unit in its canonical form; the match's first group is the key of the qualifier."""


def _usual(
    item: str | None, lot: str | None, prefix: str, indicator: str, reference: str, serial: str, *sscc: str
) -> Key:
    """Products with a serial number or a lot, and logistic units: the indicator goes first, the check digit last."""
    if sscc[0]:
        return Key(f"{ROOT}/00/{_checked(sscc[2] + sscc[1] + sscc[3])}", False)
    key = _checked(indicator + prefix + reference)
    return Key(f"{ROOT}/01/{key}/{'10' if lot else '21'}/{serial}", lot is not None)


def _checked(digits: str) -> str:
    """Digits with their check digit: weights 3 and 1 from the right (GS1 General Specifications 7.9)."""
    codes = digits.encode()[::-1]
    total = 3 * sum(codes[::2]) + sum(codes[1::2]) - 48 * (3 * ((len(codes) + 1) // 2) + len(codes) // 2)
    return f"{digits}{-total % 10}"


@lru_cache(maxsize=65_536)
def _other(uri: str) -> Key:
    if uri.startswith("urn:epc:"):
        whole = uri.startswith(("urn:epc:idpat:", "urn:epc:class:"))
        try:
            link = epc.to_digital_link(uri)
        except Malformed:
            return Key(uri, whole)
        return Key(link, whole) if _PLAIN.fullmatch(link) else _of_link(link) or Key(link, whole)
    if uri[:4].lower() == "http":
        return _of_link(uri) or Key(uri, False)
    return Key(uri, False)


def _of_link(uri: str) -> Key | None:
    web = _WEB.match(uri)
    if web is None:
        return None
    steps = web[1].strip("/").split("/")
    for at in range(len(steps) - 1):
        ai = SHORT.get(steps[at], steps[at])
        if ai in _FORMS and (found := _key(ai, steps[at + 1 :])):
            return found
    return None


def _key(ai: str, rest: list[str]) -> Key | None:
    """The canonical form of a key and what follows it in a path; None when that is no Digital Link."""
    form, qualifiers, class_length = _FORMS[ai]
    value = unquote(rest[0])
    if not form.fullmatch(value) or len(rest) % 2 == 0:
        return None
    if ai == "01":
        value = value.zfill(14)
    given = {SHORT.get(rest[i], rest[i]): rest[i + 1] for i in range(1, len(rest), 2)}
    if not given.keys() <= set(qualifiers):
        return None
    finest = next((q for q in qualifiers if q in given and q not in _DROPPED), None)
    path = f"{ROOT}/{ai}/{_encoded(value)}"
    if finest:
        path += f"/{finest}/{_encoded(unquote(given[finest]))}"
    whole = class_length is not None and len(value) <= class_length
    return Key(path, whole and finest not in _INSTANCE)


def _encoded(value: str) -> str:
    return value if value.isalnum() and value.isascii() else quote(value, safe=SAFE)
