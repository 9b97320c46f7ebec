"""What stands in an EPCIS XML document, in which order and how often: version 2.0, and 1.2 with its `extension` wrappers.

The tables follow `fields`; `xml_checks` walks a document by them. A kind in small letters is a simple value, one that
begins with a capital is another shape.
"""

from typing import NamedTuple

from xilin.apps.trace.epcis.fields import EVENTS, FIELDS, REQUIRED, SENSOR_METADATA, SENSOR_REPORT

EPCIS2 = "urn:epcglobal:epcis:xsd:2"
EPCIS1 = "urn:epcglobal:epcis:xsd:1"
QUERY2 = "urn:epcglobal:epcis-query:xsd:2"
QUERY1 = "urn:epcglobal:epcis-query:xsd:1"
MASTER2 = "urn:epcglobal:epcis-masterdata:xsd:2"
MASTER1 = "urn:epcglobal:epcis-masterdata:xsd:1"
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
OURS = frozenset({EPCIS1, EPCIS2, QUERY1, QUERY2, MASTER1, MASTER2})
VERSIONS = {EPCIS2: "2.0", QUERY2: "2.0", MASTER2: "2.0", EPCIS1: "1.2", QUERY1: "1.2", MASTER1: "1.2"}
# The namespaces of a version: of documents and events, of queries, of master data.
SPACES: dict[str, dict[str, str]] = {
    "2.0": {"epcis": EPCIS2, "query": QUERY2, "master": MASTER2},
    "1.2": {"epcis": EPCIS1, "query": QUERY1, "master": MASTER1},
}

MANY = 1_000_000


class Part(NamedTuple):
    """One child element: its name, what it holds, how often it stands there."""

    name: str
    kind: str
    least: int = 1
    most: int = 1


class Attribute(NamedTuple):
    """One attribute: its name, its kind of value, and whether it must be there."""

    name: str
    kind: str
    required: bool = False


class Shape(NamedTuple):
    """What an element holds.

    `parts` stand in this order, or with `free` in any and any number of times; with `one` exactly one of them. `other`
    lets elements of other namespaces follow, `local` elements without one; other is every namespace but the one in which
    the shape is defined (`space`, a key of `SPACES`). `attributes` are the known ones, `more` lets others' stand there
    too; `text` is the kind of its text where it has one; `least` is how many elements there must be.
    """

    parts: tuple[Part, ...] = ()
    other: bool = False
    local: bool = False
    free: bool = False
    one: bool = False
    attributes: tuple[Attribute, ...] = ()
    more: bool = True
    text: str | None = None
    least: int = 0
    space: str = "epcis"


# Kinds of fields -> kinds of XML.
_KINDS = {
    "time": "stamp",
    "offset": "offset",
    "uri": "uri",
    "action": "action",
    "word": "uri",
    "certificates": "uri",
    "error": "ErrorDeclaration",
    "epcs": "EPCList",
    "quantities": "QuantityList",
    "place": "Place",
    "transactions": "BizTransactionList",
    "sources": "SourceList",
    "destinations": "DestinationList",
    "sensors": "SensorElementList",
    "persistent": "PersistentDisposition",
    "ilmd": "Ilmd",
}
_SENSOR_KINDS = {
    "time": "stamp", "uri": "uri", "measurement": "uri", "alert": "uri", "component": "uri", "number": "double",
    "text": "string", "boolean": "boolean", "hex": "hex",
}  # fmt: skip
_LAX = Part("extension", "LocalExtension", 0)
_DOCUMENT = (Attribute("schemaVersion", "decimal", True), Attribute("creationDate", "dateTime", True))


def _part(name: str, least: int) -> Part:
    # A document in JSON may carry several certificates; so many elements carry them here.
    most = MANY if name == "certificationInfo" else 1
    return Part(name, _KINDS[FIELDS[name].kind], least, most)


def _sensor(names: dict[str, str]) -> Shape:
    found = [Attribute(name, _SENSOR_KINDS[kind]) for name, kind in names.items()]
    return Shape(attributes=tuple(found), text="string")


def _documents(body: str, space: str) -> Shape:
    parts = (Part("EPCISHeader", "EPCISHeader", 0), Part("EPCISBody", body), _LAX)
    return Shape(parts, other=True, attributes=_DOCUMENT, space=space)


