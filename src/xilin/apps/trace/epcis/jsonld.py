"""EPCIS 2.0 documents in JSON, with the standard context, the simple one, and contexts of one's own; in and out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from xilin.apps.trace.epcis import facts, schema
from xilin.apps.trace.epcis.errors import Fault, Invalid
from xilin.apps.trace.epcis.events import Document, Event, Written
from xilin.apps.trace.epcis.faults import faults, not_json, pointer, too_deep
from xilin.apps.trace.epcis.names import STANDARD_CONTEXT, Names, is_simple, is_standard, prefixes
from xilin.apps.trace.epcis.names import of as names_of
from xilin.lib.text import Text

_DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument")


def decode(document: bytes) -> Any:
    """JSON as Python values; raises `Invalid` with the line for what isn't JSON."""
    if document.startswith(b"\xef\xbb\xbf"):
        document = document[3:]
    try:
        data = msgspec.json.decode(document)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Invalid([not_json(document, error)]) from error
    if not _shallow(document) and _deeper(data, DEEPEST):
        raise Invalid([too_deep(DEEPEST)])
    return data


# Extensions nest a few levels; what nests deeper only means to exhaust whoever reads it.
DEEPEST = 100
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


def _shallow(document: bytes) -> bool:
    """Whether a text plainly nests no deeper than documents do: its brackets vanish in a few rounds."""
    brackets = document.translate(None, _NO_BRACKET)
    for _ in range(16):
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return not brackets


def _deeper(data: Any, most: int) -> bool:
    """Whether a value nests deeper than so many levels; worked out without recursion."""
    level = [data]
    for _ in range(most):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def read(document: bytes, *, version: str = "2.0") -> Document:
    """The events of a JSON document and everything around them; raises `Invalid` with every fault found."""
    return of(decode(document), version=version)


def of(data: Any, *, version: str = "2.0") -> Document:
    """The same for JSON that is decoded already; `data` becomes part of the events and must not be changed later."""
    if isinstance(data, dict) and is_simple(data.get("@context")):
        _simplify(data)
    if not schema.is_valid(data):
        raise Invalid(faults(data))
    return _document(data, version)


def _document(data: dict[str, Any], version: str) -> Document:
    kind = data["type"]
    declared = prefixes(data.get("@context"))
    names = names_of(declared)
    if kind not in _DOCUMENTS:
        head = {"@context": data["@context"]}
        bare = {name: value for name, value in data.items() if name != "@context"}
        return Document("event", "2.0", (_event(bare, names, version, 0, ""),), head, declared)
    body = data["epcisBody"]
    query = None
    place = "/epcisBody/eventList"
    if kind == "EPCISQueryDocument":
        place = "/epcisBody/queryResults/resultsBody/eventList"
        results = body["queryResults"]
        query = {name: value for name, value in results.items() if name != "resultsBody"}
        query["call"] = "QueryResults"
        body = results["resultsBody"]
    # Beside events a body may have members of any kind.
    master = tuple(_objects(body.get("vocabularyList")) or _header_vocabularies(data))
    events = tuple(
        [_event(each, names, version, at, f"{place}/{at}") for at, each in enumerate(body["eventList"])]
    )
    head = {name: value for name, value in data.items() if name not in ("epcisBody", "type")}
    return Document(kind, str(data.get("schemaVersion", "2.0")), events, head, declared, master, query)


