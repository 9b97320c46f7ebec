"""EPCIS XML, 1.2 and 2.0, as the same events and documents that JSON gives."""

import codecs
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from xilin.apps.trace.epcis import facts, vocabulary, xml_foreign
from xilin.apps.trace.epcis.errors import Fault, Invalid
from xilin.apps.trace.epcis.events import Document, Event
from xilin.apps.trace.epcis.fields import (
    EVENTS,
    FIELDS,
    SENSOR_METADATA,
    SENSOR_REPORT,
    SENSOR_WORDS,
    TYPED,
    Field,
)
from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.epcis.vocabulary import Words, bare
from xilin.apps.trace.epcis.xml_checks import faults, is_event, listed, path
from xilin.apps.trace.epcis.xml_foreign import Prefixes, number
from xilin.apps.trace.epcis.xml_shapes import OURS, QUERY_ELEMENTS, SBDH, VERSIONS, XSI
from xilin.apps.trace.epcis.xml_tree import etree, parser
from xilin.lib.text import Text

_LOCAL = re.compile(r"[\d-]+T[\d:]+(?:\.\d+)?", re.ASCII)
_WRAPPERS = ("extension", "baseExtension")
_DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument", "EPCISMasterDataDocument", "EPCISCaptureJob")


def parse(document: bytes) -> etree._Element:
    """XML as a tree, without entities, network or comments; raises `Invalid` with the line for what isn't XML."""
    try:
        root = etree.fromstring(_without_space(document), parser())
    except etree.XMLSyntaxError as error:
        raise Invalid([_not_xml(str(error), error.lineno)]) from error
    except ValueError as error:
        raise Invalid([_not_xml(str(error), None)]) from error
    information = root.getroottree().docinfo
    subset = information.internalDTD
    if information.system_url or (subset is not None and list(subset.iterentities())):
        raise Invalid([_no_entities()])
    return root


