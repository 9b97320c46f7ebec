"""EPC URNs (产品电子代码) and canonical GS1 Digital Links: the same identifier, written both ways.

A URN says where the company prefix ends and leaves check digits out; a Digital Link has check digits and no border.
So the way to a Digital Link is arithmetic, and the way back needs the length of the prefix: given by the caller or
read from the table of `prefixes`. Serial numbers pass unchanged in both directions, escapes and all. Check digits of
a Digital Link are not judged here (`gs1.link` does): an event that was captured must keep the identifier it has.
Source: GS1 EPC Tag Data Standard 2.0, section 6; GS1 Digital Link URI Syntax 1.6.
"""

import re
from functools import lru_cache

import msgspec

from xilin.apps.trace.gs1.checks import check_digit
from xilin.apps.trace.gs1.errors import Malformed
from xilin.apps.trace.gs1.prefixes import Prefixes, published

ROOT = "https://id.gs1.org"

# Characters of CSET 82 (GS1 General Specifications 7.11), raw or escaped; `%` alone is one of them.
_X = r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"""
_Y = r"(?:[#\-/0-9A-Z]|%(?:23|2[Ff]))"
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_PREFIX = (6, 12)


class Scheme(msgspec.Struct, frozen=True):
    """How one EPC scheme is built.

    `ai` is the key; `digits` what prefix and reference count together in the URN (None: the reference is not numeric);
    `indicator` says that the first digit of the reference goes before the prefix in the key, `zero` that the key begins
    with a filler; `serial` is the AI of the serial number, "" when it follows in the same key; `extra` counts the pairs
    of digits after the key (piece and total); a reference that isn't numeric has at most `reference_limit` characters
    (30 of the key less the shortest prefix); `instance` and `class_level` name the forms of URN that exist.
    """

    name: str
    ai: str
    digits: int | None
    indicator: bool = False
    zero: bool = False
    serial: str | None = None
    serial_form: str = _X
    serial_limit: int = 20
    extra: int = 0
    reference_form: str = r"\d"
    reference_limit: int = 0
    reference_least: int = 0
    instance: str = "id"
    class_level: str | None = None
    check: bool = True


_SCHEMES: dict[str, Scheme] = {
    s.name: s
    for s in (
        Scheme("sgtin", "01", 13, indicator=True, serial="21", class_level="idpat"),
        Scheme("lgtin", "01", 13, indicator=True, serial="10", instance="class"),
        Scheme("upui", "01", 13, indicator=True, serial="235", serial_limit=28, class_level="idpat"),
        Scheme("itip", "8006", 13, indicator=True, serial="21", extra=2, class_level="idpat"),
        Scheme("sscc", "00", 17, indicator=True),
        Scheme("sgln", "414", 12, serial="254"),
        Scheme("pgln", "417", 12),
        Scheme("gsrn", "8018", 17),
        Scheme("gsrnp", "8017", 17),
        Scheme("gsin", "402", 16),
        Scheme("grai", "8003", 12, zero=True, serial="", serial_limit=16, class_level="idpat"),
        Scheme("gdti", "253", 12, serial="", serial_limit=17, class_level="idpat"),
        Scheme("sgcn", "255", 12, serial="", serial_form=r"\d", serial_limit=12, class_level="idpat"),
        Scheme("giai", "8004", None, reference_form=_X, reference_limit=24, reference_least=1, check=False),
        Scheme("ginc", "401", None, reference_form=_X, reference_limit=24, check=False),
        Scheme(
            "cpi",
            "8010",
            None,
            reference_form=_Y,
            reference_limit=24,
            serial="8011",
            serial_form=r"\d",
            serial_limit=12,
            class_level="idpat",
            check=False,
        ),
    )
}
SCHEMES: tuple[str, ...] = tuple(_SCHEMES)

_URN = re.compile(r"urn:epc:(id|idpat|class):([a-z]+):(.+)", re.DOTALL)
_PREFIX_DIGITS = re.compile(r"\d{6,12}", re.ASCII)


def _not_an_epc(text: str) -> Malformed:
    return Malformed("epc", f"“{text}”不是 EPC 标识。", f'"{text}" is no EPC identifier.')


def _urn_forms(scheme: Scheme) -> dict[str, re.Pattern[str]]:
    """For each form of the URN (id, class, idpat) the pattern of what follows the scheme's name."""
    if scheme.digits is None:
        reference = f"(?P<ref>{scheme.reference_form}{{{scheme.reference_least},}})"
    else:
        reference = r"(?P<ref>\d*)"
    body = rf"(?P<gcp>\d{{6,12}})\.{reference}" + r"\.(?P<piece>\d{2})\.(?P<total>\d{2})" * (
        scheme.extra == 2
    )
    forms = {}
    tail = "" if scheme.serial is None else rf"\.(?P<serial>{scheme.serial_form}+)"
    forms[scheme.instance] = re.compile(body + tail, re.ASCII)
    if scheme.class_level:
        forms[scheme.class_level] = re.compile(body + r"\.\*", re.ASCII)
    return forms


