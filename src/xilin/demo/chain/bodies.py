"""Events as EPCIS 2.0 JSON, as the systems of households, plants, carriers and shops would send them."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

ZONE = timezone(timedelta(hours=8))
CONTEXT = {"cbvmda": "urn:epcglobal:cbv:mda:"}
Body = dict[str, Any]


def _body(type: str, time: datetime, step: str, disposition: str, where: str, **more: Any) -> Body:
    body: Body = {
        "type": type,
        "eventTime": time.astimezone(ZONE).isoformat(timespec="seconds"),
        "eventTimeZoneOffset": "+08:00",
        "bizStep": step,
        "disposition": disposition,
        "readPoint": {"id": where},
        "bizLocation": {"id": where},
    }
    body.update({name: value for name, value in more.items() if value})
    return body


def seen(
    time: datetime,
    step: str,
    disposition: str,
    where: str,
    epcs: Sequence[str],
    *,
    action: str = "OBSERVE",
    **more: Any,
) -> Body:
    """An object event."""
    return _body("ObjectEvent", time, step, disposition, where, action=action, epcList=list(epcs), **more)


def packed(
    time: datetime,
    step: str,
    where: str,
    parent: str,
    children: Sequence[str],
    *,
    action: str = "ADD",
    **more: Any,
) -> Body:
    """An aggregation event; taken out without children, everything is."""
    return _body(
        "AggregationEvent", time, step, "in_progress", where, action=action, parentID=parent,
        childEPCs=list(children), **more,
    )  # fmt: skip


def made(
    time: datetime, step: str, where: str, inputs: Sequence[str], outputs: Sequence[str], **more: Any
) -> Body:
    """A transformation event."""
    return _body(
        "TransformationEvent",
        time,
        step,
        "active",
        where,
        inputEPCList=list(inputs),
        outputEPCList=list(outputs),
        **more,
    )


def amount(epc_class: str, kg: float) -> Body:
    """So many kilograms of a batch."""
    return {"epcClass": epc_class, "quantity": round(kg, 2), "uom": "KGM"}


def weight(kg: float) -> list[Body]:
    """What a scale says."""
    return [{"sensorReport": [{"type": "Mass", "value": round(kg, 2), "uom": "KGM"}]}]


def temperature(time: datetime, celsius: float, device: str) -> list[Body]:
    """What a thermometer says."""
    return [
        {
            "sensorMetadata": {
                "time": time.astimezone(ZONE).isoformat(timespec="seconds"),
                "deviceID": device,
            },
            "sensorReport": [{"type": "Temperature", "value": round(celsius, 1), "uom": "CEL"}],
        }
    ]


def between(kind: str, source: str, destination: str) -> dict[str, Any]:
    """From whom to whom goods go."""
    return {
        "sourceList": [{"type": kind, "source": source}],
        "destinationList": [{"type": kind, "destination": destination}],
    }


def wrong(body: Body, time: datetime, corrective: Sequence[str]) -> Body:
    """The declaration that an event was wrong."""
    said: Body = {
        "declarationTime": time.astimezone(ZONE).isoformat(timespec="seconds"),
        "reason": "incorrect_data",
    }
    if corrective:
        said["correctiveEventIDs"] = list(corrective)
    return {**body, "errorDeclaration": said}
