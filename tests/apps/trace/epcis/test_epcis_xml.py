"""EPCIS XML of both versions: judged as the standard's schema does, read, written, and safe."""

import json
from datetime import UTC, datetime

import pytest
from lxml import etree

import epcis_corpus
from epcis_xml_mutations import mutants
from xilin.apps.trace.epcis import documents, jsonld, xml_checks, xml_reading, xml_writing
from xilin.apps.trace.epcis.errors import Invalid

AT = datetime(2026, 3, 1, tzinfo=UTC)
EVENT = """
      <ObjectEvent xmlns:ex="https://ns.example.cn/ex/">
        <eventTime>2026-03-01T08:00:00+08:00</eventTime>
        <eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
        <epcList><epc>urn:epc:id:sgtin:9521234.012345.1</epc></epcList>
        <action>ADD</action>
        <bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>
        <readPoint><id>urn:epc:id:sgln:9521234.00001.0</id></readPoint>
        <ilmd><ex:lot>007</ex:lot><ex:kg xsi:type="xsd:double">20.5</ex:kg><ex:ok xsi:type="xsd:boolean">1</ex:ok></ilmd>
      </ObjectEvent>"""


def document(event=EVENT, space="urn:epcglobal:epcis:xsd:2", version="2.0", before=""):
    return f"""<?xml version="1.0" encoding="UTF-8"?>{before}
<epcis:EPCISDocument xmlns:epcis="{space}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema" schemaVersion="{version}" creationDate="2026-03-01T00:00:00Z">
  <EPCISBody>
    <EventList>{event}
    </EventList>
  </EPCISBody>
</epcis:EPCISDocument>""".encode()


def invalid(content, **options):
    with pytest.raises(Invalid) as caught:
        documents.read(content, "application/xml", **options)
    return caught.value.faults


def xml_items(testdata):
    return [item for item in epcis_corpus.items(testdata) if item.name.endswith(".xml")]


@pytest.fixture(scope="module")
def xsd(testdata):
    folder = testdata / "epcis-schema" / "xsd"
    names = {"query": "EPCglobal-epcis-query-2_0.xsd", "master": "EPCglobal-epcis-masterdata-2_0.xsd"}
    schemas = {kind: etree.XMLSchema(etree.parse(folder / name)) for kind, name in names.items()}

    def judge(root):
        kind = "master" if "MasterData" in etree.QName(root).localname else "query"
        return schemas[kind].validate(root)

    return judge


def of_version_2(root):
    return (etree.QName(root).namespace or "").endswith("xsd:2")


# Read although the collectors' XML Schema minds: spaces around a date inside somebody's own element (they don't count
# in XML Schema), and bare events whose elements carry the standard's namespace.
MINDED = (
    "1.2__EPCIS__XML__Capture__Documents__AggregationEvent_all_possible_fields",
    "Events__Namespace_event",
)


def test_every_collected_document_gets_the_verdict_of_the_standards_schema(testdata):
    for item in xml_items(testdata):
        if any(name in item.name for name in MINDED):
            continue
        try:
            documents.read(item.content, "application/xml")
            valid = True
        except Invalid:
            valid = False
        if item.verdict == "noschema":
            assert valid == (item.kind != "invalid-xml"), item.name
        else:
            assert valid == (item.verdict == "valid"), item.name


@pytest.mark.parametrize("seed", [1, 2])
def test_documents_changed_at_random_get_the_verdict_of_the_standards_schema(testdata, xsd, seed):
    roots = [xml_reading.parse(item.content) for item in xml_items(testdata) if item.verdict == "valid"]
    roots = [root for root in roots if of_version_2(root) and len(etree.tostring(root)) < 20_000]

    # What begins with a name without a namespace is a bare event or no document at all.
    judged = [
        (told, xsd(root), xml_checks.faults(root, "2.0"))
        for told, root in mutants(roots, 3000, seed)
        if etree.QName(root).namespace is not None
    ]
    # An offset is any text to XML Schema; several certificates are allowed here as in JSON; `1e` is no number.
    wrong = [
        told
        for told, theirs, faults in judged
        if theirs == bool(faults)
        and {fault.code for fault in faults} != {"offset"}
        and "certificationInfo" not in told
        and "'1e'" not in told
    ]

    assert wrong == []
    assert {theirs for _, theirs, _ in judged} == {True, False}


