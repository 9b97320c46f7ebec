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
    kind = pick.choice(("drop", "copy", "swap", "rename", "add", "text", "text", "attribute", "attribute"))
    parent = element.getparent()
    if kind == "text":
        element.text = pick.choice(TEXTS)
        return f"text {place} = {element.text!r}"
    if kind == "attribute":
        return _attribute(element, place, pick)
    if kind == "add":
        name = pick.choice(NAMES)
        added = etree.Element(name)
        added.text = pick.choice(TEXTS)
        element.insert(pick.randrange(len(element) + 1), added)
        return f"add {place} {name}"
    if kind == "rename":
        element.tag = pick.choice(NAMES)
        return f"rename {place} {element.tag}"
    if parent is None:
        return "nothing"
    if kind == "drop":
        parent.remove(element)
    elif kind == "copy":
        parent.insert(pick.randrange(len(parent) + 1), copy.deepcopy(element))
    else:
        parent.insert(pick.randrange(len(parent)), element)
    return f"{kind} {place}"


def _attribute(element: Any, place: str, pick: random.Random) -> str:
    if element.attrib and pick.random() < 0.7:
        name = pick.choice(list(element.attrib))
        if pick.random() < 0.3:
            del element.attrib[name]
            return f"drop {place}/@{name}"
    else:
        name = pick.choice(ATTRIBUTES)
    element.set(name, pick.choice(TEXTS))
    return f"attribute {place}/@{name} = {element.get(name)!r}"
