"""Checks for programs: many at once in one transaction, exactly one of them first, honest answers when something is wrong."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone

import trace_league
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.codes.actions import activate
from xilin.apps.trace.consumer import service as service_module
from xilin.apps.trace.consumer.service import Service
from xilin.apps.trace.models import Alert, Code, Look

MEAT = "09520001000010"


@pytest.fixture
def codes(tmp_path, transactional_db):
    trace_league.apply(tmp_path)
    at = timezone.now() - timedelta(days=9)
    batch = issuing.order(
        MEAT, 3, request=uuid4(), kind="link", site="https://id.example.org", at=at, lot="L1"
    )
    issuing.issue(batch, at=at)
    activate(batch, at=at, by="test")
    return list(Code.objects.filter(batch=batch).order_by("pk"))


@pytest.fixture
def service():
    made = Service()
    yield made
    made._forget()


def asked(service, *paths, client=None):
    async def ask():
        transport = httpx.ASGITransport(app=service, client=("192.0.2.9", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://verify") as calls:
            wanted = [
                calls.request(
                    *(path.split(" ") if " " in path else ("GET", path)),
                    headers={"Xilin-Client": client or f"phone{n}"},
                )
                for n, path in enumerate(paths)
            ]
            return await asyncio.gather(*wanted)

    return asyncio.run(ask())


def test_of_many_at_once_one_is_first_and_each_look_is_kept(codes, service):
    one, two, _ = codes
    answers = asked(
        service, *[f"/01/{MEAT}/21/{one.serial}"] * 40, *[f"/01/{MEAT}/10/L1/21/{two.serial}"] * 5
    )

    said = [answer.json() for answer in answers]
    assert {answer.status_code for answer in answers} == {200}
    assert sum(each["is_first"] for each in said) == 2
    assert sorted(each["count"] for each in said[:40]) == list(range(1, 41))
    assert Look.objects.count() == 45
    assert set(Look.objects.values_list("place", flat=True)) == {"152502"}


def test_what_is_not_there_is_said_and_who_guesses_is_stopped(codes, service):
    nothing, post = asked(service, "/01/nothing/21/X", "/nowhere")
    assert (nothing.status_code, post.status_code) == (404, 404)

    answers = [asked(service, f"/01/{MEAT}/21/NOTHINGHERE{n * 7}", client="bot")[0] for n in range(8)]

    assert answers[0].json()["level"] == "unknown"
    assert answers[-1].status_code == 429
    (known,) = asked(service, f"/01/{MEAT}/21/{codes[2].serial}", client="bot")
    assert known.status_code == 429
    assert known.json()["lot"] == ""


def test_a_broken_connection_is_made_anew(codes, service):
    path = f"/01/{MEAT}/21/{codes[0].serial}"
    assert asked(service, path)[0].status_code == 200
    service._connection.close()

    assert asked(service, path)[0].status_code == 503
    assert asked(service, path)[0].json()["count"] == 2


def test_an_address_that_asks_too_often_is_told_when_to_come_again(codes):
    service = Service(rate=60)  # one a second, six at once
    path = f"/01/{MEAT}/21/{codes[0].serial}"

    answers = asked(service, *[path] * 9)

    assert sorted(answer.status_code for answer in answers) == [200] * 6 + [429] * 3
    assert {answer.headers.get("retry-after") for answer in answers if answer.status_code == 429} == {"1"}
    assert Look.objects.count() == 6
    service._forget()


def test_warming_up_leaves_no_look_and_no_alert_and_makes_the_first_check_quick(codes, service):
    asyncio.run(service.warm())

    assert not Look.objects.exists()
    assert not Alert.objects.exists()
    assert service._book is not None
    assert asked(service, f"/01/{MEAT}/21/{codes[0].serial}")[0].json()["is_first"]


def test_it_says_whether_it_can_check_and_what_it_offers(codes, service):
    health, described, posted, head = asked(
        service, "/health", "/openapi.json", "POST /01/x", f"HEAD /01/{MEAT}/21/{codes[0].serial}"
    )

    assert health.json() == {"ready": True}
    assert set(described.json()["paths"]) >= {"/01/{gtin}/21/{serial}", "/health"}
    assert posted.status_code == 405
    assert posted.headers["content-type"] == "application/problem+json"
    assert (head.status_code, head.content) == (200, b"")
    assert not Look.objects.exists()


def test_who_comes_while_too_many_wait_is_asked_to_come_again(codes, service, monkeypatch):
    monkeypatch.setattr(service_module, "MOST_WAITING", 0)

    (answer,) = asked(service, f"/01/{MEAT}/21/{codes[0].serial}")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
