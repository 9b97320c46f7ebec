"""Documents a little wrong, or a little odd: each a copy of a good one with one thing changed."""

import copy
import random
from collections.abc import Iterator
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, 0, 12.5, -1e300, "", "x", "x y", "CREATE", "DELETE", "OBSERVE", "ADD", "shipping", "in_transit",
    "transforming", "recalled", "po", "place", "location", "Temperature", "EffectiveDoseRate", "example:x",
    "urn:epcglobal:cbv:bizstep:shipping", "https://ref.gs1.org/cbv/BizStep-shipping", "cbv:BizStep-shipping",
    "https://ns.gs1.org/cbv/BizStep-shipping", "https://gs1.org/voc/Temperature", "gs1:Temperature",
    "urn:epc:id:sgtin:9521234.012345.1", "urn:epc:id:sgtin:9521234.012345 1", "http://[bad", "https://例.cn/a",
    "https://example.org/%zz", "_:b1", "ni:///sha-256;00?ver=CBV2.0", "Z", "+08:00", "-14:00", "+14:00", "+14:30",
    "+8:00", "2026-02-30T00:00:00Z", "2026-02-03", "2026-02-03T00:00:00", "2026-02-03T24:00:00Z",
    "2026-02-03t00:00:00z", "2016-12-31T23:59:60Z", "2026-02-03T00:00:00.123456789+08:00", "KGM", "kgm", "K",
    "KGMX", "f0f0f0", "xyz", "1.2", "2.0.1", "v2", "ObjectEvent", "AggregationEvent", "TransformationEvent",
    "EPCISDocument", "EPCISQueryDocument", "https://example.org/MyEvent", [], {}, [[]], [{}], ["x"],
    ["urn:a:b"], ["urn:a:b", "urn:a:b"], ["active"], ["active", "active"], {"id": "urn:a:b"}, {"id": "x"},
    {"set": ["active"]}, {"set": []}, {"unset": ["nowhere"]}, {"set": ["active"], "more": 1}, {"type": "po"},
    [{"epcClass": "urn:a:b"}], [{"epcClass": "urn:a:b", "quantity": "1"}], [{"quantity": 1}],
    [{"type": "po", "bizTransaction": "urn:a:b"}], [{"bizTransaction": "urn:a:b"}],
    [{"type": "location", "source": "urn:a:b"}], [{"sensorReport": [{"type": "Mass"}]}], [{"sensorReport": []}],
)  # fmt: skip
NAMES = (
    "epcList", "childEPCs", "parentID", "quantityList", "childQuantityList", "inputEPCList", "inputQuantityList",
    "outputEPCList", "outputQuantityList", "transformationID", "ilmd", "action", "bizStep", "disposition",
    "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList", "destinationList",
    "sensorElementList", "sensorReport", "sensorMetadata", "errorDeclaration", "certificationInfo", "eventID",
    "recordTime", "eventTime", "eventTimeZoneOffset", "type", "id", "@context", "@type", "schemaVersion", "value",
    "unknown", "un known", "ext:field", "https://example.org/field", "_comment", "epcisHeader", "sender",
    "queryResults", "vocabularyList", "uom", "epcClass", "quantity", "set", "unset", "reason", "attributes",
    "attribute", "children", "vocabularyElementList", "epcisMasterData", "subscriptionID", "queryName",
)  # fmt: skip


def mutants(documents: list[Any], count: int, seed: int) -> Iterator[tuple[str, Any]]:
    """So many changed copies of documents, each with words for what was changed."""
    pick = random.Random(seed)
    for _ in range(count):
        found = copy.deepcopy(pick.choice(documents))
        told = [_change(found, pick) for _ in range(1 + (pick.random() < 0.2))]
        yield "; ".join(told), found


def _change(document: Any, pick: random.Random) -> str:
    places = list(_places(document, ""))
    parent, key, place = pick.choice(places)
    kind = pick.choice(("drop", "set", "set", "add", "copy"))
    if kind == "drop":
        del parent[key]
    elif kind == "set":
        parent[key] = copy.deepcopy(pick.choice(VALUES))
        place += f" = {parent[key]!r}"
    elif kind == "add" and isinstance(parent, dict):
        name = pick.choice(NAMES)
        parent[name] = copy.deepcopy(pick.choice(VALUES))
        place += f" + {name} = {parent[name]!r}"
    elif isinstance(parent, list):
        parent.append(copy.deepcopy(parent[key]))
    else:
        parent[pick.choice(NAMES)] = copy.deepcopy(parent[key])
    return f"{kind} {place}"


def _places(value: Any, place: str) -> Iterator[tuple[Any, Any, str]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key, f"{place}/{key}"
        yield from _places(inner, f"{place}/{key}")
