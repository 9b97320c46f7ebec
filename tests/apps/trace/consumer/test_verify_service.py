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
from xilin.apps.trace.consumer.service import Service
from xilin.apps.trace.models import Code, Look

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
                calls.get(path, headers={"Xilin-Client": client or f"phone{n}"})
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
