"""Event hashes byte-equal to those the reference implementation publishes, its ways of reading included.

The reference (epcis-event-hash-generator, MIT, 2025-10) reads both syntaxes into one tree of (name, text, children),
writes known names in a fixed order and everything else sorted at the end. It leaves some values as the syntax has
them, so XML and JSON of one event may differ here; `strict` is the hash to compare events by.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from xilin.apps.trace.epcis import vocabulary
from xilin.apps.trace.epcis.compat_keys import canonical
from xilin.apps.trace.epcis.fields import SENSOR_METADATA, SENSOR_REPORT
from xilin.apps.trace.epcis.names import is_simple, moment
from xilin.apps.trace.epcis.vocabulary import CBV, VOC, Words
from xilin.apps.trace.epcis.xml_tree import etree


class Node(NamedTuple):
    """One element of the tree; a transaction, source or destination is a pair of such nodes with a name of its own."""

    name: str
    text: str
    children: list["Node"]
    pair: bool = False


_QUANTITY = {"epcClass": None, "quantity": None, "uom": None}
_QUANTITIES: dict[str, Any] = {"quantityElement": _QUANTITY}
_EPCS: dict[str, Any] = {"epc": None}
_NOTHING: dict[str, Any] = {}
# The order of names; None means that a name has no known children.
ORDER: dict[str, Any] = {
    "eventTime": None,
    "eventTimeZoneOffset": None,
    "certificationInfo": None,
    "parentID": None,
    "epcList": _EPCS,
    "inputEPCList": _EPCS,
    "childEPCs": _EPCS,
    "quantityList": _QUANTITIES,
    "childQuantityList": _QUANTITIES,
    "inputQuantityList": _QUANTITIES,
    "outputEPCList": _EPCS,
    "outputQuantityList": _QUANTITIES,
    "action": None,
    "transformationID": None,
    "bizStep": None,
    "disposition": None,
    "persistentDisposition": {"set": None, "unset": None},
    "readPoint": {"id": None},
    "bizLocation": {"id": None},
    # Known names whose children are written with the rest.
    "bizTransactionList": _NOTHING,
    "sourceList": _NOTHING,
    "destinationList": _NOTHING,
    "sensorElementList": {
        "sensorElement": {
            "sensorMetadata": dict.fromkeys(SENSOR_METADATA),
            "sensorReport": dict.fromkeys(name for name in SENSOR_REPORT if name != "bizRules"),
        }
    },
}
_PAIRED = ("bizTransaction", "source", "destination")
_LEFT_OUT = ("recordTime", "eventID", "type", "errorDeclaration")
_COMMENTS = ("rdfs:comment", "comment", "#text")


# -- writing -----------------------------------------------------------------------------------------------------


def prehash(event: Node) -> str:
    """The pre-hash string of an event's tree."""
    children = list(event.children)
    known = _in_order(children, ORDER)
    rest = [child for child in children if child.name not in _LEFT_OUT]
    return f"eventType={event.name}{known}{_rest(rest)}"


def _in_order(children: list[Node], order: Mapping[str, Any]) -> str:
    """What stands in the order; what was written is taken out of `children`."""
    extensions = _extensions(children)
    text = ""
    for name, inner in order.items():
        found = []
        for child in [each for each in children if each.name == name and not each.pair]:
            if written := _known(child, inner):
                found.append(written)
            if not child.children:
                children.remove(child)
        text += "".join(sorted(found))
    return text + _rest(extensions)


def _known(child: Node, order: Mapping[str, Any] | None) -> str:
    inner = _in_order(child.children, order) if order is not None else ""
    text = child.text.strip()
    if text:
        lower = child.name.lower()
        text = _time(text) if "time" in lower and "offset" not in lower else _value(text)
        text = f"={text}" if text else ""
    return child.name + text + inner if text or inner else ""


