"""Our own schema judges as the standard's does, and says what is wrong in words."""

import json

import jsonschema_rs
import pytest

import epcis_corpus
from epcis_mutations import mutants
from xilin.apps.trace.epcis import schema, vocabulary
from xilin.apps.trace.epcis.faults import faults

DOCUMENT = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-03-01T00:00:00Z",
    "epcisBody": {
        "eventList": [
            {
                "type": "ObjectEvent",
                "eventTime": "2026-03-01T08:00:00+08:00",
                "eventTimeZoneOffset": "+08:00",
                "action": "ADD",
                "bizStep": "commissioning",
                "epcList": ["urn:epc:id:sgtin:9521234.012345.1"],
            }
        ]
    },
}


@pytest.fixture(scope="module")
def official(testdata):
    path = testdata / "epcis-schema" / "openepcis-2.0.1" / "epcis-json-schema.json"
    return jsonschema_rs.Draft7Validator(json.loads(path.read_text()), validate_formats=True)


def with_event(**members):
    event = {**DOCUMENT["epcisBody"]["eventList"][0], **members}
    event = {name: value for name, value in event.items() if value is not ...}
    return {**DOCUMENT, "epcisBody": {"eventList": [event]}}


def test_every_collected_document_gets_the_verdict_of_the_standards_schema(testdata, official):
    documents = [(item.name, epcis_corpus.decoded(item)) for item in epcis_corpus.items(testdata)]
    judged = [(name, data) for name, data in documents if data is not None]

    wrong = [name for name, data in judged if schema.is_valid(data) != official.is_valid(data)]

    assert wrong == []
    assert len(judged) > 150


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_documents_changed_at_random_get_the_verdict_of_the_standards_schema(testdata, official, seed):
    small = [item for item in epcis_corpus.items(testdata) if len(item.content) < 12_000]
    documents = [data for item in small if (data := epcis_corpus.decoded(item)) is not None]

    verdicts = [
        (told, official.is_valid(data), schema.is_valid(data), bool(faults(data)))
        for told, data in mutants(documents, 1500, seed)
    ]

    assert [told for told, theirs, ours, _ in verdicts if theirs != ours] == []
    assert [told for told, _, ours, said in verdicts if ours == said] == []
    assert {theirs for _, theirs, _, _ in verdicts} == {True, False}


def test_the_words_are_those_of_the_standard(testdata):
    path = testdata / "epcis-schema" / "openepcis-2.0.1" / "epcis-json-schema.json"
    definitions = json.loads(path.read_text())["definitions"]
    names = {
        "bizStep": vocabulary.BIZ_STEP,
        "disposition": vocabulary.DISPOSITION,
        "bizTransaction-type": vocabulary.TRANSACTION,
        "source-dest-type": vocabulary.PARTY,
        "error-reason": vocabulary.REASON,
        "component": vocabulary.COMPONENT,
        "measurementType": vocabulary.MEASUREMENT,
        "sensorAlertType": vocabulary.ALERT,
    }

    for name, words in names.items():
        assert set(definitions[name]["anyOf"][1]["enum"]) == set(words.words), name


@pytest.mark.parametrize(
    ("members", "place", "word"),
    [
        ({"action": ...}, "", "action"),
        ({"action": "CREATE"}, "/action", "OBSERVE"),
        ({"bizStep": "transforming"}, "/bizStep", "transporting"),
        ({"disposition": "in_transport"}, "/disposition", "in_transit"),
        ({"eventTime": "01-03-2026"}, "/eventTime", "2026-03-01T08:00:00+08:00"),
        ({"eventTimeZoneOffset": "Z"}, "/eventTimeZoneOffset", "+08:00"),
        ({"epcList": ...}, "", "quantityList"),
        ({"epcList": ["17"]}, "/epcList/0", "URI"),
        ({"ilmd": {"lot": "7"}}, "/ilmd/lot", "example:lot"),
        ({"action": "OBSERVE", "ilmd": {}}, "/action", "ADD"),
        ({"weight": 12}, "/weight", "example:weight"),
        (
            {"quantityList": [{"epcClass": "urn:a:b", "quantity": "twenty"}]},
            "/quantityList/0/quantity",
            "12.5",
        ),
        (
            {"quantityList": [{"epcClass": "urn:a:b", "more": 1}]},
            "/quantityList/0",
            "event itself",
        ),
        ({"sourceList": [{"type": "place", "source": "urn:a:b"}]}, "/sourceList/0/type", "location"),
        ({"certificationInfo": [{}]}, "/certificationInfo", "URI"),
        ({"sensorElementList": [{"sensorReport": []}]}, "/sensorElementList/0/sensorReport", "one item"),
        ({"persistentDisposition": {}}, "/persistentDisposition", "Fill"),
        ({"type": "ObjectEvents"}, "/type", "ObjectEvent"),
        ({"readPoint": "urn:a:b"}, "/readPoint", "{"),
    ],
)
def test_a_fault_names_its_place_and_what_to_do(members, place, word):
    found = faults(with_event(**members))

    assert [fault.place for fault in found] == [f"/epcisBody/eventList/0{place}"]
    assert word in found[0].remedy.en
    assert found[0].event == 0
    assert found[0].what.zh != found[0].what.en
    assert found[0].remedy.zh != found[0].remedy.en


def test_every_invalid_document_is_refused_with_a_place_and_words_of_both_languages(testdata):
    invalid = [item for item in epcis_corpus.items(testdata) if item.kind == "invalid-json"]
    judged = [(item, epcis_corpus.decoded(item)) for item in invalid]

    for item, data in judged:
        if data is None:
            continue
        for fault in faults(data):
            assert fault.what.zh, item.name
            assert fault.what.en, item.name
            assert fault.remedy.en, item.name
        assert faults(data), item.name


def test_a_document_wrong_in_many_places_tells_some_of_them():
    event = {
        "type": "ObjectEvent",
        "eventTime": "x",
        "eventTimeZoneOffset": "x",
        "action": "x",
        "epcList": [],
    }
    found = faults({**DOCUMENT, "epcisBody": {"eventList": [event] * 1000}})

    assert len(found) == 50
