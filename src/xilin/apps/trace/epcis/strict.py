"""The pre-hash string of an event by the rules of CBV 2.0, section 8.9, with every name and value written out.

Unlike the reference implementation (see `compat`), the result does not depend on the syntax the event came in:
bare words, CURIEs, URNs and web URIs of one word are one value, XML and JSON of one event are one string.
Version 2.1 names GS1's web vocabulary at its new host and says so in the suffix of the hash.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from xilin.apps.trace.epcis import vocabulary
from xilin.apps.trace.epcis.fields import EVENTS, SENSOR_METADATA, SENSOR_REPORT, SENSOR_WORDS
from xilin.apps.trace.epcis.names import COMMENTS, MOST, Names, stamp, told
from xilin.apps.trace.epcis.vocabulary import Words

Body = Mapping[str, Any]

# Members that never take part, or are written first.
_OUT = {
    "@context",
    "type",
    "eventTime",
    "recordTime",
    "eventTimeZoneOffset",
    "eventID",
    "errorDeclaration",
    "isA",
}
_NEW_VOC = "https://ref.gs1.org/voc/"


def ni(prehash: str, version: str = "2.0") -> str:
    """The event hash as a named-information URI (RFC 6920)."""
    if version == "2.1":
        prehash = prehash.replace(vocabulary.VOC, _NEW_VOC)
    return f"ni:///sha-256;{hashlib.sha256(prehash.encode()).hexdigest()}?ver=CBV{version}"


def prehash(body: Body, names: Names, at: datetime | None = None) -> str:
    """The pre-hash string of an event given as EPCIS 2.0 JSON; `at` is its time if that is known already."""
    time = told(at) if at else stamp(body["eventTime"])
    kind = names.event_type(str(body.get("type", "")))
    parts = [f"eventType={kind}eventTime={time}eventTimeZoneOffset={body['eventTimeZoneOffset']}"]
    seen = {"type", "eventTime", "eventTimeZoneOffset"}
    for name, write in _BY_TYPE.get(kind, _WRITERS):
        value = body.get(name)
        if value is not None and (known := write(name, value, names)) is not None:
            parts.append(known)
            seen.add(name)
    if len(seen) < len(body):
        rest = ((n, v) for n, v in body.items() if n not in seen and n not in _OUT)
        parts += _extensions(rest, names)
    return "".join(parts)


def _extensions(members: Iterable[tuple[str, Any]], names: Names) -> list[str]:
    """Members that aren't the standard's, written out and in order."""
    found: list[str] = []
    for name, value in members:
        if not name.startswith("@") or name == "@id":
            found += _member(names.name(name), value, names)
    found.sort()
    return found


def _member(name: str, value: Any, names: Names) -> list[str]:
    """One member as the strings it becomes: one for each item of a list, none for nothing said."""
    if name in COMMENTS or value is None:
        return []
    if isinstance(value, list):
        return [text for item in value for text in _member(name, item, names)]
    if isinstance(value, dict):
        inner = _object(value, names)
        return [name + inner] if inner else []
    # An empty element of XML says as little as a member that isn't there.
    text = names.scalar(value)
    return [f"{name}={text}"] if text else []


def _object(value: Body, names: Names) -> str:
    """What follows the name of an object: its own text if it has any, then its members in order."""
    if "@value" in value:
        said = names.scalar(value["@value"])
        return f"={said}" if said else ""
    text = value.get("#text")
    own = f"={names.scalar(text)}" if text not in (None, "") else ""
    members: list[str] = []
    for key, inner in value.items():
        if key == "#text" or key in ("@type", "@language", "@context"):
            continue
        # An attribute of XML counts as the member it would be.
        plain = key[1:] if key.startswith("@") else key
        members += _member(names.name(plain), inner, names)
    members.sort()
    return own + "".join(members)


def _all(kind: type, items: list[Any]) -> bool:
    return {kind}.issuperset(map(type, items))


def _uri(name: str, value: Any, names: Names) -> str | None:
    return f"{name}={names.uri(value)}" if isinstance(value, str) else None


def _text(name: str, value: Any, names: Names) -> str | None:
    return f"{name}={value.strip()}" if isinstance(value, str) else None


def _certificates(name: str, value: Any, names: Names) -> str | None:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        return None
    return "".join(sorted(f"{name}={names.uri(item)}" for item in items))


def _epcs(name: str, value: Any, names: Names) -> str | None:
    if not isinstance(value, list) or not _all(str, value):
        return None
    if not value:
        return ""
    if len(value) == 1:
        return f"{name}epc={names.uri(value[0])}"
    uris = sorted({names.uri(item) for item in value})
    return f"{name}epc=" + "epc=".join(uris)


def _quantities(name: str, value: Any, names: Names) -> str | None:
    if not isinstance(value, list) or not _all(dict, value):
        return None
    found = []
    for item in value:
        text = "quantityElement"
        for field, form in (("epcClass", names.uri), ("quantity", names.scalar), ("uom", str.strip)):
            if (inner := item.get(field)) is not None:
                text += f"{field}={form(inner)}"
        found.append(text)
    found.sort()
    return name + "".join(found) if found else ""


def _word(words: Words) -> Any:
    def write(name: str, value: Any, names: Names) -> str | None:
        return f"{name}={names.word(words, value)}" if isinstance(value, str) else None

    return write


def _persistent(name: str, value: Any, names: Names) -> str | None:
    if not isinstance(value, dict) or not value.keys() <= {"set", "unset"}:
        return None
    found = []
    for field in ("set", "unset"):
        states = value.get(field) or []
        if not isinstance(states, list) or not all(isinstance(s, str) for s in states):
            return None
        found += sorted(f"{field}={names.word(vocabulary.DISPOSITION, s)}" for s in states)
    return name + "".join(found) if found else ""


def _place(name: str, value: Any, names: Names) -> str | None:
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        return None
    found = f"{name}id={names.uri(value['id'])}"
    if len(value) > 1:
        found += "".join(_extensions(((n, v) for n, v in value.items() if n not in ("id", "type")), names))
    return found


def _typed(item_name: str, words: Words) -> Any:
    """Business transactions, sources, destinations: the type, then the value. The same ones recur in a document."""
    hashed = f"hashed {item_name}"

    def write(name: str, value: Any, names: Names) -> str | None:
        if not isinstance(value, list) or not _all(dict, value):
            return None
        found = [one(item.get("type"), item.get(item_name), names) for item in value]
        found.sort()
        return name + "".join(found) if found else ""

    def one(kind: Any, inner: Any, names: Names) -> str:
        if not isinstance(inner, str) or not (kind is None or isinstance(kind, str)):
            return worked_out(kind, inner, names)
        text: str | None = names.recurring.get((hashed, kind, inner))
        if text is None:
            text = worked_out(kind, inner, names)
            if len(names.recurring) < MOST:
                names.recurring[hashed, kind, inner] = text
        return text

    def worked_out(kind: Any, inner: Any, names: Names) -> str:
        text = f"type={names.word(words, kind)}" if isinstance(kind, str) else ""
        return f"{text}{item_name}={names.uri(inner)}" if isinstance(inner, str) else text

    return write


def _sensors(name: str, value: Any, names: Names) -> str | None:
    if not isinstance(value, list) or not _all(dict, value):
        return None
    found = sorted("sensorElement" + _sensor_element(item, names) for item in value)
    return name + "".join(found) if found else ""


def _sensor_element(element: Body, names: Names) -> str:
    text = ""
    metadata = element.get("sensorMetadata")
    if isinstance(metadata, dict) and (said := _attributes(metadata, SENSOR_METADATA, names)):
        text = "sensorMetadata" + said
    reports = element.get("sensorReport") or []
    if isinstance(reports, list):
        text += "".join(
            sorted(
                "sensorReport" + _attributes(r, SENSOR_REPORT, names) for r in reports if isinstance(r, dict)
            )
        )
    known = ("sensorMetadata", "sensorReport", "type", "id")
    return text + "".join(_extensions(((n, v) for n, v in element.items() if n not in known), names))


def _attributes(given: Body, fields: Mapping[str, str], names: Names) -> str:
    text, count = "", 0
    for field, kind in fields.items():
        value = given.get(field)
        if value is None:
            continue
        count += 1
        text += f"{field}={_attribute(kind, value, names)}"
    if count < len(given):
        # `type` of metadata and `@...` belong to JSON-LD, not to the event.
        rest = ((n, v) for n, v in given.items() if n not in fields and n not in ("type", "id"))
        text += "".join(_extensions(rest, names))
    return text


def _attribute(kind: str, value: Any, names: Names) -> str:
    if isinstance(value, str):
        if kind == "time":
            return stamp(value)
        if kind in SENSOR_WORDS:
            return names.word(SENSOR_WORDS[kind], value)
        if kind == "uri":
            return names.uri(value)
        return value.strip()
    return names.scalar(value)


def _ilmd(name: str, value: Any, names: Names) -> str | None:
    if not isinstance(value, dict):
        return None
    found = _extensions(((n, v) for n, v in value.items() if n != "type"), names)
    return name + "".join(found) if found else ""


_WRITERS = (
    ("certificationInfo", _certificates),
    ("parentID", _uri),
    ("epcList", _epcs),
    ("inputEPCList", _epcs),
    ("childEPCs", _epcs),
    ("quantityList", _quantities),
    ("childQuantityList", _quantities),
    ("inputQuantityList", _quantities),
    ("outputEPCList", _epcs),
    ("outputQuantityList", _quantities),
    ("action", _text),
    ("transformationID", _uri),
    ("bizStep", _word(vocabulary.BIZ_STEP)),
    ("disposition", _word(vocabulary.DISPOSITION)),
    ("persistentDisposition", _persistent),
    ("readPoint", _place),
    ("bizLocation", _place),
    ("bizTransactionList", _typed("bizTransaction", vocabulary.TRANSACTION)),
    ("sourceList", _typed("source", vocabulary.PARTY)),
    ("destinationList", _typed("destination", vocabulary.PARTY)),
    ("sensorElementList", _sensors),
    ("ilmd", _ilmd),
)
# Those of the members each type of the standard may have.
_BY_TYPE = {
    kind: tuple(pair for pair in _WRITERS if pair[0] in (*fields, "certificationInfo"))
    for kind, fields in EVENTS.items()
}