# What a service transaction of the business document header may ask for.
_TRANSACTION = (
    "IsNonRepudiationRequired", "IsAuthenticationRequired", "IsNonRepudiationOfReceiptRequired",
    "IsIntegrityCheckRequired", "IsApplicationErrorResponseRequested", "TimeToAcknowledgeReceipt",
    "TimeToAcknowledgeAcceptance", "TimeToPerform", "Recurrence",
)  # fmt: skip

COMMON_SHAPES: dict[str, Shape] = {
    "EPCISDocument": _documents("EPCISBody", "epcis"),
    "EPCISQueryDocument": _documents("QueryBody", "query"),
    "EPCISMasterDataDocument": _documents("MasterDataBody", "master"),
    "EPCISHeader": Shape(
        (
            Part(f"{{{SBDH}}}StandardBusinessDocumentHeader", "Sbdh", 0),
            Part("extension", "HeaderExtension", 0),
        )
    ),
    "HeaderExtension": Shape((Part("EPCISMasterData", "EPCISMasterData", 0), _LAX)),
    "EPCISMasterData": Shape((Part("VocabularyList", "VocabularyList"), _LAX), more=False),
    "VocabularyList": Shape((Part("Vocabulary", "Vocabulary", 0, MANY),), more=False),
    "Vocabulary": Shape(
        (Part("VocabularyElementList", "VocabularyElementList", 0), _LAX),
        other=True,
        attributes=(Attribute("type", "uri", True),),
    ),
    "VocabularyElementList": Shape((Part("VocabularyElement", "VocabularyElement", 1, MANY),), more=False),
    "VocabularyElement": Shape(
        (Part("attribute", "Attribute", 0, MANY), Part("children", "Children", 0), _LAX),
        other=True,
        attributes=(Attribute("id", "uri", True),),
    ),
    "Attribute": Shape(other=True, local=True, attributes=(Attribute("id", "uri", True),), text="string"),
    "Children": Shape((Part("id", "uri", 0, MANY),)),
    "EPCISBody": Shape((Part("EventList", "EventList", 0), _LAX), other=True),
    "MasterDataBody": Shape((Part("VocabularyList", "VocabularyList", 0), _LAX), other=True, space="master"),
    "LocalExtension": Shape(local=True, least=1),
    "OtherExtension": Shape(other=True, least=1),
    "EPCList": Shape((Part("epc", "string", 0, MANY),), more=False),
    "QuantityList": Shape((Part("quantityElement", "QuantityElement", 0, MANY),), more=False),
    "QuantityElement": Shape(
        (Part("epcClass", "uri"), Part("quantity", "decimal", 0), Part("uom", "string", 0)), more=False
    ),
    "Place": Shape((Part("id", "uri"), _LAX), other=True, more=False),
    "BizTransactionList": Shape((Part("bizTransaction", "BizTransaction", 1, MANY),), more=False),
    "BizTransaction": Shape(attributes=(Attribute("type", "uri"),), more=False, text="uri"),
    "SourceList": Shape((Part("source", "SourceDest", 1, MANY),), more=False),
    "DestinationList": Shape((Part("destination", "SourceDest", 1, MANY),), more=False),
    "SourceDest": Shape(attributes=(Attribute("type", "uri", True),), more=False, text="uri"),
    "SensorElementList": Shape((Part("sensorElement", "SensorElement", 1, MANY), _LAX), more=False),
    "SensorElement": Shape(
        (Part("sensorMetadata", "SensorMetadata", 0), Part("sensorReport", "SensorReport", 1, MANY), _LAX),
        other=True,
        more=False,
    ),
    "SensorMetadata": _sensor(SENSOR_METADATA),
    "SensorReport": _sensor({name: kind for name, kind in SENSOR_REPORT.items() if name != "bizRules"}),
    "PersistentDisposition": Shape((Part("unset", "uri", 0, MANY), Part("set", "uri", 0, MANY)), more=False),
    "Ilmd": Shape((_LAX,), other=True),
    "ErrorDeclaration": Shape(
        (
            Part("declarationTime", "stamp"),
            Part("reason", "uri", 0),
            Part("correctiveEventIDs", "CorrectiveEventIDs", 0),
            _LAX,
        ),
        other=True,
        free=True,
    ),
    "CorrectiveEventIDs": Shape((Part("correctiveEventID", "uri", 0, MANY),), more=False),
    # -- the capture job and problems -----------------------------------------------------------------------------
    "EPCISCaptureJob": Shape(
        (
            Part("captureErrorBehaviour", "behaviour"),
            Part("createdAt", "stamp", 0),
            Part("finishedAt", "stamp", 0),
            Part("errors", "Errors", 0),
            Part("errorFile", "uri", 0),
        ),
        other=True,
        attributes=(
            Attribute("running", "boolean", True),
            Attribute("success", "boolean", True),
            Attribute("captureID", "string", True),
        ),
    ),
    "Errors": Shape((Part("error", "Problem", 1, MANY),), more=False),
    "Problem": Shape(
        (
            Part("type", "uri"),
            Part("title", "string"),
            Part("status", "int", 0),
            Part("detail", "string", 0),
            Part("instance", "uri", 0),
        ),
        other=True,
        more=False,
    ),
    # -- queries --------------------------------------------------------------------------------------------------
    "Empty": Shape(more=False),
    "Strings": Shape((Part("string", "string", 0, MANY),), more=False),
    "Subscribe": Shape(
        (
            Part("queryName", "string"),
            Part("params", "QueryParams"),
            Part("dest", "uri"),
            Part("controls", "SubscriptionControls"),
            Part("subscriptionID", "string"),
        ),
        more=False,
    ),
    "SubscriptionID": Shape((Part("subscriptionID", "string"),), more=False),
    "QueryName": Shape((Part("queryName", "string"),), more=False),
    "Poll": Shape((Part("queryName", "string"), Part("params", "QueryParams")), more=False),
    "SubscriptionControls": Shape(
        (
            Part("schedule", "QuerySchedule", 0),
            Part("trigger", "uri", 0),
            Part("initialRecordTime", "stamp", 0),
            Part("reportIfEmpty", "boolean"),
            _LAX,
        ),
        other=True,
        more=False,
        space="query",
    ),
    "QuerySchedule": Shape(
        (
            *(Part(n, "string", 0) for n in ("second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek")),
            _LAX,
        ),
        other=True,
        more=False,
        space="query",
    ),
    "QueryParams": Shape((Part("param", "QueryParam", 0, MANY),), more=False),
    "QueryParam": Shape((Part("name", "string"), Part("value", "Anything")), more=False),
    "Anything": Shape(other=True, local=True, text="string"),
    "QueryResults": Shape(
        (
            Part("queryName", "string"),
            Part("subscriptionID", "string", 0),
            Part("resultsBody", "ResultsBody"),
            _LAX,
        ),
        other=True,
        more=False,
        space="query",
    ),
    "ResultsBody": Shape(
        (Part("EventList", "EventList"), Part("VocabularyList", "VocabularyList")), one=True, more=False
    ),
    "Exception": Shape((Part("reason", "string"),), more=False),
    "QueryTooLargeException": Shape(
        (Part("reason", "string"), Part("queryName", "string", 0), Part("subscriptionID", "string", 0)),
        more=False,
    ),
    "ImplementationException": Shape(
        (
            Part("reason", "string"),
            Part("severity", "severity"),
            Part("queryName", "string", 0),
            Part("subscriptionID", "string", 0),
        ),
        more=False,
    ),
    # -- the business document header -----------------------------------------------------------------------------
    "Sbdh": Shape(
        (
            Part(f"{{{SBDH}}}HeaderVersion", "string"),
            Part(f"{{{SBDH}}}Sender", "Partner", 1, MANY),
            Part(f"{{{SBDH}}}Receiver", "Partner", 1, MANY),
            Part(f"{{{SBDH}}}DocumentIdentification", "DocumentIdentification"),
            Part(f"{{{SBDH}}}Manifest", "Manifest", 0),
            Part(f"{{{SBDH}}}BusinessScope", "BusinessScope", 0),
        ),
        more=False,
    ),
    "Partner": Shape(
        (
            Part(f"{{{SBDH}}}Identifier", "Identifier"),
            Part(f"{{{SBDH}}}ContactInformation", "ContactInformation", 0, MANY),
        ),
        more=False,
    ),
    "Identifier": Shape(attributes=(Attribute("Authority", "string"),), more=False, text="string"),
    "ContactInformation": Shape(
        (
            Part(f"{{{SBDH}}}Contact", "string"),
            *(
                Part(f"{{{SBDH}}}{n}", "string", 0)
                for n in ("EmailAddress", "FaxNumber", "TelephoneNumber", "ContactTypeIdentifier")
            ),
        ),
        more=False,
    ),
    "DocumentIdentification": Shape(
        (
            *(
                Part(f"{{{SBDH}}}{n}", "string")
                for n in ("Standard", "TypeVersion", "InstanceIdentifier", "Type")
            ),
            Part(f"{{{SBDH}}}MultipleType", "boolean", 0),
            Part(f"{{{SBDH}}}CreationDateAndTime", "dateTime"),
        ),
        more=False,
    ),
    "Manifest": Shape(
        (
            Part(f"{{{SBDH}}}NumberOfItems", "integer"),
            Part(f"{{{SBDH}}}ManifestItem", "ManifestItem", 1, MANY),
        ),
        more=False,
    ),
    "ManifestItem": Shape(
        (
            Part(f"{{{SBDH}}}MimeTypeQualifierCode", "string"),
            Part(f"{{{SBDH}}}UniformResourceIdentifier", "uri"),
            Part(f"{{{SBDH}}}Description", "string", 0),
            Part(f"{{{SBDH}}}LanguageCode", "string", 0),
        ),
        more=False,
    ),
    "BusinessScope": Shape((Part(f"{{{SBDH}}}Scope", "Scope", 0, MANY),), more=False),
    "Scope": Shape(
        (
            Part(f"{{{SBDH}}}Type", "string"),
            Part(f"{{{SBDH}}}InstanceIdentifier", "string"),
            Part(f"{{{SBDH}}}Identifier", "string", 0),
            Part(f"{{{SBDH}}}ScopeInformation", "Foreign", 0, MANY),
        ),
        more=False,
    ),
    "CorrelationInformation": Shape(
        (
            Part(f"{{{SBDH}}}RequestingDocumentCreationDateTime", "dateTime", 0),
            Part(f"{{{SBDH}}}RequestingDocumentInstanceIdentifier", "string", 0),
            Part(f"{{{SBDH}}}ExpectedResponseDateTime", "dateTime", 0),
        ),
        more=False,
    ),
    "BusinessService": Shape(
        (
            Part(f"{{{SBDH}}}BusinessServiceName", "string", 0),
            Part(f"{{{SBDH}}}ServiceTransaction", "ServiceTransaction", 0),
        ),
        more=False,
    ),
    "ServiceTransaction": Shape(
        attributes=(
            Attribute("TypeOfServiceTransaction", "transaction"),
            *(Attribute(name, "string") for name in _TRANSACTION),
        ),
        more=False,
    ),
    "Foreign": Shape(other=True, local=True, text="string"),
}

