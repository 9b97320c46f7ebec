"""Traces and recalls over HTTP: the repository's keys and rights, all that may be seen, and what is missing named."""

import msgspec
import pytest

from lineage_events import aggregation, made, seen, wrong
from repository_calls import NOW, key_of, run
from xilin.apps.trace.epcis.keys import canonical
from xilin.apps.trace.genealogy.shapes import Completeness, Reach
from xilin.apps.trace.models import Event
from xilin.apps.trace.repository.capture import capture
from xilin.apps.trace.repository.rest import paging
from xilin.apps.trace.tracing import asked, routes
from xilin.apps.trace.tracing.errors import NotAnIdentifier
from xilin.kernel.audit import queries as audit

pytestmark = pytest.mark.django_db(transaction=True)

TAG, OTHER = "urn:xilin:eartag:399250200000001", "urn:xilin:eartag:399250200000002"
RANCH, PLANT = "urn:x:ranch", "urn:x:plant"
SHOP, FAR = "https://id.gs1.org/414/9521141000007", "https://id.gs1.org/414/9521141000014"
GTIN = "09520001000010"


def pack(serial):
    return f"https://id.gs1.org/01/{GTIN}/21/{serial}"


CHAIN = [
    ("ranch", [seen(0, "commissioning", TAG, OTHER, action="ADD", where=RANCH)]),
    (
        "plant",
        [
            made(10, [TAG], [pack("A"), pack("B")], where=PLANT),
            made(11, [TAG, OTHER], [pack("C")], where=PLANT),
            aggregation(12, "ADD", "tote", pack("A"), where=PLANT),
            seen(13, "shipping", "tote", where=PLANT, source=PLANT, destination=SHOP),
            seen(13, "shipping", pack("B"), where=PLANT, source=PLANT, destination=FAR),
        ],
    ),
    ("shop", [seen(20, "receiving", "tote", where=SHOP), aggregation(21, "DELETE", "tote", where=SHOP)]),
]


@pytest.fixture(autouse=True)
def chain():
    routes.add()
    for party, events in CHAIN:
        capture(
            [msgspec.structs.replace(one, body={"type": one.type, "x": one.hash}) for one in events],
            party=party,
            at=events[-1].time,
        )


@pytest.fixture
def regulator():
    return key_of("bureau", party="market", query=True, everything=True)


def asking(key, *calls):
    async def story(caller):
        return [
            await caller(*call) if isinstance(call, tuple) else await caller("GET", call) for call in calls
        ]

    return run(story, key)


def test_a_regulator_reads_a_whole_trace_with_the_identifiers_of_its_events(regulator):
    (answer,) = asking(regulator, f"/traces/back?id=(01){GTIN}(21)A")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {node["id"]: node["kind"] for node in told["nodes"]} | {"tote": "container"} == {
        pack("A"): "item", TAG: "item", "tote": "container", next(n["id"] for n in told["nodes"] if n["kind"] == "process"): "process",
    }  # fmt: skip
    kinds = sorted(
        (edge["kind"], edge["source"] == TAG, edge["target"] == pack("A")) for edge in told["edges"]
    )
    assert kinds == [("inside", False, False), ("made", False, True), ("used", True, False)]
    known = set(Event.objects.values_list("event_id", flat=True))
    said = {id for edge in told["edges"] for id in edge["events"]} | {
        event["eventID"] for event in told["events"]
    }
    assert said <= known
    steps = [event["step"] for event in told["events"] if "step" in event]
    assert steps == ["commissioning", "shipping", "receiving"]
    assert told["completeness"] == {"complete": True, "known": 3, "closed": 1, "gaps": []}
    entry = audit.entries(kind="trace.traces.queried").get()
    assert entry.subject == "/traces/back"
    assert TAG not in str(entry.detail)


def test_every_spelling_of_a_thing_is_the_thing(regulator):
    spellings = ["399250200000001", "3 992502 00000001", TAG]
    answers = asking(regulator, *(f"/traces/forward?id={one.replace(' ', '%20')}" for one in spellings))
    assert [one.status_code for one in answers] == [200] * 3
    assert answers[0].json()["edges"] == answers[1].json()["edges"] == answers[2].json()["edges"]
    assert asked.spellings("urn:epc:id:sgtin:9520001.000001.A") == [canonical(pack("A")).id]
    assert asked.known(f"{GTIN}/A") == pack("A")
    for wrong_one in ("", "two words", "x" * 600, "a\nb"):
        with pytest.raises(NotAnIdentifier):
            asked.spellings(wrong_one)


def test_a_trace_as_things_stood_leaves_out_what_came_later(regulator):
    before, after = asking(
        regulator, f"/traces/forward?id={TAG}&at=2026-09-01T10:30:00Z", f"/traces/forward?id={TAG}"
    )
    goods = [
        {node["id"] for node in one.json()["nodes"] if node["kind"] == "item"} for one in (before, after)
    ]
    assert goods == [{TAG, pack("A"), pack("B")}, {TAG, pack("A"), pack("B"), pack("C")}]
    assert before.json()["asOf"] == "2026-09-01T10:30:00Z"


