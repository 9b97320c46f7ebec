"""The resolver at the addresses of goods: pages for people, links for programs."""

import asyncio
import json

import httpx
import pytest

import trace_league
from xilin.apps.trace.consumer.service import Service
from xilin.apps.trace.models import Look

ROLL, BAIJIU, PLANT = "09520001000010", "09520002000019", "9520000000004"
VOC = "https://ref.gs1.org/voc/"
ITEM = f"/01/{ROLL}/10/L1/21/7K3QX9ABCDEFGHJK"


@pytest.fixture
def league(db, tmp_path):
    trace_league.apply(tmp_path)


def test_a_page_says_where_its_links_are_and_any_script_may_read_it(league, client):
    answer = client.get(f"/01/{ROLL}")
    assert answer.status_code == 200
    assert f"<http://testserver/01/{ROLL}?linkType=linkset>" in answer["Link"]
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_an_item_has_the_links_of_its_batch_and_product(league, client):
    answer = client.get(f"{ITEM}?linkType=linkset", headers={"Accept-Language": "en"})
    item, batch, product = json.loads(answer.content)["linkset"]
    assert answer["Content-Type"] == "application/linkset+json"
    assert [one["anchor"] for one in (item, batch, product)] == [
        f"http://testserver{path}" for path in (ITEM, f"/01/{ROLL}/10/L1", f"/01/{ROLL}")
    ]
    assert item[f"{VOC}defaultLink"] == [{"href": f"http://testserver{ITEM}", "title": "Check of the item"}]
    assert [one["hreflang"] for one in product[f"{VOC}instructions"]] == [["zh"], ["en"]]
    assert not Look.objects.exists()


@pytest.mark.parametrize(
    ("address", "language", "leads"),
    [
        (f"{ITEM}?linkType=gs1:instructions&s=x%2By", "en-GB", "https://www.example.com/en/lamb-rolls/cooking?s=x%2By"),
        (f"{ITEM}?linkType=gs1:instructions", "mn, zh-CN;q=0.5", "https://www.example.com/zh/lamb-rolls/cooking"),
        (f"/01/{ROLL}?linkType=gs1:certificationInfo&context=trade", "", "https://www.example.com/certificates/lamb-rolls.json"),
        (f"{ITEM}?linkType={VOC}traceability", "", f"http://testserver{ITEM}#chain"),
        (f"/01/{BAIJIU}?17=261231", "", "https://www.example.com/baijiu?17=261231"),
        (f"/414/{PLANT}", "", "https://www.example.com/plant"),
        (f"/gtin/{ROLL[1:]}/lot/L1", "", f"http://testserver/01/{ROLL}/10/L1"),
        (f"/01/{ROLL}/22/A/10/L1/21/X", "", f"http://testserver/01/{ROLL}/21/X"),
    ],
)  # fmt: skip
def test_who_asks_for_another_link_is_led_there(league, client, address, language, leads):
    answer = client.get(address, headers={"Accept-Language": language} if language else {})
    assert (answer.status_code, answer["Location"]) == (307, leads)
    assert not Look.objects.exists()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/01/{ROLL}?linkType=gs1:epcis", 404),
        ("/00/395211410000000015", 404),
        ("/8004/9520009000001?linkType=all", 404),
        (f"/01/{ROLL[:-1]}9?linkType=all", 400),
        (f"{ITEM}?linkType=all&21=X", 400),
        (f"/01/{ROLL}/21/X/10/L1", 400),
        (f"/01/{ROLL}/21/{'X' * 3000}", 400),
    ],
)
def test_what_is_not_there_or_wrong_is_said_by_the_status(league, client, address, status):
    assert client.get(address).status_code == status


def test_a_browser_asks_first_whether_it_may(league, client):
    answer = client.options(ITEM)
    assert (answer.status_code, answer["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_the_resolver_describes_itself(league, client):
    told = client.get("/.well-known/gs1resolver").json()
    assert told["resolverRoot"] == "http://testserver"
    assert told["supportedPrimaryKeys"] == ["all"]
    assert told["supportedContextValuesEnumerated"] == ["trade"]


def test_the_service_for_programs_leads_to_links_too(transactional_db, tmp_path):
    trace_league.apply(tmp_path)
    service = Service()

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=service, client=("192.0.2.9", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://verify") as calls:
            return [
                await calls.get(f"{ITEM}?linkType=all"),
                await calls.get(ITEM, headers={"Accept": "application/linkset+json"}),
                await calls.get(f"{ITEM}?linkType=gs1:instructions"),
                await calls.get("/.well-known/gs1resolver"),
                await calls.request("OPTIONS", ITEM),
                await calls.head(f"{ITEM}?linkType=all"),
                await calls.get("/01/123?linkType=all"),
                await calls.get(ITEM),
            ]

    everything, accepted, led, described, options, head, wrong, verdict = asyncio.run(ask())
    assert everything.json() == accepted.json()
    assert led.headers["location"] == "https://www.example.com/zh/lamb-rolls/cooking"
    assert described.json()["resolverRoot"] == "http://verify"
    assert (options.status_code, head.content, wrong.status_code) == (204, b"", 400)
    assert verdict.json()["level"] == "unknown"
    assert verdict.headers["access-control-allow-origin"] == "*"
    service._forget()
