"""EPCIS documents made up from the standard's own rules: every type, every field, odd values, extensions of all shapes."""

import random
from collections.abc import Callable
from typing import Any

Draw = random.Random
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
URIS = (
    "urn:a:b", "https://ns.example.cn/x", "ex:y", "mailto:a@b.cn", "https://example.org/a?b=c#d",
    "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "ex:a/b",
)  # fmt: skip
TIMES = (
    "2026-03-01T08:00:00+08:00", "2026-03-01T08:00:00.1Z", "2024-02-29T23:59:59.999999-05:30", "2000-02-29T00:00:00.000-00:00",
    "2026-03-01T08:00:00.1235+14:00", "2026-12-31T23:59:59.9995Z", "1999-01-01T00:00:00+13:59", "2026-03-01T00:00:00.123456789Z",
)  # fmt: skip
OFFSETS = ("+08:00", "-05:30", "+14:00", "-14:00", "+00:00", "-00:00", "+13:59")
THINGS = (
    "urn:epc:id:sgtin:9521141.012345.007", "urn:epc:id:sgtin:9521141.012345.a%2Fb", "https://id.gs1.org/01/09521141000014/21/7",
    "https://shop.example.cn/stem/01/09521141000014/10/L7/21/S7?17=261231", "https://example.com/gtin/9521141000014/ser/x",
    "urn:epc:id:grai:9521141.12345.7", "urn:epc:id:sscc:9521141.0123456789", "urn:xilin:eartag:399250200000017", "ex:thing",
    "https://id.gs1.org/8004/9521141007", "https://example.org/%E7%BE%8A",
)  # fmt: skip
CLASSES = (
    "urn:epc:class:lgtin:9521141.000001.L7", "urn:epc:idpat:sgtin:9521141.000001.*", "https://id.gs1.org/01/09521141000014",
    "https://id.gs1.org/01/09521141000014/10/ABC", "https://id.gs1.org/01/09521141000014/235/x",
)  # fmt: skip
PLACES = (
    "urn:epc:id:sgln:9521141.00001.0",
    "https://id.gs1.org/414/9521141000007/254/7",
    "geo:43.93,116.08",
    "ex:place",
)
STEPS = (
    "shipping",
    "https://ref.gs1.org/cbv/BizStep-shipping",
    "cbv:BizStep-packing",
    "ex:salting",
    "urn:x:step",
)
STATES = ("active", "recalled", "https://ref.gs1.org/cbv/Disp-recalled", "cbv:Disp-active", "ex:sad")
TRANSACTIONS = ("po", "https://ref.gs1.org/cbv/BTT-po", "cbv:BTT-desadv", "ex:contract")
PARTIES = ("owning_party", "https://ref.gs1.org/cbv/SDT-location", "ex:herder")
REASONS = ("did_not_occur", "https://ref.gs1.org/cbv/ER-incorrect_data", "ex:oops")
VALUES: tuple[Any, ...] = (
    "x", "", "  spaced  ", "羊肉 mutton Хонь", "007", "20.50", 20.5, 20, 0, -0.0, -7, 1e-7, 1e21, 123456789012345678, True, False,
    None, "true", "2026-03-01T08:00:00+08:00", "2026-03-01", "cbv:BizStep-shipping", "urn:epc:id:sgtin:9521141.000001.7", "😀",
    "a<b&c>\"'", "line\nbreak\ttab", "e\u0301", "]]>", "ex:curie", "https://gs1.org/voc/Temperature", "1e5", "+5", ".5", "INF",
)  # fmt: skip
NAMES = (
    "ex:a", "ex:b", "other:c", "https://full.example.cn/ns#name", "cbvmda:lotNumber", "gs1:netWeight", "cbv:x", "epcis:y",
    "dcterms:z", "undeclared:q", "urn:x:y:z", "rdfs:comment",
)  # fmt: skip
INNER = (
    *NAMES,
    "plain",
    "type",
    "id",
    "@id",
    "@type",
    "@value",
    "@language",
    "#text",
    "ex:1st",
    "ex:名",
    "ex:x y",
    "ex:@q",
)
CONTEXTS: tuple[list[Any], ...] = (
    [CONTEXT, {"ex": "https://ns.example.cn/ex/", "other": "urn:other:"}],
    [CONTEXT, {"ex": "https://ns.example.cn/ex/"}, {"other": {"@id": "https://o.example.cn/o#"}}],
    [{"ex": "https://ns.example.cn/例/", "other": "http://other.example.com"}, CONTEXT],
    [
        CONTEXT,
        {
            "ex": "https://ns.example.cn/ex#",
            "other": "https://o.example.cn/o:",
            "@vocab": "https://v.example.cn/",
        },
    ],
)
REPORT: dict[str, tuple[Any, ...]] = {
    "exception": ("ALARM_CONDITION", "ex:Hot"), "deviceID": THINGS, "rawData": URIS, "time": TIMES, "microorganism": URIS,
    "chemicalSubstance": URIS, "value": (26, 26.0, -1.5, 1e-9, 1e22), "component": ("x", "ex:depth"), "meanValue": (2.0,),
    "stringValue": ("x", "007", " y ", "羊\n2"), "booleanValue": (True, False), "hexBinaryValue": ("f0f0", "00FF"),
    "uriValue": URIS, "percRank": (50,), "uom": ("CEL", "x"), "coordinateReferenceSystem": URIS, "bizRules": URIS,
}  # fmt: skip
METADATA = {
    "time": TIMES, "startTime": TIMES, "endTime": TIMES, "deviceID": THINGS, "deviceMetadata": URIS, "dataProcessingMethod": URIS,
}  # fmt: skip