def _extensions(children: list[Node]) -> list[Node]:
    """Members with a namespace inside a standard member, taken out of it; those of the event itself stay."""
    if len(children) <= 1 or any("eventTime" in child.name or "action" in child.name for child in children):
        return []
    found = [child for child in children if not child.pair and "{" in child.name and "/}" in child.name]
    for child in found:
        children.remove(child)
    return found


def _rest(children: list[Node]) -> str:
    found = []
    for child in children:
        if child.pair:
            found.append("".join(_rest([inner]) for inner in child.children))
        else:
            text = child.text.strip()
            found.append(child.name + (f"={_value(text)}" if text else "") + _rest(child.children))
    if not any(child.name in _PAIRED and not child.pair for child in children):
        found.sort()
    return "".join(found)


def _time(text: str) -> str:
    try:
        at = moment(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            return text
    # Halves round to even here.
    at = at.replace(microsecond=0) + timedelta(microseconds=round(at.microsecond, -3))
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def _value(text: str) -> str:
    if "urn:epcglobal:cbv:" in text:
        for words in vocabulary.LISTS:
            if words.urn:
                text = text.replace(words.urn, words.web)
    return canonical(_numeric(text))


def _numeric(text: str) -> str:
    try:
        value = float(text)
        return str(int(value)) if int(value) == value else str(value)
    except (ValueError, OverflowError):
        return text


# -- reading JSON ------------------------------------------------------------------------------------------------


def json_prehashes(document: Mapping[str, Any]) -> list[str]:
    """The pre-hash strings of a JSON document's events."""
    events = list(_events(document))
    context = document.get("@context")
    names = _namespaces(context)
    reader = _Json(names, _bare_words(events, is_simple(context), names), set(_ignored(document, names)))
    return [reader.plain(event) or prehash(_corrected(reader.node(event))) for event in events]


def _events(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    body = document.get("epcisBody")
    if not isinstance(body, Mapping):
        yield {name: value for name, value in document.items() if name != "@context"}
        return
    results = body.get("queryResults")
    if isinstance(results, Mapping):
        body = results.get("resultsBody", {})
    yield from body.get("eventList") or ([body["event"]] if "event" in body else [])


def _ignored(document: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """Names that a document asks to leave out of hashes."""
    body = document.get("epcisBody")
    results = body.get("queryResults") if isinstance(body, Mapping) else None
    for place in (document, body, results):
        for name, value in place.items() if isinstance(place, Mapping) else ():
            if name.rpartition(":")[2] == "ignoreFields" and isinstance(value, list):
                yield from (_name(str(each), names) for each in value)


def _namespaces(context: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in context if isinstance(context, list) else ():
        if isinstance(part, str):
            found[part] = part
        elif isinstance(part, Mapping):
            found.update({name: uri for name, uri in part.items() if isinstance(uri, str)})
    return found


def _name(name: str, names: Mapping[str, str]) -> str:
    head, colon, rest = name.partition(":")
    return f"{{{names[head]}}}{rest}" if colon and head in names else name


_Words = Mapping[str, str | None]


class _Json:
    """Reads events of one document: all of them as trees, those without surprises as strings at once."""

    def __init__(self, names: Mapping[str, str], words: _Words, ignored: set[str]) -> None:
        self.names = names
        self.words = words
        self.ignored = ignored
        self._values: dict[str, str] = {}

    def node(self, value: Any) -> Node:
        if isinstance(value, dict):
            children: list[Node] = []
            for key, inner in value.items():
                name = _name(key, self.names)
                if key in _COMMENTS or name in self.ignored:
                    continue
                if isinstance(inner, list):
                    items = [self.node(item) for item in inner]
                    children += [Node(name, item.text, item.children) for item in items]
                else:
                    child = self.node(inner)
                    children.append(Node(name, child.text, child.children))
            if not any(key in value for key in _PAIRED):
                children.sort()
            text = value.get("#text")
            return Node(str(value.get("type", "")), text if isinstance(text, str) else "", children)
        if isinstance(value, list):
            items = [self.node(item) for item in value]
            return Node("", "", items if any(key in value for key in _PAIRED) else sorted(items))
        return Node("", self.text(value), [])

    def text(self, value: Any) -> str:
        if not isinstance(value, str):
            return str(value)
        text: str = self.words.get(value) or value
        head, colon, rest = text.partition(":")
        return self.names[head] + rest if colon and head in self.names else text

    # -- the short way -------------------------------------------------------------------------------------------

    def plain(self, event: Mapping[str, Any]) -> str | None:
        """The pre-hash string of an event whose standard members hold what they usually do; None for any other."""
        known: dict[str, str] = {}
        rest: list[str] = []
        for key, value in event.items():
            if key in _LEFT_OUT or key in _COMMENTS:
                continue
            write = _PLAIN.get(key)
            if write is None:
                if key in _PAIRED or key in ORDER or (":" not in key and key != "ilmd"):
                    return None
                tree = _corrected(self.node({key: value}))
                rest += [_rest([child]) for child in tree.children]
                continue
            text = write(self, key, value)
            if text is None:
                return None
            if key in _PAIRS:
                rest.append(text)
            else:
                known[key] = text
        kind = event.get("type", "")
        rest.sort()
        return f"eventType={kind}" + "".join([known[name] for name in ORDER if name in known]) + "".join(rest)

    def value(self, value: Any) -> str:
        """A single value as it is written."""
        if value.__class__ is not str:
            return _value(str(value).strip())
        found = self._values.get(value)
        if found is None:
            found = self._values[value] = _value(self.text(value).strip())
        return found

    def member(self, name: str, value: Any) -> str | None:
        if isinstance(value, dict | list):
            return None
        text = self.value(value)
        return f"{name}={text}" if text else ""

    def time(self, name: str, value: Any) -> str | None:
        return (
            f"{name}={_time(self.text(value).strip())}" if isinstance(value, str) and value.strip() else None
        )

    def members(self, name: str, value: Any) -> str | None:
        items = value if isinstance(value, list) else [value]
        texts = self.texts(name, items)
        return None if texts is None else "".join(texts)

    def texts(self, name: str, items: list[Any]) -> list[str] | None:
        if not {str}.issuperset(map(type, items)):
            return None
        return sorted([f"{name}={text}" for item in items if (text := self.value(item))])

    def epcs(self, name: str, value: Any) -> str | None:
        texts = self.texts("epc", value) if isinstance(value, list) else None
        if texts is None:
            return None
        return name + "".join(texts) if texts else ""

    def quantities(self, name: str, value: Any) -> str | None:
        if not isinstance(value, list):
            return None
        found = []
        for item in value:
            text = self.fields(item, ("epcClass", "quantity", "uom"))
            if not text:
                return None
            found.append(f"quantityElement{text}")
        found.sort()
        return name + "".join(found) if found else ""

    def fields(self, item: Any, names: Iterable[str]) -> str | None:
        """An object's members in an order; None where it has others or holds more than single values."""
        if not isinstance(item, dict):
            return None
        text, count = "", 0
        for name in names:
            if name in item:
                count += 1
                inner = self.time(name, item[name]) if "ime" in name else self.member(name, item[name])
                if inner is None:
                    return None
                text += inner
        return text if count == len(item) else None

    def place(self, name: str, value: Any) -> str | None:
        text = self.fields(value, ("id",))
        return name + text if text else None

    def persistent(self, name: str, value: Any) -> str | None:
        if not isinstance(value, dict) or not value.keys() <= {"set", "unset"}:
            return None
        text = ""
        for field in ("set", "unset"):
            inner = self.members(field, value.get(field) or [])
            if inner is None:
                return None
            text += inner
        return name + text if text else None

    def pairs(self, name: str, value: Any) -> str | None:
        if not isinstance(value, list):
            return None
        found = []
        for item in value:
            # The order of the two is that of the document, as the reference has it.
            if not isinstance(item, dict) or len(item) != 2 or not item.keys() <= {"type", *_PAIRED}:
                return None
            both = [self.member(each, inner) for each, inner in item.items()]
            if not all(both):
                return None
            found.append("".join([each or "" for each in both]))
        found.sort()
        return name + "".join(found) if found else None

    def sensors(self, name: str, value: Any) -> str | None:
        if not isinstance(value, list) or not value:
            return None
        found = []
        for element in value:
            if not isinstance(element, dict) or not element.keys() <= {"sensorMetadata", "sensorReport"}:
                return None
            metadata, reports = element.get("sensorMetadata"), element.get("sensorReport")
            text = "" if metadata is None else self.fields(metadata, _METADATA)
            told = [self.fields(each, _REPORT) for each in reports] if isinstance(reports, list) else []
            if text is None or (metadata is not None and not text) or not told or not all(told):
                return None
            head = f"sensorMetadata{text}" if text else ""
            found.append(f"sensorElement{head}" + "".join(sorted(f"sensorReport{each}" for each in told)))
        found.sort()
        return name + "".join(found)


_METADATA = tuple(SENSOR_METADATA)
_REPORT = tuple(name for name in SENSOR_REPORT if name != "bizRules")
_PAIRS = ("bizTransactionList", "sourceList", "destinationList")
_PLAIN: dict[str, Callable[[_Json, str, Any], str | None]] = {
    **dict.fromkeys(("action", "bizStep", "disposition", "parentID", "transformationID"), _Json.member),
    "eventTimeZoneOffset": _Json.member,
    "eventTime": _Json.time,
    "certificationInfo": _Json.members,
    **dict.fromkeys(("epcList", "inputEPCList", "outputEPCList", "childEPCs"), _Json.epcs),
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), _Json.quantities
    ),
    **dict.fromkeys(("readPoint", "bizLocation"), _Json.place),
    "persistentDisposition": _Json.persistent,
    **dict.fromkeys(_PAIRS, _Json.pairs),
    "sensorElementList": _Json.sensors,
}


def _corrected(node: Node) -> Node:
    """JSON's shape made that of XML: lists with an element for each item, names of items as XML has them."""
    lists: dict[str, list[Node]] = {}
    kept = []
    children_epcs = []
    for child in node.children:
        if child.name.endswith("List") and not child.pair:
            lists.setdefault(child.name, []).append(Node(child.name[:-4], child.text, child.children))
        elif child.name == "childEPCs":
            children_epcs.append(Node("epc", child.text, []))
        else:
            kept.append(child)
    for name, items in lists.items():
        if name in ("sourceList", "destinationList", "bizTransactionList"):
            items = [Node("", "", item.children[:2], pair=True) for item in items]
        kept.append(Node(name, "", items))
    if children_epcs:
        kept.append(Node("childEPCs", "", children_epcs))
    found = [child if _is_paired_list(child) else _corrected(child) for child in kept]
    return Node(_xml_name(node.name, found), node.text, found)


def _is_paired_list(node: Node) -> bool:
    return node.name in ("sourceList", "destinationList", "bizTransactionList")


def _xml_name(name: str, children: list[Node]) -> str:
    if name in ("inputEPC", "outputEPC"):
        return "epc"
    if name in ("inputQuantity", "outputQuantity", "childQuantity") or (name == "quantity" and children):
        return "quantityElement"
    return name


# Where words of the vocabulary stand in an event: the path of names, and the list they are of.
_PLACES: dict[str, tuple[tuple[tuple[str, ...], Words], ...]] = {
    "bizStep": (((), vocabulary.BIZ_STEP),),
    "disposition": (((), vocabulary.DISPOSITION),),
    "persistentDisposition": ((("set",), vocabulary.DISPOSITION), (("unset",), vocabulary.DISPOSITION)),
    "bizTransactionList": ((("type",), vocabulary.TRANSACTION),),
    "sourceList": ((("type",), vocabulary.PARTY),),
    "destinationList": ((("type",), vocabulary.PARTY),),
    "errorDeclaration": ((("reason",), vocabulary.REASON),),
    "sensorElementList": (
        (("sensorReport", "type"), vocabulary.MEASUREMENT),
        (("sensorReport", "exception"), vocabulary.ALERT),
        (("sensorReport", "component"), vocabulary.COMPONENT),
    ),
}
_HOSTS = ("https://ref.gs1.org/cbv", "https://gs1.org/voc")


def _bare_words(
    events: Iterable[Mapping[str, Any]], simple: bool, names: Mapping[str, str]
) -> dict[str, str | None]:
    """What bare words stand for: the ends of every web URI of the vocabulary in a document; None where two end alike."""
    uris: set[str] = set()
    known = {"cbv": CBV, "gs1": VOC, **names}
    for event in events:
        for name in _PLACES.keys() & event.keys():
            for path, words in _PLACES[name]:
                for value in _values(event[name], path):
                    uris.add(_web(value, words, simple, known))
        for text in _all_texts(event):
            if text.startswith(_HOSTS):
                uris.add(text)
    found: dict[str, str | None] = {}
    for uri in uris:
        for end in _ends(uri):
            found[end] = None if end in found else uri
    return found


@lru_cache(maxsize=1024)
def _ends(uri: str) -> frozenset[str]:
    """What of a web URI of the vocabulary follows a stroke: what a bare word may be short for."""
    if not uri.startswith(_HOSTS):
        return frozenset()
    return frozenset(uri[at + 1 :] for at, sign in enumerate(uri) if sign in "-/")


def _web(value: str, words: Words, simple: bool, known: Mapping[str, str]) -> str:
    if value in words.words or (simple and ":" not in value):
        return words.web + value
    head, colon, rest = value.partition(":")
    return known[head] + rest if colon and head in known else value


def _values(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif path and isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])
    elif not path and isinstance(value, str):
        yield value


def _all_texts(value: Any) -> Iterator[str]:
    """The texts in a value that may be web URIs; most hold none, which is quickly seen."""
    if b"https://" in msgspec.json.encode(value):
        yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


# -- reading XML -------------------------------------------------------------------------------------------------

_SKIPPED = ("extension", "baseExtension")
_CURIES = (("gs1:", VOC), ("cbv:", CBV))


def of_xml(root: etree._Element) -> list[Node]:
    """The trees of an XML document's events."""
    lists = root.xpath("descendant-or-self::EventList")
    ignored = {
        each.tag
        for names in root.xpath("descendant::*[local-name()='ignoreFields']")
        for each in names.iterchildren("*")
    }
    if not lists:
        return []
    return [_expanded(_xml(element, ignored)) for element in _elements(lists[0])]


def _elements(element: etree._Element) -> Iterator[etree._Element]:
    """The children of an element, those inside extension wrappers included."""
    for child in element.iterchildren("*"):
        if child.tag in _SKIPPED and not child.attrib:
            yield from _elements(child)
        else:
            yield child


def _xml(element: etree._Element, ignored: set[str]) -> Node:
    children = [Node(str(name), str(value), []) for name, value in element.attrib.items()]
    children += [_xml(child, ignored) for child in _elements(element) if child.tag not in ignored]
    children.sort()
    paired = [
        Node("", "", [*child.children[:1], Node(child.name, child.text, [])], pair=True)
        for child in children
        if child.name in _PAIRED
    ]
    return Node(str(element.tag), (element.text or "").strip(), paired or children)


def _expanded(node: Node) -> Node:
    if node.pair:
        kind = [Node(c.name, _curie(c.text), []) if c.name == "type" else c for c in node.children]
        return Node("", "", kind, pair=True)
    return Node(node.name, _curie(node.text), [_expanded(child) for child in node.children])


def _curie(text: str) -> str:
    for start, uri in _CURIES:
        if text.startswith(start):
            text = text.replace(start, uri)
    return text
