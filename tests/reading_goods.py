"""The way of one pack, told as plants and shops would: a lamb, slaughtered, cut, driven, sold; with its places."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.utils import timezone

from xilin.apps.trace.epcis.documents import read
from xilin.apps.trace.models import Code
from xilin.apps.trace.repository import masterdata
from xilin.apps.trace.repository.capture import capture

LAMB, CARCASS = "urn:xilin:eartag:315250200000001", "urn:xilin:carcass:1"
PLACES = {
    "ranch": ("锡林浩特市牧户 0001", "ranch", "152502", 116.5, 44.3),
    "plant": ("草原屠宰加工厂 1", "plant", "152502", 116.08, 43.95),
    "shop": ("锡林浩特生鲜门店 1", "shop", "152502", 116.12, 43.93),
}


def uri(name: str) -> str:
    return f"urn:xilin:place:{name}"


def place_data() -> None:
    """The places as master data."""
    elements = [
        {
            "id": uri(key),
            "attributes": [
                {"id": "cbvmda:name", "attribute": name},
                {"id": "xilin:role", "attribute": role},
                {"id": "xilin:area", "attribute": area},
                {"id": "cbvmda:longitude", "attribute": str(longitude)},
                {"id": "cbvmda:latitude", "attribute": str(latitude)},
            ],
        }
        for key, (name, role, area, longitude, latitude) in PLACES.items()
    ]
    words = [{"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": elements}]
    context = {"cbvmda": "urn:epcglobal:cbv:mda#", "xilin": "urn:xilin:trace:"}
    masterdata.keep_with_django(words, context, party="plant", at=timezone.now())


def chain_of(code: Code) -> None:
    """Capture the way of a code's pack."""
    begin = timezone.now() - timedelta(days=15)
    pack = f"https://id.gs1.org/01/{code.gtin}/21/{code.serial}"
    tote = "https://id.gs1.org/00/095200010000000017"

    def event(days: float, type: str, step: str, where: str, **more: Any) -> dict[str, Any]:
        at: datetime = begin + timedelta(days=days)
        return {
            "type": type,
            "eventTime": at.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "eventTimeZoneOffset": "+08:00",
            "bizStep": step,
            "bizLocation": {"id": uri(where)},
            "readPoint": {"id": uri(where)},
            **more,
        }

    cold = {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": -18.5, "uom": "CEL"}]}]}
    events = [
        event(0, "ObjectEvent", "commissioning", "ranch", action="ADD", epcList=[LAMB]),
        event(
            2, "ObjectEvent", "inspecting", "plant", action="OBSERVE", epcList=[LAMB],
            certificationInfo="https://cert.example.org/QZ-2026-0815",
        ),
        event(2.1, "TransformationEvent", "killing", "plant", inputEPCList=[LAMB], outputEPCList=[CARCASS]),
        event(3, "TransformationEvent", "commissioning", "plant", inputEPCList=[CARCASS], outputEPCList=[pack]),
        event(4, "AggregationEvent", "packing", "plant", action="ADD", parentID=tote, childEPCs=[pack]),
        event(5, "ObjectEvent", "shipping", "plant", action="OBSERVE", epcList=[tote], disposition="in_transit", **cold),
        event(6, "ObjectEvent", "receiving", "shop", action="OBSERVE", epcList=[tote]),
        event(7, "AggregationEvent", "unpacking", "shop", action="DELETE", parentID=tote, childEPCs=[pack]),
        event(8, "ObjectEvent", "stocking", "shop", action="OBSERVE", epcList=[pack]),
    ]  # fmt: skip
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {"eventList": events},
    }
    found = read(msgspec.json.encode(document), "application/json")
    capture(found.events, party="plant", at=timezone.now())


def thermometer_of(
    code: Code, *celsius: float, wrong: float | None = None, later: float | None = None
) -> None:
    """A thermometer is tied to a lorry, the tote of a code's pack rides in it, the thermometer reports; at no place of its own.

    `wrong` is a reading that is declared in error, `later` one after the thermometer was taken off.
    """
    begin = timezone.now() - timedelta(days=15)
    sensor, lorry = "https://id.gs1.org/8004/9520001THERM7", "https://id.gs1.org/8004/9520001LORRY1"
    tote = "https://id.gs1.org/00/095200010000000017"

    def event(days: float, type: str, **more: Any) -> dict[str, Any]:
        at: datetime = begin + timedelta(days=days)
        said = at.isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"type": type, "eventTime": said, "eventTimeZoneOffset": "+08:00", **more}

    def reading(days: float, value: float, **more: Any) -> dict[str, Any]:
        report = {"sensorReport": [{"type": "Temperature", "value": value, "uom": "CEL"}]}
        return event(
            days, "ObjectEvent", action="OBSERVE", bizStep="sensor_reporting", epcList=[sensor], sensorElementList=[report], **more
        )  # fmt: skip

    events = [
        event(
            4.5, "AssociationEvent", action="ADD", bizStep="assembling", parentID=lorry, childEPCs=[sensor]
        ),
        event(5.1, "AggregationEvent", action="ADD", bizStep="loading", parentID=lorry, childEPCs=[tote]),
        *(reading(5.2 + n / 10, value) for n, value in enumerate(celsius)),
        event(
            5.9, "AggregationEvent", action="DELETE", bizStep="unloading", parentID=lorry, childEPCs=[tote]
        ),
        event(
            6.5,
            "AssociationEvent",
            action="DELETE",
            bizStep="disassembling",
            parentID=lorry,
            childEPCs=[sensor],
        ),
    ]
    if wrong is not None:
        one = reading(5.25, wrong)
        events += [
            one,
            one | {"errorDeclaration": {"declarationTime": one["eventTime"], "reason": "incorrect_data"}},
        ]
    if later is not None:
        events.append(reading(7, later))
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": timezone.now().isoformat(),
        "epcisBody": {"eventList": events},
    }
    capture(read(msgspec.json.encode(document)).events, party="carrier", at=timezone.now())