def test_every_invalid_document_is_refused_with_its_place_and_line(testdata):
    refused = [item for item in xml_items(testdata) if item.kind == "invalid-xml"]

    for item in refused:
        for fault in invalid(item.content):
            assert fault.place.startswith("/"), item.name
            assert fault.line, item.name
            assert fault.what.zh, item.name
            assert fault.remedy.en, item.name
    assert len(refused) >= 6


@pytest.mark.parametrize(
    ("old", "new", "place", "word"),
    [
        ("<action>ADD</action>", "", "/ObjectEvent", "action"),
        ("<action>ADD", "<action>OBSERV", "/ObjectEvent/action", "OBSERVE"),
        ("01T08:00:00+08:00", "01 08:00", "/ObjectEvent/eventTime", "zone"),
        ("<epc>", "<epc odd='1'>", "/ObjectEvent/epcList/epc", "odd"),
        ("<ilmd>", "<unknown/><ilmd>", "/ObjectEvent/unknown", "unknown"),
        ("+08:00</eventTimeZoneOffset>", "Z</eventTimeZoneOffset>", "/ObjectEvent/eventTimeZoneOffset", "offset"),
        ("xsd:double", "xs:double", "/ObjectEvent/ilmd/ex:kg/@xsi:type", "xs:double"),
        ("20.5<", "heavy<", "/ObjectEvent/ilmd/ex:kg", "heavy"),
    ],
)  # fmt: skip
def test_a_fault_names_xpath_line_and_what_to_do(old, new, place, word):
    (fault,) = invalid(document(EVENT.replace(old, new)))

    assert fault.place == f"/epcis:EPCISDocument/EPCISBody/EventList{place}"
    assert word in f"{fault.what.en} {fault.remedy.en}"
    assert fault.line >= 7
    assert fault.event == 0


def test_the_order_of_elements_is_part_of_the_form():
    moved = EVENT.replace("<action>ADD</action>", "").replace("<epcList>", "<action>ADD</action><epcList>")

    faults = invalid(document(moved))

    assert [fault.code for fault in faults] == ["order"]
    assert len(documents.read(document(moved), "application/xml", lenient=True).events) == 1


def test_declarations_of_errors_have_an_order_in_1_2_and_none_in_2_0():
    told = "<declarationTime>2026-03-02T08:00:00Z</declarationTime>"
    reason = "<reason>urn:epcglobal:cbv:er:incorrect_data</reason>"
    for members, good in ((told + reason, True), (reason + told, False), (told + told, False)):
        declared = f"<errorDeclaration>{members}</errorDeclaration>"
        after = "</eventTimeZoneOffset>"
        old = EVENT.replace(after, f"{after}<baseExtension>{declared}</baseExtension>").replace(
            "<ilmd>", "<extension><ilmd>").replace("</ilmd>", "</ilmd></extension>")  # fmt: skip
        content = document(old, space="urn:epcglobal:epcis:xsd:1", version="1.2")
        assert (xml_checks.faults(xml_reading.parse(content), "1.2") == []) is good
    mixed = EVENT.replace(after, f"{after}<errorDeclaration>{reason}{told}</errorDeclaration>")
    assert len(documents.read(document(mixed), "application/xml").events) == 1


