"""Documents in JSON: contexts, simple contexts, facts of events; whatever the media type, what is invalid left out."""

import json
import random
import socket
from datetime import UTC, datetime, timedelta

import pytest

import epcis_corpus
from xilin.apps.trace.epcis import documents, jsonld
from xilin.apps.trace.epcis.errors import Invalid
from xilin.apps.trace.epcis.events import ErrorDeclaration, Link, Thing
from xilin.apps.trace.epcis.keys import canonical
from xilin.apps.trace.epcis.names import stamp
from xilin.apps.trace.gs1 import epc
from xilin.apps.trace.gs1.errors import Malformed

AT = datetime(2026, 3, 1, tzinfo=UTC)
STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def event(**members):
    found = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": ["urn:epc:id:sgtin:9521234.012345.1"],
    }
    return {name: value for name, value in {**found, **members}.items() if value is not ...}


def whole(*events, context=(STANDARD,), **members):
    data = {
        "@context": list(context),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
        **members,
    }
    return json.dumps(data).encode()


def read(*events, **members):
    return documents.read(whole(*events, **members))


def without_dates(head):
    return {name: value for name, value in head.items() if name not in ("creationDate", "schemaVersion")}


def test_an_event_is_known_in_one_form():
    (found,) = read(
        event(
            type="TransformationEvent",
            action=...,
            epcList=...,
            inputEPCList=["urn:epc:id:sgtin:9521234.012345.1"],
            inputQuantityList=[{"epcClass": "urn:epc:class:lgtin:9521234.012345.A1", "quantity": 12.5, "uom": "KGM"}],
            outputEPCList=["https://shop.example.cn/00/095212340000000013"],
            transformationID="urn:epc:id:gdti:9521234.00001.7",
            bizStep="https://ref.gs1.org/cbv/BizStep-packing",
            disposition="https://ns.example.cn/frozen",
            persistentDisposition={"set": ["cbv:Disp-recalled"], "unset": ["active"]},
            readPoint={"id": "urn:epc:id:sgln:9521234.00001.5"},
            bizLocation={"id": "geo:43.9,116.0"},
            bizTransactionList=[{"bizTransaction": "urn:a:b"}],
            sourceList=[{"type": "owning_party", "source": "urn:epc:id:pgln:9521234.00001"}],
            destinationList=[{"type": "https://ref.gs1.org/cbv/SDT-location", "destination": "urn:a:c"}],
            errorDeclaration={
                "declarationTime": "2026-03-02T00:00:00Z",
                "reason": "cbv:ER-did_not_occur",
                "correctiveEventIDs": ["urn:uuid:1"],
            },
            eventID="urn:uuid:0",
            recordTime="2026-03-01T00:00:01Z",
        )
    ).events  # fmt: skip

    assert found.time == AT
    assert found.record_time == AT + timedelta(seconds=1)
    assert found.things == (
        Thing("input", "https://id.gs1.org/01/09521234123453/21/1"),
        Thing("output", "https://id.gs1.org/00/095212340000000013"),
        Thing("input", "https://id.gs1.org/01/09521234123453/10/A1", 12.5, "KGM", is_class=True),
    )
    assert (found.biz_step, found.disposition) == ("packing", "https://ns.example.cn/frozen")
    assert (found.set, found.unset) == (("recalled",), ("active",))
    assert found.read_point == "https://id.gs1.org/414/9521234000013/254/5"
    assert found.biz_location == "geo:43.9,116.0"
    assert found.transformation_id == "https://id.gs1.org/253/95212340000137"
    assert found.transactions == (Link(None, "urn:a:b"),)
    assert found.sources == (Link("owning_party", "https://id.gs1.org/417/9521234000013"),)
    assert found.destinations == (Link("location", "urn:a:c"),)
    assert found.error == ErrorDeclaration(AT + timedelta(days=1), "did_not_occur", ("urn:uuid:1",))