_URN_FORMS = {name: _urn_forms(scheme) for name, scheme in _SCHEMES.items()}


def _length(text: str) -> int:
    """Characters a value stands for: an escape counts once."""
    return len(_ESCAPE.sub("_", text)) if "%" in text else len(text)


@lru_cache(maxsize=65536)
def to_digital_link(urn: str) -> str:
    """The canonical Digital Link of an EPC URN (instance, lot or class pattern); raises `Malformed`.

    >>> to_digital_link("urn:epc:id:sgtin:9520123.045678.A7")
    'https://id.gs1.org/01/09520123456788/21/A7'
    """
    parts = _URN.fullmatch(urn)
    if parts is None:
        raise _not_an_epc(urn)
    kind, name, rest = parts.groups()
    form = _URN_FORMS.get(name, {}).get(kind)
    found = form.fullmatch(rest) if form else None
    if found is None:
        raise _not_an_epc(urn)
    scheme = _SCHEMES[name]
    prefix, reference = found["gcp"], found["ref"]
    serial: str | None = found.groupdict().get("serial")
    _judge_lengths(urn, scheme, prefix, reference, serial)
    key = _key(scheme, prefix, reference)
    if scheme.extra:
        key += found["piece"] + found["total"]
    if serial is None or (name == "sgln" and serial == "0"):
        return f"{ROOT}/{scheme.ai}/{key}"
    return (
        f"{ROOT}/{scheme.ai}/{key}/{scheme.serial}/{serial}"
        if scheme.serial
        else f"{ROOT}/{scheme.ai}/{key}{serial}"
    )


def _judge_lengths(urn: str, scheme: Scheme, prefix: str, reference: str, serial: str | None) -> None:
    if scheme.digits is not None and len(prefix) + len(reference) != scheme.digits:
        raise Malformed(
            "epc-length",
            f"“{urn}”：厂商识别代码与参考代码合计应为 {scheme.digits} 位。",
            f'"{urn}": company prefix and reference have {scheme.digits} digits together.',
        )
    if scheme.digits is None and _length(reference) > scheme.reference_limit:
        raise _not_an_epc(urn)
    if serial is not None and _length(serial) > scheme.serial_limit:
        raise _not_an_epc(urn)
    if scheme.indicator and not reference:
        raise _not_an_epc(urn)


def _key(scheme: Scheme, prefix: str, reference: str) -> str:
    """The key's own digits: indicator first, check digit last."""
    key = reference[0] + prefix + reference[1:] if scheme.indicator else prefix + reference
    if scheme.check:
        key += check_digit(key)
    return "0" + key if scheme.zero else key


class _Link(msgspec.Struct, frozen=True):
    """One form of a Digital Link path and the scheme it becomes."""

    pattern: re.Pattern[str]
    scheme: Scheme
    class_level: bool


def _link_forms() -> tuple[_Link, ...]:
    """Every path form, finest first, so that a serial number is never read as part of something coarser."""
    fine, coarse = [], []
    for scheme in _SCHEMES.values():
        if scheme.digits is None:
            key = f"(?P<key>{scheme.reference_form}{{6,}}{'?' if scheme.serial else ''})"
        else:
            length = scheme.digits + 1 + 2 * scheme.extra + scheme.zero
            key = rf"(?P<key>{'0' if scheme.zero else ''}\d{{{length - scheme.zero}}})"
        head = rf"/{scheme.ai}/{key}"
        value = rf"(?P<serial>{scheme.serial_form}+)"
        if scheme.serial is None:
            fine.append(_Link(_anchored(head), scheme, class_level=False))
        elif scheme.name == "sgln":
            fine.append(_Link(_anchored(head + rf"(?:/254/{value})?"), scheme, class_level=False))
        else:
            tail = value if scheme.serial == "" else f"/{scheme.serial}/{value}"
            fine.append(_Link(_anchored(head + tail), scheme, class_level=False))
            # The class of a product is written as a pattern of its serial numbers, whatever other schemes share the key.
            if scheme.class_level and scheme.name != "upui":
                # A part's characters include the slash: the key of a class must not swallow a qualifier.
                whole = head if scheme.digits is not None else rf"(?!.*/{scheme.serial}/){head}"
                coarse.append(_Link(_anchored(whole), scheme, class_level=True))
    return (*fine, *coarse)


