"""Events, master data, answers and capture jobs as EPCIS XML, 2.0 and 1.2."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from xilin.apps.trace.epcis import vocabulary
from xilin.apps.trace.epcis.events import Written
from xilin.apps.trace.epcis.fields import (
    COMMON,
    EVENTS,
    FIELDS,
    SENSOR_METADATA,
    SENSOR_REPORT,
    SENSOR_WORDS,
    TYPED,
    Field,
)
from xilin.apps.trace.epcis.jsonld import together
from xilin.apps.trace.epcis.names import ascii_only, number
from xilin.apps.trace.epcis.vocabulary import PREFIXES, VOC_HOSTS, Words
from xilin.apps.trace.epcis.xml_foreign import Namespaces, append, clean, fill, namespace
from xilin.apps.trace.epcis.xml_shapes import (
    EPCIS1,
    EPCIS2,
    MASTER1,
    MASTER2,
    QUERY1,
    QUERY2,
    SBDH,
    XSD,
    XSI,
)
from xilin.apps.trace.epcis.xml_tree import etree

Body = Mapping[str, Any]

_PREFIX = re.compile(r"(?!(?i:xml))[A-Za-z_][\w.\-]*")
_SPACES = {
    "2.0": {"epcis": EPCIS2, "epcisq": QUERY2, "epcismd": MASTER2},
    "1.2": {"epcis": EPCIS1, "epcisq": QUERY1, "epcismd": MASTER1},
}
# Members of 1.2 events that stand in the event's extension, and those of 2.0 in the extension within.
_INNER = {"quantityList", "childQuantityList", "sourceList", "destinationList", "ilmd"}
_INNERMOST = {"sensorElementList", "persistentDisposition"}
# Events of 1.2 -> extensions of the list around them; an event of somebody's own stands in three, as the second may hold
# only elements without a namespace.
_WRAPPED = {
    "ObjectEvent": 0, "AggregationEvent": 0, "TransactionEvent": 0, "TransformationEvent": 1, "AssociationEvent": 2,
}  # fmt: skip
# Members of calls and answers in the order XML has them; subscribing ends with its name.
_CALL = ("reason", "severity", "queryName", "subscriptionID", "params")
_SUBSCRIBE = ("queryName", "params", "dest", "controls", "subscriptionID")
_OWN_FIELDS = {"@context", "type", "isA"}
# Prefixes the documents themselves use.
_OURS = {"epcisq", "epcismd", "xsi", "sbdh"}
# Lists that may be empty in JSON and in XML are left out then.
_NOT_EMPTY = {"transactions", "sources", "destinations", "sensors"}


def write(
    events: Sequence[Written],
    *,
    created: datetime,
    head: Body | None = None,
    master_data: Sequence[Body] = (),
    query: Body | None = None,
    version: str = "2.0",
    web_words: bool = False,
) -> bytes:
    """A document (or with `query`, a query document) of events as XML of a version.

    `web_words` writes words of the vocabulary as web URIs; they are URNs otherwise, as XML has always had them.
    """
    writer = _Writer(version, events, web_words=web_words)
    kind = "EPCISQueryDocument" if query is not None else "EPCISDocument"
    root = writer.root("epcisq" if query is not None else "epcis", kind)
    writer.dated(root, created, head or {})
    if query is not None:
        body = etree.SubElement(root, "EPCISBody")
        writer.answer(body, query, master_data)
    else:
        writer.header(root, head or {}, master_data)
        body = etree.SubElement(root, "EPCISBody")
        writer.event_list(body)
    writer.rest(root, head or {})
    return _bytes(root)


def write_event(event: Written, version: str = "2.0", *, web_words: bool = False) -> bytes:
    """One bare event as XML."""
    writer = _Writer(version, [event], web_words=web_words)
    parent = etree.Element("list", nsmap=writer.nsmap())
    writer.event_list(parent)
    element = next(parent[0].iterchildren("*"))
    while element.tag == "extension":
        element = next(element.iterchildren("*"))
    alone = etree.Element(element.tag, element.attrib, nsmap={**parent.nsmap, **element.nsmap})
    alone.extend(list(element))
    etree.cleanup_namespaces(alone, keep_ns_prefixes=["xsd", *event.context])
    return _bytes(alone)


def write_master_data(vocabularies: Sequence[Body], *, created: datetime, version: str = "2.0") -> bytes:
    """A document of master data as XML."""
    writer = _Writer(version, ())
    root = writer.root("epcismd", "EPCISMasterDataDocument")
    writer.dated(root, created, {})
    body = etree.SubElement(root, "EPCISBody")
    writer.vocabularies(body, vocabularies)
    return _bytes(root)


def write_job(job: Body) -> bytes:
    """A capture job as XML: `captureID`, `running`, `success`, `captureErrorBehaviour`, times, `errors`."""
    root = etree.Element(f"{{{EPCIS2}}}EPCISCaptureJob", nsmap={"epcis": EPCIS2, "xsi": XSI})
    for name in ("running", "success"):
        root.set(name, "true" if job.get(name) else "false")
    root.set("captureID", clean(str(job["captureID"])))
    namespaces = Namespaces({})
    for name in ("captureErrorBehaviour", "createdAt", "finishedAt", "errors", "errorFile"):
        value = job.get(name)
        if value is None or (name == "errors" and not value):
            continue
        if name == "errors":
            errors = etree.SubElement(root, "errors")
            for each in value:
                _problem(etree.SubElement(errors, "error"), each, namespaces)
        else:
            append(root, name, _text(value), namespaces)
    return _bytes(root)


def write_problem(problem: Body) -> bytes:
    """A problem (RFC 7807) as the XML of EPCIS."""
    root = etree.Element(f"{{{EPCIS2}}}EPCISException", nsmap={"epcis": EPCIS2, "xsi": XSI})
    _problem(root, problem, Namespaces({}))
    return _bytes(root)


def write_call(call: Body, *, created: datetime, version: str = "2.0") -> bytes:
    """A query, an answer without events, or an exception in a query document: `call` names it."""
    writer = _Writer(version, ())
    root = writer.root("epcisq", "EPCISQueryDocument")
    writer.dated(root, created, {})
    writer.answer(etree.SubElement(root, "EPCISBody"), call, ())
    return _bytes(root)


def _problem(element: etree._Element, problem: Body, namespaces: Namespaces) -> None:
    known = ("type", "title", "status", "detail", "instance")
    for name in known:
        if (value := problem.get(name)) is not None:
            append(element, name, _text(value), namespaces)
    for name, value in problem.items():
        if name not in known and ":" in name:
            append(element, name, value, namespaces)


class _Writer:
    def __init__(self, version: str, events: Sequence[Written], *, web_words: bool = False) -> None:
        self.version = version
        self.web_words = web_words
        self.events = events
        self.shared, self.bodies = together(events)

    def nsmap(self) -> dict[str, str]:
        """The prefixes at the root: those the events share, and the ones for types of values."""
        found = {"xsi": XSI, "xsd": XSD}
        for prefix, uri in self.shared.items():
            if is_prefix(prefix, uri) and prefix not in found:
                found[prefix] = namespace(uri)
        for prefix in ("cbvmda", "gs1", "cbv", "rdfs"):
            found.setdefault(prefix, PREFIXES[prefix].rstrip(":"))
        return found

    def root(self, prefix: str, name: str) -> etree._Element:
        uri = _SPACES[self.version][prefix]
        nsmap = {prefix: uri, **self.nsmap()}
        nsmap[prefix] = uri
        return etree.Element(f"{{{uri}}}{name}", nsmap=nsmap)

    def dated(self, root: etree._Element, created: datetime, head: Body) -> None:
        root.set("schemaVersion", self.version)
        root.set("creationDate", created.isoformat())
        del head

    # -- around the events ---------------------------------------------------------------------------------------

    def header(self, root: etree._Element, head: Body, master_data: Sequence[Body]) -> None:
        given = head.get("epcisHeader") or {}
        business = given.get("sbdh:StandardBusinessDocumentHeader") if isinstance(given, Mapping) else None
        vocabularies = list(master_data)
        if not vocabularies and isinstance(given, Mapping):
            vocabularies = list((given.get("epcisMasterData") or {}).get("vocabularyList") or ())
        if business is None and head.get("sender") and head.get("receiver"):
            business = self.business(head)
        if business is None and not vocabularies:
            return
        if business is None and self.version == "1.2":
            # 1.2 has no header without one; who sends is left open, as nobody can make it up afterwards.
            business = self.business({"creationDate": root.get("creationDate"), **head})
        element = etree.SubElement(root, "EPCISHeader")
        if isinstance(business, Mapping):
            sbdh = etree.SubElement(
                element, f"{{{SBDH}}}StandardBusinessDocumentHeader", nsmap={"sbdh": SBDH}
            )
            fill(sbdh, dict(business), Namespaces({}))
        if vocabularies:
            extension = etree.SubElement(element, "extension")
            self.vocabularies(etree.SubElement(extension, "EPCISMasterData"), vocabularies)

    def business(self, head: Body) -> dict[str, Any]:
        """The business document header of what JSON says in three members."""
        return {
            "sbdh:HeaderVersion": "1.0",
            "sbdh:Sender": {"sbdh:Identifier": str(head.get("sender", ""))},
            "sbdh:Receiver": {"sbdh:Identifier": str(head.get("receiver", ""))},
            "sbdh:DocumentIdentification": {
                "sbdh:Standard": "EPCglobal",
                "sbdh:TypeVersion": "1.0",
                "sbdh:InstanceIdentifier": str(head.get("instanceIdentifier", "")),
                "sbdh:Type": "Events",
                "sbdh:CreationDateAndTime": str(head.get("creationDate", "1970-01-01T00:00:00Z")),
            },
        }

    def rest(self, root: etree._Element, head: Body) -> None:
        """Members of the document itself that others added."""
        namespaces = Namespaces(self.shared)
        for name, value in head.items():
            if ":" in name:
                append(root, name, value, namespaces)

    def vocabularies(self, parent: etree._Element, vocabularies: Sequence[Body]) -> None:
        namespaces = Namespaces(self.shared)
        element = etree.SubElement(parent, "VocabularyList")
        for each in vocabularies:
            one = etree.SubElement(element, "Vocabulary", type=clean(str(each.get("type", ""))))
            elements = each.get("vocabularyElementList") or ()
            if elements:
                listed = etree.SubElement(one, "VocabularyElementList")
                for inner in elements:
                    self.vocabulary_element(listed, inner, namespaces)

    def vocabulary_element(self, parent: etree._Element, given: Body, namespaces: Namespaces) -> None:
        element = etree.SubElement(parent, "VocabularyElement", id=clean(str(given["id"])))
        for each in given.get("attributes") or ():
            value = each.get("attribute", "")
            attribute = etree.SubElement(element, "attribute", id=clean(str(each["id"])))
            fill(attribute, value, namespaces)
            # The standard's schema lets an attribute name no type.
            attribute.attrib.pop(f"{{{XSI}}}type", None)
        if "children" in given:
            children = etree.SubElement(element, "children")
            for each in given["children"]:
                etree.SubElement(children, "id").text = clean(str(each))

    def answer(self, body: etree._Element, query: Body, master_data: Sequence[Body]) -> None:
        name = str(query.get("call", "QueryResults"))
        element = etree.SubElement(body, f"{{{_SPACES[self.version]['epcisq']}}}{name}")
        namespaces = Namespaces(self.shared)
        value = query.get("value")
        if isinstance(value, list):
            for each in value:
                etree.SubElement(element, "string").text = clean(str(each))
        elif value is not None:
            element.text = clean(str(value))
        for member in _SUBSCRIBE if name == "Subscribe" else _CALL:
            if member == "params" and "params" in query:
                self.parameters(element, query["params"])
            elif (given := query.get(member)) is not None:
                append(element, member, given, namespaces)
        if name == "QueryResults":
            self.results(element, master_data)
        for member in (each for each in query if ":" in each):
            append(element, member, query[member], namespaces)

    def results(self, parent: etree._Element, master_data: Sequence[Body]) -> None:
        found = etree.SubElement(parent, "resultsBody")
        if master_data and not self.events:
            self.vocabularies(found, master_data)
        else:
            self.event_list(found)

    def parameters(self, parent: etree._Element, given: Body) -> None:
        params = etree.SubElement(parent, "params")
        for name, value in given.items():
            param = etree.SubElement(params, "param")
            etree.SubElement(param, "name").text = clean(name)
            element = etree.SubElement(param, "value")
            if isinstance(value, list):
                element.set(f"{{{XSI}}}type", "epcisq:ArrayOfString")
                for each in value:
                    etree.SubElement(element, "string").text = clean(str(each))
            elif value is None:
                element.set(f"{{{XSI}}}type", "epcisq:VoidHolder")
            else:
                fill(element, value, Namespaces({}))

    # -- events --------------------------------------------------------------------------------------------------

    def event_list(self, parent: etree._Element) -> None:
        element = etree.SubElement(parent, "EventList")
        for event, body in zip(self.events, self.bodies, strict=True):
            holder = element
            for _ in range(_WRAPPED.get(body["type"], 3) if self.version == "1.2" else 0):
                holder = etree.SubElement(holder, "extension")
            _EventWriter(self, event, body).write(holder)


class _EventWriter:
    """One event's body as an element."""

    def __init__(self, writer: _Writer, event: Written, body: Body) -> None:
        self.version = writer.version
        self.web_words = writer.web_words
        self.body = written_out(body, event.context)
        self.type = str(body["type"])
        self.own = {name: uri for name, uri in event.context.items() if writer.shared.get(name) != uri}
        self.namespaces = Namespaces({**writer.shared, **event.context})

    def write(self, parent: etree._Element) -> None:
        nsmap = {prefix: namespace(uri) for prefix, uri in self.own.items() if is_prefix(prefix, uri)}
        standard = self.type in EVENTS
        if not standard and parent.tag == "EventList" and self.version == "2.0":
            parent = etree.SubElement(parent, "extension")
        element = etree.SubElement(parent, self.namespaces.tag(str(self.body["type"])), nsmap=nsmap)
        fields = (*COMMON, *EVENTS.get(self.type, ()))
        if self.version == "1.2" and standard:
            self.old(element, fields)
        else:
            for name in fields:
                if name in self.body:
                    self.field(element, FIELDS[name], self.body[name])
        for name, value in self.body.items():
            if name not in fields and name not in _OWN_FIELDS and not name.startswith("@"):
                self.member(element, name, value)

    def member(self, element: etree._Element, name: str, value: Any) -> None:
        if name in FIELDS and self.type not in EVENTS:
            self.field(element, FIELDS[name], value)
        else:
            append(element, name, value, self.namespaces)

    def old(self, element: etree._Element, fields: Sequence[str]) -> None:
        """The members in the places 1.2 has for them."""
        outer = [n for n in fields if n in self.body]
        base = [
            n
            for n in outer
            if n in ("eventID", "errorDeclaration", "certificationInfo") and self.body[n] != []
        ]
        flat = self.type in ("TransformationEvent", "AssociationEvent")
        inner = [n for n in outer if n in _INNER and not flat]
        # What isn't written needs no extension, which may not be empty.
        innermost = [n for n in outer if n in _INNERMOST and self.body[n]]
        for name in ("eventTime", "recordTime", "eventTimeZoneOffset"):
            if name in self.body:
                self.field(element, FIELDS[name], self.body[name])
        if base:
            self.base(etree.SubElement(element, "baseExtension"), base)
        for name in outer:
            if name not in (*COMMON, *inner, *_INNERMOST):
                self.field(element, FIELDS[name], self.body[name])
        wanted = "childEPCs" if self.type == "AggregationEvent" else "epcList"
        if not flat and wanted not in self.body:
            self.empty(element, wanted)
        if inner or innermost:
            extension = etree.SubElement(element, "extension")
            for name in inner:
                self.field(extension, FIELDS[name], self.body[name])
            holder = (
                extension if flat else etree.SubElement(extension, "extension") if innermost else extension
            )
            for name in innermost:
                self.field(holder, FIELDS[name], self.body[name])

    def base(self, holder: etree._Element, names: Sequence[str]) -> None:
        for name in names:
            place = etree.SubElement(holder, "extension") if name == "certificationInfo" else holder
            self.field(place, FIELDS[name], self.body[name])

    @staticmethod
    def empty(element: etree._Element, name: str) -> None:
        """1.2 wants a list of things even where it is empty."""
        action = element.find("action")
        if action is not None:
            action.addprevious(etree.Element(name))

    def field(self, parent: etree._Element, field: Field, value: Any) -> None:
        if value == [] and field.kind in _NOT_EMPTY:
            return
        if field.kind == "certificates":
            for each in value if isinstance(value, list) else [value]:
                etree.SubElement(parent, field.name).text = clean(str(each))
            return
        element = etree.SubElement(parent, field.name)
        if isinstance(value, str):
            text = self.word(field.words, value) if field.words else value
            # JSON lets a time say t and z; XML doesn't.
            element.text = clean(text.upper() if field.kind == "time" else text)
        elif isinstance(value, list):
            for each in value:
                self.item(element, field, each)
        elif isinstance(value, Mapping):
            self.object(element, field, value)
        elif value is not None:
            element.text = clean(_text(value))

    def item(self, parent: etree._Element, field: Field, value: Any) -> None:
        if field.kind == "epcs":
            etree.SubElement(parent, "epc").text = clean(str(value))
        elif field.kind == "quantities" and isinstance(value, Mapping):
            element = etree.SubElement(parent, "quantityElement")
            for name in ("epcClass", "quantity", "uom"):
                if (inner := value.get(name)) is not None:
                    etree.SubElement(element, name).text = clean(_decimal(inner))
                elif name == "quantity" and value.get("uom") is not None:
                    # A unit stands after a quantity, be it one that says nothing.
                    etree.SubElement(element, name).set(f"{{{XSI}}}nil", "true")
        elif field.kind == "sensors" and isinstance(value, Mapping):
            self.sensor(etree.SubElement(parent, "sensorElement"), value)
        elif field.words and isinstance(value, Mapping):
            name = TYPED[field.kind]
            element = etree.SubElement(parent, name)
            if isinstance(value.get("type"), str):
                element.set("type", clean(self.word(field.words, value["type"])))
            element.text = clean(str(value.get(name, "")))

    def object(self, element: etree._Element, field: Field, value: Body) -> None:
        if field.kind == "persistent" and field.words:
            for name in ("unset", "set"):
                for each in value.get(name) or ():
                    etree.SubElement(element, name).text = clean(self.word(field.words, str(each)))
            return
        rest = dict(value)
        if field.kind == "error":
            for name in ("declarationTime", "reason", "correctiveEventIDs"):
                if name in rest:
                    self.error(element, name, rest.pop(name))
        elif field.kind == "place" and "id" in rest:
            etree.SubElement(element, "id").text = clean(str(rest.pop("id")))
        names = [name for name in rest if not name.startswith("@") and name != "type"]
        self.others(element, {name: rest[name] for name in names})

    def others(self, element: etree._Element, given: Body) -> None:
        """Members of others; those without a namespace stand in the extension XML has for them, before the rest."""
        local = [name for name in given if not self.namespaces.tag(name).startswith("{")]
        if local:
            extension = etree.SubElement(element, "extension")
            for name in local:
                append(extension, name, given[name], self.namespaces)
        for name, inner in given.items():
            if name not in local:
                append(element, name, inner, self.namespaces)

    def error(self, element: etree._Element, name: str, value: Any) -> None:
        inner = etree.SubElement(element, name)
        if name == "correctiveEventIDs":
            for each in value:
                etree.SubElement(inner, "correctiveEventID").text = clean(str(each))
        else:
            inner.text = clean(
                self.word(vocabulary.REASON, value) if name == "reason" else str(value).upper()
            )

    def sensor(self, element: etree._Element, value: Body) -> None:
        metadata = value.get("sensorMetadata")
        if isinstance(metadata, Mapping):
            self.attributes(etree.SubElement(element, "sensorMetadata"), metadata, SENSOR_METADATA)
        for report in value.get("sensorReport") or ():
            self.attributes(etree.SubElement(element, "sensorReport"), report, SENSOR_REPORT)
        known = ("sensorMetadata", "sensorReport", "type")
        names = [name for name in value if name not in known and not name.startswith("@")]
        self.others(element, {name: value[name] for name in names})

    def attributes(self, element: etree._Element, given: Body, known: Mapping[str, str]) -> None:
        for name, value in given.items():
            if name.startswith("@") or value is None or (name == "type" and name not in known):
                continue
            kind = known.get(name)
            if kind in SENSOR_WORDS and isinstance(value, str):
                value = self.word(SENSOR_WORDS[kind], value)
            elif kind == "time" and isinstance(value, str):
                value = value.upper()
            # Attributes hold texts only; what is more stands there as JSON.
            text = msgspec.json.encode(value).decode() if isinstance(value, dict | list) else _decimal(value)
            element.set(self.namespaces.tag(name), clean(text))

    def word(self, words: Words, value: str) -> str:
        return vocabulary.web_uri(words, value) if self.web_words else vocabulary.urn(words, value)


