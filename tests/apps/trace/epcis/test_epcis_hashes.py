"""Event hashes: byte-equal to the published ones in compat mode, blind to syntax in strict mode."""

import contextlib
import copy
import hashlib
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import epcis_corpus
from epcis_mutations import mutants
from xilin.apps.trace.epcis import compat, documents, facts, hashes, names, schema, strict
from xilin.apps.trace.epcis.errors import Invalid

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"ex": "https://ns.example.cn/ex/"},
]
EVENT = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T08:00:00.120+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "active",
    "epcList": ["urn:epc:id:sgtin:9521234.012345.1", "urn:epc:id:sgtin:9521234.012345.2"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.012345.A1", "quantity": 20.50, "uom": "KGM"}],
    "readPoint": {"id": "urn:epc:id:sgln:9521234.00001.0"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "urn:epc:id:gdti:9521234.00001.7"},
        {"type": "inv", "bizTransaction": "urn:epcglobal:cbv:bt:9521234000013:9"},
    ],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:9521234.00001"}],
    "sensorElementList": [
        {
            "sensorMetadata": {"time": "2026-03-01T08:00:00+08:00", "ex:probe": "p1"},
            "sensorReport": [
                {"type": "Temperature", "value": 4.0, "uom": "CEL", "component": "x", "booleanValue": True}
            ],
        }
    ],
    "ilmd": {"ex:lot": "007", "ex:weight": 20.0, "ex:ready": True, "ex:list": [1, 2, "b"]},
    "ex:note": {"ex:inner": "ex:thing", "ex:at": "2026-03-01T08:00:00+08:00"},
}


def document(*events, context=CONTEXT):
    return {
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }


def read(event, context=CONTEXT):
    return documents.read(json.dumps(document(event, context=context)).encode()).events[0]


def changed(**members):
    return {**copy.deepcopy(EVENT), **members}


def vectors(testdata):
    for path in sorted((testdata / "epcis" / "hash-vector").glob("*.hashes")):
        strings = [line for line in path.with_suffix(".prehashes").read_text().split("\n") if line.strip()]
        wanted = path.read_text().split()
        for suffix in (".jsonld", ".json", ".xml"):
            there = path.with_suffix(suffix)
            if there.is_file():
                yield there, wanted, strings


def test_compat_hashes_are_byte_equal_to_all_published_ones(testdata):
    count = 0
    for path, wanted, strings in vectors(testdata):
        media_type = "application/xml" if path.suffix == ".xml" else "application/json"
        found = hashes.compat_document(path.read_bytes(), media_type)

        assert [each.hash for each in found] == wanted, path.name
        for each, hash_, string in zip(found, wanted, strings, strict=True):
            # Some published strings were damaged after they were hashed; those that weren't must be equal too.
            if hashlib.sha256(string.encode()).hexdigest() in hash_:
                assert each.prehash == string, path.name
        count += len(wanted)
    assert count >= 41


def test_events_said_to_hash_alike_do_so_in_both_modes(testdata):
    groups = {}
    for item in epcis_corpus.items(testdata):
        if item.kind != "hash-equal-group" or "ReferenceEventHashAlgorithm" in item.name:
            continue
        if "identical_hash_id" not in item.name:
            groups[item.name] = hashes.compat_document(item.content, item.media_type)
            strict = documents.read(item.content, item.media_type, lenient=True)
            assert len({event.hash for event in strict.events}) == 1, item.name

    for name, found in groups.items():
        assert len({each.hash for each in found}) == 1, name
    assert groups


def test_one_event_in_seven_syntaxes_has_one_strict_hash_for_each_offset(testdata):
    """GS1 calls these seven identical; one of them names another time zone offset, which counts by the rules."""
    found = {}
    for item in epcis_corpus.items(testdata):
        if "identical_hash_id" in item.name and item.name.endswith(".xml"):
            (event,) = documents.read(item.content, item.media_type).events
            found.setdefault(event.offset, []).append(event.hash)

    assert sorted(len(each) for each in found.values()) == [1, 5]
    assert all(len(set(each)) == 1 for each in found.values())