OLD_EVENT = EVENT.replace("<ilmd>", "<extension><ilmd>").replace("</ilmd>", "</ilmd></extension>")
PARTNER = "<s:Identifier Authority='GS1'>urn:epc:id:sgln:9521234.00001.0</s:Identifier>"
BUSINESS = f"""<s:StandardBusinessDocumentHeader
  xmlns:s="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"><s:HeaderVersion>1.0</s:HeaderVersion>
  <s:Sender>{PARTNER}</s:Sender><s:Receiver>{PARTNER}</s:Receiver><s:DocumentIdentification><s:Standard>EPCglobal</s:Standard>
  <s:TypeVersion>1.0</s:TypeVersion><s:InstanceIdentifier>1</s:InstanceIdentifier><s:Type>Events</s:Type>
  <s:CreationDateAndTime>2026-03-01T00:00:00Z</s:CreationDateAndTime></s:DocumentIdentification>
  <s:Manifest><s:NumberOfItems>1</s:NumberOfItems><s:ManifestItem><s:MimeTypeQualifierCode>a/b</s:MimeTypeQualifierCode>
  <s:UniformResourceIdentifier>urn:a:b</s:UniformResourceIdentifier></s:ManifestItem></s:Manifest>
  <s:BusinessScope><s:Scope><s:Type>a</s:Type><s:InstanceIdentifier>b</s:InstanceIdentifier><s:BusinessService>
  <s:ServiceTransaction Recurrence='c'/></s:BusinessService><s:CorrelationInformation/></s:Scope></s:BusinessScope>
  </s:StandardBusinessDocumentHeader>"""
MASTER = """<extension><EPCISMasterData><VocabularyList><Vocabulary type="urn:a:b"/></VocabularyList></EPCISMasterData>
  </extension>"""
OWN = '<ex:own xmlns:ex="https://ns.example.cn/ex/">1</ex:own>'
NEW_SPACE = '<e2:own xmlns:e2="urn:epcglobal:epcis:xsd:2">1</e2:own>'
OLD_SPACE = '<e1:own xmlns:e1="urn:epcglobal:epcis:xsd:1">1</e1:own>'


@pytest.mark.parametrize(
    ("header", "good"),
    [
        (BUSINESS, True),
        (BUSINESS + MASTER, True),
        (BUSINESS + MASTER + OWN, True),
        (BUSINESS + OWN + BUSINESS, True),
        ("", False),
        (MASTER, False),
        (OWN, False),
        (MASTER + BUSINESS, False),
        (BUSINESS + OWN + MASTER, False),
        (BUSINESS + OLD_SPACE, False),
        (BUSINESS + NEW_SPACE, True),
        (BUSINESS.replace("<s:NumberOfItems>1", "<s:NumberOfItems>one"), False),
        (BUSINESS.replace("<s:CorrelationInformation/>", "<s:ScopeInformation/>"), False),
        (BUSINESS.replace("Recurrence", "TypeOfServiceTransaction"), False),
        (BUSINESS.replace("<s:HeaderVersion>1.0</s:HeaderVersion>", ""), False),
    ],
)
def test_the_header_of_1_2_begins_with_a_business_document_header(header, good):
    content = document(OLD_EVENT, space="urn:epcglobal:epcis:xsd:1", version="1.2")
    content = content.replace(b"<EPCISBody>", f"<EPCISHeader>{header}</EPCISHeader><EPCISBody>".encode())

    if good:
        assert documents.read(content, "application/xml").events
    else:
        for fault in invalid(content):
            assert fault.place.startswith("/epcis:EPCISDocument/EPCISHeader")
            assert fault.line >= 2