def _header_vocabularies(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    master = data.get("epcisHeader", {}).get("epcisMasterData", {})
    return list(master.get("vocabularyList", ()))


def _event(body: dict[str, Any], names: Names, version: str, at: int, place: str) -> Event:
    if "@context" in body:
        names = names_of({**names.declared, **prefixes(body["@context"], names.declared)})
    try:
        return facts.event(body, names, version)
    except ValueError as error:
        fault = Fault(
            code="time",
            place=place + _place_of(body, str(error)),
            what=Text(zh=f"没有“{error}”这个时间", en=f"There is no such time as “{error}”"),
            remedy=Text(zh="改正年份", en="Correct the year"),
            event=at,
        )
        raise Invalid([fault]) from error


def _place_of(value: Any, text: str) -> str:
    """The pointer from a value to the first text within that is this one; "" where there is none."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        if inner == text:
            return pointer([key])
        if isinstance(inner, dict | list) and (found := _place_of(inner, text)):
            return pointer([key]) + found
    return ""


def _simplify(data: dict[str, Any]) -> None:
    """Make of the forms usual under the simple context what they stand for: blank names, numbers, types of parts."""
    if isinstance(data.get("id"), str) and data["id"].startswith("_:"):
        data["id"] = "urn:x-blank:" + data["id"][2:]
    if isinstance(data.get("schemaVersion"), int | float):
        data["schemaVersion"] = str(data["schemaVersion"])
    for event in _events(data):
        for element in _objects(event.get("sensorElementList")):
            element.pop("type", None)
        for report in _reports(event):
            _plain_measurement(report)


def _plain_measurement(report: dict[str, Any]) -> None:
    for name in ("type", "exception"):
        value = report.get(name)
        if isinstance(value, str) and value.startswith("gs1:"):
            report[name] = value[4:]


def _reports(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    elements = _objects(event.get("sensorElementList"))
    return [report for element in elements for report in _objects(element.get("sensorReport"))]


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _events(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    body = data.get("epcisBody")
    if not isinstance(body, dict):
        return [data] if isinstance(data, dict) else []
    events = body.get("eventList")
    if events is None and isinstance(body.get("queryResults"), dict):
        results = body["queryResults"].get("resultsBody")
        events = results.get("eventList") if isinstance(results, dict) else None
    return _objects(events)


def write(
    events: Sequence[Written],
    *,
    created: datetime,
    head: Mapping[str, Any] | None = None,
    master_data: Sequence[Mapping[str, Any]] = (),
    query: Mapping[str, Any] | None = None,
) -> bytes:
    """A document (or with `query`, a query document) of events as EPCIS 2.0 JSON."""
    return msgspec.json.encode(
        as_document(events, created=created, head=head, master_data=master_data, query=query)
    )


def as_document(
    events: Sequence[Written],
    *,
    created: datetime,
    head: Mapping[str, Any] | None = None,
    master_data: Sequence[Mapping[str, Any]] = (),
    query: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The same as Python values."""
    given = dict(head or {})
    shared, bodies = together(events)
    context = given.pop("@context", None)
    found: dict[str, Any] = {
        "@context": contexts(context, shared),
        "type": "EPCISQueryDocument" if query is not None else "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created.isoformat(),
        **{name: value for name, value in given.items() if name not in ("schemaVersion", "type")},
    }
    body: dict[str, Any] = {"eventList": bodies}
    if query is not None:
        if master_data:
            body["vocabularyList"] = list(master_data)
        answer = {name: value for name, value in query.items() if name != "call"}
        found["epcisBody"] = {"queryResults": {**answer, "resultsBody": body}}
        for name in ("instanceIdentifier", "sender", "receiver", "epcisHeader"):
            found.pop(name, None)
        return found
    if master_data and "epcisHeader" not in found:
        found["epcisHeader"] = {"epcisMasterData": {"vocabularyList": list(master_data)}}
    found["epcisBody"] = body
    return found


def write_event(event: Written) -> bytes:
    """One bare event as EPCIS 2.0 JSON, with its own context."""
    body = {name: value for name, value in event.body.items() if name != "@context"}
    return msgspec.json.encode({"@context": contexts(event.body.get("@context"), event.context), **body})


def contexts(given: Any, declared: Mapping[str, str]) -> list[Any]:
    """A `@context`: what was given, the standard's, and a declaration of every prefix that isn't declared yet."""
    parts = list(given) if isinstance(given, list) else [] if given is None else [given]
    if not any(isinstance(part, str) and is_standard(part) for part in parts):
        parts.insert(0, STANDARD_CONTEXT)
    there = prefixes(parts)
    new = {name: uri for name, uri in declared.items() if there.get(name) != uri}
    return [*parts, new] if new else parts


def together(events: Sequence[Written]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Prefixes that every event declares alike, and the events' bodies, each with what it alone declares.

    What one event declares must not reach another: there the same letters may be another prefix, or none.
    """
    shared = dict(events[0].context) if events else {}
    for event in events:
        if event.context != shared:
            shared = {name: uri for name, uri in shared.items() if event.context.get(name) == uri}
    return shared, [_with_own(event, shared) for event in events]


def _with_own(event: Written, shared: Mapping[str, str]) -> dict[str, Any]:
    """An event's body that declares every prefix of the event that isn't shared."""
    body = event.body
    if len(event.context) == len(shared):
        return body
    given = body.get("@context")
    declared = prefixes(given)
    own = {
        name: uri
        for name, uri in event.context.items()
        # What the event declares by a prefix of the document it came in is written out again.
        if declared.get(name, shared.get(name)) != uri
    }
    if not own:
        return body
    parts = given if isinstance(given, list) else [] if given is None else [given]
    return {**body, "@context": [*parts, own]}