def test_hashes_of_the_reference_on_whole_documents_are_reached(testdata):
    """It keeps prefixes of documents it read before, so a few of its own results depend on what came first."""
    wanted = {}
    for line in (testdata / "epcis" / "derived_event_hashes.tsv").read_text().splitlines()[1:]:
        name, index, hash_ = line.split("\t")
        wanted.setdefault(name, {})[int(index)] = hash_
    items = {item.name: item for item in epcis_corpus.items(testdata)}

    found = {
        name: hashes.compat_document(items[name].content, items[name].media_type)
        for name in wanted
        if name in items
    }
    equal = sum(found[name][i].hash == hash_ for name in found for i, hash_ in wanted[name].items())

    assert equal / sum(len(each) for each in wanted.values()) > 0.975


def test_the_short_way_of_compat_hashes_is_the_long_way(testdata):
    small = [item for item in epcis_corpus.items(testdata) if len(item.content) < 12_000]
    data = [found for item in small if isinstance(found := epcis_corpus.decoded(item), dict)]
    short = 0
    for _, each in mutants([found for found in data if schema.is_valid(found)], 800, 4):
        events = documents.jsonld._events(each)
        reader = compat._Json(compat._namespaces(each.get("@context")), {}, set())
        for event in events:
            plain = reader.plain(event)
            short += plain is not None
            assert plain is None or plain == compat.prehash(compat._corrected(reader.node(event)))
    assert short > 300


def test_the_compat_hash_of_a_simple_event_is_the_strict_one():
    event = read(
        {name: EVENT[name] for name in ("type", "eventTime", "eventTimeZoneOffset", "action", "epcList")}
    )

    assert hashes.compat(event) == event.hash


FORMS = {
    "old words": {
        "bizStep": "https://ref.gs1.org/cbv/BizStep-commissioning",
        "disposition": "cbv:Disp-active",
        "bizTransactionList": [
            {
                "type": "https://ref.gs1.org/cbv/BTT-inv",
                "bizTransaction": "urn:epcglobal:cbv:bt:9521234000013:9",
            },
            {"type": "cbv:BTT-po", "bizTransaction": "https://id.gs1.org/253/95212340000137"},
        ],
    },
    "digital links": {
        "epcList": [
            "https://id.gs1.org/01/09521234123453/21/2",
            "https://shop.example.cn/de/gtin/9521234123453/lot/B/ser/1?linkType=all",
        ],
        "readPoint": {"id": "https://id.gs1.org/414/9521234000013"},
        "sourceList": [
            {"type": "cbv:SDT-owning_party", "source": "https://id.example.cn/party/9521234000013"}
        ],
    },
    "times": {
        "eventTime": "2026-03-01T00:00:00.1200004Z",
        "recordTime": "2026-03-02T00:00:00Z",
        "eventID": "urn:uuid:b42ab4a5-7ac8-4a5c-9d3c-6b5b1c8f3d21",
    },
    "numbers as text": {
        "ilmd": {"ex:ready": "true", "ex:weight": "20.00", "ex:list": ["b", "2.0", 1], "ex:lot": "007"},
    },
    "full names": {
        "ilmd": {
            "https://ns.example.cn/ex/lot": "007",
            "ex:weight": 20,
            "ex:ready": True,
            "ex:list": [2, 1, "b"],
        },
        "ex:note": {"ex:at": "2026-03-01T00:00:00.000Z", "ex:inner": "https://ns.example.cn/ex/thing"},
    },
    "a declared error": {
        "errorDeclaration": {"declarationTime": "2026-03-02T00:00:00Z", "reason": "incorrect_data"}
    },
    "empty things": {"certificationInfo": [], "ex:nothing": "", "ex:none": None, "ex:empty": []},
    "comments": {"rdfs:comment": "looked at twice"},
}


@pytest.mark.parametrize("members", FORMS.values(), ids=FORMS)
def test_the_strict_hash_sees_through_forms(members):
    assert read(changed(**members)).hash == read(EVENT).hash


def test_the_strict_hash_sees_through_prefixes():
    renamed = json.loads(re.sub(r'"ex:', '"other:', json.dumps(EVENT)))
    context = [CONTEXT[0], {"other": "https://ns.example.cn/ex/"}]

    assert read(renamed, context).hash == read(EVENT).hash


