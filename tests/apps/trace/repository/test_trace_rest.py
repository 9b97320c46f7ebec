"""The service answers every operation of the EPCIS 2.0 bindings, to those who may ask."""

import json
import re
from typing import Any

import pytest

from repository_calls import Caller, document, event, events_of, key_of, run
from xilin.apps.trace.epcis import documents
from xilin.apps.trace.models import Event, MasterData
from xilin.apps.trace.repository.rest.openapi import described
from xilin.apps.trace.repository.rest.routes import ADDED, ROUTES
from xilin.kernel.audit.models import Entry

LAMB = "https://id.gs1.org/01/09521141000014/21/1"


@pytest.fixture
def key(transactional_db) -> str:
    return key_of("ranch_system", party="ranch", capture=True, query=True)


async def filled(call: Caller, count: int = 5, **more: Any) -> None:
    response = await call("POST", "/capture", document(*(event(n, **more) for n in range(1, count + 1))))
    assert response.status_code == 202, response.text


def test_every_operation_of_the_official_bindings_answers_as_documented(key, testdata):
    official = json.loads((testdata / "epcis-schema/rest/openapi.json").read_text())
    values = {
        "captureID": "", "eventID": "urn:uuid:1", "eventType": "ObjectEvent", "epc": LAMB, "bizStep": "shipping",
        "bizLocation": "https://id.gs1.org/414/9521141000009", "readPoint": "https://id.gs1.org/414/9521141000009",
        "disposition": "in_transit", "queryName": "mine", "subscriptionID": "", "token": "none",
    }  # fmt: skip
    place = {"id": "https://id.gs1.org/414/9521141000009"}

    async def story(call: Caller) -> list[tuple[str, str, int, set[str], set[str]]]:
        captured = await call(
            "POST", "/capture", document(event(1, eventID="urn:uuid:1", bizLocation=place, readPoint=place))
        )
        values["captureID"] = captured.headers["location"].split("/")[-1]
        await call("POST", "/queries", {"name": "mine", "query": {"EQ_bizStep": ["shipping"]}})
        made = await call("POST", "/queries/mine/subscriptions", SUBSCRIPTION)
        values["subscriptionID"] = made.json()["subscriptionID"]
        bodies = {
            "/capture": document(event(7)), "/events": {"@context": document()["@context"], **event(8)},
            "/queries": {"name": "other", "query": {}}, "/queries/{queryName}/subscriptions": SUBSCRIPTION,
        }  # fmt: skip
        found = []
        operations = [(p, m) for p, path in official["paths"].items() for m in path if m != "parameters"]
        for path, method in sorted(operations, key=lambda one: (one[1] == "delete", -len(one[0]))):
            address = re.sub(r"{(\w+)}", lambda name: _quoted(values[name[1]]), path)
            response = await call(method.upper(), address, bodies[path] if method == "post" else None)
            said = official["paths"][path][method]["responses"]
            headers = _headers(official, said.get(str(response.status_code), {}))
            found.append(
                (path, method, response.status_code, headers, {name.lower() for name in response.headers})
            )
        return found

    found = run(story, key)
    assert len(found) == 63
    good = {"get": {200}, "options": {204}, "delete": {204}, "post": {201, 202}}
    optional = {"link", "gs1-next-page-token-expires", "gs1-epc-format", "gs1-cbv-xml-format"}
    for path, method, status, documented, sent in found:
        assert status in good[method], (path, method, status)
        assert documented - optional <= sent, (path, method, documented - sent)


SUBSCRIPTION = {"dest": "https://192.0.2.7/hook", "signatureToken": "s3cret", "stream": True}


@pytest.fixture(autouse=True)
def _documentation_network(settings):
    """Addresses kept for documentation may be sent to in these tests; nothing answers there."""
    settings.WEBHOOK_NETWORKS = ("192.0.2.0/24",)


def _quoted(value: str) -> str:
    from urllib.parse import quote

    return quote(value, safe="")


def _headers(official: dict[str, Any], response: dict[str, Any]) -> set[str]:
    if "$ref" in response:
        response = official["components"]["responses"][response["$ref"].split("/")[-1]]
    return {name.lower() for name in response.get("headers", {})}


def test_our_own_description_has_every_path_and_method(testdata):
    official = json.loads((testdata / "epcis-schema/rest/openapi.json").read_text())
    ours = described()["paths"]
    for path, operations in official["paths"].items():
        assert {m for m in operations if m != "parameters"} <= set(ours[path]), path
    assert set(ours) - set(official["paths"]) - set(ADDED) == {"/masterData"}
    assert len(ROUTES) == 29 + 1


