"""The JSON Schema of EPCIS 2.0 documents, made from the tables of fields; it behaves as the standard's version 2.0.1.

Formats (URI, date-time) are asserted. Each rule a person may break carries a tag (`$comment`), from which
`faults` tells in words what is wrong.
"""

from functools import cache
from typing import Any

import jsonschema_rs

from xilin.apps.trace.epcis import vocabulary
from xilin.apps.trace.epcis.fields import (
    ACTIONS,
    COMMON,
    EVENTS,
    FIELDS,
    REQUIRED,
    SENSOR_METADATA,
    SENSOR_REPORT,
    SENSOR_WORDS,
    Field,
)
from xilin.apps.trace.epcis.vocabulary import Words

Schema = dict[str, Any]

URI: Schema = {"$comment": "uri", "type": "string", "format": "uri"}
TIME: Schema = {"$comment": "time", "type": "string", "format": "date-time"}
NUMBER: Schema = {"$comment": "number", "type": "number"}
TEXT: Schema = {"$comment": "text", "type": "string"}
BOOLEAN: Schema = {"$comment": "boolean", "type": "boolean"}
HEX: Schema = {"$comment": "hex", "type": "string", "pattern": "^[A-Fa-f0-9]+$"}
UOM: Schema = {"$comment": "uom", "type": "string", "pattern": "^[A-Z0-9]{2,3}$"}
OFFSET: Schema = {
    "$comment": "offset",
    "type": "string",
    "pattern": "^[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)$",
}
VERSION: Schema = {"$comment": "version", "type": "string", "pattern": r"^\d+(\.\d+)*$"}
# A word of somebody else's vocabulary: any URI but the standard's own old URNs and its former web host.
OTHER: Schema = {
    "type": "string",
    "format": "uri",
    "pattern": r"^(?!urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)",
}
OTHER_VOC: Schema = {"type": "string", "format": "uri", "pattern": r"^(?!https?://(?:www\.)?gs1\.org/voc/)"}
CONTEXT: Schema = {
    "$comment": "context",
    "anyOf": [
        {"type": "string", "format": "uri"},
        {"type": "object"},
        {
            "type": "array",
            "uniqueItems": True,
            "items": {"anyOf": [{"type": "string", "format": "uri"}, {"type": "object"}]},
        },
    ],
}


def document() -> Schema:
    """The schema of whatever may be captured or answered: a document, a query document, or one bare event."""
    kinds = {name: {"$ref": f"#/definitions/{name}"} for name in ("EPCISDocument", "EPCISQueryDocument")}
    bare = {name: {"allOf": [{"$ref": f"#/definitions/{name}"}, _needs_context()]} for name in EVENTS}
    other = {"allOf": [{"$ref": "#/definitions/OtherEvent"}, _needs_context()]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": "document",
        "type": "object",
        "required": ["type"],
        "properties": {"type": TEXT},
        "allOf": _by_type(kinds | bare, other),
        "definitions": {
            "EPCISDocument": _epcis_document(),
            "EPCISQueryDocument": _query_document(),
            "eventList": {"$comment": "eventList", "type": "array", "items": {"$ref": "#/definitions/event"}},
            "event": event(),
            **{name: _event(name) for name in EVENTS},
            "OtherEvent": _other_event(),
            "vocabularyList": {"$comment": "list", "type": "array", "items": _vocabulary()},
            "sensorElement": _sensor_element(),
            "errorDeclaration": _error_declaration(),
            "ilmd": {
                "$comment": "ilmd",
                "type": "object",
                "propertyNames": {"$comment": "name", "type": "string", "format": "uri"},
            },
        },
    }


def event() -> Schema:
    """The schema of one event within a list, by its type."""
    kinds = {name: {"$ref": f"#/definitions/{name}"} for name in EVENTS}
    return {
        "$comment": "event",
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"$comment": "eventType", "type": "string"}},
        "allOf": _by_type(kinds, {"$ref": "#/definitions/OtherEvent"}),
    }


def _needs_context() -> Schema:
    return {"$comment": "bare", "type": "object", "required": ["@context"]}


def _by_type(kinds: dict[str, Schema], other: Schema) -> list[Schema]:
    """What holds for each value of `type`, and what for any other."""
    chosen = [
        {"if": {"properties": {"type": {"enum": [name]}}}, "then": schema} for name, schema in kinds.items()
    ]
    rest = {"if": {"not": {"properties": {"type": {"enum": list(kinds)}}}}, "then": other}
    return [*chosen, rest]


def _names(*names: str) -> Schema:
    """Which members are allowed: these, and any with a namespace."""
    return {"$comment": "name", "anyOf": [{"enum": list(names)}, {"type": "string", "format": "uri"}]}