DIFFERENCES = {
    "time": {"eventTime": "2026-03-01T08:00:00.121+08:00"},
    "offset": {"eventTimeZoneOffset": "+07:00"},
    "action": {"action": "ADD", "bizStep": "inspecting"},
    "one thing less": {"epcList": EVENT["epcList"][:1]},
    "another lot": {"quantityList": [{**EVENT["quantityList"][0], "epcClass": "urn:epc:class:lgtin:9521234.012345.A2"}]},
    "unit": {"quantityList": [{**EVENT["quantityList"][0], "uom": "GRM"}]},
    "zeros that count": {"ilmd": {**EVENT["ilmd"], "ex:lot": "7"}},
    "truth": {"ilmd": {**EVENT["ilmd"], "ex:ready": False}},
    "a field more": {"ex:more": "1"},
    "namespace": {"rdfs:note": EVENT["ex:note"]},
    "sensor": {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4.01}]}]},
    "owner": {"sourceList": [{"type": "possessing_party", "source": "urn:epc:id:pgln:9521234.00001"}]},
    "persistent": {"persistentDisposition": {"set": ["recalled"]}},
}  # fmt: skip


@pytest.mark.parametrize("members", DIFFERENCES.values(), ids=DIFFERENCES)
def test_the_strict_hash_sees_every_difference(members):
    assert read(changed(**members)).hash != read(EVENT).hash


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_strict_hash_sees_through_any_order(pick):
    def shuffled(value):
        if isinstance(value, dict):
            names = list(value)
            pick.shuffle(names)
            return {name: shuffled(value[name]) for name in names}
        if isinstance(value, list):
            items = [shuffled(item) for item in value]
            pick.shuffle(items)
            return items
        return value

    assert read(shuffled(EVENT)).hash == read(EVENT).hash


def twin(name):
    stem = re.sub(r"\.(json|jsonld|xml)$", "", name.split("/")[-1])
    return re.sub(r"__(JSON|XML|JSON-simple-context)__", "__", stem)


def test_json_and_xml_twins_have_one_strict_hash(testdata):
    """Twins that differ in what they say (another certificate, another time) are not twins; the rest must agree."""
    groups = {}
    for item in epcis_corpus.items(testdata):
        try:
            events = documents.read(item.content, item.media_type, lenient=True).events
        except Invalid:
            continue
        if events:
            groups.setdefault(twin(item.name), []).append((item, events))

    equal, different = 0, []
    for group in groups.values():
        for item, events in group[1:]:
            if [event.hash for event in events] == [event.hash for event in group[0][1]]:
                equal += 1
            else:
                different.append((item.name, said(events), said(group[0][1])))
    assert equal >= 45
    for name, ours, theirs in different:
        assert ours != theirs, name


def said(events):
    """What events say, whatever the syntax: members, things, places and times."""
    return [
        (
            event.time,
            frozenset(thing.id for thing in event.things),
            frozenset((thing.quantity, thing.uom) for thing in event.things),
            frozenset(event.body) & {"certificationInfo", "persistentDisposition", "ilmd"},
            len(json.dumps(event.body)) // 100,
        )
        for event in events
    ]


def test_cbv_2_1_names_the_new_host_and_itself():
    event = read(EVENT)

    new = hashes.strict(event, "2.1")

    assert new.endswith("?ver=CBV2.1")
    text = hashes.strict_prehash(event).replace("https://gs1.org/voc/", "https://ref.gs1.org/voc/")
    assert new == f"ni:///sha-256;{hashlib.sha256(text.encode()).hexdigest()}?ver=CBV2.1"


def test_the_stored_hash_is_that_of_the_event_alone():
    event = read(EVENT)

    assert hashes.strict(event) == event.hash
    assert re.fullmatch(r"ni:///sha-256;[0-9a-f]{64}\?ver=CBV2\.0", event.hash)


def test_fields_a_document_asks_to_leave_out_are_left_out_in_compat_mode():
    plain = document(EVENT)
    marked = document({**EVENT, "ex:hash": "abc"})
    marked["ex:ignoreFields"] = ["ex:hash"]

    found = [
        hashes.compat_document(json.dumps(each).encode(), "application/json") for each in (plain, marked)
    ]

    assert found[0] == found[1]


def test_what_was_remembered_of_other_events_changes_nothing(testdata, monkeypatch):
    read = []
    for item in epcis_corpus.items(testdata):
        with contextlib.suppress(Invalid):
            read += documents.read(item.content, item.media_type).events
    monkeypatch.setattr(names, "MOST", 3)
    monkeypatch.setattr(strict, "MOST_WAYS", 2)
    for _ in range(2):
        for event in read:
            of = names.of(event.context)
            alone = facts.event(event.body, names.Names(event.context))
            assert facts.event(event.body, of) == facts.event(event.body, of) == alone
    assert len(read) > 100
