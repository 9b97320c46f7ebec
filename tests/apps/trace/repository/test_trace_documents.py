"""Documents of others go in and come back equal, in both syntaxes; anything else is refused, never a defect."""

import asyncio
import json
import random
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from hypothesis.errors import InvalidArgument, Unsatisfiable

import epcis_made
from repository_calls import NOW, Caller, document, event, events_of, key_of, run
from xilin.apps.trace.epcis import documents
from xilin.apps.trace.epcis.errors import Invalid
from xilin.apps.trace.repository.rest.openapi import described
from xilin.apps.trace.repository.rest.server import Service

VALID = (
    "json",
    "json-simple-context",
    "json-bare-event",
    "json-querydoc",
    "json-dpp",
    "xml12",
    "xml20",
    "xml-querydoc",
)
INVALID = ("invalid-json", "invalid-xml")


@pytest.fixture
def key(transactional_db) -> str:
    return key_of("ranch_system", party="ranch", capture=True, query=True)


def _files(testdata: Path, *kinds: str) -> list[Path]:
    found = [file for kind in kinds for file in sorted((testdata / "epcis" / kind).iterdir())]
    assert found
    return found


def _media(file: Path) -> str:
    return "application/xml" if file.suffix == ".xml" else "application/json"


def test_valid_documents_of_others_are_captured_and_every_event_reads_back_equal(key, testdata):
    """By the strict hash, which is equal for equal events whatever they are written in; read as JSON and as XML."""

    async def story(call: Caller) -> tuple[int, list[Any]]:
        wrong: list[Any] = []
        kept: list[Any] = []
        for file in _files(testdata, *VALID):
            body, media = file.read_bytes(), _media(file)
            try:
                read = documents.read(body, media)
            except Invalid:
                continue
            headers = {"Content_Type": media, "GS1_Capture_Error_Behaviour": "proceed"}
            taken = await call("POST", "/capture", body, **headers)
            if taken.status_code != 202:
                wrong.append((file.name, taken.status_code, taken.text[:300]))
                continue
            job = (await call("GET", taken.headers["location"])).json()
            clashes = {error["event"] for error in job["errors"]}
            kept += [(file.name, one) for place, one in enumerate(read.events) if place not in clashes]
        for start in range(0, len(kept), TOGETHER):
            wrong += await _differ(call, kept[start : start + TOGETHER])
        return len(kept), wrong

    count, wrong = run(story, key)
    assert wrong == [], wrong
    assert count > 300


def test_documents_made_up_by_the_standards_rules_are_kept_and_read_back_equal(key):
    """Every type, field and shape of extension; numbers, texts and names as odd as JSON has them."""
    draw = random.Random(77)
    made = [epcis_made.document(draw) for _ in range(40)]

    async def story(call: Caller) -> tuple[int, list[Any]]:
        kept: dict[str, Any] = {}
        for data in made:
            taken = await call("POST", "/capture", data)
            assert taken.status_code == 202, taken.text
            kept |= {
                one.event_id or one.hash: one for one in documents.read(json.dumps(data).encode()).events
            }
        whole = [("", one) for one in kept.values()]
        wrong = [
            said
            for start in range(0, len(whole), TOGETHER)
            for said in await _differ(call, whole[start : start + TOGETHER])
        ]
        return len(kept), wrong

    count, wrong = run(story, key)
    assert wrong == [], wrong
    assert count > 60


TOGETHER = 25


async def _differ(call: Caller, kept: list[Any]) -> list[Any]:
    """Which events that were captured differ from what is given back of them, in answers that hold events of many documents."""
    names = "|".join(one.event_id or one.hash for _, one in kept)
    address = f"/events?EQ_eventID={quote(names, safe='')}&perPage=1000"
    found = []
    for accept in ("application/json", "application/xml"):
        back = await call("GET", address, Accept=accept)
        if back.status_code != 200:
            found.append((accept, back.status_code, back.text[:200]))
            continue
        hashes = {other.hash for other in documents.read(back.content, accept).events}
        found += [(accept, file, one.event_id, one.hash) for file, one in kept if one.hash not in hashes]
    return found


def test_invalid_documents_of_others_are_refused_with_the_place_of_the_fault(key, testdata):
    async def story(call: Caller) -> list[Any]:
        wrong = []
        for file in _files(testdata, *INVALID):
            answer = await call("POST", "/capture", file.read_bytes(), Content_Type=_media(file))
            said = answer.json()
            if answer.status_code != 400 or not said["errors"] or not said["title"]:
                wrong.append((file.name, answer.status_code, said))
            try:
                documents.read(file.read_bytes(), _media(file))
                wrong.append((file.name, "is read"))
            except Invalid as invalid:
                places = [(fault.place, fault.line) for fault in invalid.faults]
                if [(error["pointer"], error.get("line")) for error in said["errors"]] != places[:100]:
                    wrong.append((file.name, said["errors"], places))
        return wrong

    found = run(story, key)
    assert found == [], found


def test_identifiers_come_in_the_form_asked_for(key):
    lamb, urn = "https://id.gs1.org/01/09521141000014/21/1", "urn:epc:id:sgtin:9521141.000001.2"

    async def story(call: Caller) -> Any:
        await call("POST", "/capture", document(event(1), event(2, epcList=[urn])))
        forms = {}
        for form in ("No_Preference", "Never_Translates", "Always_GS1_Digital_Link", "Always_EPC_URN"):
            found = events_of(await call("GET", "/events?orderDirection=ASC", GS1_EPC_Format=form))
            forms[form] = [one["epcList"][0] for one in found]
        return forms

    forms = run(story, key)
    assert forms["No_Preference"] == forms["Never_Translates"] == [lamb, urn]
    assert forms["Always_GS1_Digital_Link"] == [lamb, lamb[:-1] + "2"]
    assert forms["Always_EPC_URN"][1] == urn


