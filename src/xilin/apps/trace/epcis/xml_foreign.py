"""Elements of others between XML and JSON: extensions, master data of instances and lots, headers.

An element becomes a member; elements of one name become a list; attributes are members that begin with `@`; an element
with both text and more has its text in `#text`. A type an element names (`xsi:type`) decides whether its text is a
number or a truth value; the way back names such types again.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from xilin.apps.trace.epcis.names import number as shortest
from xilin.apps.trace.epcis.vocabulary import PREFIXES, VOC_HOSTS
from xilin.apps.trace.epcis.xml_shapes import OURS, SBDH, XSD, XSI
from xilin.apps.trace.epcis.xml_tree import etree
from xilin.apps.trace.epcis.xml_values import is_uri

_NUMBERS = frozenset({"integer", "int", "long", "short", "decimal", "double", "float", "nonNegativeInteger"})
_NAME = re.compile(r"[A-Za-z_\u0080-\uffff][\w.\-\u00b7]*")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CODED = re.compile(r"_x([0-9A-F]{4,6})_")
XML = "http://www.w3.org/XML/1998/namespace"
_NAMELESS = "_x0000_"
# A name for what is no URI and yet a prefix stands for.
_NAMED = "urn:x-name:"
_RESERVED = "%/:=&?~#+!$,;'@()*-._"
XMLNS = "http://www.w3.org/2000/xmlns/"
_INFRASTRUCTURE = OURS | {XSI, XSD, "urn:epcglobal:xsd:1"}


class Prefixes:
    """Prefixes for the namespaces of a document: those it uses where they are free, new ones elsewhere."""

    def __init__(self, before: "Prefixes | None" = None) -> None:
        self.declared: dict[str, str] = dict(before.declared) if before else {}
        self._by_uri: dict[str, str] = dict(before._by_uri) if before else {}

    def of(self, uri: str, wanted: str | None) -> str:
        """The prefix of a namespace."""
        uri = unquote(uri[len(_NAMED) :]) if uri.startswith(_NAMED) else uri
        if uri in self._by_uri:
            return self._by_uri[uri]
        if standard := standard_prefix(uri):
            self._by_uri[uri] = standard
            return standard
        prefix = wanted or "ns1"
        count = 1
        while prefix in PREFIXES or self.declared.get(prefix, uri) != uri:
            count += 1
            prefix = f"{wanted or 'ns'}{count}"
        self.declared[prefix] = uri
        self._by_uri[uri] = prefix
        return prefix

    def declare(self, element: etree._Element) -> None:
        """Take note of every prefix in scope: values may be CURIEs that use it."""
        for prefix, uri in element.nsmap.items():
            if prefix and uri not in _INFRASTRUCTURE:
                self.of(uri, prefix)


@lru_cache(maxsize=1024)
def standard_prefix(uri: str) -> str | None:
    """The prefix every document has for a namespace, under any of the names the namespace goes by."""
    if uri in VOC_HOSTS:
        return "gs1"
    plain = uri.rstrip("/#:")
    return next((prefix for prefix, known in PREFIXES.items() if known.rstrip("/#:") == plain), None)


# -- from XML ----------------------------------------------------------------------------------------------------


def member_name(element: etree._Element, prefixes: Prefixes) -> str:
    """The name of the member an element becomes."""
    name = etree.QName(element)
    local = "" if name.localname == _NAMELESS else _CODED.sub(_decoded, name.localname)
    return local if name.namespace is None else f"{prefixes.of(name.namespace, element.prefix)}:{local}"


def _decoded(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number < 0x110000 else found[0]


def members(elements: Iterator[etree._Element], prefixes: Prefixes) -> dict[str, Any]:
    """Elements as members; those of one name together as a list."""
    found: dict[str, Any] = {}
    lists: set[str] = set()
    for element in elements:
        name = member_name(element, prefixes)
        value = value_of(element, prefixes)
        if name not in found:
            found[name] = value
        elif name in lists:
            found[name].append(value)
        else:
            found[name] = [found[name], value]
            lists.add(name)
    return found


def value_of(element: etree._Element, prefixes: Prefixes) -> Any:
    """What an element says: a text, number or truth value, or an object of its members."""
    found: dict[str, Any] = {}
    kind = None
    for name, value in element.attrib.items():
        attribute = etree.QName(str(name))
        if attribute.namespace == XSI:
            if attribute.localname == "type":
                kind = str(value).rpartition(":")[2]
            elif attribute.localname == "nil" and value in ("true", "1"):
                return None
            continue
        found[f"@{attribute_name(element, attribute, prefixes)}"] = value
    text = _text(element)
    found.update(members(element.iterchildren("*"), prefixes))
    if not found:
        return _typed(text, kind)
    if text:
        found["#text"] = _typed(text, kind)
    return found


def attribute_name(element: etree._Element, name: etree.QName, prefixes: Prefixes) -> str:
    """The name of an attribute with the prefix of its namespace."""
    if name.namespace is None:
        return str(name.localname)
    prefix = next((p for p, uri in element.nsmap.items() if uri == name.namespace and p), None)
    return f"{prefixes.of(name.namespace, prefix)}:{name.localname}"


def _text(element: etree._Element) -> str:
    parts = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(parts).strip()


def _typed(text: str, kind: str | None) -> Any:
    if kind in _NUMBERS:
        return number(text)
    if kind == "boolean" and text in ("true", "1", "false", "0"):
        return text in ("true", "1")
    return text


def number(text: str) -> Any:
    """A number as JSON has it; what JSON can't have (INF, NaN) stays text.

    >>> number("26.0"), number("10"), number("INF")
    (26.0, 10, 'INF')
    """
    plain = text.strip()
    try:
        if plain.lstrip("+-").isdigit() and plain.isascii():
            return int(plain)
        value = float(plain)
    except ValueError:
        return text
    return value if value == value and abs(value) != float("inf") else text


# -- to XML ------------------------------------------------------------------------------------------------------


class Namespaces:
    """What prefixes stand for while a document is written, for turning names of members into those of elements."""

    def __init__(self, declared: dict[str, str]) -> None:
        self.known = {**PREFIXES, **declared}

    def tag(self, name: str) -> str:
        """The name of the element (or attribute) a member becomes."""
        head, colon, rest = name.partition(":")
        if head == "sbdh" and colon:
            return f"{{{SBDH}}}{_coded(rest)}"
        if colon and head in self.known:
            return f"{{{namespace(self.known[head])}}}{_coded(rest)}"
        if not colon:
            return _coded(name)
        cut = max(name.rfind("/"), name.rfind("#"), name.rfind(":")) + 1
        return f"{{{namespace(name[:cut])}}}{_coded(name[cut:])}"


def namespace(uri: str) -> str:
    """A namespace as XML can have it: the vocabulary of master data without the colon it has in JSON; what is no URI as a
    URN.
    """
    if uri == PREFIXES["cbvmda"]:
        return uri.rstrip(":")
    plain = quote(uri, safe=_RESERVED)
    return plain if plain and is_uri(plain) and uri not in (XML, XMLNS) else _NAMED + quote(uri, safe="")


def _coded(name: str) -> str:
    """A name with what XML doesn't allow in names coded."""
    # What looks coded already is coded itself, so that it comes back as it is.
    name = _CODED.sub(lambda found: f"_x005F_{found[0][1:]}", name)
    if _NAME.fullmatch(name):
        return name
    found = re.sub(r"[^\w.\-\u00b7]", lambda sign: f"_x{ord(sign[0]):04X}_", name)
    return (
        found
        if found[:1] and _NAME.match(found)
        else f"_x{ord(name[0]):04X}_{found[1:]}"
        if name
        else _NAMELESS
    )