def test_a_shop_sees_its_own_chain_and_what_is_withheld_is_named_and_not_told():
    shop = key_of("till", party="shop", ids=(SHOP,), query=True)
    own, lamb, other = asking(
        shop, f"/traces/back?id={pack('A')}", f"/traces/forward?id={TAG}", f"/traces/back?id={pack('C')}"
    )
    assert own.status_code == 200
    assert TAG in {node["id"] for node in own.json()["nodes"]}
    assert own.json()["completeness"]["complete"]
    told = lamb.json()
    assert told["completeness"]["complete"] is False
    assert "withheld" in {gap["reason"] for gap in told["completeness"]["gaps"]}
    assert pack("A") in lamb.text
    for secret in (pack("B"), pack("C"), OTHER, FAR):
        assert secret not in lamb.text
    assert other.status_code == 404


def test_nothing_there_and_nothing_of_theirs_are_one_answer():
    stranger = key_of("stranger", party="stranger", query=True)
    answers = asking(
        stranger, f"/traces/back?id={pack('A')}", f"/traces/back?id={pack('nowhere')}", f"/traces/recall?id={TAG}",
        f"/traces/recall?household={RANCH}", "/traces/recall?household=nowhere",
    )  # fmt: skip
    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in answers}) == 1


def test_a_recall_names_every_pack_and_its_holder_page_by_page(regulator):
    first, whole, household, posted = asking(
        regulator,
        f"/traces/recall?id={TAG}&perPage=2",
        f"/traces/recall?id={TAG}",
        f"/traces/recall?household={RANCH}",
        ("POST", "/traces/recall?perPage=2", {"ids": ["399250200000001"]}),
    )
    told = whole.json()
    assert {one["id"]: (one["state"], one.get("holder")) for one in told["items"]} == {
        TAG: ("used", PLANT), pack("A"): ("held", SHOP), pack("B"): ("on_the_way", FAR), pack("C"): ("held", PLANT),
    }  # fmt: skip
    assert told["count"] == sum(one["items"] for one in told["holders"]) == 4
    assert household.json()["count"] == 5
    seen_items = []
    for page in (first, posted):
        assert page.json()["count"] == 4
        following = page.headers["Link"].split("<")[1].split(">")[0]
        (rest,) = asking(regulator, following)
        assert "Link" not in rest.headers
        seen_items.append([one["id"] for one in (*page.json()["items"], *rest.json()["items"])])
    assert seen_items == [[one["id"] for one in told["items"]]] * 2


def test_a_party_recalls_only_what_is_ahead_of_goods_it_had():
    plant, shop = (
        key_of("plant", party="plant", query=True),
        key_of("till", party="shop", ids=(SHOP,), query=True),
    )
    (whole,) = asking(plant, f"/traces/recall?id={TAG}")
    (part,) = asking(shop, f"/traces/recall?id={TAG}")
    assert whole.json()["count"] == 4
    assert {one["id"] for one in part.json()["items"]} == {TAG, pack("A")}
    assert FAR not in part.text
    assert part.json()["completeness"]["complete"] is False


def test_declared_errors_and_gaps_are_told_by_the_events_identifiers(regulator):
    capture([wrong(CHAIN[2][1][0], 30)], party="shop", at=CHAIN[2][1][0].time)
    (answer,) = asking(regulator, f"/traces/back?id={pack('A')}")
    gaps = answer.json()["completeness"]["gaps"]
    assert {gap["reason"] for gap in gaps} == {"corrected"}
    assert all(gap["eventID"].startswith("ni:///") for gap in gaps)


@pytest.mark.parametrize(
    "path",
    [
        "/traces/back", "/traces/back?id=a&id=b", f"/traces/back?id={TAG}&at=yesterday", f"/traces/back?id={TAG}&at=2026-09-01T10:30:00",
        f"/traces/back?id={TAG}&more=1", "/traces/recall", f"/traces/recall?id={TAG}&perPage=0",
        f"/traces/recall?id={TAG}&nextPageToken=x", "/traces/back?id=two%20words",
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_as_a_problem(regulator, path):
    (answer,) = asking(regulator, path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"]


def test_rights_methods_and_formats_are_those_of_the_repository(regulator):
    writer = key_of("writer", party="plant", capture=True)
    assert [one.status_code for one in asking(writer, f"/traces/back?id={TAG}")] == [403]
    assert [one.status_code for one in asking("", f"/traces/back?id={TAG}")] == [401]
    wrong_method, options, described = asking(
        regulator, ("DELETE", "/traces/back"), ("OPTIONS", "/traces/recall"), "/openapi.json"
    )
    assert wrong_method.status_code == 405
    assert {"GET", "OPTIONS", "POST"} <= set(options.headers["Allow"].split(", "))
    assert described.json()["paths"]["/traces/recall"]["post"]["responses"]["404"]

    async def story(caller):
        return await caller("GET", f"/traces/back?id={TAG}", Accept="application/xml")

    assert run(story, regulator).status_code == 406
    for body in (b"[", b'{"ids": "x"}', b'{"other": 1}', b"\xff", b'{"ids": []}'):
        (refused,) = asking(regulator, ("POST", "/traces/recall", body))
        assert refused.status_code == 400, body


def test_large_answers_are_kept_while_their_pages_are_read_and_no_longer():
    kept, reach = routes.Kept(), Reach(("a",), None, (), (), Completeness(True, 0, 0, ()))
    for number in range(routes.Kept.MOST + 1):
        kept.put((number,), reach, NOW)
    assert kept.get((0,), NOW) is None
    assert kept.get((1,), NOW) is reach
    assert kept.get((1,), NOW + paging.LASTS) is reach
    assert kept.get((1,), NOW + paging.LASTS * 1.01) is None
