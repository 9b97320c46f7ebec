"""Documents made up by the standard's rules are judged as its schemas do, and are the same after any way through any syntax."""

import json
import random
from datetime import UTC, datetime

import jsonschema_rs
import pytest
from lxml import etree

import epcis_made
from epcis_mutations import mutants
from xilin.apps.trace.epcis import documents, schema, xml_checks, xml_reading
from xilin.apps.trace.epcis.errors import Invalid

AT = datetime(2026, 3, 1, tzinfo=UTC)
MADE = 120


@pytest.fixture(scope="module")
def made():
    draw = random.Random(5)
    return [epcis_made.document(draw) for _ in range(MADE)]


@pytest.fixture(scope="module")
def official(testdata):
    path = testdata / "epcis-schema" / "openepcis-2.0.1" / "epcis-json-schema.json"
    return jsonschema_rs.Draft7Validator(json.loads(path.read_text()), validate_formats=True)


@pytest.fixture(scope="module")
def xsd(testdata):
    return etree.XMLSchema(etree.parse(testdata / "epcis-schema" / "xsd" / "EPCglobal-epcis-query-2_0.xsd"))


def read(data):
    return documents.read(json.dumps(data).encode())


def test_documents_made_up_and_changed_get_the_verdict_of_the_standards_schema(made, official):
    assert [data for data in made if not official.is_valid(data)] == []
    for data in made:
        read(data)

    verdicts = [
        (told, official.is_valid(data), schema.is_valid(data)) for told, data in mutants(made, 1000, 6)
    ]
    assert [told for told, theirs, ours in verdicts if theirs != ours] == []
    assert {theirs for _, theirs, _ in verdicts} == {True, False}


def test_written_as_json_and_read_again_nothing_is_another(made):
    for data in made:
        found = read(data)
        asked = {"query": found.query} if found.query else {}
        written = documents.write(
            found.events, created=AT, head=found.head, master_data=found.master_data, **asked
        )

        again = documents.read(written)

        assert [bare(event.body) for event in again.events] == [bare(event.body) for event in found.events]
        assert [event.hash for event in again.events] == [event.hash for event in found.events]
        assert again.master_data == found.master_data


def bare(body):
    return {name: value for name, value in body.items() if name != "@context"}


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_written_as_xml_and_read_again_every_event_is_the_same(made, xsd, version):
    for data in made:
        found = read(data)
        asked = {"query": found.query} if found.query else {}
        written = documents.write(
            found.events, "application/xml", created=AT, head=found.head, master_data=found.master_data, xml_version=version,
            **asked,
        )  # fmt: skip

        again = documents.read(written, "application/xml")

        assert [event.hash for event in again.events] == [event.hash for event in found.events]
        assert [event.error for event in again.events] == [event.error for event in found.events]
        assert [event.things for event in again.events] == [event.things for event in found.events]
        several = any(isinstance(event.body.get("certificationInfo"), list) for event in found.events)
        assert version == "1.2" or several or xsd.validate(etree.fromstring(written)), xsd.error_log


def test_single_events_are_the_same_in_both_syntaxes(made):
    for data in made[:60]:
        event = read(data).events[0]
        for media_type in ("application/json", "application/xml"):
            written = documents.write_event(event, media_type)
            assert documents.read(written, media_type).events[0].hash == event.hash


def one(number, context, **members):
    data = {
        "@context": [epcis_made.CONTEXT, context], "type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00Z",
        "eventTimeZoneOffset": "+08:00", "action": "OBSERVE", "epcList": [f"urn:x:{number}"], **members,
    }  # fmt: skip
    return read(data).events[0]


@pytest.mark.parametrize("media_type", ["application/json", "application/xml"])
@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_events_that_mean_different_things_by_one_prefix_stand_in_one_document(media_type, version):
    """Or by none: what one event declares, or redeclares of the standard's, doesn't reach the next."""
    reading = [{"sensorReport": [{"type": "ex:smell", "ex:k": "1"}]}]
    events = [
        one(1, {"ex": "urn:one:"}, **{"ex:a": "ex:v", "bizStep": "ex:step"}),
        one(2, {"ex": "urn:two:"}, **{"ex:a": {"ex:b": "ex:v"}, "bizStep": "ex:step", "sensorElementList": reading}),
        one(3, {"ex": "urn:three:", "own": "urn:one:"}, **{"own:a": "own:v", "readPoint": {"id": "ex:place"}}),
        one(4, {"gs1": "urn:mine:", "1st": "urn:1:"}, **{"gs1:a": "gs1:v", "other:b": ["1st:v"]}),
        one(5, {}, **{"gs1:a": "gs1:v", "other:b": "ex:v"}),
    ]  # fmt: skip

    for query in (None, {"queryName": "q"}):
        written = documents.write(events, media_type, created=AT, xml_version=version, query=query)
        again = documents.read(written, media_type)

        assert [event.hash for event in again.events] == [event.hash for event in events]
    assert len({event.hash for event in events}) == len(events)


def test_a_type_of_event_may_be_written_out():
    context = {"e": "https://ref.gs1.org/epcis/"}
    events = [one(1, context, type=kind) for kind in ("ObjectEvent", "e:ObjectEvent", "epcis:ObjectEvent")]

    assert {event.type for event in events} == {"ObjectEvent"}
    assert len({event.hash for event in events}) == 1
    assert one(1, context, type="e:Weighing").type == "https://ref.gs1.org/epcis/Weighing"