def append(parent: etree._Element, name: str, value: Any, namespaces: Namespaces) -> None:
    """Write a member into an element; a list becomes an element for each of its items."""
    if isinstance(value, list):
        for item in value:
            append(parent, name, item, namespaces)
        return
    if isinstance(value, dict) and isinstance(value.get("@value"), list | dict):
        append(parent, name, value["@value"], namespaces)
        return
    element = etree.SubElement(parent, namespaces.tag(name))
    fill(element, value, namespaces)


def fill(element: etree._Element, value: Any, namespaces: Namespaces) -> None:
    """Write a value as an element's content."""
    if isinstance(value, dict):
        _fill_members(element, value, namespaces)
    elif value is None:
        element.set(f"{{{XSI}}}nil", "true")
    elif isinstance(value, str):
        element.text = clean(value)
    else:
        kind = "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "double"
        _type(element, kind)
        element.text = str(value).lower() if isinstance(value, bool) else repr(value)


def _fill_members(element: etree._Element, value: dict[str, Any], namespaces: Namespaces) -> None:
    if "@value" in value:
        fill(element, value["@value"], namespaces)
        return
    for key, inner in value.items():
        if key == "#text":
            # What has members beside its text can be of no simple type.
            fill(element, inner if len(value) == 1 else _plain(inner), namespaces)
        elif not key.startswith("@"):
            append(element, key, inner, namespaces)
        elif isinstance(inner, str | int | float):
            element.set(namespaces.tag(key[1:]), clean(str(_plain(inner))))


def _plain(value: Any) -> Any:
    """A number or truth value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return shortest(value) if isinstance(value, int | float) else value


def _type(element: etree._Element, kind: str) -> None:
    prefix = next((p for p, uri in element.nsmap.items() if uri == XSD and p), None)
    if prefix is None:
        return
    element.set(f"{{{XSI}}}type", f"{prefix}:{kind}")


def clean(text: str) -> str:
    """A text without the characters XML can't hold."""
    return _FORBIDDEN.sub("", text)