# Elements a query document's body may hold, and their shapes; they carry the namespace of queries.
QUERY_ELEMENTS: dict[str, str] = {
    "GetQueryNames": "Empty",
    "GetQueryNamesResult": "Strings",
    "Subscribe": "Subscribe",
    "SubscribeResult": "Empty",
    "Unsubscribe": "SubscriptionID",
    "UnsubscribeResult": "Empty",
    "GetSubscriptionIDs": "QueryName",
    "GetSubscriptionIDsResult": "Strings",
    "Poll": "Poll",
    "GetStandardVersion": "Empty",
    "GetStandardVersionResult": "string",
    "GetVendorVersion": "Empty",
    "GetVendorVersionResult": "string",
    **dict.fromkeys(
        (
            "DuplicateNameException", "InvalidURIException", "NoSuchNameException", "NoSuchSubscriptionException",
            "DuplicateSubscriptionException", "QueryParameterException", "QueryTooComplexException",
            "SubscriptionControlsException", "SubscribeNotPermittedException", "SecurityException",
            "ValidationException",
        ),
        "Exception",
    ),
    "QueryTooLargeException": "QueryTooLargeException",
    "ImplementationException": "ImplementationException",
    "QueryResults": "QueryResults",
}  # fmt: skip


def _events2() -> dict[str, Shape]:
    common = (
        _part("eventTime", 1),
        _part("recordTime", 0),
        _part("eventTimeZoneOffset", 1),
        _part("eventID", 0),
        _part("errorDeclaration", 0),
        _part("certificationInfo", 0),
        Part("baseExtension", "OtherExtension", 0),
    )
    found = {}
    for name, fields in EVENTS.items():
        own = tuple(_part(field, int(field in REQUIRED[name])) for field in fields)
        found[name] = Shape((*common, *own, Part("extension", "OtherExtension", 0)), other=True)
    parts = tuple(Part(name, name, 0, MANY) for name in EVENTS)
    found["EventList"] = Shape((*parts, Part("extension", "OtherExtension", 0, MANY)), free=True)
    return found


