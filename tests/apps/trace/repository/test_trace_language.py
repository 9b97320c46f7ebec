"""The query language finds exactly the events its parameters describe."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import given as every
from hypothesis import settings as bounds
from hypothesis import strategies as st

from repository_calls import document, event
from xilin.apps.trace.epcis import jsonld
from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.models import Event
from xilin.apps.trace.repository import language, searching, units
from xilin.apps.trace.repository.capture import capture, party_number
from xilin.apps.trace.repository.errors import QueryParameterWrong
from xilin.apps.trace.repository.finding import Viewer
from xilin.apps.trace.repository.patterns import spans

AT = datetime(2026, 3, 5, tzinfo=UTC)
PREFIXES = {"ex": "http://ex.example/", "v": "urn:vendor:"}
GTIN = "https://id.gs1.org/01/09521141000014"
SITE = "https://id.gs1.org/414/9521141000007"

COLD = [
    {"sensorMetadata": {"time": "2026-03-01T00:10:00Z", "deviceID": "urn:x:d1", "bizRules": "urn:x:rule",
                        "startTime": "2026-03-01T00:00:00Z", "endTime": "2026-03-01T01:00:00Z",
                        "v:calibrated": "2026-01-01T00:00:00Z"},
     "sensorReport": [{"type": "Temperature", "value": 8.0, "uom": "CEL", "maxValue": 9.5, "percRank": 50, "percValue": 8.1,
                       "microorganism": "urn:x:m", "v:drift": 0.25},
                      {"type": "Mass", "value": 12, "uom": "KGM", "deviceID": "urn:epc:id:giai:9521141.000077", "stringValue": "ok", "booleanValue": True,
                       "hexBinaryValue": "F00D", "uriValue": "urn:x:u", "chemicalSubstance": "urn:x:c"}]}
]  # fmt: skip
EVENTS: dict[str, dict[str, Any]] = {
    "ship": event(1, readPoint={"id": f"{SITE}/254/1"}, bizLocation={"id": SITE, "ex:floor": 3},
                  bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:po:1"}],
                  sourceList=[{"type": "owning_party", "source": "urn:x:a"}],
                  destinationList=[{"type": "possessing_party", "destination": "urn:x:b"}]),
    "bulk": event(2, bizStep="receiving", disposition="active", epcList=[], action="ADD",
                  quantityList=[{"epcClass": f"{GTIN}/10/L1", "quantity": 12.5, "uom": "KGM"}],
                  persistentDisposition={"set": ["completeness_verified"], "unset": ["recalled"]},
                  ilmd={"ex:grade": "A", "ex:weights": {"ex:net": 12.5}}),
    "cold": event(3, sensorElementList=COLD),
    "note": event(4, **{"ex:lot": "L1", "ex:count": 7, "ex:best": "2026-05-01T00:00:00+08:00",
                        "v:box": {"v:colour": "red", "v:sizes": [1, 2, 30]}}),
    "pack": {**event(5), "type": "AggregationEvent", "parentID": "https://id.gs1.org/00/095211410000000011",
             "childEPCs": [f"{GTIN}/21/1"], "epcList": None},
    "make": {**event(6), "type": "TransformationEvent", "inputEPCList": [f"{GTIN}/21/1"], "epcList": None, "action": None,
             "outputQuantityList": [{"epcClass": f"{GTIN}/10/L2", "quantity": 3}], "transformationID": "urn:x:t1"},
    "oops": event(1, readPoint={"id": f"{SITE}/254/1"}, bizLocation={"id": SITE, "ex:floor": 3},
                  bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:po:1"}],
                  sourceList=[{"type": "owning_party", "source": "urn:x:a"}],
                  destinationList=[{"type": "possessing_party", "destination": "urn:x:b"}],
                  errorDeclaration={"declarationTime": "2026-03-02T00:00:00Z", "reason": "incorrect_data",
                                    "correctiveEventIDs": ["urn:x:right"], "ex:by": "纪检"}),
}  # fmt: skip
ALL = set(EVENTS)


def _clean(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


@pytest.fixture
def ask(db):
    """Ask a question of the events; the names of those found."""
    events = jsonld.of(document(*map(_clean, EVENTS.values()), context=PREFIXES)).events
    ids = capture(events, party="ranch", at=AT).ids
    names = dict(zip(ids, EVENTS, strict=True))
    connection.ensure_connection()
    raw = connection.connection
    viewer = Viewer("c", party_number(raw, "ranch"), "ranch", sees_all=True)

    def asked(**given: Any) -> set[str]:
        query = language.read(given, Names(PREFIXES))
        return {names[row.id] for row in searching.page(raw, query, Names(PREFIXES), viewer, size=50).rows}

    return asked


CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, ALL),
    ({"eventType": "AggregationEvent|TransformationEvent"}, {"pack", "make"}),
    ({"GE_eventTime": "2026-02-28T16:03:00Z"}, {"cold", "note", "pack", "make"}),
    ({"LT_eventTime": "2026-03-01T00:03:00+08:00"}, {"ship", "bulk", "oops"}),
    ({"GE_recordTime": "2026-03-05T00:00:00Z"}, ALL),
    ({"LT_recordTime": "2026-03-05T00:00:00Z"}, set()),
    ({"EQ_action": ["ADD"]}, {"bulk"}),
    ({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:receiving"}, {"bulk"}),
    ({"EQ_bizStep": ["https://ref.gs1.org/cbv/BizStep-receiving", "killing"]}, {"bulk"}),
    ({"EQ_disposition": "active"}, {"bulk"}),
    ({"EQ_persistentDisposition_set": "urn:epcglobal:cbv:disp:completeness_verified"}, {"bulk"}),
    ({"EQ_persistentDisposition_unset": "completeness_verified"}, set()),
    ({"EQ_readPoint": "urn:epc:id:sgln:952114.100000.1"}, {"ship", "oops"}),
    ({"WD_readPoint": SITE}, {"ship", "oops"}),
    ({"EQ_bizLocation": "urn:epc:id:sgln:952114.100000.0"}, {"ship", "oops"}),
    ({"EQ_transformationID": "urn:x:t1"}, {"make"}),
    ({"MATCH_epc": f"{GTIN}/21/1"}, {"ship", "oops", "pack"}),
    ({"MATCH_epc": "urn:epc:id:sgtin:9521141.000001.4"}, {"note"}),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:9521141.000001.*"}, {"ship", "oops", "cold", "note", "pack"}),
    ({"MATCH_anyEPC": "urn:epc:idpat:sgtin:9521141.*.*"}, ALL),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:9521142.000001.*"}, set()),
    ({"MATCH_anyEPC": f"{GTIN}/21/1"}, {"ship", "oops", "pack", "make"}),
    ({"MATCH_parentID": "urn:epc:id:sscc:952114.00000000001"}, set()),
    ({"MATCH_parentID": "https://id.gs1.org/00/095211410000000011"}, {"pack"}),
    ({"MATCH_inputEPC": f"{GTIN}/21/1"}, {"make"}),
    ({"MATCH_outputEPC": f"{GTIN}/21/1"}, set()),
    ({"MATCH_epcClass": f"{GTIN}/10/L1"}, {"bulk"}),
    ({"MATCH_outputEPCClass": f"{GTIN}/10/L2"}, {"make"}),
    ({"MATCH_inputEPCClass": f"{GTIN}/10/L2"}, set()),
    ({"MATCH_anyEPCClass": [f"{GTIN}/10/L1", f"{GTIN}/10/L2"]}, {"bulk", "make"}),
    ({"EQ_quantity": "12.5"}, {"bulk"}),
    ({"GT_quantity": 3}, {"bulk"}),
    ({"GE_quantity": 3}, {"bulk", "make"}),
    ({"LE_quantity": 3}, {"make"}),
    ({"LT_quantity": 3}, set()),
    ({"EQ_quantity_GRM": [12500]}, {"bulk"}),
    ({"GE_quantity_LBR": 27}, {"bulk"}),
    ({"GE_quantity_LBR": 28}, set()),
    ({"EXISTS_errorDeclaration": "true"}, {"oops"}),
    ({"EXISTS_errorDeclaration": "false"}, ALL - {"oops"}),
    ({"GE_errorDeclarationTime": "2026-03-02T00:00:00Z"}, {"oops"}),
    ({"LT_errorDeclaration_Time": "2026-03-02T00:00:00Z"}, set()),
    ({"EQ_errorReason": "urn:epcglobal:cbv:er:incorrect_data"}, {"oops"}),
    ({"EQ_correctiveEventID": "urn:x:right"}, {"oops"}),
    ({"EXISTS_sensorElementList": 1}, {"cold"}),
    ({"GE_time": "2026-03-01T00:10:00Z"}, {"cold"}),
    ({"LT_time": "2026-03-01T00:10:00Z"}, set()),
    ({"GE_startTime": "2026-03-01T00:00:00Z", "LT_endTime": "2026-03-01T02:00:00Z"}, {"cold"}),
    ({"EQ_type": "gs1:Temperature"}, {"cold"}),
    ({"EQ_type": "https://gs1.org/voc/Speed"}, set()),
    ({"EQ_deviceID": "urn:x:d1"}, {"cold"}),
    ({"EQ_deviceID": "https://id.gs1.org/8004/9521141000077"}, {"cold"}),
    ({"EQ_deviceID": "urn:epc:id:giai:9521141.000077"}, {"cold"}),
    ({"EQ_bizRules": "urn:x:rule"}, {"cold"}),
    ({"EQ_microorganism": "urn:x:m"}, {"cold"}),
    ({"EQ_chemicalSubstance": "urn:x:c"}, {"cold"}),
    ({"EQ_stringValue": "no|ok"}, {"cold"}),
    ({"EQ_booleanValue": "true"}, {"cold"}),
    ({"EQ_booleanValue": False}, set()),
    ({"EQ_hexBinaryValue": "F00D"}, {"cold"}),
    ({"EQ_uriValue": "urn:x:u"}, {"cold"}),
    ({"EQ_dataProcessingMethod": "urn:x:none"}, set()),
    ({"GE_percRank": 50}, {"cold"}),
    ({"GT_percRank": 50}, set()),
    ({"EQ_value_CEL": [8]}, {"cold"}),
    ({"EQ_value_FAH": [46.4]}, {"cold"}),
    ({"GE_value_KEL": 281.15}, {"cold"}),
    ({"GT_value_KEL": 281.15}, set()),
    ({"GT_maxValue_FAH": 49}, {"cold"}),
    ({"LT_percValue_CEL": 8.2}, {"cold"}),
    ({"GE_value_GRM": 12000}, {"cold"}),
    ({"GE_value_MTR": 0}, set()),
    ({"EQ_bizTransaction_po": "urn:x:po:1"}, {"ship", "oops"}),
    ({"EQ_bizTransaction_urn:epcglobal:cbv:btt:inv": "urn:x:po:1"}, set()),
    ({"EQ_source_owning_party": "urn:x:a"}, {"ship", "oops"}),
    ({"EQ_destination_owning_party": "urn:x:b"}, set()),
    ({"EQ_destination_possessing_party": "urn:x:b"}, {"ship", "oops"}),
    ({"EQ_ex:lot": "L1|L2"}, {"note"}),
    ({"EQ_ex:count": "7"}, {"note"}),
    ({"EQ_ex:count": 7.0}, {"note"}),
    ({"GT_ex:count": 7}, set()),
    ({"GE_ex:count": 7}, {"note"}),
    ({"GE_ex:lot": "L0"}, {"note"}),
    ({"LT_ex:best": "2026-05-01T00:00:01+08:00"}, {"note"}),
    ({"EQ_ex:best": "2026-04-30T16:00:00Z"}, {"note"}),
    ({"EXISTS_ex:lot": ""}, {"note"}),
    ({"EXISTS_ex:lot": "false"}, ALL - {"note"}),
    ({"EQ_http://ex.example/lot": "L1"}, {"note"}),
    ({"EQ_INNER_v:colour": "red"}, {"note"}),
    ({"EQ_v:colour": "red"}, set()),
    ({"GE_INNER_v:sizes": 30}, {"note"}),
    ({"EXISTS_INNER_v:colour": None}, {"note"}),
    ({"EQ_ILMD_ex:grade": ["A"]}, {"bulk"}),
    ({"EXISTS_ILMD_ex:grade": 1}, {"bulk"}),
    ({"GE_INNER_ILMD_ex:net": 12}, {"bulk"}),
    ({"EQ_ERROR_DECLARATION_ex:by": "纪检"}, {"oops"}),
    ({"EXISTS_ERROR_DECLARATION_ex:by": True}, {"oops"}),
    ({"EQ_bizLocation_ex:floor": 3}, {"ship", "oops"}),
    ({"LT_SENSORREPORT_v:drift": 0.3}, {"cold"}),
    ({"GE_SENSORMETADATA_v:calibrated": "2026-01-01T00:00:00Z"}, {"cold"}),
    ({"EXISTS_SENSORELEMENT_v:none": 1}, set()),
]


def test_each_parameter_finds_what_it_describes(ask):
    wrong = [(given, expected, found) for given, expected in CASES if (found := ask(**given)) != expected]
    assert wrong == []


def test_an_event_is_found_by_its_identifier_with_the_declarations_about_it(ask):
    ids = dict(Event.objects.values_list("body__bizStep", "event_id").filter(error_time=None))
    assert ask(EQ_eventID=[ids["receiving"]]) == {"bulk"}
    shipped = Event.objects.get(error_time__isnull=False).event_id
    assert ask(EQ_eventID=shipped) == {"ship", "oops"}
    assert ask(EQ_eventID="ni:///sha-256;" + "0" * 64) == set()


def test_conditions_hold_together_and_prefixes_are_names_for_namespaces(ask):
    assert ask(EQ_bizStep="shipping", GE_percRank=1, eventType=["ObjectEvent"]) == {"cold"}
    raw = connection.connection
    viewer = Viewer("c", 0, sees_all=True)
    for prefix, found in (({"other": "http://ex.example/"}, 1), ({"other": "http://else.example/"}, 0)):
        names = Names(prefix)
        query = language.read({"EQ_other:lot": "L1"}, names)
        assert len(searching.page(raw, query, names, viewer, size=5).rows) == found


@pytest.mark.parametrize(
    ("order", "descending"),
    [("eventTime", True), ("eventTime", False), ("recordTime", True), ("ex:count", False)],
)
def test_pages_of_one_hold_every_event_once_in_order(ask, order, descending):
    raw = connection.connection
    query = language.Query((), order, descending)
    viewer, names = Viewer("c", 0, sees_all=True), Names(PREFIXES)
    seen, after = [], None
    while True:
        page = searching.page(raw, query, names, viewer, size=1, after=after)
        seen += page.rows
        if (after := page.after) is None:
            break
    assert len({row.id for row in seen}) == len(seen) == len(ALL)
    if order != "ex:count":
        times = [row.event_time if order == "eventTime" else row.record_time for row in seen]
        assert times == sorted(times, reverse=descending)
    else:
        assert seen[0].body["ex:count"] == 7


@pytest.mark.parametrize(
    "given",
    [
        {"EQ_nonsense": "1"}, {"MATCH_nothing": "1"}, {"GE_eventTime": "yesterday"}, {"GE_quantity": "many"},
        {"EQ_action": "TAKE"}, {"orderDirection": "UP"}, {"eventCountLimit": 0}, {"maxEventCount": "x"},
        {"EXISTS_errorDeclaration": "perhaps"}, {"GE_value_CEL": "1|2"}, {"EQ_bizStep": 5}, {"EQ_bizStep": []},
        {"EQ_ex:lot": {"a": 1}}, {"GE_quantity": True}, {"MATCH_epc": "a\0b"}, {"orderBy": "x y"}, {"EQ_ex:lot": None},
        {"GE_quantity": "1e999"}, {"LE_eventTime": "2026-03-01T00:00:00Z"}, {"EQ_ex:lot\0": "x"},
        {"GE_eventTime": "2026-03-01T00:00:00"},
    ],
)  # fmt: skip
def test_what_is_no_parameter_is_refused(given):
    with pytest.raises(QueryParameterWrong):
        language.read(given, Names(PREFIXES))


def test_every_name_of_the_published_schema_is_read(testdata):
    """All fixed parameters and one name for each pattern, whatever the patterns' escapes."""
    import json
    import re

    schema = json.loads((testdata / "epcis-schema/rest/query-schema.json").read_text())
    definition = schema["definitions"]["EPCIS-Query"]
    fixed = [name for name in _parts(definition, "properties") if name != "@context"]
    patterns = _parts(definition, "patternProperties")
    assert (len(fixed), len(patterns)) >= (60, 108)
    for name in fixed:
        language.read({name: _value(name)}, Names({}))
    for pattern in patterns:
        name = pattern.strip("^$").replace("[a-z][a-zA-Z0-9_]+", "kind").replace("[a-z][a-zA-Z0-9]*", "ex")
        name = (
            name.replace("[A-Z0-9]{2,4}", "CEL")
            .replace("\\\\", "\\")
            .replace("\\:", ":")
            .replace("\\w+", "name")
        )
        assert re.fullmatch(r"[\w:]+", name), (pattern, name)
        language.read(
            {name: 1 if "EXISTS" in name else ["1"] if "HASATTR" in name or "EQ_" in name else "1"}, Names({})
        )