def document(draw: Draw) -> dict[str, Any]:
    """A valid document, query document or bare event."""
    kind = draw.random()
    context = draw.choice(CONTEXTS)
    if kind < 0.1:
        return {
            "@context": context,
            **{name: value for name, value in event(draw).items() if name != "@context"},
        }
    events = [event(draw) for _ in range(draw.randrange(1, 4))]
    head = {"@context": context, "schemaVersion": "2.0", "creationDate": draw.choice(TIMES)}
    if kind < 0.3:
        answer = {"queryName": "q", "resultsBody": {"eventList": events}}
        return {**head, "type": "EPCISQueryDocument", "epcisBody": {"queryResults": answer}}
    return {**head, "type": "EPCISDocument", "epcisBody": {"eventList": events}, **_around(draw)}


def _around(draw: Draw) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw.random() < 0.3:
        attributes = [
            {"id": "cbvmda:name", "attribute": draw.choice(["羊", 12, {"ex:a": {"ex:b": "c"}}, "<x>"])}
        ]
        element = {"id": draw.choice(PLACES), "attributes": attributes, "children": [draw.choice(PLACES)]}
        vocabulary = {"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": [element]}
        found["epcisHeader"] = {"epcisMasterData": {"vocabularyList": [vocabulary]}}
    if draw.random() < 0.3:
        found |= {"sender": "urn:s", "receiver": "urn:r", "instanceIdentifier": "7"}
    return found


def event(draw: Draw) -> dict[str, Any]:
    """A valid event of any type; its members stand in any order."""
    kind = draw.choice(sorted(_KINDS))
    found: dict[str, Any] = {
        "type": kind,
        "eventTime": draw.choice(TIMES),
        "eventTimeZoneOffset": draw.choice(OFFSETS),
    }
    _KINDS[kind](draw, found)
    known: dict[str, Callable[[], Any]] = {
        "recordTime": lambda: draw.choice(TIMES),
        "eventID": lambda: f"urn:uuid:{draw.randrange(16**32):032x}",
        "certificationInfo": lambda: draw.choice([draw.choice(URIS), _some(draw, URIS), []]),
        "errorDeclaration": lambda: _error(draw),
        "bizStep": lambda: draw.choice(STEPS),
        "disposition": lambda: draw.choice(STATES),
        "persistentDisposition": lambda: draw.choice(
            [{"set": _some(draw, STATES)}, {"unset": _some(draw, STATES)}, {"set": ["recalled"], "unset": ["active"]}]
        ),
        "readPoint": lambda: _place(draw),
        "bizLocation": lambda: _place(draw),
        "bizTransactionList": lambda: [_typed(draw, "bizTransaction", TRANSACTIONS, URIS)],
        "sourceList": lambda: draw.choice([[], [_typed(draw, "source", PARTIES, PLACES)]]),
        "destinationList": lambda: draw.choice([[], [_typed(draw, "destination", PARTIES, PLACES)]]),
        "sensorElementList": lambda: [_sensor(draw)],
    }  # fmt: skip
    for name, make in known.items():
        if draw.random() < 0.4:
            found.setdefault(name, make())
    found |= extensions(draw, 3)
    if draw.random() < 0.15:
        found["@context"] = draw.choice(
            [{"own": "https://own.example.cn/"}, [{"ex": "https://shadow.example.cn/"}]]
        )
        found["own:f"] = _value(draw)
    names = list(found)
    draw.shuffle(names)
    return {name: found[name] for name in names}