def test_what_was_read_is_written_alike(testdata):
    count = 0
    for item in epcis_corpus.items(testdata):
        if item.name.endswith(".xml"):
            continue
        try:
            found = documents.read(item.content)
        except Invalid:
            continue
        written = documents.write(
            found.events, created=AT, head=found.head, master_data=found.master_data, query=found.query
        )
        back = documents.read(written)
        assert [e.body for e in back.events] == [e.body for e in found.events], item.name
        assert [e.context for e in back.events] == [e.context for e in found.events], item.name
        if found.kind == "EPCISDocument":
            assert without_dates(back.head) == without_dates(found.head), item.name
        assert back.master_data == found.master_data, item.name
        count += 1
    assert count > 100


@pytest.mark.parametrize(
    "name", ["SensorDataExample5", "ErrorDeclarationAndCorrectiveEvent", "Example_9.6.3"]
)
def test_documents_under_the_simple_context_are_read(testdata, name):
    items = [i for i in epcis_corpus.items(testdata) if i.kind == "json-simple-context" and name in i.name]

    for item in items:
        assert documents.read(item.content).events
    assert items


def test_an_unknown_context_is_kept_and_never_fetched(monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    context = [STANDARD, "https://context.example.cn/mutton.jsonld", {"m": "https://m.example.cn/"}]

    found = read(event(**{"m:cut": "leg"}), context=context)

    assert found.head["@context"] == context
    assert found.events[0].context == {"m": "https://m.example.cn/"}
    assert jsonld.as_document(found.events, created=AT, head=found.head)["@context"] == context


def test_an_events_own_context_counts():
    inner = event(**{"@context": [{"m": "https://other.example.cn/"}], "m:cut": "leg"})
    outer = event(**{"m:cut": "leg"})

    found = read(inner, outer, context=[STANDARD, {"m": "https://m.example.cn/"}])

    assert found.events[0].hash != found.events[1].hash
    assert found.events[0].context == {"m": "https://other.example.cn/"}
    back = documents.read(documents.write(found.events, created=AT))
    assert [e.hash for e in back.events] == [e.hash for e in found.events]


def test_prefixes_may_be_defined_by_other_prefixes():
    """By one of the same object, of one before, of the standard, or of the document around an event."""
    plain = event(**{"m:cut": "leg", "m:from": "m:ranch"})
    (wanted,) = read(plain, context=[STANDARD, {"m": "https://x.example.cn/meat/"}]).events
    ways = [
        [STANDARD, {"m": "x:meat/", "x": "https://x.example.cn/"}],
        [STANDARD, {"x": {"@id": "https://x.example.cn/"}}, {"m": {"@id": "x:meat/"}, "kind": "@type"}],
    ]

    for context in ways:
        (found,) = read(plain, context=context).events
        assert found.hash == wanted.hash
        assert found.context["m"] == "https://x.example.cn/meat/"
    (inner,) = read(
        event(**{"@context": [{"m": "x:meat/"}], **plain}), context=[STANDARD, {"x": "https://x.example.cn/"}]
    ).events
    assert inner.hash == wanted.hash
    for media_type in ("application/json", "application/xml"):
        back = documents.read(documents.write([inner, wanted], media_type, created=AT), media_type)
        assert {one.hash for one in back.events} == {wanted.hash}


def test_prefixes_that_lead_in_a_circle_stay_as_they_are():
    (found,) = read(
        event(**{"a:x": "1"}), context=[STANDARD, {"a": "b:y/", "b": "a:z/", "gs1": "gs1:own/"}]
    ).events

    assert found.context["gs1"] == "gs1:own/"
    assert documents.read(documents.write([found], created=AT)).events[0].hash == found.hash


def test_events_of_many_documents_keep_what_their_prefixes_mean():
    (one,) = read(event(**{"m:cut": "leg"}), context=[STANDARD, {"m": "https://a.example.cn/"}]).events
    (two,) = read(event(**{"m:cut": "leg"}), context=[STANDARD, {"m": "https://b.example.cn/"}]).events

    for media_type in ("application/json", "application/xml"):
        back = documents.read(documents.write([one, two], media_type, created=AT), media_type)
        assert [e.hash for e in back.events] == [one.hash, two.hash]


def test_a_bare_event_needs_a_context_and_reads_back():
    data = {"@context": [STANDARD], **event()}

    found = documents.read(json.dumps(data).encode())

    assert found.kind == "event"
    assert documents.read(documents.write_event(found.events[0])).events == found.events
    with pytest.raises(Invalid):
        documents.read(json.dumps(event()).encode())


def test_a_query_document_tells_its_query():
    answer = {"queryName": "mine", "resultsBody": {"eventList": [event()]}}
    data = {"@context": [STANDARD], "type": "EPCISQueryDocument", "epcisBody": {"queryResults": answer}}

    found = documents.read(json.dumps(data).encode())

    assert found.query == {"queryName": "mine", "call": "QueryResults"}
    assert len(found.events) == 1
    back = documents.read(documents.write(found.events, created=AT, query=found.query))
    assert (back.kind, back.query) == ("EPCISQueryDocument", found.query)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"type": "EPCISDocument",\n "a": }', 2),
        ("", 1),
        ("[1, 2", 1),
        ('{"a": NaN}', None),
        ("[" * 100_000, None),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(text, line):
    with pytest.raises(Invalid) as caught:
        documents.read(text.encode())

    assert caught.value.faults[0].code == "json"
    assert line is None or caught.value.faults[0].line == line