def _object(
    tag: str, properties: Schema, *required: str, closed: bool = False, open_: bool = False
) -> Schema:
    """An object: closed (only these members), open (any member), else members with a namespace are allowed too."""
    found: Schema = {"$comment": tag, "type": "object", "properties": properties}
    if required:
        found["required"] = list(required)
    if closed:
        found["additionalProperties"] = False
    elif not open_:
        found["propertyNames"] = _names(*properties)
    return found


def _epcis_document() -> Schema:
    properties = {
        "@context": CONTEXT,
        "id": URI,
        "type": TEXT,
        "schemaVersion": VERSION,
        "creationDate": TIME,
        "instanceIdentifier": TEXT,
        "sender": TEXT,
        "receiver": TEXT,
        "epcisHeader": _object(
            "epcisHeader",
            {
                "epcisMasterData": _object(
                    "epcisMasterData",
                    {"vocabularyList": {"$ref": "#/definitions/vocabularyList"}},
                    open_=True,
                )
            },
        ),
        "epcisBody": _object(
            "epcisBody", {"eventList": {"$ref": "#/definitions/eventList"}}, "eventList", open_=True
        ),
    }
    return _object(
        "EPCISDocument", properties, "@context", "type", "schemaVersion", "creationDate", "epcisBody"
    )


def _query_document() -> Schema:
    results = _object(
        "resultsBody",
        {
            "eventList": {"$ref": "#/definitions/eventList"},
            "vocabularyList": {"$ref": "#/definitions/vocabularyList"},
        },
        "eventList",
    )
    answer = _object(
        "queryResults",
        {"queryName": TEXT, "subscriptionID": TEXT, "resultsBody": results},
        "queryName",
        "resultsBody",
    )
    properties = {
        "@context": CONTEXT,
        "id": URI,
        "type": TEXT,
        "schemaVersion": VERSION,
        "creationDate": TIME,
        "epcisBody": _object("epcisBody", {"queryResults": answer}, "queryResults"),
    }
    return _object("EPCISQueryDocument", properties, "@context", "type", "epcisBody")


def _vocabulary() -> Schema:
    attribute = _object(
        "attribute",
        {"id": URI, "attribute": {"$comment": "attributeValue", "type": ["number", "string", "object"]}},
        "id",
        open_=True,
    )
    element = _object(
        "vocabularyElement",
        {"id": URI, "attributes": _list(attribute), "children": _list(URI)},
        "id",
        open_=True,
    )
    return _object("vocabulary", {"type": URI, "vocabularyElementList": _list(element)}, "type", open_=True)


def _list(items: Schema, **more: Any) -> Schema:
    return {"$comment": "list", "type": "array", "items": items, **more}


def _word(words: Words) -> Schema:
    other = OTHER_VOC if words.web == vocabulary.VOC else OTHER
    return {
        "$comment": f"word {words.name}",
        "type": "string",
        "anyOf": [{"enum": list(words.words)}, other],
    }


def _quantity() -> Schema:
    return _object(
        "quantityElement", {"epcClass": URI, "quantity": NUMBER, "uom": UOM}, "epcClass", closed=True
    )


def _party(name: str) -> Schema:
    return _object(name, {"type": _word(vocabulary.PARTY), name: URI}, "type", name, closed=True)


def _persistent() -> Schema:
    states = _list(_word(vocabulary.DISPOSITION), minItems=1, uniqueItems=True)
    found = _object("persistentDisposition", {"set": states, "unset": states}, closed=True)
    return {**found, "anyOf": [{"required": ["set"]}, {"required": ["unset"]}]}


def _attributes(names: dict[str, str]) -> Schema:
    kinds = {"uri": URI, "time": TIME, "number": NUMBER, "text": TEXT, "boolean": BOOLEAN, "hex": HEX}
    kinds |= {kind: _word(words) for kind, words in SENSOR_WORDS.items()}
    return {name: kinds[kind] for name, kind in names.items()}


def _sensor_element() -> Schema:
    metadata = _object("sensorMetadata", _attributes(SENSOR_METADATA))
    report = _object("sensorReport", _attributes(SENSOR_REPORT), "type")
    return _object(
        "sensorElement",
        {"sensorMetadata": metadata, "sensorReport": _list(report, minItems=1)},
        "sensorReport",
    )


def _error_declaration() -> Schema:
    properties = {
        "declarationTime": TIME,
        "reason": _word(vocabulary.REASON),
        "correctiveEventIDs": _list(URI),
    }
    return _object("errorDeclaration", properties, "declarationTime")