@pytest.mark.parametrize(
    ("old", "new", "good"),
    [
        ("<ObjectEvent", f"{OWN}<ObjectEvent", False),
        ("<ObjectEvent", f"<extension><extension>{OWN}</extension></extension><ObjectEvent", False),
        (
            "<ObjectEvent",
            f"<extension><extension><extension>{OWN}</extension></extension></extension><ObjectEvent",
            True,
        ),
        ("<ObjectEvent", "<extension note='a'><extension><a/></extension></extension><ObjectEvent", False),
        ("<epcList>", "<epcList note='a'>", False),
        ("<epcList>", "<epcList xsi:nil='false'>", False),
        ("<action>", "<action xsi:type='xsd:string'>", False),
        ("<readPoint>", "<readPoint xsi:type='epcis:ReadPointType'>", True),
        ("<readPoint>", "<readPoint xsi:type='epcis:ObjectEventType'>", False),
        ("<eventTimeZoneOffset>", "<eventTimeZoneOffset xsi:type='xsd:string'>", True),
        ("</epcList>", "</epcList>\u00a0", False),
        ("</epcList>", "</epcList> \n ", True),
        ("</ObjectEvent>", f"{OWN}{NEW_SPACE}</ObjectEvent>", True),
        ("</ObjectEvent>", f"{OLD_SPACE}</ObjectEvent>", False),
        ("<ilmd>", "<sensorElementList/><ilmd>", False),
    ],
)
def test_1_2_is_judged_as_its_own_schema_does(old, new, good):
    content = document(OLD_EVENT.replace(old, new), space="urn:epcglobal:epcis:xsd:1", version="1.2")

    if good:
        assert documents.read(content, "application/xml").events
    else:
        assert all(
            fault.place.startswith("/epcis:EPCISDocument/EPCISBody/EventList") for fault in invalid(content)
        )


@pytest.mark.parametrize("space", ["urn:epcglobal:epcis-query:xsd:2", "urn:epcglobal:epcis-masterdata:xsd:1"])
def test_a_document_begins_in_its_own_namespace(space):
    assert invalid(document(space=space))[0].code == "root"


@pytest.mark.parametrize(
    ("content", "place", "advice"),
    [
        (document().replace(b"action>", b"epcis:action>"), "/ObjectEvent/epcis:action", "write <action>"),
        (document(OLD_EVENT), "/ObjectEvent/extension/ilmd", "in the event itself"),
        (document(EVENT, "urn:epcglobal:epcis:xsd:1", "1.2"), "/ObjectEvent/ilmd", "stands in extension"),
        (
            document().replace(b"epcis:EPCISDocument", b"EPCISDocument").replace(b"xmlns:epcis", b"xmlns"),
            "/EPCISDocument/EPCISBody",
            "xmlns:epcis",
        ),
    ],
)
def test_usual_mistakes_with_namespaces_and_versions_are_told_as_such(content, place, advice):
    fault = invalid(content)[0]

    assert fault.place.endswith(place)
    assert advice in fault.remedy.en


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\n\n", b"\xef\xbb\xbf\n"])
def test_marks_and_empty_lines_before_a_document_do_no_harm(before):
    assert documents.read(before + document().replace(b"\n", b"\r\n"), "application/xml").events


def test_the_header_of_2_0_holds_no_elements_of_others():
    header = f"<EPCISHeader>{OWN}</EPCISHeader><EPCISBody>"
    assert invalid(document().replace(b"<EPCISBody>", header.encode()))


def test_master_data_written_as_1_2_has_a_business_header_that_names_nobody():
    vocabularies = [{"type": "urn:a:b", "vocabularyElementList": [{"id": "urn:c:d"}]}]

    written = documents.write((), "application/xml", created=AT, master_data=vocabularies, xml_version="1.2")
    found = documents.read(written, "application/xml")

    assert ids(found) == [("urn:a:b", "urn:c:d", [])]
    assert "sender" not in found.head


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_what_json_allows_and_xml_says_differently_survives(version):
    body = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01t08:00:00z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": ["urn:a:b"],
        "readPoint": {"id": "urn:a:b", "name": "x", "ex:more": 1},
        "sensorElementList": [],
        "errorDeclaration": {"declarationTime": "2026-03-01T08:00:00z", "ex:7": "y"},
        "ex:listed": {"@value": ["a", "b"]},
    }
    data = {"@context": ["https://x.example.cn/context", {"ex": "https://ns.example.cn/ex/"}], **body}
    (event,) = jsonld.read(json.dumps(data).encode()).events

    written = documents.write([event], "application/xml", created=AT, xml_version=version)

    (found,) = documents.read(written, "application/xml").events
    assert found.time == event.time
    assert found.body["readPoint"] == body["readPoint"]
    assert found.body["errorDeclaration"]["ex:7"] == "y"
    assert found.body["ex:listed"] == ["a", "b"]