def _object(draw: Draw, found: dict[str, Any]) -> None:
    found["action"] = draw.choice(["ADD", "OBSERVE", "DELETE"])
    way = draw.randrange(3)
    if way != 1:
        found["epcList"] = _some(draw, THINGS, 0)
    if way:
        found["quantityList"] = _quantities(draw)
    if found["action"] == "ADD":
        found["ilmd"] = extensions(draw, 4)


def _parts(draw: Draw, found: dict[str, Any]) -> None:
    found |= {"parentID": draw.choice(THINGS), "action": draw.choice(["ADD", "OBSERVE", "DELETE"])}
    if draw.random() < 0.7 or found["action"] != "DELETE":
        found["childEPCs"] = _some(draw, THINGS)
    if draw.random() < 0.5:
        found["childQuantityList"] = _quantities(draw)


def _transaction(draw: Draw, found: dict[str, Any]) -> None:
    found |= {"action": "ADD", "bizTransactionList": [_typed(draw, "bizTransaction", TRANSACTIONS, URIS)]}
    found |= {"quantityList": _quantities(draw)} if draw.random() < 0.5 else {"epcList": _some(draw, THINGS)}


def _transformation(draw: Draw, found: dict[str, Any]) -> None:
    found |= (
        {"inputEPCList": _some(draw, THINGS)}
        if draw.random() < 0.5
        else {"inputQuantityList": _quantities(draw)}
    )
    found |= (
        {"outputEPCList": _some(draw, THINGS)}
        if draw.random() < 0.5
        else {"outputQuantityList": _quantities(draw)}
    )
    if draw.random() < 0.5:
        found |= {"transformationID": draw.choice(URIS), "ilmd": extensions(draw, 4)}


_KINDS: dict[str, Callable[[Draw, dict[str, Any]], None]] = {
    "ObjectEvent": _object, "AggregationEvent": _parts, "AssociationEvent": _parts, "TransactionEvent": _transaction,
    "TransformationEvent": _transformation,
}  # fmt: skip


def _some(draw: Draw, values: tuple[str, ...], least: int = 1) -> list[str]:
    return draw.sample(values, draw.randrange(least, min(4, len(values) + 1)))


def _quantities(draw: Draw) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _ in range(draw.randrange(1, 3)):
        one: dict[str, Any] = {"epcClass": draw.choice(CLASSES)}
        if draw.random() < 0.8:
            one["quantity"] = draw.choice([10, 10.5, 0, 1e3, -1, 1e-7, 1e22])
        if draw.random() < 0.5:
            one["uom"] = "KGM"
        found.append(one)
    return found


def _typed(draw: Draw, name: str, kinds: tuple[str, ...], values: tuple[str, ...]) -> dict[str, Any]:
    return {"type": draw.choice(kinds), name: draw.choice(values)}


def _place(draw: Draw) -> dict[str, Any]:
    return {"id": draw.choice(PLACES), **extensions(draw, 1)}


def _error(draw: Draw) -> dict[str, Any]:
    return {
        "declarationTime": draw.choice(TIMES), "reason": draw.choice(REASONS), "correctiveEventIDs": _some(draw, URIS, 0),
        **extensions(draw, 2),
    }  # fmt: skip


def _sensor(draw: Draw) -> dict[str, Any]:
    reports = []
    for _ in range(draw.randrange(1, 3)):
        names = draw.sample(sorted(REPORT), draw.randrange(0, 8))
        given = {name: draw.choice(REPORT[name]) for name in names}
        reports.append(
            {"type": draw.choice(["Temperature", "Mass", "ex:Smell"]), **given, **extensions(draw, 2)}
        )
    metadata = {
        name: draw.choice(METADATA[name]) for name in draw.sample(sorted(METADATA), draw.randrange(0, 5))
    }
    return {"sensorMetadata": metadata | extensions(draw, 1), "sensorReport": reports, **extensions(draw, 2)}


def extensions(draw: Draw, most: int) -> dict[str, Any]:
    """Up to so many members of one's own."""
    return {name: _value(draw) for name in draw.sample(NAMES, draw.randrange(0, most + 1))}


def _value(draw: Draw, depth: int = 0) -> Any:
    kind = draw.random()
    if depth > 3 or kind < 0.5:
        return draw.choice(VALUES)
    if kind < 0.65:
        return [_value(draw, depth + 1) for _ in range(draw.randrange(0, 4))]
    names = draw.sample(INNER, draw.randrange(0, 4))
    plain = ("ex:q", "urn:a:b", "xsd:string", 5, True)
    return {name: draw.choice(plain) if name[0] in "@#" else _value(draw, depth + 1) for name in names}