def _certificates() -> Schema:
    return {"$comment": "certificates", "anyOf": [_list(URI), URI]}


def _kind(field: Field, unique: bool) -> Schema:
    """What a field's value must be."""
    if field.words and field.kind == "word":
        return _word(field.words)
    kinds: dict[str, Schema] = {
        "context": CONTEXT,
        "text": TEXT,
        "time": TIME,
        "offset": OFFSET,
        "uri": URI,
        "epcs": _list(URI, uniqueItems=True) if unique else _list(URI),
        "action": {"$comment": "action", "type": "string", "enum": list(ACTIONS)},
        "quantities": _list(_quantity()),
        "place": _object("place", {"id": URI}, "id", open_=True),
        "transactions": _list(
            _object(
                "bizTransaction",
                {"type": _word(vocabulary.TRANSACTION), "bizTransaction": URI},
                "bizTransaction",
                closed=True,
            )
        ),
        "sources": _list(_party("source")),
        "destinations": _list(_party("destination")),
        "sensors": _list({"$ref": "#/definitions/sensorElement"}),
        "persistent": _persistent(),
        "ilmd": {"$ref": "#/definitions/ilmd"},
        "certificates": _certificates(),
        "error": {"$ref": "#/definitions/errorDeclaration"},
    }
    return kinds[field.kind]


# 2.0.1 lets these types carry persistent dispositions but says nothing of their content.
_PERSISTENT_UNCHECKED = {"AggregationEvent", "TransactionEvent", "AssociationEvent"}
# Lists of things are sets in these types only.
_UNIQUE = {"ObjectEvent", "TransformationEvent"}


def _event(name: str) -> Schema:
    names = ("@context", "type", *COMMON, *EVENTS[name])
    properties = {each: _kind(FIELDS[each], name in _UNIQUE) for each in names}
    if name in _PERSISTENT_UNCHECKED:
        properties["persistentDisposition"] = {}
    if name == "TransactionEvent":
        properties["bizTransactionList"] = {**properties["bizTransactionList"], "minItems": 1}
    found = _object(name, properties, "type", "eventTime", "eventTimeZoneOffset", *REQUIRED[name])
    return {**found, "allOf": [_RULES[name]] + ([_ILMD] if name == "ObjectEvent" else [])}


def _other_event() -> Schema:
    """An event of a type of one's own: the common members, and anything."""
    properties = {each: _kind(FIELDS[each], False) for each in ("@context", *COMMON)}
    properties["type"] = {"$comment": "eventType", "type": "string", "format": "uri"}
    return _object("OtherEvent", properties, "type", "eventTime", "eventTimeZoneOffset", open_=True)


def _some(name: str) -> Schema:
    """A list that is there and not empty."""
    return {"required": [name], "properties": {name: {"minItems": 1}}}


_DELETE: Schema = {"properties": {"action": {"enum": ["DELETE"]}}}
_OUTPUTS = [_some("outputEPCList"), _some("outputQuantityList")]
_INPUTS = [_some("inputEPCList"), _some("inputQuantityList")]
_CHILDREN: Schema = {
    "$comment": "rule children",
    "anyOf": [_some("childEPCs"), _some("childQuantityList"), _DELETE],
}
# Instance and lot master data belong to things that begin.
_ILMD: Schema = {
    "$comment": "rule ilmd",
    "if": {"required": ["ilmd"]},
    "then": {"properties": {"action": {"enum": ["ADD"]}}},
}
_RULES: dict[str, Schema] = {
    "ObjectEvent": {
        "$comment": "rule objects",
        "anyOf": [
            {"required": ["epcList"]},
            _some("quantityList"),
            {"allOf": [_some("sensorElementList"), {"required": ["readPoint"]}]},
        ],
    },
    "AggregationEvent": _CHILDREN,
    "AssociationEvent": _CHILDREN,
    "TransactionEvent": {
        "$comment": "rule transaction",
        "anyOf": [{"required": ["epcList"]}, _some("quantityList"), _DELETE],
    },
    "TransformationEvent": {
        "$comment": "rule transformation",
        "anyOf": [
            {"allOf": [{"anyOf": _INPUTS}, {"anyOf": _OUTPUTS}]},
            {"allOf": [{"required": ["transformationID"]}, {"anyOf": [*_INPUTS, *_OUTPUTS]}]},
        ],
    },
}


@cache
def validator() -> jsonschema_rs.Draft7Validator:
    """The compiled schema of documents."""
    return jsonschema_rs.Draft7Validator(document(), validate_formats=True)


def is_valid(data: Any) -> bool:
    """Whether decoded JSON is an EPCIS document, query document or bare event."""
    return validator().is_valid(data)