def test_types_named_in_xml_are_types_in_json():
    (event,) = documents.read(document(), "application/xml").events

    assert event.body["ilmd"] == {"ex:lot": "007", "ex:kg": 20.5, "ex:ok": True}
    assert event.body["bizStep"] == "commissioning"
    assert event.context == {"ex": "https://ns.example.cn/ex/"}
    assert event.things[0].id == "https://id.gs1.org/01/09521234123453/21/1"


BOMB = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10 if n else 'x' * 100}'>" for n in range(8))


@pytest.mark.parametrize(
    "before",
    [
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]>",
        f"<!DOCTYPE a [{BOMB}]>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/evil.dtd'>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/evil'> %p;]>",
    ],
    ids=["file", "entity", "bomb", "dtd", "parameter"],
)
def test_entities_and_outside_definitions_are_refused(before):
    event = EVENT.replace("007", "&x;") if "ENTITY x" in before else EVENT

    assert invalid(document(event, before=before))[0].code in ("dtd", "xml")


def test_a_declaration_of_nothing_but_a_name_is_harmless():
    assert len(documents.read(document(before="<!DOCTYPE project>"), "application/xml").events) == 1


@pytest.mark.parametrize(
    "content", [b"", b"<a", b"<a></b>", b"\x00", "<a>\ud800</a>".encode("utf-8", "surrogatepass")]
)
def test_what_is_no_xml_is_refused_with_its_line(content):
    (fault,) = invalid(content)

    assert fault.code == "xml"


def test_depth_has_an_end():
    deep = "<ex:a>" * 5000 + "</ex:a>" * 5000

    assert invalid(document(EVENT.replace("<ex:lot>007</ex:lot>", deep)))[0].code == "xml"


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_what_was_read_is_written_and_read_again_alike(testdata, version):
    """From every valid document, JSON or XML, to XML of each version and to JSON, with equal strict hashes."""
    count = 0
    for item in epcis_corpus.items(testdata):
        try:
            found = documents.read(item.content, item.media_type)
        except Invalid:
            continue
        wanted = [event.hash for event in found.events]
        for media_type in ("application/xml", "application/json"):
            written = documents.write(
                found.events,
                media_type,
                created=AT,
                head=found.head,
                master_data=found.master_data,
                xml_version=version,
            )
            back = documents.read(written, media_type)
            assert [event.hash for event in back.events] == wanted, (item.name, media_type)
            assert [event.error for event in back.events] == [event.error for event in found.events]
            assert [event.event_id for event in back.events] == [event.event_id for event in found.events]
        count += 1
    assert count > 180


def test_what_is_written_as_xml_pleases_the_standards_schema(testdata, xsd):
    for item in epcis_corpus.items(testdata):
        try:
            found = documents.read(item.content, item.media_type)
        except Invalid:
            continue
        if any(isinstance(event.body.get("certificationInfo"), list) for event in found.events):
            continue
        head = {name: value for name, value in found.head.items() if name != "epcisHeader"}
        written = documents.write(found.events, "application/xml", created=AT, head=head)

        assert xsd(etree.fromstring(written)), item.name


def test_1_2_becomes_2_0_with_nothing_lost(testdata, xsd):
    count = 0
    for item in xml_items(testdata):
        if item.kind != "xml12" or item.verdict != "valid":
            continue
        found = documents.read(item.content, "application/xml")
        if not found.events or found.version != "1.2":
            continue

        new = documents.write(found.events, "application/xml", created=AT)

        assert xsd(etree.fromstring(new)), item.name
        again = documents.read(new, "application/xml")
        assert again.version == "2.0"
        assert [event.hash for event in again.events] == [event.hash for event in found.events]
        count += 1
    assert count >= 8


