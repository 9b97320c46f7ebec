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


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_browsers_get_all_links_as_a_page_in_the_readers_language(league, client):
    asked = f"{ITEM}?linkType=linkset"
    answer = client.get(asked, headers={"Accept": BROWSER, "Accept-Language": "en"})
    page = answer.content.decode()
    assert answer["Content-Type"].startswith("text/html")
    assert "Accept" in answer["Vary"]
    assert answer["Access-Control-Allow-Origin"] == "*"
    for said in (
        "Check of the item",
        f'href="http://testserver{ITEM}#chain"',
        "gs1:instructions",
        f"/01/{ROLL}/10/L1",
    ):
        assert said in page, said
    assert page.count('<section class="card') == 3
    assert (
        "防伪查验" in client.get(asked, headers={"Accept": BROWSER, "Accept-Language": "zh"}).content.decode()
    )
    for accepted in (
        "application/linkset+json, text/html",
        "*/*",
        "application/ld+json, text/html;q=0.5",
        "",
    ):
        assert client.get(asked, headers={"Accept": accepted})["Content-Type"] in (
            "application/linkset+json", "application/ld+json",
        )  # fmt: skip
    assert not Look.objects.exists()


def test_a_page_of_links_is_not_made_of_what_has_none_or_is_no_link(league, client):
    for address, status in (
        ("/01/09520009999996?linkType=all", 404),
        ("/01/09520001000011?linkType=all", 400),
    ):
        answer = client.get(address, headers={"Accept": BROWSER})
        assert answer.status_code == status, address


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