def test_schemathesis_finds_no_server_error(key):
    """Calls made up from our own description, good and bad, on every path."""
    ours = described()
    schema = schemathesis.openapi.from_dict(ours)
    # Below every value stand the same parameters: one of those paths is enough.
    below = re.compile(r"/(eventTypes|bizSteps|bizLocations|readPoints|dispositions)/{\w+}/events")
    every = [found.ok() for found in schema.get_all_operations()]
    operations = [one for one in every if not below.fullmatch(one.path) or one.method == "options"]
    strategy = {f"{one.method} {one.path}": one for one in operations}
    seen: dict[str, set[int]] = {}
    made: list[tuple[str, Any]] = []
    for name, operation in strategy.items():
        for mode in schemathesis.GenerationMode:
            made += [(name, case) for case in _drawn(operation.as_strategy(generation_mode=mode))]

    async def story(call: Caller) -> None:
        await call("POST", "/capture", document(event(1)))
        await call("POST", "/queries", {"name": "q", "query": {}})
        for name, case in made:
            response = await _sent(call, case)
            if response is None:
                continue
            assert response.status_code < 500, (name, response.text)
            seen.setdefault(name, set()).add(response.status_code)
            known = ours["paths"][case.operation.path][case.method.lower()]["responses"]
            assert str(response.status_code) in known, (name, response.status_code, response.text[:200])

    run(story, key)
    assert len(seen) == len(operations)
    assert 200 in seen["get /events"] | seen.get("GET /events", set())


def _drawn(strategy: Any) -> list[Any]:
    """A few calls made up; none where nothing can be made wrong."""
    found: list[Any] = []

    @bounds(
        max_examples=2, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def each(case: Any) -> None:
        found.append(case)

    with suppress(Unsatisfiable, InvalidArgument):
        each()
    return found


async def _sent(call: Caller, case: Any) -> httpx.Response | None:
    """The answer to a made-up call; None where HTTP can't carry it."""
    named = case.as_transport_kwargs(base_url="http://epcis")
    sent = {name: named[name] for name in ("params", "json", "content") if named.get(name) is not None}
    if isinstance(named.get("data"), bytes | str):
        sent["content"] = named["data"]
    headers = {str(name): str(value) for name, value in (named.get("headers") or {}).items()}
    try:
        return await call.client.request(
            named["method"], named["url"], headers=headers | {"Authorization": f"Bearer {call.key}"}, **sent
        )
    except (TypeError, ValueError, UnicodeEncodeError, httpx.InvalidURL):
        return None


WORDS = [
    "", "x", "\0", "%", "|", "a|b", "' OR 1=1 --", "羊", "ex:lot", "$.x", '"', "\\", "urn:epc:id:sgtin:1.2.3", "1e400", "-1",
    "2026-03-01T00:00:00Z", "true", "9" * 400, "urn:epc:idpat:sgtin:*.*.*", "https://id.gs1.org/01/1", "{}", "\ud83d",
]  # fmt: skip
NAMES = [
    "EQ_ex:lot", "GE_ILMD_ex:lot", "EXISTS_INNER_v:x", "EQ_ATTR_bizLocation_city", "HASATTR_ex:y", "EQ_value_CEL", "LT_quantity",
    "MATCH_anyEPC", "WD_readPoint", "EQ_eventID", "orderBy", "eventCountLimit", "GE_eventTime", "EQ_source_owning_party",
    "EQ_http://x/'\"y", "EQ_ATTR_epc_x", "perPage", "nextPageToken", "EQ_SENSORREPORT_a:\"b", "EQ_INNER_ex:a'b", "EXISTS_ex:$",
]  # fmt: skip


def test_parameters_at_random_are_answered_or_refused_never_a_defect(key):
    draw = random.Random(7)

    async def story(call: Caller) -> set[int]:
        await call("POST", "/capture", document(event(1)))
        found = set()
        for _ in range(150):
            pairs = [(draw.choice(NAMES), draw.choice(WORDS)) for _ in range(draw.randrange(1, 4))]
            query = "&".join(f"{quote(name)}={quote(value, errors='replace')}" for name, value in pairs)
            path = draw.choice(
                ["/events", "/epcs/x/events", "/bizSteps/shipping/events", "/eventTypes/ObjectEvent/events"]
            )
            answer = await call("GET", f"{path}?{query}", GS1_Extensions="ex=http://ex.example/,v=urn:v:")
            assert answer.status_code in (200, 400, 404, 413), (query, answer.text)
            found.add(answer.status_code)
            body = {
                "name": f"q{draw.random()}",
                "query": {name: draw.choice([value, [value], 1, None, {}]) for name, value in pairs},
            }
            made = await call("POST", "/queries", body)
            assert made.status_code in (201, 400), made.text
            if made.status_code == 201:
                again = await call("GET", f"{made.headers['location']}/events")
                assert again.status_code in (200, 400), (body, again.text)
        return found

    assert run(story, key) >= {200, 400}


def test_the_service_starts_without_a_database_and_says_so(db, monkeypatch):
    """Unavailable while the database is away, with when to try again; the next call tries anew."""
    from xilin.apps.trace.repository.rest import server

    gone = {"host": "127.0.0.1", "port": 1, "dbname": "none", "connect_timeout": 1}
    monkeypatch.setattr(server, "connection_settings", lambda: gone)
    monkeypatch.setattr(server, "PATIENCE", 0.2)

    async def story() -> httpx.Response:
        service = Service(lambda: NOW)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=service), base_url="http://epcis"
        ) as client:
            return await client.get("/events")

    answer = asyncio.run(story())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