def is_prefix(prefix: str, uri: str) -> bool:
    """Whether XML can declare a prefix for a namespace: its name must be one, and not stand for something else already."""
    standard = PREFIXES.get(prefix)
    other = standard is not None and standard.rstrip("/#:") != uri.rstrip("/#:") and uri not in VOC_HOSTS
    return not other and prefix not in _OURS and _PREFIX.fullmatch(prefix) is not None


def written_out(body: Body, context: Mapping[str, str]) -> Body:
    """An event whose values don't use prefixes that XML can't declare; names have their namespaces anyway."""
    odd = {f"{prefix}:": ascii_only(uri) for prefix, uri in context.items() if not is_prefix(prefix, uri)}
    return {name: _written_out(value, odd) for name, value in body.items()} if odd else body


def _written_out(value: Any, odd: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        head, colon, rest = value.partition(":")
        known = odd.get(head + colon) if colon and not rest.startswith("//") else None
        return value if known is None else known + rest
    if isinstance(value, dict):
        return {name: _written_out(inner, odd) for name, inner in value.items()}
    return [_written_out(inner, odd) for inner in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)


def _decimal(value: Any) -> str:
    """A number without an exponent, which decimals of XML Schema don't have."""
    text = _text(value)
    return number(value) if isinstance(value, float) and "e" in text else text


def _bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