def _without_space(document: bytes) -> bytes:
    """A document without the empty lines that some put before the declaration; UTF-16 stays as it is."""
    if document[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return document
    mark = codecs.BOM_UTF8 if document.startswith(codecs.BOM_UTF8) else b""
    return mark + document[len(mark) :].lstrip()


def read(document: bytes, *, lenient: bool = False, version: str = "2.0") -> Document:
    """The events of an XML document and everything around them; raises `Invalid` with every fault found.

    `lenient` reads what is meant although the standard's schema has something against it: names of the standard with a
    namespace, members in another order, empty headers.
    """
    return of(parse(document), lenient=lenient, version=version)


def of(root: etree._Element, *, lenient: bool = False, version: str = "2.0") -> Document:
    """The same for XML that is parsed already."""
    name = etree.QName(root)
    if lenient or name.localname in EVENTS:
        root = _unqualified(root)
    schema_version = VERSIONS.get(name.namespace or "") or _version_of_bare(root)
    if not lenient and (found := faults(root, schema_version)):
        raise Invalid(found)
    return _Reader(schema_version, version).document(root)


def _version_of_bare(root: etree._Element) -> str:
    """1.2 has its wrappers; everything else without a namespace is read as 2.0."""
    wrapped = any(child.tag in _WRAPPERS for child in root.iter("*") if _known_inside(child))
    return "1.2" if root.tag in ("extension", "QuantityEvent") or wrapped else "2.0"


def _known_inside(element: etree._Element) -> bool:
    return any(child.tag in FIELDS for child in element.iterchildren("*"))


def _unqualified(root: etree._Element) -> etree._Element:
    """The standard's own names without a namespace, but for those that begin a document or a query."""
    for element in root.iter("*"):
        name = etree.QName(element)
        starts = name.localname in _DOCUMENTS or name.localname in QUERY_ELEMENTS
        if name.namespace in OURS and not starts:
            element.tag = name.localname
    return root


class _Reader:
    def __init__(self, schema_version: str, version: str) -> None:
        self.schema_version = schema_version
        self.version = version
        # Events of one document mostly have the same prefixes; what these stand for is worked out once.
        self._scopes: dict[tuple[Any, ...], Prefixes] = {}
        self._names: dict[tuple[Any, ...], Names] = {}

    def document(self, root: etree._Element) -> Document:
        name = etree.QName(root).localname
        prefixes = Prefixes()
        prefixes.declare(root)
        if is_event(root) or name == "extension":
            events = [root] if is_event(root) else [e for e in root.iter("*") if is_event(e)]
            return Document("event", self.schema_version, self.events(events), {}, _union(events, prefixes))
        if name == "VocabularyList":
            master = tuple(self.vocabularies(root, prefixes))
            return Document("EPCISMasterDataDocument", self.schema_version, (), {}, prefixes.declared, master)
        if name == "EPCISCaptureJob" or name in QUERY_ELEMENTS:
            query = self.job(root) if name == "EPCISCaptureJob" else self.call(root, prefixes)
            kind = name if name == "EPCISCaptureJob" else "EPCISQuery"
            return Document(kind, self.schema_version, (), {}, prefixes.declared, query=query)
        return self.whole(root, name, prefixes)

    def whole(self, root: etree._Element, kind: str, prefixes: Prefixes) -> Document:
        head = self.head(root, prefixes)
        body = root.find("EPCISBody")
        master = self.master_data(root, prefixes)
        query = None
        found = events_of(root)
        if kind == "EPCISQueryDocument" and body is not None and len(body):
            query = self.call(body[0], prefixes)
            vocabularies = body[0].find("resultsBody/VocabularyList")
            if vocabularies is not None:
                master += tuple(self.vocabularies(vocabularies, prefixes))
        return Document(
            kind, self.schema_version, self.events(found), head, _union(found, prefixes), master, query
        )

    # -- around the events ---------------------------------------------------------------------------------------

    def head(self, root: etree._Element, prefixes: Prefixes) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in root.attrib.items():
            attribute = etree.QName(str(name))
            if attribute.namespace == XSI:
                continue
            found[xml_foreign.attribute_name(root, attribute, prefixes)] = str(value)
        header = root.find("EPCISHeader")
        business = header.find(f"{{{SBDH}}}StandardBusinessDocumentHeader") if header is not None else None
        if business is not None:
            found.update(_parties(business))
            sbdh = Prefixes()
            sbdh.of(SBDH, "sbdh")
            member = "sbdh:StandardBusinessDocumentHeader"
            found["epcisHeader"] = {member: xml_foreign.value_of(business, sbdh)}
        master = self.master_data(root, prefixes)
        if master and root.find("EPCISHeader") is not None:
            found.setdefault("epcisHeader", {})["epcisMasterData"] = {"vocabularyList": list(master)}
        own = [e for e in root.iterchildren("*") if etree.QName(e).namespace is not None]
        found.update(xml_foreign.members(iter(own), prefixes))
        return found

    def master_data(self, root: etree._Element, prefixes: Prefixes) -> tuple[dict[str, Any], ...]:
        places = (
            "EPCISHeader/extension/EPCISMasterData/VocabularyList",
            "EPCISBody/VocabularyList",
        )
        lists = [found for place in places if (found := root.find(place)) is not None]
        return tuple(v for each in lists for v in self.vocabularies(each, prefixes))

    def vocabularies(self, element: etree._Element, prefixes: Prefixes) -> Iterator[dict[str, Any]]:
        for vocabulary_element in element.iterchildren("Vocabulary"):
            elements = [
                self.vocabulary_element(each, prefixes)
                for each in vocabulary_element.iterfind("VocabularyElementList/VocabularyElement")
            ]
            yield {"type": vocabulary_element.get("type", ""), "vocabularyElementList": elements}

    def vocabulary_element(self, element: etree._Element, prefixes: Prefixes) -> dict[str, Any]:
        found: dict[str, Any] = {"id": element.get("id", "").strip()}
        attributes = []
        for each in element.iterchildren("attribute"):
            value = xml_foreign.value_of(each, prefixes)
            if isinstance(value, dict):
                value.pop("@id", None)
                value = value["#text"] if value.keys() == {"#text"} else value or ""
            attributes.append({"id": each.get("id", "").strip(), "attribute": value})
        if attributes:
            found["attributes"] = attributes
        children = element.find("children")
        if children is not None:
            found["children"] = [(each.text or "").strip() for each in children.iterchildren("id")]
        return found

    def call(self, element: etree._Element, prefixes: Prefixes) -> dict[str, Any]:
        """A query, an answer or an exception; what stands in `params` becomes names and values."""
        name = etree.QName(element).localname
        found: dict[str, Any] = {"call": name}
        if name.endswith("Result") and (element.text or "").strip():
            found["value"] = (element.text or "").strip()
        for child in element.iterchildren("*"):
            tag = str(child.tag)
            if tag == "params":
                found["params"] = dict(_parameter(each, prefixes) for each in child.iterchildren("param"))
            elif tag == "string":
                found.setdefault("value", []).append((child.text or "").strip())
            elif tag not in ("resultsBody", "extension"):
                key = xml_foreign.member_name(child, prefixes)
                found[key] = xml_foreign.value_of(child, prefixes)
        return found

    def job(self, root: etree._Element) -> dict[str, Any]:
        prefixes = Prefixes()
        found: dict[str, Any] = {
            "captureID": root.get("captureID", ""),
            "running": root.get("running") in ("true", "1"),
            "success": root.get("success") in ("true", "1"),
        }
        for child in root.iterchildren("*"):
            if child.tag == "errors":
                found["errors"] = [_problem(each, prefixes) for each in child.iterchildren("error")]
            else:
                found[xml_foreign.member_name(child, prefixes)] = xml_foreign.value_of(child, prefixes)
        return found

    # -- events --------------------------------------------------------------------------------------------------

    def events(self, elements: list[etree._Element]) -> tuple[Event, ...]:
        return tuple([self.event(element, at) for at, element in enumerate(elements)])

    def event(self, element: etree._Element, at: int) -> Event:
        prefixes = self.scope(element)
        body = _EventReader(prefixes, self.names(prefixes)).body(element)
        names = self.names(prefixes)
        for name in ("eventTime", "eventTimeZoneOffset"):
            if name not in body:
                raise Invalid([_missing(element, name, at)])
        # XML Schema lets a declaration of an error say nothing; an error without a time can't be kept.
        declared = body.get("errorDeclaration")
        if declared is not None and "declarationTime" not in declared:
            raise Invalid([_missing(element, "declarationTime", at)])
        if self.schema_version == "1.2":
            _put_zones(body)
        try:
            return facts.event(body, names, self.version)
        except ValueError as error:
            raise Invalid([_no_time(element, str(error), at)]) from error

    def scope(self, element: etree._Element) -> Prefixes:
        """The prefixes an event begins with; it may declare more inside."""
        key = tuple(element.nsmap.items())
        if key not in self._scopes:
            self._scopes[key] = Prefixes()
            self._scopes[key].declare(element)
        return Prefixes(self._scopes[key])

    def names(self, prefixes: Prefixes) -> Names:
        key = tuple(prefixes.declared.items())
        if key not in self._names:
            self._names[key] = Names(prefixes.declared)
        return self._names[key]


class _EventReader:
    """One event's element as EPCIS 2.0 JSON."""

    def __init__(self, prefixes: Prefixes, names: Names) -> None:
        self.prefixes = prefixes
        self.names = names

    def body(self, element: etree._Element) -> dict[str, Any]:
        kind = xml_foreign.member_name(element, self.prefixes)
        found: dict[str, Any] = {"type": kind}
        for name, value in element.attrib.items():
            attribute = etree.QName(str(name))
            if attribute.namespace not in (None, XSI):
                found[xml_foreign.attribute_name(element, attribute, self.prefixes)] = str(value)
        extra: list[etree._Element] = []
        for child in _flat(element):
            tag = str(child.tag)
            if tag in FIELDS and not (kind == "QuantityEvent" and tag in ("epcClass", "quantity")):
                self.field(found, tag, child)
            else:
                extra.append(child)
        if kind == "QuantityEvent":
            _upgrade_quantity(found, extra)
        if extra:
            found.update(xml_foreign.members(iter(extra), self.prefixes))
        return found

    def field(self, found: dict[str, Any], name: str, element: etree._Element) -> None:
        field = FIELDS[name]
        if field.kind == "certificates" and name in found:
            there = found[name]
            found[name] = [*(there if isinstance(there, list) else [there]), _stripped(element)]
        else:
            found[name] = self.value(field, element)

    def value(self, field: Field, element: etree._Element) -> Any:
        kind = field.kind
        if kind == "epcs":
            # A list of things is a set, and JSON wants each of them once.
            return list(dict.fromkeys(_stripped(each) for each in element.iterchildren("epc")))
        if kind == "quantities":
            return [_quantity(each) for each in element.iterchildren("quantityElement")]
        if kind == "place":
            return {"id": _stripped(element.find("id")), **self.others(element, "id")}
        if kind == "sensors":
            return [self.sensor(each) for each in element.iterchildren("sensorElement")]
        if kind == "persistent":
            return self.persistent(element)
        if kind == "ilmd":
            return xml_foreign.members(_flat(element), self.prefixes)
        if kind == "error":
            return self.error(element)
        if field.words and kind == "word":
            return self.word(field.words, _stripped(element))
        if field.words:
            name = TYPED[kind]
            return [self.typed(each, field.words) for each in element.iterchildren(name)]
        return _stripped(element)

    def word(self, words: Words, text: str) -> str:
        """A word as JSON writes it: bare where it is the standard's, else as given."""
        whole = self.names.expanded(text)
        found = bare(words, whole)
        if found in words.words:
            return found
        return vocabulary.web_uri(words, text) if words.urn and text.startswith(words.urn) else text

    def others(self, element: etree._Element, *known: str) -> dict[str, Any]:
        rest = [child for child in _flat(element) if child.tag not in known]
        return xml_foreign.members(iter(rest), self.prefixes) if rest else {}

    def typed(self, element: etree._Element, words: Words) -> dict[str, Any]:
        found: dict[str, Any] = {}
        kind = element.get("type")
        if kind is not None:
            found["type"] = self.word(words, kind.strip())
        found[str(element.tag)] = _stripped(element)
        return found

    def persistent(self, element: etree._Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in ("set", "unset"):
            states = [
                self.word(vocabulary.DISPOSITION, _stripped(each)) for each in element.iterchildren(name)
            ]
            if states:
                found[name] = states
        return found

    def sensor(self, element: etree._Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        metadata = element.find("sensorMetadata")
        if metadata is not None:
            found["sensorMetadata"] = self.attributes(metadata, SENSOR_METADATA)
        found["sensorReport"] = [
            self.attributes(each, SENSOR_REPORT) for each in element.iterchildren("sensorReport")
        ]
        return {**found, **self.others(element, "sensorMetadata", "sensorReport")}

    def attributes(self, element: etree._Element, known: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in element.attrib.items():
            attribute = etree.QName(str(name))
            if attribute.namespace == XSI:
                continue
            key = xml_foreign.attribute_name(element, attribute, self.prefixes)
            found[key] = self.attribute(known.get(key, "other"), str(value))
        return found

    def attribute(self, kind: str, value: str) -> Any:
        if kind == "number":
            return number(value)
        if kind == "boolean" and value.strip() in ("true", "false", "1", "0"):
            return value.strip() in ("true", "1")
        if kind in SENSOR_WORDS:
            return self.word(SENSOR_WORDS[kind], value.strip())
        if kind == "other":
            return _structure(value)
        return value if kind == "text" else value.strip()

    def error(self, element: etree._Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        extra = []
        for child in _flat(element):
            if child.tag == "declarationTime":
                found["declarationTime"] = _stripped(child)
            elif child.tag == "reason":
                found["reason"] = self.word(vocabulary.REASON, _stripped(child))
            elif child.tag == "correctiveEventIDs":
                found["correctiveEventIDs"] = [_stripped(each) for each in child.iterchildren("*")]
            else:
                extra.append(child)
        if extra:
            found.update(xml_foreign.members(iter(extra), self.prefixes))
        return found


def _put_zones(body: dict[str, Any]) -> None:
    """Give times without a zone the event's own, as 1.2 means them."""
    for holder, name in (
        (body, "eventTime"),
        (body, "recordTime"),
        (body.get("errorDeclaration"), "declarationTime"),
    ):
        if holder and isinstance(given := holder.get(name), str) and _LOCAL.fullmatch(given):
            holder[name] = given + body["eventTimeZoneOffset"]


def _structure(value: str) -> Any:
    """An attribute of others: a text, or what was written as JSON because attributes hold texts only."""
    if value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value


def _flat(element: etree._Element) -> Iterator[etree._Element]:
    """The children of an element, those inside the standard's wrappers included."""
    for child in element.iterchildren("*"):
        if child.tag in _WRAPPERS:
            yield from _flat(child)
        else:
            yield child


def events_of(root: etree._Element) -> list[etree._Element]:
    """The events of a document, in its order."""
    lists = root.xpath("EPCISBody//EventList[1] | resultsBody/EventList[1]")
    return listed(lists[0]) if lists else []


def _union(events: list[etree._Element], prefixes: Prefixes) -> dict[str, str]:
    for element in events:
        prefixes.declare(element)
    return dict(prefixes.declared)


def _stripped(element: etree._Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _quantity(element: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {"epcClass": _stripped(element.find("epcClass"))}
    quantity, uom = element.find("quantity"), element.find("uom")
    if quantity is not None and quantity.get(f"{{{XSI}}}nil") not in ("true", "1"):
        found["quantity"] = number(_stripped(quantity))
    if uom is not None:
        found["uom"] = _stripped(uom)
    return found


def _upgrade_quantity(found: dict[str, Any], extra: list[etree._Element]) -> None:
    """A quantity event of 1.0 says what an object event with a quantity list says today."""
    by_tag = {str(each.tag): each for each in extra}
    entry: dict[str, Any] = {"epcClass": _stripped(by_tag.get("epcClass"))}
    if "quantity" in by_tag:
        entry["quantity"] = number(_stripped(by_tag["quantity"]))
    found.update({"type": "ObjectEvent", "action": "OBSERVE", "quantityList": [entry]})
    extra[:] = [each for each in extra if each.tag not in ("epcClass", "quantity")]


def _parameter(element: etree._Element, prefixes: Prefixes) -> tuple[str, Any]:
    """A query's parameter: a text, a number, a list of texts, or None for one that has no value (VoidHolder)."""
    name = _stripped(element.find("name"))
    value = element.find("value")
    if value is None:
        return name, None
    kind = (value.get(f"{{{XSI}}}type") or "").rpartition(":")[2]
    if kind == "VoidHolder":
        return name, None
    strings = [
        (each.text or "").strip() for each in value.iter("*") if etree.QName(each).localname == "string"
    ]
    if strings or kind == "ArrayOfString":
        return name, strings
    return name, xml_foreign.value_of(value, prefixes)


def _problem(element: etree._Element, prefixes: Prefixes) -> dict[str, Any]:
    found = xml_foreign.members(element.iterchildren("*"), prefixes)
    if isinstance(found.get("status"), str):
        found["status"] = number(found["status"])
    return found


def _parties(business: etree._Element) -> dict[str, str]:
    """Sender, receiver and number of a document, from its business document header."""
    found = {}
    for name, place in (
        ("sender", f"{{{SBDH}}}Sender/{{{SBDH}}}Identifier"),
        ("receiver", f"{{{SBDH}}}Receiver/{{{SBDH}}}Identifier"),
        ("instanceIdentifier", f"{{{SBDH}}}DocumentIdentification/{{{SBDH}}}InstanceIdentifier"),
    ):
        text = _stripped(business.find(place))
        if text:
            found[name] = text
    return found


def _not_xml(said: str, line: int | None) -> Fault:
    return Fault(
        code="xml",
        place="",
        what=Text(zh=f"不是格式良好的 XML：{said}", en=f"This is not well-formed XML: {said}"),
        remedy=Text(
            zh="检查该行的标签、引号与编码",
            en="Look at tags, quotation marks and the encoding near that line",
        ),
        line=line,
    )


def _no_entities() -> Fault:
    return Fault(
        code="dtd",
        place="",
        what=Text(zh="文档声明了实体或外部 DTD", en="The document declares entities or an outside DTD"),
        remedy=Text(zh="去掉 DOCTYPE 声明", en="Remove the DOCTYPE declaration"),
        line=1,
    )


def _missing(element: etree._Element, name: str, at: int) -> Fault:
    return Fault(
        code="required",
        place=path(element),
        what=Text(zh=f"缺少必填元素 {name}", en=f"The required element {name} is missing"),
        remedy=Text(zh=f"填写 {name}", en=f"Fill {name}"),
        line=element.sourceline,
        event=at,
    )


def _no_time(element: etree._Element, said: str, at: int) -> Fault:
    for each in element.iter("*"):
        if _stripped(each) == said or said in each.attrib.values():
            element = each
            break
    return Fault(
        code="time",
        place=path(element),
        what=Text(zh=f"没有“{said}”这个时间", en=f"There is no such time as “{said}”"),
        remedy=Text(zh="写成 2026-03-01T08:00:00+08:00", en="Write 2026-03-01T08:00:00+08:00"),
        line=element.sourceline,
        event=at,
    )
