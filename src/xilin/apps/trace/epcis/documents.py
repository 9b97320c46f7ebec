"""EPCIS documents in and out, whatever their media type."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from xilin.apps.trace.epcis import jsonld, xml_reading, xml_writing
from xilin.apps.trace.epcis.errors import Fault, Invalid
from xilin.apps.trace.epcis.events import Document, Written
from xilin.apps.trace.epcis.fields import FIELDS, TYPED
from xilin.apps.trace.epcis.keys import canonical
from xilin.apps.trace.epcis.xml_reading import events_of
from xilin.apps.trace.gs1 import epc
from xilin.apps.trace.gs1.errors import Malformed

# What GS1-EPC-Format may ask for.
Format = Literal["Never_Translates", "Always_GS1_Digital_Link", "Always_EPC_URN"]


class Fit(NamedTuple):
    """A document without its invalid events: what was wrong with those, and the places of the ones that are left."""

    document: Document
    faults: tuple[Fault, ...]
    places: tuple[int, ...]


def is_xml(media_type: str) -> bool:
    """Whether a media type is one of XML's."""
    name = media_type.partition(";")[0].strip().lower()
    return name.endswith(("/xml", "+xml"))


def read(
    document: bytes, media_type: str = "application/json", *, lenient: bool = False, version: str = "2.0"
) -> Document:
    """The events of a document and everything around them; raises `Invalid` with every fault found.

    `lenient` (XML) reads what is meant where the standard's schema only minds its form; `version` is the CBV version
    of the hashes.
    """
    if is_xml(media_type):
        return xml_reading.read(document, lenient=lenient, version=version)
    return jsonld.read(document, version=version)


def read_fit(document: bytes, media_type: str = "application/json") -> Fit:
    """A document without the events that are invalid; raises `Invalid` where something beside the events is wrong."""
    if is_xml(media_type):
        root = xml_reading.parse(document)
        return _fit(lambda: events_of(root), lambda: xml_reading.of(root))
    data = jsonld.decode(document)
    return _fit(lambda: json_events(data), lambda: jsonld.of(data))


def _fit(events: Callable[[], Any], read_all: Callable[[], Document]) -> Fit:
    """Take out what is invalid until the rest can be read; each round names some of the faults."""
    places = list(range(len(events())))
    told: list[Fault] = []
    while True:
        try:
            return Fit(read_all(), tuple(told), tuple(places))
        except Invalid as invalid:
            wrong = sorted({fault.event for fault in invalid.faults if fault.event is not None}, reverse=True)
            if not wrong or not places or any(fault.event is None for fault in invalid.faults):
                raise
            told += [_moved(fault, places[fault.event or 0]) for fault in invalid.faults]
            there = events()
            for place in wrong:
                _take_out(there, place)
                del places[place]


def _moved(fault: Fault, place: int) -> Fault:
    """A fault with the place its event had in the document as it was sent."""
    if fault.event == place:
        return fault
    pointer = fault.place.replace(f"/eventList/{fault.event}", f"/eventList/{place}", 1)
    return msgspec.structs.replace(fault, event=place, place=pointer)


def _take_out(events: Any, place: int) -> None:
    found = events[place]
    if isinstance(found, dict) or not hasattr(found, "getparent"):
        del events[place]
    else:
        found.getparent().remove(found)


def json_events(data: Any) -> list[Any]:
    """The list of events of decoded JSON; an empty one where there is none."""
    body = data.get("epcisBody") if isinstance(data, dict) else None
    if isinstance(body, dict) and isinstance(body.get("queryResults"), dict):
        body = body["queryResults"].get("resultsBody")
    events = body.get("eventList") if isinstance(body, dict) else None
    return events if isinstance(events, list) else []


def write(
    events: Sequence[Written],
    media_type: str = "application/json",
    *,
    created: datetime,
    head: Mapping[str, Any] | None = None,
    master_data: Sequence[Mapping[str, Any]] = (),
    query: Mapping[str, Any] | None = None,
    epc_format: Format = "Never_Translates",
    web_words: bool = True,
    xml_version: str = "2.0",
) -> bytes:
    """A document, or with `query` a query document, of events.

    `epc_format` says how identifiers are written; `web_words` (XML) whether words of the vocabulary are web URIs.
    """
    events = [translated(event, epc_format) for event in events]
    if is_xml(media_type):
        return xml_writing.write(
            events,
            created=created,
            head=head,
            master_data=master_data,
            query=query,
            version=xml_version,
            web_words=web_words and xml_version == "2.0",
        )
    return jsonld.write(events, created=created, head=head, master_data=master_data, query=query)


def write_event(
    event: Written,
    media_type: str = "application/json",
    *,
    epc_format: Format = "Never_Translates",
    web_words: bool = True,
    xml_version: str = "2.0",
) -> bytes:
    """One bare event."""
    event = translated(event, epc_format)
    if is_xml(media_type):
        return xml_writing.write_event(event, xml_version, web_words=web_words and xml_version == "2.0")
    return jsonld.write_event(event)


class Translated(msgspec.Struct, frozen=True):
    """An event whose identifiers are written another way."""

    body: dict[str, Any]
    context: dict[str, str]


def translated(event: Written, epc_format: Format) -> Written:
    """The event with its identifiers as Digital Links or as URNs; what has no such form stays."""
    if epc_format == "Never_Translates":
        return event
    form = digital_link if epc_format == "Always_GS1_Digital_Link" else urn
    body = {name: _translate(name, value, form) for name, value in event.body.items()}
    return Translated(body, event.context)


def digital_link(uri: str) -> str:
    """An identifier as its canonical Digital Link; what is no GS1 key stays.

    >>> digital_link("urn:epc:id:sgtin:9521234.012345.7")
    'https://id.gs1.org/01/09521234123453/21/7'
    """
    return canonical(uri).id


def urn(uri: str) -> str:
    """An identifier as an EPC URN, where the length of its company prefix is known; else as it is."""
    if uri.startswith("urn:"):
        return uri
    try:
        return epc.to_urn(canonical(uri).id)
    except Malformed:
        return uri


_INNER = {"quantities": "epcClass", **TYPED}


def _translate(name: str, value: Any, form: Callable[[str], str]) -> Any:
    kind = FIELDS[name].kind if name in FIELDS else ""
    if kind == "epcs" and isinstance(value, list):
        return [form(each) if isinstance(each, str) else each for each in value]
    if name in ("parentID", "transformationID") and isinstance(value, str):
        return form(value)
    if kind == "place" and isinstance(value, dict):
        return _with(value, "id", form)
    if kind in _INNER and isinstance(value, list):
        return [_with(each, _INNER[kind], form) if isinstance(each, dict) else each for each in value]
    return value


def _with(given: dict[str, Any], name: str, form: Callable[[str], str]) -> dict[str, Any]:
    value = given.get(name)
    return {**given, name: form(value)} if isinstance(value, str) else given