def test_a_quantity_event_of_1_0_becomes_an_object_event():
    event = """<QuantityEvent><eventTime>2026-03-01T08:00:00+08:00</eventTime>
      <eventTimeZoneOffset>+08:00</eventTimeZoneOffset><epcClass>urn:epc:idpat:sgtin:9521234.012345.*</epcClass>
      <quantity>20</quantity><bizStep>urn:epcglobal:cbv:bizstep:receiving</bizStep></QuantityEvent>"""

    (found,) = documents.read(document(event, "urn:epcglobal:epcis:xsd:1", "1.2"), "application/xml").events

    assert (found.type, found.action, found.biz_step) == ("ObjectEvent", "OBSERVE", "receiving")
    assert [(t.id, t.quantity, t.is_class) for t in found.things] == [
        ("https://id.gs1.org/01/09521234123453", 20.0, True)
    ]


def test_times_of_1_2_without_a_zone_are_in_the_zone_of_their_event():
    local = EVENT.replace("01T08:00:00+08:00", "01T08:00:00.5")
    old = local.replace("<ilmd>", "<extension><ilmd>").replace("</ilmd>", "</ilmd></extension>")
    wrong = """<baseExtension><errorDeclaration><declarationTime>2026-03-02T00:00:00</declarationTime></errorDeclaration>
      </baseExtension>"""
    old = old.replace("</eventTimeZoneOffset>", f"</eventTimeZoneOffset>{wrong}")

    (found,) = documents.read(document(old, "urn:epcglobal:epcis:xsd:1", "1.2"), "application/xml").events

    assert found.body["eventTime"] == "2026-03-01T08:00:00.5+08:00"
    assert found.time == datetime(2026, 3, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    assert found.error.time == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert invalid(document(local))[0].place.endswith("/eventTime")


def test_master_data_is_read_and_written(testdata):
    names = ("masterdata_all_possible_fields", "CBV-11.4", "ValidMasterdataElement")
    found = [
        documents.read(item.content, "application/xml")
        for item in xml_items(testdata)
        if any(name in item.name for name in names)
    ]

    assert len(found) == 3
    for each in found:
        assert each.master_data[0]["vocabularyElementList"][0]["id"]
        again = documents.read(xml_writing.write_master_data(each.master_data, created=AT), "application/xml")
        assert ids(again) == ids(each)
    header = documents.write((), "application/json", created=AT, master_data=found[0].master_data)
    assert ids(documents.read(header)) == ids(found[0])


def ids(found):
    return [
        (vocabulary["type"], element["id"], [a["id"] for a in element.get("attributes", ())])
        for vocabulary in found.master_data
        for element in vocabulary["vocabularyElementList"]
    ]


def test_queries_and_answers_are_read_and_written(testdata):
    (item,) = [item for item in xml_items(testdata) if item.kind == "query"]

    found = documents.read(item.content, "application/xml")

    assert found.query["call"] == "Poll"
    assert found.query["queryName"] == "SimpleEventQuery"
    assert found.query["params"]["eventType"] == ["ObjectEvent", "AggregationEvent"]
    assert found.query["params"]["GE_eventTime"] == "2026-01-01T00:00:00+01:00"
    again = documents.read(xml_writing.write_call(found.query, created=AT), "application/xml")
    assert again.query == found.query


def test_an_exception_tells_its_reason(testdata):
    (item,) = [item for item in xml_items(testdata) if "ImplementationExceptionRequest" in item.name]

    found = documents.read(item.content, "application/xml")

    assert found.query["reason"] == "Query parameter not supported"
    assert found.query["severity"] == "ERROR"


def test_answers_in_xml_carry_their_events_and_the_name_of_the_query(xsd):
    events = documents.read(document(), "application/xml").events

    written = documents.write(
        events, "application/xml", created=AT, query={"queryName": "mine", "subscriptionID": "7"}
    )

    assert xsd(etree.fromstring(written))
    found = documents.read(written, "application/xml")
    assert found.query["queryName"] == "mine"
    assert found.query["subscriptionID"] == "7"
    assert [event.hash for event in found.events] == [event.hash for event in events]


def test_capture_jobs_are_read_and_written(testdata, xsd):
    jobs = [item for item in xml_items(testdata) if item.kind == "xml-capturejob"]
    problem = {
        "type": "epcisException:ValidationException",
        "title": "无效",
        "status": 400,
        "instance": "urn:a:b",
    }

    for item in jobs:
        found = documents.read(item.content, "application/xml")
        assert found.kind == "EPCISCaptureJob"
        written = xml_writing.write_job({**found.query, "errors": [problem]})
        assert xsd(etree.fromstring(written))
        again = documents.read(written, "application/xml").query
        assert again == {**found.query, "errors": [problem]}
    assert jobs
    assert xsd(etree.fromstring(xml_writing.write_problem(problem)))


def test_a_bare_event_is_read_and_written():
    (event,) = documents.read(document(), "application/xml").events

    written = documents.write_event(event, "application/xml")
    found = documents.read(written, "application/xml")

    assert found.kind == "event"
    assert found.events[0].hash == event.hash
    assert documents.read(documents.write_event(event)).events[0].hash == event.hash


def test_words_are_urns_or_web_uris_as_asked():
    (event,) = documents.read(document(), "application/xml").events

    web = documents.write_event(event, "application/xml", web_words=True)
    old = documents.write_event(event, "application/xml", web_words=False)

    assert b"https://ref.gs1.org/cbv/BizStep-commissioning" in web
    assert b"urn:epcglobal:cbv:bizstep:commissioning" in old


def test_what_xml_cannot_name_survives_the_way_through_it():
    body = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": [],
        "https://ns.example.cn/full/name": "a",
        "ex:1st": {"2nd": [1, 2.5, True, None, "x"]},
        "odd:prefix": "b",
        "sensorElementList": [
            {
                "sensorReport": [{"type": "Mass", "value": 1, "ex:parts": [{"a": 1}, "b"]}],
                "ex:more": {"deep": "c"},
            }
        ],
    }
    data = {"@context": ["https://x.example.cn/context", {"ex": "https://例.cn/名/"}], **body}
    (event,) = jsonld.read(json.dumps(data).encode()).events

    written = documents.write([event], "application/xml", created=AT)

    assert documents.read(written, "application/xml").events[0].hash == event.hash