def _anchored(path: str) -> re.Pattern[str]:
    return re.compile(path, re.ASCII)


_LINKS = _link_forms()
_BY_KEY: dict[str, list[_Link]] = {}
for _form in _LINKS:
    _BY_KEY.setdefault(_form.scheme.ai, []).append(_form)

_WEB = re.compile(r"(?:https?|HTTPS?)://[^/?#\s]+(?P<path>/.*)", re.DOTALL)
_QUERY = re.compile(r"\?(?:\d{2,4}|[A-Za-z][\w.:\-]*)=[^?]*$", re.ASCII)
_KEYS = re.compile(r"/(" + "|".join(sorted(_BY_KEY, key=len, reverse=True)) + r")(?=/)")


def to_urn(uri: str, prefix_length: int | None = None, *, prefixes: Prefixes | None = None) -> str:
    """The EPC URN of a Digital Link on any domain; a key without serial number becomes the pattern of its class.

    `prefix_length` is the length of the company prefix; without it the table tells (`prefixes`, else the published
    one). Query parameters are left out. Raises `Malformed` when the path holds no EPC or the length isn't known.

    >>> to_urn("https://id.gs1.org/01/09520123456788/21/A7", 7)
    'urn:epc:id:sgtin:9520123.045678.A7'
    """
    link, key, serial = _read(uri)
    scheme = link.scheme
    pieces = key[14:] if scheme.extra else ""
    core = key[:14] if scheme.extra else key
    if scheme.zero:
        core = core[1:]
    if scheme.check:
        core = core[:-1]
    indicator = core[0] if scheme.indicator else ""
    core = core[len(indicator) :]
    length = prefix_length if prefix_length is not None else (prefixes or published()).length(core)
    if length is None:
        raise Malformed(
            "prefix-unknown",
            f"“{uri}”：厂商识别代码的长度未知，请给出。",
            f'"{uri}": the length of the company prefix is not known; give it.',
        )
    if not _PREFIX[0] <= length <= _PREFIX[1] or len(core) < length:
        raise Malformed(
            "prefix-length",
            f"“{uri}”：厂商识别代码不能是 {length} 位。",
            f'"{uri}": the company prefix can\'t have {length} digits.',
        )
    if scheme.digits is None:
        reference = _length(core[length:])
        if not scheme.reference_least <= reference <= scheme.reference_limit:
            raise _not_an_epc(uri)
    body = f"{core[:length]}.{indicator}{core[length:]}"
    if pieces:
        body += f".{pieces[:2]}.{pieces[2:]}"
    if link.class_level:
        return f"urn:epc:{scheme.class_level}:{scheme.name}:{body}.*"
    if scheme.name == "sgln":
        serial = serial or "0"
    return f"urn:epc:{scheme.instance}:{scheme.name}:{body}" + (f".{serial}" if serial else "")


def _read(uri: str) -> tuple[_Link, str, str]:
    """The form, key and serial number of the first key in the path that explains the whole rest of it."""
    web = _WEB.fullmatch(uri)
    if web is None:
        raise _not_an_epc(uri)
    path = _QUERY.sub("", web["path"])
    for found in _KEYS.finditer(path):
        for link in _BY_KEY[found[1]]:
            whole = link.pattern.fullmatch(path, found.start())
            if whole is None:
                continue
            key, serial = whole["key"], whole.groupdict().get("serial") or ""
            if serial and _length(serial) > link.scheme.serial_limit:
                continue
            if link.scheme.digits is None and not _PREFIX_DIGITS.match(key):
                continue
            return link, key, serial
    raise _not_an_epc(uri)


def is_class(uri: str) -> bool:
    """Whether an identifier, URN or Digital Link, names a class or lot and not one thing."""
    if uri.startswith("urn:"):
        return uri.startswith(("urn:epc:idpat:", "urn:epc:class:"))
    link, _, _ = _read(uri)
    return link.class_level or link.scheme.instance == "class"
