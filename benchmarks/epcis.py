"""EPCIS documents on one core: judging, reading and hashing events, in JSON and XML, without a database.

    .venv/bin/python benchmarks/epcis.py hash|read|xml [--documents 40] [--events 200]

Every document is new, so that no cache knows its identifiers. Printed are events per second of this process's own
processor time: the median and the slowest document. `hash` is the strict and the compat hash of events that are read
already; `read` is JSON from bytes to events, hash included, in steps; `xml` the same for XML, and writing.
The reference implementation of the event hash (Python, MIT) is not installed here; its authors' environment gave 677
events/s for JSON-LD and 2,419 for XML when it was tried on such a machine in November 2026.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import machine

from xilin.apps.trace.epcis import documents, hashes, jsonld, schema

AT = datetime(2026, 3, 1, tzinfo=UTC)
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"m": "https://mutton.example.cn/"},
]


def event(pick: random.Random, kind: int) -> dict[str, Any]:
    """One event of a mutton chain: born, shipped (with temperatures), packed, cut; each with new identifiers."""
    common = {
        "eventTime": f"2026-{pick.randrange(1, 13):02}-{pick.randrange(1, 29):02}T{pick.randrange(24):02}:"
        f"{pick.randrange(60):02}:{pick.randrange(60):02}.{pick.randrange(1000):03}+08:00",
        "eventTimeZoneOffset": "+08:00",
        "readPoint": {"id": f"urn:epc:id:sgln:9521234.{pick.randrange(100):05}.0"},
        "bizLocation": {"id": f"urn:epc:id:sgln:9521234.{pick.randrange(100):05}.0"},
    }
    if kind == 0:
        return {
            "type": "ObjectEvent",
            **common,
            "action": "ADD",
            "bizStep": "commissioning",
            "disposition": "active",
            "epcList": [_pack(pick)],
            "ilmd": {"m:breed": "乌珠穆沁羊", "m:sex": "F", "m:kg": round(pick.uniform(3, 5), 1)},
        }
    if kind == 1:
        probe = {
            "sensorMetadata": {"time": common["eventTime"], "deviceID": "urn:epc:id:giai:9521234.77"},
            "sensorReport": [
                {"type": "Temperature", "value": round(pick.uniform(-2, 4), 1), "uom": "CEL"},
                {"type": "RelativeHumidity", "value": pick.randrange(40, 90), "uom": "P1"},
            ],
        }
        return {
            "type": "ObjectEvent",
            **common,
            "action": "OBSERVE",
            "bizStep": "shipping",
            "disposition": "in_transit",
            "epcList": [_case(pick)],
            "bizTransactionList": [
                {
                    "type": "desadv",
                    "bizTransaction": f"urn:epcglobal:cbv:bt:9521234000013:{pick.randrange(10**6)}",
                }
            ],
            "sourceList": [{"type": "possessing_party", "source": "urn:epc:id:pgln:9521234.00001"}],
            "destinationList": [{"type": "possessing_party", "destination": "urn:epc:id:pgln:9521234.00002"}],
            "sensorElementList": [probe],
        }
    if kind == 2:
        return {
            "type": "AggregationEvent",
            **common,
            "action": "ADD",
            "bizStep": "packing",
            "parentID": _case(pick),
            "childEPCs": [_pack(pick) for _ in range(10)],
        }
    return {
        "type": "TransformationEvent",
        **common,
        "bizStep": "commissioning",
        "inputEPCList": [_pack(pick) for _ in range(2)],
        "outputQuantityList": [
            {
                "epcClass": f"urn:epc:class:lgtin:9521234.012345.L{pick.randrange(10**7)}",
                "quantity": round(pick.uniform(10, 30), 2),
                "uom": "KGM",
            }
        ],
    }


def _pack(pick: random.Random) -> str:
    return f"urn:epc:id:sgtin:9521234.012345.{pick.randrange(10**12)}"


def _case(pick: random.Random) -> str:
    return f"urn:epc:id:sscc:9521234.{pick.randrange(10**10):010}"


def made(count: int, events: int) -> list[bytes]:
    """So many documents of so many events, no two with the same identifiers."""
    found = []
    for seed in range(count):
        pick = random.Random(seed)
        body = {"eventList": [event(pick, i % 4) for i in range(events)]}
        data = {
            "@context": CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-03-01T00:00:00Z",
            "epcisBody": body,
        }
        found.append(json.dumps(data, ensure_ascii=False).encode())
    return found


def timed(what: str, work: Callable[[Any], Any], cases: Sequence[Any], events: int) -> None:
    """Carry out work for each document, and print how many events a second it did."""
    rates = []
    for case in cases:
        begun = time.process_time()
        work(case)
        rates.append(events / max(time.process_time() - begun, 1e-9))
    print(f"| {what} | {len(rates)} | {statistics.median(rates):,.0f} | {min(rates):,.0f} |")


def hash_(bodies: list[bytes], events: int) -> None:
    """Both hashes of events that are read already."""
    read = [documents.read(each).events for each in bodies]
    timed("strict hash", lambda found: [hashes.strict(each) for each in found], read, events)
    timed("compat hash", lambda found: [hashes.compat(each) for each in found], read, events)
    xml = [documents.write(found, "application/xml", created=AT) for found in read]
    timed("compat hashes of a JSON document", lambda c: hashes.compat_document(c, "json"), bodies, events)
    timed("compat hashes of an XML document", lambda c: hashes.compat_document(c, "xml"), xml, events)


def read_(bodies: list[bytes], events: int) -> None:
    """From bytes to events in steps, then all at once."""
    decoded = [jsonld.decode(each) for each in bodies]
    timed("decode", jsonld.decode, bodies, events)
    timed("judge by the schema", schema.is_valid, decoded, events)
    timed("facts and strict hash", jsonld.of, [jsonld.decode(each) for each in bodies], events)
    fresh = made(len(bodies) * 2, events)[len(bodies) :]
    timed("all: bytes to events with hashes", documents.read, fresh, events)
    read = [documents.read(each) for each in fresh]
    timed("write JSON", lambda found: documents.write(found.events, created=AT), read, events)


def xml_(bodies: list[bytes], events: int) -> None:
    """The same in XML."""
    read = [documents.read(each) for each in bodies]
    timed("write XML", lambda f: documents.write(f.events, "application/xml", created=AT), read, events)
    fresh = [
        documents.write(documents.read(each).events, "application/xml", created=AT)
        for each in made(len(bodies) * 2, events)[len(bodies) :]
    ]
    timed("bytes of XML to events with hashes", lambda c: documents.read(c, "text/xml"), fresh, events)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("hash", "read", "xml"))
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--events", type=int, default=200)
    chosen = parser.parse_args()
    print(machine.told("msgspec", "jsonschema-rs", "lxml"))
    print(f"{chosen.documents} documents of {chosen.events} events")
    print("| what | documents | events/s, median | slowest |\n|---|---|---|---|")
    work = {"hash": hash_, "read": read_, "xml": xml_}[chosen.what]
    work(made(chosen.documents, chosen.events), chosen.events)


if __name__ == "__main__":
    main()