def test_nobody_is_answered_without_a_key_or_rights(key):
    other = key_of("stranger")
    reader = key_of("reader", party="reader", query=True)

    async def story(call: Caller) -> list[int]:
        found = []
        for name, path in (("", "/"), ("nonsense", "/events"), (other, "/events")):
            call.key = name
            found.append((await call("GET", path)).status_code)
        call.key = reader
        found.append((await call("POST", "/capture", document(event(1)))).status_code)
        found.append((await call("GET", "/capture")).status_code)
        found.append((await call("GET", "/events")).status_code)
        return found

    assert run(story, key) == [401, 401, 403, 403, 403, 200]
    assert not Event.objects.exists()


def test_what_is_captured_reads_back_equal_with_when_it_was_recorded(key):
    given = event(1, eventID="urn:uuid:1", **{"ex:note": {"ex:deep": [1, 2.5, "三"]}})

    async def story(call: Caller) -> Any:
        captured = await call("POST", "/capture", document(given, context={"ex": "http://ex.example/"}))
        job = await call("GET", captured.headers["location"])
        again = await call("GET", "/events/urn:uuid:1")
        return job.json(), again.json()

    job, again = run(story, key)
    assert (job["success"], job["running"], job["errors"]) == (True, False, [])
    (back,) = again["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert back.pop("recordTime").startswith("2026-03-05T01:00:00")
    assert back == given
    assert {"ex": "http://ex.example/"} in again["@context"]


def test_an_event_without_an_identifier_is_found_by_the_one_it_gets(key):
    async def story(call: Caller) -> Any:
        made = await call("POST", "/events", {"@context": document()["@context"], **event(1)})
        assert made.status_code == 201, made.text
        retried = await call("POST", "/events", {"@context": document()["@context"], **event(1)})
        return made, retried, events_of(await call("GET", made.headers["location"]))

    made, retried, (found,) = run(story, key)
    assert found["eventID"] == made.json()["eventID"]
    assert retried.headers["location"] == made.headers["location"]
    assert retried.status_code == 201
    assert Event.objects.count() == 1


def test_an_identifier_that_is_taken_is_a_conflict(key):
    async def story(call: Caller) -> Any:
        context = document()["@context"]
        await call("POST", "/events", {"@context": context, **event(1, eventID="urn:uuid:1")})
        return await call("POST", "/events", {"@context": context, **event(2, eventID="urn:uuid:1")})

    response = run(story, key)
    assert response.status_code == 409
    assert response.json()["type"] == "epcisException:ResourceAlreadyExistsException"


def test_an_invalid_document_is_refused_with_the_place_of_each_fault(key):
    bad = document(event(1), event(2, action="TAKE"), event(3, eventTimeZoneOffset="Z"))

    async def story(call: Caller) -> Any:
        refused = await call("POST", "/capture", bad)
        as_xml = await call("POST", "/capture", bad, Accept="application/xml")
        chinese = await call("POST", "/capture", bad, Accept_Language="zh")
        taken = await call("POST", "/capture", bad, GS1_Capture_Error_Behaviour="proceed")
        return refused, as_xml, chinese, (await call("GET", taken.headers["location"])).json()

    refused, as_xml, chinese, job = run(story, key)
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    said = refused.json()
    assert said["type"] == "epcisException:ValidationException"
    assert {"/epcisBody/eventList/1/action", "/epcisBody/eventList/2/eventTimeZoneOffset"} <= {
        error["pointer"] for error in said["errors"]
    }
    assert as_xml.headers["content-type"] == "application/problem+xml"
    assert "<pointer>/epcisBody/eventList/1" in as_xml.text
    assert re.search("[一-鿿]", chinese.json()["title"])
    assert (job["success"], job["captureErrorBehaviour"]) == (False, "proceed")
    assert {error["event"] for error in job["errors"]} == {1, 2}
    assert Event.objects.count() == 1


def test_limits_media_types_and_headers_are_held(key, settings):
    settings.EPCIS_CAPTURE_EVENTS, settings.EPCIS_CAPTURE_BYTES = 3, 20_000

    async def story(call: Caller) -> list[int]:
        answers = [
            await call("POST", "/capture", document(*map(event, range(4)))),
            await call("POST", "/capture", b" " * 20_001, Content_Type="application/json"),
            await call("POST", "/capture", b"{}", Content_Type="text/plain"),
            await call("POST", "/capture", document(event(1)), Content_Encoding="gzip"),
            await call("POST", "/capture", b"{", Content_Type="application/json"),
            await call("POST", "/capture", document(event(1)), GS1_Capture_Error_Behaviour="perhaps"),
            await call("GET", "/events", GS1_EPCIS_Min="3.0"),
            await call("GET", "/events", GS1_CBV_Max="1.1"),
            await call("GET", "/events", GS1_EPC_Format="Sometimes"),
            await call("GET", "/events", Accept="image/png"),
            await call("GET", f"/events?EQ_bizStep={'x' * 9000}"),
            await call("PUT", "/events"),
            await call("GET", "/nothing"),
            await call("GET", "/events?MATCH_nothing=1"),
            await call("GET", "/events?GE_eventTime=yesterday"),
            await call("GET", "/events?perPage=0"),
            await call("GET", "/events?eventCountLimit=1&maxEventCount=1"),
            await call("GET", "/capture/00000000-0000-0000-0000-000000000000"),
            await call("GET", "/bizLocations/urn:x:nowhere"),
            await call("GET", "/queries/none"),
        ]
        assert answers[0].headers["gs1-epcis-capture-limit"] == "3"
        return [answer.status_code for answer in answers]

    expected = [
        413,
        413,
        415,
        415,
        400,
        400,
        406,
        406,
        406,
        406,
        414,
        405,
        404,
        400,
        400,
        400,
        400,
        404,
        404,
        404,
    ]
    assert run(story, key) == expected


ACCEPTS = [
    ("/events", "application/xml", 200, "application/xml"),
    ("/events", "application/xml;q=0.9, application/json;q=0.1", 200, "application/xml"),
    ("/events", "application/json;q=0, */*", 200, "application/ld+json"),
    ("/events", "text/html", 406, "application/problem+json"),
    ("/eventTypes", "application/ld+json", 200, "application/ld+json"),
    ("/eventTypes", "application/xml", 406, "application/problem+xml"),
    ("/capture", "text/html", 406, "application/problem+json"),
    ("/queries", "application/*", 200, "application/json"),
    ("/", "text/xml", 200, "application/xml"),
]


def test_answers_are_in_a_form_that_is_accepted_or_refused(key):
    async def story(call: Caller) -> Any:
        await filled(call, 1)
        found = [await call("GET", path, Accept=accept) for path, accept, *_ in ACCEPTS]
        one = {"@context": document()["@context"], **event(9)}
        refused = await call("POST", "/events", one, Accept="text/html")
        made = await call("POST", "/events", one, Accept="application/xml")
        return [(one.status_code, one.headers["content-type"]) for one in found], refused, made

    found, refused, made = run(story, key)
    assert found == [(status, media) for _, _, status, media in ACCEPTS]
    assert (refused.status_code, made.status_code) == (406, 201)
    assert made.text.startswith("<?xml")
    assert Event.objects.count() == 2


def test_who_takes_nothing_newer_gets_xml_1_2(key):
    async def story(call: Caller) -> Any:
        await filled(call, 2)
        old = await call(
            "GET",
            "/events",
            Accept="application/json, application/xml",
            GS1_EPCIS_Max="1.2",
            GS1_CBV_Max="1.2",
        )
        none = await call("GET", "/events", Accept="application/json", GS1_EPCIS_Max="1.2")
        nowhere = await call("GET", "/queries", GS1_EPCIS_Max="1.2")
        older = await call("GET", "/events", Accept="application/xml", GS1_EPCIS_Max="1.1")
        return old, [none.status_code, nowhere.status_code, older.status_code]

    old, refused = run(story, key)
    found = documents.read(old.content, "application/xml")
    assert (old.status_code, found.version, len(found.events)) == (200, "1.2", 2)
    assert old.headers["gs1-epcis-version"] == "1.2"
    assert "urn:epcglobal:cbv:bizstep:shipping" in old.text
    assert refused == [406, 406, 406]


def test_a_head_is_a_get_without_its_body(key):
    async def story(call: Caller) -> Any:
        await filled(call, 3)
        pairs = [
            (await call("HEAD", path), await call("GET", path)) for path in ("/", "/events?perPage=2", "/epcs", "/capture")
        ]  # fmt: skip
        return pairs, await call("HEAD", "/nextPageToken/x"), await call("HEAD", "/events/urn:none")

    pairs, none, unknown = run(story, key)
    for head, got in pairs:
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers.keys() == got.headers.keys()
        assert head.headers["content-length"] == got.headers["content-length"]
    assert (none.status_code, none.content, none.headers["allow"]) == (405, b"", "DELETE")
    assert unknown.status_code == 404


def test_pages_go_on_until_the_last_and_tokens_belong_to_their_question(key):
    async def story(call: Caller) -> Any:
        await filled(call, 7)
        seen, sizes, address = [], [], "/events?perPage=3&orderDirection=ASC"
        while address:
            response = await call("GET", address)
            found = events_of(response)
            seen += [one["epcList"][0] for one in found]
            sizes.append(len(found))
            link = re.match(r'<(.+)>; rel="next"', response.headers.get("link", ""))
            assert bool(link) == ("gs1-next-page-token-expires" in response.headers)
            address = link[1] if link else ""
        first = await call("GET", "/events?perPage=3")
        token = re.search(r"nextPageToken=([^&>]+)", first.headers["link"])
        elsewhere = await call("GET", f"/events?EQ_action=ADD&nextPageToken={token[1]}")
        gone = await call("DELETE", f"/nextPageToken/{token[1]}")
        after = await call("GET", f"/events?nextPageToken={token[1]}")
        limited = await call("GET", "/events?perPage=2&eventCountLimit=3")
        rest = await call("GET", re.match("<(.+)>", limited.headers["link"])[1])
        return (
            seen,
            sizes,
            elsewhere,
            gone,
            after,
            len(events_of(limited)),
            len(events_of(rest)),
            rest.headers,
        )

    seen, sizes, elsewhere, gone, after, first, rest, headers = run(story, key)
    assert sizes == [3, 3, 1]
    assert seen == [f"https://id.gs1.org/01/09521141000014/21/{n}" for n in range(1, 8)]
    assert (elsewhere.status_code, gone.status_code, after.status_code) == (400, 204, 400)
    assert (first, rest) == (2, 1)
    assert "link" not in headers


def test_resources_are_browsed(key):
    async def story(call: Caller) -> Any:
        await filled(call, 3, bizLocation={"id": "urn:epc:id:sgln:952114.100000.0"})
        lists = {}
        for name in ("eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions", ""):
            lists[name] = (await call("GET", f"/{name}")).json()["member"]
        plain = events_of(await call("GET", f"/epcs/{LAMB}/events"))
        urn = events_of(await call("GET", "/epcs/urn:epc:id:sgtin:9521141.000001.1/events"))
        step = events_of(await call("GET", "/bizSteps/urn:epcglobal:cbv:bizstep:shipping/events?perPage=2"))
        place = await call("GET", "/bizLocations/urn:epc:id:sgln:952114.100000.0")
        pages = await call("GET", "/epcs?perPage=2")
        return lists, plain, urn, step, place, pages

    lists, plain, urn, step, place, pages = run(story, key)
    assert len(lists["eventTypes"]) == 5
    assert LAMB in lists["epcs"]
    assert len(lists["epcs"]) == 3
    assert (lists["bizSteps"], lists["dispositions"], lists["readPoints"]) == (
        ["shipping"],
        ["in_transit"],
        [],
    )
    assert lists["bizLocations"] == ["https://id.gs1.org/414/9521141000007"]
    assert len(lists[""]) == 9
    assert len(plain) == 1
    assert urn == plain
    assert len(step) == 2
    assert place.json()["member"] == ["events"]
    assert len(pages.json()["member"]) == 2
    assert "link" in pages.headers


def test_named_queries_are_kept_answered_and_deleted(key):
    other = key_of("other_system", party="other", query=True)

    async def story(call: Caller) -> Any:
        await filled(call, 3)
        query = {"name": "shipped 羊", "query": {"EQ_bizStep": ["shipping"], "eventCountLimit": 2}}
        made = await call("POST", "/queries", query)
        twice = await call("POST", "/queries", query)
        wrong = await call("POST", "/queries", {"name": "bad", "query": {"EQ_nonsense": 1}})
        listed = (await call("GET", "/queries")).json()
        found = events_of(await call("GET", f"{made.headers['location']}/events"))
        call.key, mine = other, call.key
        theirs = await call("GET", made.headers["location"])
        call.key = mine
        gone = await call("DELETE", made.headers["location"])
        after = await call("GET", made.headers["location"])
        return query, made, twice, wrong, listed, found, theirs, gone, after

    query, made, twice, wrong, listed, found, theirs, gone, after = run(story, key)
    assert (made.status_code, twice.status_code, wrong.status_code) == (201, 409, 400)
    assert listed == [query]
    assert len(found) == 2
    assert (theirs.status_code, gone.status_code, after.status_code) == (404, 204, 404)


def test_a_party_sees_its_own_events_those_that_name_it_and_its_chains(key):
    shop = key_of(
        "shop_system", party="shop", capture=True, query=True, ids=("https://id.gs1.org/417/9521141000009",)
    )
    office = key_of("office_system", party="office", query=True, everything=True)
    named = {
        "destinationList": [{"type": "owning_party", "destination": "https://id.gs1.org/417/9521141000009"}]
    }

    async def story(call: Caller) -> dict[str, set[str]]:
        await call("POST", "/capture", document(event(1), event(2), event(3, **named)))
        call.key = shop
        await call("POST", "/capture", document(event(2, bizStep="receiving")))
        seen = {}
        for who, name in (("ranch", key), ("shop", shop), ("office", office)):
            call.key = name
            found = events_of(await call("GET", "/events"))
            seen[who] = sorted(f"{one['epcList'][0][-1]} {one['bizStep']}" for one in found)
        call.key = shop
        hidden = await call("GET", f"/epcs/{LAMB}/events")
        assert hidden.status_code == 404
        return seen

    seen = run(story, key)
    everything = ["1 shipping", "2 receiving", "2 shipping", "3 shipping"]
    assert seen["ranch"] == everything
    assert seen["shop"] == everything[1:]
    assert seen["office"] == everything


def test_every_call_stands_in_the_log_without_what_was_asked(key):
    before = Entry.objects.count()

    async def story(call: Caller) -> None:
        await filled(call, 2)
        await call("GET", f"/epcs/{LAMB}/events")

    run(story, key)
    entries = list(Entry.objects.order_by("seq")[before:])
    assert [entry.kind for entry in entries] == ["trace.events.captured", "trace.events.queried"]
    assert entries[0].by == "ranch_system"
    assert "09521141000014" not in "".join(entry.text for entry in entries)


def test_master_data_is_kept_and_given_back(key):
    vocabulary = {
        "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
        "vocabularyElementList": [
            {
                "id": "https://id.gs1.org/414/9521141000009",
                "attributes": [{"id": "cbvmda:city", "attribute": "锡林浩特"}],
                "children": ["urn:x:yard"],
            },
            {"id": "urn:x:yard", "children": ["urn:x:gate"]},
        ],
    }
    header = {"epcisHeader": {"epcisMasterData": {"vocabularyList": [vocabulary]}}}

    async def story(call: Caller) -> Any:
        events = [
            event(1, bizLocation={"id": "urn:x:gate"}),
            event(2, bizLocation={"id": "https://id.gs1.org/414/9521141000009/254/7"}),
            event(
                3,
                bizLocation={"id": "urn:x:elsewhere"},
                sourceList=[{"type": "location", "source": "https://id.gs1.org/414/9521141000009"}],
            ),
            event(4, bizLocation={"id": "https://id.gs1.org/414/9521141000009"}),
        ]
        response = await call("POST", "/capture", document(*events, **header))
        assert response.status_code == 202, response.text
        back = (await call("GET", "/masterData")).json()
        inside = events_of(
            await call(
                "GET", "/events?WD_bizLocation=https://id.gs1.org/414/9521141000009&orderDirection=ASC"
            )
        )
        attribute = events_of(await call("GET", "/events?EQ_ATTR_bizLocation_city=锡林浩特"))
        has = events_of(await call("GET", "/events?HASATTR_bizLocation=cbvmda:city"))
        assert events_of(await call("GET", "/events?EQATTR_bizLocation_city=锡林浩特")) == attribute
        source = events_of(await call("GET", "/events?EQ_ATTR_source_city=锡林浩特"))
        assert not events_of(await call("GET", "/events?HASATTR_destination=cbvmda:city"))
        return back, inside, attribute, has, source

    back, inside, attribute, has, source = run(story, key)
    assert back["epcisHeader"]["epcisMasterData"]["vocabularyList"] == [vocabulary]
    assert [one["epcList"][0][-1] for one in inside] == ["1", "2", "4"]
    assert len(attribute) == len(has) == 1
    assert [one["epcList"][0][-1] for one in source] == ["3"]
    assert MasterData.objects.count() == 2