def _parts(definition: dict[str, Any], kind: str) -> list[str]:
    found = list(definition.get(kind, {}))
    for part in definition.get("allOf", []):
        found += list(part.get(kind, {}))
    return found


def _value(name: str) -> Any:
    """A value of the kind that a parameter takes."""
    known = {"orderBy": "eventTime", "orderDirection": "ASC", "EQ_action": ["ADD"], "EQ_booleanValue": True}
    if name in known:
        return known[name]
    if name[:3] in ("GE_", "LT_") and name.endswith("ime"):
        return "2026-03-01T00:00:00Z"
    numeric = ("quantity", "percRank", "Limit", "Count")
    return 1 if name.startswith("EXISTS") or name.endswith(numeric) else ["1"]


@every(st.sampled_from(sorted(units.UNITS)), st.floats(-1e6, 1e6))
@bounds(max_examples=50, deadline=None)
def test_units_convert_there_and_back(code, value):
    for other, factor, more in units.into(code):
        there = value * factor + more
        back = next((f, o) for u, f, o in units.into(other) if u == code)
        assert there * back[0] + back[1] == pytest.approx(value, rel=1e-9, abs=1e-6)


def test_an_unknown_unit_is_comparable_with_itself():
    assert units.into("XYZ") == [("XYZ", 1.0, 0.0)]


@pytest.mark.parametrize(
    ("pattern", "fits", "doesnt"),
    [
        ("urn:epc:idpat:sgtin:9521141.000001.*", f"{GTIN}/21/77", "https://id.gs1.org/01/09521141000021/21/7"),
        ("urn:epc:idpat:sgtin:9521141.*.*", f"{GTIN}/21/77", "https://id.gs1.org/01/09521142000013/21/7"),
        ("urn:epc:idpat:sscc:9521141.*", "https://id.gs1.org/00/095211410000000011", "https://id.gs1.org/00/095211420000000010"),
        ("urn:epc:idpat:giai:9521141.*", "https://id.gs1.org/8004/9521141A1", "https://id.gs1.org/8004/9521142A1"),
        ("urn:epc:idpat:x:abc.*", "urn:epc:idpat:x:abc.", "urn:epc:id:x:abd"),
    ],
)  # fmt: skip
def test_patterns_are_stretches_of_identifiers(pattern, fits, doesnt):
    found = spans(pattern)
    if pattern.startswith("urn:epc:idpat:x"):
        fits = "urn:epc:id:x:abc.1"
    assert any(begin <= fits < end for begin, end in found)
    assert not any(begin <= doesnt < end for begin, end in found)