@pytest.mark.parametrize(
    "data", [[], 1, None, "x", {}, {"type": 1}, {"type": "EPCISDocument", "epcisBody": []}]
)
def test_json_that_is_no_document_is_refused(data):
    with pytest.raises(Invalid):
        documents.read(json.dumps(data).encode())


def test_times_no_calendar_has_are_refused_at_their_place():
    with pytest.raises(Invalid) as caught:
        read(event(), event(eventTime="0000-03-01T00:00:00Z"))

    fault = caught.value.faults[0]
    assert (fault.event, fault.place) == (1, "/epcisBody/eventList/1/eventTime")


def test_a_leap_second_is_the_second_after():
    (found,) = read(event(eventTime="2016-12-31T23:59:60Z")).events

    assert found.time == datetime(2017, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-03-01T08:00:00+08:00", "2026-03-01T00:00:00.000Z"),
        ("2026-03-01t00:00:00z", "2026-03-01T00:00:00.000Z"),
        ("2026-03-01T00:00:00.1234Z", "2026-03-01T00:00:00.123Z"),
        ("2026-03-01T00:00:00.1235Z", "2026-03-01T00:00:00.124Z"),
        ("2026-12-31T23:59:59.9996Z", "2027-01-01T00:00:00.000Z"),
        ("2026-03-01T00:00:00.123456789Z", "2026-03-01T00:00:00.123Z"),
    ],
)
def test_times_in_hashes_have_three_decimals(text, wanted):
    assert stamp(text) == wanted


@pytest.mark.parametrize(
    ("given", "wanted", "is_class"),
    [
        ("https://x.cn/01/9521234123453", "01/09521234123453", True),
        ("HTTPS://x.cn/a/gtin/95212341/ser/7", "01/00000095212341/21/7", False),
        ("https://x.cn/01/09521234123453/22/V/10/L/21/S?17=290101#a", "01/09521234123453/21/S", False),
        ("https://x.cn/01/09521234123453/22/V", "01/09521234123453", True),
        ("https://x.cn/01/09521234123453/10/a%2Fb", "01/09521234123453/10/a%2Fb", True),
        ("urn:epc:id:sgtin:9521234.012345.a%2Fb!", "01/09521234123453/21/a%2Fb%21", False),
        ("urn:epc:id:sgln:9521234.00001.0", "414/9521234000013", False),
        ("urn:epc:idpat:sgtin:9521234.012345.*", "01/09521234123453", True),
        ("urn:epc:class:lgtin:9521234.012345.L", "01/09521234123453/10/L", True),
        ("https://x.cn/253/9521234000013", "253/9521234000013", True),
        ("https://x.cn/8006/095212341234530102/21/A", "8006/095212341234530102/21/A", False),
    ],
)
def test_identifiers_have_one_form(given, wanted, is_class):
    assert canonical(given) == (f"https://id.gs1.org/{wanted}", is_class)