def test_names_that_xml_cannot_have_or_that_look_coded_come_back_as_they_were():
    inner = {"": 1, "a b": 2, "1st": 3, "_x0041_": 4, "羊": 5, "_xFFFFFF_": 6, "x_x002D_y": 7}
    event = one(1, {"ex": "urn:ex:"}, **{"ex:a": inner, "ex:_x0042_": 8})

    again = documents.read(documents.write([event], "application/xml", created=AT), "application/xml")

    assert again.events[0].body["ex:a"] == inner
    assert again.events[0].body["ex:_x0042_"] == 8


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'{\n"a": "\\ud800"\n}', 2), (b'{\n"a": 1,\n"b": 1e400\n}', 3), (b'{\n"a": NaN}', 2), (b'{"a": 1,\n}', 2),
        (b'{\n\n"a": "\xff"}', 3), (b'{"a": "\x01"}', 1), (b"", 1),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_with_its_line(content, line):
    with pytest.raises(Invalid) as caught:
        documents.read(content)

    assert (caught.value.faults[0].code, caught.value.faults[0].line) == ("json", line)


IMPOSSIBLE = {"recordTime": "0000-12-31T23:59:59Z", "eventTime": "9999-12-31T23:59:59-14:00"}


@pytest.mark.parametrize("member", IMPOSSIBLE)
def test_a_time_no_calendar_has_is_refused_at_its_place(member):
    data = {
        "@context": [epcis_made.CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {"eventList": [{**bare(one(1, {}).body), member: IMPOSSIBLE[member]}]},
    }  # fmt: skip

    with pytest.raises(Invalid) as caught:
        read(data)

    assert [fault.place for fault in caught.value.faults] == [f"/epcisBody/eventList/0/{member}"]
    assert IMPOSSIBLE[member] in caught.value.faults[0].what.en


def test_a_time_no_calendar_has_is_refused_at_its_place_in_xml_too():
    written = documents.write([one(1, {})], "application/xml", created=AT)

    with pytest.raises(Invalid) as caught:
        documents.read(
            written.replace(b"2026-03-01T08:00:00Z", b"9999-12-31T23:59:59-14:00"), "application/xml"
        )

    assert caught.value.faults[0].place.endswith("/ObjectEvent/eventTime")
    assert caught.value.faults[0].line


@pytest.mark.parametrize(
    "wrong", [5, "x", [5], {"a": 1}, [{"sensorReport": 7}], [{"sensorReport": [7]}], None]
)
def test_readings_of_no_shape_under_the_simple_context_are_refused(wrong):
    event = {**bare(one(1, {}).body), "sensorElementList": wrong}
    context = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context-simple.jsonld"

    with pytest.raises(Invalid) as caught:
        read({"@context": [context], **event})

    assert caught.value.faults[0].place.startswith("/sensorElementList")


TYPES = [
    ("date", "2026-03-01", True), ("date", "2026-03-41", False), ("int", "3000000000", False), ("long", "3000000000", True),
    ("unsignedInt", "-1", False), ("positiveInteger", "0", False), ("base64Binary", "QUJD", True), ("QName", "a:b", True),
    ("QName", "none:b", False), ("duration", "P1D", True), ("gYear", "x", False), ("nosuch", "x", False), ("anyType", "<a:c/>", True),
    ("anySimpleType", "<a:c/>", False), ("boolean", "yes", False), ("token", " x  y ", True), ("float", "1e5", True),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "good"), [*TYPES, ("a:Own", "x", False)])
def test_types_that_elements_of_others_name_are_held_to(xsd, kind, text, good):
    named = kind if ":" in kind else f"xsd:{kind}"
    content = f"""<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" schemaVersion="2.0" creationDate="2026-03-01T00:00:00Z">
      <EPCISBody><EventList><ObjectEvent><eventTime>2026-03-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
      <epcList/><action>OBSERVE</action><a:x xmlns:a="urn:a:" xsi:type="{named}">{text}</a:x></ObjectEvent></EventList></EPCISBody>
      </epcis:EPCISDocument>"""
    root = xml_reading.parse(content.encode())

    found = xml_checks.faults(root, "2.0")

    assert (not found) == xsd.validate(root) == good
    assert good or "/ObjectEvent/a:x" in found[0].place


def test_letters_outside_ascii_in_direct_names_and_uris_are_refused_in_words_of_their_own():
    data = epcis_made.document(random.Random(1))
    data = {**data, "type": "EPCISDocument", "epcisBody": {"eventList": [epcis_made.event(random.Random(2))]}}
    for member, value, word in (("ex:羊", 1, "hyphens"), ("eventID", "https://例.cn/羊", "%E7%BE%8A")):
        data["epcisBody"]["eventList"][0] |= {member: value}
        with pytest.raises(Invalid) as caught:
            read(data)
        (fault,) = caught.value.faults
        assert fault.place == f"/epcisBody/eventList/0/{member}"
        assert word in fault.remedy.en
        del data["epcisBody"]["eventList"][0][member]
