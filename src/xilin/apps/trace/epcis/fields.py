"""Which fields an event has, once: the JSON Schema, the XML checks, both writers and the hashes follow these tables."""

from typing import Literal, NamedTuple

from xilin.apps.trace.epcis import vocabulary
from xilin.apps.trace.epcis.vocabulary import Words

Kind = Literal[
    "time", "offset", "text", "uri", "uris", "epcs", "action", "word", "place", "quantities", "transactions",
    "sources", "destinations", "sensors", "persistent", "ilmd", "certificates", "error", "context", "any",
]  # fmt: skip


class Field(NamedTuple):
    """One field: its kind of value, and the word list its values come from."""

    name: str
    kind: Kind
    words: Words | None = None


FIELDS = {
    field.name: field
    for field in (
        Field("@context", "context"),
        Field("type", "text"),
        Field("eventTime", "time"),
        Field("recordTime", "time"),
        Field("eventTimeZoneOffset", "offset"),
        Field("eventID", "uri"),
        Field("errorDeclaration", "error"),
        Field("certificationInfo", "certificates"),
        Field("epcList", "epcs"),
        Field("parentID", "uri"),
        Field("childEPCs", "epcs"),
        Field("inputEPCList", "epcs"),
        Field("outputEPCList", "epcs"),
        Field("quantityList", "quantities"),
        Field("childQuantityList", "quantities"),
        Field("inputQuantityList", "quantities"),
        Field("outputQuantityList", "quantities"),
        Field("action", "action"),
        Field("transformationID", "uri"),
        Field("bizStep", "word", vocabulary.BIZ_STEP),
        Field("disposition", "word", vocabulary.DISPOSITION),
        Field("persistentDisposition", "persistent", vocabulary.DISPOSITION),
        Field("readPoint", "place"),
        Field("bizLocation", "place"),
        Field("bizTransactionList", "transactions", vocabulary.TRANSACTION),
        Field("sourceList", "sources", vocabulary.PARTY),
        Field("destinationList", "destinations", vocabulary.PARTY),
        Field("sensorElementList", "sensors"),
        Field("ilmd", "ilmd"),
    )
}
# What the items of lists with types are called, in JSON and in XML.
TYPED = {"transactions": "bizTransaction", "sources": "source", "destinations": "destination"}
ACTIONS = ("OBSERVE", "ADD", "DELETE")
# Members every event may have, in the order of XML 2.0.
COMMON = (
    "eventTime",
    "recordTime",
    "eventTimeZoneOffset",
    "eventID",
    "errorDeclaration",
    "certificationInfo",
)
_PLACE = ("bizStep", "disposition", "readPoint", "bizLocation")
_PARTIES = ("sourceList", "destinationList", "sensorElementList", "persistentDisposition")
# Members of each type after the common ones, in the order of XML 2.0; JSON has no order.
EVENTS: dict[str, tuple[str, ...]] = {
    "ObjectEvent": (
        "epcList", "action", *_PLACE, "bizTransactionList", "quantityList", *_PARTIES, "ilmd",
    ),
    "AggregationEvent": (
        "parentID", "childEPCs", "action", *_PLACE, "bizTransactionList", "childQuantityList", *_PARTIES,
    ),
    "TransactionEvent": (
        "bizTransactionList", "parentID", "epcList", "action", *_PLACE, "quantityList", *_PARTIES,
    ),
    "TransformationEvent": (
        "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", *_PLACE,
        "bizTransactionList", *_PARTIES, "ilmd",
    ),
    "AssociationEvent": (
        "parentID", "childEPCs", "childQuantityList", "action", *_PLACE, "bizTransactionList", *_PARTIES,
    ),
}  # fmt: skip
REQUIRED: dict[str, tuple[str, ...]] = {
    "ObjectEvent": ("action",),
    "AggregationEvent": ("action",),
    "TransactionEvent": ("bizTransactionList", "action"),
    "TransformationEvent": (),
    "AssociationEvent": ("action", "parentID"),
}

# Attributes of sensor data: name -> kind of value, in the order of the event hash.
SENSOR_METADATA: dict[str, str] = {
    "time": "time",
    "startTime": "time",
    "endTime": "time",
    "deviceID": "uri",
    "deviceMetadata": "uri",
    "rawData": "uri",
    "dataProcessingMethod": "uri",
    "bizRules": "uri",
}
SENSOR_REPORT: dict[str, str] = {
    "type": "measurement",
    "exception": "alert",
    "deviceID": "uri",
    "deviceMetadata": "uri",
    "rawData": "uri",
    "dataProcessingMethod": "uri",
    "time": "time",
    "microorganism": "uri",
    "chemicalSubstance": "uri",
    "value": "number",
    "component": "component",
    "stringValue": "text",
    "booleanValue": "boolean",
    "hexBinaryValue": "hex",
    "uriValue": "uri",
    "minValue": "number",
    "maxValue": "number",
    "meanValue": "number",
    "sDev": "number",
    "percRank": "number",
    "percValue": "number",
    "uom": "text",
    "coordinateReferenceSystem": "uri",
    "bizRules": "uri",
}
SENSOR_WORDS = {
    "measurement": vocabulary.MEASUREMENT,
    "alert": vocabulary.ALERT,
    "component": vocabulary.COMPONENT,
}
