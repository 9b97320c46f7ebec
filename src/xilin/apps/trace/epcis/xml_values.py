"""Values of XML Schema as EPCIS uses them, and words for a value that isn't one."""

import re
from collections.abc import Callable
from functools import lru_cache

from xilin.apps.trace.epcis.fields import ACTIONS
from xilin.apps.trace.epcis.saying import COMMON, Words, filled
from xilin.apps.trace.epcis.xml_tree import etree
from xilin.lib.text import Text

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([Ee][+-]?\d+)?|-?INF|NaN", re.ASCII)
_INT = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_STAMP = re.compile(
    r"\d{4}-(1[0-2]|0[1-9])-(3[01]|0[1-9]|[12]\d)T(2[0-3]|[01]\d):[0-5]\d:[0-5]\d(\.\d+)?"
    r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))",
    re.ASCII,
)
_DATE_TIME = re.compile(
    r"(-?\d{4,9})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?",
    re.ASCII,
)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_OFFSET = re.compile(r"[+-]((0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)
_HEX = re.compile(r"([0-9A-Fa-f]{2})*")
# A URI reference (RFC 3986), after what isn't ASCII and a few signs have been let pass. Without a scheme its first step
# has no colon.
_SIGNS = r"[A-Za-z0-9\-._~!$&'()*+,;=@]|%[0-9A-Fa-f]{2}"
_AUTHORITY = rf"//(?:(?:{_SIGNS}|:)*@)?(?:\[[0-9A-Za-z:.%]*\]|(?:{_SIGNS})*)(?::\d*)?(?=[/?#]|$)"
_REFERENCE = re.compile(
    rf"(?:(?:[A-Za-z][A-Za-z0-9+.\-]*:)(?:{_AUTHORITY}|(?!//))(?:{_SIGNS}|[:/])*"
    rf"|{_AUTHORITY}(?:{_SIGNS}|[:/])*|(?!//)/(?:{_SIGNS}|[:/])*|(?:{_SIGNS})+(?:/(?:{_SIGNS}|[:/])*)?)?"
    rf"(?:\?(?:{_SIGNS}|[:/?\[\]])*)?(?:\#(?:{_SIGNS}|[:/?\[\]])*)?"
)
_USUAL = re.compile(r"urn:[A-Za-z0-9:._/-]{1,500}|https://[A-Za-z0-9.-]+/[A-Za-z0-9:._/-]{0,500}")
_ODD = re.compile(r"[^\x21-\x7e]|[<>\"{}|\\^`']")


# Types of XML Schema that others' elements may name -> kinds.
XSD_KINDS = {
    "integer": "integer", "decimal": "decimal", "double": "double", "boolean": "boolean", "dateTime": "dateTime",
    "hexBinary": "hex", "anyURI": "uri", "string": "string",
}  # fmt: skip
# The rest of its simple types, which hardly anybody names; libxml2 knows them.
RARE = frozenset((
    "anySimpleType", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "NMTOKENS", "ID", "IDREF", "IDREFS",
    "ENTITY", "ENTITIES", "QName", "nonPositiveInteger", "negativeInteger", "long", "int", "short", "byte", "nonNegativeInteger",
    "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte", "positiveInteger", "float", "duration", "time", "date",
    "gYearMonth", "gYear", "gMonthDay", "gDay", "gMonth", "base64Binary",
))  # fmt: skip
_WHOLE = (
    "integer", "nonPositiveInteger", "negativeInteger", "long", "int", "short", "byte", "nonNegativeInteger",
    "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte", "positiveInteger",
)  # fmt: skip
# Simple types of XML Schema -> those made of them, which an element of the first may name instead.
NARROWER: dict[str, frozenset[str]] = {
    "string": frozenset((
        "string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "ID", "IDREF", "ENTITY",
    )),
    "decimal": frozenset(("decimal", *_WHOLE)),
    "integer": frozenset(_WHOLE),
    "int": frozenset(("int", "short", "byte")),
    "boolean": frozenset(("boolean",)),
    "dateTime": frozenset(("dateTime",)),
}  # fmt: skip
# Nobody's identifier is longer, and looking for authorities in what is takes too long.
LONGEST_URI = 10_000


def is_value(kind: str, text: str) -> bool:
    """Whether a text is a value of a kind, as XML Schema reads it (spaces around don't count)."""
    return CHECKS[kind](text)


def is_rare(kind: str, text: str, nsmap: dict[str | None, str]) -> bool:
    """Whether a text is a value of one of the rarer simple types of XML Schema (`nsmap` for names with a prefix)."""
    element = etree.Element("value", nsmap=nsmap)
    element.text = text
    return bool(_schema(kind).validate(element))


@lru_cache(maxsize=64)
def _schema(kind: str) -> etree.XMLSchema:
    space = "http://www.w3.org/2001/XMLSchema"
    root = etree.Element(f"{{{space}}}schema", nsmap={"xs": space})
    etree.SubElement(root, f"{{{space}}}element", name="value", type=f"xs:{kind}")
    return etree.XMLSchema(root)


def _whole(form: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: form.fullmatch(text.strip(" \t\r\n")) is not None


def _among(*values: str) -> Callable[[str], bool]:
    return lambda text: text.strip(" \t\r\n") in values


def _is_stamp(text: str) -> bool:
    value = text.strip(" \t\r\n")
    return _STAMP.fullmatch(value) is not None and is_date_time(value)


def is_date_time(value: str) -> bool:
    """Whether there is such a date and time."""
    found = _DATE_TIME.fullmatch(value)
    if found is None:
        return False
    year, month, day, hour, minute, second = (int(found[i]) for i in range(1, 7))
    if not (1 <= month <= 12 and year != 0 and minute < 60 and second < 60):
        return False
    days = (31, 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # fmt: skip
    if not 1 <= day <= days[month - 1]:
        return False
    return hour < 24 or (hour == 24 and minute == 0 and second == 0 and not float(found[7] or 0))


def is_uri(value: str) -> bool:
    """Whether a value may stand where XML Schema wants a URI: nearly anything without bad escapes."""
    if _USUAL.fullmatch(value):
        return True
    return len(value) <= LONGEST_URI and _REFERENCE.fullmatch(_ODD.sub("_", value)) is not None


CHECKS: dict[str, Callable[[str], bool]] = {
    "string": lambda text: True,
    "action": lambda text: text in ACTIONS,
    "behaviour": lambda text: text in ("rollback", "proceed"),
    "severity": _among("ERROR", "SEVERE"),
    "transaction": lambda text: text in ("RequestingServiceTransaction", "RespondingServiceTransaction"),
    "boolean": _among("true", "false", "1", "0"),
    "uri": lambda text: is_uri(text.strip(" \t\r\n")),
    "stamp": _is_stamp,
    "dateTime": lambda text: is_date_time(text.strip(" \t\r\n")),
    "decimal": _whole(_DECIMAL),
    "double": _whole(_DOUBLE),
    "int": _whole(_INT),
    "integer": _whole(_INTEGER),
    "hex": _whole(_HEX),
    "offset": _whole(_OFFSET),
}


_SAID: dict[str, Words] = {
    **COMMON,
    "stamp": COMMON["time"],
    "boolean": (
        Text(zh="“{value}”不是 true 或 false", en="“{value}” is neither true nor false"),
        Text(zh="写成 true 或 false", en="Write true or false"),
    ),
    "behaviour": (
        Text(zh="没有“{value}”这种处理", en="There is no behaviour “{value}”"),
        Text(zh="用 rollback 或 proceed", en="Use rollback or proceed"),
    ),
    "severity": (
        Text(zh="没有“{value}”这个级别", en="There is no severity “{value}”"),
        Text(zh="用 ERROR 或 SEVERE", en="Use ERROR or SEVERE"),
    ),
    "transaction": (
        Text(zh="没有“{value}”这种服务事务", en="There is no service transaction “{value}”"),
        Text(
            zh="用 RequestingServiceTransaction 或 RespondingServiceTransaction",
            en="Use RequestingServiceTransaction or RespondingServiceTransaction",
        ),
    ),
    "rare": (
        Text(
            zh="“{value}”不是 xsi:type 所说类型的值",
            en="“{value}” is no value of the type that xsi:type names",
        ),
        Text(zh="改正值，或改正 xsi:type", en="Correct the value, or xsi:type"),
    ),
    "number": (
        Text(zh="“{value}”不是数字", en="“{value}” is not a number"),
        Text(zh="写成数字，如 12.5", en="Write a number, such as 12.5"),
    ),
}


def said(kind: str, value: str) -> Words:
    """Words for a value that isn't of a kind."""
    return filled(_SAID.get(kind, _SAID["rare" if kind in RARE else "number"]), value)