def test_events_of_a_type_of_ones_own_pass_through_xml():
    data = {
        "@context": ["https://x.example.cn/context", {"ex": "https://ns.example.cn/ex/"}],
        "type": "ex:WeighingEvent",
        "eventTime": "2026-03-01T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "ex:kg": 12.5,
    }
    (event,) = jsonld.read(json.dumps(data).encode()).events

    for version in ("2.0", "1.2"):
        written = documents.write([event], "application/xml", created=AT, xml_version=version)
        (found,) = documents.read(written, "application/xml").events
        assert found.type == "https://ns.example.cn/ex/WeighingEvent"
        assert found.hash == event.hash


def test_what_only_breaks_the_form_is_read_where_that_is_asked_for(testdata):
    """Chains and answers of others: empty business headers, names of the standard without their namespace."""
    items = [item for item in xml_items(testdata) if item.kind in ("chain", "xml-querydoc")]
    minded = [item for item in items if item.verdict == "schema-invalid"]

    for item in minded:
        invalid(item.content)
        found = documents.read(item.content, "application/xml", lenient=True)
        assert found.events, item.name
        assert found.query["call"] == "QueryResults"
    assert len(minded) >= 6


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "GB18030"])
def test_any_encoding_xml_declares_is_read(encoding):
    text = document(EVENT.replace("<ex:lot>007</ex:lot>", "<ex:品种>羊</ex:品种>")).decode()

    (event,) = documents.read(text.replace("UTF-8", encoding).encode(encoding), "application/xml").events

    assert event.body["ilmd"]["ex:品种"] == "羊"
