"""XML documents a little wrong, or a little odd: each a copy of a good one with one thing changed."""

import copy
import random
from collections.abc import Iterator
from typing import Any

from lxml import etree

TEXTS = (
    "", " ", "x", "x y", "ADD", "OBSERVE", "DELETE", "CREATE", " ADD ", "urn:a:b", "http://[bad", "http://a:b/c",
    "https://例.cn/a", "a%zz", "1.5", "-0.5e3", "INF", "1e", "true", "1", "yes", "2026-02-30T00:00:00Z", "12.", ".5",
    "2026-02-28T00:00:00Z", "2026-02-28T24:00:00Z", "2026-02-28", "2026-02-28T00:00:00", "f0f", "f0f0", "rollback",
    "2026-02-28T00:00:00+14:00", "2026-02-28T00:00:00+13:59", "0000-01-01T00:00:00Z", "2026-02-28T23:59:60Z",
    "\n  urn:a:b\n  ", "é", "a#b#c", "//host/path", "?", ":", "1:2", "urn:epc:id:sgtin:a.b.c", "KGM", "+5", "0x1",
)  # fmt: skip
NAMES = (
    "epcList", "epc", "action", "bizStep", "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "parentID",
    "errorDeclaration", "certificationInfo", "readPoint", "id", "bizLocation", "bizTransactionList", "quantityList",
    "quantityElement", "epcClass", "quantity", "uom", "sourceList", "source", "ilmd", "extension", "baseExtension",
    "sensorElementList", "sensorReport", "sensorMetadata", "persistentDisposition", "set", "unset", "unknown",
    "childEPCs", "childQuantityList", "transformationID", "disposition", "ObjectEvent", "EventList", "EPCISBody",
    "{https://ns.example.cn/}field", "{urn:epcglobal:epcis:xsd:2}action", "{urn:epcglobal:epcis-query:xsd:2}Poll",
    "queryName", "resultsBody", "subscriptionID", "param", "name", "value", "VocabularyList", "attribute", "children",
)  # fmt: skip
ATTRIBUTES = (
    "type", "id", "value", "time", "schemaVersion", "creationDate", "booleanValue", "hexBinaryValue", "odd",
    "{https://ns.example.cn/}more", "running", "captureID", "deviceID",
)  # fmt: skip


XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
SPACES = (
    "urn:epcglobal:epcis:xsd:1", "urn:epcglobal:epcis:xsd:2", "urn:epcglobal:epcis-query:xsd:2",
    "urn:epcglobal:epcis-masterdata:xsd:2", "urn:epcglobal:xsd:1", "https://ns.example.cn/",
    "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader",
)  # fmt: skip
TYPES = (
    "string", "token", "integer", "decimal", "double", "dateTime", "boolean", "anyURI", "anyType", "QName", "nothing",
)  # fmt: skip
KINDS = (
    "drop", "copy", "swap", "rename", "space", "add", "graft", "text", "text", "tail", "attribute", "attribute", "type",
    "nil", "wrap", "unwrap", "empty",
)  # fmt: skip


def mutants(roots: list[Any], count: int, seed: int) -> Iterator[tuple[str, Any]]:
    """So many changed copies of documents, each with words for what was changed."""
    pick = random.Random(seed)
    for _ in range(count):
        root = copy.deepcopy(pick.choice(roots))
        told = _change(root, pick)
        # What is checked has the lines and places of a document that was read.
        yield told, etree.fromstring(etree.tostring(root))


def _change(root: Any, pick: random.Random) -> str:
    element = pick.choice(list(root.iter("*")))
    place = root.getroottree().getpath(element)
    kind = pick.choice(KINDS)
    if kind in _INSIDE:
        return f"{kind} {place} {_INSIDE[kind](element, pick)}"
    if element.getparent() is None:
        return "nothing"
    return f"{kind} {place} {_AROUND[kind](element, element.getparent(), pick)}"


def _text(element: Any, pick: random.Random) -> str:
    element.text = pick.choice(TEXTS)
    return repr(element.text)


def _empty(element: Any, pick: random.Random) -> str:
    element[:] = []
    element.text = pick.choice((None, " ", ""))
    return repr(element.text)


def _add(element: Any, pick: random.Random) -> str:
    added = etree.Element(pick.choice(NAMES))
    added.text = pick.choice(TEXTS)
    element.insert(pick.randrange(len(element) + 1), added)
    return str(added.tag)


def _graft(element: Any, pick: random.Random) -> str:
    """A copy of any element of the document, elsewhere."""
    added = copy.deepcopy(pick.choice(list(element.getroottree().getroot().iter("*"))[1:] or [element]))
    element.insert(pick.randrange(len(element) + 1), added)
    return str(added.tag)


def _rename(element: Any, pick: random.Random) -> str:
    element.tag = pick.choice(NAMES)
    return str(element.tag)


def _space(element: Any, pick: random.Random) -> str:
    element.tag = f"{{{pick.choice(SPACES)}}}{etree.QName(element).localname}"
    return str(element.tag)


def _type(element: Any, pick: random.Random) -> str:
    prefix = next((prefix for prefix, uri in element.nsmap.items() if prefix and uri == XSD), "xsd")
    element.set(f"{{{XSI}}}type", f"{prefix}:{pick.choice(TYPES)}")
    return str(element.get(f"{{{XSI}}}type"))


def _nil(element: Any, pick: random.Random) -> str:
    element.set(f"{{{XSI}}}nil", pick.choice(("true", "false", "1", "x")))
    if pick.random() < 0.5:
        element.text = None
    return f"{element.get(f'{{{XSI}}}nil')} {element.text!r}"


def _attribute(element: Any, pick: random.Random) -> str:
    if element.attrib and pick.random() < 0.7:
        name = pick.choice(list(element.attrib))
        if pick.random() < 0.3:
            del element.attrib[name]
            return f"without {name}"
    else:
        name = pick.choice(ATTRIBUTES)
    element.set(name, pick.choice(TEXTS))
    return f"{name} = {element.get(name)!r}"


def _drop(element: Any, parent: Any, pick: random.Random) -> str:
    parent.remove(element)
    return ""


def _copy(element: Any, parent: Any, pick: random.Random) -> str:
    parent.insert(pick.randrange(len(parent) + 1), copy.deepcopy(element))
    return ""


def _swap(element: Any, parent: Any, pick: random.Random) -> str:
    parent.insert(pick.randrange(len(parent)), element)
    return ""


def _tail(element: Any, parent: Any, pick: random.Random) -> str:
    element.tail = pick.choice(("x", " y ", "\u00a0", "\n"))
    return repr(element.tail)


def _wrap(element: Any, parent: Any, pick: random.Random) -> str:
    wrapper = etree.Element(pick.choice(("extension", "baseExtension", "{https://ns.example.cn/}box")))
    parent.replace(element, wrapper)
    wrapper.append(element)
    return str(wrapper.tag)


def _unwrap(element: Any, parent: Any, pick: random.Random) -> str:
    at = parent.index(element)
    parent[at : at + 1] = list(element)
    return ""


_INSIDE = {
    "text": _text, "empty": _empty, "add": _add, "graft": _graft, "rename": _rename, "space": _space, "type": _type,
    "nil": _nil, "attribute": _attribute,
}  # fmt: skip
_AROUND = {
    "drop": _drop, "copy": _copy, "swap": _swap, "tail": _tail, "wrap": _wrap, "unwrap": _unwrap,
}  # fmt: skip