_PLACE = ("bizStep", "disposition", "readPoint", "bizLocation", "bizTransactionList")
# Members of 1.2 events: those of the event itself, those in its extension.
_OLD: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ObjectEvent": (
        ("epcList", "action", *_PLACE),
        ("quantityList", "sourceList", "destinationList", "ilmd"),
    ),
    "AggregationEvent": (
        ("parentID", "childEPCs", "action", *_PLACE),
        ("childQuantityList", "sourceList", "destinationList"),
    ),
    "TransactionEvent": (
        ("bizTransactionList", "parentID", "epcList", "action", *_PLACE[:4]),
        ("quantityList", "sourceList", "destinationList"),
    ),
    "TransformationEvent": (
        (
            "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID",
            *_PLACE, "sourceList", "destinationList", "ilmd",
        ),
        (),
    ),
}  # fmt: skip
_OLD_REQUIRED = {
    "ObjectEvent": ("epcList", "action"),
    "AggregationEvent": ("childEPCs", "action"),
    "TransactionEvent": ("bizTransactionList", "epcList", "action"),
    "TransformationEvent": (),
}


def _events1() -> dict[str, Shape]:
    common = (
        # 1.2 takes times without a zone; they are read in the event's own.
        Part("eventTime", "dateTime"),
        Part("recordTime", "dateTime", 0),
        _part("eventTimeZoneOffset", 1),
        Part("baseExtension", "BaseExtension", 0),
    )
    found = {
        "BaseExtension": Shape(
            (_part("eventID", 0), Part("errorDeclaration", "OldErrorDeclaration", 0), _LAX)
        ),
        # In 1.2 its members have an order, as everywhere else.
        "OldErrorDeclaration": COMMON_SHAPES["ErrorDeclaration"]._replace(
            parts=(Part("declarationTime", "dateTime"), *COMMON_SHAPES["ErrorDeclaration"].parts[1:]),
            free=False,
        ),
        "QuantityEvent": Shape(
            (
                *common,
                Part("epcClass", "uri"),
                Part("quantity", "int"),
                *(_part(field, 0) for field in _PLACE),
                _LAX,
            ),
            other=True,
        ),
    }
    for name, (fields, inner) in _OLD.items():
        own = tuple(_part(field, int(field in _OLD_REQUIRED[name])) for field in fields)
        parts = (*(_part(field, 0) for field in inner), *((_LAX,) if inner else ()))
        found[f"{name}Extension"] = Shape(parts, local=not inner, least=int(not inner))
        found[name] = Shape((*common, *own, Part("extension", f"{name}Extension", 0)), other=True)
    found["EventListExtension"] = Shape(
        (Part("TransformationEvent", "TransformationEvent", 0), Part("extension", "LocalExtension", 0)),
        one=True,
        more=False,
    )
    names = ("ObjectEvent", "AggregationEvent", "QuantityEvent", "TransactionEvent")
    found["EventList"] = Shape(
        (
            *(Part(name, name, 0, MANY) for name in names),
            Part("extension", "EventListExtension", 0, MANY),
        ),
        free=True,
    )
    return found


