"""Goods that a regulator has something to say about: a household over its quota, a works that puts out too much."""

from datetime import datetime

from lineage_events import aggregation, event, made, seen
from xilin.apps.trace.desk.regulator import statistics
from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.repository import masterdata
from xilin.apps.trace.repository.capture import capture
from xilin.apps.trace.verdicts import overseeing
from xilin.apps.trace.verdicts.queries import book
from xilin.kernel.standards.queries import declared

GTIN = "09520001000010"
WORKS, RANCH, HONEST = (f"https://id.gs1.org/414/95211410000{n}" for n in ("07", "14", "21"))
PACKS = [f"https://id.gs1.org/01/{GTIN}/21/P{n}" for n in range(60)]


def lay(at: datetime) -> Event:
    """Two households, one of which sold an animal nobody tagged there, and a works that put out too many packs: the cutting."""
    prefix = declared("trace_tags")["ear_tags"].prefix
    own, bought, honest = (f"{prefix}39925020000000{n}" for n in (1, 2, 3))
    killed = made(8, [own], ["A"], step="killing", where=WORKS)
    killed.body["sensorElementList"] = [{"sensorReport": [{"type": "Mass", "value": 20, "uom": "KGM"}]}]
    cut = made(9, ["A"], PACKS, step="disassembling", where=WORKS, ilmd={"cbvmda:lotNumber": "L1"})
    capture(
        [
            seen(1, "commissioning", own, action="ADD", where=RANCH),
            seen(1, "commissioning", honest, action="ADD", where=HONEST),
            aggregation(5, "ADD", "lorry", own, bought, step="loading", where=RANCH),
            event("ObjectEvent", 6, action="OBSERVE", step="shipping", where=HONEST, epc=[honest]),
            killed,
            cut,
        ],
        party="plant",
        at=at,
    )
    places = [
        {
            "id": place,
            "attributes": [{"id": "cbvmda:name", "attribute": name}, {"id": "x:area", "attribute": "152502"}],
        }
        for place, name in ((WORKS, "明源肉业"), (RANCH, "牧户甲"), (HONEST, "牧户乙"))
    ]
    kind = "urn:epcglobal:epcis:vtype:Location"
    masterdata.keep_with_django(
        [{"type": kind, "vocabularyElementList": places}],
        {"cbvmda": "urn:epcglobal:cbv:mda:", "x": "urn:x:"},
        party="league",
        at=at,
    )
    overseeing.assess(at=at)
    statistics.count(book(at), at=at)
    return cut