@pytest.mark.parametrize(
    "given",
    [
        "https://x.cn/01/12",
        "https://x.cn/about",
        "urn:uuid:1",
        "urn:epc:id:sgtin:1.2.3",
        "geo:1,2",
        "",
        "https://x.cn/01",
    ],
)
def test_what_is_no_gs1_key_stays(given):
    assert canonical(given) == (given, False)


@pytest.mark.parametrize(
    ("epc_format", "wanted"),
    [
        ("Never_Translates", "urn:epc:id:sgtin:9521234.012345.1"),
        ("Always_GS1_Digital_Link", "https://id.gs1.org/01/09521234123453/21/1"),
        ("Always_EPC_URN", "urn:epc:id:sgtin:"),
    ],
)
def test_identifiers_are_written_as_asked(epc_format, wanted):
    found = read(event(readPoint={"id": "urn:epc:id:sgln:9521234.00001.0"}, parentID=...)).events

    written = documents.read(documents.write(found, created=AT, epc_format=epc_format)).events[0]

    assert written.body["epcList"][0].startswith(wanted)
    assert written.hash == found[0].hash


def test_usual_identifiers_are_worked_out_as_all_the_others_are():
    pick = random.Random(1)
    seen = 0
    for _ in range(5000):
        kind = pick.choice(("id:sgtin", "class:lgtin", "id:sscc"))
        prefix = pick.randrange(5, 14)
        rest = (17 if kind == "id:sscc" else 13) - prefix + pick.choice((0, 0, 0, 1, -1))
        digits = [str(pick.randrange(10)) for _ in range(prefix + max(rest, 0))]
        serial = "." + "".join(pick.choices("abXY019-_.", k=pick.randrange(22))) if kind != "id:sscc" else ""
        urn = f"urn:epc:{kind}:{''.join(digits[:prefix])}.{''.join(digits[prefix:])}{serial}"
        try:
            wanted = epc.to_digital_link(urn)
            seen += 1
        except Malformed:
            wanted = urn
        assert canonical(urn).id == wanted
    assert seen > 500


def test_invalid_events_are_left_out_and_told_about():
    bad = event(action="CREATE")
    late = event(eventTime="0000-01-01T00:00:00Z")

    found = documents.read_fit(whole(event(), bad, event(bizStep="packing"), late, event()))

    assert found.places == (0, 2, 4)
    assert [e.biz_step for e in found.document.events] == [None, "packing", None]
    assert [(f.event, f.place) for f in found.faults] == [
        (1, "/epcisBody/eventList/1/action"),
        (3, "/epcisBody/eventList/3/eventTime"),
    ]


def test_a_thousand_invalid_events_are_left_out_too():
    found = documents.read_fit(whole(*[event(action="CREATE")] * 999, event()))

    assert found.places == (999,)
    assert {fault.event for fault in found.faults} == set(range(999))


def test_invalid_events_of_xml_are_left_out_too():
    xml = documents.write(
        read(event(), event(bizStep="packing"), event()).events, "application/xml", created=AT
    )
    broken = xml.replace(b"<action>OBSERVE</action>", b"<action>CREATE</action>", 1)

    found = documents.read_fit(broken, "text/xml; charset=utf-8")

    assert found.places == (1, 2)
    assert [fault.event for fault in found.faults] == [0]
    assert found.document.events[0].biz_step == "packing"


def test_a_document_wrong_beside_its_events_is_refused_whole():
    with pytest.raises(Invalid):
        documents.read_fit(whole(event(), schemaVersion=2))