# Members of 2.0 events -> where 1.2 has them within the event.
OLD_PLACES: dict[str, str] = {
    **dict.fromkeys(("eventID", "errorDeclaration"), "baseExtension"),
    "certificationInfo": "baseExtension/extension",
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "sourceList", "destinationList", "ilmd", "TransformationEvent"),
        "extension",
    ),
    **dict.fromkeys(
        ("sensorElementList", "persistentDisposition", "AssociationEvent"), "extension/extension"
    ),
}

# 1.2 lets others add to the header, and wants a business document header in it.
_OLD_HEADER = COMMON_SHAPES["EPCISHeader"]._replace(
    parts=(COMMON_SHAPES["EPCISHeader"].parts[0]._replace(least=1), COMMON_SHAPES["EPCISHeader"].parts[1]),
    other=True,
)

SHAPES: dict[str, dict[str, Shape]] = {
    "2.0": {**COMMON_SHAPES, **_events2()},
    "1.2": {**COMMON_SHAPES, "EPCISHeader": _OLD_HEADER, **_events1()},
}


def _roots(version: str) -> dict[str, str]:
    spaces = SPACES[version]
    found = {f"{{{spaces['query']}}}{name}": kind for name, kind in QUERY_ELEMENTS.items()}
    found |= {
        f"{{{spaces['epcis']}}}EPCISDocument": "EPCISDocument",
        f"{{{spaces['query']}}}EPCISQueryDocument": "EPCISQueryDocument",
        f"{{{spaces['master']}}}EPCISMasterDataDocument": "EPCISMasterDataDocument",
    }
    if version == "2.0":
        found[f"{{{spaces['epcis']}}}EPCISCaptureJob"] = "EPCISCaptureJob"
    return found


# What may begin a document of a version -> its shape.
ROOTS: dict[str, dict[str, str]] = {version: _roots(version) for version in SPACES}


def _declared(version: str) -> dict[str, str]:
    spaces = SPACES[version]
    found = {tag: kind for tag, kind in ROOTS[version].items() if kind != "EPCISMasterDataDocument"}
    found |= {
        f"{{{SBDH}}}StandardBusinessDocumentHeader": "Sbdh",
        f"{{{SBDH}}}CorrelationInformation": "CorrelationInformation",
        f"{{{SBDH}}}BusinessService": "BusinessService",
        f"{{{spaces['query']}}}VoidHolder": "Empty",
        f"{{{spaces['query']}}}EPCISException": "Exception",
    }
    if version == "2.0":
        found[f"{{{spaces['epcis']}}}EPCISException"] = "Problem"
    return found


# Elements the standard knows wherever they stand, so also inside those of others -> their shapes.
DECLARED: dict[str, dict[str, str]] = {version: _declared(version) for version in SPACES}

# Elements that stand for another (XML Schema's substitution): each has a shape of its own.
STANDS_FOR: dict[str, str] = {
    f"{{{SBDH}}}{name}": f"{{{SBDH}}}ScopeInformation"
    for name in ("CorrelationInformation", "BusinessService")
}

# Types of the standard's schemas that aren't named like the shapes here.
_TYPES = {
    "ReadPoint": "Place", "BusinessLocation": "Place", "BusinessTransaction": "BizTransaction",
    "BusinessTransactionList": "BizTransactionList", "ILMD": "Ilmd", "IDList": "Children", "EPCISEventExtension": "BaseExtension",
    "EPCISEventListExtension": "EventListExtension", "EPCISHeaderExtension": "HeaderExtension", "Action": "action",
    "ArrayOfString": "Strings", "VoidHolder": "Empty", "EmptyParms": "Empty",
}  # fmt: skip


def named_kind(local: str, version: str) -> str | None:
    """The kind of a type of the standard's schemas, which elements may name (`xsi:type`).

    >>> named_kind("ObjectEventType", "2.0"), named_kind("ArrayOfString", "1.2"), named_kind("Elsewhere", "2.0")
    ('ObjectEvent', 'Strings', None)
    """
    plain = local.removesuffix("Type")
    kind = _TYPES.get(plain, plain)
    if version == "1.2" and kind == "ErrorDeclaration":
        kind = "OldErrorDeclaration"
    return kind if kind in SHAPES[version] or kind == "action" else None
